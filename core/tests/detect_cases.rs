//! Every case of `testdata/detect/*.toml`: attacks that must be found, with their class and technique, and benign values
//! that must not be flagged. Values are shown to the detectors as the engine shows them after decoding.

use serde::Deserialize;
use sidewatch::bytes::wake;
use sidewatch::decode::Trust;
use sidewatch::detect::{self, Class, Classes, Hit, Hits, Value};
use sidewatch::points::Place;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Confidence from which a finding is an attack at the default sensitivity.
const ATTACK: u8 = 50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Topic {
    /// Class of the attacks, where a case does not say otherwise.
    class: String,
    #[serde(default)]
    attack: Vec<Case>,
    #[serde(default)]
    benign: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    value: Option<String>,
    value_hex: Option<String>,
    #[serde(default)]
    place: PlaceName,
    /// Name of the parameter or header field.
    #[serde(default)]
    at: String,
    class: Option<String>,
    technique: Option<String>,
    /// Classes that a benign value of this topic may be an attack of all the same.
    #[serde(default)]
    unless: Vec<String>,
    why: String,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PlaceName {
    #[default]
    Query,
    Path,
    Form,
    Json,
    Header,
    Cookie,
    FileName,
    File,
    Text,
    XmlText,
    XmlDoctype,
    QueryName,
    FormName,
    JsonKey,
}

impl PlaceName {
    fn place(self) -> Place {
        match self {
            PlaceName::Query => Place::QueryValue,
            PlaceName::Path => Place::Path,
            PlaceName::Form => Place::FormValue,
            PlaceName::Json => Place::JsonValue,
            PlaceName::Header => Place::HeaderValue,
            PlaceName::Cookie => Place::CookieValue,
            PlaceName::FileName => Place::FileName,
            PlaceName::File => Place::FileContent,
            PlaceName::Text => Place::Text,
            PlaceName::XmlText => Place::XmlText,
            PlaceName::XmlDoctype => Place::XmlDoctype,
            PlaceName::QueryName => Place::QueryName,
            PlaceName::FormName => Place::FormName,
            PlaceName::JsonKey => Place::JsonKey,
        }
    }
}

impl Case {
    fn bytes(&self) -> Vec<u8> {
        match (&self.value, &self.value_hex) {
            (Some(text), None) => text.clone().into_bytes(),
            (None, Some(hex)) => (0..hex.len() / 2)
                .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("value_hex is hexadecimal"))
                .collect(),
            _ => panic!("case {}: exactly one of value and value_hex", self.name),
        }
    }

    fn hits(&self) -> Hits {
        let bytes = self.bytes();
        let (place, name) = (self.place.place(), self.at.as_bytes());
        let (wake, trust) = (wake(&bytes), Trust::Plain);
        let value = Value { bytes: &bytes, place, name, wake, trust, first: true, last: true };
        let mut hits = Hits::new();
        detect::judge(&value, Classes::ALL, &mut hits);
        for hit in &hits {
            assert!(
                hit.span.end <= bytes.len() && hit.span.start <= hit.span.end,
                "case {}: span",
                self.name
            );
            assert!(
                (1..=100).contains(&hit.confidence) && !hit.reason.is_empty(),
                "case {}: {hit:?}",
                self.name
            );
        }
        hits
    }
}

fn topics() -> Vec<(PathBuf, Topic)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/detect");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("testdata/detect").map(|e| e.expect("entry").path()).collect();
    files.sort();
    assert!(!files.is_empty());
    let read = |file: PathBuf| {
        let text = std::fs::read_to_string(&file).expect("readable");
        let topic = toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        (file, topic)
    };
    files.into_iter().map(read).collect()
}

#[test]
fn every_case_has_its_own_name_and_a_reason() {
    let mut names = BTreeSet::new();
    for (file, topic) in topics() {
        for case in topic.attack.iter().chain(&topic.benign) {
            assert!(!case.why.is_empty(), "{}: {}", file.display(), case.name);
            assert!(names.insert(case.name.clone()), "{}: {} twice", file.display(), case.name);
        }
    }
}

#[test]
fn attacks_are_found_and_benign_values_are_not() {
    let mut wrong = Vec::new();
    for (file, topic) in topics() {
        let file = file.file_name().expect("a name").to_string_lossy().into_owned();
        for case in &topic.attack {
            let class = Class::from_name(case.class.as_deref().unwrap_or(&topic.class)).expect("a class");
            let hits = case.hits();
            let found = hits.iter().any(|h| {
                h.class == class
                    && h.confidence >= ATTACK
                    && case.technique.as_deref().is_none_or(|technique| technique == h.technique)
            });
            if !found {
                wrong.push(format!("{file}: missed {}: {hits:?}", case.name));
            }
        }
        for case in &topic.benign {
            let hits = case.hits();
            let flagged =
                |h: &Hit| h.confidence >= ATTACK && !case.unless.iter().any(|c| c == h.class.name());
            if hits.iter().any(flagged) {
                wrong.push(format!("{file}: false alarm on {}: {hits:?}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
