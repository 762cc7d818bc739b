//! Bodies without a format of their own: text, files, and bytes that are neither.

use super::{Place, Point, Sink};
use crate::limits::Limits;

/// Passes a body on as one value.
#[derive(Debug)]
pub struct Text {
    place: Place,
    open: bool,
}

impl Default for Text {
    fn default() -> Self {
        Text { place: Place::Text, open: false }
    }
}

impl Text {
    /// Makes ready for another body, which stands at `place`.
    pub fn start(&mut self, place: Place) {
        *self = Text { place, open: false };
    }

    /// Makes ready for another text.
    pub fn reset(&mut self) {
        self.start(Place::Text);
    }

    /// Takes the next bytes.
    pub fn feed(&mut self, _limits: &Limits, at: &Point<'_>, chunk: &[u8], sink: &mut impl Sink) {
        if !chunk.is_empty() {
            self.open = true;
            sink.piece(at, self.place, chunk, true);
        }
    }

    /// Ends the body; one without bytes is no value.
    pub fn finish(&mut self, _limits: &Limits, at: &Point<'_>, sink: &mut impl Sink) {
        if self.open {
            sink.piece(at, self.place, b"", false);
        }
        self.reset();
    }
}
