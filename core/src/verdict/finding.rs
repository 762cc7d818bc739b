//! One finding, and the list of a transaction's.

use super::excerpt::excerpt;
use super::mask::Masking;
use super::score::weigh;
use super::tokens;
use crate::bytes::Window;
use crate::decode::Trust;
use crate::detect::{Class, Hit, Severity, Technique};
use crate::limits::Limits;
use crate::points::{Part, Place, Point, Segment};
use std::borrow::Cow;
use std::fmt::Write;

/// Length of most points as they are written, in bytes.
const POINT: usize = 48;

/// An attack that was found: what, where, how sure, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The class of attack.
    pub class: Class,
    /// The technique within the class: a stable name in kebab case.
    pub technique: &'static str,
    /// Where it stands, decoders included: `query.q|base64|json.cmd`.
    pub point: String,
    /// Where it begins, in bytes from the start of the value at `point`.
    pub offset: u64,
    /// Length of the part that tells, in bytes.
    pub length: usize,
    /// How sure it is, 1 to 100.
    pub confidence: u8,
    /// How bad it is if it works.
    pub severity: Severity,
    /// The part that tells with a little around it: bounded, printable, secrets masked.
    pub excerpt: String,
    /// What was understood, for a person.
    pub reason: Cow<'static, str>,
    /// The part that tells, as the attacked interpreter's lexer reads it: `string-end or number = number comment`.
    /// Bounded; holds words of the language, never those of names or literals.
    pub tokens: String,
}

impl Finding {
    /// What the technique means, in one line, and where it is described.
    pub fn technique_facts(&self) -> Option<&'static Technique> {
        self.class.technique(self.technique)
    }

    /// The decoders and nested formats passed on the way to the value, in order.
    pub fn decoders(&self) -> impl Iterator<Item = &str> {
        self.point.split('|').skip(1).map(|step| step.split(['.', '[', '#']).next().unwrap_or(step))
    }

    /// The point without decoders and what lies behind them.
    fn base(&self) -> &str {
        self.point.split('|').next().unwrap_or_default()
    }

    fn key(&self) -> (&str, u64, Class, &'static str) {
        (&self.point, self.offset, self.class, self.technique)
    }
}

/// The findings of one transaction.
#[derive(Debug, Default)]
pub struct Findings {
    list: Vec<Finding>,
}

/// Where a hit was found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    pub at: &'a Point<'a>,
    pub place: Place,
    pub window: &'a Window<'a>,
    pub trust: Trust,
}

impl Findings {
    /// The findings so far, in the order they were found; [`Findings::sort`] brings the final order.
    pub fn as_slice(&self) -> &[Finding] {
        &self.list
    }

    /// Adds a hit, unless the same is already known (a neighbouring window or a less decoded form showed it). Gives
    /// its confidence, or an error if it was left out because the list is full.
    pub(crate) fn add(
        &mut self,
        hit: Hit,
        scene: Scene<'_>,
        limits: &Limits,
        masking: &Masking,
    ) -> Result<u8, Full> {
        let Scene { at, place, window, trust } = scene;
        let secret = is_secret(at, place, masking);
        let mut point = String::with_capacity(POINT);
        // Writing to a string does not fail.
        let _ = write!(point, "{at}");
        let mut finding = Finding {
            class: hit.class,
            technique: hit.technique,
            point,
            offset: window.offset(hit.span.start),
            length: hit.span.len(),
            confidence: weigh(hit.confidence, trust),
            severity: hit.class.facts().severity,
            excerpt: excerpt(window.bytes, hit.span.clone(), limits.excerpt, secret, masking),
            reason: hit.reason,
            tokens: String::new(),
        };
        let confidence = finding.confidence;
        if self.list.iter().any(|known| repeats(known, &finding)) {
            return Ok(confidence);
        }
        if self.list.len() >= limits.findings {
            return Err(Full(confidence));
        }
        // PERF: the same attack is met in several forms and windows of a value, and its tokens are read once.
        finding.tokens = tokens::read(hit.class, hit.technique, window.bytes, hit.span, secret);
        self.list.push(finding);
        Ok(confidence)
    }

    /// Keeps only the findings that `keep` says.
    pub(crate) fn retain(&mut self, keep: impl FnMut(&Finding) -> bool) {
        self.list.retain(keep);
    }

    /// Keeps only the first `len` findings.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.list.truncate(len);
    }

    /// Brings the list into its final order: by point, offset, class.
    pub fn sort(&mut self) {
        self.list.sort_by(|a, b| a.key().cmp(&b.key()));
    }

    /// Forgets all findings; the memory of the list is kept.
    pub fn clear(&mut self) {
        self.list.clear();
    }
}

/// The list of findings is full; with the confidence of the one left out.
#[derive(Debug)]
pub(crate) struct Full(pub u8);

/// Whether `new` says no more than `known`: the same class in the same value, seen in a form as plain or plainer.
fn repeats(known: &Finding, new: &Finding) -> bool {
    if known.class != new.class || known.confidence < new.confidence && known.key() != new.key() {
        return false;
    }
    let below = new.point.strip_prefix(known.point.as_str());
    match below {
        Some("") => known.offset == new.offset && known.technique == new.technique,
        Some(rest) if rest.starts_with('[') => known.technique == new.technique,
        Some(rest) => rest.starts_with('|') && !rest.contains('.') && !rest.contains('['),
        None => known.base() == new.base() && known.excerpt == new.excerpt,
    }
}

fn is_secret(at: &Point<'_>, place: Place, masking: &Masking) -> bool {
    // What lies inside a secret, decoded, is as secret: every name on the way counts.
    let named = |is: &dyn Fn(&[u8]) -> bool| {
        let mut point = Some(at);
        while let Some(p) = point {
            if matches!(p.segment(), Segment::Name(name) | Segment::Path { last: name, .. } if is(name)) {
                return true;
            }
            point = p.parent();
        }
        false
    };
    match (at.root(), place) {
        (_, place) if place.is_name() => false,
        (Part::Header, _) => named(&|name| masking.is_secret_header(name)),
        (Part::Cookie, _) => masking.is_secret_header(b"cookie"),
        _ => named(&|name| masking.is_secret_name(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(technique: &'static str, confidence: u8, span: std::ops::Range<usize>) -> Hit {
        Hit { class: Class::Sqli, technique, confidence, span, reason: "because".into() }
    }

    struct List(Findings, Limits);

    impl List {
        fn add(&mut self, at: &Point<'_>, bytes: &[u8], trust: Trust, hit: Hit) -> Result<u8, Full> {
            let window = Window::whole(bytes);
            let scene = Scene { at, place: Place::QueryValue, window: &window, trust };
            self.0.add(hit, scene, &self.1, &Masking::default())
        }
    }

    #[test]
    fn repeats_of_one_value_are_listed_once() {
        let mut list = List(Findings::default(), Limits::default());
        let query = Point::part(Part::Query);
        let q = query.then(Segment::Name(b"q"));
        let decoded = q.then(Segment::Via("html"));
        list.add(&q, b"1' or 1=1", Trust::Plain, hit("tautology", 80, 1..9)).unwrap();
        list.add(&q, b"1' or 1=1", Trust::Plain, hit("tautology", 80, 1..9)).unwrap();
        list.add(&decoded, b"1' or 1=1", Trust::Layered, hit("tautology", 80, 1..9)).unwrap();
        assert_eq!(list.0.as_slice().len(), 1);
        let inner = decoded.then(Segment::Via("json"));
        let inner = inner.then(Segment::Name(b"a"));
        list.add(&inner, b"2' or 2=2", Trust::Layered, hit("tautology", 80, 1..9)).unwrap();
        assert_eq!(list.0.as_slice()[1].point, "query.q|html|json.a");
        assert_eq!(list.0.as_slice()[1].decoders().collect::<Vec<_>>(), ["html", "json"]);
    }

    #[test]
    fn the_final_order_is_point_offset_class() {
        let mut list = List(Findings::default(), Limits::default());
        let query = Point::part(Part::Query);
        for (name, offset) in [("b", 3), ("a", 5), ("a", 2)] {
            let at = query.then(Segment::Name(name.as_bytes()));
            list.add(&at, b"0123456789", Trust::Plain, hit("t", 60, offset..offset + 1)).unwrap();
        }
        list.0.sort();
        let order: Vec<_> = list.0.as_slice().iter().map(|f| (f.point.as_str(), f.offset)).collect();
        assert_eq!(order, [("query.a", 2), ("query.a", 5), ("query.b", 3)]);
    }

    #[test]
    fn a_full_list_says_so() {
        let mut list = List(Findings::default(), Limits { findings: 1, ..Limits::default() });
        let query = Point::part(Part::Query);
        list.add(&query, b"ab", Trust::Plain, hit("t", 60, 0..1)).unwrap();
        assert!(list.add(&query, b"ab", Trust::Plain, hit("t", 60, 1..2)).is_err());
    }

    #[test]
    fn secrets_are_shown_by_their_shape() {
        let mut list = List(Findings::default(), Limits::default());
        let query = Point::part(Part::Query);
        let at = query.then(Segment::Name(b"password"));
        list.add(&at, b"hunter2' or 1=1", Trust::Plain, hit("t", 60, 7..15)).unwrap();
        assert_eq!(list.0.as_slice()[0].excerpt, "*******' ** *=*");
    }
}
