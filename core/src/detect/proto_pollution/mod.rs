//! Prototype pollution (CWE-1321): names that reach the prototype of every object of a JavaScript server.
//!
//! What fires: `__proto__` as a key of JSON, as a segment of a parameter's name (`a[__proto__][b]`, `__proto__.b`), as a
//! key inside a text that is JSON, as a segment of a JSON Pointer or of a parameter's name in an address
//! (`/page?__proto__[b]=1`), or put together by a filter that takes the word out once (`__pro__proto__to__`);
//! `constructor.prototype` and `constructor[prototype]` in the same places. What must not: `my__proto__type` inside a
//! word, prose and program text about prototypes (`obj.__proto__ = x` in a document), a field named `constructor` (motor
//! sport has them). Source: ECMA-262, B.2.2.1 `Object.prototype.__proto__` and 20.1.3; `qs` and lodash `set` on paths;
//! RFC 6901 (JSON Pointer); CWE-1321.

pub(super) mod techniques;

use super::{Class, Groups, Hit, Hits, Value};
use crate::bytes::Wake;
use crate::detect::lex::find::find;
use smallvec::SmallVec;
use std::ops::Range;

/// Length of the shortest name that reaches the prototype once a word is taken out.
pub(super) const SURVIVING: usize = 18;

/// Judges one value.
pub fn judge(value: &Value<'_>, hits: &mut Hits) {
    // Only a name that a filter takes a word out of may hold the others as parts of longer words.
    let whole = value.words.any(Groups::PROTOTYPE);
    if !whole && (!value.place.is_name() || value.bytes.len() < SURVIVING) {
        return;
    }
    let found = if value.place.is_name() {
        name(value)
    } else {
        path(value).or_else(|| json(value)).or_else(|| address(value))
    };
    if let Some((confidence, span, reason)) = found {
        let (class, technique) = (Class::ProtoPollution, "prototype-key");
        hits.push(Hit { class, technique, confidence, span, reason: reason.into() });
    }
}

/// The key `prototype` below the key `constructor`: `{"constructor": {"prototype": ...}}`. Shown every key, since this one
/// holds none of the bytes that wake the detector.
pub(super) fn judge_key(value: &Value<'_>, hits: &mut Hits) {
    if value.bytes == b"prototype" && value.name == b"constructor" {
        hits.push(Hit {
            class: Class::ProtoPollution,
            technique: "prototype-key",
            confidence: 88,
            span: 0..value.bytes.len(),
            reason: "a key that reaches every object's prototype through its constructor".into(),
        });
    }
}

type Found = Option<(u8, Range<usize>, &'static str)>;

/// `__proto__` as a whole segment of a path: between dots, brackets, quotes or the ends.
fn segment(bytes: &[u8], word: &[u8]) -> Option<usize> {
    let edge = |b: Option<&u8>| {
        b.is_none_or(|b| matches!(b, b'.' | b'[' | b']' | b'"' | b'\'' | b'/' | b'=' | b':' | b'&'))
    };
    // PERF: a searcher costs more to make than most names cost to look through.
    find(bytes, word)?;
    memchr::memmem::find_iter(bytes, word)
        .take(16)
        .find(|at| edge(at.checked_sub(1).and_then(|i| bytes.get(i))) && edge(bytes.get(at + word.len())))
}

/// `constructor` and then `prototype`, joined as a path joins its segments.
fn constructor(bytes: &[u8]) -> Option<Range<usize>> {
    let at = segment(bytes, b"constructor")?;
    let rest = bytes.get(at + 11..)?;
    let glue = rest.iter().take_while(|b| matches!(b, b'.' | b'[' | b']' | b'"' | b'\'' | b'/')).count();
    (glue > 0 && glue < 5 && rest.get(glue..)?.starts_with(b"prototype")).then_some(at..at + 11 + glue + 9)
}

/// Whether taking `__proto__`, `constructor` and `prototype` out of the name once, as careless filters do, leaves a name
/// that reaches a prototype: `__pro__proto__to__`.
fn survives(bytes: &[u8]) -> bool {
    let mut left: SmallVec<[u8; 128]> = SmallVec::from_slice(bytes.get(..128).unwrap_or(bytes));
    let mut taken = false;
    for word in [&b"__proto__"[..], b"constructor", b"prototype"] {
        if let Some(at) = find(&left, word) {
            left.drain(at..at + word.len());
            taken = true;
        }
    }
    taken && (segment(&left, b"__proto__").is_some() || constructor(&left).is_some())
}

fn name(value: &Value<'_>) -> Found {
    let bytes = value.bytes.get(..512).unwrap_or(value.bytes);
    if let Some(at) = segment(bytes, b"__proto__") {
        return Some((92, at..at + 9, "a name that sets a property of every object's prototype"));
    }
    if let Some(span) = constructor(bytes) {
        return Some((90, span, "a name that reaches every object's prototype through its constructor"));
    }
    let whole = 0..bytes.len();
    survives(bytes).then_some((
        80,
        whole,
        "a name that reaches the prototype once a filter has taken the word out of it",
    ))
}

/// A name inside of an address: `/page?__proto__[x]=1`, `#__proto__[x]=1`.
fn address(value: &Value<'_>) -> Found {
    let bytes = value.bytes;
    if !value.wake.any(Wake::EQUALS) || !value.wake.any(Wake::UNDERSCORE) {
        return None;
    }
    let at = find(bytes, b"__proto__")?;
    let start = bytes.get(..at)?.iter().rposition(|b| matches!(b, b'?' | b'&' | b'#'))?;
    let name = bytes.get(start + 1..at)?;
    let rest = bytes.get(at + 9..)?;
    let plain = name.len() < 48
        && name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'[' | b']' | b'.'));
    let inside = matches!(rest.first(), Some(b'[' | b']' | b'.'));
    let set = memchr::memchr(b'=', rest).is_some_and(|n| n < 48);
    (plain && inside && set).then_some((
        78,
        at..at + 9,
        "an address with a parameter that sets a property of the prototype",
    ))
}

/// A value that is a path and nothing more: `__proto__.x`, as setters by path take them.
fn path(value: &Value<'_>) -> Found {
    let bytes = value.bytes;
    let only = bytes.len() < 96
        && bytes.iter().all(|b| {
            b.is_ascii_alphanumeric()
                || matches!(b, b'_' | b'.' | b'[' | b']' | b'$' | b'"' | b'\'' | b'/' | b'~' | b'-')
        });
    if !only || !value.first || !value.last {
        return None;
    }
    if let Some(at) = segment(bytes, b"__proto__") {
        return Some((72, at..at + 9, "a path that reaches every object's prototype"));
    }
    constructor(bytes).map(|span| (66, span, "a path that reaches every object's prototype"))
}

/// `"__proto__":` in a text: JSON inside a value.
fn json(value: &Value<'_>) -> Found {
    let bytes = value.bytes;
    if !value.wake.any(Wake::UNDERSCORE) {
        return None;
    }
    for (needle, len) in [(&b"\"__proto__\""[..], 11), (b"'__proto__'", 11)] {
        let Some(at) = find(bytes, needle) else { continue };
        let object = bytes.trim_ascii_start().first().is_some_and(|b| matches!(b, b'{' | b'['));
        if object && bytes.get(at + len..)?.trim_ascii_start().first() == Some(&b':') {
            return Some((84, at..at + len, "JSON whose key sets a property of every object's prototype"));
        }
    }
    // Flight and similar protocols of React: `$1:__proto__:then`.
    let at = find(bytes, b":__proto__:")?;
    bytes.get(..at)?.contains(&b'$').then_some((
        80,
        at..at + 11,
        "a reference that walks through an object's prototype",
    ))
}
