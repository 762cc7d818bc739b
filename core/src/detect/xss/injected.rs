//! Values that run script without a tag of their own, because the page has put them into one.
//!
//! * Into an attribute: `" onmouseover=f() x="`, `x onerror=f()`, `' style='x:expression(f())`.
//! * Into an address: `javascript:f()` as the whole value.
//! * Into a script: `';f()//`, `"-f()-"`, `${f()}`, `f()` alone where it can only be meant to run.
//! * Into a template that a framework in the browser evaluates: `{{constructor.constructor('f()')()}}`.
//!
//! Does not fire: `it's "on" = off`, `x=1&y=2`, `javascript:;`, `alert box sound`, code inside prose, `{{name}}`.
//! Sources: WHATWG HTML (13.2.5.32 to 39 attributes, 4.12.1 script), ECMA-262, WHATWG URL, AngularJS and Vue guides
//! (interpolation), CWE-83, CWE-79.

use super::words::{self, Attribute};
use super::{Found, entity, scheme, script, style};
use crate::bytes::{Triples, Wake, has_pair, table};
use crate::detect::lex::find::{beside, find, places};
use crate::detect::lex::html::{Html, Kind, Start};
use crate::detect::lex::js;
use crate::detect::{Groups, Value};
use memchr::{memchr, memchr_iter, memmem, memrchr_iter};
use script::Power;
use std::ops::Range;

/// Longest text between a quote that ends the page's string and what it runs.
const NEAR: usize = 512;

/// Two bytes before an `=` for which [`is_short`] is not told. Of names the signs in the same columns of the code table are
/// told, too.
static NAMED: Triples = {
    let (mut controls, mut names, mut b) = ([0; 32], [0; 80], 0);
    while b < 128 {
        if b < 32 {
            controls[b] = b as u8;
        } else if b >= 48 {
            names[b - 48] = b as u8;
        }
        b += 1;
    }
    Triples::NONE
        .with(0, [b"", &controls, b"="])
        .with(1, [b"", b" ", b"="])
        .with(2, [&names, &names, b"="])
        .with(3, [&names, b"-", b"="])
        .with(4, [b"-", &names, b"="])
        .with(5, [b"-", b"-", b"="])
};

/// Judges attributes that stand in `bytes` outside of any tag of their own. Linear: one look back of bounded length for
/// each `=`, and values are read once.
pub fn attributes(bytes: &[u8], calm: bool, found: &mut Found) {
    let mut done = 0;
    for equals in beside(bytes, b'=', &NAMED, 2) {
        if equals < done || is_short(bytes, equals) {
            continue;
        }
        let Some(name) = name_before(bytes, equals) else { continue };
        let word = bytes.get(name.clone()).unwrap_or_default();
        if !words::may_act(word) {
            continue;
        }
        let kind = words::attribute(word);
        if matches!(
            kind,
            Attribute::Other | Attribute::Rel | Attribute::Type | Attribute::HttpEquiv | Attribute::Framework
        ) {
            continue;
        }
        let mut html = Html::new(bytes.get(name.start..).unwrap_or_default(), Start::Tag);
        let Some(value) = html.find(|t| t.kind == Kind::Value) else { continue };
        let inner = html.unquote(&value.span);
        let (at, inner) =
            (name.start..name.start + value.span.end, name.start + inner.start..name.start + inner.end);
        let raw = bytes.get(inner.clone()).unwrap_or_default();
        // A value in quotes may hold the next attribute, if the page's own quotes pair up otherwise; one without quotes
        // and a handler's is passed over.
        if kind == Attribute::Handler || inner.len() == value.span.len() {
            done = inner.end;
        }
        // PERF: where it stands is asked only once something came of the value.
        let place = || Around::of(bytes.get(..name.start).unwrap_or_default());
        let decoded = entity::decode(raw);
        let value = decoded.as_deref().unwrap_or(raw);
        match kind {
            // What may be an event tells nothing alone.
            Attribute::MaybeHandler if !may_run(value) => {}
            Attribute::Handler | Attribute::MaybeHandler => {
                let code = script::read(value, js::Start::Code, false);
                let known = kind == Attribute::Handler;
                if !known && code.power < Power::Medium {
                    continue;
                }
                let place = place();
                let sure = place.handler(code.power, known);
                // A name alone runs nothing, but whoever ends a quote to bind it is at work on a handler.
                let named = known && bytes.first().is_some_and(|b| matches!(b, b'"' | b'\''));
                let placeholder =
                    named && !calm && value.len() > 1 && value.iter().all(u8::is_ascii_alphabetic);
                let sure = if placeholder { sure.max(52) } else { sure };
                let sure = match code.power {
                    // In a document it is most likely the handler of a tag, judged there.
                    Power::Weak | Power::None if calm => sure.min(45),
                    _ if calm && place == Around::Text => sure.saturating_sub(20),
                    _ => sure,
                };
                found.offer(sure, "attribute-handler", at, || {
                    let what = if code.what.is_empty() { "the browser runs its value" } else { code.what };
                    format!("event handler {} {}: {what}", word.escape_ascii(), place.words()).into()
                });
            }
            Attribute::Style => {
                if let Some(css) = style::read(value) {
                    let place = place();
                    let sure = css.confidence.saturating_sub(if place == Around::Text { 20 } else { 5 });
                    found.offer(sure, "style-script", at, || {
                        format!("style attribute {} with {}", place.words(), css.what).into()
                    });
                }
            }
            Attribute::Srcdoc => {
                let place = place();
                if place != Around::Text {
                    found.offer(60, "iframe-srcdoc", at, || {
                        format!("srcdoc {} holds a document", place.words()).into()
                    });
                }
            }
            Attribute::Address => {
                if let Some((code, _)) = scheme::script(value) {
                    let place = place();
                    let sure = match (code.power, place) {
                        (Power::None, _) | (Power::Weak, Around::Text) => 30,
                        (Power::Strong, Around::Quote) => 88,
                        (Power::Strong, _) => 75,
                        (_, Around::Quote) => 75,
                        _ => 55,
                    };
                    found.offer(sure, "script-url", at, || {
                        format!("script address in {} {}: {}", word.escape_ascii(), place.words(), code.what)
                            .into()
                    });
                }
            }
            _ => {}
        }
    }
}

/// Whether [`script::read`] may find that `text` calls or assigns something, has a member or a string, or throws.
fn may_run(text: &[u8]) -> bool {
    text.iter().any(|b| matches!(b, b'(' | b'[' | b'.' | b'=' | b'"' | b'\'' | b'`'))
        || text.windows(5).any(|word| word == b"throw")
}

/// Where the attribute stands in the value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Around {
    /// Behind a quote that can end the page's value.
    Quote,
    /// At the start of the value.
    Start,
    /// Behind other text.
    Text,
}

impl Around {
    fn of(before: &[u8]) -> Around {
        let blank = |b: &u8| *b <= b' ' || *b == b'/' || *b == b'>';
        if before.iter().all(blank) {
            return Around::Start;
        }
        let quoted = before.iter().rev().take(NEAR).any(|b| matches!(b, b'"' | b'\'' | b'`'));
        if quoted { Around::Quote } else { Around::Text }
    }

    fn words(self) -> &'static str {
        match self {
            Around::Quote => "behind a quote that ends the page's attribute value",
            Around::Start => "at the start of the value",
            Around::Text => "between attributes",
        }
    }

    fn handler(self, power: Power, known: bool) -> u8 {
        match (self, power, known) {
            (Around::Quote, Power::Strong, true) => 95,
            (Around::Quote, Power::Medium, true) => 88,
            (Around::Quote, Power::Weak, true) => 75,
            (Around::Quote, Power::None, true) => 40,
            (Around::Start, Power::Strong, true) => 90,
            (Around::Start, Power::Medium, true) => 80,
            (Around::Start, Power::Weak, true) => 60,
            (Around::Text, Power::Strong, true) => 80,
            (Around::Text, Power::Medium, true) => 65,
            (Around::Text, Power::Weak, true) => 45,
            (_, Power::None, true) => 30,
            (Around::Quote, Power::Strong, false) => 85,
            (Around::Quote, Power::Medium, false) => 70,
            (Around::Start, Power::Strong, false) => 75,
            (Around::Text, Power::Strong, false) => 60,
            (_, Power::Medium, false) => 45,
            _ => 20,
        }
    }
}

/// Whether the name before the `=` is of one letter, or there is none.
fn is_short(bytes: &[u8], equals: usize) -> bool {
    match bytes.get(equals.saturating_sub(2)..equals) {
        Some([before, last]) => *last > b' ' && !(in_name(*last) && in_name(*before)),
        _ => true,
    }
}

/// Bytes of an attribute's name.
static NAME: [bool; 256] = table!(b => b.is_ascii_alphanumeric() || matches!(b, b'-' | b':'));

fn in_name(b: u8) -> bool {
    NAME[usize::from(b)]
}

/// The attribute name that ends before the `=` at `equals`, if something separates it from what stands before.
fn name_before(bytes: &[u8], equals: usize) -> Option<Range<usize>> {
    let at = |n: usize| bytes.get(n).copied().unwrap_or(0);
    let mut end = equals;
    while end > 0 && equals - end < 8 && at(end - 1) <= b' ' {
        end -= 1;
    }
    let mut start = end;
    while start > 0 && end - start < 48 && in_name(at(start - 1)) {
        start -= 1;
    }
    let separated = match start.checked_sub(1).and_then(|n| bytes.get(n)) {
        None => true,
        Some(&b) => b <= b' ' || matches!(b, b'"' | b'\'' | b'`' | b'/' | b';' | b'>' | b'\\'),
    };
    (separated && start < end).then_some(start..end)
}

/// Whether what stands before a colon may end as the name of a scheme that runs script does.
#[inline]
pub fn may_name_script(before: &[u8]) -> bool {
    let last = before.iter().rev().take(8).find(|b| **b > b' ');
    if !last.is_some_and(|b| matches!(b.to_ascii_lowercase(), b't' | b's' | b'a')) {
        return false;
    }
    // PERF: the names end in `pt`, `bs`, `ha` and `ta`, which few words do.
    let mut ends =
        before.iter().rev().take(24).filter(|b| **b > b' ' && **b != 0x7f).map(u8::to_ascii_lowercase);
    match (ends.next(), ends.next()) {
        (Some(last), Some(b)) => {
            matches!([b, last], [b'p', b't'] | [b'b', b's'] | [b'h' | b't', b'a'])
        }
        _ => true,
    }
}

/// Judges script addresses: the value as a whole, or behind a quote, `=`, `(` or a blank.
pub fn addresses(bytes: &[u8], found: &mut Found) {
    let (mut from, mut scripts) = (0, 0);
    for colon in memchr_iter(b':', bytes) {
        let Some(before) = bytes.get(from..colon) else { continue };
        if !may_name_script(before) {
            continue;
        }
        // Back over the word and what browsers drop inside it.
        let inside = |b: &u8| b.is_ascii_alphabetic() || matches!(b, 0..=0x1f | 0x7f | b':' | b'-');
        let blanks = before.iter().rev().take(8).take_while(|b| **b == b' ').count();
        let word = before.iter().rev().skip(blanks).take(64).take_while(|b| inside(b)).count();
        let start = colon - blanks - word;
        let whole = bytes.get(..start).is_some_and(|b| b.iter().all(|b| *b <= b' ' || *b >= 0x7f));
        let boundary = start.checked_sub(1).and_then(|n| bytes.get(n)).copied();
        if !whole
            && !boundary.is_some_and(|b| matches!(b, b' ' | b'"' | b'\'' | b'=' | b'(' | b',' | b'`' | b'|'))
        {
            continue;
        }
        let rest = bytes.get(start..).unwrap_or_default();
        match scheme::scheme(rest) {
            Some((scheme::Scheme::Script, at)) => {
                let code_at = start + at;
                // A first address' code reaches over those behind it, so that a few are enough.
                scripts += 1;
                if scripts > 8 {
                    return;
                }
                let code = bytes.get(code_at..bytes.len().min(code_at + NEAR * 4)).unwrap_or_default();
                // In a string of a larger value the code ends with the string.
                let code = match boundary {
                    Some(q @ (b'"' | b'\'')) if !whole => {
                        code.get(..memchr(q, code).unwrap_or(code.len())).unwrap_or(code)
                    }
                    _ => code,
                };
                let read = script::read(code, js::Start::Code, false);
                let sure = match (whole, read.power) {
                    (true, Power::Weak) => 60,
                    (_, power) => scheme::confidence(power, code, whole),
                };
                // Prose that names the language is followed by words, not code.
                let sure = if read.clean || read.power == Power::Strong { sure } else { sure.min(45) };
                found.offer(sure, "script-url", start..code_at + code.len(), || {
                    format!("script address: {}", read.what).into()
                });
                from = code_at;
            }
            Some((scheme::Scheme::Document, at)) if whole => {
                let body = bytes.get(start + at..).unwrap_or_default();
                let document = body.iter().take(10).any(|b| b.eq_ignore_ascii_case(&b'h'))
                    && memchr(b',', body).is_some();
                if document && !body.trim_ascii_start().starts_with(b"image") {
                    found.offer(72, "data-url", start..bytes.len(), || {
                        "a document in a data: address, which can run script".into()
                    });
                }
            }
            _ => {}
        }
    }
}

/// Whether `bytes` hold a call, a template after a name, or an assignment that could navigate: what a script needs.
pub fn may_hold_script(value: &Value<'_>) -> bool {
    let bytes = value.bytes;
    let callee = |open: u8| places(bytes, open).any(|at| is_callee(bytes.get(..at).unwrap_or_default()));
    value.words.any(Groups::BROWSER)
        || value.wake.any(Wake::PAREN) && callee(b'(')
        || value.wake.any(Wake::BACKTICK) && callee(b'`')
        || value.wake.any(Wake::BRACKET) && find(bytes, b"~[]").is_some()
        || bytes.starts_with(b"(!")
        || bytes.starts_with(b"([")
}

/// Whether what ends here may be called: a name, or what brackets hold; behind a blank only what ends as few words do.
fn is_callee(before: &[u8]) -> bool {
    match before {
        [.., b] if *b > b' ' => {
            b.is_ascii_alphanumeric()
                || matches!(b, b'_' | b'$' | b']' | b')' | b'}' | b'.' | b'\'' | b'[' | b'/')
        }
        [.., b, _] if *b > b' ' => ends_callee(*b),
        _ => before.iter().rev().take(4).find(|b| **b > b' ').is_some_and(|b| ends_callee(*b)),
    }
}

fn ends_callee(b: u8) -> bool {
    matches!(b, b']' | b')' | b't' | b'l' | b'm' | b'/')
}

/// Judges `bytes` as something put into a script: in a string of each quote, in a template, or as code.
pub fn scripts(bytes: &[u8], wake: Wake, calm: bool, found: &mut Found) {
    for (quote, kind) in [(b'\'', Wake::SINGLE), (b'"', Wake::DOUBLE), (b'`', Wake::BACKTICK)] {
        if wake.any(kind)
            && let Some((at, code)) = breakout(bytes, quote)
        {
            let sure = match code.power {
                Power::Strong => 92,
                Power::Medium if bytes.len() <= NEAR => 70,
                Power::Medium => 40,
                _ => continue,
            };
            let sure = if calm { sure.min(75) } else { sure };
            found.offer(sure, "script-breakout", at, || {
                format!("code behind a quote that ends the page's script string: {}", code.what).into()
            });
        }
    }
    if wake.all(Wake::AMPERSAND.or(Wake::BRACE))
        && let Some(n) = memmem::find(bytes, b"&{")
    {
        let code = script::read(bytes.get(n + 2..).unwrap_or_default(), js::Start::Code, true);
        if code.power == Power::Strong && code.browser {
            found.offer(60, "script-code", n..bytes.len(), || {
                format!("a script entity: {}", code.what).into()
            });
        }
    }
    let text = bytes.get(..NEAR * 2).unwrap_or(bytes);
    // PERF: of a document only code in punctuation counts, which has brackets, or faces of signs beyond ASCII.
    if calm && text.is_ascii() && !(wake.any(Wake::BRACKET) && memchr(b'[', text).is_some()) {
        return;
    }
    let start = match wake.all(Wake::STAR.or(Wake::SLASH)).then(|| memmem::find(bytes, b"*/")).flatten() {
        Some(n) if memmem::find(bytes.get(..n).unwrap_or_default(), b"/*").is_none() => js::Start::Comment,
        _ => js::Start::Code,
    };
    let code = script::read(text, start, true);
    if code.server || calm && !code.what.contains("punctuation") {
        return;
    }
    let sure = match code.power {
        // Without a word of the browser's it may be meant for any interpreter.
        Power::Strong if code.clean && code.browser => 75,
        Power::Strong if code.clean && code.what.contains("Function") => 55,
        Power::Strong if code.clean => 45,
        // The value goes on as something else behind the code; what was read first still runs. In a sentence it is named.
        Power::Strong if code.browser && code.at.start < 64 && is_prose(text.get(code.end..)) => 40,
        Power::Strong if code.browser && code.at.start < 64 => 55,
        Power::Medium if code.clean && code.browser && bytes.len() <= NEAR / 2 && !is_setting(text) => 52,
        _ => return,
    };
    found.offer(sure, "script-code", code.at, || format!("the value is a script: {}", code.what).into());
}

/// The text of an element `script` of XML.
pub fn element(bytes: &[u8], found: &mut Found) {
    let text = bytes.get(..NEAR * 2).unwrap_or(bytes);
    let code = script::read(text, js::Start::Code, true);
    if code.power == Power::Strong && code.clean && code.browser && !code.server {
        found.offer(70, "script-element", code.at, || {
            format!("the element script of an XML document: {}", code.what).into()
        });
    }
}

/// Whether `text` goes on with two words of a sentence.
fn is_prose(text: Option<&[u8]>) -> bool {
    let mut words = text.unwrap_or_default().split(|b| *b == b' ').take(3);
    let word = |w: Option<&[u8]>| w.is_some_and(|w| !w.is_empty() && w.iter().all(u8::is_ascii_alphabetic));
    word(words.next()) && word(words.next())
}

/// Whether `text` is a name and a plain word, `location=Berlin`: the page would go to a relative address at most. What a
/// page can be handed from outside is no plain word. Nor does `print()` alone count, which many languages have.
fn is_setting(text: &[u8]) -> bool {
    let handed: &[&[u8]] = &[b"name", b"hash", b"search", b"referrer", b"URL"];
    let Some(n) = memchr(b'=', text) else { return text.starts_with(b"print") };
    let value = text.get(n + 1..).unwrap_or_default().trim_ascii();
    !handed.contains(&value)
        && !text.contains(&b'.')
        && value.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'_' | b'-' | b',' | b'+'))
}

/// What stands behind the first `quote` that can end the page's string, read as code.
fn breakout(bytes: &[u8], quote: u8) -> Option<(Range<usize>, script::Script)> {
    let letter = |n: Option<usize>| n.and_then(|n| bytes.get(n)).is_some_and(u8::is_ascii_alphabetic);
    let at = memchr_iter(quote, bytes).take(16).find(|&n| {
        // An apostrophe inside a word ends no string.
        !(quote == b'\'' && letter(n.checked_sub(1)) && letter(Some(n + 1)))
    })?;
    let rest = bytes.get(at + 1..)?;
    let rest = rest.get(..rest.len().min(NEAR))?;
    let first = rest.iter().find(|b| !matches!(b, b' ' | b'\t'))?;
    if !matches!(
        first,
        b';' | b'-'
            | b'+'
            | b','
            | b')'
            | b'*'
            | b'|'
            | b'&'
            | b'?'
            | b'}'
            | b']'
            | b'^'
            | b'%'
            | b'/'
            | b'='
            | b'.'
            | b':'
            | b'\n'
            | b'\r'
            | b'>'
            | b'<'
            | b'['
    ) {
        return None;
    }
    let code = script::read(rest, js::Start::Code, true);
    if code.power < Power::Medium || code.server || code.power == Power::Medium && !code.browser {
        return None;
    }
    let span = at..at + 1 + code.at.end;
    Some((span, code))
}

/// Kinds of byte of which all needs one that [`script::read`] takes for strong, but for what is thrown: calls, members,
/// assignments and strings.
const RUNS: Wake = Wake::PAREN.or(Wake::BRACKET).or(Wake::DOT).or(Wake::EQUALS).or(Wake::QUOTE);

/// Judges `{{ }}` that a framework in the browser would evaluate. Pure placeholders and server-side expressions are not
/// for this class.
pub fn client_templates(value: &Value<'_>, found: &mut Found) {
    let bytes = value.bytes;
    if !(value.wake.any(RUNS) || value.words.any(Groups::BROWSER)) {
        return;
    }
    let Some(open) = memmem::find(bytes, b"{{") else { return };
    let body = template(bytes.get(open + 2..).unwrap_or_default());
    if let Some(code) = script::strong(body) {
        found.offer(88, "client-template", open..bytes.len().min(open + 4 + body.len()), || {
            format!("an expression for a template in the browser: {}", code.what).into()
        });
    }
}

/// What is read of the template that begins as `body` does: up to the last `}}`, but no more than is near.
///
/// PERF: whether one is far away takes a look at pairs, and only what is near is looked through from its end.
fn template(body: &[u8]) -> &[u8] {
    let Some((near, far)) = body.split_at_checked(NEAR * 4) else {
        return body.get(..last_pair(body).unwrap_or(body.len())).unwrap_or(body);
    };
    if has_pair(far, *b"}}") {
        return near;
    }
    // One may stand across.
    let head = body.get(..NEAR * 4 + 1).unwrap_or(body);
    near.get(..last_pair(head).unwrap_or(near.len())).unwrap_or(near)
}

/// Where the last `}}` of `bytes` begins.
fn last_pair(bytes: &[u8]) -> Option<usize> {
    memrchr_iter(b'}', bytes)
        .find_map(|at| at.checked_sub(1).filter(|before| bytes.get(*before) == Some(&b'}')))
}

/// Judges a value that is CSS put into a style attribute or element: only what is unmistakably CSS.
pub fn styles(bytes: &[u8], found: &mut Found) {
    let ends = |at: usize, tails: &[&[u8]]| {
        let before = bytes.get(..at).unwrap_or_default().trim_ascii_end();
        let tail = before.get(before.len().saturating_sub(3)..).unwrap_or_default();
        tails.iter().any(|t| tail.eq_ignore_ascii_case(t))
            || matches!(tail.last(), Some(b'/'))
            || tail.contains(&b'\\')
    };
    // Reading CSS takes a step a byte: only where a word, a comment or an escape before `(` or `:` gives reason.
    let hint = memchr_iter(b'(', bytes).any(|at| ends(at, &[b"ion"]))
        || memchr_iter(b':', bytes).any(|at| ends(at, &[b"ing", b"ior", b"ipt"]));
    let Some(css) = hint.then(|| style::read(bytes)).flatten() else { return };
    let url =
        memmem::find(bytes, b"url(").or_else(|| memmem::find(bytes, b"URL(")).is_some_and(|n| n < css.at.end);
    if css.what.contains("address") && !url || css.what.contains("link") {
        return;
    }
    // CSS words occur in prose, too; a long value needs more than one.
    let sure = css.confidence.saturating_sub(if bytes.len() > NEAR / 2 { 45 } else { 15 });
    found.offer(sure, "style-script", css.at, || format!("style with {}", css.what).into());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_cannot_run_has_no_power(
            parts in prop::collection::vec(prop::sample::select(
                &["alert", "eval", "throw", "fetch", "document", "{{x", "/", "/*", "*/", "//", "\n", ";", "!", "+", "~", ":", "\\u0061", "msgbox", "new ", "<!--", "{", "}", ",", "\u{ff9f}", "import", "1", "%", "(", "=", "'", ".", "[", "]", "`", "\"", "document.cookie", "location"][..],
            ), 0..12),
        ) {
            let text = parts.concat();
            let code = script::read(text.as_bytes(), js::Start::Code, false);
            prop_assert!(may_run(text.as_bytes()) || code.power == Power::None, "{}", text);
        }

        #[test]
        fn a_template_ends_at_its_last_braces(
            gaps in prop::collection::vec((prop_oneof![0usize..3, 900usize..2100], "[}{]{1,3}"), 0..6),
            rest in 0usize..3,
        ) {
            let mut body = String::new();
            for (gap, braces) in gaps {
                body.extend(std::iter::repeat_n('a', gap));
                body += &braces;
            }
            body.extend(std::iter::repeat_n('a', rest));
            let end = body.rfind("}}").unwrap_or(body.len()).min(NEAR * 4);
            prop_assert_eq!(template(body.as_bytes()), &body.as_bytes()[..end]);
        }
    }
}
