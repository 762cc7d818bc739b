//! Medians of rounds taken in turns, in the processor's time.
//!
//! The sides take turns in short rounds, so that a machine that is busy or changes its clock slows all of them, and the
//! ratio of their medians is that of one machine at one time. The clock is that of this thread: it stands still while
//! something else runs on the core.

use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// How long one round of one side should take, unless one call takes longer.
const ROUND: Duration = Duration::from_millis(2);
/// Fewest rounds, unless they take longer than [`PATIENCE`]: a median needs some.
const FEWEST: usize = 5;
/// After this one round has to do.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long this thread has run.
pub fn now() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// The median seconds of one call of each side.
pub fn medians<const N: usize>(mut sides: [&mut dyn FnMut(); N], budget: Duration) -> [f64; N] {
    let mut calls = [1; N];
    for (side, calls) in sides.iter_mut().zip(&mut calls) {
        while round(side, *calls) < ROUND {
            *calls *= 2;
        }
    }
    let mut times: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
    let start = now();
    loop {
        let spent = now() - start;
        let enough = times[0].len() >= FEWEST || !times[0].is_empty() && spent > PATIENCE;
        if spent >= budget && enough {
            break;
        }
        for ((side, calls), times) in sides.iter_mut().zip(calls).zip(&mut times) {
            times.push(round(side, calls).as_secs_f64() / f64::from(calls));
        }
    }
    times.map(median)
}

fn round(side: &mut dyn FnMut(), calls: u32) -> Duration {
    let start = now();
    (0..calls).for_each(|_| side());
    now() - start
}

/// The middle of the list.
pub fn median(mut list: Vec<f64>) -> f64 {
    list.sort_by(f64::total_cmp);
    list[list.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![3.0, 9.0, 1.0]), 3.0);
    }

    #[test]
    fn every_side_is_called() {
        let (mut a, mut b) = (0, 0);
        let [one, other] = medians([&mut || a += 1, &mut || b += 1], Duration::ZERO);
        assert!(one > 0.0 && other > 0.0);
        assert!(a >= FEWEST && b >= FEWEST);
    }
}
