//! Names and values separated by `&` and `=`, in chunks of any size.
//!
//! The shape of a query (RFC 3986 leaves it open, every server reads it so) and of
//! `application/x-www-form-urlencoded` (WHATWG URL, section 5.1). Values pass through where they lie; only the current
//! name is kept, and only as much of it as a point shows.

use super::name::{self, RAW_NAME, Seen, Short};
use super::repeats::Repeats;
use super::{Place, Point, Segment, Sink};
use crate::bytes::first_of;
use crate::http::Anomaly;
use crate::limits::{Limits, NAME};
use smallvec::SmallVec;

/// Most names given twice that are remembered for their joined values.
const DUPLICATES: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// In a name, all of it so far in `raw`.
    Name,
    /// In a name longer than [`RAW_NAME`]; `true` if it is judged as a value because no name looks like it.
    LongName(bool),
    /// In a value.
    Value,
    /// Past the most pairs.
    Rest,
}

/// Reads pairs; see the module.
#[derive(Debug)]
pub(super) struct Pairs {
    places: (Place, Place),
    separator: u8,
    state: State,
    /// The current name as sent, as far as earlier chunks brought it.
    raw: Vec<u8>,
    /// The current name for the point, while its value lasts beyond the chunk.
    name: Short,
    count: usize,
    seen: Seen,
    /// Hashes of the names given more than once.
    pub duplicates: SmallVec<[u64; DUPLICATES]>,
    /// The values to be joined, where the pairs do not lie whole in memory.
    repeats: Option<Repeats>,
    /// Whether a name with its `=` is unlike any name: the `=` may be part of something else.
    pub odd: bool,
}

/// Where the name of the current value is.
enum Named<'a> {
    /// In what is read, and its hash.
    Here(&'a [u8], u64),
    Kept,
}

impl Pairs {
    /// A reader that gives names and values these places and splits at `separator`.
    pub fn new(name: Place, value: Place, separator: u8) -> Pairs {
        Pairs {
            places: (name, value),
            separator,
            state: State::Name,
            raw: Vec::new(),
            name: Short::new(),
            count: 0,
            seen: Seen::default(),
            duplicates: SmallVec::new(),
            repeats: None,
            odd: false,
        }
    }

    /// A reader that also joins the values of a name given more than once; see [`Repeats`].
    pub fn joining(name: Place, value: Place, separator: u8) -> Pairs {
        Pairs { repeats: Some(Repeats::default()), ..Pairs::new(name, value, separator) }
    }

    /// Makes ready for other pairs; buffers are kept.
    pub fn reset(&mut self) {
        self.state = State::Name;
        self.raw.clear();
        self.count = 0;
        self.seen.reset();
        self.duplicates.clear();
        self.repeats.iter_mut().for_each(Repeats::reset);
        self.odd = false;
    }

    /// Takes the next bytes; `last` tells that none follow.
    pub fn run(&mut self, limits: &Limits, at: &Point<'_>, chunk: &[u8], last: bool, sink: &mut impl Sink) {
        let mut rest = chunk;
        while last || !rest.is_empty() {
            let done = match self.state {
                State::Name => self.in_name(limits, at, &mut rest, last, sink),
                State::LongName(as_value) => self.in_long_name(at, &mut rest, last, as_value, sink),
                State::Value => self.in_value(at, &mut rest, last, Named::Kept, sink),
                State::Rest => {
                    sink.piece(at, Place::Raw, rest, !last);
                    true
                }
            };
            if done {
                break;
            }
        }
        if last {
            self.state = State::Name;
            if let Some(repeats) = &mut self.repeats {
                repeats.give(&self.duplicates, at, self.places.1, sink);
            }
        }
    }

    /// Each of these takes what it can from `rest` and tells whether all of it is taken.
    fn in_name(
        &mut self,
        limits: &Limits,
        at: &Point<'_>,
        rest: &mut &[u8],
        last: bool,
        sink: &mut impl Sink,
    ) -> bool {
        if self.raw.is_empty() {
            while let Some((_, behind)) = rest.split_first().filter(|(b, _)| **b == self.separator) {
                *rest = behind;
            }
            if rest.is_empty() {
                return true;
            }
            if self.count >= limits.params {
                sink.anomaly(Anomaly::TooManyParams);
                self.state = State::Rest;
                return false;
            }
        }
        let room = RAW_NAME - self.raw.len();
        let end = match first_of(rest.get(..=room).unwrap_or(rest), [b'=', self.separator]) {
            Some(end) => end,
            None if rest.len() > room => {
                // The held part and what fills it up to RAW_NAME are the first pieces of the name.
                let (head, tail) = (*rest).split_at(room);
                *rest = tail;
                self.raw.extend_from_slice(head);
                self.name = Short::from_slice(name::urlencoded(&self.raw, &mut Short::new()));
                let as_value = !name::is_plain(&self.name);
                self.state = State::LongName(as_value);
                let name = std::mem::take(&mut self.name);
                self.count(&name, name::hash(&name), sink);
                self.name = name;
                let raw = std::mem::take(&mut self.raw);
                self.long_name_piece(at, &raw, true, as_value, sink);
                self.raw = raw;
                self.raw.clear();
                return false;
            }
            None if last => rest.len(),
            None => {
                self.raw.extend_from_slice(rest);
                return true;
            }
        };
        let (head, tail) = (*rest).split_at(end);
        let mut raw = std::mem::take(&mut self.raw);
        let whole = if raw.is_empty() {
            head
        } else {
            raw.extend_from_slice(head);
            &raw[..]
        };
        // PERF: in what looks like a name nothing is escaped.
        let mut scratch = Short::new();
        let is_plain = whole.len() <= NAME && name::is_plain(whole);
        let short = if is_plain { whole } else { name::urlencoded(whole, &mut scratch) };
        let is_plain = is_plain || name::is_plain(short);
        let hash = name::hash(short);
        let point = at.then(Segment::Name(short));
        let done = match tail.split_first() {
            Some((b'=', value)) => {
                self.odd |= !is_plain;
                self.count(short, hash, sink);
                if !whole.is_empty() {
                    sink.piece(&point.then(Segment::NameItself), self.places.0, whole, false);
                }
                *rest = value;
                self.in_value(at, rest, last, Named::Here(short, hash), sink)
            }
            after => {
                if is_plain {
                    self.count(short, hash, sink);
                    sink.piece(&point.then(Segment::NameItself), self.places.0, whole, false);
                } else {
                    self.count += 1;
                    sink.piece(at, self.places.1, whole, false);
                }
                *rest = after.map_or(&[], |(_, next)| next);
                after.is_none()
            }
        };
        raw.clear();
        self.raw = raw;
        done
    }

    fn in_long_name(
        &mut self,
        at: &Point<'_>,
        rest: &mut &[u8],
        last: bool,
        as_value: bool,
        sink: &mut impl Sink,
    ) -> bool {
        let end = memchr::memchr2(b'=', self.separator, rest);
        let (head, tail) = (*rest).split_at(end.unwrap_or(rest.len()));
        let more = end.is_none() && !last;
        self.long_name_piece(at, head, more, as_value, sink);
        let Some((&b, tail)) = tail.split_first() else {
            *rest = &[];
            return true;
        };
        *rest = tail;
        if b == b'=' {
            self.odd |= as_value;
            self.state = State::Value;
            if let Some(repeats) = &mut self.repeats {
                repeats.begin(&self.name);
            }
        } else {
            self.state = State::Name;
        }
        false
    }

    fn long_name_piece(
        &self,
        at: &Point<'_>,
        piece: &[u8],
        more: bool,
        as_value: bool,
        sink: &mut impl Sink,
    ) {
        if as_value {
            sink.piece(at, self.places.1, piece, more);
        } else {
            let point = at.then(Segment::Name(&self.name));
            sink.piece(&point.then(Segment::NameItself), self.places.0, piece, more);
        }
    }

    fn in_value(
        &mut self,
        at: &Point<'_>,
        rest: &mut &[u8],
        last: bool,
        named: Named<'_>,
        sink: &mut impl Sink,
    ) -> bool {
        let end = first_of(rest, [self.separator]);
        let (head, tail) = (*rest).split_at(end.unwrap_or(rest.len()));
        let more = end.is_none() && !last;
        let name = match named {
            Named::Here(name, _) => name,
            Named::Kept => &self.name,
        };
        let point = at.then(Segment::Name(name));
        sink.piece(if name.is_empty() { at } else { &point }, self.places.1, head, more);
        if let Some(repeats) = &mut self.repeats {
            if let Named::Here(name, hash) = named {
                repeats.begin_hashed(name, hash);
            }
            repeats.piece(head);
            if !more && repeats.end() {
                repeats.give(&self.duplicates, at, self.places.1, sink);
            }
        }
        *rest = tail.get(1..).unwrap_or(&[]);
        if more {
            if let Named::Here(name, _) = named {
                self.name = Short::from_slice(name);
            }
            self.state = State::Value;
        } else {
            self.state = State::Name;
        }
        end.is_none()
    }

    fn count(&mut self, name: &[u8], hash: u64, sink: &mut impl Sink) {
        self.count += 1;
        let (again, joins) = self.seen.add_hashed(name, hash);
        if again {
            sink.anomaly(Anomaly::DuplicateParam);
        }
        let Some(hash) = joins else { return };
        if self.duplicates.len() < DUPLICATES && !self.duplicates.contains(&hash) {
            self.duplicates.push(hash);
        }
    }
}
