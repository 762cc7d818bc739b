//! The connection: bytes of both directions of one TCP connection in, transactions out.

use crate::counters::Count;
use crate::engine::{Shared, sidewatch_engine};
use crate::fault;
use crate::guard::{ARGUMENT, Failure, bytes, give, guard, object, object_mut, set};
use crate::result::SIDEWATCH_ERROR_INTERNAL;
use crate::transaction::{Panics, ip, sidewatch_transaction};
use engine::Connection;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// One TCP connection, cut into transactions: used by one thread at a time. Made by sidewatch_connection_new, freed by
/// sidewatch_connection_free. Memory is bounded by the policy's limits, but for ended transactions that nobody takes.
#[allow(non_camel_case_types)]
pub struct sidewatch_connection {
    inner: Connection,
    shared: Arc<Shared>,
    /// Where this handle counts.
    row: usize,
    /// Set while a call runs: still set at the next call if that one panicked.
    busy: bool,
}

impl sidewatch_connection {
    /// Changes the connection, which is fed `bytes` by it.
    fn change<T>(&mut self, bytes: usize, change: impl FnOnce(&mut Connection) -> T) -> Result<T, Failure> {
        if self.busy {
            return Err(Failure(SIDEWATCH_ERROR_INTERNAL));
        }
        self.busy = true;
        self.shared.counters.add(self.row, Count::Bytes, bytes as u64);
        let watch = Panics { shared: &self.shared, row: self.row };
        let out = change(&mut self.inner);
        std::mem::forget(watch);
        self.busy = false;
        Ok(out)
    }
}

/// Makes a connection of `engine`.
///
/// # Safety
/// `engine` is live; `out` points to a writable pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_connection_new(
    engine: *const sidewatch_engine,
    out: *mut *mut sidewatch_connection,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object`.
        let engine = unsafe { object(engine) }?;
        if out.is_null() {
            return Err(ARGUMENT);
        }
        let shared = Arc::clone(&engine.0);
        let (inner, row) = (shared.engine.connection(), shared.counters.row());
        shared.counters.add(row, Count::Connections, 1);
        // SAFETY: the contract of this function is that of `give`.
        unsafe { give(out, sidewatch_connection { inner, shared, row, busy: false }) }
    })
}

/// Frees a connection; transactions that were taken from it live on, others are counted if they have ended, and dropped. To
/// have a verdict on what is unfinished, close both directions and take the transactions first. NULL is nothing.
///
/// # Safety
/// `connection` is NULL or came from sidewatch_connection_new and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_connection_free(connection: *mut sidewatch_connection) {
    guard(|| {
        if connection.is_null() {
            return Ok(());
        }
        // SAFETY: not NULL, and the caller vouches that it came from `give` and is not used any more.
        let mut connection = unsafe { Box::from_raw(connection) };
        while let Ok(Some(left)) = connection.change(0, Connection::next_transaction) {
            drop(sidewatch_transaction::of(left, Arc::clone(&connection.shared)).end());
        }
        Ok(())
    });
}

/// The time of what is fed next, in nanoseconds since the Unix epoch: transactions that begin from now on began at it.
///
/// # Safety
/// `connection` is live and used by no other thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_connection_set_time(
    connection: *mut sidewatch_connection,
    unix_nanoseconds: u64,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let connection = unsafe { object_mut(connection) }?;
        connection.change(0, |c| c.set_time(Duration::from_nanos(unix_nanoseconds)))
    })
}

/// The two ends of the connection: IPv4 or IPv6 addresses as text, and ports.
///
/// # Safety
/// `connection` is live and used by no other thread; each pointer points to its length of bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_connection_set_addresses(
    connection: *mut sidewatch_connection,
    client: *const u8,
    client_len: usize,
    client_port: u16,
    server: *const u8,
    server_len: usize,
    server_port: u16,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let connection = unsafe { object_mut(connection) }?;
        // SAFETY: the contract of this function is that of `bytes`.
        let client = unsafe { bytes(client, client_len) }?;
        // SAFETY: the contract of this function is that of `bytes`.
        let server = unsafe { bytes(server, server_len) }?;
        let (client, server) = (ip(client)?, ip(server)?);
        let (client, server) = (SocketAddr::new(client, client_port), SocketAddr::new(server, server_port));
        connection.change(0, |c| c.set_addresses(client, server))
    })
}

/// The next bytes sent by the client, as they lay in the stream.
///
/// # Safety
/// `connection` is live and used by no other thread; `data` points to its length of bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_connection_client_bytes(
    connection: *mut sidewatch_connection,
    data: *const u8,
    data_len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let connection = unsafe { object_mut(connection) }?;
        // SAFETY: the contract of this function is that of `bytes`.
        let data = unsafe { bytes(data, data_len) }?;
        connection.change(data.len(), |c| {
            fault::bytes(data);
            c.client(data);
        })
    })
}

/// The next bytes sent by the server, as they lay in the stream.
///
/// # Safety
/// `connection` is live and used by no other thread; `data` points to its length of bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_connection_server_bytes(
    connection: *mut sidewatch_connection,
    data: *const u8,
    data_len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let connection = unsafe { object_mut(connection) }?;
        // SAFETY: the contract of this function is that of `bytes`.
        let data = unsafe { bytes(data, data_len) }?;
        connection.change(data.len(), |c| c.server(data))
    })
}

/// Bytes sent by the client, taken up to the end of a message; `used` receives how many. With
/// sidewatch_connection_next_transaction after each call no transactions pile up. Call it again with the rest.
///
/// # Safety
/// `connection` is live and used by no other thread; `data` points to its length of bytes; `used` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_connection_client_message(
    connection: *mut sidewatch_connection,
    data: *const u8,
    data_len: usize,
    used: *mut usize,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let connection = unsafe { object_mut(connection) }?;
        // SAFETY: the contract of this function is that of `bytes`.
        let data = unsafe { bytes(data, data_len) }?;
        if used.is_null() {
            return Err(ARGUMENT);
        }
        let taken = connection.change(0, |c| {
            fault::bytes(data);
            c.client_message(data)
        })?;
        connection.shared.counters.add(connection.row, Count::Bytes, taken as u64);
        // SAFETY: not NULL, and writable by the contract of this function.
        unsafe { set(used, taken) }
    })
}

/// The same for bytes sent by the server.
///
/// # Safety
/// `connection` is live and used by no other thread; `data` points to its length of bytes; `used` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_connection_server_message(
    connection: *mut sidewatch_connection,
    data: *const u8,
    data_len: usize,
    used: *mut usize,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let connection = unsafe { object_mut(connection) }?;
        // SAFETY: the contract of this function is that of `bytes`.
        let data = unsafe { bytes(data, data_len) }?;
        if used.is_null() {
            return Err(ARGUMENT);
        }
        let taken = connection.change(0, |c| c.server_message(data))?;
        connection.shared.counters.add(connection.row, Count::Bytes, taken as u64);
        // SAFETY: not NULL, and writable by the contract of this function.
        unsafe { set(used, taken) }
    })
}

/// So many bytes sent by the client were not captured.
///
/// # Safety
/// `connection` is live and used by no other thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_connection_client_gap(
    connection: *mut sidewatch_connection,
    bytes: u64,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let connection = unsafe { object_mut(connection) }?;
        connection.change(0, |c| c.client_gap(bytes))
    })
}

/// So many bytes sent by the server were not captured.
///
/// # Safety
/// `connection` is live and used by no other thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_connection_server_gap(
    connection: *mut sidewatch_connection,
    bytes: u64,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let connection = unsafe { object_mut(connection) }?;
        connection.change(0, |c| c.server_gap(bytes))
    })
}

/// Bytes sent by the client that differ from those which came first at the same place of the stream (an overlapping
/// retransmission): they are judged as raw text.
///
/// # Safety
/// `connection` is live and used by no other thread; `data` points to its length of bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_connection_client_conflict(
    connection: *mut sidewatch_connection,
    data: *const u8,
    data_len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let connection = unsafe { object_mut(connection) }?;
        // SAFETY: the contract of this function is that of `bytes`.
        let data = unsafe { bytes(data, data_len) }?;
        connection.change(data.len(), |c| {
            fault::bytes(data);
            c.client_conflict(data);
        })
    })
}

/// The same for bytes sent by the server.
///
/// # Safety
/// `connection` is live and used by no other thread; `data` points to its length of bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_connection_server_conflict(
    connection: *mut sidewatch_connection,
    data: *const u8,
    data_len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let connection = unsafe { object_mut(connection) }?;
        // SAFETY: the contract of this function is that of `bytes`.
        let data = unsafe { bytes(data, data_len) }?;
        connection.change(data.len(), |c| c.server_conflict(data))
    })
}

/// The client will send no more.
///
/// # Safety
/// `connection` is live and used by no other thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_connection_client_close(connection: *mut sidewatch_connection) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let connection = unsafe { object_mut(connection) }?;
        connection.change(0, Connection::client_close)
    })
}

/// The server will send no more: requests that wait for a response end without one.
///
/// # Safety
/// `connection` is live and used by no other thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_connection_server_close(connection: *mut sidewatch_connection) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let connection = unsafe { object_mut(connection) }?;
        connection.change(0, Connection::server_close)
    })
}

/// Ends what need not wait any longer: for connections on which nothing has happened for a while, and where only one
/// direction is seen. Requests that wait for a response end without one.
///
/// # Safety
/// `connection` is live and used by no other thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_connection_settle(connection: *mut sidewatch_connection) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let connection = unsafe { object_mut(connection) }?;
        connection.change(0, Connection::settle)
    })
}

/// The next transaction that has ended, oldest first, or NULL if there is none. It is the caller's: read it as any other, then
/// give it back with sidewatch_connection_recycle or free it. It may outlive its connection.
///
/// # Safety
/// `connection` is live and used by no other thread; `out` points to a writable pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_connection_next_transaction(
    connection: *mut sidewatch_connection,
    out: *mut *mut sidewatch_transaction,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object_mut`.
        let connection = unsafe { object_mut(connection) }?;
        if out.is_null() {
            return Err(ARGUMENT);
        }
        match connection.change(0, Connection::next_transaction)? {
            // SAFETY: not NULL, and writable by the contract of this function.
            None => unsafe { set(out, std::ptr::null_mut()) },
            Some(ended) => {
                let tx = sidewatch_transaction::of(ended, Arc::clone(&connection.shared));
                // SAFETY: not NULL, and writable by the contract of this function.
                unsafe { give(out, tx) }
            }
        }
    })
}

/// Gives a transaction back, so that its memory is used again. It is freed by this call, whatever the result, and is not to
/// be used any more. NULL is nothing.
///
/// # Safety
/// `connection` is live and used by no other thread; `tx` is NULL or came from this library and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_connection_recycle(
    connection: *mut sidewatch_connection,
    tx: *mut sidewatch_transaction,
) -> i32 {
    guard(|| {
        let ended = if tx.is_null() {
            None
        } else {
            // SAFETY: not NULL, and the caller vouches that it came from `give` and is not used any more.
            unsafe { Box::from_raw(tx) }.end()
        };
        // SAFETY: the contract of this function is that of `object_mut`.
        let connection = unsafe { object_mut(connection) }?;
        match ended {
            // A transaction of another engine would be judged by another policy.
            Some((inner, shared)) if shared.id == connection.shared.id => {
                connection.change(0, |c| c.recycle(inner))
            }
            _ => Ok(()),
        }
    })
}
