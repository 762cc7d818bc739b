//! Findings as C sees them.

use crate::guard::{Failure, guard, object, set};
use crate::result::SIDEWATCH_ERROR_INDEX;
use crate::transaction::sidewatch_transaction;

/// Text that belongs to the transaction: UTF-8, not ended by NUL.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(non_camel_case_types)]
pub struct sidewatch_text {
    /// First byte; never NULL.
    pub data: *const u8,
    /// Length in bytes.
    pub len: usize,
}

impl sidewatch_text {
    pub(crate) fn of(text: &str) -> sidewatch_text {
        sidewatch_text { data: text.as_ptr(), len: text.len() }
    }
}

/// An attack that was found. Texts stay valid until the next call on the transaction that is not a plain getter.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(non_camel_case_types)]
pub struct sidewatch_finding {
    /// Name of the class: `sqli`.
    pub class_name: sidewatch_text,
    /// Name of the technique: `union-select`.
    pub technique: sidewatch_text,
    /// Where it stands: `query.q|base64|json.cmd`.
    pub point: sidewatch_text,
    /// The part that tells, masked.
    pub excerpt: sidewatch_text,
    /// Why, for a person.
    pub reason: sidewatch_text,
    /// Where it begins in the value at `point`, in bytes.
    pub offset: u64,
    /// Length of the part that tells, in bytes.
    pub length: u64,
    /// Number of the class.
    pub class_number: u32,
    /// CWE number, 0 if there is none.
    pub cwe: u32,
    /// How sure it is, 1 to 100.
    pub confidence: u32,
    /// How bad it is if it works: 1 low, 2 medium, 3 high, 4 critical.
    pub severity: u32,
}

/// The number of findings so far. A plain getter.
///
/// # Safety
/// `tx` is live and used by no other thread; `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_finding_count(
    tx: *const sidewatch_transaction,
    out: *mut usize,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object`.
        let tx = unsafe { object(tx) }?;
        let count = tx.whole()?.findings().len();
        // SAFETY: the contract of this function is that of `set`.
        unsafe { set(out, count) }
    })
}

/// The finding of that number, from 0. A plain getter.
///
/// # Safety
/// `tx` is live and used by no other thread; `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_finding(
    tx: *const sidewatch_transaction,
    index: usize,
    out: *mut sidewatch_finding,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object`.
        let tx = unsafe { object(tx) }?;
        let finding = tx.whole()?.findings().get(index).ok_or(Failure(SIDEWATCH_ERROR_INDEX))?;
        let facts = finding.class.facts();
        let text = sidewatch_text::of;
        let seen = sidewatch_finding {
            class_name: text(facts.name),
            technique: text(finding.technique),
            point: text(&finding.point),
            excerpt: text(&finding.excerpt),
            reason: text(&finding.reason),
            offset: finding.offset,
            length: finding.length as u64,
            class_number: finding.class as u32,
            cwe: u32::from(facts.cwe),
            confidence: u32::from(finding.confidence),
            severity: finding.severity as u32,
        };
        // SAFETY: the contract of this function is that of `set`.
        unsafe { set(out, seen) }
    })
}
