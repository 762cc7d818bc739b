//! The transaction: one request and, if seen, its response.

use crate::counters::Count;
use crate::engine::{Shared, sidewatch_engine};
use crate::guard::{ARGUMENT, Failure, bytes, drop_object, give, guard, object, object_mut};
use crate::result::SIDEWATCH_ERROR_INTERNAL;
use engine::Transaction;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// A transaction: used by one thread at a time, reusable. Made by sidewatch_transaction_new, sidewatch_slot_transaction or
/// sidewatch_connection_next_transaction, freed by sidewatch_transaction_free.
#[allow(non_camel_case_types)]
pub struct sidewatch_transaction {
    inner: Box<Transaction>,
    shared: Arc<Shared>,
    /// Where this handle counts.
    row: usize,
    /// Bytes fed since the last reset.
    bytes: u64,
    /// Set while a call runs: still set at the next call if that one panicked, until the transaction is reset.
    busy: bool,
    /// The last event written, and the last list of classes.
    pub(crate) event: Vec<u8>,
    pub(crate) classes: String,
}

impl sidewatch_transaction {
    pub(crate) fn new(shared: Arc<Shared>) -> sidewatch_transaction {
        let inner = Box::new(shared.engine.transaction());
        sidewatch_transaction::of(inner, shared)
    }

    /// A handle for a transaction of that engine.
    pub(crate) fn of(inner: Box<Transaction>, shared: Arc<Shared>) -> sidewatch_transaction {
        let row = shared.counters.row();
        sidewatch_transaction {
            inner,
            shared,
            row,
            bytes: 0,
            busy: false,
            event: Vec::new(),
            classes: String::new(),
        }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The transaction, if no call on it has panicked.
    pub(crate) fn whole(&self) -> Result<&Transaction, Failure> {
        if self.busy { Err(Failure(SIDEWATCH_ERROR_INTERNAL)) } else { Ok(&self.inner) }
    }

    /// Changes the transaction, which is fed `bytes` by it.
    pub(crate) fn change<T>(
        &mut self,
        bytes: usize,
        change: impl FnOnce(&mut Transaction) -> T,
    ) -> Result<T, Failure> {
        self.whole()?;
        self.bytes += bytes as u64;
        self.busy = true;
        let watch = Panics { shared: &self.shared, row: self.row };
        let out = change(&mut self.inner);
        std::mem::forget(watch);
        self.busy = false;
        Ok(out)
    }

    /// Counts what has been seen, and makes the transaction as new.
    pub(crate) fn reset(&mut self) {
        let broken = std::mem::replace(&mut self.busy, true);
        if broken {
            // What a panic has left behind is not to be trusted.
            self.shared.counters.add(self.row, Count::Transactions, 1);
            *self.inner = self.shared.engine.transaction();
        } else {
            self.count();
            self.inner.reset();
        }
        self.bytes = 0;
        self.event.clear();
        self.busy = false;
    }

    /// Counts what has been seen, and gives back the transaction if a call on it has not panicked.
    pub(crate) fn end(self) -> Option<(Box<Transaction>, Arc<Shared>)> {
        if self.busy {
            return None;
        }
        self.count();
        Some((self.inner, self.shared))
    }

    fn count(&self) {
        self.shared.counters.transaction(self.row, &self.inner, self.bytes);
    }
}

/// Dropped by a panic only.
pub(crate) struct Panics<'a> {
    pub shared: &'a Shared,
    pub row: usize,
}

impl Drop for Panics<'_> {
    fn drop(&mut self) {
        self.shared.counters.add(self.row, Count::Panics, 1);
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
        if out.is_null() {
            return Err(ARGUMENT);
        }
        // SAFETY: the contract of this function is that of `give`.
        unsafe { give(out, sidewatch_transaction::new(Arc::clone(&engine.0))) }
    })
}

/// Frees a transaction. NULL is nothing.
///
/// # Safety
/// `tx` is NULL or came from this library and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_free(tx: *mut sidewatch_transaction) {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        if let Ok(tx) = unsafe { object_mut(tx) } {
            tx.reset();
        }
        // SAFETY: the contract of this function is that of `drop_object`.
        unsafe { drop_object(tx) }
    });
}

/// Counts what the transaction has seen (sidewatch_engine_statistics), and makes it as new; its memory is kept. After
/// SIDEWATCH_ERROR_INTERNAL this is how the handle becomes usable again.
///
/// # Safety
/// `tx` is live and used by no other thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_transaction_reset(tx: *mut sidewatch_transaction) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let tx = unsafe { object_mut(tx) }?;
        tx.reset();
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
        tx.change(0, |tx| tx.set_time(Duration::from_nanos(unix_nanoseconds)))
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
        tx.change(0, |tx| tx.set_id(id))
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
        tx.change(0, |tx| tx.set_client(client))
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
        tx.change(0, |tx| tx.set_server(server))
    })
}

/// The address that C has written.
pub(crate) fn ip(text: &[u8]) -> Result<IpAddr, Failure> {
    std::str::from_utf8(text).ok().and_then(|t| t.parse().ok()).ok_or(ARGUMENT)
}
