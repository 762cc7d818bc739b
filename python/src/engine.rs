//! The engine.

use crate::PolicyError;
use crate::event::{Event, Step};
use crate::transaction::Transaction;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use sidewatch::Policy;
use sidewatch::http::{Messages, Version};

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
            policy.detection.sensitivity = match wanted {
                "strict" => sidewatch::Sensitivity::Strict,
                "default" => sidewatch::Sensitivity::Default,
                "relaxed" => sidewatch::Sensitivity::Relaxed,
                _ => {
                    let reason = format!("sensitivity is '{wanted}', expected strict, default or relaxed");
                    return Err(PolicyError::new_err(reason));
                }
            };
        }
        if let Some(bytes) = keep_bodies {
            policy.limits.keep_body = bytes;
        }
        Ok(Engine { inner: sidewatch::Engine::new(policy) })
    }

    /// Inspects one raw HTTP/1.x request: head and body as on the wire. Bytes that are not HTTP are judged as raw text.
    fn inspect(&self, py: Python<'_>, request: PyBackedBytes) -> Event {
        py.detach(|| {
            let mut tx = self.inner.transaction();
            tx.request_bytes(&request);
            tx.request_end();
            Event::of(&tx)
        })
    }

    /// Inspects a request given in parts: `headers` as pairs in order, `body` with its transfer coding removed.
    #[pyo3(signature = (method, target, headers = Vec::new(), body = None))]
    fn inspect_parts(
        &self,
        py: Python<'_>,
        method: PyBackedBytes,
        target: PyBackedBytes,
        headers: Vec<(PyBackedBytes, PyBackedBytes)>,
        body: Option<PyBackedBytes>,
    ) -> Event {
        py.detach(|| {
            let mut tx = self.inner.transaction();
            tx.request_line(&method, &target, Version::Http11);
            for (name, value) in &headers {
                tx.request_header(name, value);
            }
            tx.request_head_end();
            if let Some(body) = &body {
                tx.request_body(body);
            }
            tx.request_end();
            Event::of(&tx)
        })
    }

    /// Like `inspect`, with every form of every value that the detectors saw. Secrets are not masked in the steps.
    fn trace(&self, py: Python<'_>, request: PyBackedBytes) -> (Event, Vec<Step>) {
        py.detach(|| {
            let mut tx = self.inner.transaction();
            tx.set_trace(true);
            tx.request_bytes(&request);
            tx.request_end();
            (Event::of(&tx), tx.trace().iter().map(Step::from).collect())
        })
    }

    /// A transaction to feed one request to, piece by piece.
    fn transaction(&self) -> Transaction {
        Transaction::new(self.inner.transaction())
    }
}
