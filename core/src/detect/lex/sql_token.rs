//! What the tokens of SQL are.

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
