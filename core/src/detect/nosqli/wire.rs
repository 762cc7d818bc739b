//! Commands of line protocols smuggled behind a line break: Redis and memcached.

use super::Found;
use crate::bytes::Words;
use crate::detect::Places;
use crate::detect::lex::initials::Initials;

/// Commands of Redis that change the server or its files (Redis command reference, sorted), with the argument they need.
const REDIS: [(&str, &str); 12] = [
    ("bgrewriteaof", ""),
    ("config", "set"),
    ("eval", "\""),
    ("flushall", ""),
    ("flushdb", ""),
    ("migrate", ""),
    ("module", "load"),
    ("replicaof", ""),
    ("script", "load"),
    ("shutdown", ""),
    ("slaveof", ""),
    ("bgsave", ""),
];

/// Commands of Redis on keys, with the least and the most arguments they take.
const KEYS: [(&str, usize, usize); 20] = [
    ("AUTH", 1, 2),
    ("DEL", 1, 3),
    ("EVALSHA", 2, 8),
    ("FCALL", 2, 8),
    ("GET", 1, 1),
    ("GETSET", 2, 2),
    ("HGETALL", 1, 1),
    ("HMSET", 3, 9),
    ("HSET", 3, 9),
    ("KEYS", 1, 1),
    ("LPUSH", 2, 9),
    ("LRANGE", 3, 3),
    ("MSET", 2, 8),
    ("PSETEX", 3, 3),
    ("RPUSH", 2, 9),
    ("SADD", 2, 9),
    ("SET", 2, 4),
    ("SETEX", 3, 3),
    ("SMEMBERS", 1, 1),
    ("ZADD", 3, 9),
];

/// Commands of memcached that store a value (protocol.txt).
const STORAGE: [&str; 5] = ["add", "append", "prepend", "replace", "set"];

/// The command of memcached that empties it.
const FLUSH: &str = "flush_all";

/// `words` with the commands.
pub(super) const fn add_to(words: Words, group: u64) -> Words {
    let mut words = words.with_all(&STORAGE, group).with(FLUSH, group);
    let mut i = 0;
    while i < REDIS.len() {
        words = words.with(REDIS[i].0, group);
        i += 1;
    }
    let mut i = 0;
    while i < KEYS.len() {
        words = words.with(KEYS[i].0, group);
        i += 1;
    }
    words
}

/// For each first letter the second letters (their low five bits) of the commands.
static PAIRS: [u32; 26] = {
    const fn add(mut pairs: [u32; 26], word: &str) -> [u32; 26] {
        let word = word.as_bytes();
        pairs[(word[0].to_ascii_lowercase() - b'a') as usize] |= 1 << (word[1] & 31);
        pairs
    }
    let mut pairs = add([0; 26], FLUSH);
    let mut i = 0;
    while i < REDIS.len() {
        pairs = add(pairs, REDIS[i].0);
        i += 1;
    }
    let mut i = 0;
    while i < KEYS.len() {
        pairs = add(pairs, KEYS[i].0);
        i += 1;
    }
    let mut i = 0;
    while i < STORAGE.len() {
        pairs = add(pairs, STORAGE[i]);
        i += 1;
    }
    pairs
};

/// Whether a command may begin the line: told by its first two letters.
fn may_command(line: &[u8]) -> bool {
    let line = line.get(line.iter().take_while(|b| **b == b' ').count()..).unwrap_or(&[]);
    match line {
        [b'*', ..] => true,
        [a, b, ..] if a.is_ascii_alphabetic() => {
            PAIRS[usize::from(a.to_ascii_lowercase() - b'a')] & 1 << (b & 31) != 0
        }
        _ => false,
    }
}

/// The first word of the line that `text` begins with, or more than the longest command of it.
fn first_word(text: &[u8]) -> &[u8] {
    let text = text.get(text.iter().take_while(|b| **b == b' ').count()..).unwrap_or_default();
    let end = text.iter().take(16).take_while(|b| !matches!(b, b' ' | b'\r' | b'\n')).count();
    text.get(..end).unwrap_or_default()
}

/// Whether `word` is a command, in any case.
fn is_command(word: &[u8]) -> bool {
    // PERF: few words begin as one of them and are as long.
    static INITIALS: Initials = {
        let (mut names, mut i) = (Initials::of(&STORAGE).and(&[FLUSH]), 0);
        while i < REDIS.len() {
            names = names.and(&[REDIS[i].0]);
            i += 1;
        }
        i = 0;
        while i < KEYS.len() {
            names = names.and(&[KEYS[i].0]);
            i += 1;
        }
        names
    };
    if !INITIALS.fit(word) {
        return false;
    }
    let is = |command: &str| word.eq_ignore_ascii_case(command.as_bytes());
    REDIS.iter().any(|c| is(c.0))
        || KEYS.iter().any(|k| is(k.0))
        || STORAGE.iter().any(|c| is(c))
        || is(FLUSH)
}

/// Lines looked at.
const LINES: usize = 64;

/// Reads the lines after the first, which end at `places`.
pub(super) fn read(text: &[u8], places: Places<'_>) -> Option<Found> {
    // A URL of a fetched address is a matter of class ssrf.
    if memchr::memmem::find(text.get(..24.min(text.len())).unwrap_or(&[]), b"://").is_some() {
        return None;
    }
    // The value begins with the array form: `*3 CRLF $3 CRLF SET`.
    if let Some(rest) = text.strip_prefix(b"*") {
        let len = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let next = rest.get(len..).unwrap_or(&[]);
        if len > 0 && next.starts_with(b"\r\n$") && next.get(3).is_some_and(u8::is_ascii_digit) {
            return Some(Found {
                technique: "redis-command",
                confidence: 85,
                span: 0..len + 4,
                reason: "the value is a command in the wire form of Redis",
            });
        }
    }
    let alone = || {
        let first = memchr::memchr(b'\n', text).and_then(|end| text.get(..end)).unwrap_or_default();
        first.trim_ascii().iter().all(|b| !b.is_ascii_whitespace())
    };
    let known = places.ends(text.len());
    let (mut sought, mut ends) =
        (known.is_none().then(|| memchr::memchr_iter(b'\n', text)), known.into_iter().flatten());
    let mut next = || match &mut sought {
        Some(sought) => sought.next(),
        None => ends.find(|end| text.get(*end) == Some(&b'\n')),
    };
    for at in std::iter::from_fn(&mut next).take(LINES) {
        let carriage = at > 0 && text.get(at - 1) == Some(&b'\r');
        let rest = text.get(at + 1..).unwrap_or(&[]);
        // PERF: most lines that begin like a command have another word there.
        if !may_command(rest) || rest.first() != Some(&b'*') && !is_command(first_word(rest)) {
            continue;
        }
        let end = memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
        #[cfg(test)]
        crate::detect::lex::work::add(end);
        let line = rest.get(..end).unwrap_or(&[]).get(..end.min(256)).unwrap_or(&[]);
        let found = |technique, confidence, reason| {
            Some(Found { technique, confidence, span: at..at + 1 + line.len(), reason })
        };
        // `*3 CRLF $3 CRLF SET`: the array form of the protocol.
        if line.first() == Some(&b'*')
            && digits(line.get(1..)?)
            && rest.get(end..).is_some_and(|r| r.trim_ascii_start().first() == Some(&b'$'))
        {
            return found(
                "redis-command",
                90,
                "a line break is followed by a command in the wire form of Redis",
            );
        }
        let mut words = line.split(|b| *b == b' ').filter(|w| !w.is_empty());
        let first = words.next().unwrap_or(&[]);
        if !is_command(first) {
            continue;
        }
        let second = words.next().unwrap_or(&[]);
        let rest_words = words.count();
        for (command, argument) in REDIS {
            if !first.eq_ignore_ascii_case(command.as_bytes()) || rest_words > 6 {
                continue;
            }
            let fits = match argument {
                "" if matches!(command, "slaveof" | "replicaof" | "migrate") => {
                    !second.is_empty() && rest_words > 0
                }
                "" => {
                    second.is_empty()
                        || second.eq_ignore_ascii_case(b"nosave")
                        || second.eq_ignore_ascii_case(b"async")
                }
                argument => {
                    second.get(..argument.len()).is_some_and(|s| s.eq_ignore_ascii_case(argument.as_bytes()))
                }
            };
            let telling = !matches!(command, "shutdown" | "migrate" | "script");
            if fits && (carriage || telling) {
                return found(
                    "redis-command",
                    if carriage { 82 } else { 60 },
                    "a line break is followed by a command of Redis",
                );
            }
        }
        if carriage && arity(first, line) && alone() {
            return found(
                "redis-command",
                62,
                "a line break is followed by a command of Redis with what it needs",
            );
        }
        let storage = STORAGE.iter().any(|command| command.as_bytes() == first);
        let mut numbers = line.split(|b| *b == b' ').skip(2);
        if carriage && storage && !second.is_empty() && (0..3).all(|_| numbers.next().is_some_and(digits)) {
            return found(
                "memcached-command",
                82,
                "a line break is followed by a storage command of memcached",
            );
        }
        if carriage && first == FLUSH.as_bytes() {
            return found("memcached-command", 82, "a line break is followed by a command of memcached");
        }
    }
    None
}

/// Whether `line` is a command on keys with as many arguments as it needs (Redis command reference). Words of English count in
/// upper case only: the next line of a shopping list may well be `get eggs`.
fn arity(command: &[u8], line: &[u8]) -> bool {
    let Some((name, least, most)) = KEYS.iter().find(|k| k.0.as_bytes().eq_ignore_ascii_case(command)) else {
        return false;
    };
    let english = matches!(*name, "AUTH" | "DEL" | "GET" | "KEYS" | "SET");
    let arguments = line.split(|b| *b == b' ').filter(|w| !w.is_empty()).count().saturating_sub(1);
    (*least..=*most).contains(&arguments) && (!english || command == name.as_bytes())
}

fn digits(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}
