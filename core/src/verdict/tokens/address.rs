//! Paths and URLs, as `detect::lex::path` and `detect::lex::url` read them.

use super::{Out, knows};
use crate::detect::lex::path::{Kind, unit};
use crate::detect::lex::url::{Host, Reach, Url};

/// Schemes that are shown: IANA's registry, those of PHP's and Java's stream wrappers, those browsers run.
#[rustfmt::skip]
pub(super) const SCHEMES: &[&str] = &[
    "compress.bzip2", "compress.zlib", "data", "dict", "dns", "expect", "file", "ftp", "ftps", "glob", "gopher",
    "http", "https", "imap", "jar", "javascript", "ldap", "ldaps", "mailto", "netdoc", "ogg", "phar", "php", "pop3",
    "rar", "rmi", "sftp", "smb", "smtp", "ssh", "ssh2", "telnet", "tftp", "vbscript", "view-source", "ws", "wss",
    "zip", "zlib"
];

/// Reads a path: steps up, names and separators, however they are spelt.
pub(super) fn path(text: &[u8], out: &mut Out) {
    let mut at = 0;
    let (mut dots, mut name, mut odd) = (0u32, false, false);
    let colon = text.iter().position(|&b| b == b':');
    if let Some(scheme) = colon.and_then(|at| text.get(..at)).filter(|s| knows(SCHEMES, s)) {
        out.word("", &[scheme, b":"].concat());
        at = scheme.len() + 1;
    }
    if let ([letter, b':', b'/' | b'\\', ..], 0) = (text, at)
        && letter.is_ascii_alphabetic()
    {
        out.put("drive");
        at = 2;
    }
    while at < text.len() && !out.full {
        let unit = unit(text.get(at..).unwrap_or_default());
        at += unit.len.max(1);
        match unit.kind {
            Kind::Dot if !name => {
                (dots, odd) = (dots + 1, odd | unit.odd);
                continue;
            }
            Kind::Dot => continue,
            Kind::Name => {
                name = true;
                continue;
            }
            Kind::Slash | Kind::Backslash => {
                // A step up has swallowed its separator.
                let step = segment(dots, name, odd | unit.odd, out);
                if !step {
                    out.put(if unit.kind == Kind::Slash { "/" } else { "\\" });
                }
            }
            other => {
                segment(dots, name, odd, out);
                out.put(match other {
                    Kind::Nul => "nul",
                    Kind::Wild => "?",
                    Kind::Semi => ";",
                    Kind::Odd => "malformed",
                    _ => "other",
                });
            }
        }
        (dots, name, odd) = (0, false, false);
    }
    segment(dots, name, odd, out);
}

/// Shows what stood between two separators. Tells whether it was a step.
fn segment(dots: u32, name: bool, odd: bool, out: &mut Out) -> bool {
    match (dots, name) {
        (0, false) => return false,
        (_, true) => {
            out.put("name");
            return false;
        }
        (1, _) => out.put("here"),
        (_, _) if odd => out.put("encoded-up"),
        (2, _) => out.put("up"),
        _ => out.put("many-dots"),
    }
    true
}

/// Reads a URL: what kind of host it leads to.
pub(super) fn url(text: &[u8], out: &mut Out) {
    let Some(url) = Url::read(text, true) else { return path(text, out) };
    if !url.scheme.is_empty() {
        match url.scheme.to_ascii_lowercase() {
            scheme if knows(SCHEMES, &scheme) => out.word("", &[&scheme[..], b":"].concat()),
            _ => out.put("scheme:"),
        }
    }
    if url.slashes > 0 {
        let slash = if url.backslash { "\\" } else { "/" };
        out.put(&slash.repeat(url.slashes.min(4)));
    }
    if url.user.is_some() {
        out.put("user");
        out.put("@");
    }
    if !url.host.is_empty() {
        out.put(&host(url.host));
    }
    if url.port.is_some() {
        out.put(":");
        out.put("port");
    }
    let rest = url.rest;
    let end = rest.iter().position(|b| matches!(b, b'?' | b'#')).unwrap_or(rest.len());
    if end > 0 {
        out.put("path");
    }
    match rest.get(end) {
        Some(b'?') => out.put("query"),
        Some(_) => out.put("fragment"),
        None => {}
    }
}

fn host(text: &[u8]) -> String {
    let Some(host) = Host::read(text) else { return "host".to_owned() };
    let reach = match host.reach {
        Reach::Metadata => "metadata-",
        Reach::Loopback => "loopback-",
        Reach::Private => "private-",
        Reach::LinkLocal => "link-local-",
        Reach::Rebinding => "rebinding-",
        Reach::Public => "",
    };
    let odd = if host.odd { "odd-" } else { "" };
    format!("{odd}{reach}{}", if host.address { "address" } else { "host" })
}
