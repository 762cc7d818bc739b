//! Captures in, transactions out: what is HTTP, who is the client, and what is counted of the rest.
#![allow(missing_docs)]

mod common;

use common::{Tcp, ethernet, ipv4, pcap};
use proptest::prelude::*;
use sidewatch::{Anomaly, Engine, Verdict};
use sidewatch_capture::file::CaptureFile;
use sidewatch_capture::limits::Limits;
use sidewatch_capture::summary::{Reason, Summary};
use sidewatch_capture::{Finished, Scanner};
use std::io::Cursor;

/// A conversation: each entry one segment, in order.
struct Talk {
    packets: Vec<(u64, Tcp)>,
    at: [u32; 2],
    connection: u16,
}

const CLIENT: bool = false;
const SERVER: bool = true;

impl Talk {
    /// One whose handshake is captured.
    fn opened() -> Talk {
        let mut talk = Talk::joined();
        talk.push(CLIENT, true, false, b"");
        talk.push(SERVER, true, false, b"");
        talk
    }

    /// One that has been going on for a while.
    fn joined() -> Talk {
        Talk { packets: Vec::new(), at: [1000, 0xffff_ff00], connection: 0 }
    }

    fn push(&mut self, backward: bool, syn: bool, fin: bool, payload: &[u8]) {
        let me = usize::from(backward);
        let tcp = Tcp {
            backward,
            connection: self.connection,
            seq: self.at[me],
            ack: (!syn || backward).then_some(self.at[1 - me]),
            syn,
            fin,
            window: 0xffff,
            payload: payload.to_vec(),
            ..Tcp::default()
        };
        self.at[me] = self.at[me].wrapping_add(payload.len() as u32 + u32::from(syn) + u32::from(fin));
        let time = 1_700_000_000_000_000_000 + self.packets.len() as u64 * 1_000_000;
        self.packets.push((time, tcp));
    }

    fn say(mut self, backward: bool, text: &[u8]) -> Talk {
        self.push(backward, false, false, text);
        self
    }

    /// Sends bytes that are not captured.
    fn lose(mut self, backward: bool, n: u32) -> Talk {
        self.at[usize::from(backward)] = self.at[usize::from(backward)].wrapping_add(n);
        self
    }

    fn only(mut self, backward: bool) -> Talk {
        self.packets.retain(|(_, tcp)| tcp.backward == backward);
        self
    }

    fn file(&self) -> Vec<u8> {
        let frames: Vec<_> = self
            .packets
            .iter()
            .map(|(t, tcp)| (*t, ethernet(0x0800, &ipv4(6, tcp.backward, &tcp.bytes()))))
            .collect();
        pcap(1, &frames)
    }

    fn scan(&self) -> (Vec<String>, Summary) {
        scan(&self.file())
    }
}

fn scan(file: &[u8]) -> (Vec<String>, Summary) {
    let file = CaptureFile::from_reader(Cursor::new(file.to_vec())).unwrap();
    let mut seen = Vec::new();
    let mut scanner = Scanner::new(&Engine::default(), file, Limits::default(), |finished: &Finished<'_>| {
        let t = finished.transaction;
        let text =
            |bytes: &[u8]| if bytes.is_empty() { "-".to_owned() } else { bytes.escape_ascii().to_string() };
        let status = t.status().map_or("-".to_owned(), |s| s.to_string());
        let from = if finished.server.port() == 8080 { "" } else { " (called back)" };
        seen.push(format!("{} {} {} {status}{from}", text(t.method()), text(t.target()), text(t.host())));
    });
    while scanner.step(1) {}
    let summary = scanner.summary();
    drop(scanner);
    (seen, summary)
}

const ASK: &[u8] = b"GET /a HTTP/1.1\r\nHost: shop.example\r\n\r\n";
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

#[test]
fn requests_meet_their_responses() {
    let (seen, summary) = Talk::opened().say(CLIENT, ASK).say(SERVER, ANSWER).say(CLIENT, ASK).scan();
    assert_eq!(seen, ["GET /a shop.example 200", "GET /a shop.example -"]);
    assert_eq!((summary.http, summary.transactions, summary.drops().count()), (1, 2, 0));
}

#[test]
fn the_first_bytes_may_come_one_by_one() {
    let mut talk = Talk::opened();
    for byte in ASK {
        talk = talk.say(CLIENT, &[*byte]);
    }
    for byte in ANSWER {
        talk = talk.say(SERVER, &[*byte]);
    }
    assert_eq!(talk.scan().0, ["GET /a shop.example 200"]);
}

#[test]
fn a_request_that_is_none_is_one_if_the_answer_is_http() {
    let (seen, summary) =
        Talk::opened().say(CLIENT, b"\x01\x02 what\r\n\r\n").say(SERVER, b"HTTP/1.1 400 Bad\r\n\r\n").scan();
    assert!(seen.iter().any(|s| s.ends_with(" 400")), "{seen:?}");
    assert_eq!((summary.http, summary.other), (1, 0));
}

#[test]
fn other_protocols_are_counted_and_let_go() {
    let hello = b"\x16\x03\x01\x00\x2a\x01\x00\x00\x26\x03\x03";
    type Turns<'a> = &'a [(bool, &'a [u8])];
    let cases: [(Turns<'_>, Reason); 5] = [
        (
            &[(CLIENT, hello), (SERVER, b"\x16\x03\x03\x00\x20"), (CLIENT, b"GET / HTTP/1.1\r\n\r\n")],
            Reason::Tls,
        ),
        (&[(CLIENT, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), (SERVER, b"\0\0\0\x04")], Reason::Http2),
        (&[(SERVER, b"SSH-2.0-OpenSSH_9.6\r\n"), (CLIENT, b"SSH-2.0-PuTTY\r\n")], Reason::NotHttp),
        (&[(SERVER, b"220 mail ready\r\n"), (CLIENT, b"MAIL FROM:<a@b>\r\n")], Reason::NotHttp),
        (&[(CLIENT, b"\0\0\0\x2a\x01binary"), (SERVER, b"\0\0\0\x07answer")], Reason::NotHttp),
    ];
    for (turns, reason) in cases {
        let mut talk = Talk::opened();
        for (way, text) in turns {
            talk = talk.say(*way, text);
        }
        let (seen, summary) = talk.scan();
        assert!(seen.is_empty(), "{seen:?}");
        let all: usize = turns.iter().map(|t| t.1.len()).sum();
        assert_eq!(summary.dropped(reason).bytes, all as u64, "{reason:?}");
        let counted = (summary.tls, summary.http2, summary.other);
        assert_eq!(counted.0 + counted.1 + counted.2, 1);
        assert_eq!(summary.http, 0);
    }
}

#[test]
fn joined_in_the_middle_of_a_response() {
    let (seen, summary) = Talk::joined()
        .say(SERVER, b"rest of a page\nand more of it")
        .say(CLIENT, ASK)
        .say(SERVER, ANSWER)
        .scan();
    assert_eq!(seen, ["GET /a shop.example 200"]);
    assert_eq!((summary.midstream, summary.dropped(Reason::Undecided).bytes > 0), (1, true));
}

#[test]
fn joined_in_the_middle_of_a_request() {
    let (seen, _) = Talk::joined()
        .say(CLIENT, b"form=data&with=GET / lines")
        .say(SERVER, b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
        .say(CLIENT, ASK)
        .say(SERVER, ANSWER)
        .scan();
    assert_eq!(seen, ["- - - 201", "GET /a shop.example 200"]);
}

#[test]
fn joined_where_a_start_line_is_cut_in_two() {
    let (seen, _) =
        Talk::joined().say(CLIENT, b"tail\r\nGET /a HT").say(CLIENT, b"TP/1.1\r\nHost: x\r\n\r\n").scan();
    assert_eq!(seen, ["GET /a x -"]);
}

#[test]
fn one_side_only() {
    let whole = || Talk::opened().say(CLIENT, ASK).say(SERVER, ANSWER).say(CLIENT, ASK).say(SERVER, ANSWER);
    assert_eq!(whole().only(CLIENT).scan().0, ["GET /a shop.example -", "GET /a shop.example -"]);
    assert_eq!(whole().only(SERVER).scan().0, ["- - - 200", "- - - 200"]);
    let joined = Talk::joined().say(CLIENT, ASK).say(SERVER, ANSWER);
    assert_eq!(joined.only(SERVER).scan().0, ["- - - 200"]);
}

#[test]
fn the_server_may_have_called_back() {
    let (seen, _) = Talk::joined().say(SERVER, ASK).say(CLIENT, ANSWER).scan();
    assert_eq!(seen, ["GET /a shop.example 200 (called back)"]);
}

#[test]
fn a_gap_in_a_body_loses_no_transaction() {
    let (seen, summary) = Talk::opened()
        .say(CLIENT, ASK)
        .say(SERVER, b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin")
        .lose(SERVER, 90)
        .say(SERVER, b"e-end")
        .say(CLIENT, b"GET /b HTTP/1.1\r\nHost: h\r\n\r\n")
        .say(SERVER, ANSWER)
        .scan();
    assert_eq!(seen, ["GET /a shop.example 200", "GET /b h 200"]);
    assert_eq!(summary.dropped(Reason::Gap).bytes, 90);
}

#[test]
fn a_gap_at_the_start_of_the_server() {
    let (seen, _) = Talk::opened()
        .say(CLIENT, ASK)
        .lose(SERVER, 40)
        .say(SERVER, b"rest of a body")
        .say(CLIENT, b"GET /b HTTP/1.1\r\nHost: h\r\n\r\n")
        .say(SERVER, ANSWER)
        .scan();
    assert!(
        seen.contains(&"GET /b h 200".to_owned()) || seen.contains(&"GET /a shop.example 200".to_owned()),
        "{seen:?}"
    );
    assert_eq!(seen.iter().filter(|s| s.starts_with("GET")).count(), 2);
}

#[test]
fn requests_without_answers_do_not_pile_up() {
    let mut talk = Talk::opened().only(CLIENT);
    for _ in 0..500 {
        talk = talk.say(CLIENT, ASK);
    }
    for (i, (time, _)) in talk.packets.iter_mut().enumerate() {
        *time += i as u64 * 6_000_000_000;
    }
    let file = CaptureFile::from_reader(Cursor::new(talk.file())).unwrap();
    let seen = std::cell::Cell::new(0);
    let count = |_: &Finished<'_>| seen.set(seen.get() + 1);
    let mut scanner = Scanner::new(&Engine::default(), file, Limits::default(), count);
    for step in 0..400 {
        scanner.step(1);
        assert!(seen.get() + 3 >= step, "{} after {step}", seen.get());
    }
}

#[test]
fn a_truncated_capture_gives_its_transactions_and_the_place() {
    let file = Talk::opened().say(CLIENT, ASK).say(SERVER, ANSWER).say(CLIENT, ASK).file();
    let capture = CaptureFile::from_reader(Cursor::new(file[..file.len() - 5].to_vec())).unwrap();
    let mut seen = 0;
    let mut scanner = Scanner::new(&Engine::default(), capture, Limits::default(), |f: &Finished<'_>| {
        assert_eq!(f.client.to_string(), "10.0.0.1:40000");
        assert_eq!(f.server.to_string(), "10.0.0.2:8080");
        seen += 1;
    });
    while scanner.step(100) {}
    let error = scanner.error().unwrap().to_string();
    let last = file.len() - 16 - 54 - ASK.len();
    assert_eq!(error, format!("the capture ends inside a record that begins at byte {last}"));
    assert_eq!(scanner.summary().frames, 4);
    drop(scanner);
    assert_eq!(seen, 1);
}

#[test]
fn attacks_in_a_capture_are_found_with_time_and_addresses() {
    let attack = b"GET /download?file=../../../../etc/passwd HTTP/1.1\r\nHost: shop.example\r\n\r\n";
    let file = CaptureFile::from_reader(Cursor::new(Talk::opened().say(CLIENT, attack).file())).unwrap();
    let mut json = Vec::new();
    let mut scanner = Scanner::new(&Engine::default(), file, Limits::default(), |f: &Finished<'_>| {
        f.transaction.write_json(&mut json);
    });
    while scanner.step(100) {}
    drop(scanner);
    let event: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(event["verdict"], "attack", "{event}");
    assert!(
        event.to_string().contains("10.0.0.1") && event.to_string().contains("2023-11-14T22:13:20"),
        "{event}"
    );
}

#[test]
fn an_attack_in_a_second_copy_of_the_same_bytes_is_found() {
    let harmless = b"GET /download?file=welcome-to-the-shop.pdf HTTP/1.1\r\nHost: shop.example\r\n";
    let attack = b"GET /download?file=../../../../etc/passwd% HTTP/1.1\r\nHost: shop.example\r\n";
    assert_eq!(harmless.len(), attack.len());
    let mut talk = Talk::opened().say(CLIENT, harmless);
    talk.at[0] -= harmless.len() as u32;
    let talk = talk.say(CLIENT, attack).say(CLIENT, b"\r\n").say(SERVER, ANSWER);
    let file = CaptureFile::from_reader(Cursor::new(talk.file())).unwrap();
    let mut seen = Vec::new();
    let mut scanner = Scanner::new(&Engine::default(), file, Limits::default(), |f: &Finished<'_>| {
        let t = f.transaction;
        seen.push((t.status(), t.verdict(), t.anomalies().contains(Anomaly::OverlapConflict)));
    });
    while scanner.step(100) {}
    assert_eq!(scanner.summary().dropped(Reason::OverlapConflict).bytes, attack.len() as u64);
    drop(scanner);
    assert_eq!(seen, [(Some(200), Verdict::Attack, true)]);
}

proptest! {
    #[test]
    fn how_the_bytes_are_cut_into_segments_does_not_matter(
        joined in any::<bool>(),
        mss in prop::collection::vec(1usize..60, 1..8),
    ) {
        let turns: [(bool, &[u8]); 6] = [
            (CLIENT, ASK),
            (SERVER, ANSWER),
            (CLIENT, b"POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\nGET / HTTP/1"),
            (SERVER, b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
            (CLIENT, ASK),
            (SERVER, ANSWER),
        ];
        let of = |cuts: &[usize]| {
            let mut talk = if joined { Talk::joined() } else { Talk::opened() };
            for (way, mut text) in turns {
                for n in cuts.iter().cycle() {
                    let (now, later) = text.split_at((*n).min(text.len()));
                    talk = talk.say(way, now);
                    text = later;
                    if text.is_empty() {
                        break;
                    }
                }
            }
            talk.scan().0
        };
        let whole = of(&[10_000]);
        prop_assert_eq!(whole.len(), 3);
        // Where the beginning was not captured, a message is known to begin where a packet does: the first may be lost.
        let cut = of(&mss);
        prop_assert!(if joined { cut.ends_with(&whole[1..]) } else { cut == whole }, "{:?}", cut);
    }

    #[test]
    fn any_streams_are_survived_and_accounted_for(
        joined in any::<bool>(),
        turns in prop::collection::vec((any::<bool>(), 0usize..12, prop::collection::vec(any::<u8>(), 0..40), 0u32..30), 0..60),
    ) {
        const PIECES: [&[u8]; 12] = [
            b"GET ", b"/ HTTP/1.1\r\n", b"\r\n", b"\n", b"HTTP/1.1 ", b"200 OK\r\n", b"Content-Length: 30\r\n",
            b"Transfer-Encoding: chunked\r\n", b"5\r\n", b"\x16\x03\x01\x00", b"PRI * HTTP/2.0\r\n", b"x",
        ];
        let mut talk = if joined { Talk::joined() } else { Talk::opened() };
        let mut sent = 0;
        for (way, piece, bytes, lost) in turns {
            let text = if bytes.len() % 3 == 0 { &bytes } else { PIECES[piece] };
            sent += text.len();
            talk = talk.say(way, text);
            if lost > 25 {
                talk = talk.lose(way, lost);
            }
        }
        let (_, summary) = talk.scan();
        let reasons = [Reason::Tls, Reason::Http2, Reason::NotHttp];
        let ignored: u64 = reasons.iter().map(|&r| summary.dropped(r).bytes).sum();
        prop_assert!(summary.delivered <= sent as u64);
        prop_assert!(ignored <= sent as u64, "no byte is counted twice");
        prop_assert_eq!(summary.connections, summary.http + summary.tls + summary.http2 + summary.other + summary.silent + summary.undecided);
    }
}
