//! The transaction: one request and, if seen, its response.

use crate::engine::sidewatch_engine;
use crate::guard::{ARGUMENT, Failure, bytes, drop_object, give, guard, object, object_mut, set};
use crate::result::SIDEWATCH_ERROR_INTERNAL;
use engine::http::{Messages, Version};
use engine::{Transaction, Verdict};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

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

/// Nothing was found.
pub const SIDEWATCH_VERDICT_PASS: u32 = 0;
/// Something was found, too little to call it an attack.
pub const SIDEWATCH_VERDICT_SUSPICIOUS: u32 = 1;
/// An attack.
pub const SIDEWATCH_VERDICT_ATTACK: u32 = 2;

/// A transaction: used by one thread at a time, reusable. Made by sidewatch_transaction_new, freed by
/// sidewatch_transaction_free.
#[allow(non_camel_case_types)]
pub struct sidewatch_transaction {
    pub(crate) inner: Transaction,
    /// Set while a call runs: still set at the next call if that one panicked, until the transaction is reset.
    busy: bool,
    /// The last event written.
    event: Vec<u8>,
}

impl sidewatch_transaction {
    /// The transaction, if no call on it has panicked.
    pub(crate) fn whole(&self) -> Result<&Transaction, Failure> {
        if self.busy { Err(Failure(SIDEWATCH_ERROR_INTERNAL)) } else { Ok(&self.inner) }
    }

    fn change<T>(&mut self, change: impl FnOnce(&mut Transaction) -> T) -> Result<T, Failure> {
        self.whole()?;
        self.busy = true;
        let out = change(&mut self.inner);
        self.busy = false;
        Ok(out)
    }
}

/// Makes a transaction of `engine`.
///
/// # Safety
/// `engine` is live; `out` points to a writable pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_new(
    engine: *const sidewatch_engine,
    out: *mut *mut sidewatch_transaction,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object`.
        let engine = unsafe { object(engine) }?;
        let inner = engine.0.transaction();
        // SAFETY: the contract of this function is that of `give`.
        unsafe { give(out, sidewatch_transaction { inner, busy: false, event: Vec::new() }) }
    })
}

/// Frees a transaction. NULL is nothing.
///
/// # Safety
/// `tx` is NULL or came from sidewatch_transaction_new and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_free(tx: *mut sidewatch_transaction) {
    guard(|| {
        // SAFETY: the contract of this function is that of `drop_object`.
        unsafe { drop_object(tx) }
    });
}

/// Makes the transaction as new; its memory is kept.
///
/// # Safety
/// `tx` is live and used by no other thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_reset(tx: *mut sidewatch_transaction) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let tx = unsafe { object_mut(tx) }?;
        tx.busy = true;
        tx.inner.reset();
        tx.event.clear();
        tx.busy = false;
        Ok(())
    })
}

/// When the transaction began, in nanoseconds since the Unix epoch.
///
/// # Safety
/// `tx` is live and used by no other thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_set_time(
    tx: *mut sidewatch_transaction,
    unix_nanoseconds: u64,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let tx = unsafe { object_mut(tx) }?;
        tx.change(|tx| tx.set_time(Duration::from_nanos(unix_nanoseconds)))
    })
}

/// The host's identifier of the transaction, shown in events; at most 128 bytes are kept.
///
/// # Safety
/// `tx` is live and used by no other thread; each pointer points to its length of bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_set_id(
    tx: *mut sidewatch_transaction,
    id: *const u8,
    id_len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let tx = unsafe { object_mut(tx) }?;
        // SAFETY: the contract of this function is that of `bytes`.
        let id = unsafe { bytes(id, id_len) }?;
        tx.change(|tx| tx.set_id(id))
    })
}

/// Where the request came from: an IPv4 or IPv6 address as text, and a port (0 if unknown).
///
/// # Safety
/// `tx` is live and used by no other thread; each pointer points to its length of bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_set_client(
    tx: *mut sidewatch_transaction,
    address: *const u8,
    address_len: usize,
    port: u16,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let tx = unsafe { object_mut(tx) }?;
        // SAFETY: the contract of this function is that of `bytes`.
        let address = unsafe { bytes(address, address_len) }?;
        let client = SocketAddr::new(ip(address)?, port);
        tx.change(|tx| tx.set_client(client))
    })
}

/// Where the request went: an IPv4 or IPv6 address as text, and a port (0 if unknown).
///
/// # Safety
/// `tx` is live and used by no other thread; each pointer points to its length of bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_set_server(
    tx: *mut sidewatch_transaction,
    address: *const u8,
    address_len: usize,
    port: u16,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let tx = unsafe { object_mut(tx) }?;
        // SAFETY: the contract of this function is that of `bytes`.
        let address = unsafe { bytes(address, address_len) }?;
        let server = SocketAddr::new(ip(address)?, port);
        tx.change(|tx| tx.set_server(server))
    })
}

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
        tx.change(|tx| tx.request_line(method, target, version_of(version)))
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
        tx.change(|tx| tx.request_header(name, value))
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
        tx.change(Messages::request_head_end)
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
        tx.change(|tx| tx.request_body(data))
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
        tx.change(|tx| tx.request_trailer(name, value))
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
        tx.change(|tx| tx.request_bytes(data))
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
        tx.change(Messages::request_end)
    })
}

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
        tx.change(|tx| tx.response_line(status, version_of(version)))
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
        tx.change(|tx| tx.response_header(name, value))
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
        tx.change(Messages::response_head_end)
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
        tx.change(|tx| tx.response_body(data))
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
        tx.change(Messages::response_end)
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
        let verdict = match tx.whole()?.verdict() {
            Verdict::Pass => SIDEWATCH_VERDICT_PASS,
            Verdict::Suspicious => SIDEWATCH_VERDICT_SUSPICIOUS,
            Verdict::Attack => SIDEWATCH_VERDICT_ATTACK,
        };
        // SAFETY: the contract of this function is that of `set`.
        unsafe { set(out, verdict) }
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

fn ip(text: &[u8]) -> Result<IpAddr, Failure> {
    std::str::from_utf8(text).ok().and_then(|t| t.parse().ok()).ok_or(ARGUMENT)
}

fn version_of(number: u32) -> Version {
    match number {
        SIDEWATCH_HTTP_0_9 => Version::Http09,
        SIDEWATCH_HTTP_1_0 => Version::Http10,
        SIDEWATCH_HTTP_1_1 => Version::Http11,
        SIDEWATCH_HTTP_2 => Version::Http2,
        SIDEWATCH_HTTP_3 => Version::Http3,
        _ => Version::Other,
    }
}
