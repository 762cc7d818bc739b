//! What a transaction adds up to, in single values: for logs and headers, where a whole event is too much. And what the
//! host made of it.

use crate::finding::sidewatch_text;
use crate::guard::{ARGUMENT, Failure, guard, object, object_mut, set};
use crate::result::SIDEWATCH_ERROR_INDEX;
use crate::transaction::sidewatch_transaction;
use engine::Action;

/// The host only watches.
pub const SIDEWATCH_ACTION_NONE: u32 = 0;
/// The host let the request through.
pub const SIDEWATCH_ACTION_PASS: u32 = 1;
/// The host refused the request.
pub const SIDEWATCH_ACTION_BLOCK: u32 = 2;

/// A name of the library: it lives as long as the program.
fn name(text: Option<&'static str>) -> Result<sidewatch_text, Failure> {
    let text = text.ok_or(Failure(SIDEWATCH_ERROR_INDEX))?;
    Ok(sidewatch_text { data: text.as_ptr(), len: text.len() })
}

/// The highest confidence of a finding so far, 0 if there is none. A plain getter.
///
/// # Safety
/// `tx` is live and used by no other thread; `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_score(tx: *const sidewatch_transaction, out: *mut u32) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object`.
        let tx = unsafe { object(tx) }?;
        let score = tx.whole()?.event().score;
        // SAFETY: the contract of this function is that of `set`.
        unsafe { set(out, u32::from(score)) }
    })
}

/// The name of the class of that number, from 0, among those the verdict rests on, as in the event; SIDEWATCH_ERROR_INDEX
/// behind the last. The name lives as long as the program. A plain getter.
///
/// # Safety
/// `tx` is live and used by no other thread; `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_class(
    tx: *const sidewatch_transaction,
    index: usize,
    out: *mut sidewatch_text,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object`.
        let tx = unsafe { object(tx) }?;
        let class = name(tx.whole()?.event().classes().get(index).copied())?;
        // SAFETY: the contract of this function is that of `set`.
        unsafe { set(out, class) }
    })
}

/// The name of the anomaly of that number, from 0, as in the event; SIDEWATCH_ERROR_INDEX behind the last. The name lives
/// as long as the program. A plain getter.
///
/// # Safety
/// `tx` is live and used by no other thread; `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_anomaly(
    tx: *const sidewatch_transaction,
    index: usize,
    out: *mut sidewatch_text,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object`.
        let tx = unsafe { object(tx) }?;
        let anomaly = name(tx.whole()?.anomalies().iter().nth(index).map(|a| a.name()))?;
        // SAFETY: the contract of this function is that of `set`.
        unsafe { set(out, anomaly) }
    })
}

/// What the host did with the request: one of SIDEWATCH_ACTION_*, shown in events but for SIDEWATCH_ACTION_NONE.
///
/// # Safety
/// `tx` is live and used by no other thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_set_action(
    tx: *mut sidewatch_transaction,
    action: u32,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let tx = unsafe { object_mut(tx) }?;
        let action = match action {
            SIDEWATCH_ACTION_NONE => None,
            SIDEWATCH_ACTION_PASS => Some(Action::Pass),
            SIDEWATCH_ACTION_BLOCK => Some(Action::Block),
            _ => return Err(ARGUMENT),
        };
        tx.change(0, |tx| tx.set_action(action))
    })
}
