//! A request given in parts, and whatever else can be inspected.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyString;
use sidewatch::Transaction;
use sidewatch::http::{Messages, Version};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Bytes, or text that becomes its UTF-8 (a lone surrogate of `surrogateescape` becomes the byte it stands for).
pub struct Bytes(Vec<u8>);

impl<'py> FromPyObject<'_, 'py> for Bytes {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Bytes> {
        let Ok(text) = object.cast::<PyString>() else {
            return Ok(Bytes(object.extract::<PyBackedBytes>()?.to_vec()));
        };
        if let Ok(text) = text.to_str() {
            return Ok(Bytes(text.as_bytes().to_vec()));
        }
        let encoded = text
            .call_method1("encode", ("utf-8", "surrogateescape"))
            .or_else(|_| text.call_method1("encode", ("utf-8", "surrogatepass")))?;
        Ok(Bytes(encoded.extract::<PyBackedBytes>()?.to_vec()))
    }
}

/// A request given in parts: `headers` as pairs in order, `body` with its transfer coding removed. Texts are sent as
/// UTF-8.
///
/// `id`, `client` (an address), `time` (seconds since the Unix epoch) and `status` (of the response) are shown in the
/// event.
#[pyclass(frozen, module = "sidewatch")]
pub struct Request {
    method: Vec<u8>,
    target: Vec<u8>,
    headers: Vec<(Vec<u8>, Vec<u8>)>,
    body: Option<Vec<u8>>,
    version: Version,
    id: Vec<u8>,
    client: Option<SocketAddr>,
    time: Option<Duration>,
    status: Option<u16>,
}

#[pymethods]
impl Request {
    #[new]
    #[pyo3(signature = (method, target, headers = None, body = None, *, version = "1.1", id = None, client = None, time = None, status = None))]
    #[allow(clippy::too_many_arguments)] // named on the other side
    fn new(
        method: Bytes,
        target: Bytes,
        headers: Option<Vec<(Bytes, Bytes)>>,
        body: Option<Bytes>,
        version: &str,
        id: Option<Bytes>,
        client: Option<&str>,
        time: Option<f64>,
        status: Option<u16>,
    ) -> PyResult<Request> {
        Ok(Request {
            method: method.0,
            target: target.0,
            headers: headers.unwrap_or_default().into_iter().map(|(name, value)| (name.0, value.0)).collect(),
            body: body.map(|b| b.0),
            version: version_of(version)?,
            id: id.map(|i| i.0).unwrap_or_default(),
            client: client.map(|c| address(c, 0)).transpose()?,
            time: time.map(since_epoch).transpose()?,
            status,
        })
    }

    fn __repr__(&self) -> String {
        let (method, target) = (String::from_utf8_lossy(&self.method), String::from_utf8_lossy(&self.target));
        format!("<Request {method} {target}>")
    }
}

impl Request {
    fn feed(&self, tx: &mut Transaction) {
        tx.set_id(&self.id);
        if let Some(client) = self.client {
            tx.set_client(client);
        }
        if let Some(time) = self.time {
            tx.set_time(time);
        }
        tx.request_line(&self.method, &self.target, self.version);
        for (name, value) in &self.headers {
            tx.request_header(name, value);
        }
        tx.request_head_end();
        if let Some(body) = &self.body {
            tx.request_body(body);
        }
        tx.request_end();
        if self.status.is_some() {
            tx.response_line(self.status, self.version);
            tx.response_head_end();
            tx.response_end();
        }
    }
}

/// What can be inspected: the raw bytes of a request, or its parts.
#[derive(FromPyObject)]
pub enum Input {
    /// Parts.
    Parts(Py<Request>),
    /// Bytes as on the wire.
    Raw(PyBackedBytes),
}

impl Input {
    /// Feeds it to a transaction, whole.
    pub fn feed(&self, tx: &mut Transaction) {
        match self {
            Input::Parts(request) => request.get().feed(tx),
            Input::Raw(bytes) => {
                tx.request_bytes(bytes);
                tx.request_end();
            }
        }
    }
}

/// The protocol version of that name.
pub fn version_of(name: &str) -> PyResult<Version> {
    Ok(match name {
        "0.9" => Version::Http09,
        "1.0" => Version::Http10,
        "1.1" => Version::Http11,
        "2" | "2.0" => Version::Http2,
        "3" | "3.0" => Version::Http3,
        _ => {
            return Err(PyValueError::new_err(format!(
                "version is '{name}', expected 0.9, 1.0, 1.1, 2 or 3"
            )));
        }
    })
}

/// An IPv4 or IPv6 address with its port.
pub fn address(address: &str, port: u16) -> PyResult<SocketAddr> {
    let wrong = |_| PyValueError::new_err(format!("'{address}' is no IPv4 or IPv6 address"));
    Ok(SocketAddr::new(address.parse::<IpAddr>().map_err(wrong)?, port))
}

/// A time since the Unix epoch, to the microsecond: the floating-point numbers of today's seconds tell no more.
pub fn since_epoch(seconds: f64) -> PyResult<Duration> {
    let wrong = |e| PyValueError::new_err(format!("time {seconds} is no time since the Unix epoch: {e}"));
    let exact = Duration::try_from_secs_f64(seconds).map_err(wrong)?;
    let micros = exact.subsec_nanos().div_ceil(500) / 2;
    Ok(Duration::from_secs(exact.as_secs()).saturating_add(Duration::from_micros(micros.into())))
}
