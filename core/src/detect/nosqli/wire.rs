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
    let alone =
        text.get(..memchr::memchr(b'\n', text)?)?.trim_ascii().iter().all(|b| !b.is_ascii_whitespace());
    for at in memchr::memchr_iter(b'\n', text).take(LINES) {
        let carriage = at > 0 && text.get(at - 1) == Some(&b'\r');
        let rest = text.get(at + 1..).unwrap_or(&[]);
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
        if carriage && alone && arity(first, line) {
            return found(
                "redis-command",
                62,
                "a line break is followed by a command of Redis with what it needs",
            );
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

/// Whether `line` is a command on keys with as many arguments as it needs (Redis command reference). Words of English count in
/// upper case only: the next line of a shopping list may well be `get eggs`.
fn arity(command: &[u8], line: &[u8]) -> bool {
    const KEYS: [(&[u8], usize, usize); 20] = [
        (b"AUTH", 1, 2),
        (b"DEL", 1, 3),
        (b"EVALSHA", 2, 8),
        (b"FCALL", 2, 8),
        (b"GET", 1, 1),
        (b"GETSET", 2, 2),
        (b"HGETALL", 1, 1),
        (b"HMSET", 3, 9),
        (b"HSET", 3, 9),
        (b"KEYS", 1, 1),
        (b"LPUSH", 2, 9),
        (b"LRANGE", 3, 3),
        (b"MSET", 2, 8),
        (b"PSETEX", 3, 3),
        (b"RPUSH", 2, 9),
        (b"SADD", 2, 9),
        (b"SET", 2, 4),
        (b"SETEX", 3, 3),
        (b"SMEMBERS", 1, 1),
        (b"ZADD", 3, 9),
    ];
    let Some((name, least, most)) = KEYS.iter().find(|k| k.0.eq_ignore_ascii_case(command)) else {
        return false;
    };
    let english = matches!(*name, b"AUTH" | b"DEL" | b"GET" | b"KEYS" | b"SET");
    let arguments = line.split(|b| *b == b' ').filter(|w| !w.is_empty()).count().saturating_sub(1);
    (*least..=*most).contains(&arguments) && (!english || command == *name)
}

fn digits(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}
