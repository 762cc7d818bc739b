//! Values that carry SQL without being written as SQL, and values that only ask how the program takes odd signs.

use super::cursor::Cursor;
use super::statement;
use crate::detect::lex::sql::{Word, lookup};

/// Bytes of a hexadecimal value that are looked at.
const NEAR: usize = 256;
/// The longest name of a parameter inside a value.
const NAME: usize = 40;
/// Digits of the shortest statement worth writing in hexadecimal.
const DIGITS: usize = 24;
/// Marks of an error probe, and the different ones among them.
const MARKS: usize = 8;

/// Whether the value is a hexadecimal literal whose bytes are a statement: `0x73656c656374...`, in ASCII or UTF-16.
///
/// Transact-SQL and MySQL turn such a literal into text and run it (`exec(@v)`, `prepare s from 0x..`).
pub(super) fn hex_statement(text: &[u8]) -> bool {
    let Some((b"0x" | b"0X", digits)) = text.split_at_checked(2) else {
        return false;
    };
    let len = digits.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    if len < DIGITS {
        return false;
    }
    let (mut plain, mut used) = ([0u8; NEAR], 0);
    let value = |b: u8| char::from(b).to_digit(16).map_or(0, |d| d as u8);
    for pair in digits.get(..len).unwrap_or(&[]).chunks_exact(2) {
        let &[high, low] = pair else {
            break;
        };
        let byte = value(high) << 4 | value(low);
        if byte == 0 {
            continue; // the second byte of a character in UTF-16
        }
        let Some(slot) = plain.get_mut(used) else {
            break;
        };
        *slot = byte;
        used += 1;
    }
    let plain = plain.get(..used).unwrap_or(&[]);
    let mut cur = Cursor::new(plain, false, true);
    cur.seek(0);
    plain.first().is_some_and(u8::is_ascii_alphabetic) && (holds_statement(plain) || cur.is_anchor())
}

/// Whether a string is itself SQL.
pub(super) fn holds_statement(text: &[u8]) -> bool {
    let mut cur = Cursor::new(text, false, true);
    cur.seek(0);
    cur.peek(0).word() == Some(Word::Select) || statement::is_whole(&cur)
}

/// Where the value of a parameter inside the value begins, if a condition is joined to it: `id=and 1=2`.
pub(super) fn inner_value(text: &[u8]) -> Option<usize> {
    let near = text.get(..NAME.min(text.len()))?;
    let at = memchr::memchr(b'=', near)? + 1;
    let of_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'[' | b']');
    if at == 1 || !near.get(..at - 1)?.iter().all(of_name) {
        return None;
    }
    let rest = text.get(at..)?.trim_ascii_start();
    let word = rest.get(..rest.iter().take_while(|b| b.is_ascii_alphabetic()).count())?;
    matches!(lookup(word), Word::And | Word::Or | Word::Xor).then_some(at)
}

/// Whether the value ends in signs that no language has in that order, to provoke an error: quotes of both kinds and
/// parentheses that do not match, right behind a word (as sqlmap's first request has them), or a value of such signs alone.
///
/// `x1)".',(("'` is; `f('x', "y")`, `:-)` and `("'")` are not.
pub(super) fn error_probe(text: &[u8]) -> bool {
    if text.len() > 96 {
        return false;
    }
    let mark = |b: &u8| matches!(b, b'\'' | b'"' | b'(' | b')' | b',' | b'.');
    let run = text.iter().rev().take_while(|b| mark(b)).count();
    let (head, tail) = text.split_at(text.len() - run);
    let both = tail.contains(&b'\'') && tail.contains(&b'"');
    let count = |of: u8| tail.iter().filter(|b| **b == of).count();
    let word = !head.is_empty() && head.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if run >= MARKS && both && word {
        return count(b'(') != count(b')');
    }
    let odd = |b: &u8| b.is_ascii_punctuation();
    let mut seen = 0u128;
    text.iter().filter(|b| odd(b)).for_each(|b| seen |= 1 << b);
    text.iter().all(|b| odd(b) || b.is_ascii_whitespace())
        && text.contains(&b'\'')
        && text.contains(&b'"')
        && text.len() <= 24
        && seen.count_ones() as usize >= MARKS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_in_hexadecimal() {
        let hex = |text: &str| text.bytes().fold("0x".to_owned(), |s, b| format!("{s}{b:02x}"));
        assert!(hex_statement(hex("drop table orders;").as_bytes()));
        assert!(hex_statement(hex("waitfor delay '0:0:3'").as_bytes()));
        let wide: String = "select @@version".bytes().map(|b| format!("{b:02X}00")).collect();
        assert!(hex_statement(format!("0x{wide} ..").as_bytes()));
        for text in ["drop by the shop later", "a plain sentence of words", "\u{1}\u{2}\u{3}binary data here"]
        {
            assert!(!hex_statement(hex(text).as_bytes()), "{text}");
        }
        assert!(!hex_statement(b"0xdeadbeefdeadbeefdeadbeefdeadbeef"));
    }

    #[test]
    fn signs_that_provoke_errors() {
        for text in ["3.\"(,'(.,'", "tea'\"((.,)'.(", "\"'<>;%)(&|"] {
            assert!(error_probe(text.as_bytes()), "{text}");
        }
        for text in [
            "f('x', \"y\").",
            "x(\"'\",'\"')",
            "!@#$%^&*()_+",
            "(\"...\"), ('...')",
            "",
            "..........",
            ":'-(",
        ] {
            assert!(!error_probe(text.as_bytes()), "{text}");
        }
    }
}
