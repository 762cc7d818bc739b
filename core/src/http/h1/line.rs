//! Lines out of chunks: where they lie if they are whole, joined in a reusable buffer if they straddle.

use super::side::{Front, Side};
use memchr::memchr;

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
