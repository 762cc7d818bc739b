//! Every bound of packet handling, in one place.

use std::time::Duration;

/// What tracking connections may cost, and how patient it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Most connections followed at once; the one silent for longest is closed to make room. Default 65,536.
    pub flows: usize,
    /// Most bytes that all connections together keep for putting segments in order. Default 64 MiB.
    pub buffered: usize,
    /// Most bytes that one direction of a connection keeps ahead of a hole before the hole counts as lost.
    /// Default 1 MiB.
    pub ahead: usize,
    /// Most separate segments kept ahead of a hole. Default 1,024.
    pub pieces: usize,
    /// Bytes handed on but not yet acknowledged that one direction remembers, to compare retransmissions with.
    /// Default 16 KiB.
    pub history: usize,
    /// Segments of one connection that may pass before bytes the receiver has acknowledged, but which were not
    /// captured, count as lost. Captures that merge several sources put packets slightly out of order. Default 64.
    pub patience: u32,
    /// The same in packet time. Default 1 s.
    pub patience_time: Duration,
    /// A connection silent for longer is closed. Default 5 min.
    pub idle: Duration,
    /// How long a closed connection is remembered, so that stray segments do not look like a new one. Default 10 s.
    pub linger: Duration,
    /// Most datagrams joined from fragments at once. Default 1,024.
    pub datagrams: usize,
    /// Most bytes of fragments kept. Default 8 MiB.
    pub fragments: usize,
    /// Fragments that stay incomplete for longer are dropped. Default 30 s.
    pub fragment_time: Duration,
    /// Most bytes of one connection held back until it is clear what it speaks and who is the client. Default 16 KiB.
    pub undecided: usize,
    /// Where only the client's direction is captured: silence after which its requests no longer wait for a response.
    /// Default 5 s.
    pub response_time: Duration,
    /// What becomes of a byte that TCP marks as urgent.
    pub urgent: Urgent,
}

/// What becomes of a byte that TCP marks as urgent (RFC 6093).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Urgent {
    /// It is taken out of the stream, as the socket interface does for a server that does not ask for it.
    #[default]
    TakeOut,
    /// It stays in the stream, as for a server that sets `SO_OOBINLINE`.
    Inline,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            flows: 65_536,
            buffered: 64 << 20,
            ahead: 1 << 20,
            pieces: 1024,
            history: 16 << 10,
            patience: 64,
            patience_time: Duration::from_secs(1),
            idle: Duration::from_secs(300),
            linger: Duration::from_secs(10),
            datagrams: 1024,
            fragments: 8 << 20,
            fragment_time: Duration::from_secs(30),
            undecided: 16 << 10,
            response_time: Duration::from_secs(5),
            urgent: Urgent::TakeOut,
        }
    }
}

/// A duration on the clock of packet times.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
