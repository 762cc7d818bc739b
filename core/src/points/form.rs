//! `application/x-www-form-urlencoded` bodies (WHATWG URL, section 5.1), in chunks of any size.

use super::pairs::Pairs;
use super::{Place, Point, Sink};
use crate::limits::Limits;

/// Reads forms; its buffers are reused.
///
/// Emits `NAME#name` and `NAME` below the point it is given for each pair, that point itself for what has no name, and
/// `NAME|pollution` and `NAME|concat` for the joined values of a name given more than once, as the query does.
#[derive(Debug)]
pub struct Form(Pairs);

impl Default for Form {
    fn default() -> Self {
        Form(Pairs::joining(Place::FormName, Place::FormValue, b'&'))
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

    /// Takes the last bytes of the form, and ends it.
    pub fn end(&mut self, limits: &Limits, at: &Point<'_>, rest: &[u8], sink: &mut impl Sink) {
        self.0.run(limits, at, rest, true, sink);
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
