//! Values that leave the context the page has put them into before they go on with markup.
//!
//! Fires: `"><h1>`, `x'><u>`, `--><p>`, `</title><b>` (a quote, comment or text that something before the value opened),
//! runs of bytes that end several contexts at once, and the classical probe that holds every special character. Does not
//! fire: `"a" > "b" <c>`, `<a href="x"><b>`, `</p><p>`, `see <b>`. Source: WHATWG HTML (13.2.5: what ends attribute values,
//! comments and the text of raw elements); CWE-79, CWE-80.

use super::Found;
use crate::detect::lex::find::find_no_case;
use memchr::{memchr, memmem};

/// Elements in whose text no tag counts until they are closed, so that who injects must close them first.
const RAW: &[&[u8]] =
    &[b"title", b"textarea", b"script", b"style", b"noscript", b"xmp", b"iframe", b"noembed", b"template"];

/// Text before the first tag that is looked through, and between it and the next.
const NEAR: usize = 64;

/// Judges what stands before the first tag: whether it ends what only the page can have begun.
pub fn markup(bytes: &[u8], found: &mut Found) {
    let tag = |n: &usize| bytes.get(n + 1).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'/');
    let Some(first) = memchr::memchr_iter(b'<', bytes).find(tag).filter(|n| *n <= 2 * NEAR) else { return };
    let before = bytes.get(..first).unwrap_or_default();
    let rest = bytes.get(first..).unwrap_or_default();
    let end = (first + NEAR).min(bytes.len());
    let opens = tag_opens(rest);
    if let Some(close) = memmem::find(before, b">") {
        let whole = before.get(..close).unwrap_or_default();
        let head = whole.trim_ascii_end();
        let head = head.strip_suffix(b"/").unwrap_or(head);
        let head = head.strip_suffix(b"\\").unwrap_or(head);
        let what = match head.last() {
            // An odd number: the value's quote pairs with one of the page's. A name before it and a link behind it are
            // what is left of a page that was cut to pieces.
            Some(q @ (b'"' | b'\'' | b'`'))
                if memchr::memchr_iter(*q, before).count() % 2 == 1
                    && !head.iter().any(u8::is_ascii_alphabetic)
                    && opens =>
            {
                "a quote and `>` that end the page's own tag"
            }
            _ if (whole.ends_with(b"--") || whole.ends_with(b"--!"))
                && memmem::find(whole, b"<!--").is_none() =>
            {
                "the end of a comment that the page has begun"
            }
            _ if whole.ends_with(b"]]") && memmem::find(whole, b"<![").is_none() => {
                "the end of a section that the page has begun"
            }
            // Without a quote there is nothing but the tag to end.
            None if before.iter().skip(close).all(|b| matches!(b, b'>' | b'"' | b'\'' | b'`')) && opens => {
                "a `>` that ends the page's own tag"
            }
            _ => "",
        };
        if !what.is_empty() {
            found.offer(60, "markup-breakout", close.saturating_sub(2)..end, || {
                format!("{what}, and a tag behind it").into()
            });
            return;
        }
    }
    let Some(name) = rest.strip_prefix(b"</") else { return };
    let closes = |raw: &&[u8]| {
        name.get(..raw.len()).is_some_and(|n| n.eq_ignore_ascii_case(raw))
            && name.get(raw.len()).is_none_or(|b| !b.is_ascii_alphanumeric())
    };
    let ends = || memmem::find_iter(rest.get(..NEAR).unwrap_or(rest), b"</").count();
    if before.len() <= NEAR / 2 && RAW.iter().any(closes) && (opens || ends() >= 3) {
        found.offer(58, "markup-breakout", first..end, || {
            "the end of an element whose text the page has begun, and tags behind it".into()
        });
    }
}

/// Whether a tag opens near the start of `bytes`.
fn tag_opens(bytes: &[u8]) -> bool {
    let near = bytes.get(..NEAR).unwrap_or(bytes);
    memchr::memchr_iter(b'<', near).any(|n| near.get(n + 1).is_some_and(u8::is_ascii_alphabetic))
}

/// Judges the probe that shows which of all special characters a page lets through: quotes, a tag of no meaning and a
/// script entity (`&{...}`, which Netscape 4 ran and nothing else knows).
pub fn probe(bytes: &[u8], found: &mut Found) {
    let Some(entity) = memmem::find(bytes, b"&{") else { return };
    let tag = memchr(b'<', bytes).filter(|n| bytes.get(n + 1).is_some_and(u8::is_ascii_alphabetic));
    if tag.is_some() && memchr(b'"', bytes).is_some() && find_no_case(bytes, b"!--").is_some() {
        found.offer(58, "context-closers", 0..entity + 2, || {
            "quotes, a comment, a tag and a script entity together: a probe for characters that pass".into()
        });
    }
}

/// Kinds of bytes that end a context, each of which a value needs for itself at most once.
const CLOSERS: &[(&[u8], bool)] = &[
    (b"\"", false),
    (b"'", false),
    (b"`", false),
    (b"-->", true),
    (b"--!>", true),
    (b"]]>", true),
    (b"*/", true),
    (b"</script", true),
    (b"</style", true),
    (b"</title", true),
    (b"</textarea", true),
];

/// Judges runs of bytes that end several contexts at once: what a payload begins with that is to run wherever it lands.
pub fn closers(bytes: &[u8], found: &mut Found) {
    for at in memchr::memchr2_iter(b'>', b'/', bytes) {
        let before = bytes.get(at.saturating_sub(3)..at).unwrap_or_default();
        let ends = before.ends_with(b"--") || before.ends_with(b"]]") || before == b"--!";
        if !ends && !before.ends_with(b"*") && !before.ends_with(b"<") {
            continue;
        }
        let window = at.saturating_sub(16)..(at + 16).min(bytes.len());
        let near = bytes.get(window.clone()).unwrap_or_default();
        let here = CLOSERS.iter().filter(|c| memmem::find(near, c.0).is_some());
        let (kinds, markup) = here.fold((0, 0), |(k, m), c| (k + 1, m + u32::from(c.1)));
        if kinds >= 4 && markup >= 1 && kinds - markup >= 1 {
            found.offer(55, "context-closers", window, || {
                "it ends several contexts at once (quotes, comment, element), so that what follows runs in any".into()
            });
            return;
        }
    }
}
