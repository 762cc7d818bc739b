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

pub(super) mod techniques;

mod cypher;
mod operators;
mod script;
mod wire;

use super::{Class, Hit, Hits, Value};
use crate::bytes::Wake;
use crate::points::Place;
use std::ops::Range;

/// What a reader found.
struct Found {
    technique: &'static str,
    confidence: u8,
    span: Range<usize>,
    reason: &'static str,
}

/// Judges one value.
pub fn judge(value: &Value<'_>, hits: &mut Hits) {
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
    let documents = matches!(value.place, Place::FileContent | Place::Text) || text.len() > 2048;
    if !value.place.is_name() && !documents && value.place != Place::HeaderValue {
        keep(script::read(text));
        if value.wake.any(Wake::PAREN.or(Wake::QUOTE)) {
            keep(cypher::read(text));
        }
    }
    if value.wake.any(Wake::NEWLINE) && !matches!(value.place, Place::FileContent) {
        keep(wire::read(text));
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
    use crate::detect::{Hits, Value};
    use crate::points::Place;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn never_panics(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "$ne", "$where", ":", "{", "}", "[", "]", "'", "\"", "||", "&&", "==", "1", "this.", "return", ";", "\r\n", "*3",
                "$3", "set", "flushall", "match (", ")", "/", " ", "db.", "new Date(", "sleep(",
            ]), 0..40),
            name in any::<bool>(),
        ) {
            let text = pieces.concat();
            let bytes = text.as_bytes();
            let place = if name { Place::JsonKey } else { Place::QueryValue };
            let value = Value { bytes, place, name: b"", wake: wake(bytes), trust: Trust::Plain, first: true, last: true };
            let mut hits = Hits::new();
            super::judge(&value, &mut hits);
            for hit in hits {
                prop_assert!(hit.span.start <= hit.span.end && hit.span.end <= bytes.len());
            }
        }
    }
}
