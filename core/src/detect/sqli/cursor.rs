//! The tokens that matter, a few ahead of the parser.

use crate::detect::lex::sql::{Kind, Lexer, Word};

/// Tokens kept ready: the longest statement head that must be told from prose (`update a . b set c =`).
const AHEAD: usize = 8;

/// A token that is not space.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tok {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
    /// Nothing lies between the token and the one before.
    pub glued: bool,
    /// Comments lie between the token and the one before.
    pub comments: u8,
}

impl Tok {
    pub fn word(self) -> Option<Word> {
        match self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    /// Whether a fragment is over here.
    pub fn is_end(self) -> bool {
        matches!(self.kind, Kind::Eof | Kind::Terminator)
    }
}

pub(super) struct Cursor<'a> {
    pub text: &'a [u8],
    lexer: Lexer<'a>,
    ahead: [Tok; AHEAD],
    head: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a [u8], plus_is_blank: bool) -> Cursor<'a> {
        let none = Tok { kind: Kind::Eof, start: 0, end: 0, glued: true, comments: 0 };
        let mut cursor = Cursor { text, lexer: Lexer::new(text), ahead: [none; AHEAD], head: 0 };
        if plus_is_blank {
            cursor.lexer.read_plus_as_blank();
        }
        cursor
    }

    /// The token `n` further on; 0 is the next one.
    pub fn peek(&self, n: usize) -> Tok {
        self.ahead[(self.head + n) % AHEAD]
    }

    /// Takes the next token.
    pub fn bump(&mut self) -> Tok {
        let tok = self.peek(0);
        self.ahead[self.head] = self.read();
        self.head = (self.head + 1) % AHEAD;
        tok
    }

    /// Goes on at byte `at`.
    pub fn seek(&mut self, at: usize) {
        self.lexer.seek(at);
        self.refill();
    }

    /// Goes on at byte `at`, inside a string between dollar signs or not.
    pub fn seek_in(&mut self, at: usize, in_dollar: bool) {
        self.lexer.in_dollar = in_dollar;
        self.seek(at);
    }

    pub fn bytes(&self, tok: Tok) -> &'a [u8] {
        self.text.get(tok.start..tok.end).unwrap_or(&[])
    }

    pub fn is(&self, tok: Tok, word: &str) -> bool {
        self.bytes(tok).eq_ignore_ascii_case(word.as_bytes())
    }

    /// Tokens and bytes read, space included.
    pub fn work(&self) -> usize {
        self.lexer.work
    }

    fn refill(&mut self) {
        self.head = 0;
        for i in 0..AHEAD {
            self.ahead[i] = self.read();
        }
    }

    fn read(&mut self) -> Tok {
        let (mut glued, mut comments) = (true, 0u8);
        loop {
            let token = self.lexer.next_token();
            if !token.is_trivia() {
                return Tok { kind: token.kind, start: token.start, end: token.end, glued, comments };
            }
            glued = false;
            comments = comments.saturating_add(u8::from(token.kind != Kind::Blank));
        }
    }
}
