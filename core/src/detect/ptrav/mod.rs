//! Path traversal and local file inclusion (CWE-22, CWE-98 for inclusion).
//!
//! What comes in: a value that an application may join to a folder or hand to `open` or `include`. What goes out: a hit
//! if the path leaves the folder, names a file of the server itself, or is a stream wrapper. What always holds: the
//! path is read as a lenient server reads it ([`path`]), and scored by how far it climbs, how oddly it is spelt and
//! what it ends at. To add a file: `targets.rs`; a wrapper: `wrapper.rs`.
//!
//! Fires: `../../../etc/passwd`, `..%c0%af..%c0%afboot.ini`, `....//....//x`, `/proc/self/environ` as a whole value,
//! `php://filter/...`, `..;/manager/html` in a path. Must not: `../img/logo.png`, `1..2`, `wait...`, prose that
//! mentions `/etc/passwd`, `/etc/designs/site.css`. Sources: CWE-22 to CWE-40, OWASP WSTG-ATHZ-01, PHP manual.

pub(super) mod techniques;

mod plain;
mod score;
mod targets;
mod wrapper;

use super::beside::Beside;
use super::lex::path::{Run, Runs};
use super::{Class, Groups, Hit, Hits, Value};
use crate::bytes::{Wake, Words, has_pair};
use crate::decode::Trust;
use crate::detect::lex::find::find;
use crate::points::Place;
use plain::Look;
use score::{Before, at_most, before, score};

/// Segments of one dot, or dots without a name, that no path has but one that is meant to outgrow a limit.
const STAYS: u32 = 5;
const DOTS: u32 = 16;
/// Shortest name of a file of the server.
const NAMED: usize = 4;

/// How the value is likely to be used.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Setting {
    /// One word: an identifier, a file, a URL.
    Token,
    /// Sentences, markup, a document, a header with a grammar of its own: more evidence is called for.
    Prose,
}

/// `known` with the words of wrappers, and of files and folders worth an attack.
pub(super) const fn words(known: Words) -> Words {
    targets::words(wrapper::words(known))
}

/// Judges one value.
pub fn judge(value: &Value<'_>, hits: &mut Hits) {
    let bytes = value.bytes;
    // A segment as it was sent is judged with its path: there a name alone means nothing more.
    let again = value.place == Place::PathSegment && value.trust == Trust::Plain;
    if bytes.len() < 2 || again {
        return;
    }
    let mut best: Option<Hit> = wrapped(value).or_else(|| stream(value));
    let (look, odd) = plain::look(value);
    if look == Look::Plain {
        hits.extend(best);
        return;
    }
    let mut known_setting = None;
    let mut offer = |run: &Run| {
        if idle(run) || leads_nowhere(run) {
            return;
        }
        let setting = *known_setting.get_or_insert_with(|| setting(value));
        // PERF: a text mentions many paths, and none of them surer than the next.
        if run.ups == 0 && best.as_ref().is_some_and(|b| b.confidence >= at_most(value, setting, run)) {
            return;
        }
        // PERF: reasons are written only of what is kept.
        let told = best.is_none();
        let surer = |hit: &Hit| best.as_ref().is_none_or(|b| b.confidence < hit.confidence);
        if let Some(hit) = score(value, setting, run, told).filter(surer) {
            best = if told { Some(hit) } else { score(value, setting, run, true) };
        }
    };
    if strange(value, odd) {
        match look {
            Look::Steps | Look::Names => plain::stepping(bytes, look == Look::Names, &mut offer),
            _ => Runs::telling(bytes).for_each(|run| offer(&run)),
        }
        if best.as_ref().is_none_or(|b| b.confidence < 85) {
            best = replaced(value).or(best);
        }
    } else {
        // Plain: only where a path can begin, the value's start and the slashes behind `=`, `:` and quotes.
        let mut end = 0;
        let dotted = value.wake.any(Wake::SLASH.or(Wake::BACKSLASH).or(Wake::DOT));
        if dotted && let Some(run) = Runs::new(bytes).next() {
            offer(&run);
            end = run.span.end;
        }
        if value.wake.any(Wake::SLASH.or(Wake::BACKSLASH)) {
            for at in memchr::memchr2_iter(b'/', b'\\', bytes.get(end..).unwrap_or(b"")) {
                let at = at + end;
                if matches!(before(value, at), Before::Start | Before::Drive | Before::FileUrl)
                    && let Some(run) = Runs::from(bytes, at).next()
                {
                    offer(&run);
                }
            }
        }
    }
    hits.extend(best);
}

/// Whether a run is a word or two.
fn idle(run: &Run) -> bool {
    run.ups == 0
        && run.odd == 0
        && run.stays == 0
        && (run.len() < 4 || !run.rooted && memchr::memchr2(b'/', b'.', run.tail()).is_none())
}

/// Whether a run neither climbs nor goes on and on, and names too little for any file.
fn leads_nowhere(run: &Run) -> bool {
    run.dotted == 0 && run.stays < STAYS && run.dots < DOTS && run.tail().len() < NAMED
}

/// Whether the value holds what only an odd path is made of, so that all of it is read: two dots, escapes, bytes that
/// begin no character, C's hexadecimal. `odd`: bytes beyond ASCII may be more than letters.
///
/// PERF: most benign values stop here, after a vector search or two; reading unit by unit costs ten times as much.
fn strange(value: &Value<'_>, odd: bool) -> bool {
    let bytes = value.bytes;
    let has = |word: &[u8]| find(bytes, word).is_some();
    let next = |at: usize| bytes.get(at + 1).copied();
    if value.wake.any(Wake::DOT) && value.may_hold(Beside::DOTS) && has_pair(bytes, *b"..") {
        return true;
    }
    if value.place == Place::FileContent {
        return false;
    }
    #[rustfmt::skip]
    let escape = |at: usize| {
        matches!(next(at), Some(b'0' | b'2' | b'3' | b'5' | b'b' | b'c' | b'C' | b'e' | b'E' | b'f' | b'F' | b'u' | b'U' | b'%'))
    };
    // `.?` and `??` where `..` was meant: a code page had no place for what was sent.
    let marks = value.first && bytes.len() > 8 && matches!(bytes, [b'.', b'?', ..] | [b'?', b'?' | b'.', ..]);
    marks
        || value.wake.any(Wake::CONTROL)
        || value.wake.any(Wake::PERCENT) && memchr::memchr_iter(b'%', bytes).any(escape)
        || value.wake.any(Wake::HIGH)
            && (odd || has_pair(bytes, [0x80; 2]))
            && (memchr::memchr2(0xc0, 0xc1, bytes).is_some()
                || [&b"\xe0\x80"[..], b"\x80\x80", b"\xef\xbc\x8e\xef", b"\xef\x80\xa5", b"\xee\xbf\x88"]
                    .iter()
                    .any(|w| has(w)))
        || value.words.any(Groups::X)
            && value.wake.all(Wake::ALPHA.or(Wake::DIGIT))
            && bytes.len() >= 8
            && memchr::memchr2_iter(b'x', b'X', bytes)
                .any(|at| at > 0 && bytes.get(at - 1) == Some(&b'0') && matches!(next(at), Some(b'2' | b'5')))
}

fn setting(value: &Value<'_>) -> Setting {
    use Place::*;
    let head = value.bytes.get(..512).unwrap_or(value.bytes);
    let blanks =
        |least: usize| head.iter().filter(|b| matches!(b, b' ' | b'\n' | b'<')).take(least).count() == least;
    match value.place {
        HeaderValue
            if matches!(value.name, b"referer" | b"user-agent" | b"origin")
                && (blanks(1) || find(head, b"://").is_some()) =>
        {
            Setting::Prose
        }
        FileContent | Text | Raw | XmlComment | XmlDoctype | XmlInstruction => Setting::Prose,
        _ if blanks(4) => Setting::Prose,
        _ => Setting::Token,
    }
}

fn hit(technique: &'static str, confidence: u32, span: std::ops::Range<usize>, reason: String) -> Hit {
    Hit {
        class: Class::Ptrav,
        technique,
        confidence: confidence.clamp(1, 99) as u8,
        span,
        reason: reason.into(),
    }
}

/// A stream wrapper at the start of the value, or a `file:` URL of a server file.
fn wrapped(value: &Value<'_>) -> Option<Hit> {
    let named = value.wake.any(Wake::COLON) && value.words.any(Groups::WRAPPERS);
    if !value.first || !named || value.place == Place::Path {
        return None;
    }
    let found = wrapper::wrapper(value.bytes)?;
    let confidence = if setting(value) == Setting::Token { u32::from(found.confidence) } else { 45 };
    let scheme = value.bytes.get(..found.len).unwrap_or(b"").escape_ascii();
    let reason =
        format!("the value is a stream wrapper, `{scheme}`, that {} where a path is opened", found.what);
    Some(hit("stream-wrapper", confidence, 0..found.len, reason))
}

/// `page.asp::$DATA`: the default stream of an NTFS file by its full name (MS-FSCC 2.1.5). The file is the same, but its
/// name ends in nothing that a handler is chosen by, so a server shows the program instead of running it.
fn stream(value: &Value<'_>) -> Option<Hit> {
    if !value.first || !value.last || !value.wake.all(Wake::COLON.or(Wake::DOLLAR).or(Wake::DOT)) {
        return None;
    }
    let bytes = value.bytes.strip_suffix(b"\0").unwrap_or(value.bytes);
    let (name, suffix) = bytes.split_at_checked(bytes.len().checked_sub(7)?)?;
    let dot = memchr::memrchr(b'.', name)?;
    let file = dot > 0
        && (2..=5).contains(&(name.len() - dot - 1))
        && name.len() <= 256
        && !name.iter().any(|b| matches!(b, b' ' | b'\n' | b'"' | b'<' | b'\''));
    (file && suffix.eq_ignore_ascii_case(b"::$DATA")).then(|| {
        let reason = "`::$DATA` names the default stream of a file: a Windows server shows the program instead of running it";
        hit("file-stream", 80, 0..value.bytes.len(), reason.into())
    })
}

/// A path whose separators have all become one letter: an overlong `%c1%af` is meant as a slash and decodes to `o`.
fn replaced(value: &Value<'_>) -> Option<Hit> {
    let bytes = value.bytes.get(..value.bytes.len().min(256))?;
    let glue = |from: usize| {
        let end = bytes.iter().skip(from).position(|b| b.is_ascii_alphanumeric())? + from;
        (end > from).then_some(end)
    };
    let mut at = glue(0).filter(|&at| at >= 2)?;
    let letter = *bytes.get(at)?;
    while let Some(next) = glue(at + 1).filter(|&next| bytes.get(next) == Some(&letter)) {
        at = next;
    }
    let rest = bytes.get(at + 1..)?;
    let same = |path: &str| {
        path.len() <= rest.len()
            && path
                .bytes()
                .zip(rest)
                .all(|(p, r)| if p == b'/' { *r == letter } else { r.eq_ignore_ascii_case(&p) })
    };
    let target = targets::ANYWHERE.iter().find(|t| t.alone >= 60 && same(t.path))?;
    let letter = char::from(letter);
    let reason = format!(
        "with `{letter}` for each separator, as lenient decoders leave it: `{}`, {}",
        target.path, target.what
    );
    Some(hit("malformed-probe", 86, 0..bytes.len(), reason))
}
