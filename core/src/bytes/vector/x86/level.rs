//! Which instructions the processor has.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// SSE2 alone, which every processor has.
pub const SSE2: u8 = 1;
/// SSSE3, too.
pub const SSSE3: u8 = 2;
/// AVX2, too, and the instructions for bits that came with it: BMI1, BMI2, LZCNT and POPCNT.
pub const AVX2: u8 = 3;
/// AVX-512 (F, BW, VL, VBMI, VBMI2), too: processors that have the last two (Intel's Ice Lake, AMD's Zen 4, and later)
/// hardly lower their clock for vectors of 64 bytes. Older ones do, for all that runs on them.
pub const WIDE: u8 = 4;

/// What was found; 0 as long as nothing was looked for. Nothing is written to it but by [`find`].
static FOUND: AtomicU8 = AtomicU8::new(0);

/// How much the processor has: each level has all of those below.
///
/// PERF: one load and two comparisons; asking for each kind of instruction takes as many each.
#[inline(always)]
pub fn level() -> u8 {
    let found = FOUND.load(Relaxed);
    let level = if found == 0 { find() } else { found };
    #[cfg(test)]
    let level = level.min(MOST.get());
    level
}

#[cold]
#[inline(never)]
fn find() -> u8 {
    let avx2 = is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("popcnt");
    let wide = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vbmi")
        && is_x86_feature_detected!("avx512vbmi2");
    let level = match (is_x86_feature_detected!("ssse3"), avx2, wide) {
        (true, true, true) => WIDE,
        (true, true, false) => AVX2,
        (true, false, _) => SSSE3,
        (false, ..) => SSE2,
    };
    FOUND.store(level, Relaxed);
    level
}

#[cfg(test)]
thread_local! {
    /// The highest level that a test lets be told, so that what is written for older processors is tested on newer ones.
    static MOST: std::cell::Cell<u8> = const { std::cell::Cell::new(WIDE) };
}

/// A turn for each level up to that of this processor, in which no higher one is told.
#[cfg(test)]
pub fn levels() -> Levels {
    MOST.set(WIDE);
    Levels(level())
}

/// The level of the next turn.
#[cfg(test)]
pub struct Levels(u8);

#[cfg(test)]
impl Iterator for Levels {
    type Item = ();

    fn next(&mut self) -> Option<()> {
        MOST.set(if self.0 < SSE2 { WIDE } else { self.0 });
        self.0 = self.0.checked_sub(1)?;
        Some(())
    }
}

/// Where a test fails in a turn.
#[cfg(test)]
impl Drop for Levels {
    fn drop(&mut self) {
        MOST.set(WIDE);
    }
}
