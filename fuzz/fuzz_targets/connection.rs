//! A connection told whole and told in pieces makes the same exchanges, and nothing panics.
//!
//! The input is a list of events: a byte of kind, a length of two bytes, and as many bytes. Kinds: client, server, gap of
//! the client, gap of the server. The upper bits of the kind say into how large pieces the bytes are cut.
#![no_main]

#[allow(dead_code)]
#[path = "../../core/tests/record/mod.rs"]
mod record;

use libfuzzer_sys::fuzz_target;
use record::Record;
use sidewatch::http::{Pairing, Pool};
use sidewatch::limits::Limits;

struct Records;

impl Pool for Records {
    type Exchange = Record;
    fn take(&mut self) -> Record {
        Record::default()
    }
    fn give(&mut self, unused: Record) {
        assert_eq!(unused, Record::default(), "given back after it was told something");
    }
}

fn run(data: &[u8], limits: &Limits, cut: bool) -> Vec<(Vec<String>, Vec<&'static str>)> {
    let mut pairing = Pairing::new(limits, Records);
    let mut rest = data;
    while let [kind, a, b, tail @ ..] = rest {
        let n = usize::from(u16::from_be_bytes([*a, *b])).min(tail.len());
        let (bytes, tail) = tail.split_at(n);
        rest = tail;
        let piece = if cut { usize::from(kind >> 2) + 1 } else { usize::MAX };
        match kind & 3 {
            2 => pairing.client_gap(u64::from(*b)),
            3 => pairing.server_gap(u64::from(*b)),
            side => {
                for piece in bytes.chunks(piece) {
                    let mut rest = piece;
                    while !rest.is_empty() {
                        let used = if side == 0 { pairing.client(rest) } else { pairing.server(rest) };
                        rest = &rest[used..];
                    }
                }
            }
        }
    }
    pairing.client_close();
    pairing.server_close();
    let mut out = Vec::new();
    while let Some(record) = pairing.next() {
        out.push((record.text(), record.anomalies.iter().copied().collect()));
    }
    out
}

fuzz_target!(|data: &[u8]| {
    let Some((&first, data)) = data.split_first() else { return };
    let mut limits = Limits::default();
    if first & 1 != 0 {
        (limits.field, limits.headers, limits.pipelined) = (70, 4, 2);
    }
    assert_eq!(run(data, &limits, true), run(data, &limits, false));
});
