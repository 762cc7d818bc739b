//! Statements behind a semicolon, or none, and what is read of them without their grammar.

use super::*;

impl<'c, 'a> Parser<'c, 'a> {
    /// Reads a statement, and those after it.
    pub(super) fn statement(&mut self) {
        loop {
            let tok = self.cur.peek(0);
            let further = self.ev.tokens > 0;
            while self.cur.peek(0).kind == Kind::Open && !self.cur.peek(0).is_end() {
                self.take();
                self.push(Pair::Group);
            }
            self.frames.clear();
            (self.mode, self.want) = (Mode::Expr, Want::Operand);
            (self.compared, self.after_logic, self.between) = (None, false, false);
            match self.cur.peek(0).word() {
                Some(Word::Select) => {
                    self.take();
                    self.ev.stacked(tok, further || self.ev.entry.is_operand());
                    self.begin_select();
                    return self.clause();
                }
                Some(Word::Delay) => {
                    let what = self.cur.peek(1);
                    let how_long = self.cur.peek(2).kind;
                    if !(self.cur.is(what, "delay") || self.cur.is(what, "time"))
                        || !matches!(how_long, Kind::Str | Kind::StrOpen | Kind::Variable | Kind::Number)
                    {
                        return self.ev.broke(tok, what, self.cur.text);
                    }
                    self.take();
                    self.take();
                    self.ev.waitfor = true;
                    self.ev.stacked(tok, true);
                    return self.clause();
                }
                Some(_) if super::super::statement::is_whole(self.cur) => {
                    let tok = self.take();
                    let word = self.cur.bytes(tok);
                    self.ev.stacked(tok, true);
                    self.ev.acting |= super::super::statement::acts(word);
                    if [&b"if"[..], b"while", b"print", b"return", b"do", b"values"]
                        .iter()
                        .any(|w| word.eq_ignore_ascii_case(w))
                    {
                        return self.clause();
                    }
                    if word.eq_ignore_ascii_case(b"begin") || word.eq_ignore_ascii_case(b"explain") {
                        continue;
                    }
                }
                Some(Word::Function | Word::Info | Word::Sleep | Word::Leak | Word::Reach)
                    if self.cur.peek(1).kind == Kind::Open =>
                {
                    return self.clause(); // a value computed where a statement was expected
                }
                _ if self.ev.statements == 0 => return self.ev.broke(tok, self.cur.peek(1), self.cur.text),
                _ => {}
            }
            if !self.loosely() {
                return;
            }
        }
    }

    /// Reads on to the end of a statement without its grammar. Whether another statement follows.
    pub(super) fn loosely(&mut self) -> bool {
        let mut names = 0;
        loop {
            let tok = self.cur.peek(0);
            if tok.is_end() {
                self.ev.end(tok, true, self.cur.text);
                return false;
            }
            match tok.kind {
                Kind::Semi => {
                    self.take();
                    let next = self.cur.peek(0);
                    if next.is_end() {
                        self.ev.end(next, true, self.cur.text);
                        return false;
                    }
                    self.ev.semis += 1;
                    return true;
                }
                Kind::StrOpen => {
                    self.take();
                    self.ev.ends_in_string(tok, self.cur.text);
                    return false;
                }
                Kind::Word(Word::Name | Word::Prefix | Word::In | Word::Or | Word::And | Word::Is) => {
                    names += 1;
                    if names > NAMES {
                        self.ev.broke(tok, self.cur.peek(1), self.cur.text);
                        return false;
                    }
                }
                Kind::Word(Word::Select) => {
                    self.take();
                    self.begin_select();
                    self.clause();
                    return false;
                }
                Kind::Word(word @ (Word::Sleep | Word::Leak | Word::Reach)) => {
                    let follows = self.cur.peek(1);
                    let empty = follows.kind == Kind::Open && self.cur.peek(2).kind == Kind::Close;
                    self.ev.called(tok, word, empty, false);
                    names = 0;
                }
                Kind::SysVar => self.ev.system_variables += 1,
                // `create function f as '/lib/x.so'`: the server loads code.
                Kind::Str => {
                    let string = self.cur.bytes(tok);
                    let library = |of: &[u8]| memchr::memmem::find(string, of).is_some();
                    self.ev.acting |= string.len() < 128 && (library(b".so") || library(b".dll"));
                    names = 0;
                }
                Kind::Variable => {
                    self.ev.variables += 1;
                    names = 0;
                }
                Kind::Word(Word::Delay) => return true,
                Kind::Word(Word::Catalog) => self.ev.catalogs += 1,
                Kind::Other => {
                    self.ev.broke(tok, self.cur.peek(1), self.cur.text);
                    return false;
                }
                _ => names = 0,
            }
            self.take();
        }
    }
}
