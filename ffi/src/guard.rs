//! The panic boundary, and the way from C's pointers to Rust's references.

use crate::log;
use crate::result::{SIDEWATCH_ERROR_ARGUMENT, SIDEWATCH_ERROR_INTERNAL, SIDEWATCH_OK};
use std::any::type_name;
use std::ffi::c_char;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[cfg(not(panic = "unwind"))]
compile_error!("the panic boundary of the C ABI needs a profile with panic = \"unwind\"");

/// Why a call did not do what was asked.
pub(crate) struct Failure(pub i32);

/// An argument is NULL or out of range.
pub(crate) const ARGUMENT: Failure = Failure(SIDEWATCH_ERROR_ARGUMENT);

/// Runs the body of an export: a panic becomes a result code, counted and told.
pub(crate) fn guard<F: FnOnce() -> Result<(), Failure>>(body: F) -> i32 {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => SIDEWATCH_OK,
        Ok(Err(Failure(code))) => code,
        Err(panic) => {
            log::caught(type_name::<F>(), panic);
            SIDEWATCH_ERROR_INTERNAL
        }
    }
}

/// Runs the body of an export that returns a value: a panic becomes `otherwise`.
pub(crate) fn value<T, F: FnOnce() -> T>(body: F, otherwise: T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
        log::caught(type_name::<F>(), panic);
        otherwise
    })
}

/// The bytes that C points to.
///
/// # Safety
/// `data` is NULL or points to `len` readable bytes that nobody writes for as long as the slice is used.
pub(crate) unsafe fn bytes<'a>(data: *const u8, len: usize) -> Result<&'a [u8], Failure> {
    match (data.is_null(), len) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(ARGUMENT),
        (false, len) if len > isize::MAX as usize => Err(ARGUMENT),
        // SAFETY: the caller vouches for `len` readable bytes, which are not NULL and fit an isize.
        (false, len) => Ok(unsafe { std::slice::from_raw_parts(data, len) }),
    }
}

/// The object behind a handle.
///
/// # Safety
/// `handle` is NULL or a live handle that nobody changes for as long as the reference is used.
pub(crate) unsafe fn object<'a, T>(handle: *const T) -> Result<&'a T, Failure> {
    // SAFETY: the caller vouches for a live object or NULL, which gives None.
    unsafe { handle.as_ref() }.ok_or(ARGUMENT)
}

/// The object behind a handle, to be changed.
///
/// # Safety
/// `handle` is NULL or a live handle that nobody else uses for as long as the reference is used.
pub(crate) unsafe fn object_mut<'a, T>(handle: *mut T) -> Result<&'a mut T, Failure> {
    // SAFETY: the caller vouches for a live object used by nobody else, or NULL, which gives None.
    unsafe { handle.as_mut() }.ok_or(ARGUMENT)
}

/// Gives an object to C.
///
/// # Safety
/// `out` is NULL or points to a writable handle.
pub(crate) unsafe fn give<T>(out: *mut *mut T, object: T) -> Result<(), Failure> {
    if out.is_null() {
        return Err(ARGUMENT);
    }
    // SAFETY: not NULL, and the caller vouches that it is writable.
    unsafe { out.write(Box::into_raw(Box::new(object))) };
    Ok(())
}

/// Writes an out-parameter.
///
/// # Safety
/// `out` is NULL or points to a writable `T`.
pub(crate) unsafe fn set<T>(out: *mut T, value: T) -> Result<(), Failure> {
    if out.is_null() {
        return Err(ARGUMENT);
    }
    // SAFETY: not NULL, and the caller vouches that it is writable.
    unsafe { out.write(value) };
    Ok(())
}

/// Writes an out-parameter whose first member is a `usize`: before the call how large the host thinks it is, after it how
/// much was filled. A host built for a later header gets the members we know, one for an earlier header those it knows.
///
/// # Safety
/// `out` is NULL or aligned and points to a `usize` that says how many bytes from there on are writable.
pub(crate) unsafe fn set_sized<T: Copy>(out: *mut T, value: T, least: usize) -> Result<(), Failure> {
    if out.is_null() {
        return Err(ARGUMENT);
    }
    let size = out.cast::<usize>();
    // SAFETY: not NULL, and the caller vouches for the size in front.
    let room = unsafe { size.read() };
    if room < least {
        return Err(ARGUMENT);
    }
    let filled = room.min(size_of::<T>());
    // SAFETY: the caller vouches for `room` writable bytes; `value` is ours and has `filled` of them.
    unsafe { std::ptr::copy_nonoverlapping((&raw const value).cast::<u8>(), out.cast::<u8>(), filled) };
    // SAFETY: as above: `room` is at least a usize.
    unsafe { size.write(filled) };
    Ok(())
}

/// Writes as much of `what` as fits, with a final NUL; cuts between characters.
///
/// # Safety
/// `out` is NULL or points to `size` writable bytes.
pub(crate) unsafe fn text(out: *mut c_char, size: usize, what: &str) {
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

/// Takes an object back from C and drops it; NULL is nothing.
///
/// # Safety
/// `handle` is NULL or came from [`give`] and is used by nobody from now on.
pub(crate) unsafe fn drop_object<T>(handle: *mut T) -> Result<(), Failure> {
    if !handle.is_null() {
        // SAFETY: the caller vouches that it came from `Box::into_raw` in `give` and is not used any more.
        drop(unsafe { Box::from_raw(handle) });
    }
    Ok(())
}
