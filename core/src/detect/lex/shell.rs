//! POSIX shell: tokens, and the words of a simple command after quote removal and the expansions that come to a known
//! result.
//!
//! Grammar: IEEE Std 1003.1 "Shell Command Language" (2.2 quoting, 2.3 token recognition, 2.6 word expansions), with
//! what bash adds: `$'..'`, `$".."`, `<(..)`, `<<<`, `&>`, `$[..]`, brace lists.

use super::barren::{Barren, State};
use super::words::{End, MANY, Marks, ONE, Words};
use crate::bytes::{holds, table};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Blanks, and line ends behind a backslash.
    Blank,
    /// `;`, `;;`, `&`, `&&`, `||`, CR or LF.
    Separator,
    /// `|`, `|&`
    Pipe,
    /// `<`, `>`, `>>`, `<<`, `<<<`, `>&`, `<&`, `<>`, `>|`, `&>`
    Redirect,
    /// `$(`, `<(`, `>(`
    Substitution,
    /// `` ` ``
    Backtick,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `{`
    BraceOpen,
    /// `}`
    BraceClose,
    /// `,`
    Comma,
    /// `'..'`
    Single,
    /// `".."` and `$".."`
    Double,
    /// `$'..'`
    AnsiC,
    /// A quote that is never closed.
    StrayQuote,
    /// A backslash and the byte it quotes.
    Escape,
    /// `$name`, `$1`, `$@` and the like
    Variable,
    /// `${..}`
    Parameter,
    /// `$((..))`, `$[..]`
    Arithmetic,
    /// `?`, `*`, `[..]`
    Glob,
    /// From `#` at the start of a word to the end of the line
    Comment,
    /// Anything else
    Text,
}

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Where it begins.
    pub start: usize,
}

/// Longest quoted string, parameter or arithmetic expansion that is read as one token: work stays linear when many
/// are opened and none closed.
pub const SPAN: usize = 128;

/// Most tokens before the first word ends.
const LEADING: usize = 48;

/// How many of them a reading sees that begins among those of one that came to nothing.
const REST: usize = 16;

/// Cuts bytes into tokens.
#[derive(Clone, Debug)]
pub struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    word_start: bool,
    /// Whether `+` stands for a blank, where a form value lost its blanks.
    plus: bool,
    /// Bytes looked at to find where quotes and braces close.
    work: usize,
}

impl<'a> Lexer<'a> {
    /// Tokens of `bytes` from `from` on.
    pub fn new(bytes: &'a [u8], from: usize, plus: bool) -> Lexer<'a> {
        Lexer { bytes, at: from, word_start: true, plus, work: 0 }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Length of a token that begins with `skip` bytes and goes on to `close`, or `None` if it is never closed.
    fn until(&mut self, skip: usize, close: u8, escapes: bool) -> Option<usize> {
        let rest = self.bytes.get(self.at + skip..)?;
        let rest = rest.get(..SPAN).unwrap_or(rest);
        // PERF: the next byte that matters is found by a vector search.
        let next = |from: &[u8]| match escapes {
            true => memchr::memchr2(close, b'\\', from),
            false => memchr::memchr(close, from),
        };
        let mut i = 0;
        while let Some(n) = next(rest.get(i..).unwrap_or_default()) {
            i += n;
            if rest.get(i) == Some(&close) {
                self.work += i;
                return Some(skip + i + 1);
            }
            i += 2;
        }
        self.work += rest.len();
        None
    }

    /// Length of a token with nested `open` and `close`.
    fn balanced(&mut self, skip: usize, open: u8, close: u8) -> Option<usize> {
        let rest = self.bytes.get(self.at + skip..)?;
        let rest = rest.get(..SPAN).unwrap_or(rest);
        let mut depth = 1usize;
        self.work += rest.len();
        for i in memchr::memchr2_iter(open, close, rest) {
            if rest.get(i) == Some(&open) {
                depth += 1;
            } else {
                depth -= 1;
                if depth == 0 {
                    return Some(skip + i + 1);
                }
            }
        }
        None
    }

    /// What is left.
    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn dollar(&mut self) -> (Kind, usize) {
        match self.peek(1) {
            b'(' if self.peek(2) == b'(' => match self.balanced(3, b'(', b')') {
                Some(n) if self.peek(n) == b')' => (Kind::Arithmetic, n + 1),
                _ => (Kind::Substitution, 2),
            },
            b'(' => (Kind::Substitution, 2),
            b'{' => self.balanced(2, b'{', b'}').map_or((Kind::Text, 1), |n| (Kind::Parameter, n)),
            b'[' => self.until(2, b']', false).map_or((Kind::Text, 1), |n| (Kind::Arithmetic, n)),
            b'\'' => self.until(2, b'\'', true).map_or((Kind::Text, 1), |n| (Kind::AnsiC, n)),
            b'"' => self.until(2, b'"', true).map_or((Kind::Text, 1), |n| (Kind::Double, n)),
            b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!' | b'0'..=b'9' => (Kind::Variable, 2),
            b if b.is_ascii_alphabetic() || b == b'_' => {
                let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
                (
                    Kind::Variable,
                    1 + rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count(),
                )
            }
            _ => (Kind::Text, 1),
        }
    }

    fn cut(&mut self, first: u8) -> (Kind, usize) {
        let next = self.peek(1);
        match first {
            b' ' | b'\t' => (Kind::Blank, 1),
            b'+' if self.plus => (Kind::Blank, 1),
            b'\\' if next == b'\n' => (Kind::Blank, 2),
            b'\\' if self.at + 1 < self.bytes.len() => (Kind::Escape, 2),
            b';' if next == b';' => (Kind::Separator, 2),
            b';' | b'\n' | b'\r' => (Kind::Separator, 1),
            b'&' if next == b'&' => (Kind::Separator, 2),
            b'&' if next == b'>' => (Kind::Redirect, 2),
            b'&' => (Kind::Separator, 1),
            b'|' if next == b'|' => (Kind::Separator, 2),
            b'|' if next == b'&' => (Kind::Pipe, 2),
            b'|' => (Kind::Pipe, 1),
            b'<' | b'>' if next == b'(' => (Kind::Substitution, 2),
            b'<' if next == b'<' && self.peek(2) == b'<' => (Kind::Redirect, 3),
            b'<' if matches!(next, b'<' | b'>' | b'&') => (Kind::Redirect, 2),
            b'>' if matches!(next, b'>' | b'&' | b'|') => (Kind::Redirect, 2),
            b'<' | b'>' => (Kind::Redirect, 1),
            b'`' => (Kind::Backtick, 1),
            b'(' => (Kind::Open, 1),
            b')' => (Kind::Close, 1),
            b'{' => (Kind::BraceOpen, 1),
            b'}' => (Kind::BraceClose, 1),
            b',' => (Kind::Comma, 1),
            b'\'' => self.until(1, b'\'', false).map_or((Kind::StrayQuote, 1), |n| (Kind::Single, n)),
            b'"' => self.until(1, b'"', true).map_or((Kind::StrayQuote, 1), |n| (Kind::Double, n)),
            b'$' => self.dollar(),
            b'*' | b'?' => (Kind::Glob, 1),
            b'[' if !matches!(next, b' ' | b'\t' | 0) => match self.until(1, b']', false) {
                Some(n) if n > 2 && n < 16 => (Kind::Glob, n),
                _ => (Kind::Text, 1),
            },
            b'#' if self.word_start => {
                let rest = self.bytes.get(self.at..).unwrap_or_default();
                (Kind::Comment, memchr::memchr(b'\n', rest).unwrap_or(rest.len()))
            }
            _ => (Kind::Text, 1),
        }
    }
}

/// Bytes that end a token of text.
static SPECIAL: [bool; 256] = table!(b => holds(b" \t\n\r\\;&|<>`(){},'\"$*?[#+", b));

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let start = self.at;
        let rest = self.bytes.get(start..)?;
        let &first = rest.first()?;
        let (kind, mut len) = self.cut(first);
        if kind == Kind::Text {
            let more = rest.get(len..).unwrap_or_default();
            len += more.iter().take_while(|b| !SPECIAL[usize::from(**b)]).count();
        }
        let bytes = rest.get(..len).unwrap_or(rest);
        self.at += bytes.len();
        self.word_start = matches!(kind, Kind::Blank | Kind::Separator | Kind::Pipe | Kind::Open);
        Some(Token { kind, bytes, start })
    }
}

/// Reads the simple command that begins at `from` into `words`. A backtick that is open before it is closed by the next.
pub fn read(bytes: &[u8], from: usize, plus: bool, words: &mut Words) {
    read_if(bytes, from, plus, words, false, None, |_| true);
}

/// Whether a word with these bytes in it names no program, whatever follows but a slash: names have no other signs.
fn is_no_name(word: &[u8]) -> bool {
    word.iter().all(|b| *b != b'=')
        && word.iter().any(|b| !b.is_ascii_alphanumeric() && !b"._-+:/![{".contains(b))
}

/// As [`read`], but `wanted` is asked whenever a word was read, and ends the reading; most first words are no program's name, and
/// the words behind them are read for nothing. Whether all were wanted. If only a word that can be the `name` of a program or set a
/// variable is, reading ends where the first is none; and where it comes to a `barren` place.
pub fn read_if(
    bytes: &[u8],
    from: usize,
    plus: bool,
    words: &mut Words,
    name: bool,
    mut barren: Option<&mut Barren>,
    wanted: impl Fn(&Words) -> bool,
) -> bool {
    words.clear();
    words.stop = bytes.len();
    let mut lexer = Lexer::new(bytes, from, plus);
    let mut braces = 0usize;
    let mut quote_ended = false;
    let mut ticks = from > 0 && bytes.get(from - 1) == Some(&b'`');
    let (mut target, mut redirect) = (false, false);
    let mut leading = 0;
    let mut asked = 0;
    let mut looked_at = 0;
    while let Some(token) = lexer.next() {
        if words.count() > asked {
            asked = words.count();
            if !wanted(words) {
                words.end = End::Cap;
                return false;
            }
        }
        if name && asked == 0 && !target && words.pending() > looked_at {
            looked_at = words.pending();
            if is_no_name(words.under_way()) {
                words.end = End::Cap;
                return false;
            }
        }
        words.steps += 1 + std::mem::take(&mut lexer.work);
        if let Some(barren) = &mut barren
            && words.count() == 0
            && !words.is_open()
            && braces == 0
            && token.bytes.first() != Some(&b'#')
            && barren.passes(token.start, State { ticks, target, redirect }, leading + REST < LEADING)
        {
            words.end = End::Cap;
            return false;
        }
        words.stop = token.start;
        // Marks before the first word open deeper commands, each a candidate of its own.
        leading += usize::from(words.count() == 0);
        if leading > LEADING {
            break;
        }
        let after_quote = std::mem::replace(&mut quote_ended, false);
        if after_quote && !matches!(token.kind, Kind::Blank | Kind::Separator | Kind::Pipe | Kind::Close) {
            words.mark(Marks::BROKEN);
        }
        if target && words.is_open() && !continues(token.kind) {
            // A redirection before the program: its target is no word of the command.
            words.drop_pending();
            target = false;
        }
        if redirect && token.kind != Kind::Blank {
            // A mark that nothing follows redirects nothing.
            words.redirected |= token.kind != Kind::Redirect;
            redirect = false;
        }
        match token.kind {
            Kind::Blank => words.finish(Marks::default()),
            Kind::Comma if braces > 0 => words.finish(Marks::SPLIT),
            Kind::Text | Kind::Comma => words.push(token.bytes),
            Kind::Separator if words.count() == 0 && !words.is_open() => {}
            Kind::Separator => return stop(words, End::Separator, token.start),
            Kind::Pipe if words.count() == 0 && !words.is_open() => {}
            Kind::Pipe => return stop(words, End::Pipe, token.start),
            Kind::Comment => return stop(words, End::Comment, token.start),
            Kind::Redirect => {
                words.finish(Marks::default());
                target = words.count() == 0;
                redirect = true;
            }
            Kind::Substitution if lexer.peek(0) == b')' => {
                lexer.at += 1;
                words.mark(Marks::BROKEN);
            }
            Kind::Backtick if lexer.peek(0) == b'`' => {
                lexer.at += 1;
                words.mark(Marks::BROKEN);
            }
            Kind::Backtick if ticks || words.is_open() && !lexer.peek(0).is_ascii_alphanumeric() => {
                return stop(words, End::Close, token.start);
            }
            Kind::Backtick if words.count() == 0 && !words.is_open() => ticks = true,
            Kind::Substitution if words.count() == 0 && !words.is_open() => {}
            Kind::Substitution | Kind::Backtick => {
                words.push(b"$");
                words.mark(Marks::SUBSTITUTED);
                return stop(words, End::Substitution, token.start);
            }
            Kind::Open if words.count() == 0 && !words.is_open() => {}
            Kind::Open => {
                words.push(b"(");
            }
            Kind::Close => return stop(words, End::Close, token.start),
            Kind::BraceOpen if !words.is_open() => braces += 1,
            Kind::BraceOpen => match alternatives(lexer.rest()) {
                // `c{a,oun}t`: the first word the list makes is the program, the others its operands.
                Some((first, len)) => {
                    words.push(first);
                    words.mark(Marks::BROKEN.or(Marks::SPLIT));
                    lexer.at += len;
                }
                None => words.push(b"{"),
            },
            Kind::BraceClose if braces > 0 => braces -= 1,
            Kind::BraceClose => words.push(b"}"),
            Kind::StrayQuote => words.mark(Marks::default()),
            Kind::Single => quoted(words, inside(token.bytes, 1), &mut quote_ended),
            Kind::Double => {
                let skip = 1 + usize::from(token.bytes.first() == Some(&b'$'));
                quoted(words, inside(token.bytes, skip), &mut quote_ended);
            }
            Kind::AnsiC => {
                words.mark(Marks::BROKEN);
                ansi_c(inside(token.bytes, 2), words);
            }
            Kind::Escape => {
                words.mark(Marks::BROKEN);
                words.push(token.bytes.get(1..).unwrap_or_default());
            }
            Kind::Variable if token.bytes.starts_with(b"$IFS") => words.finish(Marks::SPLIT),
            Kind::Variable if matches!(token.bytes, b"$SHELL" | b"$BASH") => words.push(b"sh"),
            Kind::Variable => words.mark(Marks::EXPANDED.or(Marks::BROKEN)),
            Kind::Parameter => parameter(inside(token.bytes, 2), words),
            Kind::Arithmetic => {
                words.push(literal(token.bytes));
                words.mark(Marks::EXPANDED);
            }
            Kind::Glob => glob(token.bytes, words),
        }
        if words.is_full() {
            words.end = End::Cap;
            words.stop = token.start;
            return true;
        }
    }
    words.finish(Marks::default());
    words.stop = bytes.len();
    true
}

/// Whether a token of this kind goes on with the word under way.
fn continues(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Blank
            | Kind::Separator
            | Kind::Pipe
            | Kind::Redirect
            | Kind::Close
            | Kind::Open
            | Kind::Comment
    )
}

fn stop(words: &mut Words, end: End, at: usize) -> bool {
    words.finish(Marks::default());
    (words.end, words.stop) = (end, at);
    true
}

/// A quoted token without its quotes.
fn inside(token: &[u8], skip: usize) -> &[u8] {
    token.get(skip..token.len().saturating_sub(1)).unwrap_or_default()
}

fn quoted(words: &mut Words, text: &[u8], ended: &mut bool) {
    words.mark(if words.pending() > 0 { Marks::BROKEN } else { Marks::QUOTED });
    words.push(text);
    *ended = true;
}

/// `$'..'`: the escapes of bash's ANSI-C quoting.
fn ansi_c(text: &[u8], words: &mut Words) {
    let mut i = 0;
    while let Some(&b) = text.get(i) {
        i += 1;
        if b != b'\\' {
            words.push(&[b]);
            continue;
        }
        let kind = text.get(i).copied().unwrap_or(b'\\');
        let (radix, most, from) = match kind {
            b'x' => (16, 2, i + 1),
            b'u' => (16, 4, i + 1),
            b'0'..=b'7' => (8, 3, i),
            _ => {
                i += 1;
                words.push(&[kind]);
                continue;
            }
        };
        let digits = text.get(from..).unwrap_or_default();
        let n = digits.iter().take(most).take_while(|d| (**d as char).is_digit(radix)).count();
        let value = digits
            .iter()
            .take(n)
            .fold(0u32, |v, d| v.wrapping_mul(radix).wrapping_add((*d as char).to_digit(radix).unwrap_or(0)));
        words.push(&[value as u8]);
        i = from + n;
    }
}

/// The number in `$((7))` and `$[7]`, 0 for what would have to be computed.
fn literal(token: &[u8]) -> &[u8] {
    let digits = token.get(token.iter().take_while(|b| matches!(b, b'$' | b'(' | b'[' | b' ')).count()..);
    let digits = digits.unwrap_or_default();
    let n = digits.iter().take(8).take_while(|b| b.is_ascii_digit()).count();
    let closed = digits.get(n).is_some_and(|b| matches!(b, b')' | b']' | b' '));
    digits.get(..n).filter(|d| closed && !d.is_empty()).unwrap_or(b"0")
}

/// The first of the alternatives of a brace list inside a word, whose open brace is read, and the length of the rest.
fn alternatives(rest: &[u8]) -> Option<(&[u8], usize)> {
    let n = rest
        .iter()
        .take(32)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b',' | b'/' | b'.' | b'-' | b'_'))
        .count();
    let (list, comma) = (rest.get(..n)?, memchr::memchr(b',', rest.get(..n)?)?);
    (rest.get(n) == Some(&b'}')).then_some((list.get(..comma)?, n + 1))
}

/// `${..}`: an IFS splits, a slice of a path variable is taken for `/`, a default is taken for the value.
fn parameter(inner: &[u8], words: &mut Words) {
    let name_len = inner.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let (name, rest) = inner.split_at(name_len);
    if name.starts_with(b"IFS") {
        return words.finish(Marks::SPLIT);
    }
    if matches!(inner, b"SHELL" | b"BASH") {
        return words.push(b"sh");
    }
    words.mark(Marks::EXPANDED.or(Marks::BROKEN));
    match rest {
        [b':', b'0', ..] if matches!(name, b"PATH" | b"HOME" | b"PWD" | b"SHELL" | b"OLDPWD") => {
            words.push(b"/")
        }
        [b'%', ..] if matches!(name, b"PATH" | b"HOME" | b"PWD" | b"SHELL" | b"OLDPWD") => words.push(b"/"),
        // A slice of one byte of a variable: whichever it is.
        [b':', digit, .., b':', b'1'] if digit.is_ascii_digit() => words.push(&[ONE]),
        [b':', b'-' | b'=' | b'+', default @ ..] | [b'-' | b'=', default @ ..] => words.push(default),
        _ => {}
    }
}

fn glob(token: &[u8], words: &mut Words) {
    match token {
        b"*" => words.push(&[MANY]),
        [b'[', only, b']'] => words.push(&[*only]),
        _ => words.push(&[ONE]),
    }
    words.mark(Marks::GLOB);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<String> {
        let mut words = Words::default();
        read(text.as_bytes(), 0, false, &mut words);
        (0..words.count()).map(|i| String::from_utf8_lossy(words.word(i)).into_owned()).collect()
    }

    #[test]
    fn words_are_what_the_shell_would_run() {
        assert_eq!(words("c'a't /et\"c\"/host\\s"), ["cat", "/etc/hosts"]);
        assert_eq!(words("$'\\x6cs'$IFS-la"), ["ls", "-la"]);
        assert_eq!(words("head${IFS}-n1 x;y"), ["head", "-n1", "x"]);
        assert_eq!(words("{tail,-3,log}"), ["tail", "-3", "log"]);
        assert_eq!(words("un$@ame$u -a"), ["uname", "-a"]);
        assert_eq!(words("pi``ng lo$()op"), ["ping", "loop"]);
        assert_eq!(words("cat ${HOME:0:1}etc${x:-/}issue"), ["cat", "/etc/issue"]);
        assert_eq!(words("/b[i]n/l?"), ["/bin/l\x01"]);
        assert_eq!(words("id 2>&1 | cat"), ["id", "2", "1"]);
        assert_eq!(words("sleep 3 # 'never read'"), ["sleep", "3"]);
        assert_eq!(words("</tmp/x nl -b a"), ["nl", "-b", "a"]);
        assert_eq!(words("`id`x"), ["id"]);
        assert_eq!(words("c{h,}mod x{1,2}"), ["chmod", "x1"]);
        assert_eq!(words("$((7))z a"), ["7z", "a"]);
        assert_eq!(words("${HOME:3:1}d"), ["\x01d"]);
        assert_eq!(words("$SHELL -i"), ["sh", "-i"]);
        let mut w = Words::default();
        read(b"sort >", 0, false, &mut w);
        assert!(!w.redirected);
        read(b"sort > x", 0, false, &mut w);
        assert!(w.redirected);
    }

    #[test]
    fn marks_tell_what_was_hidden() {
        let mut w = Words::default();
        read(b"w'h'o", 0, false, &mut w);
        assert!(w.marks(0).any(Marks::BROKEN));
        read(b"'who'", 0, false, &mut w);
        assert!(w.marks(0).any(Marks::QUOTED) && !w.marks(0).any(Marks::BROKEN));
        read(b"who|x", 0, false, &mut w);
        assert_eq!((w.end, w.stop), (End::Pipe, 3));
    }

    proptest! {
        #[test]
        fn every_byte_is_in_exactly_one_token(bytes in prop::collection::vec(
            prop_oneof![any::<u8>(), prop::sample::select(&b"$(){}[]`'\"\\;&|<>#, aI*?+"[..])], 0..300)) {
            let mut at = 0;
            for token in Lexer::new(&bytes, 0, false) {
                prop_assert_eq!(token.start, at);
                prop_assert!(!token.bytes.is_empty());
                at += token.bytes.len();
            }
            prop_assert_eq!(at, bytes.len());
            read(&bytes, 0, true, &mut Words::default());
        }
    }
}
