//! Open redirects (CWE-601).
//!
//! What comes in: a value an application may redirect to. What goes out: a hit if a browser would leave the site
//! although the value is written to look as if it stayed, or as if it went to a trusted host. What always holds: the
//! URL is read as browsers read it (backslashes and missing or surplus slashes forgiven). To add a parameter name:
//! [`TARGETS`].
//!
//! Fires: `//evil.example`, `/\evil.example`, `https:evil.example`, `https://bank.example@evil.example`,
//! `https://bank.com.evil.example`, `/out?evil.example`, `@evil.example`. Must not:
//! `/account`, `https://app.example/callback` (absolute URLs are what OAuth and tracking are made of: a hint at most),
//! `//cdn.example/logo.png` in a picture's parameter. Sources: CWE-601, OWASP Unvalidated Redirects cheat sheet, WHATWG
//! URL Standard ("special authority ignore slashes state").

mod interrupted;
pub(super) mod techniques;

use super::lex::initials::Initials;
use super::lex::url::{Host, Reach, Url};
use super::{Class, Groups, Hit, Hits, Value};
use crate::bytes::Wake;
use crate::decode::Trust;
use crate::points::Place;

/// Names of parameters that applications redirect to.
#[rustfmt::skip]
const TARGETS: &[&str] = &[
    "next", "url", "uri", "return", "returnto", "return_to", "returnurl", "return_url", "return_uri", "returnpath", "return_path", "redirect",
    "redirect_uri", "redirecturi", "redirect_url", "redirecturl", "redirect_to", "redirectto", "redir", "rurl", "r_url", "dest",
    "destination", "continue", "goto", "go", "to", "out", "target", "forward", "forward_url", "callback", "callback_url", "callbackurl", "callback_uri",
    "success_url", "cancel_url", "failure_url", "back", "backurl", "back_url", "checkout_url", "checkouturl",
    "service", "relaystate", "location", "link", "logout", "login", "site", "u", "jump", "jump_to", "clickurl", "desturl", "ret", "origin",
    "originurl", "page", "view", "domain", "from_url", "post_logout_redirect_uri", "openid.return_to", "wreply", "rt", "ru",
];

static INITIALS: Initials = Initials::of(TARGETS);

/// Whether applications redirect to parameters of that name.
pub fn is_target(name: &[u8]) -> bool {
    // `next[]`, `next[0]`: a list of one.
    let name = match (name, memchr::memrchr(b'[', name)) {
        ([.., b']'], Some(at)) => name.get(..at).unwrap_or(name),
        _ => name,
    };
    INITIALS.fit(name) && TARGETS.iter().any(|t| name.eq_ignore_ascii_case(t.as_bytes()))
}

/// Whether a visitor is sent back to a parameter of that name, after signing in or paying, say.
pub fn is_callback(name: &[u8]) -> bool {
    static BACK: &[&str] = &[
        "redir",
        "callback",
        "return",
        "ret",
        "back",
        "next",
        "continue",
        "service",
        "relaystate",
        "origin",
        "success",
        "cancel",
        "failure",
        "wreply",
    ];
    is_target(name)
        && BACK.iter().any(|p| name.windows(p.len()).any(|w| w.eq_ignore_ascii_case(p.as_bytes())))
}

/// Judges one value.
pub fn judge(value: &Value<'_>, hits: &mut Hits) {
    let bytes = value.bytes;
    let place = match value.place {
        Place::QueryValue | Place::FormValue | Place::JsonValue | Place::QueryName | Place::PathParam => true,
        // `GET //evil.example/%2f..`: servers that add a slash redirect to it.
        Place::Path => matches!(bytes, [b'/' | b'\\', b'/' | b'\\' | b'\t' | b'\n', ..]),
        _ => false,
    };
    if !place || !value.first || bytes.len() < 5 || bytes.len() > 2048 {
        return;
    }
    // Without a slash only a scheme leads anywhere, `http` (a tab or line end may part it) or that of scripts, and what begins with a look-alike or an `@`.
    let foreign = matches!(bytes.first(), Some(b'@' | 0xe2..=0xef));
    let scheme = || {
        value.wake.any(Wake::COLON)
            && (value.words.any(Groups::HTTP)
                || value.wake.any(Wake::HIGH.or(Wake::BLANK).or(Wake::NEWLINE))
                || memchr::memchr2(b'j', b'J', bytes).is_some())
    };
    if !value.wake.any(Wake::SLASH.or(Wake::BACKSLASH)) && !foreign && !scheme() {
        return;
    }
    // PERF: in a sentence they come soon.
    if memchr::memchr_iter(b' ', bytes).nth(2).is_some() {
        return;
    }
    let mut best = target(value, value.name, bytes, 0)
        .or_else(|| interrupted::judge(value))
        .or_else(|| detour(value, bytes));
    // `/redirect?url=/\evil.example`: the parameters of a URL that is itself a value.
    if let Some(query) = memchr::memchr(b'?', bytes) {
        let mut at = query + 1;
        let mut sites = 0;
        for part in bytes.get(at..).unwrap_or(b"").split(|b| *b == b'&').take(16) {
            let name_len = memchr::memchr(b'=', part).map_or(0, |n| n + 1);
            let name = part.get(..name_len.saturating_sub(1)).unwrap_or(b"");
            let inner = part.get(name_len..).unwrap_or(b"");
            // `/out?//evil.example`: the query as a whole is the target.
            let name = if name_len == 0 { value.name } else { name };
            let mut found = (name_len == 0 || is_target(name))
                .then(|| target(value, name, inner, at + name_len))
                .flatten();
            // `?next=https://evil.example` as the whole value: a parameter put in where an address was.
            if let Some(found) = &mut found
                && query == 0
                && is_target(value.name)
                && found.technique == "absolute-url"
                && memchr::memchr(b'&', bytes).is_none()
            {
                found.technique = "nested-parameter";
                found.confidence = 54;
            }
            sites += u32::from(found.is_some());
            if let Some(found) = found
                && best.as_ref().is_none_or(|b| b.confidence < found.confidence)
            {
                best = Some(found);
            }
            at += part.len() + 1;
        }
        if let Some(best) = best.as_mut().filter(|b| sites >= 3 && b.confidence < 70) {
            best.technique = "many-parameters";
            best.confidence = 70;
            best.reason =
                format!("{sites} redirect parameters name another site: nobody links so, a probe does")
                    .into();
        }
    }
    if let Some(best) = best {
        hits.push(best);
    }
}

/// A host as it stands in a URL: a name with a dot, or an address.
fn site(name: &[u8]) -> Option<Host> {
    let host = Host::read(name)?;
    let label =
        |l: &[u8]| !l.is_empty() && l.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-' || *b >= 0x80);
    let mut labels = name.strip_suffix(b".").unwrap_or(name).rsplit(|b| *b == b'.');
    let last = labels.next().unwrap_or(b"");
    let named =
        last.len() >= 2 && last.iter().all(u8::is_ascii_alphabetic) && labels.next().is_some_and(label);
    (host.address || host.odd || named).then_some(host)
}

fn target(value: &Value<'_>, name: &[u8], text: &[u8], from: usize) -> Option<Hit> {
    let redirecting = is_target(name) || value.place == Place::Path;
    let mut lead = 0;
    // `/https://evil.example`: one slash to pass for a local path.
    if let [b'/', rest @ ..] = text
        && rest.first().is_some_and(u8::is_ascii_alphabetic)
        && Url::read(rest, false).is_some_and(|u| u.is("http") || u.is("https"))
        && value.place != Place::Path
    {
        lead = 1;
    }
    // `<>//evil.example`: tags that a filter removes.
    let tags = text.get(lead..)?;
    let tags = tags.iter().take(8).take_while(|b| matches!(b, b'/' | b'<' | b'>')).count();
    if text.get(..tags).is_some_and(|t| t.contains(&b'<')) {
        lead = tags.saturating_sub(text.get(..tags)?.iter().rev().take_while(|b| **b == b'/').count());
    }
    let text = text.get(lead..)?;
    let from = from + lead;
    if let Some(hit) = look_alike(name, text, from) {
        return Some(hit);
    }
    if let Some(hit) = script(name, text, from) {
        return Some(hit);
    }
    let url = Url::read(text, true)?;
    let web = url.is("http") || url.is("https");
    if !(web || url.scheme.is_empty()) {
        return None;
    }
    // `\..\`: steps up, no host.
    if url.host.starts_with(b"..") {
        return None;
    }
    // To the server's own network nobody is sent: that address is for the server to fetch.
    if url.innermost().is_some_and(|(h, _)| h.reach == Reach::Metadata || web && h.is_internal()) {
        return None;
    }
    let host = site(url.host);
    let user = url.user;
    let host_text = url.host.escape_ascii();
    let span = from..from + text.len().saturating_sub(url.rest.len());
    let found = |technique, confidence: u32, why: String| {
        // Elsewhere people mistype the addresses of their own sites.
        let less = match value.place {
            _ if redirecting => 0,
            Place::QueryValue | Place::QueryName => 8,
            _ => 32,
        };
        let confidence = confidence.saturating_sub(less);
        Some(Hit {
            class: Class::Redir,
            technique,
            confidence: confidence as u8,
            span: span.clone(),
            reason: why.into(),
        })
    };
    let late = url.late_host();
    if let Some(late) = late.filter(|h| site(h).is_some() && user.is_none()) {
        let late = late.escape_ascii();
        let why = format!(
            "`{host_text}` or `{late}`: parsers disagree which is the host, so a check and the browser do too"
        );
        return found("user-as-host", 82, why);
    }
    // `http://shop.example/:x@evil.example`, the first slash sent as an escape: who decodes late sees another host.
    if let [b'/', b':', tail @ ..] = url.rest
        && let Some(at) = memchr::memchr(b'@', tail.get(..tail.len().min(256)).unwrap_or(tail))
        && site(tail.get(at + 1..)?.split(|b| matches!(b, b'/' | b'?' | b'#')).next()?).is_some()
    {
        return found(
            "user-as-host",
            66,
            format!(
                "a password and another host begin the path of `{host_text}`: with the slash still an escape they are the host"
            ),
        );
    }
    let again = text.get(text.iter().take_while(|b| matches!(b, b'/' | b'\\')).count()..).unwrap_or(b"");
    if url.scheme.is_empty() && Url::read(again, false).is_some_and(|u| u.is("http") || u.is("https")) {
        let why = "slashes before the scheme: a check that looks at the beginning sees a path, what follows is another site".to_string();
        return found("slash-scheme", 76, why);
    }
    if user.is_some_and(|u| site(u).is_some()) && host.is_none() {
        return found(
            "user-as-host",
            76,
            "a host name stands where the user name belongs, and no host after it".into(),
        );
    }
    if let Some(at) = memchr::memchr3(0, b'&', b'|', url.host)
        && (web || url.slashes == 2)
        && (url.host.get(at) == Some(&0) || url.host.get(..at).and_then(site).is_some())
        && url.host.len() > at + 3
    {
        return found(
            "odd-host",
            70,
            format!("the host `{host_text}` ends early for some parsers and not for others"),
        );
    }
    // `//evil\0.good.example`: C ends the name at the NUL, others read on.
    if redirecting
        && (web || url.slashes == 2)
        && let [0..=8 | 0x0b | 0x0c | 0x0e..=0x1f, b'.' | b'-' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9', ..] =
            url.rest
    {
        return found("odd-host", 70, format!("a control byte ends the host `{host_text}` for some parsers"));
    }
    let host = host?;
    if url.rest.first() == Some(&b'\\')
        && url.rest.get(1..).is_some_and(|r| {
            r.get(..r.iter().position(|b| *b == b'/').unwrap_or(r.len())).and_then(site).is_some()
        })
    {
        return found(
            "backslash-slash",
            78,
            format!("browsers end the host `{host_text}` at the backslash, others read on"),
        );
    }
    let climbs = climbs(url.rest);
    if let Some(user) = user {
        let disguise = user.iter().any(|b| matches!(b, b'.' | b'%' | b'\\' | b'>' | b'<')) || user.len() > 24;
        let confidence = if disguise {
            84
        } else if host.odd || host.address {
            80
        } else {
            62
        };
        // `https://kim:secret@host/`: a user name with its password, where none is redirected to.
        let confidence = if !redirecting && user.contains(&b':') { 40 } else { confidence };
        let user = user.escape_ascii();
        return found(
            "user-as-host",
            confidence,
            format!(
                "the browser goes to `{host_text}`; `{user}` before the @ is only a user name made to be read as the host"
            ),
        );
    }
    if (host.odd || host.address && url.slashes == 0) && !redirecting {
        return None; // an address to fetch, if anything
    }
    if host.odd || host.address && url.slashes == 0 {
        return found(
            "odd-host",
            80,
            format!("the host `{host_text}` is an address written so that nobody recognises it"),
        );
    }
    if url.scheme.is_empty() && (url.backslash || url.blanks) {
        // `\\server\share`: a Windows share, where nothing redirects.
        let share = text.starts_with(b"\\\\") && !redirecting;
        let confidence = if share { 40 } else { 86 };
        return found(
            "backslash-slash",
            confidence,
            format!("the browser reads the backslashes or blanks as `//` and leaves for `{host_text}`"),
        );
    }
    if url.scheme.is_empty() && url.slashes > 2 {
        return found(
            "many-slashes",
            80,
            format!("the browser drops the surplus slashes and leaves for `{host_text}`"),
        );
    }
    if web && (url.backslash || url.blanks || url.slashes != 2) {
        return found(
            "odd-slashes",
            76,
            format!(
                "no browser needs the slashes written so: it leaves for `{host_text}`, a check for `://` sees a path"
            ),
        );
    }
    if climbs {
        return found(
            "path-trick",
            78,
            format!(
                "the path leads back to the top so that the URL seems to stay; the browser leaves for `{host_text}`"
            ),
        );
    }
    if lead > 0 {
        return found(
            "slash-scheme",
            64,
            format!("a slash before the scheme passes for a local path; the target is `{host_text}`"),
        );
    }
    if url.scheme.is_empty() {
        let bare = url.rest.is_empty() || url.rest == b"/";
        let asset = matches!(
            url.ending(),
            b"png"
                | b"jpg"
                | b"jpeg"
                | b"gif"
                | b"svg"
                | b"webp"
                | b"js"
                | b"css"
                | b"ico"
                | b"woff2"
                | b"mp4"
        );
        let confidence = if asset {
            20
        // Nobody hides where his own pages lead.
        } else if redirecting && (bare || value.trust == Trust::Guessed) {
            66
        } else if redirecting {
            52
        } else {
            44
        };
        return found(
            "scheme-relative",
            confidence,
            format!("`//` makes the browser leave for `{host_text}` although the value looks like a path"),
        );
    }
    // A tail of dots or an encoded break of the host: `https://evil.example%00.good.example`.
    let cut = url
        .rest
        .get(..3)
        .is_some_and(|r| r[0] == b'%' && r[1].is_ascii_hexdigit() && r[2].is_ascii_hexdigit());
    if cut {
        return found(
            "odd-host",
            60,
            format!("the host `{host_text}` ends at an escape that some parsers skip"),
        );
    }
    // `https://evil.example?shop.example`: a check for the ending finds its own name.
    let suffix = match url.rest {
        [b'?', rest @ ..] => rest,
        [b'#', b'.' | b'@' | b'/', rest @ ..] => rest,
        _ => b"",
    };
    if redirecting && site(suffix.strip_prefix(b".").unwrap_or(suffix)).is_some_and(|h| !h.address) {
        return found(
            "suffix-host",
            58,
            format!(
                "a host name as all that follows `{host_text}`: a check for the ending takes it for that one"
            ),
        );
    }
    if redirecting && embeds(url.host) {
        return found(
            "embedded-host",
            56,
            format!("the host `{host_text}` begins with a complete name of another site, to be taken for it"),
        );
    }
    redirecting
        .then(|| found("absolute-url", 35, format!("a redirect parameter names the site `{host_text}`")))
        .flatten()
}

/// Whether a host begins with a complete name of another: `www.bank.com.evil.example`.
fn embeds(host: &[u8]) -> bool {
    static TOP: &[&[u8]] = &[b"com", b"net", b"org", b"gov", b"edu", b"info"];
    let mut labels = host.split(|b| *b == b'.').skip(1);
    while let Some(label) = labels.next() {
        if TOP.iter().any(|t| t.eq_ignore_ascii_case(label)) {
            // `shop.com.au` has one label behind it.
            return labels.clone().count() >= 2;
        }
    }
    false
}

/// Endings of files, which look like names of sites.
fn is_file(name: &[u8]) -> bool {
    #[rustfmt::skip]
    static ENDINGS: &[&[u8]] = &[
        b"html", b"htm", b"php", b"asp", b"aspx", b"jsp", b"do", b"cgi", b"pdf", b"png", b"jpg", b"jpeg", b"gif", b"svg", b"webp", b"ico", b"txt",
        b"md", b"zip", b"gz", b"xml", b"json", b"js", b"css", b"doc", b"docx", b"xls", b"xlsx", b"csv", b"mp3", b"mp4", b"rss", b"action",
    ];
    let last = name.rsplit(|b| *b == b'.').next().unwrap_or(b"");
    ENDINGS.iter().any(|e| e.eq_ignore_ascii_case(last))
}

/// The ways out of a site that go through the site itself, where a redirect target is expected: its own redirector with
/// a foreign host (`/out?evil.example`), a path that the application turns into a host (`@evil.example`,
/// `/.evil.example`, `/evil.example/%2e%2e`).
fn detour(value: &Value<'_>, bytes: &[u8]) -> Option<Hit> {
    if !is_target(value.name) || bytes.len() > 256 {
        return None;
    }
    let foreign = |name: &[u8]| {
        name.first().is_some_and(u8::is_ascii_alphanumeric)
            && name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
            && site(name).is_some_and(|h| !h.address)
            && !is_file(name)
    };
    let hit = |technique, confidence, reason: &'static str| {
        Some(Hit { class: Class::Redir, technique, confidence, span: 0..bytes.len(), reason: reason.into() })
    };
    if let [b'@', name @ ..] = bytes {
        let end = name.iter().position(|b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(name.len());
        return foreign(name.get(..end)?).then(|| {
            hit("user-as-host", 62, "appended to the site's own address, the `@` makes that a user name")
        })?;
    }
    let why = "appended to the site's own name without the slash, it is another site";
    if let [b'.', name @ ..] = bytes {
        let end = name.iter().position(|b| *b == b'/')?;
        return name.get(..end).is_some_and(foreign).then(|| hit("path-trick", 52, why))?;
    }
    let path = bytes.strip_prefix(b"/")?;
    if let [b'.', name @ ..] = path {
        return foreign(name).then(|| hit("path-trick", 52, why))?;
    }
    let end = path.iter().position(|b| matches!(b, b'/' | b'?' | b'%' | b'\\')).unwrap_or(path.len());
    let (first, rest) = path.split_at(end);
    if climbs(rest) && foreign(first) {
        let why = "a host for its first folder and steps back at once: a server that joins or cleans the path leaves";
        return hit("path-trick", 56, why);
    }
    let (script, argument) = match memchr::memchr(b'?', path) {
        Some(at) => (path.get(..at)?, path.get(at + 1..)?),
        None => {
            let at = memchr::memrchr(b'/', path)?;
            (path.get(..at)?, path.get(at + 1..)?)
        }
    };
    let script = script.rsplit(|b| *b == b'/').next()?;
    let stem = script.split(|b| *b == b'.').next()?;
    static OWN: &[&[u8]] = &[
        b"redirect",
        b"redirector",
        b"redir",
        b"out",
        b"goto",
        b"exit",
        b"away",
        b"leave",
        b"jump",
        b"external",
    ];
    (OWN.iter().any(|o| o.eq_ignore_ascii_case(stem)) && foreign(argument))
        .then(|| hit("own-redirector", 52, "the site's own redirector with another site as its target"))?
}

/// `ー` and its like before a host: fonts and normalisation make slashes of them.
fn look_alike(name: &[u8], text: &[u8], from: usize) -> Option<Hit> {
    let lead = usize::from(text.first() == Some(&b'/'));
    let rest = text.get(lead..)?;
    let width = match rest.first()? {
        0xe2..=0xef => 3,
        _ => return None,
    };
    let host = rest.get(width..)?;
    let ascii = host.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'/'));
    let end = memchr::memchr(b'/', host).unwrap_or(host.len());
    (is_target(name) && ascii && site(host.get(..end)?).is_some()).then(|| Hit {
        class: Class::Redir,
        technique: "look-alike",
        confidence: 58,
        span: from..from + text.len(),
        reason: "one foreign character before a host name, read as a slash by some and as a letter by others"
            .into(),
    })
}

/// Whether a path after the host goes back up at once: `/%2f..`, `/..`.
fn climbs(rest: &[u8]) -> bool {
    let mut at = 0;
    while let Some(text) = rest.get(at..) {
        match text {
            [b'/' | b'\\', ..] => at += 1,
            [b'%', b'2', b'f' | b'F', ..] | [b'%', b'5', b'c' | b'C', ..] => at += 3,
            _ => break,
        }
    }
    let tail = rest.get(at..).unwrap_or(b"");
    at > 0
        && (tail.starts_with(b"..")
            || tail.len() >= 6 && tail.get(..6).is_some_and(|t| t.eq_ignore_ascii_case(b"%2e%2e")))
}

/// A script URL where a redirect is expected, with anything in front that browsers skip.
fn script(name: &[u8], text: &[u8], from: usize) -> Option<Hit> {
    let skip =
        text.iter().take(8).take_while(|b| **b <= b' ' || matches!(b, b'/' | b'\\' | b'<' | b'>')).count();
    let rest = text.get(skip..)?;
    if !matches!(rest.first(), Some(b'j' | b'J' | b'\\')) || !is_target(name) {
        return None;
    }
    let (mut at, mut want) = (0, b"javascript:".iter());
    let mut next = want.next();
    while let (Some(w), Some(b)) = (next, rest.get(at)) {
        if b.eq_ignore_ascii_case(w) {
            next = want.next();
        } else if *b == b'\\' {
            // An escape a script string drops: `\j`, `\n`.
            at += usize::from(
                matches!(rest.get(at + 1), Some(b'n' | b't' | b'r')) && rest.get(at + 1) != Some(w),
            );
        } else if !matches!(b, b'\t' | b'\r' | b'\n') || at == 0 {
            return None;
        }
        at += 1;
    }
    // `javascript:;` and `javascript:void(0)` are how pages say: no link.
    let does = rest.get(at..).unwrap_or(b"");
    // `javascript:history.back()` is the link that sends nobody anywhere new.
    let word = does.strip_prefix(b"window.").unwrap_or(does);
    let back = [&b"void"[..], b"history.", b"close("].iter().any(|w| word.starts_with(w));
    // A comment does nothing, but with a host in it is made for a check that looks for one.
    let comment = does.strip_prefix(b"//").is_some_and(|c| {
        let end =
            c.iter().position(|b| !b.is_ascii_alphanumeric() && !matches!(b, b'.' | b'-')).unwrap_or(c.len());
        c.get(..end).and_then(site).is_none()
    });
    let idle = does.iter().all(|b| matches!(b, b';' | b' ')) || back || comment;
    let done = next.is_none() && !idle;
    done.then(|| Hit {
        class: Class::Redir,
        technique: "script-url",
        confidence: 72,
        span: from + skip..from + skip + at,
        reason: "a `javascript:` URL where a redirect target is expected runs script in the site's name"
            .into(),
    })
}
