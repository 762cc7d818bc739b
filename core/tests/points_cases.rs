//! Every case of `testdata/points/*.toml`: what a part of a request is given as, and the values, places and anomalies
//! that must come out, in order. Readers of bodies are run over every way of cutting the input in two, byte by byte,
//! and as the case marks it; the outcome must be the same.

use proptest::prelude::*;
use serde::Deserialize;
use sidewatch::Anomaly;
use sidewatch::limits::Limits;
use sidewatch::points::{
    Body, Cookie, Form, Header, Json, Multipart, Part, Place, Point, Query, Segment, Sink, Target, Xml,
};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;

/// Where a case cuts its input.
const CUT: char = '¦';

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
    reader: Reader,
    /// Of a body or multipart body.
    content_type: Option<String>,
    /// The input as text; `¦` marks where it is cut.
    input: Option<String>,
    input_hex: Option<String>,
    /// Each: point, place, value with bytes that do not print escaped.
    values: Vec<(String, String, String)>,
    #[serde(default)]
    anomalies: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reader {
    Target,
    Connect,
    Query,
    Cookie,
    /// `name: value`
    Header,
    Form,
    Multipart,
    Body,
    Json,
    Xml,
}

/// Joins the pieces of each value and holds the sink's promise: no other value before the end of one.
#[derive(Default, Debug, PartialEq)]
struct Record {
    values: Vec<(String, String, Vec<u8>)>,
    anomalies: BTreeSet<String>,
    open: bool,
}

impl Sink for Record {
    fn piece(&mut self, at: &Point<'_>, place: Place, piece: &[u8], more: bool) {
        let (at, place) = (at.to_string(), format!("{place:?}"));
        if self.open {
            let last = self.values.last_mut().expect("an open value");
            assert_eq!((&last.0, &last.1), (&at, &place), "a value inside another");
            last.2.extend_from_slice(piece);
        } else {
            self.values.push((at, place, piece.to_vec()));
        }
        self.open = more;
    }

    fn anomaly(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly.name().to_owned());
    }
}

/// All readers, to be used again and again as the engine does.
#[derive(Default)]
struct Readers {
    limits: Limits,
    query: Query,
    cookie: Cookie,
    header: Header,
    form: Form,
    multipart: Multipart,
    body: Body,
    json: Json,
    xml: Xml,
}

impl Readers {
    fn run(&mut self, case: &Setup<'_>, chunks: &[&[u8]]) -> Record {
        let (limits, whole) = (&self.limits, chunks.concat());
        let mut sink = Record::default();
        let body = Point::part(Part::Body);
        match case.reader {
            Reader::Target => Target::split(&whole, false).read(limits, &mut self.query, &mut sink),
            Reader::Connect => Target::split(&whole, true).read(limits, &mut self.query, &mut sink),
            Reader::Query => self.query.read(limits, &Point::part(Part::Query), &whole, &mut sink),
            Reader::Cookie => self.cookie.read(limits, &Point::part(Part::Cookie), &whole, &mut sink),
            Reader::Header => {
                let colon = whole.iter().position(|&b| b == b':').unwrap_or(whole.len());
                let value = whole.get(colon + 1..).unwrap_or_default().trim_ascii();
                self.header.read(limits, &whole[..colon], value, &mut sink);
            }
            Reader::Form => {
                let at = body.then(Segment::Format("form"));
                self.form.reset();
                chunks.iter().for_each(|chunk| self.form.feed(limits, &at, chunk, &mut sink));
                self.form.finish(limits, &at, &mut sink);
            }
            Reader::Multipart => {
                let at = body.then(Segment::Format("multipart"));
                self.multipart.start(case.content_type, &mut sink);
                chunks.iter().for_each(|chunk| self.multipart.feed(limits, &at, chunk, &mut sink));
                self.multipart.finish(limits, &at, &mut sink);
            }
            Reader::Body => {
                self.body.start(case.content_type, &mut sink);
                chunks.iter().for_each(|chunk| self.body.feed(limits, &body, chunk, &mut sink));
                self.body.finish(limits, &body, &mut sink);
            }
            Reader::Json => {
                let at = body.then(Segment::Format("json"));
                chunks.iter().for_each(|chunk| self.json.feed(limits, &at, chunk, &mut sink));
                self.json.finish(limits, &at, &mut sink);
            }
            Reader::Xml => {
                let at = body.then(Segment::Format("xml"));
                chunks.iter().for_each(|chunk| self.xml.feed(limits, &at, chunk, &mut sink));
                self.xml.finish(limits, &at, &mut sink);
            }
        }
        assert!(!sink.open, "a value without an end");
        sink
    }
}

/// What a reader needs besides the bytes.
#[derive(Clone, Copy, Debug)]
struct Setup<'a> {
    reader: Reader,
    content_type: Option<&'a [u8]>,
}

impl Case {
    fn setup(&self) -> Setup<'_> {
        Setup { reader: self.reader, content_type: self.content_type.as_deref().map(str::as_bytes) }
    }

    /// The input, cut where the case says.
    fn chunks(&self) -> Vec<Vec<u8>> {
        match (&self.input, &self.input_hex) {
            (Some(text), None) => text.split(CUT).map(|s| s.as_bytes().to_vec()).collect(),
            (None, Some(hex)) => {
                let byte = |i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hexadecimal");
                vec![(0..hex.len() / 2).map(byte).collect()]
            }
            _ => panic!("case {}: exactly one of input and input_hex", self.name),
        }
    }
}

fn cases() -> Vec<(String, Case)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/points");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("testdata/points").map(|e| e.expect("entry").path()).collect();
    files.sort();
    let mut out = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("readable");
        let topic: Topic = toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let file = file.file_name().expect("a name").to_string_lossy().into_owned();
        out.extend(topic.case.into_iter().map(|case| (file.clone(), case)));
    }
    assert!(!out.is_empty());
    out
}

/// Bytes as a case writes them: what does not print is escaped, quotes and backslashes are not.
fn shown(value: &[u8]) -> String {
    readable(&value.escape_ascii().to_string())
}

fn readable(escaped: &str) -> String {
    escaped.replace("\\'", "'").replace("\\\"", "\"").replace("\\\\", "\\")
}

/// The outcome as a case would say it.
fn as_case(record: &Record) -> String {
    let mut out = String::from("values = [\n");
    for (at, place, value) in &record.values {
        let value = shown(value);
        let quoted = if value.contains('\'') { format!("{value:?}") } else { format!("'{value}'") };
        let at = readable(at);
        let at = if at.contains('\'') { format!("{at:?}") } else { format!("'{at}'") };
        let _ = writeln!(out, "  [{at}, '{place}', {quoted}],");
    }
    out.push_str("]\n");
    if !record.anomalies.is_empty() {
        let _ = writeln!(out, "anomalies = {:?}", record.anomalies);
    }
    out
}

#[test]
fn every_case_has_its_own_name_and_a_reason() {
    let mut names = BTreeSet::new();
    for (file, case) in cases() {
        assert!(!case.why.is_empty(), "{file}: {}", case.name);
        assert!(names.insert(case.name.clone()), "{file}: {} twice", case.name);
    }
}

#[test]
fn every_case_gives_its_values() {
    let (mut wrong, mut readers) = (Vec::new(), Readers::default());
    for (file, case) in cases() {
        let chunks = case.chunks();
        let chunks: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
        let found = readers.run(&case.setup(), &chunks);
        let values: Vec<_> =
            found.values.iter().map(|(a, p, v)| (readable(a), p.clone(), shown(v))).collect();
        if (&values, &found.anomalies) != (&case.values, &case.anomalies) {
            wrong.push(format!("{file}: {} gave\n{}", case.name, as_case(&found)));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Runs `input` whole, byte by byte and cut in two at every place (or every so many in a long one).
fn same_for_all_cuts(readers: &mut Readers, case: &Setup<'_>, input: &[u8], name: &str) {
    let whole = readers.run(case, &[input]);
    let bytes: Vec<&[u8]> = input.chunks(1).collect();
    assert_eq!(readers.run(case, &bytes), whole, "{name}: byte by byte");
    for cut in (0..=input.len()).step_by(input.len() / 2000 + 1) {
        let (a, b) = input.split_at(cut);
        assert_eq!(readers.run(case, &[a, b]), whole, "{name}: cut at {cut}");
    }
}

#[test]
fn cutting_the_input_changes_nothing() {
    let mut readers = Readers::default();
    for (_, case) in cases() {
        same_for_all_cuts(&mut readers, &case.setup(), &case.chunks().concat(), &case.name);
    }
}

/// A word put anywhere into the input of a case must come out: in a value or, as part of a plain name, in its point.
#[test]
fn nothing_put_into_the_input_is_lost() {
    const WORD: &[u8] = b"Zq9x";
    let mut readers = Readers::default();
    for (_, case) in cases() {
        let input = case.chunks().concat();
        for i in (0..=input.len()).step_by(input.len() / 2000 + 1) {
            let with: Vec<u8> = [&input[..i], WORD, &input[i..]].concat();
            let found = readers.run(&case.setup(), &[&with]);
            if case.anomalies.contains("charset") {
                continue; // the word is none in that charset
            }
            let word = String::from_utf8_lossy(WORD).into_owned();
            // Where lengths tell what belongs together, a word put in may come out in two halves.
            let joined: Vec<u8> = found.values.iter().flat_map(|v| v.2.clone()).collect();
            let by_length = case.content_type.as_deref().is_some_and(|c| c.contains("grpc"));
            let halves = by_length && joined.windows(WORD.len()).any(|w| w == WORD);
            let seen = halves
                || found.values.iter().any(|(at, _, value)| {
                    value.windows(WORD.len()).any(|w| w == WORD)
                        || at.to_lowercase().contains(&word.to_lowercase())
                });
            assert!(seen, "{}: lost at {i}: {}\n{}", case.name, with.escape_ascii(), as_case(&found));
        }
    }
}

fn any_reader() -> impl Strategy<Value = Reader> {
    use Reader::*;
    prop::sample::select(vec![
        Target, Connect, Query, Cookie, Header, Form, Json, Xml, Multipart, Multipart, Body, Body,
    ])
}

fn any_content_type() -> impl Strategy<Value = Option<&'static [u8]>> {
    prop::sample::select(vec![
        None,
        Some(&b"multipart/form-data; boundary=b"[..]),
        Some(b"multipart/mixed; boundary=\"b a\"; boundary=bb"),
        Some(b"multipart/form-data"),
        Some(b"application/x-www-form-urlencoded"),
        Some(b"application/json; charset=utf-16"),
        Some(b"text/plain; charset=ibm037"),
        Some(b"application/xml, image/png"),
    ])
}

/// Bytes that look like the formats, as far as marks go.
fn any_input() -> impl Strategy<Value = Vec<u8>> {
    let mark = prop::sample::select(vec![
        &b"a"[..],
        b"b",
        b"=",
        b"&",
        b";",
        b"%",
        b"%41",
        b"+",
        b"/",
        b"?",
        b"\"",
        b" ",
        b"\r\n",
        b"amp;",
        b"[]",
        b"http://",
        b"@",
        b":",
        b"%00",
        b"%25",
        b"\xff",
        b"\0",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b"\"key\":",
        b"\\u00e9",
        b"\\ud83d",
        b"\\ude00",
        b"\\",
        b"true",
        b"-1.5e3",
        b"//",
        b"/*",
        b"*/",
        b"'",
        b"<",
        b">",
        b"<a>",
        b"</a>",
        b"<b c=\"",
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"]]>",
        b"<!DOCTYPE",
        b"<?",
        b"?>",
        b"&#x4",
        b"&lt;",
        b"-",
    ]);
    let run = (any::<u8>(), 1usize..600).prop_map(|(b, n)| vec![b; n]);
    let part = prop_oneof![8 => mark.prop_map(<[u8]>::to_vec), 1 => run, 1 => prop::collection::vec(any::<u8>(), 0..20)];
    prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn cutting_any_bytes_changes_nothing(
        reader in any_reader(),
        content_type in any_content_type(),
        input in any_input(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let case = Setup { reader, content_type };
        let mut readers = Readers::default();
        let whole = readers.run(&case, &[&input]);
        let mut at: Vec<usize> = cuts.iter().map(|c| c.index(input.len() + 1)).collect();
        at.extend([0, input.len()]);
        at.sort_unstable();
        let chunks: Vec<&[u8]> = at.windows(2).map(|w| &input[w[0]..w[1]]).collect();
        prop_assert_eq!(&readers.run(&case, &chunks), &whole);
        let bytes: Vec<&[u8]> = input.chunks(1).collect();
        prop_assert_eq!(&readers.run(&case, &bytes), &whole);
    }
}
