//! Giving out values.

use super::{End, Kind, State, Xml};
use crate::http::Anomaly;
use crate::limits::WINDOW;
use crate::points::{Place, Point, Segment, Sink};

impl Xml {
    /// Gives out the held name as a value of its own.
    pub(super) fn give_name(&self, at: &Point<'_>, sink: &mut impl Sink) {
        let point = at.then(self.way());
        sink.piece(&point.then(Segment::NameItself), Place::XmlName, &self.name, false);
    }

    fn way(&self) -> Segment<'_> {
        Segment::Path { text: &self.path, last: self.path.get(self.last.0..self.last.1).unwrap_or_default() }
    }

    /// Gives out a piece of a value.
    pub(super) fn give(&self, at: &Point<'_>, kind: Kind, piece: &[u8], more: bool, sink: &mut impl Sink) {
        let place = match kind {
            Kind::Text if self.stack.is_empty() => Place::Raw,
            Kind::Text => Place::XmlText,
            Kind::Attribute => Place::XmlAttr,
            Kind::Comment => Place::XmlComment,
            Kind::Instruction => Place::XmlInstruction,
            Kind::Doctype => Place::XmlDoctype,
        };
        let point = at.then(self.way());
        sink.piece(if self.path.is_empty() { at } else { &point }, place, piece, more);
    }

    /// Holds a part of the current value, or gives it out if it is large.
    pub(super) fn hold(&mut self, at: &Point<'_>, kind: Kind, run: &[u8], sink: &mut impl Sink) {
        if self.text.len() + run.len() <= WINDOW {
            return self.text.extend_from_slice(run);
        }
        if !self.text.is_empty() {
            self.give(at, kind, &self.text, true, sink);
            self.text.clear();
        }
        self.give(at, kind, run, true, sink);
    }

    /// Gives out what is held of the current value, of which more follows.
    pub(super) fn flush(&mut self, at: &Point<'_>, sink: &mut impl Sink) {
        if self.text.is_empty() {
            return;
        }
        let kind = match self.state {
            State::Quoted(_) | State::Unquoted => Kind::Attribute,
            State::Until(End::Comment, _) => Kind::Comment,
            State::Until(End::Instruction, _) => Kind::Instruction,
            State::Doctype => Kind::Doctype,
            _ => Kind::Text,
        };
        self.open |= kind == Kind::Text;
        self.give(at, kind, &self.text, true, sink);
        self.text.clear();
    }

    /// Ends the current value; `run` is its last part, behind what is held.
    pub(super) fn end(&mut self, at: &Point<'_>, kind: Kind, run: &[u8], sink: &mut impl Sink) {
        if self.text.is_empty() {
            return self.give(at, kind, run, false, sink);
        }
        self.hold(at, kind, run, sink);
        self.give(at, kind, &self.text, false, sink);
        self.text.clear();
    }

    /// Ends the character data if there are any; then come the comments inside them.
    pub(super) fn end_text(&mut self, at: &Point<'_>, run: &[u8], sink: &mut impl Sink) {
        if !self.open {
            return;
        }
        self.open = false;
        self.end(at, Kind::Text, run, sink);
        let mut from = 0;
        for &end in &self.asides {
            self.give(at, Kind::Comment, self.aside.get(from..end).unwrap_or_default(), false, sink);
            from = end;
        }
        self.aside.clear();
        self.asides.clear();
        if self.stack.is_empty() {
            sink.anomaly(Anomaly::InvalidXml);
        }
    }
}
