//! Values of a format that was found inside a value.

use super::inspect::{Form, Inspector};
use crate::bytes::{Joiner, Plain};
use crate::http::{Anomalies, Anomaly};
use crate::points::{Place, Point, Sink};

/// Takes the values of a format found inside a value.
pub(super) struct Nested<'a> {
    pub inspector: &'a mut Inspector,
    pub joiner: &'a mut Joiner,
    pub form: Form,
    /// Kept apart: what is odd about a format that was only guessed is no anomaly of the message.
    pub anomalies: Anomalies,
}

impl Sink for Nested<'_> {
    fn piece(&mut self, at: &Point<'_>, place: Place, piece: &[u8], more: bool) {
        let (inspector, form) = (&mut *self.inspector, self.form);
        self.joiner.piece(piece, more, |window| inspector.value(at, place, window, form));
    }

    fn anomaly(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }

    #[inline]
    fn is_idle(&self, place: Place, name: &[u8], value: &[u8], made: &Plain) -> bool {
        Sink::is_idle(self.inspector, place, name, value, made)
    }
}
