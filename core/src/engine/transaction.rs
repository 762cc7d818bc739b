//! One request and, if seen, its response: parts in, findings out.

use super::content::Content;
use super::inspect::Inspector;
use super::memo::Memo;
use super::policy::Policy;
use super::side::{Kept, Side};
use super::trace::Step;
use crate::bytes::is_name;
use crate::decode::{Piece, Trust};
use crate::detect::{Hit, smuggling};
use crate::emit::{self, Event};
use crate::http::{Anomalies, Anomaly, KnownHeader, Messages, Version, h1, is_registered_method};
use crate::limits::Limits;
use crate::points::{self, Part, Place, Point, Segment, Sink, Target};
use crate::verdict::{Action, Finding, Verdict};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// One request and, if seen, its response.
///
/// Feed it the parts as they arrive, through the methods of [`Messages`], then read the findings. A host that has parsed
/// the head itself calls [`request_line`](Messages::request_line), [`request_header`](Messages::request_header) for each
/// field in order, [`request_head_end`](Messages::request_head_end), [`request_body`](Messages::request_body) for each
/// piece as it arrives, and [`request_end`](Messages::request_end). Bytes are borrowed only during the call.
///
/// ```
/// use sidewatch::http::{Messages, Version};
/// let engine = sidewatch::Engine::default();
/// let mut tx = engine.transaction();
/// tx.request_line(b"GET", b"/items?id=1'+union+select+password+from+users--", Version::Http11);
/// tx.request_header(b"Host", b"shop.example");
/// tx.request_head_end();
/// tx.request_end();
/// assert_eq!(tx.host(), b"shop.example");
/// ```
#[derive(Debug)]
pub struct Transaction {
    policy: Arc<Policy>,
    inspector: Inspector,
    time: Option<Duration>,
    id: Vec<u8>,
    client: Option<SocketAddr>,
    server: Option<SocketAddr>,
    action: Option<Action>,
    method: Vec<u8>,
    target: Vec<u8>,
    host: Vec<u8>,
    version: Version,
    request: Side,
    /// How the request is framed, as different servers would read it, and what was odd about its bytes.
    framing: smuggling::Fields,
    odd: Anomalies,
    status: Option<u16>,
    response: Side,
    readers: Readers,
    /// Parses a request that comes as bytes; made when first needed.
    parser: Option<Box<h1::Request>>,
    /// Whether the bytes go through the parser, and whether its request has ended.
    feeding: Feeding,
}

/// Where a request that comes as bytes stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Feeding {
    /// No bytes have come.
    #[default]
    Not,
    /// The parser is inside the request.
    Open,
    /// The request has ended; what follows is judged as raw text.
    Over,
}

/// The readers of the request's parts, reused.
#[derive(Debug, Default)]
struct Readers {
    query: points::Query,
    header: points::Header,
    memo: Memo,
    /// Whether the last header field left nothing behind.
    calm: bool,
    body: points::Body,
    content: Content,
    /// Content coding of the response's body, undone only where the body is kept.
    response_content: Content,
}

impl Transaction {
    pub(super) fn new(policy: Arc<Policy>) -> Transaction {
        Transaction {
            inspector: Inspector::new(Arc::clone(&policy)),
            policy,
            time: None,
            id: Vec::new(),
            client: None,
            server: None,
            action: None,
            method: Vec::new(),
            target: Vec::new(),
            host: Vec::new(),
            version: Version::Other,
            request: Side::default(),
            framing: smuggling::Fields::default(),
            odd: Anomalies::default(),
            status: None,
            response: Side::default(),
            readers: Readers::default(),
            parser: None,
            feeding: Feeding::Not,
        }
    }

    /// Makes the transaction as new; its memory is kept, so that the next one needs no allocation.
    pub fn reset(&mut self) {
        self.inspector.reset();
        (self.time, self.client, self.server, self.status) = (None, None, None, None);
        self.action = None;
        self.version = Version::Other;
        for text in [&mut self.id, &mut self.method, &mut self.target, &mut self.host] {
            text.clear();
        }
        self.request.reset();
        self.framing.reset();
        self.odd = Anomalies::default();
        self.response.reset();
        self.readers.body.reset();
        self.readers.content.reset();
        self.readers.response_content.reset();
        if self.feeding != Feeding::Not {
            self.feeding = Feeding::Not;
            self.parser.iter_mut().for_each(|p| p.reset());
        }
    }

    /// When the transaction began, since the Unix epoch. The library has no clock of its own.
    pub fn set_time(&mut self, since_epoch: Duration) {
        self.time = Some(since_epoch);
    }

    /// The host's identifier of the transaction, shown in events. At most 128 bytes are kept.
    pub fn set_id(&mut self, id: &[u8]) {
        self.id.clear();
        self.id.extend_from_slice(&id[..id.len().min(128)]);
    }

    /// Where the request came from.
    pub fn set_client(&mut self, client: SocketAddr) {
        self.client = Some(client);
    }

    /// Where the request went.
    pub fn set_server(&mut self, server: SocketAddr) {
        self.server = Some(server);
    }

    /// What the host did with the request, shown in events; `None` where it only watches.
    pub fn set_action(&mut self, action: Option<Action>) {
        self.action = action;
    }

    /// Records every form of every value that the detectors see, from now on ([`Transaction::trace`]). For people, not
    /// for production: it allocates, and secrets are not masked.
    pub fn set_trace(&mut self, on: bool) {
        self.inspector.trace = on.then(Vec::new);
    }

    /// What was recorded since [`Transaction::set_trace`].
    pub fn trace(&self) -> &[Step] {
        self.inspector.trace.as_deref().unwrap_or_default()
    }

    /// What the findings so far add up to. Exclusions apply once the head is complete.
    pub fn verdict(&self) -> Verdict {
        self.inspector.verdict
    }

    /// The findings so far. More bytes add findings and withdraw none; after [`request_end`](Messages::request_end) they
    /// are ordered by point, offset and class.
    pub fn findings(&self) -> &[Finding] {
        self.inspector.findings.as_slice()
    }

    /// The oddities met so far.
    pub fn anomalies(&self) -> Anomalies {
        self.inspector.anomalies
    }

    /// The request's method as sent; empty if no request was seen.
    pub fn method(&self) -> &[u8] {
        &self.method
    }

    /// The request's target as sent, cut at [`Limits::field`](crate::limits::Limits::field).
    pub fn target(&self) -> &[u8] {
        &self.target
    }

    /// The host the request is for: the authority of an absolute target, else the Host field, as sent.
    pub fn host(&self) -> &[u8] {
        &self.host
    }

    /// Whether a request was seen.
    pub fn has_request(&self) -> bool {
        self.request.seen
    }

    /// Whether a response was seen.
    pub fn has_response(&self) -> bool {
        self.response.seen
    }

    /// The status of the response, if it was seen and has one.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// The beginning of the request's decoded body, at most [`Limits::keep_body`](crate::limits::Limits::keep_body) bytes.
    pub fn request_body_kept(&self) -> &[u8] {
        self.request.kept.bytes()
    }

    /// The beginning of the response's decoded body, at most [`Limits::keep_body`](crate::limits::Limits::keep_body) bytes.
    pub fn response_body_kept(&self) -> &[u8] {
        self.response.kept.bytes()
    }

    /// Takes the next bytes of one HTTP/1.x request, instead of its parts. Call
    /// [`request_end`](Messages::request_end) after the last. Bytes after the end of the request are judged as raw text;
    /// a [`Connection`](super::Connection) takes several requests.
    pub fn request_bytes(&mut self, bytes: &[u8]) {
        // PERF: what comes byte by byte mostly goes no further.
        if self.feeding == Feeding::Open
            && let Some(parser) = &mut self.parser
        {
            match parser.pass(bytes) {
                h1::Passed::Head => return,
                h1::Passed::Body => return self.request_body(bytes),
                h1::Passed::Not => {}
            }
        }
        self.feed(bytes);
    }

    #[inline(never)]
    fn feed(&mut self, bytes: &[u8]) {
        let limits = &self.policy.limits;
        let mut parser = self.parser.take().unwrap_or_else(|| Box::new(h1::Request::new(limits)));
        let mut rest = bytes;
        if self.feeding != Feeding::Over {
            self.feeding = Feeding::Open;
        }
        while self.feeding == Feeding::Open {
            let fed = parser.feed(rest, self);
            rest = &rest[fed.used..];
            match fed.stop {
                h1::Stop::Hungry => break,
                h1::Stop::End => {
                    self.feeding = Feeding::Over;
                    let held = parser.held();
                    if !held.is_empty() {
                        self.anomaly(Anomaly::TrailingData);
                        self.request_raw(held, true);
                    }
                }
                h1::Stop::Stray => {}
            }
        }
        self.parser = Some(parser);
        if !rest.is_empty() {
            self.anomaly(Anomaly::TrailingData);
            self.request_raw(rest, true);
        }
    }

    /// The next piece of the body, in which something may end.
    #[inline(never)]
    fn body_piece(&mut self, piece: &[u8]) {
        if piece.is_empty() {
            return;
        }
        let Transaction { policy, inspector, request, readers, .. } = self;
        let limits = &policy.limits;
        if request.body_bytes == 0 {
            readers.body.start(request.content_type(), inspector);
            if readers.body.may_be_text() {
                readers.content.sniff();
            }
        }
        request.body_bytes += piece.len() as u64;
        let (body, content, kept) = (&mut readers.body, &mut readers.content, &mut request.kept);
        let mut odd = Anomalies::default();
        content.feed(&request.content_encoding, limits, piece, &mut odd, |piece, inflated| {
            inspector.inflated = inflated;
            pass(piece, limits, body, kept, inspector);
        });
        odd.iter().for_each(|a| inspector.anomaly(a));
    }

    /// The transaction as an event, ready to be written by [`emit`].
    pub fn event(&self) -> Event<'_> {
        let findings = self.findings();
        Event {
            time: self.time,
            id: &self.id,
            client: self.client,
            server: self.server,
            request: self.request.seen.then(|| {
                let version = self.version.as_str();
                emit::Request::new(&self.method, &self.target, &self.host, version, self.request.body_bytes)
            }),
            response: self.response.seen.then(|| emit::Response::new(self.status, self.response.body_bytes)),
            verdict: self.verdict(),
            action: self.action,
            sensitivity: self.policy.detection.sensitivity,
            score: findings.iter().map(|f| f.confidence).max().unwrap_or(0),
            findings,
            anomalies: self.anomalies(),
            masking: &self.policy.masking,
        }
    }

    /// Appends the event as one line of JSON, without a line end. The schema is `docs/event.schema.json`.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        emit::write_json(&self.event(), out);
    }
}

impl Messages for Transaction {
    fn request_line(&mut self, method: &[u8], target: &[u8], version: Version) {
        let limit = self.policy.limits.field;
        self.request.seen = true;
        self.version = version;
        keep(&mut self.method, method, limit);
        keep(&mut self.target, target, limit);
        if !is_registered_method(method) {
            self.inspector.piece(&Point::part(Part::Method), Place::Method, method, false);
        }
        let Transaction { policy, inspector, readers, host, .. } = self;
        let Readers { query, memo, .. } = readers;
        memo.start();
        let connect = method == b"CONNECT";
        if !connect && inspector.trace.is_none() && memo.holds_target(target) {
            return;
        }
        let parts = Target::split(target, connect);
        if let Some(authority) = parts.authority {
            keep(host, authority, limit);
        }
        let nothing = inspector.leaves_nothing(|inspector| parts.read(&policy.limits, query, inspector));
        if nothing && !connect && parts.authority.is_none() {
            memo.keep_target(target);
        }
    }

    fn request_header(&mut self, name: &[u8], value: &[u8]) {
        let told = self.inspector.told;
        self.request_header_again(name, value);
        let Transaction { policy, inspector, readers, .. } = self;
        let Readers { header, memo, calm, .. } = readers;
        *calm = told == inspector.told;
        if inspector.trace.is_none() && memo.holds_field(name, value) {
            return;
        }
        if memo.is_crowded() {
            *calm = false;
            return header.read(&policy.limits, name, value, inspector);
        }
        if inspector.leaves_nothing(|inspector| header.read(&policy.limits, name, value, inspector)) {
            memo.keep_field(name, value);
        } else {
            *calm = false;
        }
    }

    #[inline(always)]
    fn request_header_known(&mut self, head: &[u8]) -> Option<KnownHeader> {
        if self.inspector.trace.is_some() {
            return None;
        }
        self.readers.memo.known_line(head)
    }

    fn request_header_again(&mut self, name: &[u8], value: &[u8]) {
        if self.host.is_empty() && is_name(name, b"host") {
            keep(&mut self.host, value, self.policy.limits.field);
        }
        self.request.header(name, value);
        let inspector = &mut self.inspector;
        self.framing.field(name, value, &mut |field, shown, hit| tell_field(inspector, field, shown, hit));
    }

    fn request_header_is_plain(&mut self, name: &[u8], value: &[u8], framing: bool) {
        if self.readers.calm && self.inspector.trace.is_none() {
            self.readers.memo.set_plain(name, value, framing);
        }
    }

    fn request_head_end(&mut self) {
        let (inspector, odd, version) = (&mut self.inspector, self.odd, self.version);
        self.framing
            .head_end(version, odd, &mut |field, shown, hit| tell_field(inspector, field, shown, hit));
        // What was odd about the head has been weighed; from here on it is the body's.
        self.odd = Anomalies::default();
        if !self.policy.exclusions.is_empty() {
            let path = Target::split(&self.target, self.method == b"CONNECT").path;
            self.inspector.exclude(path, &self.host);
        }
    }

    #[inline]
    fn request_body(&mut self, piece: &[u8]) {
        // PERF: a body that comes byte by byte mostly goes no further.
        if self.request.body_bytes > 0
            && self.policy.limits.keep_body == 0
            && self.readers.content.is_plain()
            && self.readers.body.holds(piece)
        {
            self.request.body_bytes += piece.len() as u64;
            return;
        }
        self.body_piece(piece);
    }

    fn request_trailer(&mut self, name: &[u8], value: &[u8]) {
        let Transaction { policy, inspector, readers, .. } = self;
        readers.body.settle(&policy.limits, &Point::part(Part::Body), inspector);
        readers.header.read(&policy.limits, name, value, inspector);
    }

    fn request_raw(&mut self, piece: &[u8], more: bool) {
        let Transaction { policy, inspector, readers, .. } = self;
        readers.body.settle(&policy.limits, &Point::part(Part::Body), inspector);
        inspector.raw(piece, more);
    }

    fn request_end(&mut self) {
        if self.feeding == Feeding::Open {
            // The bytes ended inside the request: the parser tells what it held back, its end is ours.
            self.feeding = Feeding::Over;
            if let Some(mut parser) = self.parser.take() {
                while parser.close(self) {}
                self.parser = Some(parser);
            }
        }
        let Transaction { policy, inspector, request, readers, framing, odd, .. } = self;
        let limits = &policy.limits;
        framing.body_end(*odd, &mut |field, shown, hit| tell_field(inspector, field, shown, hit));
        let (body, kept) = (&mut readers.body, &mut request.kept);
        let mut odd = Anomalies::default();
        readers.content.finish(limits, &mut odd, |piece, _| pass(piece, limits, body, kept, inspector));
        odd.iter().for_each(|a| inspector.anomaly(a));
        readers.body.finish(limits, &Point::part(Part::Body), inspector);
        inspector.raw_end();
        inspector.tell_limits(request.body_bytes);
        inspector.findings.sort();
    }

    fn response_line(&mut self, status: Option<u16>, _version: Version) {
        self.response.seen = true;
        self.status = status;
    }

    fn response_interim(&mut self, _status: u16) {}

    fn response_header(&mut self, name: &[u8], value: &[u8]) {
        self.response.header(name, value);
    }

    fn response_head_end(&mut self) {}

    fn response_body(&mut self, piece: &[u8]) {
        self.response.body_bytes += piece.len() as u64;
        let Transaction { policy, inspector, response, readers, .. } = self;
        let limits = &policy.limits;
        if limits.keep_body == 0 {
            return;
        }
        let mut odd = Anomalies::default();
        readers.response_content.feed(&response.content_encoding, limits, piece, &mut odd, |piece, _| {
            response.kept.extend(piece, limits.keep_body);
        });
        inspector.anomalies.merge(odd);
    }

    fn response_trailer(&mut self, _name: &[u8], _value: &[u8]) {}

    fn response_raw(&mut self, _piece: &[u8], _more: bool) {}

    fn response_end(&mut self) {
        let Transaction { policy, inspector, response, readers, .. } = self;
        let mut odd = Anomalies::default();
        readers.response_content.finish(&policy.limits, &mut odd, |piece, _| {
            response.kept.extend(piece, policy.limits.keep_body);
        });
        inspector.anomalies.merge(odd);
    }

    fn anomaly(&mut self, anomaly: Anomaly) {
        self.inspector.anomalies.insert(anomaly);
    }

    fn request_anomaly(&mut self, anomaly: Anomaly) {
        self.odd.insert(anomaly);
        self.inspector.anomaly(anomaly);
    }
}

/// Takes what the framing tells of a header field.
fn tell_field(inspector: &mut Inspector, field: &[u8], shown: &[u8], hit: Hit) {
    let header = Point::part(Part::Header);
    inspector.tell(&header.then(Segment::Name(field)), Place::HeaderValue, shown, Trust::Plain, hit);
}

/// Passes a decoded piece of the request's body on.
fn pass(
    piece: Piece<'_>,
    limits: &Limits,
    body: &mut points::Body,
    kept: &mut Kept,
    inspector: &mut Inspector,
) {
    kept.extend(piece, limits.keep_body);
    match piece {
        Piece::Body(bytes) if inspector.inflated => {
            inspector.reached.inflated += bytes.len() as u64;
            body.feed(limits, &Point::part(Part::Body), bytes, inspector);
        }
        Piece::Body(bytes) => body.feed(limits, &Point::part(Part::Body), bytes, inspector),
        Piece::Raw(bytes) => {
            body.settle(limits, &Point::part(Part::Body), inspector);
            inspector.raw(bytes, true);
        }
    }
}

/// Replaces `kept` by at most `limit` bytes of `text`.
fn keep(kept: &mut Vec<u8>, text: &[u8], limit: usize) {
    kept.clear();
    kept.extend_from_slice(&text[..text.len().min(limit)]);
}
