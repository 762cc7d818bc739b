//! One TCP connection: bytes of both directions in, transactions out.

use super::Engine;
use super::transaction::Transaction;
use crate::http::{Pairing, Pool};
use std::net::SocketAddr;
use std::time::Duration;

/// Transactions kept for reuse per connection; more than two are in use only while requests are pipelined.
const SPARE: usize = 4;

/// One TCP connection, cut into transactions.
///
/// Feed it the bytes of both directions as they were sent, then take the transactions that have ended. Responses that
/// belong to no request, and bytes that are no HTTP, are transactions of their own. Memory is bounded by the
/// [`Limits`](crate::limits::Limits), except for ended transactions that nobody takes.
///
/// ```
/// let engine = sidewatch::Engine::default();
/// let mut connection = engine.connection();
/// connection.client(b"GET /a HTTP/1.1\r\nHost: shop.example\r\n\r\n");
/// connection.server(b"HTTP/1.1 204 No Content\r\n\r\n");
/// let transaction = connection.next_transaction().unwrap();
/// assert_eq!((transaction.target(), transaction.status()), (&b"/a"[..], Some(204)));
/// connection.recycle(transaction);
/// ```
#[derive(Debug)]
pub struct Connection {
    pairing: Pairing<Transactions>,
}

/// Makes transactions of one engine and keeps some for reuse.
#[derive(Debug)]
struct Transactions {
    engine: Engine,
    #[allow(clippy::vec_box)] // they come and go as boxes: moving one moves a pointer
    spare: Vec<Box<Transaction>>,
    time: Option<Duration>,
    client: Option<SocketAddr>,
    server: Option<SocketAddr>,
}

impl Pool for Transactions {
    type Exchange = Box<Transaction>;

    fn take(&mut self) -> Box<Transaction> {
        let mut transaction = self.spare.pop().unwrap_or_else(|| Box::new(self.engine.transaction()));
        if let Some(time) = self.time {
            transaction.set_time(time);
        }
        if let Some(client) = self.client {
            transaction.set_client(client);
        }
        if let Some(server) = self.server {
            transaction.set_server(server);
        }
        transaction
    }

    fn give(&mut self, unused: Box<Transaction>) {
        if self.spare.len() < SPARE {
            self.spare.push(unused);
        }
    }
}

impl Engine {
    /// A TCP connection to feed bytes to.
    pub fn connection(&self) -> Connection {
        let pool =
            Transactions { engine: self.clone(), spare: Vec::new(), time: None, client: None, server: None };
        Connection { pairing: Pairing::new(&self.policy().limits, pool) }
    }
}

impl Connection {
    /// The time, since the Unix epoch, of what is fed next: transactions that begin from now on began at it.
    pub fn set_time(&mut self, since_epoch: Duration) {
        self.pairing.pool().time = Some(since_epoch);
    }

    /// The two ends of the connection.
    pub fn set_addresses(&mut self, client: SocketAddr, server: SocketAddr) {
        let pool = self.pairing.pool();
        (pool.client, pool.server) = (Some(client), Some(server));
    }

    /// Takes bytes sent by the client.
    pub fn client(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let used = self.pairing.client(rest);
            rest = rest.get(used..).unwrap_or_default();
        }
    }

    /// Takes bytes sent by the server.
    pub fn server(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let used = self.pairing.server(rest);
            rest = rest.get(used..).unwrap_or_default();
        }
    }

    /// Takes bytes sent by the client up to the end of a message, and returns how many: with
    /// [`next_transaction`](Connection::next_transaction) after each call no transactions pile up.
    pub fn client_message(&mut self, bytes: &[u8]) -> usize {
        self.pairing.client(bytes)
    }

    /// Takes bytes sent by the server up to the end of a message, and returns how many; see
    /// [`client_message`](Connection::client_message).
    pub fn server_message(&mut self, bytes: &[u8]) -> usize {
        self.pairing.server(bytes)
    }

    /// `n` bytes sent by the client were not captured.
    pub fn client_gap(&mut self, n: u64) {
        self.pairing.client_gap(n);
    }

    /// `n` bytes sent by the server were not captured.
    pub fn server_gap(&mut self, n: u64) {
        self.pairing.server_gap(n);
    }

    /// Bytes sent by the client that differ from those which came first at the same place of the stream
    /// ([`Anomaly::OverlapConflict`](crate::Anomaly::OverlapConflict)); they are judged as raw text.
    pub fn client_conflict(&mut self, bytes: &[u8]) {
        self.pairing.client_conflict(bytes);
    }

    /// The same for bytes sent by the server.
    pub fn server_conflict(&mut self, bytes: &[u8]) {
        self.pairing.server_conflict(bytes);
    }

    /// The client will send no more.
    pub fn client_close(&mut self) {
        self.pairing.client_close();
    }

    /// The server will send no more: requests that wait for a response end without one.
    pub fn server_close(&mut self) {
        self.pairing.server_close();
    }

    /// Ends what need not wait any longer. To be called where nothing has happened on the connection for a while, or
    /// where only one direction is captured: requests that wait for a response end without one.
    pub fn settle(&mut self) {
        self.pairing.settle();
    }

    /// The next transaction that has ended, oldest first.
    pub fn next_transaction(&mut self) -> Option<Box<Transaction>> {
        self.pairing.next()
    }

    /// The transactions kept for reuse. They may be moved to another connection of the same engine: one that was used before
    /// needs no memory, and knows fields and values that told nothing. Any number may be put in.
    #[allow(clippy::vec_box)] // as above
    pub fn spare(&mut self) -> &mut Vec<Box<Transaction>> {
        &mut self.pairing.pool().spare
    }

    /// Takes a transaction back, to be used again.
    pub fn recycle(&mut self, mut transaction: Box<Transaction>) {
        transaction.reset();
        self.pairing.pool().give(transaction);
    }
}
