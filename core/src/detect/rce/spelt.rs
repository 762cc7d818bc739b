//! Whether a value in which no program is named may yet hold a command.
//!
//! What comes in: a value without a word of [`Groups::COMMANDS`]. What goes out: whether a shell could still read the name of
//! a program in it: spelt in pieces by quotes, escapes or expansions, matched by a wildcard, or `.`, which is no word. What
//! always holds: never less than what [`command`](super::command) would find; a few vector searches at most.

use super::programs::{KEYWORDS, lookup, lookup_path};
use super::shapes::is_assignment;
use crate::bytes::{self, Wake, has_pair};
use crate::detect::beside::Beside;
use crate::detect::lex::find::places;
use crate::detect::lex::words::Words;
use crate::detect::{Groups, Value};

/// `known` with the words of [`command`](super::command)'s folders and the variable that names the command processor of Windows.
pub(super) const fn words(known: bytes::Words) -> bytes::Words {
    known.with_all(
        &["tmp", "shm", "bin", "sbin", "lib", "comspec"],
        Groups::COMMANDS.without(Groups::NUMBERED).bits(),
    )
}

/// Kinds of byte by which the name of a program can be spelt in pieces, or matched, or made by a variable.
const SPELT: Wake = Wake::BACKSLASH.or(Wake::BRACE).or(Wake::STAR).or(Wake::BRACKET);

/// Whether the `$` at `at` may begin more than a substitution.
fn expands(bytes: &[u8], at: usize) -> bool {
    bytes.get(at + 1) != Some(&b'(') || bytes.get(at + 2) == Some(&b'(')
}

/// Whether the value, in which no program is named, may yet hold a command: one whose name is spelt in pieces, or `. x`.
pub(super) fn is_spelt(value: &Value<'_>) -> bool {
    let (bytes, wake) = (value.bytes, value.wake);
    // `<()` comes to nothing inside a word, and what follows `$(` is a command of its own.
    let substitutes = wake.any(Wake::PAREN) && wake.any(Wake::LESS.or(Wake::GREATER).or(Wake::DOLLAR));
    if wake.any(SPELT)
        || substitutes && has_pair(bytes, *b"()")
        || wake.any(Wake::DOLLAR) && places(bytes, b'$').any(|at| expands(bytes, at))
    {
        return true;
    }
    // A wildcard is read in paths only; the other mark is that of the Windows command processor.
    let marked = if wake.any(Wake::SLASH) {
        memchr::memchr2(b'^', b'?', bytes).is_some_and(|at| {
            memchr::memchr(b'^', bytes.get(at..).unwrap_or_default()).is_some() || begins_path(value)
        })
    } else {
        memchr::memchr(b'^', bytes).is_some()
    };
    let sliced = wake.any(Wake::PERCENT.or(Wake::BANG)) && wake.any(Wake::COLON) && has_pair(bytes, *b":~");
    let parted = wake.any(Wake::BLANK.or(Wake::PLUS).or(Wake::LESS).or(Wake::GREATER));
    marked
        || sliced
        || wake.any(Wake::QUOTE) && joins(bytes)
        || wake.any(Wake::DOT) && parted && sources(bytes)
}

/// Whether a dot stands alone, as a command.
fn sources(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'.', bytes).any(|at| {
        bytes.get(at + 1).is_none_or(|b| *b <= b' ' || b"+<>'\"`;|&()".contains(b))
            && !at.checked_sub(1).and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_alphanumeric)
    })
}

/// Whether quotes stand between bytes of a name: `c'a't`, `c""at`.
fn joins(bytes: &[u8]) -> bool {
    let named = |b: Option<&u8>| {
        b.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'+'))
    };
    memchr::memchr3_iter(b'\'', b'"', b'`', bytes).any(|at| {
        named(at.checked_sub(1).and_then(|i| bytes.get(i))) && {
            let behind = bytes.get(at..).unwrap_or_default();
            named(behind.iter().find(|b| !matches!(b, b'\'' | b'"' | b'`')))
        }
    })
}

/// Whether a word of the value may be a pattern for a path from the root: it begins with a slash or a wildcard, or with what
/// may come to one.
pub(super) fn begins_path(value: &Value<'_>) -> bool {
    let (bytes, wake) = (value.bytes, value.wake);
    if wake.any(SPELT.or(Wake::DOLLAR).or(Wake::QUOTE)) {
        return true;
    }
    memchr::memchr2_iter(b'/', b'?', bytes).any(|at| {
        let before = at.checked_sub(1).and_then(|i| bytes.get(i));
        before
            .is_none_or(|b| *b <= b' ' || matches!(b, b'+' | b';' | b'|' | b'&' | b'(' | b'<' | b'>' | b'@'))
    })
}

/// Whether a word of the value may come to a path from the root: it begins with a slash, if nothing in it can make one.
pub(super) fn roots_path(value: &Value<'_>) -> bool {
    let (bytes, wake) = (value.bytes, value.wake);
    if wake.any(Wake::BACKSLASH.or(Wake::DOLLAR).or(Wake::BRACE)) {
        return wake.any(Wake::SLASH.or(Wake::DOLLAR));
    }
    // A name or address goes on with it, and text parts words with it.
    let in_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'/' | b'.' | b'-' | b'_' | b'=');
    wake.any(Wake::SLASH)
        && value.may_hold(Beside::ROOTED)
        && memchr::memchr_iter(b'/', bytes).any(|at| {
            !at.checked_sub(1).and_then(|i| bytes.get(i)).is_some_and(in_word)
                && !matches!(bytes.get(at + 1), None | Some(b' ' | b'/' | b'\n' | b'\r'))
        })
}

/// Whether the last word of `read` may be what a command runs, or stand before it: one of the first four, behind nothing but words of
/// the grammar and assignments.
///
/// PERF: text has such words, and markup its attributes.
pub(super) fn may_run(read: &Words) -> bool {
    let keyword = |word: &[u8]| KEYWORDS.iter().any(|keyword| keyword.as_bytes() == word);
    let passed = |word: &[u8]| is_assignment(word) || keyword(word);
    let last = read.count().saturating_sub(1);
    if last > 3 || !(0..last).all(|i| passed(read.word(i))) {
        return true;
    }
    let word = read.word(last);
    let path = || lookup_path(word).is_some() || is_program_folder(word);
    lookup(word).is_some() || passed(word) || word.contains(&b'/') && path()
}

/// Folders of programs or of temporary files.
static FOLDERS: &[&[u8]] = &[
    b"/tmp/",
    b"/dev/shm/",
    b"/var/tmp/",
    b"/bin/",
    b"/sbin/",
    b"/usr/bin/",
    b"/usr/sbin/",
    b"/usr/local/bin/",
    b"/lib/ld-",
    b"/lib64/ld-",
];

/// Whether a path begins with one of the [`FOLDERS`].
pub(super) fn is_program_folder(word: &[u8]) -> bool {
    begins_program_folder(word) && !FOLDERS.contains(&word)
}

/// Whether a path begins with one of the [`FOLDERS`], or is one.
pub(super) fn begins_program_folder(word: &[u8]) -> bool {
    word.first() == Some(&b'/') && FOLDERS.iter().any(|folder| word.starts_with(folder))
}

/// Whether `+` stands beside separators or before a path or flag: blanks that were encoded once more than decoded.
pub(super) fn plus_is_blank(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'+', bytes).any(|at| {
        matches!(at.checked_sub(1).and_then(|i| bytes.get(i)), Some(b'|' | b';' | b'&'))
            || matches!(bytes.get(at + 1), Some(b'|' | b'/' | b'-'))
    })
}

#[cfg(test)]
mod tests {
    use super::super::candidates::{Candidate, Opener};
    use super::super::command::weigh;
    use super::super::setting::Setting;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_read_no_further_would_have_come_to_nothing(
            first in prop::sample::select(&["if", "do", "{", "!", "then", "while", "\"if\"", "i'f'", "sudo", "a=1"][..]),
            parts in prop::collection::vec(
                (
                    prop::sample::select(&[
                        "you", "the", "id", "cat", "c'a't", "\"id\"", "if", "!", "a=1", "/etc/passwd", "/tmp/x", "bin/id", "x/y", "sudo", "$x", "${IFS}",
                        "{id,x}", ".", "sh", "-c", "\\id", "", ">x", "<", "#",
                    ][..]),
                    prop::sample::select(&[" ", " ", " ", "\t", "", ";", "|", "(", ")", "`", "$(", "\n", "&"][..]),
                ),
                0..6,
            ),
            opener in prop::sample::select(&[Opener::Start, Opener::Semicolon, Opener::Line][..]),
        ) {
            let text = format!("{first} {}", parts.iter().flat_map(|(a, b)| [*a, *b]).collect::<String>());
            let candidate = Candidate { opener, mark: 0, from: 0 };
            let found = |matched| {
                let setting = Setting { matched, ..Setting::default() };
                weigh(text.as_bytes(), candidate, setting, true, &mut Words::default(), None)
            };
            prop_assert_eq!(format!("{:?}", found(false)), format!("{:?}", found(true)), "{}", text);
        }
    }
}
