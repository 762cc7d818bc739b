//! The tokens that matter, a few ahead of the parser.

use crate::detect::lex::sql::{Kind, Lexer, Word};
use std::cell::RefCell;

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
    state: RefCell<State<'a>>,
    /// Tokens are read when they are asked for. What is read tells the lexer how later strings end where a backslash,
    /// `q'` or the tag of a string between dollar signs stands: there so many are read ahead of each fragment as the longest
    /// head takes.
    lazy: bool,
}

struct State<'a> {
    lexer: Lexer<'a>,
    ahead: [Tok; AHEAD],
    head: usize,
    /// How many tokens are ready, from the head on.
    ready: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a [u8], plus_is_blank: bool, lazy: bool) -> Cursor<'a> {
        let none = Tok { kind: Kind::Eof, start: 0, end: 0, glued: true, comments: 0 };
        let mut lexer = Lexer::new(text);
        if plus_is_blank {
            lexer.read_plus_as_blank();
        }
        // A cursor that is asked before it is sent anywhere is at the end.
        let state = State { lexer, ahead: [none; AHEAD], head: 0, ready: AHEAD };
        Cursor { text, state: RefCell::new(state), lazy }
    }

    /// The token `n` further on; 0 is the next one.
    pub fn peek(&self, n: usize) -> Tok {
        self.state.borrow_mut().peek(n)
    }

    /// Takes the next token.
    pub fn bump(&mut self) -> Tok {
        let state = self.state.get_mut();
        let tok = state.peek(0);
        state.head = (state.head + 1) % AHEAD;
        state.ready -= 1;
        if !self.lazy {
            state.fill(AHEAD);
        }
        tok
    }

    /// Goes on at byte `at`.
    pub fn seek(&mut self, at: usize) {
        let state = self.state.get_mut();
        state.lexer.seek(at);
        (state.head, state.ready) = (0, 0);
        if !self.lazy {
            state.fill(AHEAD);
        }
    }

    /// Goes on at byte `at`, inside a string between dollar signs or not.
    pub fn seek_in(&mut self, at: usize, in_dollar: bool) {
        self.state.get_mut().lexer.in_dollar = in_dollar;
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
        self.state.borrow().lexer.work
    }
}

impl State<'_> {
    #[inline]
    fn peek(&mut self, n: usize) -> Tok {
        if n >= self.ready {
            self.fill(n + 1);
        }
        self.ahead[(self.head + n) % AHEAD]
    }

    /// Reads up to `count` tokens ahead.
    #[inline(never)]
    fn fill(&mut self, count: usize) {
        while self.ready < count.min(AHEAD) {
            let at = (self.head + self.ready) % AHEAD;
            self.ahead[at] = self.read();
            self.ready += 1;
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
