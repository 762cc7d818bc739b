//! NoSQL injection (CWE-943).
//!
//! What comes in: a value, or a name that the sender chose. What goes out: a hit where it becomes part of a query
//! object, of a script the database runs, or of a command of its wire protocol. What always holds: each reader makes one
//! bounded pass and allocates only for a hit. To add one: a file here and a line in [`judge`].
//!
//! | reader | fires on | not on |
//! | --- | --- | --- |
//! | `operators` | `login[$ne]`, `{"$nin":[]}`, `z', $where: 'f()'` (MongoDB manual, query operators; CouchDB Mango) | `{"mileage":{"$gte":42}}` of a filter API, GraphQL's `($where: Where!)` |
//! | `script` | `' \|\| '3'=='3`, `';return true;var a='`, `this.a.match(...)` (MongoDB `$where`, mapReduce) | scripts of pages (class `xss`), code in documents |
//! | `wire` | a line break and then a command of Redis or memcached (Redis protocol specification; memcached protocol.txt) | text of several lines |
//! | `cypher` | `'}) RETURN 1 UNION MATCH (u) ...`, `LOAD CSV FROM 'http...` (Neo4j Cypher manual) | prose with `match (see below)` |
//! | `elastic` | `x"}},"script_fields":{`, `a) OR (secret:*` (Elasticsearch reference, Query DSL) | pieces of JSON, queries that users type |
//! | `couch` | `../_all_docs` (CouchDB API reference) | requests to a CouchDB itself |

pub(super) mod techniques;

mod couch;
mod cypher;
mod elastic;
mod operators;
mod script;
mod wire;

use super::beside::Beside;
use super::{Class, Groups, Hit, Hits, Places, Value};
use crate::bytes::{Wake, Words, has_pair};
use crate::points::Place;
use std::ops::Range;

/// Kinds of byte of which a script or a query needs one.
const SCRIPT: Wake =
    Wake::QUOTE.or(Wake::DOLLAR).or(Wake::PIPE).or(Wake::AMPERSAND).or(Wake::SEMICOLON).or(Wake::PAREN);

/// `words` with those that the readers cannot do without, each list in its group.
pub(super) const fn add_to(words: Words) -> Words {
    let words = words.with_all(&script::STATEMENTS, Groups::SCRIPT.bits());
    let words = words.with_all(&script::CALLS, Groups::QUERY.bits());
    let words = words.with_all(&cypher::TELLING, Groups::QUERY.bits());
    let words = words.with_all(&cypher::CLAUSES, Groups::CYPHER.bits());
    wire::add_to(words, Groups::WIRE.bits())
}

/// The first `quote` that closes a string, and is no apostrophe inside a word.
fn first_quote(text: &[u8], quote: u8) -> Option<usize> {
    first_quote_before(text, text.len(), quote)
}

/// The same, if it stands before `end`.
fn first_quote_before(text: &[u8], end: usize, quote: u8) -> Option<usize> {
    let letter = |i: usize| text.get(i).is_some_and(u8::is_ascii_alphanumeric);
    let near = text.get(..end).unwrap_or(text);
    let found = memchr::memchr_iter(quote, near).find(|&i| i == 0 || !letter(i - 1) || !letter(i + 1));
    #[cfg(test)]
    crate::detect::lex::work::add(found.unwrap_or(near.len()));
    found
}

/// What a reader found.
struct Found {
    technique: &'static str,
    confidence: u8,
    span: Range<usize>,
    reason: &'static str,
}

/// Judges one value, whose lines end at `places`.
pub fn judge(value: &Value<'_>, places: Places<'_>, hits: &mut Hits) {
    let text = value.bytes;
    let mut best: Option<Found> = None;
    let mut keep = |found: Option<Found>| {
        if let Some(found) = found
            && best.as_ref().is_none_or(|b| b.confidence < found.confidence)
        {
            best = Some(found);
        }
    };
    if value.wake.any(Wake::DOLLAR) {
        keep(operators::read(value.place, text));
    }
    let named =
        matches!(value.place, Place::QueryValue | Place::FormValue | Place::JsonValue | Place::CookieValue);
    let (wake, words) = (value.wake, value.words);
    if named && wake.all(Wake::UNDERSCORE.or(Wake::SLASH)) && !wake.any(Wake::BLANK.or(Wake::NEWLINE)) {
        keep(couch::read(text));
    }
    let documents =
        !wake.any(SCRIPT) || matches!(value.place, Place::FileContent | Place::Text) || text.len() > 2048;
    if !value.place.is_name() && !documents && value.place != Place::HeaderValue {
        let logic = value.may_hold(Beside::LOGIC)
            && (wake.any(Wake::PIPE) && has_pair(text, *b"||")
                || wake.any(Wake::AMPERSAND) && has_pair(text, *b"&&"));
        let begins = Wake::PAREN.or(Wake::SEMICOLON).or(Wake::BRACE);
        if logic || wake.any(begins) && words.any(Groups::SCRIPT.or(Groups::QUERY)) {
            keep(script::read(text, words));
        }
        if wake.any(Wake::PAREN.or(Wake::QUOTE)) && words.any(Groups::CYPHER.or(Groups::QUERY)) {
            keep(cypher::read(text, wake, words));
        }
        if wake.any(Wake::BRACE.or(Wake::PAREN)) && wake.any(Wake::COLON) {
            keep(elastic::read(value));
        }
    }
    let commands = words.any(Groups::WIRE) || wake.any(Wake::STAR);
    if wake.any(Wake::NEWLINE) && commands && !matches!(value.place, Place::FileContent) {
        keep(wire::read(text, places));
    }
    if let Some(found) = best {
        hits.push(Hit {
            class: Class::Nosqli,
            technique: found.technique,
            confidence: found.confidence,
            span: found.span,
            reason: found.reason.into(),
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::bytes::wake;
    use crate::decode::Trust;
    use crate::detect::words::words;
    use crate::detect::{Hits, Places, Value};
    use crate::points::Place;
    use proptest::prelude::*;

    fn judged(bytes: &[u8]) -> Hits {
        let value = Value {
            bytes,
            place: Place::JsonValue,
            name: b"",
            wake: wake(bytes),
            words: words(bytes),
            trust: Trust::Plain,
            first: true,
            last: true,
        };
        let mut hits = Hits::new();
        super::judge(&value, Places::NONE, &mut hits);
        hits
    }

    #[test]
    fn work_is_proportional_to_the_value() {
        // The readers that stop at a length are tried below it as well.
        for piece in [
            "$ne",
            "$",
            "{\"$gt\":",
            "match (",
            "return ",
            "'",
            "\"",
            "\"}",
            "\r\nset a ",
            "\n",
            "(",
            ")",
            "_all_docs/",
            "this.",
            ";",
            " ",
            "'||",
            "detach delete ",
            "OR (a:",
            "starts with ",
            "set a.b=",
        ] {
            crate::detect::lex::work::linear(&|text| drop(judged(text)), piece.as_bytes());
        }
    }

    proptest! {
        #[test]
        fn never_panics(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "$ne", "$where", ":", "{", "}", "[", "]", "'", "\"", "||", "&&", "==", "1", "this.", "return", ";", "\r\n", "*3",
                "$3", "set", "flushall", "match (", ")", "/", " ", "db.", "new Date(", "sleep(", "\"}", ",\"query\":", "OR (a:",
                "_all_docs", "../",
            ]), 0..40),
            name in any::<bool>(),
        ) {
            let text = pieces.concat();
            let bytes = text.as_bytes();
            let place = if name { Place::JsonKey } else { Place::QueryValue };
            let value = Value { bytes, place, name: b"", wake: wake(bytes), words: words(bytes), trust: Trust::Plain, first: true, last: true };
            let mut hits = Hits::new();
            super::judge(&value, Places::NONE, &mut hits);
            for hit in hits {
                prop_assert!(hit.span.start <= hit.span.end && hit.span.end <= bytes.len());
            }
        }
    }
}
