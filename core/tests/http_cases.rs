//! Every case of `testdata/http/*.toml`, as it is written, whole, cut in two at every place, and byte by byte.
//!
//! The stream of a case is what was captured, in order: `> ` bytes of the client, `< ` bytes of the server, `>gap 9` bytes
//! of the client that were lost. At its end both sides close. Bytes are written as [`record::escape`] tells. Expected
//! are the exchanges in the order in which they end: what was told of the request and of the response, the body and raw
//! values each in one piece after the rest, and the anomalies.

mod record;

use record::{Record, unescape};
use serde::Deserialize;
use sidewatch::http::{Pairing, Pool};
use sidewatch::limits::Limits;
use std::collections::BTreeSet;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Topic {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    why: String,
    stream: Vec<String>,
    exchange: Vec<Exchange>,
    field: Option<usize>,
    headers: Option<usize>,
    pipelined: Option<usize>,
}

#[derive(Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Exchange {
    lines: Vec<String>,
    #[serde(default)]
    anomalies: BTreeSet<String>,
}

#[derive(Clone)]
enum Event {
    Client(Vec<u8>),
    Server(Vec<u8>),
    ClientGap(u64),
    ServerGap(u64),
}

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

fn event(text: &str) -> Event {
    match text.split_at(2) {
        ("> ", bytes) => Event::Client(unescape(bytes)),
        ("< ", bytes) => Event::Server(unescape(bytes)),
        (">g", rest) => Event::ClientGap(rest[3..].parse().unwrap()),
        ("<g", rest) => Event::ServerGap(rest[3..].parse().unwrap()),
        _ => panic!("no event: {text:?}"),
    }
}

fn run(limits: &Limits, events: &[Event]) -> Vec<Exchange> {
    let mut pairing = Pairing::new(limits, Records);
    let mut out = Vec::new();
    let mut take = |pairing: &mut Pairing<Records>| {
        while let Some(record) = pairing.next() {
            let anomalies = record.anomalies.iter().map(ToString::to_string).collect();
            out.push(Exchange { lines: record.text(), anomalies });
        }
    };
    for event in events {
        let mut rest: &[u8] = match event {
            Event::Client(bytes) | Event::Server(bytes) => bytes,
            Event::ClientGap(n) => {
                pairing.client_gap(*n);
                &[]
            }
            Event::ServerGap(n) => {
                pairing.server_gap(*n);
                &[]
            }
        };
        while !rest.is_empty() {
            let client = matches!(event, Event::Client(_));
            let used = if client { pairing.client(rest) } else { pairing.server(rest) };
            rest = &rest[used..];
            take(&mut pairing);
        }
        take(&mut pairing);
    }
    pairing.client_close();
    take(&mut pairing);
    pairing.server_close();
    take(&mut pairing);
    out
}

/// Neighbouring pieces of one side as one.
fn whole(events: &[Event]) -> Vec<Event> {
    let mut out: Vec<Event> = Vec::new();
    for event in events {
        match (out.last_mut(), event) {
            (Some(Event::Client(a)), Event::Client(b)) | (Some(Event::Server(a)), Event::Server(b)) => {
                a.extend(b)
            }
            _ => out.push(event.clone()),
        }
    }
    out
}

/// The `i`-th event with its bytes cut into `pieces`.
fn cut(events: &[Event], i: usize, pieces: impl Fn(&[u8]) -> Vec<Vec<u8>>) -> Vec<Event> {
    let mut out = events.to_vec();
    let cut = match &events[i] {
        Event::Client(b) => pieces(b).into_iter().map(Event::Client).collect(),
        Event::Server(b) => pieces(b).into_iter().map(Event::Server).collect(),
        gap => vec![gap.clone()],
    };
    out.splice(i..=i, cut);
    out
}

fn check(case: &Case) -> Result<(), String> {
    let mut limits = Limits::default();
    limits.field = case.field.unwrap_or(limits.field);
    limits.headers = case.headers.unwrap_or(limits.headers);
    limits.pipelined = case.pipelined.unwrap_or(limits.pipelined);
    let events: Vec<Event> = case.stream.iter().map(|t| event(t)).collect();
    let same = |events: &[Event], how: &str| {
        let got = run(&limits, events);
        if got == case.exchange {
            return Ok(());
        }
        Err(format!("{how}: {}\n  expected {:#?}\n  got {got:#?}", case.why, case.exchange))
    };
    same(&events, "as written")?;
    let events = whole(&events);
    same(&events, "whole")?;
    let mut single = events.clone();
    for i in (0..events.len()).rev() {
        let len = match &events[i] {
            Event::Client(b) | Event::Server(b) => b.len(),
            _ => continue,
        };
        for at in 0..=len {
            let two = cut(&events, i, |b| vec![b[..at].to_vec(), b[at..].to_vec()]);
            same(&two, &format!("event {i} cut at {at}"))?;
        }
        single = cut(&single, i, |b| b.iter().map(|&b| vec![b]).collect());
    }
    same(&single, "byte by byte")
}

#[test]
fn every_case_holds_however_it_is_cut() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/http");
    let (mut names, mut failed) = (BTreeSet::new(), Vec::new());
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let topic: Topic = toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        for case in topic.case {
            let name = format!("{}: {}", file.file_name().unwrap().display(), case.name);
            if let Err(why) = check(&case) {
                failed.push(format!("{name}\n  {why}"));
            }
            assert!(names.insert(name), "{} twice", case.name);
        }
    }
    assert!(names.len() > 150, "{} cases", names.len());
    assert!(failed.is_empty(), "{} failed\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn text_of_cases_comes_back() {
    let bytes: Vec<u8> = (0..=255).chain([b'a'; 300]).chain(*b"\\{x*9}").collect();
    assert_eq!(unescape(&record::escape(&bytes)), bytes);
}
