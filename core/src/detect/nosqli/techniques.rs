//! The techniques of NoSQL injection, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("query-operator", "An operator such as `$ne` where a plain value is expected.", &[676]),
    row("query-member", "Ends a string of a JSON query and adds a member to it.", &[676]),
    row("query-string", "Ends a group of a query string and asks for another field.", &[676]),
    row("couchdb-endpoint", "Names a special endpoint of CouchDB instead of a document.", &[676]),
    row("script-condition", "JavaScript joins a condition to the query's own.", &[676]),
    row("script-tautology", "JavaScript makes the query's condition always true.", &[676]),
    row("script-delay", "JavaScript makes the server wait.", &[676]),
    row("script-statement", "JavaScript ends the query's own statement and begins another.", &[676]),
    row("cypher-clause", "A clause of Cypher after the end of a string.", &[676]),
    row("cypher-fetch", "Cypher loads a file or an address.", &[676]),
    row("cypher-procedure", "Cypher calls a procedure.", &[676]),
    row("redis-command", "A line end, then a command of Redis.", &[676]),
    row("memcached-command", "A line end, then a command of Memcached.", &[676]),
];
