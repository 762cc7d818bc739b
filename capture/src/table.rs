//! The connections of a capture, bounded in number and memory.
//!
//! The key of a connection is its addresses and ports: VLAN tags and tunnels are left out, because mirrors tag the two
//! directions of one connection differently. Ordered by the last segment, so that the one silent for longest makes room.

use crate::flow::{Context, Flow, Outcome, Phase};
use crate::limits::{Limits, nanos};
use crate::packet::Segment;
use crate::streams::{End, Opened, Streams, Way};
use crate::summary::{Reason, Summary};
use hashlink::LinkedHashMap;
use std::hash::{Hash, Hasher, RandomState};
use std::net::{IpAddr, SocketAddr};

/// Addresses and ports of a connection, the same for both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    low: SocketAddr,
    high: SocketAddr,
}

/// All in one number, or two: the derived way hands the hasher ten small pieces, at twice the cost.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let ports = u32::from(self.low.port()) << 16 | u32::from(self.high.port());
        match (self.low.ip(), self.high.ip()) {
            (IpAddr::V4(low), IpAddr::V4(high)) => {
                state.write_u128(
                    u128::from(low.to_bits()) << 64 | u128::from(high.to_bits()) << 32 | u128::from(ports),
                );
            }
            (low, high) => {
                for ip in [low, high] {
                    state.write_u128(match ip {
                        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
                        IpAddr::V6(v6) => v6.to_bits(),
                    });
                }
                state.write_u32(ports);
            }
        }
    }
}

impl Key {
    fn of(segment: &Segment<'_>) -> Key {
        let (a, b) = (segment.from, segment.to);
        if a <= b { Key { low: a, high: b } } else { Key { low: b, high: a } }
    }
}

type Ordered<V> = LinkedHashMap<Key, V, RandomState>;

/// Puts the segments of all connections in order and hands their streams on.
pub struct FlowTable<S: Streams> {
    limits: Limits,
    /// Silent for longest first.
    flows: Ordered<Flow<S::Stream>>,
    /// Those without payload so far: a flood of them takes no place from others.
    young: Ordered<()>,
    /// Those that end, or are over, first ended first.
    ending: Ordered<()>,
    /// Those that keep bytes in memory.
    holding: Ordered<()>,
    held: usize,
    /// Up to this time none of those that end is over; 0 if it is not known.
    calm: u64,
    next_id: u64,
}

impl<S: Streams> FlowTable<S> {
    /// An empty table.
    pub fn new(limits: Limits) -> FlowTable<S> {
        FlowTable {
            limits,
            flows: Ordered::with_hasher(RandomState::new()),
            young: Ordered::with_hasher(RandomState::new()),
            ending: Ordered::with_hasher(RandomState::new()),
            holding: Ordered::with_hasher(RandomState::new()),
            held: 0,
            calm: 0,
            next_id: 0,
        }
    }

    /// How many connections are followed or remembered.
    pub fn len(&self) -> usize {
        self.flows.len()
    }

    /// Whether no connection is.
    pub fn is_empty(&self) -> bool {
        self.flows.is_empty()
    }

    /// Bytes that all connections together keep for putting segments in order.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Takes the next segment of the capture.
    pub fn segment(&mut self, segment: &Segment<'_>, time: u64, streams: &mut S, summary: &mut Summary) {
        summary.segments += 1;
        self.expire(time, streams, summary);
        let key = Key::of(segment);
        // Segments of one connection come in trains: the last one's is found without looking for it.
        let again = self.flows.back().is_some_and(|(last, _)| *last == key);
        let known = if again {
            self.flows.iter_mut().next_back().map(|(_, flow)| flow)
        } else {
            self.flows.to_back(&key)
        };
        let mut outcome = match known {
            Some(flow) => {
                let (before, phase) = (flow.held(), flow.phase);
                let mut cx =
                    Context { streams: &mut *streams, summary: &mut *summary, limits: &self.limits, time };
                let outcome = flow.segment(segment, &mut cx);
                let (after, has_data, changed) = (flow.held(), flow.has_data, flow.phase != phase);
                self.account(key, before, after);
                if has_data && !self.young.is_empty() {
                    self.young.remove(&key);
                }
                if changed {
                    self.note_phase(key);
                }
                outcome
            }
            None => Outcome::Reused(None),
        };
        if let Outcome::Reused(syn) = outcome {
            self.end(key, End::Reused, true, time, streams, summary);
            if segment.rst || !segment.syn && segment.payload.is_empty() && segment.cut == 0 {
                summary.drop_bytes(Reason::AfterClose, segment.payload);
                return;
            }
            outcome = self.open(key, segment, syn, time, streams, summary);
        }
        if outcome == Outcome::Closed {
            self.end(key, End::Closed, false, time, streams, summary);
        }
        self.press(time, streams, summary);
    }

    fn open(
        &mut self,
        key: Key,
        segment: &Segment<'_>,
        syn: Option<(Way, u32)>,
        time: u64,
        streams: &mut S,
        summary: &mut Summary,
    ) -> Outcome {
        while self.flows.len() >= self.limits.flows.max(1) {
            self.evict(time, streams, summary);
        }
        // A SYN with an acknowledgement answers the one that opens.
        let answers = segment.syn && segment.ack.is_some();
        let (from, to) = if answers { (segment.to, segment.from) } else { (segment.from, segment.to) };
        let handshake = segment.syn || syn.is_some();
        summary.connections += 1;
        summary.midstream += u64::from(!handshake);
        let stream = streams.open(&Opened { id: self.next_id, from, to, handshake, time });
        let mut flow = Flow::new(from, stream);
        self.next_id += 1;
        if let Some((_, seq)) = syn {
            flow.opened_by(Way::Forward, seq);
        }
        let mut cx = Context { streams, summary, limits: &self.limits, time };
        let outcome = flow.segment(segment, &mut cx);
        let (held, phase) = (flow.held(), flow.phase);
        if !flow.has_data {
            self.young.insert(key, ());
        }
        self.flows.insert(key, flow);
        self.account(key, 0, held);
        if phase != Phase::Open {
            self.note_phase(key);
        }
        outcome
    }

    /// Ends what has been silent for too long, or has ended, at `time`.
    pub fn expire(&mut self, time: u64, streams: &mut S, summary: &mut Summary) {
        while let Some((&key, flow)) = self.flows.front()
            && time.saturating_sub(flow.last) > nanos(self.limits.idle)
        {
            summary.idle += u64::from(flow.phase == Phase::Open);
            self.end(key, End::Idle, true, time, streams, summary);
        }
        // PERF: one comparison for nearly every segment.
        while time > self.calm
            && let Some((&key, ())) = self.ending.front()
        {
            let (since, forget) = match self.flows.get(&key).map(|f| f.phase) {
                Some(Phase::Lingering { since }) => (since, false),
                Some(Phase::Closed { since }) => (since, true),
                _ => {
                    self.ending.remove(&key);
                    continue;
                }
            };
            if time.saturating_sub(since) <= nanos(self.limits.linger) {
                self.calm = since.saturating_add(nanos(self.limits.linger));
                break;
            }
            self.end(key, End::Closed, forget, time, streams, summary);
        }
    }

    /// The capture is over: ends every connection, the one silent for longest first.
    pub fn finish(&mut self, time: u64, streams: &mut S, summary: &mut Summary) {
        while let Some((&key, flow)) = self.flows.front() {
            let end = if flow.phase == Phase::Open { End::CaptureEnd } else { End::Closed };
            self.end(key, end, true, time, streams, summary);
        }
    }

    fn evict(&mut self, time: u64, streams: &mut S, summary: &mut Summary) {
        let youngest = (self.young.len() > self.limits.flows / 4).then(|| self.young.front()).flatten();
        let Some(key) = youngest.map(|(k, ())| *k).or_else(|| self.flows.front().map(|(k, _)| *k)) else {
            return;
        };
        if self.flows.get(&key).is_some_and(|f| !matches!(f.phase, Phase::Closed { .. })) {
            summary.evicted += 1;
        }
        self.end(key, End::Evicted, true, time, streams, summary);
    }

    /// Ends a connection; with `forget` nothing of it stays.
    fn end(&mut self, key: Key, end: End, forget: bool, time: u64, streams: &mut S, summary: &mut Summary) {
        let Some(flow) = self.flows.get_mut(&key) else { return };
        let before = flow.held();
        flow.finish(end, &mut Context { streams, summary, limits: &self.limits, time });
        let after = flow.held();
        self.account(key, before, after);
        self.young.remove(&key);
        self.holding.remove(&key);
        self.ending.remove(&key);
        self.calm = 0;
        if forget {
            self.flows.remove(&key);
        } else {
            self.note_phase(key);
        }
    }

    fn note_phase(&mut self, key: Key) {
        self.ending.remove(&key);
        self.calm = 0;
        if self.flows.get(&key).is_some_and(|f| f.phase != Phase::Open) {
            self.ending.insert(key, ());
        }
    }

    fn account(&mut self, key: Key, before: usize, after: usize) {
        self.held = self.held.saturating_sub(before) + after;
        if before == 0 && after > 0 {
            self.holding.insert(key, ());
        } else if before > 0 && after == 0 {
            self.holding.remove(&key);
        }
    }

    /// While all connections together keep too much, the one that has kept something for longest gives up its holes.
    fn press(&mut self, time: u64, streams: &mut S, summary: &mut Summary) {
        while self.held > self.limits.buffered
            && let Some((&key, ())) = self.holding.front()
        {
            self.holding.remove(&key);
            let Some(flow) = self.flows.get_mut(&key) else { continue };
            let before = flow.held();
            summary.memory_pressed += 1;
            flow.relieve(&mut Context {
                streams: &mut *streams,
                summary: &mut *summary,
                limits: &self.limits,
                time,
            });
            let after = flow.held();
            self.held = self.held.saturating_sub(before) + after;
        }
    }
}
