//! Calls that run commands or code, in PHP, Python, Ruby, Perl, Node and Java.
//!
//! What fires: a call by its name, weighed by what it is given: `system('id')`, `eval(base64_decode(`, `os.popen("ls")`,
//! `__import__('os')`, `require('child_process')`, `(sys.tem)('id')`, `phpinfo()`. What must not: the same names in
//! manuals (`exec(3)`), in JavaScript of browsers (`re.exec(str)`, `eval(x)`), in prose ("the system (see below)"). The
//! place inside the value does not matter: an injected value begins in the middle of somebody's string. Source: PHP
//! manual, "Program execution functions", "Eval", "Output control"; Python library reference, `os`, `subprocess`; Ruby
//! `Kernel`, `Open3`; Node `child_process`; CWE-94, CWE-95.

use super::command;
use super::java;
use crate::bytes::Wake;
use crate::detect::lex::find::find;
use crate::detect::lex::words::Words;
use crate::detect::{Class, Hit, Hits, Value};

/// What a function does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Does {
    /// Runs a command of the system.
    Runs,
    /// Runs program text.
    Evaluates,
    /// Loads a module by name.
    Loads,
    /// Tells something of the system.
    Tells,
    /// Decodes text, as hidden code is.
    Decodes,
    /// Reads or writes files.
    Files,
    /// Prints.
    Prints,
    /// Waits.
    Waits,
}

/// A function: name, what it does, how unlikely the name is elsewhere (0 to 4), language.
type Function = (&'static str, Does, i8, &'static str);

/// Lower case, sorted.
#[rustfmt::skip]
static FUNCTIONS: &[Function] = &[
    ("__import__", Does::Loads, 4, "Python"), ("array_filter", Does::Evaluates, 1, "PHP"),
    ("array_map", Does::Evaluates, 1, "PHP"), ("assert", Does::Evaluates, 1, "PHP"),
    ("base64_decode", Does::Decodes, 2, "PHP"), ("call_user_func", Does::Evaluates, 3, "PHP"),
    ("call_user_func_array", Does::Evaluates, 3, "PHP"), ("class_eval", Does::Evaluates, 2, "Ruby"),
    ("commands.getoutput", Does::Runs, 3, "Python"), ("convert_uudecode", Does::Decodes, 2, "PHP"),
    ("core::exec", Does::Runs, 3, "Perl"), ("core::system", Does::Runs, 3, "Perl"),
    ("create_function", Does::Evaluates, 3, "PHP"), ("die", Does::Prints, 1, "PHP"), ("echo", Does::Prints, 0, "PHP"),
    ("eval", Does::Evaluates, 1, "PHP or JavaScript"), ("exec", Does::Runs, 1, "PHP"), ("execfile", Does::Evaluates, 2, "Python"),
    ("execfilesync", Does::Runs, 3, "Node"), ("execsync", Does::Runs, 3, "Node"), ("execve", Does::Runs, 2, "C"),
    ("file_get_contents", Does::Files, 2, "PHP"), ("file_put_contents", Does::Files, 2, "PHP"),
    ("fopen", Does::Files, 1, "PHP"), ("fsockopen", Does::Files, 2, "PHP"), ("get_current_user", Does::Tells, 2, "PHP"),
    ("get_defined_vars", Does::Tells, 3, "PHP"), ("getallheaders", Does::Tells, 2, "PHP"),
    ("gzdecode", Does::Decodes, 2, "PHP"), ("gzinflate", Does::Decodes, 3, "PHP"), ("gzuncompress", Does::Decodes, 3, "PHP"),
    ("hex2bin", Does::Decodes, 2, "PHP"), ("highlight_file", Does::Files, 3, "PHP"), ("importlib.import_module", Does::Loads, 3, "Python"),
    ("ini_set", Does::Evaluates, 2, "PHP"), ("instance_eval", Does::Evaluates, 2, "Ruby"), ("io.popen", Does::Runs, 3, "Ruby or Lua"),
    ("kernel.exec", Does::Runs, 3, "Ruby"), ("kernel.open", Does::Runs, 3, "Ruby"), ("kernel.system", Does::Runs, 3, "Ruby"),
    ("md5", Does::Prints, 0, "PHP"), ("move_uploaded_file", Does::Files, 3, "PHP"), ("mysql_query", Does::Files, 1, "PHP"),
    ("open3.capture2", Does::Runs, 3, "Ruby"), ("open3.capture2e", Does::Runs, 3, "Ruby"),
    ("open3.capture3", Does::Runs, 3, "Ruby"), ("open3.popen3", Does::Runs, 3, "Ruby"), ("os.execl", Does::Runs, 3, "Python"),
    ("os.execlp", Does::Runs, 3, "Python"), ("os.execute", Does::Runs, 3, "Lua"), ("os.execv", Does::Runs, 3, "Python"),
    ("os.execvp", Does::Runs, 3, "Python"), ("os.listdir", Does::Tells, 2, "Python"), ("os.popen", Does::Runs, 3, "Python"),
    ("os.spawnl", Does::Runs, 3, "Python"), ("os.spawnlp", Does::Runs, 3, "Python"), ("os.system", Does::Runs, 3, "Python"),
    ("parse_ini_file", Does::Files, 2, "PHP"), ("passthru", Does::Runs, 3, "PHP"), ("pcntl_exec", Does::Runs, 4, "PHP"),
    ("php_uname", Does::Tells, 3, "PHP"), ("phpcredits", Does::Tells, 3, "PHP"), ("phpinfo", Does::Tells, 3, "PHP"),
    ("phpversion", Does::Tells, 3, "PHP"), ("popen", Does::Runs, 1, "PHP"), ("posix_getpwuid", Does::Tells, 3, "PHP"),
    ("posix_getuid", Does::Tells, 3, "PHP"), ("posix_kill", Does::Runs, 3, "PHP"), ("posix_uname", Does::Tells, 3, "PHP"),
    ("preg_replace", Does::Evaluates, 1, "PHP"), ("print", Does::Prints, 0, "PHP"), ("print_r", Does::Prints, 1, "PHP"),
    ("printf", Does::Prints, 0, "PHP"), ("proc_open", Does::Runs, 4, "PHP"), ("process.spawn", Does::Runs, 3, "Ruby"),
    ("pty.spawn", Does::Runs, 3, "Python"), ("putenv", Does::Evaluates, 1, "PHP"), ("readfile", Does::Files, 1, "PHP"),
    ("register_shutdown_function", Does::Evaluates, 3, "PHP"), ("require", Does::Loads, 1, "Node"), ("scandir", Does::Files, 2, "PHP"),
    ("shell_exec", Does::Runs, 4, "PHP"), ("show_source", Does::Files, 3, "PHP"), ("simplexml_load_file", Does::Files, 2, "PHP"),
    ("sleep", Does::Waits, 0, "PHP"), ("spawn", Does::Runs, 1, "Ruby or Node"), ("spawnsync", Does::Runs, 3, "Node"),
    ("str_rot13", Does::Decodes, 3, "PHP"), ("strrev", Does::Decodes, 2, "PHP"), ("subprocess.call", Does::Runs, 3, "Python"),
    ("subprocess.check_call", Does::Runs, 3, "Python"), ("subprocess.check_output", Does::Runs, 3, "Python"),
    ("subprocess.getoutput", Does::Runs, 3, "Python"), ("subprocess.popen", Does::Runs, 3, "Python"),
    ("subprocess.run", Does::Runs, 3, "Python"), ("system", Does::Runs, 1, "PHP"),
    ("unserialize", Does::Evaluates, 2, "PHP"), ("usort", Does::Evaluates, 1, "PHP"), ("var_dump", Does::Prints, 2, "PHP"),
];

/// Judges one value.
pub(super) fn judge(value: &Value<'_>, hits: &mut Hits) {
    let bytes = value.bytes;
    let mut best: Option<(i8, std::ops::Range<usize>, &'static str, String)> = None;
    let mut words = Words::default();
    for open in memchr::memchr_iter(b'(', bytes) {
        let Some((row, callee, dynamic)) = callee(bytes, open) else { continue };
        let &(name, does, rarity, language) = row;
        let (given, what) = argument(value, open, does, &mut words);
        let mut score = rarity + given + 2 * i8::from(dynamic) + placement(value, callee.start);
        // A call of the browser's own eval or require, with nothing known of what it is given.
        if rarity == 1 && !dynamic && given <= 0 && does != Does::Runs && bytes.get(open + 1) != Some(&b'$') {
            score = score.min(2);
        }
        if does == Does::Prints && given < 3 || does == Does::Waits && given < 2 {
            score = score.min(1);
        }

        if best.as_ref().is_none_or(|b| b.0 < score) && score >= 3 {
            let reason = format!("{language} call of {name}() {what}");
            best = Some((score, callee.start..open + 1, technique(does), reason));
        }
    }
    let Some((score, span, technique, reason)) = best else { return };
    let confidence = match score {
        ..=2 => return,
        3 => 56,
        4 => 74,
        5 => 86,
        6 => 92,
        _ => 96,
    };
    hits.push(Hit { class: Class::Rce, technique, confidence, span, reason: reason.into() });
}

fn technique(does: Does) -> &'static str {
    match does {
        Does::Runs => "command-call",
        Does::Loads => "module-load",
        _ => "code-call",
    }
}

/// A byte of a path of names: `a.b`, `a::b`.
fn in_path(b: &u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':')
}

/// The known function called at the parenthesis at `open`: its row, where its name stands, and whether the name was put
/// together from parts.
fn callee(bytes: &[u8], open: usize) -> Option<(&'static Function, std::ops::Range<usize>, bool)> {
    let from = open.saturating_sub(72);
    let mut before = bytes.get(from..open)?.trim_ascii_end();
    if before.ends_with(b"*/") {
        before = before.get(..memchr::memmem::rfind(before, b"/*")?)?.trim_ascii_end();
    }
    let end = from + before.len();
    let n = before.iter().rev().take(64).take_while(|b| in_path(b)).count();
    if n > 0 {
        let path = before.get(before.len() - n..)?;
        let row = lookup_path(path)?;
        let preceded = before.len().checked_sub(n + 1).and_then(|i| before.get(i));
        if matches!(preceded, Some(b'-' | b'/' | b'@')) && n == path.len() && preceded != Some(&b'@') {
            return None; // part of a longer word or a path
        }
        let arrow = before.get(..before.len() - n).is_some_and(|b| b.ends_with(b"->"));
        return (!arrow).then_some((row, end - n..end, false));
    }
    // ('system')(..), "sys"."tem"(..), [system][0](..): the name is what is left of letters.
    if !matches!(before.last(), Some(b')' | b']' | b'\'' | b'"' | b'}')) {
        return None;
    }
    let part = |b: &u8| {
        b.is_ascii_alphanumeric()
            || matches!(b, b'\'' | b'"' | b'(' | b')' | b'.' | b'[' | b']' | b'{' | b'}' | b'_' | b' ')
    };
    let n = before.iter().rev().take(48).take_while(|b| part(b)).count();
    let text = before.get(before.len() - n..)?;
    let mut name = [0u8; 24];
    let mut len = 0;
    for b in text.iter().filter(|b| b.is_ascii_alphabetic() || **b == b'_') {
        *name.get_mut(len)? = *b;
        len += 1;
    }
    let row = lookup(name.get(..len)?)?;
    let quoted = text.iter().any(|b| matches!(b, b'\'' | b'"' | b'(' | b'['));
    (quoted && matches!(row.1, Does::Runs | Does::Evaluates | Does::Tells)).then_some((
        row,
        end - n..end,
        true,
    ))
}

fn lookup(name: &[u8]) -> Option<&'static Function> {
    let mut lower = [0u8; 32];
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    let name = std::str::from_utf8(lower).ok()?;
    FUNCTIONS.binary_search_by(|f| f.0.cmp(name)).ok().and_then(|i| FUNCTIONS.get(i))
}

/// The function named by the end of a path: its last two parts, or its last part if nothing but a root is before it.
fn lookup_path(path: &[u8]) -> Option<&'static Function> {
    let path = path.strip_prefix(b".").unwrap_or(path);
    let cut = path.iter().rposition(|b| matches!(b, b'.' | b':'));
    let Some(cut) = cut else { return lookup(path) };
    let head = path.get(..cut)?;
    let head_start = head.iter().rposition(|b| *b == b'.').map_or(0, |i| i + 1);
    if let Some(row) = lookup(path.get(head_start..)?) {
        return Some(row);
    }
    // `re.exec(`, `model.eval(` are methods of something else; `'.system(` and `x.print(` join PHP strings.
    let row = lookup(path.get(cut + 1..)?)?;
    let joined = head.is_empty() || head.iter().all(|b| matches!(b, b'.' | b':'));
    (joined || row.2 >= 3).then_some(row)
}

/// What a call is given: how much it adds, and how to say it.
fn argument(value: &Value<'_>, open: usize, does: Does, words: &mut Words) -> (i8, &'static str) {
    let bytes = value.bytes;
    let rest = bytes.get(open + 1..).unwrap_or_default();
    let rest = rest.get(..160).unwrap_or(rest);
    let rest = rest.trim_ascii_start();
    let rest = rest.strip_prefix(b"\\").unwrap_or(rest);
    let rest = rest.strip_prefix(b"@").unwrap_or(rest);
    if requests(rest) {
        return (4, "with what the request sends");
    }
    match rest {
        [b')', ..] => match does {
            Does::Tells => (1, "without arguments"),
            _ => (0, "without arguments"),
        },
        [digit, b')', ..] if digit.is_ascii_digit() && does != Does::Waits && does != Does::Tells => {
            (-3, "as in a manual")
        }
        [digit, ..] if digit.is_ascii_digit() => (0, "with a number"),
        [quote @ (b'\'' | b'"' | b'`'), text @ ..] => {
            let end = memchr::memchr(*quote, text).unwrap_or(text.len());
            // `eval('pr'+'int')` joins strings; `eval('ls')` does not.
            let closed = !matches!(
                text.get(end + 1..).unwrap_or_default().trim_ascii_start().first(),
                Some(b'+' | b'.')
            );
            let text = text.get(..end).unwrap_or(text);
            if *quote == b'`' && command::begins_with_program(text, words) {
                return (4, "with a command in backticks");
            }
            match does {
                Does::Loads => loads(text),
                Does::Runs if command::begins_with_program(text, words) => (3, "with a command"),
                Does::Evaluates if closed && command::begins_with_program(text, words) => {
                    (3, "with a command")
                }
                Does::Evaluates if text.contains(&b'(') && text.contains(&b';') => (2, "with program text"),
                Does::Evaluates if text.starts_with(b"$_") || find(text, b"();").is_some() => {
                    (3, "with program text")
                }
                Does::Files
                    if text.starts_with(b"/etc/")
                        || text.starts_with(b"php://")
                        || text.ends_with(b".php") =>
                {
                    (3, "on a file of the server")
                }
                Does::Runs if text.is_empty() => (0, "with nothing"),
                _ => (0, "with a text"),
            }
        }
        [b'[', b'\'' | b'"', text @ ..] => match does {
            Does::Runs
                if command::begins_with_program(
                    text.split(|b| matches!(b, b'\'' | b'"')).next().unwrap_or_default(),
                    words,
                ) =>
            {
                (3, "with a command")
            }
            _ => (0, "with a list"),
        },
        _ => {
            // Another call inside: eval(base64_decode(, system(getenv(.
            let n = rest.iter().take(40).take_while(|b| in_path(b)).count();
            let inner = rest.get(..n).and_then(lookup_path);
            match (inner, rest.get(n)) {
                (Some((_, Does::Decodes, ..)), Some(b'(')) => (4, "with hidden program text"),
                (Some((_, inner, ..)), Some(b'(')) if does != Does::Prints || *inner != Does::Prints => {
                    (2, "with another such call")
                }
                _ => (0, "with an expression"),
            }
        }
    }
}

fn loads(text: &[u8]) -> (i8, &'static str) {
    let text = text.strip_prefix(b"node:").unwrap_or(text);
    match text {
        b"child_process" => (6, "for the module that runs commands"),
        b"os" | b"subprocess" | b"commands" | b"pty" | b"importlib" | b"builtins" => {
            (2, "for a module that runs commands")
        }
        _ => (-2, "for a module"),
    }
}

/// `$_GET[..]` and the like: what the sender chose is handed on.
fn requests(rest: &[u8]) -> bool {
    let rest = rest.strip_prefix(b"$").unwrap_or_default();
    [&b"_GET"[..], b"_POST", b"_REQUEST", b"_COOKIE", b"_SERVER", b"_FILES", b"{_GET", b"{_POST", b"GLOBALS["]
        .iter()
        .any(|name| rest.starts_with(name))
}

/// Where the call stands: at the start or behind the end of a string or statement, or in the middle of text.
fn placement(value: &Value<'_>, at: usize) -> i8 {
    let bytes = value.bytes;
    let before = bytes.get(at.saturating_sub(80)..at).unwrap_or_default();
    let mut sum = 0;
    let trimmed = before.trim_ascii_end();
    let expression = [&b"${"[..], b"${@", b"#{", b"{{", b"%{", b"<?=", b"<?php"]
        .iter()
        .any(|open| trimmed.ends_with(open));
    let text = bytes.trim_ascii();
    let at_sign = find(text, b"(@").is_some(); // a variable of Transact-SQL
    let whole =
        value.first && value.last && text.len() < 80 && before.trim_ascii().is_empty() && at < 4 && !at_sign;
    let ends = text.ends_with(b")") || text.ends_with(b");");
    if expression {
        sum += 2;
    } else if at <= 80 && before.iter().all(|b| !b.is_ascii_alphanumeric()) {
        sum += 1 + i8::from(whole && ends);
    }
    let words = before
        .split(|b| b.is_ascii_whitespace())
        .filter(|w| w.len() > 1 && w.iter().all(u8::is_ascii_alphabetic))
        .count();
    if words >= 4 {
        sum -= 1;
    }
    if command::is_document(value) {
        sum -= 3;
    }
    sum
}

/// Judges dotted names that need no call: classes of Java, modules of Node.
pub(super) fn names(value: &Value<'_>, hits: &mut Hits) {
    let wake = value.wake;
    let calls =
        wake.any(Wake::PAREN.or(Wake::BRACKET).or(Wake::QUOTE)) && wake.any(Wake::DOT.or(Wake::UNDERSCORE));
    if calls || wake.any(Wake::DOT) && value.bytes.starts_with(b"process.") {
        node(value, hits);
    }
    java::judge(value, hits);
}

/// Objects of Node through which code reaches the system.
fn node(value: &Value<'_>, hits: &mut Hits) {
    let bytes = value.bytes;
    let mut best: Option<(u8, std::ops::Range<usize>, &'static str)> = None;
    let mut put = |confidence: u8, span: std::ops::Range<usize>, reason| {
        if best.as_ref().is_none_or(|b| b.0 < confidence) {
            best = Some((confidence, span, reason));
        }
    };
    if value.wake.any(Wake::UNDERSCORE) {
        for (confidence, needle, reason) in [
            (
                97,
                &b"_$$ND_FUNC$$_"[..],
                "a function serialised for node-serialize, which runs it when it is read",
            ),
            (82, b"__js_function", "a function serialised for funcster, which runs it when it is read"),
        ] {
            if let Some(at) = find(bytes, needle) {
                put(confidence, at..at + needle.len(), reason);
            }
        }
        for at in memchr::memchr_iter(b'_', bytes) {
            let (before, after) = bytes.split_at(at);
            if before.ends_with(b"child") && after.starts_with(b"_process") {
                put(76, at - 5..at + 8, "the module of Node that runs commands");
            }
        }
    }
    for dot in memchr::memchr_iter(b'.', bytes) {
        let (before, after) = bytes.split_at(dot);
        let after = after.get(1..).unwrap_or_default();
        let found = match before.last() {
            Some(b's') if before.ends_with(b"process") && after.starts_with(b"mainModule") => {
                (90, 7, 10, "reaches the modules of Node from an expression")
            }
            Some(b's') if before.ends_with(b"process") && after.starts_with(b"binding(") => {
                (86, 7, 7, "reaches the inner modules of Node")
            }
            Some(b's')
                if dot == 7 && before == b"process" && after.starts_with(b"env") && bytes.len() < 48 =>
            {
                (58, 7, 3, "reads the environment of a Node process")
            }
            Some(b'r') if before.ends_with(b"constructor") && after.starts_with(b"constructor") => {
                let server =
                    [&b"process"[..], b"require", b"child_"].iter().any(|n| find(bytes, n).is_some());
                (if server { 84 } else { 30 }, 11, 11, "reaches the Function constructor from any object")
            }
            Some(b'l') if before.ends_with(b"global") && after.starts_with(b"process") => {
                (70, 6, 7, "reaches the process object of Node")
            }
            Some(b'n') if before.ends_with(b"require.main") => {
                (80, 12, 0, "reaches the module loader of Node")
            }
            _ => continue,
        };
        put(found.0, dot - found.1..dot + 1 + found.2, found.3);
    }
    let Some((confidence, span, reason)) = best else { return };
    let confidence = if confidence < 97 && command::is_document(value) { confidence / 2 } else { confidence };
    if confidence >= 38 {
        hits.push(Hit {
            class: Class::Rce,
            technique: "node-object",
            confidence,
            span,
            reason: reason.into(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_fits_the_buffer() {
        assert!(FUNCTIONS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(FUNCTIONS.iter().all(|f| f.0.len() <= 32));
    }
}
