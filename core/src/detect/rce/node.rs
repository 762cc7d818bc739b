//! Objects of Node through which code reaches the system, named without or before a call.
//!
//! What fires: `process.mainModule`, `process.binding(`, `global.process`, `require.main`, `Function('return process')`,
//! serialised functions of node-serialize and funcster, references of React's Flight format that walk to the Function
//! constructor (`$1:constructor:constructor`). What must not: `process.env.NODE_ENV`, `x.constructor.name`, prose about
//! processes. Source: Node.js API, "Process", "Modules"; node-serialize and funcster; CVE-2017-5941, CVE-2025-55182; CWE-94.

use super::parens::Parens;
use super::{java, setting};
use crate::bytes::{Wake, Words};
use crate::detect::lex::find::{find, find_by, places};
use crate::detect::{Class, Groups, Hit, Hits, Value};

/// `known` with a word of each of the names that [`node`] looks for: one that other letters cannot go before or behind.
pub(super) const fn words(known: Words) -> Words {
    let node = Groups::NODE.bits();
    let members = Groups::NODE.or(Groups::MEMBERS);
    let known = known
        .with_all(&["mainModule", "binding", "constructor", "main"], members.bits())
        .with("return", node);
    super::with_longer(known, "process", members)
}

/// Judges dotted names that need no call: classes of Java, modules of Node.
pub(super) fn names(value: &Value<'_>, parens: Parens, hits: &mut Hits) {
    let wake = value.wake;
    let calls =
        wake.any(Wake::PAREN.or(Wake::BRACKET).or(Wake::QUOTE)) && wake.any(Wake::DOT.or(Wake::UNDERSCORE));
    let named = value.bytes.starts_with(b"__js")
        || value.bytes.starts_with(b"process[")
        || value.bytes.starts_with(b"this.c");
    let calls = calls || wake.all(Wake::PAREN) && wake.any(Wake::QUOTE);
    let hidden = wake.any(Wake::UNDERSCORE.or(Wake::COLON)) && wake.any(Wake::DOLLAR);
    if wake.all(Wake::PAREN) && wake.any(Wake::BACKSLASH.or(Wake::BRACKET)) {
        console(value, hits);
    }
    if calls || hidden || named || wake.any(Wake::DOT) && value.bytes.starts_with(b"process.") {
        node(value, hits);
    }
    java::judge(value, parens, hits);
}

/// `c\u006fnsole.log(1)`, `console["log"](1)` as a whole value: the console that every host of JavaScript has, its name
/// with an escape in it or its method named by a string, which nobody writes but to hide it (ECMA-262, "Names and
/// Keywords"; WHATWG Console Standard).
fn console(value: &Value<'_>, hits: &mut Hits) {
    let text = value.bytes.trim_ascii();
    let body = text.strip_suffix(b";").unwrap_or(text);
    if !(value.first && value.last) || text.len() > 96 || !body.ends_with(b")") {
        return;
    }
    let (mut rest, mut escaped) = (body, false);
    for want in b"console" {
        let (letter, behind) = match rest {
            [b'\\', b'u', b'{', digits @ ..] => {
                let Some(end) = memchr::memchr(b'}', digits) else { return };
                (escape(digits.get(..end)), digits.get(end + 1..))
            }
            [b'\\', b'u', digits @ ..] => (escape(digits.get(..4)), digits.get(4..)),
            [letter, behind @ ..] => (Some(u32::from(*letter)), Some(behind)),
            [] => return,
        };
        escaped |= rest.first() == Some(&b'\\');
        let (Some(letter), Some(behind)) = (letter, behind) else { return };
        if letter != u32::from(*want) {
            return;
        }
        rest = behind;
    }
    let member = matches!(rest, [b'[', b'"' | b'\'' | b'`', ..]) && find(rest, b"](").is_some();
    let called = matches!(rest, [b'.', ..]) && memchr::memchr(b'(', rest).is_some();
    if member || escaped && called {
        hits.push(Hit {
            class: Class::Rce,
            technique: "hidden-call",
            confidence: if escaped { 72 } else { 56 },
            span: 0..value.bytes.len(),
            reason: "a call of JavaScript's console, spelt so that its name is not seen".into(),
        });
    }
}

/// The letter that the hexadecimal digits of an escape mean.
fn escape(digits: Option<&[u8]>) -> Option<u32> {
    let digits = std::str::from_utf8(digits?).ok()?;
    u32::from_str_radix(digits, 16).ok()
}

/// `process.exit(`, `(process.env)`: what only code inside Node would ask of its process.
fn shows_process(before: &[u8], after: &[u8]) -> bool {
    let head = before.len().checked_sub(8).and_then(|i| before.get(i));
    let own = head.is_none_or(|b| matches!(b, b'(' | b';' | b',' | b'=' | b' ' | b'\'' | b'"' | b'+' | b'{'));
    own && ([&b"exit("[..], b"kill(", b"cwd(", b"abort(", b"dlopen("].iter().any(|m| after.starts_with(m))
        || after.starts_with(b"env)") && head == Some(&b'('))
}

/// Objects of Node through which code reaches the system.
fn node(value: &Value<'_>, hits: &mut Hits) {
    let bytes = value.bytes;
    let mut best: Option<(u8, std::ops::Range<usize>, &'static str)> = None;
    let mut put = |confidence: u8, span: std::ops::Range<usize>, reason| {
        if best.as_ref().is_none_or(|b| b.0 < confidence) {
            best = Some((confidence, span, reason));
        }
    };
    if value.wake.any(Wake::UNDERSCORE) {
        for at in places(bytes, b'_') {
            let (before, after) = bytes.split_at(at);
            match after.get(1) {
                Some(b'$') if after.starts_with(b"_$$ND_FUNC$$_") => put(
                    97,
                    at..at + 13,
                    "a function serialised for node-serialize, which runs it when it is read",
                ),
                Some(b'_') if after.starts_with(b"__js_function") => {
                    put(82, at..at + 13, "a function serialised for funcster, which runs it when it is read")
                }
                Some(b'p') if before.ends_with(b"child") && after.starts_with(b"_process") => {
                    put(76, at - 5..at + 8, "the module of Node that runs commands");
                }
                _ => {}
            }
        }
    }
    let named = value.words.any(Groups::NODE);
    if value.wake.any(Wake::BRACKET)
        && named
        && let Some(at) = find(bytes, b"process[")
        && let Some(key) = bytes.get(at + 8..)
        && key.iter().take(4).any(|b| *b == b'm')
        && find(key.get(..16).unwrap_or(key), b"mainModule").is_some()
    {
        put(80, at..at + 8, "reaches the modules of Node from an expression");
    }
    // Each of the names below is of these words, and so is that of the object which a function returns.
    let member = value.words.any(Groups::MEMBERS);
    for dot in places(if member { bytes } else { b"" }, b'.') {
        let (before, after) = bytes.split_at(dot);
        let after = after.get(1..).unwrap_or_default();
        let found = match before.last() {
            Some(b's') if before.ends_with(b"process") && after.starts_with(b"mainModule") => {
                (90, 7, 10, "reaches the modules of Node from an expression")
            }
            Some(b's') if before.ends_with(b"process") && after.starts_with(b"binding(") => {
                (86, 7, 7, "reaches the inner modules of Node")
            }
            Some(b's')
                if dot == 7
                    && before == b"process"
                    && after.starts_with(b"env")
                    && bytes.len() < 48
                    && after.get(3) != Some(&b'.') =>
            {
                (58, 7, 3, "reads the environment of a Node process")
            }
            Some(b'r') if before == b"this.constructor" && after == b"constructor" => {
                (60, 11, 11, "reaches the Function constructor from the object at hand")
            }
            Some(b'r') if before.ends_with(b"constructor") && after.starts_with(b"constructor") => {
                let server =
                    [&b"process"[..], b"require", b"child_"].iter().any(|n| find(bytes, n).is_some());
                (if server { 84 } else { 30 }, 11, 11, "reaches the Function constructor from any object")
            }
            Some(b's')
                if bytes.len() < 80 && before.ends_with(b"process") && shows_process(before, after) =>
            {
                (58, 7, 3, "reads or ends a Node process")
            }
            Some(b'l') if before.ends_with(b"global") && after.starts_with(b"process") => {
                (70, 6, 7, "reaches the process object of Node")
            }
            Some(b'n') if before.ends_with(b"require.main") => {
                (80, 12, 0, "reaches the module loader of Node")
            }
            _ => continue,
        };
        put(found.0, dot - found.1..dot + 1 + found.2, found.3);
    }
    // `Function('return process')()`: the object of the process by way of the Function constructor.
    if member
        && value.wake.any(Wake::QUOTE)
        && let Some(at) = find(bytes, b"return process")
        && at
            .checked_sub(1)
            .and_then(|i| bytes.get(i))
            .is_some_and(|b| matches!(b, b'\'' | b'"' | b'`' | b'{'))
    {
        put(80, at..at + 14, "makes a function that hands out the process object of Node");
    }
    // `$1:constructor:constructor`, `$1:__proto__:then`: references of React's Flight format, which walk along any property
    // (CVE-2025-55182).
    let walks = || member || find_by(bytes, b":__proto__:", 1).is_some();
    if value.wake.all(Wake::DOLLAR.or(Wake::COLON)) && walks() {
        for at in places(bytes, b'$') {
            let rest = bytes.get(at + 1..).unwrap_or_default();
            if !rest.first().is_some_and(u8::is_ascii_hexdigit) {
                continue;
            }
            let id = rest.iter().take(8).take_while(|b| b.is_ascii_hexdigit()).count();
            let path = rest.get(id..).unwrap_or_default();
            if id > 0 && (path.starts_with(b":constructor:constructor") || path.starts_with(b":__proto__:")) {
                put(
                    94,
                    at..at + id + 12,
                    "a reference of React's Flight format that reaches the Function constructor",
                );
                break;
            }
        }
    }
    let Some((confidence, span, reason)) = best else { return };
    let confidence = if confidence < 97 && setting::is_document(value) { confidence / 2 } else { confidence };
    if confidence >= 38 {
        hits.push(Hit {
            class: Class::Rce,
            technique: "node-object",
            confidence,
            span,
            reason: reason.into(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::wake;
    use crate::decode::Trust;
    use crate::detect::words::words;
    use crate::points::Place;

    #[test]
    fn references_that_walk_to_the_function_constructor_are_told() {
        let found = |text: &str| {
            let bytes = text.as_bytes();
            let (place, name, trust) = (Place::JsonValue, &b"then"[..], Trust::Plain);
            let (wake, words) = (wake(bytes), words(bytes));
            let value = Value { bytes, place, name, wake, words, trust, first: true, last: true };
            let mut hits = Hits::new();
            names(&value, Parens::of(&value), &mut hits);
            hits.iter().any(|hit| hit.technique == "node-object" && hit.confidence == 94)
        };
        for text in ["$1:constructor:constructor", "$1:__proto__:then", "x $ff:constructor:constructor"] {
            assert!(found(text), "{text}");
        }
        for text in ["$1:constructor", "$:constructor:constructor", "$1:proto:then", "$1: constructor"] {
            assert!(!found(text), "{text}");
        }
    }
}
