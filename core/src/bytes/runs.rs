//! Runs: blanks, or a few bytes repeated again and again.
//!
//! Padding is cheap to send and hides what stands behind it from a reader with a window. What repeats itself says nothing
//! new: two blocks of it are kept, and the rest is dropped, whole repetitions at a time, so that what follows is in step.

use super::search;

/// How many bytes are kept between two looks for a run.
pub(super) const BLOCK: usize = 32;
/// Longest part that is known as repeated.
const LONGEST: usize = BLOCK;

/// A run that the kept bytes end with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// Length of what is repeated; none if it is blanks in any order.
    period: usize,
    dropped: u64,
}

/// Blanks of any kind, and the `+` that stands for one in forms.
const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c | b'+')
}

impl Run {
    /// The run that `kept` ends with, if two blocks of it are.
    pub fn at_the_end_of(kept: &[u8]) -> Option<Run> {
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
            1 => bytes.iter().take_while(|&b| kept.last() == Some(b)).count(),
            period => {
                let pattern = kept.get(kept.len() - period..).unwrap_or_default();
                let mut at = (self.dropped % period as u64) as usize;
                let same = bytes.iter().take_while(|&b| {
                    let same = pattern.get(at) == Some(b);
                    at = if at + 1 == period { 0 } else { at + 1 };
                    same
                });
                same.count()
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
