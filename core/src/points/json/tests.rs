//! Documents made by serde_json must read as serde_json made them, and limits must hold.

use super::Json;
use crate::http::{Anomalies, Anomaly};
use crate::limits::Limits;
use crate::points::{Part, Place, Point, Segment, Sink};
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
