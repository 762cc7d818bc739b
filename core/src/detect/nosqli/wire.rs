//! Commands of line protocols smuggled behind a line break: Redis and memcached.

use super::Found;

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

/// Lines looked at.
const LINES: usize = 64;

/// Reads the lines after the first.
pub(super) fn read(text: &[u8]) -> Option<Found> {
    // A URL of a fetched address is a matter of class ssrf.
    if memchr::memmem::find(text.get(..24.min(text.len())).unwrap_or(&[]), b"://").is_some() {
        return None;
    }
    for at in memchr::memchr_iter(b'\n', text).take(LINES) {
        let carriage = at > 0 && text.get(at - 1) == Some(&b'\r');
        let rest = text.get(at + 1..).unwrap_or(&[]);
        let end = memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
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
        let (first, second) = (words.next().unwrap_or(&[]), words.next().unwrap_or(&[]));
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
        let storage = [&b"set"[..], b"add", b"replace", b"append", b"prepend"].contains(&first);
        let mut numbers = line.split(|b| *b == b' ').skip(2);
        if carriage && storage && !second.is_empty() && (0..3).all(|_| numbers.next().is_some_and(digits)) {
            return found(
                "memcached-command",
                82,
                "a line break is followed by a storage command of memcached",
            );
        }
        if carriage && first == b"flush_all" {
            return found("memcached-command", 82, "a line break is followed by a command of memcached");
        }
    }
    None
}

fn digits(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}
