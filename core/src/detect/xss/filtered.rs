//! Values that become markup only behind a filter or in another charset.
//!
//! * A filter that deletes tags joins what stood around them: `<im<x>g src=q one<x>rror=f()>`.
//! * An XML parser joins the text of CDATA sections: `<![CDATA[<]]>script>`.
//! * A page read as UTF-7 shows `+ADw-script+AD4-` as a tag (RFC 2152).
//! * A page read as US-ASCII by a browser that drops the eighth bit shows the byte BC as `<`, and so does a server that
//!   writes U+00BC in seven bits: `¼script¾`.
//!
//! Does not fire: `H<sub>2</sub>O`, `un<b>bel</b>ievable`, `¼ cup`, `für`, `C+ADD`, where nothing that runs comes out.
//! Sources: the functions named `strip_tags` of PHP and its kind, XML 1.0 (2.7), RFC 2152, the WHATWG Encoding Standard's
//! note on why UTF-7 is not supported, CWE-182 (collapse of data into unsafe value), CWE-116.

use super::{Found, injected, markup};
use crate::bytes::Wake;
use crate::detect::beside::Beside;
use crate::detect::lex::find::find_by;
use crate::detect::lex::html::may_hold_tags;
use memchr::{memchr, memchr_iter, memmem};
use smallvec::SmallVec;

/// As much of a value as is read again.
const MOST: usize = 2048;

type Text = SmallVec<[u8; 512]>;

/// Judges what the filters and charsets above would make of `bytes`.
pub fn read(bytes: &[u8], wake: Wake, calm: bool, found: &mut Found) {
    let bytes = bytes.get(..MOST).unwrap_or(bytes);
    let tags = wake.any(Wake::LESS) && wake.any(Wake::EQUALS.or(Wake::PAREN).or(Wake::BACKTICK));
    if tags && !calm && is_split(bytes) {
        again(&without_tags(bytes), bytes.len(), calm, found, "behind a filter that deletes tags");
    }
    if tags && Beside::DECLARED.in_any(wake) && is_sectioned(bytes) {
        again(&without_sections(bytes), bytes.len(), calm, found, "once the XML parser joins its sections");
    }
    if wake.any(Wake::PLUS) && Beside::UTF7.in_any(wake) && find_by(bytes, b"+ADw", 1).is_some() {
        let text = utf7(bytes);
        again(&text, bytes.len(), calm, found, "in UTF-7");
        if may_hold_tags(&text) && !may_hold_tags(bytes) {
            found.offer(58, "charset", 0..bytes.len(), || {
                "tags written in UTF-7, which a page without a charset may be read in".into()
            });
        }
    }
    // In binary data any byte may follow any other.
    if wake.any(Wake::HIGH)
        && !calm
        && !wake.any(Wake::CONTROL)
        && let Some(text) = seven_bits(bytes)
    {
        again(&text, bytes.len(), calm, found, "where the eighth bit is dropped");
        if memmem::find(&text, b"</").is_some() {
            found.offer(58, "charset", 0..bytes.len(), || {
                "tags written with the eighth bit set, which a page in US-ASCII may be read without".into()
            });
        }
    }
}

/// Judges `text`, which `value` becomes `how`.
fn again(text: &[u8], value: usize, calm: bool, found: &mut Found, how: &str) {
    let mut inner = Found::default();
    if may_hold_tags(text) {
        markup::read(text, calm, &mut inner);
    }
    if memchr(b'=', text).is_some() {
        injected::attributes(text, calm, &mut inner);
    }
    for hit in inner.take().into_iter().filter(|h| h.confidence >= 50) {
        let reason = hit.reason;
        found.offer(hit.confidence.saturating_sub(5).max(50), hit.technique, 0..value, || {
            format!("{reason} ({how})").into()
        });
    }
}

/// Whether a tag stands inside of a word: a letter before it and a letter behind it.
fn is_split(bytes: &[u8]) -> bool {
    memchr_iter(b'<', bytes).take(16).any(|n| {
        let before = n.checked_sub(1).and_then(|n| bytes.get(n)).copied().unwrap_or(0);
        let rest = bytes.get(n + 1..).unwrap_or_default();
        let starts = rest.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'/');
        let end = memchr(b'>', rest.get(..32).unwrap_or(rest));
        let behind = end.and_then(|n| rest.get(n + 1)).copied().unwrap_or(0);
        starts
            && before.is_ascii_alphabetic()
            && (behind.is_ascii_alphabetic() || matches!(behind, b'<' | b'=' | b'('))
    })
}

/// Whether a CDATA section holds a `<` and next to nothing else: half a tag.
fn is_sectioned(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(n) = find_by(rest, b"<![CDATA[", 3) {
        rest = rest.get(n + 9..).unwrap_or_default();
        let short = rest.get(..12).unwrap_or(rest);
        if memmem::find(short, b"]]>").is_some_and(|end| memchr(b'<', short).is_some_and(|n| n < end)) {
            return true;
        }
    }
    false
}

/// `bytes` without its innermost tags.
fn without_tags(bytes: &[u8]) -> Text {
    let mut out = Text::new();
    let mut rest = bytes;
    while let Some(n) = memchr(b'<', rest) {
        let (before, here) = rest.split_at(n);
        out.extend_from_slice(before);
        let next = memchr::memchr2(b'<', b'>', here.get(1..).unwrap_or_default());
        rest = match next.map(|n| n + 1) {
            Some(end) if here.get(end) == Some(&b'>') => here.get(end + 1..).unwrap_or_default(),
            next => {
                let end = next.unwrap_or(here.len());
                out.extend_from_slice(here.get(..end).unwrap_or(here));
                here.get(end..).unwrap_or_default()
            }
        };
    }
    out.extend_from_slice(rest);
    out
}

/// `bytes` with the marks of CDATA sections taken away.
fn without_sections(bytes: &[u8]) -> Text {
    let mut out = Text::new();
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|r| !r.is_empty()) {
        if rest.starts_with(b"<![CDATA[") {
            at += 9;
        } else if rest.starts_with(b"]]>") {
            at += 3;
        } else {
            out.extend(rest.first().copied());
            at += 1;
        }
    }
    out
}

/// `bytes` with runs of modified base64 between `+` and `-` (or what is no base64) read as UTF-16.
fn utf7(bytes: &[u8]) -> Text {
    let mut out = Text::new();
    let mut rest = bytes;
    while let Some(n) = memchr(b'+', rest) {
        let (before, here) = rest.split_at(n);
        out.extend_from_slice(before);
        let run = here.get(1..).unwrap_or_default();
        let len = run.iter().take_while(|b| digit(**b).is_some()).count();
        let (mut bits, mut have) = (0u32, 0);
        let mark = out.len();
        for value in run.iter().take(len).filter_map(|b| digit(*b)) {
            bits = bits << 6 | value;
            have += 6;
            if have >= 16 {
                have -= 16;
                let unit = bits >> have & 0xffff;
                bits &= (1 << have) - 1;
                // Only ASCII can be a tag; anything else stays one byte.
                out.push(u8::try_from(unit).ok().filter(u8::is_ascii).unwrap_or(b'?'));
            }
        }
        // What is left over must be too short for a digit, and zero; otherwise it was a word behind a plus sign.
        if have >= 6 || bits != 0 {
            out.truncate(mark);
            out.push(b'+');
            rest = run;
            continue;
        }
        let dash = usize::from(run.get(len) == Some(&b'-'));
        rest = run.get(len + dash..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

fn digit(b: u8) -> Option<u32> {
    Some(u32::from(match b {
        b'A'..=b'Z' => b - b'A',
        b'a'..=b'z' => b - b'a' + 26,
        b'0'..=b'9' => b - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

/// `bytes` in seven bits, if a tag comes out: the byte BC, alone or as U+00BC in UTF-8, before a letter or a slash, and BE
/// somewhere behind it.
fn seven_bits(bytes: &[u8]) -> Option<Text> {
    let open = memchr_iter(0xbc, bytes).take(16).find(|&n| {
        let before = n.checked_sub(1).and_then(|n| bytes.get(n)).copied().unwrap_or(0);
        let next = bytes.get(n + 1).copied().unwrap_or(0);
        // Behind another byte of a character BC is a part of that.
        (before == 0xc2 || before < 0x80) && (next.is_ascii_alphabetic() || next == b'/')
    })?;
    memchr(0xbe, bytes.get(open..)?)?;
    let mut out = Text::new();
    for (n, &b) in bytes.iter().enumerate() {
        let next = bytes.get(n + 1).copied().unwrap_or(0);
        if b != 0xc2 || !matches!(next, 0x80..=0xbf) {
            out.push(b & 0x7f);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_and_charsets_are_undone() {
        assert_eq!(without_tags(b"a<b>c<d<e>f>g<").as_slice(), b"ac<df>g<");
        assert_eq!(without_sections(b"<![CDATA[<]]>b>").as_slice(), b"<b>");
        assert_eq!(utf7(b"+ADw-b+AD4-c+ADwALw-b").as_slice(), b"<b>c</b");
        assert_eq!(seven_bits("¼b¾".as_bytes()).as_deref(), Some(&b"<b>"[..]));
        assert_eq!(seven_bits(b"\xbcb\xa2\xbe").as_deref(), Some(&b"<b\">"[..]));
        assert_eq!(seven_bits("für ¾".as_bytes()), None);
        assert!(is_split(b"on<b>load") && !is_split(b"H<sub>2</sub>O") && !is_split(b"a <b>c"));
    }
}
