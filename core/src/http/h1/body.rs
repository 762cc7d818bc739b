//! The body of a message, cut out of the stream as its head announced it.

use super::Bounds;
use super::chunk_size;
use super::framing::{Announced, Framing};
use super::head::Head;
use super::line::{Lines, scan};
use super::side::{Front, Side};
use crate::http::{Anomalies, Anomaly};

/// What a body needs of its message's parser.
pub(super) struct Parts<'a> {
    pub lines: &'a mut Lines,
    pub head: &'a mut Head,
    pub framing: &'a mut Framing,
    pub bounds: Bounds,
}

/// What ends a body that neither length nor chunks end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Else {
    /// There is none (requests).
    NoBody,
    /// It goes on to the end of the stream (responses).
    Close,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Done,
    /// Bytes up to the next place where the body may end, and those after it.
    Length {
        left: u64,
        beyond: u64,
    },
    /// At a chunk-size line.
    Size,
    /// In the rest of an overlong chunk-size line.
    SizeRest {
        size: u64,
    },
    Data {
        left: u64,
    },
    DataEnd,
    Trailers,
    /// To the end of the stream.
    Close,
    /// To the next start line.
    Lost,
}

/// What is left of a body.
#[derive(Debug)]
pub(super) struct Body {
    state: State,
    /// Whether no chunk has been seen yet.
    first: bool,
    certain: bool,
    /// The other reading of a chunked body.
    length: Option<(u64, u64)>,
    otherwise: Else,
    /// Whether the bytes of a chunked body are also told as they are, for the reader that goes by the length.
    wire: bool,
}

impl Default for Body {
    fn default() -> Self {
        Body {
            state: State::Done,
            first: false,
            certain: false,
            length: None,
            otherwise: Else::NoBody,
            wire: false,
        }
    }
}

impl Body {
    /// Begins a body.
    pub fn start(&mut self, announced: Announced, otherwise: Else) {
        *self = Body { otherwise, ..Body::default() };
        self.state = match announced {
            Announced::Nothing | Announced::OtherCoding => State::Close,
            Announced::Length(least, most) => State::Length { left: least, beyond: most - least },
            Announced::Chunked { certain, length } => {
                (self.first, self.certain, self.length) = (true, certain, length);
                self.wire = length.is_some();
                State::Size
            }
        };
    }

    /// Begins a body that goes on to the next start line.
    pub fn start_lost(&mut self) {
        *self = Body { state: State::Lost, ..Body::default() };
    }

    /// Whether `n` bytes are nothing but a part of the body, of which more comes: if so, they are counted.
    #[inline]
    pub fn passes(&mut self, n: usize) -> bool {
        match &mut self.state {
            State::Length { left, .. } if *left > n as u64 => {
                *left -= n as u64;
                true
            }
            _ => false,
        }
    }

    /// Reads on; true when the body has ended.
    pub fn feed<S: Side>(&mut self, parts: &mut Parts<'_>, input: &mut &[u8], out: &mut S) -> bool {
        while self.state != State::Done {
            let went_on = match self.state {
                State::Done => true,
                State::Length { left: 0, beyond } => self.border(beyond, parts, input, out),
                State::Length { left, beyond } => {
                    let n = pass(parts.lines, input, left, out);
                    self.state = State::Length { left: left - n, beyond };
                    n == left
                }
                State::Size => self.size(parts, input, out),
                State::SizeRest { size } => {
                    let ended = parts.lines.rest(input, out);
                    if ended {
                        self.chunk(size, parts, out);
                    }
                    ended
                }
                State::Data { left } => {
                    let n = left.min(input.len() as u64);
                    let (piece, rest) = input.split_at(n as usize);
                    *input = rest;
                    if !piece.is_empty() {
                        out.body(piece);
                        self.tell_wire(piece, out);
                    }
                    self.state = if n == left { State::DataEnd } else { State::Data { left: left - n } };
                    n == left
                }
                State::DataEnd => self.data_end(parts, input, out),
                State::Trailers => {
                    let ended = parts.head.feed(parts.lines, input, parts.framing, parts.bounds, out);
                    if ended {
                        self.state = State::Done;
                    }
                    ended
                }
                State::Close => {
                    pass(parts.lines, input, u64::MAX, out);
                    false
                }
                State::Lost => {
                    let found = scan::<S>(parts.lines, input, parts.bounds.field, |p| {
                        if !p.is_empty() {
                            out.body(p);
                        }
                    });
                    if found {
                        self.state = State::Done;
                    }
                    found
                }
            };
            if !went_on {
                return false;
            }
        }
        self.end_wire(out);
        true
    }

    /// Ends the body with the stream. What is held and not part of it stays held.
    pub fn close<S: Side>(&mut self, parts: &mut Parts<'_>, out: &mut S) {
        if self.state == State::Size && self.first {
            let partial = parts.lines.partial();
            if !partial.is_empty() && !chunk_size::parse(partial).is_some_and(|s| s.plain) {
                self.no_chunks(out);
                if self.feed(parts, &mut &[][..], out) {
                    return;
                }
            }
        }
        let complete = match self.state {
            State::Done | State::Close | State::Lost => true,
            State::Length { left, .. } => left == 0,
            State::Size if self.first && !self.certain => self.length.is_none(),
            _ => false,
        };
        if !complete {
            out.anomaly(Anomaly::BodyIncomplete);
        }
        match self.state {
            State::Size if self.first && !self.certain && self.otherwise == Else::NoBody && complete => {}
            State::Size if self.wire || !self.first => {
                let partial = parts.lines.partial();
                if !partial.is_empty() {
                    out.raw(partial, self.wire);
                }
                parts.lines.clear();
            }
            State::SizeRest { .. } => out.raw(b"", false),
            State::Trailers => {
                parts.head.close(parts.lines, parts.framing, parts.bounds, out);
            }
            State::Length { left: 0, .. } if self.otherwise == Else::NoBody => {}
            State::DataEnd if parts.lines.partial() == b"\r" => parts.lines.clear(),
            _ => {
                let partial = parts.lines.partial();
                if !partial.is_empty() {
                    out.body(partial);
                }
                parts.lines.clear();
            }
        }
        self.end_wire(out);
        self.state = State::Done;
    }

    /// Counts bytes that were lost. `Some(true)`: the body ended with them; `Some(false)`: it goes on; `None`: it
    /// ended somewhere among them.
    pub fn gap<S: Side>(&mut self, n: u64, parts: &mut Parts<'_>, out: &mut S) -> Option<bool> {
        let held = !parts.lines.is_empty();
        self.state = match self.state {
            State::Length { left, beyond } if n <= left => State::Length { left: left - n, beyond },
            State::Length { left, beyond } if n - left <= beyond => {
                State::Length { left: beyond - (n - left), beyond: 0 }
            }
            State::Length { .. } => return None,
            State::Data { left } if n < left => State::Data { left: left - n },
            State::Data { left } if n == left => State::DataEnd,
            State::Data { left } if n == left.saturating_add(2) => State::Size,
            State::DataEnd if n == 2 && !held => State::Size,
            State::Close => State::Close,
            State::Done => State::Done,
            _ => {
                let state = std::mem::replace(&mut self.state, State::Lost);
                if held {
                    match state {
                        State::Trailers => {
                            parts.head.close(parts.lines, parts.framing, parts.bounds, out);
                        }
                        State::Size if self.wire || !self.first => out.raw(parts.lines.partial(), self.wire),
                        _ => out.body(parts.lines.partial()),
                    }
                    parts.lines.clear();
                }
                if matches!(state, State::SizeRest { .. }) {
                    out.raw(b"", false);
                }
                self.end_wire(out);
                State::Lost
            }
        };
        if self.state != State::Lost && self.state != State::Close {
            self.first = false;
        }
        Some(self.state == State::Length { left: 0, beyond: 0 } || self.state == State::Done)
    }

    /// Whether the message may be over: more of it can come, but need not.
    pub fn may_be_over(&self) -> bool {
        match self.state {
            State::Length { left: 0, .. } => true,
            State::Size => self.first && !self.certain && self.length.is_none(),
            _ => false,
        }
    }

    /// Two lengths were announced, and the smaller is reached: does another message begin?
    fn border<S: Side>(
        &mut self,
        beyond: u64,
        parts: &mut Parts<'_>,
        input: &mut &[u8],
        out: &mut S,
    ) -> bool {
        if beyond == 0 {
            self.state = State::Done;
            return true;
        }
        match parts.lines.front::<S>(input) {
            Front::Unknown => return false,
            Front::Start => self.state = State::Done,
            Front::Other => {
                let n = pass(parts.lines, &mut &[][..], beyond, out);
                self.state = State::Length { left: beyond - n, beyond: 0 };
            }
        }
        true
    }

    fn size<S: Side>(&mut self, parts: &mut Parts<'_>, input: &mut &[u8], out: &mut S) -> bool {
        let before = *input;
        if self.first && parts.lines.is_empty() {
            // No need to wait for the end of what cannot be a chunk size.
            let lax = |b: &u8| self.certain && matches!(b, b' ' | b'\t' | b'+' | b'\r' | b'\n');
            match input.first() {
                None => return false,
                Some(b) if b.is_ascii_hexdigit() || lax(b) => {}
                Some(_) => return self.no_chunks(out),
            }
        }
        let Some(line) = parts.lines.next(input, parts.bounds.field) else { return false };
        let place = line.place();
        let mut flags = Anomalies::default();
        match chunk_size::parse(line.text) {
            Some(size) if !self.first || self.certain || size.plain => {
                if !size.plain {
                    flags.insert(Anomaly::InvalidChunkSize);
                }
                if size.rest.starts_with(b";") {
                    flags.insert(Anomaly::ChunkExtension);
                }
                if line.cut {
                    flags.insert(Anomaly::FieldTooLong);
                }
                if line.bare_lf {
                    flags.insert(Anomaly::BareLf);
                }
                if line.bare_cr || memchr::memchr(b'\r', line.text).is_some() {
                    flags.insert(Anomaly::BareCr);
                }
                out.flags(flags);
                if self.wire {
                    self.tell_wire(line.full, out);
                } else if !size.rest.is_empty() {
                    out.raw(size.rest, line.cut);
                }
                let size = size.size;
                self.first = false;
                if line.cut {
                    self.state = State::SizeRest { size };
                } else {
                    self.chunk(size, parts, out);
                }
            }
            _ if line.text.is_empty() && (!self.first || self.certain) => {
                out.anomaly(Anomaly::InvalidChunkSize);
                self.tell_wire(line.full, out);
            }
            _ if self.first => {
                parts.lines.unread(place, 0, before, input);
                return self.no_chunks(out);
            }
            _ => {
                let start = !line.cut && S::find_start(line.text) == Some(0);
                self.broken(start, out);
                parts.lines.unread(place, 0, before, input);
            }
        }
        true
    }

    /// The first chunk-size line is none: falls back to what the head says otherwise.
    fn no_chunks<S: Side>(&mut self, out: &mut S) -> bool {
        out.anomaly(Anomaly::InvalidChunkSize);
        self.end_wire(out);
        self.state = match (self.length, self.otherwise) {
            (Some((least, most)), _) => State::Length { left: least, beyond: most - least },
            (None, Else::NoBody) if !self.certain => State::Done,
            (None, Else::Close) if !self.certain => State::Close,
            (None, _) => State::Lost,
        };
        self.length = None;
        true
    }

    /// A later chunk-size line is none: the next message begins, or all is body until it does.
    fn broken<S: Side>(&mut self, start: bool, out: &mut S) {
        if start {
            out.anomaly(Anomaly::BodyIncomplete);
            self.state = State::Done;
        } else {
            out.anomaly(Anomaly::InvalidChunkSize);
            self.end_wire(out);
            self.state = State::Lost;
        }
    }

    fn chunk<S: Side>(&mut self, size: u64, parts: &mut Parts<'_>, out: &mut S) {
        if size == 0 {
            self.end_wire(out);
            parts.head.start(true);
            self.state = State::Trailers;
        } else {
            self.state = State::Data { left: size };
        }
    }

    fn data_end<S: Side>(&mut self, parts: &mut Parts<'_>, input: &mut &[u8], out: &mut S) -> bool {
        if parts.lines.is_empty()
            && let Some(rest) = input.strip_prefix(b"\r\n")
        {
            *input = rest;
            self.tell_wire(b"\r\n", out);
            self.state = State::Size;
            return true;
        }
        let before = *input;
        let Some(line) = parts.lines.next(input, parts.bounds.field) else { return false };
        let (text, place) = (line.text, line.place());
        if line.bare_lf {
            out.anomaly(Anomaly::BareLf);
        }
        if line.bare_cr {
            out.anomaly(Anomaly::BareCr);
        }
        self.state = State::Size;
        if text.is_empty() && !line.cut {
            self.tell_wire(line.full, out);
            return true;
        }
        out.anomaly(Anomaly::ChunkDelimiter);
        if !line.cut && chunk_size::parse(text).is_some_and(|s| s.plain) {
            parts.lines.unread(place, 0, before, input);
        } else if !line.cut && S::find_start(text) == Some(0) {
            self.broken(true, out);
            parts.lines.unread(place, 0, before, input);
        } else {
            if line.cut {
                self.state = State::DataEnd;
            }
            out.body(line.full);
            self.tell_wire(line.full, out);
        }
        true
    }

    fn tell_wire<S: Side>(&self, bytes: &[u8], out: &mut S) {
        if self.wire {
            out.raw(bytes, true);
        }
    }

    fn end_wire<S: Side>(&mut self, out: &mut S) {
        if std::mem::take(&mut self.wire) {
            out.raw(b"", false);
        }
    }
}

/// Passes up to `most` bytes on as body, those held first. Returns how many.
fn pass<S: Side>(lines: &mut Lines, input: &mut &[u8], most: u64, out: &mut S) -> u64 {
    let mut passed = 0;
    if !lines.is_empty() {
        let held = lines.partial();
        let n = most.min(held.len() as u64);
        out.body(held.get(..n as usize).unwrap_or_default());
        lines.drop_front(n as usize);
        passed = n;
    }
    let n = (most - passed).min(input.len() as u64);
    let (piece, rest) = input.split_at(n as usize);
    *input = rest;
    if !piece.is_empty() {
        out.body(piece);
    }
    passed + n
}
