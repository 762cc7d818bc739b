//! Packets in, byte streams out: what stands between a mirror of the network and the engine.
//!
//! What comes in: frames of a capture file, or of any source that can fill a [`file::Frame`]. What goes out: the byte
//! streams of every TCP connection, in order and with their gaps, through the seam [`streams::Streams`]. What always
//! holds: no packet can make it fail; memory is bounded by [`limits::Limits`]; everything dropped is counted with its
//! reason in [`summary::Summary`]; bytes that come in order are handed on where they lie. To add a link layer: an arm in
//! `link.rs`; a tunnel: an arm in `tunnel.rs`; either with a line in `tests/common` through which every story is told.
//!
//! ```text
//! file ──frames──> packet ──segments──> table ──> flow ──> reassembly ──bytes, gaps──> streams
//!                  │ link, tunnel                 (both directions)
//!                  └ defrag
//! ```
#![deny(unsafe_code)]

mod defrag;
pub mod file;
mod flow;
mod held;
mod http;
pub mod limits;
mod link;
pub mod packet;
pub mod pipeline;
mod reassembly;
pub mod scan;
mod sniff;
pub mod streams;
pub mod summary;
pub mod table;
mod tunnel;

pub use file::{CaptureFile, FileError};
pub use limits::Limits;
pub use scan::{Finished, Output, Scan, Scanner, scan_file, transactions};
