//! The units of a path: each way to write one dot, one separator or a part of a name.

use crate::bytes::{holds, table};

/// What a unit of a path stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A dot.
    Dot,
    /// A slash.
    Slash,
    /// A backslash.
    Backslash,
    /// NUL: C functions end the path here.
    Nul,
    /// Something no path is written with: a malformed escape, ill-formed UTF-8, a control byte.
    Odd,
    /// `?`: what old code pages put in place of what they cannot hold; otherwise the begin of a query.
    Wild,
    /// `;`
    Semi,
    /// Part of a name.
    Name,
    /// Cannot be part of a path as people pass them: blank, quote, bracket and the like.
    Break,
}

/// One unit of a path: all bytes that stand for one dot, one separator, or a stretch of a name.
#[derive(Clone, Copy, Debug)]
pub struct Unit {
    /// What it stands for.
    pub kind: Kind,
    /// Whether it is spelt in a way no ordinary client uses.
    pub odd: bool,
    /// Length in bytes, at least 1.
    pub len: usize,
}

const fn plain(kind: Kind, len: usize) -> Unit {
    Unit { kind, odd: false, len }
}

const fn odd(kind: Kind, len: usize) -> Unit {
    Unit { kind, odd: true, len }
}

fn hex(byte: Option<&u8>) -> Option<u32> {
    byte.and_then(|&b| char::from(b).to_digit(16))
}

/// The code point of `%XX` (`Some(value, 3)`) or `%uXXXX` (`Some(value, 6)`) at the start of `bytes`.
fn escape(bytes: &[u8]) -> Option<(u32, usize)> {
    if bytes.first() != Some(&b'%') {
        return None;
    }
    if matches!(bytes.get(1), Some(b'u' | b'U')) {
        let mut value = 0;
        for i in 2..6 {
            value = value << 4 | hex(bytes.get(i))?;
        }
        return Some((value, 6));
    }
    Some((hex(bytes.get(1))? << 4 | hex(bytes.get(2))?, 3))
}

/// One byte, raw or as `%XX`.
fn octet(bytes: &[u8]) -> Option<(u32, usize)> {
    match escape(bytes) {
        Some((value, 3)) => Some((value, 3)),
        Some(_) => None,
        None => bytes.first().map(|&b| (u32::from(b), 1)),
    }
}

/// What a code point stands for in a path. Look-alikes are those Windows maps to the ASCII character.
fn meaning(code: u32) -> Option<Kind> {
    Some(match code {
        0x2e | 0x2024 | 0xff0e => Kind::Dot,
        0x2f | 0x2044 | 0x2215 | 0x29f8 | 0xff0f | 0xf025 => Kind::Slash,
        0x5c | 0x2216 | 0x29f5 | 0x29f9 | 0xff3c | 0xefc8 => Kind::Backslash,
        0 => Kind::Nul,
        _ => return None,
    })
}

/// An overlong or truncated UTF-8 sequence, raw or percent-encoded: a lead byte that well-formed text cannot hold there.
fn overlong(bytes: &[u8]) -> Option<Unit> {
    // PERF: the first digit of an escape tells most.
    if matches!(bytes, [b'%', b'0'..=b'9', ..]) {
        return None;
    }
    let (lead, mut len) = octet(bytes)?;
    let (fill, bits) = match lead {
        0xc0 | 0xc1 => (0, lead & 1),
        0xe0 => (1, 0),
        0xf0 => (2, 0),
        0xf8 => (3, 0),
        0xfc => (4, 0),
        _ => return None,
    };
    let mut high = bits;
    for i in 0..fill {
        let (b, n) = octet(bytes.get(len..)?)?;
        // A lead other than C0 and C1 is ordinary text unless its first continuation carries no bits.
        if b & 0xc0 != 0x80 || i == 0 && b != 0x80 && !(lead == 0xe0 && b == 0x81) {
            return None;
        }
        high = b & 0x3f;
        len += n;
    }
    let rest = bytes.get(len..)?;
    let Some((last, n)) = octet(rest) else { return Some(odd(Kind::Odd, len)) };
    if fill > 0 && last & 0xc0 != 0x80 {
        return None;
    }
    if rest.first() == Some(&b'%') && n == 1 {
        return Some(odd(Kind::Odd, len + malformed(rest)));
    }
    match meaning((high & 1) << 6 | last & 0x3f) {
        Some(kind) if kind != Kind::Nul => Some(odd(kind, len + n)),
        // After C0 or C1 a letter belongs to the next name; punctuation and high bytes are what was meant to be hidden.
        _ if last < 0x80 && (n == 1 && char::from(last as u8).is_ascii_alphanumeric()) => {
            Some(odd(Kind::Odd, len))
        }
        _ => Some(odd(Kind::Odd, len + n)),
    }
}

/// Length of a `%` that no escape follows, with the two letters or digits meant as its hexadecimal digits.
fn malformed(bytes: &[u8]) -> usize {
    1 + bytes.iter().skip(1).take(2).take_while(|b| b.is_ascii_alphanumeric()).count()
}

/// The separator or dot written `0x2e`, `0x2f`, `0x5c`.
pub(super) fn c_hex(bytes: &[u8]) -> Option<Kind> {
    match bytes.get(..4)? {
        [b'0', b'x' | b'X', b'2', b'e' | b'E'] => Some(Kind::Dot),
        [b'0', b'x' | b'X', b'2', b'f' | b'F'] => Some(Kind::Slash),
        [b'0', b'x' | b'X', b'5', b'c' | b'C'] => Some(Kind::Backslash),
        _ => None,
    }
}

fn wide(bytes: &[u8]) -> Option<(Kind, usize)> {
    let kind = match bytes.get(..3)? {
        [0xef, 0xbc, 0x8e] | [0xe2, 0x80, 0xa4] | [0xe2, 0x80, 0xa6] => Kind::Dot,
        // Private characters that old Windows code pages map to a slash (`%uF025`, `%uEFC8`).
        [0xef, 0x80, 0xa5] => Kind::Slash,
        [0xee, 0xbf, 0x88] => Kind::Backslash,
        [0xef, 0xbc, 0x8f] | [0xe2, 0x88, 0x95] | [0xe2, 0x81, 0x84] | [0xe2, 0xa7, 0xb8] => Kind::Slash,
        [0xef, 0xbc, 0xbc] | [0xe2, 0x88, 0x96] | [0xe2, 0xa7, 0xb5] | [0xe2, 0xa7, 0xb9] => Kind::Backslash,
        _ => return None,
    };
    Some((kind, 3))
}

/// The unit at the start of `bytes`, which must not be empty (an empty slice gives a `Break` of length 1).
pub fn unit(bytes: &[u8]) -> Unit {
    let Some(&first) = bytes.first() else { return plain(Kind::Break, 1) };
    match first {
        b'.' => plain(Kind::Dot, 1),
        b'/' => plain(Kind::Slash, 1),
        b'\\' => plain(Kind::Backslash, 1),
        b'?' => plain(Kind::Wild, 1),
        b';' => plain(Kind::Semi, 1),
        0 => odd(Kind::Nul, 1),
        b'^' => odd(Kind::Odd, 1),
        b'\t' | b'\n' | b'\r' => plain(Kind::Break, 1),
        0x01..=0x1f | 0x7f => odd(Kind::Odd, 1),
        b'%' => overlong(bytes).unwrap_or_else(|| match spelt(bytes) {
            Some((code, len)) => match meaning(code) {
                Some(kind) => odd(kind, len),
                None => match u8::try_from(code) {
                    Ok(b) if b.is_ascii_alphanumeric() => odd(Kind::Name, len),
                    Ok(b'?') => odd(Kind::Wild, len),
                    Ok(b';') => odd(Kind::Semi, len),
                    Ok(0x01..=0x1f | b'%' | b'^' | 0x7f) => odd(Kind::Odd, len),
                    Ok(0x20..=0x7e) => plain(Kind::Break, len),
                    // Well-formed text, encoded once more.
                    Ok(_) if len == 3 => plain(Kind::Name, len),
                    _ => odd(Kind::Odd, len),
                },
            },
            None => odd(Kind::Odd, malformed(bytes)),
        }),
        // PERF: letters of most writings, which begin nothing else.
        0x80.. if !may_be_odd(first) => {
            let more = bytes.iter().skip(1).take_while(|&&b| b >= 0x80 && !may_be_odd(b)).count();
            plain(Kind::Name, 1 + more)
        }
        0x80.. => overlong(bytes)
            .or_else(|| wide(bytes).map(|(kind, len)| odd(kind, len)))
            .unwrap_or(plain(Kind::Name, 1)),
        b'0' if c_hex(bytes).is_some() => odd(c_hex(bytes).unwrap_or(Kind::Odd), 4),
        b' ' if bytes.get(..6).is_some_and(|b| b.eq_ignore_ascii_case(b" (x86)")) => plain(Kind::Name, 6),
        b if is_name(b) => {
            // PERF: names are most of what is read; only at a `0` more than the byte is looked at.
            let mut n = 1;
            loop {
                let rest = bytes.get(n..).unwrap_or_default();
                let Some(at) = rest.iter().position(|&b| !is_name(b) || b >= 0x80 || b == b'0') else {
                    break plain(Kind::Name, bytes.len());
                };
                n += at;
                let rest = bytes.get(n..).unwrap_or_default();
                if rest.first() != Some(&b'0') || c_hex(rest).is_some() {
                    break plain(Kind::Name, n);
                }
                n += 1;
            }
        }
        _ => plain(Kind::Break, 1),
    }
}

/// The code point of an escape at the start of `bytes`, whatever it took to write it: `%2e`, `%u002e`, with its percent
/// sign encoded over and over (`%25252e`), or with its digits encoded (`%%32%65`, `%%32%%65`, and `%2%e` once decoded).
pub(super) fn spelt(bytes: &[u8]) -> Option<(u32, usize)> {
    let (code, mut at) = match escape(bytes) {
        Some(found) => found,
        None => return split(bytes),
    };
    if code != 0x25 {
        return Some((code, at));
    }
    // Bounded: nobody decodes more than eight times.
    for _ in 0..8 {
        match bytes.get(at..at + 2) {
            Some(b"25") => at += 2,
            Some(b"%2") if bytes.get(at + 2) == Some(&b'5') => at += 3,
            _ => break,
        }
    }
    let digits = bytes.get(at..)?;
    if let (Some(high), Some(low)) = (hex(digits.first()), hex(digits.get(1))) {
        return Some((high << 4 | low, at + 2));
    }
    let (code, len) = split(bytes.get(at - 1..)?).unwrap_or((0x25, 1));
    Some((code, at - 1 + len))
}

/// An escape whose digits stand apart or are escapes themselves.
fn split(bytes: &[u8]) -> Option<(u32, usize)> {
    let digit = |at: usize| -> Option<(u32, usize)> {
        let rest = bytes.get(at..)?;
        match escape(rest) {
            Some((code, len)) => char::from_u32(code)?.to_digit(16).map(|d| (d, at + len)),
            None => hex(rest.first()).map(|d| (d, at + 1)),
        }
    };
    let (high, mut at) = digit(1)?;
    if bytes.get(at) == Some(&b'%') && digit(at).is_none() {
        at += 1;
    }
    let (low, at) = digit(at)?;
    let code = high << 4 | low;
    (meaning(code).is_some() || char::from_u32(code)?.is_ascii_alphanumeric()).then_some((code, at))
}

/// Whether a byte above 0x7F may begin an overlong form or a character that looks like a dot or a separator.
pub(super) const fn may_be_odd(b: u8) -> bool {
    matches!(b, 0xc0 | 0xc1 | 0xe0 | 0xe2 | 0xee | 0xef | 0xf0 | 0xf8 | 0xfc)
}

/// PERF: a table, because long tokens (session identifiers) are read through it byte by byte.
static NAME: [bool; 256] = table!(b => b.is_ascii_alphanumeric() || !b.is_ascii() || holds(b"_-~@+!$", b));

fn is_name(b: u8) -> bool {
    NAME[usize::from(b)]
}
