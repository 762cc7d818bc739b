//! What the documentation lists is what the code knows. `UPDATE_DOCS=1 cargo test -p sidewatch --test docs` writes it anew.

use sidewatch::Anomaly;
use sidewatch::detect::FACTS;
use std::path::PathBuf;

fn docs(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name)
}

fn hold(name: &str, made: &str) {
    let path = docs(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, made).expect("writable");
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(there == made, "docs/{name} is not what the code says: run this test with UPDATE_DOCS=1");
}

#[test]
fn anomalies_are_listed() {
    let mut page = String::from(
        "# Anomalies\n\nOddities of a message that are not by themselves an attack, and limits that were reached. Events list them by \
         name; names and\nnumbers are never reused. Made from `core/src/http/anomaly.rs`.\n\n| number | name | meaning |\n| ---: | --- | --- |\n",
    );
    for a in Anomaly::ALL {
        page += &format!("| {} | `{}` | {} |\n", *a as u8, a.name(), a.doc());
    }
    hold("anomalies.md", &page);
}

#[test]
fn classes_are_listed() {
    let mut page = String::from(
        "# Classes of attack\n\nNames and numbers are stable. Made from `core/src/detect/mod.rs`.\n\n\
         | number | name | CWE | severity | what an attacker gains |\n| ---: | --- | ---: | --- | --- |\n",
    );
    for f in FACTS {
        let cwe = if f.cwe == 0 { "-".to_owned() } else { f.cwe.to_string() };
        page +=
            &format!("| {} | `{}` | {cwe} | {} | {} |\n", f.class as u8, f.name, f.severity.name(), f.gain);
    }
    hold("classes.md", &page);
}

#[test]
fn techniques_are_listed() {
    let mut page = String::from(
        "# Techniques\n\nEvery finding names its technique; names are stable. Made from `core/src/detect/*/techniques.rs` and \
         `core/src/detect/technique.rs`.\nCWE: <https://cwe.mitre.org>. CAPEC: <https://capec.mitre.org>. OWASP: Top 10 of 2021 \
         and 2025, API Security Top 10 of 2023\n(`API`), Top 10 for LLM Applications of 2025 (`LLM`).\n",
    );
    for f in FACTS {
        let references = f.class.references();
        let cwe = if f.cwe == 0 { String::new() } else { format!("CWE-{}, ", f.cwe) };
        let capec: Vec<_> = references.capec.iter().map(|n| format!("CAPEC-{n}")).collect();
        let capec = if capec.is_empty() { String::new() } else { format!("{}; ", capec.join(", ")) };
        page += &format!(
            "\n## `{}`\n\n{} {cwe}{capec}OWASP {}.\n\n",
            f.name,
            f.gain,
            references.owasp.join(", ")
        );
        page += "| technique | what is done | CAPEC |\n| --- | --- | --- |\n";
        for t in f.class.techniques() {
            let capec: Vec<_> = t.capec.iter().map(u16::to_string).collect();
            let capec = if capec.is_empty() { "-".to_owned() } else { capec.join(", ") };
            page += &format!("| `{}` | {} | {capec} |\n", t.name, t.meaning.replace('|', "\\|"));
        }
    }
    hold("techniques.md", &page);
}

#[test]
fn the_policy_page_shows_every_class_and_limit_with_its_default() {
    let page = std::fs::read_to_string(docs("policy.md")).expect("docs/policy.md");
    for f in FACTS {
        assert!(page.contains(&format!("`{}`", f.name)), "{} is not on the page", f.name);
    }
    let example = page.split("```toml\n").nth(1).and_then(|p| p.split("```").next()).expect("an example");
    let policy = sidewatch::Policy::from_toml(example).expect("the example is a policy");
    assert_eq!(policy.limits, sidewatch::Policy::default().limits, "the limits shown are the defaults");
}
