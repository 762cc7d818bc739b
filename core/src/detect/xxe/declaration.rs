//! `<!DOCTYPE` and `<!ENTITY` declarations (XML 1.0 sections 2.8 and 4.2), read leniently.

use crate::detect::lex::url::{Host, Url};
use std::ops::Range;

/// What is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The document type, with an external subset.
    Doctype,
    /// A general entity.
    Entity,
    /// A parameter entity.
    Parameter,
}

/// One declaration.
#[derive(Debug)]
pub struct Declaration<'a> {
    /// What is declared.
    pub kind: Kind,
    /// The entity's name.
    pub name: &'a [u8],
    /// The system literal, if it is external.
    pub external: Option<&'a [u8]>,
    /// Whether it has a public identifier of the formal kind (`-//Owner//...`).
    pub public: bool,
    /// The replacement text, if it is internal.
    pub value: Option<&'a [u8]>,
    /// Where it lies.
    pub span: Range<usize>,
}

/// Publishers of document type definitions that documents name as a matter of course.
static PUBLISHERS: &[&str] = &[
    "w3.org",
    "oasis-open.org",
    "docbook.org",
    "sun.com",
    "oracle.com",
    "apple.com",
    "netscape.com",
    "apache.org",
    "mybatis.org",
    "hibernate.org",
    "jboss.org",
    "springframework.org",
    "puppycrawl.com",
    "checkstyle.org",
    "netbeans.org",
    "xmlsoap.org",
    "nih.gov",
    "openmobilealliance.org",
    "wapforum.org",
    "xhtml.org",
    "opensymphony.com",
    "google.com",
    "jcp.org",
];

fn word<'a>(text: &'a [u8], want: &str) -> Option<&'a [u8]> {
    text.get(..want.len())?.eq_ignore_ascii_case(want.as_bytes()).then(|| text.get(want.len()..))?
}

fn name(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text
        .iter()
        .take(256)
        .position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'[' | b'"' | b'\'' | b'%'))
        .unwrap_or(text.len().min(256));
    text.split_at(end)
}

/// The literal at the start of `text` (blanks skipped) and what follows it. Doubled quotes (CSV) and quotes behind a
/// backslash (a string of another language) count as quotes.
pub fn literal(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut text = text.trim_ascii_start();
    text = text.strip_prefix(b"\\").unwrap_or(text);
    let quote = *text.first().filter(|b| matches!(b, b'"' | b'\''))?;
    let mut body = text.get(1..)?;
    if body.first() == Some(&quote) && body.get(1).is_some_and(|b| !matches!(b, b'>' | b' ' | b'\n')) {
        body = body.get(1..)?;
    }
    let end = memchr::memchr(quote, body).unwrap_or(body.len());
    let rest = body.get(end + 1..).unwrap_or(b"");
    let text = body.get(..end)?;
    Some((text.strip_suffix(b"\\").unwrap_or(text), rest))
}

impl<'a> Declaration<'a> {
    /// The declaration whose `<!` stands at `at`.
    pub fn read(bytes: &'a [u8], at: usize) -> Option<Declaration<'a>> {
        let text = bytes.get(at + 2..)?;
        let (mut kind, rest) = match word(text, "entity") {
            Some(rest) => (Kind::Entity, rest),
            None => (Kind::Doctype, word(text, "doctype")?),
        };
        let mut rest = blanks(rest)?;
        if kind == Kind::Entity
            && let Some(after) = rest
                .strip_prefix(b"%")
                .or_else(|| rest.strip_prefix(b"&#x25;"))
                .or_else(|| rest.strip_prefix(b"&#37;"))
        {
            kind = Kind::Parameter;
            rest = after.trim_ascii_start();
        }
        let (name, rest) = name(rest);
        let rest = rest.trim_ascii_start();
        let span = |left: &[u8]| at..bytes.len() - left.len();
        if let Some(after) = word(rest, "system") {
            let (text, left) = literal(after)?;
            return Some(Declaration {
                kind,
                name,
                external: Some(text),
                public: false,
                value: None,
                span: span(left),
            });
        }
        if let Some(after) = word(rest, "public") {
            let (id, left) = literal(after)?;
            let (text, left) = literal(left).unwrap_or((b"", left));
            let public = id.starts_with(b"-//") || id.starts_with(b"+//") || id.starts_with(b"ISO");
            let external = (!text.is_empty()).then_some(text);
            return Some(Declaration { kind, name, external, public, value: None, span: span(left) });
        }
        if kind == Kind::Doctype {
            return None;
        }
        let (value, left) = literal(rest)?;
        Some(Declaration { kind, name, external: None, public: false, value: Some(value), span: span(left) })
    }
}

fn blanks(text: &[u8]) -> Option<&[u8]> {
    let rest = text.trim_ascii_start();
    (rest.len() < text.len()).then_some(rest)
}

/// Confidence that loading `text` is an attack, and what it is.
pub fn location(text: &[u8], public: bool, kind: Kind) -> (u8, &'static str) {
    let text = text.trim_ascii();
    let Some(url) = Url::read(text, true) else {
        return match (text, kind) {
            ([b'/' | b'\\', ..], _) => (93, "a file of the server"),
            ([d, b':', ..], _) if d.is_ascii_alphabetic() => (93, "a file of the server"),
            _ if memchr::memmem::find(text, b"..").is_some() => (80, "a file outside the folder"),
            _ if kind == Kind::Doctype => (20, "a definition beside it"),
            (_, Kind::Parameter) => (60, "a file beside it"),
            _ => (54, "a file beside it"),
        };
    };
    let host = Host::read(url.host);
    if url.is("urn") {
        return (15, "a named definition");
    }
    if host.is_some_and(|h| h.is_internal() || h.odd) {
        return (95, "an address in the server's own network");
    }
    if !(url.is("http") || url.is("https") || url.scheme.is_empty()) {
        return match () {
            () if url.is("ftp") => (92, "a file on another host, by FTP"),
            () => (95, "a file or stream of the server"),
        };
    }
    let known = PUBLISHERS.iter().any(|p| {
        let host = url.host;
        host.len() >= p.len()
            && host.get(host.len() - p.len()..).is_some_and(|h| h.eq_ignore_ascii_case(p.as_bytes()))
            && (host.len() == p.len() || host.get(host.len() - p.len() - 1) == Some(&b'.'))
    });
    match kind {
        _ if known => (20, "a published definition"),
        Kind::Doctype if public => (40, "a definition with a public name"),
        Kind::Doctype => (78, "a definition from another host"),
        Kind::Entity | Kind::Parameter => (92, "a document from another host"),
    }
}
