//! Scanners and probes: what gives them away in one request.
//!
//! What comes in: header values, paths, and any value for callback hosts. What goes out: a hit if a tool names itself, a
//! path is asked for that no page links to, or a host is named that only tells a tester that a server called it. What
//! always holds: monitoring agents, crawlers and HTTP libraries are no scanners. To add one: a line in `tables.rs`.
//!
//! Fires: `User-Agent: sqlmap/1.8`, `/.git/HEAD`, `/index.php.bak`, `http://x1y2.oast.fun/`. Must not: `curl/8.5`,
//! `python-requests/2.32`, `Googlebot`, `/.well-known/acme-challenge/x`, `/actuator/health`, a page about sqlmap.
//! Sources: named in `tables.rs`; RFC 8615 (`/.well-known/`).

pub(super) mod techniques;

mod tables;

use super::beside::Beside;
use super::{Class, Groups, Hit, Hits, Value};
use crate::bytes::{Set, Wake, Words};
use crate::points::Place;
use tables::{
    AGENT_INDEX, AGENTS, CALLBACK_INDEX, CALLBACKS, COPIES, HEADERS, PATH_INDEX, PATHS, Probe, SHARED,
    SOURCES, Tool, Where,
};

/// `known` with the word that the name of each callback service begins with.
pub(super) const fn words(mut known: Words) -> Words {
    let mut i = 0;
    while i < CALLBACKS.len() {
        let (name, mut len) = (CALLBACKS[i], 0);
        while name.as_bytes()[len].is_ascii_alphabetic() {
            len += 1;
        }
        known = known.with(name.split_at(len).0, Groups::HOSTS.bits());
        i += 1;
    }
    known
}

/// Judges one value.
pub fn judge(value: &Value<'_>, hits: &mut Hits) {
    match value.place {
        Place::HeaderValue => hits.extend(agent(value)),
        Place::HeaderName => hits.extend(header(value.bytes)),
        Place::Path => hits.extend(path(value.bytes)),
        _ => {}
    }
    if value.wake.any(Wake::DOT) && value.words.any(Groups::HOSTS) && value.may_hold(Beside::CALLBACK) {
        hits.extend(callback(value));
    }
}

fn hit(technique: &'static str, confidence: u8, span: std::ops::Range<usize>, reason: String) -> Hit {
    Hit { class: Class::Scanner, technique, confidence, span, reason: reason.into() }
}

/// Whether a header field of this name is looked at, whatever kinds of byte its value holds.
pub(super) fn reads_field(name: &[u8]) -> bool {
    /// A bit for each third letter that a name of [`HEADERS`] or a name with `x-` of [`CLIENTS`] has.
    static THIRD: u32 = {
        let (mut third, mut i) = (0, 0);
        while i < HEADERS.len() {
            third |= 1 << (HEADERS[i].0.as_bytes()[2] & 31);
            i += 1;
        }
        i = 0;
        while i < CLIENTS.len() {
            third |= 1 << (CLIENTS[i][2] & 31);
            i += 1;
        }
        third
    };
    // PERF: a letter or three tell nearly all other names apart.
    match name {
        [b'x' | b'a', _, third, ..] if THIRD >> (third & 31) & 1 == 0 => false,
        [b'x' | b'a' | b'u' | b'f', ..] => names_client(name) || header(name).is_some(),
        _ => false,
    }
}

/// Fields in which clients name themselves.
const CLIENTS: [&[u8]; 5] = [b"user-agent", b"from", b"x-user-agent", b"x-originator", b"x-requested-with"];

/// Whether clients name themselves in a field of this name.
fn names_client(name: &[u8]) -> bool {
    matches!(name.len(), 4 | 10 | 12 | 16) && CLIENTS.contains(&name)
}

/// A User-Agent (or a header of its own) in which a tool names itself.
#[inline(never)]
fn agent(value: &Value<'_>) -> Option<Hit> {
    if let Some(hit) = header(value.name) {
        return Some(Hit { span: 0..value.bytes.len(), ..hit });
    }
    if !names_client(value.name) {
        return None;
    }
    let bytes = value.bytes.get(..value.bytes.len().min(512))?;
    let mut previous = b' ';
    for (at, &byte) in bytes.iter().enumerate() {
        // At the beginning of a word: `Mozilla/5.0 zgrab/0.x`, not `Hamburp`.
        if !std::mem::replace(&mut previous, byte).is_ascii_alphanumeric() {
            let rest = bytes.get(at..)?;
            if !OF_AGENTS.may_begin(rest) {
                continue;
            }
            let tools = AGENT_INDEX.part(AGENTS, byte.to_ascii_lowercase());
            if let Some(Tool(word, name, confidence)) = tools.iter().find(|t| starts(rest, t.0)) {
                let why = format!("the client names itself {name}");
                return Some(hit("agent", *confidence, at..at + word.len(), why));
            }
        }
    }
    None
}

/// With which three bytes words begin, and some others.
///
/// PERF: with those of nearly no other text.
struct Beginnings([bool; 1021]);

impl Beginnings {
    const fn row(&self, text: [u8; 3]) -> usize {
        let [a, b, c] = text;
        let key = (a | 0x20) as usize * 961 + (b | 0x20) as usize * 31 + (c | 0x20) as usize;
        key % self.0.len()
    }

    const fn add(&mut self, word: &str) {
        let bytes = word.as_bytes();
        self.0[self.row([bytes[0], bytes[1], bytes[2]])] = true;
    }

    fn may_begin(&self, text: &[u8]) -> bool {
        text.first_chunk().is_some_and(|head| self.0[self.row(*head)])
    }
}

/// Of [`AGENTS`].
static OF_AGENTS: Beginnings = {
    let (mut begin, mut i) = (Beginnings([false; 1021]), 0);
    while i < AGENTS.len() {
        begin.add(AGENTS[i].0);
        i += 1;
    }
    begin
};

/// Of [`PATHS`].
static OF_PATHS: Beginnings = {
    let (mut begin, mut i) = (Beginnings([false; 1021]), 0);
    while i < PATHS.len() {
        begin.add(PATHS[i].1);
        i += 1;
    }
    begin
};

/// Whether `text`, whose first byte is the word's in some case, begins with the word.
fn starts(text: &[u8], word: &str) -> bool {
    // PERF: tables are indexed by the first byte; the second tells nearly all other words apart.
    let second = |t: &[u8]| t.get(1).map(u8::to_ascii_lowercase);
    second(text) == second(word.as_bytes())
        && text.get(..word.len()).is_some_and(|t| t.eq_ignore_ascii_case(word.as_bytes()))
}

fn header(name: &[u8]) -> Option<Hit> {
    const fn row(third: u8, last: u8) -> usize {
        (third.wrapping_mul(5) ^ last) as usize & 31
    }
    /// By the third and the last letter: a bit for each length that a name of [`HEADERS`] has with them.
    static LENGTHS: [u64; 32] = {
        let (mut lengths, mut i) = ([0; 32], 0);
        while i < HEADERS.len() {
            let name = HEADERS[i].0.as_bytes();
            lengths[row(name[2], name[name.len() - 1])] |= 1 << name.len();
            i += 1;
        }
        lengths
    };
    let [b'a' | b'A' | b'x' | b'X', _, third, .., last] = name else { return None };
    if name.len() > 63 || LENGTHS[row(*third, *last)] >> name.len() & 1 == 0 {
        return None;
    }
    let Tool(_, tool, confidence) = HEADERS.iter().find(|t| name.eq_ignore_ascii_case(t.0.as_bytes()))?;
    Some(hit("header", *confidence, 0..name.len(), format!("a header field that {tool} adds")))
}

/// A path no page links to.
#[inline(never)]
fn path(bytes: &[u8]) -> Option<Hit> {
    let bytes = bytes.get(..bytes.len().min(1024))?;
    let mut best: Option<(&Probe, usize)> = None;
    let mut start = 0;
    for segment in bytes.split(|b| *b == b'/') {
        let rest = bytes.get(start..).unwrap_or(b"");
        if let Some(first) = segment.first().filter(|_| OF_PATHS.may_begin(rest)) {
            let top = bytes.get(..start).is_some_and(|head| head.iter().all(|b| *b == b'/'));
            for probe in PATH_INDEX.part(PATHS, first.to_ascii_lowercase()) {
                let Probe(place, text, confidence, _) = probe;
                let Some(after) = rest.get(text.len()..).filter(|_| starts(rest, text)) else { continue };
                let border = || {
                    text.ends_with(['/', '.', '-', '='])
                        || after.first().is_none_or(|b| !b.is_ascii_alphanumeric())
                };
                let fits = match place {
                    Where::Any => border(),
                    Where::Top => top && border(),
                    Where::End => after.is_empty() || after == b"/" && !text.ends_with('/'),
                };
                if fits && best.is_none_or(|(b, _)| b.2 < *confidence) {
                    best = Some((probe, start));
                }
            }
        }
        start += segment.len() + 1;
    }
    // A forge shows the files of repositories below such a segment.
    static FORGE: &[&[u8]] = &[
        b"blob",
        b"tree",
        b"raw",
        b"blame",
        b"edit",
        b"browse",
        b"contents",
        b"branch",
        b"commit",
        b"commits",
    ];
    let probe = best.map(|(Probe(_, text, confidence, what), at)| {
        let shown =
            bytes.get(..at).is_some_and(|head| head.split(|b| *b == b'/').any(|s| FORGE.contains(&s)));
        let confidence = if shown { &35 } else { confidence };
        hit(
            "probe-path",
            *confidence,
            at..(at + text.len()).min(bytes.len()),
            format!("`{text}` is {what}: no page links to it"),
        )
    });
    let copy = copy(bytes).or_else(|| dot_file(bytes));
    match (probe, copy) {
        (Some(a), Some(b)) => Some(if a.confidence >= b.confidence { a } else { b }),
        (a, b) => a.or(b),
    }
}

/// A copy of a program that the server would show instead of run: `index.php.bak`, `.index.php.swp`, `config.php~`.
fn copy(bytes: &[u8]) -> Option<Hit> {
    let file_at = memchr::memrchr(b'/', bytes).map_or(0, |at| at + 1);
    let file = bytes.get(file_at..)?;
    // A packed dump at the top of the site, whatever its name; deeper down sites offer some on purpose.
    static DUMPS: &[&str] = &[".sql.gz", ".sql.zip", ".sql.bz2", ".sql.xz", ".sql.7z", ".sql.tar.gz"];
    if file_at <= 1 && DUMPS.iter().any(|d| file.len() > d.len() && file.ends_with(d.as_bytes())) {
        return Some(hit("backup-file", 70, file_at..bytes.len(), "a packed database dump".to_string()));
    }
    let (stem, kind) = match file.strip_suffix(b"~") {
        Some(stem) => (stem, "~"),
        None => {
            let dot = memchr::memrchr(b'.', file)?;
            let last = file.get(dot + 1..)?;
            let kind = COPIES.iter().find(|c| last.eq_ignore_ascii_case(c.as_bytes()))?;
            (file.get(..dot)?, *kind)
        }
    };
    let ending = stem.get(memchr::memrchr(b'.', stem)? + 1..)?;
    let source = SOURCES.iter().any(|s| ending.eq_ignore_ascii_case(s.as_bytes()));
    let data = matches!(ending, b"json" | b"xml") && matches!(kind, "0" | "1" | "dist");
    (source && !data).then(|| {
        let why = format!(
            "a copy (`{kind}`) of a program or settings file: the server shows it instead of running it"
        );
        hit("backup-file", 80, file_at..bytes.len(), why)
    })
}

/// A hidden file or folder at the top that is none of those meant to be asked for.
fn dot_file(bytes: &[u8]) -> Option<Hit> {
    static MEANT: &[&[u8]] = &[
        b".well-known",
        b".auth",
        b".netlify",
        b".rest",
        b".resources",
        b".imaging",
        b".magnolia",
        b".proxy",
    ];
    let segment = bytes.strip_prefix(b"/")?.split(|b| *b == b'/').next()?;
    let named = segment.len() > 2
        && segment.first() == Some(&b'.')
        && segment.get(1).is_some_and(u8::is_ascii_alphabetic);
    (named && !MEANT.contains(&segment)).then(|| {
        let why = "a hidden file or folder at the top of the site: it holds settings, not pages".to_string();
        hit("hidden-file", 52, 0..segment.len() + 1, why)
    })
}

static DOT: Set = Set::of(b".");

/// The host of a callback service.
#[inline(never)]
fn callback(value: &Value<'_>) -> Option<Hit> {
    let bytes = value.bytes;
    for dot in DOT.places(bytes) {
        // PERF: no service has a digit behind its first dot, versions have.
        if !bytes.get(dot + 1).is_some_and(u8::is_ascii_alphabetic) {
            continue;
        }
        // The label before the first dot of the service's name.
        let head = bytes.get(..dot)?;
        let label = head.iter().rev().take(20).take_while(|b| b.is_ascii_alphanumeric()).count();
        let start = dot - label;
        let rest = bytes.get(start..)?;
        let services = CALLBACK_INDEX.part(CALLBACKS, rest.first().unwrap_or(&0).to_ascii_lowercase());
        let Some(service) = services.iter().find(|c| starts(rest, c)) else {
            continue;
        };
        let next = rest.get(service.len());
        let longer = next.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'-')
            || next == Some(&b'.') && rest.get(service.len() + 1).is_some_and(u8::is_ascii_alphanumeric);
        let before = start.checked_sub(1).and_then(|i| bytes.get(i));
        if longer || before.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
            continue;
        }
        let below = before == Some(&b'.');
        let shared = SHARED.contains(service);
        let own = bytes.get(..start.saturating_sub(1))?;
        let id = own.iter().rev().take(64).take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
        let confidence = match (below, shared) {
            (true, false) if id >= 4 || own.ends_with(b"}") => 86,
            (true, false) => 70,
            (false, false) if before == Some(&b'/') => 55,
            (true, true) => 42,
            _ => 35,
        };
        let prose =
            value.place == Place::FileContent || bytes.iter().take(256).filter(|b| **b == b' ').count() > 12;
        let confidence = if prose { confidence.min(45) } else { confidence };
        let from = start.saturating_sub(if below { id + 1 } else { 0 });
        let why = format!(
            "`{service}` tells a tester that a server has called it: the payload around it waits for that"
        );
        return Some(hit("callback-host", confidence, from..start + service.len(), why));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dot_of_every_callback_service_is_told_of_signs() {
        let prose =
            "It was a long day in the old town, and www.shop.example was shut. So we left 1.5 h later. ";
        let told = |text: &str| crate::detect::beside(text.as_bytes(), crate::bytes::wake(text.as_bytes()));
        assert!(!Beside::CALLBACK.in_any(told(prose)));
        for name in CALLBACKS {
            for text in [
                format!("{prose}{name}"),
                format!("{name} {prose}"),
                format!("{prose}{}", name.to_ascii_uppercase()),
            ] {
                assert!(Beside::CALLBACK.in_any(told(&text)), "{text}");
            }
        }
    }

    #[test]
    fn every_field_that_is_looked_at_is_told_by_its_name() {
        let names = HEADERS.iter().map(|tool| tool.0.as_bytes()).chain(CLIENTS);
        names.for_each(|name| assert!(reads_field(name), "{}", name.escape_ascii()));
        for name in ["accept", "x-a0", "x-forwarded-for", "x-scan", "from-x", "x", ""] {
            assert!(!reads_field(name.as_bytes()), "{name}");
        }
    }
}
