//! Places in a value where a command may begin.

use super::start::is_plain_word;
use crate::bytes::{Set, Triples, Wake, holds, table};
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
    let wake = value.wake;
    if !(wake.any(KINDS) || wake.any(Wake::PAREN) && wake.any(SUBSTITUTES)) {
        return;
    }
    let mut at = 0;
    let mut ticks = 0usize;
    let mut marks = MARKS.beside(bytes, &TELLING, 1);
    loop {
        marks.skip_to(at);
        let Some(place) = marks.next() else { return };
        let Some(&b) = bytes.get(place) else { return };
        let next = bytes.get(place + 1).copied().unwrap_or(0);
        let (opener, mark, from) = match b {
            b';' => (Opener::Semicolon, place, place + 1),
            b'|' if next == b'|' => (Opener::List, place, place + 2),
            b'|' => (Opener::Pipe, place, place + 1),
            b'&' if next == b'&' => (Opener::List, place, place + 2),
            b'&' if next == b'>' => {
                at = place + 2;
                continue;
            }
            b'&' => (Opener::Ampersand, place, place + 1),
            b'\n' | b'\r' => (Opener::Line, place, place + 1),
            b'`' => (Opener::Backtick, place, place + 1),
            // `(`, behind the sign that it makes a substitution of.
            _ => match place.checked_sub(1).filter(|sign| *sign >= at).and_then(|sign| bytes.get(sign)) {
                Some(b'$') => (Opener::Substitution, place - 1, place + 1),
                Some(b'<' | b'>') => (Opener::Process, place - 1, place + 1),
                _ => {
                    at = place + 1;
                    continue;
                }
            },
        };
        at = from;
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
        } else if mark.checked_sub(1).and_then(|i| bytes.get(i)) == Some(&b'\\') {
            continue; // escaped
        }
        let skip = blanks(bytes, at);
        // Longer runs are padding: the command is read from the last of them on.
        let rest = bytes.get(at + skip..).unwrap_or_default();
        let padding =
            if skip == 16 { rest.iter().take_while(|b| matches!(**b, b' ' | b'\t')).count() } else { 0 };
        if !rest.get(padding).is_some_and(|b| BEGINS[usize::from(*b)]) {
            continue;
        }
        // PERF: so it is with most marks. A line end in between would come to the same word.
        if b != b'`' && skip < 16 && is_plain_word(bytes, at + skip) {
            at += skip;
            continue;
        }
        let from = if padding > 0 { at + skip + padding - 1 } else { at };
        let begun = each(Candidate { opener, mark, from });
        if !begun && skip < 16 && !matches!(rest.first(), Some(b'+' | b'@')) {
            at += skip; // a line end in between would come to the same word
        }
    }
}

/// How many blanks and line ends stand at `at`, 16 at most.
fn blanks(bytes: &[u8], at: usize) -> usize {
    let mut n = 0;
    while n < 16 && bytes.get(at + n).is_some_and(u8::is_ascii_whitespace) {
        n += 1;
    }
    n
}

/// The bytes that a mark begins with, or ends in.
static MARKS: Set = Set::of(b";|&\n\r`(");
/// The same behind another: most parentheses make no substitution.
static TELLING: Triples = Triples::NONE
    .with(0, [b"", b";", b""])
    .with(1, [b"", b"|", b""])
    .with(2, [b"", b"&", b""])
    .with(3, [b"", b"\n\r", b""])
    .with(4, [b"", b"`", b""])
    .with(5, [b"$", b"(", b""])
    .with(6, [b"<>", b"(", b""]);
/// Their kinds, but for those of substitutions.
const KINDS: Wake = Wake::SEMICOLON.or(Wake::PIPE).or(Wake::AMPERSAND).or(Wake::NEWLINE).or(Wake::BACKTICK);
/// The kinds before the parenthesis of a substitution.
const SUBSTITUTES: Wake = Wake::DOLLAR.or(Wake::LESS).or(Wake::GREATER);

/// Whether a command can begin with a byte.
static BEGINS: [bool; 256] = table!(b => b.is_ascii_alphanumeric() || holds(b"'\"\\/${.(%^!@?*[`~+_:<>", b));

/// `"`x`"`: a substitution inside the quotes of a shell, and nothing else.
pub(super) fn is_quoted(bytes: &[u8], mark: usize) -> bool {
    mark == 1
        && matches!(bytes, [open @ (b'"' | b'\''), b'`', inner @ .., b'`', close]
            if open == close && !inner.contains(&b'`'))
}
