//! Documents written from a tree must read as the tree, and limits must hold.

use super::{ASIDE, Xml};
use crate::http::{Anomalies, Anomaly};
use crate::limits::Limits;
use crate::points::{Part, Place, Point, Segment, Sink};
use proptest::prelude::*;

#[derive(Default)]
struct Came {
    values: Vec<(String, Place, Vec<u8>)>,
    anomalies: Anomalies,
    pieces: usize,
    open: bool,
}

impl Sink for Came {
    fn piece(&mut self, at: &Point<'_>, place: Place, piece: &[u8], more: bool) {
        self.pieces += 1;
        if self.open {
            self.values.last_mut().expect("an open value").2.extend_from_slice(piece);
        } else {
            self.values.push((at.to_string(), place, piece.to_vec()));
        }
        self.open = more;
    }

    fn anomaly(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }
}

impl Came {
    fn at(&self, place: Place) -> Vec<&[u8]> {
        self.values.iter().filter(|v| v.1 == place).map(|v| &v.2[..]).collect()
    }
}

fn read(limits: &Limits, chunks: &[&[u8]]) -> Came {
    let body = Point::part(Part::Body);
    let at = body.then(Segment::Format("xml"));
    let (mut xml, mut came) = (Xml::default(), Came::default());
    chunks.iter().for_each(|chunk| xml.feed(limits, &at, chunk, &mut came));
    xml.finish(limits, &at, &mut came);
    came
}

#[derive(Clone, Debug)]
enum Node {
    Element(String, Vec<(String, String)>, Vec<Node>),
    Text(String),
}

fn escape(text: &str, form: usize) -> String {
    let one = |c: char| match (c, form % 3) {
        ('<', 0) => "&lt;".to_owned(),
        ('&', 0) => "&amp;".to_owned(),
        ('"', 0) => "&quot;".to_owned(),
        ('<' | '&' | '"', 1) => format!("&#{};", c as u32),
        ('<' | '&' | '"', _) => format!("&#x{:x};", c as u32),
        _ => c.to_string(),
    };
    text.chars().map(one).collect()
}

fn write(node: &Node, form: usize, out: &mut String) {
    match node {
        Node::Text(text) if form % 4 == 3 && !text.contains("]]>") => {
            out.push_str(&format!("<![CDATA[{text}]]>"));
        }
        Node::Text(text) => out.push_str(&escape(text, form)),
        Node::Element(name, attributes, inner) => {
            out.push_str(&format!("<{name}"));
            for (key, value) in attributes {
                out.push_str(&format!(" {key} = \"{}\"", escape(value, form)));
            }
            if inner.is_empty() {
                return out.push_str("/>");
            }
            out.push('>');
            inner.iter().for_each(|n| write(n, form, out));
            out.push_str(&format!("</{name} >"));
        }
    }
}

fn walk(way: &str, node: &Node, out: &mut Vec<(String, Place, Vec<u8>)>) {
    match node {
        Node::Text(text) => out.push((way.to_owned(), Place::XmlText, text.clone().into_bytes())),
        Node::Element(name, attributes, inner) => {
            let way = format!("{way}.{name}");
            out.push((format!("{way}#name"), Place::XmlName, name.clone().into_bytes()));
            for (key, value) in attributes {
                out.push((format!("{way}@{key}"), Place::XmlAttr, value.clone().into_bytes()));
            }
            inner.iter().for_each(|n| walk(&way, n, out));
        }
    }
}

fn element() -> impl Strategy<Value = Node> {
    let attributes = || prop::collection::vec(("[a-z]{1,5}(:[a-z]{1,3})?", "[ -~é中]{0,12}"), 0..3);
    let leaf = ("[a-zA-Z_][a-z0-9.-]{0,6}", attributes(), prop::option::of("[!-~é中][ -~é中]{0,12}"))
        .prop_map(|(name, attributes, text)| {
            Node::Element(name, attributes, text.map(Node::Text).into_iter().collect())
        });
    leaf.prop_recursive(5, 30, 5, move |inner| {
        ("[a-z]{1,6}", attributes(), prop::collection::vec(inner, 0..5))
            .prop_map(|(name, attributes, inner)| Node::Element(name, attributes, inner))
    })
}

proptest! {
    #[test]
    fn a_document_reads_as_it_was_written(root in element(), form in 0usize..12, cut in any::<prop::sample::Index>()) {
        let (mut text, mut want) = (String::new(), Vec::new());
        write(&root, form, &mut text);
        walk("body.xml", &root, &mut want);
        // Points escape what does not print.
        let (a, b) = text.as_bytes().split_at(cut.index(text.len() + 1));
        for chunks in [&[text.as_bytes()][..], &[a, b]] {
            let came = read(&Limits::default(), chunks);
            prop_assert_eq!(&came.values, &want);
            prop_assert!(came.anomalies.is_empty());
        }
    }
}

#[test]
fn deep_nesting_ends_in_raw_text() {
    let text = format!("{}x'", "<a>".repeat(100_000));
    let came = read(&Limits::default(), &[text.as_bytes()]);
    assert!(came.anomalies.contains(Anomaly::NestingTooDeep));
    let raw = came.at(Place::Raw);
    assert_eq!((raw.len(), raw[0].len()), (1, text.len() - 3 * Limits::default().nesting));
}

#[test]
fn a_flood_of_elements_and_attributes_ends_in_raw_text() {
    for (open, one) in [("<a>", "<b/>"), ("<a ", "b='' ")] {
        let text = format!("{open}{}needle", one.repeat(20_000));
        let came = read(&Limits::default(), &[text.as_bytes()]);
        assert!(came.anomalies.contains(Anomaly::TooManyParams));
        assert!(came.at(Place::Raw)[0].ends_with(b"needle"));
        assert_eq!(came.values.len(), Limits::default().params + 1);
    }
}

#[test]
fn end_tags_that_end_nothing_cost_little() {
    let text = format!("{}{}", "<a>".repeat(100), "</b>".repeat(100_000));
    assert!(read(&Limits::default(), &[text.as_bytes()]).anomalies.contains(Anomaly::InvalidXml));
}

#[test]
fn a_long_comment_ends_the_text_it_stands_in() {
    for len in [ASIDE, ASIDE + 1, 100_000] {
        let text = format!("<a>one<!--{}-->two</a>", "c".repeat(len));
        let whole = read(&Limits::default(), &[text.as_bytes()]);
        let want: &[&[u8]] = if len <= ASIDE { &[b"onetwo"] } else { &[b"one", b"two"] };
        assert_eq!(whole.at(Place::XmlText), want, "{len}");
        assert_eq!(whole.at(Place::XmlComment)[0].len(), len);
        let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
        assert_eq!(read(&Limits::default(), &bytes).values, whole.values, "{len}");
    }
}

#[test]
fn names_without_end_are_raw_text() {
    for text in ["<a>", "</", "<a b", "<a b='1' "] {
        let text = format!("<r>{text}{}", "n".repeat(5000));
        let whole = read(&Limits::default(), &[text.as_bytes()]);
        let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
        assert_eq!(read(&Limits::default(), &bytes).values, whole.values);
        assert!(whole.anomalies.contains(Anomaly::InvalidXml));
    }
}

#[test]
fn a_value_is_one_piece_where_it_lies() {
    let text = format!("<a b='{0}'>{0}</a>", "x".repeat(5000));
    assert_eq!(read(&Limits::default(), &[text.as_bytes()]).pieces, 3);
    let text = format!("<a>{}</a>", "x&lt;y".repeat(5000));
    assert!(read(&Limits::default(), &[text.as_bytes()]).pieces < 6);
}
