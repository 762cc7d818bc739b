//! What the filter needs of Envoy. `abi.rs` gives it from the real one, the tests from a stand-in.

use smallvec::SmallVec;

/// A list of fields of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Section {
    /// The request's head, with the pseudo-fields of HTTP/2 whatever the client spoke.
    RequestHead = 0,
    /// The request's trailers.
    RequestTrailers = 1,
    /// The response's head.
    ResponseHead = 2,
    /// The response's trailers.
    ResponseTrailers = 3,
}

/// The piece of a body that has just arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Body {
    /// Of the request.
    Request = 0,
    /// Of the response.
    Response = 2,
}

/// What Envoy knows about a stream besides its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Attribute {
    /// The protocol the client spoke: `HTTP/2`.
    Protocol = 10,
    /// The status of the answer, a number.
    Status = 15,
    /// The client as Envoy's settings tell it: `192.0.2.1:4000`.
    Source = 24,
    /// The address the client connected to.
    Destination = 26,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counter {
    /// Requests judged or failed.
    Requests,
    /// Requests with the verdict attack.
    Attacks,
    /// Requests with the verdict suspicious.
    Suspicious,
    /// Requests answered in line instead of passed on.
    Blocked,
    /// Requests without a verdict.
    Errors,
    /// Panics caught.
    Panics,
    /// Events written.
    Events,
    /// Events that could not be written.
    EventsLost,
    /// Events left out because of the rate that was set.
    EventsSuppressed,
}

impl Counter {
    /// Every counter with its name in Envoy's statistics, in the order of the numbers.
    pub(crate) const NAMES: [&'static str; 9] = [
        "sidewatch.requests",
        "sidewatch.attacks",
        "sidewatch.suspicious",
        "sidewatch.blocked",
        "sidewatch.errors",
        "sidewatch.panics",
        "sidewatch.events",
        "sidewatch.events_lost",
        "sidewatch.events_suppressed",
    ];
}

/// What Envoy calls each counter, by the number of the [`Counter`]; `None` where it gave none.
pub(crate) type Counters = [Option<usize>; Counter::NAMES.len()];

/// The fields of a message as Envoy holds them: name and value.
pub(crate) type Fields<'a> = SmallVec<[(&'a [u8], &'a [u8]); 32]>;

/// One stream, during one hook.
pub(crate) trait Host {
    /// The fields of a section; none if it has not come.
    fn fields(&self, section: Section) -> Fields<'_>;
    /// The memory regions of the piece of body that has just arrived.
    fn body(&self, body: Body) -> SmallVec<[&[u8]; 8]>;
    /// A text attribute.
    fn text(&self, attribute: Attribute) -> Option<&[u8]>;
    /// A number attribute.
    fn number(&self, attribute: Attribute) -> Option<u64>;
    /// The most bytes that Envoy would hold back of a body.
    fn buffer_limit(&self) -> u64;
    /// Adds one.
    fn count(&self, counter: Counter);
    /// Sets a text in the stream's dynamic metadata, under `sidewatch`.
    fn set_metadata(&self, key: &str, value: &[u8]);
    /// Writes an error to Envoy's log.
    fn log_error(&self, message: &str);
}
