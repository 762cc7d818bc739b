//! Reads a fragment of SQL: as much of an expression, clause or statement as there is, from any starting point.
//!
//! The parser knows two states: it wants an operand, or it wants what may follow one. Two operands side by side, which
//! is what prose looks like, end the fragment. It keeps no tree: only counts of what it has understood, in
//! [`Evidence`], and a bounded stack of open parentheses.

use super::cursor::{Cursor, Tok};
use super::evidence::{Entry, Evidence, Operand};
use crate::detect::lex::sql::{Kind, Word, lookup};
use smallvec::SmallVec;

/// Open parentheses that are remembered; deeper ones are only counted.
const DEPTH: usize = 32;
/// Names in a row, without punctuation, after which a loosely read statement is prose.
const NAMES: u8 = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Want {
    Operand,
    Operator,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// An expression: names stand alone.
    Expr,
    /// The list after `select`: items may have an alias.
    List,
    /// The list after `from`: tables may have an alias.
    Tables,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pair {
    Group,
    Call,
    Select,
    Case,
}

/// What waits outside an open parenthesis.
#[derive(Clone, Copy, Debug)]
struct Frame {
    pair: Pair,
    mode: Mode,
    compared: Option<(Operand, Tok)>,
    after_logic: bool,
    /// Only constants lie between the parentheses.
    constant: bool,
}

pub(super) struct Parser<'c, 'a> {
    cur: &'c mut Cursor<'a>,
    pub ev: Evidence,
    want: Want,
    mode: Mode,
    frames: SmallVec<[Frame; DEPTH]>,
    deeper: usize,
    /// The operand just read, with its token.
    last: (Operand, Tok),
    /// The left side of a comparison whose right side is to come.
    compared: Option<(Operand, Tok)>,
    after_logic: bool,
    between: bool,
    aliased: bool,
    previous: Kind,
}

impl<'c, 'a> Parser<'c, 'a> {
    /// Reads the fragment that begins at the next token.
    pub fn read(cur: &'c mut Cursor<'a>, entry: Entry, from: usize) -> Evidence {
        let first = cur.peek(0);
        let mut parser = Parser {
            cur,
            ev: Evidence::new(entry, from),
            want: if entry.is_operand() { Want::Operator } else { Want::Operand },
            mode: Mode::Expr,
            frames: SmallVec::new(),
            deeper: 0,
            last: (if entry.is_operand() { Operand::Literal } else { Operand::None }, first),
            compared: None,
            after_logic: false,
            between: false,
            aliased: false,
            previous: Kind::Eof,
        };
        parser.run();
        parser.ev.open_parens = parser.frames.len() + parser.deeper;
        parser.ev
    }

    fn run(&mut self) {
        if self.want == Want::Operand && self.begins_with_operator() {
            self.want = Want::Operator;
            self.ev.lead = true;
        }
        if self.want == Want::Operand && self.begins_statement() {
            return self.statement();
        }
        self.clause();
    }

    fn begins_with_operator(&self) -> bool {
        let (a, b) = (self.cur.peek(0), self.cur.peek(1));
        match a.kind {
            Kind::Pipes | Kind::Amps | Kind::Close | Kind::Comma | Kind::Semi | Kind::Cmp => true,
            Kind::Arith => !matches!(self.cur.bytes(a), b"-" | b"+" | b"~") || !b.glued,
            Kind::Word(w) => match w {
                Word::And
                | Word::Or
                | Word::Xor
                | Word::Set
                | Word::Where
                | Word::Procedure
                | Word::Having => true,
                Word::Between | Word::In | Word::Is | Word::Into | Word::As | Word::For | Word::From => true,
                Word::Group => b.word() == Some(Word::By),
                Word::Limit | Word::Compare => b.kind != Kind::Open,
                _ => false,
            },
            _ => false,
        }
    }

    fn begins_statement(&self) -> bool {
        let (a, b) = (self.cur.peek(0), self.cur.peek(1));
        match a.word() {
            Some(Word::Delay) => true,
            Some(Word::Statement) => b.kind != Kind::Open || self.runs_argument(a),
            Some(Word::Tail) => self.cur.is(a, "with") && b.kind != Kind::Open,
            _ => false,
        }
    }

    fn runs_argument(&self, tok: Tok) -> bool {
        self.cur.is(tok, "exec") || self.cur.is(tok, "execute")
    }

    fn clause(&mut self) {
        loop {
            let tok = self.cur.peek(0);
            if tok.is_end() {
                self.ev.dangling =
                    self.compared.is_some_and(|c| c.0.is_literal()) && self.want == Want::Operand;
                return self.ev.end(tok, self.want == Want::Operator, self.cur.text);
            }
            self.ev.comments = self.ev.comments.saturating_add(tok.comments);
            let understood = match self.want {
                Want::Operand => self.operand_token(tok),
                Want::Operator => self.operator_token(tok),
            };
            match understood {
                Some(true) => {}
                Some(false) => return,
                None => return self.ev.broke(tok, self.cur.peek(1)),
            }
        }
    }

    fn take(&mut self) -> Tok {
        let tok = self.cur.bump();
        self.previous = tok.kind;
        self.ev.took(tok, self.cur.text);
        tok
    }

    /// An operand is complete.
    fn operand(&mut self, operand: Operand, tok: Tok) -> Option<bool> {
        if let Some((left, at)) = self.compared.take() {
            self.ev.compares += 1;
            // `a = a or b` is an assignment in many languages; behind `or` it is a condition.
            let joined = self.ev.logics > 0 || self.ev.pipes + self.ev.amps > 0 || self.ev.wheres > 0;
            let same_name = joined
                && left == Operand::Name
                && operand == Operand::Name
                && self.cur.bytes(at).eq_ignore_ascii_case(self.cur.bytes(tok));
            self.ev.literal_compared |= left.is_literal() || operand.is_literal();
            let same = self.cur.bytes(at) == self.cur.bytes(tok);
            self.ev.identical |= same && left.is_literal() && operand.is_literal();
            if left.is_literal() && operand.is_literal() || same_name {
                self.ev.constants_compared += 1;
            }
            if operand == Operand::Select || left == Operand::Select {
                self.ev.selects_compared += 1;
            }
        }
        if self.after_logic && operand.is_literal() {
            let next = self.cur.peek(0);
            let over =
                next.is_end() || matches!(next.kind, Kind::Close | Kind::Semi | Kind::Pipes | Kind::Amps);
            if over
                || matches!(
                    next.word(),
                    Some(Word::And | Word::Or | Word::Limit | Word::Group | Word::Having)
                )
            {
                self.ev.truths += 1;
            }
        }
        if self.mode == Mode::List {
            self.ev.items = self.ev.items.saturating_add(1);
            self.ev.constant_items = self.ev.constant_items.saturating_add(u8::from(operand.is_literal()));
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.constant &= operand.is_literal();
        }
        self.after_logic = false;
        self.aliased = false;
        self.last = (operand, tok);
        self.want = Want::Operator;
        Some(true)
    }

    fn operand_token(&mut self, tok: Tok) -> Option<bool> {
        match tok.kind {
            Kind::Number | Kind::Str | Kind::Param => {
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
                self.ev.variables = self.ev.variables.saturating_add(1);
                self.operand(Operand::Variable, tok)
            }
            Kind::SysVar => {
                self.take();
                self.ev.system_variables = self.ev.system_variables.saturating_add(1);
                self.operand(Operand::Variable, tok)
            }
            Kind::Quoted => {
                self.take();
                let name = self.cur.bytes(tok);
                let name = name.get(1..name.len().saturating_sub(1)).unwrap_or(&[]);
                self.ev.catalogs = self.ev.catalogs.saturating_add(u8::from(lookup(name) == Word::Catalog));
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
                b"*" if self.mode == Mode::List || self.previous == Kind::Open => {
                    self.take();
                    self.ev.stars = self.ev.stars.saturating_add(1);
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

    fn operand_word(&mut self, tok: Tok, word: Word) -> Option<bool> {
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
                    self.ev.cases = self.ev.cases.saturating_add(1);
                }
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
            Word::Set if self.previous == Kind::Open => self.set_operator(),
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
                self.ev.sessions = self.ev.sessions.saturating_add(1);
                self.operand(Operand::Session, tok)
            }
            _ => {
                self.take();
                if word == Word::Catalog {
                    self.ev.catalogs = self.ev.catalogs.saturating_add(1);
                }
                self.ev.names = self.ev.names.saturating_add(1);
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
    fn dotted(&mut self, first: Tok) -> Option<(Tok, Word)> {
        let mut last = None;
        if self.ev.catalogs == 0
            && matches!(self.cur.bytes(first).to_ascii_lowercase().as_slice(), b"master" | b"mysql")
        {
            let dot = self.cur.peek(0).kind == Kind::Dot;
            self.ev.catalogs = self.ev.catalogs.saturating_add(u8::from(dot));
        }
        while self.cur.peek(0).kind == Kind::Dot {
            self.take();
            let tok = self.cur.peek(0);
            match tok.kind {
                Kind::Dot => continue,
                Kind::Word(word) => {
                    self.take();
                    if word == Word::Catalog {
                        self.ev.catalogs = self.ev.catalogs.saturating_add(1);
                    }
                    last = Some((tok, word));
                }
                Kind::Quoted => {
                    self.take();
                }
                Kind::Arith if self.cur.bytes(tok) == b"*" => {
                    self.take();
                    self.ev.stars = self.ev.stars.saturating_add(1);
                }
                _ => break,
            }
        }
        last
    }

    fn call(&mut self, name: Tok, word: Word) {
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

    fn push(&mut self, pair: Pair) {
        self.ev.parens = self.ev.parens.saturating_add(u8::from(self.previous == Kind::Open));
        if self.frames.len() == DEPTH {
            self.deeper += 1;
            return;
        }
        let (mode, compared, after_logic) = (self.mode, self.compared.take(), self.after_logic);
        self.frames.push(Frame { pair, mode, compared, after_logic, constant: true });
        if pair != Pair::Group || mode != Mode::Tables {
            self.mode = Mode::Expr;
        }
        self.after_logic = false;
        self.want = Want::Operand;
    }

    /// Takes a closing parenthesis, bracket or `end`.
    fn close(&mut self) -> Option<bool> {
        let tok = self.take();
        if self.deeper > 0 {
            self.deeper -= 1;
            return self.operand(Operand::Group, tok);
        }
        let Some(frame) = self.frames.pop() else {
            // It closes a parenthesis of the program around the value.
            self.ev.closers = self.ev.closers.saturating_add(1);
            self.mode = Mode::Expr;
            self.want = Want::Operator;
            return Some(true);
        };
        self.mode = frame.mode;
        self.compared = frame.compared;
        self.after_logic = frame.after_logic;
        let operand = match frame.pair {
            Pair::Group if frame.constant => Operand::Literal,
            Pair::Group => Operand::Group,
            Pair::Call | Pair::Case => Operand::Call,
            Pair::Select => Operand::Select,
        };
        self.operand(operand, tok)
    }

    fn begin_select(&mut self) {
        self.ev.selects = self.ev.selects.saturating_add(1);
        if let Some(frame) = self.frames.last_mut().filter(|f| f.pair != Pair::Case) {
            if frame.pair == Pair::Group {
                frame.pair = Pair::Select;
            }
            self.ev.subselects = self.ev.subselects.saturating_add(1);
        }
        (self.mode, self.want) = (Mode::List, Want::Operand);
        (self.compared, self.after_logic) = (None, false);
        while self.cur.peek(0).word() == Some(Word::Prefix) && self.cur.peek(1).kind != Kind::Open {
            let top = self.cur.is(self.cur.peek(0), "top");
            self.take();
            if top && self.cur.peek(0).kind == Kind::Number {
                self.take();
            }
        }
    }

    fn next_operand(&mut self) -> Option<bool> {
        self.take();
        self.want = Want::Operand;
        Some(true)
    }

    fn logic(&mut self) -> Option<bool> {
        self.after_logic = true;
        self.compared = None;
        self.next_operand()
    }

    fn compare(&mut self) -> Option<bool> {
        self.compared = Some(self.last);
        self.next_operand()
    }

    fn operator_token(&mut self, tok: Tok) -> Option<bool> {
        match tok.kind {
            Kind::Arith if self.cur.bytes(tok) == b"~" => self.compare(),
            Kind::Cmp => {
                self.ev.equates = matches!(self.cur.bytes(tok), b"=" | b"!=" | b"<>" | b"<=>");
                self.ev.double_equals |= self.cur.bytes(tok) == b"==";
                self.compare()
            }
            Kind::Arith | Kind::Assign => {
                self.ev.arithmetic = self.ev.arithmetic.saturating_add(1);
                self.next_operand()
            }
            Kind::Json => {
                self.ev.json = self.ev.json.saturating_add(1);
                self.compare()
            }
            Kind::Param if self.cur.bytes(tok) == b"?" && !self.cur.peek(1).is_end() => {
                self.ev.json = self.ev.json.saturating_add(1);
                self.compare()
            }
            Kind::Pipes => {
                self.ev.pipes = self.ev.pipes.saturating_add(1);
                self.logic()
            }
            Kind::Amps => {
                self.ev.amps = self.ev.amps.saturating_add(1);
                self.logic()
            }
            Kind::Bang if self.cur.peek(1).kind == Kind::Cmp => {
                self.take();
                Some(true)
            }
            Kind::Comma => {
                self.ev.commas = self.ev.commas.saturating_add(1);
                if self.mode == Mode::List && self.frames.is_empty() {
                    self.ev.list_commas = self.ev.list_commas.saturating_add(1);
                }
                self.compared = None;
                self.next_operand()
            }
            Kind::Close | Kind::BraceClose => self.close(),
            Kind::BracketClose if !self.frames.is_empty() => self.close(),
            Kind::BracketOpen if tok.glued && self.previous != Kind::Data => {
                self.take();
                self.push(Pair::Group);
                Some(true)
            }
            Kind::Quoted if tok.glued && self.cur.bytes(tok).first() == Some(&b'[') => {
                self.take();
                Some(true)
            }
            Kind::Dot if tok.glued && self.previous == Kind::Close => {
                self.take();
                self.take();
                Some(true)
            }
            Kind::Cast => {
                self.take();
                if self.cur.peek(0).word().is_none() {
                    return None;
                }
                let to = self.take();
                if to.word() == Some(Word::Type) {
                    self.ev.casts = self.ev.casts.saturating_add(1);
                }
                Some(true)
            }
            Kind::Str if self.previous == Kind::Str => {
                self.take();
                Some(true)
            }
            Kind::StrOpen if self.previous == Kind::Str => {
                self.take();
                self.ev.ends_in_string(tok, self.cur.text);
                Some(false)
            }
            Kind::Open if self.ev.tokens == 0 && self.cur.peek(1).word() == Some(Word::Select) => {
                self.take();
                self.push(Pair::Group);
                Some(true)
            }
            Kind::Semi => {
                self.take();
                let end = self.cur.peek(0);
                if end.is_end() {
                    self.ev.end(end, true, self.cur.text);
                    return Some(false);
                }
                self.ev.semis = self.ev.semis.saturating_add(1);
                while self.cur.peek(0).kind == Kind::Semi {
                    self.take();
                }
                if matches!(self.cur.peek(0).word(), Some(Word::And | Word::Or | Word::Set)) {
                    return Some(true);
                }
                self.statement();
                Some(false)
            }
            Kind::Open if self.previous == Kind::Word(Word::As) => {
                self.take();
                self.push(Pair::Group);
                Some(true)
            }
            Kind::Word(word) => self.operator_word(tok, word),
            _ => None,
        }
    }

    fn operator_word(&mut self, tok: Tok, word: Word) -> Option<bool> {
        let next = self.cur.peek(1);
        let in_case = self.frames.last().is_some_and(|f| f.pair == Pair::Case);
        match word {
            Word::And if self.between => {
                self.between = false;
                self.next_operand()
            }
            Word::And | Word::Or | Word::Xor => {
                self.ev.logics = self.ev.logics.saturating_add(1);
                self.logic()
            }
            Word::Not
                if matches!(next.word(), Some(Word::Compare | Word::In | Word::Between | Word::Literal)) =>
            {
                self.take();
                Some(true)
            }
            Word::Compare => {
                if self.cur.is(tok, "sounds") {
                    if next.word() != Some(Word::Compare) {
                        return None;
                    }
                    self.take();
                }
                self.ev.word_compares = self.ev.word_compares.saturating_add(1);
                self.compare()
            }
            Word::In => {
                if self.cur.is(next, "boolean") && self.cur.is(self.cur.peek(2), "mode") {
                    (self.take(), self.take(), self.take()); // MySQL's full-text search
                    return Some(true);
                }
                if !matches!(next.kind, Kind::Open | Kind::Quoted) {
                    return None;
                }
                self.ev.word_compares = self.ev.word_compares.saturating_add(1);
                self.compare()
            }
            Word::Between => {
                self.between = true;
                self.ev.word_compares = self.ev.word_compares.saturating_add(1);
                self.compare()
            }
            Word::Is => {
                if !matches!(next.word(), Some(Word::Not | Word::Literal | Word::Prefix))
                    && next.kind != Kind::Number
                {
                    return None;
                }
                self.ev.word_compares = self.ev.word_compares.saturating_add(1);
                self.compare()
            }
            Word::Postfix => {
                self.ev.compares += 1;
                self.take();
                Some(true)
            }
            Word::Arith => {
                self.ev.arithmetic = self.ev.arithmetic.saturating_add(1);
                self.next_operand()
            }
            Word::Set => self.set_operator(),
            Word::From
                if self.mode == Mode::List
                    || self.ev.tokens == 0 && self.ev.lead
                    || self.ev.closers > 0 && self.frames.is_empty() =>
            {
                self.ev.froms = self.ev.froms.saturating_add(1);
                self.mode = Mode::Tables;
                self.next_operand()
            }
            Word::From if self.frames.last().is_some_and(|f| f.pair == Pair::Call) => self.next_operand(),
            Word::Where => {
                self.ev.wheres = self.ev.wheres.saturating_add(1);
                (self.mode, self.compared) = (Mode::Expr, None);
                self.next_operand()
            }
            Word::Having => {
                self.ev.havings = self.ev.havings.saturating_add(1);
                (self.mode, self.compared) = (Mode::Expr, None);
                self.next_operand()
            }
            Word::Group => {
                if next.word() != Some(Word::By) {
                    return None;
                }
                self.take();
                let at = self.cur.peek(1);
                self.ev.orders = self.ev.orders.saturating_add(1);
                self.ev.order_number |= at.kind == Kind::Number;
                (self.mode, self.compared) = (Mode::Expr, None);
                self.next_operand()
            }
            Word::Limit => {
                if !matches!(next.kind, Kind::Number | Kind::Open | Kind::Variable | Kind::Param)
                    && next.word().is_none()
                {
                    return None;
                }
                self.ev.limits = self.ev.limits.saturating_add(1);
                self.mode = Mode::Expr;
                self.next_operand()
            }
            Word::Procedure => {
                if next.word().is_none() || self.cur.peek(2).kind != Kind::Open {
                    return None;
                }
                self.ev.procedure = true;
                self.mode = Mode::Expr;
                self.next_operand()
            }
            Word::Into => match next.kind {
                Kind::Word(Word::Outfile) => {
                    self.take();
                    self.ev.outfile |= matches!(
                        self.cur.peek(1).kind,
                        Kind::Str | Kind::StrOpen | Kind::Number | Kind::Variable | Kind::Open
                    ) || self.cur.peek(2).kind == Kind::Open;
                    self.mode = Mode::Expr;
                    self.next_operand()
                }
                Kind::Variable | Kind::Word(_) | Kind::Quoted if self.ev.selects > 0 => self.next_operand(),
                _ => None,
            },
            Word::For => {
                self.take();
                if self.cur.peek(0).kind == Kind::Number {
                    self.want = Want::Operand;
                } else {
                    while matches!(self.cur.peek(0).word(), Some(Word::Tail | Word::Type | Word::Statement)) {
                        self.take();
                    }
                }
                Some(true)
            }
            Word::As => {
                self.take();
                match self.cur.peek(0).kind {
                    Kind::Open => Some(true),
                    Kind::Word(w)
                        if !matches!(w, Word::Select | Word::From | Word::Where | Word::And | Word::Or) =>
                    {
                        self.take();
                        self.ev.aliases = self.ev.aliases.saturating_add(1);
                        self.aliased = true;
                        if self.cur.peek(0).kind == Kind::Open {
                            self.take();
                            self.push(Pair::Group);
                        }
                        Some(true)
                    }
                    Kind::Quoted | Kind::Str => {
                        self.take();
                        self.ev.aliases = self.ev.aliases.saturating_add(1);
                        Some(true)
                    }
                    _ => None,
                }
            }
            Word::Join if self.ev.froms > 0 => {
                self.mode = Mode::Tables;
                while self.cur.peek(0).word() == Some(Word::Join) {
                    self.take();
                }
                self.ev.joins = self.ev.joins.saturating_add(1);
                self.want = Want::Operand;
                Some(true)
            }
            Word::Join if self.cur.is(tok, "using") && !self.frames.is_empty() => self.next_operand(),
            Word::On if self.ev.froms > 0 => {
                self.mode = Mode::Expr;
                self.next_operand()
            }
            Word::When | Word::Then | Word::Else if in_case => {
                self.ev.cases = self.ev.cases.saturating_add(u8::from(word == Word::When));
                (self.compared, self.after_logic) = (None, false);
                self.next_operand()
            }
            Word::End if in_case => self.close(),
            Word::Tail
                if self.ev.selects + self.ev.orders + self.ev.limits > 0
                    || self.ev.compares > 0
                    || self.cur.is(tok, "collate") =>
            {
                let operand = ["collate", "escape", "separator"].iter().any(|w| self.cur.is(tok, w));
                let over = self.cur.is(tok, "over");
                self.take();
                if operand {
                    self.want = Want::Operand;
                } else if over && self.cur.peek(0).kind == Kind::Open {
                    self.take();
                    self.push(Pair::Group);
                    self.want = Want::Operator;
                }
                Some(true)
            }
            Word::Delay => {
                self.statement();
                Some(false)
            }
            Word::Else if self.ev.statements > 0 && self.frames.is_empty() => {
                self.take();
                self.statement();
                Some(false)
            }
            Word::Statement | Word::Select if self.may_stack_unseparated(tok) => {
                self.statement();
                Some(false)
            }
            Word::Type if self.aliased && self.previous == Kind::Word(Word::Type) => {
                self.take();
                Some(true)
            }
            Word::Name
            | Word::Function
            | Word::Type
            | Word::Object
            | Word::Catalog
            | Word::Info
            | Word::Session
            | Word::Prefix
            | Word::Tail
                if self.mode != Mode::Expr && !self.aliased =>
            {
                self.take();
                self.aliased = true;
                if self.mode == Mode::Tables && self.cur.peek(0).kind == Kind::Open {
                    self.take();
                    self.push(Pair::Group);
                }
                Some(true)
            }
            _ => None,
        }
    }

    /// Transact-SQL needs nothing between two statements; prose does not close parentheses or compare constants first.
    fn may_stack_unseparated(&self, tok: Tok) -> bool {
        const HEADS: [&str; 15] = [
            "select", "insert", "update", "delete", "drop", "create", "alter", "exec", "execute", "declare",
            "if", "truncate", "shutdown", "backup", "begin",
        ];
        let number = self.ev.tokens == 1 && self.ev.names == 0 && self.last.0 == Operand::Literal;
        self.frames.is_empty()
            && (self.ev.entry.is_operand()
                || self.ev.closers > 0
                || self.ev.statements > 0
                || self.ev.constants_compared > 0
                || number)
            && HEADS.iter().any(|head| self.cur.is(tok, head))
    }

    fn set_operator(&mut self) -> Option<bool> {
        self.take();
        while self.cur.peek(0).word() == Some(Word::Prefix) {
            self.take();
        }
        let mut open = 0;
        while self.cur.peek(0).kind == Kind::Open && open < DEPTH {
            self.take();
            self.push(Pair::Group);
            open += 1;
        }
        let next = self.cur.peek(0);
        // The rest of the application's query stands where the second query would.
        let number = self.ev.starts_number && self.ev.names == 0 || self.ev.entry.is_operand();
        if number && (next.kind == Kind::Terminator || next.kind == Kind::Eof && self.ev.comments > 0) {
            self.ev.unions_cut = true;
            return Some(true);
        }
        match next.word() {
            Some(Word::Name) if self.cur.peek(1).kind == Kind::Open && self.cur.bytes(next).len() > 6 => {
                if !self.cur.bytes(next).get(..6)?.eq_ignore_ascii_case(b"select") {
                    return None;
                }
                self.ev.unions = self.ev.unions.saturating_add(1); // a scanner lost the blank: `selectchar(88)`
                self.take();
                self.begin_select();
                self.call(next, Word::Function);
                Some(true)
            }
            Some(Word::Select) => {
                self.take();
                self.ev.unions = self.ev.unions.saturating_add(1);
                self.ev.items = 0;
                self.ev.constant_items = 0;
                self.begin_select();
                Some(true)
            }
            Some(Word::Statement | Word::Object)
                if matches!(self.cur.peek(1).kind, Kind::Open | Kind::Word(Word::Name)) =>
            {
                self.ev.unions = self.ev.unions.saturating_add(1); // `union values (..)`, `union table t`
                self.want = Want::Operand;
                self.take();
                Some(true)
            }
            _ => None,
        }
    }

    /// Reads a statement, and those after it.
    fn statement(&mut self) {
        loop {
            let tok = self.cur.peek(0);
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
                    self.ev.stacked(tok, self.ev.semis > 0 || self.ev.entry.is_operand());
                    self.begin_select();
                    return self.clause();
                }
                Some(Word::Delay) => {
                    let what = self.cur.peek(1);
                    let how_long = self.cur.peek(2).kind;
                    if !(self.cur.is(what, "delay") || self.cur.is(what, "time"))
                        || !matches!(how_long, Kind::Str | Kind::StrOpen | Kind::Variable | Kind::Number)
                    {
                        return self.ev.broke(tok, what);
                    }
                    self.take();
                    self.take();
                    self.ev.waitfor = true;
                    self.ev.stacked(tok, true);
                    return self.clause();
                }
                Some(_) if super::statement::is_whole(self.cur) => {
                    let tok = self.take();
                    let word = self.cur.bytes(tok);
                    self.ev.stacked(tok, true);
                    self.ev.acting |= super::statement::acts(word);
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
                _ if self.ev.statements == 0 => return self.ev.broke(tok, self.cur.peek(1)),
                _ => {}
            }
            if !self.loosely() {
                return;
            }
        }
    }

    /// Reads on to the end of a statement without its grammar. Whether another statement follows.
    fn loosely(&mut self) -> bool {
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
                    self.ev.semis = self.ev.semis.saturating_add(1);
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
                        self.ev.broke(tok, self.cur.peek(1));
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
                Kind::SysVar => self.ev.system_variables = self.ev.system_variables.saturating_add(1),
                Kind::Variable => {
                    self.ev.variables = self.ev.variables.saturating_add(1);
                    names = 0;
                }
                Kind::Word(Word::Delay) => return true,
                Kind::Word(Word::Catalog) => self.ev.catalogs = self.ev.catalogs.saturating_add(1),
                Kind::Other => {
                    self.ev.broke(tok, self.cur.peek(1));
                    return false;
                }
                _ => names = 0,
            }
            self.take();
        }
    }
}
