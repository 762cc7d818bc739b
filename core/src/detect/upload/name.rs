//! Names of uploads.
//!
//! What fires: names whose extension a server runs (`x.phtml`, `x.jspx`, `x.ashx`), also behind or before others
//! (`x.php.jpg`, where Apache's mod_mime takes any extension it knows), also hidden (`x.php.`, `x.php/`, `x.php%00.png`,
//! `x.asp;.jpg`,
//! `x.aspx::$DATA`, `x.php\0.png`, `x. jsp`); files that configure the server (`.htaccess`, `web.config`, `.user.ini`);
//! session files of PHP. What must not: `report.pdf`, `archive.tar.gz`, `logo.php-icon.svg`, `v1.2.asp.net-notes.docx`
//! ("asp.net" is one word there). Source: Apache mod_mime "Files with Multiple Extensions"; IIS handler mappings; MS-FSCC
//! 2.1.5 (stream names); PHP manual, ".user.ini" and session.save_path; CWE-434, CWE-646.

use super::hit;
use crate::detect::Hit;
use crate::detect::lex::find::find;

/// Extensions that common servers hand to an interpreter in their usual set-up.
static PLAIN: &[&str] = &["asp", "aspx", "cfm", "jsp", "php"];
/// The less usual ones, which upload filters forget.
#[rustfmt::skip]
static RARE: &[&str] = &[
    "asa", "ascx", "ashx", "asmx", "axd", "cdx", "cer", "cfc", "cfml", "cshtml", "ctp", "dbm", "hphp", "jspa", "jspf", "jspx", "jsv",
    "jsw", "jtml", "pgif", "phar", "php2", "php3", "php4", "php5", "php6", "php7", "php8", "phps", "pht", "phtm", "phtml", "shtm",
    "shtml", "soap", "stm", "vbhtm", "vbhtml", "xamlx",
];
/// Scripts of CGI: run where the folder is set up for them.
static CGI: &[&str] = &["cgi", "pl"];
/// Files that change what the server runs.
static SETUP: &[&str] = &[".htaccess", ".htpasswd", ".user.ini", "php.ini", "uwsgi.ini", "web.config"];

enum Runs {
    Plain,
    Rare,
    Cgi,
}

fn runs(extension: &[u8]) -> Option<Runs> {
    let mut lower = [0u8; 8];
    let lower = lower.get_mut(..extension.len())?;
    lower.copy_from_slice(extension);
    lower.make_ascii_lowercase();
    let text = std::str::from_utf8(lower).ok()?;
    if PLAIN.contains(&text) {
        Some(Runs::Plain)
    } else if RARE.contains(&text) {
        Some(Runs::Rare)
    } else if CGI.contains(&text) {
        Some(Runs::Cgi)
    } else {
        None
    }
}

/// Judges the name of an upload.
pub(super) fn judge(name: &[u8]) -> Option<Hit> {
    let name = name.get(..1024).unwrap_or(name);
    // `filename='x.php'`: PHP takes single quotes for quotes.
    let name = match name {
        [b'\'', inner @ .., b'\''] => inner,
        _ => name,
    };
    // `x.php/`, `x.php.\`: what comes after the name is dropped where it is stored.
    let slashes = name.iter().rev().take_while(|b| matches!(b, b'/' | b'\\')).count();
    let name = name.get(..name.len() - slashes)?;
    let base_at = name.iter().rposition(|b| matches!(b, b'/' | b'\\')).map_or(0, |i| i + 1);
    let base = name.get(base_at..)?;
    let span = 0..name.len();
    if let Some(setup) = SETUP.iter().find(|s| s.as_bytes().eq_ignore_ascii_case(tidy(base))) {
        return hit(
            "server-setup-file",
            86,
            span,
            format!("an upload named {setup} changes what the server runs in its folder"),
        );
    }
    let session = base.get(..5).is_some_and(|s| s.eq_ignore_ascii_case(b"sess_"));
    let token = base.get(5..).unwrap_or_default();
    if session
        && token.len() >= 20
        && token.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b',' | b'-'))
    {
        return hit(
            "session-file",
            64,
            span,
            "an upload named as PHP names its session files, which PHP reads back as objects",
        );
    }
    // NUL, `;` and `:` end the name for some systems and not for the filter.
    let escaped = |at: usize| {
        let digits = base.get(at + 1..at + 3);
        digits.is_some_and(|d| [b"00", b"0a", b"0d", b"20", b"3b"].iter().any(|e| e.eq_ignore_ascii_case(d)))
    };
    let ends = |at: usize, b: u8| matches!(b, 0 | b';' | b':' | b'\n' | b'\r') || b == b'%' && escaped(at);
    let end = base.iter().enumerate().position(|(at, b)| ends(at, *b)).unwrap_or(base.len());
    let head = base.get(..end)?;
    let hidden_end = end < base.len() || slashes > 0;
    let bare = tidy(head);
    let trimmed = bare.len() < head.len();
    let mut parts = bare.split(|b| *b == b'.').skip(1).peekable();
    let mut best: Option<(u8, &'static str, &'static str)> = None;
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        let padded = part.trim_ascii().len() < part.len();
        let Some(kind) = runs(part.trim_ascii()) else { continue };
        let found = match (kind, last) {
            (Runs::Plain | Runs::Rare, true) if hidden_end || trimmed || padded => (
                90,
                "hidden-extension",
                "its name ends, for the system that stores it, in an extension that the server runs",
            ),
            (Runs::Plain, true) => (66, "executable-extension", "the server runs files of this extension"),
            (Runs::Rare, true) => {
                (80, "executable-extension", "the server runs files of this extension, which filters forget")
            }
            (Runs::Plain | Runs::Rare, false) if padded || is_harmless(bare) => {
                (78, "double-extension", "an extension that the server runs stands before a harmless one")
            }
            (Runs::Plain | Runs::Rare, false) if !is_source(bare) => (
                60,
                "double-extension",
                "an extension that the server runs stands before one it does not know, which then counts for nothing",
            ),
            (Runs::Plain | Runs::Rare, false) => {
                (45, "double-extension", "an extension that the server runs stands before another")
            }
            (Runs::Cgi, true) => {
                (44, "executable-extension", "a script, run where the folder is set up for it")
            }
            (Runs::Cgi, false) => continue,
        };
        if best.is_none_or(|b| b.0 < found.0) {
            best = Some(found);
        }
    }
    // `x.jpg\0.php`: for whom the NUL does not end the name, what follows it does.
    let last = base.rsplit(|b| *b == b'.').next().unwrap_or_default();
    if best.is_none()
        && hidden_end
        && base.get(end) != Some(&b':')
        && matches!(runs(last), Some(Runs::Plain | Runs::Rare))
    {
        best = Some((
            80,
            "hidden-extension",
            "behind what ends the name for some systems it goes on to an extension that the server runs",
        ));
    }
    if best.is_none() && find(base, b"\xe2\x80\xae").is_some() {
        best = Some((
            72,
            "hidden-extension",
            "a character that turns the direction of writing hides how the name ends",
        ));
    }
    let (confidence, technique, reason) = best?;
    hit(technique, confidence, span, reason)
}

/// The name without what Windows drops from its end: dots and blanks.
fn tidy(name: &[u8]) -> &[u8] {
    let end = name.iter().rposition(|b| !matches!(b, b'.' | b' ' | b'\t')).map_or(0, |i| i + 1);
    name.get(..end).unwrap_or_default()
}

/// Whether a name ends as developers' own files do: templates, copies, patches, notes.
fn is_source(name: &[u8]) -> bool {
    #[rustfmt::skip]
    static ENDINGS: &[&[u8]] = &[
        b"md", b"rst", b"tpl", b"twig", b"dist", b"example", b"sample", b"bak", b"old", b"orig", b"save", b"diff", b"patch", b"snap", b"log",
        b"stub", b"map", b"erb", b"j2", b"tmpl", b"yml", b"yaml", b"ini", b"lock", b"tar", b"bz2", b"xz", b"7z", b"rar", b"sig", b"asc",
    ];
    let last = name.rsplit(|b| *b == b'.').next().unwrap_or_default();
    ENDINGS.iter().any(|e| e.eq_ignore_ascii_case(last)) || last.contains(&b' ') || last.contains(&b'-')
}

/// Whether a name ends as pictures and documents do.
fn is_harmless(name: &[u8]) -> bool {
    let last = name.rsplit(|b| *b == b'.').next().unwrap_or_default();
    [
        &b"jpg"[..],
        b"jpeg",
        b"png",
        b"gif",
        b"bmp",
        b"webp",
        b"svg",
        b"ico",
        b"txt",
        b"pdf",
        b"doc",
        b"docx",
        b"zip",
        b"gz",
        b"mp4",
        b"csv",
        b"xml",
        b"html",
        b"json",
    ]
    .iter()
    .any(|e| e.eq_ignore_ascii_case(last))
}
