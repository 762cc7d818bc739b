//! A GraphQL document inside a value: its strings become values of their own.

use super::inspect::{Form, Inspector};
use crate::bytes::{Wake, Window, wake};
use crate::decode::{self, Decoder};
use crate::detect::graphql::{self, Shape};
use crate::detect::lex::graphql::{Kind, Tokens};
use crate::detect::{Class, Hits};
use crate::http::Anomaly;
use crate::points::{Place, Point, Segment};

/// Kinds of byte without which there is no document.
pub(super) const WAKE: Wake = Wake::BRACE.or(Wake::ALPHA);

impl Inspector {
    /// Reads a value that is a document as a whole: judges its shape, its strings and its comments. False if it is none;
    /// then it is judged as any other value.
    pub(super) fn document(&mut self, at: &Point<'_>, place: Place, window: &Window<'_>, form: Form) -> bool {
        let text = window.bytes;
        if !graphql::is_document(text, place, at.name()) {
            return false;
        }
        let shape = Shape::read(text);
        if !shape.whole {
            return false;
        }
        if form.depth >= self.policy().limits.decode_depth {
            self.anomalies.insert(Anomaly::DecodeTooDeep);
            return false;
        }
        let mut hits = Hits::new();
        if self.policy().detection.classes.contains(Class::Graphql) {
            shape.judge(&mut hits);
            // Documents of a batch stand in a list: `body.json[3].query`.
            if matches!(at.segment(), Segment::Path { text, .. } if text.starts_with(b"[")) {
                hits.extend(self.batch.add(text, &shape));
            }
        }
        for hit in hits {
            self.tell(at, place, text, form.trust, hit);
        }
        let via = at.then(Segment::Via("graphql"));
        let inner = Form { depth: form.depth + 1, ..form };
        let mut level = self.take(form.depth);
        let (mut name, mut last): (&[u8], &[u8]) = (b"", b"");
        for token in Tokens::new(text) {
            let word = text.get(token.span).unwrap_or_default();
            match token.kind {
                Kind::Name => last = word,
                Kind::Sign(b':') => name = last,
                Kind::Comment if !word.trim_ascii().is_empty() => {
                    self.value(&via, Place::Text, &Window::whole(word), inner);
                }
                Kind::Text | Kind::Block if !word.is_empty() => {
                    let point = via.then(Segment::Name(name));
                    let point = if name.is_empty() { &via } else { &point };
                    let escaped = wake(word).any(Wake::BACKSLASH)
                        && decode::decode(Decoder::Escapes, word, &mut level.bytes).changed;
                    let word = if escaped { level.bytes.as_slice() } else { word };
                    self.value(point, Place::JsonValue, &Window::whole(word), inner);
                }
                _ => {}
            }
        }
        self.put(form.depth, level);
        true
    }
}
