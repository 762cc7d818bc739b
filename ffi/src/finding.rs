//! Findings and anomalies of a transaction, as C sees them.

use crate::facts::{give_anomaly, sidewatch_anomaly};
use crate::guard::{Failure, guard, object, set, set_sized};
use crate::result::SIDEWATCH_ERROR_INDEX;
use crate::transaction::sidewatch_transaction;
use std::mem::offset_of;

/// Reconnaissance.
pub const SIDEWATCH_SEVERITY_LOW: u32 = 1;
/// Data of single users at risk.
pub const SIDEWATCH_SEVERITY_MEDIUM: u32 = 2;
/// Data of the application at risk.
pub const SIDEWATCH_SEVERITY_HIGH: u32 = 3;
/// The server itself at risk.
pub const SIDEWATCH_SEVERITY_CRITICAL: u32 = 4;

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
    /// How bad it is if it works: one of SIDEWATCH_SEVERITY_*.
    pub severity: u32,
}

/// More of a finding. Texts of the transaction stay valid as those of sidewatch_finding do.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(non_camel_case_types)]
pub struct sidewatch_finding_details {
    /// To be set to sizeof(sidewatch_finding_details) before the call; after it, the bytes that were filled.
    pub size: usize,
    /// The part that tells, as the attacked language's lexer reads it: `string-end or number = number comment`.
    pub tokens: sidewatch_text,
    /// What an attacker gains by this class, in one sentence.
    pub gain: sidewatch_text,
    /// What the technique means, in one line.
    pub meaning: sidewatch_text,
    /// The attack patterns of CAPEC that the technique is one of: `capec_count` numbers, never freed.
    pub capec: *const u16,
    /// How many there are; 0 if none is known.
    pub capec_count: usize,
}

/// The size of ABI 1.0.
const LEAST: usize = offset_of!(sidewatch_finding_details, capec_count) + size_of::<usize>();

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

/// More of the finding of that number, from 0. A plain getter.
///
/// # Safety
/// `tx` is live and used by no other thread; `out` is writable, and its member `size` is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_finding_details(
    tx: *const sidewatch_transaction,
    index: usize,
    out: *mut sidewatch_finding_details,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object`.
        let tx = unsafe { object(tx) }?;
        let finding = tx.whole()?.findings().get(index).ok_or(Failure(SIDEWATCH_ERROR_INDEX))?;
        let technique = finding.technique_facts();
        let capec = technique.map_or(&[][..], |t| t.capec);
        let details = sidewatch_finding_details {
            size: size_of::<sidewatch_finding_details>(),
            tokens: sidewatch_text::of(&finding.tokens),
            gain: sidewatch_text::of(finding.class.facts().gain),
            meaning: sidewatch_text::of(technique.map_or("", |t| t.meaning)),
            capec: capec.as_ptr(),
            capec_count: capec.len(),
        };
        // SAFETY: the contract of this function is that of `set_sized`.
        unsafe { set_sized(out, details, LEAST) }
    })
}

/// The number of anomalies so far. A plain getter.
///
/// # Safety
/// `tx` is live and used by no other thread; `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_anomaly_count(
    tx: *const sidewatch_transaction,
    out: *mut usize,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object`.
        let tx = unsafe { object(tx) }?;
        let count = tx.whole()?.anomalies().iter().count();
        // SAFETY: the contract of this function is that of `set`.
        unsafe { set(out, count) }
    })
}

/// An anomaly of the transaction, by its place in the order of their numbers, from 0. A plain getter.
///
/// # Safety
/// `tx` is live and used by no other thread; `out` is writable, and its member `size` is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_anomaly(
    tx: *const sidewatch_transaction,
    index: usize,
    out: *mut sidewatch_anomaly,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object`.
        let tx = unsafe { object(tx) }?;
        let anomaly = tx.whole()?.anomalies().iter().nth(index).ok_or(Failure(SIDEWATCH_ERROR_INDEX))?;
        // SAFETY: the contract of this function is that of `give_anomaly`.
        unsafe { give_anomaly(anomaly, out) }
    })
}
