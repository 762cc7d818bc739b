//! Stream wrappers: names that `include` and `fopen` accept in place of a path.
//!
//! Fires: `php://filter/convert.base64-encode/resource=index`, `expect://id`, `phar://up.jpg/x`, `file:///etc/passwd`.
//! Must not: `https://...`, `data:image/png;base64,...`, a sentence about `php://input`.
//! Sources: PHP manual, "Supported Protocols and Wrappers"; RFC 8089 (`file`); Java's `JarURLConnection` (`jar:`).

use crate::bytes::Words;
use crate::detect::Groups;

/// A wrapper that begins a value.
#[derive(Debug, PartialEq, Eq)]
pub struct Wrapper {
    /// Bytes of the scheme with what makes it one.
    pub len: usize,
    /// Confidence when the value is this and nothing else.
    pub confidence: u8,
    /// What it does.
    pub what: &'static str,
}

/// What PHP offers under `php://`.
static PHP: &[&str] = &["filter", "input", "fd", "memory", "temp", "stdin", "stdout", "output"];

#[rustfmt::skip]
static SCHEMES: &[(&str, u8, &str)] = &[
    ("expect://", 92, "runs a command"),
    ("phar://", 90, "opens a PHP archive and unserializes its metadata"),
    ("zip://", 88, "reads a member of a ZIP archive"),
    ("compress.zlib://", 90, "reads a compressed file"),
    ("compress.bzip2://", 90, "reads a compressed file"),
    ("glob://", 88, "lists files that match a pattern"),
    ("ogg://", 80, "reads an audio file as a stream"),
    ("rar://", 85, "reads a member of a RAR archive"),
    ("ssh2.exec://", 92, "runs a command over SSH"),
    ("ssh2.shell://", 90, "opens a shell over SSH"),
    ("ssh2.sftp://", 85, "opens a file over SSH"),
    ("ssh2.scp://", 85, "copies a file over SSH"),
    ("ssh2.tunnel://", 88, "opens a connection over SSH"),
    ("jar:file:", 88, "reads a member of a Java archive"),
    ("jar:http", 85, "fetches a Java archive and reads a member"),
    ("netdoc:", 85, "reads a local file (Java)"),
    ("local_file:", 85, "reads a local file (Python)"),
    ("view-source:file:", 85, "reads a local file"),
];

/// `known` with the word that each wrapper begins with.
pub(super) const fn words(mut known: Words) -> Words {
    let group = Groups::WRAPPERS.bits();
    let mut i = 0;
    while i < SCHEMES.len() {
        let (scheme, mut len) = (SCHEMES[i].0, 0);
        while scheme.as_bytes()[len].is_ascii_alphabetic() {
            len += 1;
        }
        known = known.with(scheme.split_at(len).0, group);
        i += 1;
    }
    known.with_all(&["php", "data"], group)
}

/// Whether text begins with a tag of PHP, blanks and the first bytes of a picture aside.
fn starts_code(text: &[u8]) -> bool {
    let text = text.get(..text.len().min(16)).unwrap_or(text);
    ["<?", "%3C%3F"].iter().any(|tag| {
        let at = memchr::memmem::find(text, tag.as_bytes());
        // The declaration of XML, which pictures in SVG begin with, is no PHP.
        at.and_then(|at| text.get(at + tag.len()..)).is_some_and(|rest| !rest.starts_with(b"xml"))
    })
}

/// Whether base64 text begins so once decoded: its first 16 bytes or so.
fn opens_code(text: &[u8]) -> bool {
    let (mut out, mut len, mut bits, mut n) = ([0u8; 16], 0, 0u32, 0);
    for b in text.iter().filter(|b| !matches!(b, b' ' | b'\r' | b'\n')).take(22) {
        let digit = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => break,
        };
        bits = bits << 6 | u32::from(digit);
        n += 6;
        if n >= 8 {
            n -= 8;
            if let Some(slot) = out.get_mut(len) {
                *slot = (bits >> n) as u8;
                len += 1;
            }
        }
    }
    out.get(..len).is_some_and(starts_code)
}

/// The wrapper `value` begins with.
pub fn wrapper(value: &[u8]) -> Option<Wrapper> {
    let first = value.first()?.to_ascii_lowercase();
    if !matches!(
        first,
        b'p' | b'e' | b'z' | b'c' | b'g' | b'o' | b'r' | b's' | b'j' | b'n' | b'l' | b'v' | b'd'
    ) {
        return None;
    }
    let starts =
        |prefix: &str| value.get(..prefix.len()).is_some_and(|v| v.eq_ignore_ascii_case(prefix.as_bytes()));
    if starts("php:") {
        let at = 4 + value.iter().skip(4).take_while(|&&b| b == b'/').count();
        let rest = value.get(at..).unwrap_or(b"");
        let stream =
            PHP.iter().find(|s| rest.get(..s.len()).is_some_and(|v| v.eq_ignore_ascii_case(s.as_bytes())))?;
        let confidence = if at >= 6 { 93 } else { 60 };
        return Some(Wrapper { len: at + stream.len(), confidence, what: "reads or rewrites a PHP stream" });
    }
    if starts("data:") {
        // Included as code: of any type or none, base64 or not. Images, fonts and plain text are ordinary.
        let rest = value.get(5..)?;
        let comma = memchr::memchr(b',', rest.get(..rest.len().min(128))?)?;
        let (kind, body) = (rest.get(..comma)?, rest.get(comma + 1..)?);
        let base64 =
            kind.len() >= 6 && kind.get(kind.len() - 6..).is_some_and(|k| k.eq_ignore_ascii_case(b"base64"));
        let code = if base64 { opens_code(body) } else { starts_code(body) };
        return code.then_some(Wrapper {
            len: 5,
            confidence: 85,
            what: "includes code carried in the value",
        });
    }
    let (scheme, confidence, what) = SCHEMES.iter().find(|(s, ..)| starts(s))?;
    (value.len() > scheme.len()).then_some(Wrapper { len: scheme.len(), confidence: *confidence, what })
}
