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
pub mod limits;
mod link;
pub mod packet;
pub mod pipeline;
mod reassembly;
mod sniff;
pub mod streams;
pub mod summary;
pub mod table;
mod tunnel;
