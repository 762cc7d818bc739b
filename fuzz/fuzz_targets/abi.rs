//! Random sequences of calls of the C ABI, in any order that the header allows: nothing panics, findings and counters only
//! grow, out-parameters are written on success only, every handle is freed once and leaks nothing.
//!
//! The input is a list of calls: a byte that chooses the call, one that chooses the handle, a length, and so many bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sidewatch_abi::connection::*;
use sidewatch_abi::engine::*;
use sidewatch_abi::facts::*;
use sidewatch_abi::finding::*;
use sidewatch_abi::log::*;
use sidewatch_abi::request::*;
use sidewatch_abi::response::*;
use sidewatch_abi::result::*;
use sidewatch_abi::slot::*;
use sidewatch_abi::statistics::*;
use sidewatch_abi::transaction::*;
use sidewatch_abi::verdict::*;
use std::ptr::{null, null_mut};
use std::sync::Once;

const POLICIES: [&[u8]; 4] = [
    b"",
    b"[limits]\nkeep_body = 64\nfindings = 2\nheaders = 8\nparams = 16\nfield = 256\npipelined = 2\n",
    b"[detection]\nsensitivity = \"strict\"\ndisabled = [\"xss\"]\n[[exclusions]]\npath = \"/a*\"\n",
    b"[limits]\nfindings = 0\n",
];

/// A transaction, and what it has shown.
struct Tx {
    handle: *mut sidewatch_transaction,
    findings: usize,
    verdict: u32,
}

#[derive(Default)]
struct World {
    engines: Vec<*mut sidewatch_engine>,
    slots: Vec<*mut sidewatch_slot>,
    connections: Vec<*mut sidewatch_connection>,
    txs: Vec<Tx>,
}

/// Handles of a kind that live at the same time.
const MOST: usize = 3;

fn pick<T>(list: &[T], which: u8) -> Option<&T> {
    list.get(usize::from(which) % list.len().max(1))
}

/// A handle, or NULL, which has to be refused.
fn handle<T>(list: &[*mut T], which: u8) -> *mut T {
    if which & 0x40 != 0 { null_mut() } else { pick(list, which).copied().unwrap_or(null_mut()) }
}

fn allowed(result: i32, nothing: bool) -> bool {
    assert_ne!(result, SIDEWATCH_ERROR_INTERNAL, "a panic was caught");
    assert!((SIDEWATCH_ERROR_ABI..=SIDEWATCH_OK).contains(&result));
    assert!(!nothing || result == SIDEWATCH_ERROR_ARGUMENT, "NULL is taken: {result}");
    result == SIDEWATCH_OK
}

fn made<T>(list: &mut Vec<*mut T>, result: i32, out: *mut T) {
    assert_eq!(result == SIDEWATCH_OK, !out.is_null(), "an out-parameter is written on success only");
    if !out.is_null() {
        list.push(out);
    }
}

impl World {
    /// Makes a transaction known.
    fn keep(&mut self, result: i32, handle: *mut sidewatch_transaction) {
        assert_eq!(result == SIDEWATCH_OK, !handle.is_null());
        if !handle.is_null() {
            self.txs.push(Tx { handle, findings: 0, verdict: 0 });
        }
    }

    /// Reads everything of a transaction, and holds it to what it has shown before.
    unsafe fn read(tx: &mut Tx) {
        let mut count = 0;
        assert!(allowed(unsafe { sidewatch_transaction_finding_count(tx.handle, &mut count) }, false));
        assert!(count >= tx.findings, "findings were withdrawn");
        let mut verdict = 99;
        assert!(allowed(unsafe { sidewatch_transaction_verdict(tx.handle, &mut verdict) }, false));
        assert!(verdict >= tx.verdict && verdict <= SIDEWATCH_VERDICT_ATTACK, "a verdict was withdrawn");
        assert!((verdict == 0) == (count == 0) || verdict > 0, "findings without a verdict");
        (tx.findings, tx.verdict) = (count, verdict);
        for index in 0..count {
            let mut finding = std::mem::MaybeUninit::uninit();
            assert!(allowed(unsafe { sidewatch_transaction_finding(tx.handle, index, finding.as_mut_ptr()) }, false));
            let finding: sidewatch_finding = unsafe { finding.assume_init() };
            for text in [finding.class_name, finding.technique, finding.point, finding.excerpt, finding.reason] {
                let bytes = unsafe { std::slice::from_raw_parts(text.data, text.len) };
                assert!(std::str::from_utf8(bytes).is_ok());
            }
            assert!((1..=100).contains(&finding.confidence));
        }
        let mut finding = std::mem::MaybeUninit::uninit();
        let beyond = unsafe { sidewatch_transaction_finding(tx.handle, count, finding.as_mut_ptr()) };
        assert_eq!(beyond, SIDEWATCH_ERROR_INDEX);
        let mut anomalies = 0;
        assert!(allowed(unsafe { sidewatch_transaction_anomaly_count(tx.handle, &mut anomalies) }, false));
        let mut anomaly: sidewatch_anomaly = unsafe { std::mem::zeroed() };
        anomaly.size = size_of_val(&anomaly);
        for index in 0..anomalies {
            assert!(allowed(unsafe { sidewatch_transaction_anomaly(tx.handle, index, &mut anomaly) }, false));
        }
        let mut summary: sidewatch_summary = unsafe { std::mem::zeroed() };
        summary.size = size_of_val(&summary);
        assert!(allowed(unsafe { sidewatch_transaction_summary(tx.handle, &mut summary) }, false));
        assert_eq!((summary.finding_count, summary.verdict), (count as u64, verdict));
        let (mut event, mut len) = (null(), 0);
        assert!(allowed(unsafe { sidewatch_transaction_event_json(tx.handle, &mut event, &mut len) }, false));
        let event = unsafe { std::slice::from_raw_parts(event, len) };
        assert!(event.starts_with(b"{") && event.ends_with(b"}") && std::str::from_utf8(event).is_ok());
        assert!(!event.iter().any(|&b| b < b' '), "an event is one line");
    }

    unsafe fn call(&mut self, call: u8, which: u8, data: &[u8]) {
        let (bytes, len) = (data.as_ptr(), data.len());
        // Two texts of one: a name and a value.
        let (name, value) = data.split_at(data.iter().position(|&b| b == b':').unwrap_or(len));
        match call {
            0 if self.engines.len() < MOST => {
                let policy = pick(&POLICIES, which).unwrap();
                let mut out = null_mut();
                let (reason, size) = (null_mut(), 0);
                let result = unsafe { sidewatch_engine_new(policy.as_ptr(), policy.len(), reason, size, &mut out) };
                made(&mut self.engines, result, out);
            }
            1 if self.engines.len() < MOST => {
                let mut reason = [1; 40];
                let mut out = null_mut();
                let result = unsafe { sidewatch_engine_new(bytes, len, reason.as_mut_ptr(), 40, &mut out) };
                assert!(reason.contains(&0), "a reason ends");
                made(&mut self.engines, result, out);
            }
            2 if !self.engines.is_empty() => {
                let at = usize::from(which) % self.engines.len();
                unsafe { sidewatch_engine_free(self.engines.swap_remove(at)) };
            }
            3 if self.slots.len() < MOST => {
                let (engine, mut out) = (handle(&self.engines, which), null_mut());
                let result = unsafe { sidewatch_slot_new(engine, &mut out) };
                allowed(result, engine.is_null());
                made(&mut self.slots, result, out);
            }
            4 if !self.slots.is_empty() => {
                let at = usize::from(which) % self.slots.len();
                unsafe { sidewatch_slot_free(self.slots.swap_remove(at)) };
            }
            5 => {
                let (slot, engine) = (handle(&self.slots, which), handle(&self.engines, which >> 2));
                allowed(unsafe { sidewatch_slot_swap(slot, engine) }, slot.is_null() || engine.is_null());
            }
            6 => {
                let (slot, policy) = (handle(&self.slots, which), pick(&POLICIES, which >> 2).unwrap());
                let result =
                    unsafe { sidewatch_slot_load(slot, policy.as_ptr(), policy.len(), null_mut(), 0) };
                allowed(result, slot.is_null());
            }
            7 if self.engines.len() < MOST => {
                let (slot, mut out) = (handle(&self.slots, which), null_mut());
                let result = unsafe { sidewatch_slot_engine(slot, &mut out) };
                made(&mut self.engines, result, out);
            }
            8 if self.txs.len() < MOST => {
                let (slot, mut out) = (handle(&self.slots, which), null_mut());
                let result = unsafe { sidewatch_slot_transaction(slot, &mut out) };
                allowed(result, slot.is_null());
                self.keep(result, out);
            }
            9 if self.txs.len() < MOST => {
                let (engine, mut out) = (handle(&self.engines, which), null_mut());
                let result = unsafe { sidewatch_transaction_new(engine, &mut out) };
                allowed(result, engine.is_null());
                self.keep(result, out);
            }
            10 if self.connections.len() < MOST => {
                let (engine, mut out) = (handle(&self.engines, which), null_mut());
                let result = unsafe { sidewatch_connection_new(engine, &mut out) };
                allowed(result, engine.is_null());
                made(&mut self.connections, result, out);
            }
            11 if !self.connections.is_empty() => {
                let at = usize::from(which) % self.connections.len();
                unsafe { sidewatch_connection_free(self.connections.swap_remove(at)) };
            }
            12..=19 => {
                let connection = handle(&self.connections, which);
                let mut used = usize::MAX;
                let result = match call {
                    12 => unsafe { sidewatch_connection_client_bytes(connection, bytes, len) },
                    13 => unsafe { sidewatch_connection_server_bytes(connection, bytes, len) },
                    14 => unsafe { sidewatch_connection_client_message(connection, bytes, len, &mut used) },
                    15 => unsafe { sidewatch_connection_server_message(connection, bytes, len, &mut used) },
                    16 => unsafe { sidewatch_connection_client_gap(connection, u64::from(which)) },
                    17 => unsafe { sidewatch_connection_server_gap(connection, u64::from(which)) },
                    18 => unsafe { sidewatch_connection_client_conflict(connection, bytes, len) },
                    _ => unsafe { sidewatch_connection_server_conflict(connection, bytes, len) },
                };
                let done = allowed(result, connection.is_null());
                let message = matches!(call, 14 | 15);
                assert!(if done && message { used <= len } else { used == usize::MAX });
            }
            20..=23 => {
                let connection = handle(&self.connections, which);
                let result = match call {
                    20 => unsafe { sidewatch_connection_client_close(connection) },
                    21 => unsafe { sidewatch_connection_server_close(connection) },
                    22 => unsafe { sidewatch_connection_settle(connection) },
                    _ => unsafe { sidewatch_connection_set_time(connection, u64::from(which) << 40) },
                };
                allowed(result, connection.is_null());
            }
            24 if self.txs.len() < MOST => {
                let (connection, mut out) = (handle(&self.connections, which), null_mut());
                let result = unsafe { sidewatch_connection_next_transaction(connection, &mut out) };
                if allowed(result, connection.is_null()) && !out.is_null() {
                    self.keep(result, out);
                }
            }
            25 if !self.txs.is_empty() => {
                let tx = self.txs.swap_remove(usize::from(which) % self.txs.len()).handle;
                let connection = handle(&self.connections, which);
                allowed(unsafe { sidewatch_connection_recycle(connection, tx) }, connection.is_null());
            }
            26 if !self.txs.is_empty() => {
                let tx = self.txs.swap_remove(usize::from(which) % self.txs.len()).handle;
                unsafe { sidewatch_transaction_free(tx) };
            }
            27 => {
                let slot = handle(&self.slots, which);
                let Some(at) = (!self.txs.is_empty()).then(|| usize::from(which >> 3) % self.txs.len()) else { return };
                let tx = &mut self.txs[at];
                if allowed(unsafe { sidewatch_slot_reset(slot, tx.handle) }, slot.is_null()) {
                    (tx.findings, tx.verdict) = (0, 0);
                }
            }
            28 => {
                let engine = handle(&self.engines, which);
                let mut seen: sidewatch_statistics = unsafe { std::mem::zeroed() };
                seen.size = size_of_val(&seen);
                if allowed(unsafe { sidewatch_engine_statistics(engine, &mut seen) }, engine.is_null()) {
                    assert!(seen.attacks + seen.suspicious <= seen.transactions && seen.panics == 0);
                    assert!(seen.requests <= seen.transactions && seen.limited <= seen.anomalous);
                }
            }
            29 => {
                let slot = handle(&self.slots, which);
                let mut seen: sidewatch_statistics = unsafe { std::mem::zeroed() };
                seen.size = size_of_val(&seen);
                let first = allowed(unsafe { sidewatch_slot_statistics(slot, &mut seen) }, slot.is_null());
                let before = seen;
                allowed(unsafe { sidewatch_slot_statistics(slot, &mut seen) }, slot.is_null());
                assert!(!first || before == seen, "nothing has happened between");
            }
            _ => {
                if self.txs.is_empty() {
                    return;
                }
                let at = usize::from(which) % self.txs.len();
                let tx = &mut self.txs[at];
                let to = if which & 0x40 != 0 { null_mut() } else { tx.handle };
                let (n, nl, v, vl) = (name.as_ptr(), name.len(), value.as_ptr(), value.len());
                let result = match call {
                    30 => unsafe { sidewatch_transaction_request_line(to, n, nl, v, vl, u32::from(which)) },
                    31 => unsafe { sidewatch_transaction_request_header(to, n, nl, v, vl) },
                    32 => unsafe { sidewatch_transaction_request_head_end(to) },
                    33 => unsafe { sidewatch_transaction_request_body(to, bytes, len) },
                    34 => unsafe { sidewatch_transaction_request_trailer(to, n, nl, v, vl) },
                    35 => unsafe { sidewatch_transaction_request_bytes(to, bytes, len) },
                    36 => unsafe { sidewatch_transaction_request_raw(to, bytes, len) },
                    37 => unsafe { sidewatch_transaction_request_end(to) },
                    38 => unsafe { sidewatch_transaction_response_line(to, u16::from(which) * 4, 11) },
                    39 => unsafe { sidewatch_transaction_response_header(to, n, nl, v, vl) },
                    40 => unsafe { sidewatch_transaction_response_head_end(to) },
                    41 => unsafe { sidewatch_transaction_response_body(to, bytes, len) },
                    42 => unsafe { sidewatch_transaction_response_trailer(to, n, nl, v, vl) },
                    43 => unsafe { sidewatch_transaction_response_end(to) },
                    44 => unsafe { sidewatch_transaction_set_id(to, bytes, len) },
                    45 => {
                        let result = unsafe { sidewatch_transaction_reset(to) };
                        if result == SIDEWATCH_OK {
                            (tx.findings, tx.verdict) = (0, 0);
                        }
                        result
                    }
                    46 => {
                        let mut classes: sidewatch_text = sidewatch_text { data: null(), len: 0 };
                        unsafe { sidewatch_transaction_classes(to, &mut classes) }
                    }
                    _ => {
                        unsafe { World::read(tx) };
                        return;
                    }
                };
                allowed(result, to.is_null());
            }
        }
    }
}

fuzz_target!(|data: &[u8]| {
    static QUIET: Once = Once::new();
    let mut world = World::default();
    let mut rest = data;
    // SAFETY: handles are used as the header asks: live ones only, by one thread.
    unsafe {
        world.call(0, 0, &[]);
        // The library's own hook is in place now: an assertion of this file has to be seen.
        QUIET.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                before(panic);
                eprintln!("{panic}");
                std::process::abort();
            }));
        });
        world.call(9, 0, &[]);
        world.call(10, 0, &[]);
        while let [call, which, len, tail @ ..] = rest {
            let (data, tail) = tail.split_at(usize::from(*len).min(tail.len()));
            rest = tail;
            world.call(call % 48, *which, data);
        }
        for mut tx in world.txs {
            World::read(&mut tx);
            sidewatch_transaction_free(tx.handle);
        }
        for connection in world.connections {
            sidewatch_connection_free(connection);
        }
        for slot in world.slots {
            sidewatch_slot_free(slot);
        }
        for engine in world.engines {
            sidewatch_engine_free(engine);
        }
    }
    let mut panics = 99;
    // SAFETY: writable.
    assert_eq!(unsafe { sidewatch_panic_count(&mut panics) }, SIDEWATCH_OK);
    assert_eq!(panics, 0);
});
