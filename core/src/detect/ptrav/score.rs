//! How sure a path is an attack: by how far it climbs, how oddly it is spelt, what it ends at and what stands before it.
//!
//! What comes in: a run of a value that may be a path. What goes out: a hit, or none if the path is ordinary there. What always
//! holds: a text that names a file without climbing is a hint at most ([`at_most`]). To add a file: `targets.rs`.

use super::{DOTS, NAMED, STAYS, Setting, hit, targets};
use crate::bytes::Wake;
use crate::decode::Trust;
use crate::detect::lex::path::Run;
use crate::detect::{Hit, Value};
use crate::points::Place;

/// Longest value that is judged as one thing; a longer one is a document.
const SHORT: usize = 1024;

/// What stands in front of a run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
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

/// What stands in front of a run that begins at `start`.
pub(super) fn before(value: &Value<'_>, start: usize) -> Before {
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

/// Confidence of a path that a text names, and of one in the middle of a line.
const IN_PROSE: u8 = 40;
const MENTIONED: u8 = 35;

/// How sure [`score`] is at most of a run without a step.
pub(super) fn at_most(value: &Value<'_>, setting: Setting, run: &Run) -> u8 {
    if setting == Setting::Token {
        return u8::MAX;
    }
    match before(value, run.span.start) {
        Before::Url | Before::Other if run.odd == 0 => MENTIONED,
        _ => IN_PROSE,
    }
}

/// The verdict on a run, with its reason if that is to be `told`.
pub(super) fn score(value: &Value<'_>, setting: Setting, run: &Run, told: bool) -> Option<Hit> {
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
        ("sensitive-file", u32::from(MENTIONED))
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
            (false, _) => confidence.min(u32::from(IN_PROSE)),
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

#[cfg(test)]
mod tests {
    use super::super::{idle, leads_nowhere};
    use super::*;
    use crate::bytes::wake;
    use crate::detect::lex::path::Runs;
    use crate::detect::words::words;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_path_that_is_only_named_is_no_surer_than_told(
            parts in prop::collection::vec(prop::sample::select(
                &["/", "./", "../", "\\", " ", "\n", "=", "\"", ":", "C:", "file:", "http:/", "etc/passwd", "/etc/shadow", "boot.ini", "/proc/self/environ",
                    "/usr/share/", "/var/log/a.log", "windows/system32/", ".env", "\0", "%c0%af", "0x2f", "?", "^", "\u{2215}", "access_log", "word"][..],
            ), 0..16),
            place in prop::sample::select(&[Place::FormValue, Place::JsonValue, Place::Path, Place::Text, Place::FileContent, Place::FileName][..]),
            name in prop::sample::select(&["file", "q", "text", "dir"][..]),
        ) {
            let text = parts.concat();
            let (bytes, trust) = (text.as_bytes(), Trust::Plain);
            let (wake, words) = (wake(bytes), words(bytes));
            let value = Value { bytes, place, name: name.as_bytes(), wake, words, trust, first: true, last: true };
            for run in Runs::new(bytes).filter(|run| run.ups == 0 && !idle(run) && !leads_nowhere(run)) {
                let confidence = score(&value, Setting::Prose, &run, false).map_or(0, |hit| hit.confidence);
                prop_assert!(confidence <= at_most(&value, Setting::Prose, &run), "{:?}: {}", run, confidence);
            }
        }
    }
}
