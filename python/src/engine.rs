//! The engine.

use crate::PolicyError;
use crate::connection::Connection;
use crate::event::{Event, Step};
use crate::request::Input;
use crate::transaction::Transaction;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use sidewatch::Policy;
use std::num::NonZero;

/// Requests that one thread takes at a time: enough that taking costs nothing, few enough that no thread ends late.
const SHARE: usize = 16;

/// A policy and what was built from it: immutable, shared by all threads.
///
/// `policy` is TOML text; without it the default policy is used. `sensitivity` (`strict`, `default`, `relaxed`) overrides
/// the policy's. `keep_bodies` is the number of bytes of each decoded body that events keep. A bad policy raises
/// PolicyError with line, column and reason.
#[pyclass(frozen, module = "sidewatch")]
pub struct Engine {
    pub(crate) inner: sidewatch::Engine,
}

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (policy = None, *, sensitivity = None, keep_bodies = None))]
    fn new(policy: Option<&str>, sensitivity: Option<&str>, keep_bodies: Option<usize>) -> PyResult<Engine> {
        let refused = |e: sidewatch::PolicyError| PolicyError::new_err(e.to_string());
        let mut policy = Policy::from_toml(policy.unwrap_or_default()).map_err(refused)?;
        if let Some(wanted) = sensitivity {
            policy.detection.sensitivity = sensitivity_of(wanted)?;
        }
        if let Some(bytes) = keep_bodies {
            policy.limits.keep_body = bytes;
        }
        Ok(Engine { inner: sidewatch::Engine::new(policy) })
    }

    /// Inspects one request: a Request, or raw bytes of HTTP/1.x, head and body as on the wire. Bytes that are not HTTP
    /// are judged as raw text.
    fn inspect(&self, py: Python<'_>, request: Input) -> Event {
        py.detach(|| {
            let mut tx = self.inner.transaction();
            request.feed(&mut tx);
            Event::of(&tx)
        })
    }

    /// Inspects many requests, on `threads` threads (by default as many as there are processors), and gives their events
    /// in the same order.
    #[pyo3(signature = (requests, *, threads = None))]
    fn inspect_many(
        &self,
        py: Python<'_>,
        requests: Vec<Input>,
        threads: Option<NonZero<usize>>,
    ) -> Vec<Event> {
        py.detach(|| self.many(&requests, threads))
    }

    /// Like `inspect`, with every form of every value that the detectors saw. Secrets are not masked in the steps.
    fn trace(&self, py: Python<'_>, request: Input) -> (Event, Vec<Step>) {
        py.detach(|| {
            let mut tx = self.inner.transaction();
            tx.set_trace(true);
            request.feed(&mut tx);
            (Event::of(&tx), tx.trace().iter().map(Step::from).collect())
        })
    }

    /// A transaction to feed one request to, piece by piece.
    fn transaction(&self) -> Transaction {
        Transaction::new(self.inner.transaction())
    }

    /// A connection to feed the bytes of both directions to. With `requests_only` no responses are waited for.
    #[pyo3(signature = (*, requests_only = false))]
    fn connection(&self, requests_only: bool) -> Connection {
        Connection::new(self.inner.connection(), requests_only)
    }
}

/// The sensitivity of that name.
pub fn sensitivity_of(name: &str) -> PyResult<sidewatch::Sensitivity> {
    Ok(match name {
        "strict" => sidewatch::Sensitivity::Strict,
        "default" => sidewatch::Sensitivity::Default,
        "relaxed" => sidewatch::Sensitivity::Relaxed,
        _ => {
            let reason = format!("sensitivity is '{name}', expected strict, default or relaxed");
            return Err(PyValueError::new_err(reason));
        }
    })
}

impl Engine {
    fn many(&self, requests: &[Input], threads: Option<NonZero<usize>>) -> Vec<Event> {
        let threads = threads.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZero::get);
        let shares = std::sync::Mutex::new(requests.chunks(SHARE).enumerate());
        let work = || {
            let mut tx = self.inner.transaction();
            let mut done = Vec::new();
            // A poisoned lock cannot be: taking the next share does not panic.
            while let Some((at, share)) = shares.lock().ok().and_then(|mut s| s.next()) {
                let events = share.iter().map(|request| {
                    tx.reset();
                    request.feed(&mut tx);
                    Event::of(&tx)
                });
                done.push((at, events.collect::<Vec<_>>()));
            }
            done
        };
        let mut done = std::thread::scope(|scope| {
            let others: Vec<_> =
                (1..threads.min(requests.len().div_ceil(SHARE))).map(|_| scope.spawn(work)).collect();
            let mut done = work();
            for other in others {
                match other.join() {
                    Ok(theirs) => done.extend(theirs),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            done
        });
        done.sort_unstable_by_key(|&(at, _)| at);
        done.into_iter().flat_map(|(_, events)| events).collect()
    }
}
