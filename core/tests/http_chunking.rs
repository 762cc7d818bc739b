//! Any cutting of the same bytes makes the same calls.

mod record;

use proptest::prelude::*;
use record::Record;
use sidewatch::http::h1::{Asked, Request, Response, Stop};
use sidewatch::limits::Limits;

/// The lines of every message in one direction, and its anomalies.
type Told = Vec<(Vec<String>, Vec<&'static str>)>;

fn told(records: Vec<Record>) -> Told {
    records.into_iter().map(|r| (r.text(), r.anomalies.iter().copied().collect())).collect()
}

fn requests(limits: &Limits, pieces: &[&[u8]]) -> Told {
    let (mut parser, mut done, mut now) = (Request::new(limits), Vec::new(), Record::default());
    for &piece in pieces {
        let mut rest = piece;
        loop {
            let fed = parser.feed(rest, &mut now);
            rest = &rest[fed.used..];
            match fed.stop {
                Stop::Hungry => break,
                Stop::End => done.push(std::mem::take(&mut now)),
                Stop::Stray => {}
            }
        }
        assert!(rest.is_empty());
    }
    while parser.close(&mut now) {
        done.push(std::mem::take(&mut now));
    }
    assert_eq!(now, Record::default(), "told and not ended");
    told(done)
}

fn responses(limits: &Limits, asked: Asked, pieces: &[&[u8]]) -> Told {
    let (mut parser, mut done, mut now) = (Response::new(limits), Vec::new(), Record::default());
    for &piece in pieces {
        let mut rest = piece;
        loop {
            let fed = parser.feed(rest, asked, &mut now);
            rest = &rest[fed.used..];
            match fed.stop {
                Stop::Hungry => break,
                Stop::End => done.push(std::mem::take(&mut now)),
                Stop::Stray => {}
            }
        }
        assert!(rest.is_empty());
    }
    while parser.close(asked, &mut now) {
        done.push(std::mem::take(&mut now));
    }
    assert_eq!(now, Record::default(), "told and not ended");
    told(done)
}

/// Bits of messages that, put together at random, reach the odd corners.
fn bits(start: &'static [&'static [u8]]) -> impl Strategy<Value = Vec<u8>> {
    let common: &[&[u8]] = &[
        b"\r\n",
        b"\r\n\r\n",
        b"\n",
        b"\r",
        b" ",
        b"\t",
        b"\0",
        b":",
        b",",
        b"HTTP/1.1",
        b"HTTP/",
        b"GET / HTTP/1.1\r\n",
        b"Content-Length: 5\r\n",
        b"Content-Length: 3\r\n",
        b"Content-Length: +2\r\n",
        b"Content-Length:\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: gzip\r\n",
        b"Host: a.test\r\n",
        b"Upgrade: x\r\n",
        b" folded\r\n",
        b"5\r\nabcde\r\n",
        b"3;x=y\r\nabc\r\n",
        b"0\r\n\r\n",
        b"0\r\n",
        b"0x2\r\nab\r\n",
        b"abc",
        b"Foo: bar\r\n",
        b"x: y\rContent-Length: 4\r\n",
        b" \r\n",
        b"HTT",
        b"PO",
        b"\xff\x80",
    ];
    let one = prop_oneof![
        3 => prop::sample::select(start).prop_map(<[u8]>::to_vec),
        6 => prop::sample::select(common).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 1..12),
        1 => (any::<u8>(), 1usize..200).prop_map(|(b, n)| vec![b; n]),
    ];
    prop::collection::vec(one, 1..14).prop_map(|v| v.concat())
}

const REQUESTS: &[&[u8]] = &[
    b"POST /a?b=c HTTP/1.1\r\n",
    b"GET /x\r\n",
    b"HEAD http://a.test/ HTTP/1.0\r\n",
    b"CONNECT a.test:443 HTTP/1.1\r\n",
    b"PUT / HTTP/1.1\rHost: a\r\r",
    b"HELLO\r\n",
    b"DELETE /a b HTTP/1.1\r\n\r\n",
    b"get /q ICE/1.0\r\n",
];
const RESPONSES: &[&[u8]] = &[
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.0 404 Not Found\r\n",
    b"HTTP/1.1 100 Continue\r\n",
    b"HTTP/1.1 101 Switching\r\n",
    b"HTTP/1.1 204 None\r\n",
    b"HTTP/1.1 304 Same\r\n",
    b"junk\r\n",
    b"HTTP/1.1\r 200\r\n",
    b"http/1.1 2xx\r\n",
];
const ASKED: &[Asked] = &[Asked::Nothing, Asked::Http09, Asked::Head, Asked::Connect, Asked::Other];

fn tight() -> Limits {
    let mut limits = Limits::default();
    (limits.field, limits.headers) = (70, 4);
    limits
}

fn every_cut(bytes: &[u8], told: impl Fn(&[&[u8]]) -> Told) {
    let whole = told(&[bytes]);
    for at in 0..=bytes.len() {
        let (a, b) = bytes.split_at(at);
        assert_eq!(told(&[a, b]), whole, "cut at {at} of {:?}", record::escape(bytes));
    }
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(told(&single), whole, "byte by byte: {:?}", record::escape(bytes));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn requests_do_not_depend_on_the_cuts(bytes in bits(REQUESTS), narrow in any::<bool>()) {
        let limits = if narrow { tight() } else { Limits::default() };
        every_cut(&bytes, |pieces| requests(&limits, pieces));
    }

    #[test]
    fn responses_do_not_depend_on_the_cuts(
        bytes in bits(RESPONSES),
        narrow in any::<bool>(),
        asked in prop::sample::select(ASKED),
    ) {
        let limits = if narrow { tight() } else { Limits::default() };
        every_cut(&bytes, |pieces| responses(&limits, asked, pieces));
    }

    #[test]
    fn any_bytes_are_taken(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        requests(&Limits::default(), &[&bytes]);
        responses(&Limits::default(), Asked::Other, &[&bytes]);
    }
}
