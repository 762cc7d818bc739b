//! One direction of a connection put in order.
//!
//! Places in the stream are offsets from its first byte; sequence numbers, which wrap, are translated at the border.
//! Bytes that come in order are handed on where they lie. Bytes ahead of a hole are copied and wait. Where copies of
//! the same place differ, the first one stays and the other one is reported.

use crate::limits::Limits;
use crate::summary::Reason;
use std::collections::VecDeque;

/// What a waiting piece costs besides its bytes.
const OVERHEAD: usize = 96;
/// How far beyond the receiver's window a segment may lie: windows may have grown unseen.
const SLACK: i64 = 1 << 20;
/// How far ahead a segment may lie if the receiver's window is not known.
const FAR: i64 = 1 << 28;
/// How far an acknowledgement may go beyond everything seen; further ones do not belong to the stream.
const FAR_ACK: i64 = 16 << 20;

/// Takes what comes out of one direction.
pub(crate) trait Sink {
    fn data(&mut self, bytes: &[u8]);
    fn gap(&mut self, bytes: u64);
    fn conflict(&mut self, bytes: &[u8]);
    fn dropped(&mut self, reason: Reason, bytes: usize);
}

/// A part of a segment.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part<'a> {
    Bytes(&'a [u8]),
    /// One byte that does not belong to the stream but has a sequence number.
    Urgent,
    /// Bytes that were sent and will not come.
    Lost(u32),
}

impl<'a> Part<'a> {
    fn len(self) -> i64 {
        match self {
            Part::Bytes(bytes) => bytes.len() as i64,
            Part::Urgent => 1,
            Part::Lost(n) => n.into(),
        }
    }

    /// The part from `from` to `to`, counted from its start.
    fn slice(self, from: i64, to: i64) -> Part<'a> {
        match self {
            Part::Bytes(bytes) => Part::Bytes(bytes.get(from as usize..to as usize).unwrap_or_default()),
            Part::Lost(_) => Part::Lost((to - from) as u32),
            Part::Urgent => self,
        }
    }
}

/// A part that waits for what comes before it.
#[derive(Debug)]
struct Piece {
    at: i64,
    len: i64,
    kind: Kind,
    /// What the other direction must have delivered before this may be handed on.
    needs: i64,
}

#[derive(Debug)]
enum Kind {
    Bytes(Vec<u8>),
    Urgent,
    Lost,
}

impl Piece {
    fn end(&self) -> i64 {
        self.at + self.len
    }

    fn bytes(&self, from: i64, to: i64) -> Option<&[u8]> {
        match &self.kind {
            Kind::Bytes(bytes) => bytes.get((from - self.at) as usize..(to - self.at) as usize),
            _ => None,
        }
    }
}

/// One direction.
#[derive(Debug, Default)]
pub(crate) struct Half {
    /// Sequence number of the next byte, once the first is known.
    next: Option<u32>,
    /// Its offset.
    at: i64,
    /// Whether a segment of this direction was captured, not only an acknowledgement for it.
    pub seen: bool,
    /// The sequence number of the SYN.
    pub syn: Option<u32>,
    /// The end of what was seen.
    top: i64,
    /// The end of what the receiver has acknowledged.
    acked: i64,
    /// The end of what the receiver has offered to take.
    limit: Option<i64>,
    /// Where the FIN stands, and what it needs of the other direction.
    fin: Option<(i64, i64)>,
    /// Whether the end has been handed on.
    pub closed: bool,
    /// Shift count of the windows that this side offers.
    pub scale: Option<u8>,
    /// Segments in a row that lay outside the window.
    pub astray: u32,
    pieces: VecDeque<Piece>,
    held: usize,
    /// The last bytes handed on that are not acknowledged.
    history: VecDeque<u8>,
    /// The last gap.
    lost: (i64, i64),
}

impl Half {
    /// The stream begins, or goes on after a break, with the byte numbered `seq`.
    pub fn start(&mut self, seq: u32) {
        let (syn, scale, seen) = (self.syn, self.scale, self.seen);
        *self = Half { next: Some(seq), syn, scale, seen, ..Half::default() };
    }

    /// Keeps only what tells a stray segment from a new connection.
    pub fn retire(&mut self) {
        *self = Half { syn: self.syn, seen: self.seen, ..Half::default() };
    }

    /// The offset that `seq` stands for, if the stream has begun.
    pub fn offset(&self, seq: u32) -> Option<i64> {
        self.next.map(|next| self.at + i64::from(seq.wrapping_sub(next).cast_signed()))
    }

    /// Takes the first segment captured: it tells the start unless an acknowledgement has, and roughly the same.
    pub fn first(&mut self, seq: u32) {
        let near = self.offset(seq).is_some_and(|at| (0..=SLACK).contains(&at));
        if !near {
            self.start(seq);
        }
        self.seen = true;
    }

    /// The receiver has everything before `seq` and offers `window` more. Returns what that is, if it can be.
    pub fn acknowledge(&mut self, seq: u32, window: i64) -> Option<i64> {
        let at = match self.offset(seq) {
            Some(at) => at,
            None => {
                self.start(seq);
                0
            }
        };
        if at > self.top.max(self.at) + FAR_ACK || at < -FAR_ACK {
            return None;
        }
        self.limit = Some(self.limit.map_or(at + window, |l| l.max(at + window)));
        if at > self.acked {
            self.acked = at;
            let unacked = (self.at - at).clamp(0, self.history.len() as i64) as usize;
            if unacked == 0 {
                self.forget();
            } else {
                self.history.drain(..self.history.len() - unacked);
            }
        }
        Some(at)
    }

    /// Whether a segment from `at` to `end` can belong to the stream.
    pub fn is_near(&self, at: i64, end: i64) -> bool {
        let ahead = self.limit.map_or(self.at + FAR, |l| l.max(self.at) + SLACK);
        at <= ahead && end >= self.at - FAR
    }

    /// Whether the bytes before `needs` have been handed on. A direction that was never captured owes nothing.
    pub fn has(&self, needs: i64) -> bool {
        !self.seen || self.at + i64::from(self.fin.is_some_and(|f| f.0 == self.at)) >= needs
    }

    /// Whether something waits.
    pub fn waits(&self) -> bool {
        !self.pieces.is_empty() || self.fin.is_some() && !self.closed
    }

    /// Bytes kept in memory.
    pub fn held(&self) -> usize {
        self.held + self.history.capacity()
    }

    /// Whether more waits than one direction may keep.
    pub fn is_over(&self, limits: &Limits) -> bool {
        self.held > limits.ahead || self.pieces.len() > limits.pieces
    }

    /// What the first waiting piece, or the FIN if there is none, needs of the other direction.
    pub fn needs(&self) -> Option<i64> {
        match self.pieces.front() {
            Some(piece) => Some(piece.needs),
            None => self.fin.filter(|_| !self.closed).map(|f| f.1),
        }
    }

    /// The end of the hole that stands before what waits, or before what the receiver has.
    pub fn hole(&self, acknowledged: bool) -> Option<i64> {
        let ahead = match (self.pieces.front(), self.fin) {
            (Some(piece), _) => Some(piece.at),
            (None, Some((fin, _))) => Some(fin),
            (None, None) => None,
        };
        let to = if acknowledged { ahead.map_or(self.acked, |a| a.min(self.acked)) } else { ahead? };
        (to > self.at).then_some(to)
    }

    /// Takes one part of a segment. `ready` tells whether the other direction has what this one answers.
    pub fn insert(
        &mut self,
        mut at: i64,
        part: Part<'_>,
        needs: i64,
        ready: bool,
        keep: usize,
        sink: &mut impl Sink,
    ) {
        let (start, end) = (at, at + part.len());
        self.top = self.top.max(end);
        if at < self.at {
            at = end.min(self.at);
            match part.slice(0, at - start) {
                Part::Bytes(old) => self.compare(start, old, sink),
                Part::Urgent => sink.dropped(Reason::Retransmitted, 1),
                Part::Lost(_) => {}
            }
        }
        if at >= end {
            return;
        }
        if at == self.at && ready && self.pieces.front().is_none_or(|p| p.at >= end) {
            return self.emit(part.slice(at - start, end - start), keep, sink);
        }
        let mut i = self.pieces.partition_point(|p| p.end() <= at);
        while at < end {
            match self.pieces.get(i) {
                Some(piece) if piece.at <= at => {
                    let stop = piece.end().min(end);
                    match part.slice(at - start, stop - start) {
                        Part::Bytes(again) => repeated(piece.bytes(at, stop), again, sink),
                        Part::Urgent => sink.dropped(Reason::Retransmitted, 1),
                        Part::Lost(_) => {}
                    }
                    at = stop;
                }
                after => {
                    let stop = after.map_or(end, |p| p.at.min(end));
                    let kind = match part.slice(at - start, stop - start) {
                        Part::Bytes(bytes) => Kind::Bytes(bytes.to_vec()),
                        Part::Urgent => Kind::Urgent,
                        Part::Lost(_) => Kind::Lost,
                    };
                    let piece = Piece { at, len: stop - at, kind, needs };
                    self.held += piece_cost(&piece);
                    self.pieces.insert(i, piece);
                    at = stop;
                }
            }
            i += 1;
        }
    }

    /// Notes the end of the stream.
    pub fn finish(&mut self, at: i64, needs: i64) {
        self.top = self.top.max(at);
        if at >= self.at && self.fin.is_none() {
            self.fin = Some((at, needs));
        }
    }

    /// Forgets an end that bytes beyond it, from the same side, have contradicted before the receiver agreed to it.
    pub fn revoke_finish(&mut self, end: i64) {
        if self.fin.is_some_and(|f| f.0 < end && self.acked <= f.0) && !self.closed {
            self.fin = None;
        }
    }

    /// Hands on the first waiting piece if nothing is missing before it.
    pub fn pop(&mut self, keep: usize, ready: impl FnOnce(i64) -> bool, sink: &mut impl Sink) -> bool {
        if !self.pieces.front().is_some_and(|p| p.at <= self.at && ready(p.needs)) {
            return false;
        }
        let Some(piece) = self.pieces.pop_front() else { return false };
        self.held -= piece_cost(&piece);
        if self.pieces.is_empty() {
            self.pieces = VecDeque::new();
        }
        match &piece.kind {
            Kind::Bytes(bytes) => self.emit(Part::Bytes(bytes), keep, sink),
            Kind::Urgent => self.emit(Part::Urgent, keep, sink),
            Kind::Lost => self.emit(Part::Lost(piece.len as u32), keep, sink),
        }
        true
    }

    /// Whether the end has been reached and the receiver, if seen, agrees to it.
    pub fn is_finished(&self, ready: impl FnOnce(i64) -> bool, receiver_seen: bool) -> bool {
        let Some((fin, needs)) = self.fin else { return false };
        !self.closed
            && fin <= self.at
            && self.pieces.is_empty()
            && ready(needs)
            && receiver_seen
            && self.acked > fin
    }

    /// Gives up what is missing before `to`.
    pub fn skip(&mut self, to: i64, sink: &mut impl Sink) {
        let n = to - self.at;
        if n > 0 {
            sink.gap(n as u64);
            self.advance(n);
            self.lost = (to - n, to);
            self.forget();
        }
    }

    /// Drops what is only kept for comparison.
    pub fn forget(&mut self) {
        if self.history.capacity() > 0 {
            self.history = VecDeque::new();
        }
    }

    /// How many bytes the receiver has that were never captured, at the end of the connection.
    pub fn missing(&self) -> i64 {
        match self.fin {
            Some((fin, _)) => fin.min(self.acked) - self.at,
            // One byte may be a FIN that was not captured.
            None if self.acked - self.at == 1 => 0,
            None => self.acked - self.at,
        }
    }

    /// Whether neither a SYN nor a byte has been seen.
    pub fn is_fresh(&self) -> bool {
        self.syn.is_none() && self.at == 0 && self.pieces.is_empty() && !self.closed
    }

    /// Whether bytes up to `end` go beyond what has been handed on.
    pub fn is_new(&self, end: i64) -> bool {
        end > self.at
    }

    /// Whether the side that sends this direction has ended it.
    pub fn has_end(&self) -> bool {
        self.fin.is_some()
    }

    /// The offset `n` bytes on.
    pub fn end_of(&self, n: i64) -> i64 {
        self.at + n
    }

    fn emit(&mut self, part: Part<'_>, keep: usize, sink: &mut impl Sink) {
        match part {
            Part::Bytes(bytes) => {
                sink.data(bytes);
                self.advance(bytes.len() as i64);
                if self.acked < self.at {
                    let tail = bytes.get(bytes.len().saturating_sub(keep)..).unwrap_or_default();
                    let over = (self.history.len() + tail.len()).saturating_sub(keep);
                    self.history.drain(..over.min(self.history.len()));
                    self.history.extend(tail);
                }
            }
            Part::Urgent => {
                sink.dropped(Reason::Urgent, 1);
                self.advance(1);
                self.forget();
            }
            Part::Lost(n) => self.skip(self.at + i64::from(n), sink),
        }
    }

    fn advance(&mut self, n: i64) {
        self.at += n;
        self.next = self.next.map(|next| next.wrapping_add(n as u32));
    }

    /// Compares bytes of a place that has been passed with what was handed on there.
    fn compare(&self, at: i64, old: &[u8], sink: &mut impl Sink) {
        let end = at + old.len() as i64;
        if at < 0 || at < self.lost.1 && end > self.lost.0 {
            return sink.dropped(Reason::TooLate, old.len());
        }
        if old.len() == 1 && end == self.at {
            // A keep-alive probe: one byte of any value before the next.
            return sink.dropped(Reason::Retransmitted, 1);
        }
        let begin = self.at - self.history.len() as i64;
        let from = at.max(begin);
        let differs = from < end && {
            let known = self.history.range((from - begin) as usize..(end - begin) as usize);
            !known.eq(old.get((from - at) as usize..).unwrap_or_default())
        };
        if differs {
            sink.conflict(old);
        }
        sink.dropped(if differs { Reason::OverlapConflict } else { Reason::Retransmitted }, old.len());
    }
}

fn piece_cost(piece: &Piece) -> usize {
    OVERHEAD + if let Kind::Bytes(bytes) = &piece.kind { bytes.capacity() } else { 0 }
}

fn repeated(first: Option<&[u8]>, again: &[u8], sink: &mut impl Sink) {
    let differs = first.is_some_and(|f| f != again);
    if differs {
        sink.conflict(again);
    }
    sink.dropped(if differs { Reason::OverlapConflict } else { Reason::Retransmitted }, again.len());
}
