//! What a piece of JavaScript is told to do.

use super::*;
use proptest::prelude::*;

fn power(code: &str) -> Power {
    read(code.as_bytes(), Start::Code, false).power
}

#[test]
fn power_grows_with_what_is_reached() {
    assert_eq!(power("a + b"), Power::None);
    assert_eq!(power("void(0)"), Power::None);
    assert_eq!(power("history.back()"), Power::None);
    assert_eq!(power("save(this)"), Power::Weak);
    assert_eq!(power("fetch('/x')"), Power::Medium);
    assert_eq!(power("location = '/home'"), Power::Medium);
}

#[test]
fn every_way_to_call_is_seen() {
    for code in [
        "alert(1)",
        "alert `1`",
        "window.alert(1)",
        "alert?.(1)",
        "(alert)(1)",
        "a=alert,a(1)",
        "[1].map(confirm)",
        "top['al'+'ert'](1)",
        r"\u0061lert(1)",
        "onerror=eval;throw'=1'",
        "[].constructor.constructor('x')()",
        "''['constructor']['constructor']('x')``",
        "new Function('x')",
        "setTimeout('x')",
        "location='javascript:x'",
        "send(document.cookie)",
        "import('//x.example')",
    ] {
        assert_eq!(power(code), Power::Strong, "{code}");
    }
}

proptest! {
    #[test]
    fn nothing_strong_is_lost_to_servers(parts in prop::collection::vec(prop::sample::select(&[
        "alert", "(1)", "eval", "system", "passthru", "$_GET", "document", ".", "cookie", "constructor", "require", "'", "[", "]",
        "\\u0061lert", "require", "x", "=", ";", " ", "\n", "`", "throw", "new ", "Function",
    ][..]), 0..14)) {
        let text = parts.concat();
        let code = read(text.as_bytes(), Start::Code, false);
        let expected = Some(code).filter(|c| c.power == Power::Strong && !c.server);
        prop_assert_eq!(format!("{:?}", strong(text.as_bytes())), format!("{expected:?}"));
    }

    #[test]
    fn words_that_are_known_may_be(
        i in 0..SERVER.len() + BROWSER.len() + DIALOGS.len() + EVALUATORS.len() + REACHING.len(),
        cases in any::<u32>(),
        escaped in prop::option::of(0usize..20),
    ) {
        let name = *SERVER.iter().chain(BROWSER).chain(DIALOGS).chain(EVALUATORS).chain(REACHING).nth(i).unwrap();
        let mut word = Vec::new();
        for (n, b) in name.iter().enumerate() {
            let b = if cases >> n & 1 == 1 { b.to_ascii_uppercase() } else { *b };
            match escaped {
                Some(at) if at == n => word.extend(format!("\\u{{{b:x}}}").bytes()),
                _ => word.push(b),
            }
        }
        let may_be = if REACHING.contains(&name) { may_reach(&word) } else { may_be_known(&word) };
        prop_assert!(word_is(&word, name) && may_be, "{}", word.escape_ascii());
    }
}

#[test]
fn prose_is_not_clean() {
    let clean = |text: &str| read(text.as_bytes(), Start::Code, false).clean;
    assert!(clean("if (a) alert(1); else b\nc"));
    assert!(!clean("call alert(1) here"));
    assert!(!clean("5 apples"));
}
