//! HTTP/1.x, one direction at a time.
//!
//! What comes in: the bytes of one direction in chunks of any size, the lengths of gaps, the end of the stream; for
//! responses also what was asked. What goes out: calls of [`Messages`](super::Messages), message by message. What
//! always holds: any cutting of the same bytes makes the same calls (pieces joined); every byte that is not framing
//! is told; work is linear and at most two field limits of bytes are held, lines that lie whole in a chunk none. To add
//! one: a grammar is a file with its anomalies and its table of tests; a framing rule is a state of `body.rs`.

mod body;
mod chars;
mod chunk_size;
mod field;
mod framing;
mod head;
mod interim;
mod line;
mod request;
mod request_line;
mod response;
mod side;
mod status_line;
pub mod target;

pub use request::{Passed, Request};
pub use response::Response;

use crate::limits::Limits;

/// What a parser did with the bytes it was fed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fed {
    /// How many of the bytes it took.
    pub used: usize,
    /// Why it stopped.
    pub stop: Stop,
}

/// Why a parser stopped. After all but [`Stop::Hungry`] it is to be called again, with the bytes not taken or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// All bytes are taken.
    Hungry,
    /// A message has ended.
    End,
    /// What follows is no message of the protocol: it will be told as raw text, and is best told to someone else
    /// than the receiver of the next message.
    Stray,
}

/// What is known about the request that a response answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asked {
    /// There is none.
    #[default]
    Nothing,
    /// A request of HTTP/0.9: the response is bare bytes.
    Http09,
    /// HEAD: the response has no body.
    Head,
    /// CONNECT: a 2xx response turns the connection into a tunnel.
    Connect,
    /// Any other.
    Other,
}

/// Why start lines are expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Expect {
    /// A message follows.
    #[default]
    Message,
    /// Bytes were lost: a message may begin anywhere.
    Lost,
    /// The protocol may have changed.
    Tunnel,
}

/// The limits that matter here.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    field: usize,
    headers: usize,
}

impl Bounds {
    fn new(limits: &Limits) -> Bounds {
        // A line shorter than any start line would not let the parser go on.
        Bounds { field: limits.field.max(64), headers: limits.headers }
    }
}
