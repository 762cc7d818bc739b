//! Comments, which JSON does not have and many parsers take: each is a raw value of its own, or it would hide what it
//! holds.

use super::{Json, State};
use crate::http::Anomaly;
use crate::points::{Place, Point, Sink};
use memchr::memchr;

impl Json {
    pub(super) fn slash<'c>(
        &mut self,
        at: &Point<'_>,
        byte: u8,
        rest: &'c [u8],
        sink: &mut impl Sink,
    ) -> &'c [u8] {
        self.state = match byte {
            b'/' => State::Line,
            b'*' => State::Block(false),
            _ => {
                self.text.push(b'/');
                self.stop(Anomaly::InvalidJson, at, sink);
                return rest;
            }
        };
        sink.anomaly(Anomaly::InvalidJson);
        rest.get(1..).unwrap_or_default()
    }

    pub(super) fn line_comment<'c>(
        &mut self,
        at: &Point<'_>,
        rest: &'c [u8],
        sink: &mut impl Sink,
    ) -> &'c [u8] {
        let end = memchr(b'\n', rest);
        let (text, tail) = rest.split_at(end.unwrap_or(rest.len()));
        sink.piece(at, Place::Raw, text, end.is_none());
        if end.is_some() {
            self.state = State::Between(self.back);
        }
        tail
    }

    pub(super) fn block_comment<'c>(
        &mut self,
        at: &Point<'_>,
        star: bool,
        rest: &'c [u8],
        sink: &mut impl Sink,
    ) -> &'c [u8] {
        if star {
            if let Some((b'/', tail)) = rest.split_first() {
                sink.piece(at, Place::Raw, b"", false);
                self.state = State::Between(self.back);
                return tail;
            }
            sink.piece(at, Place::Raw, b"*", true);
        }
        let end = memchr(b'*', rest);
        let (text, tail) = rest.split_at(end.unwrap_or(rest.len()));
        sink.piece(at, Place::Raw, text, true);
        self.state = State::Block(end.is_some());
        tail.get(1..).unwrap_or_default()
    }
}
