//! Cross-site scripting (CWE-79): what a browser would run if the page showed the value.
//!
//! What comes in: a value, wherever the page may put it: between tags, into an attribute, an address, a style sheet, a
//! script, a client-side template. What goes out: at most two hits, the surest of different techniques. What always
//! holds: the value is read with the browser's own grammars ([`lex::html`](super::lex::html),
//! [`lex::js`](super::lex::js), CSS escapes, the URL parser's leniency), in every context it may begin in; markup that
//! shows but does not run stays below an attack; work is linear, each byte read a fixed number of times. To add one: a
//! name in `words.rs`, or a context in `injected.rs`, and a line in [`judge`].

mod entity;
mod injected;
mod markup;
mod scheme;
mod script;
mod style;
mod words;

use super::lex::html::may_hold_tags;
use super::{Class, Hit, Hits, Value};
use crate::bytes::Wake;
use crate::points::Place;
use std::borrow::Cow;
use std::ops::Range;

/// Longer values are documents or prose, in which markup by itself says little.
const LONG: usize = 600;

/// Judges one value.
pub fn judge(value: &Value<'_>, hits: &mut Hits) {
    let bytes = value.bytes;
    let document = matches!(value.place, Place::FileContent | Place::Text | Place::Raw | Place::XmlText);
    let calm = document || bytes.len() > LONG;
    let mut found = Found::default();
    if value.wake.any(Wake::LESS) && may_hold_tags(bytes) {
        markup::read(bytes, calm, &mut found);
    }
    if found.best() < 75 {
        if value.wake.any(Wake::EQUALS) {
            injected::attributes(bytes, calm, &mut found);
        }
        if value.wake.any(Wake::COLON) {
            injected::addresses(bytes, &mut found);
            if value.wake.any(Wake::PAREN) && !calm {
                injected::styles(bytes, &mut found);
            }
        }
        if value.wake.any(Wake::BRACE) {
            injected::client_templates(bytes, &mut found);
        }
        if value.wake.any(Wake::PAREN.or(Wake::BACKTICK).or(Wake::EQUALS)) && injected::may_hold_script(bytes)
        {
            injected::scripts(bytes, document || bytes.len() > 2 * LONG, &mut found);
        }
    }
    hits.extend(found.take());
}

/// The surest hits so far, one a technique. A reason is only written for a hit that is kept.
#[derive(Default)]
struct Found {
    hits: Hits,
}

impl Found {
    /// Confidence below which a hit is not kept.
    const LEAST: u8 = 30;

    fn best(&self) -> u8 {
        self.hits.iter().map(|h| h.confidence).max().unwrap_or(0)
    }

    fn offer(
        &mut self,
        confidence: u8,
        technique: &'static str,
        span: Range<usize>,
        reason: impl FnOnce() -> Cow<'static, str>,
    ) {
        if confidence < Self::LEAST {
            return;
        }
        let same = self.hits.iter().position(|h| h.technique == technique);
        let least = || (0..self.hits.len()).min_by_key(|&i| self.hits.get(i).map_or(0, |h| h.confidence));
        let slot = match same {
            None if self.hits.len() < 2 => None,
            same => same.or_else(least),
        };
        let hit = |reason| Hit { class: Class::Xss, technique, confidence, span, reason };
        match slot.and_then(|i| self.hits.get_mut(i)) {
            None => self.hits.push(hit(reason())),
            Some(old) if old.confidence < confidence => *old = hit(reason()),
            Some(_) => {}
        }
    }

    fn take(self) -> Hits {
        self.hits
    }
}
