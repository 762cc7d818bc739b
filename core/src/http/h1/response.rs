//! The server's direction: responses one after the other.

use super::body::{Body, Else, Parts};
use super::chars::{is_blank, trim};
use super::field::is_field;
use super::framing::{Announced, Framing};
use super::head::Head;
use super::interim::Interim;
use super::line::{Lines, scan};
use super::side::{Front, Server, Side};
use super::status_line::{self, StatusLine};
use super::{Asked, Bounds, Expect, Fed, Stop};
use crate::http::{Anomalies, Anomaly, Messages, Version};
use crate::limits::Limits;
use memchr::memchr;

/// Lines, and bytes, of something else that may come before a status line.
const JUNK: (u32, usize) = (3, 1024);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Start,
    Head,
    /// In the head of a 1xx response.
    Interim,
    /// After the head of a response that should have no body but announces one: does one follow?
    Wait(Announced),
    /// The same after a 1xx response.
    WaitInterim(Announced),
    Body,
    /// Bytes that are no response, up to one that is.
    Stray,
}

/// Parses the server's direction of an HTTP/1.x connection.
#[derive(Debug)]
pub struct Response {
    bounds: Bounds,
    lines: Lines,
    head: Head,
    framing: Framing,
    body: Body,
    interim: Interim,
    state: State,
    expect: Expect,
    status: Option<u16>,
    version: Version,
    /// What the request that the current response answers asked.
    asked: Asked,
    /// Whether anything was told of the current message.
    open: bool,
    /// Whether a message was told before.
    later: bool,
    empty_lines: u32,
    /// Lines that came where a status line was expected.
    junk: Vec<u8>,
    junk_lines: u32,
    /// Oddities met before the message they belong to.
    early: Anomalies,
}

impl Response {
    /// A parser at the beginning of a connection.
    pub fn new(limits: &Limits) -> Response {
        Response {
            bounds: Bounds::new(limits),
            lines: Lines::default(),
            head: Head::default(),
            framing: Framing::default(),
            body: Body::default(),
            interim: Interim::default(),
            state: State::Start,
            expect: Expect::Message,
            status: None,
            version: Version::Http11,
            asked: Asked::Nothing,
            open: false,
            later: false,
            empty_lines: 0,
            junk: Vec::new(),
            junk_lines: 0,
            early: Anomalies::default(),
        }
    }

    /// Back to the beginning of a connection; buffers are kept.
    pub fn reset(&mut self) {
        self.lines.clear();
        self.junk.clear();
        (self.state, self.expect, self.asked) = (State::Start, Expect::Message, Asked::Nothing);
        (self.open, self.later, self.empty_lines, self.junk_lines) = (false, false, 0, 0);
        self.early = Anomalies::default();
    }

    /// Takes the next bytes, up to the end of a message. `asked` is the request that the next message answers; it
    /// matters only until the message has begun. Call again until [`Stop::Hungry`].
    pub fn feed<M: Messages>(&mut self, input: &[u8], asked: Asked, out: &mut M) -> Fed {
        let mut rest = input;
        if !self.open {
            self.asked = asked;
        }
        let stop = self.run(&mut rest, &mut Server(out));
        Fed { used: input.len() - rest.len(), stop }
    }

    /// Whether anything was told of a message that has not ended.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Whether what comes is no response.
    pub fn is_stray(&self) -> bool {
        self.state == State::Stray
    }

    /// Whether the final response of the open message has begun.
    pub fn is_final(&self) -> bool {
        self.open && !matches!(self.state, State::Start | State::Interim | State::WaitInterim(_))
    }

    /// Whether the open message may be complete: more of it can come, but need not.
    pub fn may_be_over(&self) -> bool {
        self.lines.is_empty()
            && match self.state {
                State::Wait(_) => true,
                State::Body => self.body.may_be_over(),
                _ => false,
            }
    }

    /// Ends a message that [may be over](Response::may_be_over). True if there was one.
    pub fn settle<M: Messages>(&mut self, out: &mut M) -> bool {
        let over = self.may_be_over();
        if over {
            self.finish(&mut Server(out));
        }
        over
    }

    /// Takes note of `n` lost bytes. True if a message ended with them.
    pub fn gap<M: Messages>(&mut self, n: u64, asked: Asked, out: &mut M) -> bool {
        let mut out = Server(out);
        if n == 0 {
            return false;
        }
        if !self.open {
            self.asked = asked;
        }
        if let State::Wait(announced) = self.state {
            // It is not known whether the body that should not be was among them; if it was all of them, it was.
            let exact = matches!(announced, Announced::Length(l, m) if l == m && l == n);
            if exact {
                self.begin_body(announced, &mut out);
            }
        }
        match self.state {
            State::Start if !self.open && self.lines.is_empty() && self.junk.is_empty() => {
                self.early.insert(Anomaly::Gap);
                self.expect = Expect::Lost;
                false
            }
            State::Body => {
                out.anomaly(Anomaly::Gap);
                let (body, mut parts) = self.parts();
                let ended = body.gap(n, &mut parts, &mut out);
                if ended == Some(false) {
                    return false;
                }
                self.finish(&mut out);
                if ended.is_none() {
                    self.early.insert(Anomaly::Gap);
                    self.expect = Expect::Lost;
                }
                true
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
            _ => {
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
    pub fn close<M: Messages>(&mut self, asked: Asked, out: &mut M) -> bool {
        if !self.open {
            self.asked = asked;
        }
        self.end_of_stream(&mut Server(out))
    }

    fn run<M: Messages>(&mut self, input: &mut &[u8], out: &mut Server<'_, M>) -> Stop {
        loop {
            let ended = match self.state {
                State::Start => match self.start(input, out) {
                    Some(stop) => return stop,
                    None => false,
                },
                State::Head => {
                    if !self.head.feed(&mut self.lines, input, &mut self.framing, self.bounds, out) {
                        return Stop::Hungry;
                    }
                    self.head_over(out)
                }
                State::Interim => {
                    let mut store = self.interim.store(self.bounds.field, out);
                    if !self.head.feed(&mut self.lines, input, &mut self.framing, self.bounds, &mut store) {
                        return Stop::Hungry;
                    }
                    match self.framing.announced(self.version, &mut Anomalies::default()) {
                        Announced::Nothing | Announced::OtherCoding => self.interim_over(out),
                        announced => self.state = State::WaitInterim(announced),
                    }
                    false
                }
                State::Wait(announced) => match self.lines.front::<Server<'_, M>>(input) {
                    Front::Unknown => return Stop::Hungry,
                    Front::Start => true,
                    Front::Other => {
                        out.anomaly(Anomaly::UnexpectedBody);
                        self.begin_body(announced, out)
                    }
                },
                State::WaitInterim(announced) => match self.lines.front::<Server<'_, M>>(input) {
                    Front::Unknown => return Stop::Hungry,
                    Front::Start => {
                        self.interim_over(out);
                        false
                    }
                    Front::Other => {
                        out.anomaly(Anomaly::UnexpectedBody);
                        out.0.response_line(self.status, self.version);
                        self.interim.replay(out);
                        out.head_end();
                        self.begin_body(announced, out)
                    }
                },
                State::Body => {
                    let (body, mut parts) = self.parts();
                    if !body.feed(&mut parts, input, out) {
                        return Stop::Hungry;
                    }
                    true
                }
                State::Stray => {
                    self.stray_begins(out);
                    let found = scan::<Server<'_, M>>(&mut self.lines, input, self.bounds.field, |p| {
                        if !p.is_empty() {
                            out.raw(p, true);
                        }
                    });
                    if !found {
                        return Stop::Hungry;
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

    /// Looks for a status line.
    fn start<M: Messages>(&mut self, input: &mut &[u8], out: &mut Server<'_, M>) -> Option<Stop> {
        loop {
            let before = *input;
            let Some(line) = self.lines.next(input, self.bounds.field) else { return Some(Stop::Hungry) };
            let (text, place) = (line.text, line.place());
            let sure = status_line::find(text) == Some(0);
            if self.asked == Asked::Http09 && !sure && !self.open && self.expect == Expect::Message {
                self.lines.unread(place, 0, before, input);
                self.begin(None, Version::Http09, Anomalies::default(), out);
                out.head_end();
                self.begin_body(Announced::Nothing, out);
                return None;
            }
            if !line.cut && trim(text, is_space).is_empty() && self.junk.is_empty() {
                self.empty_lines = self.empty_lines.saturating_add(1);
                if self.empty_lines == 3 {
                    self.early.insert(Anomaly::EmptyLines);
                }
                continue;
            }
            if !sure && self.expect != Expect::Message && !self.open {
                self.lines.unread(place, 0, before, input);
                self.state = State::Stray;
                return Some(Stop::Stray);
            }
            // A CR ends the line if a field follows it.
            let field_after = |i: &usize| {
                let tail = text.get(i + 1..).unwrap_or_default();
                is_field(tail.get(..memchr(b'\r', tail).unwrap_or(tail.len())).unwrap_or_default())
            };
            let end = memchr(b'\r', text).filter(field_after);
            let (text, rest) = text.split_at(end.unwrap_or(text.len()));
            let mut flags = Anomalies::default();
            if line.bare_lf {
                flags.insert(Anomaly::BareLf);
            }
            if line.bare_cr || !rest.is_empty() {
                flags.insert(Anomaly::BareCr);
            }
            if line.cut {
                flags.insert(Anomaly::FieldTooLong);
            }
            if let Some(StatusLine { status, version, reason, flags: odd }) = status_line::parse(text) {
                flags.merge(odd);
                if !self.junk.is_empty() {
                    flags.insert(Anomaly::StatusLineInvalid);
                    out.raw(&self.junk, false);
                    self.junk.clear();
                    self.junk_lines = 0;
                }
                flags.merge(std::mem::take(&mut self.early));
                self.open = true;
                (self.status, self.version) = (status, version);
                self.framing.reset();
                self.head.start(false);
                self.expect = Expect::Message;
                out.flags(flags);
                if let Some(100 | 102..=199) = status {
                    self.interim.begin();
                    self.state = State::Interim;
                } else {
                    out.0.response_line(status, version);
                    self.state = State::Head;
                }
                if odd_reason(reason) {
                    out.raw(reason, line.cut && rest.is_empty());
                }
                for part in rest.split(|&b| b == b'\r').filter(|p| !p.is_empty()) {
                    self.head.field(part, false, &mut self.framing, self.bounds, out);
                }
                if line.cut {
                    self.head.after_cut_line();
                }
                return None;
            }
            if is_field(text) && self.junk.is_empty() {
                self.lines.unread(place, 0, before, input);
                self.begin(None, Version::Other, flags, out);
                self.framing.reset();
                self.head.start(false);
                self.state = State::Head;
                return None;
            }
            if self.asked == Asked::Nothing && !self.open {
                self.lines.unread(place, 0, before, input);
                self.state = State::Stray;
                return Some(Stop::Stray);
            }
            self.junk.extend_from_slice(line.full);
            self.junk_lines += 1;
            if line.cut || self.junk_lines >= JUNK.0 || self.junk.len() > JUNK.1 {
                self.body_only(out);
                return None;
            }
        }
    }

    /// What came is no head at all: the body of a response without one.
    fn body_only<M: Messages>(&mut self, out: &mut Server<'_, M>) {
        let mut flags = Anomalies::default();
        flags.insert(Anomaly::NotHttp);
        self.begin(None, Version::Other, flags, out);
        out.head_end();
        out.body(&self.junk);
        self.junk.clear();
        self.junk_lines = 0;
        self.body.start_lost();
        self.state = State::Body;
    }

    /// Begins a response that has no status line.
    fn begin<M: Messages>(
        &mut self,
        status: Option<u16>,
        version: Version,
        mut flags: Anomalies,
        out: &mut Server<'_, M>,
    ) {
        self.open = true;
        (self.status, self.version) = (status, version);
        flags.merge(std::mem::take(&mut self.early));
        if version != Version::Http09 {
            flags.insert(Anomaly::StatusLineInvalid);
        }
        out.flags(flags);
        out.0.response_line(status, version);
    }

    /// The head has ended. True if the message has, too.
    fn head_over<M: Messages>(&mut self, out: &mut Server<'_, M>) -> bool {
        let mut flags = Anomalies::default();
        let announced = self.framing.announced(self.version, &mut flags);
        out.flags(flags);
        out.head_end();
        let has_body = matches!(announced, Announced::Length(..) | Announced::Chunked { .. });
        let success = self.status.is_some_and(|s| (200..300).contains(&s));
        if self.status == Some(101) && (self.framing.upgrade || !has_body)
            || self.asked == Asked::Connect && success
        {
            self.expect = Expect::Tunnel;
            return true;
        }
        if self.asked == Asked::Head || matches!(self.status, Some(101 | 204 | 205 | 304)) {
            if has_body {
                self.state = State::Wait(announced);
            }
            return !has_body;
        }
        if announced == Announced::Nothing && self.framing.has_length() {
            return true;
        }
        self.begin_body(announced, out)
    }

    /// Goes on with the body. Never ends the message, so that the caller can return it.
    fn begin_body<M: Messages>(&mut self, announced: Announced, _: &mut Server<'_, M>) -> bool {
        self.body.start(announced, Else::Close);
        self.state = State::Body;
        false
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

    fn interim_over<M: Messages>(&mut self, out: &mut Server<'_, M>) {
        out.0.response_interim(self.status.unwrap_or(100));
        self.interim.tell(out);
        self.empty_lines = 0;
        self.state = State::Start;
    }

    fn stray_begins<M: Messages>(&mut self, out: &mut Server<'_, M>) {
        if self.open {
            return;
        }
        self.open = true;
        let mut flags = std::mem::take(&mut self.early);
        match self.expect {
            Expect::Tunnel => flags.insert(Anomaly::Upgraded),
            Expect::Message if self.later => {
                flags.insert(Anomaly::UnexpectedBody);
                flags.insert(Anomaly::NotHttp);
            }
            Expect::Message => {
                flags.insert(Anomaly::Midstream);
                flags.insert(Anomaly::NotHttp);
            }
            Expect::Lost => flags.insert(Anomaly::NotHttp),
        }
        out.flags(flags);
    }

    fn finish<M: Messages>(&mut self, out: &mut Server<'_, M>) {
        out.end();
        (self.open, self.later, self.empty_lines) = (false, true, 0);
        self.asked = Asked::Nothing;
        self.state = State::Start;
    }

    fn end_of_stream<M: Messages>(&mut self, out: &mut Server<'_, M>) -> bool {
        match self.state {
            State::Start => return self.end_at_start(out),
            State::Head => {
                if self.head.close(&mut self.lines, &mut self.framing, self.bounds, out) {
                    if !self.head_over(out) {
                        return self.end_of_stream(out);
                    }
                } else {
                    out.anomaly(Anomaly::HeadIncomplete);
                    out.head_end();
                }
            }
            State::Interim => {
                let mut store = self.interim.store(self.bounds.field, out);
                self.head.close(&mut self.lines, &mut self.framing, self.bounds, &mut store);
                out.anomaly(Anomaly::HeadIncomplete);
                self.interim_over(out);
            }
            State::Wait(_) => {}
            State::WaitInterim(_) => self.interim_over(out),
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

    fn end_at_start<M: Messages>(&mut self, out: &mut Server<'_, M>) -> bool {
        let partial = self.lines.partial();
        let nothing = trim(partial, is_space).is_empty() && self.junk.is_empty();
        if nothing && !self.open {
            self.lines.clear();
            return false;
        }
        let text = trim(partial, |b| b == b'\r');
        let parsed = status_line::parse(text).filter(|_| self.junk.is_empty());
        if nothing {
            // Interim responses, and no final one.
            out.anomaly(Anomaly::HeadIncomplete);
        } else if let Some(StatusLine { status, version, flags, .. }) = parsed {
            let mut flags = flags;
            flags.insert(Anomaly::HeadIncomplete);
            flags.merge(std::mem::take(&mut self.early));
            out.flags(flags);
            out.0.response_line(status, version);
            out.raw(partial, false);
            out.head_end();
        } else if self.asked == Asked::Nothing && !self.open || self.expect != Expect::Message {
            self.stray_begins(out);
            out.raw(&self.junk, true);
            out.raw(self.lines.partial(), false);
        } else {
            self.junk.extend_from_slice(partial);
            if self.asked == Asked::Http09 && !self.open {
                self.begin(None, Version::Http09, Anomalies::default(), out);
                out.head_end();
                out.body(&self.junk);
            } else {
                self.body_only(out);
            }
        }
        self.junk.clear();
        self.junk_lines = 0;
        self.lines.clear();
        self.finish(out);
        true
    }
}

fn is_space(b: u8) -> bool {
    is_blank(b) || matches!(b, b'\r' | b'\n')
}

/// Whether a reason phrase is worth judging: nothing a server would say by itself.
fn odd_reason(reason: &[u8]) -> bool {
    reason.len() > 40 || !reason.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b' ' | b'-' | b'\''))
}
