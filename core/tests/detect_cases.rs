//! Every case of `testdata/detect/*.toml`: attacks that must be found, with their class and technique, and benign values
//! that must not be flagged. Values are shown to the detectors as the engine shows them after decoding.

mod engine;

use serde::Deserialize;
use sidewatch::Engine;
use sidewatch::bytes::wake;
use sidewatch::decode::Trust;
use sidewatch::detect::{self, Class, Classes, FACTS, Groups, Hit, Hits, Value};
use sidewatch::points::Place;
use std::collections::{BTreeMap, BTreeSet};
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
    XmlAttr,
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
            PlaceName::XmlAttr => Place::XmlAttr,
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
        let words = Groups::of(&bytes, wake);
        let value = Value { bytes: &bytes, place, name, wake, words, trust, first: true, last: true };
        let mut hits = Hits::new();
        detect::judge(&value, detect::Places::NONE, Classes::ALL, &mut hits);
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

/// Rows of the technique tables that no case shows, and why they stay.
const UNSEEN: &[(&str, &str, &str)] = &[
    ("upload", "svg-script", "the script is found as XSS, which says more; with that class off it is this"),
    (
        "overlimit",
        "inflate",
        "a body that inflates to more than 32 MiB without being a bomb is too large for a case",
    ),
];

/// Fewest cases of the project's own: of all classes together, and attacks and benign values of each class.
const ALL: usize = 1000;
const ATTACKS: usize = 30;
const BENIGN: usize = 20;

#[test]
fn there_are_enough_cases_of_every_class() {
    let mut counts: BTreeMap<Class, (usize, usize)> = FACTS.iter().map(|f| (f.class, (0, 0))).collect();
    let mut add = |class: Class, attacks: usize, benign: usize| {
        let count = counts.entry(class).or_default();
        (count.0, count.1) = (count.0 + attacks, count.1 + benign);
    };
    for (_, topic) in topics() {
        let own = Class::from_name(&topic.class).expect("a class");
        for case in &topic.attack {
            add(case.class.as_deref().map_or(own, |name| Class::from_name(name).expect("a class")), 1, 0);
        }
        add(own, 0, topic.benign.len());
    }
    // Classes that only whole requests show have files of their own there.
    for case in engine::requests() {
        if let Some(own) = Class::from_name(&case.topic) {
            add(own, usize::from(case.is_attack()), usize::from(!case.is_attack()));
        }
    }
    let all: usize = counts.values().map(|(attacks, benign)| attacks + benign).sum();
    assert!(all >= ALL, "{all} cases");
    let few: Vec<_> =
        counts.iter().filter(|(_, (a, b))| *a < ATTACKS || *b < BENIGN).map(|(c, n)| (c.name(), n)).collect();
    assert!(few.is_empty(), "fewer than {ATTACKS} attacks or {BENIGN} benign values: {few:?}");
}

#[test]
fn every_technique_is_described_and_has_a_case() {
    let mut seen = BTreeMap::new();
    for (file, topic) in topics() {
        for case in topic.attack.iter().chain(&topic.benign) {
            for hit in case.hits() {
                let from = format!("{} in {}", case.name, file.display());
                seen.entry((hit.class, hit.technique)).or_insert(from);
            }
        }
    }
    let mut transaction = Engine::default().transaction();
    for case in engine::requests() {
        for finding in engine::through_transaction(&mut transaction, &[&case.bytes()]).findings {
            seen.entry((finding.class, finding.technique)).or_insert_with(|| case.name.clone());
        }
    }
    let mut wrong = Vec::new();
    for ((class, technique), from) in &seen {
        if class.technique(technique).is_none() {
            let name = class.name();
            wrong.push(format!(
                "add to core/src/detect/{name}/techniques.rs: row(\"{technique}\", \"what is done, in a line.\", &[CAPEC]), \
                 shown by {from}"
            ));
        }
    }
    for facts in FACTS {
        for row in facts.class.techniques() {
            let unseen = UNSEEN
                .iter()
                .any(|(class, name, why)| (*class, *name) == (facts.name, row.name) && !why.is_empty());
            if seen.contains_key(&(facts.class, row.name)) == unseen {
                wrong.push(format!(
                    "{} {}: no case shows it (write one, or list it in UNSEEN with the reason), or one does and it is listed",
                    facts.name, row.name
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong; after mending: UPDATE_DOCS=1 cargo test -p sidewatch --test docs\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
