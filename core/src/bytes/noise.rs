//! Noise: signs in no order, among which no word stands.
//!
//! Text has words, and code that is written without them gets by with few signs: obfuscated JavaScript of six, PHP of some
//! ten. Blocks in which eighteen different signs stand and no word of four letters, one behind the other for a kilobyte,
//! are none of any language. Quotes and brackets are in no order either, so nothing that parses goes through them.

use super::Wake;
use super::window::{Dropped, Window};
use std::ops::Range;

/// What is told apart.
const BLOCK: usize = 64;
/// The least noise that counts, in blocks.
const LEAST: usize = 16;
/// How many different signs a block of it has at least. Of all 32 in no order one block in thousands has fewer.
const SIGNS: u32 = 18;
/// From so many letters, digits, underscores and bytes beyond ASCII on they are a word.
const WORD: usize = 4;
/// How many kinds of sign so many signs have at least: three pairs of brackets are a kind each, and `?`, `^` and `~` are none.
const KINDS: u32 = SIGNS - 6;
/// How much of the noise is kept at either end of it.
const MARGIN: usize = 32;
/// The kinds that are signs.
const SIGN_KINDS: Wake =
    Wake::of_byte(0, 0xff).or(Wake::of_byte(1, 0xff)).or(Wake::of_byte(2, 0xff)).or(Wake::of_byte(3, 3));
/// The bit of each sign.
const SIGN: [u32; 256] = {
    let (mut table, mut byte, mut signs) = ([0; 256], 0u8, 0);
    while byte.is_ascii() {
        if byte.is_ascii_punctuation() {
            table[byte as usize] = 1 << signs;
            signs += 1;
        }
        byte += 1;
    }
    table
};

/// Whether the block with this number is noise. A word that reaches over its border counts.
fn is_noise(bytes: &[u8], number: usize) -> bool {
    let (start, end) = (number * BLOCK, (number + 1) * BLOCK);
    let Some(block) = bytes.get(start..end) else { return false };
    let signs = block.iter().fold(0, |signs, &b| signs | SIGN[usize::from(b)]);
    if signs.count_ones() < SIGNS {
        return false;
    }
    let word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_' || !b.is_ascii();
    let around = &bytes[start.saturating_sub(WORD - 1)..bytes.len().min(end + WORD - 1)];
    !around.chunk_by(|a, b| word(a) && word(b)).any(|run| run.len() >= WORD)
}

/// The noise in `bytes`, in order: ranges of whole blocks.
fn noise(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let blocks = bytes.len() / BLOCK;
    let is = move |n: usize| is_noise(bytes, n);
    // PERF: of so many blocks one behind the other one is looked at. Noise that counts has one of those.
    let (mut probe, mut from) = (LEAST - 1, 0);
    std::iter::from_fn(move || {
        while probe < blocks {
            if !is(probe) {
                probe += LEAST;
                continue;
            }
            let start = (from..probe).rev().take_while(|&n| is(n)).last().unwrap_or(probe);
            let end = (probe + 1..blocks).find(|&n| !is(n)).unwrap_or(blocks);
            // The block at the end is none, so what comes next begins behind it.
            (from, probe) = (end + 1, end + LEAST);
            if end - start >= LEAST {
                return Some(start * BLOCK..end * BLOCK);
            }
        }
        None
    })
}

/// A window without its noise: memory that is used again.
#[derive(Debug, Default)]
pub struct Quiet {
    bytes: Vec<u8>,
    dropped: Dropped,
    gone: u64,
}

impl Quiet {
    /// Whether there may be noise in `window`, whose bytes are of these `kinds`: worth asking before it is read.
    pub fn may_help(window: &Window<'_>, kinds: Wake) -> bool {
        window.bytes.len() >= LEAST * BLOCK && kinds.number_of(SIGN_KINDS) >= KINDS
    }

    /// `window` with the beginning and the end of each noise and what stands between. None if there is no noise in it.
    pub fn of<'a>(&'a mut self, window: &Window<'_>) -> Option<Window<'a>> {
        let bytes = window.bytes;
        let mut from = None;
        for range in noise(bytes) {
            // The windows before and behind have what goes on there.
            let start = if range.start == 0 && !window.first { 0 } else { range.start + MARGIN };
            let end = if range.end == bytes.len() && !window.last { range.end } else { range.end - MARGIN };
            if from.is_none() {
                self.bytes.clear();
                self.dropped.clear();
                self.gone = 0;
            }
            self.keep(window, from.unwrap_or(0)..start);
            from = Some(end);
        }
        self.keep(window, from?..bytes.len());
        let Window { first, last, start, .. } = *window;
        Some(Window { bytes: &self.bytes, first, last, start, dropped: &self.dropped })
    }

    fn keep(&mut self, window: &Window<'_>, range: Range<usize>) {
        let (at, bytes) = (self.bytes.len(), window.bytes.get(range.clone()).unwrap_or_default());
        let missing = window.offset(range.start) - (window.start + at as u64 + self.gone);
        let within =
            window.dropped.iter().filter(|d| range.start < d.0 as usize && (d.0 as usize) < range.end);
        let lost = within.map(|d| (d.0 - range.start as u32 + at as u32, d.1));
        for (index, bytes) in std::iter::once((at as u32, missing)).chain(lost) {
            self.dropped.push((index, bytes));
            self.gone += bytes;
        }
        self.bytes.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::super::wake;
    use super::*;
    use proptest::prelude::*;

    const ALL: &[u8] = b"'\"`()[]{}<>=;:|&$%#@!*+-/\\,.~^? \n\taA1";

    /// Bytes of `signs` in no order; the same in every run.
    fn mixed(signs: &[u8], length: usize) -> Vec<u8> {
        let mut state = 1u64;
        let next = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            signs[(state >> 33) as usize % signs.len()]
        };
        (0..length).map(next).collect()
    }

    fn found(bytes: &[u8]) -> Vec<Range<usize>> {
        let found: Vec<_> = noise(bytes).collect();
        let window = Window::whole(bytes);
        assert_eq!(found.is_empty(), Quiet::default().of(&window).is_none());
        assert!(found.is_empty() || Quiet::may_help(&window, wake(bytes)));
        found
    }

    #[test]
    fn signs_in_no_order_are_noise() {
        let bytes = mixed(ALL, 8192);
        let noise: usize = found(&bytes).iter().map(Range::len).sum();
        assert!(noise > 7500, "{noise} of 8192");
        assert!(found(&bytes[..LEAST * BLOCK - 1]).is_empty());
    }

    #[test]
    fn words_stand_outside() {
        for at in (0..8000).step_by(41) {
            let mut bytes = mixed(ALL, 8192);
            bytes[at..at + 6].copy_from_slice(b" word ");
            assert!(found(&bytes).iter().all(|range| range.end <= at + 1 || range.start >= at + 5), "{at}");
        }
    }

    #[test]
    fn code_and_data_are_none() {
        let is_none = |name: &str, bytes: Vec<u8>| assert!(found(&bytes).is_empty(), "{name}");
        is_none("JavaScript of six signs", mixed(b"[]()!+", 8192));
        is_none(
            "strings of signs that are combined",
            b"('{'^'<').('#'^'@').(\"!\"^'~')|(`*`&'=').".repeat(200),
        );
        is_none("a style sheet without blanks", b"a>b{c:1;d:#e1}@f(g){*[h]:i{j:k(l)!m,n+o~p}}".repeat(200));
        is_none("lines of uuencode", mixed(&(b' '..=b'`').collect::<Vec<_>>(), 60).repeat(140));
        is_none("digits to the base of 85", mixed(&(b'!'..=b'u').collect::<Vec<_>>(), 8192));
        is_none("full-width letters between signs", {
            let mut bytes = mixed(ALL, 8192);
            bytes
                .chunks_exact_mut(60)
                .for_each(|part| part[..6].copy_from_slice("\u{ff41}\u{ff42}".as_bytes()));
            bytes
        });
        is_none(
            "signs in percent",
            mixed(ALL, 2730).iter().flat_map(|b| format!("%{b:02x}").into_bytes()).collect(),
        );
    }

    #[test]
    fn what_is_left_tells_where_it_stood() {
        let (a, b) = (mixed(ALL, 3000), mixed(ALL, 2000));
        let value = [b"begin ", &a[..], b" middle ", &b[..], b" end"].concat();
        let mut quiet = Quiet::default();
        let left = quiet.of(&Window::whole(&value)).expect("noise");
        assert!(left.first && left.last && left.bytes.len() < 700, "{}", left.bytes.len());
        for (i, byte) in left.bytes.iter().enumerate() {
            assert_eq!(*byte, value[left.offset(i) as usize], "{i}");
        }
        for word in [&b"begin "[..], b" middle ", b" end"] {
            let at = memchr::memmem::find(left.bytes, word).expect("a word");
            assert_eq!(Some(left.offset(at) as usize), memchr::memmem::find(&value, word));
        }
        // Inside of a longer value the windows beside have what noise at an end goes on with.
        let inner = |bytes| Window { first: false, last: false, ..Window::whole(bytes) };
        assert_eq!(quiet.of(&inner(&a[..2048])).map(|w| w.bytes.len()), Some(0));
        // What was dropped before counts.
        let dropped = [(3, 10), (3100, 100), (5017, 1)];
        let long = Window { dropped: &dropped, start: 7, ..Window::whole(&value) };
        let left = quiet.of(&long).expect("noise");
        for (i, byte) in left.bytes.iter().enumerate() {
            let at = (0..value.len()).find(|&at| long.offset(at) == left.offset(i)).expect("a place");
            assert_eq!(*byte, value[at], "{i}");
        }
    }

    proptest! {
        #[test]
        fn no_noise_is_passed_by(bits in prop::collection::vec(any::<bool>(), 0..130)) {
            let block = mixed(ALL, BLOCK);
            let bytes: Vec<u8> = bits.iter().flat_map(|&b| if b { block.clone() } else { vec![b'a'; BLOCK] }).collect();
            let mut expected = Vec::new();
            let mut start = 0;
            for (n, bit) in bits.iter().chain([&false]).enumerate() {
                if !bit {
                    if n - start >= LEAST {
                        expected.push(start * BLOCK..n * BLOCK);
                    }
                    start = n + 1;
                }
            }
            prop_assert_eq!(noise(&bytes).collect::<Vec<_>>(), expected);
        }
    }
}
