//! Remote file inclusion (CWE-98).
//!
//! What comes in: a value an application may hand to `include`. What goes out: a hit if it is a URL of code, or one
//! ended so that what the application appends is lost. What always holds: an ordinary URL (a page, a picture, a
//! redirect target) is at most a hint. To add a parameter name or a code ending: the tables below.
//!
//! Fires: `http://evil.example/shell.txt?`, `ftp://10.9.8.7/c.php`, `\\evil.example\share\x.php`,
//! `mosConfig_absolute_path=http://evil.example/`, a parameter named `GLOBALS[root]`. Must not:
//! `url=https://example.com/page`, `redirect_uri=https://app.example/cb.php?x=1`, `image=https://cdn.example/a.png`.
//! Sources: CWE-98, PHP manual (`allow_url_include`, register_globals, "Using remote files"), OWASP WSTG-INPV-11.2.

pub(super) mod techniques;

use super::lex::url::{Host, Url, ending};
use super::{Class, Hit, Hits, Value};
use crate::detect::lex::find::find;
use crate::points::Place;

/// Endings of code, and of text files that code is hidden in.
static CODE: &[&str] = &[
    "php", "php3", "php4", "php5", "php7", "phtml", "phar", "inc", "txt", "asp", "aspx", "jsp", "jspx",
    "cfm", "cgi", "pl", "py", "sh", "dat", "bin", "class", "war",
];

/// Parts of names of parameters that were meant to hold a folder of the application.
static INCLUDE: &[&str] = &[
    "absolute_path",
    "root_path",
    "base_path",
    "basepath",
    "include_path",
    "includedir",
    "inc_dir",
    "includepath",
    "base_dir",
    "basedir",
    "root_dir",
    "rootdir",
    "path_prefix",
    "lib_path",
    "libpath",
    "class_path",
    "classpath",
    "docroot",
    "document_root",
    "abspath",
    "include",
    "template",
    "mosconfig",
    "plugin_path",
    "module_path",
    "skin",
    "dir[",
    "root[",
];

/// PHP's own arrays: a parameter of that name overwrites one where register_globals is on or emulated.
static GLOBALS: &[&str] = &["globals[", "_server[", "_env[", "_session[", "_request[", "_cookie[", "_files["];

/// Schemes `include` fetches from, the longer ones first.
static SCHEMES: &[&str] = &["https", "http", "ftps", "ftp"];

/// Judges one value.
pub fn judge(value: &Value<'_>, hits: &mut Hits) {
    let bytes = value.bytes;
    if !value.first || bytes.len() < 8 {
        return;
    }
    match value.place {
        Place::QueryName | Place::FormName | Place::JsonKey | Place::CookieName => {
            hits.extend(superglobal(bytes, 0).or_else(|| inside(value)));
            return;
        }
        Place::QueryValue | Place::FormValue | Place::JsonValue | Place::CookieValue | Place::XmlText => {}
        Place::Path => {
            if let Some(at) = find(bytes, b"://") {
                let letters = bytes.iter().take(at).rev().take_while(|b| b.is_ascii_alphabetic()).count();
                hits.extend(url(value, value.name, bytes.get(at - letters..).unwrap_or(b""), at - letters));
            }
            return;
        }
        _ => return,
    }
    if bytes.len() > 2048 || bytes.get(..256).unwrap_or(bytes).iter().filter(|b| **b == b' ').count() > 2 {
        return;
    }
    if let Some(hit) =
        url(value, value.name, bytes, 0).or_else(|| value.name.is_empty().then(|| inside(value)).flatten())
    {
        hits.push(hit);
        return;
    }
    // A request line in a value: judge its parameters.
    let Some(query) = memchr::memchr(b'?', bytes) else { return };
    let mut at = query + 1;
    for part in bytes.get(at..).unwrap_or(b"").split(|b| *b == b'&').take(16) {
        if let Some(eq) = memchr::memchr(b'=', part) {
            let (name, inner) = (part.get(..eq).unwrap_or(b""), part.get(eq + 1..).unwrap_or(b""));
            let found = superglobal(name, at).or_else(|| url(value, name, inner, at + eq + 1));
            if let Some(hit) = found {
                hits.push(hit);
                return;
            }
        }
        at += part.len() + 1;
    }
}

fn hit(technique: &'static str, confidence: u32, span: std::ops::Range<usize>, reason: String) -> Hit {
    Hit {
        class: Class::Rfi,
        technique,
        confidence: confidence.clamp(1, 99) as u8,
        span,
        reason: reason.into(),
    }
}

/// `?basehttp://evil.example/x.txt?`: the equals sign forgotten or lost.
fn inside(value: &Value<'_>) -> Option<Hit> {
    let bytes = value.bytes;
    let at = find(bytes, b"://")?;
    let head = bytes.get(..at)?;
    let ends =
        |s: &&&str| head.len() >= s.len() && head[head.len() - s.len()..].eq_ignore_ascii_case(s.as_bytes());
    let start = at - SCHEMES.iter().find(ends)?.len();
    url(value, bytes.get(..start)?, bytes.get(start..)?, start)
}

fn superglobal(name: &[u8], from: usize) -> Option<Hit> {
    let array =
        GLOBALS.iter().find(|g| name.get(..g.len()).is_some_and(|n| n.eq_ignore_ascii_case(g.as_bytes())))?;
    let reason = format!(
        "a parameter named `{}...]` overwrites PHP's own array, which included paths are built from",
        array
    );
    Some(hit("superglobal", 80, from..from + name.len(), reason))
}

fn url(value: &Value<'_>, name: &[u8], text: &[u8], from: usize) -> Option<Hit> {
    let text =
        text.get(text.iter().take_while(|b| **b <= b' ' || matches!(b, b'\'' | b'"' | b'=')).count()..)?;
    let share = text.starts_with(b"\\\\");
    let text = match text.get(..4) {
        Some(p) if p.eq_ignore_ascii_case(b"url:") => text.get(4..)?,
        _ => text,
    };
    let url = Url::read(text, share)?;
    let ftp = url.is("ftp") || url.is("ftps");
    if !(share || ftp || url.is("http") || url.is("https")) || share && !url.scheme.is_empty() {
        return None;
    }
    let host = Host::read(url.host);
    // `\\\..\..\x` is a path with surplus separators, not the share of a host `..`.
    if host.is_none() && !url.host.is_empty() || share && url.host.iter().all(|b| *b == b'.') {
        return None;
    }
    let including = includes(name);
    let cut = memchr::memchr2(b'?', 0, url.rest);
    let tail = cut.and_then(|at| url.rest.get(at + 1..));
    // A question mark with nothing behind it, or a NUL: what is appended becomes a query, or is cut off.
    let lost = tail.is_some_and(|t| t.iter().all(|b| matches!(b, b'?' | b'&' | b'\'' | b'"')))
        || memchr::memchr(0, url.rest).is_some()
        || url.rest.ends_with(b"%00");
    let path = if share { url.rest } else { url.path() };
    let path = path.split(|b| *b == 0 || *b == b'%').next().unwrap_or(b"");
    let last = ending(path);
    let code = CODE.iter().any(|c| last.eq_ignore_ascii_case(c.as_bytes())) && path.len() > last.len();
    // A text file takes no query and has no parts: `x.txt?a=` and `x.txt#` are there to lose what follows.
    let empty = tail.is_some_and(|t| {
        t.strip_suffix(b"=").is_some_and(|n| n.len() <= 16 && n.iter().all(u8::is_ascii_alphanumeric))
    });
    let text_file = [&b"txt"[..], b"dat", b"inc"].iter().any(|e| last.eq_ignore_ascii_case(e));
    let lost = lost || text_file && (empty || url.rest.ends_with(b"#"));
    let address = host.is_some_and(|h| h.address);
    let redirecting = super::redir::is_target(name);
    let span = from..from + text.len().saturating_sub(url.rest.len() - url.rest.len().min(path.len()));
    let place = url.host.escape_ascii();
    if share {
        let text = matches!(value.place, Place::FormValue | Place::JsonValue) && !program(last);
        let confidence = if text {
            45
        } else if code {
            84
        } else if including {
            75
        } else {
            45
        };
        return Some(hit(
            "share",
            confidence,
            span,
            format!("a file on the Windows share of `{place}`, which `include` loads like a local one"),
        ));
    }
    let (technique, confidence) = match () {
        () if including && (code || lost || url.rest.is_empty() || url.rest == b"/") => {
            ("include-parameter", 86)
        }
        () if including && !media(last) => ("include-parameter", 74),
        () if code && lost => ("code-url", 88),
        () if ftp && code => ("code-url", 84),
        () if address && code && !redirecting => ("code-url", 74),
        () if ftp && including => ("ftp-url", 74),
        () if code && last.eq_ignore_ascii_case(b"txt") && !redirecting => ("code-url", 50),
        () if lost && !redirecting && path.len() <= 1 => ("cut-tail", 55),
        () if lost => ("cut-tail", 42),
        () if ftp => ("ftp-url", 50),
        () if code => ("code-url", 40),
        () => return None,
    };
    let why = match technique {
        "include-parameter" => "in a parameter that holds a folder or file to include",
        "cut-tail" => "ended so that what the application appends is lost",
        "ftp-url" => "fetched by FTP",
        _ if lost => "that ends in code, with what the application appends cut off",
        _ => "that ends in code",
    };
    let mut confidence = confidence;
    if matches!(value.place, Place::JsonValue | Place::FormValue) && !including && !lost && !ftp {
        confidence = confidence.min(45);
    }
    Some(hit(
        technique,
        confidence,
        span,
        format!("a URL on `{place}` {why}: the server would load and run it"),
    ))
}

/// Endings that are code and nothing else.
fn program(last: &[u8]) -> bool {
    matches!(last.first().map(u8::to_ascii_lowercase), Some(b'p' | b'a' | b'j' | b'c'))
        && !last.eq_ignore_ascii_case(b"pdf")
}

/// Whether a parameter of that name holds a folder or file to include.
fn includes(name: &[u8]) -> bool {
    /// A bit for each letter.
    const fn letters(text: &[u8]) -> u32 {
        let (mut bits, mut i) = (0, 0);
        while i < text.len() {
            if text[i].is_ascii_alphabetic() {
                bits |= 1 << (text[i] & 31);
            }
            i += 1;
        }
        bits
    }
    static LETTERS: [u32; INCLUDE.len()] = {
        let (mut of, mut i) = ([0; INCLUDE.len()], 0);
        while i < of.len() {
            of[i] = letters(INCLUDE[i].as_bytes());
            i += 1;
        }
        of
    };
    // PERF: few names have all the letters of one of these.
    let has = letters(name);
    INCLUDE.iter().zip(LETTERS).any(|(part, of)| of & !has == 0 && contains(name, part.as_bytes()))
}

fn contains(name: &[u8], part: &[u8]) -> bool {
    name.len() <= 128 && name.windows(part.len()).any(|w| w.eq_ignore_ascii_case(part))
}

/// Endings that are looked at, not run.
fn media(last: &[u8]) -> bool {
    static MEDIA: &[&str] = &[
        "png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "json", "pdf", "html", "htm", "mp4",
        "woff2", "ico", "xml",
    ];
    MEDIA.iter().any(|m| last.eq_ignore_ascii_case(m.as_bytes()))
}
