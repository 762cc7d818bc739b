//! The seam between packets and what is made of them: byte streams in order, with gaps.

use crate::summary::Reason;
use std::net::SocketAddr;

/// A direction of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// From the side that opened the connection, or that was seen first if the opening was not captured.
    Forward,
    /// The other one.
    Backward,
}

impl Way {
    /// The opposite direction.
    pub fn other(self) -> Way {
        match self {
            Way::Forward => Way::Backward,
            Way::Backward => Way::Forward,
        }
    }
}

/// A connection that was just seen for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// A number no other connection of this capture has.
    pub id: u64,
    /// Who sends [`Way::Forward`].
    pub from: SocketAddr,
    /// Who sends [`Way::Backward`].
    pub to: SocketAddr,
    /// Whether the handshake was seen, so that `from` is certainly the client.
    pub handshake: bool,
    /// When, in nanoseconds since 1970.
    pub time: u64,
}

/// Why a connection is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// Both sides closed it, or one aborted it.
    Closed,
    /// It was silent for longer than the limit.
    Idle,
    /// Its ports were used for another connection.
    Reused,
    /// The table of connections was full.
    Evicted,
    /// The capture ended.
    CaptureEnd,
}

/// Whether the bytes of a connection are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Go on.
    Keep,
    /// No further bytes of either direction; they are counted as dropped for this reason.
    Ignore(Reason),
}

/// What takes the byte streams of all connections.
///
/// The calls of one connection follow each other in the order of cause and effect: bytes of one side come after the
/// bytes of the other side that they acknowledge.
pub trait Streams {
    /// What is kept for each connection.
    type Stream;

    /// A connection begins.
    fn open(&mut self, opened: &Opened) -> Self::Stream;

    /// The next bytes of one direction, where they lie in the packet if they came in order.
    fn data(&mut self, stream: &mut Self::Stream, way: Way, bytes: &[u8], time: u64) -> Interest;

    /// The next `bytes` bytes of one direction were not captured.
    fn gap(&mut self, stream: &mut Self::Stream, way: Way, bytes: u64, time: u64);

    /// Bytes that differ from those of the same place in the stream which came first.
    fn conflict(&mut self, stream: &mut Self::Stream, way: Way, bytes: &[u8], time: u64);

    /// One direction ends.
    fn close(&mut self, stream: &mut Self::Stream, way: Way, time: u64);

    /// The connection is over; a direction that was not closed ended without notice.
    fn end(&mut self, stream: Self::Stream, end: End, time: u64);
}
