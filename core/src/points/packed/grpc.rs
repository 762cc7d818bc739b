//! Frames of gRPC (the protocol document "gRPC over HTTP2") and gRPC-Web: a byte of flags, a length, a message.
//!
//! A compressed message is inflated, [`HELD`] bytes at most. The frame of trailers that ends a gRPC-Web body is text.
//! Each message stands at the number of its frame; one that cannot be read is given raw, with the frame's head.

use super::super::{Place, Point, Segment, Sink};
use super::tree::Tree;
use super::{HELD, Held, Packing, read};
use crate::http::Anomaly;
use crate::limits::Limits;
use flate2::bufread::{GzDecoder, ZlibDecoder};
use std::io::Read;

/// Bytes before each message.
const HEAD: usize = 5;
const COMPRESSED: u8 = 1;
const TRAILERS: u8 = 0x80;
/// Bytes of base64 decoded at a time.
const PIECE: usize = 256;

/// Cuts a body into frames.
#[derive(Debug, Default)]
pub(super) struct Frames {
    head: [u8; HEAD],
    /// Bytes of the head that have come.
    have: usize,
    /// Bytes of the message to come.
    left: usize,
    number: u32,
    /// What follows is no frame.
    raw: bool,
    /// Base64: the bits that make no byte yet, and how many.
    bits: (u32, u32),
    inflated: Vec<u8>,
}

impl Frames {
    pub fn reset(&mut self) {
        (self.have, self.left, self.number, self.raw, self.bits) = (0, 0, 0, false, (0, 0));
    }

    /// Takes the next bytes.
    pub fn feed(
        &mut self,
        limits: &Limits,
        at: &Point<'_>,
        chunk: &[u8],
        held: &mut Held,
        tree: &mut Tree,
        sink: &mut impl Sink,
    ) {
        let mut rest = chunk;
        while !rest.is_empty() {
            if self.raw {
                return sink.piece(at, Place::Raw, rest, true);
            }
            if self.have < HEAD {
                let (head, tail) = rest.split_at(rest.len().min(HEAD - self.have));
                self.head[self.have..self.have + head.len()].copy_from_slice(head);
                self.have += head.len();
                rest = tail;
                if self.have < HEAD {
                    return;
                }
                let [flags, a, b, c, d] = self.head;
                if flags & !(COMPRESSED | TRAILERS) != 0 || self.number as usize >= limits.params {
                    self.raw = true;
                    sink.anomaly(Anomaly::ContentTypeMismatch);
                    sink.piece(at, Place::Raw, &self.head, true);
                    continue;
                }
                self.left = u32::from_be_bytes([a, b, c, d]) as usize;
                // Held as well, for a head that is none.
                held.push(&at.then(Segment::Index(self.number)), &self.head, sink);
                if self.left == 0 {
                    self.message(limits, at, held, tree, sink);
                    continue;
                }
            }
            let (piece, tail) = rest.split_at(rest.len().min(self.left));
            held.push(&at.then(Segment::Index(self.number)), piece, sink);
            self.left -= piece.len();
            rest = tail;
            if self.left == 0 {
                self.message(limits, at, held, tree, sink);
            }
        }
    }

    /// Takes the next bytes of a body in base64, in which padding may stand behind each frame.
    pub fn feed_text(
        &mut self,
        limits: &Limits,
        at: &Point<'_>,
        chunk: &[u8],
        held: &mut Held,
        tree: &mut Tree,
        sink: &mut impl Sink,
    ) {
        for piece in chunk.chunks(PIECE) {
            let (mut bytes, mut len) = ([0; PIECE], 0);
            for &b in piece {
                let digit = match b {
                    b'A'..=b'Z' => b - b'A',
                    b'a'..=b'z' => b - b'a' + 26,
                    b'0'..=b'9' => b - b'0' + 52,
                    b'+' | b'-' => 62,
                    b'/' | b'_' => 63,
                    b'=' => {
                        self.bits = (0, 0);
                        continue;
                    }
                    _ => continue,
                };
                let (bits, n) = (self.bits.0 << 6 | u32::from(digit), self.bits.1 + 6);
                if n < 8 {
                    self.bits = (bits, n);
                } else {
                    bytes[len] = (bits >> (n - 8)) as u8;
                    len += 1;
                    self.bits = (bits & ((1 << (n - 8)) - 1), n - 8);
                }
            }
            self.feed(limits, at, &bytes[..len], held, tree, sink);
        }
    }

    /// Ends the body.
    pub fn finish(
        &mut self,
        limits: &Limits,
        at: &Point<'_>,
        held: &mut Held,
        tree: &mut Tree,
        sink: &mut impl Sink,
    ) {
        if self.raw {
            sink.piece(at, Place::Raw, b"", false);
        } else if self.have == HEAD {
            sink.anomaly(Anomaly::BodyIncomplete);
            self.message(limits, at, held, tree, sink);
        } else if self.have > 0 {
            sink.anomaly(Anomaly::BodyIncomplete);
            sink.piece(at, Place::Raw, &self.head[..self.have], false);
        }
        self.reset();
    }

    /// A message is complete.
    fn message(
        &mut self,
        limits: &Limits,
        at: &Point<'_>,
        held: &mut Held,
        tree: &mut Tree,
        sink: &mut impl Sink,
    ) {
        let at = at.then(Segment::Index(self.number));
        let (flags, inflated) = (self.head[0], &mut self.inflated);
        let whole = self.left == 0;
        held.end(&at, sink, |frame, sink| {
            let message = frame.get(HEAD..).unwrap_or_default();
            if flags & TRAILERS != 0 || !whole {
                return false;
            }
            if flags & COMPRESSED == 0 {
                return read(Packing::Protobuf, limits, &at, message, tree, sink);
            }
            inflated.clear();
            match inflate(message, inflated) {
                Some(whole) => {
                    if !whole {
                        sink.anomaly(Anomaly::DataBomb);
                    }
                    if !read(Packing::Protobuf, limits, &at, inflated, tree, sink) {
                        sink.piece(&at, Place::Raw, inflated, false);
                    }
                    whole
                }
                None => {
                    sink.anomaly(Anomaly::InvalidEncoding);
                    false
                }
            }
        });
        (self.have, self.left) = (0, 0);
        self.number += 1;
    }
}

/// Inflates gzip or zlib; whether that was all of it, or nothing if it is neither.
fn inflate(message: &[u8], out: &mut Vec<u8>) -> Option<bool> {
    let most = HELD as u64;
    let read = match message {
        [0x1f, 0x8b, ..] => GzDecoder::new(message).take(most).read_to_end(out),
        [0x78, ..] => ZlibDecoder::new(message).take(most).read_to_end(out),
        _ => return None,
    };
    match read {
        Ok(n) => Some(n < HELD),
        // What came out before the data broke is judged.
        Err(_) => (!out.is_empty()).then_some(false),
    }
}
