//! Turns: each engine takes all requests of a work, then the next engine does, and again, so that a machine that is busy or
//! changes its clock slows all of them. Measured is the processor's time of this thread, in which every engine does all of its
//! work: what other programs take is not in it. Of the turns' times a request the median counts.

use crate::engines::{Engine, Slot};
use crate::message::Message;
use crate::report::Row;
use crate::traffic::{Traffic, Work};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Fewest turns of each engine; odd, so that one is the median.
const TURNS: usize = 5;
/// Turns that are enough.
const ENOUGH: usize = 301;
/// A turn of a quick engine goes through the requests until this is over.
const TURN: Duration = Duration::from_millis(10);

/// Measures every work in every engine that is there, in about so much time.
pub fn all(traffic: &Traffic, slots: &mut [Slot], time: Duration) -> Vec<Row> {
    let share = time / u32::try_from(traffic.works.len()).unwrap_or(1);
    let mut rows = Vec::new();
    for (number, work) in traffic.works.iter().enumerate() {
        eprint!(
            "{} of {}: {} ({} requests) ",
            number + 1,
            traffic.works.len(),
            work.name,
            work.requests.len()
        );
        rows.extend(one(traffic, work, slots, share));
        eprintln!();
    }
    rows
}

/// What is known of an engine in one work.
#[derive(Default)]
struct Tally {
    passes: u32,
    nanoseconds: Vec<f64>,
    flagged: usize,
    by_class: BTreeMap<String, (usize, usize)>,
}

fn one(traffic: &Traffic, work: &Work, slots: &mut [Slot], share: Duration) -> Vec<Row> {
    let start = Instant::now();
    let mut tallies: Vec<Option<Tally>> = Vec::new();
    for slot in &mut *slots {
        tallies.push(slot.engine.as_mut().ok().map(|engine| first(traffic, work, engine.as_mut())));
    }
    let mut turns = 0;
    while turns < TURNS || (start.elapsed() < share && turns < ENOUGH) {
        for (slot, tally) in slots.iter_mut().zip(&mut tallies) {
            if let (Ok(engine), Some(tally)) = (&mut slot.engine, tally) {
                let time = turn(&traffic.pool, work, engine.as_mut(), tally.passes);
                tally.nanoseconds.push(time);
            }
        }
        turns += 1;
        if turns.is_power_of_two() {
            eprint!(".");
        }
    }
    let bytes: usize = work.requests.iter().map(|n| traffic.pool[*n].raw.len()).sum();
    let mut rows: Vec<Row> = slots
        .iter()
        .zip(tallies)
        .map(|(slot, tally)| {
            let tally = tally.unwrap_or_default();
            Row {
                work: work.name,
                engine: slot.name,
                version: slot.engine.as_ref().map(|engine| engine.version()).unwrap_or_default(),
                missing: slot.engine.as_ref().err().cloned(),
                ns_per_request: median(tally.nanoseconds),
                requests: work.requests.len(),
                flagged: tally.flagged,
                bytes_per_request: bytes as f64 / work.requests.len() as f64,
                ratio: None,
                turns,
                flagged_by_class: tally.by_class,
            }
        })
        .collect();
    let ours = rows.iter().find(|row| row.engine == "sidewatch").and_then(|row| row.ns_per_request);
    for row in &mut rows {
        row.ratio = row.ns_per_request.zip(ours).map(|(theirs, ours)| theirs / ours);
    }
    rows
}

/// One pass that is not measured: it counts what is flagged, warms up, and tells how many passes fill a turn.
fn first(traffic: &Traffic, work: &Work, engine: &mut dyn Engine) -> Tally {
    let mut tally = Tally::default();
    for number in &work.requests {
        let flagged = engine.inspect(*number, &traffic.pool[*number]);
        tally.flagged += usize::from(flagged);
        if let Some(class) = &traffic.classes[*number] {
            let (found, all) = tally.by_class.entry(class.clone()).or_default();
            (*found, *all) = (*found + usize::from(flagged), *all + 1);
        }
    }
    tally.passes = 1;
    while turn(&traffic.pool, work, engine, tally.passes)
        * f64::from(tally.passes)
        * (work.requests.len() as f64)
        < TURN.as_nanos() as f64
    {
        tally.passes *= 2;
    }
    tally
}

/// Nanoseconds a request, over so many passes.
fn turn(pool: &[Message], work: &Work, engine: &mut dyn Engine, passes: u32) -> f64 {
    let start = thread_time();
    let mut flagged = 0;
    for _ in 0..passes {
        for number in &work.requests {
            flagged += usize::from(engine.inspect(*number, black_box(&pool[*number])));
        }
    }
    black_box(flagged);
    (thread_time() - start).as_nanos() as f64 / (f64::from(passes) * work.requests.len() as f64)
}

/// How long this thread has been running on a processor.
fn thread_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is writable.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(result, 0, "no clock of the thread");
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

fn median(mut times: Vec<f64>) -> Option<f64> {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Flags every second request of the pool.
    struct Second;

    impl Engine for Second {
        fn version(&self) -> String {
            String::from("1")
        }
        fn inspect(&mut self, number: usize, _: &Message) -> bool {
            number % 2 == 1
        }
    }

    #[test]
    fn rows_tell_what_was_found_and_what_is_missing() {
        let traffic = Traffic::load().unwrap();
        let mut slots = [
            Slot { name: "sidewatch", engine: Ok(Box::new(Second)) },
            Slot { name: "libddwaf", engine: Err(String::from("not installed")) },
        ];
        let rows = all(&traffic, &mut slots, Duration::ZERO);
        assert_eq!(rows.len(), 2 * traffic.works.len());
        let row =
            |work: &str, engine: &str| rows.iter().find(|r| (r.work, r.engine) == (work, engine)).unwrap();
        let ours = row("ordinary", "sidewatch");
        assert_eq!((ours.flagged, ours.turns), (ours.requests / 2, TURNS));
        assert!(ours.ns_per_request.unwrap() > 0.0 && ours.ratio == Some(1.0));
        assert!(row("attacks", "sidewatch").flagged_by_class.contains_key("sqli"));
        let missing = row("mixed", "libddwaf");
        assert!(missing.ns_per_request.is_none() && missing.missing.is_some());
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(Vec::new()), None);
    }
}
