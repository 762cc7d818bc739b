//! The layers of long values, undone at once.
//!
//! Of a short value every form is judged: what each decoder gives, and what the others then give of that. In a long text of
//! signs each decoder finds something here and there, whatever it is, and the forms become more by the power: ten times the
//! text and more would be judged. So where several find something in a long value, one form is judged in which everything
//! is undone, one decoder after the other until none finds anything left, and before it, if the whole text is
//! percent-encoded, the one without that: as a second decoder behind the server sees it. A payload stands bare in one of
//! them, whatever the layers above it were. Two decoders that change little of it give as many forms as of a short value.

use super::inspect::{Form, Inspector};
use crate::bytes::{Wake, Window, wake};
use crate::decode::{self, Decoder, Trust};
use crate::http::{Anomalies, Anomaly};
use crate::points::{Place, Point, Segment};

/// Values longer than this are judged so.
const LONG: usize = 1 << 10;
/// An encoding is throughout if undoing it makes the text shorter by one byte in so many.
const THROUGHOUT: usize = 16;
/// Most decoders one after the other.
const MOST: usize = 16;

/// Whether `decoded` differs from the `bytes` of `window` only where the window has cut an escape in two: the next one has it
/// whole.
pub(super) fn is_cut(window: &Window<'_>, bytes: &[u8], decoded: &[u8]) -> bool {
    const ESCAPE: usize = 3;
    let same = bytes.len().saturating_sub(ESCAPE);
    !window.last
        && bytes.len() - decoded.len().min(bytes.len()) < ESCAPE
        && decoded.len() >= same
        && decoded.get(..same) == bytes.get(..same)
}

/// Whether the layers of a value are undone at once.
pub(super) fn are_undone_at_once(bytes: &[u8], facts: &decode::Facts) -> bool {
    bytes.len() > LONG && facts.trust == Trust::Layered
}

impl Inspector {
    /// Undoes the layers of a long value, and judges what comes out. Whether that is all: else few decoders find something, and
    /// what each of them gives has yet to be judged.
    pub(super) fn layers(
        &mut self,
        at: &Point<'_>,
        place: Place,
        window: &Window<'_>,
        kinds: Wake,
        form: Form,
    ) -> bool {
        let (mut level, mut next) = (self.take(form.depth), self.take(form.depth + 1));
        // What has been undone so far, by the rows of the decoders, and whether anything was by the last round.
        let (mut passed, mut count) = ([&decode::FACTS[0]; MOST], 0);
        let (mut kinds, mut throughout, mut odd) = (kinds, false, Anomalies::default());
        let mut more = true;
        level.bytes.clear();
        while more && !throughout && count < MOST {
            more = false;
            let bytes = if count == 0 { window.bytes } else { &level.bytes };
            if bytes.len() as u64 > self.allowed + self.spare {
                self.out_of_budget();
                break;
            }
            let mut woken = 0u32;
            for facts in decode::woken_layers(bytes, kinds) {
                woken |= 1 << facts.decoder as u32;
            }
            for facts in decode::FACTS.iter().filter(|f| woken >> f.decoder as u32 & 1 != 0) {
                let bytes = if count == 0 { window.bytes } else { &level.bytes };
                let before = bytes.len();
                let decoded = decode::decode(facts.decoder, bytes, &mut next.bytes);
                if !decoded.changed || count >= MOST || is_cut(window, bytes, &next.bytes) {
                    continue;
                }
                std::mem::swap(&mut level.bytes, &mut next.bytes);
                (passed[count], count, more) = (facts, count + 1, true);
                if facts.decoder == Decoder::Percent {
                    odd.merge(decoded.anomalies);
                    if place.is_percent_encoded() {
                        odd.insert(Anomaly::PercentRepeated);
                    }
                    throughout = count == 1 && before - level.bytes.len() > before / THROUGHOUT;
                    if throughout {
                        break;
                    }
                }
            }
            kinds = wake(&level.bytes);
        }
        self.put(form.depth + 1, next);
        // Two that change little are judged in turn.
        let dense = window.bytes.len() - level.bytes.len() > window.bytes.len() / THROUGHOUT;
        let at_once = count != 2 || dense;
        if count > 0 && (throughout || at_once) {
            self.anomalies.merge(odd);
            self.spend(level.bytes.len() as u64);
            let (passed, most) = (&passed[..count], self.policy().limits.decode_depth);
            let percent = passed.iter().filter(|f| f.decoder == Decoder::Percent).count();
            if form.depth + percent.max(1) > most {
                self.reached.too_deep(at, percent > 0);
                self.anomalies.insert(Anomaly::DecodeTooDeep);
            }
            let trust = form.trust.max(Trust::Layered);
            if form.depth < most && self.forms.is_new(at.name(), place, trust, &level.bytes) {
                let form = Form { depth: form.depth + 1, trust, is_bare: !throughout, ..form };
                self.passed(at, passed, place, &window.decoded(&level.bytes), kinds, form);
            }
        }
        self.put(form.depth, level);
        throughout || at_once
    }

    /// Judges a form at the point that names the decoders it has `passed`.
    fn passed(
        &mut self,
        at: &Point<'_>,
        passed: &[&decode::Facts],
        place: Place,
        window: &Window<'_>,
        kinds: Wake,
        form: Form,
    ) {
        match passed {
            [] => self.judge(at, place, window, kinds, form),
            [facts, rest @ ..] => {
                self.passed(&at.then(Segment::Via(facts.name)), rest, place, window, kinds, form);
            }
        }
    }

    /// What a value is decoded to is more than it may.
    pub(super) fn out_of_budget(&mut self) {
        self.anomalies.insert(Anomaly::DecodeBudget);
        self.reached.limits.insert(Anomaly::DecodeBudget);
    }

    /// Pays for bytes that decoding has produced.
    pub(super) fn spend(&mut self, bytes: u64) {
        let own = bytes.min(self.allowed);
        self.allowed -= own;
        self.spare = self.spare.saturating_sub(bytes - own);
    }
}
