//! What may follow an operand: operators, clauses, closing parentheses, the next statement.

use super::*;

/// Whether `word` begins a statement that may stand behind another without a semicolon.
pub(in crate::detect::sqli) fn may_stack(word: &[u8]) -> bool {
    const HEADS: [&str; 17] = [
        "bulk", "merge", "select", "insert", "update", "delete", "drop", "create", "alter", "exec",
        "execute", "declare", "if", "truncate", "shutdown", "backup", "begin",
    ];
    HEADS.iter().any(|head| word.eq_ignore_ascii_case(head.as_bytes()))
}

impl<'c, 'a> Parser<'c, 'a> {
    pub(super) fn next_operand(&mut self) -> Option<bool> {
        self.take();
        self.want = Want::Operand;
        Some(true)
    }

    pub(super) fn logic(&mut self) -> Option<bool> {
        self.after_logic = true;
        self.compared = None;
        self.next_operand()
    }

    pub(super) fn compare(&mut self) -> Option<bool> {
        self.compared = Some(self.last);
        self.next_operand()
    }

    /// Takes the comparing operator `tok`.
    #[inline(always)]
    pub(super) fn compares(&mut self, tok: Tok) -> Option<bool> {
        match self.cur.bytes(tok) {
            [sign] => self.ev.equates = *sign == b'=',
            sign => {
                let unequal = matches!(sign, b"!=" | b"<>");
                self.ev.equates = unequal || sign == b"<=>";
                self.ev.unequal |= unequal;
                self.ev.double_equals |= sign == b"==";
            }
        }
        self.compared = Some(self.last);
        self.took(Tok { kind: Kind::Cmp, ..tok });
        self.want = Want::Operand;
        Some(true)
    }

    /// Takes `||` or `&&`, which is `tok`.
    #[inline(always)]
    pub(super) fn joins(&mut self, tok: Tok) -> Option<bool> {
        match tok.kind {
            Kind::Pipes => self.ev.pipes += 1,
            _ => self.ev.amps += 1,
        }
        (self.after_logic, self.compared) = (true, None);
        self.took(tok);
        self.want = Want::Operand;
        Some(true)
    }

    /// Takes the operator `tok`, which calculates.
    #[inline(always)]
    pub(super) fn calculates(&mut self, tok: Tok) -> Option<bool> {
        let sign = self.cur.byte(tok);
        if sign == b'~' {
            self.compared = Some(self.last);
        } else {
            self.ev.arithmetic += 1;
            // Two of the operators are of two bytes, `<<` and `>>`.
            self.ev.multiplies |= sign == b'*';
        }
        self.took(Tok { kind: Kind::Arith, ..tok });
        self.want = Want::Operand;
        Some(true)
    }

    pub(super) fn operator_token(&mut self, tok: Tok) -> Option<bool> {
        match tok.kind {
            Kind::Cmp => self.compares(tok),
            Kind::Arith => self.calculates(tok),
            Kind::Assign => {
                self.ev.arithmetic += 1;
                self.next_operand()
            }
            Kind::Json => {
                self.ev.json += 1;
                self.compare()
            }
            Kind::Param if self.cur.bytes(tok) == b"?" && !self.cur.peek(1).is_end() => {
                self.ev.json += 1;
                self.compare()
            }
            Kind::Pipes | Kind::Amps => self.joins(tok),
            Kind::Bang if self.cur.peek(1).kind == Kind::Cmp => {
                self.take();
                Some(true)
            }
            Kind::Comma => {
                self.ev.commas += 1;
                if self.mode == Mode::List && self.frames.is_empty() {
                    self.ev.list_commas += 1;
                }
                self.compared = None;
                self.next_operand()
            }
            Kind::Close | Kind::BraceClose => self.close(),
            Kind::BracketClose if !self.frames.is_empty() => self.close(),
            Kind::BracketOpen if tok.glued => {
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
                self.cur.peek(0).word()?;
                let to = self.take();
                if to.word() == Some(Word::Type) {
                    self.ev.casts += 1;
                }
                Some(true)
            }
            Kind::Str if self.previous == Kind::Str => {
                self.take();
                Some(true)
            }
            // `select @v "name"`
            Kind::Str if self.mode == Mode::List && !self.aliased && self.last.0 == Operand::Variable => {
                self.aliased = true;
                self.take();
                Some(true)
            }
            Kind::StrOpen if self.previous == Kind::Str => {
                self.take();
                self.ev.ends_in_string(tok, self.cur.text);
                Some(false)
            }
            Kind::Open if self.may_open_query() => {
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
                self.ev.semis += 1;
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

    pub(super) fn operator_word(&mut self, tok: Tok, word: Word) -> Option<bool> {
        let next = self.cur.peek(1);
        let in_case = self.frames.last().is_some_and(|f| f.pair == Pair::Case);
        match word {
            // A form turns the plus between the closed string and the call into a blank.
            Word::Sleep | Word::Leak | Word::Reach
                if matches!(self.ev.entry, Entry::FirstQuote(_))
                    && self.ev.tokens == 0
                    && !tok.glued
                    && next.kind == Kind::Open
                    && next.glued
                    && matches!(self.cur.peek(2).kind, Kind::Number | Kind::Str) =>
            {
                self.ev.arithmetic += 1;
                self.operand_word(tok, word)
            }
            // The value ends a CASE of the program around it.
            Word::End if self.ev.tokens == 0 && self.ev.lead => {
                self.take();
                self.ev.closers += 1;
                Some(true)
            }
            Word::And if self.between => {
                self.between = false;
                self.next_operand()
            }
            Word::And | Word::Or | Word::Xor => {
                self.ev.logics += 1;
                self.logic()
            }
            Word::Not
                if matches!(next.word(), Some(Word::Compare | Word::In | Word::Between | Word::Literal)) =>
            {
                self.ev.telling_operator |= next.word() == Some(Word::Compare);
                self.take();
                Some(true)
            }
            Word::Compare => {
                if self.cur.is(tok, "sounds") {
                    if next.word() != Some(Word::Compare) {
                        return None;
                    }
                    self.take();
                    self.ev.telling_operator = true;
                }
                self.ev.telling_operator |= !self.cur.is(tok, "like") || self.cur.is(next, "like");
                self.ev.word_compares += 1;
                self.ev.equates = true;
                self.compare()
            }
            Word::In => {
                if self.cur.is(next, "boolean") && self.cur.is(self.cur.peek(2), "mode") {
                    self.take();
                    self.take();
                    self.take(); // MySQL's full-text search
                    return Some(true);
                }
                if !matches!(next.kind, Kind::Open | Kind::Quoted) {
                    return None;
                }
                self.ev.word_compares += 1;
                self.ev.equates = true;
                self.compare()
            }
            Word::Between => {
                self.between = true;
                self.ev.telling_operator |= matches!(next.kind, Kind::Str);
                self.ev.word_compares += 1;
                self.ev.equates = true;
                self.compare()
            }
            Word::Is => {
                let constant = |tok: Tok| {
                    matches!(tok.word(), Some(Word::Literal | Word::Prefix)) || tok.kind == Kind::Number
                };
                let after = self.cur.peek(2);
                let named = self.ev.entry.is_operand() || after.is_end(); // SQLite compares any two with IS
                let not = next.word() == Some(Word::Not) && (constant(after) || named);
                if !constant(next) && !not {
                    return None;
                }
                self.ev.word_compares += 1;
                self.ev.equates = true;
                self.compare()
            }
            Word::Postfix => {
                self.ev.compares += 1;
                self.take();
                Some(true)
            }
            Word::Arith => {
                self.ev.telling_operator |= self.cur.is(tok, "div");
                self.ev.word_operator = self.ev.arithmetic == 0;
                self.ev.arithmetic += 1;
                self.next_operand()
            }
            Word::Set => self.set_operator(),
            Word::From
                if self.mode == Mode::List
                    || self.ev.tokens == 0 && self.ev.lead
                    || self.ev.closers > 0 && self.frames.is_empty() =>
            {
                self.ev.froms += 1;
                self.mode = Mode::Tables;
                self.next_operand()
            }
            Word::From if self.frames.last().is_some_and(|f| f.pair == Pair::Call) => self.next_operand(),
            // `select ((1, 2) from t`: the list lacks a parenthesis.
            Word::From if self.ev.own_query && !self.frames.is_empty() => {
                self.ev.froms += 1;
                self.mode = Mode::Tables;
                self.next_operand()
            }
            Word::Where => {
                self.ev.wheres += 1;
                (self.mode, self.compared) = (Mode::Expr, None);
                self.next_operand()
            }
            Word::Having => {
                self.ev.havings += 1;
                (self.mode, self.compared) = (Mode::Expr, None);
                self.next_operand()
            }
            Word::Group => {
                if next.word() != Some(Word::By) {
                    return None;
                }
                self.take();
                let at = self.cur.peek(1);
                self.ev.orders += 1;
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
                self.ev.limits += 1;
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
                Kind::Variable if self.ev.limits + self.ev.wheres > 0 => self.next_operand(),
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
                        self.ev.aliases += 1;
                        self.aliased = true;
                        if self.cur.peek(0).kind == Kind::Open {
                            self.take();
                            self.push(Pair::Group);
                        }
                        Some(true)
                    }
                    Kind::Quoted | Kind::Str => {
                        self.take();
                        self.ev.aliases += 1;
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
                self.ev.joins += 1;
                self.want = Want::Operand;
                Some(true)
            }
            Word::Join if self.cur.is(tok, "using") && !self.frames.is_empty() => self.next_operand(),
            Word::On if self.ev.froms > 0 => {
                self.mode = Mode::Expr;
                self.next_operand()
            }
            Word::When | Word::Then | Word::Else if in_case => {
                self.ev.cases += u32::from(word == Word::When);
                (self.compared, self.after_logic) = (None, false);
                self.next_operand()
            }
            Word::End if in_case => self.close(),
            Word::Tail
                if self.ev.selects + self.ev.orders + self.ev.limits > 0
                    || self.ev.compares > 0
                    || self.cur.is(tok, "collate")
                    || self.cur.is(tok, "placing") =>
            {
                self.ev.collated |= self.cur.is(tok, "collate");
                let operand =
                    ["collate", "escape", "separator", "placing"].iter().any(|w| self.cur.is(tok, w));
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
    pub(super) fn may_stack_unseparated(&self, tok: Tok) -> bool {
        let number = self.ev.tokens == 1
            && self.ev.names == 0
            && matches!(self.last.0, Operand::Literal | Operand::Variable)
            || self.ev.tokens == 2 && self.ev.starts_number && self.last.0 == Operand::Literal;
        self.frames.is_empty()
            && (self.ev.entry.is_operand()
                || self.ev.closers > 0
                || self.ev.statements > 0
                || self.ev.constants_compared > 0
                || number)
            && may_stack(self.cur.bytes(tok))
    }

    /// A query in parentheses where no operand is wanted: behind the closed string, or behind a number and a comment.
    fn may_open_query(&self) -> bool {
        let number = self.previous == Kind::Number && self.ev.tokens <= 2 && self.ev.comments > 0;
        (self.ev.tokens == 0 || number) && self.cur.peek(1).word() == Some(Word::Select)
    }

    pub(super) fn set_operator(&mut self) -> Option<bool> {
        self.take();
        while self.cur.peek(0).word() == Some(Word::Prefix) || self.cur.peek(0).kind == Kind::Arith {
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
        // `union 1,2,3`: a filter took the word `select` out.
        if number && next.kind == Kind::Number && self.cur.peek(1).kind == Kind::Comma {
            self.ev.unions_cut = true;
            return self.operand_token(next);
        }
        match next.word() {
            Some(Word::Select) => {
                self.take();
                self.ev.unions += 1;
                self.ev.items = 0;
                self.ev.constant_items = 0;
                self.begin_select();
                Some(true)
            }
            Some(Word::Statement | Word::Object)
                if matches!(self.cur.peek(1).kind, Kind::Open | Kind::Word(Word::Name | Word::Tail)) =>
            {
                self.ev.unions += 1; // `union values (..)`, `union table t`
                self.want = Want::Operand;
                self.take();
                Some(true)
            }
            _ => None,
        }
    }
}
