//! Command and code execution (CWE-78, CWE-94, CWE-502, CWE-917).
//!
//! What comes in: one value. What goes out: at most two hits, the surest of what the readers below found. What always
//! holds: each reader models one interpreter and reads the value as that interpreter would; a reader looks only at
//! values that hold the bytes it cannot do without. To add one: a file for the interpreter and a line in [`judge`].

pub(super) mod techniques;

mod calls;
mod candidates;
mod command;
mod fits;
mod fruitless;
mod functions;
mod java;
mod log4shell;
mod node;
mod parens;
mod patterns;
mod php;
mod powershell;
mod programs;
mod serial;
mod setting;
mod shapes;
mod shellshock;
mod spelt;
mod start;
mod tools;
mod windows;
mod xml;

pub(super) use calls::joins;
pub(super) use parens::may_be_called;
pub(super) use serial::{hides_class, names_format};
pub(super) use windows::is_windows_command;

use super::{Groups, Hits, Value};
use crate::bytes::{Wake, Words, has_pair};
use crate::detect::beside::Beside;
use crate::detect::lex::find::{find_each, find_no_case};

/// Whether the text between `${` and `}` is a call that PHP's complex string syntax would run.
pub(super) fn calls_php(inner: &[u8]) -> bool {
    php::calls_php(inner)
}

/// `known` with the words without which the readers find nothing, but in values that hold the bytes by which words are
/// spelt in pieces.
pub(super) const fn words(known: Words) -> Words {
    let known = functions::words(programs::words(known));
    let known = spelt::words(calls::words(java::words(node::words(known))));
    let known = powershell::words(serial::words(php::words(tools::words(known))));
    // `/dev/tcp/..`
    known.with_all(&["tcp", "udp"], Groups::CODE.bits())
}

/// `known` with `word` and every word that is a letter longer, for names behind which letters may follow. Names of eight
/// letters need no such care.
const fn with_longer(mut known: Words, word: &str, groups: Groups) -> Words {
    known = known.with(word, groups.bits());
    let (mut longer, mut i) = ([b'a'; 8], 0);
    assert!(word.len() == 7);
    while i < 7 {
        longer[i] = word.as_bytes()[i];
        i += 1;
    }
    while longer[7] <= b'z' {
        if let Ok(word) = std::str::from_utf8(&longer) {
            known = known.with(word, groups.bits());
        }
        longer[7] += 1;
    }
    known
}

/// Kinds of byte that no reader makes anything of without a word it knows, but for what [`is_idle`] looks for.
const IDLE: Wake = Wake::ALPHA
    .or(Wake::DIGIT)
    .or(Wake::BLANK)
    .or(Wake::NEWLINE)
    .or(Wake::HIGH)
    .or(Wake::COMMA)
    .or(Wake::DOT)
    .or(Wake::DASH)
    .or(Wake::UNDERSCORE)
    .or(Wake::PLUS)
    .or(Wake::SLASH)
    .or(Wake::COLON)
    .or(Wake::SEMICOLON)
    .or(Wake::EQUALS)
    .or(Wake::AMPERSAND)
    .or(Wake::PAREN)
    .or(Wake::PIPE)
    .or(Wake::LESS)
    .or(Wake::GREATER);

/// Kinds of byte of the names of fields that have an index.
const INDEX: Wake = Wake::ALPHA.or(Wake::DIGIT).or(Wake::DASH).or(Wake::BRACKET);

/// Whether no reader could find anything: plain words, numbers, dates, addresses, lists.
fn is_idle(value: &Value<'_>) -> bool {
    let (bytes, wake) = (value.bytes, value.wake);
    let mut groups = Groups::NONE;
    if wake.any(Wake::DASH) {
        groups = groups.or(Groups::POWERSHELL);
    }
    if wake.any(Wake::DOT) {
        groups = groups.or(Groups::OBJECTS);
    }
    if wake.any(Wake::SLASH.or(Wake::PIPE)) {
        groups = groups.or(Groups::X);
    }
    if wake.any(Wake::SLASH) && wake.any(Wake::LESS.or(Wake::GREATER)) {
        groups = groups.or(Groups::CODE);
    }
    if wake.all(Wake::EQUALS.or(Wake::UNDERSCORE)) || wake.all(Wake::SEMICOLON.or(Wake::DOT)) {
        groups = groups.or(Groups::CODE);
    }
    // Text has parentheses too; those of calls stand at a name or at what names are put together from.
    let parens = wake.any(Wake::PAREN);
    if parens {
        groups = groups.or(Groups::CODE).or(Groups::PICKLE);
    }
    let called = Wake::DOT.or(Wake::AT).or(Wake::UNDERSCORE).or(Wake::NEWLINE);
    // `a[b][12][]`, as forms name fields.
    let index = wake.any(Wake::BRACKET) && INDEX.all(wake) && start::is_indexed(bytes);
    if programs::are_named(value)
        || value.words.any(groups)
        || !(index || IDLE.all(wake))
        || parens && wake.any(called)
    {
        return false;
    }
    // What begins as a format does, or stands at the name of one.
    let begins = match bytes.first() {
        Some(b' ' | b'\t' | b'\r' | b'\n') => true,
        Some(b'A') => bytes.starts_with(b"AAE"),
        Some(b'/') => bytes.starts_with(b"/w"),
        Some(b'_') => bytes.starts_with(b"__js"),
        Some(b'c' | b'C') => matches!(bytes.get(1), Some(b'l' | b'L')),
        Some(b'p') => bytes.starts_with(b"process"),
        Some(b't') => bytes.starts_with(b"this.c"),
        _ => false,
    };
    let named = matches!(value.name.first(), Some(b'@' | b'$' | b'^' | b'_' | b'c' | b'j'));
    let told = begins
        || parens && parens::Parens::of(value).parted
        || named && serial::names_format(value.name)
        || wake.any(Wake::LESS) && value.may_hold(Beside::PROCESSED) && has_pair(bytes, *b"<?")
        || !index && spelt::is_spelt(value)
        || wake.any(Wake::DASH)
            && wake.any(Wake::BLANK.or(Wake::PLUS))
            && value.may_hold(Beside::ENCODED)
            && powershell::encoded(bytes)
        || wake.all(Wake::COLON.or(Wake::SLASH).or(Wake::AMPERSAND))
            && value.may_hold(Beside::JNDI)
            && find_no_case(bytes, b"jndi:").is_some();
    !told
}

/// Judges a value only for serialised objects.
pub(super) fn judge_object(value: &Value<'_>, hits: &mut Hits) {
    serial::judge(value, hits);
}

/// Judges one value.
pub fn judge(value: &Value<'_>, hits: &mut Hits) {
    let before = hits.len();
    serial::bare(value, hits);
    if value.wake.any(super::ANY.or(Wake::DOT).or(Wake::UNDERSCORE)) && !is_idle(value) {
        read(value, before, hits);
    }
}

/// Shows a value to the readers; `before` is the number of hits of other classes.
///
/// PERF: apart from [`judge`], which few values pass, so that those pay for no frame of the readers' size.
#[inline(never)]
fn read(value: &Value<'_>, before: usize, hits: &mut Hits) {
    log4shell::judge(value, hits);
    shellshock::judge(value, hits);
    command::judge(value, hits);
    powershell::judge(value, hits);
    let parens = parens::Parens::of(value);
    if value.wake.any(Wake::PAREN) {
        calls::judge(value, parens, hits);
    }
    node::names(value, parens, hits);
    php::judge(value, hits);
    serial::judge(value, hits);
    perl(value, hits);
    dev_tcp(value, hits);
    tools::judge(value, hits);
    keep_best(before, hits);
}

/// Keeps the two surest hits.
fn keep_best(before: usize, hits: &mut Hits) {
    let Some(ours) = hits.get_mut(before..) else { return };
    if ours.is_empty() {
        return;
    }
    ours.sort_by_key(|h| std::cmp::Reverse(h.confidence));
    hits.truncate(before + 2);
}

/// `@{[ .. ]}`: Perl runs the code of a list inside a string.
fn perl(value: &Value<'_>, hits: &mut Hits) {
    if !value.wake.all(Wake::AT.or(Wake::BRACE).or(Wake::BRACKET)) {
        return;
    }
    let bytes = value.bytes;
    for at in find_each(bytes, b"@{") {
        let Some(inner) = bytes.get(at + 2..).map(<[u8]>::trim_ascii_start) else { return };
        let Some(code) = inner.strip_prefix(b"[") else { continue };
        let code = code.get(..256).unwrap_or(code);
        let Some(end) = memchr::memchr(b']', code) else { continue };
        if end > 0 && !setting::is_document(value) {
            hits.push(super::Hit {
                class: super::Class::Rce,
                technique: "perl-interpolation",
                confidence: 82,
                span: at..(at + 4 + end).min(bytes.len()),
                reason: "Perl runs the code between @{[ and ]} when the string is read".into(),
            });
            return;
        }
    }
}

/// `/dev/tcp/host/port`: bash opens a connection; nothing else has such paths.
fn dev_tcp(value: &Value<'_>, hits: &mut Hits) {
    let woken = value.wake.any(Wake::SLASH) && value.wake.any(Wake::LESS.or(Wake::GREATER));
    if !woken || !value.words.any(Groups::CODE) || !value.may_hold(Beside::DEVICE) {
        return;
    }
    let bytes = value.bytes;
    let len = b"/dev/tcp/".len();
    let first = |needle: &[u8]| find_each(bytes, needle).next();
    // PERF: the beginning of both is looked for once, by its slashes, of which text has few.
    let both = if first(b"/dev/").is_some() { &[&b"/dev/tcp/"[..], b"/dev/udp/"][..] } else { &[] };
    for needle in both {
        let Some(at) = first(needle) else { continue };
        let redirected =
            bytes.get(..at).is_some_and(|b| b.iter().rev().take(12).any(|b| matches!(b, b'<' | b'>' | b'&')));
        let confidence = if redirected && !setting::is_document(value) {
            94
        } else if redirected {
            70
        } else {
            52
        };
        hits.push(super::Hit {
            class: super::Class::Rce,
            technique: "reverse-shell",
            confidence,
            span: at..at + len,
            reason: "bash opens a network connection through this path".into(),
        });
        return;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::wake;
    use crate::decode::Trust;
    use crate::detect::words::words;
    use crate::points::Place;
    use proptest::prelude::*;

    /// Pieces that the readers look for, so that random values come near to what they fire on.
    const PIECES: &[&str] = &[
        "${",
        "}",
        "jndi:",
        "() {",
        ";",
        "|",
        "`",
        "$(",
        ")",
        "<?php ",
        "<?=",
        "eval(",
        "$_GET[",
        "]",
        "'",
        "\"",
        "cat ",
        "/etc/",
        "@{[",
        "__proto__",
        "O:3:\"",
        ":1:{",
        "\n",
        "cos\nsystem\n",
        "!!python/",
        "IEX",
        "Get-Content",
        "-enc ",
        "T(java.",
        "class.",
        "%{",
        "\\",
        "(){",
        "x|x& };x",
        "for %a in (",
        "if exist ",
        "=",
        "+",
        "&",
        "^",
        "system",
        "(",
        "AAEAAAD/////",
        "\u{131}",
        "GIF89a",
        "<svg",
        "<",
        ">",
        "script language='php'",
        "<%",
        "id",
        "c\\at",
        ".execute()",
        "@java.lang.",
        "forName",
        "%x(",
        ". /x",
        "process.",
        "constructor",
        "$1:constructor:constructor",
        "$1:__proto__:then",
        "$IFS",
        "..",
        "etc/",
        "passwd",
        "boot.ini",
        "%c0%af",
        "0x2f",
        "?",
        "/",
    ];

    proptest! {
        #[test]
        fn any_bytes_can_be_judged(
            parts in prop::collection::vec(
                prop_oneof![
                    prop::sample::select(PIECES).prop_map(|p| p.as_bytes().to_vec()),
                    prop::collection::vec(any::<u8>(), 0..6),
                ],
                0..40,
            ),
            place in prop::sample::select(&[Place::QueryValue, Place::FileContent, Place::FileName, Place::HeaderValue, Place::JsonKey][..]),
            (first, last) in (any::<bool>(), any::<bool>()),
        ) {
            let bytes = parts.concat();
            let (name, trust) = (&b"@type"[..], Trust::Guessed);
            let value = Value { bytes: &bytes, place, name, wake: wake(&bytes), words: words(&bytes), trust, first, last };
            let (mut hits, mut all) = (Hits::new(), Hits::new());
            judge(&value, &mut hits);
            // What is not read for want of a word would have told nothing.
            judge(&Value { words: Groups::ALL, ..value }, &mut all);
            prop_assert_eq!(&hits, &all, "{}", bytes.escape_ascii());
            let mut paths = [Hits::new(), Hits::new()];
            crate::detect::ptrav::judge(&value, &mut paths[0]);
            crate::detect::ptrav::judge(&Value { words: Groups::ALL, ..value }, &mut paths[1]);
            prop_assert_eq!(&paths[0], &paths[1], "{}", bytes.escape_ascii());
            crate::detect::upload::judge(&value, &mut hits);
            crate::detect::proto_pollution::judge(&value, &mut hits);
            crate::detect::mass_assign::judge(&value, &mut hits);
            prop_assert!(hits.len() <= 5);
            for hit in &hits {
                prop_assert!(hit.span.start <= hit.span.end && hit.span.end <= bytes.len(), "{hit:?}");
                prop_assert!((1..=100).contains(&hit.confidence) && !hit.reason.is_empty(), "{hit:?}");
            }
        }
    }
}
