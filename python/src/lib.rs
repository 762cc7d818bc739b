//! The Python extension `sidewatch._native`: engines, transactions, events and captures.
//!
//! What comes in: bytes-like objects and paths. What goes out: immutable Python objects. What always holds: the GIL is
//! released while Rust works on more than a few bytes; every failure is an exception with a reason; nothing here knows
//! more than the core. To add one: a class or function in the file of its noun, and its line in `_native.pyi`.

mod capture;
mod connection;
mod engine;
mod event;
mod request;
mod transaction;

use pyo3::prelude::*;

pyo3::create_exception!(
    sidewatch,
    PolicyError,
    pyo3::exceptions::PyValueError,
    "A policy was refused: the text tells line, column and what is wrong."
);
pyo3::create_exception!(
    sidewatch,
    CaptureError,
    pyo3::exceptions::PyOSError,
    "A capture could not be read, or not to its end: the text tells the byte offset and what is wrong."
);

/// Python allocates its objects at multiples of 16 bytes (its allocator's ALIGNMENT). What asks for more has to lie in a box.
const PYTHON_ALIGNMENT: usize = 16;
const _: () = {
    assert!(align_of::<capture::Scan>() <= PYTHON_ALIGNMENT);
    assert!(align_of::<connection::Connection>() <= PYTHON_ALIGNMENT);
    assert!(align_of::<engine::Engine>() <= PYTHON_ALIGNMENT);
    assert!(align_of::<event::Event>() <= PYTHON_ALIGNMENT);
    assert!(align_of::<event::Finding>() <= PYTHON_ALIGNMENT);
    assert!(align_of::<event::Look>() <= PYTHON_ALIGNMENT);
    assert!(align_of::<event::Step>() <= PYTHON_ALIGNMENT);
    assert!(align_of::<request::Request>() <= PYTHON_ALIGNMENT);
    assert!(align_of::<transaction::Transaction>() <= PYTHON_ALIGNMENT);
};

#[pymodule]
mod _native {
    #[pymodule_export]
    use super::capture::{Scan, scan_pcap, transactions};
    #[pymodule_export]
    use super::connection::Connection;
    #[pymodule_export]
    use super::engine::Engine;
    #[pymodule_export]
    use super::event::{Event, Finding, Look, Step};
    #[pymodule_export]
    use super::request::Request;
    #[pymodule_export]
    use super::transaction::Transaction;
    #[pymodule_export]
    use super::{CaptureError, PolicyError};

    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
