//! What the host made of a transaction.

use crate::guard::{ARGUMENT, guard, object_mut};
use crate::transaction::sidewatch_transaction;
use engine::Action;

/// The host only watches.
pub const SIDEWATCH_ACTION_NONE: u32 = 0;
/// The host let the request through.
pub const SIDEWATCH_ACTION_PASS: u32 = 1;
/// The host refused the request.
pub const SIDEWATCH_ACTION_BLOCK: u32 = 2;

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
