//! Cross-site scripting (CWE-79): what a browser would run if the page showed the value.
//!
//! What comes in: a value, wherever the page may put it: between tags, into an attribute, an address, a style sheet, a
//! script, a client-side template. What goes out: at most two hits, the surest of different techniques. What always
//! holds: the value is read with the browser's own grammars ([`lex::html`](super::lex::html),
//! [`lex::js`](super::lex::js), CSS escapes, the URL parser's leniency), in every context it may begin in; markup that
//! shows but does not run stays below an attack; work is linear, each byte read a fixed number of times. To add one: a
//! name in `words.rs`, or a context in `injected.rs`, and a line in [`judge`].

pub(super) mod techniques;

mod attribute;
mod breakout;
mod clobber;
mod dom;
mod entity;
mod filtered;
mod injected;
mod markup;
mod scheme;
mod script;
mod style;
mod words;

pub(super) use injected::may_name_script;
pub(super) use words::may_act;

use super::lex::html::may_hold_tags;
use super::{Class, Hit, Hits, Value};
use crate::bytes::Wake;
use crate::detect::beside::Beside;
use crate::points::Place;
use std::borrow::Cow;
use std::ops::Range;

/// Longer values are documents or prose, in which markup by itself says little.
const LONG: usize = 600;

/// Longer values of more than one line are pasted documents.
const PASTED: usize = 200;

/// Judges one value.
pub fn judge(value: &Value<'_>, hits: &mut Hits) {
    let bytes = value.bytes;
    let document = matches!(value.place, Place::FileContent | Place::Text | Place::Raw | Place::XmlText);
    let calm = document || bytes.len() > LONG || bytes.len() > PASTED && value.wake.any(Wake::NEWLINE);
    let mut found = Found::default();
    if value.wake.any(Wake::LESS) && may_hold_tags(bytes) {
        markup::read(bytes, calm, &mut found);
    }
    if found.best() < 75 {
        if value.wake.any(Wake::EQUALS) {
            injected::attributes(bytes, calm, &mut found);
        }
        if value.wake.any(Wake::COLON) {
            if value.may_hold(Beside::SCRIPT) {
                injected::addresses(bytes, &mut found);
            }
            if value.wake.any(Wake::PAREN) && !calm {
                injected::styles(bytes, &mut found);
            }
        }
        if value.wake.any(Wake::GREATER.or(Wake::SLASH)) && value.wake.any(Wake::QUOTE) && !calm {
            breakout::closers(bytes, &mut found);
        }
        if value.wake.any(Wake::LESS) && value.wake.any(Wake::GREATER) && !calm {
            breakout::markup(bytes, &mut found);
            if value.wake.all(Wake::AMPERSAND.or(Wake::BRACE)) {
                breakout::probe(bytes, &mut found);
            }
        }
        if value.wake.any(Wake::BRACE) {
            injected::client_templates(value, &mut found);
        }
        // A page that shows the XML takes its element for a script.
        if value.place == Place::XmlText
            && value.wake.any(Wake::PAREN)
            && value.name.eq_ignore_ascii_case(b"script")
        {
            injected::element(bytes, &mut found);
        }
        if value.wake.any(Wake::PAREN.or(Wake::BACKTICK).or(Wake::EQUALS)) && injected::may_hold_script(value)
        {
            injected::scripts(bytes, value.wake, document || bytes.len() > 2 * LONG, &mut found);
        }
    }
    if found.best() < 50 && value.wake.any(Wake::LESS.or(Wake::PLUS).or(Wake::HIGH)) {
        filtered::read(bytes, value.wake, calm, &mut found);
    }
    // PERF: to move an empty list costs more than most values do here.
    if !found.hits.is_empty() {
        hits.extend(found.take());
    }
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

#[cfg(test)]
mod tests {
    use super::super::lex::work;
    use super::*;
    use crate::bytes::wake;
    use crate::decode::Trust;
    use crate::detect::words::words;
    use crate::detect::{esi, ssi, ssti};
    use proptest::prelude::*;

    /// Pieces of payloads that lead far into each reader without being one.
    const PIECES: &[&str] = &[
        "<",
        ">",
        "<a ",
        "</",
        "<!--",
        "-->",
        "<script",
        "<svg/",
        "<![CDATA[",
        "]]>",
        "href=",
        "onload=",
        "style=",
        "src=\"",
        "='",
        "\"",
        "'",
        "`",
        "=",
        "javascript:",
        "java\tscript",
        "data:text/html,",
        "&#x6a;",
        "&colon;",
        "&",
        "{{",
        "}}",
        "${",
        "}",
        "{%",
        "<%",
        "[[",
        "[(",
        "#{",
        "@(",
        "#set(",
        "<#",
        "__class__",
        ".__init__",
        "confirm",
        "(",
        ")",
        "[",
        "]",
        "constructor",
        ".",
        "+",
        "/",
        "/*",
        "*/",
        "//",
        "\\",
        "\\u0061",
        "\n",
        " ",
        ";",
        ":",
        "expression",
        "url(",
        "@import",
        "\0",
        "é",
        "\u{2028}",
        "7",
        "*",
        "<!--#",
        "exec cmd=",
        "<esi:",
        "include",
        "&{",
        "%}",
    ];

    fn all(bytes: &[u8], place: Place) -> Hits {
        let (wake, trust) = (wake(bytes), Trust::Plain);
        let value =
            Value { bytes, place, name: b"q", wake, words: words(bytes), trust, first: true, last: true };
        let mut hits = Hits::new();
        judge(&value, &mut hits);
        ssti::judge(&value, &mut hits);
        ssi::judge(&value, &mut hits);
        esi::judge(&value, &mut hits);
        hits
    }

    fn check(bytes: &[u8], place: Place) -> Result<(), TestCaseError> {
        for hit in all(bytes, place) {
            prop_assert!(hit.span.start <= hit.span.end && hit.span.end <= bytes.len(), "{hit:?}");
            prop_assert!((30..=100).contains(&hit.confidence) && !hit.reason.is_empty(), "{hit:?}");
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            check(&bytes, Place::QueryValue)?;
        }

        #[test]
        fn any_pieces_are_judged(
            pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60),
            place in prop::sample::select(vec![Place::QueryValue, Place::FileContent, Place::HeaderValue]),
        ) {
            check(pieces.concat().as_bytes(), place)?;
        }
    }

    #[test]
    fn work_is_linear_in_the_value() {
        // Every piece, and every pair of some, over and over: 1 MB each would take hours if anything were quadratic.
        let pairs =
            PIECES.iter().flat_map(|a| ["\"", "'", "=", "(", " ", "/", ";"].map(|b| format!("{a}{b}")));
        for piece in PIECES.iter().map(|p| (*p).to_owned()).chain(pairs) {
            let size = if piece.len() < 3 { 1 << 17 } else { 1 << 16 };
            let value = piece.repeat(size / piece.len());
            work::take();
            all(value.as_bytes(), Place::QueryValue);
            let steps = work::take();
            assert!(steps < 40 * value.len() as u64, "{steps} steps for {} bytes of {piece:?}", value.len());
        }
        let value = "<a href=\"java\tscript:x\" onx='".repeat((1 << 20) / 30);
        work::take();
        all(value.as_bytes(), Place::QueryValue);
        assert!(work::take() < 40 << 20);
    }
}
