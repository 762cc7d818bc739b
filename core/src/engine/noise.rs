//! Noise in values: it is cut out, but for its ends.
//!
//! Signs in no order wake every reader at every byte, some hundred times as dear as prose, and mean nothing to any of them.
//! A sender could have a server's time for them. Like padding they are shortened where they go on for a kilobyte: what stands
//! before, in and behind them is judged as it would be next to each other, and the anomaly tells of it.

use super::inspect::{Form, Inspector};
use crate::bytes::{Quiet, Wake, Window, wake};
use crate::http::Anomaly;
use crate::points::{Place, Point};

impl Inspector {
    /// Judges a window without its noise. False if it has none.
    pub(super) fn noise(
        &mut self,
        at: &Point<'_>,
        place: Place,
        window: &Window<'_>,
        kinds: Wake,
        form: Form,
    ) -> bool {
        if !Quiet::may_help(window, kinds) {
            return false;
        }
        // A form that is decoded from this one may have noise of its own.
        let mut quiet = self.quiet.take().unwrap_or_default();
        let left = quiet.of(window);
        if let Some(window) = &left {
            self.anomalies.insert(Anomaly::Noise);
            self.judge(at, place, window, wake(window.bytes), form);
        }
        let noisy = left.is_some();
        self.quiet = Some(quiet);
        noisy
    }
}
