//! Contents of uploads.
//!
//! What fires: program text of PHP, ASP, ASP.NET, JSP and ColdFusion, more so when it runs what a request sends or hides
//! behind the first bytes of a picture; what ImageMagick, Ghostscript and SVG viewers would do on the server or in a
//! browser; Apache, IIS, PHP and uWSGI settings that make files run; the EICAR test file. What must not: pictures, office
//! documents, plain HTML, program text without a way in (a hint). Source: manuals of PHP, ASP.NET, Jakarta Server Pages
//! and ColdFusion; ImageMagick "Magick Vector Graphics" and "MSL"; PostScript Language Reference, device `%pipe%`
//! (Ghostscript manual); SVG 2 chapter 15; EICAR; CWE-434.

use super::hit;
use crate::bytes::Wake;
use crate::detect::lex::find::find;
use crate::detect::{Hit, Value};

fn any(bytes: &[u8], needles: &[&[u8]]) -> bool {
    needles.iter().any(|n| find(bytes, n).is_some())
}

/// First bytes of pictures and documents that a filter looks for (their formats' own signatures).
static MAGIC: &[&[u8]] =
    &[b"GIF8", b"\x89PNG", b"\xFF\xD8\xFF", b"%PDF", b"BM", b"RIFF", b"PK\x03\x04", b"II*\0", b"MM\0*"];

/// Judges a window of a content.
pub(super) fn judge(value: &Value<'_>) -> Option<Hit> {
    let bytes = value.bytes;
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    let mut best: Option<Hit> = None;
    let mut keep = |found: Option<Hit>| {
        if let Some(found) = found.filter(|f| best.as_ref().is_none_or(|b| b.confidence < f.confidence)) {
            best = Some(found);
        }
    };
    if value.wake.any(Wake::LESS) {
        keep(markup(value));
    }
    keep(converters(bytes, text, value.first));
    keep(settings(bytes, text));
    if value.wake.any(Wake::DOLLAR)
        && let Some(at) = find(bytes, b"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*")
    {
        keep(hit("test-virus", 98, at..at + 41, "the test file of EICAR"));
    }
    if value.first
        && (bytes.starts_with(b"\x7FELF")
            || bytes.starts_with(b"MZ") && any(bytes, &[b"This program cannot be run", b"PE\0\0"]))
    {
        keep(hit("program-file", 42, 0..4, "a program for the machine itself"));
    }
    best
}

/// Program text between marks: `<?`, `<%`, `<script runat>`, `<cfexecute`, `<jsp:`; and SVG.
fn markup(value: &Value<'_>) -> Option<Hit> {
    let bytes = value.bytes;
    let picture = value.first && MAGIC.iter().any(|m| bytes.starts_with(m));
    let mut best: Option<Hit> = None;
    let mut seen = 0;
    for at in memchr::memchr_iter(b'<', bytes) {
        let Some(rest) = bytes.get(at + 1..) else { break };
        let found = match rest.first() {
            Some(b'?') => php(rest, at, picture),
            Some(b'%') => server_page(rest, at, picture),
            Some(b's' | b'S') => script(rest, at),
            Some(b'c' | b'C') if no_case(rest, b"cfexecute") => {
                hit("coldfusion-shell", 92, at..at + 10, "ColdFusion runs a program")
            }
            Some(b'j') if rest.starts_with(b"jsp:scriptlet") || rest.starts_with(b"jsp:root") => {
                hit("jsp-code", 84, at..at + 9, "JSP program text in an upload")
            }
            _ => continue,
        };
        let Some(found) = found else { continue };
        if best.as_ref().is_none_or(|b| b.confidence < found.confidence) {
            best = Some(found);
        }
        seen += 1;
        if seen >= 8 {
            break;
        }
    }
    best
}

fn no_case(bytes: &[u8], prefix: &[u8]) -> bool {
    bytes.get(..prefix.len()).is_some_and(|b| b.eq_ignore_ascii_case(prefix))
}

fn head(bytes: &[u8]) -> &[u8] {
    bytes.get(..4096).unwrap_or(bytes)
}

fn php(rest: &[u8], at: usize, picture: bool) -> Option<Hit> {
    let code = rest.get(1..)?;
    let full = no_case(code, b"php") && code.get(3).is_none_or(|b| !b.is_ascii_alphanumeric());
    let short =
        code.first() == Some(&b'=') && matches!(code.get(1..)?.trim_ascii_start().first(), Some(b'$' | b'`'));
    if !full && !short {
        return None;
    }
    let body = head(code);
    let request = any(
        body,
        &[
            b"$_GET",
            b"$_POST",
            b"$_REQUEST",
            b"$_COOKIE",
            b"$_SERVER[",
            b"$_FILES",
            b"php://input",
            b"getallheaders",
        ],
    );
    let runs = any(
        body,
        &[
            b"system(",
            b"exec(",
            b"passthru(",
            b"eval(",
            b"assert(",
            b"popen(",
            b"proc_open(",
            b"create_function(",
            b"call_user_func",
            b"preg_replace(",
            b"include",
            b"require",
            b"`",
            b"file_put_contents(",
            b"move_uploaded_file(",
            b"base64_decode(",
            b"](",
        ],
    );
    let tells = any(body, &[b"phpinfo(", b"php_uname(", b"gzinflate(", b"str_rot13("]);
    let span = at..at + 2;
    match (picture, request && runs, tells || runs) {
        (true, ..) => {
            hit("polyglot", 95, span, "PHP program text behind the first bytes of a picture or document")
        }
        (_, true, _) => hit("web-shell", 96, span, "PHP that runs what the request sends"),
        (_, _, true) => hit("php-code", 78, span, "PHP program text that runs commands, code or files"),
        _ => hit("php-code", 58, span, "PHP program text in an upload"),
    }
}

fn server_page(rest: &[u8], at: usize, picture: bool) -> Option<Hit> {
    let body = head(rest);
    let code = rest.get(1..)?.trim_ascii_start();
    let directive = code.strip_prefix(b"@").map(<[u8]>::trim_ascii_start);
    let named = directive.is_some_and(|d| {
        [&b"page"[..], b"webhandler", b"webservice", b"import", b"control", b"language"]
            .iter()
            .any(|n| no_case(d, n))
    });
    let runs = any(
        body,
        &[
            b"getRuntime()",
            b"ProcessBuilder",
            b"Process.Start",
            b"ProcessStartInfo",
            b"WScript.Shell",
            b"wscript.shell",
            b"WSCRIPT.SHELL",
            b"Server.CreateObject",
            b"defineClass",
            b"cmd.exe",
            b"Diagnostics.Process",
            b"Assembly.Load",
        ],
    );
    let request = any(
        body,
        &[
            b"request.getParameter",
            b"Request.QueryString",
            b"Request.Form",
            b"Request[",
            b"Request.Item",
            b"request(",
            b"Request(",
        ],
    );
    let evaluates = no_case(code, b"eval") || no_case(code, b"execute");
    let span = at..at + 2;
    match (runs || evaluates, request, named) {
        _ if picture && (runs || request || named) => hit(
            "polyglot",
            94,
            span,
            "server-page program text behind the first bytes of a picture or document",
        ),
        (true, true, _) => hit("web-shell", 95, span, "a server page that runs what the request sends"),
        (true, _, _) => hit("server-page", 84, span, "a server page that starts programs or code"),
        (_, true, _) => hit("server-page", 72, span, "a server page that reads the request"),
        (_, _, true) => hit("server-page", 70, span, "a server page of ASP.NET or JSP in an upload"),
        _ if any(body, &[b"FileSystemObject", b"Server.MapPath", b"Response.Write", b"out.print"]) => {
            hit("server-page", 66, span, "a server page of ASP or JSP in an upload")
        }
        _ => None,
    }
}

/// `<script runat=server>`, `<script language=php>`, and `<svg>` with script.
fn script(rest: &[u8], at: usize) -> Option<Hit> {
    if no_case(rest, b"script") {
        let tag = rest.get(..memchr::memchr(b'>', head(rest))?)?;
        let has = |n: &[u8]| tag.windows(n.len()).any(|w| w.eq_ignore_ascii_case(n));
        if tag.len() < 120 && has(b"runat") && has(b"server") {
            return hit("server-page", 76, at..at + 7, "ASP.NET program text in an upload");
        }
        if tag.len() < 120 && has(b"language") && has(b"php") {
            return hit("php-code", 84, at..at + 7, "PHP program text in a script element");
        }
        return None;
    }
    if !no_case(rest, b"svg") {
        return None;
    }
    let body = rest.get(..8192).unwrap_or(rest);
    let lower = |n: &[u8]| body.windows(n.len()).any(|w| w.eq_ignore_ascii_case(n));
    if any(
        body,
        &[
            b"href=\"text:",
            b"href=\"msl:",
            b"href=\"html:",
            b"href=\"ephemeral:",
            b"href=\"label:@",
            b"href=\"mvg:",
            b"href=\"vid:",
            b"href='text:",
            b"href='msl:",
        ],
    ) {
        return hit(
            "image-coder",
            92,
            at..at + 4,
            "an SVG that makes ImageMagick read files through a coder",
        );
    }
    if any(body, &[b"href=\"https://", b"href=\"http://"])
        && any(body, &[b"|", b"&quot;|"])
        && find(body, b"<image").is_some()
    {
        return hit(
            "image-coder",
            86,
            at..at + 4,
            "an SVG picture whose address carries a command for ImageMagick's delegate",
        );
    }
    if lower(b"<script")
        || lower(b"onload=")
        || lower(b"javascript:")
        || lower(b"onerror=")
        || lower(b"onclick=")
    {
        return hit("svg-script", 70, at..at + 4, "an SVG with script, run in the browser of who opens it");
    }
    None
}

/// Formats whose converters run commands or read files.
fn converters(bytes: &[u8], text: &[u8], first: bool) -> Option<Hit> {
    if let Some(at) = find(bytes, b"push graphic-context") {
        let body = bytes.get(at..)?;
        let shell =
            any(body, &[b"|", b"`", b"$("]) || any(body, &[b"msl:", b"ephemeral:", b"label:@", b"caption:@"]);
        let fetches = any(body, &[b"url(http", b"'url(", b"image over"]);
        let (confidence, reason) = match (shell, fetches) {
            (true, _) => (95, "a vector drawing that makes ImageMagick run a command or read a file"),
            (_, true) => (80, "a vector drawing that makes ImageMagick fetch an address"),
            _ => (52, "a vector drawing of ImageMagick under another name"),
        };
        return hit("image-coder", confidence, at..at + 20, reason);
    }
    if first
        && (text.starts_with(b"%!PS") || text.starts_with(b"\xC5\xD0\xD3\xC6"))
        && find(bytes, b"%pipe%").is_some()
    {
        return hit("postscript-pipe", 96, 0..4, "PostScript that opens a command as a file");
    }
    if find(bytes, b"<image>").is_some() && any(bytes, &[b"<read filename=", b"<write filename="]) {
        return hit(
            "image-coder",
            84,
            0..bytes.len().min(16),
            "a script of ImageMagick that reads or writes files",
        );
    }
    None
}

/// Settings that make files run.
fn settings(bytes: &[u8], text: &[u8]) -> Option<Hit> {
    #[rustfmt::skip]
    let lines: &[(&[u8], u8, &str)] = &[
        (b"AddType application/x-httpd-", 90, "Apache hands files of another extension to an interpreter"),
        (b"AddHandler application/x-httpd-", 90, "Apache hands files of another extension to an interpreter"),
        (b"AddHandler php", 88, "Apache hands files of another extension to an interpreter"),
        (b"AddHandler cgi-script", 84, "Apache runs files of another extension"),
        (b"SetHandler ", 78, "Apache handles every file of the folder in another way"),
        (b"ForceType application/x-httpd-", 88, "Apache hands every file of the folder to an interpreter"),
        (b"php_value auto_prepend_file", 92, "PHP runs another file first"),
        (b"php_value auto_append_file", 92, "PHP runs another file last"),
        (b"php_flag engine on", 84, "PHP is switched on for the folder"),
        (b"auto_prepend_file", 80, "PHP runs another file first"),
        (b"Options +ExecCGI", 82, "Apache runs the folder's files"),
    ];
    if text.iter().take(512).all(|b| *b >= 0x20 || b.is_ascii_whitespace()) {
        for (needle, confidence, reason) in lines {
            let at = memchr::memmem::find_iter(bytes, needle).take(4).find(|at| {
                let before = bytes.get(..*at).unwrap_or_default();
                before.iter().rev().find(|b| !matches!(**b, b' ' | b'\t')).is_none_or(|b| *b == b'\n')
            });
            if let Some(at) = at {
                return hit("server-setup", *confidence, at..at + needle.len(), *reason);
            }
        }
    }
    if find(bytes, b"<system.webServer").is_some()
        && any(bytes, &[b"scriptProcessor", b"IsapiModule", b"<handlers", b"<httpHandlers"])
    {
        return hit(
            "server-setup",
            90,
            0..bytes.len().min(16),
            "settings by which IIS runs files of another extension",
        );
    }
    if let Some(at) = find(bytes, b"@(exec://") {
        return hit("server-setup", 94, at..at + 9, "uWSGI runs a command to read this setting");
    }
    if find(bytes, b"schemas.microsoft.com/netfx/2009/xaml/").is_some()
        && any(bytes, &[b"Diagnostics.Process", b"[System.", b"Process.Start"])
    {
        return hit("server-setup", 80, 0..bytes.len().min(16), "a workflow that IIS compiles and runs");
    }
    None
}
