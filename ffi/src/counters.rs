//! What an engine has seen, counted without a lock.
//!
//! A transaction is counted once, when it is reset or freed. The numbers lie in several rows, and each handle adds to one
//! of them: threads that end transactions at the same time write to different cache lines.

use engine::detect::{Class, FACTS};
use engine::http::Anomaly;
use engine::{Transaction, Verdict};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// What is counted beside the findings of each class; the order is that of `sidewatch_statistics`.
#[derive(Clone, Copy)]
pub(crate) enum Count {
    Transactions,
    Requests,
    Responses,
    Attacks,
    Suspicious,
    Findings,
    Anomalous,
    Limited,
    Bytes,
    Panics,
    Connections,
}

/// Where the findings of the classes begin, by their number.
const CLASSES: usize = Count::Connections as usize + 1;
/// Numbers of a row: class numbers stay below 53.
const NUMBERS: usize = 64;
/// Rows to spread the threads over.
const ROWS: usize = 16;

/// The limits a transaction can reach.
pub(crate) const LIMITS: [Anomaly; 9] = [
    Anomaly::FieldTooLong,
    Anomaly::TooManyHeaders,
    Anomaly::TooManyParams,
    Anomaly::NestingTooDeep,
    Anomaly::DecodeTooDeep,
    Anomaly::DecodeBudget,
    Anomaly::DataBomb,
    Anomaly::TooManyFindings,
    Anomaly::TooManyPipelined,
];

/// Numbers at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tally([u64; NUMBERS]);

impl Default for Tally {
    fn default() -> Tally {
        Tally([0; NUMBERS])
    }
}

impl Tally {
    pub fn get(&self, count: Count) -> u64 {
        self.0[count as usize]
    }

    /// Findings of a class.
    pub fn class(&self, class: Class) -> u64 {
        self.0[CLASSES + class as usize]
    }

    pub fn merge(&mut self, other: &Tally) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine = mine.wrapping_add(theirs);
        }
    }
}

/// One row, on cache lines of its own (the prefetcher takes two at a time).
#[derive(Debug)]
#[repr(align(128))]
struct Row([AtomicU64; NUMBERS]);

/// The numbers of one engine.
#[derive(Debug)]
pub(crate) struct Counters {
    rows: [Row; ROWS],
    handles: AtomicUsize,
}

impl Counters {
    pub fn new() -> Counters {
        Counters {
            rows: [const { Row([const { AtomicU64::new(0) }; NUMBERS]) }; ROWS],
            handles: AtomicUsize::new(0),
        }
    }

    /// The row of one more handle.
    pub fn row(&self) -> usize {
        self.handles.fetch_add(1, Ordering::Relaxed) % ROWS
    }

    pub fn add(&self, row: usize, count: Count, n: u64) {
        self.put(row, count as usize, n);
    }

    fn put(&self, row: usize, number: usize, n: u64) {
        if n != 0 {
            self.rows[row % ROWS].0[number].fetch_add(n, Ordering::Relaxed);
        }
    }

    /// Counts a transaction that ends, and `bytes` that it was fed; one that has seen nothing is none.
    pub fn transaction(&self, row: usize, tx: &Transaction, bytes: u64) {
        let (findings, anomalies) = (tx.findings(), tx.anomalies());
        if !tx.has_request()
            && !tx.has_response()
            && findings.is_empty()
            && anomalies.is_empty()
            && bytes == 0
        {
            return;
        }
        self.add(row, Count::Transactions, 1);
        self.add(row, Count::Requests, tx.has_request().into());
        self.add(row, Count::Responses, tx.has_response().into());
        self.add(row, Count::Bytes, bytes);
        match tx.verdict() {
            Verdict::Pass => {}
            Verdict::Suspicious => self.add(row, Count::Suspicious, 1),
            Verdict::Attack => self.add(row, Count::Attacks, 1),
        }
        if !anomalies.is_empty() {
            self.add(row, Count::Anomalous, 1);
            self.add(row, Count::Limited, LIMITS.iter().any(|&a| anomalies.contains(a)).into());
        }
        self.add(row, Count::Findings, findings.len() as u64);
        for finding in findings {
            self.put(row, CLASSES + finding.class as usize, 1);
        }
    }

    /// The numbers now.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for row in &self.rows {
            for (sum, number) in tally.0.iter_mut().zip(&row.0) {
                *sum = sum.wrapping_add(number.load(Ordering::Relaxed));
            }
        }
        tally
    }
}

/// The class of that number.
pub(crate) fn class_of(number: u32) -> Option<Class> {
    FACTS.iter().map(|f| f.class).find(|&c| c as u32 == number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_a_number_of_its_own() {
        assert!(FACTS.iter().all(|f| CLASSES + (f.class as usize) < NUMBERS));
        assert_eq!(class_of(1), Some(Class::Sqli));
        assert_eq!((class_of(0), class_of(26), class_of(999)), (None, None, None));
    }

    #[test]
    fn handles_spread_over_the_rows_and_add_up() {
        let counters = Counters::new();
        for _ in 0..40 {
            counters.add(counters.row(), Count::Connections, 2);
        }
        assert_eq!(counters.tally().get(Count::Connections), 80);
        assert!(counters.rows.iter().all(|r| r.0[Count::Connections as usize].load(Ordering::Relaxed) > 0));
        let mut twice = counters.tally();
        twice.merge(&counters.tally());
        assert_eq!(twice.get(Count::Connections), 160);
    }
}
