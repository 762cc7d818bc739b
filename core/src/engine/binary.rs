//! Binary files and bodies: what is text in them is judged, the rest is no language.
//!
//! Pictures, archives and documents that are uploaded are bytes in no order behind their first few bytes, and readers of
//! languages find hints in anything. Behind its beginning a window that is plainly binary is judged by its runs of text:
//! code that is hidden in a picture is text, whatever stands around it. The beginning tells formats, scripts and objects,
//! and is judged whole where the readers of formats find something, or any reader in a run of text.

use super::inspect::{Form, Inspector};
use crate::bytes::{Wake, Window, is_binary, runs_of_text, short_runs_of_text, wake};
use crate::decode::{self, Decoder, Serial};
use crate::detect::graphql::Batch;
use crate::detect::{self, Groups, Value};
use crate::http::Anomalies;
use crate::points::{Place, Point};
use crate::verdict::Verdict;

/// The least beginning that is looked at in parts first.
const BEGINNING: usize = 512;

/// Whether a value of this point and place may be binary: a file, or a body of no known format. What other raw text there is
/// lies past a limit: parameters that an application still reads, of which a short one counts.
pub(super) fn may_be_binary(at: &Point<'_>, place: Place) -> bool {
    place == Place::FileContent || place == Place::Raw && at.is_below("raw")
}

/// What judging a value changes.
struct State {
    findings: usize,
    anomalies: Anomalies,
    limits: Anomalies,
    deep: Option<(String, bool)>,
    verdict: Verdict,
    batch: Batch,
    allowed: u64,
    spare: u64,
    told: u64,
}

impl Inspector {
    fn judged(&self) -> State {
        State {
            findings: self.findings.as_slice().len(),
            anomalies: self.anomalies,
            limits: self.reached.limits,
            deep: self.reached.deep.clone(),
            verdict: self.verdict,
            batch: self.batch,
            allowed: self.allowed,
            spare: self.spare,
            told: self.told,
        }
    }

    /// Takes back what was judged since `state`, but for the count of what was told.
    fn take_back(&mut self, state: State) {
        self.findings.truncate(state.findings);
        (self.anomalies, self.reached.limits, self.reached.deep) =
            (state.anomalies, state.limits, state.deep);
        (self.verdict, self.batch) = (state.verdict, state.batch);
        (self.allowed, self.spare) = (state.allowed, state.spare);
        self.forms.clear();
    }

    /// Judges a window of a binary file or body by its text. False if the window is none, or has to be judged whole.
    pub(super) fn binary(
        &mut self,
        at: &Point<'_>,
        place: Place,
        window: &Window<'_>,
        kinds: Wake,
        form: Form,
    ) -> bool {
        let long = !window.first || window.bytes.len() >= BEGINNING;
        if !long || !may_be_binary(at, place) || !is_binary(window.bytes) {
            return false;
        }
        if window.first {
            return form.depth == 0 && self.begins_idle(at, place, window, kinds, form);
        }
        for run in runs_of_text(window.bytes) {
            let part = window.part(run);
            self.judge(at, place, &part, wake(part.bytes), form);
        }
        true
    }

    /// Whether the beginning of a binary file or body holds nothing, neither for the readers of formats nor in any of its
    /// runs of text. If it does it is as if it had not been looked at.
    ///
    /// PERF: every reader of a language takes bytes in no order for signs of it; of 8 KiB they are 150 times as dear as this.
    fn begins_idle(
        &mut self,
        at: &Point<'_>,
        place: Place,
        window: &Window<'_>,
        kinds: Wake,
        form: Form,
    ) -> bool {
        let bytes = window.bytes;
        if Serial::of(bytes).is_some() || self.trace.is_some() {
            return false;
        }
        let words = Groups::of(bytes, kinds);
        let (name, trust, first, last) = (at.name(), form.trust, window.first, window.last);
        let value = Value { bytes, place, name, wake: kinds, words, trust, first, last };
        if detect::tells_as_a_whole(&value) {
            return false;
        }
        let before = self.judged();
        for run in short_runs_of_text(bytes) {
            let part = window.part(run);
            self.judge(at, place, &part, wake(part.bytes), form);
            if self.told > before.told {
                self.take_back(before);
                return false;
            }
        }
        for facts in decode::woken(bytes, kinds).filter(|f| f.decoder == Decoder::Inflate) {
            self.decode(at, place, window, facts, form);
        }
        if self.told > before.told {
            self.take_back(before);
            return false;
        }
        true
    }
}
