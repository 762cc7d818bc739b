//! What an engine has seen, as C reads it.

use crate::counters::{Count, Tally, class_of};
use crate::engine::sidewatch_engine;
use crate::guard::{Failure, guard, object, set, set_sized};
use crate::result::SIDEWATCH_ERROR_INDEX;
use std::mem::offset_of;

/// What an engine has seen since it was made. A transaction counts when it is reset, freed or recycled; each number only
/// grows. They are read one by one while other threads count: two of them may be a transaction apart.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(non_camel_case_types)]
pub struct sidewatch_statistics {
    /// To be set to sizeof(sidewatch_statistics) before the call; after it, the bytes that were filled.
    pub size: usize,
    /// Transactions that have seen anything.
    pub transactions: u64,
    /// Those with a request.
    pub requests: u64,
    /// Those with a response.
    pub responses: u64,
    /// Those whose verdict is attack.
    pub attacks: u64,
    /// Those whose verdict is suspicious.
    pub suspicious: u64,
    /// Findings of all.
    pub findings: u64,
    /// Transactions with an anomaly.
    pub anomalous: u64,
    /// Transactions that reached a limit of the policy.
    pub limited: u64,
    /// Bytes that transactions and connections were fed.
    pub bytes: u64,
    /// Panics caught in calls on transactions and connections; their transactions have no verdict.
    pub panics: u64,
    /// Connections that were made.
    pub connections: u64,
}

/// The size that the structure had in ABI 1.0.
const LEAST: usize = offset_of!(sidewatch_statistics, connections) + size_of::<u64>();

impl sidewatch_statistics {
    fn of(tally: &Tally) -> sidewatch_statistics {
        sidewatch_statistics {
            size: size_of::<sidewatch_statistics>(),
            transactions: tally.get(Count::Transactions),
            requests: tally.get(Count::Requests),
            responses: tally.get(Count::Responses),
            attacks: tally.get(Count::Attacks),
            suspicious: tally.get(Count::Suspicious),
            findings: tally.get(Count::Findings),
            anomalous: tally.get(Count::Anomalous),
            limited: tally.get(Count::Limited),
            bytes: tally.get(Count::Bytes),
            panics: tally.get(Count::Panics),
            connections: tally.get(Count::Connections),
        }
    }

    /// Writes the numbers to C.
    ///
    /// # Safety
    /// That of [`set_sized`].
    pub(crate) unsafe fn give(tally: &Tally, out: *mut sidewatch_statistics) -> Result<(), Failure> {
        // SAFETY: the caller's contract; the structure begins with its size.
        unsafe { set_sized(out, sidewatch_statistics::of(tally), LEAST) }
    }
}

/// What transactions and connections of this engine have seen; they count on after the engine is freed, but nobody reads
/// it then: a slot (sidewatch_slot_statistics) adds up all its engines.
///
/// # Safety
/// `engine` is live; `out` is writable, and its member `size` is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_engine_statistics(
    engine: *const sidewatch_engine,
    out: *mut sidewatch_statistics,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object`.
        let engine = unsafe { object(engine) }?;
        // SAFETY: the contract of this function is that of `give`.
        unsafe { sidewatch_statistics::give(&engine.0.counters.tally(), out) }
    })
}

/// How many findings of a class there were, by the number of the class.
///
/// # Safety
/// `engine` is live; `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_engine_class_findings(
    engine: *const sidewatch_engine,
    class_number: u32,
    out: *mut u64,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object`.
        let engine = unsafe { object(engine) }?;
        let class = class_of(class_number).ok_or(Failure(SIDEWATCH_ERROR_INDEX))?;
        // SAFETY: the contract of this function is that of `set`.
        unsafe { set(out, engine.0.counters.tally().class(class)) }
    })
}
