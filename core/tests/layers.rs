//! The house as the design draws it: imports point only left, `unsafe` stays on the ground floor, files stay short, and
//! every room says at its door what it is for.

use std::path::{Path, PathBuf};

/// The folders of core in their order. A file of one may use those of an earlier group.
const ORDER: &[&[&str]] = &[
    &["limits", "bytes"],
    &["http"],
    &["points"],
    &["decode"],
    &["detect"],
    &["verdict"],
    &["correlate", "inventory", "behaviour", "emit"],
    &["engine"],
];

/// Longest source file, in lines; tables and tests apart.
const LINES: usize = 600;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace").to_owned()
}

/// Every Rust source below `folder`: its path from there and its text.
fn sources(folder: &str) -> Vec<(String, String)> {
    let root = root().join(folder);
    let (mut open, mut out) = (vec![root.clone()], Vec::new());
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(&root).expect("below").to_string_lossy().replace('\\', "/");
                out.push((name, std::fs::read_to_string(&path).expect("readable")));
            }
        }
    }
    assert!(!out.is_empty(), "{folder}");
    out.sort();
    out
}

/// The code of a source: without comments and without the tests at its end.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines
        .map(|line| line.split(" // ").next().unwrap_or(line))
        .fold(String::new(), |out, line| out + line + "\n")
}

/// The group of a folder of core.
fn group(folder: &str) -> Option<usize> {
    ORDER.iter().position(|group| group.contains(&folder))
}

/// The folders of core that `code` names after `crate::`, alone or in braces.
fn named(code: &str) -> Vec<String> {
    let mut out = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let after = &code[at + "crate::".len()..];
        let word = |text: &str| -> String {
            text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
        };
        match after.strip_prefix('{') {
            None => out.push(word(after)),
            Some(list) => {
                let (mut depth, mut start) = (0, 0);
                for (i, c) in list.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => {
                            out.push(word(&list[start..]));
                            break;
                        }
                        '}' => depth -= 1,
                        ',' if depth == 0 => {
                            out.push(word(&list[start..]));
                            start = i + 1;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    out.retain(|word| !word.is_empty());
    out
}

#[test]
fn names_after_crate_are_read() {
    assert_eq!(named("use crate::bytes::{Wake, wake};"), ["bytes"]);
    assert_eq!(named("use crate::{bytes::{a, b}, http, engine::Step};"), ["bytes", "http", "engine"]);
    assert_eq!(named("fn f(x: crate::verdict::Finding) {}"), ["verdict"]);
    assert_eq!(
        code("a\n// crate::engine\nb // crate::emit\n#[cfg(test)]\nmod tests { use crate::engine; }"),
        "a\nb\n"
    );
}

#[test]
fn imports_point_only_left() {
    let mut wrong = Vec::new();
    for (file, text) in sources("core/src") {
        let folder = file.split(['/', '.']).next().unwrap_or_default();
        if folder == "lib" {
            continue;
        }
        let Some(own) = group(folder) else {
            wrong.push(format!("{file}: no place in the order"));
            continue;
        };
        for used in named(&code(&text)) {
            // A name at the root of the crate is an item of lib.rs: what it stands for has to be written out.
            let allowed = group(&used).is_some_and(|g| g < own)
                || used == folder
                || own == 0 && group(&used) == Some(0);
            if !allowed {
                wrong.push(format!("{file}: crate::{used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn only_the_capture_and_the_bindings_stand_on_the_engine() {
    for (folder, forbidden) in [
        ("core/src", &["sidewatch_capture", "sidewatch_ffi", "pyo3"][..]),
        ("capture/src", &["sidewatch_ffi", "pyo3"]),
        ("ffi/src", &["sidewatch_capture", "pyo3"]),
        ("modules/envoy/src", &["sidewatch_capture", "sidewatch_ffi", "pyo3"]),
    ] {
        for (file, text) in sources(folder) {
            let code = code(&text);
            for name in forbidden {
                assert!(!code.contains(name), "{folder}/{file} uses {name}");
            }
        }
    }
}

#[test]
fn unsafe_code_stays_on_the_ground_floor() {
    for (folder, floor) in
        [("core/src", "bytes/"), ("capture/src", "nowhere/"), ("modules/envoy/src", "abi.rs")]
    {
        for (file, text) in sources(folder) {
            let code = code(&text);
            let words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
            let used = words.into_iter().any(|word| word == "unsafe");
            assert!(!used || file.starts_with(floor), "{folder}/{file}: unsafe");
        }
    }
    let front = std::fs::read_to_string(root().join("core/src/lib.rs")).expect("lib.rs");
    assert!(front.contains("#![deny(unsafe_code)]") || front.contains("#![forbid(unsafe_code)]"));
}

#[test]
fn core_has_no_clock_no_files_no_threads() {
    for (file, text) in sources("core/src") {
        let code = code(&text);
        for name in [
            "std::fs",
            "std::io::std",
            "std::thread",
            "Instant::now",
            "SystemTime::now",
            "std::env::",
            "static mut",
        ] {
            assert!(!code.contains(name), "{file} uses {name}");
        }
    }
}

#[test]
fn files_stay_short() {
    let mut long = Vec::new();
    for folder in ["core/src", "capture/src", "ffi/src", "python/src", "modules/envoy/src"] {
        for (file, text) in sources(folder) {
            let apart = ["tests.rs", "tables.rs", "words.rs"].iter().any(|name| file.ends_with(name));
            let lines = text.lines().count();
            if lines > LINES && !apart {
                long.push(format!("{folder}/{file}: {lines} lines"));
            }
        }
    }
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn every_room_says_what_it_is_for() {
    for (file, text) in sources("core/src") {
        let doc: Vec<&str> = text.lines().take_while(|line| line.starts_with("//!")).collect();
        assert!(!doc.is_empty() || file.ends_with("/tests.rs"), "{file}: no word at the top");
        if file != "limits.rs" && !(file.ends_with("/mod.rs") && file.matches('/').count() == 1) {
            continue;
        }
        let doc = doc.join(" ").replace("//! ", "").replace("//!", "");
        for part in ["What comes in:", "What goes out:", "What always holds:", "To add one:"] {
            assert!(doc.contains(part), "{file}: {part} {doc}");
        }
    }
}
