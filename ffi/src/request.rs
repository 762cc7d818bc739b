//! The request of a transaction: its parts as the host has parsed them, or its bytes.

use crate::fault;
use crate::guard::{bytes, guard, object_mut};
use crate::transaction::sidewatch_transaction;
use engine::http::{Messages, Version};

/// HTTP/0.9.
pub const SIDEWATCH_HTTP_0_9: u32 = 9;
/// HTTP/1.0.
pub const SIDEWATCH_HTTP_1_0: u32 = 10;
/// HTTP/1.1.
pub const SIDEWATCH_HTTP_1_1: u32 = 11;
/// HTTP/2.
pub const SIDEWATCH_HTTP_2: u32 = 20;
/// HTTP/3.
pub const SIDEWATCH_HTTP_3: u32 = 30;

/// The request line: method and target as received, and one of SIDEWATCH_HTTP_*, or 0 if unknown.
///
/// # Safety
/// `tx` is live and used by no other thread; each pointer points to its length of bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_request_line(
    tx: *mut sidewatch_transaction,
    method: *const u8,
    method_len: usize,
    target: *const u8,
    target_len: usize,
    version: u32,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let tx = unsafe { object_mut(tx) }?;
        // SAFETY: the contract of this function is that of `bytes`.
        let method = unsafe { bytes(method, method_len) }?;
        // SAFETY: the contract of this function is that of `bytes`.
        let target = unsafe { bytes(target, target_len) }?;
        tx.change(method.len() + target.len(), |tx| tx.request_line(method, target, version_of(version)))
    })
}

/// One header field of the request; call it for each in order.
///
/// # Safety
/// `tx` is live and used by no other thread; each pointer points to its length of bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_request_header(
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
        tx.change(name.len() + value.len(), |tx| {
            fault::header(name, value);
            tx.request_header(name, value);
        })
    })
}

/// The head of the request is complete.
///
/// # Safety
/// `tx` is live and used by no other thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_request_head_end(tx: *mut sidewatch_transaction) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let tx = unsafe { object_mut(tx) }?;
        tx.change(0, Messages::request_head_end)
    })
}

/// The next piece of the request's body, transfer coding removed.
///
/// # Safety
/// `tx` is live and used by no other thread; each pointer points to its length of bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_request_body(
    tx: *mut sidewatch_transaction,
    data: *const u8,
    data_len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let tx = unsafe { object_mut(tx) }?;
        // SAFETY: the contract of this function is that of `bytes`.
        let data = unsafe { bytes(data, data_len) }?;
        tx.change(data.len(), |tx| tx.request_body(data))
    })
}

/// One trailer field of the request.
///
/// # Safety
/// `tx` is live and used by no other thread; each pointer points to its length of bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_request_trailer(
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
        tx.change(name.len() + value.len(), |tx| tx.request_trailer(name, value))
    })
}

/// The next bytes of one HTTP/1.x request, instead of its parts: the library parses them. Bytes that are not HTTP, or come
/// after the request, are judged as raw text.
///
/// # Safety
/// `tx` is live and used by no other thread; `data` points to its length of bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_request_bytes(
    tx: *mut sidewatch_transaction,
    data: *const u8,
    data_len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let tx = unsafe { object_mut(tx) }?;
        // SAFETY: the contract of this function is that of `bytes`.
        let data = unsafe { bytes(data, data_len) }?;
        tx.change(data.len(), |tx| {
            fault::bytes(data);
            tx.request_bytes(data);
        })
    })
}

/// The next bytes of a request that the host could not read as any of its parts: they are judged as raw text.
///
/// # Safety
/// `tx` is live and used by no other thread; `data` points to its length of bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_request_raw(
    tx: *mut sidewatch_transaction,
    data: *const u8,
    data_len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let tx = unsafe { object_mut(tx) }?;
        // SAFETY: the contract of this function is that of `bytes`.
        let data = unsafe { bytes(data, data_len) }?;
        tx.change(data.len(), |tx| tx.request_raw(data, true))
    })
}

/// The request is complete: the findings take their final order.
///
/// # Safety
/// `tx` is live and used by no other thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_request_end(tx: *mut sidewatch_transaction) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let tx = unsafe { object_mut(tx) }?;
        tx.change(0, Messages::request_end)
    })
}

/// The version of that number.
pub(crate) fn version_of(number: u32) -> Version {
    match number {
        SIDEWATCH_HTTP_0_9 => Version::Http09,
        SIDEWATCH_HTTP_1_0 => Version::Http10,
        SIDEWATCH_HTTP_1_1 => Version::Http11,
        SIDEWATCH_HTTP_2 => Version::Http2,
        SIDEWATCH_HTTP_3 => Version::Http3,
        _ => Version::Other,
    }
}
