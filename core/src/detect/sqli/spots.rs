//! Where in a value a fragment of SQL may begin: one cheap pass before any token is read.

use crate::detect::lex::sql::{Word, joined, lookup, may_open, wide_blank, word_end};

/// What lies at a spot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A quote, which may close a string around the value.
    Quote(u8),
    /// A word or sign that a clause, condition or statement begins with.
    Word,
    /// Two dollar signs, which may close a string of PostgreSQL around the value.
    Dollar,
    /// A slash of a path.
    Slash,
}

/// A byte at which a fragment may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub at: usize,
    pub kind: Kind,
}

/// Bytes before two dollar signs that may close a string.
const NEAR: usize = 64;

/// Whether only a word, or nothing, lies before the end of a string.
fn is_plain(before: &[u8]) -> bool {
    before.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'@'))
}

/// Finds the spots of a text in order.
pub(super) struct Spots<'a> {
    text: &'a [u8],
    at: usize,
    path: bool,
    /// Something that alone is no spot, but may end or fill a fragment that begins at the first byte.
    hint: bool,
}

/// Whether reading the text can yield anything: it has a spot, or what a bare expression or statement cannot do without.
pub(super) fn any(text: &[u8]) -> bool {
    let mut spots = Spots::new(text, false);
    if spots.next().is_some() || spots.hint {
        return true;
    }
    let start = text.iter().position(|b| !b.is_ascii_whitespace() && *b != b'(').unwrap_or(0);
    let word = word_at(text, start);
    matches!(lookup(word), Word::Statement | Word::Case | Word::From)
}

/// Whether SQL could go on at `at`, right behind a quote. In prose a letter follows, in markup `>` and a letter.
pub(super) fn goes_on(text: &[u8], at: usize, first: bool) -> bool {
    let rest = text.get(at..).unwrap_or(&[]);
    let blanks = rest.iter().take_while(|b| **b <= b' ' || **b == 0xA0).count();
    let at = at + blanks;
    let byte = |i: usize| text.get(i).copied().unwrap_or(0);
    match byte(at) {
        _ if at >= text.len() => false,
        b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
            let word = word_at(text, at);
            let next = byte(at + word.len());
            matches!(next, b'/' | 0 | b'<') || lookup(word) != Word::Name
        }
        // MySQL drops `1.e` before a parenthesis.
        b'0'..=b'9' => matches!(
            (byte(at + 1), byte(at + 2), byte(at + 3)),
            (b'.', b'e' | b'E', b')' | b'(' | b'.' | b',')
        ),
        b'.' | b'\\' | b'$' => false,
        b':' => byte(at + 1) == b':',
        b'>' | b'<' => {
            first || !byte(at + 1).is_ascii_alphabetic() && !matches!(byte(at + 1), b'/' | b'<' | b'!')
        }
        b',' => first || skip(text, at + 1).1 == b'(',
        b';' => begins_statement(text, at + 1),
        0x80.. => wide_blank(text, at) > 0,
        _ => true,
    }
}

impl<'a> Spots<'a> {
    /// The spots of `text`; in a path every slash is one.
    pub fn new(text: &'a [u8], path: bool) -> Spots<'a> {
        Spots { text, at: 0, path, hint: false }
    }

    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    /// Whether the word at `start` opens a fragment.
    fn opens(&mut self, start: usize, word: &[u8]) -> bool {
        let end = start + word.len();
        let cut = matches!((self.byte(end), self.byte(end + 1)), (b'/', b'*') | (b'<', b'>'))
            || self.byte(end) == 0 && end < self.text.len();
        if cut && joined(self.text, start, end).is_some() {
            return true;
        }
        if !may_open(word) {
            self.note_call(end, word);
            return false;
        }
        let (next, byte) = skip(self.text, end);
        match lookup(word) {
            Word::And | Word::Or | Word::Xor => self.joins(next),
            Word::Set => {
                matches!(byte, b'(' | b'/' | b'*' | b'-' | b'#' | b'\'' | b'"')
                    || byte.is_ascii_alphabetic()
                    || next >= self.text.len()
            }
            Word::Select | Word::Delay | Word::Having | Word::Where => true,
            Word::Group => word_at(self.text, next).eq_ignore_ascii_case(b"by") || byte == b'/',
            Word::Sleep | Word::Leak | Word::Reach => {
                self.hint = true;
                matches!(byte, b'(' | b'.')
            }
            Word::Catalog => {
                self.hint = true;
                false
            }
            Word::Statement => byte.is_ascii_alphabetic() || matches!(byte, b'@' | b'(' | b'/'),
            Word::Procedure | Word::Into => true,
            _ => {
                self.note_call(end, word);
                false
            }
        }
    }

    /// A function and its parenthesis: no spot, but a bare expression may be made of it.
    fn note_call(&mut self, end: usize, word: &[u8]) {
        let next = self.byte(end);
        let open = next == b'(' || (next <= b' ' || next == b'+') && skip(self.text, end).1 == b'(';
        self.hint |= open && !self.hint && lookup(word) != Word::Name;
    }

    /// Whether a condition may follow `and` or `or`: not the next word of a sentence.
    fn joins(&self, at: usize) -> bool {
        let word = word_at(self.text, at);
        if !self.byte(at).is_ascii_alphabetic() {
            return at < self.text.len();
        }
        let (next, byte) = skip(self.text, at + word.len());
        match lookup(word) {
            Word::Not | Word::Prefix | Word::Select | Word::Case | Word::Literal | Word::Session => {
                return true;
            }
            _ => {}
        }
        if byte.is_ascii_alphabetic() {
            return matches!(
                lookup(word_at(self.text, next)),
                Word::Compare | Word::In | Word::Between | Word::Is | Word::Not
            );
        }
        matches!(
            byte,
            b'=' | b'<'
                | b'>'
                | b'!'
                | b'('
                | b'.'
                | b'~'
                | b'|'
                | b'&'
                | b'*'
                | b'+'
                | b'-'
                | b'/'
                | b'%'
                | b'^'
                | b'@'
        )
    }
}

impl Iterator for Spots<'_> {
    type Item = Spot;

    fn next(&mut self) -> Option<Spot> {
        while let Some(&b) = self.text.get(self.at) {
            let at = self.at;
            match CLASS[usize::from(b)] {
                0 => self.at += 1,
                1 => {
                    self.at += 1;
                    return Some(Spot { at, kind: Kind::Quote(b) });
                }
                2 => {
                    let word = word_at(self.text, at);
                    // A dollar sign may be part of a name, but not where it ends a string.
                    let word = word.strip_suffix(b"$$").filter(|_| at <= NEAR).unwrap_or(word);
                    self.at += word.len().max(wide_blank(self.text, at)).max(1);
                    if word.len() > 1 && self.opens(at, word) {
                        return Some(Spot { at, kind: Kind::Word });
                    }
                }
                3 => self.number(),
                _ => {
                    self.at += 1;
                    let next = self.byte(at + 1);
                    match b {
                        b';' if begins_statement(self.text, at + 1) => {
                            return Some(Spot { at, kind: Kind::Word });
                        }
                        b'|' | b'&' if next == b => {
                            self.at += 1;
                            return Some(Spot { at, kind: Kind::Word });
                        }
                        b'$' if next == b'$' && at <= NEAR && self.text.get(..at).is_some_and(is_plain) => {
                            self.at += 1;
                            return Some(Spot { at, kind: Kind::Dollar });
                        }
                        b'/' if self.path => return Some(Spot { at, kind: Kind::Slash }),
                        // Of `*/*` in lists of media types no comment is meant.
                        b'/' => self.hint |= next == b'*' && (at == 0 || self.byte(at - 1) != b'*'),
                        b'#' => self.hint = true,
                        b'-' => self.hint |= next == b'-',
                        b'@' => self.hint |= next == b'@',
                        b'=' | b'<' | b'>' | b'!' => {
                            let digit = at > 0 && matches!(self.byte(at - 1), b'0'..=b'9' | b' ' | b')');
                            self.hint |=
                                digit && matches!(next, b'0'..=b'9' | b' ' | b'(' | b'=' | b'>' | b'-');
                        }
                        _ => {}
                    }
                }
            }
        }
        None
    }
}

impl Spots<'_> {
    /// Passes a number, up to the word that may be glued to it.
    fn number(&mut self) {
        let digits = |from: usize| {
            self.text.get(from..).unwrap_or(&[]).iter().take_while(|b| b.is_ascii_digit()).count()
        };
        let mut at = self.at + digits(self.at);
        match self.byte(at) {
            b'e' | b'E' => at += if digits(at + 1) > 0 { 1 + digits(at + 1) } else { 0 },
            b'd' | b'D' | b'f' | b'F' if may_open(word_at(self.text, at + 1)) => at += 1,
            _ => {}
        }
        self.at = at;
    }
}

/// 1 quotes, 2 what begins a word, 3 digits, 4 signs that count in company.
static CLASS: [u8; 256] = {
    let mut table = [0u8; 256];
    let mut b = 0;
    while b < 256 {
        table[b] = match b as u8 {
            b'\'' | b'"' | b'`' => 1,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => 2,
            0x80..=0x9F | 0xA1.. => 2,
            b'0'..=b'9' => 3,
            b';' | b'|' | b'&' | b'/' | b'#' | b'-' | b'@' | b'=' | b'<' | b'>' | b'!' | b'$' => 4,
            _ => 0,
        };
        b += 1;
    }
    table
};

/// Whether a word that may begin a statement, or a parenthesis or comment, follows a semicolon.
fn begins_statement(text: &[u8], at: usize) -> bool {
    let (next, byte) = skip(text, at);
    match byte {
        b'(' | b'/' | b'-' | b'#' | b';' => true,
        _ if byte.is_ascii_alphabetic() => lookup(word_at(text, next)) != Word::Name,
        _ => false,
    }
}

/// The word at `at`, as the lexer cuts it.
fn word_at(text: &[u8], at: usize) -> &[u8] {
    text.get(at..word_end(text, at)).unwrap_or(&[])
}

/// The next byte that is no blank, and where it lies. A plus sign may stand for a blank.
fn skip(text: &[u8], at: usize) -> (usize, u8) {
    let mut at = at;
    while let Some(&b) = text.get(at) {
        match b {
            0..=b' ' | b'+' | 0xA0 => at += 1,
            0x80.. if wide_blank(text, at) > 0 => at += wide_blank(text, at),
            _ => return (at, b),
        }
    }
    (at, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_values_have_no_spot() {
        for text in [
            "Mozilla/5.0 (X11 Linux x86_64) Gecko/20100101",
            "text/html,*/*",
            "first-name",
            "8 or nine",
            "2024-01-02",
        ] {
            assert!(!any(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn spots_are_found_wherever_a_word_may_begin() {
        for (text, at) in [
            ("1union select", 1),
            ("1e5union(select", 3),
            ("2dunion all", 2),
            ("/*!50000select", 8),
            ("a or b=1", 2),
            ("x un/**/ion", 2),
            ("a;drop t", 1),
        ] {
            assert_eq!(Spots::new(text.as_bytes(), false).next().map(|s| s.at), Some(at), "{text}");
        }
    }
}
