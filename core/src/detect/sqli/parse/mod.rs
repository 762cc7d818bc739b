//! Reads a fragment of SQL: as much of an expression, clause or statement as there is, from any starting point.
//!
//! The parser knows two states: it wants an operand, or it wants what may follow one. Two operands side by side, which
//! is what prose looks like, end the fragment. It keeps no tree: only counts of what it has understood, in
//! [`Evidence`], and a bounded stack of open parentheses.

mod operand;
mod operator;
mod statements;

pub(super) use operator::may_stack;

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
        let compared = |f: &Frame| f.pair == Pair::Call && f.compared.is_some_and(|c| c.0.is_literal());
        parser.ev.open_call_compared = parser.frames.iter().any(compared);
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
                Word::End => {
                    b.kind == Kind::Close || matches!(b.word(), Some(Word::And | Word::Or | Word::Set))
                }
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
            let tok = self.cur.first();
            if tok.is_end() {
                return self.over(tok);
            }
            self.ev.comments += u32::from(tok.comments);
            // PERF: expressions are numbers and signs; the others are looked at closer.
            let understood = match (self.want, tok.kind) {
                (Want::Operand, Kind::Number) => self.number(tok),
                (Want::Operand, Kind::Str) => self.string(tok),
                (Want::Operand, Kind::Word(word)) => self.operand_word(tok, word),
                (Want::Operand, _) => self.operand_token(tok),
                (Want::Operator, Kind::Cmp) => self.compares(tok),
                (Want::Operator, Kind::Pipes | Kind::Amps) => self.joins(tok),
                (Want::Operator, Kind::Arith) => self.calculates(tok),
                (Want::Operator, Kind::Word(word)) => self.operator_word(tok, word),
                (Want::Operator, _) => self.operator_token(tok),
            };
            match understood {
                Some(true) => {}
                Some(false) => return,
                None => return self.ev.broke(tok, self.cur.peek(1), self.cur.text),
            }
        }
    }

    /// The text is over at `tok`, or a comment swallows the rest.
    fn over(&mut self, tok: Tok) {
        let short = self.want == Want::Operand;
        self.ev.dangling = short && self.compared.is_some_and(|c| c.0.is_literal());
        self.ev.cut_clause = short && (self.compared.is_some() || self.previous == Kind::Word(Word::Where));
        if tok.kind == Kind::Eof && !short {
            self.closed_by_program();
        }
        self.ev.end(tok, self.want == Want::Operator, self.cur.text);
    }

    /// `1) or (2)=(2`: the parentheses that the value leaves open are closed by those of the program that it has taken the
    /// place of. A comparison that waits outside of them is complete then.
    fn closed_by_program(&mut self) {
        if (self.ev.closers as usize) < self.frames.len() + self.deeper {
            return;
        }
        let mut groups = self.frames.iter().rev().take_while(|f| f.pair == Pair::Group && f.constant);
        if groups.any(|f| f.compared.is_some_and(|(left, _)| left.is_literal())) {
            self.ev.compares += 1;
            self.ev.constants_compared += 1;
            self.ev.literal_compared = true;
        }
    }

    /// Takes the next token.
    fn take(&mut self) -> Tok {
        let tok = self.cur.peek(0);
        self.took(tok);
        tok
    }

    /// Takes the next token, which is `tok`.
    #[inline(always)]
    fn took(&mut self, tok: Tok) {
        self.cur.pass(tok);
        self.previous = tok.kind;
        self.ev.took(tok, self.cur.text);
    }

    /// Takes the number `tok`, where an operand is wanted.
    #[inline(always)]
    fn number(&mut self, tok: Tok) -> Option<bool> {
        self.took(Tok { kind: Kind::Number, ..tok });
        self.is_operand(Operand::Literal, tok)
    }

    /// Takes the string `tok`, where an operand is wanted.
    #[inline(always)]
    fn string(&mut self, tok: Tok) -> Option<bool> {
        self.took(Tok { kind: Kind::Str, ..tok });
        self.ev.json_paths += u32::from(operand::is_json_path(self.cur.bytes(tok)));
        self.is_operand(Operand::Literal, tok)
    }

    /// An operand is complete.
    fn operand(&mut self, operand: Operand, tok: Tok) -> Option<bool> {
        self.is_operand(operand, tok)
    }

    /// The same, for those who ask of each token.
    #[inline(always)]
    fn is_operand(&mut self, operand: Operand, tok: Tok) -> Option<bool> {
        if let Some((left, at)) = self.compared.take() {
            self.compared_with(left, at, operand, tok);
        }
        if self.after_logic && operand.is_literal() {
            self.ev.truths += u32::from(self.is_condition_over());
        }
        if self.mode == Mode::List {
            self.ev.items += 1;
            self.ev.constant_items += u32::from(operand.is_literal());
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

    /// A comparison is complete, of `left`, which is `at`, and `operand`, which is `tok`.
    #[inline(always)]
    fn compared_with(&mut self, left: Operand, at: Tok, operand: Operand, tok: Tok) {
        self.ev.compares += 1;
        self.ev.literal_compared |= left.is_literal() || operand.is_literal();
        let constants = left.is_literal() && operand.is_literal();
        self.ev.identical |= constants && !self.ev.identical && self.cur.bytes(at) == self.cur.bytes(tok);
        // `a = a or b` is an assignment in many languages; behind `or` it is a condition.
        let joined = || self.ev.logics > 0 || self.ev.pipes + self.ev.amps > 0 || self.ev.wheres > 0;
        let same_name = matches!(left, Operand::Name | Operand::Session)
            && operand == left
            && joined()
            && self.cur.bytes(at).eq_ignore_ascii_case(self.cur.bytes(tok));
        self.ev.constants_compared += u32::from(constants || same_name);
        if operand == Operand::Select || left == Operand::Select {
            self.ev.selects_compared += 1;
        }
    }

    /// Whether nothing more belongs to the condition of which an operand was read.
    #[inline(always)]
    fn is_condition_over(&mut self) -> bool {
        let next = self.cur.first();
        match next.kind {
            Kind::Close | Kind::Semi | Kind::Pipes | Kind::Amps => true,
            Kind::Word(Word::And | Word::Or | Word::Limit | Word::Group | Word::Having) => true,
            _ => next.is_end(),
        }
    }

    fn push(&mut self, pair: Pair) {
        self.ev.parens += u32::from(self.previous == Kind::Open);
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
            self.ev.closers += 1;
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
        self.ev.selects += 1;
        let first = self.cur.peek(0);
        let sign = first.kind == Kind::Arith && self.cur.bytes(first) != b"*";
        self.ev.tight |= self.ev.tokens == 1
            && first.glued
            && (sign || matches!(first.kind, Kind::Word(Word::Literal) | Kind::SysVar));
        if let Some(frame) = self.frames.last_mut().filter(|f| f.pair != Pair::Case) {
            if frame.pair == Pair::Group {
                frame.pair = Pair::Select;
            }
            self.ev.subselects += 1;
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
}
