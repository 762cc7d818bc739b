//! Values cut into contiguous windows, whatever the chunks were.
//!
//! A value that arrives whole and fits [`WINDOW`] is handed on where it lies. One that straddles chunks is joined in a
//! reusable buffer. A longer one is cut at fixed offsets of the value, with [`OVERLAP`], after runs of blanks and of
//! anything repeated have been squeezed, and is also shown without its long comments where it has such: padding can
//! neither push a payload over a border nor out of sight.
//!
//! Of values that may be binary (files, bodies of no known format) only the windows are shown that hold something to read:
//! behind the first one those that are plainly binary and hold no run of text are passed over, and comments are looked for
//! only up to the first such window behind others, for an interpreter reads text.

use super::binary::{is_binary, runs_of_text};
use super::comments::Comments;
use super::runs::{self, Run};
use crate::limits::{OVERLAP, WINDOW};
use smallvec::SmallVec;
use std::ops::Range;

/// How many bytes are copied before runs are looked for in them. A window is a multiple of it.
const AT_ONCE: usize = 32 * runs::BLOCK;

/// How many bytes squeezed runs have lost: the index of the byte after each, and how many were dropped there.
pub(super) type Dropped = SmallVec<[(u32, u64); 4]>;

/// A contiguous part of a value, or all of it.
#[derive(Debug)]
pub struct Window<'a> {
    /// The bytes, runs squeezed if the value is longer than a window.
    pub bytes: &'a [u8],
    /// Whether the value starts here.
    pub first: bool,
    /// Whether the value ends here.
    pub last: bool,
    pub(super) start: u64,
    pub(super) dropped: &'a [(u32, u64)],
}

impl<'a> Window<'a> {
    /// A value that is whole and lies in one piece.
    pub fn whole(bytes: &'a [u8]) -> Window<'a> {
        Window { bytes, first: true, last: true, start: 0, dropped: &[] }
    }

    /// What a decoder made of this window. Offsets into it count from where the window begins in the value.
    pub fn decoded<'b>(&self, bytes: &'b [u8]) -> Window<'b> {
        Window { bytes, first: self.first, last: self.last, start: self.start, dropped: &[] }
    }

    /// A part of this window as a value of its own, whole, at the place where it lies.
    pub fn part(&self, range: Range<usize>) -> Window<'a> {
        let start = self.offset(range.start);
        let bytes = self.bytes.get(range).unwrap_or_default();
        Window { bytes, first: true, last: true, start, dropped: &[] }
    }

    /// Where the byte at `index` of this window lies in the value, in bytes from its start.
    pub fn offset(&self, index: usize) -> u64 {
        let before = self.dropped.iter().take_while(|d| (d.0 as usize) <= index);
        self.start + index as u64 + before.map(|d| d.1).sum::<u64>()
    }
}

/// Joins the pieces of one value after another into [`Window`]s. Holds at most [`WINDOW`] bytes.
#[derive(Debug, Default)]
pub struct Joiner {
    buf: Vec<u8>,
    /// Value offset of `buf[0]`.
    start: u64,
    /// Bytes of the value seen.
    seen: u64,
    /// Whether the value is longer than a window, so that runs are squeezed.
    long: bool,
    /// Whether a window of this value has been handed out.
    cut: bool,
    /// Whether the value may be binary, and whether it has had a window, the last of which was not.
    bytes: bool,
    text: bool,
    /// What `buf` ends with, if that is being repeated.
    run: Option<Run>,
    /// Squeezed runs in `buf`.
    dropped: Dropped,
    /// The value without its long comments.
    comments: Comments,
    /// Bytes at the front of `buf` that an earlier window has shown.
    shown: usize,
    /// Memory for the next long value.
    spare: Vec<u8>,
}

impl Joiner {
    /// Takes the next piece of the current value and hands out every window that is complete. `more` tells whether
    /// pieces of this value follow; without it the value ends and the joiner is ready for the next one.
    pub fn piece(&mut self, piece: &[u8], more: bool, each: impl FnMut(&Window<'_>)) {
        self.take(piece, more, false, each);
    }

    /// The same for a value that may be binary.
    pub fn piece_of_bytes(&mut self, piece: &[u8], more: bool, each: impl FnMut(&Window<'_>)) {
        self.take(piece, more, true, each);
    }

    fn take(&mut self, piece: &[u8], more: bool, bytes: bool, mut each: impl FnMut(&Window<'_>)) {
        if !more && self.seen == 0 && piece.len() <= WINDOW {
            return each(&Window::whole(piece));
        }
        self.seen += piece.len() as u64;
        self.bytes = bytes;
        if !self.long && self.buf.len() + piece.len() <= WINDOW {
            self.buf.extend_from_slice(piece);
        } else {
            if !self.long {
                self.long = true;
                let mut head = std::mem::replace(&mut self.buf, std::mem::take(&mut self.spare));
                self.buf.reserve_exact(WINDOW);
                self.squeeze(&head, &mut each);
                head.clear();
                self.spare = head;
            }
            self.squeeze(piece, &mut each);
        }
        if !more {
            self.end_run(&mut each);
            if self.buf.len() > self.shown || !self.cut {
                self.emit(true, &mut each);
            } else if self.long {
                self.comments.end(&mut each);
            }
            self.reset();
        }
    }

    /// Whether a value has begun and not ended.
    pub fn is_open(&self) -> bool {
        self.seen > 0
    }

    /// Forgets the current value; the buffer is kept.
    pub fn reset(&mut self) {
        self.buf.clear();
        self.dropped.clear();
        if self.long {
            self.comments.reset();
        }
        (self.start, self.seen, self.run, self.shown) = (0, 0, None, 0);
        (self.long, self.cut, self.text) = (false, false, false);
    }

    fn squeeze(&mut self, bytes: &[u8], each: &mut impl FnMut(&Window<'_>)) {
        let mut rest = bytes;
        while !rest.is_empty() {
            if let Some(run) = &mut self.run {
                let more = run.goes_on(&self.buf, rest);
                rest = rest.get(more..).unwrap_or_default();
                if !rest.is_empty() {
                    self.end_run(each);
                }
                continue;
            }
            if self.buf.len() == WINDOW {
                self.emit(false, each);
                self.slide();
            }
            // PERF: several blocks are copied at once; those behind the beginning of a run are taken back.
            let before = self.buf.len();
            let (some, later) = rest.split_at(rest.len().min(AT_ONCE - before % AT_ONCE));
            self.buf.extend_from_slice(some);
            rest = later;
            // Where a run is looked for depends on the bytes kept, not on the pieces.
            if let Some((end, run)) = Run::first_in(&self.buf, before - before % runs::BLOCK + runs::BLOCK) {
                self.run = Some(run);
                rest = bytes.get(bytes.len() - rest.len() - (self.buf.len() - end)..).unwrap_or_default();
                self.buf.truncate(end);
            }
        }
    }

    /// Appends bytes that do not reach over a block's border.
    fn push(&mut self, bytes: &[u8], each: &mut impl FnMut(&Window<'_>)) {
        if self.buf.len() == WINDOW && !bytes.is_empty() {
            self.emit(false, each);
            self.slide();
        }
        self.buf.extend_from_slice(bytes);
    }

    /// Something else comes: what was dropped is noted, but for what is needed to go on in step.
    fn end_run(&mut self, each: &mut impl FnMut(&Window<'_>)) {
        let Some(run) = self.run.take() else { return };
        let (dropped, step) = run.end(&self.buf);
        if dropped > 0 {
            self.dropped.push((self.buf.len() as u32, dropped));
        }
        let block = runs::BLOCK - self.buf.len() % runs::BLOCK;
        let (a, b) = step.split_at(step.len().min(block));
        self.push(a, each);
        self.push(b, each);
    }

    fn emit(&mut self, last: bool, each: &mut impl FnMut(&Window<'_>)) {
        let (first, start) = (!self.cut, self.start);
        self.cut = true;
        let window = Window { bytes: &self.buf, first, last, start, dropped: &self.dropped };
        let binary = self.bytes && is_binary(window.bytes);
        let behind_text = std::mem::replace(&mut self.text, !binary);
        let shown = !binary || first || runs_of_text(window.bytes).next().is_some();
        if shown {
            each(&window);
        }
        if binary && !behind_text {
            self.comments.end(each);
        } else if self.long {
            self.comments.pass(&window, shown, each);
        }
    }

    /// Keeps the overlap and forgets the rest of the buffer.
    fn slide(&mut self) {
        let cut = WINDOW - OVERLAP;
        self.start += cut as u64;
        let mut gone = 0;
        self.dropped.retain(|d| {
            let stays = d.0 as usize > cut;
            if stays {
                d.0 -= cut as u32;
            } else {
                gone += d.1;
            }
            stays
        });
        self.start += gone;
        self.buf.copy_within(cut.., 0);
        self.buf.truncate(OVERLAP);
        self.shown = OVERLAP;
        self.comments.slide(cut);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Seen = Vec<(Vec<u8>, bool, bool, Vec<u64>)>;

    fn windows(pieces: &[&[u8]]) -> Seen {
        shown(pieces, false)
    }

    fn shown(pieces: &[&[u8]], bytes: bool) -> Seen {
        let (mut joiner, mut out) = (Joiner::default(), Vec::new());
        for (i, p) in pieces.iter().enumerate() {
            joiner.take(p, i + 1 < pieces.len(), bytes, |w| {
                let offsets = (0..w.bytes.len()).step_by(97).map(|i| w.offset(i)).collect();
                out.push((w.bytes.to_vec(), w.first, w.last, offsets));
            });
        }
        assert!(!joiner.is_open());
        out
    }

    #[test]
    fn a_value_that_fits_is_one_window_where_it_lies() {
        let value = [7u8; WINDOW];
        let mut joiner = Joiner::default();
        let mut n = 0;
        joiner.piece(&value, false, |w| {
            assert!(std::ptr::eq(w.bytes, &value[..]), "copied");
            assert!(w.first && w.last);
            n += 1;
        });
        assert_eq!(n, 1);
    }

    #[test]
    fn long_values_overlap_and_padding_is_squeezed() {
        let mut value: Vec<u8> = (0..20_000u32).map(|i| (i * 7 % 251) as u8).collect();
        let plain = windows(&[&value]);
        assert_eq!(plain.len(), 3);
        assert_eq!(plain[0].0[WINDOW - OVERLAP..], plain[1].0[..OVERLAP]);
        assert!(plain[0].1 && !plain[1].1 && plain[2].2 && !plain[1].2);

        value.splice(100..100, std::iter::repeat_n(b' ', 1 << 20));
        value.extend_from_slice(b"needle");
        let padded = windows(&[&value]);
        assert_eq!(padded.len(), 3, "a mebibyte of padding costs no window");
        let (bytes, .., offsets) = padded.last().unwrap();
        let at = bytes.len() - 6;
        assert_eq!(&bytes[at..], b"needle");
        assert_eq!(offsets[at / 97] as usize + at % 97, value.len() - 6);
    }

    #[test]
    fn whatever_is_repeated_is_squeezed() {
        let random = |n: usize| (0..n).map(|i| (i * i * 31 % 89) as u8 + b'!').collect::<Vec<_>>();
        for pad in ["/**/", "%20", "\\u0020", "<!---->", "' '||", "/*abcdefghijkl*/", "\r\n", "1 AND 1=1 "] {
            let mut value = random(9_000);
            value.splice(5_000..5_000, pad.bytes().cycle().take(1 << 19));
            value.splice(5_000..5_000, *b"before");
            let after = 5_006 + (1 << 19);
            value.splice(after..after, *b"after!");
            let mut found = None;
            Joiner::default().piece(&value, false, |w| {
                let at = |needle: &[u8]| memchr::memmem::find(w.bytes, needle);
                if let (Some(a), Some(b)) = (at(b"before"), at(b"after!")) {
                    found = Some((b - a, w.offset(a), w.offset(b)));
                }
            });
            let (apart, a, b) = found.unwrap_or_else(|| panic!("{pad}: not in one window"));
            assert_eq!((a, b), (5_000, after as u64), "{pad}");
            assert!(apart < 200, "{pad}: {apart}");
        }
    }

    #[test]
    fn blanks_of_all_kinds_are_squeezed() {
        let mut value = b"before".to_vec();
        value.extend((0..100_000u64).map(|i| b" \t\r\n+"[(i * i / 7 % 5) as usize]));
        value.extend_from_slice(b"after!");
        let seen = windows(&[&value]);
        assert_eq!(seen.len(), 1);
        assert!(seen[0].0.ends_with(b"after!") && seen[0].0.len() < 300, "{}", seen[0].0.len());
    }

    #[test]
    fn a_long_value_is_also_shown_without_its_long_comments() {
        for (open, close) in [("/*", "*/"), ("%2F%2a", "*%2f"), ("--", "\n")] {
            let mut value: Vec<u8> = (0..7_000u64).map(|i| b'a' + (i * i % 23) as u8).collect();
            value.extend_from_slice(b"before ");
            value.extend_from_slice(open.as_bytes());
            value.extend((0..100_000u64).map(|i| b'a' + (i * i / 3 % 25) as u8));
            value.extend_from_slice(close.as_bytes());
            let at = value.len();
            value.extend_from_slice(b" after!");
            let mut found = None;
            Joiner::default().piece(&value, false, |w| {
                let at = |needle: &[u8]| memchr::memmem::find(w.bytes, needle);
                if let (Some(a), Some(b)) = (at(b"before"), at(b" after!")) {
                    found = Some((b - a, w.offset(a), w.offset(b)));
                }
            });
            let (apart, a, b) = found.unwrap_or_else(|| panic!("{open}: not in one window"));
            assert_eq!((a, b), (7_000, at as u64), "{open}");
            assert!(apart < 400, "{open}: {apart}");
        }
    }

    #[test]
    fn offsets_point_into_the_value_across_squeezed_runs() {
        let mut value = vec![b'x'; 300];
        value.extend_from_slice(b"needle");
        value.extend(std::iter::repeat_n(b'y', WINDOW));
        let mut found = None;
        Joiner::default().piece(&value, false, |w| {
            if let Some(i) = memchr::memmem::find(w.bytes, b"needle") {
                found = Some(w.offset(i));
            }
        });
        assert_eq!(found, Some(300));
    }

    /// Bytes in no order; the same in every run.
    fn noise(seed: u64, length: usize) -> Vec<u8> {
        let mut state = seed | 1;
        let next = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as u8
        };
        (0..length).map(next).collect()
    }

    #[test]
    fn text_in_binary_data_is_shown_wherever_it_stands() {
        let noise = noise(1, 40_000);
        let long_runs = |bytes: &[u8]| runs_of_text(bytes).map(|r| bytes[r].to_vec()).collect::<Vec<_>>();
        for at in (8_000..9_000).chain(15_000..17_000).chain(39_000..40_000).step_by(37) {
            let mut value = noise.clone();
            value.splice(at..at, *b"\x00<?php eval($_GET[1]); ?>\x01");
            let runs = long_runs(&value);
            let seen = shown(&[&value], true);
            assert!(seen.len() < 6, "nearly all is passed over");
            let told: Vec<_> = seen.iter().flat_map(|w| long_runs(&w.0)).collect();
            assert!(runs.iter().all(|run| told.contains(run)), "{at}");
        }
        let text: Vec<u8> = noise.iter().map(|b| b'a' + b % 25).collect();
        let mixed = [&noise[..20_000], &text, &noise[..20_000], &text[..9_000]].concat();
        let (all, some) = (shown(&[&mixed], false), shown(&[&mixed], true));
        let is_text = |w: &&(Vec<u8>, bool, bool, Vec<u64>)| !is_binary(&w.0);
        let texts = |seen: &Seen| seen.iter().filter(is_text).map(|w| w.0.clone()).collect::<Vec<_>>();
        assert_eq!((texts(&all).len(), texts(&all)), (7, texts(&some)), "what is text is all shown");
    }

    proptest! {
        #[test]
        fn windows_of_bytes_do_not_depend_on_the_pieces(
            parts in prop::collection::vec((any::<u64>(), 1usize..9000, 0..4), 1..8),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let value: Vec<u8> = parts.iter().flat_map(|&(seed, n, kind)| match kind {
                0 => noise(seed, n),
                1 => noise(seed, n).iter().map(|b| b' ' + b % 95).collect(),
                2 => b"/* <?php eval(1); */ ".repeat(n / 20),
                _ => vec![seed as u8; n],
            }).collect();
            let mut at: Vec<usize> = cuts.iter().map(|c| c.index(value.len() + 1)).collect();
            at.extend([0, value.len()]);
            at.sort_unstable();
            let pieces: Vec<&[u8]> = at.windows(2).map(|w| &value[w[0]..w[1]]).collect();
            prop_assert_eq!(shown(&pieces, true), shown(&[&value], true));
        }

        #[test]
        fn windows_do_not_depend_on_the_pieces(
            runs in prop::collection::vec((any::<u8>(), 1usize..3000), 0..12),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let value: Vec<u8> = runs.iter().enumerate().flat_map(|(k, &(b, n))| {
                (0..n).map(move |i| if k % 2 == 0 { b } else { b.wrapping_add(i as u8) })
            }).collect();
            let mut at: Vec<usize> = cuts.iter().map(|c| c.index(value.len() + 1)).collect();
            at.extend([0, value.len()]);
            at.sort_unstable();
            let pieces: Vec<&[u8]> = at.windows(2).map(|w| &value[w[0]..w[1]]).collect();
            prop_assert_eq!(windows(&pieces), windows(&[&value]));
        }
    }
}
