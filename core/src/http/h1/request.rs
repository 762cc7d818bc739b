//! The client's direction: requests one after the other.

use super::body::{Body, Else, Parts};
use super::chars::{is_blank, is_token, trim};
use super::field::is_field;
use super::framing::{Announced, Framing};
use super::head::Head;
use super::line::{Lines, scan};
use super::request_line::{self, RequestLine};
use super::side::{Client, Side};
use super::target::{Authority, absolute};
use super::{Asked, Bounds, Expect, Fed, Stop};
use crate::http::{Anomalies, Anomaly, Messages, Version};
use crate::limits::Limits;
use memchr::memchr;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Start,
    /// After a request line without a version: fields may follow or not.
    Bare,
    Head,
    Body,
    /// Bytes that are no request, up to one that is.
    Stray,
}

/// What became of bytes of which nothing but more is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    /// They are part of a line that goes on.
    Head,
    /// They are part of the body, which goes on, and are to be told.
    Body,
    /// They were not taken.
    Not,
}

/// Parses the client's direction of an HTTP/1.x connection.
#[derive(Debug)]
pub struct Request {
    bounds: Bounds,
    lines: Lines,
    head: Head,
    framing: Framing,
    body: Body,
    state: State,
    expect: Expect,
    asked: Asked,
    version: Version,
    method_has_body: bool,
    /// Whether anything was told of the current message.
    open: bool,
    /// Whether a message was told before.
    later: bool,
    empty_lines: u32,
    /// Oddities met before the message they belong to.
    early: Anomalies,
}

impl Request {
    /// A parser at the beginning of a connection.
    pub fn new(limits: &Limits) -> Request {
        Request {
            bounds: Bounds::new(limits),
            lines: Lines::default(),
            head: Head::default(),
            framing: Framing::default(),
            body: Body::default(),
            state: State::Start,
            expect: Expect::Message,
            asked: Asked::Nothing,
            version: Version::Http11,
            method_has_body: true,
            open: false,
            later: false,
            empty_lines: 0,
            early: Anomalies::default(),
        }
    }

    /// Back to the beginning of a connection; buffers are kept.
    pub fn reset(&mut self) {
        self.lines.clear();
        self.state = State::Start;
        (self.expect, self.asked) = (Expect::Message, Asked::Nothing);
        (self.open, self.later, self.empty_lines, self.early) = (false, false, 0, Anomalies::default());
    }

    /// Takes bytes that neither end nor begin anything; the others are left to [`Request::feed`].
    #[inline]
    pub fn pass(&mut self, input: &[u8]) -> Passed {
        match self.state {
            State::Start | State::Head if self.lines.append(input, self.bounds.field) => Passed::Head,
            State::Body if self.lines.is_empty() && self.body.passes(input.len()) => Passed::Body,
            _ => Passed::Not,
        }
    }

    /// Takes the next bytes, up to the end of a message. Call again until [`Stop::Hungry`].
    pub fn feed<M: Messages>(&mut self, input: &[u8], out: &mut M) -> Fed {
        let mut rest = input;
        let stop = self.run(&mut rest, &mut Client(out));
        Fed { used: input.len() - rest.len(), stop }
    }

    /// Bytes taken in that are no part of a message so far: a line that was looked at to see whether the last one is over.
    pub fn held(&mut self) -> &[u8] {
        self.lines.partial()
    }

    /// Whether anything was told of a message that has not ended.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// What a response to the current or last message has to know.
    pub fn asked(&self) -> Asked {
        self.asked
    }

    /// Whether the open message may be complete: more of it can come, but need not.
    pub fn may_be_over(&self) -> bool {
        self.lines.is_empty()
            && match self.state {
                State::Bare => true,
                State::Body => self.body.may_be_over(),
                _ => false,
            }
    }

    /// Ends a message that [may be over](Request::may_be_over). True if there was one.
    pub fn settle<M: Messages>(&mut self, out: &mut M) -> bool {
        if !self.may_be_over() {
            return false;
        }
        let mut out = Client(out);
        if self.state == State::Bare {
            out.head_end();
        }
        self.finish(&mut out);
        true
    }

    /// Takes note of `n` lost bytes. True if a message ended with them.
    pub fn gap<M: Messages>(&mut self, n: u64, out: &mut M) -> bool {
        let mut out = Client(out);
        if n == 0 {
            return false;
        }
        match self.state {
            State::Start if self.lines.is_empty() => {
                self.early.insert(Anomaly::Gap);
                self.expect = Expect::Lost;
                false
            }
            State::Body => {
                out.anomaly(Anomaly::Gap);
                let (body, mut parts) = self.parts();
                match body.gap(n, &mut parts, &mut out) {
                    Some(ended) => {
                        if ended {
                            self.finish(&mut out);
                        }
                        ended
                    }
                    None => {
                        self.finish(&mut out);
                        self.early.insert(Anomaly::Gap);
                        self.expect = Expect::Lost;
                        true
                    }
                }
            }
            State::Stray => {
                out.anomaly(Anomaly::Gap);
                let held = self.lines.partial();
                if !held.is_empty() {
                    out.raw(held, true);
                }
                self.lines.clear();
                false
            }
            State::Start | State::Bare | State::Head => {
                if self.open {
                    out.anomaly(Anomaly::Gap);
                } else {
                    self.early.insert(Anomaly::Gap);
                }
                let ended = self.end_of_stream(&mut out);
                self.expect = Expect::Lost;
                ended
            }
        }
    }

    /// Ends what the stream's end cuts off. Call again until false.
    pub fn close<M: Messages>(&mut self, out: &mut M) -> bool {
        self.end_of_stream(&mut Client(out))
    }

    fn run<M: Messages>(&mut self, input: &mut &[u8], out: &mut Client<'_, M>) -> Stop {
        loop {
            let ended = match self.state {
                State::Start => match self.start(input, out) {
                    Some(Stop::End) => true,
                    Some(stop) => return stop,
                    None => false,
                },
                State::Bare => match self.bare(input, out) {
                    Some(ended) => ended,
                    None => return Stop::Hungry,
                },
                State::Head => {
                    if !self.head.feed(&mut self.lines, input, &mut self.framing, self.bounds, out) {
                        return Stop::Hungry;
                    }
                    self.head_over(out)
                }
                State::Body => {
                    let (body, mut parts) = self.parts();
                    if !body.feed(&mut parts, input, out) {
                        return Stop::Hungry;
                    }
                    true
                }
                State::Stray => {
                    self.stray_begins(out);
                    let found = scan::<Client<'_, M>>(&mut self.lines, input, self.bounds.field, |p| {
                        if !p.is_empty() {
                            out.raw(p, true);
                        }
                    });
                    if !found {
                        return Stop::Hungry;
                    }
                    if !self.later {
                        out.anomaly(Anomaly::Midstream);
                    }
                    out.raw(b"", false);
                    true
                }
            };
            if ended {
                self.finish(out);
                return Stop::End;
            }
        }
    }

    /// Looks for a request line.
    fn start<M: Messages>(&mut self, input: &mut &[u8], out: &mut Client<'_, M>) -> Option<Stop> {
        // PERF: nearly every request line needs no second look.
        let plain = if self.lines.is_empty() {
            request_line::plainly(input, self.bounds.field).map(|(line, rest)| {
                *input = rest;
                line
            })
        } else {
            self.lines
                .whole(input, self.bounds.field)
                .and_then(|line| request_line::plainly(line, self.bounds.field).map(|(line, _)| line))
        };
        if let Some(line) = plain {
            let flags = std::mem::take(&mut self.early);
            self.open = true;
            self.head.start(false);
            self.framing.reset();
            self.version = line.version;
            (self.asked, self.method_has_body, self.expect) = asks(&line);
            self.state = State::Head;
            tell_line(&line, flags, &mut self.framing, out);
            self.lines.clear();
            return None;
        }
        loop {
            let before = *input;
            let Some(line) = self.lines.next(input, self.bounds.field) else { return Some(Stop::Hungry) };
            let place = line.place();
            if !line.cut && trim(line.text, |b| is_blank(b) || b == b'\r').is_empty() {
                self.empty_lines = self.empty_lines.saturating_add(1);
                if self.empty_lines == 3 {
                    self.early.insert(Anomaly::EmptyLines);
                }
                continue;
            }
            let found = request_line::find(line.text);
            let sure = self.expect == Expect::Message || found == Some(0);
            // A CR that ends a complete request line is taken for the end of a line.
            let (text, rest) = match memchr(b'\r', line.text) {
                Some(i) if request_line::find(line.text.get(..i).unwrap_or_default()) == Some(0) => {
                    line.text.split_at(i)
                }
                _ => (line.text, &b""[..]),
            };
            let cut = line.cut && rest.is_empty();
            if line.text == b"PRI * HTTP/2.0" {
                self.expect = Expect::Tunnel;
            }
            // The end of something, or the preface of HTTP/2.
            let other = |r: &RequestLine<'_>| {
                found.is_some_and(|i| i > 0) && !r.method.iter().copied().all(is_token) || r.method == b"PRI"
            };
            let Some(parsed) = request_line::parse(text, cut).filter(|r| sure && !other(r)) else {
                self.lines.unread(place, 0, before, input);
                self.state = State::Stray;
                self.asked = Asked::Nothing;
                return Some(Stop::Stray);
            };
            let mut flags = std::mem::take(&mut self.early);
            if line.bare_lf {
                flags.insert(Anomaly::BareLf);
            }
            if line.bare_cr || !rest.is_empty() {
                flags.insert(Anomaly::BareCr);
            }
            if line.cut {
                flags.insert(Anomaly::FieldTooLong);
            }
            self.open = true;
            self.head.start(false);
            self.framing.reset();
            self.version = parsed.version;
            (self.asked, self.method_has_body, self.expect) = asks(&parsed);
            self.state = if parsed.version == Version::Http09 { State::Bare } else { State::Head };
            tell_line(&parsed, flags, &mut self.framing, out);
            // Further lines that end in CR alone.
            let mut rest = rest;
            while let Some(tail) = rest.strip_prefix(b"\r") {
                let end = memchr(b'\r', tail).unwrap_or(tail.len());
                let (part, after) = tail.split_at(end);
                if part.is_empty() && !after.is_empty() {
                    let from = line.text.len() - (after.len() - 1);
                    self.lines.unread(place, from, before, input);
                    return self.head_over(out).then_some(Stop::End);
                }
                if !part.is_empty() {
                    self.state = State::Head;
                    self.head.field(part, false, &mut self.framing, self.bounds, out);
                }
                rest = after;
            }
            if line.cut {
                self.state = State::Head;
                self.head.after_cut_line();
            }
            return None;
        }
    }

    /// After a request line without a version. `Some(true)` if the message is over.
    fn bare<M: Messages>(&mut self, input: &mut &[u8], out: &mut Client<'_, M>) -> Option<bool> {
        let before = *input;
        let line = self.lines.next(input, self.bounds.field)?;
        if !line.cut && line.text.is_empty() {
            out.head_end();
            return Some(true);
        }
        let (fields, place) = (is_field(line.text), line.place());
        self.lines.unread(place, 0, before, input);
        if fields {
            out.anomaly(Anomaly::ProtocolInvalid);
            self.asked = Asked::Other;
            self.state = State::Head;
        } else {
            out.head_end();
        }
        Some(!fields)
    }

    /// The head has ended. True if the message has, too.
    fn head_over<M: Messages>(&mut self, out: &mut Client<'_, M>) -> bool {
        let mut flags = Anomalies::default();
        if self.version == Version::Http11 && !self.framing.has_host() {
            flags.insert(Anomaly::HostMissing);
        }
        let announced = match self.framing.announced(self.version, &mut flags) {
            // After a refusal the client may go on with its next request instead.
            Announced::Length(_, most) if self.framing.expects => Announced::Length(0, most),
            announced => announced,
        };
        if announced != Announced::Nothing && !self.method_has_body {
            flags.insert(Anomaly::UnexpectedBody);
        }
        out.flags(flags);
        out.head_end();
        if self.framing.upgrade {
            self.expect = Expect::Tunnel;
        }
        match announced {
            Announced::Nothing | Announced::OtherCoding => true,
            announced => {
                self.body.start(announced, Else::NoBody);
                self.state = State::Body;
                false
            }
        }
    }

    /// The body, and what it needs of the rest.
    fn parts(&mut self) -> (&mut Body, Parts<'_>) {
        let parts = Parts {
            lines: &mut self.lines,
            head: &mut self.head,
            framing: &mut self.framing,
            bounds: self.bounds,
        };
        (&mut self.body, parts)
    }

    fn stray_begins<M: Messages>(&mut self, out: &mut Client<'_, M>) {
        if self.open {
            return;
        }
        self.open = true;
        let mut flags = std::mem::take(&mut self.early);
        flags.insert(match self.expect {
            Expect::Message if self.later => Anomaly::UnexpectedBody,
            Expect::Message | Expect::Lost => Anomaly::NotHttp,
            Expect::Tunnel => Anomaly::Upgraded,
        });
        if self.expect != Expect::Tunnel {
            flags.insert(Anomaly::NotHttp);
        }
        out.flags(flags);
    }

    fn finish<M: Messages>(&mut self, out: &mut Client<'_, M>) {
        out.end();
        (self.open, self.later, self.empty_lines) = (false, true, 0);
        self.state = State::Start;
    }

    fn end_of_stream<M: Messages>(&mut self, out: &mut Client<'_, M>) -> bool {
        match self.state {
            State::Start => {
                if trim(self.lines.partial(), |b| is_blank(b) || matches!(b, b'\r' | b'\n')).is_empty() {
                    self.lines.clear();
                    return false;
                }
                let text = trim(self.lines.partial(), |b| b == b'\r');
                let parsed = request_line::parse(text, false).filter(|_| self.expect == Expect::Message);
                if let Some(parsed) = parsed {
                    let flags = std::mem::take(&mut self.early);
                    self.asked = if parsed.version == Version::Http09 { Asked::Http09 } else { Asked::Other };
                    self.framing.reset();
                    tell_line(&parsed, flags, &mut self.framing, out);
                    out.anomaly(Anomaly::HeadIncomplete);
                    out.head_end();
                } else {
                    self.asked = Asked::Nothing;
                    self.stray_begins(out);
                    out.raw(self.lines.partial(), false);
                }
                self.lines.clear();
            }
            State::Bare => {
                let held = self.lines.partial();
                if !held.is_empty() {
                    out.raw(held, false);
                }
                self.lines.clear();
                out.head_end();
            }
            State::Head => {
                if self.head.close(&mut self.lines, &mut self.framing, self.bounds, out) {
                    if !self.head_over(out) {
                        let (body, mut parts) = self.parts();
                        body.close(&mut parts, out);
                    }
                } else {
                    out.anomaly(Anomaly::HeadIncomplete);
                    out.head_end();
                }
            }
            State::Body => {
                let (body, mut parts) = self.parts();
                body.close(&mut parts, out);
            }
            State::Stray => {
                self.stray_begins(out);
                out.raw(self.lines.partial(), false);
                self.lines.clear();
            }
        }
        self.finish(out);
        true
    }
}

/// What a response to the request has to know, whether the request may have a body, and what may follow it.
fn asks(line: &RequestLine<'_>) -> (Asked, bool, Expect) {
    let (asked, has_body, expect) = match line.method {
        b"HEAD" => (Asked::Head, false, Expect::Message),
        b"CONNECT" => (Asked::Connect, false, Expect::Tunnel),
        b"GET" | b"TRACE" => (Asked::Other, false, Expect::Message),
        _ => (Asked::Other, true, Expect::Message),
    };
    (if line.version == Version::Http09 { Asked::Http09 } else { asked }, has_body, expect)
}

/// Tells a request line and what it says about the host.
fn tell_line<M: Messages>(
    line: &RequestLine<'_>,
    mut flags: Anomalies,
    framing: &mut Framing,
    out: &mut Client<'_, M>,
) {
    flags.merge(line.flags);
    if line.method == b"CONNECT" {
        framing.target_host(&Authority::parse(line.target), line.target, &mut flags);
    } else if !line.target.starts_with(b"/")
        && let Some((text, authority)) = absolute(line.target)
    {
        framing.target_host(&authority, text, &mut flags);
    }
    out.flags(flags);
    out.0.request_line(line.method, line.target, line.version);
    if !line.odd_version.is_empty() {
        out.raw(line.odd_version, false);
    }
}
