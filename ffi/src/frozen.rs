//! Holds the header to the list of what is frozen: `ffi/abi.txt` (docs/abi.md tells what that means).
//!
//! The list has a section for each version of the ABI, with what came with it. What is listed has to be in the header, to
//! the letter; what is in the header has to be listed. `UPDATE_ABI=1` adds what is new, and takes nothing away.

use std::collections::BTreeMap;
use std::path::Path;

const HEADER: &str = include_str!("../../include/sidewatch.h");

/// The header without comments, each declaration on a line of its own.
fn declarations() -> Vec<String> {
    let mut text = String::new();
    let mut rest = HEADER;
    while let Some((before, after)) = rest.split_once("/*") {
        text += before;
        rest = after.split_once("*/").expect("a comment ends").1;
    }
    text += rest;
    let mut out = Vec::new();
    let mut code = String::new();
    for line in text.lines().map(|line| line.split("//").next().unwrap_or_default().trim()) {
        match line.strip_prefix("#define ") {
            Some(define) => {
                if let Some((name, value)) = define.split_once(' ') {
                    out.push(format!("constant {name} {value}"));
                }
            }
            None if line.starts_with('#') || line.starts_with("extern \"C\"") => {}
            None => code += &format!("{line} "),
        }
    }
    let code = code.split_whitespace().collect::<Vec<_>>().join(" ");
    let (mut depth, mut start) = (0, 0);
    for (i, c) in code.char_indices() {
        match c {
            '{' => depth += 1,
            // The brace that ends `extern "C"` ends nothing.
            '}' => depth = (depth - 1i32).max(0),
            ';' if depth == 0 => {
                out.extend(declaration(code[start..i].trim()));
                start = i + 1;
            }
            _ => {}
        }
    }
    out
}

/// What the list says of one declaration.
fn declaration(code: &str) -> Vec<String> {
    let code = code.trim_start_matches("} ");
    if let Some(body) = code.strip_prefix("typedef struct {") {
        let (members, name) = body.rsplit_once('}').expect("a structure");
        return structure(name.trim(), members);
    }
    if let Some(handle) = code.strip_prefix("typedef struct ") {
        return vec![format!("handle {}", handle.split(' ').next().unwrap_or_default())];
    }
    match code.strip_prefix("typedef ") {
        Some(callback) => vec![format!("callback {callback}")],
        None => vec![format!("function {code}")],
    }
}

/// A structure and its members, laid out as 64-bit C compilers do; `scripts/test-c.sh` asks one.
fn structure(name: &str, members: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut at = 0usize;
    let mut widest = 1;
    for member in members.split(';').map(str::trim).filter(|member| !member.is_empty()) {
        let (kind, member) = member.rsplit_once([' ', '*']).expect("type and name");
        let (size, align) = match kind.trim() {
            "sidewatch_text" | "sidewatch_bytes" => (16, 8),
            "uint32_t" => (4, 4),
            _ => (8, 8),
        };
        at = at.next_multiple_of(align);
        out.push(format!("member {name}.{member} {at} {size}"));
        at += size;
        widest = widest.max(align);
    }
    let size = at.next_multiple_of(widest);
    let grows = out.first().is_some_and(|first| first.contains(".size "));
    out.insert(0, format!("{} {name} {size}", if grows { "growing" } else { "structure" }));
    out
}

/// Name and rest of a line whose number may grow, and that number.
fn growing(line: &str) -> Option<(&str, u64)> {
    let growing = line.starts_with("growing ") || line.starts_with("constant SIDEWATCH_ABI_VERSION ");
    let (what, number) = line.rsplit_once(' ')?;
    growing.then(|| number.parse().ok().map(|n| (what, n)))?
}

/// What of the list the header does not keep, and what of the header the list does not have.
fn compare(listed: &[String], declared: &[String]) -> (Vec<String>, Vec<String>) {
    let kept = |line: &String| match growing(line) {
        Some((what, least)) => {
            declared.iter().any(|d| growing(d).is_some_and(|(other, now)| other == what && now >= least))
        }
        None => declared.contains(line),
    };
    let known = |line: &String| match growing(line) {
        Some((what, _)) => listed.iter().any(|l| growing(l).is_some_and(|(other, _)| other == what)),
        None => listed.contains(line),
    };
    (
        listed.iter().filter(|line| !kept(line)).cloned().collect(),
        declared.iter().filter(|line| !known(line)).cloned().collect(),
    )
}

fn sections(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut sections = BTreeMap::<String, Vec<String>>::new();
    let mut version = String::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix('[') {
            Some(name) => version = name.trim_end_matches(']').to_owned(),
            None => sections.entry(version.clone()).or_default().push(line.to_owned()),
        }
    }
    sections
}

#[test]
fn what_is_frozen_stays() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("abi.txt");
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let mut sections = sections(&text);
    let listed: Vec<String> = sections.values().flatten().cloned().collect();
    let (gone, new) = compare(&listed, &declarations());
    assert!(gone.is_empty(), "frozen, and gone from the header or changed: {gone:#?}");
    if new.is_empty() {
        return;
    }
    assert!(std::env::var_os("UPDATE_ABI").is_some(), "not in ffi/abi.txt (UPDATE_ABI=1 adds it): {new:#?}");
    let version = crate::result::SIDEWATCH_ABI_VERSION;
    sections.entry(format!("{}.{}", version >> 16, version & 0xffff)).or_default().extend(new);
    let mut out = String::from(
        "# The C ABI, as frozen: a section for each version with what came with it. Offsets and sizes are those of 64-bit\n\
         # targets. Lines are only ever added (UPDATE_ABI=1 cargo test -p sidewatch-ffi frozen); docs/abi.md tells more.\n",
    );
    for (version, lines) in sections {
        out += &format!("\n[{version}]\n{}\n", lines.join("\n"));
    }
    std::fs::write(path, out).expect("ffi/abi.txt");
}

#[test]
fn the_header_is_read() {
    let lines = declarations();
    for line in [
        "constant SIDEWATCH_ERROR_INTERNAL -4",
        "handle sidewatch_engine",
        "structure sidewatch_finding 112",
        "member sidewatch_finding.offset 80 8",
        "growing sidewatch_statistics 96",
        "function uint32_t sidewatch_abi_version(void)",
    ] {
        assert!(lines.iter().any(|l| l == line), "{line}: {lines:#?}");
    }
    assert!(lines.iter().all(|line| !line.contains(['{', '}', ';'])), "{lines:#?}");
}

#[test]
fn every_kind_of_break_is_seen() {
    let declared = declarations();
    let breaks = |from: &str, to: &str| {
        let changed: Vec<String> = declared.iter().map(|line| line.replace(from, to)).collect();
        assert!(changed != declared, "{from}");
        !compare(&declared, &changed).0.is_empty()
    };
    for (from, to) in [
        ("sidewatch_engine_free", "sidewatch_engine_drop"),
        ("constant SIDEWATCH_ERROR_INDEX -3", "constant SIDEWATCH_ERROR_INDEX -7"),
        ("(sidewatch_engine *engine)", "(const sidewatch_engine *engine)"),
        ("member sidewatch_finding.cwe 100 4", "member sidewatch_finding.cwe 108 4"),
        ("structure sidewatch_finding 112", "structure sidewatch_finding 120"),
        ("growing sidewatch_statistics 96", "growing sidewatch_statistics 88"),
        ("handle sidewatch_slot", "handle sidewatch_holder"),
    ] {
        assert!(breaks(from, to), "{from} -> {to} goes unseen");
    }
    assert!(!breaks("growing sidewatch_statistics 96", "growing sidewatch_statistics 104"), "it may grow");
}
