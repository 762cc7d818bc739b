//! What an event tells, whatever the format.

use crate::http::Anomalies;
use crate::verdict::{Action, Finding, Masking, Sensitivity, Verdict};
use std::net::SocketAddr;
use std::time::Duration;

/// Name and version of the event schema; `docs/event.schema.json` describes it.
pub const SCHEMA: &str = "sidewatch.event/1";

/// The verdict of one transaction and what led to it. Byte strings are as received: formats mask and escape them.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Event<'a> {
    /// When the transaction began, since the Unix epoch, if the host has told.
    pub time: Option<Duration>,
    /// The host's identifier of the transaction, may be empty.
    pub id: &'a [u8],
    /// Where the request came from.
    pub client: Option<SocketAddr>,
    /// Where it went.
    pub server: Option<SocketAddr>,
    /// The request; `None` for a response without one.
    pub request: Option<Request<'a>>,
    /// The response, if seen.
    pub response: Option<Response>,
    /// What the findings add up to.
    pub verdict: Verdict,
    /// What the host did with the request, if it is in line.
    pub action: Option<Action>,
    /// The sensitivity that was asked for.
    pub sensitivity: Sensitivity,
    /// The highest confidence of a finding, 0 if there is none.
    pub score: u8,
    /// The findings, by point, offset and class.
    pub findings: &'a [Finding],
    /// Oddities of the messages.
    pub anomalies: Anomalies,
    /// What to mask.
    pub masking: &'a Masking,
}

impl Event<'_> {
    /// The names of the classes the verdict rests on, sorted: of an attack those with a finding that reaches the
    /// sensitivity, otherwise those of all findings, which are hints.
    pub fn classes(&self) -> Vec<&'static str> {
        let line = if self.verdict == Verdict::Attack { self.sensitivity.attack_from() } else { 0 };
        let telling = self.findings.iter().filter(|f| f.confidence >= line);
        let mut classes: Vec<_> = telling.map(|f| f.class.name()).collect();
        classes.sort_unstable();
        classes.dedup();
        classes
    }
}

/// The request of an event.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Request<'a> {
    /// The method as sent.
    pub method: &'a [u8],
    /// The target as sent, cut at the field limit.
    pub target: &'a [u8],
    /// The host the request is for, as sent; may be empty.
    pub host: &'a [u8],
    /// The protocol version: `HTTP/1.1`.
    pub version: &'static str,
    /// Bytes of the body as received, transfer coding removed.
    pub body_bytes: u64,
}

/// The response of an event.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Response {
    /// The status code, if the status line had one.
    pub status: Option<u16>,
    /// Bytes of the body as received, transfer coding removed.
    pub body_bytes: u64,
}

impl<'a> Request<'a> {
    pub(crate) fn new(
        method: &'a [u8],
        target: &'a [u8],
        host: &'a [u8],
        version: &'static str,
        body_bytes: u64,
    ) -> Self {
        Request { method, target, host, version, body_bytes }
    }
}

impl Response {
    pub(crate) fn new(status: Option<u16>, body_bytes: u64) -> Self {
        Response { status, body_bytes }
    }
}
