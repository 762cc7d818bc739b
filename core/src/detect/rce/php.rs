//! PHP where data should be.
//!
//! What fires: an opening tag with program text behind it (`<?php system(..)`, `<?=`), superglobals (`$_GET[0]`), calls
//! through variables (`$_POST['f'](..)`, `$a(1)` as a whole value), complex string syntax (`${@print(1)}`), and settings
//! handed to php-cgi (`-d auto_prepend_file=php://input`). What must not: `<?xml`, prices (`$5 (plus tax)`), jQuery
//! (`$(x)`, `$el.on(..)`). Source: PHP manual, "PHP tags", "Superglobals", "Variable functions", "Complex (curly)
//! syntax"; CVE-2012-1823, CVE-2024-4577; CWE-94.

use super::functions::lookup;
use super::setting;
use crate::bytes::{Triples, Wake, Words};
use crate::detect::lex::find::{beside, find, find_no_case, places};
use crate::detect::{Class, Groups, Hit, Hits, Value};
use crate::points::Place;

/// Judges one value.
pub(super) fn judge(value: &Value<'_>, hits: &mut Hits) {
    let wake = value.wake;
    let tagged = if wake.any(Wake::LESS) { tag(value) } else { None };
    let named = value.words.any(Groups::CODE);
    let set = named && wake.all(Wake::EQUALS.or(Wake::UNDERSCORE));
    let found = tagged
        .or_else(|| if wake.any(Wake::DOLLAR) { variables(value) } else { None })
        .or_else(|| if set { settings(value.bytes) } else { None });
    let broken = named && wake.any(Wake::PAREN);
    if let Some(hit) = found.or_else(|| if broken { broken_out(value) } else { None }) {
        hits.push(hit);
    }
}

/// `known` with a word of each of the [`SETTINGS`], the one that other letters cannot go before or behind, and with what
/// ends a program.
pub(super) const fn words(known: Words) -> Words {
    known.with_all(
        &[
            "exit",
            "die",
            "prepend",
            "append",
            "include",
            "functions",
            "basedir",
            "redirect",
            "dir",
            "extension",
            "path",
            "fopen",
            "simulation",
        ],
        Groups::CODE.bits(),
    )
}

/// `';exit(x());//`, `".die(x)#`: the end of a string or statement of PHP, a call of a function of its manual, and a
/// comment over what is left. Nothing else may stand in the value; `alert` and what else is no function of PHP is for
/// the markup detector to judge (PHP manual, "exit", "Comments").
fn broken_out(value: &Value<'_>) -> Option<Hit> {
    let text = value.bytes.trim_ascii();
    if !(value.first && value.last) || text.len() > 160 {
        return None;
    }
    let code = text.strip_suffix(b"#").or_else(|| text.strip_suffix(b"//"))?;
    let code = code.trim_ascii_end().strip_suffix(b";")?.trim_ascii_end();
    let open = memchr::memchr(b'(', code).filter(|_| code.ends_with(b")"))?;
    let named = |b: &&u8| b.is_ascii_alphanumeric() || **b == b'_';
    let start = open - code.get(..open)?.iter().rev().take_while(named).count();
    let name = code.get(start..open)?;
    let ends = name.eq_ignore_ascii_case(b"exit") || name.eq_ignore_ascii_case(b"die");
    let known = lookup(name).is_some_and(|row| row.3 == "PHP" && row.2 > 0);
    let (mark, head) = code.get(..start)?.trim_ascii_end().split_last()?;
    if !(ends || known) || !matches!(mark, b';' | b'.') {
        return None;
    }
    let n = head.iter().rev().take_while(|b| matches!(b, b')' | b']' | b' ')).count();
    let head = head.get(..head.len() - n)?;
    let quoted = matches!(head.last(), Some(b'\'' | b'"'));
    let short = head.len() <= 24 && head.iter().all(u8::is_ascii_alphanumeric) && *mark == b';';
    let lead = value.bytes.len() - value.bytes.trim_ascii_start().len();
    let span = lead + start..lead + code.len();
    match (quoted, short) {
        (true, _) => {
            hit("code-call", 82, span, "PHP behind the end of a string, and a comment over the rest")
        }
        (_, true) => {
            hit("code-call", 60, span, "PHP behind the end of a statement, and a comment over the rest")
        }
        _ => None,
    }
}

fn hit(
    technique: &'static str,
    confidence: u8,
    span: std::ops::Range<usize>,
    reason: &'static str,
) -> Option<Hit> {
    Some(Hit { class: Class::Rce, technique, confidence, span, reason: reason.into() })
}

/// Words PHP statements begin with, and functions of its manual that shells are made of.
static STATEMENTS: &[&[u8]] = &[
    b"echo",
    b"print",
    b"system",
    b"exec",
    b"passthru",
    b"shell_exec",
    b"eval",
    b"assert",
    b"include",
    b"require",
    b"phpinfo",
    b"file_put_contents",
    b"file_get_contents",
    b"fopen",
    b"move_uploaded_file",
    b"base64_decode",
    b"$",
    b"@",
    b"if",
    b"die",
    b"`",
    b"readfile",
    b"unlink",
    b"header",
    b"function",
    b"class",
    b"namespace",
    b"//",
    b"/*",
    b"popen",
    b"proc_open",
    b"set_time_limit",
    b"error_reporting",
    b"ini_set",
    b"foreach",
    b"while",
    b"define",
    b"call_user_func",
    b"show_source",
    b"var_dump",
    b"return",
];

/// Where a tag of PHP may open, or an element of it.
static TAGS: Triples = Triples::NONE.with(0, [b"<", b"?", b""]).with(1, [b"<", b"sS", b"cC"]);

fn tag(value: &Value<'_>) -> Option<Hit> {
    let bytes = value.bytes;
    if value.place == Place::FileContent {
        return None; // a file of PHP is for `upload` to judge
    }
    let (mut document, mut scripts) = (None, [None; 2]);
    for at in beside(bytes, b'<', &TAGS, 0) {
        let opened = bytes.get(at..)?;
        if let [_, b's' | b'S', b'c' | b'C', ..] = opened {
            let elements = [&b"<script language=\"php\""[..], b"<script language='php'"];
            for (script, element) in scripts.iter_mut().zip(elements) {
                let is = opened.get(..element.len()).is_some_and(|o| o.eq_ignore_ascii_case(element));
                *script = script.or(is.then_some(at));
            }
        }
        let Some(rest) = opened.strip_prefix(b"<?") else { continue };
        let document = *document.get_or_insert_with(|| setting::is_document(value));
        let word = rest.iter().take(8).take_while(|b| b.is_ascii_alphabetic()).count();
        let name = rest.get(..word)?;
        let (full, code) = if name.eq_ignore_ascii_case(b"php") {
            (true, rest.get(word..)?)
        } else if rest.first() == Some(&b'=') {
            (false, rest.get(1..)?)
        } else if name.is_empty() || !name.eq_ignore_ascii_case(b"xml") {
            (false, rest)
        } else {
            continue;
        };
        let trimmed = code.trim_ascii_start();
        let statement =
            STATEMENTS.iter().any(|s| trimmed.get(..s.len()).is_some_and(|t| t.eq_ignore_ascii_case(s)));
        let head = trimmed.get(..512).unwrap_or(trimmed);
        // Without a tag or statement it makes no difference.
        let dangerous = (full || statement)
            && [
                &b"$_GET"[..],
                b"$_POST",
                b"$_REQUEST",
                b"$_COOKIE",
                b"$_SERVER",
                b"$_FILES",
                b"system(",
                b"exec(",
                b"passthru(",
                b"eval(",
            ]
            .iter()
            .any(|d| find_no_case(head, d).is_some());
        let blank = code.first().is_none_or(u8::is_ascii_whitespace) || rest.first() == Some(&b'=');
        let span = at..(at + 2 + rest.len().min(60)).min(bytes.len());
        let reason = "opens PHP in the value: whatever stores or includes it runs the text behind the tag";
        let confidence = match (full, statement, dangerous, document) {
            (true, true, true, false) => 97,
            (true, _, true, true) => 55,
            (true, true, false, false) => 88,
            (true, _, _, false) if blank => 72,
            (false, true, true, false) => 92,
            (false, false, _, false)
                if rest.first() == Some(&b'=') && matches!(trimmed.first(), Some(b'"' | b'\'')) =>
            {
                60
            }
            (false, true, false, false) if blank || trimmed.len() < code.len() => 66,
            _ => continue,
        };
        return hit("php-tag", confidence, span, reason);
    }
    let [double, single] = scripts;
    if let Some(at) = double.or(single) {
        return hit("php-tag", 94, at..at + 22, "opens PHP in the value by a script element");
    }
    None
}

/// The superglobals of PHP.
static SUPERGLOBALS: &[&[u8]] =
    &[b"_GET", b"_POST", b"_REQUEST", b"_COOKIE", b"_SERVER", b"_FILES", b"_ENV", b"_SESSION", b"GLOBALS"];

/// Where a superglobal may stand, or a brace behind a dollar sign.
static VARIABLES: Triples =
    Triples::NONE.with(0, [b"$", b"_", b""]).with(1, [b"$", b"G", b""]).with(2, [b"$", b"{", b""]);

fn variables(value: &Value<'_>) -> Option<Hit> {
    let bytes = value.bytes;
    let (mut document, mut best) = (None, None::<Hit>);
    for dollar in VARIABLES.places(bytes) {
        let rest = bytes.get(dollar + 1..)?;
        let rest = rest.get(..160).unwrap_or(rest);
        let found = match rest.first() {
            Some(b'_' | b'G') => {
                let document = *document.get_or_insert_with(|| setting::is_document(value));
                superglobal(rest, dollar, document)
            }
            Some(b'{') => curly(rest, dollar, bytes.get(..dollar).unwrap_or_default()),
            _ => continue,
        };
        if let Some(found) = found.filter(|f| best.as_ref().is_none_or(|b| b.confidence < f.confidence)) {
            best = Some(found);
        }
    }
    best.or_else(|| variable_call(value)).or_else(|| variable_variable(value))
}

fn superglobal(rest: &[u8], dollar: usize, document: bool) -> Option<Hit> {
    let name = SUPERGLOBALS.iter().find(|name| rest.starts_with(name))?;
    let behind = rest.get(name.len()..)?.trim_ascii_start();
    if !matches!(behind.first(), Some(b'[' | b'{')) {
        return None;
    }
    let close = behind.iter().position(|b| matches!(b, b']' | b'}'));
    let called =
        close.and_then(|c| behind.get(c + 1..)).is_some_and(|b| b.trim_ascii_start().first() == Some(&b'('));
    let span = dollar..dollar + 1 + name.len();
    match (called, document) {
        (true, false) => hit("php-variable-call", 93, span, "PHP calls the function that the request names"),
        (true, true) => hit("php-variable-call", 70, span, "PHP calls the function that the request names"),
        (false, false) => hit("php-superglobal", 60, span, "PHP reads what the request sends"),
        (false, true) => None,
    }
}

/// `${@print(1)}`, `{${phpinfo()}}`, `${system('id')}`: a call inside a string of PHP.
fn curly(rest: &[u8], dollar: usize, before: &[u8]) -> Option<Hit> {
    let inner = rest.strip_prefix(b"{")?.trim_ascii_start();
    let silent = inner.starts_with(b"@");
    let inner = inner.strip_prefix(b"@").unwrap_or(inner);
    let name = inner.iter().take(40).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    if name < 3 || inner.get(name) != Some(&b'(') {
        return None;
    }
    let php = calls_php(inner);
    let double = before.last() == Some(&b'{');
    let confidence = match (silent, double, php) {
        (true, ..) => 92,
        (_, true, true) => 92,
        (_, _, true) => 80,
        (_, true, false) => 55,
        _ => return None,
    };
    hit(
        "php-curly-call",
        confidence,
        dollar..dollar + 2 + name,
        "a call inside PHP's complex string syntax, run when the string is read",
    )
}

/// Whether the text between `${` and `}` calls a function of PHP that runs or shows something.
pub(super) fn calls_php(inner: &[u8]) -> bool {
    let inner = inner.strip_prefix(b"@").unwrap_or(inner);
    let name = inner.iter().take(40).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let functions: &[&[u8]] = &[
        b"print",
        b"sleep",
        b"system",
        b"exec",
        b"eval",
        b"passthru",
        b"phpinfo",
        b"popen",
        b"proc_open",
        b"shell_exec",
        b"md5",
        b"die",
        b"var_dump",
        b"assert",
        b"usleep",
    ];
    inner.get(name) == Some(&b'(')
        && inner.get(..name).is_some_and(|word| functions.iter().any(|f| f.eq_ignore_ascii_case(word)))
}

/// `${'na'.'me'}`, `$ { NAME }`: a whole value that reads a variable whose name is computed. Only PHP allows the blank.
fn variable_variable(value: &Value<'_>) -> Option<Hit> {
    let text = value.bytes.trim_ascii();
    let inner = text.strip_prefix(b"$")?.strip_suffix(b"}")?;
    let spaced = inner.first().is_some_and(|b| b.is_ascii_whitespace());
    let inner = inner.trim_ascii_start().strip_prefix(b"{")?.trim_ascii();
    let whole = value.first && value.last && text.len() <= 64;
    let quoted = matches!(inner, [q @ (b'\'' | b'"'), .., last] if q == last);
    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'\'' | b'"' | b'.' | b' ');
    (whole && !inner.is_empty() && (spaced || quoted) && inner.iter().all(plain))
        .then(|| {
            hit(
                "php-variable",
                54,
                0..value.bytes.len(),
                "PHP reads a variable whose name is computed from text",
            )
        })
        .flatten()
}

/// `$a(1)`, `$a['x'](1)`, `${'a'}(1)`: a whole value that calls through a variable.
fn variable_call(value: &Value<'_>) -> Option<Hit> {
    let bytes = value.bytes;
    let text = bytes.trim_ascii();
    let text = text.strip_suffix(b";").unwrap_or(text);
    let inner = text.strip_prefix(b"@").unwrap_or(text);
    // `Class::$method(1)`
    let scope = inner.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'\\')).count();
    let scoped = scope > 0 && inner.get(scope..).is_some_and(|r| r.starts_with(b"::$"));
    let inner = if scoped { inner.get(scope + 2..)? } else { inner };
    let whole = value.first && value.last && text.len() <= 96;
    if !whole || !inner.starts_with(b"$") || !inner.ends_with(b")") {
        return None;
    }
    let open = memchr::memchr(b'(', inner)?;
    let target = inner.get(1..open)?.trim_ascii();
    let last = *target.last()?;
    let name = target.first().is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'$' | b'{'));
    // A comment hides the parenthesis unless its line ends before it.
    let gap = inner.get(1..open)?;
    let sound = target.iter().any(|b| b.is_ascii_alphanumeric() || *b == b'_')
        && (find(target, b"//").is_none() || gap.contains(&b'\n'))
        && target.iter().all(|b| b.is_ascii_graphic() || *b == b' ')
        && (!target.contains(&b'.') || target.starts_with(b"{"))
        && !target.contains(&b',');
    let ends = last.is_ascii_alphanumeric() || matches!(last, b'_' | b']' | b'}' | b'/');
    // `$5 (plus tax)`; nobody breaks the line there.
    let spaced =
        gap.len() != target.len() && !gap.contains(&b'\n') && target.iter().all(u8::is_ascii_alphanumeric);
    (name && sound && ends && !spaced)
        .then(|| hit("php-variable-call", 56, 0..bytes.len(), "PHP calls a function through a variable"))
        .flatten()
}

/// Settings of php.ini that load or unlock code.
static SETTINGS: &[&[u8]] = &[
    b"auto_prepend_file",
    b"auto_append_file",
    b"allow_url_include",
    b"disable_functions",
    b"open_basedir",
    b"cgi.force_redirect",
    b"extension_dir",
    b"zend_extension",
    b"sendmail_path",
    b"allow_url_fopen",
    b"suhosin.simulation",
];

/// Whether one of the [`SETTINGS`] stands before an equals sign, a few blanks aside.
///
/// PERF: the options of a manual have `-d` too, and a search for each name costs a pass over the value.
fn may_set(bytes: &[u8]) -> bool {
    let ends = |name: &[u8], text: &[u8]| {
        let end = text.len().checked_sub(name.len()).and_then(|at| text.get(at..));
        end.is_some_and(|end| end.eq_ignore_ascii_case(name))
    };
    places(bytes, b'=').any(|equals| {
        let text = bytes.get(..equals).unwrap_or_default().trim_ascii_end();
        let Some(&[a, b]) = text.last_chunk::<2>() else { return false };
        // The last two letters tell of most words that they are no such name.
        matches!(&[a | 0x20, b | 0x20], b"le" | b"de" | b"ns" | b"ir" | b"ct" | b"on" | b"th" | b"en")
            && SETTINGS.iter().any(|name| ends(name, text))
    })
}

/// Settings of php.ini that turn a request into code, as php-cgi takes them from the query string.
fn settings(bytes: &[u8]) -> Option<Hit> {
    let names = SETTINGS;
    let begins = |name: &&[u8]| bytes.get(..name.len()).is_some_and(|b| b.eq_ignore_ascii_case(name));
    // A soft hyphen is what Windows makes a dash of (CVE-2024-4577).
    let soft = memchr::memchr(0xAD, bytes).is_some();
    if !names.iter().any(begins) && find(bytes, b"-d").is_none() && !soft || !may_set(bytes) {
        return None;
    }
    for name in names {
        let Some(at) = find_no_case(bytes, name) else { continue };
        let behind = bytes.get(at + name.len()..)?.trim_ascii_start();
        let flagged = bytes.get(at.saturating_sub(4)..at)?.windows(2).any(|w| w == b"-d" || w == b"d ");
        if behind.starts_with(b"=") && (flagged || at == 0) {
            let confidence = if flagged { 95 } else { 62 };
            return hit(
                "php-setting",
                confidence,
                at..at + name.len(),
                "hands PHP a setting that loads or unlocks code",
            );
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_told_before_its_equals_sign() {
        for name in SETTINGS {
            let name = std::str::from_utf8(name).unwrap();
            for name in [name.to_owned(), name.to_uppercase()] {
                assert!(may_set(format!("-d {name} \t= x").as_bytes()), "{name}");
                assert!(settings(format!("-d {name} \t= x").as_bytes()).is_some(), "{name}");
                assert!(
                    !may_set(format!("={name}").as_bytes()) && !may_set(format!("{name}x=").as_bytes()),
                    "{name}"
                );
            }
        }
        assert!(!may_set(b"=") && !may_set(b"le=on = auto_prepend_file"));
    }
}
