//! The first word behind a mark, as a walk goes over it: whether it is the name of no program and sets no variable.
//!
//! What comes in: its pieces, one by one. What goes out: whether nothing comes of it, now that it ends. What always holds: what the
//! [shell](crate::detect::lex::shell) would read there is looked up in the same tables; of what is not sure nothing is said.

use super::super::programs::{LONGEST, NAMES, lookup_path, may_begin};
use super::super::spelt::begins_program_folder;
use super::super::start::unversioned;
use crate::bytes::table;

/// What a byte is to the walk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// Of names: letters, digits, and a few others.
    Name,
    /// Of no name: a word with it names no program unless it is a path.
    Other,
    /// Of no name, but of what may come before a path.
    Colon,
    Equals,
    Slash,
    Plus,
    Blank,
    /// `;`, line ends.
    Separator,
    Ampersand,
    Pipe,
    Less,
    Greater,
    Backtick,
    Open,
    Close,
    BraceOpen,
    BraceClose,
    Comma,
    Single,
    Double,
    Backslash,
    Dollar,
    /// `?`, `*`
    Wild,
    Bracket,
    Hash,
}

/// What each byte is.
pub(super) static SIGNS: [Sign; 256] = table!(b => match b {
    b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'.' | b'_' | b'-' | b'!' => Sign::Name,
    b':' => Sign::Colon,
    b'=' => Sign::Equals,
    b'/' => Sign::Slash,
    b'+' => Sign::Plus,
    b' ' | b'\t' => Sign::Blank,
    b';' | b'\n' | b'\r' => Sign::Separator,
    b'&' => Sign::Ampersand,
    b'|' => Sign::Pipe,
    b'<' => Sign::Less,
    b'>' => Sign::Greater,
    b'`' => Sign::Backtick,
    b'(' => Sign::Open,
    b')' => Sign::Close,
    b'{' => Sign::BraceOpen,
    b'}' => Sign::BraceClose,
    b',' => Sign::Comma,
    b'\'' => Sign::Single,
    b'"' => Sign::Double,
    b'\\' => Sign::Backslash,
    b'$' => Sign::Dollar,
    b'?' | b'*' => Sign::Wild,
    b'[' => Sign::Bracket,
    b'#' => Sign::Hash,
    _ => Sign::Other,
});

/// The word under way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Word {
    /// One has begun, and where.
    pub(super) open: bool,
    pub(super) start: usize,
    /// It is put together from pieces: quotes or escapes stand in it, or what comes to nothing; and where the first of
    /// these stands.
    pub(super) joined: bool,
    pub(super) join: usize,
    /// It has a byte that no name has.
    pub(super) other: bool,
    /// It has a byte of a name.
    pub(super) named: bool,
    /// A quote in it is closed.
    pub(super) closed: bool,
    /// It has an equals sign.
    pub(super) equals: bool,
    /// It has a slash, or a wildcard.
    pub(super) slash: bool,
    pub(super) wild: bool,
}

impl Word {
    /// Begins, unless it has.
    #[inline(always)]
    pub(super) fn begin(&mut self, at: usize) {
        self.start = if self.open { self.start } else { at };
        self.open = true;
    }

    /// Goes on behind what joins pieces at `at`.
    #[inline(always)]
    pub(super) fn join(&mut self, at: usize) {
        self.join = if self.joined { self.join } else { at };
        self.joined = true;
    }

    /// Takes a byte that is quoted; whether the word can still be told.
    pub(super) fn quoted(&mut self, b: u8) -> bool {
        match SIGNS[usize::from(b)] {
            Sign::Name | Sign::Plus => self.named = true,
            Sign::Slash | Sign::Equals => return false,
            _ => self.other = true,
        }
        true
    }

    /// Whether it names nothing, now that it ends at `end`.
    #[inline(always)]
    pub(super) fn is_nothing(&self, bytes: &[u8], end: usize) -> bool {
        if self.slash {
            return self.is_no_path(bytes.get(self.start..end).unwrap_or_default());
        }
        if self.other || !self.open {
            return true;
        }
        // A quote that is never closed is no word: another may follow. Two with nothing in them are a word of no program.
        if !self.named {
            return self.closed;
        }
        // No program of Unix has a capital for its first letter.
        if bytes.get(self.start).is_some_and(u8::is_ascii_uppercase) {
            return true;
        }
        if self.joined {
            // PERF: an apostrophe in text.
            return !may_begin(bytes.get(self.start..self.join).unwrap_or_default())
                || self.is_no_name(bytes.get(self.start..end).unwrap_or_default());
        }
        is_no_name(bytes.get(self.start..end).unwrap_or_default())
    }

    /// Whether `word`, in which nothing stands but bytes of names and what joins them, names no program.
    ///
    /// PERF: documentation in code stands in three quotes, and keys in one.
    fn is_no_name(&self, word: &[u8]) -> bool {
        let (mut name, mut len) = ([0; LONGEST], 0);
        for b in word.iter().filter(|b| !matches!(b, b'\'' | b'"' | b'\\' | b'}')) {
            // No name is that long.
            let Some(slot) = name.get_mut(len) else { return true };
            (*slot, len) = (*b, len + 1);
        }
        is_no_name(name.get(..len).unwrap_or_default())
    }

    /// Whether `word`, which has a slash, is the path of no program. What a substitution comes to may be joined to it.
    ///
    /// PERF: so it is with comments of code, closing tags and paths in text.
    fn is_no_path(&self, word: &[u8]) -> bool {
        if self.joined {
            return false;
        }
        if self.wild {
            return word.iter().all(|b| matches!(b, b'/' | b'?' | b'*'));
        }
        !begins_program_folder(word) && lookup_path(word).is_none()
    }
}

/// Whether `word` is the name of no program, and no other word that a command may begin with.
#[inline(always)]
fn is_no_name(word: &[u8]) -> bool {
    // PERF: a version ends in a digit.
    let stem = word.last().filter(|last| last.is_ascii_digit()).and_then(|_| unversioned(word));
    !(word == b"." || NAMES.may_hold(word) || stem.is_some_and(|stem| NAMES.may_hold(stem)))
}
