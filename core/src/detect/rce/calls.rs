//! Calls that run commands or code, in PHP, Python, Ruby, Perl, Node and Java.
//!
//! What fires: a call by its name, weighed by what it is given: `system('id')`, `eval(base64_decode(`, `os.popen("ls")`,
//! `__import__('os')`, `require('child_process')`, `(sys.tem)('id')`, `phpinfo()`. What must not: the same names in
//! manuals (`exec(3)`), in JavaScript of browsers (`re.exec(str)`, `eval(x)`), in prose ("the system (see below)"). The
//! place inside the value does not matter: an injected value begins in the middle of somebody's string. Source: PHP
//! manual, "Program execution functions", "Eval", "Output control"; Python library reference, `os`, `subprocess`; Ruby
//! `Kernel`, `Open3`; Node `child_process`; CWE-94, CWE-95.

use super::functions::{Does, Function, SHORTEST, lookup};
use super::parens::Parens;
use super::{command, setting};
use crate::bytes::{self, Set, Wake};
use crate::detect::beside::Beside;
use crate::detect::lex::find::{find, find_by, places};
use crate::detect::lex::words::Words;
use crate::detect::{Class, Groups, Hit, Hits, Value};

/// `known` with the function that [`spelt_by_numbers`] looks for.
pub(super) const fn words(known: bytes::Words) -> bytes::Words {
    known.with("chr", Groups::CODE.bits())
}

/// Judges one value.
pub(super) fn judge(value: &Value<'_>, parens: Parens, hits: &mut Hits) {
    let bytes = value.bytes;
    let mut best: Option<(i8, std::ops::Range<usize>, &'static str, String)> = None;
    let named = value.words.any(Groups::CODE);
    let mut words = None;
    let calls = if named && parens.known || parens.parted { bytes } else { b"" };
    for open in places(calls, b'(') {
        let Some(Callee { row, span, dynamic, parted }) = callee(bytes, open) else { continue };
        let &(name, does, rarity, language) = row;
        let (given, what) = argument(value, open, does, words.get_or_insert_with(Words::default));
        let odd = 2 * i8::from(dynamic || parted && rarity > 0);
        let mut score = rarity + given + odd + placement(value, span.start);
        // A call of the browser's own eval or require, with nothing known of what it is given.
        let orders = name.starts_with("array_") || name.ends_with("sort");
        let variable = bytes.get(open + 1) == Some(&b'$') && !orders;
        if rarity == 1 && odd == 0 && given <= 0 && does != Does::Runs && !variable {
            score = score.min(2);
        }
        if does == Does::Prints && given < 3 || does == Does::Waits && given < 2 {
            score = score.min(1);
        }

        if best.as_ref().is_none_or(|b| b.0 < score) && score >= 3 {
            let reason = format!("{language} call of {name}() {what}");
            best = Some((score, span.start..end_of_call(bytes, open), technique(does), reason));
        }
    }
    if value.wake.any(Wake::DOT.or(Wake::PLUS))
        && value.wake.any(Wake::QUOTE)
        && value.may_hold(Beside::JOINT)
        && may_join(bytes)
        && best.as_ref().is_none_or(|b| b.0 < 5)
        && let Some((span, name, language)) = joined(bytes)
    {
        let reason =
            format!("the name of {language}'s {name} put together from pieces of text, to be called");
        best = Some((5, span, "hidden-call", reason));
    }
    if named
        && value.wake.any(Wake::DOT)
        && value.may_hold(Beside::CHR)
        && best.as_ref().is_none_or(|b| b.0 < 5)
        && let Some(span) = spelt_by_numbers(bytes)
    {
        let reason = "the name of a function put together from the numbers of its letters".to_owned();
        best = Some((5, span, "hidden-call", reason));
    }
    if best.is_none() && value.wake.any(Wake::STAR.or(Wake::NEWLINE).or(Wake::CONTROL)) && parted_call(value)
    {
        let reason = "a call with a comment between name and parenthesis, which PHP reads over".to_owned();
        best = Some((3, 0..bytes.len(), "hidden-call", reason));
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

/// Where the call that opens at `open` ends, as far as a glance tells: so that what it is given is part of the finding.
fn end_of_call(bytes: &[u8], open: usize) -> usize {
    let rest = bytes.get(open..).unwrap_or_default();
    let rest = rest.get(..256).unwrap_or(rest);
    open + memchr::memrchr(b')', rest).map_or(1, |n| n + 1)
}

/// A function that is called.
pub(super) struct Callee {
    row: &'static Function,
    /// Where its name stands.
    span: std::ops::Range<usize>,
    /// The name is text: in quotes, brackets or parentheses.
    dynamic: bool,
    /// A comment stands between name and parenthesis, where nobody writes one.
    parted: bool,
}

/// `name/*..*/()`, whatever the name, as a whole value.
fn parted_call(value: &Value<'_>) -> bool {
    let text = value.bytes.trim_ascii();
    let text = text.strip_suffix(b";").unwrap_or(text);
    let name = text.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let Some(open) = memchr::memchr(b'(', text).filter(|open| (name + 1..name + 40).contains(open)) else {
        return false;
    };
    let (before, parted) = before_gap(text.get(..open).unwrap_or_default());
    value.first
        && value.last
        && name > 1
        && text.len() < 80
        && parted
        && before.len() == name
        && text.ends_with(b")")
}

/// Longest text before a parenthesis that is looked at for a name.
pub(super) const BEFORE: usize = 96;

/// `text` without blanks and comments of PHP at its end, and whether there were comments.
fn before_gap(text: &[u8]) -> (&[u8], bool) {
    let (mut text, mut parted) = (text, false);
    loop {
        let kept =
            text.len() - text.iter().rev().take_while(|b| b.is_ascii_whitespace() || **b == 0x0B).count();
        let (head, gap) = text.split_at(kept);
        parted |= gap.contains(&0x0B);
        if head.ends_with(b"*/")
            && let Some(open) = memchr::memmem::rfind(head, b"/*")
        {
            (text, parted) = (head.get(..open).unwrap_or_default(), true);
            continue;
        }
        if !gap.contains(&b'\n') {
            return (head, parted);
        }
        // A comment up to the end of its line.
        let line = head.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
        let last = head.get(line..).unwrap_or_default();
        let mark = memchr::memchr(b'#', last).or_else(|| find(last, b"//"));
        let Some(mark) = mark else { return (head, parted) };
        (text, parted) = (head.get(..line + mark).unwrap_or_default(), true);
    }
}

/// The known function called at the parenthesis at `open`.
pub(super) fn callee(bytes: &[u8], open: usize) -> Option<Callee> {
    let from = open.saturating_sub(BEFORE);
    let (before, parted) = before_gap(bytes.get(from..open)?);
    let end = from + before.len();
    let n = before.iter().rev().take(64).take_while(|b| in_path(b)).count();
    if n > 0 {
        let path = before.get(before.len() - n..)?;
        let row = lookup_path(path)?;
        let preceded = before.len().checked_sub(n + 1).and_then(|i| before.get(i));
        // `"-print(..)-"` subtracts from the text before.
        let ended = before.len().checked_sub(n + 2).and_then(|i| before.get(i));
        let subtracts = preceded == Some(&b'-') && matches!(ended, None | Some(b'\'' | b'"' | b')'));
        if matches!(preceded, Some(b'-' | b'/')) && n == path.len() && !subtracts {
            return None; // part of a longer word or a path
        }
        let arrow = before.get(..before.len() - n).is_some_and(|b| b.ends_with(b"->"));
        return (!arrow).then_some(Callee { row, span: end - n..end, dynamic: false, parted });
    }
    // ('system')(..), "sys"."tem"(..), [system][0](..): the name is what is left of letters.
    if !matches!(before.last(), Some(b')' | b']' | b'\'' | b'"' | b'}')) {
        return None;
    }
    let part = |b: &u8| {
        b.is_ascii_alphanumeric()
            || matches!(b, b'\'' | b'"' | b'(' | b')' | b'.' | b'[' | b']' | b'{' | b'}' | b'_')
    };
    // PERF: before most of them in a flood of signs stands no name.
    if memchr::memchr(b'/', before).is_none() {
        let near = before.iter().rev().filter(|b| !b.is_ascii_whitespace()).take(64).take_while(|b| part(b));
        if near.filter(|b| b.is_ascii_alphabetic() || **b == b'_').take(SHORTEST).count() < SHORTEST {
            return None;
        }
    }
    let mut clean = [0u8; BEFORE];
    let clean = without_comments(before, &mut clean);
    let n = clean.iter().rev().take(64).take_while(|b| part(b)).count();
    let text = clean.get(clean.len() - n..)?;
    let text = text.strip_prefix(b"(string)").unwrap_or(text);
    // `return"system"(..)`: the name begins at the first mark.
    let text = text.get(text.iter().position(|b| matches!(b, b'\'' | b'"' | b'(' | b'['))?..)?;
    let mut name = [0u8; 24];
    let mut len = 0;
    for b in text.iter().filter(|b| b.is_ascii_alphabetic() || **b == b'_') {
        *name.get_mut(len)? = *b;
        len += 1;
    }
    let row = lookup(name.get(..len)?)?;
    let span = end.saturating_sub(n.max(text.len()))..end;
    matches!(row.1, Does::Runs | Does::Evaluates | Does::Tells).then_some(Callee {
        row,
        span,
        dynamic: true,
        parted,
    })
}

/// `text` without blanks and comments.
fn without_comments<'b>(text: &[u8], buf: &'b mut [u8; BEFORE]) -> &'b [u8] {
    let (mut at, mut len) = (0, 0);
    while let Some(&b) = text.get(at) {
        at += 1;
        if b == b'/' && text.get(at) == Some(&b'*') {
            at = find(text.get(at..).unwrap_or_default(), b"*/").map_or(text.len(), |n| at + n + 2);
        } else if !b.is_ascii_whitespace()
            && let Some(slot) = buf.get_mut(len)
        {
            (*slot, len) = (b, len + 1);
        }
    }
    buf.get(..len).unwrap_or_default()
}

/// `(chr(112).chr(119).chr(100))(`: a name made of the numbers of its letters, then called (PHP manual, "chr",
/// "Variable functions").
fn spelt_by_numbers(bytes: &[u8]) -> Option<std::ops::Range<usize>> {
    // PERF: of parentheses text has few.
    let first = find_by(bytes, b").chr(", 0)?;
    let rest = bytes.get(first + 1..)?;
    let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'(' | b')' | b'.' | b' ');
    let n = rest.iter().take(320).take_while(|b| part(b)).count();
    let rest = rest.get(..n)?;
    let call = find(rest, b"))(")?;
    (memchr::memmem::find_iter(rest.get(..call)?, b".chr(").count() >= 2).then_some(first..first + call + 3)
}

/// Whether what joins texts stands between two quotes, a few blanks aside.
fn may_join(bytes: &[u8]) -> bool {
    static JOINTS: Set = Set::of(b".+&");
    JOINTS.places(bytes).any(|at| joins(bytes, at))
}

/// Whether the sign at `at` stands between two quotes, a few blanks aside.
#[inline]
pub(in crate::detect) fn joins(bytes: &[u8], at: usize) -> bool {
    let is_quote = |b: Option<&u8>| matches!(b, Some(b'\'' | b'"' | b'`'));
    let is_sign = |b: &&u8| !b.is_ascii_whitespace();
    let (before, behind) = bytes.split_at(at.min(bytes.len()));
    // PERF: in text a letter stands before nearly each of them.
    let near = before.last();
    (is_quote(near) || near.is_some_and(u8::is_ascii_whitespace))
        && is_quote(before.iter().rev().take(GAP + 1).find(is_sign))
        && is_quote(behind.iter().skip(1).take(GAP + 1).find(is_sign))
}

/// Most blanks before and behind what joins two texts.
const GAP: usize = 4;

/// `'sys' . 'tem'`, `"ev"+"al"`: neighbouring texts that together are the name of a function that runs something, which
/// nobody writes in pieces but to hide it.
fn joined(bytes: &[u8]) -> Option<(std::ops::Range<usize>, &'static str, &'static str)> {
    let quote = |b: &u8| matches!(b, b'\'' | b'"' | b'`');
    let letter = |b: &u8| b.is_ascii_alphabetic() || *b == b'_';
    // The text in quotes that begins at `at`, and where it ends.
    let text = |at: usize| {
        let inner = bytes.get(at + 1..)?;
        let n = inner.iter().take(24).take_while(|b| letter(b)).count();
        (bytes.get(at).is_some_and(quote) && inner.get(n) == bytes.get(at))
            .then_some((at + 1..at + 1 + n, at + n + 2))
    };
    // The last piece may go on with what is called: `"ev" & "al(x)"`.
    let called = |at: usize| {
        let inner = bytes.get(at + 1..)?;
        let n = inner.iter().take(24).take_while(|b| letter(b)).count();
        (bytes.get(at).is_some_and(quote) && n > 0 && inner.get(n) == Some(&b'('))
            .then_some((at + 1..at + 1 + n, at + n + 2))
    };
    // The operator behind `at` and the quote behind that.
    let next = |at: usize| {
        let rest = bytes.get(at..)?;
        let gap = |r: &[u8]| r.iter().take(GAP).take_while(|b| b.is_ascii_whitespace()).count();
        let before = gap(rest);
        let behind = rest.get(before + 1..)?;
        matches!(rest.get(before), Some(b'.' | b'+' | b'&')).then(|| at + before + 1 + gap(behind))
    };
    let mut at = 0;
    while let Some(start) = memchr::memchr3(b'\'', b'"', b'`', bytes.get(at..)?).map(|n| at + n) {
        at = start + 1;
        // PERF: in a flood of quotes no text begins at most.
        if !bytes.get(at).is_some_and(|b| letter(b) || Some(b) == bytes.get(start)) {
            continue;
        }
        let (mut name, mut len, mut pieces) = ([0u8; 24], 0, 0);
        let mut place = Some(start);
        let mut end = start;
        while let Some((range, stop)) = place.and_then(|at| text(at).or_else(|| called(at))) {
            let piece = bytes.get(range)?;
            let Some(slots) = name.get_mut(len..len + piece.len()) else { break };
            slots.copy_from_slice(piece);
            (len, end) = (len + piece.len(), stop);
            pieces += usize::from(!piece.is_empty());
            place = next(stop);
        }
        if pieces > 1 && len >= 4 {
            let name = name.get(..len)?;
            if let Some(row) = lookup(name)
                && matches!(row.1, Does::Runs | Does::Evaluates | Does::Loads | Does::Tells)
            {
                return Some((start..end, row.0, row.3));
            }
            // VBScript language reference, "Execute" and "ExecuteGlobal".
            if name.eq_ignore_ascii_case(b"execute") || name.eq_ignore_ascii_case(b"executeglobal") {
                return Some((start..end, "Execute", "VBScript"));
            }
        }
        at = at.max(end.saturating_sub(1));
    }
    None
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
    (joined || row.2 >= 3 || matches!(row.0, "send" | "__send__" | "public_send")).then_some(row)
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
    if does == Does::Evaluates && callback(rest) {
        return (4, "with the name of a function that runs something");
    }
    if does == Does::Prints && hashes(rest) {
        return (4, "of the hash of a number, as a probe does");
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
                Does::Loads if reads_files(text, rest) => (2, "for the module that reads files"),
                Does::Loads => loads(text),
                Does::Runs if command::begins_with_program(text, words) => (3, "with a command"),
                Does::Evaluates if closed && command::begins_with_program(text, words) => {
                    (3, "with a command")
                }
                Does::Evaluates if text.contains(&b'(') && text.contains(&b';') => (2, "with program text"),
                Does::Evaluates if called_alone(text) => (2, "with program text"),
                Does::Evaluates if text.starts_with(b"$_") || find(text, b"();").is_some() => {
                    (3, "with program text")
                }
                Does::Files if text.starts_with(b"/") || matches!(text, b"." | b"..") => {
                    (2, "on the files of the server")
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

/// `require('fs').readFileSync(`: the module and, at once, what it is for.
fn reads_files(text: &[u8], rest: &[u8]) -> bool {
    let text = text.strip_prefix(b"node:").unwrap_or(text);
    let Some(behind) = find(rest, b").").and_then(|n| rest.get(n + 2..)) else { return false };
    matches!(text, b"fs" | b"net" | b"vm" | b"http")
        && [&b"read"[..], b"write", b"append", b"unlink", b"exists", b"createServer", b"run", b"get("]
            .iter()
            .any(|m| behind.starts_with(m))
}

/// `name(..)` and nothing else.
fn called_alone(text: &[u8]) -> bool {
    let n = text.iter().take_while(|b| in_path(b)).count();
    n > 2 && text.get(n) == Some(&b'(') && memchr::memchr(b' ', text).is_none()
}

/// `'system'`, `:system`: the name of a function that runs commands or code, alone in a text or as a symbol of Ruby.
fn callback(rest: &[u8]) -> bool {
    let named = |text: &[u8]| {
        let n = text.iter().take(32).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        let row = text.get(..n).and_then(lookup);
        row.is_some_and(|r| matches!(r.1, Does::Runs | Does::Evaluates) || r.1 == Does::Tells && r.2 > 2)
            .then_some(n)
    };
    if let Some(symbol) = rest.strip_prefix(b":") {
        return named(symbol).is_some();
    }
    memchr::memchr2_iter(b'\'', b'"', rest).any(|quote| {
        let text = rest.get(quote + 1..).unwrap_or_default();
        named(text).is_some_and(|n| text.get(n) == rest.get(quote))
    })
}

/// `md5(31337)`: what scanners print to see whether code runs.
fn hashes(rest: &[u8]) -> bool {
    let Some(open) = memchr::memchr(b'(', rest.get(..12).unwrap_or(rest)) else { return false };
    let name = rest.get(..open).unwrap_or_default();
    [&b"md5"[..], b"sha1", b"crc32"].iter().any(|h| h.eq_ignore_ascii_case(name))
        && rest
            .get(open + 1..)
            .and_then(|r| r.iter().find(|b| !matches!(b, b'\'' | b'"' | b' ')))
            .is_some_and(u8::is_ascii_digit)
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
    if setting::is_document(value) {
        sum -= 3;
    }
    sum
}
