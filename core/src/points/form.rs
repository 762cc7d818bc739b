//! `application/x-www-form-urlencoded` bodies (WHATWG URL, section 5.1), in chunks of any size.

use super::pairs::Pairs;
use super::{Place, Point, Sink};
use crate::limits::Limits;

/// Reads forms; its buffers are reused.
///
/// Emits `NAME#name` and `NAME` below the point it is given for each pair, and that point itself for what has no name.
#[derive(Debug)]
pub struct Form(Pairs);

impl Default for Form {
    fn default() -> Self {
        Form(Pairs::new(Place::FormName, Place::FormValue, b'&'))
    }
}

impl Form {
    /// Makes ready for another form.
    pub fn reset(&mut self) {
        self.0.reset();
    }

    /// Takes the next bytes of the form.
    pub fn feed(&mut self, limits: &Limits, at: &Point<'_>, chunk: &[u8], sink: &mut impl Sink) {
        self.0.run(limits, at, chunk, false, sink);
    }

    /// Ends the form.
    pub fn finish(&mut self, limits: &Limits, at: &Point<'_>, sink: &mut impl Sink) {
        self.0.run(limits, at, b"", true, sink);
    }

    /// Reads a form that lies whole in memory: the same values, the last of them in one piece.
    pub fn read(&mut self, limits: &Limits, at: &Point<'_>, form: &[u8], sink: &mut impl Sink) {
        self.reset();
        self.0.run(limits, at, form, true, sink);
    }
}
