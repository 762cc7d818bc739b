//! GraphQL documents that cost the server more than they should, or ask for its schema (CWE-400).
//!
//! What comes in: a value that begins as a document does, from its first byte (a document longer than a window is judged by
//! its first). What goes out: hits. What always holds: one pass over the tokens, with fixed tables. To add a measure: `shape.rs`.
//!
//! Fires, with the thresholds of the table below: nesting; a path that comes back to the same fields (`posts { author {
//! posts {`); one field many times in a selection, under aliases or not; directives in a heap; many operations in one
//! document or one batch; fragments that spread each other; a root full of bare names (guessing fields); page sizes of a
//! million; the schema asked for, or one type of it and nothing else. Must not: what clients of the large public APIs send: Relay's `edges { node {`, `ofType`
//! nine deep, menus of six levels, a dozen aliases, `__typename` everywhere. The schema is asked for by tools of developers as
//! well: 56, an attack at the default sensitivity and none at the relaxed one; exclude the endpoint where such tools
//! are welcome. Sources: GraphQL specification (October 2021) sections 2, 4 and 5.5.2.2; OWASP GraphQL Cheat Sheet;
//! CWE-400, CWE-770.
//!
//! | measure | hint | attack | beyond doubt |
//! | --- | ---: | ---: | ---: |
//! | depth of selections | 20 | 31 | 51 |
//! | the same field on one path, others between | 4 | 5 | 8 |
//! | the same field directly inside itself | - | 10 | 16 |
//! | aliases of one field in one selection | 16 | 30 | 100 |
//! | of a mutation; of one that signs in or spends | 6; - | 10; 3 | 100 |
//! | one field repeated without aliases | 5 | 10 | 50 |
//! | directives on one element | - | 6 | 10 |
//! | operations in a document | 6 | 12 | 50 |
//! | bare names at the root of a query | - | 16 | 48 |
//! | documents in a batch; alike; with such a mutation | 11; -; - | 26; 8; 4 | - |

pub(super) mod techniques;

mod shape;

pub use shape::Shape;

use super::lex::graphql::{begins, is_name};
use super::{Class, Hit, Hits, Value};
use crate::points::Place;
use std::ops::Range;

fn hit(technique: &'static str, confidence: u8, span: Range<usize>, reason: String) -> Hit {
    Hit { class: Class::Graphql, technique, confidence, span, reason: reason.into() }
}

/// Whether the value is a document, or could be one.
pub fn is_document(bytes: &[u8], place: Place, name: &[u8]) -> bool {
    begins(bytes, place == Place::Text || is_name(name))
}

/// Judges one value.
pub fn judge(value: &Value<'_>, hits: &mut Hits) {
    if value.first && is_document(value.bytes, value.place, value.name) {
        Shape::read(value.bytes).judge(hits);
    }
}

/// Counts the documents of one batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    documents: u32,
    alike: u32,
    sensitive: u32,
    last: u64,
}

impl Batch {
    /// Takes the next document of the batch; a hit when a threshold is reached.
    pub fn add(&mut self, document: &[u8], shape: &Shape) -> Option<Hit> {
        let hash = shape::hash(document);
        self.documents += 1;
        self.alike = if hash == self.last { self.alike + 1 } else { 1 };
        self.last = hash;
        self.sensitive += u32::from(shape.is_sensitive());
        let span = 0..document.len().min(80);
        let n = self.documents;
        match () {
            () if shape.is_sensitive() && self.sensitive == 4 => {
                let why = format!(
                    "{n} documents in one request, several of which sign in or spend: guessing past the limit of requests"
                );
                Some(hit("batch", 76, span, why))
            }
            () if self.alike == 8 => {
                Some(hit("batch", 66, span, "one request holds the same document many times".into()))
            }
            () if n == 26 => Some(hit("batch", 62, span, format!("{n} documents and more in one request"))),
            () if n == 11 => Some(hit("batch", 42, span, format!("{n} documents in one request"))),
            () => None,
        }
    }
}
