//! Which reader a body gets: from what its Content-Type says and what its first bytes look like.
//!
//! A type only ranks the readers: servers and frameworks that look at the bytes themselves are many, and a wrong type
//! is the oldest way past an inspector.

use super::content_type::Kind;
use super::name;
use super::packed::Packing;
use crate::http::{Anomalies, Anomaly};

/// Bytes at the front of a body that decide.
pub(super) const SNIFF: usize = 64;

/// The readers of bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    Form,
    Multipart,
    Json,
    Xml,
    /// A binary format of APIs.
    Packed(Packing),
    /// Text of no known format.
    Text,
    /// A file of a known binary format, or one said to be.
    File,
    /// Bytes of no known format.
    Raw,
}

/// A format that a value may be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Pairs as in a form.
    Form,
    /// A multipart body.
    Multipart,
    /// JSON.
    Json,
    /// XML.
    Xml,
}

impl Format {
    /// The format that `value` looks like from its first bytes. Costs a look at one byte for most values. A form needs
    /// two pairs: a value with one `=` is more often something else.
    ///
    /// ```
    /// use sidewatch::points::Format;
    ///
    /// assert_eq!(Format::of(br#"{"a": 1}"#), Some(Format::Json));
    /// assert_eq!(Format::of(b"a=1&b=2"), Some(Format::Form));
    /// assert_eq!(Format::of(b"tea & biscuits"), None);
    /// ```
    pub fn of(value: &[u8]) -> Option<Format> {
        let head = value.get(..SNIFF).unwrap_or(value).trim_ascii_start();
        match head.first()? {
            b'{' | b'[' => is_json(head).then_some(Format::Json),
            b'<' => is_xml(head).then_some(Format::Xml),
            b'-' if head.starts_with(b"--") => is_multipart(head).then_some(Format::Multipart),
            _ => (memchr::memchr(b'&', head).is_some() && is_form(head)).then_some(Format::Form),
        }
    }
}

/// What the first bytes look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Form,
    Multipart,
    Json,
    Xml,
    Text,
    File,
    Bytes,
}

/// Chooses a reader. `kind` is what the Content-Type says, if there is one; `boundary` tells that it names a boundary;
/// `head` holds the first [`SNIFF`] bytes of the body after any byte order mark, or all of a shorter one.
pub(super) fn choose(kind: Option<Kind>, boundary: bool, head: &[u8]) -> (Reader, Anomalies) {
    let mut odd = Anomalies::default();
    let look = look(head);
    let said = match kind {
        Some(Kind::Form) => Some(Reader::Form),
        Some(Kind::FormData | Kind::Multipart) => Some(Reader::Multipart),
        Some(Kind::Json) => Some(Reader::Json),
        Some(Kind::Xml) => Some(Reader::Xml),
        Some(Kind::Packed(packing)) => Some(Reader::Packed(packing)),
        Some(Kind::Text) => Some(Reader::Text),
        Some(Kind::Binary) => Some(Reader::File),
        Some(Kind::Unknown) => None,
        None => {
            odd.insert(Anomaly::ContentTypeMissing);
            None
        }
    };
    let seen = match look {
        Look::Form => Reader::Form,
        Look::Multipart => Reader::Multipart,
        Look::Json => Reader::Json,
        Look::Xml => Reader::Xml,
        Look::Text => Reader::Text,
        Look::File => Reader::File,
        Look::Bytes => Reader::Raw,
    };
    let Some(said) = said else {
        return (seen, odd);
    };
    let structured = matches!(seen, Reader::Form | Reader::Multipart | Reader::Json | Reader::Xml);
    let reader = match said {
        // Text may begin as a message of bytes does, but hardly as a whole document does.
        Reader::Packed(_) if !matches!(seen, Reader::Json | Reader::Xml | Reader::Multipart) => said,
        // A boundary is believed: what stands before the first delimiter is judged as well.
        Reader::Multipart if boundary || !structured => Reader::Multipart,
        Reader::Form | Reader::Json | Reader::Xml if seen == Reader::Form && said != Reader::Form => {
            Reader::Form
        }
        Reader::Form | Reader::Json | Reader::Xml | Reader::Multipart if structured => seen,
        Reader::Form | Reader::Json | Reader::Xml | Reader::Multipart => said,
        // One `=` makes no form of a text.
        Reader::Text if seen == Reader::Form && memchr::memchr(b'&', head).is_none() => Reader::Text,
        // Text may be any of these by right; a file is not.
        _ if structured => seen,
        Reader::File if seen == Reader::Text => Reader::Text,
        Reader::Text if matches!(seen, Reader::File | Reader::Raw) => seen,
        said => said,
    };
    let by_right = reader == said || (said == Reader::Text && structured);
    let bytes = matches!(said, Reader::File | Reader::Packed(_));
    let lies = !by_right || (matches!(seen, Reader::File | Reader::Raw) && !bytes);
    if lies {
        odd.insert(Anomaly::ContentTypeMismatch);
    }
    (reader, odd)
}

fn look(head: &[u8]) -> Look {
    let text = head.trim_ascii_start();
    if head.first().is_some_and(|&first| may_be_magic(first) || head.get(4) == Some(&b'f')) && is_magic(head)
    {
        return Look::File;
    }
    // PERF: no early exit, so that the loop becomes vector code.
    let control = |b: u8| (b < b' ') & !matches!(b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    if head.iter().fold(false, |any, &b| any | control(b)) {
        return Look::Bytes;
    }
    match text {
        [b'{' | b'[', ..] if is_json(text) => Look::Json,
        [b'<', ..] if is_xml(text) => Look::Xml,
        [b'-', b'-', ..] if is_multipart(text) => Look::Multipart,
        _ if is_form(text) => Look::Form,
        _ => Look::Text,
    }
}

/// Whether one of [`MAGIC`] that stands at the very beginning has this byte first.
fn may_be_magic(first: u8) -> bool {
    static FIRSTS: [bool; 256] = {
        let (mut firsts, mut n) = ([false; 256], 0);
        while n < MAGIC.len() {
            if MAGIC[n].0 == 0 {
                firsts[MAGIC[n].1[0] as usize] = true;
            } else {
                assert!(MAGIC[n].0 == 4 && MAGIC[n].1[0] == b'f', "looked for where it is asked");
            }
            n += 1;
        }
        firsts
    };
    FIRSTS[usize::from(first)]
}

#[inline(never)]
fn is_magic(head: &[u8]) -> bool {
    MAGIC.iter().any(|&(at, magic)| head.get(at..).is_some_and(|h| h.starts_with(magic)))
}

/// `{` and a key or an end, `[` and what an array can begin with.
fn is_json(text: &[u8]) -> bool {
    let inside = text[1..].trim_ascii_start();
    match (text[0], inside.first()) {
        (b'{', Some(b'"' | b'}')) => true,
        (b'[', Some(b'{' | b'[' | b'"' | b']' | b'-')) => true,
        (b'[', Some(b'0'..=b'9')) => {
            let after = inside.iter().find(|b| !b.is_ascii_digit());
            matches!(after, None | Some(b',' | b'.' | b'e' | b' ' | b'\r' | b'\n'))
        }
        (b'[', Some(b't' | b'f' | b'n')) => {
            [&b"true"[..], b"false", b"null"].iter().any(|w| inside.starts_with(w))
        }
        (_, None) => true,
        _ => false,
    }
}

/// A declaration or a document type, or an element with a namespace: HTML and fragments of it are no XML.
fn is_xml(text: &[u8]) -> bool {
    let starts = |with: &[u8]| text.get(..with.len()).is_some_and(|t| t.eq_ignore_ascii_case(with));
    let html = starts(b"<!doctype html");
    (starts(b"<?xml") || starts(b"<!doctype") || text.windows(6).any(|w| w == b" xmlns")) && !html
}

/// A line that may be a delimiter, and a header field after it as far as can be seen.
fn is_multipart(text: &[u8]) -> bool {
    let line = &text[2..];
    let end = memchr::memchr(b'\n', line).unwrap_or(line.len());
    let (boundary, after) = line.split_at(end);
    let boundary = boundary.strip_suffix(b"\r").unwrap_or(boundary);
    // The marks of RFC 2046, section 5.1.1, blanks left aside.
    let is_mark = |b: &u8| b.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(b);
    if boundary.is_empty() || !boundary.iter().all(is_mark) {
        return false;
    }
    let after = after.get(1..).unwrap_or_default();
    let n = after.len().min(8);
    after[..n].eq_ignore_ascii_case(&b"content-"[..n])
}

/// A plain name, `=`, and no blanks as far as can be seen.
fn is_form(text: &[u8]) -> bool {
    let Some(equals) = memchr::memchr(b'=', text) else { return false };
    let (name, value) = (&text[..equals], &text[equals + 1..]);
    let is_name = |&b: &u8| b == b'%' || b == b'+' || name::is_plain(&[b]);
    !name.is_empty()
        && name.iter().all(is_name)
        && !value.starts_with(b"=")
        && !value.trim_ascii_end().iter().any(|b| b.is_ascii_whitespace())
        && (!value.is_empty() || is_bracketed(name))
}

/// `a[b]`, escaped or not: text that only ends in an equals sign, such as base64, has no brackets.
fn is_bracketed(name: &[u8]) -> bool {
    name.ends_with(b"]") || name.last_chunk::<3>().is_some_and(|end| end.eq_ignore_ascii_case(b"%5d"))
}

/// How files of binary formats begin: offset and bytes (the formats' specifications; IANA media types registry).
const MAGIC: &[(usize, &[u8])] = &[
    (0, b"\x89PNG\r\n\x1a\n"),
    (0, b"\xff\xd8\xff"),
    (0, b"GIF87a"),
    (0, b"GIF89a"),
    (0, b"RIFF"),
    (0, b"II*\0"),
    (0, b"MM\0*"),
    (4, b"ftyp"),
    (0, b"OggS"),
    (0, b"ID3"),
    (0, b"%PDF-"),
    (0, b"PK\x03\x04"),
    (0, b"PK\x05\x06"),
    (0, b"\x1f\x8b\x08"),
    (0, b"BZh"),
    (0, b"\xfd7zXZ\0"),
    (0, b"7z\xbc\xaf\x27\x1c"),
    (0, b"Rar!\x1a\x07"),
    (0, b"\x28\xb5\x2f\xfd"),
    (0, b"\x7fELF"),
    (0, b"MZ\x90\0"),
    (0, b"\xca\xfe\xba\xbe"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    (0, b"wOFF"),
    (0, b"wOF2"),
    (0, b"SQLite format 3\0"),
];
