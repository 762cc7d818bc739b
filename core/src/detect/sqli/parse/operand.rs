//! What may stand where the parser wants an operand.

use super::*;

impl<'c, 'a> Parser<'c, 'a> {
    pub(super) fn operand_token(&mut self, tok: Tok) -> Option<bool> {
        match tok.kind {
            Kind::Number => self.number(tok),
            Kind::Str => self.string(tok),
            Kind::Param => {
                self.take();
                self.operand(Operand::Literal, tok)
            }
            Kind::StrOpen => {
                self.take();
                self.operand(Operand::Literal, tok);
                for frame in self.frames.iter().rev().take_while(|f| f.pair == Pair::Group) {
                    if frame.compared.is_some_and(|c| c.0.is_literal()) {
                        self.ev.constants_compared += 1;
                        self.ev.compares += 1;
                        break;
                    }
                }
                self.ev.ends_in_string(tok, self.cur.text);
                Some(false)
            }
            Kind::Variable => {
                self.take();
                self.ev.variables += 1;
                self.operand(Operand::Variable, tok)
            }
            Kind::SysVar => {
                self.take();
                self.ev.system_variables += 1;
                self.operand(Operand::Variable, tok)
            }
            Kind::Quoted => {
                self.take();
                let name = self.cur.bytes(tok);
                let name = name.get(1..name.len().saturating_sub(1)).unwrap_or(&[]);
                self.ev.catalogs += u32::from(lookup(name) == Word::Catalog);
                self.dotted(tok);
                self.operand(Operand::Name, tok)
            }
            Kind::Word(word) => self.operand_word(tok, word),
            Kind::Open => {
                self.take();
                self.push(Pair::Group);
                Some(true)
            }
            Kind::Close => match self.previous {
                Kind::Open => self.close(),
                _ => None,
            },
            Kind::Arith => match self.cur.bytes(tok) {
                b"-" | b"+" | b"~" => {
                    self.take();
                    Some(true)
                }
                b"/" if self.after_logic => {
                    self.ev.xpath = true; // `or //a`: a path where a condition is wanted
                    None
                }
                b"*" if self.mode == Mode::List || self.previous == Kind::Open => {
                    self.take();
                    self.ev.stars += 1;
                    self.operand(Operand::Star, tok)
                }
                _ => None,
            },
            Kind::Json if self.cur.bytes(tok) == b"@@" => {
                self.take();
                self.operand(Operand::Variable, tok)
            }
            Kind::Bang => {
                self.take();
                Some(true)
            }
            Kind::BraceOpen => {
                self.take();
                self.push(Pair::Group);
                if self.cur.peek(0).word().is_some() && self.cur.peek(1).kind != Kind::Close {
                    self.take(); // ODBC's `{d '...'}` and MySQL's `{x expr}`
                }
                Some(true)
            }
            _ => None,
        }
    }

    pub(super) fn operand_word(&mut self, tok: Tok, word: Word) -> Option<bool> {
        let next = self.cur.peek(1);
        match word {
            Word::Not | Word::Prefix
                if next.kind != Kind::Open
                    || ["not", "exists", "binary", "distinct", "all", "any"]
                        .iter()
                        .any(|w| self.cur.is(tok, w)) =>
            {
                self.take();
                Some(true)
            }
            Word::Compare if self.cur.is(tok, "match") && next.word().is_some() => {
                self.take();
                Some(true)
            }
            Word::Select => {
                self.take();
                self.begin_select();
                Some(true)
            }
            Word::Case => {
                self.take();
                self.push(Pair::Case);
                if self.cur.peek(0).word() == Some(Word::When) {
                    self.take();
                    self.ev.cases += 1;
                }
                Some(true)
            }
            // PostgreSQL takes an empty list.
            Word::From
                if self.previous == Kind::Word(Word::Select)
                    && (self.ev.unions > 0 || next.word() == Some(Word::Catalog)) =>
            {
                self.ev.froms += 1;
                self.mode = Mode::Tables;
                self.take();
                Some(true)
            }
            Word::From
            | Word::Where
            | Word::And
            | Word::Or
            | Word::Xor
            | Word::In
            | Word::Is
            | Word::As
            | Word::On => None,
            Word::Having
            | Word::By
            | Word::Into
            | Word::When
            | Word::Then
            | Word::Else
            | Word::End
            | Word::Between => None,
            Word::Set if matches!(self.previous, Kind::Open | Kind::Word(Word::Select)) => {
                self.set_operator()
            }
            Word::Set | Word::Delay => None,
            Word::Literal => {
                self.take();
                self.operand(Operand::Literal, tok)
            }
            _ if next.kind == Kind::Open => {
                self.take();
                self.call(tok, word);
                Some(true)
            }
            Word::Statement | Word::Group | Word::Procedure | Word::For | Word::Outfile | Word::Limit => None,
            Word::Session => {
                self.take();
                self.ev.sessions += 1;
                self.operand(Operand::Session, tok)
            }
            _ => {
                self.take();
                if word == Word::Catalog {
                    self.ev.catalogs += 1;
                }
                self.ev.names += 1;
                match self.dotted(tok) {
                    Some((last, part)) if self.cur.peek(0).kind == Kind::Open => {
                        // `dbms_pipe.receive_message(`: the package tells what the function does.
                        let acts = matches!(word, Word::Sleep | Word::Leak | Word::Reach);
                        self.call(if acts { tok } else { last }, if acts { word } else { part });
                        Some(true)
                    }
                    dotted => {
                        let tok = Tok { end: self.ev.end, ..tok };
                        if word == Word::Reach && dotted.is_some() {
                            self.ev.called(tok, word, true, false); // the call's arguments are missing
                        }
                        self.operand(Operand::Name, tok)
                    }
                }
            }
        }
    }

    /// Takes `.name.name` after a name; the last of them.
    pub(super) fn dotted(&mut self, first: Tok) -> Option<(Tok, Word)> {
        let mut last = None;
        let dot = self.cur.peek(0).kind == Kind::Dot;
        if dot && (self.cur.is(first, "master") || self.cur.is(first, "mysql")) {
            self.ev.catalogs += 1;
        }
        while self.cur.peek(0).kind == Kind::Dot {
            self.take();
            let tok = self.cur.peek(0);
            match tok.kind {
                Kind::Dot => continue,
                Kind::Word(word) => {
                    self.take();
                    if word == Word::Catalog {
                        self.ev.catalogs += 1;
                    }
                    last = Some((tok, word));
                }
                Kind::Quoted => {
                    self.take();
                }
                Kind::Arith if self.cur.bytes(tok) == b"*" => {
                    self.take();
                    self.ev.stars += 1;
                }
                _ => break,
            }
        }
        last
    }

    pub(super) fn call(&mut self, name: Tok, word: Word) {
        let argument = self.cur.peek(1);
        let empty = argument.kind == Kind::Close;
        let of_xpath =
            ["name", "text", "position", "last", "node", "comment"].iter().any(|f| self.cur.is(name, f));
        let path = self.cur.bytes(argument).first() == Some(&b'/') && !matches!(argument.kind, Kind::Word(_));
        self.ev.xpath |= path || of_xpath && empty;
        let foreign = !["if", "replace", "insert", "values"].iter().any(|f| self.cur.is(name, f));
        self.ev.called(name, word, empty, foreign);
        self.take();
        self.push(Pair::Call);
    }
}

/// `'$.a[0]'`: where a value lies in a JSON document.
pub(super) fn is_json_path(string: &[u8]) -> bool {
    matches!(string, [_, b'$', b'.' | b'[', ..])
}
