//! What reaching a limit says: findings of the classes `overlimit` and `bomb` (CWE-770, CWE-409).
//!
//! Every limit that the request reached is told once, when all of it has been judged, so that no finding in the values
//! past the limit is crowded out. Large is not hostile: a long field, many elements of JSON, a budget spent are hints. A flood
//! is an attack: hundreds of header fields, thousands of parameters in a query or form, percent-encoding seven times over,
//! nesting that no format needs, a body that inflates two hundred times. Sources: CWE-770; the limits of common servers
//! (Apache `LimitRequestFields` 100, PHP `max_input_vars` 1,000, Tomcat `maxParameterCount` 1,000, Django
//! `DATA_UPLOAD_MAX_NUMBER_FIELDS` 1,000).

use super::inspect::Inspector;
use crate::decode::Trust;
use crate::detect::{Class, Hit};
use crate::http::{Anomalies, Anomaly};
use crate::points::{Part, Place, Point};

/// Parameters of a query, and fields of a form, beyond which servers stop reading.
const QUERY: usize = 1_000;
const FORM: usize = 5_000;
/// Inflated to received bytes from which a body that is also too large is a bomb.
const RATIO: u64 = 50;

/// What the limits have to say of one request.
#[derive(Debug, Default)]
pub(super) struct Reached {
    /// The limits that the request reached.
    pub limits: Anomalies,
    /// Where the values past the limit of parameters begin, and whether they are pairs.
    flood: Option<(Part, bool)>,
    /// Names in the query and in forms.
    query: usize,
    form: usize,
    /// Bytes past limits.
    past: u64,
    /// Bytes that came out of the content coding.
    pub inflated: u64,
    /// Where a value was encoded more often than is undone, and whether in percent.
    pub deep: Option<(String, bool)>,
}

impl Reached {
    pub fn reset(&mut self) {
        *self = Reached::default();
    }

    /// Whether no limit was reached so far.
    pub fn is_nothing(&self) -> bool {
        self.limits.is_empty() && self.deep.is_none() && self.past == 0 && self.query.max(self.form) < QUERY
    }

    /// Counts a piece of a value.
    pub fn piece(&mut self, at: &Point<'_>, place: Place, piece: &[u8], more: bool) {
        match place {
            Place::QueryName if !more => self.query += 1,
            Place::FormName if !more => self.form += 1,
            Place::Raw => {
                self.past += piece.len() as u64;
                if self.flood.is_none() && self.limits.contains(Anomaly::TooManyParams) {
                    let pairs = at.root() != Part::Body || at.is_below("form");
                    self.flood = Some((at.root(), pairs));
                }
            }
            _ => {}
        }
    }

    /// A value is encoded more often than is undone.
    pub fn too_deep(&mut self, at: &Point<'_>, percent: bool) {
        if self.deep.as_ref().is_none_or(|deep| percent && !deep.1) {
            self.deep = Some((at.to_string(), percent));
        }
    }
}

impl Inspector {
    /// The request, of whose body `received` bytes came, has been judged: tells the limits it reached.
    pub fn tell_limits(&mut self, received: u64) {
        let reached = std::mem::take(&mut self.reached);
        if reached.limits.is_empty() && reached.deep.is_none() && reached.query.max(reached.form) < QUERY {
            self.reached = reached;
            return;
        }
        let policy = std::sync::Arc::clone(self.policy());
        let (limits, has) = (&policy.limits, |a| reached.limits.contains(a));
        let past = reached.past;
        let mut tell = |class, technique, part, confidence, limit: &str, kept: u64, what: &str| {
            let shown = format!("{limit} {kept}");
            let reason =
                format!("{what} (limit `{limit}`, {kept}); {past} bytes past limits were judged as raw text");
            let hit = Hit { class, technique, confidence, span: 0..shown.len(), reason: reason.into() };
            self.tell(&Point::part(part), Place::Raw, shown.as_bytes(), Trust::Plain, hit);
        };
        use Class::{Bomb, Overlimit};
        if has(Anomaly::TooManyHeaders) {
            let what = "more header fields than any client sends";
            tell(Overlimit, "headers", Part::Header, 58, "headers", limits.headers as u64, what);
        }
        if has(Anomaly::FieldTooLong) {
            let what = "a request line or header field longer than is kept whole";
            tell(Overlimit, "field", Part::Header, 42, "field", limits.field as u64, what);
        }
        if let Some((part, pairs)) = reached.flood {
            let what = if pairs { "a flood of parameters" } else { "more elements than are read as such" };
            tell(
                Overlimit,
                "parameters",
                part,
                if pairs { 62 } else { 40 },
                "params",
                limits.params as u64,
                what,
            );
        } else if reached.query >= QUERY {
            let what = format!("a query of {} parameters: servers stop reading before", reached.query);
            tell(Overlimit, "parameters", Part::Query, 56, "params", limits.params as u64, &what);
        } else if reached.form >= QUERY {
            let what = format!("a form of {} fields: many servers stop reading before", reached.form);
            let confidence = if reached.form >= FORM { 54 } else { 35 };
            tell(Overlimit, "parameters", Part::Body, confidence, "params", limits.params as u64, &what);
        }
        if has(Anomaly::NestingTooDeep) {
            let what = "nesting deeper than any format needs: readers that recurse run out of stack";
            tell(Bomb, "nesting", Part::Body, 74, "nesting", limits.nesting as u64, what);
        }
        if let Some((at, percent)) = &reached.deep {
            let what = format!("a value at {at} is encoded more often than is undone");
            let confidence = if *percent { 56 } else { 42 };
            let part = if at.starts_with("query") { Part::Query } else { Part::Body };
            tell(
                Overlimit,
                "decode-depth",
                part,
                confidence,
                "decode_depth",
                limits.decode_depth as u64,
                &what,
            );
        }
        if has(Anomaly::DecodeBudget) {
            let what = "more encoded text than is undone for the bytes received";
            tell(
                Overlimit,
                "decode-budget",
                Part::Body,
                40,
                "decode_factor",
                limits.decode_factor as u64,
                what,
            );
        }
        if has(Anomaly::DataBomb) {
            let ratio = reached.inflated / received.max(1);
            if reached.inflated < limits.inflate_bytes || ratio >= RATIO {
                let what = format!("{received} bytes inflate to {} and more", reached.inflated);
                tell(Bomb, "inflate", Part::Body, 84, "inflate_ratio", limits.inflate_ratio, &what);
            } else {
                let what = "a compressed body larger than is inflated";
                tell(Overlimit, "inflate", Part::Body, 42, "inflate_bytes", limits.inflate_bytes, what);
            }
        }
    }
}
