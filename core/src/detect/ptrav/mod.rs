//! Path traversal and local file inclusion (CWE-22, CWE-98 for inclusion).
//!
//! What comes in: a value that an application may join to a folder or hand to `open` or `include`. What goes out: a hit
//! if the path leaves the folder, names a file of the server itself, or is a stream wrapper. What always holds: the
//! path is read as a lenient server reads it ([`path`]), and scored by how far it climbs, how oddly it is spelt and
//! what it ends at. To add a file: `targets.rs`; a wrapper: `wrapper.rs`.
//!
//! Fires: `../../../etc/passwd`, `..%c0%af..%c0%afboot.ini`, `....//....//x`, `/proc/self/environ` as a whole value,
//! `php://filter/...`, `..;/manager/html` in a path. Must not: `../img/logo.png`, `1..2`, `wait...`, prose that
//! mentions `/etc/passwd`, `/etc/designs/site.css`. Sources: CWE-22 to CWE-40, OWASP WSTG-ATHZ-01, PHP manual.

pub(super) mod techniques;

mod plain;
mod targets;
mod wrapper;

use super::beside::Beside;
use super::lex::path::{Run, Runs};
use super::{Class, Groups, Hit, Hits, Value};
use crate::bytes::{Wake, Words, has_pair};
use crate::decode::Trust;
use crate::detect::lex::find::find;
use crate::points::Place;
use plain::Look;

/// Longest value that is judged as one thing; a longer one is a document.
const SHORT: usize = 1024;
/// Segments of one dot, or dots without a name, that no path has but one that is meant to outgrow a limit.
const STAYS: u32 = 5;
const DOTS: u32 = 16;
/// Shortest name of a file of the server.
const NAMED: usize = 4;

/// How the value is likely to be used.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Setting {
    /// One word: an identifier, a file, a URL.
    Token,
    /// Sentences, markup, a document, a header with a grammar of its own: more evidence is called for.
    Prose,
}

/// `known` with the words of wrappers, and of files and folders worth an attack.
pub(super) const fn words(known: Words) -> Words {
    targets::words(wrapper::words(known))
}

/// Judges one value.
pub fn judge(value: &Value<'_>, hits: &mut Hits) {
    let bytes = value.bytes;
    // A segment as it was sent is judged with its path: there a name alone means nothing more.
    let again = value.place == Place::PathSegment && value.trust == Trust::Plain;
    if bytes.len() < 2 || again {
        return;
    }
    let mut best: Option<Hit> = wrapped(value).or_else(|| stream(value));
    let (look, odd) = plain::look(value);
    if look == Look::Plain {
        hits.extend(best);
        return;
    }
    let mut known_setting = None;
    let mut offer = |run: &Run| {
        if idle(run) || leads_nowhere(run) {
            return;
        }
        let setting = *known_setting.get_or_insert_with(|| setting(value));
        // PERF: reasons are written only of what is kept.
        let told = best.is_none();
        let surer = |hit: &Hit| best.as_ref().is_none_or(|b| b.confidence < hit.confidence);
        if let Some(hit) = score(value, setting, run, told).filter(surer) {
            best = if told { Some(hit) } else { score(value, setting, run, true) };
        }
    };
    if strange(value, odd) {
        match look {
            Look::Steps | Look::Names => plain::stepping(bytes, look == Look::Names, &mut offer),
            _ => Runs::telling(bytes).for_each(|run| offer(&run)),
        }
        if best.as_ref().is_none_or(|b| b.confidence < 85) {
            best = replaced(value).or(best);
        }
    } else {
        // Plain: only where a path can begin, the value's start and the slashes behind `=`, `:` and quotes.
        let mut end = 0;
        let dotted = value.wake.any(Wake::SLASH.or(Wake::BACKSLASH).or(Wake::DOT));
        if dotted && let Some(run) = Runs::new(bytes).next() {
            offer(&run);
            end = run.span.end;
        }
        if value.wake.any(Wake::SLASH.or(Wake::BACKSLASH)) {
            for at in memchr::memchr2_iter(b'/', b'\\', bytes.get(end..).unwrap_or(b"")) {
                let at = at + end;
                if matches!(before(value, at), Before::Start | Before::Drive | Before::FileUrl)
                    && let Some(run) = Runs::from(bytes, at).next()
                {
                    offer(&run);
                }
            }
        }
    }
    hits.extend(best);
}

/// Whether a run is a word or two.
fn idle(run: &Run) -> bool {
    run.ups == 0
        && run.odd == 0
        && run.stays == 0
        && (run.len() < 4 || !run.rooted && memchr::memchr2(b'/', b'.', run.tail()).is_none())
}

/// Whether a run neither climbs nor goes on and on, and names too little for any file.
fn leads_nowhere(run: &Run) -> bool {
    run.dotted == 0 && run.stays < STAYS && run.dots < DOTS && run.tail().len() < NAMED
}

/// Whether the value holds what only an odd path is made of, so that all of it is read: two dots, escapes, bytes that
/// begin no character, C's hexadecimal. `odd`: bytes beyond ASCII may be more than letters.
///
/// PERF: most benign values stop here, after a vector search or two; reading unit by unit costs ten times as much.
fn strange(value: &Value<'_>, odd: bool) -> bool {
    let bytes = value.bytes;
    let has = |word: &[u8]| find(bytes, word).is_some();
    let next = |at: usize| bytes.get(at + 1).copied();
    if value.wake.any(Wake::DOT) && value.may_hold(Beside::DOTS) && has_pair(bytes, *b"..") {
        return true;
    }
    if value.place == Place::FileContent {
        return false;
    }
    #[rustfmt::skip]
    let escape = |at: usize| {
        matches!(next(at), Some(b'0' | b'2' | b'3' | b'5' | b'b' | b'c' | b'C' | b'e' | b'E' | b'f' | b'F' | b'u' | b'U' | b'%'))
    };
    // `.?` and `??` where `..` was meant: a code page had no place for what was sent.
    let marks = value.first && bytes.len() > 8 && matches!(bytes, [b'.', b'?', ..] | [b'?', b'?' | b'.', ..]);
    marks
        || value.wake.any(Wake::CONTROL)
        || value.wake.any(Wake::PERCENT) && memchr::memchr_iter(b'%', bytes).any(escape)
        || value.wake.any(Wake::HIGH)
            && (odd || has_pair(bytes, [0x80; 2]))
            && (memchr::memchr2(0xc0, 0xc1, bytes).is_some()
                || [&b"\xe0\x80"[..], b"\x80\x80", b"\xef\xbc\x8e\xef", b"\xef\x80\xa5", b"\xee\xbf\x88"]
                    .iter()
                    .any(|w| has(w)))
        || value.words.any(Groups::X)
            && value.wake.all(Wake::ALPHA.or(Wake::DIGIT))
            && bytes.len() >= 8
            && memchr::memchr2_iter(b'x', b'X', bytes)
                .any(|at| at > 0 && bytes.get(at - 1) == Some(&b'0') && matches!(next(at), Some(b'2' | b'5')))
}

fn setting(value: &Value<'_>) -> Setting {
    use Place::*;
    let head = value.bytes.get(..512).unwrap_or(value.bytes);
    let blanks =
        |least: usize| head.iter().filter(|b| matches!(b, b' ' | b'\n' | b'<')).take(least).count() == least;
    match value.place {
        HeaderValue
            if matches!(value.name, b"referer" | b"user-agent" | b"origin")
                && (blanks(1) || find(head, b"://").is_some()) =>
        {
            Setting::Prose
        }
        FileContent | Text | Raw | XmlComment | XmlDoctype | XmlInstruction => Setting::Prose,
        _ if blanks(4) => Setting::Prose,
        _ => Setting::Token,
    }
}

fn hit(technique: &'static str, confidence: u32, span: std::ops::Range<usize>, reason: String) -> Hit {
    Hit {
        class: Class::Ptrav,
        technique,
        confidence: confidence.clamp(1, 99) as u8,
        span,
        reason: reason.into(),
    }
}

/// A stream wrapper at the start of the value, or a `file:` URL of a server file.
fn wrapped(value: &Value<'_>) -> Option<Hit> {
    let named = value.wake.any(Wake::COLON) && value.words.any(Groups::WRAPPERS);
    if !value.first || !named || value.place == Place::Path {
        return None;
    }
    let found = wrapper::wrapper(value.bytes)?;
    let confidence = if setting(value) == Setting::Token { u32::from(found.confidence) } else { 45 };
    let scheme = value.bytes.get(..found.len).unwrap_or(b"").escape_ascii();
    let reason =
        format!("the value is a stream wrapper, `{scheme}`, that {} where a path is opened", found.what);
    Some(hit("stream-wrapper", confidence, 0..found.len, reason))
}

/// `page.asp::$DATA`: the default stream of an NTFS file by its full name (MS-FSCC 2.1.5). The file is the same, but its
/// name ends in nothing that a handler is chosen by, so a server shows the program instead of running it.
fn stream(value: &Value<'_>) -> Option<Hit> {
    if !value.first || !value.last || !value.wake.all(Wake::COLON.or(Wake::DOLLAR).or(Wake::DOT)) {
        return None;
    }
    let bytes = value.bytes.strip_suffix(b"\0").unwrap_or(value.bytes);
    let (name, suffix) = bytes.split_at_checked(bytes.len().checked_sub(7)?)?;
    let dot = memchr::memrchr(b'.', name)?;
    let file = dot > 0
        && (2..=5).contains(&(name.len() - dot - 1))
        && name.len() <= 256
        && !name.iter().any(|b| matches!(b, b' ' | b'\n' | b'"' | b'<' | b'\''));
    (file && suffix.eq_ignore_ascii_case(b"::$DATA")).then(|| {
        let reason = "`::$DATA` names the default stream of a file: a Windows server shows the program instead of running it";
        hit("file-stream", 80, 0..value.bytes.len(), reason.into())
    })
}

/// A path whose separators have all become one letter: an overlong `%c1%af` is meant as a slash and decodes to `o`.
fn replaced(value: &Value<'_>) -> Option<Hit> {
    let bytes = value.bytes.get(..value.bytes.len().min(256))?;
    let glue = |from: usize| {
        let end = bytes.iter().skip(from).position(|b| b.is_ascii_alphanumeric())? + from;
        (end > from).then_some(end)
    };
    let mut at = glue(0).filter(|&at| at >= 2)?;
    let letter = *bytes.get(at)?;
    while let Some(next) = glue(at + 1).filter(|&next| bytes.get(next) == Some(&letter)) {
        at = next;
    }
    let rest = bytes.get(at + 1..)?;
    let same = |path: &str| {
        path.len() <= rest.len()
            && path
                .bytes()
                .zip(rest)
                .all(|(p, r)| if p == b'/' { *r == letter } else { r.eq_ignore_ascii_case(&p) })
    };
    let target = targets::ANYWHERE.iter().find(|t| t.alone >= 60 && same(t.path))?;
    let letter = char::from(letter);
    let reason = format!(
        "with `{letter}` for each separator, as lenient decoders leave it: `{}`, {}",
        target.path, target.what
    );
    Some(hit("malformed-probe", 86, 0..bytes.len(), reason))
}

/// What stands in front of a run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// The value begins with it, or a parameter inside the value does.
    Start,
    /// A drive letter and a colon.
    Drive,
    /// `file:`
    FileUrl,
    /// `scheme:`, so the run is a host and a path.
    Url,
    Other,
}

fn before(value: &Value<'_>, start: usize) -> Before {
    let head = value.bytes.get(..start).unwrap_or(b"");
    match head {
        [] => Before::Start,
        [b':'] | [.., b'/' | b':', b':'] => Before::Other,
        [.., b':'] => {
            let scheme = head.len() - 1;
            let letters = head.iter().rev().skip(1).take_while(|b| b.is_ascii_alphanumeric()).count();
            let word = head.get(scheme - letters..scheme).unwrap_or(b"");
            match letters {
                1 if word.first().is_some_and(u8::is_ascii_alphabetic) => Before::Drive,
                4 if word.eq_ignore_ascii_case(b"file") => Before::FileUrl,
                _ => Before::Url,
            }
        }
        [.., b'=' | b'"' | b'\'' | b'{' | b'|' | b'\n'] => Before::Start,
        [b' ', ..] if head.len() < 64 && head.iter().all(|&b| b == b' ') => Before::Start,
        _ => Before::Other,
    }
}

/// The verdict on a run, with its reason if that is to be `told`.
fn score(value: &Value<'_>, setting: Setting, run: &Run, told: bool) -> Option<Hit> {
    let token = setting == Setting::Token;
    let before = before(value, run.span.start);
    let climbing = climb(value, token, before, run, told);
    let target = target(value, token, before, run, told);
    match (climbing, target) {
        (Some(c), Some(t)) if c.confidence > t.confidence => Some(c),
        (c, None) => c,
        (_, t) => t,
    }
}

/// Steps up, whatever they lead to.
fn climb(value: &Value<'_>, token: bool, before: Before, run: &Run, told: bool) -> Option<Hit> {
    let ordinary = token && !matches!(before, Before::Url);
    let span = run.span.clone();
    if token && !matches!(before, Before::Url | Before::Other) && (run.stays >= STAYS || run.dots >= DOTS) {
        let confidence = if run.stays >= 16 || run.dots >= 32 { 80 } else { 62 };
        let reason = "a path of `./` over and over, or of dots alone: it is meant to outgrow the file system's limit, so \
                      that an ending the application adds is cut off, or to slip past a filter";
        return Some(hit("path-truncation", confidence, span, reason.into()));
    }
    if run.dotted == 0 {
        return None;
    }
    let (escape, odd) = (run.escape.min(run.dotted), run.odd);
    let at_start = before == Before::Start || before == Before::FileUrl;
    let layered = value.trust == Trust::Layered && value.first && run.span.start == 0;
    let reason = |text: &dyn Fn() -> String| if told { text() } else { String::new() };
    let many = |n: u32| if n == 1 { String::new() } else { format!(" {n} times") };
    if run.params > 0 && token {
        let reason = reason(&|| {
            format!(
                "`..;`{}: a proxy takes it for a folder's name, a servlet container drops the parameter and steps up",
                many(run.params)
            )
        });
        return Some(hit("path-parameter", 80, span, reason));
    }
    if odd >= 2 && (run.dotted >= 2 || odd >= 3 && run.dots == 2 && at_start) && ordinary {
        let confidence = match run.dotted {
            1 => 68,
            2 => 82,
            _ => 92,
        };
        let reason = reason(&|| {
            format!(
                "steps up{} with dots or separators in {odd} odd spellings that only a probe for lenient decoders uses",
                many(run.ups)
            )
        });
        return Some(hit("malformed-probe", confidence, span, reason));
    }
    if run.stretched >= 2 && token {
        let reason = reason(&|| {
            format!(
                "`....//` or the like{}: what remains once a filter has removed `../` steps up",
                many(run.stretched)
            )
        });
        return Some(hit("nested-dots", 70 + 4 * run.stretched.min(5), span, reason));
    }
    if escape == 0 {
        let inner = value.place == Place::Path && run.plain_ups > 0;
        return inner.then(|| {
            hit(
                "dot-dot",
                40,
                span,
                "`..` in the request path, which clients resolve before they send".into(),
            )
        });
    }
    let place_bonus = match value.place {
        Place::Path | Place::Target | Place::FileName => 45,
        _ if layered => 25,
        _ => 0,
    };
    let mut confidence = match (token, escape) {
        (true, 1) => 34,
        (true, 2) => 42,
        (true, 3) => 60,
        (true, 4) => 76,
        (true, _) => 84,
        (false, 1..=6) => 30,
        (false, _) => 62,
    };
    if token {
        confidence += place_bonus;
        if run.backslashes > 0
            && at_start
            && matches!(value.place, Place::QueryValue | Place::Path | Place::QueryName)
        {
            confidence += 18;
        }
        if run.open && escape >= 2 && at_start {
            confidence += 16; // `../../`: a folder outside, and nothing else
        } else if run.open && run.rooted && at_start && value.first && value.last {
            confidence += 20; // `/../`
        }
        if odd > 0 && run.dots == 2 {
            confidence += 25;
        }
        if escape <= 3 && run.odd == 0 && place_bonus == 0 && web_file(run.tail()) {
            confidence = confidence.min(44);
        }
    }
    if before == Before::Url && value.place != Place::Path {
        confidence = confidence.min(40);
    }
    let reason = reason(&|| format!("the path steps up {escape} folders above its start"));
    Some(hit("dot-dot", confidence.min(92), span, reason))
}

/// A file of the server itself, reached by steps up or from the root.
fn target(value: &Value<'_>, token: bool, before: Before, run: &Run, told: bool) -> Option<Hit> {
    let tail = run.tail();
    if tail.len() < NAMED {
        return None;
    }
    let rooted = run.rooted || run.escape > 0 || matches!(before, Before::Drive | Before::FileUrl);
    let strange = run.odd > 0 || run.glue >= 3 && !run.named || run.ups > 0;
    let known =
        targets::anywhere(tail).or_else(|| if rooted || strange { targets::rooted(tail) } else { None });
    let file = known.is_none() && rooted && targets::system_file(tail);
    let folder = known.is_none() && rooted && targets::system_folder(tail);
    let secret = known.is_none() && run.escape > 0 && token && targets::secretive(tail);
    if known.is_none() && !file && !folder && !secret {
        return None;
    }
    let climbs = run.escape > 0 || run.ups > 0;
    // The name of an upload is where it is put, not what is read.
    if value.place == Place::FileName && !climbs && !run.rooted && before != Before::Drive {
        return None;
    }
    let whole = matches!(before, Before::Start | Before::Drive | Before::FileUrl);
    let certain = known.is_none_or(|k| k.alone >= 60 || k.alone == 0);
    let (technique, mut confidence) = if climbs {
        let known = 88 + run.escape.min(6) + u32::from(run.odd > 0);
        (
            "sensitive-file",
            if file {
                80
            } else if folder {
                75
            } else if secret {
                62
            } else {
                known
            },
        )
    } else if run.odd > 0 && run.glue >= 1 {
        ("malformed-probe", 85)
    } else if before == Before::FileUrl {
        ("file-url", 90)
    } else if matches!(before, Before::Url | Before::Other) {
        ("sensitive-file", 35)
    } else if run.rooted || before == Before::Drive {
        ("absolute-path", absolute(value, known, before, tail))
    } else {
        ("sensitive-file", known.map_or(0, |k| u32::from(k.alone)))
    };
    if run.nul && !matches!(technique, "malformed-probe") && whole {
        confidence = confidence.max(85);
    }
    let word = memchr::memchr2(b'/', b'\\', value.bytes).is_none();
    // A path and nothing else, of a file there is on every system, is no sentence.
    let alone = token
        && value.first
        && value.last
        && before != Before::Other
        && before != Before::Url
        && (run.rooted || before == Before::Drive || run.stays > 0 || run.backslashes > 0)
        && known.is_some()
        && (certain || before == Before::Drive)
        && !value.wake.any(Wake::BLANK.or(Wake::NEWLINE))
        && run.span.end + 8 >= value.bytes.len();
    if !climbs
        && run.odd == 0
        && (free_text(value.name) && !alone || (word || value.wake.any(Wake::BLANK)) && searched(value.name))
    {
        confidence = confidence.min(45);
    }
    if !token {
        confidence = match (climbs, certain) {
            (true, true) => 75,
            (true, false) => 45,
            (false, _) => confidence.min(40),
        };
        if value.place == Place::FileContent || value.bytes.len() > SHORT {
            confidence = confidence.min(if run.escape >= 3 { 60 } else { 45 });
        }
    }
    let what = known.map_or("a configuration or log file of the server", |k| k.what);
    let shown = tail.escape_ascii();
    let way = match technique {
        "sensitive-file" if climbs => "the path leaves its folder and ends at",
        "malformed-probe" => "oddly spelt dots or separators lead to",
        _ => "the value is the path of",
    };
    let reason = if told { format!("{way} `{shown}`: {what}") } else { String::new() };
    (confidence > 0).then(|| hit(technique, confidence, run.span.clone(), reason))
}

/// Confidence that a whole value that is an absolute path is an attack.
fn absolute(value: &Value<'_>, known: Option<&targets::Target>, before: Before, tail: &[u8]) -> u32 {
    let in_path = value.place == Place::Path;
    let drive = before == Before::Drive;
    let file = targets::system_file(tail);
    let app = if file { 52 } else { 30 };
    match known {
        // A drive letter in a request path is nobody's route.
        _ if in_path && drive => 85,
        // What lies below the site's own folder is asked for, not climbed to: a scanner's probe.
        Some(t)
            if in_path
                && [".git/", ".svn/", ".env", ".aws/", ".kube/", ".docker/"]
                    .iter()
                    .any(|p| t.path.starts_with(p)) =>
        {
            40
        }
        // `/app/etc/hosts` may be a route; `/etc/passwd` below any prefix is not.
        Some(t) if t.alone >= 60 && in_path && t.alone < 75 && !tail.starts_with(t.path.as_bytes()) => {
            if targets::system_folder(tail) {
                62
            } else {
                40
            }
        }
        Some(t) if t.alone >= 60 => 88 - if in_path { 8 } else { 0 },
        Some(t) if in_path && t.path == "proc/" => 40,
        Some(t) if t.alone == 0 => 80 - if in_path { 18 } else { 0 },
        Some(t) if in_path && t.alone >= 50 => 55,
        Some(_) if in_path => app + if file { 8 } else { 0 },
        Some(_) if drive || file => 78,
        Some(_) => 55,
        None if in_path && tail.starts_with(b"etc/") && targets::system_folder(tail) => app.max(50),
        None if in_path => app,
        None if file => 65,
        None if tail.starts_with(b"etc/") && targets::system_folder(tail) => 60,
        None if drive && value.place != Place::JsonValue => 55,
        // Programs report where they and their libraries lie.
        None if value.place == Place::JsonValue && tail.starts_with(b"usr/") => 40,
        // A folder where a folder is asked for.
        None if matches!(value.name, b"dir" | b"folder" | b"root" | b"path")
            && !drive
            && !tail.contains(&b'.')
            && !tail.starts_with(b"usr/") =>
        {
            40
        }
        None if file_name(value.name) && (drive || targets::system_folder(tail)) => 58,
        None => 30,
    }
}

/// Whether a parameter of that name is one applications take file names from.
fn file_name(name: &[u8]) -> bool {
    static NAMES: &[&str] = &[
        "file", "filename", "path", "filepath", "page", "include", "inc", "template", "tpl", "doc",
        "document", "dir", "folder", "download", "view", "load", "read", "show", "lang", "language",
        "locale", "module", "conf", "config", "log", "content", "layout", "theme", "style", "img", "image",
        "src", "resource", "root", "p",
    ];
    NAMES.iter().any(|n| name.eq_ignore_ascii_case(n.as_bytes()))
}

/// Whether a parameter of that name holds what people search for: a file's name among other things.
fn searched(name: &[u8]) -> bool {
    matches!(
        name,
        b"q" | b"query" | b"search" | b"s" | b"term" | b"keyword" | b"keywords" | b"tag" | b"filter"
    )
}

/// Whether a field of that name holds what people write.
fn free_text(name: &[u8]) -> bool {
    static NAMES: &[&str] = &[
        "title",
        "text",
        "comment",
        "message",
        "review",
        "subject",
        "description",
        "note",
        "summary",
        "bio",
        "content",
        "body",
        "question",
        "answer",
        "feedback",
        "about",
        "caption",
        "reply",
        "post",
    ];
    NAMES.iter().any(|n| n.as_bytes() == name)
}

/// Whether a relative link to this is ordinary: a page, a style sheet, a picture, a source file.
fn web_file(tail: &[u8]) -> bool {
    static WEB: &[&str] = &[
        "html", "htm", "css", "js", "mjs", "ts", "tsx", "jsx", "vue", "png", "jpg", "jpeg", "gif", "svg",
        "webp", "ico", "woff", "woff2", "ttf", "md", "rst", "txt", "pdf", "json", "map", "scss", "less", "h",
        "hpp", "c", "cpp", "rs", "go", "java", "mp4", "webm", "mp3",
    ];
    let Some(dot) = memchr::memrchr(b'.', tail) else { return false };
    let ending = tail.get(dot + 1..).unwrap_or(b"");
    WEB.iter().any(|w| w.as_bytes() == ending)
}
