//! Base64 (RFC 4648 sections 4 and 5): what a token stands for; [`tokens`] tells where they stand in a value.
//!
//! With or without padding, with line breaks (RFC 2045), with blanks where a form decoder has undone `+`. What comes out
//! must look like text (ASCII, UTF-8, or UTF-16 of ASCII as PowerShell takes it, which is narrowed) or begin like a
//! format that matters: gzip and zlib, ZIP, serialised objects of Java, .NET, Python, PHP, Ruby. A long value may be a
//! window cut out of the middle of one, so that four ways to align it are tried.
//!
//! Changed: `PHNjcmlwdD4=`, `JyBvciAxPTE`, `H4sIAAAA...`. Not changed: `sessiontoken`, hashes, words: a random token is
//! dropped after some four bytes, a word likewise.

mod tokens;

pub(super) use tokens::{RUN, embedded, may_hold};

use super::Decoded;

/// The least length of a value or token.
pub(super) const MIN: usize = 8;
/// From this length on, a value may have been cut anywhere.
const CUT: usize = 1 << 10;
/// The least length of a token that other signs of the alphabet may stand right before.
const SHIFTED: usize = 24;

/// Which 64 characters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Alphabet {
    /// With `+` and `/`.
    Standard,
    /// With `-` and `_`, at least one of them.
    Url,
}

/// No character of the alphabet.
const NONE: u8 = 0xff;

const fn table(plus: u8, slash: u8) -> [u8; 256] {
    let mut table = [NONE; 256];
    let mut i = 0;
    while i < 26 {
        table[b'A' as usize + i] = i as u8;
        table[b'a' as usize + i] = i as u8 + 26;
        i += 1;
    }
    i = 0;
    while i < 10 {
        table[b'0' as usize + i] = i as u8 + 52;
        i += 1;
    }
    table[plus as usize] = 62;
    table[slash as usize] = 63;
    table
}

static STANDARD: [u8; 256] = table(b'+', b'/');
static URL: [u8; 256] = table(b'-', b'_');

impl Alphabet {
    fn table(self) -> &'static [u8; 256] {
        match self {
            Alphabet::Standard => &STANDARD,
            Alphabet::Url => &URL,
        }
    }

    fn has(self, byte: u8) -> bool {
        self.table()[usize::from(byte)] != NONE
    }
}

/// Decodes a value or token that is nothing but base64.
pub(super) fn decode(value: &[u8], alphabet: Alphabet, out: &mut Vec<u8>) -> Decoded {
    let value = value.trim_ascii();
    for shift in shifts(value) {
        out.clear();
        let whole = decode_from(value.get(shift..).unwrap_or_default(), alphabet, out);
        if whole && accept(out) {
            return Decoded { changed: true, ..Decoded::default() };
        }
    }
    Decoded::default()
}

/// From which of its signs on a token is read. What stands before it without a sign between them shifts it; padding tells by how
/// much, and a token without is worth trying if it is long.
fn shifts(value: &[u8]) -> impl Iterator<Item = usize> {
    let padded = value.last() == Some(&b'=');
    let len = value.len();
    (0..4).filter(move |&shift| match len {
        CUT.. => true,
        len if padded => shift == 0 || shift == len % 4,
        len => shift == 0 || len >= SHIFTED,
    })
}

/// Whether [`decode`] makes nothing of a token, as its first signs tell already.
fn is_dropped(token: &[u8], alphabet: Alphabet) -> bool {
    let token = token.trim_ascii();
    shifts(token).all(|shift| is_hopeless(token.get(shift..).unwrap_or_default(), alphabet.table()))
}

/// The bytes that a value in the standard alphabet stands for, whatever they are; false at a sign that is none of it. A
/// blank is a `+` behind a form decoder.
pub(super) fn raw(value: &[u8], out: &mut Vec<u8>) -> bool {
    let (mut bits, mut held) = (0u32, 0u32);
    for &byte in value {
        let digit = match (byte, STANDARD[usize::from(byte)]) {
            (b'\r' | b'\n' | b'=', _) => continue,
            (b' ', _) => 62,
            (_, NONE) => return false,
            (_, digit) => digit,
        };
        bits = bits << 6 | u32::from(digit);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    true
}

/// The three bytes that the four signs stand for that `value` begins with.
fn group(value: &[u8], table: &[u8; 256]) -> Option<[u8; 3]> {
    let digits = value.first_chunk::<4>()?.map(|b| table[usize::from(b)]);
    if digits.contains(&NONE) {
        return None;
    }
    let bits = digits.iter().fold(0, |bits, &d| bits << 6 | u32::from(d));
    Some([(bits >> 16) as u8, (bits >> 8) as u8, bits as u8])
}

/// Appends what the signs that `value` begins with stand for, `N` by `N`, as long as they are signs and what they stand for is
/// printable, or of `any` kind. How many were taken.
#[inline(always)]
fn take_signs<const N: usize>(value: &[u8], table: &[u8; 256], any: bool, out: &mut Vec<u8>) -> usize {
    const { assert!(N == 4 || N == 8) };
    let mut taken = 0;
    for signs in value.as_chunks::<N>().0 {
        let digits = signs.map(|b| table[usize::from(b)]);
        let bits = digits.iter().fold(0, |bits, &d| bits << 6 | u64::from(d));
        let is_sign = digits.iter().fold(0, |all, d| all | d) < 64;
        if !is_sign || !any && !are_printable(bits | BLANKS << (N / 4 * 24)) {
            break;
        }
        out.extend_from_slice(&bits.to_be_bytes()[8 - N / 4 * 3..]);
        taken += N;
    }
    taken
}

/// Eight times a blank.
const BLANKS: u64 = u64::MAX / 255 * 0x20;

/// Whether the eight bytes of `word` are all from a blank to `~`.
fn are_printable(word: u64) -> bool {
    const ONES: u64 = u64::MAX / 255;
    // Below 0x80, nothing is carried into the next byte: not from a blank on, and not below DEL.
    (word | !(word.wrapping_add(ONES * 0x60)) | word.wrapping_add(ONES)) & ONES << 7 == 0
}

/// Whether the first signs already tell what [`decode_from`] would: neither text nor a known format.
///
/// PERF: drops nine words and random tokens in ten at a tenth of the cost.
fn is_hopeless(value: &[u8], table: &[u8; 256]) -> bool {
    begins_as_no_text(value.as_chunks().0.iter().take(4), table)
}

/// Decodes as far as it makes sense; whether that was to the end.
fn decode_from(value: &[u8], alphabet: Alphabet, out: &mut Vec<u8>) -> bool {
    let table = alphabet.table();
    // Without its own signs a token is one of the other alphabet.
    let special = alphabet == Alphabet::Standard || memchr::memchr2(b'-', b'_', value).is_some();
    if !special || is_hopeless(value, table) {
        return false;
    }
    let (mut bits, mut held, mut signs, mut odd) = (0u32, 0u32, 0usize, 0usize);
    let (mut known, mut utf8) = (false, Utf8(0));
    let first = group(value, table);
    let marked = first.is_none_or(|first| may_begin_known(&first));
    let mut at = 0;
    while let Some(&byte) = value.get(at) {
        // PERF: text goes by eight signs at a time; nothing is odd about printable bytes between whole characters.
        let calm = known || utf8.0 == 0 && (out.len() >= LONGEST_MARK || !marked);
        if calm && held == 0 {
            let mut taken = take_signs::<8>(value.get(at..).unwrap_or_default(), table, known, out);
            taken += take_signs::<4>(value.get(at + taken..).unwrap_or_default(), table, known, out);
            if taken > 0 {
                (signs, at) = (signs + taken, at + taken);
                continue;
            }
        }
        let i = at;
        at += 1;
        let digit = match (byte, table[usize::from(byte)]) {
            (b'\r' | b'\n', _) => continue,
            (b' ', _) if alphabet == Alphabet::Standard => 62,
            (b'=', _) => {
                let padding = value.get(i..).unwrap_or_default();
                if padding.iter().any(|b| !matches!(b, b'=' | b'\r' | b'\n')) || padding.len() > 4 {
                    return false;
                }
                break;
            }
            (_, NONE) => return false,
            (_, digit) => digit,
        };
        signs += 1;
        bits = bits << 6 | u32::from(digit);
        held += 6;
        if held >= 8 {
            held -= 8;
            let byte = (bits >> held) as u8;
            bits &= (1 << held) - 1;
            out.push(byte);
            if !known {
                // UTF-16 of ASCII has a NUL after each character.
                let second = out.len().is_multiple_of(2);
                odd += usize::from(!utf8.takes(byte) && (byte != 0 || !second));
                if odd > 1 + out.len() / 16 {
                    // A token that is no text costs some four bytes up to here; only a known format goes on.
                    if out.len() >= LONGEST_MARK || !may_be_known(out) {
                        return false;
                    }
                }
                known = is_known(out);
            }
        }
    }
    signs >= MIN - 2
}

/// Signs of both alphabets, and the blank that stands for `+`; what else a value may hold is not told.
static SIGNS: [u8; 256] = {
    let mut signs = table(b'-', b'_');
    signs[b' ' as usize] = 62;
    signs
};

/// What [`Utf8`] makes of a byte in each of its states: the next one, and [`ODD`] if the byte is no part of text.
static STEPS: [[u8; 256]; 4] = {
    let (mut steps, mut state) = ([[0; 256]; 4], 0);
    while state < 4 {
        let mut byte = 0;
        while byte < 256 {
            let (takes, then) = Utf8(state).step(byte as u8);
            // Of a NUL it depends on its place.
            steps[state as usize][byte] = then | if takes || byte == 0 { 0 } else { ODD };
            byte += 1;
        }
        state += 1;
    }
    steps
};
const ODD: u8 = 1 << 7;

/// Whether a value, all of one alphabet or blanks, decodes to nothing if it is read from its first sign on: told by what no text
/// and no known format is near its beginning.
///
/// PERF: words and names are told so, at a fifth of what calling the decoder costs.
pub(super) fn is_no_text(value: &[u8]) -> bool {
    begins_as_no_text(value.as_chunks().0.iter().take(5), &SIGNS)
}

/// Whether what groups of signs stand for is neither text nor a known format. The first that is none of the alphabet ends them;
/// of more than twenty signs more than one odd byte is let pass.
#[inline(always)]
fn begins_as_no_text<'a>(groups: impl Iterator<Item = &'a [u8; 4]>, table: &[u8; 256]) -> bool {
    let (mut odd, mut state) = (0, 0);
    for (n, group) in groups.enumerate() {
        let digits = group.map(|sign| table[usize::from(sign)]);
        if digits.iter().fold(0, |all, d| all | d) >= 64 {
            return false;
        }
        let bits = digits.iter().fold(0, |bits, &d| bits << 6 | u32::from(d));
        let [_, a, b, c] = bits.to_be_bytes();
        if n == 0 && may_begin_known(&[a]) {
            return false;
        }
        for byte in [a, b, c] {
            let step = STEPS[usize::from(state)][usize::from(byte)];
            odd += step >> 7;
            state = step & 3;
        }
        if odd > 1 {
            return true;
        }
    }
    false
}

/// How many continuation bytes are still to come; a glance at UTF-8 that tells text from random bytes.
struct Utf8(u8);

impl Utf8 {
    /// Whether the next byte may be part of text.
    fn takes(&mut self, byte: u8) -> bool {
        let (takes, then) = self.step(byte);
        self.0 = then;
        takes
    }

    const fn step(&self, byte: u8) -> (bool, u8) {
        match byte {
            0x80..=0xbf => (self.0 > 0, self.0.saturating_sub(1)),
            0xc2..=0xdf => (self.0 == 0, 1),
            0xe0..=0xef => (self.0 == 0, 2),
            0xf0..=0xf4 => (self.0 == 0, 3),
            _ => (self.0 == 0 && is_printable(byte), 0),
        }
    }
}

const fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n')
}

/// How the formats begin that are worth decoding although they are no text.
#[rustfmt::skip]
static MARKS: &[&[u8]] = &[
    b"\x1f\x8b\x08",                         // gzip, RFC 1952
    b"\x78\x01", b"\x78\x9c", b"\x78\xda",   // zlib, RFC 1950
    b"PK\x03\x04",                           // ZIP
    b"\xac\xed\x00\x05",                     // Java object serialisation stream, section 6.4.2
    b"\x00\x01\x00\x00\x00\xff\xff\xff\xff", // .NET binary format, MS-NRBF section 2.6.1
    b"\xff\x01",                             // ASP.NET view state
    b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", // Python pickle, protocols 2 to 5
    b"\x04\x08",                             // Ruby Marshal 4.8
];
const LONGEST_MARK: usize = 9;

/// The bytes that a mark begins with.
static FIRSTS: [bool; 256] = {
    let mut firsts = [false; 256];
    let mut i = 0;
    while i < MARKS.len() {
        firsts[MARKS[i][0] as usize] = true;
        i += 1;
    }
    firsts
};

/// Whether a mark may begin as `out` does: asked for every byte decoded, and hardly ever so.
fn may_begin_known(out: &[u8]) -> bool {
    out.first().is_none_or(|&b| FIRSTS[usize::from(b)])
}

fn is_known(out: &[u8]) -> bool {
    out.len() <= LONGEST_MARK && may_begin_known(out) && MARKS.iter().any(|m| out.starts_with(m))
}

fn may_be_known(out: &[u8]) -> bool {
    may_begin_known(out) && MARKS.iter().any(|m| m.starts_with(out) || out.starts_with(m))
}

/// How many of `bytes` are control bytes that text has not.
fn controls(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&b| b < 0x80 && !is_printable(b)).count()
}

/// Whether what was decoded is worth judging; narrows UTF-16.
fn accept(out: &mut Vec<u8>) -> bool {
    if MARKS.iter().any(|m| out.starts_with(m)) {
        return true;
    }
    let wide = out.chunks_exact(2).all(|c| is_printable(c[0]) && c[1] == 0);
    if wide && out.len() >= 4 {
        let mut i = 0;
        out.retain(|_| {
            i += 1;
            i % 2 == 1
        });
        return true;
    }
    // A short one must be text to the last byte; a long one may hold a few bytes that are not, or be cut at both ends.
    let most = out.len() / 12;
    let (eights, rest) = out.as_chunks();
    // PERF: most text is ASCII in one line.
    let odd = if eights.iter().all(|b| are_printable(u64::from_le_bytes(*b))) {
        rest.utf8_chunks().map(|c| c.invalid().len()).sum::<usize>() + controls(rest)
    } else {
        out.utf8_chunks().map(|c| c.invalid().len()).sum::<usize>() + controls(out)
    };
    out.len() >= MIN / 4 * 3 - 2 && odd <= most
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Encodes, the plain way.
    pub fn encode(bytes: &[u8], alphabet: Alphabet, padding: bool, line: usize) -> Vec<u8> {
        let sign =
            |n: u32| (0..=255).find(|&b| u32::from(alphabet.table()[usize::from(b)]) == n).expect("a sign");
        let mut out = Vec::new();
        for group in bytes.chunks(3) {
            let n = group.iter().fold(0u32, |n, &b| n << 8 | u32::from(b)) << (8 * (3 - group.len()));
            for k in 0..=group.len() {
                out.push(sign(n >> (18 - 6 * k) & 63));
            }
            if padding {
                out.resize(out.len().next_multiple_of(4), b'=');
            }
        }
        out.chunks(line).collect::<Vec<_>>().join(&b"\r\n"[..])
    }

    proptest! {
        #[test]
        fn text_decodes_back(text in "[ -~é中\n]{6,90}", padding: bool, line in prop_oneof![Just(1000usize), Just(76), Just(4)]) {
            let mut out = Vec::new();
            let token = encode(text.as_bytes(), Alphabet::Standard, padding, line);
            prop_assert!(decode(&token, Alphabet::Standard, &mut out).changed);
            prop_assert_eq!(&out, text.as_bytes());
            let blanks: Vec<u8> = token.iter().map(|&b| if b == b'+' { b' ' } else { b }).collect();
            // Blanks around a token are taken for blanks.
            if blanks.trim_ascii() == blanks {
                prop_assert!(decode(&blanks, Alphabet::Standard, &mut out).changed);
                prop_assert_eq!(&out, text.as_bytes());
            }
            let token = encode(text.as_bytes(), Alphabet::Url, padding, 1000);
            let special = token.iter().any(|b| matches!(b, b'-' | b'_'));
            prop_assert_eq!(decode(&token, Alphabet::Url, &mut out).changed, special);
        }

        #[test]
        fn powershell_text_is_narrowed(text in "[ -~]{3,40}") {
            let wide: Vec<u8> = text.bytes().flat_map(|b| [b, 0]).collect();
            let mut out = Vec::new();
            prop_assert!(decode(&encode(&wide, Alphabet::Standard, true, 1000), Alphabet::Standard, &mut out).changed);
            prop_assert_eq!(&out, text.as_bytes());
        }

        #[test]
        fn signs_are_taken_together_as_one_by_one(
            text in prop::collection::vec(prop_oneof![9 => b' '..=b'~', 1 => any::<u8>()], 0..60),
            stray in prop::option::of((any::<prop::sample::Index>(), prop::sample::select(&b"-_=\r\n \x00\xff"[..]))),
            binary: bool,
        ) {
            let mut token = encode(&text, Alphabet::Standard, false, 1000);
            if let Some((at, sign)) = stray.filter(|_| !token.is_empty()) {
                let at = at.index(token.len());
                token[at] = sign;
            }
            let fours = token.as_chunks::<4>().0.iter().map_while(|four| group(four, &STANDARD));
            let text = |three: &[u8; 3]| binary || three.iter().all(|b| matches!(b, b' '..=b'~'));
            let expected: Vec<u8> = fours.take_while(text).flatten().collect();
            let mut out = Vec::new();
            let mut taken = take_signs::<8>(&token, &STANDARD, binary, &mut out);
            prop_assert!(taken.is_multiple_of(8));
            taken += take_signs::<4>(&token[taken..], &STANDARD, binary, &mut out);
            prop_assert_eq!(taken, expected.len() / 3 * 4);
            prop_assert_eq!(out, expected);
        }

        #[test]
        fn what_is_no_text_is_not_decoded(
            value in prop_oneof!["[A-Za-z0-9]{8,40}", "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[a-z]{3,9} [A-Za-z]{3,12}", "[a-zA-Z0-9]{2,8}[_-][a-z0-9]{3,12}"],
            text in "[ -~\u{e9}\0]{6,40}",
        ) {
            for value in [value.into_bytes(), encode(text.as_bytes(), Alphabet::Url, false, 1000)] {
                let mut out = Vec::new();
                if (0..4).all(|shift| is_no_text(value.get(shift..).unwrap_or_default())) {
                    prop_assert!(!decode(&value, Alphabet::Standard, &mut out).changed, "{}", value.escape_ascii());
                    prop_assert!(!decode(&value, Alphabet::Url, &mut out).changed, "{}", value.escape_ascii());
                }
            }
        }

        #[test]
        fn no_byte_is_too_odd(value in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..80),
            "[A-Za-z0-9+/=_ \n-]{0,80}".prop_map(String::into_bytes),
        ]) {
            for alphabet in [Alphabet::Standard, Alphabet::Url] {
                let mut out = Vec::new();
                let part = embedded(&value, alphabet, &mut true).unwrap_or(0..value.len());
                let _ = decode(&value[part.clone()], alphabet, &mut out);
                prop_assert!(out.len() <= part.len());
            }
        }
    }

    #[test]
    fn random_tokens_are_dropped_at_once() {
        let (mut seed, mut work, mut kept) = (1u64, 0, 0);
        for _ in 0..2000 {
            let token: Vec<u8> = (0..32)
                .map(|_| {
                    seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                    (seed >> 56) as u8
                })
                .collect();
            let mut out = Vec::new();
            let token = encode(&token, Alphabet::Standard, true, 1000);
            kept += usize::from(decode(&token, Alphabet::Standard, &mut out).changed);
            work += out.len();
        }
        assert!(work < 2000 * 8, "{work} bytes decoded of 2000 tokens");
        assert!(kept <= 2, "{kept} of 2000 tokens taken for text");
    }
}
