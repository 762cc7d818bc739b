//! Paths of CouchDB's HTTP interface in values that an application puts into a path of its own.
//!
//! Fires on `../_all_docs`, `x/../../_users/_all_docs` and `/_node/_local/_config`: a value of path segments that leaves its
//! place for a special endpoint (CouchDB documentation, API Reference). Must not fire on requests to a CouchDB itself,
//! whose paths are no values, or on names that only begin with an underscore.

use super::Found;
use crate::bytes::has_pair;

/// Special endpoints that list or change what the application did not ask for (CouchDB 3.4, server and database API).
const ENDPOINTS: [&str; 11] = [
    "_all_dbs",
    "_all_docs",
    "_bulk_docs",
    "_bulk_get",
    "_changes",
    "_config",
    "_dbs_info",
    "_find",
    "_replicate",
    "_security",
    "_users",
];

/// Values longer than this are no paths.
const PATH: usize = 256;

/// Reads a value.
pub(super) fn read(text: &[u8]) -> Option<Found> {
    let special = text.first() == Some(&b'_') || has_pair(text, *b"/_");
    if text.len() > PATH || !special || text.iter().any(|b| b.is_ascii_whitespace()) {
        return None;
    }
    let path = text.get(..memchr::memchr2(b'?', b'#', text).unwrap_or(text.len()))?;
    #[cfg(test)]
    crate::detect::lex::work::add(text.len());
    let mut at = 0;
    let above = path.starts_with(b"../") || memchr::memmem::find(path, b"/../").is_some();
    let (leaves, mut found) = (path.first() == Some(&b'/'), None);
    for segment in path.split(|b| *b == b'/') {
        let lists = matches!(segment, b"_all_docs" | b"_all_dbs" | b"_bulk_docs");
        if ENDPOINTS.iter().any(|e| e.as_bytes() == segment) && (above || leaves && lists) {
            found.get_or_insert(at..at + segment.len());
        }
        at += segment.len() + 1;
    }
    Some(Found {
        technique: "couchdb-endpoint",
        confidence: if above { 72 } else { 55 },
        span: found?,
        reason: "the value names a special endpoint of CouchDB, where the application expects the name of a document",
    })
}
