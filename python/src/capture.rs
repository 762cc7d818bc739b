//! Captures: an iterator of events.

use crate::CaptureError;
use crate::engine::Engine;
use crate::event::Event;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use sidewatch::Verdict;
use sidewatch_capture::{Finished, Limits, Output, Scanner};
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Mutex;

/// Frames read before the iterator looks whether there is an event to give.
const STEP: usize = 512;

/// Gathers the events that are wanted, and counts all.
struct Events {
    least: Verdict,
    ready: VecDeque<Event>,
    transactions: u64,
}

impl Output for Events {
    fn transaction(&mut self, finished: &Finished<'_>) {
        self.transactions += 1;
        if finished.transaction.verdict() >= self.least {
            self.ready.push_back(Event::of(finished.transaction));
        }
    }
}

/// The events of one capture, as an iterator. After the last one `error` tells whether the capture was whole.
#[pyclass(frozen, module = "sidewatch")]
pub struct Scan {
    inner: Mutex<Scanner<Events>>,
}

#[pymethods]
impl Scan {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Event>> {
        py.detach(|| {
            let mut scanner = self.inner.lock().map_err(|_| poisoned())?;
            loop {
                if let Some(event) = scanner.output_mut().ready.pop_front() {
                    return Ok(Some(event));
                }
                if !scanner.step(STEP) && scanner.output_mut().ready.is_empty() {
                    return Ok(None);
                }
            }
        })
    }

    /// How far the (decompressed) file has been read, in bytes.
    #[getter]
    fn offset(&self) -> PyResult<u64> {
        Ok(self.inner.lock().map_err(|_| poisoned())?.offset())
    }

    /// The transactions seen so far, those without findings too.
    #[getter]
    fn transactions(&self) -> PyResult<u64> {
        Ok(self.inner.lock().map_err(|_| poisoned())?.output_mut().transactions)
    }

    /// Why the capture could not be read to its end, with the byte offset; None if it could.
    #[getter]
    fn error(&self) -> PyResult<Option<String>> {
        Ok(self.inner.lock().map_err(|_| poisoned())?.error().map(ToString::to_string))
    }

    /// What was left out and why: `{reason: (packets, bytes)}`.
    #[getter]
    fn drops(&self) -> PyResult<BTreeMap<String, (u64, u64)>> {
        let scanner = self.inner.lock().map_err(|_| poisoned())?;
        let drops = scanner.summary();
        Ok(drops.drops().map(|(reason, d)| (reason.name().to_owned(), (d.packets, d.bytes))).collect())
    }
}

/// Reads a capture (pcap or pcapng, gzip-compressed or not) and gives its events one by one.
///
/// `only` is `attacks`, `findings` (attacks and what is suspicious) or `all` transactions. A file that is no capture raises
/// CaptureError; one that is cut or broken gives the events up to there, and `error` on the iterator then tells the offset.
#[pyfunction]
#[pyo3(signature = (path, engine = None, *, only = "findings"))]
pub fn scan_pcap(path: PathBuf, engine: Option<&Engine>, only: &str) -> PyResult<Scan> {
    let least = match only {
        "all" => Verdict::Pass,
        "findings" => Verdict::Suspicious,
        "attacks" => Verdict::Attack,
        _ => {
            return Err(PyValueError::new_err(format!(
                "only is '{only}', expected attacks, findings or all"
            )));
        }
    };
    let engine = engine.map(|e| e.inner.clone()).unwrap_or_default();
    let file = sidewatch_capture::CaptureFile::open(&path)
        .map_err(|e| CaptureError::new_err(format!("{}: {e}", path.display())))?;
    let output = Events { least, ready: VecDeque::new(), transactions: 0 };
    Ok(Scan { inner: Mutex::new(Scanner::new(&engine, file, Limits::default(), output)) })
}

fn poisoned() -> PyErr {
    PyRuntimeError::new_err("an earlier call on this scan has failed")
}
