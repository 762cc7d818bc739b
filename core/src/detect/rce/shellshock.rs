//! Shell functions where data should be: Shellshock (CVE-2014-6271 and its relatives) and fork bombs.
//!
//! What fires: a value that begins as bash wrote exported functions, `() {`, with a body and code behind it
//! (`() { :;}; id`), with a redirection into a substitution (CVE-2014-6278), or with many here-documents
//! (CVE-2014-7186); bash read a function from any variable that began so, and CGI puts header fields into variables. Also
//! a function that pipes into itself in the background. What must not: arrow functions (`() => {`), code with a named
//! function, prose. Source: CVE-2014-6271, -6278, -7169, -7186; bash manual, "Shell Functions"; CWE-78.

use crate::bytes::{Wake, has_pair};
use crate::detect::lex::find::find;
use crate::detect::{Class, Hit, Hits, Value};

/// Judges one value.
pub(super) fn judge(value: &Value<'_>, hits: &mut Hits) {
    if !value.wake.all(Wake::PAREN.or(Wake::BRACE)) || !has_pair(value.bytes, *b"()") {
        return;
    }
    if let Some(hit) = function_import(value).or_else(|| fork_bomb(value.bytes)) {
        hits.push(hit);
    }
}

fn function_import(value: &Value<'_>) -> Option<Hit> {
    let bytes = value.bytes;
    // Bash compares the first four bytes; a name or a quote may stand before them where a value was put together.
    let at = find(bytes, b"() {").or_else(|| find(bytes, b"(){"))?;
    let before = bytes.get(..at)?;
    let whole = value.first && before.iter().all(|b| matches!(b, b' ' | b'\t' | b'"' | b'\''));
    let behind = before.last().is_some_and(|b| matches!(b, b'=' | b' ' | b'"' | b'\'' | b':'));
    if !whole && !behind {
        return None;
    }
    let body_at = at + memchr::memchr(b'{', bytes.get(at..)?)? + 1;
    let body = bytes.get(body_at..)?;
    let close = memchr::memchr(b'}', body);
    let (inner, after) = match close {
        Some(close) => (body.get(..close)?.trim_ascii(), body.get(close + 1..)?.trim_ascii_start()),
        None => (body.trim_ascii(), &b""[..]),
    };
    // `:;`, `x;`, `_;`, `test;`: a body that is there only to be a body.
    let idle = inner.len() <= 12
        && inner.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b';' | b'_' | b' ' | b'.'));
    let here = memchr::memmem::find_iter(inner, b"<<").count() >= 3;
    let runs = match after {
        [b';' | b'&' | b'|' | b'\n', rest @ ..] => rest.iter().any(u8::is_ascii_alphanumeric),
        [b'>' | b'<', ..] => find(after, b"$(").is_some(),
        _ => false,
    };
    let nested = find(inner, b"() {").is_some() && find(body, b"<<").is_some();
    let script = find(bytes, b"=>").is_some() || find(inner, b"return").is_some();
    let (confidence, reason) = match (whole, idle && runs, here || nested || idle && after.starts_with(b">"))
    {
        (_, true, _) if whole => (97, "an exported bash function with commands behind its body"),
        (_, true, _) => (84, "a bash function definition with commands behind its body, inside the value"),
        (true, _, true) => {
            (92, "an exported bash function that overflows the parser of here-documents or redirections")
        }
        (true, false, false) if runs && !script => {
            (80, "the value begins as an exported bash function and goes on after it")
        }
        (true, false, false) if !script && inner.len() < 24 => {
            (60, "the value begins as an exported bash function")
        }
        _ => return None,
    };
    Some(Hit {
        class: Class::Rce,
        technique: "shellshock",
        confidence,
        span: at..bytes.len(),
        reason: reason.into(),
    })
}

/// `f(){ f|f& };f`
fn fork_bomb(bytes: &[u8]) -> Option<Hit> {
    for at in memchr::memmem::find_iter(bytes, b"()").take(8) {
        let name = bytes
            .get(..at)?
            .iter()
            .rev()
            .take(16)
            .take_while(|b| b.is_ascii_graphic() && !matches!(**b, b';' | b'&' | b'|' | b'='))
            .count();
        let name = bytes.get(at - name..at)?;
        let rest = bytes.get(at + 2..)?.trim_ascii_start();
        let body = rest.strip_prefix(b"{")?;
        let body = body.get(..64).unwrap_or(body);
        let close = memchr::memchr(b'}', body)?;
        let mut parts = body.get(..close)?.split(|b| matches!(b, b'|' | b'&' | b';' | b' ' | b'(' | b')'));
        let calls = parts.clone().filter(|p| *p == name).count();
        let only = parts.all(|p| p.is_empty() || p == name);
        let again = find(body.get(close..)?, name).is_some();
        if !name.is_empty() && calls == 2 && only && again && body.get(..close)?.contains(&b'|') {
            let reason = "a shell function that pipes into itself until the machine is full";
            let span = at - name.len()..bytes.len();
            return Some(Hit {
                class: Class::Rce,
                technique: "fork-bomb",
                confidence: 95,
                span,
                reason: reason.into(),
            });
        }
    }
    None
}
