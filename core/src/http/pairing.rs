//! The two directions of one connection, paired into exchanges.
//!
//! Responses answer requests in their order (RFC 9112 section 9.3). Where a side is missing, the other is an exchange
//! of its own; bytes that are no message are one, too.

use super::h1::{Asked, Request, Response, Stop};
use super::{Anomaly, Messages};
use crate::limits::Limits;
use std::collections::VecDeque;

/// Where exchanges come from and, unused, go back to.
pub trait Pool {
    /// What receives the parts of one request and its response.
    type Exchange: Messages;

    /// One that has been told nothing.
    fn take(&mut self) -> Self::Exchange;

    /// Takes one back that has been told nothing.
    fn give(&mut self, unused: Self::Exchange);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Absent,
    Open,
    Done,
}

#[derive(Debug)]
struct Entry<M> {
    id: u64,
    exchange: M,
    /// What the request asked; [`Asked::Nothing`] if there is none that a response could answer.
    asked: Asked,
    request: Phase,
    response: Phase,
    /// Whether the final response has begun.
    answered: bool,
}

/// Pairs the messages of one connection. Holds at most [`Limits::pipelined`] requests that wait for a response, and
/// the exchanges that have ended and were not taken.
#[derive(Debug)]
pub struct Pairing<P: Pool> {
    pool: P,
    request: Request,
    response: Response,
    queue: VecDeque<Entry<P::Exchange>>,
    next_id: u64,
    /// The entries whose messages are being read.
    client_at: Option<u64>,
    server_at: Option<u64>,
    /// Requests given up whose responses may still come.
    given_up: u64,
    pipelined: usize,
    server_closed: bool,
}

impl<P: Pool> Pairing<P> {
    /// A connection on which nothing was seen.
    pub fn new(limits: &Limits, pool: P) -> Pairing<P> {
        Pairing {
            pool,
            request: Request::new(limits),
            response: Response::new(limits),
            queue: VecDeque::new(),
            next_id: 0,
            client_at: None,
            server_at: None,
            given_up: 0,
            pipelined: limits.pipelined.max(1),
            server_closed: false,
        }
    }

    /// The pool, to give exchanges back to.
    pub fn pool(&mut self) -> &mut P {
        &mut self.pool
    }

    /// Takes bytes of the client, up to the end of a message, and returns how many. Call again with the rest; with
    /// [`next`](Pairing::next) in between, ended exchanges do not pile up.
    pub fn client(&mut self, bytes: &[u8]) -> usize {
        let mut used = 0;
        loop {
            let rest = bytes.get(used..).unwrap_or_default();
            let mut stop = Stop::Hungry;
            self.with_client(|request, exchange| {
                let fed = request.feed(rest, exchange);
                (used, stop) = (used + fed.used, fed.stop);
                fed.stop == Stop::End
            });
            if stop == Stop::Hungry || stop == Stop::End && used < bytes.len() {
                return used;
            }
        }
    }

    /// Takes bytes of the server; see [`client`](Pairing::client).
    pub fn server(&mut self, bytes: &[u8]) -> usize {
        let mut used = 0;
        loop {
            let rest = bytes.get(used..).unwrap_or_default();
            let mut stop = Stop::Hungry;
            self.with_server(|response, asked, exchange| {
                let fed = response.feed(rest, asked, exchange);
                (used, stop) = (used + fed.used, fed.stop);
                fed.stop == Stop::End
            });
            if stop == Stop::Hungry || stop == Stop::End && used < bytes.len() {
                return used;
            }
        }
    }

    /// `n` bytes of the client were not captured.
    pub fn client_gap(&mut self, n: u64) {
        self.with_client(|request, exchange| request.gap(n, exchange));
    }

    /// `n` bytes of the server were not captured.
    pub fn server_gap(&mut self, n: u64) {
        // Late responses may have been among them.
        self.given_up = 0;
        self.with_server(|response, asked, exchange| response.gap(n, asked, exchange));
    }

    /// Bytes of the client that differ from those which came first at the same place of the stream. They are told as
    /// raw text: nobody can know which copy the server took.
    pub fn client_conflict(&mut self, bytes: &[u8]) {
        let at = self.client_at;
        self.beside(at, |exchange| exchange.request_raw(bytes, false));
    }

    /// The same for bytes of the server.
    pub fn server_conflict(&mut self, bytes: &[u8]) {
        let at = self.server_at;
        self.beside(at, |exchange| exchange.response_raw(bytes, false));
    }

    /// No more bytes of the client will come.
    pub fn client_close(&mut self) {
        while self.with_client(|request, exchange| request.close(exchange)) {}
    }

    /// No more bytes of the server will come: nobody answers the requests that wait.
    pub fn server_close(&mut self) {
        while self.with_server(|response, asked, exchange| response.close(asked, exchange)) {}
        self.server_closed = true;
    }

    /// Ends what need not wait any longer: messages that may be over, and requests whose response has not come. For
    /// connections on which nothing has happened for a while.
    pub fn settle(&mut self) {
        self.with_client(|request, exchange| request.settle(exchange));
        self.with_server(|response, _, exchange| response.settle(exchange));
        for entry in &mut self.queue {
            if entry.waits() && entry.request == Phase::Done {
                entry.asked = Asked::Nothing;
                self.given_up += 1;
            }
        }
    }

    /// The next exchange that has ended, in the order of their beginnings.
    #[allow(clippy::should_implement_trait)] // more may come after none
    pub fn next(&mut self) -> Option<P::Exchange> {
        let closed = self.server_closed;
        let at = self.queue.iter().position(|e| e.ended(closed))?;
        self.queue.remove(at).map(|e| e.exchange)
    }

    /// Lets `act` tell the current request's exchange, or the next one's. Returns what `act` does: whether the message
    /// ended.
    fn with_client(&mut self, act: impl FnOnce(&mut Request, &mut P::Exchange) -> bool) -> bool {
        let at = self.client_at.and_then(|id| self.queue.iter().position(|e| e.id == id));
        let Some(entry) = at.and_then(|i| self.queue.get_mut(i)) else {
            let mut exchange = self.pool.take();
            let ended = act(&mut self.request, &mut exchange);
            if ended || self.request.is_open() {
                let phase = if ended { Phase::Done } else { Phase::Open };
                let asked = self.request.asked();
                let id = self.push(exchange, asked, phase, Phase::Absent);
                self.client_at = (!ended).then_some(id);
                self.give_up();
            } else {
                self.pool.give(exchange);
            }
            return ended;
        };
        let ended = act(&mut self.request, &mut entry.exchange);
        entry.asked = self.request.asked();
        if ended {
            entry.request = Phase::Done;
            self.client_at = None;
        }
        ended
    }

    /// The same for the response; `act` is also given what the request asked.
    fn with_server(&mut self, act: impl FnOnce(&mut Response, Asked, &mut P::Exchange) -> bool) -> bool {
        let late = self.given_up > 0;
        let at = match self.server_at {
            Some(id) => self.queue.iter().position(|e| e.id == id),
            None if self.response.is_stray() || late => None,
            None => self.queue.iter().position(Entry::waits),
        };
        let Some(entry) = at.and_then(|i| self.queue.get_mut(i)) else {
            let mut exchange = self.pool.take();
            let asked = if late { Asked::Other } else { Asked::Nothing };
            let stray = self.response.is_stray();
            let ended = act(&mut self.response, asked, &mut exchange);
            if ended || self.response.is_open() {
                if !stray {
                    self.given_up = self.given_up.saturating_sub(1);
                    exchange.anomaly(Anomaly::UnmatchedResponse);
                }
                let phase = if ended { Phase::Done } else { Phase::Open };
                let id = self.push(exchange, Asked::Nothing, Phase::Absent, phase);
                self.server_at = (!ended).then_some(id);
            } else {
                self.pool.give(exchange);
            }
            return ended;
        };
        let (id, asked, began) = (entry.id, entry.asked, entry.response == Phase::Open);
        let ended = act(&mut self.response, asked, &mut entry.exchange);
        if !ended && !self.response.is_open() {
            return false;
        }
        entry.response = if ended { Phase::Done } else { Phase::Open };
        self.server_at = (!ended).then_some(id);
        if !entry.answered && (ended || self.response.is_final()) {
            entry.answered = true;
            if entry.request == Phase::Open && !self.request.may_be_over() {
                entry.exchange.anomaly(Anomaly::EarlyResponse);
            }
        }
        if ended && entry.request == Phase::Open && self.request.settle(&mut entry.exchange) {
            entry.request = Phase::Done;
            self.client_at = None;
        }
        if !began && let Some(next) = at.and_then(|i| self.queue.get_mut(i + 1)).filter(|e| e.waits()) {
            next.exchange.anomaly(Anomaly::Pipelined);
        }
        ended
    }

    /// Lets `tell` tell something beside the stream: to the exchange at `at` if its message is open, else to one of its
    /// own.
    fn beside(&mut self, at: Option<u64>, tell: impl FnOnce(&mut P::Exchange)) {
        if let Some(entry) = self.queue.iter_mut().find(|e| Some(e.id) == at) {
            entry.exchange.anomaly(Anomaly::OverlapConflict);
            return tell(&mut entry.exchange);
        }
        let mut exchange = self.pool.take();
        exchange.anomaly(Anomaly::OverlapConflict);
        tell(&mut exchange);
        self.push(exchange, Asked::Nothing, Phase::Absent, Phase::Done);
    }

    fn push(&mut self, exchange: P::Exchange, asked: Asked, request: Phase, response: Phase) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.queue.push_back(Entry { id, exchange, asked, request, response, answered: false });
        id
    }

    /// Gives the oldest request up if too many wait.
    fn give_up(&mut self) {
        if self.queue.len() <= self.pipelined {
            return;
        }
        let mut waiting = self.queue.iter_mut().filter(|e| e.waits());
        let oldest = waiting.next();
        if let Some(entry) = oldest
            && waiting.count() >= self.pipelined
        {
            entry.exchange.anomaly(Anomaly::TooManyPipelined);
            entry.asked = Asked::Nothing;
            self.given_up += 1;
        }
    }
}

impl<M> Entry<M> {
    /// Whether a response to it is expected and has not begun.
    fn waits(&self) -> bool {
        self.asked != Asked::Nothing && self.response == Phase::Absent
    }

    fn ended(&self, server_closed: bool) -> bool {
        self.request != Phase::Open
            && match self.response {
                Phase::Done => true,
                Phase::Open => false,
                Phase::Absent => server_closed || self.asked == Asked::Nothing,
            }
    }
}
