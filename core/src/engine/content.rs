//! The content coding of one body: what comes in as received goes out decoded.

use crate::decode::{Inflate, Piece, codings};
use crate::http::Anomalies;
use crate::limits::Limits;

/// Undoes the content codings of one body after another.
#[derive(Debug, Default)]
pub(super) struct Content {
    inflate: Inflate,
    coded: bool,
    open: bool,
}

impl Content {
    /// Makes ready for a body whose Content-Encoding fields are `encoding`. Tells whether it is coded.
    pub fn start(&mut self, encoding: &[u8], anomalies: &mut Anomalies) -> bool {
        let codings = codings(encoding, anomalies);
        (self.open, self.coded) = (true, !codings.is_empty());
        if self.coded {
            self.inflate.start(&codings);
        }
        self.coded
    }

    /// Takes the next bytes of a body whose Content-Encoding fields are `encoding`.
    pub fn feed(
        &mut self,
        encoding: &[u8],
        limits: &Limits,
        bytes: &[u8],
        anomalies: &mut Anomalies,
        mut out: impl FnMut(Piece<'_>),
    ) {
        if !self.open {
            self.start(encoding, anomalies);
        }
        if self.coded {
            self.inflate.feed(limits, bytes, out);
        } else {
            out(Piece::Body(bytes));
        }
    }

    /// Ends the body: what was held back comes out.
    pub fn finish(&mut self, limits: &Limits, anomalies: &mut Anomalies, out: impl FnMut(Piece<'_>)) {
        if self.open && self.coded {
            anomalies.merge(self.inflate.finish(limits, out));
        }
        self.reset();
    }

    /// Forgets a body that did not end.
    pub fn reset(&mut self) {
        (self.coded, self.open) = (false, false);
    }
}
