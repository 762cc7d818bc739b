//! Where the values that readers find go: to the inspector, at first hand or out of a format that was found inside a value.

use super::inspect::{Form, Inspector};
use crate::bytes::{Joiner, Plain, STEP};
use crate::detect;
use crate::http::{Anomalies, Anomaly};
use crate::limits::WINDOW;
use crate::points::{Place, Point, Sink, Under};

impl Sink for Inspector {
    fn piece(&mut self, at: &Point<'_>, place: Place, piece: &[u8], more: bool) {
        self.reached.piece(at, place, piece, more);
        if !more && !self.is_within() && piece.len() <= WINDOW {
            // PERF: nearly every value goes no further.
            let classes = self.policy.detection.classes;
            if piece.is_empty()
                || self.trace.is_none()
                    && (detect::is_idle(place, at.name(), piece, classes)
                        || detect::is_idle_member(place, piece, classes))
            {
                return;
            }
            return self.value_as_sent(at, place, piece);
        }
        self.part(at, place, piece, more);
    }

    fn anomaly(&mut self, anomaly: Anomaly) {
        const LIMITS: [Anomaly; 5] = [
            Anomaly::FieldTooLong,
            Anomaly::TooManyHeaders,
            Anomaly::TooManyParams,
            Anomaly::NestingTooDeep,
            Anomaly::DataBomb,
        ];
        self.anomalies.insert(anomaly);
        if LIMITS.contains(&anomaly) {
            self.reached.limits.insert(anomaly);
        }
    }

    fn under(&self, name: &[u8]) -> Under {
        detect::under(name)
    }

    #[inline(always)]
    fn glances_text(&self, under: Under, block: &[u8; STEP]) -> Option<usize> {
        detect::idle_text(under, block)
    }

    #[inline(always)]
    fn glances_scalar(&self, under: Under, block: &[u8; STEP]) -> Option<usize> {
        detect::idle_scalar(under, block)
    }

    fn is_idle(&self, place: Place, name: &[u8], under: Under, value: &[u8], made: &Plain) -> bool {
        self.trace.is_none()
            && detect::is_idle_under(place, name, under, value, made, self.policy.detection.classes)
    }

    #[inline]
    fn glances(&self) -> bool {
        self.trace.is_none()
    }

    fn is_nothing(&mut self, place: Place, name: &[u8], value: &[u8]) -> bool {
        self.held_nothing(place, name, value)
    }

    fn whole(&mut self, at: &Point<'_>, place: Place, value: &[u8]) {
        if value.len() > WINDOW {
            return self.piece(at, place, value, false);
        }
        self.reached.piece(at, place, value, false);
        self.value_looked_at(at, place, value);
    }
}

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

    fn under(&self, name: &[u8]) -> Under {
        detect::under(name)
    }

    fn glances_text(&self, under: Under, block: &[u8; STEP]) -> Option<usize> {
        Sink::glances_text(self.inspector, under, block)
    }

    fn glances_scalar(&self, under: Under, block: &[u8; STEP]) -> Option<usize> {
        Sink::glances_scalar(self.inspector, under, block)
    }

    fn is_idle(&self, place: Place, name: &[u8], under: Under, value: &[u8], made: &Plain) -> bool {
        Sink::is_idle(self.inspector, place, name, under, value, made)
    }

    fn glances(&self) -> bool {
        Sink::glances(self.inspector)
    }
}
