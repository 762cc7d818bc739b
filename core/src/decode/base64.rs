//! Base64 (RFC 4648 sections 4 and 5), whole values and tokens inside a value.
//!
//! With or without padding, with line breaks (RFC 2045), with blanks where a form decoder has undone `+`. What comes out
//! must look like text (ASCII, UTF-8, or UTF-16 of ASCII as PowerShell takes it, which is narrowed) or begin like a
//! format that matters: gzip and zlib, ZIP, serialised objects of Java, .NET, Python, PHP, Ruby. A long value may be a
//! window cut out of the middle of one, so that four ways to align it are tried.
//!
//! Changed: `PHNjcmlwdD4=`, `JyBvciAxPTE`, `H4sIAAAA...`. Not changed: `sessiontoken`, hashes, words: a random token is
//! dropped after some four bytes, a word likewise.

use super::Decoded;
use super::glance::{Glance, first_run};
use crate::bytes::Wake;
use memchr::memmem;
use std::ops::Range;
use std::sync::LazyLock;

/// The least length of a value or token.
pub(super) const MIN: usize = 8;
/// The least length of a token that nothing announces.
pub(super) const RUN: usize = 16;
/// The most bytes between the word that announces a token and the token.
const GAP: usize = 16;
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
    // What stands before a token without a sign between them shifts it. Padding tells by how much; a token without is
    // worth trying if it is long.
    let padded = value.last() == Some(&b'=');
    let tried = |&shift: &usize| match value.len() {
        CUT.. => true,
        len if padded => shift == 0 || shift == len % 4,
        len => shift == 0 || len >= SHIFTED,
    };
    for shift in (0..4).filter(tried) {
        out.clear();
        let whole = decode_from(value.get(shift..).unwrap_or_default(), alphabet, out);
        if whole && accept(out) {
            return Decoded { changed: true, ..Decoded::default() };
        }
    }
    Decoded::default()
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

/// Four signs: the bytes they stand for, and whether one is neither letter nor digit.
struct Group {
    bytes: [u8; 3],
    special: bool,
}

/// The four signs that `value` begins with.
fn group(value: &[u8], table: &[u8; 256]) -> Option<Group> {
    let digits = value.first_chunk::<4>()?.map(|b| table[usize::from(b)]);
    if digits.contains(&NONE) {
        return None;
    }
    let bits = digits.iter().fold(0, |bits, &d| bits << 6 | u32::from(d));
    let bytes = [(bits >> 16) as u8, (bits >> 8) as u8, bits as u8];
    Some(Group { bytes, special: digits.iter().any(|&d| d >= 62) })
}

/// Whether the first signs already tell what [`decode_from`] would: neither text nor a known format.
///
/// PERF: drops nine words and random tokens in ten at a fifth of the cost; sixteen signs stay below the length from which
/// more than one odd byte is let pass.
fn is_hopeless(value: &[u8], table: &[u8; 256]) -> bool {
    let (mut odd, mut utf8) = (0, Utf8(0));
    for n in 0..4 {
        let Some(group) = group(value.get(4 * n..).unwrap_or_default(), table) else { return false };
        for (k, byte) in group.bytes.into_iter().enumerate() {
            if n + k == 0 && may_begin_known(&[byte]) {
                return false;
            }
            let second = (3 * n + k) % 2 == 1;
            odd += u32::from(!utf8.takes(byte) && (byte != 0 || !second));
            if odd > 1 {
                return true;
            }
        }
    }
    false
}

/// Decodes as far as it makes sense; whether that was to the end.
fn decode_from(value: &[u8], alphabet: Alphabet, out: &mut Vec<u8>) -> bool {
    let table = alphabet.table();
    if is_hopeless(value, table) {
        return false;
    }
    let (mut bits, mut held, mut signs) = (0u32, 0u32, 0usize);
    let (mut special, mut odd) = (alphabet == Alphabet::Standard, 0usize);
    let (mut known, mut utf8) = (false, Utf8(0));
    let mut at = 0;
    while let Some(&byte) = value.get(at) {
        // PERF: text goes by four signs at a time; nothing is odd about printable bytes between whole characters.
        let calm = known || utf8.0 == 0 && (out.len() >= LONGEST_MARK || !may_begin_known(out));
        if calm
            && held == 0
            && let Some(group) = group(value.get(at..).unwrap_or_default(), table)
            && (known || group.bytes.iter().all(|&b| is_printable(b)))
        {
            out.extend_from_slice(&group.bytes);
            special |= group.special;
            signs += 4;
            at += 4;
            continue;
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
        special |= digit >= 62;
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
    signs >= MIN - 2 && special
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
    let (mut odd, mut state) = (0, 0);
    // Of more signs than these more than one odd byte is let pass.
    for (n, group) in value.as_chunks::<4>().0.iter().take(5).enumerate() {
        let bits = group.iter().fold(0, |bits, &sign| bits << 6 | u32::from(SIGNS[usize::from(sign)]));
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
    let odd: usize = out.utf8_chunks().map(|c| c.invalid().len()).sum();
    let control = out.iter().filter(|&&b| b < 0x80 && !is_printable(b)).count();
    out.len() >= MIN / 4 * 3 - 2 && odd + control <= out.len() / 12
}

/// Whether `value`, whose kinds of byte are `kinds`, may hold a token that decodes to something. `glance` tells what a look at
/// all of it does.
pub(super) fn may_hold(
    value: &[u8],
    kinds: Wake,
    alphabet: Alphabet,
    glance: impl FnOnce() -> Glance,
) -> bool {
    let signs = match alphabet {
        Alphabet::Standard => Wake::PLUS.or(Wake::SLASH),
        Alphabet::Url => Wake::DASH.or(Wake::UNDERSCORE),
    };
    let signs = signs.or(Wake::ALPHA).or(Wake::DIGIT);
    if kinds.is_within(signs) {
        // A short one is tried in one way only.
        return value.len() >= SHIFTED || !is_hopeless(value, alphabet.table());
    }
    if kinds.is_within(signs.or(Wake::EQUALS).or(Wake::BLANK).or(Wake::NEWLINE)) || is_basic(value) {
        return true;
    }
    let glance = glance();
    let run = if alphabet == Alphabet::Standard { glance.standard } else { glance.url };
    run || glance.announced && announced(value, alphabet).is_some()
}

/// Whether `value` begins with the name of the scheme of authentication that a token follows.
fn is_basic(value: &[u8]) -> bool {
    value.get(..6).is_some_and(|head| head.eq_ignore_ascii_case(b"basic "))
}

/// A token of base64 in `value`: all of it, what a word announces (`;base64,`, `base64_decode('`, `atob("`, `Basic `),
/// or a long run of the alphabet. Whether a word may announce one is `announcing`; if none does, none will behind the token.
///
/// PERF: in a long text with many runs it is looked for once.
pub(super) fn embedded(value: &[u8], alphabet: Alphabet, announcing: &mut bool) -> Option<Range<usize>> {
    let end = run(value, 0, alphabet);
    if end == value.len() {
        return (end >= MIN).then_some(0..end);
    }
    if let Some(token) = basic(value, alphabet) {
        return Some(token);
    }
    let named = if *announcing { named(value, alphabet) } else { None };
    *announcing = named.is_some();
    named.or_else(|| spread(value, alphabet)).or_else(|| long(value, alphabet))
}

/// All of a value that has line breaks, or blanks for `+`.
fn spread(value: &[u8], alphabet: Alphabet) -> Option<Range<usize>> {
    let belongs = |b: &u8| alphabet.has(*b) || matches!(b, b'\r' | b'\n' | b' ' | b'=');
    (value.len() >= MIN && value.iter().all(belongs) && !is_prose(value)).then_some(0..value.len())
}

/// Words: a blank every few letters, as no base64 has it.
fn is_prose(value: &[u8]) -> bool {
    let head = value.get(..64).unwrap_or(value);
    head.iter().filter(|&&b| b == b' ').count() * 8 > head.len()
}

/// Where the run of the alphabet that begins at `start` ends, padding included.
fn run(value: &[u8], start: usize, alphabet: Alphabet) -> usize {
    let (rest, table) = (value.get(start..).unwrap_or_default(), alphabet.table());
    let signs = rest.iter().position(|&b| table[usize::from(b)] == NONE).unwrap_or(rest.len());
    let padding = rest.get(signs..).unwrap_or_default().iter().take(2).take_while(|&&b| b == b'=').count();
    start + signs + padding
}

static ATOB: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new("atob"));

/// The token behind a word that says base64 follows.
fn announced(value: &[u8], alphabet: Alphabet) -> Option<Range<usize>> {
    basic(value, alphabet).or_else(|| named(value, alphabet))
}

/// The credentials of the scheme of authentication that `value` begins with.
fn basic(value: &[u8], alphabet: Alphabet) -> Option<Range<usize>> {
    let end = if is_basic(value) { run(value, 6, alphabet) } else { 0 };
    (end >= 6 + MIN).then_some(6..end)
}

/// The token behind a function or an encoding that is named.
fn named(value: &[u8], alphabet: Alphabet) -> Option<Range<usize>> {
    // PERF: "64" is rare where `base` is not, and found by vectors. Making a finder takes longer than most values do.
    static NAMED: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new("64"));
    let named = NAMED.find_iter(value).map(|at| at + 2);
    let atob = ATOB.find_iter(value).map(|at| at + 4);
    named.chain(atob).find_map(|from| {
        let gap = value.get(from..)?;
        let gap = gap.get(..GAP).unwrap_or(gap);
        // The rest of the word (`_decode`, `String`), then what opens its argument.
        let word = gap.iter().position(|b| !b.is_ascii_alphabetic() && *b != b'_').unwrap_or(gap.len());
        let opening = gap
            .get(word..)?
            .iter()
            .take_while(|b| matches!(b, b'(' | b'\'' | b'"' | b',' | b':' | b' '))
            .count();
        let start = from + word + opening;
        let end = run(value, start, alphabet);
        (opening > 0 && end - start >= MIN).then_some(start..end)
    })
}

/// The first long run.
fn long(value: &[u8], alphabet: Alphabet) -> Option<Range<usize>> {
    let start = first_run(value, alphabet == Alphabet::Standard)?;
    Some(start..run(value, start, alphabet))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Encodes, the plain way.
    fn encode(bytes: &[u8], alphabet: Alphabet, padding: bool, line: usize) -> Vec<u8> {
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
        fn a_token_is_found_where_it_lies(text in "[ -~]{12,40}", before in "[ .!?]{0,20}", after in "[ .!?]{1,20}") {
            let token = encode(text.as_bytes(), Alphabet::Standard, true, 1000);
            let value = [before.as_bytes(), &token, after.as_bytes()].concat();
            let part = embedded(&value, Alphabet::Standard, &mut true).map(|r| value[r].trim_ascii());
            prop_assert_eq!(part, Some(&token[..]));
        }

        #[test]
        fn tokens_one_behind_the_other_are_those_of_each_rest(
            parts in prop::collection::vec(prop::sample::select(&[
                "base64,", "base64_decode('", "atob(\"", "64: ", "Basic ", "basic ", "aWQ7Y2F0IC9ldGMvcGFzc3dk", "aWQ7Y2F0", "=", "and-so_on/it+goes=on", " ", "' ", "\n", ". ",
            ][..]), 0..14),
        ) {
            let text = parts.concat();
            for alphabet in [Alphabet::Standard, Alphabet::Url] {
                let (mut rest, mut announcing) = (text.as_bytes(), true);
                while !rest.is_empty() {
                    let token = embedded(rest, alphabet, &mut announcing);
                    prop_assert_eq!(&token, &embedded(rest, alphabet, &mut true), "{:?} in {:?}", rest.escape_ascii(), text);
                    let Some(token) = token else { break };
                    rest = &rest[token.end.max(token.start + 1)..];
                }
            }
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
