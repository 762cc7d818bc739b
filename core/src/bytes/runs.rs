//! Runs: blanks, or a few bytes repeated again and again.
//!
//! Padding is cheap to send and hides what stands behind it from a reader with a window. What repeats itself says nothing
//! new: two blocks of it are kept, and the rest is dropped, whole repetitions at a time, so that what follows is in step.

use super::search;
use super::vector::{self, REPEATED};

/// How many bytes are kept between two looks for a run.
pub(super) const BLOCK: usize = 32;
/// Longest part that is known as repeated.
const LONGEST: usize = REPEATED;
const _: () = assert!(BLOCK == REPEATED);

/// A run that the kept bytes end with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// Length of what is repeated; none if it is blanks in any order.
    period: usize,
    dropped: u64,
}

/// How many bytes `a` and `b` begin with that are the same.
fn alike(a: &[u8], b: &[u8]) -> usize {
    // PERF: blocks that are compared whole become vector code.
    let blocks = a.as_chunks::<BLOCK>().0.iter().zip(b.as_chunks::<BLOCK>().0);
    let same = BLOCK * blocks.take_while(|(a, b)| a == b).count();
    let rest = a.get(same..).into_iter().flatten().zip(b.get(same..).into_iter().flatten());
    same + rest.take_while(|(a, b)| a == b).count()
}

/// Blanks of any kind, and the `+` that stands for one in forms.
const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c | b'+')
}

impl Run {
    /// The first run that `kept` holds at the end of a block, of those that end at `from` or behind it, and where.
    pub fn first_in(kept: &[u8], from: usize) -> Option<(usize, Run)> {
        // A run is two blocks.
        let mut from = from.max(2 * BLOCK);
        loop {
            let end = vector::may_repeat(kept, from)?;
            if let Some(run) = Run::at_the_end_of(kept.get(..end)?) {
                return Some((end, run));
            }
            from = end + BLOCK;
        }
    }

    /// The run that `kept` ends with, if two blocks of it are.
    fn at_the_end_of(kept: &[u8]) -> Option<Run> {
        let tail = kept.last_chunk::<{ 2 * BLOCK }>()?;
        let [.., before, last] = *tail;
        // PERF: text that repeats nothing ends here: its last two bytes are not in its last two blocks a second time.
        let at = |period: usize| 2 * BLOCK - 2 - period;
        let mut places = search::pairs(tail, [before, last]) & ((1 << (at(1) + 1)) - (1 << at(LONGEST)));
        let mut periods = std::iter::from_fn(|| {
            let place = places.checked_ilog2()?;
            places ^= 1 << place;
            Some(at(0) - place as usize)
        });
        let period = periods.find(|p| tail.get(..2 * BLOCK - p) == tail.get(*p..));
        match period {
            Some(period) => Some(Run { period, dropped: 0 }),
            None if is_blank(last) && tail.iter().all(|&b| is_blank(b)) => {
                Some(Run { period: 0, dropped: 0 })
            }
            None => None,
        }
    }

    /// How many of `bytes` belong to the run as well. They are dropped.
    pub fn goes_on(&mut self, kept: &[u8], bytes: &[u8]) -> usize {
        let more = match self.period {
            0 => bytes.iter().take_while(|&&b| is_blank(b)).count(),
            period => {
                let pattern = kept.get(kept.len() - period..).unwrap_or_default();
                let at = (self.dropped % period as u64) as usize;
                let (front, back) = pattern.split_at(at);
                let first = alike(bytes, back);
                let first = if first < back.len() { first } else { first + alike(&bytes[first..], front) };
                // One repetition further each byte is the one that stands a repetition before it.
                if first < period { first } else { period + alike(&bytes[period..], bytes) }
            }
        };
        self.dropped += more as u64;
        more
    }

    /// Ends the run: how many bytes are lost, and those to be put back.
    pub fn end(self, kept: &[u8]) -> (u64, smallvec::SmallVec<[u8; LONGEST]>) {
        if self.period == 0 {
            return (self.dropped, smallvec::SmallVec::new());
        }
        let back = (self.dropped % self.period as u64) as usize;
        let start = kept.len() - self.period;
        (self.dropped - back as u64, kept.get(start..start + back).unwrap_or_default().into())
    }
}
