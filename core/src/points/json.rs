//! JSON (RFC 8259), in chunks of any size.
//!
//! Emits below the point it is given: `user.name#name` for every key, `user.list[2]` for every string, number and
//! literal, escapes undone. What parsers put up with is read and flagged: comments, single quotes, bare keys and words,
//! commas too many or missing, values one after the other. At what no parser takes, past a limit, or in text that is no
//! JSON at all, the reader stops, and the rest comes out as one raw value. Nothing is built: a string passes through
//! where it lies, or through a buffer if it holds escapes. Memory: the path, the open containers and the hashes of their
//! keys, all bounded by the limit of nesting, and a window of text.

mod comment;
mod escape;
mod known;
mod quick;
mod row;
mod scan;
mod token;

use super::{Place, Point, Segment, Sink, Under};
use crate::bytes::first_of;
use crate::http::Anomaly;
use crate::limits::{Limits, NAME, WINDOW};
use escape::{Escape, Unescape};
use known::Known;
use scan::{hash, push_index};
use token::Token;

/// Most bytes of an unquoted word or number; longer ones are no JSON.
const WORD: usize = 256;
/// Most keys of an object that further ones are compared with.
const KEYS: usize = 64;

/// Reads JSON; its buffers are reused.
#[derive(Debug, Default)]
pub struct Json {
    state: State,
    /// Where to go on behind a comment.
    back: Back,
    stack: Vec<Frame>,
    /// The way to the current value: `user.list[2]`.
    path: Vec<u8>,
    /// Where in `path` the innermost key lies.
    last: (usize, usize),
    /// Hashes of the keys of all open objects.
    keys: Vec<u64>,
    /// Keys that told nothing.
    known: Known,
    /// What is held of the current token.
    text: Vec<u8>,
    unescape: Unescape,
    /// Whether the beginning of the current key has been given out, because it is long.
    long: bool,
    token: Token,
    /// Keys and values so far.
    count: usize,
    /// Whether the last sign was a comma.
    comma: bool,
    /// Whether a value is complete, and whether a line has ended since.
    values: bool,
    line: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// At the very beginning, this many bytes of a byte order mark seen.
    #[default]
    Start,
    /// Between tokens.
    Between(Back),
    /// In a string.
    Text(Kind, u8),
    /// In a number, a literal, or a word without quotes.
    Bare(Kind),
    /// Behind a slash.
    Slash,
    /// In a comment up to the end of the line.
    Line,
    /// In a comment up to `*/`; whether a star was last.
    Block(bool),
    /// No more JSON.
    Raw,
}

/// What comes next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Back {
    #[default]
    Value,
    Key,
    Colon,
    After,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Key,
    Value,
}

/// An open container.
#[derive(Clone, Copy, Debug)]
struct Frame {
    object: bool,
    /// Length of the path to it, where its innermost key lies, and how many hashes of keys were there before it.
    path: usize,
    last: (usize, usize),
    keys: usize,
    /// A bit for each of its keys, by their hashes.
    seen: u64,
    /// Of the keys whose hashes are not written down, the places where they are remembered.
    places: u64,
    /// What its name says of what stands under it.
    under: Under,
    /// The next element.
    index: u32,
}

impl Json {
    /// Makes ready for another document; buffers are kept.
    pub fn reset(&mut self) {
        self.state = State::Start;
        self.back = Back::Value;
        self.stack.clear();
        self.path.clear();
        self.last = (0, 0);
        self.keys.clear();
        self.text.clear();
        self.unescape = Unescape::default();
        (self.long, self.comma, self.values, self.line) = (false, false, false, false);
        self.count = 0;
    }

    /// Takes the next bytes of the document.
    pub fn feed(&mut self, limits: &Limits, at: &Point<'_>, chunk: &[u8], sink: &mut impl Sink) {
        let mut rest = chunk;
        while let Some(&byte) = rest.first() {
            rest = match self.state {
                State::Start => self.start(at, byte, rest, sink),
                State::Between(next) => {
                    let rest = self.quick(limits, at, next, rest, sink);
                    match self.state {
                        State::Between(next) => self.between(limits, at, next, rest, sink),
                        _ => rest,
                    }
                }
                State::Text(kind, quote) => self.string(at, kind, quote, rest, sink),
                State::Bare(kind) => self.bare(at, kind, rest, sink),
                State::Slash => self.slash(at, byte, rest, sink),
                State::Line => self.line_comment(at, rest, sink),
                State::Block(star) => self.block_comment(at, star, rest, sink),
                State::Raw => {
                    sink.piece(at, Place::Raw, rest, true);
                    b""
                }
            };
        }
    }

    /// Ends the document.
    pub fn finish(&mut self, _limits: &Limits, at: &Point<'_>, sink: &mut impl Sink) {
        let mut whole = self.stack.is_empty();
        match self.state {
            State::Start => {
                if !self.text.is_empty() {
                    self.stop(Anomaly::InvalidJson, at, sink);
                }
            }
            State::Between(_) => {}
            State::Text(kind, _) => {
                whole = false;
                self.unescape.finish(&mut self.text);
                self.end_text(at, kind, b"", sink);
            }
            State::Bare(kind) if self.token.is_valid() || !self.stack.is_empty() => {
                self.end_text(at, kind, b"", sink);
            }
            State::Bare(_) => self.stop(Anomaly::InvalidJson, at, sink),
            State::Slash => {
                self.text.push(b'/');
                self.stop(Anomaly::InvalidJson, at, sink);
            }
            State::Line => sink.piece(at, Place::Raw, b"", false),
            State::Block(star) => sink.piece(at, Place::Raw, if star { b"*" } else { b"" }, false),
            State::Raw => {}
        }
        if self.state == State::Raw {
            sink.piece(at, Place::Raw, b"", false);
        } else if !whole {
            sink.anomaly(Anomaly::InvalidJson);
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
        sink.anomaly(why);
        self.state = State::Raw;
        if !self.text.is_empty() {
            sink.piece(at, Place::Raw, &self.text, true);
            self.text.clear();
        }
    }

    fn start<'c>(&mut self, at: &Point<'_>, byte: u8, rest: &'c [u8], sink: &mut impl Sink) -> &'c [u8] {
        const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];
        if MARK.get(self.text.len()) == Some(&byte) {
            self.text.push(byte);
            if self.text.len() == MARK.len() {
                self.text.clear();
                self.state = State::Between(Back::Value);
            }
            return rest.get(1..).unwrap_or_default();
        }
        if self.text.is_empty() {
            self.state = State::Between(Back::Value);
        } else {
            self.stop(Anomaly::InvalidJson, at, sink);
        }
        rest
    }

    /// Takes one sign, or the first byte of a token.
    fn between<'c>(
        &mut self,
        limits: &Limits,
        at: &Point<'_>,
        next: Back,
        rest: &'c [u8],
        sink: &mut impl Sink,
    ) -> &'c [u8] {
        let blank = |b: &&u8| matches!(b, b' ' | b'\t' | b'\r' | b'\n');
        let blanks = rest.iter().take_while(blank).count();
        let (blanks, rest) = rest.split_at(blanks);
        self.line |= blanks.contains(&b'\n');
        let Some((&byte, tail)) = rest.split_first() else { return rest };
        let object = self.stack.last().map(|f| f.object);
        let odd = std::mem::replace(&mut self.comma, byte == b',');
        match (next, byte) {
            (_, b'/') => {
                (self.back, self.state) = (next, State::Slash);
                self.comma = odd;
                return tail;
            }
            (Back::Key | Back::After, b'}') if object == Some(true) => {
                self.flag_if(odd, sink);
                self.close();
                return tail;
            }
            // A key without a value.
            (Back::Colon | Back::Value, b'}' | b',') if object == Some(true) => {
                self.flag_if(true, sink);
                match byte {
                    b',' => self.state = State::Between(Back::Key),
                    _ => self.close(),
                }
                return tail;
            }
            (Back::Value | Back::After, b']') if object == Some(false) => {
                self.flag_if(odd, sink);
                self.close();
                return tail;
            }
            (Back::After, b',') if object.is_some() => {
                let next = if object == Some(true) { Back::Key } else { Back::Value };
                self.state = State::Between(next);
                return tail;
            }
            // A comma too many.
            (Back::Key, b',') | (Back::Value, b',') if object.is_some() => {
                self.flag_if(true, sink);
                return tail;
            }
            (Back::Colon, b':') => {
                self.state = State::Between(Back::Value);
                return tail;
            }
            (Back::Key, _) => self.begin(limits, at, Kind::Key, byte, sink),
            (Back::Value, _) => {
                self.missing_newline(sink);
                self.begin(limits, at, Kind::Value, byte, sink)
            }
            (Back::After, _) => match object {
                // A comma is missing, or another document follows.
                Some(true) if matches!(byte, b'"' | b'\'') => {
                    self.flag_if(true, sink);
                    self.begin(limits, at, Kind::Key, byte, sink);
                }
                Some(false) if matches!(byte, b'"' | b'\'' | b'{' | b'[') => {
                    self.flag_if(true, sink);
                    self.begin(limits, at, Kind::Value, byte, sink);
                }
                Some(_) => self.stop(Anomaly::InvalidJson, at, sink),
                None => {
                    self.missing_newline(sink);
                    self.begin(limits, at, Kind::Value, byte, sink);
                }
            },
            (Back::Colon, _) => self.stop(Anomaly::InvalidJson, at, sink),
        }
        match self.state {
            // The byte belongs to what comes.
            State::Raw | State::Bare(_) => rest,
            _ => tail,
        }
    }

    fn flag_if(&mut self, odd: bool, sink: &mut impl Sink) {
        if odd {
            sink.anomaly(Anomaly::InvalidJson);
        }
    }

    /// Documents of one body stand on lines of their own.
    fn missing_newline(&mut self, sink: &mut impl Sink) {
        if self.stack.is_empty() && self.values && !self.line {
            sink.anomaly(Anomaly::TrailingData);
        }
        self.line = false;
    }

    /// Begins a key or a value with its first byte.
    fn begin(&mut self, limits: &Limits, at: &Point<'_>, kind: Kind, byte: u8, sink: &mut impl Sink) {
        let top = self.stack.is_empty();
        let opens = matches!(byte, b'{' | b'[');
        let reads = match kind {
            Kind::Key => matches!(byte, b'"' | b'\'') || token::is_word(byte),
            // Text that is no JSON is judged in one piece, not word by word.
            Kind::Value if top => opens || byte == b'"' || Token::begin(byte).may_be_valid(),
            Kind::Value => opens || matches!(byte, b'"' | b'\'') || token::is_word(byte),
        };
        if !reads {
            return self.stop(Anomaly::InvalidJson, at, sink);
        }
        if self.count >= limits.params {
            return self.stop(Anomaly::TooManyParams, at, sink);
        }
        if opens && self.stack.len() >= limits.nesting {
            return self.stop(Anomaly::NestingTooDeep, at, sink);
        }
        self.count += 1;
        if kind == Kind::Value {
            self.step_to_value();
        }
        self.state = match byte {
            b'{' | b'[' => {
                let object = byte == b'{';
                let name = self.path.get(self.last.0..self.last.1).filter(|name| !name.is_empty());
                let under = sink.under(name.unwrap_or(at.name()));
                self.open(object, under);
                State::Between(if object { Back::Key } else { Back::Value })
            }
            b'"' => State::Text(kind, byte),
            b'\'' => {
                sink.anomaly(Anomaly::InvalidJson);
                State::Text(kind, byte)
            }
            _ => {
                self.token = Token::default();
                State::Bare(kind)
            }
        };
    }

    /// Makes the path lead to the next value: an element's index, or the key that was read.
    fn step_to_value(&mut self) {
        match self.stack.last_mut() {
            None => {
                self.path.clear();
                self.last = (0, 0);
            }
            Some(frame) if frame.object => {}
            Some(frame) => {
                self.path.truncate(frame.path);
                self.last = frame.last;
                push_index(frame.index, &mut self.path);
                frame.index = frame.index.saturating_add(1);
            }
        }
    }

    /// Makes the path lead to the member called `key`.
    fn step_to_key(&mut self, key: &[u8]) {
        let base = self.stack.last().map_or(0, |f| f.path);
        self.path.truncate(base);
        if base > 0 {
            self.path.push(b'.');
        }
        let start = self.path.len();
        // Room for a block of a key, too, which is written once it is known.
        self.path.reserve(known::BLOCK);
        self.path.extend_from_slice(key.get(..NAME).unwrap_or(key));
        self.last = (start, self.path.len());
    }

    /// Begins a container at the path.
    fn open(&mut self, object: bool, under: Under) {
        let (path, last, keys) = (self.path.len(), self.last, self.keys.len());
        self.stack.push(Frame { object, path, last, keys, seen: 0, places: 0, under, index: 0 });
    }

    fn close(&mut self) {
        if let Some(frame) = self.stack.pop() {
            self.keys.truncate(frame.keys);
        }
        self.value_ends();
    }

    fn value_ends(&mut self) {
        self.state = State::Between(Back::After);
        if self.stack.is_empty() {
            (self.values, self.line) = (true, false);
        }
    }

    fn string<'c>(
        &mut self,
        at: &Point<'_>,
        kind: Kind,
        quote: u8,
        rest: &'c [u8],
        sink: &mut impl Sink,
    ) -> &'c [u8] {
        let mut rest = rest;
        while let Some((&byte, tail)) = rest.split_first() {
            if self.unescape.is_open() {
                match self.unescape.take(byte, &mut self.text) {
                    Escape::More => rest = tail,
                    Escape::Done(odd) => {
                        rest = tail;
                        odd.iter().for_each(|a| sink.anomaly(a));
                    }
                    Escape::Not => sink.anomaly(Anomaly::InvalidJson),
                }
                continue;
            }
            let end = first_of(rest, [quote, b'\\']);
            let (run, tail) = rest.split_at(end.unwrap_or(rest.len()));
            if !run.is_empty() || tail.first() == Some(&quote) {
                self.unescape.end_pair(&mut self.text);
            }
            match tail.split_first() {
                Some((b'\\', tail)) => {
                    self.hold(at, kind, run, sink);
                    rest = match tail.split_first() {
                        // PERF: the plain escapes, when they do not straddle, need no state.
                        Some((&byte, tail)) if self.unescape.is_plain(byte) => {
                            self.text.push(escape::plain(byte));
                            tail
                        }
                        _ => {
                            self.unescape.begin();
                            tail
                        }
                    };
                    self.relieve(at, kind, sink);
                }
                Some((_, tail)) => {
                    self.end_text(at, kind, run, sink);
                    return tail;
                }
                None => {
                    if kind == Kind::Value && self.text.is_empty() {
                        self.give(at, kind, run, true, sink);
                    } else {
                        self.hold(at, kind, run, sink);
                    }
                    rest = b"";
                }
            }
        }
        match kind {
            Kind::Value => self.give_text(at, kind, sink),
            Kind::Key => self.relieve(at, kind, sink),
        }
        b""
    }

    /// Gives out a piece of the current string.
    fn give(&self, at: &Point<'_>, kind: Kind, piece: &[u8], more: bool, sink: &mut impl Sink) {
        // A key is named by the key around it.
        let last = match kind {
            Kind::Key => self.stack.last().map_or((0, 0), |frame| frame.last),
            Kind::Value => self.last,
        };
        let way = Segment::Path { text: &self.path, last: self.path.get(last.0..last.1).unwrap_or_default() };
        let point = at.then(way);
        match kind {
            Kind::Key => sink.piece(&point.then(Segment::NameItself), Place::JsonKey, piece, more),
            Kind::Value if self.path.is_empty() => sink.piece(at, Place::JsonValue, piece, more),
            Kind::Value => sink.piece(&point, Place::JsonValue, piece, more),
        }
    }

    /// Holds a part of the current string, or gives it out if it is large.
    fn hold(&mut self, at: &Point<'_>, kind: Kind, run: &[u8], sink: &mut impl Sink) {
        if self.text.len() + run.len() <= WINDOW {
            return self.text.extend_from_slice(run);
        }
        let name = if kind == Kind::Key && !self.long { NAME + 1 } else { 0 };
        let (name, run) = run.split_at(name.min(run.len()));
        self.text.extend_from_slice(name);
        self.relieve(at, kind, sink);
        self.give_text(at, kind, sink);
        self.give(at, kind, run, true, sink);
    }

    /// Gives out the held text, of which more follows.
    fn give_text(&mut self, at: &Point<'_>, kind: Kind, sink: &mut impl Sink) {
        if !self.text.is_empty() {
            self.give(at, kind, &self.text, true, sink);
            self.text.clear();
        }
    }

    /// Gives out the held text if it is much: of a key as soon as the point needs no more of it.
    fn relieve(&mut self, at: &Point<'_>, kind: Kind, sink: &mut impl Sink) {
        if kind == Kind::Key && !self.long && self.text.len() > NAME {
            self.long = true;
            let text = std::mem::take(&mut self.text);
            self.step_to_key(&text);
            self.text = text;
        }
        if self.long || kind == Kind::Value && self.text.len() >= WINDOW {
            self.give_text(at, kind, sink);
        }
    }

    /// Ends the current string; `run` is its last part, behind what is held.
    fn end_text(&mut self, at: &Point<'_>, kind: Kind, run: &[u8], sink: &mut impl Sink) {
        let mut run = run;
        if !self.text.is_empty() && self.text.len() + run.len() > WINDOW {
            self.hold(at, kind, run, sink);
            run = b"";
        }
        let mut text = std::mem::take(&mut self.text);
        let whole = if text.is_empty() {
            run
        } else {
            text.extend_from_slice(run);
            &text
        };
        if kind == Kind::Key {
            if !self.long {
                self.step_to_key(whole);
                self.compare(whole, hash(whole), sink);
            }
            self.long = false;
            self.give(at, kind, whole, false, sink);
            self.state = State::Between(Back::Colon);
        } else {
            self.give(at, kind, whole, false, sink);
            self.value_ends();
        }
        text.clear();
        self.text = text;
    }

    /// A number, a literal, or a word without quotes.
    fn bare<'c>(&mut self, at: &Point<'_>, kind: Kind, rest: &'c [u8], sink: &mut impl Sink) -> &'c [u8] {
        let ends = |b: u8| matches!(b, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n' | b'/' | b':');
        for (i, &byte) in rest.iter().enumerate() {
            if ends(byte) && !(byte == b':' && kind == Kind::Value) {
                let (run, tail) = rest.split_at(i);
                if kind == Kind::Key || !self.token.is_valid() {
                    if self.stack.is_empty() {
                        self.stop(Anomaly::InvalidJson, at, sink);
                        return rest;
                    }
                    sink.anomaly(Anomaly::InvalidJson);
                }
                self.end_text(at, kind, run, sink);
                return tail;
            }
            self.token.take(byte);
            let lost = self.stack.is_empty() && !self.token.may_be_valid();
            if !token::is_word(byte) || lost || self.text.len() + i >= WORD {
                self.stop(Anomaly::InvalidJson, at, sink);
                return rest;
            }
        }
        self.text.extend_from_slice(rest);
        b""
    }
}

#[cfg(test)]
mod tests;
