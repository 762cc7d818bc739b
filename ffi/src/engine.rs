//! The engine: a policy and what was built from it.

use crate::counters::Counters;
use crate::guard::{ARGUMENT, drop_object, give, guard};
use crate::log;
use crate::policy::{from_file, from_text, refuse};
use engine::{Engine, Policy};
use std::ffi::c_char;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// An engine: immutable, shared by all threads. Made by sidewatch_engine_new, sidewatch_engine_new_from_file or
/// sidewatch_slot_engine, freed by sidewatch_engine_free.
#[allow(non_camel_case_types)]
pub struct sidewatch_engine(pub(crate) Arc<Shared>);

/// What the handles of one engine, its transactions and its connections share.
pub(crate) struct Shared {
    pub engine: Engine,
    pub counters: Counters,
    /// Tells engines apart; never used twice.
    pub id: u64,
}

impl Shared {
    pub fn new(policy: Policy) -> Arc<Shared> {
        static IDS: AtomicU64 = AtomicU64::new(1);
        log::watch();
        let id = IDS.fetch_add(1, Ordering::Relaxed);
        Arc::new(Shared { engine: Engine::new(policy), counters: Counters::new(), id })
    }
}

/// Builds an engine from a policy in TOML; an empty policy is the default one. If the policy is refused
/// (SIDEWATCH_ERROR_POLICY), `reason` receives line, column and what is wrong as text with a final NUL, cut to
/// `reason_size` bytes; it is an empty string otherwise. `reason` may be NULL with size 0.
///
/// # Safety
/// `policy` points to `policy_len` bytes, `reason` to `reason_size` writable bytes, `out` to a writable pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_engine_new(
    policy: *const u8,
    policy_len: usize,
    reason: *mut c_char,
    reason_size: usize,
    out: *mut *mut sidewatch_engine,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `refuse`.
        unsafe { refuse(reason, reason_size, "") };
        if out.is_null() {
            return Err(ARGUMENT);
        }
        // SAFETY: the contract of this function is that of `from_text`.
        let policy = unsafe { from_text(policy, policy_len, reason, reason_size) }?;
        // SAFETY: `out` is not NULL and writable by the contract of this function.
        unsafe { give(out, sidewatch_engine(Shared::new(policy))) }
    })
}

/// Builds an engine from a file with a policy in TOML. If the file cannot be read (SIDEWATCH_ERROR_FILE) or its policy is
/// refused (SIDEWATCH_ERROR_POLICY), `reason` receives path, line, column and what is wrong, as for sidewatch_engine_new.
///
/// # Safety
/// `path` ends in NUL, `reason` points to `reason_size` writable bytes, `out` to a writable pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_engine_new_from_file(
    path: *const c_char,
    reason: *mut c_char,
    reason_size: usize,
    out: *mut *mut sidewatch_engine,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `refuse`.
        unsafe { refuse(reason, reason_size, "") };
        if out.is_null() {
            return Err(ARGUMENT);
        }
        // SAFETY: the contract of this function is that of `from_file`.
        let policy = unsafe { from_file(path, reason, reason_size) }?;
        // SAFETY: `out` is not NULL and writable by the contract of this function.
        unsafe { give(out, sidewatch_engine(Shared::new(policy))) }
    })
}

/// Frees an engine; its transactions and connections live on, and so do the slots it is in. NULL is nothing.
///
/// # Safety
/// `engine` is NULL or came from this library and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_engine_free(engine: *mut sidewatch_engine) {
    guard(|| {
        // SAFETY: the contract of this function is that of `drop_object`.
        unsafe { drop_object(engine) }
    });
}
