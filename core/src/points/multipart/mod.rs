//! `multipart/*` bodies (RFC 2046, section 5.1; RFC 7578) in chunks of any size.
//!
//! What comes in: a Content-Type with its boundary, or none, and the bytes of the body. What goes out: for each part its
//! name, file names, header fields and content; what stands outside the parts as raw bytes. What always holds: a
//! content that lies in the chunk is passed on where it lies; held are the bytes of a line that may be a delimiter, and
//! one header block. Whatever some server may take for a delimiter or a name is taken for one. To add a trick of
//! boundaries: `boundary.rs`; of header fields: `part.rs`; of encodings: `transfer.rs`.

mod boundary;
mod part;
mod transfer;

use super::content_type::{ContentType, Kind};
use super::name::{Seen, Short};
use super::repeats::Repeats;
use super::{Place, Point, Segment, Sink};
use crate::http::Anomaly;
use crate::limits::Limits;
use boundary::{Boundaries, Line};
use memchr::memmem::Finder;
use smallvec::SmallVec;
use transfer::{Encoding, Transfer};

/// Most bytes of one part's header block; what is beyond is read as content.
const HEAD: usize = 4 << 10;
/// Bytes searched at a time: what is passed on is still in the processor's cache.
const PIECE: usize = 16 << 10;
/// Deepest nesting followed: mail clients nest three or four times, forms once.
const DEEPEST: u8 = 8;
/// Most names given twice that are remembered for their joined values.
const DUPLICATES: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the first delimiter of the body or of one inside it, or after its final one.
    Outside,
    /// In the rest of a delimiter's line; `true` if it was a final one.
    Delimiter(bool),
    /// In the header block of a part.
    Head,
    /// In the content of a part.
    Content,
    /// Past the most parts.
    Rest,
}

/// Reads multipart bodies; its buffers are reused.
///
/// Emits, below the point it is given, `NAME#name`, `NAME.filename` and `NAME` for each part, `NAME.content-type` and
/// the like for the fields of its header; a part without a name stands at `[number]`. A content that its header says
/// is encoded is emitted as sent, and decoded at `NAME|base64`. Parts of a body nested in the part `NAME` stand at
/// `NAME.FIELD`, or `NAME[number]`. Fields of one name are also joined, at `NAME|pollution` and `NAME|concat`.
#[derive(Debug)]
pub struct Multipart {
    boundaries: Boundaries,
    /// Whether the body is a form.
    form: bool,
    state: State,
    /// How deep in nested bodies.
    level: u8,
    /// Whether there has been a delimiter, and whether the final one of the outermost body was the last of them.
    found: bool,
    closed: bool,
    /// Whether the next byte begins a line for the search of delimiters.
    fresh: bool,
    /// Bytes that may be the beginning of a delimiter, with the line end before it.
    hold: Vec<u8>,
    head: Vec<u8>,
    /// Where in `head` the current line begins.
    line: usize,
    /// Whether a value has begun and not ended.
    open: bool,
    /// Parts so far.
    count: u32,
    name: Option<Short>,
    /// Name of the part that the nested body is in, and how many parts there were before those of that body.
    outer: Option<Short>,
    base: u32,
    place: Place,
    transfer: Transfer,
    seen: Seen,
    /// The values to be joined, and the hashes of the names given more than once.
    repeats: Repeats,
    duplicates: SmallVec<[u64; DUPLICATES]>,
    finder: Finder<'static>,
}

impl Default for Multipart {
    fn default() -> Self {
        Multipart {
            boundaries: Boundaries::default(),
            form: true,
            state: State::Outside,
            level: 0,
            found: false,
            closed: false,
            fresh: true,
            hold: Vec::new(),
            head: Vec::new(),
            line: 0,
            open: false,
            count: 0,
            name: None,
            outer: None,
            base: 0,
            place: Place::Text,
            transfer: Transfer::default(),
            seen: Seen::default(),
            repeats: Repeats::default(),
            duplicates: SmallVec::new(),
            finder: Finder::new(b"\n--"),
        }
    }
}

impl Multipart {
    /// Makes ready for a body of this Content-Type. Without one, or where its boundary does not occur, the first line
    /// that begins with `--` tells the boundary. Returns whether the Content-Type names a boundary.
    pub fn start(&mut self, content_type: Option<&[u8]>, sink: &mut impl Sink) -> bool {
        self.reset();
        let content_type = content_type.map(ContentType::parse);
        let Some(content_type) = content_type else { return false };
        self.form = content_type.kind != Kind::Multipart;
        let (found, clear) = self.boundaries.add_from(0, &content_type);
        if !clear {
            sink.anomaly(Anomaly::MultipartBoundary);
        }
        found
    }

    /// Makes ready for a body of no known boundary.
    pub fn reset(&mut self) {
        self.boundaries.clear();
        self.form = true;
        self.state = State::Outside;
        self.level = 0;
        (self.found, self.closed, self.fresh, self.open) = (false, false, true, false);
        self.hold.clear();
        self.head.clear();
        (self.line, self.count) = (0, 0);
        (self.name, self.outer, self.base) = (None, None, 0);
        self.transfer.start(Encoding::None);
        self.seen.reset();
        self.repeats.reset();
        self.duplicates.clear();
    }

    /// Reads a body that lies whole in memory, of no known boundary.
    pub fn read(&mut self, limits: &Limits, at: &Point<'_>, body: &[u8], sink: &mut impl Sink) {
        self.reset();
        self.feed(limits, at, body, sink);
        self.finish(limits, at, sink);
    }

    /// Takes the next bytes of the body.
    pub fn feed(&mut self, limits: &Limits, at: &Point<'_>, chunk: &[u8], sink: &mut impl Sink) {
        for piece in chunk.chunks(PIECE) {
            self.feed_piece(limits, at, piece, sink);
        }
    }

    fn feed_piece(&mut self, limits: &Limits, at: &Point<'_>, piece: &[u8], sink: &mut impl Sink) {
        let mut rest = piece;
        while !rest.is_empty() {
            match self.state {
                State::Outside | State::Content if self.hold.is_empty() => self.scan(at, &mut rest, sink),
                State::Outside | State::Content => self.scan_held(at, &mut rest, sink),
                State::Delimiter(last) => self.delimiter_rest(limits, at, &mut rest, last, sink),
                State::Head => self.head(limits, at, &mut rest, sink),
                State::Rest => {
                    sink.piece(at, Place::Raw, rest, true);
                    return;
                }
            }
        }
    }

    /// Ends the body.
    pub fn finish(&mut self, limits: &Limits, at: &Point<'_>, sink: &mut impl Sink) {
        if !self.hold.is_empty() {
            match self.judge_held(true) {
                (newline, found @ Line::Delimiter { used, .. }) => {
                    self.delimiter_held(at, newline, used, found, sink)
                }
                _ => self.release(at, sink),
            }
        }
        if self.state == State::Head {
            self.end_head(limits, at, sink);
        }
        match self.state {
            State::Rest => sink.piece(at, Place::Raw, b"", false),
            State::Content => self.end_text(at, b"", sink),
            State::Outside | State::Delimiter(_) | State::Head => self.end_raw(at, sink),
        }
        self.repeats.give(&self.duplicates, at, Place::FormValue, sink);
        if !self.found {
            sink.anomaly(Anomaly::MultipartBoundary);
        }
        if !self.closed {
            sink.anomaly(Anomaly::MultipartIncomplete);
        }
        self.reset();
    }

    /// Looks for a delimiter where nothing is held.
    fn scan(&mut self, at: &Point<'_>, rest: &mut &[u8], sink: &mut impl Sink) {
        let bytes: &[u8] = rest;
        let mut from = 0;
        loop {
            // The line that may be a delimiter, and the text before it, without the line end that belongs to it.
            let (text, line) = if self.fresh {
                (0, 0)
            } else if let Some(i) = self.finder.find(&bytes[from..]) {
                let newline = from + i;
                let cr = newline > 0 && bytes[newline - 1] == b'\r';
                (newline - usize::from(cr), newline + 1)
            } else {
                break;
            };
            match self.judge(&bytes[line..], false) {
                found @ Line::Delimiter { used, .. } => {
                    self.end_text(at, &bytes[..text], sink);
                    *rest = &bytes[line + used..];
                    return self.delimiter(at, &bytes[line..], found, sink);
                }
                Line::Undecided => {
                    self.text(at, &bytes[..text], sink);
                    self.hold.extend_from_slice(&bytes[text..]);
                    *rest = &[];
                    return;
                }
                Line::No { near } => {
                    if near {
                        sink.anomaly(Anomaly::MultipartBoundary);
                    }
                    from = if self.fresh { 0 } else { line };
                    self.fresh = false;
                }
            }
        }
        // What may be the beginning of a delimiter whose dashes are yet to come.
        let tails = [&b"\r\n-"[..], b"\n-", b"\r\n", b"\n", b"\r"];
        let text = bytes.len() - tails.iter().find(|tail| bytes.ends_with(tail)).map_or(0, |tail| tail.len());
        self.text(at, &bytes[..text], sink);
        self.hold.extend_from_slice(&bytes[text..]);
        *rest = &[];
    }

    /// Takes one byte more to what is held and looks whether it is a delimiter now.
    fn scan_held(&mut self, at: &Point<'_>, rest: &mut &[u8], sink: &mut impl Sink) {
        let Some((&b, after)) = rest.split_first() else { return };
        self.hold.push(b);
        let (newline, line) = self.judge_held(false);
        match line {
            Line::Undecided => *rest = after,
            Line::No { near } => {
                if near {
                    sink.anomaly(Anomaly::MultipartBoundary);
                }
                self.hold.pop();
                self.release(at, sink);
            }
            Line::Delimiter { used, .. } => {
                if self.hold.len() > newline + used {
                    self.hold.pop(); // looked at only
                } else {
                    *rest = after;
                }
                self.delimiter_held(at, newline, used, line, sink);
            }
        }
    }

    /// Ends the text at the delimiter that is held after a line end of `newline` bytes.
    fn delimiter_held(
        &mut self,
        at: &Point<'_>,
        newline: usize,
        used: usize,
        found: Line,
        sink: &mut impl Sink,
    ) {
        let held = std::mem::take(&mut self.hold);
        self.end_text(at, b"", sink);
        self.delimiter(at, &held[newline..], found, sink);
        // After the delimiter there may be padding that was needed to decide; never a line end.
        self.padding(at, held.get(newline + used..).unwrap_or_default(), sink);
        self.hold = held;
        self.hold.clear();
    }

    /// What is held, and how many of its bytes are the line end before the line.
    fn judge_held(&self, ended: bool) -> (usize, Line) {
        let newline = match &self.hold[..] {
            _ if self.fresh => 0,
            [b'\r', b'\n', ..] => 2,
            [b'\n', ..] => 1,
            [b'\r'] if !ended => return (0, Line::Undecided),
            _ => return (0, Line::No { near: false }),
        };
        (newline, self.judge(&self.hold[newline..], ended))
    }

    /// What the line that begins with `line` is.
    fn judge(&self, line: &[u8], ended: bool) -> Line {
        match self.boundaries.read(line, ended) {
            Line::No { near } if !self.found && self.state == State::Outside => {
                match boundary::guess(line, ended) {
                    Some(None) => Line::Undecided,
                    Some(Some((used, last))) => Line::Delimiter {
                        level: 0,
                        last,
                        used: used + if last { 2 } else { 0 },
                        exact: false,
                    },
                    None => Line::No { near },
                }
            }
            judged => judged,
        }
    }

    /// Passes on what is held as the text it is.
    fn release(&mut self, at: &Point<'_>, sink: &mut impl Sink) {
        let held = std::mem::take(&mut self.hold);
        self.text(at, &held, sink);
        self.hold = held;
        self.hold.clear();
        self.fresh = false;
    }

    /// Emits text, which is content or stands outside the parts. There it begins with its first byte that is no blank.
    fn text(&mut self, at: &Point<'_>, bytes: &[u8], sink: &mut impl Sink) {
        if self.state == State::Content {
            if !bytes.is_empty() {
                self.content(at, bytes, true, sink);
            }
            return;
        }
        let bytes = if self.open { bytes } else { bytes.trim_ascii_start() };
        if !bytes.is_empty() {
            if !self.open {
                sink.anomaly(Anomaly::MultipartOutside);
            }
            self.open = true;
            sink.piece(at, Place::Raw, bytes, true);
        }
    }

    /// Emits the last of the text.
    fn end_text(&mut self, at: &Point<'_>, bytes: &[u8], sink: &mut impl Sink) {
        if self.state == State::Content {
            self.content(at, bytes, false, sink);
        } else {
            self.text(at, bytes, sink);
            self.end_raw(at, sink);
        }
    }

    fn end_raw(&mut self, at: &Point<'_>, sink: &mut impl Sink) {
        if self.open {
            self.open = false;
            sink.piece(at, Place::Raw, b"", false);
        }
    }

    fn content(&mut self, at: &Point<'_>, bytes: &[u8], more: bool, sink: &mut impl Sink) {
        let outer = self.outer.as_ref().map(|name| at.then(Segment::Name(name)));
        let point = outer.as_ref().unwrap_or(at).then(step(&self.name, self.count.saturating_sub(self.base)));
        sink.piece(&point, self.place, bytes, more);
        self.repeats.piece(bytes);
        if !more && self.repeats.end() {
            self.repeats.give(&self.duplicates, at, Place::FormValue, sink);
        }
        if self.transfer.encoding() == Encoding::None {
            return;
        }
        self.transfer.push(bytes);
        if !more {
            self.transfer.finish();
            if self.transfer.over {
                sink.anomaly(Anomaly::DecodeBudget);
            }
            let via = Segment::Via(self.transfer.encoding().name());
            sink.piece(&point.then(via), self.place, &self.transfer.out, false);
        }
    }

    /// Leaves the text for the delimiter at the front of `line`.
    fn delimiter(&mut self, at: &Point<'_>, line: &[u8], found: Line, sink: &mut impl Sink) {
        let Line::Delimiter { level, last, used, exact } = found else { return };
        if !exact {
            sink.anomaly(Anomaly::MultipartBoundary);
        }
        if self.closed {
            sink.anomaly(Anomaly::MultipartOutside);
        }
        let end = used - if last { 2 } else { 0 };
        let text = line.get(2..end).unwrap_or_default();
        if !self.found && !self.boundaries.holds(text) {
            // Read off this line.
            self.boundaries.add(0, text);
            sink.piece(at, Place::Raw, text, false);
        }
        self.found = true;
        self.closed = last && level == 0;
        self.level = if last { level.saturating_sub(1) } else { level };
        self.boundaries.close_above(self.level);
        if self.level == 0 {
            (self.outer, self.base) = (None, 0);
        }
        self.state = State::Delimiter(last);
    }

    /// Takes the rest of a delimiter's line.
    fn delimiter_rest(
        &mut self,
        limits: &Limits,
        at: &Point<'_>,
        rest: &mut &[u8],
        last: bool,
        sink: &mut impl Sink,
    ) {
        let Some(end) = memchr::memchr(b'\n', rest) else {
            self.padding(at, rest, sink);
            *rest = &[];
            return;
        };
        self.padding(at, &rest[..end], sink);
        self.end_raw(at, sink);
        *rest = &rest[end + 1..];
        self.fresh = true;
        self.state = if last {
            State::Outside
        } else if self.count as usize >= limits.params {
            sink.anomaly(Anomaly::TooManyParams);
            State::Rest
        } else {
            self.head.clear();
            self.line = 0;
            State::Head
        };
    }

    /// Blanks after a delimiter are nothing; other bytes are raw.
    fn padding(&mut self, at: &Point<'_>, bytes: &[u8], sink: &mut impl Sink) {
        let bytes = if self.open { bytes } else { bytes.trim_ascii_start() };
        if !bytes.is_empty() {
            sink.anomaly(Anomaly::MultipartBoundary);
            self.open = true;
            sink.piece(at, Place::Raw, bytes, true);
        }
    }

    /// Takes the next line of a header block, or what there is of it.
    fn head(&mut self, limits: &Limits, at: &Point<'_>, rest: &mut &[u8], sink: &mut impl Sink) {
        let room = HEAD - self.head.len();
        let window = rest.get(..room).unwrap_or(rest);
        let end = memchr::memchr(b'\n', window).map_or(window.len(), |i| i + 1);
        self.head.extend_from_slice(&window[..end]);
        *rest = &rest[end..];
        if self.head.ends_with(b"\n") {
            self.head_line(limits, at, sink);
        }
        if self.state == State::Head && self.head.len() == HEAD {
            sink.anomaly(Anomaly::MultipartHeader);
            let head = std::mem::take(&mut self.head);
            let (fields, text) = head.split_at(self.line);
            self.begin_content(limits, at, fields, sink);
            self.fresh = text.is_empty();
            self.text(at, text, sink);
            self.head = head;
        }
    }

    /// Looks at the line that `head` ends with: an empty one ends it, so does a delimiter.
    fn head_line(&mut self, limits: &Limits, at: &Point<'_>, sink: &mut impl Sink) {
        let line = &self.head[self.line..];
        if !line.ends_with(b"\r\n") && line.ends_with(b"\n") {
            sink.anomaly(Anomaly::BareLf);
        }
        if line.trim_ascii_end().is_empty() && !line.starts_with(b" ") && !line.starts_with(b"\t") {
            let head = std::mem::take(&mut self.head);
            self.begin_content(limits, at, &head[..self.line], sink);
            self.fresh = true;
            self.head = head;
            return;
        }
        match self.boundaries.read(line, true) {
            found @ Line::Delimiter { used, .. } => {
                sink.anomaly(Anomaly::MultipartHeader);
                let head = std::mem::take(&mut self.head);
                let (fields, line) = head.split_at(self.line);
                self.begin_content(limits, at, fields, sink);
                self.end_text(at, b"", sink);
                self.delimiter(at, line, found, sink);
                if let (State::Delimiter(last), Some(mut padding)) = (self.state, line.get(used..)) {
                    self.delimiter_rest(limits, at, &mut padding, last, sink);
                }
                self.head = head;
                self.head.clear();
                self.line = 0;
            }
            line => {
                if line == (Line::No { near: true }) {
                    sink.anomaly(Anomaly::MultipartBoundary);
                }
                self.line = self.head.len();
            }
        }
    }

    /// The body ends in a header block.
    fn end_head(&mut self, limits: &Limits, at: &Point<'_>, sink: &mut impl Sink) {
        if self.line < self.head.len() {
            self.head_line(limits, at, sink);
        }
        if self.state == State::Head {
            sink.anomaly(Anomaly::MultipartHeader);
            let head = std::mem::take(&mut self.head);
            self.begin_content(limits, at, &head, sink);
            self.head = head;
        }
    }

    /// Reads the fields of a part; its content begins, or what comes before the parts of a nested body.
    fn begin_content(&mut self, limits: &Limits, at: &Point<'_>, fields: &[u8], sink: &mut impl Sink) {
        self.name = part::name(fields);
        let outer = self.outer.as_ref().map(|name| at.then(Segment::Name(name)));
        let point =
            outer.as_ref().unwrap_or(at).then(step(&self.name, self.count.saturating_sub(self.base) + 1));
        let (again, joins) = self.name.as_ref().map_or((false, None), |name| self.seen.add(name));
        if again {
            sink.anomaly(Anomaly::DuplicateParam);
        }
        if let Some(hash) = joins
            && self.duplicates.len() < DUPLICATES
            && !self.duplicates.contains(&hash)
        {
            self.duplicates.push(hash);
        }
        let inner = self.level + 1;
        let level = (inner < DEEPEST && usize::from(inner) < limits.nesting).then_some(inner);
        let form = self.form && self.level == 0;
        let part = part::read(fields, self.name.as_deref(), form, level, &point, &mut self.boundaries, sink);
        self.count += 1;
        self.fresh = true;
        if part.nested {
            self.level = inner;
            self.outer = self.name.take().or(self.outer.take());
            self.base = if self.outer.is_some() { self.count } else { 0 };
            self.state = State::Outside;
        } else {
            self.place = part.place;
            self.transfer.start(part.encoding);
            self.state = State::Content;
            if let Some(name) = self.name.as_ref().filter(|_| self.place == Place::FormValue) {
                self.repeats.begin(name);
            }
        }
    }
}

/// The step from a body to its part: its name, or its number from 0 where it has none. `count` includes the part.
fn step(name: &Option<Short>, count: u32) -> Segment<'_> {
    match name {
        Some(name) => Segment::Name(name),
        None => Segment::Index(count.saturating_sub(1)),
    }
}
