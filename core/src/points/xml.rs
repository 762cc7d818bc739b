//! XML 1.0 and what resembles it (HTML, SVG), in chunks of any size.
//!
//! Emits below the point it is given: `a.b#name` for every element, `a.b@attr` for every attribute, `a.b` for character
//! data, comments and instructions, and a document type declaration whole, with its internal subset. Character data and
//! CDATA sections that follow one another are one value, as they are to the application, also with a short comment in
//! between. The five predefined entities and character references are undone; entities that the document declares stay
//! as they were sent, and nothing is ever fetched or expanded. What breaks the grammar is flagged and read on as text;
//! past a limit, and in text that is no XML at all, the rest comes out as one raw value. Memory: the path and the open
//! elements, bounded by the limit of nesting, a window of text, and a kibibyte each for a name and for comments.

mod doctype;
mod reference;
mod tag;
mod value;

use super::{Place, Point, Sink};
use crate::http::Anomaly;
use crate::limits::{Limits, NAME};
use doctype::Doctype;
use memchr::{memchr, memchr2};
use reference::{Met, Reference};
use smallvec::SmallVec;

/// Longest name.
const LONG: usize = 1 << 10;
/// Most bytes of comments that stand inside character data.
const ASIDE: usize = 1 << 10;

/// Reads XML; its buffers are reused.
#[derive(Debug, Default)]
pub struct Xml {
    state: State,
    stack: Vec<Frame>,
    /// The way to the current element, and to its attribute while one is read: `a.b@c`.
    path: Vec<u8>,
    /// Where in `path` the innermost name lies.
    last: (usize, usize),
    /// What is held of the current name or markup.
    name: Vec<u8>,
    /// What is held of the current value.
    text: Vec<u8>,
    reference: Reference,
    doctype: Doctype,
    /// Whether character data have begun that may go on.
    open: bool,
    /// Comments inside the character data, and where each of them ends.
    aside: Vec<u8>,
    asides: SmallVec<[usize; 4]>,
    /// Elements, attributes and values so far.
    count: usize,
    /// Whether an element has been seen.
    root: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// At the beginning, before anything but blanks.
    #[default]
    Start,
    /// In character data.
    Text,
    /// Behind `<`.
    Less,
    /// Behind `<!`.
    Declaration,
    /// In a comment, a CDATA section or an instruction; so many bytes of its end seen.
    Until(End, u8),
    Doctype,
    /// In the name of a start tag.
    Open,
    /// In an end tag.
    Close,
    /// In a start tag, between attributes; whether a slash was last.
    Tag(bool),
    /// In an attribute's name, behind it, before its value, in its value.
    Attribute,
    Named,
    Equals,
    Quoted(u8),
    Unquoted,
    /// No more XML.
    Raw,
}

/// What ends with a run of one byte and `>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Comment,
    /// A comment inside character data.
    Aside,
    Cdata,
    Instruction,
}

/// An open element.
#[derive(Clone, Copy, Debug)]
struct Frame {
    /// Length of the path before it, and where its name lies in the path.
    path: usize,
    name: (usize, usize),
}

/// The kind of the current value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Attribute,
    Comment,
    Instruction,
    Doctype,
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

const fn begins_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':') || byte >= 0x80
}

fn is_plain(name: &[u8]) -> bool {
    name.len() <= NAME
        && name.iter().all(|&b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':' | b'-' | b'.'))
}

impl Xml {
    /// Makes ready for another document; buffers are kept.
    pub fn reset(&mut self) {
        self.state = State::Start;
        self.stack.clear();
        self.path.clear();
        self.last = (0, 0);
        self.name.clear();
        self.text.clear();
        self.reference = Reference::default();
        self.doctype = Doctype::default();
        self.aside.clear();
        self.asides.clear();
        (self.open, self.root, self.count) = (false, false, 0);
    }

    /// Takes the next bytes of the document.
    pub fn feed(&mut self, limits: &Limits, at: &Point<'_>, chunk: &[u8], sink: &mut impl Sink) {
        let mut rest = chunk;
        while let Some(&byte) = rest.first() {
            rest = match self.state {
                State::Start => self.start(at, byte, rest, sink),
                State::Text => self.character_data(at, rest, sink),
                State::Less => self.less(limits, at, byte, rest, sink),
                State::Declaration => self.declaration(at, byte, rest, sink),
                State::Until(end, seen) => self.until(at, end, seen, rest, sink),
                State::Doctype => self.doctype(at, rest, sink),
                State::Open | State::Close | State::Attribute => self.name(at, rest, sink),
                State::Tag(slash) => self.tag(limits, at, slash, byte, rest, sink),
                State::Named => self.named(at, byte, rest, sink),
                State::Equals => self.equals(at, byte, rest, sink),
                State::Quoted(quote) => self.quoted(at, quote, rest, sink),
                State::Unquoted => self.unquoted(at, rest, sink),
                State::Raw => {
                    sink.piece(at, Place::Raw, rest, true);
                    b""
                }
            };
        }
        self.flush(at, sink);
    }

    /// Ends the document.
    pub fn finish(&mut self, _limits: &Limits, at: &Point<'_>, sink: &mut impl Sink) {
        let whole = self.stack.is_empty() && matches!(self.state, State::Start | State::Text);
        match self.state {
            State::Start if !self.name.is_empty() => self.stop(Anomaly::InvalidXml, at, sink),
            State::Less | State::Declaration => {
                self.text.append(&mut self.name);
                self.open = true;
            }
            State::Until(end, seen) => {
                let run = [end.byte(); 2];
                let end = self.hold_until(at, end, run.get(..seen.into()).unwrap_or_default(), sink);
                self.end_until(at, end, sink);
            }
            State::Doctype => self.end(at, Kind::Doctype, b"", sink),
            State::Open => self.open_element(at, sink),
            State::Close => self.close_element(at, sink),
            State::Attribute | State::Named => self.attribute_alone(at, sink),
            State::Equals => self.end_attribute(at, b"", sink),
            State::Quoted(_) | State::Unquoted => {
                self.reference.finish(&mut self.text);
                self.end_attribute(at, b"", sink);
            }
            _ => {}
        }
        if self.state == State::Raw {
            sink.piece(at, Place::Raw, b"", false);
        } else {
            self.reference.finish(&mut self.text);
            self.end_text(at, b"", sink);
            let empty = self.state == State::Start;
            if !whole || !self.root && !empty {
                sink.anomaly(Anomaly::InvalidXml);
            }
        }
        self.reset();
    }

    /// Reads a document that lies whole in memory.
    pub fn read(&mut self, limits: &Limits, at: &Point<'_>, document: &[u8], sink: &mut impl Sink) {
        self.reset();
        self.feed(limits, at, document, sink);
        self.finish(limits, at, sink);
    }

    /// From here on everything is one raw value, beginning with what is held.
    fn stop(&mut self, why: Anomaly, at: &Point<'_>, sink: &mut impl Sink) {
        self.end_text(at, b"", sink);
        sink.anomaly(why);
        self.state = State::Raw;
        if !self.name.is_empty() {
            sink.piece(at, Place::Raw, &self.name, true);
            self.name.clear();
        }
    }

    fn start<'c>(&mut self, at: &Point<'_>, byte: u8, rest: &'c [u8], sink: &mut impl Sink) -> &'c [u8] {
        const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];
        let tail = rest.get(1..).unwrap_or_default();
        match self.name.len() {
            held @ 0..3 if byte == MARK[held] => self.name.push(byte),
            0 | 3 if is_blank(byte) => {}
            0 | 3 if byte == b'<' => {
                self.name.clear();
                self.state = State::Text;
                return rest;
            }
            _ => {
                self.stop(Anomaly::InvalidXml, at, sink);
                return rest;
            }
        }
        tail
    }

    fn character_data<'c>(&mut self, at: &Point<'_>, rest: &'c [u8], sink: &mut impl Sink) -> &'c [u8] {
        let mut rest = rest;
        if self.reference.is_open() {
            return self.reference(rest, sink);
        }
        if !self.open {
            let blanks = rest.iter().take_while(|&&b| is_blank(b)).count();
            rest = rest.get(blanks..).unwrap_or_default();
            self.open = rest.first().is_some_and(|&b| b != b'<');
        }
        let end = memchr2(b'<', b'&', rest);
        let (run, tail) = rest.split_at(end.unwrap_or(rest.len()));
        match tail {
            [b'<', next, ..] if *next == b'/' || begins_name(*next) => {
                self.end_text(at, run, sink);
                self.state = State::Less;
            }
            [b'<', ..] => {
                self.hold(at, Kind::Text, run, sink);
                self.state = State::Less;
            }
            [b'&', ..] => {
                self.hold(at, Kind::Text, run, sink);
                self.reference.begin();
            }
            _ if self.text.is_empty() && !run.is_empty() => self.give(at, Kind::Text, run, true, sink),
            _ => self.hold(at, Kind::Text, run, sink),
        }
        if self.state == State::Less {
            self.name.clear();
            self.name.push(b'<');
        }
        tail.get(1..).unwrap_or_default()
    }

    fn reference<'c>(&mut self, rest: &'c [u8], sink: &mut impl Sink) -> &'c [u8] {
        let Some((&byte, tail)) = rest.split_first() else { return rest };
        match self.reference.take(byte, &mut self.text) {
            Met::Belongs => tail,
            Met::Odd(anomaly) => {
                sink.anomaly(anomaly);
                tail
            }
            Met::Not => rest,
        }
    }

    fn less<'c>(
        &mut self,
        limits: &Limits,
        at: &Point<'_>,
        byte: u8,
        rest: &'c [u8],
        sink: &mut impl Sink,
    ) -> &'c [u8] {
        let tail = rest.get(1..).unwrap_or_default();
        match byte {
            b'!' => {
                self.name.push(byte);
                self.state = State::Declaration;
            }
            b'?' => {
                self.name.clear();
                self.end_text(at, b"", sink);
                self.state = State::Until(End::Instruction, 0);
            }
            b'/' => {
                self.name.clear();
                self.end_text(at, b"", sink);
                self.state = State::Close;
            }
            _ if begins_name(byte) => {
                self.end_text(at, b"", sink);
                self.root = true;
                if self.stack.len() >= limits.nesting {
                    self.stop(Anomaly::NestingTooDeep, at, sink);
                    return rest;
                }
                if self.counted_out(limits, at, sink) {
                    return rest;
                }
                self.name.clear();
                self.state = State::Open;
                return rest;
            }
            _ => {
                // A sign of less than.
                sink.anomaly(Anomaly::InvalidXml);
                self.markup_is_text();
                return rest;
            }
        }
        tail
    }

    /// Counts one more; whether there are too many, in which case the rest is raw.
    fn counted_out(&mut self, limits: &Limits, at: &Point<'_>, sink: &mut impl Sink) -> bool {
        self.count += 1;
        let out = self.count > limits.params;
        if out {
            self.stop(Anomaly::TooManyParams, at, sink);
        }
        out
    }

    /// What was held for markup is character data.
    fn markup_is_text(&mut self) {
        self.text.append(&mut self.name);
        self.open = true;
        self.state = State::Text;
    }

    fn declaration<'c>(
        &mut self,
        at: &Point<'_>,
        byte: u8,
        rest: &'c [u8],
        sink: &mut impl Sink,
    ) -> &'c [u8] {
        const COMMENT: &[u8] = b"<!--";
        const CDATA: &[u8] = b"<![CDATA[";
        const DOCTYPE: &[u8] = b"<!DOCTYPE";
        let index = self.name.len();
        let goes_on = |mark: &[u8]| {
            let held = mark.get(..index).is_some_and(|m| m.eq_ignore_ascii_case(&self.name));
            held && mark.get(index).is_some_and(|m| m.eq_ignore_ascii_case(&byte))
        };
        if ![COMMENT, CDATA, DOCTYPE].into_iter().any(goes_on) {
            sink.anomaly(Anomaly::InvalidXml);
            if byte.is_ascii_alphabetic() {
                self.begin_doctype(at, sink);
            } else {
                self.markup_is_text();
            }
            return rest;
        }
        self.name.push(byte);
        if self.name == COMMENT {
            self.name.clear();
            let inside = self.open && self.aside.len() < ASIDE;
            if !inside {
                self.end_text(at, b"", sink);
            }
            self.state = State::Until(if inside { End::Aside } else { End::Comment }, 0);
        } else if self.name.eq_ignore_ascii_case(CDATA) {
            if self.name != CDATA {
                sink.anomaly(Anomaly::InvalidXml);
            }
            self.name.clear();
            self.state = State::Until(End::Cdata, 0);
        } else if self.name.eq_ignore_ascii_case(DOCTYPE) {
            self.begin_doctype(at, sink);
        }
        rest.get(1..).unwrap_or_default()
    }

    fn begin_doctype(&mut self, at: &Point<'_>, sink: &mut impl Sink) {
        self.end_text(at, b"", sink);
        self.text.append(&mut self.name);
        self.doctype = Doctype::default();
        self.state = State::Doctype;
    }

    fn doctype<'c>(&mut self, at: &Point<'_>, rest: &'c [u8], sink: &mut impl Sink) -> &'c [u8] {
        match self.doctype.end(rest) {
            Some(end) => {
                let (run, tail) = rest.split_at(end);
                self.end(at, Kind::Doctype, run, sink);
                self.state = State::Text;
                tail
            }
            None => {
                self.hold(at, Kind::Doctype, rest, sink);
                b""
            }
        }
    }

    /// In what ends with a run of one byte and `>`.
    fn until<'c>(
        &mut self,
        at: &Point<'_>,
        end: End,
        seen: u8,
        rest: &'c [u8],
        sink: &mut impl Sink,
    ) -> &'c [u8] {
        let (byte, need) = (end.byte(), end.need());
        let Some((&first, tail)) = rest.split_first() else { return rest };
        if seen == 0 {
            let run = memchr(byte, rest).unwrap_or(rest.len());
            let (run, tail) = rest.split_at(run);
            let end = self.hold_until(at, end, run, sink);
            self.state = State::Until(end, u8::from(!tail.is_empty()));
            return tail.get(1..).unwrap_or_default();
        }
        if first == b'>' && seen >= need {
            self.end_until(at, end, sink);
            return tail;
        }
        if first == byte && seen < need {
            self.state = State::Until(end, seen + 1);
            return tail;
        }
        // Of a longer run the last bytes count.
        let (run, seen, rest) = if first == byte { (1, seen, tail) } else { (seen, 0, rest) };
        let end = self.hold_until(at, end, [byte; 2].get(..run.into()).unwrap_or_default(), sink);
        self.state = State::Until(end, seen);
        rest
    }

    /// Holds a part. A comment that is too long to wait for the end of the character data ends them.
    fn hold_until(&mut self, at: &Point<'_>, end: End, run: &[u8], sink: &mut impl Sink) -> End {
        let end = match end {
            End::Aside if self.aside.len() + run.len() > ASIDE => {
                let from = self.asides.last().copied().unwrap_or(0);
                let begun: SmallVec<[u8; 64]> = self.aside.get(from..).unwrap_or_default().into();
                self.aside.truncate(from);
                self.end_text(at, b"", sink);
                self.text.extend_from_slice(&begun);
                End::Comment
            }
            end => end,
        };
        match end {
            End::Aside => self.aside.extend_from_slice(run),
            End::Comment => self.hold(at, Kind::Comment, run, sink),
            End::Instruction => self.hold(at, Kind::Instruction, run, sink),
            End::Cdata => {
                self.open |= !run.is_empty();
                self.hold(at, Kind::Text, run, sink);
            }
        }
        end
    }

    fn end_until(&mut self, at: &Point<'_>, end: End, sink: &mut impl Sink) {
        match end {
            End::Comment => self.end(at, Kind::Comment, b"", sink),
            End::Aside => self.asides.push(self.aside.len()),
            End::Cdata => {}
            End::Instruction => self.end(at, Kind::Instruction, b"", sink),
        }
        self.state = State::Text;
    }
}

impl End {
    /// The byte whose run comes before `>`.
    const fn byte(self) -> u8 {
        match self {
            End::Comment | End::Aside => b'-',
            End::Cdata => b']',
            End::Instruction => b'?',
        }
    }

    /// The least length of the run.
    const fn need(self) -> u8 {
        match self {
            End::Instruction => 1,
            _ => 2,
        }
    }
}

#[cfg(test)]
mod tests;
