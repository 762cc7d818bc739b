//! The response of a transaction.

use crate::guard::{bytes, guard, object_mut};
use crate::request::version_of;
use crate::transaction::sidewatch_transaction;
use engine::http::Messages;

/// The status line of the final response; status 0 if it has none. `version` as for the request.
///
/// # Safety
/// `tx` is live and used by no other thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_response_line(
    tx: *mut sidewatch_transaction,
    status: u16,
    version: u32,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let tx = unsafe { object_mut(tx) }?;
        let status = (status != 0).then_some(status);
        tx.change(0, |tx| tx.response_line(status, version_of(version)))
    })
}

/// One header field of the response; call it for each in order.
///
/// # Safety
/// `tx` is live and used by no other thread; each pointer points to its length of bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_response_header(
    tx: *mut sidewatch_transaction,
    name: *const u8,
    name_len: usize,
    value: *const u8,
    value_len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let tx = unsafe { object_mut(tx) }?;
        // SAFETY: the contract of this function is that of `bytes`.
        let name = unsafe { bytes(name, name_len) }?;
        // SAFETY: the contract of this function is that of `bytes`.
        let value = unsafe { bytes(value, value_len) }?;
        tx.change(name.len() + value.len(), |tx| tx.response_header(name, value))
    })
}

/// The head of the response is complete.
///
/// # Safety
/// `tx` is live and used by no other thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_response_head_end(tx: *mut sidewatch_transaction) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let tx = unsafe { object_mut(tx) }?;
        tx.change(0, Messages::response_head_end)
    })
}

/// The next piece of the response's body, transfer coding removed.
///
/// # Safety
/// `tx` is live and used by no other thread; each pointer points to its length of bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_response_body(
    tx: *mut sidewatch_transaction,
    data: *const u8,
    data_len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let tx = unsafe { object_mut(tx) }?;
        // SAFETY: the contract of this function is that of `bytes`.
        let data = unsafe { bytes(data, data_len) }?;
        tx.change(data.len(), |tx| tx.response_body(data))
    })
}

/// One trailer field of the response.
///
/// # Safety
/// `tx` is live and used by no other thread; each pointer points to its length of bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_response_trailer(
    tx: *mut sidewatch_transaction,
    name: *const u8,
    name_len: usize,
    value: *const u8,
    value_len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let tx = unsafe { object_mut(tx) }?;
        // SAFETY: the contract of this function is that of `bytes`.
        let name = unsafe { bytes(name, name_len) }?;
        // SAFETY: the contract of this function is that of `bytes`.
        let value = unsafe { bytes(value, value_len) }?;
        tx.change(name.len() + value.len(), |tx| tx.response_trailer(name, value))
    })
}

/// The response is complete.
///
/// # Safety
/// `tx` is live and used by no other thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_response_end(tx: *mut sidewatch_transaction) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let tx = unsafe { object_mut(tx) }?;
        tx.change(0, Messages::response_end)
    })
}
