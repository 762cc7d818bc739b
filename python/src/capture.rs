//! Captures: an iterator of events.

use crate::CaptureError;
use crate::engine::Engine;
use crate::event::Event;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use sidewatch::detect::Classes;
use sidewatch::{Policy, Verdict};
use sidewatch_capture::file::{CaptureFile, FileError};
use sidewatch_capture::limits::Limits;
use sidewatch_capture::{Finished, Output, Scanner};
use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Frames read before the iterator looks whether there is an event to give, or a signal to handle.
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

/// What a file, read somewhere inside of the scanner, tells the scan.
#[derive(Default)]
struct Told {
    /// Bytes read, compressed or not.
    read: AtomicU64,
    /// What a signal raised that came while a read waited: a pipe may let it wait for good.
    raised: Mutex<Option<PyErr>>,
}

impl Told {
    /// Fails with what a signal has raised.
    fn check(&self) -> PyResult<()> {
        let raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner).take();
        raised.map_or(Ok(()), Err)
    }
}

struct Telling {
    file: File,
    told: Arc<Told>,
}

impl Read for Telling {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let n = self.file.read(buf).map_err(|e| {
            if e.kind() != ErrorKind::Interrupted {
                return e;
            }
            match Python::attach(|py| py.check_signals()) {
                Ok(()) => e, // the caller reads again
                Err(raised) => {
                    *self.told.raised.lock().unwrap_or_else(PoisonError::into_inner) = Some(raised);
                    std::io::Error::other("interrupted")
                }
            }
        })?;
        self.told.read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// The events of one capture, as an iterator. After the last one `error` tells whether the capture was whole.
#[pyclass(frozen, module = "sidewatch")]
pub struct Scan {
    // In a box: it asks for a wider alignment than Python gives its objects.
    inner: Mutex<Box<Scanner<Events>>>,
    told: Arc<Told>,
}

impl Scan {
    fn open(py: Python<'_>, engine: &sidewatch::Engine, path: &Path, least: Verdict) -> PyResult<Scan> {
        let refused = |e: FileError| CaptureError::new_err(format!("{}: {e}", path.display()));
        let told = Arc::new(Told::default());
        // A pipe may let the first read wait, too.
        py.detach(|| {
            let file = Telling { file: File::open(path)?, told: Arc::clone(&told) };
            let file = CaptureFile::from_reader(file);
            told.check()?;
            let output = Events { least, ready: VecDeque::new(), transactions: 0 };
            let scanner = Box::new(Scanner::new(engine, file.map_err(refused)?, Limits::default(), output));
            Ok(Scan { inner: Mutex::new(scanner), told })
        })
    }

    fn lock(&self) -> PyResult<MutexGuard<'_, Box<Scanner<Events>>>> {
        self.inner.lock().map_err(|_| PyRuntimeError::new_err("an earlier call on this scan has failed"))
    }
}

#[pymethods]
impl Scan {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Event>> {
        loop {
            let (event, more) = py.detach(|| {
                let mut scanner = self.lock()?;
                let more = !scanner.output_mut().ready.is_empty() || scanner.step(STEP);
                self.told.check()?;
                Ok::<_, PyErr>((scanner.output_mut().ready.pop_front(), more))
            })?;
            if event.is_some() || !more {
                return Ok(event);
            }
            py.check_signals()?;
        }
    }

    /// Reads on, at most `frames` frames, and gives the events met, maybe none; None at the end. For callers that want to
    /// do something in between, like showing progress.
    #[pyo3(signature = (frames = 4096))]
    fn read(&self, py: Python<'_>, frames: usize) -> PyResult<Option<Vec<Event>>> {
        py.detach(|| {
            let mut scanner = self.lock()?;
            let more = scanner.step(frames);
            self.told.check()?;
            let events: Vec<_> = scanner.output_mut().ready.drain(..).collect();
            Ok((more || !events.is_empty()).then_some(events))
        })
    }

    /// How far the capture has been read, in bytes, decompressed.
    #[getter]
    fn offset(&self) -> PyResult<u64> {
        Ok(self.lock()?.offset())
    }

    /// How much of the file has been read, in bytes as they lie on the disk.
    #[getter]
    fn position(&self) -> u64 {
        self.told.read.load(Ordering::Relaxed)
    }

    /// The transactions seen so far, those without findings too.
    #[getter]
    fn transactions(&self) -> PyResult<u64> {
        Ok(self.lock()?.output_mut().transactions)
    }

    /// Why the capture could not be read to its end, with the byte offset; None if it could.
    #[getter]
    fn error(&self) -> PyResult<Option<String>> {
        Ok(self.lock()?.error().map(ToString::to_string))
    }

    /// Where reading failed, in bytes from the start of the decompressed capture; None if it did not.
    #[getter]
    fn error_offset(&self) -> PyResult<Option<u64>> {
        Ok(self.lock()?.error().map(|e| e.offset))
    }

    /// What the capture held so far: `frames`, `bytes`, `connections`, how many of them spoke `http`, `tls`, `http2` or
    /// something else, and what was closed early for lack of room.
    #[getter]
    fn counts(&self) -> PyResult<BTreeMap<&'static str, u64>> {
        let s = self.lock()?.summary();
        Ok(BTreeMap::from([
            ("frames", s.frames),
            ("bytes", s.bytes),
            ("bad_blocks", s.bad_blocks),
            ("segments", s.segments),
            ("delivered", s.delivered),
            ("connections", s.connections),
            ("midstream", s.midstream),
            ("idle", s.idle),
            ("evicted", s.evicted),
            ("memory_pressed", s.memory_pressed),
            ("http", s.http),
            ("tls", s.tls),
            ("http2", s.http2),
            ("other", s.other),
            ("silent", s.silent),
            ("undecided", s.undecided),
            ("transactions", s.transactions),
        ]))
    }

    /// What was left out and why: `{reason: (packets, bytes, meaning)}`.
    #[getter]
    fn drops(&self) -> PyResult<BTreeMap<&'static str, (u64, u64, &'static str)>> {
        let summary = self.lock()?.summary();
        Ok(summary.drops().map(|(reason, d)| (reason.name(), (d.packets, d.bytes, reason.doc()))).collect())
    }
}

/// Reads a capture (pcap or pcapng, gzip-compressed or not) and gives its events one by one.
///
/// `only` is `attacks`, `findings` (attacks and what is suspicious) or `all` transactions. A file that is no capture raises
/// CaptureError; one that is cut or broken gives the events up to there, and `error` on the iterator then tells the offset.
/// A signal whose handler raises (KeyboardInterrupt) while a pipe is waited for ends the scan.
#[pyfunction]
#[pyo3(signature = (path, engine = None, *, only = "findings"))]
pub fn scan_pcap(py: Python<'_>, path: PathBuf, engine: Option<&Engine>, only: &str) -> PyResult<Scan> {
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
    Scan::open(py, &engine.map(|e| e.inner.clone()).unwrap_or_default(), &path, least)
}

/// Reads a capture as `scan_pcap` does and gives every transaction without judging it, with at most `keep_bodies` bytes of
/// each decoded body.
#[pyfunction]
#[pyo3(signature = (path, *, keep_bodies = 0))]
pub fn transactions(py: Python<'_>, path: PathBuf, keep_bodies: usize) -> PyResult<Scan> {
    let mut policy = Policy::default();
    policy.detection.classes = Classes::NONE;
    policy.limits.keep_body = keep_bodies;
    Scan::open(py, &sidewatch::Engine::new(policy), &path, Verdict::Pass)
}
