//! JavaScript (ECMA-262, section 12 lexical grammar, with annex B's HTML-like comments), beginning anywhere.
//!
//! An injected value may begin in code, inside a string of either quote, inside a template or in a comment; [`Start`]
//! names the context to assume. Whether `/` divides or begins a regular expression is decided by the token before it.
//! What is open at the end of a line or of the input (strings, comments, templates) ends there.

use crate::bytes::first_of;
use memchr::memmem;
use std::ops::Range;

/// The context in which the bytes begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Code.
    Code,
    /// A string in single quotes.
    SingleQuoted,
    /// A string in double quotes.
    DoubleQuoted,
    /// The text of a template.
    Template,
    /// A `/* */` comment.
    Comment,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Blanks without a line end.
    Blank,
    /// Blanks with a line end.
    Newline,
    /// A comment of any kind.
    Comment,
    /// An identifier or keyword, also `#private`; may hold `\u` escapes.
    Word,
    /// A number.
    Number,
    /// A string, quotes included.
    String,
    /// A piece of a template: from its backtick or from the `}` of a substitution, to a backtick or `${`.
    Template,
    /// A regular expression with its flags.
    Regex,
    /// An operator or other punctuator, as long as it can be.
    Punct,
    /// A byte that no token begins with.
    Other,
}

/// A token and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where it is.
    pub span: Range<usize>,
}

/// Deepest nesting of templates that is followed; further `${` are read as template text.
const TEMPLATES: usize = 16;

/// Words after which `/` begins a regular expression.
const BEFORE_REGEX: &[&[u8]] = &[
    b"return", b"typeof", b"case", b"in", b"of", b"delete", b"void", b"throw", b"new", b"else", b"do",
    b"await", b"yield",
];

/// The tokens of a program or a part of one.
#[derive(Clone, Debug)]
pub struct Js<'a> {
    bytes: &'a [u8],
    pos: usize,
    start: Start,
    /// Open braces inside each open substitution.
    braces: [u32; TEMPLATES],
    depth: usize,
    /// Whether a regular expression may begin here.
    regex: bool,
    /// Up to here no `/` closes a regular expression, so none is looked for: keeps the work linear.
    no_regex: usize,
}

impl<'a> Js<'a> {
    /// The tokens of `bytes`, which begin in the context `start`.
    pub fn new(bytes: &'a [u8], start: Start) -> Js<'a> {
        Js { bytes, pos: 0, start, braces: [0; TEMPLATES], depth: 0, regex: true, no_regex: 0 }
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.pos..).unwrap_or_default()
    }

    fn take(&mut self, kind: Kind, len: usize) -> Option<Token> {
        let start = self.pos;
        // At least one byte, at most what is there: the lexer always moves on and never leaves the input.
        self.pos = (start + len.max(1)).min(self.bytes.len());
        #[cfg(test)]
        super::work::add(self.pos - start);
        let span = start..self.pos;
        match kind {
            Kind::Blank | Kind::Newline | Kind::Comment => {}
            Kind::Word => {
                let word = self.bytes.get(span.clone()).unwrap_or_default();
                self.regex = (2..=6).contains(&word.len()) && BEFORE_REGEX.contains(&word);
            }
            Kind::Punct => {
                self.regex = !matches!(self.bytes.get(start), Some(b')' | b']' | b'}'));
            }
            Kind::Template => self.regex = self.bytes.get(self.pos.wrapping_sub(1)) == Some(&b'{'),
            _ => self.regex = false,
        }
        Some(Token { kind, span })
    }

    /// The length of a string's rest, its closing quote included; a line end or the input's end closes it too.
    fn string(text: &[u8], quote: u8) -> usize {
        let mut at = 0;
        while let Some(rest) = text.get(at..)
            && let Some(n) = first_of(rest, [quote, b'\\', b'\n', b'\r'])
        {
            at += n;
            match rest.get(n) {
                Some(b'\\') => at += 2,
                Some(b'\n' | b'\r') => return at,
                _ => return at + 1,
            }
        }
        text.len()
    }

    /// The rest of a template piece that begins `from` bytes on.
    fn template(&mut self, from: usize) -> Option<Token> {
        let rest = self.rest();
        let mut at = from;
        while let Some(&b) = rest.get(at) {
            match b {
                b'\\' => at += 1,
                b'`' => return self.take(Kind::Template, at + 1),
                b'$' if rest.get(at + 1) == Some(&b'{') => {
                    if let Some(braces) = self.braces.get_mut(self.depth) {
                        *braces = 0;
                        self.depth += 1;
                        return self.take(Kind::Template, at + 2);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        self.take(Kind::Template, rest.len())
    }

    fn block_comment(&mut self, from: usize) -> Option<Token> {
        let rest = self.rest();
        let end = memmem::find(rest.get(from..).unwrap_or_default(), b"*/");
        self.take(Kind::Comment, end.map_or(rest.len(), |n| from + n + 2))
    }

    fn line_comment(&mut self) -> Option<Token> {
        let rest = self.rest();
        self.take(Kind::Comment, first_of(rest, [b'\n', b'\r']).unwrap_or(rest.len()))
    }

    /// The length of the regular expression that `rest` begins with.
    fn regex(&mut self, rest: &[u8]) -> Option<usize> {
        if !self.regex || self.pos < self.no_regex {
            return None;
        }
        let (mut at, mut class) = (1, false);
        while let Some(&b) = rest.get(at) {
            match b {
                b'\\' => at += 1,
                b'[' => class = true,
                b']' => class = false,
                b'/' if !class => {
                    let flags = rest.get(at + 1..).unwrap_or_default();
                    return Some(at + 1 + flags.iter().take_while(|b| b.is_ascii_alphabetic()).count());
                }
                b'\n' | b'\r' => break,
                _ => {}
            }
            at += 1;
        }
        self.no_regex = self.pos + at;
        None
    }

    fn code(&mut self) -> Option<Token> {
        let rest = self.rest();
        let first = *rest.first()?;
        if let n @ 1.. = blank(rest) {
            let mut len = n;
            while let n @ 1.. = blank(rest.get(len..).unwrap_or_default()) {
                len += n;
            }
            let blanks = rest.get(..len).unwrap_or_default();
            let newline = blanks.iter().any(|b| matches!(b, b'\n' | b'\r'));
            return self.take(if newline { Kind::Newline } else { Kind::Blank }, len);
        }
        match first {
            b'"' | b'\'' => {
                let len = Self::string(rest.get(1..).unwrap_or_default(), first);
                self.take(Kind::String, len + 1)
            }
            b'`' => self.template(1),
            b'/' if rest.starts_with(b"//") => self.line_comment(),
            b'/' if rest.starts_with(b"/*") => self.block_comment(2),
            b'<' if rest.starts_with(b"<!--") => self.line_comment(),
            b'/' => match self.regex(rest) {
                Some(len) => self.take(Kind::Regex, len),
                None => self.punct(rest),
            },
            b'0'..=b'9' => self.number(rest),
            b'.' if rest.get(1).is_some_and(u8::is_ascii_digit) => self.number(rest),
            b'{' => {
                if let Some(braces) = self.depth.checked_sub(1).and_then(|d| self.braces.get_mut(d)) {
                    *braces += 1;
                }
                self.take(Kind::Punct, 1)
            }
            b'}' => {
                if let Some(braces) = self.depth.checked_sub(1).and_then(|d| self.braces.get_mut(d)) {
                    if *braces == 0 {
                        self.depth -= 1;
                        return self.template(1);
                    }
                    *braces -= 1;
                }
                self.take(Kind::Punct, 1)
            }
            _ => match word(rest) {
                0 => self.punct(rest),
                len => self.take(Kind::Word, len),
            },
        }
    }

    fn number(&mut self, rest: &[u8]) -> Option<Token> {
        let mut dot = rest.starts_with(b"0x") || rest.starts_with(b"0X");
        let len = rest
            .iter()
            .position(|&b| match b {
                b'.' if !dot => {
                    dot = true;
                    false
                }
                _ => !(b.is_ascii_alphanumeric() || b == b'_'),
            })
            .unwrap_or(rest.len());
        self.take(Kind::Number, len)
    }

    fn punct(&mut self, rest: &[u8]) -> Option<Token> {
        if let len @ 2.. = punctuator(rest) {
            return self.take(Kind::Punct, len);
        }
        let known =
            rest.first().is_some_and(|&b| b.is_ascii_punctuation() && !matches!(b, b'\\' | b'#' | b'@'));
        self.take(if known { Kind::Punct } else { Kind::Other }, 1)
    }
}

impl Iterator for Js<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        if self.pos >= self.bytes.len() {
            return None;
        }
        match std::mem::replace(&mut self.start, Start::Code) {
            Start::Code => self.code(),
            Start::SingleQuoted => self.take(Kind::String, Self::string(self.rest(), b'\'')),
            Start::DoubleQuoted => self.take(Kind::String, Self::string(self.rest(), b'"')),
            Start::Template => self.template(0),
            Start::Comment => self.block_comment(0),
        }
    }
}

/// The length of the longest punctuator of more than one byte that `rest` begins with (ECMA-262, 12.8), as far as telling
/// them apart matters.
fn punctuator(rest: &[u8]) -> usize {
    let at = |n: usize| rest.get(n).copied().unwrap_or(0);
    let assigned = |n: usize| if at(n) == b'=' { n + 1 } else { n };
    match (at(0), at(1)) {
        (b'>', b'>') => assigned(if at(2) == b'>' { 3 } else { 2 }),
        (b'*', b'*')
        | (b'<', b'<')
        | (b'&', b'&')
        | (b'|', b'|')
        | (b'?', b'?')
        | (b'=', b'=')
        | (b'!', b'=') => assigned(2),
        (b'.', b'.') if at(2) == b'.' => 3,
        (b'=', b'>')
        | (b'?', b'.')
        | (b'+', b'+')
        | (b'-', b'-')
        | (b'<' | b'>' | b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' | b'^', b'=') => 2,
        _ => 0,
    }
}

/// The length of one blank or line end: ASCII ones, NUL (dropped by older browsers), U+00A0, U+2028, U+2029, U+FEFF.
fn blank(bytes: &[u8]) -> usize {
    match bytes {
        [b' ' | b'\t' | b'\n' | b'\r' | 0x0B | 0x0C | 0, ..] => 1,
        [0xC2, 0xA0, ..] => 2,
        [0xE2, 0x80, 0xA8 | 0xA9, ..] | [0xEF, 0xBB, 0xBF, ..] => 3,
        _ => 0,
    }
}

/// The length of the identifier `bytes` begin with, escapes included.
fn word(bytes: &[u8]) -> usize {
    let mut at =
        usize::from(bytes.first() == Some(&b'#') && bytes.get(1).is_some_and(u8::is_ascii_alphabetic));
    while let Some(&b) = bytes.get(at) {
        at += match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'$' => 1,
            b'\\' => match escape(bytes.get(at..).unwrap_or_default()) {
                Some((_, len)) => len,
                None => break,
            },
            0x80.. if blank(bytes.get(at..).unwrap_or_default()) == 0 => 1,
            _ => break,
        };
    }
    at
}

/// The character and length of the `\u0061` or `\u{61}` that `bytes` begin with.
fn escape(bytes: &[u8]) -> Option<(u32, usize)> {
    let (digits, braces) = match bytes {
        [b'\\', b'u', b'{', rest @ ..] => (rest.get(..rest.iter().take(8).position(|&b| b == b'}')?)?, true),
        [b'\\', b'u', rest @ ..] => (rest.get(..4)?, false),
        _ => return None,
    };
    let mut value = 0;
    for &b in digits {
        value = value << 4 | char::from(b).to_digit(16)?;
    }
    (!digits.is_empty()).then_some((value, digits.len() + if braces { 4 } else { 2 }))
}

/// Whether the identifier `word`, its escapes read, is `name`, case aside.
pub fn word_is(word: &[u8], name: &[u8]) -> bool {
    let (mut at, mut left) = (0, name);
    while let Some(&b) = word.get(at) {
        let (c, len) = match escape(word.get(at..).unwrap_or_default()) {
            Some(read) => read,
            None => (u32::from(b), 1),
        };
        let Some((first, rest)) = left.split_first() else { return false };
        if u8::try_from(c).map_or(true, |c| !c.eq_ignore_ascii_case(first)) {
            return false;
        }
        (at, left) = (at + len, rest);
    }
    left.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str, start: Start) -> Vec<(Kind, &str)> {
        Js::new(text.as_bytes(), start)
            .map(|t| (t.kind, &text[t.span]))
            .filter(|t| t.0 != Kind::Blank)
            .collect()
    }

    /// Punctuators of more than one byte, longest first (ECMA-262, 12.8).
    const PUNCTUATORS: &[&[u8]] = &[
        b">>>=", b"...", b"===", b"!==", b"**=", b"<<=", b">>=", b">>>", b"&&=", b"||=", b"??=", b"=>",
        b"==", b"!=", b"<=", b">=", b"&&", b"||", b"??", b"?.", b"++", b"--", b"+=", b"-=", b"*=", b"/=",
        b"%=", b"&=", b"|=", b"^=", b"**", b"<<", b">>",
    ];

    #[test]
    fn the_longest_punctuator_is_told() {
        let signs = b"><.=!*&|?+-/%^a";
        let four = |n: usize| [n / 3375, n / 225 % 15, n / 15 % 15, n % 15].map(|i| signs[i]);
        for text in (0..50625).map(four) {
            let listed = PUNCTUATORS.iter().find(|p| text.starts_with(p)).map_or(0, |p| p.len());
            assert_eq!(punctuator(&text), listed, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn division_and_regular_expressions_are_told_apart() {
        use Kind::*;
        assert_eq!(
            read("a=b/c/d;e=/f[/]g/i.h", Start::Code),
            [
                (Word, "a"),
                (Punct, "="),
                (Word, "b"),
                (Punct, "/"),
                (Word, "c"),
                (Punct, "/"),
                (Word, "d"),
                (Punct, ";"),
                (Word, "e"),
                (Punct, "="),
                (Regex, "/f[/]g/i"),
                (Punct, "."),
                (Word, "h"),
            ]
        );
        assert_eq!(read("(1)/2 // 3", Start::Code).last(), Some(&(Comment, "// 3")));
    }

    #[test]
    fn templates_nest() {
        use Kind::*;
        assert_eq!(
            read("`a${b({c:`d`})}e`f", Start::Code),
            [
                (Template, "`a${"),
                (Word, "b"),
                (Punct, "("),
                (Punct, "{"),
                (Word, "c"),
                (Punct, ":"),
                (Template, "`d`"),
                (Punct, "}"),
                (Punct, ")"),
                (Template, "}e`"),
                (Word, "f"),
            ]
        );
    }

    #[test]
    fn strings_and_comments_can_be_left() {
        use Kind::*;
        assert_eq!(read("a\\'b'+c", Start::SingleQuoted), [(String, "a\\'b'"), (Punct, "+"), (Word, "c")]);
        assert_eq!(read("a'\"", Start::DoubleQuoted), [(String, "a'\"")]);
        assert_eq!(
            read("a*/b<!--c\nd", Start::Comment)[1..],
            [(Word, "b"), (Comment, "<!--c"), (Newline, "\n"), (Word, "d")]
        );
        assert_eq!(read("a${b}`", Start::Template), [(Template, "a${"), (Word, "b"), (Template, "}`")]);
    }

    #[test]
    fn escaped_identifiers_are_read() {
        assert!(word_is(br"\u0061b\u{63}", b"abc") && word_is(b"ABC", b"abc"));
        assert!(!word_is(br"\u0061b", b"abc") && !word_is(b"abcd", b"abc") && !word_is(br"\u1061b", b"ab"));
        assert_eq!(read(r"\u0061\u{62}(1)", Start::Code)[0], (Kind::Word, r"\u0061\u{62}"));
    }

    proptest! {
        #[test]
        fn every_byte_is_in_exactly_one_token(
            parts in prop::collection::vec(prop::sample::select(vec![
                "a", "1", "'", "\"", "`", "${", "}", "{", "/", "*", "\\", "\\u0061", "\n", " ", "(", "[", "]", "é", "\u{2028}", "#",
            ]), 0..40),
            start in prop::sample::select(vec![
                Start::Code, Start::SingleQuoted, Start::DoubleQuoted, Start::Template, Start::Comment,
            ]),
        ) {
            let text = parts.concat();
            let mut at = 0;
            for token in Js::new(text.as_bytes(), start) {
                prop_assert_eq!(token.span.start, at);
                prop_assert!(token.span.end > at);
                at = token.span.end;
            }
            prop_assert_eq!(at, text.len());
        }
    }
}
