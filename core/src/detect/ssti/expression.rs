//! What an expression between template delimiters would do.
//!
//! The engines' expression languages share their tokens with JavaScript closely enough to be read by its lexer: words,
//! numbers, strings, operators, members, calls and filters.

use super::names::{self, one_of};
use crate::detect::lex::js::{Js, Kind, Start};

/// What was understood of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// How sure it is.
    pub confidence: u8,
    /// The technique.
    pub technique: &'static str,
    /// What it does, in words.
    pub what: &'static str,
}

const fn meaning(confidence: u8, technique: &'static str, what: &'static str) -> Meaning {
    Meaning { confidence, technique, what }
}

/// Counts and last tokens while reading.
#[derive(Default)]
struct Seen {
    literal_calls: u32,
    numbers: u32,
    strings: u32,
    words: u32,
    arithmetic: u32,
    comparison: u32,
    foreign: u32,
    calls: u32,
    parens: u32,
}

/// Reads the bytes between delimiters.
pub fn read(bytes: &[u8]) -> Option<Meaning> {
    let mut best: Option<Meaning> = None;
    let mut seen = Seen::default();
    let mut last: [(Option<Kind>, &[u8]); 4] = [(None, b""); 4];
    // `{{=`, `<%=`, `{{:`, `<%-`, `[=`: output markers of the engines.
    let bytes = bytes.trim_ascii_start();
    let marks = bytes
        .iter()
        .take(3)
        .take_while(|b| matches!(b, b'=' | b':' | b'-' | b'!' | b'>' | b'&' | b'#' | b'$' | b'{' | b'@'))
        .count();
    let bytes = bytes.get(marks..).unwrap_or_default();
    let browser = memchr::memmem::find(bytes, b"constructor").is_some();
    let mut server = false;
    for token in Js::new(bytes, Start::Code) {
        let text = bytes.get(token.span.clone()).unwrap_or_default();
        let found = match token.kind {
            Kind::Blank | Kind::Newline | Kind::Comment => continue,
            Kind::Number => {
                seen.numbers += 1;
                None
            }
            Kind::String => {
                seen.strings += 1;
                let found = string(text, &seen, &last);
                server |= found.is_some();
                found
            }
            Kind::Word => {
                seen.words += 1;
                let found = word(text, &last);
                server |= found.is_some();
                found
            }
            Kind::Punct => {
                let found = punct(text, &mut seen, &last);
                server |= found.is_some();
                found
            }
            Kind::Template => {
                // Backticks are commands in Ruby and PHP.
                seen.foreign += 1;
                (last[0].0.is_none()).then_some(meaning(70, "server-code", "it runs a command in backticks"))
            }
            Kind::Regex | Kind::Other => {
                seen.foreign += 1;
                None
            }
        };
        if let Some(found) = found.filter(|f| best.is_none_or(|b| f.confidence > b.confidence)) {
            best = Some(found);
        }
        last.rotate_right(1);
        last[0] = (Some(token.kind), text);
    }
    if best.is_none() {
        best = plain(&seen, &last);
    }
    // `constructor` alone leads to the browser's Function; the class xss has it.
    best.filter(|b| !browser || server || b.technique == "arithmetic-probe")
}

/// Whether the last tokens are a member access, and of what.
fn object<'a>(last: &[(Option<Kind>, &'a [u8]); 4]) -> Option<&'a [u8]> {
    matches!(last[0].1, b"." | b"?." | b"::").then_some(last[1].1)
}

fn word(text: &[u8], last: &[(Option<Kind>, &[u8]); 4]) -> Option<Meaning> {
    let may_tell = names::may_tell(text);
    if may_tell && one_of(text, names::PYTHON) {
        return Some(meaning(
            93,
            "python-introspection",
            "it walks from an object to Python's classes and modules",
        ));
    }
    if may_tell && one_of(text, names::TELLING) {
        return Some(meaning(90, "server-code", "it names what runs commands or loads classes"));
    }
    if let Some(object) = object(last) {
        if names::MODULES.iter().any(|(m, members)| m.as_bytes() == object && one_of(text, members)) {
            return Some(meaning(90, "server-code", "it reaches a module of the language below the engine"));
        }
        // Deeper in, only the request's own parts are told apart from fields of the application's data.
        let first = !matches!(last[2].1, b"." | b"?.")
            || object == b"request" && one_of(text, &["server", "environ", "application"]);
        if first && one_of(object, names::CONTEXT) && one_of(text, names::REACHED) {
            return Some(meaning(
                66,
                "engine-object",
                "it reaches into an object the engine puts into every template",
            ));
        }
    }
    if last[0].1 == b"?" && matches!(text, b"api" | b"interpret" | b"eval" | b"new") {
        return Some(meaning(80, "java-reflection", "it uses a Freemarker built-in that makes objects"));
    }
    None
}

fn string(text: &[u8], seen: &Seen, last: &[(Option<Kind>, &[u8]); 4]) -> Option<Meaning> {
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    let has = |w: &[u8]| memchr::memmem::find(inner, w).is_some();
    if has(b"__") && names::PYTHON.iter().any(|n| n.as_bytes() == inner)
        || has(br"\x5f\x5f")
        || has(br"\u005f\u005f")
    {
        return Some(meaning(
            88,
            "python-introspection",
            "it names one of Python's special attributes in a string",
        ));
    }
    if inner.len() <= 24 && (inner.starts_with(b"__") || inner.ends_with(b"__")) {
        return Some(meaning(75, "python-introspection", "it puts together the name of a special attribute"));
    }
    if has(b"child_process")
        || has(b"mainModule")
        || has(b"os.popen")
        || has(b"os.system")
        || has(b"getRuntime")
    {
        return Some(meaning(90, "server-code", "it holds code for the server in a string"));
    }
    if has(b"freemarker.template") || has(b"java.lang.") || has(b"javax.script") {
        return Some(meaning(90, "java-reflection", "it names a Java class in a string"));
    }
    if seen.parens > 0 && one_of(inner, names::CALLBACKS) {
        return Some(meaning(85, "dangerous-filter", "it hands a function that runs commands to a filter"));
    }
    if last[0].1 == b"(" && last[1].1 == b"open" && inner.first() == Some(&b'/') {
        return Some(meaning(80, "server-code", "it opens a file of the server"));
    }
    None
}

fn punct(text: &[u8], seen: &mut Seen, last: &[(Option<Kind>, &[u8]); 4]) -> Option<Meaning> {
    match text {
        b"*" | b"+" | b"-" | b"/" | b"%" | b"**" | b"~" => seen.arithmetic += 1,
        b"==" | b"!=" | b"<" | b">" | b"<=" | b">=" | b"===" => seen.comparison += 1,
        b"(" => {
            seen.parens += 1;
            let (kind, callee) = last[0];
            if kind != Some(Kind::Word) {
                return None;
            }
            seen.calls += 1;
            let piped = last[1].1 == b"|";
            if piped && callee == b"attr" {
                return Some(meaning(90, "dangerous-filter", "the attr filter reaches attributes by name"));
            }
            if callee == b"T" {
                return Some(meaning(75, "java-reflection", "it names a Java type"));
            }
            if one_of(callee, names::CALLED) && !piped {
                let what = "it calls what runs code, reflects or reads the server";
                return Some(meaning(82, "server-code", what));
            }
            if object(&[last[1], last[2], last[3], (None, b"")])
                .is_some_and(|o| one_of(o, &["config", "_self", "lipsum", "cycler"]))
            {
                return Some(meaning(80, "engine-object", "it calls a method of an object of the engine"));
            }
            seen.literal_calls += u32::from(last[1].1 == b"." && last[2].0 == Some(Kind::String));
        }
        b")" | b"[" | b"]" | b"," | b"." | b"|" | b"!" | b"&&" | b"||" | b"?" | b":" => {}
        _ => seen.foreign += 1,
    }
    None
}

/// An expression in which no name told anything.
fn plain(seen: &Seen, last: &[(Option<Kind>, &[u8]); 4]) -> Option<Meaning> {
    let literals = seen.numbers + seen.strings;
    if seen.words == 0 && seen.foreign == 0 && literals >= 2 && seen.arithmetic >= 1 && seen.numbers >= 1 {
        return Some(meaning(
            88,
            "arithmetic-probe",
            "it computes with literals only, to see whether expressions run",
        ));
    }
    if seen.words == 0 && seen.foreign == 0 && literals >= 2 && seen.comparison + seen.arithmetic >= 1 {
        return Some(meaning(
            70,
            "arithmetic-probe",
            "it compares or joins literals only, to see whether expressions run",
        ));
    }
    // `'a'.toUpperCase()`: a method of a literal, without anything of the page's.
    if seen.words == 1 && seen.literal_calls == 1 && seen.foreign == 0 {
        return Some(meaning(
            75,
            "arithmetic-probe",
            "it calls a method of a literal, to see whether expressions run",
        ));
    }
    // The bare object: its text names classes and settings.
    if seen.words == 1 && literals + seen.foreign + seen.calls == 0 {
        let name = last[0].1;
        if one_of(
            name,
            &[
                "self",
                "_self",
                "_context",
                "config",
                "settings",
                "request",
                "debug",
                "app",
                "lipsum",
                "cycler",
                "joiner",
                "namespace",
            ],
        ) {
            return Some(meaning(
                58,
                "engine-object",
                "it shows an object the engine puts into every template",
            ));
        }
    }
    None
}
