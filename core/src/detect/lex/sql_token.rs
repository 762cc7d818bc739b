//! What the tokens of SQL are, and those of one byte.

use super::sql_short::is_word;
use super::sql_words::{lookup, word_end};
use crate::bytes::{holds, table};

/// What part a word plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// `and`
    And,
    /// `or`
    Or,
    /// `xor`
    Xor,
    /// `not`
    Not,
    /// Comparing operators spelled as words: `like`, `rlike`, `regexp`, `sounds`.
    Compare,
    /// `between`
    Between,
    /// `in`
    In,
    /// `is`
    Is,
    /// `isnull`, `notnull`
    Postfix,
    /// `div`, `mod`
    Arith,
    /// `union` and the other set operators.
    Set,
    /// `select`
    Select,
    /// `from`
    From,
    /// `where`
    Where,
    /// `having`
    Having,
    /// `group`, `order`, `partition`: followed by `by`.
    Group,
    /// `by`
    By,
    /// `limit`, `offset`, `fetch`
    Limit,
    /// `into`
    Into,
    /// `outfile`, `dumpfile`
    Outfile,
    /// `procedure`
    Procedure,
    /// `for`
    For,
    /// `as`
    As,
    /// `join` and the words before it.
    Join,
    /// `on`
    On,
    /// Words before an operand: `all`, `distinct`, `exists`, `binary`, `interval`.
    Prefix,
    /// `case`
    Case,
    /// `when`
    When,
    /// `then`
    Then,
    /// `else`
    Else,
    /// `end`
    End,
    /// `null`, `true` and the other constants.
    Literal,
    /// What the session is: `current_user`, `sysdate`.
    Session,
    /// Words after an operand: `asc`, `collate`, `escape`.
    Tail,
    /// `waitfor`
    Delay,
    /// Words that begin a statement, but for `select`.
    Statement,
    /// Kinds of object that `create` and `drop` name.
    Object,
    /// Names of data types.
    Type,
    /// Functions and packages that make the server wait or work.
    Sleep,
    /// Functions that report their argument in an error message.
    Leak,
    /// Functions and procedures that reach files, hosts or the operating system.
    Reach,
    /// Functions that tell about the server and the session.
    Info,
    /// Catalog tables and columns.
    Catalog,
    /// Any other function of the manuals.
    Function,
    /// A word of no language reference: a name.
    Name,
}

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// White space of any kind, NUL included.
    Blank,
    /// A whole `/* */` comment, or the marks of a conditional one.
    Comment,
    /// `--` or `#` up to the end of the line; a line follows.
    Line,
    /// A comment that swallows the rest of the text.
    Terminator,
    /// A word.
    Word(Word),
    /// A name in backticks or brackets.
    Quoted,
    /// A number of any spelling.
    Number,
    /// A string with both its quotes.
    Str,
    /// A string that nothing closes.
    StrOpen,
    /// `@name`
    Variable,
    /// `@@name`
    SysVar,
    /// `?`, `:name`, `$1`
    Param,
    /// An operator that compares.
    Cmp,
    /// An operator that calculates.
    Arith,
    /// `||`
    Pipes,
    /// `&&`
    Amps,
    /// Operators on JSON and arrays: `->>`, `@>`, `?|`.
    Json,
    /// `:=`
    Assign,
    /// `::`
    Cast,
    /// `!`
    Bang,
    /// `,`
    Comma,
    /// `.`
    Dot,
    /// `;`
    Semi,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `{`
    BraceOpen,
    /// `}`
    BraceClose,
    /// `[` that begins no name.
    BracketOpen,
    /// `]`
    BracketClose,
    /// What no dialect knows.
    Other,
    /// The end of the text.
    Eof,
}

/// A token and where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
}

impl Token {
    /// Whether the token is only space between others.
    pub const fn is_trivia(self) -> bool {
        matches!(self.kind, Kind::Blank | Kind::Comment | Kind::Line)
    }
}

/// How a byte may be a token, as far as it and the byte behind it tell: a sign with none behind it that it may belong to.
pub(super) const SIGN: u8 = 1;
/// A plus sign, where it is one.
pub(super) const PLUS: u8 = 1 << 1;
/// A digit with no other behind it, nor a word.
pub(super) const DIGIT: u8 = 1 << 2;
/// A sign that is always a token.
pub(super) const LONE: u8 = 1 << 3;
/// A blank with no other behind it.
pub(super) const BLANK: u8 = 1 << 4;

/// What the token is that the byte `first` is by itself, if `next` behind it goes on with none of the `ways` that `first` has.
///
/// PERF: of expressions most tokens are such; so are the blanks between words.
#[inline(always)]
pub(super) fn alone(first: u8, next: u8, ways: u8) -> Option<Kind> {
    let (way, kind) = ALONE[usize::from(first)];
    (way & BEFORE[usize::from(next)] & ways != 0).then_some(kind)
}

/// What the token is that `first` and `next` are together, where a look at what stands `behind` tells.
#[inline(always)]
pub(super) fn pair(first: u8, next: u8, behind: impl Fn() -> u8) -> Option<Kind> {
    match (first, next) {
        (b'|', b'|') => Some(Kind::Pipes),
        (b'&', b'&') => Some(Kind::Amps),
        (b'<', b'>') | (b'>', b'=') => Some(Kind::Cmp),
        (b'<', b'=') => (behind() != b'>').then_some(Kind::Cmp),
        (b'!', b'=') => (behind() != b'=').then_some(Kind::Cmp),
        _ => None,
    }
}

/// How each byte may be a token, and of what kind.
static ALONE: [(u8, Kind); 256] = table!(b => match b {
    b'=' | b'<' | b'>' => (SIGN, Kind::Cmp),
    b'-' | b'*' | b'/' | b'%' | b'^' | b'&' | b'|' | b'~' => (SIGN, Kind::Arith),
    b'!' => (SIGN, Kind::Bang),
    b'?' => (SIGN, Kind::Param),
    b'+' => (PLUS, Kind::Arith),
    b'0'..=b'9' => (DIGIT, Kind::Number),
    b',' => (LONE, Kind::Comma),
    b';' => (LONE, Kind::Semi),
    b'(' => (LONE, Kind::Open),
    b')' => (LONE, Kind::Close),
    b'{' => (LONE, Kind::BraceOpen),
    b'}' => (LONE, Kind::BraceClose),
    b']' => (LONE, Kind::BracketClose),
    0..=b' ' => (BLANK, Kind::Blank),
    _ => (0, Kind::Other),
});

/// The ways of [`ALONE`] that each byte leaves to the one before it.
static BEFORE: [u8; 256] = table!(b => {
    let sign = if holds(b"=<>@-/*&|~", b) { 0 } else { SIGN };
    let digit = if is_word(b) || b == b'.' { 0 } else { DIGIT };
    let blank = if b > b' ' { BLANK } else { 0 };
    PLUS | LONE | sign | digit | blank
});

/// A keyword cut by empty comments, NUL bytes or `<>`, which a filter or an old parser takes out: `un/**/ion`.
pub fn joined(text: &[u8], at: usize, end: usize) -> Option<(Word, usize)> {
    let byte = |i: usize| text.get(i).copied().unwrap_or(0);
    let (mut buf, mut len, mut from, mut to) = ([0u8; 16], 0usize, at, end);
    let (mut known, mut signs) = (None, false);
    for _ in 0..4 {
        let piece = text.get(from..to)?;
        let Some(slots) = buf.get_mut(len..len + piece.len()) else {
            break;
        };
        slots.copy_from_slice(piece);
        len += piece.len();
        let part = lookup(buf.get(..len)?);
        if from > at {
            match part {
                // A comment between two words is only a blank.
                Word::Name if lookup(piece) != Word::Name => break,
                Word::Name => {}
                // Short names may well be compared: `a<>s`.
                _ if signs && len < 5 => {}
                part => known = Some((part, to)),
            }
        }
        let skip = match (byte(to), byte(to + 1)) {
            (b'/', b'*') => {
                let near = text.get(to + 2..(to + 34).min(text.len()))?;
                match memchr::memmem::find(near, b"*/") {
                    Some(i) => to + 4 + i,
                    None => break,
                }
            }
            (0, _) if to < text.len() => to + 1,
            (b'<', b'>') => {
                signs = true;
                to + 2
            }
            _ => break,
        };
        if !is_word(byte(skip)) {
            break;
        }
        (from, to) = (skip, word_end(text, skip));
    }
    known
}
