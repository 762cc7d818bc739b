//! What the findings of a transaction add up to, and its event.

use crate::finding::sidewatch_text;
use crate::guard::{ARGUMENT, guard, object, object_mut, set, set_sized};
use crate::transaction::sidewatch_transaction;
use engine::Verdict;
use std::mem::offset_of;

/// Nothing was found.
pub const SIDEWATCH_VERDICT_PASS: u32 = 0;
/// Something was found, too little to call it an attack.
pub const SIDEWATCH_VERDICT_SUSPICIOUS: u32 = 1;
/// An attack.
pub const SIDEWATCH_VERDICT_ATTACK: u32 = 2;

/// Bytes that belong to the transaction, as they were received: any bytes, not masked, not ended by NUL.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(non_camel_case_types)]
pub struct sidewatch_bytes {
    /// First byte; never NULL.
    pub data: *const u8,
    /// Length in bytes.
    pub len: usize,
}

/// What is known of a transaction. Bytes stay valid until the next call on it that is not a plain getter.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(non_camel_case_types)]
pub struct sidewatch_summary {
    /// To be set to sizeof(sidewatch_summary) before the call; after it, the bytes that were filled.
    pub size: usize,
    /// One of SIDEWATCH_VERDICT_*.
    pub verdict: u32,
    /// The highest confidence of a finding, 0 if there is none.
    pub score: u32,
    /// 1 if a request was seen, else 0.
    pub has_request: u32,
    /// 1 if a response was seen, else 0.
    pub has_response: u32,
    /// The status of the response; 0 if it has none.
    pub status: u32,
    /// 0.
    pub reserved: u32,
    /// The number of findings.
    pub finding_count: u64,
    /// Bytes of the request's body as received, transfer coding removed.
    pub request_body_bytes: u64,
    /// The same of the response's.
    pub response_body_bytes: u64,
    /// The method.
    pub method: sidewatch_bytes,
    /// The target, cut at the limit `field`.
    pub target: sidewatch_bytes,
    /// The host that the request is for: of an absolute target, else of the Host field.
    pub host: sidewatch_bytes,
    /// The beginning of the decoded body, at most the limit `keep_body`.
    pub request_body_kept: sidewatch_bytes,
    /// The same of the response's.
    pub response_body_kept: sidewatch_bytes,
}

/// The size of ABI 1.0.
const LEAST: usize = offset_of!(sidewatch_summary, response_body_kept) + size_of::<sidewatch_bytes>();

impl sidewatch_bytes {
    fn of(bytes: &[u8]) -> sidewatch_bytes {
        sidewatch_bytes { data: bytes.as_ptr(), len: bytes.len() }
    }
}

/// The number of a verdict.
fn number_of(verdict: Verdict) -> u32 {
    match verdict {
        Verdict::Pass => SIDEWATCH_VERDICT_PASS,
        Verdict::Suspicious => SIDEWATCH_VERDICT_SUSPICIOUS,
        Verdict::Attack => SIDEWATCH_VERDICT_ATTACK,
    }
}

/// What is known of the transaction so far. A plain getter.
///
/// # Safety
/// `tx` is live and used by no other thread; `out` is writable, and its member `size` is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_summary(
    tx: *const sidewatch_transaction,
    out: *mut sidewatch_summary,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object`.
        let tx = unsafe { object(tx) }?.whole()?;
        let event = tx.event();
        let summary = sidewatch_summary {
            size: size_of::<sidewatch_summary>(),
            verdict: number_of(tx.verdict()),
            score: event.score.into(),
            has_request: tx.has_request().into(),
            has_response: tx.has_response().into(),
            status: tx.status().unwrap_or(0).into(),
            reserved: 0,
            finding_count: tx.findings().len() as u64,
            request_body_bytes: event.request.map_or(0, |r| r.body_bytes),
            response_body_bytes: event.response.map_or(0, |r| r.body_bytes),
            method: sidewatch_bytes::of(tx.method()),
            target: sidewatch_bytes::of(tx.target()),
            host: sidewatch_bytes::of(tx.host()),
            request_body_kept: sidewatch_bytes::of(tx.request_body_kept()),
            response_body_kept: sidewatch_bytes::of(tx.response_body_kept()),
        };
        // SAFETY: the contract of this function is that of `set_sized`.
        unsafe { set_sized(out, summary, LEAST) }
    })
}

/// What the findings so far add up to: one of SIDEWATCH_VERDICT_*. A plain getter.
///
/// # Safety
/// `tx` is live and used by no other thread; `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_verdict(tx: *mut sidewatch_transaction, out: *mut u32) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let tx = unsafe { object_mut(tx) }?;
        let verdict = number_of(tx.whole()?.verdict());
        // SAFETY: the contract of this function is that of `set`.
        unsafe { set(out, verdict) }
    })
}

/// The names of the classes that the verdict rests on, sorted, with a comma between: `ptrav,sqli`; empty if nothing was
/// found. Of an attack those with a finding that reaches the sensitivity, otherwise those of the hints. The text stays
/// valid until the next call on this transaction that is not a plain getter.
///
/// # Safety
/// `tx` is live and used by no other thread; `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_classes(
    tx: *mut sidewatch_transaction,
    out: *mut sidewatch_text,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let tx = unsafe { object_mut(tx) }?;
        let classes = tx.whole()?.event().classes();
        tx.classes.clear();
        for (i, class) in classes.iter().enumerate() {
            tx.classes.push_str(if i == 0 { "" } else { "," });
            tx.classes.push_str(class);
        }
        // SAFETY: the contract of this function is that of `set`.
        unsafe { set(out, sidewatch_text::of(&tx.classes)) }
    })
}

/// The event of the transaction as one JSON object without a line end or a final NUL. The text stays valid until
/// the next call on this transaction that is not a plain getter.
///
/// # Safety
/// `tx` is live and used by no other thread; the out-parameters are writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_event_json(
    tx: *mut sidewatch_transaction,
    out: *mut *const u8,
    out_len: *mut usize,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let tx = unsafe { object_mut(tx) }?;
        if out.is_null() || out_len.is_null() {
            return Err(ARGUMENT);
        }
        tx.event.clear();
        let mut event = std::mem::take(&mut tx.event);
        tx.whole()?.write_json(&mut event);
        tx.event = event;
        // SAFETY: not NULL, and writable by the contract of this function.
        unsafe { set(out, tx.event.as_ptr()) }?;
        // SAFETY: not NULL, and writable by the contract of this function.
        unsafe { set(out_len, tx.event.len()) }
    })
}
