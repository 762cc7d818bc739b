//! What the findings of a transaction add up to, and its event.

use crate::finding::sidewatch_text;
use crate::guard::{ARGUMENT, guard, object_mut, set};
use crate::transaction::sidewatch_transaction;
use engine::Verdict;

/// Nothing was found.
pub const SIDEWATCH_VERDICT_PASS: u32 = 0;
/// Something was found, too little to call it an attack.
pub const SIDEWATCH_VERDICT_SUSPICIOUS: u32 = 1;
/// An attack.
pub const SIDEWATCH_VERDICT_ATTACK: u32 = 2;

/// What the findings so far add up to: one of SIDEWATCH_VERDICT_*. A plain getter.
///
/// # Safety
/// `tx` is live and used by no other thread; `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_verdict(tx: *mut sidewatch_transaction, out: *mut u32) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let tx = unsafe { object_mut(tx) }?;
        let verdict = match tx.whole()?.verdict() {
            Verdict::Pass => SIDEWATCH_VERDICT_PASS,
            Verdict::Suspicious => SIDEWATCH_VERDICT_SUSPICIOUS,
            Verdict::Attack => SIDEWATCH_VERDICT_ATTACK,
        };
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
