//! Instruction counts as they are committed, and what counts as worse.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A count may be higher than recorded by so many percent.
pub const ALLOWED: u64 = 5;
/// So many instructions more are never worse: where a block of memory lies makes the C library's `malloc` and `memcpy` take some dozens more
/// or less, which is a tenth of a row that does little else.
pub const SLACK: u64 = 100;

/// `instructions.json`: what was counted, with what, and why the record was last written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Why the record was last written.
    pub reason: String,
    /// Counts of different makings are not compared.
    pub made_by: Making,
    /// Instructions of each row.
    pub rows: BTreeMap<String, Row>,
}

/// What the counts depend on besides the code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Making {
    /// The compiler, as it names itself.
    pub rustc: String,
    /// Architecture and system.
    pub target: String,
    /// The widest vectors of the emulated processor that the code could choose.
    pub vectors: String,
}

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Bytes of the message.
    pub bytes: usize,
    /// Instructions of one warm run.
    pub instructions: u64,
}

impl Row {
    /// By how many percent `now` is more than this; negative if it is less.
    pub fn change(&self, now: &Row) -> f64 {
        (now.instructions as f64 / self.instructions as f64 - 1.0) * 100.0
    }
}

/// What is wrong with the rows of now, as sentences: a row that got slower, or that differs in kind from the record.
pub fn worse(recorded: &BTreeMap<String, Row>, now: &BTreeMap<String, Row>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, row) in now {
        match recorded.get(name) {
            None => wrong.push(format!("{name}: not in the record")),
            Some(old) if old.bytes != row.bytes => {
                wrong.push(format!("{name}: {} bytes, {} in the record", row.bytes, old.bytes));
            }
            Some(old)
                if row.instructions > old.instructions + SLACK
                    && row.instructions * 100 > old.instructions * (100 + ALLOWED) =>
            {
                wrong.push(format!("{name}: {:+.1} %, more than +{ALLOWED} %", old.change(row)));
            }
            Some(_) => {}
        }
    }
    let gone = recorded.keys().filter(|name| !now.contains_key(*name));
    wrong.extend(gone.map(|name| format!("{name}: in the record, but no longer counted")));
    wrong
}

/// The instructions of one dump of callgrind: the number behind `totals:`.
pub fn total(dump: &str) -> Option<u64> {
    dump.lines().find_map(|line| line.strip_prefix("totals:"))?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(list: &[(&str, usize, u64)]) -> BTreeMap<String, Row> {
        list.iter()
            .map(|&(name, bytes, instructions)| (name.to_owned(), Row { bytes, instructions }))
            .collect()
    }

    #[test]
    fn up_to_five_percent_more_is_allowed() {
        let recorded = rows(&[("get", 1000, 100_000)]);
        assert!(worse(&recorded, &rows(&[("get", 1000, 105_000)])).is_empty());
        assert!(worse(&recorded, &rows(&[("get", 1000, 50_000)])).is_empty());
        assert_eq!(worse(&recorded, &rows(&[("get", 1000, 105_100)])), ["get: +5.1 %, more than +5 %"]);
    }

    #[test]
    fn a_few_instructions_are_the_allocator_s() {
        let recorded = rows(&[("engine", 1, 286)]);
        assert!(worse(&recorded, &rows(&[("engine", 1, 286 + SLACK)])).is_empty());
        assert_eq!(
            worse(&recorded, &rows(&[("engine", 1, 287 + SLACK)])),
            ["engine: +35.3 %, more than +5 %"]
        );
    }

    #[test]
    fn other_rows_or_bytes_need_a_new_record() {
        let recorded = rows(&[("get", 1000, 100_000), ("post", 10, 10)]);
        assert_eq!(
            worse(&recorded, &rows(&[("get", 999, 1), ("put", 1, 1)])),
            [
                "get: 999 bytes, 1000 in the record",
                "put: not in the record",
                "post: in the record, but no longer counted"
            ]
        );
    }

    #[test]
    fn the_total_of_a_dump_is_read() {
        assert_eq!(total("version: 1\nevents: Ir\nfn=(1)\n12 3\ntotals: 4711\n"), Some(4711));
        assert_eq!(total("version: 1\n"), None);
    }
}
