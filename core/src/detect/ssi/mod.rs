//! Server-side includes (CWE-97): directives a web server runs when it serves the value in a page.
//!
//! What comes in: a value. What goes out: at most one hit, the worst directive. What always holds: a directive is
//! `<!--#name` with a name the server knows (Apache mod_include; NGINX and IIS know subsets); a comment
//! (`<!-- #1 -->`, `<!--# note -->`) is none; work is linear. To add one: a line in [`DIRECTIVES`].
//!
//! Fires: `<!--#exec cmd="id" -->`, `<!--#include virtual="/x" -->`, `<!--#echo var="DATE_LOCAL" -->`, `<!--#printenv -->`.
//! Does not fire: `<!-- section #2 -->`, `<!--#region-->`. Source: Apache HTTP Server manual, mod_include.

pub(super) mod techniques;

use super::{Class, Hit, Hits, Value};
use crate::bytes::{Triples, has_pair};
use crate::detect::beside::Beside;
use memchr::memchr;

/// A directive, the attributes it needs (any of them; empty: none), how sure a complete one is, what it does.
type Directive = (&'static [u8], &'static [&'static [u8]], u8, &'static str);

/// The directives of every server.
const DIRECTIVES: &[Directive] = &[
    (b"exec", &[b"cmd", b"cgi"], 97, "runs a command"),
    (b"include", &[b"virtual", b"file", b"wait"], 93, "takes in a file or address of the server"),
    (b"printenv", &[], 90, "shows the server's environment"),
    (b"echo", &[b"var", b"encoding"], 88, "shows a variable of the server"),
    (b"config", &[b"errmsg", b"sizefmt", b"timefmt", b"echomsg"], 80, "changes how directives answer"),
    (b"set", &[b"var", b"value"], 80, "sets a variable for directives that follow"),
    (b"fsize", &[b"virtual", b"file"], 85, "shows the size of a file"),
    (b"flastmod", &[b"virtual", b"file"], 85, "shows the date of a file"),
    (b"if", &[b"expr"], 75, "evaluates an expression"),
    (b"elif", &[b"expr"], 75, "evaluates an expression"),
    (b"odbc", &[b"connect", b"statement", b"debug"], 85, "runs a database statement"),
    (b"email", &[b"fromhost", b"tohost", b"message"], 80, "sends mail"),
    (b"block", &[b"name"], 65, "names a block for NGINX"),
];

/// Where the hash of a directive may stand, by the two bytes before it.
static HASHES: Triples =
    Triples::NONE.with(0, [b"<", b"!", b"#"]).with(1, [b"!", b"-", b"#"]).with(2, [b"-", b"-", b"#"]);

/// How many bytes of the directive stand before `at`, which is one of [`HASHES`].
fn before(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b'-') => 2,
        Some(b'!') => 1,
        _ => 0,
    }
}

/// Judges one value.
pub fn judge(value: &Value<'_>, hits: &mut Hits) {
    let bytes = value.bytes;
    if !value.may_hold(Beside::DECLARED) || !has_pair(bytes, *b"<!") {
        return;
    }
    let mut best: Option<Hit> = None;
    for at in HASHES.places(bytes).filter_map(|at| at.checked_sub(before(bytes, at))) {
        if !bytes.get(at..).is_some_and(|b| b.starts_with(b"<!")) {
            continue;
        }
        let rest = bytes.get(at + 2..).unwrap_or_default();
        // `<!--#`; some servers and filters also meet `<!#` and blanks before the hash.
        let dashes = rest.iter().take(2).take_while(|b| **b == b'-').count();
        let rest = rest.get(dashes..).unwrap_or_default();
        let Some((b'#', rest)) = rest.split_first() else { continue };
        let blanks = rest.iter().take(4).take_while(|b| b.is_ascii_whitespace()).count();
        let rest = rest.get(blanks..).unwrap_or_default();
        let name = rest.iter().take(12).take_while(|b| b.is_ascii_alphabetic()).count();
        let (Some(word), Some(rest)) = (rest.get(..name), rest.get(name..)) else { continue };
        let Some(known) = DIRECTIVES.iter().find(|d| d.0.eq_ignore_ascii_case(word)) else { continue };
        let end = memchr(b'>', rest).unwrap_or(rest.len());
        let body = rest.get(..end.min(rest.len())).unwrap_or_default().trim_ascii_start();
        let body = body.get(..256).unwrap_or(body);
        let complete = known.1.is_empty() || known.1.iter().any(|a| attribute(body, a));
        let sure = match (complete, dashes == 2) {
            (true, true) => known.2,
            (true, false) => known.2.saturating_sub(20),
            (false, true) if known.2 > 90 => 55,
            (false, _) => 35,
        };
        if best.as_ref().is_none_or(|b| b.confidence < sure) {
            let span = at..(at + 2 + dashes + 1 + blanks + name + end + 1).min(bytes.len());
            let reason = format!("the server-side include {} {}", word.escape_ascii(), known.3).into();
            best = Some(Hit { class: Class::Ssi, technique: "directive", confidence: sure, span, reason });
        }
    }
    if let Some(best) = best {
        hits.push(best);
    }
}

/// Whether `body` holds `name` followed by `=`, case aside.
fn attribute(body: &[u8], name: &[u8]) -> bool {
    let mut words = body.split(|b| *b == b'=');
    let last = words.next_back();
    last.is_some()
        && words.any(|w| {
            let w = w.trim_ascii_end();
            w.len() >= name.len()
                && w.get(w.len() - name.len()..).is_some_and(|w| w.eq_ignore_ascii_case(name))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_by_name() {
        assert!(attribute(b" CMD = \"x\"", b"cmd") && attribute(b" a=1 cmd=x", b"cmd"));
        assert!(!attribute(b" cmd x", b"cmd") && !attribute(b" x=cmd", b"cmd"));
    }
}
