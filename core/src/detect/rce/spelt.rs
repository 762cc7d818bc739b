//! Whether a value in which no program is named may yet hold a command.
//!
//! What comes in: a value without a word of [`Groups::COMMANDS`]. What goes out: whether a shell could still read the name of
//! a program in it: spelt in pieces by quotes, escapes or expansions, matched by a wildcard, or `.`, which is no word. What
//! always holds: never less than what [`command`](super::command) would find; a few vector searches at most.

use crate::bytes::{Wake, Words, has_pair};
use crate::detect::lex::find::places;
use crate::detect::{Groups, Value};

/// `known` with the words of [`command`](super::command)'s folders and the variable that names the command processor of Windows.
pub(super) const fn words(known: Words) -> Words {
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
        && memchr::memchr_iter(b'/', bytes).any(|at| {
            !at.checked_sub(1).and_then(|i| bytes.get(i)).is_some_and(in_word)
                && !matches!(bytes.get(at + 1), None | Some(b' ' | b'/' | b'\n' | b'\r'))
        })
}

/// Whether a path begins with a folder of programs or of temporary files.
pub(super) fn is_program_folder(word: &[u8]) -> bool {
    word.first() == Some(&b'/')
        && [&b"/tmp/"[..], b"/dev/shm/", b"/var/tmp/", b"/bin/", b"/sbin/", b"/usr/bin/", b"/usr/sbin/"]
            .iter()
            .chain(&[&b"/usr/local/bin/"[..], b"/lib/ld-", b"/lib64/ld-"])
            .any(|f| word.len() > f.len() && word.starts_with(f))
}

/// Whether `+` stands beside separators or before a path or flag: blanks that were encoded once more than decoded.
pub(super) fn plus_is_blank(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'+', bytes).any(|at| {
        matches!(at.checked_sub(1).and_then(|i| bytes.get(i)), Some(b'|' | b';' | b'&'))
            || matches!(bytes.get(at + 1), Some(b'|' | b'/' | b'-'))
    })
}
