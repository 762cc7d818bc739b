//! Contents of uploads.
//!
//! What fires: program text of PHP, ASP, ASP.NET, JSP and ColdFusion, more so when it runs what a request sends or hides
//! behind the first bytes of a picture; what ImageMagick, Ghostscript and SVG viewers would do on the server or in a
//! browser; Apache, IIS, PHP, Jetty and uWSGI settings that make files run; CGI scripts that run what a request sends; PDF
//! actions that run script or a program when the file is opened; archives whose members lead out of the folder ("Zip
//! Slip", CWE-22); the EICAR test file. What must not: pictures, office
//! documents, plain HTML, program text without a way in (a hint). Source: manuals of PHP, ASP.NET, Jakarta Server Pages
//! and ColdFusion; ImageMagick "Magick Vector Graphics" and "MSL"; PostScript Language Reference, device `%pipe%`
//! (Ghostscript manual); SVG 2 chapter 15; EICAR; CWE-434.

use super::hit;
use crate::bytes::Wake;
use crate::detect::lex::find::{find, find_each};
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
    keep(archive(bytes, value.first));
    if value.first && bytes.starts_with(b"#!") {
        keep(cgi(bytes));
    }
    if bytes.starts_with(b"%PDF") && value.first {
        keep(pdf(bytes));
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
            // A PDF or an archive may hold pages; a picture does not.
            Some(b's' | b'S')
                if picture
                    && no_case(rest, b"script")
                    && !bytes.starts_with(b"%PDF")
                    && !bytes.starts_with(b"PK") =>
            {
                hit("polyglot", 80, at..at + 7, "script behind the first bytes of a picture")
            }
            Some(b's' | b'S') => script(rest, at, value.first && is_svg(bytes)),
            Some(b'!') if rest.starts_with(b"!--#exec") || rest.starts_with(b"!--#include") => {
                let why = "include directives, which the server runs in pages of that kind";
                hit("server-page", 80, at..at + 6, why)
            }
            Some(b'C') if rest.starts_with(b"Configure") && runs_java(rest) => {
                let why = "settings of Jetty that start a program when they are loaded";
                hit("server-setup", 90, at..at + 10, why)
            }
            Some(b'c' | b'C')
                if ["cfscript", "cfset", "cfobject"].iter().any(|t| no_case(rest, t.as_bytes()))
                    && runs_java(rest) =>
            {
                hit("coldfusion-shell", 88, at..at + 6, "ColdFusion that runs a program")
            }
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

/// Whether the file is a picture in SVG: a page may hold one among other things.
fn is_svg(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    no_case(text, b"<svg") || no_case(text, b"<?xml") || no_case(text, b"<!doctype svg")
}

/// Whether what follows starts a program by Java.
fn runs_java(rest: &[u8]) -> bool {
    any(head(rest), &[b"java.lang.Runtime", b"java.lang.ProcessBuilder"])
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
        // A text that only mentions the tag has none of these behind it.
        _ if any(body, &[b"?>", b"$", b"(", b"{"]) => {
            hit("php-code", 58, span, "PHP program text in an upload")
        }
        _ => hit("php-code", 40, span, "the tag that opens PHP program text"),
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

/// Where the picture ends that begins `body`: at the end tag of its first element. What comes after is a page with
/// pictures in it.
fn svg_end(body: &[u8]) -> usize {
    let mut depth = 1;
    let end = memchr::memchr_iter(b'<', body).find(|&at| {
        let tag = body.get(at + 1..).unwrap_or(b"");
        if no_case(tag, b"svg") {
            depth += 1;
        } else if no_case(tag, b"/svg") {
            depth -= 1;
        }
        depth == 0
    });
    end.unwrap_or(body.len())
}

/// `<script runat=server>`, `<script language=php>`, and `<svg>` with script.
fn script(rest: &[u8], at: usize, file: bool) -> Option<Hit> {
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
    let piped: &[&[u8]] = &[b"href=\"|", b"href='|", b"href=\"&#x7c;", b"href=\"&#124;", b"href='&#x7c;"];
    if find(body, b"<image").is_some() && any(body, piped) {
        return hit(
            "image-coder",
            90,
            at..at + 4,
            "an SVG picture whose address is a command for ImageMagick",
        );
    }
    // The quote that ends the address in the delegate's command line, then a command.
    if find(body, b"<image").is_some()
        && any(body, &[b"&quot;|", b"&quot;;", b"&#34;|", b"&#x22;|", b"&quot;`", b"`", b"&#34;;"])
        && any(body, &[b"href=\"http", b"href='http", b"href=\"&#"])
    {
        return hit(
            "image-coder",
            86,
            at..at + 4,
            "an SVG picture whose address carries a command for ImageMagick's delegate",
        );
    }
    if !file {
        return None;
    }
    let body = body.get(..svg_end(body)).unwrap_or(body);
    let lower = |n: &[u8]| body.windows(n.len()).any(|w| w.eq_ignore_ascii_case(n));
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

/// A member of a ZIP or tar archive whose name leads out of the folder it is unpacked in (CWE-22, "Zip Slip").
fn archive(bytes: &[u8], first: bool) -> Option<Hit> {
    let climbs =
        |name: &[u8]| name.split(|b| matches!(b, b'/' | b'\\')).any(|part| part == b"..") && name.len() > 3;
    let why = "a member of the archive has steps up in its name: unpacked, it lands outside the folder";
    if bytes.starts_with(b"PK\x03\x04") || !first {
        for at in memchr::memmem::find_iter(bytes, b"PK\x03\x04").take(4096) {
            let Some(entry) = bytes.get(at..) else { break };
            let (Some(&low), Some(&high)) = (entry.get(26), entry.get(27)) else { break };
            let len = usize::from(low) | usize::from(high) << 8;
            if entry.get(30..30 + len.min(1024)).is_some_and(climbs) {
                return hit("archive-traversal", 88, at..at + 30, why);
            }
        }
    }
    let tar = first && bytes.get(257..262) == Some(b"ustar");
    let name = bytes.get(..100)?.split(|b| *b == 0).next()?;
    (tar && climbs(name)).then(|| hit("archive-traversal", 86, 0..name.len(), why))?
}

/// A script that answers as CGI and runs what it is told.
fn cgi(bytes: &[u8]) -> Option<Hit> {
    let body = head(bytes);
    let answers = any(
        body,
        &[b"ontent-type: text/", b"ontent-Type: text/", b"use CGI", b"import cgi", b"cgi.FieldStorage"],
    );
    let told = any(body, &[b"QUERY_STRING", b"param(", b"FieldStorage", b"STDIN", b"$cgi", b"getvalue("]);
    let runs = any(
        body,
        &[b"system(", b"system ", b"exec(", b"eval ", b"eval(", b"`", b"popen(", b"subprocess", b"qx"],
    );
    match (answers, told && runs) {
        (true, true) => hit("web-shell", 88, 0..2, "a CGI script that runs what the request sends"),
        _ => None,
    }
}

/// A document that runs script or a program when it is opened (ISO 32000-1 sections 12.6.4.5 and 12.6.4.16).
fn pdf(bytes: &[u8]) -> Option<Hit> {
    let opens = any(bytes, &[b"/OpenAction", b"/AA"]);
    let launch = find(bytes, b"/Launch").is_some() && any(bytes, &[b"cmd.exe", b"/bin/sh", b"powershell"]);
    let script = any(bytes, &[b"/JS", b"/JavaScript"])
        && any(
            bytes,
            &[
                b"app.alert",
                b"app.launchURL",
                b"this.submitForm",
                b"this.getURL",
                b"XMLHttpRequest",
                b"eval(",
            ],
        );
    match (launch, opens && script) {
        (true, _) => hit("pdf-action", 86, 0..4, "a PDF that starts a program when it is opened"),
        (_, true) => hit("pdf-action", 62, 0..4, "a PDF whose script runs when it is opened"),
        _ => None,
    }
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
            let at = find_each(bytes, needle).take(4).find(|at| {
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
