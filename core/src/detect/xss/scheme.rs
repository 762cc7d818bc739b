//! Addresses that are scripts: `javascript:`, `vbscript:` and documents in `data:`.
//!
//! Browsers drop leading control bytes and blanks of an address, and tabs and line ends anywhere in it (WHATWG URL,
//! section 4.4); older ones dropped NUL and other control bytes, too. Wrapping schemes (`feed:`, `view-source:`, `jar:`)
//! handed the rest on. RFC 2397 defines `data:`.

use super::script::{self, Power, Script};
use crate::detect::lex::js::Start;

/// What a scheme leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// The rest is a script.
    Script,
    /// The rest is a document that can hold scripts (HTML, XHTML, XML, SVG), or a script's text.
    Document,
}

const SCRIPTS: &[&[u8]] =
    &[b"javascript", b"vbscript", b"livescript", b"jscript", b"ecmascript", b"mocha", b"vbs"];
const WRAPPERS: &[&[u8]] = &[b"feed", b"view-source", b"jar", b"pcast", b"wyciwyg"];
/// Media types of which browsers run scripts (RFC 2854, 3236, 7303, 9239; SVG 2).
const TYPES: &[&[u8]] = &[
    b"text/html",
    b"image/svg",
    b"text/xml",
    b"application/xml",
    b"application/xhtml",
    b"text/javascript",
    b"application/javascript",
    b"application/x-javascript",
    b"text/vbscript",
    b"text/xsl",
    b"text/x-scriptlet",
];

/// The scheme that `bytes` begin with, and where its content begins.
pub fn scheme(bytes: &[u8]) -> Option<(Scheme, usize)> {
    let mut at =
        bytes.iter().take(64).take_while(|b| **b <= b' ' || **b >= 0x7f || matches!(b, b'`' | b'\\')).count();
    for _ in 0..4 {
        let (name, next) = name(bytes, at)?;
        let name = name.get();
        if SCRIPTS.contains(&name) {
            return Some((Scheme::Script, next));
        }
        if name == b"data" {
            let rest = bytes.get(next..).unwrap_or_default();
            let rest =
                rest.get(rest.iter().take(8).take_while(|b| **b <= b' ').count()..).unwrap_or_default();
            let is = |t: &&[u8]| rest.get(..t.len()).is_some_and(|r| r.eq_ignore_ascii_case(t));
            return TYPES.iter().any(is).then_some((Scheme::Document, next));
        }
        if !WRAPPERS.contains(&name) {
            return None;
        }
        at = next;
    }
    None
}

/// Whether an address names another host: `//host`, `http:` and the like, as leniently as browsers read it.
pub fn is_remote(bytes: &[u8]) -> bool {
    if matches!(bytes, [b'/' | b'\\', b'/' | b'\\', ..]) {
        return true;
    }
    let web: &[&[u8]] = &[b"http", b"https", b"ftp", b"ws", b"wss"];
    name(bytes, 0).is_some_and(|(scheme, _)| web.contains(&scheme.get()))
}

/// The word before the next `:` without what browsers drop, in lower case, and where the colon's content begins.
fn name(bytes: &[u8], from: usize) -> Option<(super::words::Lower, usize)> {
    let rest = bytes.get(from..)?;
    let mut word = [0u8; 16];
    let mut len = 0;
    for (n, &b) in rest.iter().enumerate().take(256) {
        match b {
            b':' => return Some((super::words::Lower::new(word.get(..len)?), from + n + 1)),
            0..=b' ' | 0x7f => {}
            b'a'..=b'z' | b'A'..=b'Z' | b'-' => {
                *word.get_mut(len)? = b;
                len += 1;
            }
            _ => return None,
        }
    }
    None
}

/// The script that the address `bytes` is: what it does, and where its code begins.
pub fn script(bytes: &[u8]) -> Option<(Script, usize)> {
    let (Scheme::Script, at) = scheme(bytes)? else { return None };
    Some((script::read(bytes.get(at..).unwrap_or_default(), Start::Code, false), at))
}

/// Whether code behind a scheme is what pages put where nothing should happen: `;`, `void(0)`, `//`, `false`.
pub fn is_idle(code: &[u8]) -> bool {
    let code = code.trim_ascii();
    let idle: &[&[u8]] = &[b"void", b"false", b"true", b"return", b"null", b"undefined", b"0", b"1"];
    // Links that go back or close the window.
    let links: &[&[u8]] =
        &[b"history.", b"window.history.", b"self.close(", b"window.close(", b"window.print("];
    if code.len() <= 40 && links.iter().any(|l| code.starts_with(l)) {
        return true;
    }
    let mut words = code.split(|b| !b.is_ascii_alphanumeric()).filter(|w| !w.is_empty());
    code.len() <= 24 && words.all(|w| idle.iter().any(|i| i.eq_ignore_ascii_case(w)))
}

/// How sure `power` behind a script scheme makes an attack; `placed` where an address is expected (an attribute, the
/// value as a whole).
pub fn confidence(power: Power, code: &[u8], placed: bool) -> u8 {
    match (power, placed) {
        (Power::Strong, true) => 97,
        (Power::Medium, true) => 93,
        (Power::Weak, true) => 80,
        (Power::Strong, false) => 85,
        (Power::Medium, false) => 70,
        (Power::Weak, false) => 40,
        (Power::None, true) if !is_idle(code) => 40,
        (Power::None, _) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_are_read_as_browsers_read_them() {
        let read = |s: &str| scheme(s.as_bytes()).map(|(s, _)| s);
        assert_eq!(read("JavaScript:x"), Some(Scheme::Script));
        assert_eq!(read(" \x01java\tscr\nipt :x"), Some(Scheme::Script));
        assert_eq!(read("feed:feed:vbscript:x"), Some(Scheme::Script));
        assert_eq!(read("data: text/html,x"), Some(Scheme::Document));
        assert_eq!(read("data:image/png;base64,x"), None);
        assert_eq!(read("https://x.example/javascript:x"), None);
        assert_eq!(read("javascripts:x"), None);
        assert!(is_idle(b"void(0);") && is_idle(b";") && is_idle(b"") && !is_idle(b"open(x)"));
    }
}
