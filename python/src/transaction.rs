//! The transaction, for streaming.

use crate::event::Event;
use crate::request::{address, since_epoch, version_of};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use sidewatch::http::Messages;
use std::sync::{Mutex, MutexGuard};

/// One request, fed piece by piece: either as bytes (`feed`), or in parts (`request_line`, `request_header`,
/// `request_head_end`, `request_body`, `request_trailer`); then `end`.
#[pyclass(frozen, module = "sidewatch")]
pub struct Transaction {
    // In a box: it asks for a wider alignment than Python gives its objects.
    inner: Mutex<Box<sidewatch::Transaction>>,
}

impl Transaction {
    pub fn new(inner: sidewatch::Transaction) -> Transaction {
        Transaction { inner: Mutex::new(Box::new(inner)) }
    }

    fn lock(&self) -> PyResult<MutexGuard<'_, Box<sidewatch::Transaction>>> {
        let busy = "the transaction is used by another thread, or a call on it has failed";
        self.inner.try_lock().map_err(|_| PyRuntimeError::new_err(busy))
    }
}

#[pymethods]
impl Transaction {
    /// The next bytes of a raw HTTP/1.x request.
    fn feed(&self, py: Python<'_>, data: PyBackedBytes) -> PyResult<()> {
        let mut guard = self.lock()?;
        let tx = &mut **guard;
        py.detach(|| tx.request_bytes(&data));
        Ok(())
    }

    /// The request line; `version` is 0.9, 1.0, 1.1, 2 or 3 as text.
    #[pyo3(signature = (method, target, version = "1.1"))]
    fn request_line(&self, method: PyBackedBytes, target: PyBackedBytes, version: &str) -> PyResult<()> {
        self.lock()?.request_line(&method, &target, version_of(version)?);
        Ok(())
    }

    /// One header field of the request.
    fn request_header(&self, name: PyBackedBytes, value: PyBackedBytes) -> PyResult<()> {
        self.lock()?.request_header(&name, &value);
        Ok(())
    }

    /// The head is complete.
    fn request_head_end(&self) -> PyResult<()> {
        self.lock()?.request_head_end();
        Ok(())
    }

    /// The next piece of the body, transfer coding removed.
    fn request_body(&self, py: Python<'_>, data: PyBackedBytes) -> PyResult<()> {
        let mut guard = self.lock()?;
        let tx = &mut **guard;
        py.detach(|| tx.request_body(&data));
        Ok(())
    }

    /// One trailer field of the request.
    fn request_trailer(&self, name: PyBackedBytes, value: PyBackedBytes) -> PyResult<()> {
        self.lock()?.request_trailer(&name, &value);
        Ok(())
    }

    /// Where the request came from.
    #[pyo3(signature = (address, port = 0))]
    fn set_client(&self, address: &str, port: u16) -> PyResult<()> {
        self.lock()?.set_client(self::address(address, port)?);
        Ok(())
    }

    /// When it began, in seconds since the Unix epoch.
    fn set_time(&self, seconds: f64) -> PyResult<()> {
        self.lock()?.set_time(since_epoch(seconds)?);
        Ok(())
    }

    /// An identifier shown in the event; at most 128 bytes are kept.
    fn set_id(&self, id: PyBackedBytes) -> PyResult<()> {
        self.lock()?.set_id(&id);
        Ok(())
    }

    /// The request is complete. Gives the event.
    fn end(&self, py: Python<'_>) -> PyResult<Event> {
        let mut guard = self.lock()?;
        let tx = &mut **guard;
        Ok(py.detach(|| {
            tx.request_end();
            Event::of(tx)
        }))
    }

    /// What the findings so far add up to: `pass`, `suspicious` or `attack`.
    #[getter]
    fn verdict(&self) -> PyResult<&'static str> {
        Ok(self.lock()?.verdict().name())
    }

    /// Makes the transaction as new.
    fn reset(&self) -> PyResult<()> {
        self.lock()?.reset();
        Ok(())
    }
}
