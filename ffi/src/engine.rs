//! The engine: a policy and what was built from it.

use crate::guard::{ARGUMENT, Failure, bytes, drop_object, give, guard};
use crate::result::SIDEWATCH_ERROR_POLICY;
use engine::{Engine, Policy};
use std::ffi::c_char;

/// An engine: immutable, shared by all threads. Made by sidewatch_engine_new, freed by sidewatch_engine_free.
#[allow(non_camel_case_types)]
pub struct sidewatch_engine(pub(crate) Engine);

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
        // SAFETY: the contract of this function is that of `text`.
        unsafe { text(reason, reason_size, "") };
        if out.is_null() {
            return Err(ARGUMENT);
        }
        // SAFETY: the contract of this function is that of `bytes`.
        let policy = unsafe { bytes(policy, policy_len) }?;
        let refused = |why: String| {
            // SAFETY: the contract of this function is that of `text`.
            unsafe { text(reason, reason_size, &why) };
            Failure(SIDEWATCH_ERROR_POLICY)
        };
        let policy = std::str::from_utf8(policy)
            .map_err(|e| refused(format!("policy is not UTF-8 at byte {}", e.valid_up_to())))?;
        let policy = Policy::from_toml(policy).map_err(|e| refused(e.to_string()))?;
        // SAFETY: `out` is not NULL and writable by the contract of this function.
        unsafe { give(out, sidewatch_engine(Engine::new(policy))) }
    })
}

/// Frees an engine; its transactions live on. NULL is nothing.
///
/// # Safety
/// `engine` is NULL or came from sidewatch_engine_new and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_engine_free(engine: *mut sidewatch_engine) {
    guard(|| {
        // SAFETY: the contract of this function is that of `drop_object`.
        unsafe { drop_object(engine) }
    });
}

/// Writes as much of `what` as fits, with a final NUL; cuts between characters.
///
/// # Safety
/// `out` is NULL or points to `size` writable bytes.
unsafe fn text(out: *mut c_char, size: usize, what: &str) {
    if out.is_null() || size == 0 {
        return;
    }
    let mut len = what.len().min(size - 1);
    while !what.is_char_boundary(len) {
        len -= 1;
    }
    // SAFETY: `len` is less than `size`, and the two cannot overlap: `what` is ours.
    unsafe { std::ptr::copy_nonoverlapping(what.as_ptr().cast(), out, len) };
    // SAFETY: `len` is less than `size`.
    let end = unsafe { out.add(len) };
    // SAFETY: `end` lies within the `size` writable bytes.
    unsafe { end.write(0) };
}
