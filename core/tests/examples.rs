//! The example of this crate runs, and says what its page promises. Cargo builds it with the tests.

use std::path::PathBuf;
use std::process::{Command, Output};

fn inspect(arguments: &[&str]) -> Output {
    let mut folder: PathBuf = std::env::current_exe().expect("a test");
    folder.pop();
    folder.pop();
    Command::new(folder.join("examples/inspect"))
        .args(arguments)
        .output()
        .expect("the example: without `--test`, cargo builds it; else `cargo build --examples` does")
}

#[test]
fn inspect_tells_what_is_found() {
    let ran = inspect(&[]);
    let text = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{ran:?}");
    assert!(text.starts_with("verdict: attack\n"), "{text}");
    assert!(text.contains("at body.form.user") && text.contains("\"classes\":[\"sqli\"]"), "{text}");
}

#[test]
fn inspect_says_what_it_cannot_read() {
    assert!(!inspect(&["/nowhere/request"]).status.success());
}
