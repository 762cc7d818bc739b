//! Tags: names, attributes, and what their ends do to the way.

use super::{Frame, Kind, LONG, State, Xml, begins_name, is_blank, is_plain};
use crate::http::Anomaly;
use crate::limits::{Limits, NAME};
use crate::points::{Point, Sink};
use memchr::memchr2;

impl Xml {
    /// In the name of a start tag or attribute, or in an end tag.
    pub(super) fn name<'c>(&mut self, at: &Point<'_>, rest: &'c [u8], sink: &mut impl Sink) -> &'c [u8] {
        let end = match self.state {
            State::Close => rest.iter().position(|&b| matches!(b, b'>' | b'<')),
            State::Open => rest.iter().position(|&b| is_blank(b) || matches!(b, b'>' | b'<' | b'/')),
            _ => rest.iter().position(|&b| is_blank(b) || matches!(b, b'>' | b'<' | b'/' | b'=')),
        };
        let (run, tail) = rest.split_at(end.unwrap_or(rest.len()));
        if self.name.len() + run.len() > LONG {
            self.stop(Anomaly::InvalidXml, at, sink);
            return rest;
        }
        self.name.extend_from_slice(run);
        if end.is_none() {
            return b"";
        }
        match self.state {
            State::Close => {
                self.close_element(at, sink);
                if tail.first() == Some(&b'>') {
                    return tail.get(1..).unwrap_or_default();
                }
                sink.anomaly(Anomaly::InvalidXml);
            }
            State::Open => {
                self.open_element(at, sink);
                self.state = State::Tag(false);
            }
            _ => self.state = State::Named,
        }
        tail
    }

    pub(super) fn open_element(&mut self, at: &Point<'_>, sink: &mut impl Sink) {
        let path = self.path.len();
        if path > 0 {
            self.path.push(b'.');
        }
        let start = self.path.len();
        self.path.extend_from_slice(self.name.get(..NAME).unwrap_or(&self.name));
        self.last = (start, self.path.len());
        self.stack.push(Frame { path, name: self.last });
        self.give_name(at, sink);
        self.name.clear();
    }

    pub(super) fn close_element(&mut self, at: &Point<'_>, sink: &mut impl Sink) {
        let name = self.name.trim_ascii();
        let short = name.get(..NAME).unwrap_or(name);
        let is = |f: &Frame| self.path.get(f.name.0..f.name.1) == Some(short);
        // Most end tags end the innermost element; HTML leaves some open. To look for an outer one costs as many steps
        // as elements that are dropped, or few.
        let found = self.stack.iter().rev().take(16).position(is);
        if found != Some(0) || name.len() > NAME {
            sink.anomaly(Anomaly::InvalidXml);
            self.give_name(at, sink);
        }
        for _ in 0..found.map_or(0, |n| n + 1) {
            self.leave();
        }
        self.name.clear();
        self.state = State::Text;
    }

    pub(super) fn leave(&mut self) {
        if let Some(frame) = self.stack.pop() {
            self.path.truncate(frame.path);
        }
        self.last = self.stack.last().map_or((0, 0), |f| f.name);
    }

    pub(super) fn tag<'c>(
        &mut self,
        limits: &Limits,
        at: &Point<'_>,
        slash: bool,
        byte: u8,
        rest: &'c [u8],
        sink: &mut impl Sink,
    ) -> &'c [u8] {
        let tail = rest.get(1..).unwrap_or_default();
        self.state = State::Tag(byte == b'/');
        match byte {
            b'>' => {
                if slash {
                    self.leave();
                }
                self.state = State::Text;
            }
            b'<' => {
                sink.anomaly(Anomaly::InvalidXml);
                self.state = State::Text;
                return rest;
            }
            b'/' => {}
            _ if is_blank(byte) => {}
            _ => {
                if slash || !begins_name(byte) {
                    sink.anomaly(Anomaly::InvalidXml);
                }
                if self.counted_out(limits, at, sink) {
                    return rest;
                }
                self.state = State::Attribute;
                if byte == b'=' {
                    // HTML takes it for the beginning of a name.
                    self.name.push(byte);
                    return tail;
                }
                return rest;
            }
        }
        tail
    }

    /// Behind an attribute's name.
    pub(super) fn named<'c>(
        &mut self,
        at: &Point<'_>,
        byte: u8,
        rest: &'c [u8],
        sink: &mut impl Sink,
    ) -> &'c [u8] {
        let tail = rest.get(1..).unwrap_or_default();
        if is_blank(byte) {
            return tail;
        }
        if byte == b'=' {
            self.state = State::Equals;
            return tail;
        }
        sink.anomaly(Anomaly::InvalidXml);
        self.attribute_alone(at, sink);
        self.state = State::Tag(false);
        rest
    }

    /// An attribute without a value: its name is all there is.
    pub(super) fn attribute_alone(&mut self, at: &Point<'_>, sink: &mut impl Sink) {
        self.step_to_attribute();
        self.give_name(at, sink);
        self.step_back();
    }

    fn step_to_attribute(&mut self) {
        self.path.push(b'@');
        let start = self.path.len();
        self.path.extend_from_slice(self.name.get(..NAME).unwrap_or(&self.name));
        self.last = (start, self.path.len());
    }

    fn step_back(&mut self) {
        self.path.truncate(self.last.0.saturating_sub(1));
        self.last = self.stack.last().map_or((0, 0), |f| f.name);
        self.name.clear();
    }

    pub(super) fn equals<'c>(
        &mut self,
        at: &Point<'_>,
        byte: u8,
        rest: &'c [u8],
        sink: &mut impl Sink,
    ) -> &'c [u8] {
        let tail = rest.get(1..).unwrap_or_default();
        if is_blank(byte) {
            return tail;
        }
        self.step_to_attribute();
        if !is_plain(&self.name) {
            sink.anomaly(Anomaly::InvalidXml);
            self.give_name(at, sink);
        }
        if matches!(byte, b'"' | b'\'') {
            self.state = State::Quoted(byte);
            return tail;
        }
        sink.anomaly(Anomaly::InvalidXml);
        self.state = State::Unquoted;
        rest
    }

    pub(super) fn quoted<'c>(
        &mut self,
        at: &Point<'_>,
        quote: u8,
        rest: &'c [u8],
        sink: &mut impl Sink,
    ) -> &'c [u8] {
        if self.reference.is_open() {
            return self.reference(rest, sink);
        }
        let end = memchr2(quote, b'&', rest);
        self.attribute_run(at, end, rest, sink)
    }

    pub(super) fn unquoted<'c>(&mut self, at: &Point<'_>, rest: &'c [u8], sink: &mut impl Sink) -> &'c [u8] {
        if self.reference.is_open() {
            return self.reference(rest, sink);
        }
        let end = rest.iter().position(|&b| is_blank(b) || matches!(b, b'>' | b'&'));
        let ends = end.and_then(|end| rest.get(end)).is_some_and(|&b| b != b'&');
        let tail = self.attribute_run(at, end, rest, sink);
        // What ends it is no part of it and may end the tag.
        if ends { rest.get(end.unwrap_or(0)..).unwrap_or_default() } else { tail }
    }

    /// Takes a part of an attribute's value up to its end or a reference.
    fn attribute_run<'c>(
        &mut self,
        at: &Point<'_>,
        end: Option<usize>,
        rest: &'c [u8],
        sink: &mut impl Sink,
    ) -> &'c [u8] {
        let (run, tail) = rest.split_at(end.unwrap_or(rest.len()));
        match tail.first() {
            Some(b'&') => {
                self.hold(at, Kind::Attribute, run, sink);
                self.reference.begin();
            }
            Some(_) => {
                self.end_attribute(at, run, sink);
                self.state = State::Tag(false);
            }
            None if self.text.is_empty() => self.give(at, Kind::Attribute, run, true, sink),
            None => self.hold(at, Kind::Attribute, run, sink),
        }
        tail.get(1..).unwrap_or_default()
    }

    pub(super) fn end_attribute(&mut self, at: &Point<'_>, run: &[u8], sink: &mut impl Sink) {
        if self.state == State::Equals {
            self.step_to_attribute();
        }
        self.end(at, Kind::Attribute, run, sink);
        self.step_back();
    }
}
