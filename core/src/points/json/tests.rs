//! Documents made by serde_json must read as serde_json made them, and limits must hold.

use super::Json;
use crate::bytes::{Plain, STEP};
use crate::http::{Anomalies, Anomaly};
use crate::limits::Limits;
use crate::points::{Part, Place, Point, Segment, Sink, Under};
use proptest::prelude::*;
use serde_json::Value;

#[derive(Default)]
struct Came {
    values: Vec<(String, Vec<u8>)>,
    raw: Vec<u8>,
    anomalies: Anomalies,
    pieces: usize,
    open: bool,
}

impl Sink for Came {
    fn piece(&mut self, at: &Point<'_>, place: Place, piece: &[u8], more: bool) {
        self.pieces += 1;
        match place {
            Place::Raw => self.raw.extend_from_slice(piece),
            _ if self.open => self.values.last_mut().expect("an open value").1.extend_from_slice(piece),
            _ => self.values.push((at.to_string(), piece.to_vec())),
        }
        self.open = more && place != Place::Raw;
    }

    fn anomaly(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }
}

fn read(limits: &Limits, chunks: &[&[u8]]) -> Came {
    let body = Point::part(Part::Body);
    let at = body.then(Segment::Format("json"));
    let (mut json, mut came) = (Json::default(), Came::default());
    chunks.iter().for_each(|chunk| json.feed(limits, &at, chunk, &mut came));
    json.finish(limits, &at, &mut came);
    came
}

/// What the reader must give, by walking the document.
fn walk(way: &str, value: &Value, out: &mut Vec<(String, Vec<u8>)>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                let way = format!("{way}.{}", key.as_bytes().escape_ascii());
                out.push((format!("{way}#name"), key.clone().into_bytes()));
                walk(&way, value, out);
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                walk(&format!("{way}[{i}]"), item, out);
            }
        }
        Value::String(text) => out.push((way.to_owned(), text.clone().into_bytes())),
        other => out.push((way.to_owned(), other.to_string().into_bytes())),
    }
}

fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[ -~é中😀\\\\\"]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[a-z\\\\\"é\n]{1,8}", inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn a_document_reads_as_it_was_written(document in document(), pretty: bool, cut in any::<prop::sample::Index>()) {
        let text = if pretty { serde_json::to_string_pretty(&document) } else { serde_json::to_string(&document) };
        let text = text.expect("writable").into_bytes();
        let mut want = Vec::new();
        walk("body.json", &document, &mut want);
        let (a, b) = text.split_at(cut.index(text.len() + 1));
        for chunks in [&[&text[..]][..], &[a, b]] {
            let came = read(&Limits::default(), chunks);
            prop_assert_eq!(&came.values, &want);
            prop_assert!(came.anomalies.iter().all(|a| a == Anomaly::EncodedNul) && came.raw.is_empty());
        }
    }
}

/// Takes what an idle value is for nothing, at a glance if it `looks`. Tells all that is not, and all that is odd.
#[derive(Default)]
struct Watch {
    looks: bool,
    came: Came,
    odd: Vec<Anomaly>,
}

fn is_idle(value: &[u8]) -> bool {
    value.iter().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9'))
}

/// How many idle bytes `block` begins with, if one of `ends` comes next.
fn idle(block: &[u8; STEP], ends: &[u8]) -> Option<usize> {
    let len = block.iter().take_while(|b| is_idle(&[**b])).count();
    block.get(len).is_some_and(|end| ends.contains(end)).then_some(len)
}

impl Sink for Watch {
    fn piece(&mut self, at: &Point<'_>, place: Place, piece: &[u8], more: bool) {
        self.came.piece(at, place, piece, more);
    }

    fn anomaly(&mut self, anomaly: Anomaly) {
        self.odd.push(anomaly);
    }

    fn under(&self, name: &[u8]) -> Under {
        Under { format: name == b"k7", privileged: name == b"k8" }
    }

    fn glances_text(&self, under: Under, block: &[u8; STEP]) -> Option<usize> {
        idle(block, b"\"").filter(|len| *len < 8 && !under.format && !under.privileged)
    }

    fn glances_scalar(&self, under: Under, block: &[u8; STEP]) -> Option<usize> {
        let number = matches!(block, [b'1'..=b'9', ..] | [b'0', b',' | b'}' | b']', ..]);
        let word = ["true", "false", "null"].iter().any(|word| block.starts_with(word.as_bytes()));
        let digits = |len: &usize| word || block[..*len].iter().all(u8::is_ascii_digit);
        idle(block, b",}] \n").filter(|len| (number || word) && digits(len) && *len < 7 && !under.format)
    }

    fn is_idle(&self, _: Place, _: &[u8], under: Under, value: &[u8], _: &Plain) -> bool {
        self.looks && !under.format && is_idle(value)
    }

    fn glances(&self) -> bool {
        self.looks
    }
}

/// Members whose keys are few, so that some come twice, and often behind each other.
#[derive(Clone, Debug)]
enum Node {
    Leaf(&'static str),
    List(Vec<Node>),
    Object(Vec<(u8, Node)>),
}

fn node() -> impl Strategy<Value = Node> {
    let leaves = [
        "1",
        "0",
        "20.5",
        "-3",
        "true",
        "null",
        "\"abc\"",
        "\"\"",
        "\"a longer text, which is not idle\"",
        "\"it's\"",
        "\"abcdefghijklmnopqrstuvw\"",
        "\"two\\nlines\"",
        "\"x\\u0041\"",
        "tru",
        "\"a\" 1",
    ];
    // What is odd ends the document's reading as JSON, or flags it, and so is rare.
    let leaf = prop::sample::select([&leaves[..13], &leaves[..13], &leaves[..13], &leaves[..]].concat())
        .prop_map(Node::Leaf);
    leaf.prop_recursive(4, 60, 12, |inner| {
        let keys = prop_oneof![4 => Just(true), 1 => Just(false)];
        let members = prop::collection::vec((0u8..12, inner.clone()), 0..12);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Node::List),
            // Mostly in order, as programs write them.
            (members, keys, any::<u8>()).prop_map(|(mut members, sorted, from)| {
                if sorted {
                    members.sort_by_key(|(key, _)| *key);
                }
                Node::Object(
                    members.into_iter().map(|(key, node)| (key.wrapping_add(from % 3 * 40), node)).collect(),
                )
            }),
        ]
    })
}

fn write(node: &Node, style: usize, out: &mut String) {
    let (colon, comma) = [(":", ","), (": ", ", "), (" :  ", ",\n  ")][style];
    let mut apart = "";
    match node {
        Node::Leaf(text) => out.push_str(text),
        Node::List(nodes) => {
            out.push('[');
            for node in nodes {
                out.push_str(std::mem::replace(&mut apart, comma));
                write(node, style, out);
            }
            out.push(']');
        }
        Node::Object(members) => {
            out.push('{');
            for (key, node) in members {
                out.push_str(std::mem::replace(&mut apart, comma));
                // A long one, one that is not idle, and an empty one among them.
                match key {
                    3 => out.push_str("\"a_key_that_is_not_idle\""),
                    4 => out.push_str("\"it's\""),
                    5 => out.push_str("\"\""),
                    6 => out.push_str("\"akeyofmorethansixteenbytes\""),
                    key => out.push_str(&format!("\"k{key}\"")),
                }
                out.push_str(colon);
                write(node, style, out);
            }
            out.push('}');
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    /// A reader that knows keys and passes over values tells what one does that takes a byte at a time and knows none.
    #[test]
    fn what_is_passed_over_changes_nothing(
        documents in prop::collection::vec((node(), 0usize..3), 1..6),
        cut in any::<prop::sample::Index>(),
        params in prop::option::of(1usize..40),
    ) {
        let limits = Limits { params: params.unwrap_or(Limits::default().params), ..Limits::default() };
        let body = Point::part(Part::Body);
        let at = body.then(Segment::Format("json"));
        let mut known = Json::default();
        // Each again, once its keys are known.
        for (node, style) in documents.iter().chain(&documents) {
            let mut text = String::new();
            write(&Node::List(vec![node.clone(), node.clone()]), *style, &mut text);
            let (first, second) = text.as_bytes().split_at(cut.index(text.len() + 1));
            let (mut quick, mut slow) = (Watch { looks: true, ..Watch::default() }, Watch::default());
            for chunk in [first, second] {
                known.feed(&limits, &at, chunk, &mut quick);
            }
            known.finish(&limits, &at, &mut quick);
            let mut fresh = Json::default();
            for chunk in text.as_bytes().chunks(1) {
                fresh.feed(&limits, &at, chunk, &mut slow);
            }
            fresh.finish(&limits, &at, &mut slow);
            let told = |watch: &Watch| {
                watch.came.values.iter().filter(|(_, value)| !is_idle(value)).cloned().collect::<Vec<_>>()
            };
            prop_assert_eq!(told(&quick), told(&slow), "{}", text);
            prop_assert_eq!(quick.came.raw, slow.came.raw, "{}", text);
            prop_assert_eq!(quick.odd, slow.odd, "{}", text);
        }
    }
}

#[test]
fn deep_nesting_ends_in_raw_text() {
    let text = format!("{}\"x'\"", "[".repeat(100_000));
    let came = read(&Limits::default(), &[text.as_bytes()]);
    assert!(came.anomalies.contains(Anomaly::NestingTooDeep));
    assert_eq!(came.raw.len(), text.len() - Limits::default().nesting);
    assert!(came.raw.ends_with(b"\"x'\""));
}

#[test]
fn a_flood_of_values_ends_in_raw_text() {
    let text = format!("[{}\"needle\"]", "1,".repeat(20_000));
    let came = read(&Limits::default(), &[text.as_bytes()]);
    assert!(came.anomalies.contains(Anomaly::TooManyParams));
    // The list itself counts as well.
    assert_eq!(came.values.len(), Limits::default().params - 1);
    assert!(came.raw.ends_with(b"\"needle\"]"));
}

#[test]
fn a_string_is_one_piece_where_it_lies_and_escapes_are_gathered() {
    let plain = format!("[\"{}\"]", "x".repeat(5000));
    assert_eq!(read(&Limits::default(), &[plain.as_bytes()]).pieces, 1);
    let escaped = format!("[\"{}\"]", "\\n\\u0041b".repeat(5000));
    let came = read(&Limits::default(), &[escaped.as_bytes()]);
    assert!(came.pieces < 4, "{} pieces", came.pieces);
    assert_eq!(came.values[0].1, b"\nAb".repeat(5000));
}
