//! GraphQL documents (GraphQL specification, October 2021, section 2.1 and appendix B.1).
//!
//! Blanks, commas and byte order marks are passed over; everything else is a token. A string that does not end runs to
//! the end of its line, a block string to the end of the text, as the text would be read if more of it came.

use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A name or keyword.
    Name,
    /// A number.
    Number,
    /// A string; the span leaves out the quotes.
    Text,
    /// A block string (`"""`); the span leaves out the quotes.
    Block,
    /// A comment without its `#`.
    Comment,
    /// `...`
    Spread,
    /// One of `! $ & ( ) : = @ [ ] { | }`.
    Sign(u8),
    /// A byte that begins no token.
    Other,
}

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where its text lies.
    pub span: Range<usize>,
}

/// The tokens of a document.
#[derive(Clone, Debug)]
pub struct Tokens<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Tokens<'a> {
    /// Begins at the beginning of `text`.
    pub fn new(text: &'a [u8]) -> Tokens<'a> {
        Tokens { text, at: 0 }
    }

    /// The next token without moving on, comments passed over.
    pub fn peek(&self) -> Option<Token> {
        self.clone().find(|t| t.kind != Kind::Comment)
    }

    fn run(&self, of: impl Fn(u8) -> bool) -> usize {
        self.text.get(self.at..).unwrap_or_default().iter().take_while(|b| of(**b)).count()
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        loop {
            self.at += self.run(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b','));
            if !self.text.get(self.at..)?.starts_with(b"\xef\xbb\xbf") {
                break;
            }
            self.at += 3;
        }
        let rest = self.text.get(self.at..)?;
        let start = self.at;
        let (kind, skip, len, tail) =
            match *rest.first()? {
                b'#' => (Kind::Comment, 1, memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len()) - 1, 0),
                b'"' if rest.starts_with(b"\"\"\"") => {
                    let inside = rest.get(3..)?;
                    let end = memchr::memmem::find_iter(inside, b"\"\"\"")
                        .find(|&i| i == 0 || inside.get(i - 1) != Some(&b'\\'));
                    (Kind::Block, 3, end.unwrap_or(inside.len()), if end.is_some() { 3 } else { 0 })
                }
                b'"' => {
                    let inside = rest.get(1..)?;
                    let (mut len, mut escaped) = (0, false);
                    let mut closed = 0;
                    for &b in inside {
                        match b {
                            b'"' if !escaped => {
                                closed = 1;
                                break;
                            }
                            b'\r' | b'\n' => break,
                            _ => escaped = b == b'\\' && !escaped,
                        }
                        len += 1;
                    }
                    (Kind::Text, 1, len, closed)
                }
                b'.' if rest.starts_with(b"...") => (Kind::Spread, 0, 3, 0),
                b @ (b'!' | b'$' | b'&' | b'(' | b')' | b':' | b'=' | b'@' | b'[' | b']' | b'{' | b'|'
                | b'}') => (Kind::Sign(b), 0, 1, 0),
                b'-' | b'0'..=b'9' => {
                    let number = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-');
                    (Kind::Number, 0, self.run(number).max(1), 0)
                }
                b if b == b'_' || b.is_ascii_alphabetic() => {
                    (Kind::Name, 0, self.run(|b| b == b'_' || b.is_ascii_alphanumeric()), 0)
                }
                _ => (Kind::Other, 0, 1, 0),
            };
        let span = start + skip..start + skip + len;
        self.at = span.end + tail;
        Some(Token { kind, span })
    }
}

/// Whether `text` begins as a document of operations does: `query`, `mutation`, `subscription` or `fragment` with what may
/// follow, or, with `bare`, a selection alone.
pub fn begins(text: &[u8], bare: bool) -> bool {
    let first = text.iter().find(|b| !b.is_ascii_whitespace() && **b != b',');
    if !matches!(first, Some(b'{' | b'#' | b'q' | b'm' | b's' | b'f' | 0xef)) {
        return false;
    }
    let mut tokens = Tokens::new(text).filter(|t| t.kind != Kind::Comment).take(4);
    let Some(first) = tokens.next() else { return false };
    let word = text.get(first.span).unwrap_or_default();
    match (first.kind, word) {
        (Kind::Sign(b'{'), _) if bare => {
            let second = tokens.next().map(|t| t.kind);
            let third = tokens.next().map(|t| t.kind);
            match (second, third) {
                (Some(Kind::Spread), _) => true,
                // `{ name: "text" }` and `{ name: 1 }` are objects of other languages.
                (Some(Kind::Name), Some(Kind::Sign(b':'))) => {
                    matches!(tokens.next().map(|t| t.kind), Some(Kind::Name))
                }
                (
                    Some(Kind::Name),
                    Some(Kind::Name | Kind::Spread | Kind::Sign(b'{' | b'(' | b'}' | b'@')),
                ) => true,
                _ => false,
            }
        }
        (Kind::Name, b"query" | b"mutation" | b"subscription") => {
            let opens = |t: Option<Token>| matches!(t.map(|t| t.kind), Some(Kind::Sign(b'{' | b'(' | b'@')));
            match tokens.next() {
                Some(Token { kind: Kind::Name, .. }) => opens(tokens.next()),
                second => opens(second),
            }
        }
        (Kind::Name, b"fragment") => {
            let named = matches!(tokens.next().map(|t| t.kind), Some(Kind::Name));
            named && tokens.next().and_then(|t| text.get(t.span)).is_some_and(|on| on == b"on")
        }
        _ => false,
    }
}

/// Names a document goes by in requests: the value of such a parameter or key may be a selection alone.
pub fn is_name(name: &[u8]) -> bool {
    matches!(name, b"query" | b"graphql" | b"gql" | b"document" | b"mutation" | b"subscription")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn documents_are_cut_into_tokens() {
        let text =
            br#"query A($n: Int = 3) { a: user(id: "x\"y", b: """q""") { ...F @skip(if: true) } } # end"#;
        let kinds: Vec<_> =
            Tokens::new(text).map(|t| (t.kind, text[t.span].escape_ascii().to_string())).collect();
        assert_eq!(kinds.len(), 35);
        assert!(
            kinds.contains(&(Kind::Text, r#"x\\\"y"#.into())) && kinds.contains(&(Kind::Block, "q".into()))
        );
        assert_eq!(kinds.last(), Some(&(Kind::Comment, " end".into())));
    }

    #[test]
    fn documents_are_told_from_other_text() {
        for text in [
            "{user{id}}",
            "query{a}",
            "query Q { a }",
            "mutation M($a: B) {c}",
            "# c\nfragment F on T {a}",
            "{a: user(id:1){b}}",
            "{...F}",
        ] {
            assert!(begins(text.as_bytes(), true), "{text}");
        }
        for text in [
            "",
            "{",
            "{\"a\":1}",
            "query the table",
            "{color: \"red\"}",
            "fragment of it",
            "mutation",
            "{a=1}",
            "{0}",
            "select 1",
        ] {
            assert!(!begins(text.as_bytes(), true), "{text}");
        }
        assert!(!begins(b"{user{id}}", false));
    }

    proptest! {
        #[test]
        fn tokens_of_any_bytes_go_forward(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut end = 0;
            for token in Tokens::new(&bytes) {
                prop_assert!(token.span.start >= end && token.span.end <= bytes.len());
                end = token.span.end;
            }
        }
    }
}
