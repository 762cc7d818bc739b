//! Edge-side includes: elements an edge cache runs when it delivers the value in a page.
//!
//! What comes in: a value. What goes out: at most one hit, the worst element. What always holds: an element is `<esi:`
//! with a name of the language, or the comment `<!--esi`; XML of another vocabulary is none; work is linear. To add one:
//! a line in [`ELEMENTS`].
//!
//! Fires: `<esi:include src="http://x.example/"/>`, `<esi:vars>$(HTTP_COOKIE)</esi:vars>`, `<!--esi ... -->`. Does not
//! fire: `<esi>`, `<esim:include>`, `esi:include` in prose. Source: ESI Language Specification 1.0 (W3C note), Akamai's
//! and Oracle's extensions (`inline`, `assign`, `eval`, `debug`, `function`).

pub(super) mod techniques;

use super::{Class, Hit, Hits, Value};
use memchr::memchr_iter;

/// Elements, how sure they are, what they do.
const ELEMENTS: &[(&[u8], u8, &str)] = &[
    (b"include", 95, "fetches an address and takes the answer in"),
    (b"inline", 90, "takes in or stores a fragment"),
    (b"eval", 90, "fetches an address and runs its directives"),
    (b"assign", 88, "sets a variable"),
    (b"vars", 85, "shows variables such as cookies"),
    (b"debug", 85, "shows the cache's state"),
    (b"function", 85, "defines a function"),
    (b"invalidate", 85, "drops cached pages"),
    (b"environment", 85, "fetches variables"),
    (b"choose", 80, "evaluates a condition"),
    (b"when", 80, "evaluates a condition"),
    (b"otherwise", 75, "belongs to a condition"),
    (b"try", 75, "runs includes with a fallback"),
    (b"attempt", 75, "runs includes with a fallback"),
    (b"except", 75, "belongs to a fallback"),
    (b"remove", 70, "cuts what it holds from the page"),
    (b"comment", 70, "is cut from the page"),
    (b"text", 70, "is passed on unread"),
    (b"foreach", 80, "repeats"),
];

/// Judges one value.
pub fn judge(value: &Value<'_>, hits: &mut Hits) {
    let bytes = value.bytes;
    let mut best: Option<Hit> = None;
    let starts =
        |rest: &[u8], word: &[u8]| rest.get(..word.len()).is_some_and(|r| r.eq_ignore_ascii_case(word));
    for at in memchr_iter(b'<', bytes) {
        let rest = bytes.get(at + 1..).unwrap_or_default();
        let (sure, what, len) = if starts(rest, b"esi:") {
            let name = rest.get(4..).unwrap_or_default();
            let len = name.iter().take(16).take_while(|b| b.is_ascii_alphabetic()).count();
            let word = name.get(..len).unwrap_or_default();
            match ELEMENTS.iter().find(|e| e.0.eq_ignore_ascii_case(word)) {
                Some(e) => (e.1, e.2, 5 + len),
                None => continue,
            }
        } else if starts(rest, b"!--esi") && rest.get(6).is_none_or(|b| b.is_ascii_whitespace() || *b == b'<')
        {
            (70, "holds elements that only the cache reads", 7)
        } else {
            continue;
        };
        if best.as_ref().is_none_or(|b| b.confidence < sure) {
            let span = at..(at + len).min(bytes.len());
            let reason = format!(
                "the edge-side include {} {what}",
                bytes.get(span.clone()).unwrap_or_default().escape_ascii()
            );
            best = Some(Hit {
                class: Class::Esi,
                technique: "element",
                confidence: sure,
                span,
                reason: reason.into(),
            });
        }
    }
    if let Some(best) = best {
        hits.push(best);
    }
}
