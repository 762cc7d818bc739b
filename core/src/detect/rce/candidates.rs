//! Places in a value where a command may begin.

use super::start::is_plain_word;
use crate::bytes::{Places, Set, Wake};
use crate::detect::Value;

/// How the command begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opener {
    /// The value begins with it.
    Start,
    /// `;`
    Semicolon,
    /// `|`
    Pipe,
    /// `&`
    Ampersand,
    /// `&&` or `||`
    List,
    /// A line end.
    Line,
    /// `` ` ``
    Backtick,
    /// `$(`
    Substitution,
    /// `<(` or `>(`
    Process,
}

impl Opener {
    /// How much the mark itself says, before anything is known of the command.
    pub(super) fn weight(self) -> i8 {
        match self {
            Opener::Start => 0,
            Opener::Line | Opener::Backtick => 1,
            Opener::Semicolon | Opener::Pipe | Opener::Ampersand | Opener::List => 2,
            Opener::Substitution | Opener::Process => 3,
        }
    }

    pub(super) fn technique(self) -> &'static str {
        match self {
            Opener::Start => "shell-command",
            Opener::Backtick | Opener::Substitution | Opener::Process => "command-substitution",
            Opener::Pipe => "command-pipe",
            _ => "command-separator",
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Opener::Start => "the value is a shell command",
            Opener::Semicolon => "`;` ends the command before and begins",
            Opener::Pipe => "`|` pipes into a new command",
            Opener::Ampersand => "`&` begins another command",
            Opener::List => "`&&` or `||` begins another command",
            Opener::Line => "a line end begins another command",
            Opener::Backtick => "a backtick runs a command",
            Opener::Substitution => "`$(` runs a command",
            Opener::Process => "a process substitution runs a command",
        }
    }
}

/// Where a command begins: the mark, and the byte behind it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub opener: Opener,
    pub mark: usize,
    pub from: usize,
}

/// Calls `each` for every place where a command may begin; it answers whether one could from a later line end, too.
pub(super) fn candidates(value: &Value<'_>, mut each: impl FnMut(Candidate) -> bool) {
    let bytes = value.bytes;
    if value.first {
        let quotes =
            bytes.iter().take(4).take_while(|b| matches!(**b, b'\'' | b'"' | b')' | b' ' | b'\\')).count();
        each(Candidate { opener: Opener::Start, mark: 0, from: 0 });
        if quotes > 0 {
            each(Candidate { opener: Opener::Start, mark: 0, from: quotes });
        }
    }
    if !value.wake.any(KINDS) {
        return;
    }
    let mut at = 0;
    let mut ticks = 0usize;
    let mut marks = MARKS.places(bytes);
    while let Some(place) = next_mark(&mut marks, at) {
        at = place;
        let Some(&b) = bytes.get(at) else { return };
        if b != b'`'
            && let Some(word) = plain_word(bytes, at + 1)
        {
            at = word;
            continue;
        }
        let next = bytes.get(at + 1).copied().unwrap_or(0);
        let escaped = at > 0 && bytes.get(at - 1) == Some(&b'\\');
        let (opener, len) = match b {
            b';' => (Opener::Semicolon, 1),
            b'|' if next == b'|' => (Opener::List, 2),
            b'|' => (Opener::Pipe, 1),
            b'&' if next == b'&' => (Opener::List, 2),
            b'&' if next == b'>' => {
                at += 2;
                continue;
            }
            b'&' => (Opener::Ampersand, 1),
            b'\n' | b'\r' => (Opener::Line, 1),
            b'`' => (Opener::Backtick, 1),
            b'$' if next == b'(' => (Opener::Substitution, 2),
            b'<' | b'>' if next == b'(' => (Opener::Process, 2),
            _ => {
                at += 1;
                continue;
            }
        };
        let mark = at;
        at += len;
        if escaped && b != b'`' {
            continue;
        }
        if b == b'`' {
            let run = bytes.get(mark..).unwrap_or_default().iter().take_while(|b| **b == b'`').count();
            if run >= 3 {
                at = mark + run; // a fence of Markdown
                continue;
            }
            ticks += 1;
            if ticks.is_multiple_of(2) {
                continue;
            }
        }
        let skip = blanks(bytes, at);
        // Longer runs are padding: the command is read from the last of them on.
        let rest = bytes.get(at + skip..).unwrap_or_default();
        let padding =
            if skip == 16 { rest.iter().take_while(|b| matches!(**b, b' ' | b'\t')).count() } else { 0 };
        if rest.get(padding).is_some_and(|b| can_begin(*b)) {
            let from = if padding > 0 { at + skip + padding - 1 } else { at };
            let begun = each(Candidate { opener, mark, from });
            if !begun && skip < 16 && !matches!(rest.first(), Some(b'+' | b'@')) {
                at += skip; // a line end in between would come to the same word
            }
        }
    }
}

/// The first mark from `at` on.
fn next_mark(marks: &mut Places<'_>, at: usize) -> Option<usize> {
    marks.skip_to(at);
    marks.next()
}

/// How many blanks and line ends stand at `at`, 16 at most.
fn blanks(bytes: &[u8], at: usize) -> usize {
    let mut n = 0;
    while n < 16 && bytes.get(at + n).is_some_and(u8::is_ascii_whitespace) {
        n += 1;
    }
    n
}

/// Where the word behind a mark begins, if no command can: a line end in between would come to the same word.
///
/// PERF: so it is with most marks.
fn plain_word(bytes: &[u8], at: usize) -> Option<usize> {
    let skip = blanks(bytes, at);
    (skip < 16 && is_plain_word(bytes, at + skip)).then_some(at + skip)
}

/// The bytes that a mark begins with.
static MARKS: Set = Set::of(b";|&\n\r`$<>");
/// Their kinds.
const KINDS: Wake = Wake::SEMICOLON
    .or(Wake::PIPE)
    .or(Wake::AMPERSAND)
    .or(Wake::NEWLINE)
    .or(Wake::BACKTICK)
    .or(Wake::DOLLAR)
    .or(Wake::LESS)
    .or(Wake::GREATER);

/// Whether a command can begin with this byte.
fn can_begin(b: u8) -> bool {
    b.is_ascii_alphanumeric()
        || matches!(
            b,
            b'\''
                | b'"'
                | b'\\'
                | b'/'
                | b'$'
                | b'{'
                | b'.'
                | b'('
                | b'%'
                | b'^'
                | b'!'
                | b'@'
                | b'?'
                | b'*'
                | b'['
                | b'`'
                | b'~'
                | b'+'
                | b'_'
                | b':'
                | b'<'
                | b'>'
        )
}

/// `"`x`"`: a substitution inside the quotes of a shell, and nothing else.
pub(super) fn is_quoted(bytes: &[u8], mark: usize) -> bool {
    mark == 1
        && matches!(bytes, [open @ (b'"' | b'\''), b'`', inner @ .., b'`', close]
            if open == close && !inner.contains(&b'`'))
}
