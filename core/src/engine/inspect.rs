//! The way of a value: join, decode, judge, and again for every form its decoders give.

use super::binary;
use super::forms::Forms;
use super::overlimit::Reached;
use super::policy::Policy;
use super::sink::Nested;
use super::trace::Step;
use super::values::Values;
use super::{graphql, layers, token};
use crate::bytes::{Joiner, Quiet, Wake, Window, wake};
use crate::decode::{self, Decoder, Serial, Strings, Trust};
use crate::detect::graphql::Batch;
use crate::detect::{self, Class, Classes, Hit, Hits, Places, Value};
use crate::http::{Anomalies, Anomaly};
use crate::limits::WINDOW;
use crate::points::{self, Format, Json, Part, Place, Point, Segment};
use crate::verdict::{Findings, Full, Scene, Verdict};
use std::sync::Arc;

/// Bytes that decoding may produce per transaction beyond the multiple that each value may.
const FREE_DECODING: u64 = 64 << 10;
/// Most encoded parts of one value that one decoder is tried on.
const PARTS: usize = 16;

/// Takes values, gathers findings and anomalies. One per transaction, reused.
#[derive(Debug)]
pub(super) struct Inspector {
    pub(super) policy: Arc<Policy>,
    pub findings: Findings,
    pub anomalies: Anomalies,
    pub verdict: Verdict,
    /// Whether the values come out of a compressed body. They are many for few bytes received, so each buys less
    /// decoding.
    pub inflated: bool,
    /// Bytes that decoding may still produce for the current value: a multiple of its own, so that no value can use up
    /// what is meant for the next one.
    pub allowed: u64,
    /// Bytes that decoding may produce beyond that, for all values together.
    pub spare: u64,
    /// The forms that decoding has given of the current value.
    pub forms: Forms,
    /// Values that held nothing, of this request and of earlier ones.
    values: Values,
    /// The hash of the whole value that was looked at last, if it is worth remembering.
    looked_at: Option<u64>,
    /// Made when the first value comes in pieces.
    joiner: Option<Box<Joiner>>,
    /// Raw text has its own: it may come between the pieces of a body.
    raw_joiner: Option<Box<Joiner>>,
    /// A window without its noise.
    pub(super) quiet: Option<Box<Quiet>>,
    /// What each depth of decoding works with, made when first needed.
    levels: Vec<Option<Box<Level>>>,
    /// The exclusions of the policy that concern this message, by their index: known once its head is complete.
    exclusions: Vec<usize>,
    pub trace: Option<Vec<Step>>,
    /// What detectors have told so far, whatever became of it.
    pub told: u64,
    /// The GraphQL documents of the message so far.
    pub batch: Batch,
    /// The limits that the request reached.
    pub reached: Reached,
}

/// The working memory of one depth of decoding.
#[derive(Debug, Default)]
pub(super) struct Level {
    pub bytes: Vec<u8>,
    pub joiner: Joiner,
    pub json: Option<Box<Json>>,
    form: Option<Box<points::Form>>,
    xml: Option<Box<points::Xml>>,
}

/// How a value came to be: how many decoders it has passed, and how sure that is what the application sees.
#[derive(Clone, Copy)]
pub(super) struct Form {
    pub depth: usize,
    pub trust: Trust,
    /// Classes of the attacks found in the forms it was decoded from.
    pub outer: Classes,
    /// Whether no decoder of a layer finds anything to undo in it.
    pub is_bare: bool,
}

/// Most bytes of a text for the places of whose words there is little room.
const FEW: usize = 1 << 10;
/// Kinds of byte of which every serialised object holds one.
const SERIAL: Wake = Wake::COLON.or(Wake::CONTROL).or(Wake::HIGH);

const AS_SENT: Form = Form { depth: 0, trust: Trust::Plain, outer: Classes::NONE, is_bare: false };

impl Inspector {
    pub fn new(policy: Arc<Policy>) -> Inspector {
        Inspector {
            policy,
            findings: Findings::default(),
            anomalies: Anomalies::default(),
            verdict: Verdict::Pass,
            inflated: false,
            allowed: 0,
            spare: FREE_DECODING,
            forms: Forms::default(),
            values: Values::default(),
            looked_at: None,
            joiner: None,
            raw_joiner: None,
            quiet: None,
            levels: Vec::new(),
            exclusions: Vec::new(),
            trace: None,
            told: 0,
            batch: Batch::default(),
            reached: Reached::default(),
        }
    }

    pub fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// The next piece of raw text: bytes that are no part of a message, or past a limit.
    pub fn raw(&mut self, piece: &[u8], more: bool) {
        let at = Point::part(Part::Raw);
        self.reached.piece(&at, Place::Raw, piece, more);
        let mut joiner = self.raw_joiner.take().unwrap_or_default();
        joiner.piece(piece, more, |window| self.value(&at, Place::Raw, window, AS_SENT));
        self.raw_joiner = Some(joiner);
    }

    /// Ends the raw text, if there was any.
    pub fn raw_end(&mut self) {
        if self.raw_joiner.as_ref().is_some_and(|joiner| joiner.is_open()) {
            self.raw(b"", false);
        }
    }

    pub fn reset(&mut self) {
        self.findings.clear();
        self.anomalies = Anomalies::default();
        self.verdict = Verdict::Pass;
        (self.inflated, self.allowed, self.spare) = (false, 0, FREE_DECODING);
        [&mut self.joiner, &mut self.raw_joiner].into_iter().flatten().for_each(|joiner| joiner.reset());
        self.exclusions.clear();
        self.batch = Batch::default();
        self.reached.reset();
        if let Some(trace) = &mut self.trace {
            trace.clear();
        }
    }

    /// Leaves out, of the findings so far and of those to come, what the policy excludes for `path` at `host`.
    pub fn exclude(&mut self, path: &[u8], host: &[u8]) {
        let (policy, before) = (Arc::clone(&self.policy), self.findings.as_slice().len());
        let concerned = policy.exclusions.iter().enumerate().filter(|(_, e)| e.concerns(path, host));
        self.exclusions.clear();
        self.exclusions.extend(concerned.map(|(i, _)| i));
        for step in self.trace.iter_mut().flatten() {
            step.exclude(|class, point| excluded(&policy, &self.exclusions, class, point));
        }
        let mut findings = std::mem::take(&mut self.findings);
        findings.retain(|f| !self.is_excluded(f.class, &f.point));
        self.findings = findings;
        if self.findings.as_slice().len() < before {
            let sensitivity = policy.detection.sensitivity;
            let verdicts = self.findings.as_slice().iter().map(|f| Verdict::of(f.confidence, sensitivity));
            self.verdict = verdicts.max().unwrap_or_default();
        }
    }

    fn is_excluded(&self, class: Class, point: &str) -> bool {
        excluded(&self.policy, &self.exclusions, class, point)
    }

    /// Whether a value has begun whose end has not come.
    #[inline]
    pub(super) fn is_within(&self) -> bool {
        self.joiner.as_ref().is_some_and(|joiner| joiner.is_open())
    }

    /// A part of a value, or one that is longer than a window.
    #[inline(never)]
    pub(super) fn part(&mut self, at: &Point<'_>, place: Place, piece: &[u8], more: bool) {
        let mut joiner = self.joiner.take().unwrap_or_default();
        if binary::may_be_binary(at, place) {
            joiner.piece_of_bytes(piece, more, |window| self.value(at, place, window, AS_SENT));
        } else {
            joiner.piece(piece, more, |window| self.value(at, place, window, AS_SENT));
        }
        self.joiner = Some(joiner);
    }

    /// A value that is whole, unless it was judged before and held nothing.
    #[inline(never)]
    pub(super) fn value_as_sent(&mut self, at: &Point<'_>, place: Place, bytes: &[u8]) {
        if !self.held_nothing(place, at.name(), bytes) {
            self.value_looked_at(at, place, bytes);
        }
    }

    /// Whether nothing comes of the whole value as it was sent, because it was judged before and held nothing, or after a
    /// closer look. If not, [`Inspector::value_looked_at`] comes next.
    #[inline(never)]
    pub(super) fn held_nothing(&mut self, place: Place, name: &[u8], bytes: &[u8]) -> bool {
        // What is excluded differs from request to request, and a body that was inflated buys less decoding.
        let plain = self.trace.is_none() && self.exclusions.is_empty() && !self.inflated;
        self.looked_at = if plain { self.values.hash(place, name, bytes) } else { None };
        let harmless = || self.is_harmless(place, name, bytes);
        let Some(hash) = self.looked_at else { return plain && harmless() };
        if self.values.holds(hash) {
            return true;
        }
        let harmless = harmless();
        if harmless {
            self.values.keep(hash);
        }
        harmless
    }

    /// A value that is whole, of which [`Inspector::held_nothing`] was asked just before.
    #[inline(never)]
    pub(super) fn value_looked_at(&mut self, at: &Point<'_>, place: Place, bytes: &[u8]) {
        let window = Window::whole(bytes);
        match self.looked_at.take() {
            Some(hash) => {
                if self.leaves_nothing(|inspector| inspector.value_anew(at, place, &window, AS_SENT)) {
                    self.values.keep(hash);
                }
            }
            None => self.value_anew(at, place, &window, AS_SENT),
        }
    }

    /// A value as it was sent: what the place itself decodes comes first, and is no step of the point.
    pub(super) fn value(&mut self, at: &Point<'_>, place: Place, window: &Window<'_>, form: Form) {
        if !self.is_idle(at, place, window) {
            self.value_anew(at, place, window, form);
        }
    }

    fn value_anew(&mut self, at: &Point<'_>, place: Place, window: &Window<'_>, form: Form) {
        if form.depth == 0 {
            let factor = if self.inflated { 1 } else { self.policy.limits.decode_factor };
            self.allowed = (window.bytes.len() * factor) as u64;
            self.forms.clear();
        }
        // The fields of a multipart body look like a form's and are sent as they are (RFC 7578 section 4.4).
        if !place.is_coded(window.bytes) || at.is_below("multipart") {
            return self.judge(at, place, window, wake(window.bytes), form);
        }
        let decoder = if place.plus_is_blank() { Decoder::Form } else { Decoder::Percent };
        let mut level = self.take(form.depth);
        let decoded = decode::decode(decoder, window.bytes, &mut level.bytes);
        self.anomalies.merge(decoded.anomalies);
        if decoded.changed {
            let window = window.decoded(&level.bytes);
            if !self.is_idle(at, place, &window) {
                let kinds = wake(window.bytes);
                self.judge(at, place, &window, kinds, Form { depth: form.depth + 1, ..form });
            }
        } else {
            self.judge(at, place, window, wake(window.bytes), form);
        }
        self.put(form.depth, level);
    }

    /// Whether judging the value could have no effect: the case of nearly every value, told at a glance.
    fn is_idle(&self, at: &Point<'_>, place: Place, window: &Window<'_>) -> bool {
        let (name, on) = (at.name(), self.policy.detection.classes);
        window.first
            && window.last
            && self.trace.is_none()
            && detect::is_nothing(place, name, window.bytes, on)
    }

    /// One form of a value: to the detectors, then on to every decoder that could undo another layer.
    pub(super) fn judge(
        &mut self,
        at: &Point<'_>,
        place: Place,
        window: &Window<'_>,
        kinds: Wake,
        form: Form,
    ) {
        let bytes = window.bytes;
        if bytes.is_empty() {
            return;
        }
        if self.binary(at, place, window, kinds, form) || self.noise(at, place, window, kinds, form) {
            return;
        }
        if kinds.all(graphql::WAKE) && window.first && window.last && self.document(at, place, window, form) {
            return;
        }
        // A value that is a JSON document is judged by its parts: the whole of it is quotes and braces to a detector.
        let whole = window.first && window.last && kinds.any(Wake::BRACE.or(Wake::BRACKET));
        let mut form = form;
        let is_bare = std::mem::take(&mut form.is_bare);
        if !(whole && looks_like_json(bytes) && self.json(at, bytes, form)) {
            form.outer = self.detect(at, place, window, kinds, form);
        }
        if kinds.all(token::WAKE) && self.token(at, window, form) {
            return;
        }
        if window.first && window.last {
            let pairs = kinds.all(Wake::AMPERSAND.or(Wake::EQUALS));
            if pairs && Format::of(bytes) == Some(Format::Form) {
                self.form(at, bytes, form);
            }
            // A document type declaration has been read as what it is, a file is judged whole, and where the whole is
            // an attack its parts tell no more.
            let read = matches!(place, Place::XmlDoctype | Place::XmlInstruction | Place::FileContent)
                || form.outer != Classes::NONE;
            if kinds.any(Wake::LESS) && !read && Format::of(bytes) == Some(Format::Xml) {
                self.xml(at, bytes, form);
            }
            if kinds.any(SERIAL)
                && let Some(serial) = Serial::of(bytes)
            {
                self.strings(serial, at, place, window, form);
            }
        }
        let mut layers = is_bare.then_some(true);
        for facts in decode::woken(bytes, kinds) {
            if layers::are_undone_at_once(bytes, facts)
                && *layers.get_or_insert_with(|| self.layers(at, place, window, kinds, form))
            {
                continue;
            }
            if facts.trust != Trust::Plain || facts.is_asked_by(|| at.name()) {
                self.decode(at, place, window, facts, form);
            }
        }
    }

    /// Shows the value to the detectors. Gives the classes of the attacks in it and in the forms before it.
    fn detect(
        &mut self,
        at: &Point<'_>,
        place: Place,
        window: &Window<'_>,
        kinds: Wake,
        form: Form,
    ) -> Classes {
        let classes = self.policy.detection.classes;
        if !detect::may_wake(place, kinds, classes) && self.trace.is_none() {
            return form.outer;
        }
        // PERF: room that a value does not need is not made.
        let (mut few, mut many);
        let room = if window.bytes.len() < Places::LEAST {
            &mut []
        } else if window.bytes.len() <= FEW {
            few = [Places::ROOM; FEW / 64];
            &mut few[..]
        } else {
            many = [Places::ROOM; WINDOW / 64];
            &mut many[..]
        };
        let mut lines = (!room.is_empty() && kinds.any(Wake::NEWLINE)).then_some([0; WINDOW / 64]);
        let (words, places) = Places::of(window.bytes, kinds, room);
        let places = lines.as_mut().map_or(places, |room| places.with_ends(window.bytes, room));
        let value = Value {
            bytes: window.bytes,
            place,
            name: at.name(),
            wake: detect::beside(window.bytes, kinds),
            words,
            trust: form.trust,
            first: window.first,
            last: window.last,
        };
        let mut hits = Hits::new();
        detect::judge(&value, places, classes, &mut hits);
        if !hits.is_empty() && !self.exclusions.is_empty() {
            // What is excluded must not settle anything: without it another class may have to speak.
            let (point, mut kept) = (at.to_string(), classes);
            hits.iter().filter(|h| self.is_excluded(h.class, &point)).for_each(|h| kept.set(h.class, false));
            if kept != classes {
                hits.clear();
                detect::judge(&value, places, kept, &mut hits);
            }
        }
        if let Some(trace) = &mut self.trace {
            let sensitivity = self.policy.detection.sensitivity;
            let mut step = Step::new(at, &value, classes, &hits, sensitivity);
            step.exclude(|class, point| excluded(&self.policy, &self.exclusions, class, point));
            trace.push(step);
        }
        let mut outer = form.outer;
        if hits.is_empty() {
            return outer;
        }
        for hit in hits {
            let class = hit.class;
            if detect::is_carried(form.outer, class) {
                continue;
            }
            let verdict = self.hit(hit, Scene { at, place, window, trust: form.trust });
            if verdict == Verdict::Attack {
                outer.set(class, true);
            }
        }
        outer
    }

    /// Takes what was found outside the detectors of single values: in the framing, in a token, in the work done.
    pub fn tell(&mut self, at: &Point<'_>, place: Place, bytes: &[u8], trust: Trust, hit: Hit) {
        if self.policy.detection.classes.contains(hit.class) {
            self.hit(hit, Scene { at, place, window: &Window::whole(bytes), trust });
        }
    }

    /// Keeps a finding, unless it is excluded or the list is full, and tells its own verdict.
    fn hit(&mut self, hit: Hit, scene: Scene<'_>) -> Verdict {
        self.told += 1;
        // The claims of a token are the issuer's words, not fields that the sender sets.
        if hit.class == Class::MassAssign && scene.at.has_passed("jwt") {
            return Verdict::Pass;
        }
        if !self.exclusions.is_empty() && self.is_excluded(hit.class, &scene.at.to_string()) {
            return Verdict::Pass;
        }
        let (limits, masking) = (&self.policy.limits, &self.policy.masking);
        let confidence = match self.findings.add(hit, scene, limits, masking) {
            Ok(confidence) => confidence,
            // Not listed, but it counts: hints must not crowd an attack out.
            Err(Full(confidence)) => {
                self.anomalies.insert(Anomaly::TooManyFindings);
                confidence
            }
        };
        let verdict = Verdict::of(confidence, self.policy.detection.sensitivity);
        self.verdict = self.verdict.max(verdict);
        verdict
    }

    /// Undoes one more layer of every part of the value that is so encoded, and judges what comes out.
    pub(super) fn decode(
        &mut self,
        at: &Point<'_>,
        place: Place,
        window: &Window<'_>,
        facts: &decode::Facts,
        form: Form,
    ) {
        let mut level = self.take(form.depth);
        let (mut from, mut parts) = (0, decode::Parts::of(facts.decoder));
        for _ in 0..PARTS {
            let rest = &window.bytes[from..];
            let Some(part) = parts.next(rest) else { break };
            let (part, next) = (&rest[part.clone()], from + part.end.max(part.start + 1));
            if part.len() as u64 > self.allowed + self.spare {
                self.out_of_budget();
                break;
            }
            let decoded = decode::decode(facts.decoder, part, &mut level.bytes);
            if decoded.changed {
                self.spend(level.bytes.len() as u64);
                self.decoded_form(at, place, window, facts, form, &level.bytes, decoded.anomalies);
            }
            from = next;
            if from >= window.bytes.len() {
                break;
            }
        }
        self.put(form.depth, level);
    }

    #[allow(clippy::too_many_arguments)] // one caller, which has been split for its length
    fn decoded_form(
        &mut self,
        at: &Point<'_>,
        place: Place,
        window: &Window<'_>,
        facts: &decode::Facts,
        form: Form,
        bytes: &[u8],
        anomalies: Anomalies,
    ) {
        if facts.decoder == Decoder::Percent {
            if place.is_percent_encoded() {
                self.anomalies.insert(Anomaly::PercentRepeated);
            }
            self.anomalies.merge(anomalies);
        }
        if form.depth >= self.policy.limits.decode_depth {
            self.reached.too_deep(at, facts.decoder == Decoder::Percent);
            return self.anomalies.insert(Anomaly::DecodeTooDeep);
        }
        let trust = form.trust.max(facts.trust);
        let form = Form { depth: form.depth + 1, trust, outer: form.outer, is_bare: false };
        if !self.forms.is_new(at.name(), place, form.trust, bytes) {
            return;
        }
        let window = window.decoded(bytes);
        self.judge(&at.then(Segment::Via(facts.name)), place, &window, wake(bytes), form);
    }

    /// Reads the value as JSON and judges its parts. Tells whether it was valid JSON.
    fn json(&mut self, at: &Point<'_>, bytes: &[u8], form: Form) -> bool {
        if form.depth >= self.policy.limits.decode_depth {
            self.anomalies.insert(Anomaly::DecodeTooDeep);
            return false;
        }
        let policy = Arc::clone(&self.policy);
        let mut level = self.take(form.depth);
        let Level { joiner, json, .. } = &mut *level;
        let inner = Form { depth: form.depth + 1, ..form };
        let mut sink = Nested { inspector: self, joiner, form: inner, anomalies: Anomalies::default() };
        json.get_or_insert_default().read(&policy.limits, &at.then(Segment::Via("json")), bytes, &mut sink);
        let valid = !sink.anomalies.contains(Anomaly::InvalidJson);
        self.put(form.depth, level);
        valid
    }

    /// Reads the value as the pairs of a form, as applications do that are handed the query of another address.
    fn form(&mut self, at: &Point<'_>, bytes: &[u8], form: Form) {
        if form.depth >= self.policy.limits.decode_depth {
            return self.anomalies.insert(Anomaly::DecodeTooDeep);
        }
        let policy = Arc::clone(&self.policy);
        let mut level = self.take(form.depth);
        let Level { joiner, form: reader, .. } = &mut *level;
        let inner = Form { depth: form.depth + 1, ..form };
        let mut sink = Nested { inspector: self, joiner, form: inner, anomalies: Anomalies::default() };
        reader.get_or_insert_default().read(&policy.limits, &at.then(Segment::Via("form")), bytes, &mut sink);
        self.put(form.depth, level);
    }

    /// Reads the value as XML, as applications do that take documents in fields: parts of a multipart body, parameters
    /// of single sign-on. The value as a whole has been judged too: not every server reads it as its type says.
    fn xml(&mut self, at: &Point<'_>, bytes: &[u8], form: Form) {
        if form.depth >= self.policy.limits.decode_depth {
            return self.anomalies.insert(Anomaly::DecodeTooDeep);
        }
        let policy = Arc::clone(&self.policy);
        let mut level = self.take(form.depth);
        let Level { joiner, xml, .. } = &mut *level;
        let inner = Form { depth: form.depth + 1, ..form };
        let mut sink = Nested { inspector: self, joiner, form: inner, anomalies: Anomalies::default() };
        xml.get_or_insert_default().read(&policy.limits, &at.then(Segment::Via("xml")), bytes, &mut sink);
        self.put(form.depth, level);
    }

    /// Judges the strings of serialised objects one by one.
    fn strings(&mut self, serial: Serial, at: &Point<'_>, place: Place, window: &Window<'_>, form: Form) {
        let via = at.then(Segment::Via(serial.name()));
        for (i, range) in Strings::of(serial, window.bytes).enumerate() {
            if form.depth >= self.policy.limits.decode_depth {
                return self.anomalies.insert(Anomaly::DecodeTooDeep);
            }
            let bytes = window.bytes.get(range).unwrap_or_default();
            if bytes.len() as u64 > self.allowed + self.spare {
                return self.anomalies.insert(Anomaly::DecodeBudget);
            }
            self.spend(bytes.len() as u64);
            let inner = Form { depth: form.depth + 1, ..form };
            self.judge(
                &via.then(Segment::Index(i as u32)),
                place,
                &window.decoded(bytes),
                wake(bytes),
                inner,
            );
        }
    }

    /// The working memory of `depth`; the caller puts it back.
    pub(super) fn take(&mut self, depth: usize) -> Box<Level> {
        if self.levels.len() <= depth {
            self.levels.resize_with(depth + 1, || None);
        }
        self.levels[depth].take().unwrap_or_default()
    }

    pub(super) fn put(&mut self, depth: usize, level: Box<Level>) {
        self.levels[depth] = Some(level);
    }
}

/// Whether one of the `exclusions` of the policy, given by their index, covers `class` at `point`.
fn excluded(policy: &Policy, exclusions: &[usize], class: Class, point: &str) -> bool {
    exclusions.iter().any(|&i| policy.exclusions[i].covers(class, point))
}

/// Whether the value could be a JSON object or array, by its first two and its last byte that are no blanks.
fn looks_like_json(bytes: &[u8]) -> bool {
    let bytes = bytes.trim_ascii();
    let inside = bytes.get(1..).unwrap_or_default().trim_ascii_start().first();
    match (bytes.first(), bytes.last()) {
        (Some(b'{'), Some(b'}')) => matches!(inside, Some(b'"' | b'}')),
        (Some(b'['), Some(b']')) => {
            matches!(inside, Some(b'"' | b'{' | b'[' | b']' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n'))
        }
        _ => false,
    }
}
