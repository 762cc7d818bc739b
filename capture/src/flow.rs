//! One connection: two directions that are handed on in the order of cause and effect.
//!
//! A segment that acknowledges bytes of the other side comes after them, whatever the order of the packets in the
//! capture. What is missing for that is waited for within the limits, and then given up as a gap.

use crate::limits::{Limits, Urgent, nanos};
use crate::packet::Segment;
use crate::reassembly::{Half, Part, Sink};
use crate::streams::{End, Interest, Streams, Way};
use crate::summary::{Reason, Summary};
use std::net::SocketAddr;

/// Segments in a row outside the window after which the connection is taken to be another one.
const ASTRAY: u32 = 16;
/// Shift count assumed where the handshake was not seen: the largest (RFC 7323 section 2.3).
const SCALE: u8 = 14;

/// What a segment did to its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It goes on.
    Open,
    /// Both sides have closed it.
    Closed,
    /// The segment belongs to a new connection with the same ports, opened with this SYN if it was seen.
    Reused(Option<(Way, u32)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Open,
    /// Ended by one side or aborted; it ends for good unless it goes on.
    Lingering {
        since: u64,
    },
    /// Over; kept to recognise stray segments.
    Closed {
        since: u64,
    },
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Flow<T> {
    /// The sender of [`Way::Forward`].
    pub from: SocketAddr,
    pub stream: Option<T>,
    pub phase: Phase,
    /// The time of the last segment.
    pub last: u64,
    /// Whether a segment with payload was seen.
    pub has_data: bool,
    halves: [Half; 2],
    ignore: Option<Reason>,
    segments: u64,
    /// Since which segment and time something waits without progress.
    waiting: Option<(u64, u64)>,
    /// Where a RST stands.
    reset: Option<(Way, i64)>,
    /// A SYN that does not belong to this connection.
    other_syn: Option<(Way, u32)>,
}

/// What a flow hands its bytes to.
pub(crate) struct Context<'a, S: Streams> {
    pub streams: &'a mut S,
    pub summary: &'a mut Summary,
    pub limits: &'a Limits,
    pub time: u64,
}

struct Out<'a, S: Streams> {
    streams: &'a mut S,
    summary: &'a mut Summary,
    stream: &'a mut S::Stream,
    ignore: &'a mut Option<Reason>,
    way: Way,
    time: u64,
}

impl<S: Streams> Sink for Out<'_, S> {
    fn data(&mut self, bytes: &[u8]) {
        match self.ignore {
            Some(reason) => self.summary.drop(*reason, bytes.len()),
            None => {
                self.summary.delivered += bytes.len() as u64;
                if let Interest::Ignore(reason) = self.streams.data(self.stream, self.way, bytes, self.time) {
                    *self.ignore = Some(reason);
                }
            }
        }
    }

    fn gap(&mut self, bytes: u64) {
        self.summary.drop_many(Reason::Gap, 1, bytes);
        if self.ignore.is_none() {
            self.streams.gap(self.stream, self.way, bytes, self.time);
        }
    }

    fn conflict(&mut self, bytes: &[u8]) {
        if self.ignore.is_none() {
            self.streams.conflict(self.stream, self.way, bytes, self.time);
        }
    }

    fn dropped(&mut self, reason: Reason, bytes: usize) {
        self.summary.drop(reason, bytes);
    }
}

impl<T> Flow<T> {
    pub fn new(from: SocketAddr, stream: T) -> Flow<T> {
        Flow {
            from,
            stream: Some(stream),
            phase: Phase::Open,
            last: 0,
            has_data: false,
            halves: Default::default(),
            ignore: None,
            segments: 0,
            waiting: None,
            reset: None,
            other_syn: None,
        }
    }

    /// The direction of a segment.
    pub fn way(&self, segment: &Segment<'_>) -> Way {
        if segment.from == self.from { Way::Forward } else { Way::Backward }
    }

    /// Bytes kept in memory.
    pub fn held(&self) -> usize {
        self.halves.iter().map(Half::held).sum()
    }

    /// Notes a SYN that was seen before this connection was known to be one.
    pub fn opened_by(&mut self, way: Way, syn: u32) {
        let (half, _) = self.pair(way);
        half.start(syn.wrapping_add(1));
        (half.seen, half.syn) = (true, Some(syn));
    }

    fn pair(&mut self, way: Way) -> (&mut Half, &mut Half) {
        let [forward, backward] = &mut self.halves;
        match way {
            Way::Forward => (forward, backward),
            Way::Backward => (backward, forward),
        }
    }

    /// Takes the next segment of the connection.
    pub fn segment<S: Streams<Stream = T>>(
        &mut self,
        segment: &Segment<'_>,
        cx: &mut Context<'_, S>,
    ) -> Outcome {
        let way = self.way(segment);
        if let Some(outcome) = self.is_other(way, segment) {
            return outcome;
        }
        self.last = cx.time;
        self.segments += 1;
        self.has_data |= !segment.payload.is_empty();
        if matches!(self.phase, Phase::Closed { .. }) {
            cx.summary.drop_bytes(Reason::AfterClose, segment.payload);
            return Outcome::Open;
        }
        if let Some(reason) = self.ignore {
            cx.summary.drop_bytes(reason, segment.payload);
            if segment.fin || segment.rst {
                self.linger(cx.time);
            }
            return Outcome::Open;
        }
        if !self.take(way, segment, cx) {
            return Outcome::Reused(None);
        }
        self.settle(cx);
        if self.ignore.is_some() {
            self.relieve(cx);
        }
        let done = self.close_finished(cx);
        if done { Outcome::Closed } else { Outcome::Open }
    }

    /// Whether a segment belongs to another connection with the same ports.
    fn is_other(&mut self, way: Way, segment: &Segment<'_>) -> Option<Outcome> {
        let (phase, has_data, other_syn) = (self.phase, self.has_data, self.other_syn);
        let (half, _) = self.pair(way);
        let end = |at: i64| at + segment.payload.len() as i64;
        let near = |seq: u32| half.offset(seq).is_none_or(|at| half.is_near(at, end(at)));
        if segment.syn && !segment.rst {
            if matches!(phase, Phase::Closed { .. }) {
                return (half.syn != Some(segment.seq)).then_some(Outcome::Reused(None));
            }
            if !half.seen
                || half.syn == Some(segment.seq)
                || half.syn.is_none() && near(segment.seq.wrapping_add(1))
            {
                return None;
            }
            if phase != Phase::Open || !has_data {
                return Some(Outcome::Reused(None));
            }
            if segment.ack.is_none() {
                self.other_syn = Some((way, segment.seq));
                return None;
            }
        }
        // A SYN inside an open connection may be forged; it counts once either side goes on from it.
        let (opener, syn) = other_syn?;
        let first = syn.wrapping_add(1);
        let goes_on = if way == opener {
            segment.seq == first && !near(first)
        } else {
            segment.syn && segment.ack == Some(first)
        };
        goes_on.then_some(Outcome::Reused(other_syn))
    }

    /// Puts the parts of a segment in their places; `false` if they keep being far from them.
    fn take<S: Streams<Stream = T>>(
        &mut self,
        way: Way,
        segment: &Segment<'_>,
        cx: &mut Context<'_, S>,
    ) -> bool {
        let time = cx.time;
        let other_syn = self.other_syn.is_some_and(|(w, syn)| segment.syn && w == way && syn == segment.seq);
        let Some(stream) = &mut self.stream else { return true };
        let [forward, backward] = &mut self.halves;
        let (half, other) = if way == Way::Forward { (forward, backward) } else { (backward, forward) };
        let mut out = Out {
            streams: &mut *cx.streams,
            summary: &mut *cx.summary,
            stream,
            ignore: &mut self.ignore,
            way,
            time,
        };
        if other_syn {
            out.summary.drop_bytes(Reason::OutOfWindow, segment.payload);
            return true;
        }
        let seq = segment.seq.wrapping_add(u32::from(segment.syn));
        if !half.seen {
            if segment.rst {
                out.summary.drop_bytes(Reason::AfterClose, segment.payload);
                self.linger(time);
                return true;
            }
            half.first(seq);
        }
        if segment.syn && half.is_fresh() && half.offset(seq) != Some(0) {
            // What came before it was forged, or belonged to an earlier connection.
            half.start(seq);
        }
        if segment.syn {
            half.syn = Some(segment.seq);
            half.scale = Some(segment.scale.unwrap_or(0));
        }
        let shift = if segment.syn { 0 } else { half.scale.unwrap_or(SCALE) };
        let acknowledged = segment.ack.filter(|_| !segment.rst);
        let needs = acknowledged.and_then(|a| other.acknowledge(a, i64::from(segment.window) << shift));
        let needs = needs.unwrap_or(i64::MIN);
        let at = half.offset(seq).unwrap_or(0);
        let len = segment.payload.len() as i64;
        let end = at + len + i64::from(segment.cut);
        if end == at && !segment.fin && !segment.rst {
            return true;
        }
        if !half.is_near(at, end) {
            out.dropped(Reason::OutOfWindow, segment.payload.len());
            half.astray += 1;
            return half.astray < ASTRAY;
        }
        half.astray = 0;
        if segment.rst {
            out.summary.drop_bytes(Reason::AfterClose, segment.payload);
            self.reset.get_or_insert((way, at));
            self.linger(time);
            return true;
        }
        if half.closed {
            if end > at {
                out.dropped(Reason::AfterClose, segment.payload.len());
            }
            return true;
        }
        let in_flight = self.reset.is_some_and(|(w, reset)| w == way && end <= reset);
        let goes_on = half.is_new(end) && !in_flight;
        if end > at {
            half.revoke_finish(end);
            let ready = other.has(needs);
            let keep = cx.limits.history;
            let mut insert = |at: i64, part: Part<'_>| half.insert(at, part, needs, ready, keep, &mut out);
            let urgent = segment.urgent.map(usize::from).filter(|_| cx.limits.urgent == Urgent::TakeOut);
            match urgent.and_then(|p| p.checked_sub(1)).and_then(|p| segment.payload.split_at_checked(p)) {
                Some((before, [_, after @ ..])) => {
                    let middle = at + before.len() as i64;
                    insert(at, Part::Bytes(before));
                    insert(middle, Part::Urgent);
                    insert(middle + 1, Part::Bytes(after));
                }
                _ => insert(at, Part::Bytes(segment.payload)),
            }
            if segment.cut > 0 {
                insert(at + len, Part::Lost(segment.cut));
            }
        }
        if segment.fin {
            half.finish(end, needs);
        }
        if goes_on && end > at && matches!(self.phase, Phase::Lingering { .. }) {
            // It goes on: the FIN or RST was none for the receiver.
            self.phase = Phase::Open;
            self.reset = None;
        }
        true
    }

    fn linger(&mut self, since: u64) {
        if self.phase == Phase::Open {
            self.phase = Phase::Lingering { since };
        }
    }

    /// Hands on what is complete, and gives up what has been waited for long enough.
    fn settle<S: Streams<Stream = T>>(&mut self, cx: &mut Context<'_, S>) {
        loop {
            let moved = self.drain(cx);
            if !self.halves.iter().any(Half::waits) {
                self.waiting = None;
                return;
            }
            let (segments, time) = match self.waiting {
                Some(since) if !moved => since,
                _ => *self.waiting.insert((self.segments, cx.time)),
            };
            let over = self.halves.iter().any(|h| h.is_over(cx.limits));
            let overdue = self.segments - segments >= u64::from(cx.limits.patience)
                || cx.time.saturating_sub(time) >= nanos(cx.limits.patience_time);
            let forced = overdue && self.force(true, cx) || over && self.force(false, cx);
            if !forced {
                return;
            }
        }
    }

    /// Hands on everything that nothing stands before.
    fn drain<S: Streams<Stream = T>>(&mut self, cx: &mut Context<'_, S>) -> bool {
        let mut moved = false;
        loop {
            let before = moved;
            moved = false;
            for way in [Way::Forward, Way::Backward] {
                while self.pop(way, false, cx) {
                    moved = true;
                }
            }
            if !moved {
                return before;
            }
        }
    }

    fn pop<S: Streams<Stream = T>>(&mut self, way: Way, at_once: bool, cx: &mut Context<'_, S>) -> bool {
        let Some(stream) = &mut self.stream else { return false };
        let [forward, backward] = &mut self.halves;
        let (half, other) = if way == Way::Forward { (forward, backward) } else { (backward, forward) };
        let mut out = Out {
            streams: &mut *cx.streams,
            summary: &mut *cx.summary,
            stream,
            ignore: &mut self.ignore,
            way,
            time: cx.time,
        };
        half.pop(cx.limits.history, |needs| at_once || other.has(needs), &mut out)
    }

    /// Gives up one hole that something waits for. With `acknowledged`, only what the receiver has and the capture has
    /// not; otherwise anything, down to the order of the two directions.
    fn force<S: Streams<Stream = T>>(&mut self, acknowledged: bool, cx: &mut Context<'_, S>) -> bool {
        for only_acknowledged in [true, false] {
            if acknowledged && !only_acknowledged {
                return false;
            }
            for way in [Way::Forward, Way::Backward] {
                let (half, other) = self.pair(way);
                let blocks = half.waits() || other.needs().is_some_and(|n| !half.has(n));
                if let Some(to) = half.hole(only_acknowledged).filter(|_| blocks) {
                    self.skip(way, to, cx);
                    return true;
                }
            }
        }
        self.pop(Way::Forward, true, cx) || self.pop(Way::Backward, true, cx)
    }

    fn skip<S: Streams<Stream = T>>(&mut self, way: Way, to: i64, cx: &mut Context<'_, S>) {
        let Some(stream) = &mut self.stream else { return };
        let half = match way {
            Way::Forward => &mut self.halves[0],
            Way::Backward => &mut self.halves[1],
        };
        let mut out = Out {
            streams: &mut *cx.streams,
            summary: &mut *cx.summary,
            stream,
            ignore: &mut self.ignore,
            way,
            time: cx.time,
        };
        half.skip(to, &mut out);
    }

    /// Tells of directions that have ended; `true` once both have.
    fn close_finished<S: Streams<Stream = T>>(&mut self, cx: &mut Context<'_, S>) -> bool {
        for way in [Way::Forward, Way::Backward] {
            let (half, other) = self.pair(way);
            if half.is_finished(|needs| other.has(needs), other.seen) {
                half.closed = true;
                if let (Some(stream), None) = (&mut self.stream, self.ignore) {
                    cx.streams.close(stream, way, cx.time);
                }
            }
        }
        // Where the other side was not captured, nobody agrees to the end; a little patience replaces it.
        let [forward, backward] = &self.halves;
        let is_over = |half: &Half, other: &Half| half.has_end() && (other.has_end() || !other.seen);
        if is_over(forward, backward) || is_over(backward, forward) {
            self.linger(cx.time);
        }
        self.halves.iter().all(|h| h.closed)
    }

    /// Gives up every hole, so that nothing is kept in memory.
    pub fn relieve<S: Streams<Stream = T>>(&mut self, cx: &mut Context<'_, S>) {
        while self.drain(cx) || self.halves.iter().any(|h| h.needs().is_some()) && self.force(false, cx) {}
        self.halves.iter_mut().for_each(Half::forget);
        self.waiting = None;
    }

    /// The connection is over: hands on what is left.
    pub fn finish<S: Streams<Stream = T>>(&mut self, end: End, cx: &mut Context<'_, S>) {
        if matches!(self.phase, Phase::Closed { .. }) {
            return;
        }
        self.relieve(cx);
        for way in [Way::Forward, Way::Backward] {
            let (half, _) = self.pair(way);
            let missing = half.missing();
            if half.seen && !half.closed && missing > 0 {
                let to = half.end_of(missing);
                self.skip(way, to, cx);
            }
            let (half, _) = self.pair(way);
            if half.has_end() && !half.closed {
                half.closed = true;
                if let (Some(stream), None) = (&mut self.stream, self.ignore) {
                    cx.streams.close(stream, way, cx.time);
                }
            }
        }
        if let Some(stream) = self.stream.take() {
            cx.streams.end(stream, end, cx.time);
        }
        self.phase = Phase::Closed { since: cx.time };
        self.halves.iter_mut().for_each(Half::retire);
        self.waiting = None;
    }
}
