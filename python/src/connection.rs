//! One connection: the bytes of both directions in, events out.

use crate::event::Event;
use crate::request::{address, since_epoch};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use std::sync::{Mutex, MutexGuard};

/// One TCP connection: feed it the bytes of both directions as they were sent; every call gives the events of the
/// transactions that have ended with it.
#[pyclass(frozen, module = "sidewatch")]
pub struct Connection {
    // In a box: it asks for a wider alignment than Python gives its objects.
    inner: Mutex<Box<sidewatch::engine::Connection>>,
    requests_only: bool,
}

impl Connection {
    pub fn new(inner: sidewatch::engine::Connection, requests_only: bool) -> Connection {
        Connection { inner: Mutex::new(Box::new(inner)), requests_only }
    }

    fn lock(&self) -> PyResult<MutexGuard<'_, Box<sidewatch::engine::Connection>>> {
        let busy = "the connection is used by another thread, or a call on it has failed";
        self.inner.try_lock().map_err(|_| PyRuntimeError::new_err(busy))
    }
}

/// The events of what has ended.
fn drain(connection: &mut sidewatch::engine::Connection, events: &mut Vec<Event>) {
    while let Some(transaction) = connection.next_transaction() {
        events.push(Event::of(&transaction));
        connection.recycle(transaction);
    }
}

#[pymethods]
impl Connection {
    /// The next bytes sent by the client.
    fn client(&self, py: Python<'_>, data: PyBackedBytes) -> PyResult<Vec<Event>> {
        let (mut guard, requests_only) = (self.lock()?, self.requests_only);
        let connection = &mut **guard;
        Ok(py.detach(|| {
            let (mut rest, mut events) = (&data[..], Vec::new());
            while !rest.is_empty() {
                let used = connection.client_message(rest);
                rest = rest.get(used..).unwrap_or_default();
                if requests_only {
                    connection.settle();
                }
                drain(connection, &mut events);
            }
            events
        }))
    }

    /// The next bytes sent by the server.
    fn server(&self, py: Python<'_>, data: PyBackedBytes) -> PyResult<Vec<Event>> {
        let mut guard = self.lock()?;
        let connection = &mut **guard;
        Ok(py.detach(|| {
            let (mut rest, mut events) = (&data[..], Vec::new());
            while !rest.is_empty() {
                let used = connection.server_message(rest);
                rest = rest.get(used..).unwrap_or_default();
                drain(connection, &mut events);
            }
            events
        }))
    }

    /// So many bytes sent by the client were not captured.
    fn client_gap(&self, number: u64) -> PyResult<Vec<Event>> {
        let (mut guard, mut events) = (self.lock()?, Vec::new());
        guard.client_gap(number);
        drain(&mut guard, &mut events);
        Ok(events)
    }

    /// So many bytes sent by the server were not captured.
    fn server_gap(&self, number: u64) -> PyResult<Vec<Event>> {
        let (mut guard, mut events) = (self.lock()?, Vec::new());
        guard.server_gap(number);
        drain(&mut guard, &mut events);
        Ok(events)
    }

    /// Neither side will send more: everything ends.
    fn close(&self, py: Python<'_>) -> PyResult<Vec<Event>> {
        let mut guard = self.lock()?;
        let connection = &mut **guard;
        Ok(py.detach(|| {
            let mut events = Vec::new();
            connection.client_close();
            connection.server_close();
            drain(connection, &mut events);
            events
        }))
    }

    /// The time of what is fed next, in seconds since the Unix epoch.
    fn set_time(&self, seconds: f64) -> PyResult<()> {
        self.lock()?.set_time(since_epoch(seconds)?);
        Ok(())
    }

    /// The two ends, as `(address, port)`.
    fn set_addresses(&self, client: (String, u16), server: (String, u16)) -> PyResult<()> {
        self.lock()?.set_addresses(address(&client.0, client.1)?, address(&server.0, server.1)?);
        Ok(())
    }
}
