//! Commands that an interpreter or client hands to the shell by a notation of its own.
//!
//! What fires: Ruby's and Perl's quoted commands (`%x(id)`, `qx/uname -a/`), their calls without parentheses
//! (`system "id"`), a pipe opened as a file (`open(F, "id|")`); the dot commands of the SQLite shell behind the end of a statement (`;` and a line end, then `.shell id` or
//! `.system id`, or the listing commands), and the meta-command `\\!` of the MySQL and PostgreSQL clients at the start
//! of a line with a program behind it (`\\! uname -a`). What must not: file names that begin with a dot (`.shell`), prose
//! with the same words, formats (`%x`). Source: Ruby, "Literals"; perlop, "Quote-Like Operators"; perlfunc, open; SQLite documentation, "Command Line Shell For SQLite"; PostgreSQL manual, psql; MySQL
//! manual, "mysql Client Commands"; CWE-78.

use super::{command, setting};
use crate::bytes::{self, Wake};
use crate::detect::beside::Beside;
use crate::detect::lex::find::{find, places};
use crate::detect::lex::words::Words;
use crate::detect::{Class, Groups, Hit, Hits, Value};

/// Commands of the SQLite shell that show what is there.
static LISTS: &[&str] = &["databases", "tables", "schema", "dump", "dbinfo", "indexes", "fullschema"];

/// `known` with the dot commands and the quoting operators.
pub(super) const fn words(known: bytes::Words) -> bytes::Words {
    let code = Groups::CODE.bits();
    known.with_all(&["shell", "system"], code).with_all(LISTS, code).with_all(&["x", "qx"], Groups::X.bits())
}

/// Judges one value.
pub(super) fn judge(value: &Value<'_>, hits: &mut Hits) {
    let (bytes, wake) = (value.bytes, value.wake);
    if wake.all(Wake::SEMICOLON.or(Wake::DOT))
        && value.words.any(Groups::CODE)
        && value.may_hold(Beside::DOT_COMMAND)
    {
        for semicolon in memchr::memchr_iter(b';', bytes) {
            let rest = bytes.get(semicolon + 1..).unwrap_or_default();
            if let Some((confidence, len)) = dot_command(rest) {
                return hits.push(hit(
                    confidence,
                    semicolon..semicolon + 1 + len,
                    "a dot command of the SQLite shell behind the end of a statement",
                ));
            }
        }
    }
    if let Some(hit) = quoted_command(value) {
        return hits.push(hit);
    }
    if wake.all(Wake::BACKSLASH.or(Wake::BANG)) {
        for bang in places(bytes, b'!') {
            let Some(before) = bytes.get(..bang).and_then(|b| b.strip_suffix(b"\\")) else { continue };
            let starts = before.trim_ascii_end().last().is_none_or(|b| matches!(b, b';' | b'\'' | b'"'));
            let line = before.last().is_none_or(|b| *b == b'\n');
            let rest = bytes.get(bang + 1..).unwrap_or_default().trim_ascii_start();
            let rest = rest.get(..160).unwrap_or(rest);
            if (starts || line) && command::begins_with_program(rest, &mut Words::default()) {
                return hits.push(hit(
                    80,
                    bang - 1..(bang + 1 + rest.len()).min(bytes.len()),
                    "the meta-command of a database client that runs a command of the system",
                ));
            }
        }
    }
}

fn hit(confidence: u8, span: std::ops::Range<usize>, reason: &'static str) -> Hit {
    Hit { class: Class::Rce, technique: "client-command", confidence, span, reason: reason.into() }
}

/// `%x(..)`, `qx/../`, `system ".."`, `open(F, "..|")`.
fn quoted_command(value: &Value<'_>) -> Option<Hit> {
    let (bytes, wake) = (value.bytes, value.wake);
    let runs = |text: &[u8]| {
        let text = text.get(..160).unwrap_or(text);
        command::begins_with_program(text, &mut Words::default())
    };
    let free = |at: usize| {
        at.checked_sub(1).and_then(|i| bytes.get(i)).is_none_or(|b| !b.is_ascii_alphanumeric() && *b != b'%')
    };
    if value.words.any(Groups::X)
        && wake.any(Wake::PAREN.or(Wake::BRACE).or(Wake::SLASH).or(Wake::PIPE))
        && value.may_hold(Beside::QUOTED)
    {
        for x in memchr::memchr_iter(b'x', bytes) {
            let mark = x.checked_sub(1).and_then(|i| bytes.get(i));
            if !matches!(mark, Some(b'%' | b'q')) || !free(x - 1) {
                continue;
            }
            let Some(delimiter) = bytes.get(x + 1) else { break };
            let close = match delimiter {
                b'(' => b')',
                b'{' => b'}',
                b'[' => b']',
                b'/' | b'|' | b'!' => *delimiter,
                _ => continue,
            };
            let text = bytes.get(x + 2..)?;
            let text = text.get(..160).unwrap_or(text);
            let Some(end) = memchr::memchr(close, text) else { continue };
            if text.get(..end).is_some_and(runs) {
                let confidence = if setting::is_document(value) { 45 } else { 80 };
                let reason = "a quoted command of Ruby or Perl, run when it is read";
                return Some(hit(confidence, x - 1..x + 3 + end, reason));
            }
        }
    }
    if !wake.any(Wake::QUOTE) {
        return None;
    }
    if wake.all(Wake::PIPE.or(Wake::PAREN))
        && !setting::is_document(value)
        && let Some(at) = find(bytes, b"open(").filter(|at| free(*at))
    {
        let rest = bytes.get(at + 5..)?;
        let rest = rest.get(..160).unwrap_or(rest);
        let quote = rest.iter().position(|b| matches!(b, b'\'' | b'"'))?;
        let text = rest.get(quote + 1..)?;
        let text = text.get(..memchr::memchr(*rest.get(quote)?, text)?)?;
        let inner = text.strip_suffix(b"|").or(text.strip_prefix(b"|"))?;
        return runs(inner.trim_ascii()).then(|| {
            hit(
                86,
                at..at + 7 + quote + text.len(),
                "opens a pipe to a command in place of a file, as Perl and Ruby do",
            )
        });
    }
    // A statement of its own: at the start or behind what ends one.
    let text = bytes.trim_ascii_start();
    for word in [&b"system"[..], b"exec", b"spawn", b"print", b"puts", b"echo"] {
        let Some(rest) = text.strip_prefix(word) else { continue };
        let rest = rest.strip_prefix(b" ")?.trim_ascii();
        let rest = rest.strip_suffix(b";").unwrap_or(rest);
        let (quote, inner) = rest.split_first()?;
        let inner = inner.strip_suffix(&[*quote])?;
        if setting::is_document(value) {
            return None;
        }
        let shows = matches!(word, b"print" | b"puts" | b"echo");
        let quoted = if shows { *quote == b'`' } else { matches!(quote, b'\'' | b'"' | b'`') };
        return (quoted && value.first && runs(inner))
            .then(|| hit(66, 0..bytes.len(), "a statement of Ruby, Perl or PHP that runs a command"));
    }
    None
}

/// The dot command that `rest`, which stands behind a semicolon, begins with: how sure it is, and where it ends. The
/// shell reads one at the start of a line only; senders write that line end raw or escaped.
fn dot_command(rest: &[u8]) -> Option<(u8, usize)> {
    let gap =
        rest.iter().take(8).take_while(|b| b.is_ascii_whitespace() || matches!(b, b'\\' | b'"')).count();
    let (blank, line) = rest.split_at_checked(gap)?;
    let (escaped, line) = match line.strip_prefix(b"n") {
        Some(line) if blank.ends_with(b"\\") => (true, line.trim_ascii_start()),
        _ => (false, line),
    };
    let line = line.strip_prefix(b".")?;
    let line = line.get(..160).unwrap_or(line).trim_ascii_start();
    let line = line.strip_prefix(b"\\\"").or(line.strip_prefix(b"\"")).unwrap_or(line);
    let n = line.iter().take_while(|b| b.is_ascii_lowercase()).count();
    let (word, behind) = line.split_at(n);
    let end = rest.len() - line.len().min(rest.len()) + n;
    if matches!(word, b"shell" | b"system") && behind.first().is_some_and(|b| matches!(b, b' ' | b'"')) {
        let runs = command::begins_with_program(behind.trim_ascii_start(), &mut Words::default());
        return Some((if runs { 90 } else { 66 }, end.min(rest.len())));
    }
    let broken = escaped || blank.contains(&b'\n');
    let alone = behind.iter().all(|b| b.is_ascii_whitespace() || matches!(b, b'\\' | b'n' | b'"'));
    (LISTS.iter().any(|l| l.as_bytes() == word) && broken && alone).then_some((58, end.min(rest.len())))
}
