//! The slot: holds the engine of the day, and lets another take its place while requests are under way.

use crate::counters::{Tally, class_of};
use crate::engine::{Shared, sidewatch_engine};
use crate::guard::{ARGUMENT, Failure, drop_object, give, guard, object, object_mut, set};
use crate::log::{SIDEWATCH_LOG_INFO, tell};
use crate::policy::{from_file, from_text, refuse};
use crate::result::SIDEWATCH_ERROR_INDEX;
use crate::statistics::sidewatch_statistics;
use crate::transaction::sidewatch_transaction;
use std::ffi::c_char;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A slot: holds one engine at a time, shared by all threads. Transactions that began keep their engine, the next ones get
/// the new one. Made by sidewatch_slot_new, freed by sidewatch_slot_free.
#[allow(non_camel_case_types)]
pub struct sidewatch_slot {
    held: Mutex<Held>,
    /// The engine that is held, by its id; changed under the lock.
    id: AtomicU64,
    swaps: AtomicU64,
}

struct Held {
    engine: Arc<Shared>,
    /// Engines that were held and may still count.
    past: Vec<Arc<Shared>>,
    /// What those have counted that nobody uses any more.
    gone: Tally,
}

impl Held {
    /// Lets go of the engines that nobody uses any more.
    fn settle(&mut self) {
        let gone = &mut self.gone;
        // Nobody else has such an engine, and nobody can get it: its numbers are final.
        self.past.retain_mut(|engine| match Arc::get_mut(engine) {
            Some(engine) => {
                gone.merge(&engine.counters.tally());
                false
            }
            None => true,
        });
    }

    fn tally(&mut self) -> Tally {
        self.settle();
        let mut sum = self.gone.clone();
        for engine in self.past.iter().chain([&self.engine]) {
            sum.merge(&engine.counters.tally());
        }
        sum
    }
}

impl sidewatch_slot {
    fn lock(&self) -> MutexGuard<'_, Held> {
        // Nothing that is done under the lock leaves it half done.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn engine(&self) -> Arc<Shared> {
        Arc::clone(&self.lock().engine)
    }

    fn swap(&self, engine: Arc<Shared>) {
        let (old, new) = {
            let mut held = self.lock();
            if held.engine.id == engine.id {
                return;
            }
            held.past.retain(|past| past.id != engine.id);
            let ids = (held.engine.id, engine.id);
            self.id.store(engine.id, Ordering::Release);
            let old = std::mem::replace(&mut held.engine, engine);
            held.past.push(old);
            held.settle();
            ids
        };
        self.swaps.fetch_add(1, Ordering::Relaxed);
        tell(SIDEWATCH_LOG_INFO, &format!("engine {old} was replaced by engine {new}"));
    }
}

/// Makes a slot that holds `engine`; the handle of the engine may be freed.
///
/// # Safety
/// `engine` is live; `out` points to a writable pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_slot_new(
    engine: *const sidewatch_engine,
    out: *mut *mut sidewatch_slot,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object`.
        let engine = Arc::clone(&unsafe { object(engine) }?.0);
        let id = AtomicU64::new(engine.id);
        let held = Mutex::new(Held { engine, past: Vec::new(), gone: Tally::default() });
        // SAFETY: the contract of this function is that of `give`.
        unsafe { give(out, sidewatch_slot { held, id, swaps: AtomicU64::new(0) }) }
    })
}

/// Frees a slot; engines and transactions that were taken from it live on. NULL is nothing.
///
/// # Safety
/// `slot` is NULL or came from sidewatch_slot_new and is not used any more, by any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_slot_free(slot: *mut sidewatch_slot) {
    guard(|| {
        // SAFETY: the contract of this function is that of `drop_object`.
        unsafe { drop_object(slot) }
    });
}

/// Puts `engine` into the slot in place of the one that is there; the handle of the engine may be freed.
///
/// # Safety
/// `slot` and `engine` are live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_slot_swap(
    slot: *const sidewatch_slot,
    engine: *const sidewatch_engine,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object`.
        let slot = unsafe { object(slot) }?;
        // SAFETY: the contract of this function is that of `object`.
        let engine = unsafe { object(engine) }?;
        slot.swap(Arc::clone(&engine.0));
        Ok(())
    })
}

/// Builds an engine from a policy in TOML and puts it into the slot; if the policy is refused, the engine that is there
/// stays, and `reason` is written as for sidewatch_engine_new.
///
/// # Safety
/// `slot` is live, `policy` points to `policy_len` bytes, `reason` to `reason_size` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_slot_load(
    slot: *const sidewatch_slot,
    policy: *const u8,
    policy_len: usize,
    reason: *mut c_char,
    reason_size: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `refuse`.
        unsafe { refuse(reason, reason_size, "") };
        // SAFETY: the contract of this function is that of `object`.
        let slot = unsafe { object(slot) }?;
        // SAFETY: the contract of this function is that of `from_text`.
        let policy = unsafe { from_text(policy, policy_len, reason, reason_size) }?;
        slot.swap(Shared::new(policy));
        Ok(())
    })
}

/// The same from a file; `reason` is written as for sidewatch_engine_new_from_file.
///
/// # Safety
/// `slot` is live, `path` ends in NUL, `reason` points to `reason_size` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_slot_load_file(
    slot: *const sidewatch_slot,
    path: *const c_char,
    reason: *mut c_char,
    reason_size: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `refuse`.
        unsafe { refuse(reason, reason_size, "") };
        // SAFETY: the contract of this function is that of `object`.
        let slot = unsafe { object(slot) }?;
        // SAFETY: the contract of this function is that of `from_file`.
        let policy = unsafe { from_file(path, reason, reason_size) }?;
        slot.swap(Shared::new(policy));
        Ok(())
    })
}

/// A handle of the engine that is in the slot, to be freed by the caller. It stays valid whatever becomes of the slot.
///
/// # Safety
/// `slot` is live; `out` points to a writable pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_slot_engine(
    slot: *const sidewatch_slot,
    out: *mut *mut sidewatch_engine,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object`.
        let slot = unsafe { object(slot) }?;
        // SAFETY: the contract of this function is that of `give`.
        unsafe { give(out, sidewatch_engine(slot.engine())) }
    })
}

/// Makes a transaction of the engine that is in the slot.
///
/// # Safety
/// `slot` is live; `out` points to a writable pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_slot_transaction(
    slot: *const sidewatch_slot,
    out: *mut *mut sidewatch_transaction,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object`.
        let slot = unsafe { object(slot) }?;
        if out.is_null() {
            return Err(ARGUMENT);
        }
        // SAFETY: the contract of this function is that of `give`.
        unsafe { give(out, sidewatch_transaction::new(slot.engine())) }
    })
}

/// What sidewatch_transaction_reset does; if the slot holds another engine than the transaction's, the transaction goes on
/// with that one. Takes no lock while the engine is the same. For hosts that keep transactions for reuse.
///
/// # Safety
/// `slot` is live; `tx` is live and used by no other thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_slot_reset(
    slot: *const sidewatch_slot,
    tx: *mut sidewatch_transaction,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object`.
        let slot = unsafe { object(slot) }?;
        // SAFETY: the contract of this function is that of `object_mut`.
        let tx = unsafe { object_mut(tx) }?;
        tx.reset();
        if slot.id.load(Ordering::Acquire) != tx.shared().id {
            *tx = sidewatch_transaction::new(slot.engine());
        }
        Ok(())
    })
}

/// How many times the engine in the slot was replaced.
///
/// # Safety
/// `slot` is live; `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_slot_swap_count(slot: *const sidewatch_slot, out: *mut u64) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object`.
        let slot = unsafe { object(slot) }?;
        // SAFETY: the contract of this function is that of `set`.
        unsafe { set(out, slot.swaps.load(Ordering::Relaxed)) }
    })
}

/// The statistics of all engines that are or were in the slot, added up: they only grow, over swaps too.
///
/// # Safety
/// `slot` is live; `out` is writable, and its member `size` is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_slot_statistics(
    slot: *const sidewatch_slot,
    out: *mut sidewatch_statistics,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object`.
        let slot = unsafe { object(slot) }?;
        let tally = slot.lock().tally();
        // SAFETY: the contract of this function is that of `give`.
        unsafe { sidewatch_statistics::give(&tally, out) }
    })
}

/// How many findings of a class there were in all engines of the slot, by the number of the class.
///
/// # Safety
/// `slot` is live; `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_slot_class_findings(
    slot: *const sidewatch_slot,
    class_number: u32,
    out: *mut u64,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object`.
        let slot = unsafe { object(slot) }?;
        let class = class_of(class_number).ok_or(Failure(SIDEWATCH_ERROR_INDEX))?;
        let number = slot.lock().tally().class(class);
        // SAFETY: the contract of this function is that of `set`.
        unsafe { set(out, number) }
    })
}
