//! Every case of `testdata/decode/*.toml`: values with their decoded form and anomalies, and values that are not so
//! encoded.

use serde::Deserialize;
use sidewatch::decode::{self, Decoder};
use std::collections::BTreeSet;
use std::path::PathBuf;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Topic {
    decoder: String,
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    value: Option<String>,
    value_hex: Option<String>,
    /// The decoded form; none if the value must be left alone.
    to: Option<String>,
    to_hex: Option<String>,
    #[serde(default)]
    anomalies: Vec<String>,
    /// Another decoder than the file's.
    decoder: Option<String>,
    /// The part of the value that is to be decoded, where it is not all of it.
    part: Option<String>,
    why: String,
}

fn bytes(text: &Option<String>, hex: &Option<String>, name: &str) -> Option<Vec<u8>> {
    let digits = |hex: &String| {
        let byte =
            |i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap_or_else(|_| panic!("{name}: not hexadecimal"));
        (0..hex.len()).step_by(2).map(byte).collect()
    };
    assert!(text.is_none() || hex.is_none(), "case {name}: text and hexadecimal digits");
    text.clone().map(String::into_bytes).or_else(|| hex.as_ref().map(digits))
}

fn topics() -> Vec<(PathBuf, Topic)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/decode");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("testdata/decode").map(|e| e.expect("entry").path()).collect();
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
fn values_decode_to_what_they_mean() {
    let (mut wrong, mut names, mut out) = (Vec::new(), BTreeSet::new(), Vec::new());
    for (file, topic) in topics() {
        for case in &topic.case {
            let name = &case.name;
            assert!(names.insert(name.clone()), "{}: {name} twice", file.display());
            assert!(!case.why.is_empty(), "case {name}: no reason");
            let decoder = case.decoder.as_deref().unwrap_or(&topic.decoder);
            let decoder =
                Decoder::from_name(decoder).unwrap_or_else(|| panic!("case {name}: no such decoder"));
            let value = bytes(&case.value, &case.value_hex, name).expect("a value");
            let want = bytes(&case.to, &case.to_hex, name);

            let part = decode::part(decoder, &value).map(|r| &value[r]).unwrap_or_default();
            if let Some(token) = &case.part {
                assert_eq!(String::from_utf8_lossy(part), *token, "case {name}: part");
            }
            let found = decode::decode(decoder, part, &mut out);
            let got = found.changed.then(|| out.clone());
            let anomalies: Vec<_> = found.anomalies.iter().map(|a| a.name()).collect();
            if got != want || anomalies != case.anomalies {
                let show = |v: &Option<Vec<u8>>| v.as_ref().map(|v| v.escape_ascii().to_string());
                wrong.push(format!(
                    "{name}: {:?} {anomalies:?}, not {:?} {:?}",
                    show(&got),
                    show(&want),
                    case.anomalies
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
