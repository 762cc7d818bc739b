//! What a profile for the compiler is made from (`make profile`): everyday requests, again and with new values, and their answers, in every
//! way in which hosts hand them over; with them a few attacks, large bodies and floods. Nothing is measured.
//!
//! It is the traffic of `make bench` and not that of the comparison, so that what a profile brings is measured on requests that the
//! compiler was told nothing about. How often each comes is fixed: a profile does not depend on how quick the machine is.

use crate::engines::c_api;
use crate::message::{Message, Pairs};
use sidewatch_bench::{adversarial, bodies, fresh, traffic};
use std::ffi::{c_char, c_int, c_void};
use std::path::Path;
use std::ptr;

const OK: c_int = 0;
/// `SIDEWATCH_HTTP_1_1`.
const HTTP_1_1: u32 = 11;
/// `SIDEWATCH_VERDICT_ATTACK`.
const ATTACK: u32 = 2;

/// Rounds, in each of which every everyday request comes in every way.
const ROUNDS: usize = 50;
/// How often an everyday request comes with the values it always has, for each time it comes with new ones.
const AGAIN: usize = 2;
/// Attacks for each round: one in about fifty requests.
const ATTACKS: usize = 3;
/// Bytes of a body that a host hands over at once, and of a packet.
const PIECE: usize = 1460;
/// Bytes of a flood.
const FLOOD: usize = 16 << 10;
/// The client, and the server.
const ADDRESSES: [(&[u8], u16); 2] = [(b"192.0.2.7", 40312), (b"198.51.100.1", 80)];

c_api! {
    /// From `include/sidewatch.h`.
    Api {
        sidewatch_engine_new: fn(*const u8, usize, *mut c_char, usize, *mut *mut c_void) -> i32;
        sidewatch_engine_free: fn(*mut c_void);
        sidewatch_transaction_new: fn(*const c_void, *mut *mut c_void) -> i32;
        sidewatch_transaction_free: fn(*mut c_void);
        sidewatch_transaction_reset: fn(*mut c_void) -> i32;
        sidewatch_transaction_set_client: fn(*mut c_void, *const u8, usize, u16) -> i32;
        sidewatch_transaction_request_bytes: fn(*mut c_void, *const u8, usize) -> i32;
        sidewatch_transaction_request_line: fn(*mut c_void, *const u8, usize, *const u8, usize, u32) -> i32;
        sidewatch_transaction_request_header: fn(*mut c_void, *const u8, usize, *const u8, usize) -> i32;
        sidewatch_transaction_request_head_end: fn(*mut c_void) -> i32;
        sidewatch_transaction_request_body: fn(*mut c_void, *const u8, usize) -> i32;
        sidewatch_transaction_request_end: fn(*mut c_void) -> i32;
        sidewatch_transaction_response_line: fn(*mut c_void, u16, u32) -> i32;
        sidewatch_transaction_response_header: fn(*mut c_void, *const u8, usize, *const u8, usize) -> i32;
        sidewatch_transaction_response_head_end: fn(*mut c_void) -> i32;
        sidewatch_transaction_response_body: fn(*mut c_void, *const u8, usize) -> i32;
        sidewatch_transaction_response_end: fn(*mut c_void) -> i32;
        sidewatch_transaction_verdict: fn(*mut c_void, *mut u32) -> i32;
        sidewatch_transaction_event_json: fn(*mut c_void, *mut *const u8, *mut usize) -> i32;
        sidewatch_connection_new: fn(*const c_void, *mut *mut c_void) -> i32;
        sidewatch_connection_free: fn(*mut c_void);
        sidewatch_connection_set_addresses: fn(*mut c_void, *const u8, usize, u16, *const u8, usize, u16) -> i32;
        sidewatch_connection_client_bytes: fn(*mut c_void, *const u8, usize) -> i32;
        sidewatch_connection_server_bytes: fn(*mut c_void, *const u8, usize) -> i32;
        sidewatch_connection_next_transaction: fn(*mut c_void, *mut *mut c_void) -> i32;
        sidewatch_connection_recycle: fn(*mut c_void, *mut c_void) -> i32;
    }
}

/// Calls a function of the library. It fails for no message: what is handed over is as the header wants it.
macro_rules! call {
    ($api:expr, $function:ident($($argument:expr),* $(,)?)) => {{
        // SAFETY: the objects were made by this library, live, and are used by this thread alone; each pointer has its length behind it,
        // or what it points to is writable.
        let result = unsafe { ($api.$function)($($argument),*) };
        assert_eq!(result, OK, stringify!($function));
    }};
}

/// Judges all of it, and says of how many requests.
pub fn run(library: &Path) -> Result<String, String> {
    let api = Api::load(library)?;
    let (mut engine, mut transaction, mut connection) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
    let [(client, client_port), (server, server_port)] = ADDRESSES;
    call!(api, sidewatch_engine_new(ptr::null(), 0, ptr::null_mut(), 0, &mut engine));
    call!(api, sidewatch_transaction_new(engine, &mut transaction));
    call!(api, sidewatch_connection_new(engine, &mut connection));
    call!(
        api,
        sidewatch_connection_set_addresses(
            connection,
            client.as_ptr(),
            client.len(),
            client_port,
            server.as_ptr(),
            server.len(),
            server_port,
        )
    );
    let mut trainer = Trainer { api, engine, transaction, connection, judged: 0, flagged: 0 };
    trainer.all()?;
    Ok(format!("{} requests judged, {} flagged", trainer.judged, trainer.flagged))
}

/// Hands messages over as hosts do.
struct Trainer {
    api: Api,
    engine: *mut c_void,
    transaction: *mut c_void,
    connection: *mut c_void,
    judged: usize,
    flagged: usize,
}

impl Trainer {
    fn all(&mut self) -> Result<(), String> {
        let ways: [fn(&mut Trainer, &Message, &Answer); 3] =
            [Trainer::as_bytes, Trainer::as_fields, Trainer::as_packets];
        let answers = [Answer::parse(bodies::html().bytes)?, Answer::parse(bodies::listing().bytes)?];
        let attacks = traffic::attacks();
        let mut everyday = Vec::new();
        for request in traffic::ordinary() {
            let new = fresh::requests(&request, ROUNDS * ways.len());
            everyday.push((Message::parse(request.bytes)?, new));
        }
        for round in 0..ROUNDS {
            for ((known, new), answer) in everyday.iter().zip(answers.iter().cycle()) {
                for (way, judge) in ways.iter().enumerate() {
                    (0..AGAIN).for_each(|_| judge(self, known, answer));
                    let new = new[round * ways.len() + way].bytes.clone();
                    judge(self, &Message::parse(new)?, answer);
                }
            }
            for n in round * ATTACKS..(round + 1) * ATTACKS {
                let raw = &attacks[n % attacks.len()].bytes;
                // What a server cannot read nobody hands over in parts.
                match Message::parse(raw.clone()) {
                    Ok(message) if n % 2 == 0 => self.as_fields(&message, &answers[n % answers.len()]),
                    _ => self.whole(raw),
                }
            }
        }
        let large =
            [bodies::json(), bodies::form(), bodies::small_json(), bodies::upload(), bodies::octets()];
        large.iter().for_each(|request| self.whole(&request.bytes));
        adversarial::FAMILIES.iter().for_each(|family| self.whole(&family.request(FLOOD)));
        Ok(())
    }

    /// The bytes on the wire.
    fn as_bytes(&mut self, message: &Message, _: &Answer) {
        self.whole(&message.raw);
    }

    fn whole(&mut self, raw: &[u8]) {
        self.begin();
        call!(self.api, sidewatch_transaction_request_bytes(self.transaction, raw.as_ptr(), raw.len()));
        call!(self.api, sidewatch_transaction_request_end(self.transaction));
        self.end(self.transaction);
    }

    /// What a server has parsed, its body in pieces, and its answer.
    fn as_fields(&mut self, message: &Message, answer: &Answer) {
        let (api, tx) = (&self.api, self.transaction);
        let (method, target) = (message.method.as_bytes(), message.target.as_bytes());
        self.begin();
        let (method, target) = ((method.as_ptr(), method.len()), (target.as_ptr(), target.len()));
        call!(api, sidewatch_transaction_request_line(tx, method.0, method.1, target.0, target.1, HTTP_1_1));
        for (name, value) in &message.fields {
            let (name, value) = ((name.as_ptr(), name.len()), (value.as_ptr(), value.len()));
            call!(api, sidewatch_transaction_request_header(tx, name.0, name.1, value.0, value.1));
        }
        call!(api, sidewatch_transaction_request_head_end(tx));
        for piece in message.body_bytes.chunks(PIECE) {
            call!(api, sidewatch_transaction_request_body(tx, piece.as_ptr(), piece.len()));
        }
        call!(api, sidewatch_transaction_request_end(tx));
        call!(api, sidewatch_transaction_response_line(tx, answer.status, HTTP_1_1));
        for (name, value) in &answer.fields {
            let (name, value) = ((name.as_ptr(), name.len()), (value.as_ptr(), value.len()));
            call!(api, sidewatch_transaction_response_header(tx, name.0, name.1, value.0, value.1));
        }
        call!(api, sidewatch_transaction_response_head_end(tx));
        for piece in answer.raw[answer.head..].chunks(PIECE) {
            call!(api, sidewatch_transaction_response_body(tx, piece.as_ptr(), piece.len()));
        }
        call!(api, sidewatch_transaction_response_end(tx));
        self.end(tx);
    }

    /// Both directions of a connection, packet by packet.
    fn as_packets(&mut self, message: &Message, answer: &Answer) {
        for piece in message.raw.chunks(PIECE) {
            call!(self.api, sidewatch_connection_client_bytes(self.connection, piece.as_ptr(), piece.len()));
        }
        for piece in answer.raw.chunks(PIECE) {
            call!(self.api, sidewatch_connection_server_bytes(self.connection, piece.as_ptr(), piece.len()));
        }
        let mut transaction = ptr::null_mut();
        call!(self.api, sidewatch_connection_next_transaction(self.connection, &mut transaction));
        assert!(!transaction.is_null(), "no transaction of {}", message.target);
        self.end(transaction);
        call!(self.api, sidewatch_connection_recycle(self.connection, transaction));
    }

    fn begin(&self) {
        let (client, port) = ADDRESSES[0];
        call!(self.api, sidewatch_transaction_reset(self.transaction));
        call!(
            self.api,
            sidewatch_transaction_set_client(self.transaction, client.as_ptr(), client.len(), port)
        );
    }

    /// Asks for the verdict, and for the event if there is one to write.
    fn end(&mut self, transaction: *mut c_void) {
        let mut verdict = 0;
        call!(self.api, sidewatch_transaction_verdict(transaction, &mut verdict));
        self.judged += 1;
        if verdict == ATTACK {
            self.flagged += 1;
            let (mut text, mut len) = (ptr::null(), 0);
            call!(self.api, sidewatch_transaction_event_json(transaction, &mut text, &mut len));
        }
    }
}

impl Drop for Trainer {
    #[allow(clippy::multiple_unsafe_ops_per_block)] // one sequence of calls, as a host makes them
    fn drop(&mut self) {
        // SAFETY: made in `run`, used no more.
        unsafe {
            (self.api.sidewatch_connection_free)(self.connection);
            (self.api.sidewatch_transaction_free)(self.transaction);
            (self.api.sidewatch_engine_free)(self.engine);
        }
    }
}

/// A response, as sent and taken apart.
struct Answer {
    raw: Vec<u8>,
    status: u16,
    fields: Pairs,
    /// Bytes of its head.
    head: usize,
}

impl Answer {
    fn parse(raw: Vec<u8>) -> Result<Answer, String> {
        let mut fields = [httparse::EMPTY_HEADER; 64];
        let mut head = httparse::Response::new(&mut fields);
        let Ok(httparse::Status::Complete(len)) = head.parse(&raw) else {
            return Err(format!("not a response: {}", String::from_utf8_lossy(&raw)));
        };
        let status = head.code.unwrap_or_default();
        let fields = head.headers.iter().map(|f| (f.name.as_bytes().to_vec(), f.value.to_vec())).collect();
        Ok(Answer { status, fields, head: len, raw })
    }
}
