//! The tokens that matter, a few ahead of the parser.

use crate::detect::lex::sql::{Kind, Lexer, Token, Word};
use std::cell::{Cell, RefCell};

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

/// A token that is kept ready.
///
/// PERF: byte by byte, for it is asked for right after it was put there: a processor waits where more is loaded than was stored.
struct Ready {
    kind: Cell<Kind>,
    start: Cell<usize>,
    end: Cell<usize>,
    glued: Cell<bool>,
    comments: Cell<u8>,
}

impl Ready {
    /// What a cursor is at that was sent nowhere.
    const fn none() -> Ready {
        Ready {
            kind: Cell::new(Kind::Eof),
            start: Cell::new(0),
            end: Cell::new(0),
            glued: Cell::new(true),
            comments: Cell::new(0),
        }
    }

    #[inline(always)]
    fn get(&self) -> Tok {
        Tok {
            kind: self.kind.get(),
            start: self.start.get(),
            end: self.end.get(),
            glued: self.glued.get(),
            comments: self.comments.get(),
        }
    }

    #[inline(always)]
    fn set(&self, tok: Tok) {
        self.kind.set(tok.kind);
        self.start.set(tok.start);
        self.end.set(tok.end);
        self.glued.set(tok.glued);
        self.comments.set(tok.comments);
    }
}

pub(super) struct Cursor<'a> {
    pub text: &'a [u8],
    lexer: RefCell<Lexer<'a>>,
    /// PERF: what is ready is looked at several times a token, and held in cells that need no keeping of borrows.
    ahead: [Ready; AHEAD],
    head: Cell<usize>,
    /// How many tokens are ready, from the head on.
    ready: Cell<usize>,
    /// Tokens are read when they are asked for. What is read tells the lexer how later strings end where a backslash,
    /// `q'` or the tag of a string between dollar signs stands: there so many are read ahead of each fragment as the longest
    /// head takes.
    lazy: bool,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a [u8], plus_is_blank: bool, lazy: bool) -> Cursor<'a> {
        let mut lexer = Lexer::new(text);
        if plus_is_blank {
            lexer.read_plus_as_blank();
        }
        let ahead = [const { Ready::none() }; AHEAD];
        // A cursor that is asked before it is sent anywhere is at the end.
        let (lexer, head, ready) = (RefCell::new(lexer), Cell::new(0), Cell::new(AHEAD));
        Cursor { text, lexer, ahead, head, ready, lazy }
    }

    /// The token `n` further on; 0 is the next one.
    #[inline]
    pub fn peek(&self, n: usize) -> Tok {
        if n >= self.ready.get() {
            self.fill(n + 1);
        }
        self.ahead[(self.head.get() + n) % AHEAD].get()
    }

    /// The next token. It is yet to be read, if it is a sign or number of one byte.
    ///
    /// PERF: of expressions most tokens are such.
    #[inline(always)]
    pub fn first(&mut self) -> Tok {
        if self.ready.get() > 0 {
            return self.ahead[self.head.get() % AHEAD].get();
        }
        match self.lexer.get_mut().sign() {
            Some(Token { kind, start, end }) => Tok { kind, start, end, glued: true, comments: 0 },
            None => self.read(),
        }
    }

    /// Passes over the next token, which is `tok`.
    #[inline(always)]
    pub fn pass(&mut self, tok: Tok) {
        if self.ready.get() == 0 {
            return self.lexer.get_mut().pass(tok.end);
        }
        self.head.set((self.head.get() + 1) % AHEAD);
        self.ready.set(self.ready.get() - 1);
        if !self.lazy {
            self.fill(AHEAD);
        }
    }

    /// Goes on at byte `at`.
    pub fn seek(&mut self, at: usize) {
        self.lexer.get_mut().seek(at);
        self.head.set(0);
        self.ready.set(0);
        if !self.lazy {
            self.fill(AHEAD);
        }
    }

    /// Goes on at byte `at`, inside a string between dollar signs or not.
    pub fn seek_in(&mut self, at: usize, in_dollar: bool) {
        self.lexer.get_mut().in_dollar = in_dollar;
        self.seek(at);
    }

    #[inline]
    pub fn bytes(&self, tok: Tok) -> &'a [u8] {
        self.text.get(tok.start..tok.end).unwrap_or(&[])
    }

    /// The first byte of `tok`.
    #[inline]
    pub fn byte(&self, tok: Tok) -> u8 {
        self.text.get(tok.start).copied().unwrap_or(0)
    }

    pub fn is(&self, tok: Tok, word: &str) -> bool {
        self.bytes(tok).eq_ignore_ascii_case(word.as_bytes())
    }

    /// Tokens and bytes read, space included.
    pub fn work(&self) -> usize {
        self.lexer.borrow().work
    }

    /// Whether a fragment worth reading may begin in the middle of other text.
    pub fn is_anchor(&self) -> bool {
        let (a, b) = (self.peek(0), self.peek(1));
        match a.kind {
            Kind::Semi => {
                matches!(
                    b.kind,
                    Kind::Word(Word::Statement | Word::Select | Word::Delay | Word::Tail) | Kind::Open
                )
            }
            Kind::Word(word) => match word {
                Word::Set => matches!(b.kind, Kind::Word(Word::Select | Word::Prefix) | Kind::Open),
                Word::Select | Word::Delay => true,
                Word::And | Word::Or | Word::Xor => true,
                Word::Having | Word::Where => true,
                Word::Group => b.word() == Some(Word::By),
                Word::Sleep | Word::Leak | Word::Reach => matches!(b.kind, Kind::Open | Kind::Dot),
                Word::Statement => {
                    b.word().is_some() && (self.is(a, "exec") || self.is(a, "execute"))
                        || b.kind == Kind::Variable && self.is(a, "declare")
                }
                Word::Procedure => self.is(b, "analyse"),
                Word::Into => b.word() == Some(Word::Outfile),
                _ => false,
            },
            Kind::Pipes | Kind::Amps => true,
            _ => false,
        }
    }

    /// Reads up to `count` tokens ahead.
    #[inline(never)]
    fn fill(&self, count: usize) {
        let mut lexer = self.lexer.borrow_mut();
        let mut ready = self.ready.get();
        while ready < count.min(AHEAD) {
            self.ahead[(self.head.get() + ready) % AHEAD].set(next(&mut lexer));
            ready += 1;
        }
        self.ready.set(ready);
    }

    /// Reads the next token, where none is ready.
    #[inline(never)]
    fn read(&mut self) -> Tok {
        let tok = next(self.lexer.get_mut());
        self.head.set(0);
        self.ahead[0].set(tok);
        self.ready.set(1);
        tok
    }
}

/// The next token that is not space.
#[inline(always)]
fn next(lexer: &mut Lexer<'_>) -> Tok {
    let (mut glued, mut comments) = (true, 0u8);
    loop {
        let Token { kind, start, end } = lexer.next_token();
        match kind {
            Kind::Blank => glued = false,
            Kind::Comment | Kind::Line => (glued, comments) = (false, comments.saturating_add(1)),
            _ => return Tok { kind, start, end, glued, comments },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn tokens_are_the_same_whether_they_are_kept_ready(
            pieces in prop::collection::vec(prop::sample::select(&["1", "1", "23", "=", "||", "<=", "<=>", "<>", "!=", "===", "+", "-", "--", " ", "(", ")", "x", "or", "'", "/*", "1.e", "\\"][..]), 0..60),
            (plus, lazy) in any::<(bool, bool)>(),
            looks in prop::collection::vec(0usize..4, 60),
        ) {
            let text = pieces.concat();
            let [mut first, mut kept] = [(); 2].map(|()| Cursor::new(text.as_bytes(), plus, lazy));
            first.seek(0);
            kept.seek(0);
            for n in looks {
                // Looking further on makes tokens ready that were not.
                let (a, b) = (if n == 3 { first.peek(1); first.first() } else { first.first() }, kept.peek(0));
                if n == 3 {
                    kept.peek(1);
                }
                prop_assert_eq!((a.kind, a.start, a.end, a.glued, a.comments), (b.kind, b.start, b.end, b.glued, b.comments), "{:?}", text);
                if b.kind != Kind::Eof {
                    first.pass(a);
                    kept.pass(b);
                }
                prop_assert_eq!(first.work(), kept.work());
            }
        }

        #[test]
        fn what_is_read_again_is_read_as_before(
            pieces in prop::collection::vec(prop::sample::select(&["'", "'", "\"", "''", "\\\\", "\\'", "\\a", "or", " ", "n'", "/*", "*/", "-- \n", "=", "a long word"][..]), 0..80),
            starts in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
        ) {
            let text = pieces.concat();
            let saved = text.contains("\\'");
            let mut again = Lexer::new(text.as_bytes());
            for start in starts {
                let start = start.index(text.len() + 1);
                // Where a backslash stands before a quote, what was read tells how strings end.
                let mut fresh = if saved { again.forgetful() } else { Lexer::new(text.as_bytes()) };
                again.seek(start);
                fresh.seek(start);
                for _ in 0..12 {
                    prop_assert_eq!(again.next_token(), fresh.next_token(), "{:?} from {}", text, start);
                }
            }
        }
    }
}
