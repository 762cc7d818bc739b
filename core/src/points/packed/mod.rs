//! Binary formats of APIs, read without a schema: protobuf, gRPC, MessagePack, CBOR.
//!
//! What comes in: which of them the Content-Type names, and the bytes of the body. What goes out: every string as a value
//! at the way to it, by number or name: `body.grpc[0].2.1`, `body.msgpack.user.name`. What always holds: a message is
//! held until it is complete, [`HELD`] bytes at most, and read once, without recursion; what is longer, or breaks its
//! format, comes out as one raw value, and so does a message in which text stands where no string is. To add one: a file
//! here, a variant of [`Packing`], a line each in [`Packed::message`] and in `content_type.rs`.

mod cbor;
mod grpc;
mod msgpack;
mod protobuf;
mod tree;

use super::{Place, Point, Sink};
use crate::limits::Limits;
use grpc::Frames;
use tree::Tree;

/// Longest message that is read as what it is.
const HELD: usize = 32 << 10;
/// Text of this many bytes that is no string of the format may be meant for another reader.
const TEXT: usize = 4;

/// The formats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Packing {
    /// One protobuf message.
    #[default]
    Protobuf,
    /// Frames of gRPC or gRPC-Web.
    Grpc,
    /// The same in base64.
    GrpcText,
    /// MessagePack values.
    Msgpack,
    /// CBOR values.
    Cbor,
}

impl Packing {
    /// Name of the format in a point.
    pub const fn name(self) -> &'static str {
        match self {
            Packing::Protobuf => "protobuf",
            Packing::Grpc | Packing::GrpcText => "grpc",
            Packing::Msgpack => "msgpack",
            Packing::Cbor => "cbor",
        }
    }
}

/// Reads bodies of these formats; its buffers are reused.
#[derive(Debug, Default)]
pub(super) struct Packed {
    packing: Packing,
    held: Held,
    frames: Frames,
    tree: Tree,
}

impl Packed {
    /// Makes ready for a body in this format.
    pub fn start(&mut self, packing: Packing) {
        self.packing = packing;
        self.held.clear();
        self.frames.reset();
    }

    /// Makes ready for another body.
    pub fn reset(&mut self) {
        self.start(Packing::default());
    }

    /// Takes the next bytes.
    pub fn feed(&mut self, limits: &Limits, at: &Point<'_>, chunk: &[u8], sink: &mut impl Sink) {
        match self.packing {
            Packing::Grpc => self.frames.feed(limits, at, chunk, &mut self.held, &mut self.tree, sink),
            Packing::GrpcText => {
                self.frames.feed_text(limits, at, chunk, &mut self.held, &mut self.tree, sink)
            }
            _ => self.held.push(at, chunk, sink),
        }
    }

    /// Ends the body.
    pub fn finish(&mut self, limits: &Limits, at: &Point<'_>, sink: &mut impl Sink) {
        match self.packing {
            Packing::Grpc | Packing::GrpcText => {
                self.frames.finish(limits, at, &mut self.held, &mut self.tree, sink);
            }
            packing => {
                let tree = &mut self.tree;
                self.held.end(at, sink, |message, sink| read(packing, limits, at, message, tree, sink));
            }
        }
        self.reset();
    }
}

/// Reads one message; whether it was what it should be, with all its text in strings.
fn read(
    packing: Packing,
    limits: &Limits,
    at: &Point<'_>,
    message: &[u8],
    tree: &mut Tree,
    sink: &mut impl Sink,
) -> bool {
    tree.reset();
    match packing {
        Packing::Msgpack => msgpack::read(limits, at, message, tree, sink),
        Packing::Cbor => cbor::read(limits, at, message, tree, sink),
        _ => protobuf::read(limits, at, message, tree, sink),
    }
}

/// A message until it is complete.
#[derive(Debug, Default)]
struct Held {
    bytes: Vec<u8>,
    /// Whether it is too long, and being passed on raw.
    raw: bool,
}

impl Held {
    fn clear(&mut self) {
        self.bytes.clear();
        self.raw = false;
    }

    fn push(&mut self, at: &Point<'_>, piece: &[u8], sink: &mut impl Sink) {
        if !self.raw && self.bytes.len() + piece.len() > HELD {
            self.raw = true;
            if !self.bytes.is_empty() {
                sink.piece(at, Place::Raw, &self.bytes, true);
                self.bytes.clear();
            }
        }
        if !self.raw {
            self.bytes.extend_from_slice(piece);
        } else if !piece.is_empty() {
            sink.piece(at, Place::Raw, piece, true);
        }
    }

    /// Ends the message: `read` reads it and tells whether that was well.
    fn end<S: Sink>(&mut self, at: &Point<'_>, sink: &mut S, read: impl FnOnce(&[u8], &mut S) -> bool) {
        if self.raw {
            sink.piece(at, Place::Raw, b"", false);
        } else if !self.bytes.is_empty() && !read(&self.bytes, sink) {
            sink.piece(at, Place::Raw, &self.bytes, false);
        }
        self.clear();
    }
}

/// Whether `bytes` is UTF-8 without control bytes but those of lines.
fn is_text(bytes: &[u8]) -> bool {
    let control = |&b: &u8| b < b' ' && !matches!(b, b'\t' | b'\r' | b'\n') || b == 0x7f;
    !bytes.iter().any(control) && std::str::from_utf8(bytes).is_ok()
}

/// Whether text stands in `bytes`, which are no string.
fn hides_text(bytes: &[u8]) -> bool {
    let mut run = 0;
    bytes.iter().any(|b| {
        run = if matches!(b, b' '..=b'~') { run + 1 } else { 0 };
        run >= TEXT
    })
}

/// The `len` bytes at `at`, and where they end.
fn take(bytes: &[u8], at: usize, len: u64) -> Option<(&[u8], usize)> {
    let end = at.checked_add(usize::try_from(len).ok()?)?;
    Some((bytes.get(at..end)?, end))
}

/// The big-endian number of `len` bytes at `at`, and where it ends.
fn number(bytes: &[u8], at: usize, len: u64) -> Option<(u64, usize)> {
    let (bytes, end) = take(bytes, at, len)?;
    Some((bytes.iter().fold(0, |n, &b| n << 8 | u64::from(b)), end))
}
