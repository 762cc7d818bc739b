//! The content coding of one body: what comes in as received goes out decoded.

use crate::decode::{Coding, Inflate, Piece, codings};
use crate::http::{Anomalies, Anomaly};
use crate::limits::Limits;
use smallvec::SmallVec;

/// Bytes at the front of a body that tell compressed data without a label.
const MAGIC: usize = 3;

/// Undoes the content codings of one body after another.
#[derive(Debug, Default)]
pub(super) struct Content {
    inflate: Inflate,
    state: State,
    /// Whether compressed data without a label are looked for.
    sniffs: bool,
    /// The first bytes, while they could still be compressed data.
    held: SmallVec<[u8; MAGIC]>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// No body.
    #[default]
    Shut,
    /// At the first bytes of a body without a coding.
    Front,
    /// In a body without a coding.
    Plain,
    /// In a body with a coding.
    Coded,
}

impl Content {
    /// Looks for compressed data without a label too, in the next body: gateways and applications that go by the first
    /// bytes inflate them.
    pub fn sniff(&mut self) {
        self.sniffs = true;
    }

    /// Whether what comes next comes out as it is.
    #[inline]
    pub fn is_plain(&self) -> bool {
        self.state == State::Plain
    }

    /// Takes the next bytes of a body whose Content-Encoding fields are `encoding`. What comes out is given with whether
    /// it was compressed.
    pub fn feed(
        &mut self,
        encoding: &[u8],
        limits: &Limits,
        bytes: &[u8],
        anomalies: &mut Anomalies,
        mut out: impl FnMut(Piece<'_>, bool),
    ) {
        if self.state == State::Shut {
            let codings = codings(encoding, anomalies);
            self.state = if codings.is_empty() { State::Front } else { State::Coded };
            self.inflate.start(&codings);
        }
        if self.state == State::Front {
            if !self.sniffs {
                self.state = State::Plain;
            } else if self.front(limits, bytes, anomalies, &mut out) {
                return;
            }
        }
        match self.state {
            State::Coded => self.inflate.feed(limits, bytes, |piece| out(piece, true)),
            _ => out(Piece::Body(bytes), false),
        }
    }

    /// Looks at the first bytes; whether `bytes` are held, for more have to be seen.
    fn front(
        &mut self,
        limits: &Limits,
        bytes: &[u8],
        anomalies: &mut Anomalies,
        out: &mut impl FnMut(Piece<'_>, bool),
    ) -> bool {
        // PERF: most first pieces begin otherwise.
        if self.held.is_empty() && !matches!(bytes, [0x1f | 0x78, ..] | []) {
            self.state = State::Plain;
            return false;
        }
        let mut head = self.held.clone();
        head.extend(bytes.iter().copied().take(MAGIC - self.held.len()));
        let coding = match *head {
            // gzip with deflate, RFC 1952 section 2.3.1; zlib as its library writes it, RFC 1950 section 2.2.
            [0x1f, 0x8b, 8] => Some(Coding::Gzip),
            [0x78, 0x01 | 0x9c | 0xda, _] => Some(Coding::Deflate),
            [] | [0x1f | 0x78] | [0x1f, 0x8b] | [0x78, 0x01 | 0x9c | 0xda] => {
                self.held = head;
                return true;
            }
            _ => None,
        };
        let held = std::mem::take(&mut self.held);
        match coding {
            Some(coding) => {
                anomalies.insert(Anomaly::InvalidEncoding);
                self.state = State::Coded;
                self.inflate.start(&[coding]);
                self.inflate.feed(limits, &held, |piece| out(piece, true));
            }
            None => {
                self.state = State::Plain;
                if !held.is_empty() {
                    out(Piece::Body(&held), false);
                }
            }
        }
        false
    }

    /// Ends the body: what was held back comes out.
    pub fn finish(
        &mut self,
        limits: &Limits,
        anomalies: &mut Anomalies,
        mut out: impl FnMut(Piece<'_>, bool),
    ) {
        match self.state {
            State::Coded => anomalies.merge(self.inflate.finish(limits, |piece| out(piece, true))),
            State::Front if !self.held.is_empty() => out(Piece::Body(&self.held), false),
            _ => {}
        }
        self.reset();
    }

    /// Forgets a body that did not end.
    pub fn reset(&mut self) {
        (self.state, self.sniffs) = (State::Shut, false);
        self.held.clear();
    }
}
