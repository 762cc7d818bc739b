//! One lexer for the SQL of every product.
//!
//! It takes the union of the dialects where they do not contradict each other: MySQL (`#` and `--` comments, conditional
//! comments `/*!50000 ... */`, backslash escapes, `` `name` ``), PostgreSQL (`$tag$...$tag$`, `E'...'`, `::`, JSON
//! operators), Transact-SQL (`[name]`, `!<`), Oracle (`q'[...]'`, `:bind`), SQLite and Access. Where they do contradict
//! each other it reads what an attacker would want: a backslash does not save a quote if no quote would be left to close
//! the string. A lexer may start anywhere, as injected text does.

use super::find::Ahead;
pub use super::sql_short::{Parts, Short, is_word};
use super::sql_token;
pub use super::sql_token::{Kind, Token, Word, joined};
pub use super::sql_words::{Bits, Pairs, add_to, lookup, may_open, wide_blank, word_end};
#[cfg(test)]
pub use super::sql_words::{openings, words};

/// Splits text into tokens. Every byte is in exactly one.
#[derive(Clone, Debug)]
pub struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    /// A plus sign stands for a blank, as in a form.
    plus_is_blank: bool,
    /// How tokens of one byte are told.
    ways: u8,
    /// Tokens and bytes read so far.
    pub work: usize,
    /// Position of the first line end and `*/` at or after the last search, so that each is searched for once.
    line_end: Ahead,
    comment_end: Ahead,
    /// For some strings where they open, and where they end; counted from one.
    ///
    /// PERF: fragments that begin at one quote behind the other are strings of the same text, again and again.
    ends: [(u32, u32); ENDS],
    /// A string was only closed by taking a backslash literally; so are those after it.
    plain_backslash: bool,
    no_dollar: bool,
    /// The text began in a string between dollar signs: one that is left open ends in the program around the text.
    pub in_dollar: bool,
    no_choice: bool,
}

/// Strings whose ends are remembered.
const ENDS: usize = 64;

impl<'a> Lexer<'a> {
    /// A lexer at the start of `text`.
    pub fn new(text: &'a [u8]) -> Lexer<'a> {
        Lexer {
            text,
            at: 0,
            plus_is_blank: false,
            ways: u8::MAX,
            work: 0,
            line_end: Ahead::default(),
            comment_end: Ahead::default(),
            ends: [(0, 0); ENDS],
            plain_backslash: false,
            no_dollar: false,
            in_dollar: false,
            no_choice: false,
        }
    }

    /// The same, without what is remembered of strings.
    #[cfg(test)]
    pub fn forgetful(&self) -> Lexer<'a> {
        Lexer { ends: [(0, 0); ENDS], ..self.clone() }
    }

    /// Reads every plus sign as a blank.
    pub fn read_plus_as_blank(&mut self) {
        (self.plus_is_blank, self.ways) = (true, !sql_token::PLUS);
    }

    /// Goes on at `at`, before or behind the last token. What was searched for and not found stays known.
    pub fn seek(&mut self, at: usize) {
        self.at = at.min(self.text.len());
    }

    /// The next token; [`Kind::Eof`] at the end, again and again.
    #[inline]
    pub fn next_token(&mut self) -> Token {
        let start = self.at;
        let Some(&first) = self.text.get(start) else {
            return Token { kind: Kind::Eof, start: self.text.len(), end: self.text.len() };
        };
        let (kind, end) = match sql_token::alone(first, self.byte(start + 1), self.ways) {
            Some(kind) => (kind, start + 1),
            None => {
                let (kind, end) = self.scan(start);
                (kind, end.max(start + 1).min(self.text.len()))
            }
        };
        self.at = end;
        self.work += 1 + end - start;
        Token { kind, start, end }
    }

    /// The next token, if it is a number of one byte, or a sign that the bytes behind it tell. It is not passed over.
    #[inline(always)]
    pub fn sign(&self) -> Option<Token> {
        let start = self.at;
        let [first, next] = [*self.text.get(start)?, self.byte(start + 1)];
        if let Some(kind) = sql_token::alone(first, next, self.ways & !sql_token::BLANK) {
            return Some(Token { kind, start, end: start + 1 });
        }
        let kind = sql_token::pair(first, next, || self.byte(start + 2))?;
        Some(Token { kind, start, end: start + 2 })
    }

    /// Passes over the next token, which ends at `end`.
    #[inline(always)]
    pub fn pass(&mut self, end: usize) {
        self.work += 1 + end - self.at;
        self.at = end;
    }

    #[inline]
    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    fn rest(&self, from: usize) -> &'a [u8] {
        self.text.get(from..).unwrap_or(&[])
    }

    fn find(&self, from: usize, byte: u8) -> Option<usize> {
        memchr::memchr(byte, self.rest(from)).map(|i| from + i)
    }

    fn run(&self, from: usize, of: impl Fn(u8) -> bool) -> usize {
        from + self.rest(from).iter().take_while(|&&b| of(b)).count()
    }

    fn scan(&mut self, at: usize) -> (Kind, usize) {
        let (a, b, c) = (self.byte(at), self.byte(at + 1), self.byte(at + 2));
        match a {
            b if is_blank(b) => (Kind::Blank, self.run(at, is_blank)),
            b'+' if self.plus_is_blank => (Kind::Blank, at + 1),
            0xA0 => (Kind::Blank, at + 1),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(at),
            0x80.. => match wide_blank(self.text, at) {
                0 => self.word(at),
                len => (Kind::Blank, at + len),
            },
            // PERF: the others are looked at closer.
            b'0'..=b'9' if !is_word(b) && b != b'.' => (Kind::Number, at + 1),
            b'0'..=b'9' => self.number_or_nothing(at),
            b'.' if b.is_ascii_digit() => (Kind::Number, self.number(at)),
            b'.' => (Kind::Dot, at + 1),
            b'\'' | b'"' => self.string(at, a),
            b'`' => match self.find(at + 1, b'`') {
                Some(end) => (Kind::Quoted, end + 1),
                None => (Kind::StrOpen, self.text.len()),
            },
            b'[' => self.bracket(at),
            b']' => (Kind::BracketClose, at + 1),
            b'$' => self.dollar(at),
            b'@' => self.variable(at),
            b'-' if b == b'-' => self.line(at),
            b'#' if b == b'>' => (Kind::Json, at + if c == b'>' { 3 } else { 2 }),
            b'#' => self.line(at),
            b'/' if b == b'*' => self.comment(at),
            // `count(*/**/)`: a star before a comment.
            b'*' if b == b'/' && c != b'*' => (Kind::Comment, at + 2),
            b'-' if b == b'>' => (Kind::Json, at + if c == b'>' { 3 } else { 2 }),
            b'|' if b == b'|' => (Kind::Pipes, at + 2),
            b'&' if b == b'&' => (Kind::Amps, at + 2),
            b'&' if b == b'<' || b == b'>' => (Kind::Other, at + 2),
            b':' if b == b':' => (Kind::Cast, at + 2),
            b':' if b == b'=' => (Kind::Assign, at + 2),
            b':' if b.is_ascii_alphabetic() => (Kind::Param, self.run(at + 1, is_word)),
            b'?' if b == b'|' || b == b'&' => (Kind::Json, at + 2),
            b'?' => (Kind::Param, at + 1),
            b'<' => match (b, c) {
                (b'=', b'>') => (Kind::Cmp, at + 3),
                (b'=' | b'>', _) => (Kind::Cmp, at + 2),
                (b'<', _) => (Kind::Arith, at + 2),
                (b'@', _) => (Kind::Json, at + 2),
                _ => (Kind::Cmp, at + 1),
            },
            b'>' => match b {
                b'=' => (Kind::Cmp, at + 2),
                b'>' => (Kind::Arith, at + 2),
                _ => (Kind::Cmp, at + 1),
            },
            b'=' => match b {
                b'=' if c == b'=' => (Kind::Other, at + 3),
                b'=' => (Kind::Cmp, at + 2),
                b'>' => (Kind::Other, at + 2),
                _ => (Kind::Cmp, at + 1),
            },
            b'!' => match b {
                b'=' if c == b'=' => (Kind::Other, at + 3),
                b'=' | b'<' | b'>' => (Kind::Cmp, at + 2),
                b'~' => (Kind::Cmp, at + if c == b'*' || c == b'~' { 3 } else { 2 }),
                _ => (Kind::Bang, at + 1),
            },
            b'~' if b == b'*' || b == b'~' => (Kind::Cmp, at + 2),
            b'^' if b == b'=' => (Kind::Cmp, at + 2),
            b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'&' | b'|' | b'~' => (Kind::Arith, at + 1),
            b'\\' if b == b'N' && (!is_word(c) || self.is_from(at + 2)) => {
                (Kind::Word(Word::Literal), at + 2)
            }
            // Transact-SQL takes a backslash for a sign of currency: `\1` is an amount of money.
            b'\\' if b.is_ascii_digit() => (Kind::Number, self.number(at + 1)),
            b',' => (Kind::Comma, at + 1),
            b';' => (Kind::Semi, at + 1),
            b'(' => (Kind::Open, at + 1),
            b')' => (Kind::Close, at + 1),
            b'{' => (Kind::BraceOpen, at + 1),
            b'}' => (Kind::BraceClose, at + 1),
            _ => (Kind::Other, at + 1),
        }
    }

    fn is_from(&self, at: usize) -> bool {
        self.text.get(at..word_end(self.text, at)).is_some_and(|w| w.eq_ignore_ascii_case(b"from"))
    }

    fn line(&mut self, at: usize) -> (Kind, usize) {
        let (text, len) = (self.text, self.text.len());
        let search = |from, to: usize| memchr::memchr(b'\n', text.get(from..to)?).map(|i| from + i);
        match self.line_end.find(at, len, search) {
            Some(end) if self.is_leftover(at, end + 1) => (Kind::Terminator, len),
            Some(end) if end + 1 < len => (Kind::Line, end + 1),
            _ => (Kind::Terminator, len),
        }
    }

    /// Whether nothing lies between the mark of a comment and the line end, and a word that is none of SQL's between that and
    /// the end of the text: a tool puts one behind its comments, and another turns its blanks into line ends.
    fn is_leftover(&self, mark: usize, next: usize) -> bool {
        let rest = self.rest(next);
        let word = |b: &u8| b.is_ascii_alphanumeric();
        (1..=8).contains(&rest.len())
            && rest.iter().all(word)
            && self.text.get(mark..next).is_some_and(|c| matches!(c.trim_ascii_end(), b"--" | b"#"))
            && lookup(rest) == Word::Name
    }

    fn comment(&mut self, at: usize) -> (Kind, usize) {
        let mark = match (self.byte(at + 2), self.byte(at + 3)) {
            (b'!', _) => 3,
            (b'M' | b'm', b'!') => 4,
            _ => 0,
        };
        if mark > 0 {
            // MySQL and MariaDB run what is inside: only the marks are comment, with the version up to six digits.
            let digits = self.run(at + mark, |b| b.is_ascii_digit());
            return (Kind::Comment, digits.min(at + mark + 6));
        }
        let (text, len) = (self.text, self.text.len());
        let search = |from, to: usize| {
            memchr::memmem::find(text.get(from..(to + 1).min(len))?, b"*/").map(|i| from + i)
        };
        match self.comment_end.find(at + 2, len, search) {
            Some(end) => (Kind::Comment, end + 2),
            None => (Kind::Terminator, len),
        }
    }

    fn word(&mut self, at: usize) -> (Kind, usize) {
        if let Some(short) = Short::at(self.text, at) {
            return (Kind::Word(short.part()), at + short.len);
        }
        let end = word_end(self.text, at).max(at + 1);
        let word = self.text.get(at..end).unwrap_or(&[]);
        if matches!(self.byte(end), b'\'' | b'"') && self.is_string_prefix(word) {
            let quote = self.byte(end);
            if word.last().is_some_and(|b| b.eq_ignore_ascii_case(&b'q')) {
                return self.quoted_by_choice(end);
            }
            return self.string(end, quote);
        }
        let part = lookup(word);
        // PERF: nothing lies inside most words.
        if part == Word::Name
            && matches!(self.byte(end), 0 | b'/' | b'<')
            && let Some((part, end)) = joined(self.text, at, end)
        {
            return (Kind::Word(part), end);
        }
        (Kind::Word(part), end)
    }

    /// `N'..'`, `E'..'`, `B'..'`, `X'..'`, `Q'[..]'`, `NQ'[..]'` and MySQL's `_charset'..'`.
    fn is_string_prefix(&self, word: &[u8]) -> bool {
        let introducer = [&b"_utf8"[..], b"_utf8mb4", b"_latin1", b"_binary", b"_ascii", b"_ucs2"];
        match word {
            [b] => matches!(b.to_ascii_lowercase(), b'n' | b'e' | b'b' | b'x' | b'q'),
            [a, b] => a.eq_ignore_ascii_case(&b'n') && b.eq_ignore_ascii_case(&b'q'),
            _ => introducer.iter().any(|i| i.eq_ignore_ascii_case(word)),
        }
    }

    /// Oracle's `q'[...]'`: the byte after the quote says what closes it.
    fn quoted_by_choice(&mut self, quote: usize) -> (Kind, usize) {
        let close = match self.byte(quote + 1) {
            b'[' => b']',
            b'(' => b')',
            b'{' => b'}',
            b'<' => b'>',
            other => other,
        };
        if !self.no_choice {
            match memchr::memmem::find(self.rest(quote + 2), &[close, self.byte(quote)]) {
                Some(i) => return (Kind::Str, quote + 2 + i + 2),
                None => self.no_choice = true,
            }
        }
        self.string(quote, self.byte(quote))
    }

    /// A string whose opening quote lies at `quote`, with a prefix before it.
    fn string(&mut self, quote: usize, close: u8) -> (Kind, usize) {
        let (mut from, mut first) = (quote + 1, None);
        let slot = quote % ENDS;
        let key = u32::try_from(from).unwrap_or(0);
        if self.ends[slot].0 == key && key != 0 {
            return (Kind::Str, self.ends[slot].1 as usize);
        }
        while let Some(i) = memchr::memchr2(close, b'\\', self.rest(from)).map(|i| from + i) {
            if self.byte(i) == b'\\' {
                if !self.plain_backslash {
                    if self.byte(i + 1) == close && first.is_none() {
                        first = Some(i + 1);
                    }
                    from = i + 2;
                } else {
                    from = i + 1;
                }
            } else if self.byte(i + 1) == close && i > quote {
                from = i + 2;
            } else {
                // Where a backslash stands before a quote, it depends on what was read before.
                if let Ok(end) = u32::try_from(i + 1)
                    && first.is_none()
                {
                    self.ends[slot] = (key, end);
                }
                return (Kind::Str, i + 1);
            }
        }
        match first {
            // Only taken literally does the backslash leave a quote to close the string.
            Some(i) => {
                self.plain_backslash = true;
                (Kind::Str, i + 1)
            }
            None => (Kind::StrOpen, self.text.len()),
        }
    }

    /// MySQL drops `1.e` before a name, a parenthesis or a comma; elsewhere it is a number.
    fn number_or_nothing(&self, at: usize) -> (Kind, usize) {
        // PERF: most are digits, and then a sign.
        let digits = self.run(at, |b| b.is_ascii_digit());
        if !is_word(self.byte(digits)) && self.byte(digits) != b'.' {
            return (Kind::Number, digits);
        }
        let end = self.number(at);
        let exponent = matches!(self.byte(end.saturating_sub(1)), b'e' | b'E');
        let hex = self.byte(at) == b'0' && matches!(self.byte(at + 1), b'x' | b'X');
        if self.byte(end) == b'_' && !hex {
            return (Kind::Word(Word::Name), word_end(self.text, at)); // a name may begin with digits in MySQL
        }
        let dropped = exponent && !hex && matches!(self.byte(end), b'.' | b'(' | b')' | b',');
        (if dropped { Kind::Comment } else { Kind::Number }, end)
    }

    fn number(&self, at: usize) -> usize {
        let digits = |from| self.run(from, |b| b.is_ascii_digit());
        if self.byte(at) == b'0' {
            match self.byte(at + 1) {
                b'x' | b'X' => return self.run(at + 2, |b| b.is_ascii_hexdigit()),
                b'b' | b'B' if matches!(self.byte(at + 2), b'0' | b'1') => {
                    return self.run(at + 2, |b| matches!(b, b'0' | b'1'));
                }
                _ => {}
            }
        }
        let mut end = digits(at);
        if self.byte(end) == b'.' {
            end = digits(end + 1);
        }
        // Oracle's suffixes: `1d`, `1f`. Only before a keyword do they end a number.
        if matches!(self.byte(end), b'd' | b'D' | b'f' | b'F') && self.byte(end + 1).is_ascii_alphabetic() {
            let word = self.text.get(end + 1..self.run(end + 1, is_word)).unwrap_or(&[]);
            if matches!(lookup(word), Word::Set | Word::And | Word::Or | Word::From | Word::Where) {
                return end + 1;
            }
        }
        if matches!(self.byte(end), b'e' | b'E') {
            let sign = usize::from(matches!(self.byte(end + 1), b'+' | b'-'));
            if self.byte(end + 1 + sign).is_ascii_digit() {
                end = digits(end + 1 + sign);
            } else if !is_word(self.byte(end + 1)) && end > at {
                end += 1; // MySQL reads `1.e` as a number
            }
        }
        end
    }

    fn bracket(&self, at: usize) -> (Kind, usize) {
        let near = self.text.get(at + 1..(at + 130).min(self.text.len())).unwrap_or(&[]);
        match memchr::memchr3(b']', b'\'', b'"', near) {
            Some(i) if i > 0 && near.get(i) == Some(&b']') => (Kind::Quoted, at + i + 2),
            _ => (Kind::BracketOpen, at + 1),
        }
    }

    fn dollar(&mut self, at: usize) -> (Kind, usize) {
        let name = self.run(at + 1, |b| b.is_ascii_alphanumeric() || b == b'_');
        if self.byte(name) == b'$' && !self.no_dollar && !self.byte(at + 1).is_ascii_digit() && name - at < 64
        {
            let tag = self.text.get(at..=name).unwrap_or(&[]);
            match memchr::memmem::find(self.rest(name + 1), tag) {
                Some(i) => return (Kind::Str, name + 1 + i + tag.len()),
                None => self.no_dollar = true,
            }
        }
        if self.in_dollar && self.byte(at + 1) == b'$' {
            return (Kind::StrOpen, self.text.len());
        }
        match name > at + 1 && self.byte(at + 1).is_ascii_digit() {
            true => (Kind::Param, name),
            false if self.byte(name) == b'.' => (Kind::Word(Word::Name), name),
            false => (Kind::Other, at + 1),
        }
    }

    fn variable(&mut self, at: usize) -> (Kind, usize) {
        match self.byte(at + 1) {
            b'@' if is_word(self.byte(at + 2)) => {
                (Kind::SysVar, self.run(at + 2, |b| is_word(b) || b == b'.'))
            }
            b'@' => (Kind::Json, at + 2),
            b'>' | b'?' => (Kind::Json, at + 2),
            b'\'' | b'"' | b'`' => {
                let (kind, end) = self.scan(at + 1);
                (if kind == Kind::StrOpen { kind } else { Kind::Variable }, end)
            }
            _ => (Kind::Variable, self.run(at + 1, is_word)),
        }
    }
}

const fn is_blank(b: u8) -> bool {
    b <= 0x20
}

#[cfg(test)]
mod tests {
    use super::super::sql_words::WORDS;
    use super::*;
    use proptest::prelude::*;

    fn kinds(text: &str) -> Vec<(Kind, String)> {
        let mut lexer = Lexer::new(text.as_bytes());
        let mut out = Vec::new();
        loop {
            let t = lexer.next_token();
            if t.kind == Kind::Eof {
                return out;
            }
            if !t.is_trivia() {
                out.push((t.kind, text[t.start..t.end].to_owned()));
            }
        }
    }

    fn texts(text: &str) -> Vec<String> {
        kinds(text).into_iter().map(|t| t.1).collect()
    }

    #[test]
    fn words_are_sorted_and_found_in_any_case() {
        assert!(WORDS.windows(2).all(|w| w[0].0 < w[1].0));
        for (word, part) in WORDS {
            assert_eq!(lookup(word.to_uppercase().as_bytes()), *part, "{word}");
        }
        assert_eq!(lookup(b"selected"), Word::Name);
        assert_eq!(lookup(b"xp_anything"), Word::Reach);
    }

    #[test]
    fn strings_of_every_dialect() {
        let cases: &[(&str, &[&str])] = &[
            ("'it''s' x", &["'it''s'", "x"]),
            (r"'a\'b' x", &[r"'a\'b'", "x"]),
            (r"'a\' or 1", &[r"'a\'", "or", "1"]),
            ("$t$ ' $t$ x", &["$t$ ' $t$", "x"]),
            ("q'[it's]' x", &["q'[it's]'", "x"]),
            ("E'x' N'y' X'00'", &["E'x'", "N'y'", "X'00'"]),
            ("[a b].`c d`", &["[a b]", ".", "`c d`"]),
            ("\"x\" 'open", &["\"x\"", "'open"]),
        ];
        for (text, want) in cases {
            assert_eq!(texts(text), *want, "{text}");
        }
    }

    #[test]
    fn numbers_variables_and_operators() {
        let want =
            ["1.5e3", "0xAf", ".5", "(", "@x", ":=", "@@version", "<=>", "::", "!~*", "->>", "@>", "$1"];
        assert_eq!(texts("1.5e3 0xAf .5 1.e(@x:=@@version<=>::!~*->>@>$1"), want);
        assert_eq!(texts("1or 2"), ["1", "or", "2"]);
    }

    #[test]
    fn comments_are_space_and_conditional_ones_are_code() {
        assert_eq!(texts("a/* x */b -- c\nd # e\nf"), ["a", "b", "d", "f"]);
        assert_eq!(texts("/*!50000union*/ /*!select*/"), ["union", "select"]);
        let end = kinds("1--+");
        assert_eq!(end.last().map(|t| t.0), Some(Kind::Terminator));
        assert_eq!(kinds("un/**/ion")[0].0, Kind::Word(Word::Set));
        assert_eq!(texts("union/**/select"), ["union", "select"]);
    }

    #[test]
    fn reading_may_go_on_anywhere() {
        let mut lexer = Lexer::new(b"x -- y\nz -- '");
        while lexer.next_token().kind != Kind::Eof {}
        lexer.seek(2);
        let line = lexer.next_token();
        assert_eq!((line.kind, line.end), (Kind::Line, 7));
    }

    #[test]
    fn tokens_that_a_look_tells_are_those_that_are_scanned() {
        let texts = (0u32..1 << 16).flat_map(|two| {
            let [a, b, ..] = two.to_le_bytes();
            [&[a][..], &[a, b], &[a, b, b'='], &[a, b, b'>'], &[a, b, b'1'], &[a, b, b'*'], &[a, b, b' ']]
                .map(<[u8]>::to_vec)
        });
        for text in texts {
            for plus in [false, true] {
                let mut lexer = Lexer::new(&text);
                if plus {
                    lexer.read_plus_as_blank();
                }
                let (kind, end) = lexer.clone().scan(0);
                let sign = lexer.sign();
                let token = lexer.next_token();
                assert_eq!((token.kind, token.end), (kind, end.min(text.len())), "{text:?}");
                assert!(sign.is_none_or(|sign| sign == token), "{text:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn every_byte_is_in_exactly_one_token(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut lexer = Lexer::new(&bytes);
            let mut at = 0;
            loop {
                let t = lexer.next_token();
                prop_assert_eq!(t.start, at);
                if t.kind == Kind::Eof { break }
                prop_assert!(t.end > t.start);
                at = t.end;
            }
            prop_assert_eq!(at, bytes.len());
        }

        #[test]
        fn sql_made_of_odd_pieces_is_split_too(
            pieces in prop::collection::vec(prop::sample::select(vec!["'", "\"", "\\", "/*", "*/", "--", "#", "\n", "$a$", "q'[", "[", "@", "union", " ", "1e", "0x", "."]), 0..60),
        ) {
            let text = pieces.concat();
            let mut lexer = Lexer::new(text.as_bytes());
            let mut at = 0;
            while let t = lexer.next_token() && t.kind != Kind::Eof {
                prop_assert_eq!(t.start, at);
                at = t.end;
            }
            prop_assert_eq!(at, text.len());
        }
    }
}
