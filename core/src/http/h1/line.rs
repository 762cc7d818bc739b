//! Lines out of chunks: where they lie if they are whole, joined in a reusable buffer if they straddle.

use super::side::{Front, Side};
use memchr::memchr;

/// Longest part of a line that is held without a further look.
const SHORT: usize = 256;

/// A line, or as much of it as the limit allows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// All its bytes with the line end.
    pub full: &'a [u8],
    /// Its bytes without CRs at the end and the LF.
    pub text: &'a [u8],
    /// Whether the limit cut it before its end; the rest comes as further lines.
    pub cut: bool,
    /// Whether it ended in LF alone.
    pub bare_lf: bool,
    /// Whether more than one CR came before the LF.
    pub bare_cr: bool,
    /// Whether it lies in the joining buffer.
    joined: bool,
}

impl<'a> Line<'a> {
    fn of(full: &'a [u8], joined: bool) -> Line<'a> {
        let Some(text) = full.strip_suffix(b"\n") else {
            return Line { full, text: full, cut: true, bare_lf: false, bare_cr: false, joined };
        };
        let crs = text.iter().rev().take_while(|&&b| b == b'\r').count();
        let text = text.get(..text.len() - crs).unwrap_or_default();
        Line { full, text, cut: false, bare_lf: crs == 0, bare_cr: crs > 1, joined }
    }

    /// What is needed to give the line back ([`Lines::unread`]).
    pub fn place(&self) -> Place {
        Place { joined: self.joined }
    }
}

/// Where a line lay.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    joined: bool,
}

/// What there is of a line that came in parts.
pub(super) enum Gathered<'a> {
    /// Not enough: all of the input is taken.
    Part,
    /// All of it, with its end.
    Line(&'a [u8]),
    /// One that [`Lines::next`] has to look at.
    Other,
}

/// Cuts one direction's bytes into lines. Holds at most the limit and one byte.
#[derive(Debug, Default)]
pub(super) struct Lines {
    spill: Vec<u8>,
    /// Whether `spill` is a line that was handed out.
    given: bool,
    /// Whether it is to be handed out once more.
    again: bool,
}

impl Lines {
    /// The next line, if its end or `limit` bytes of it are there; `None` takes all of `input`.
    pub fn next<'s, 'c: 's>(&'s mut self, input: &mut &'c [u8], limit: usize) -> Option<Line<'s>> {
        if self.again {
            (self.again, self.given) = (false, true);
            return Some(Line::of(&self.spill, true));
        }
        self.settle();
        let room = limit.saturating_sub(self.spill.len());
        let end = memchr(b'\n', input);
        let cut = end.unwrap_or(input.len()) > room;
        let take = if cut { room } else { end.map_or(input.len(), |i| i + 1) };
        let (head, rest) = input.split_at(take);
        *input = rest;
        let complete = cut || end.is_some();
        if complete && self.spill.is_empty() {
            return Some(Line::of(head, false));
        }
        self.spill.extend_from_slice(head);
        self.given = complete;
        complete.then(|| Line::of(&self.spill, true))
    }

    /// Takes `input` if it goes on with a line of which a part is held, and does not end it.
    ///
    /// PERF: a head that comes byte by byte mostly goes no further.
    #[inline]
    pub fn append(&mut self, input: &[u8], limit: usize) -> bool {
        let is_open = !self.given && !self.again && !self.spill.is_empty();
        if !is_open || self.spill.len() + input.len() > limit {
            return false;
        }
        match input {
            [b'\n'] => return false,
            [byte] => self.spill.push(*byte),
            _ if memchr(b'\n', input).is_some() => return false,
            _ => self.spill.extend_from_slice(input),
        }
        true
    }

    /// Holds `input` if it is a part of a line, and short. Nothing is held yet.
    #[inline]
    pub fn begin(&mut self, input: &mut &[u8], limit: usize) -> bool {
        let is_part = input.len() < SHORT.min(limit)
            && input.last() != Some(&b'\n')
            && memchr(b'\n', input).is_none()
            && !input.is_empty();
        if is_part {
            self.settle();
            self.spill.extend_from_slice(input);
            *input = &[];
        }
        is_part
    }

    /// The line of which a part is held, where its end has come. One that ends no block waits until it is known what
    /// follows it.
    pub fn gather(&mut self, input: &mut &[u8], limit: usize) -> Gathered<'_> {
        if !self.again {
            let end = memchr(b'\n', input);
            let (some, rest) = input.split_at(end.map_or(input.len(), |i| i + 1));
            if self.spill.len() + some.len() > limit {
                return Gathered::Other;
            }
            self.spill.extend_from_slice(some);
            *input = rest;
            if end.is_none() {
                return Gathered::Part;
            }
            self.again = true;
        }
        match self.spill.first() {
            Some(b'\r' | b'\n') | None => Gathered::Other,
            _ if input.is_empty() => Gathered::Part,
            _ => Gathered::Line(&self.spill),
        }
    }

    /// The line of which a part is held, if its end has come. It has to be taken as well, by [`Lines::clear`] or
    /// [`Lines::next`].
    pub fn whole(&mut self, input: &mut &[u8], limit: usize) -> Option<&[u8]> {
        let _ = self.gather(input, limit);
        self.again.then_some(&self.spill)
    }

    /// Whether a whole line waits.
    pub fn is_waiting(&self) -> bool {
        self.again
    }

    /// Gives a line back from its byte `from` on. `before` is the input as it was before the line was taken.
    pub fn unread<'c>(&mut self, place: Place, from: usize, before: &'c [u8], input: &mut &'c [u8]) {
        if place.joined {
            self.spill.drain(..from.min(self.spill.len()));
            self.given = false;
            self.again = self.spill.ends_with(b"\n");
        } else {
            *input = before.get(from..).unwrap_or_default();
        }
    }

    /// What has come of a line whose end has not.
    pub fn partial(&mut self) -> &[u8] {
        if !self.again {
            self.settle();
        }
        &self.spill
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.given || self.spill.is_empty()
    }

    /// Forgets what is held.
    pub fn clear(&mut self) {
        self.spill.clear();
        (self.given, self.again) = (false, false);
    }

    /// Drops the first `n` held bytes.
    pub fn drop_front(&mut self, n: usize) {
        self.spill.drain(..n.min(self.spill.len()));
        self.given = false;
        self.again = self.spill.ends_with(b"\n");
    }

    /// The rest of a line that was cut, as raw text. True at its end.
    pub fn rest<S: Side>(&mut self, input: &mut &[u8], out: &mut S) -> bool {
        match memchr(b'\n', input) {
            Some(i) => {
                let (piece, rest) = input.split_at(i);
                out.raw(piece, false);
                *input = rest.get(1..).unwrap_or_default();
                true
            }
            None => {
                if !input.is_empty() {
                    out.raw(input, true);
                }
                *input = &[];
                false
            }
        }
    }

    /// Holds bytes until it is plain whether a message begins here.
    pub fn front<S: Side>(&mut self, input: &mut &[u8]) -> Front {
        if !self.again {
            self.settle();
        }
        loop {
            match S::front(&self.spill) {
                Front::Unknown => {}
                known => return known,
            }
            let Some((&b, rest)) = input.split_first() else { return Front::Unknown };
            self.spill.push(b);
            self.again = b == b'\n';
            *input = rest;
        }
    }

    fn settle(&mut self) {
        if self.given {
            self.spill.clear();
            self.given = false;
        }
    }
}

/// Hands out bytes that are out of sync line by line, until a line in which a message begins. True if it was found.
pub(super) fn scan<S: Side>(
    lines: &mut Lines,
    input: &mut &[u8],
    limit: usize,
    mut each: impl FnMut(&[u8]),
) -> bool {
    loop {
        let before = *input;
        let Some(line) = lines.next(input, limit) else { return false };
        let start = if line.cut { None } else { S::find_start(line.text) };
        each(line.full.get(..start.unwrap_or(line.full.len())).unwrap_or_default());
        if let Some(from) = start {
            let place = line.place();
            lines.unread(place, from, before, input);
            return true;
        }
    }
}
