//! The words of one command, as the interpreter would see them after quoting and expansion, in a fixed buffer.
//!
//! [`shell`](super::shell) and [`cmd`](super::cmd) fill it; detectors ask which program is named and with what.

/// Most bytes of words kept of one command.
const BUF: usize = 320;
/// Most words kept of one command.
const MOST: usize = 16;

/// In a word: exactly one byte, whichever (`?`, `[a-z]`).
pub const ONE: u8 = 0x01;
/// In a word: any number of bytes (`*`).
pub const MANY: u8 = 0x02;

/// What was odd about a word: a set of the constants below.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks(u8);

impl Marks {
    /// The word is in quotes as a whole.
    pub const QUOTED: Marks = Marks(1);
    /// Quotes, escapes or expansions that come to nothing stand inside the word: `c'a't`, `c\at`, `c$@at`, `c^at`.
    pub const BROKEN: Marks = Marks(2);
    /// A variable, parameter or arithmetic expansion is part of it.
    pub const EXPANDED: Marks = Marks(4);
    /// A pattern that the shell matches against file names.
    pub const GLOB: Marks = Marks(8);
    /// The blank that ends it comes from an expansion: `$IFS`, a brace list.
    pub const SPLIT: Marks = Marks(16);
    /// The output of a substitution is part of it.
    pub const SUBSTITUTED: Marks = Marks(32);

    /// Both sets together.
    pub const fn or(self, other: Marks) -> Marks {
        Marks(self.0 | other.0)
    }

    /// Whether the two sets share a mark.
    pub const fn any(self, other: Marks) -> bool {
        self.0 & other.0 != 0
    }
}

/// What ended a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// The value ended.
    #[default]
    Input,
    /// `;`, `&`, `&&`, `||` or a line end.
    Separator,
    /// `|`: another command reads the output.
    Pipe,
    /// A closing parenthesis, brace or backtick.
    Close,
    /// A command substitution opens.
    Substitution,
    /// A comment begins.
    Comment,
    /// More words or bytes than are kept.
    Cap,
}

/// One simple command: its words after quote removal and expansion.
#[derive(Debug)]
pub struct Words {
    buf: [u8; BUF],
    len: usize,
    ends: [(u16, Marks); MOST],
    n: usize,
    open: bool,
    marks: Marks,
    /// Whether input or output is redirected.
    pub redirected: bool,
    /// What ended the command.
    pub end: End,
    /// Where in the value the command ended.
    pub stop: usize,
    /// Tokens read, for guards on the work done.
    pub steps: usize,
}

impl Default for Words {
    fn default() -> Self {
        Words {
            buf: [0; BUF],
            len: 0,
            ends: [(0, Marks(0)); MOST],
            n: 0,
            open: false,
            marks: Marks(0),
            redirected: false,
            end: End::Input,
            stop: 0,
            steps: 0,
        }
    }
}

impl Words {
    /// Forgets the last command; counts of work stay.
    pub fn clear(&mut self) {
        (self.len, self.n, self.open, self.marks) = (0, 0, false, Marks(0));
        (self.redirected, self.end, self.stop) = (false, End::Input, 0);
    }

    /// How many words there are.
    pub fn count(&self) -> usize {
        self.n
    }

    /// The word at `index`, empty past the end.
    pub fn word(&self, index: usize) -> &[u8] {
        let Some(&(end, _)) = self.ends.get(index).filter(|_| index < self.n) else { return b"" };
        let start = match index.checked_sub(1).and_then(|before| self.ends.get(before)) {
            Some(&(before, _)) => before as usize,
            None => 0,
        };
        self.buf.get(start..end as usize).unwrap_or_default()
    }

    /// What was odd about the word at `index`.
    pub fn marks(&self, index: usize) -> Marks {
        self.ends.get(index).filter(|_| index < self.n).map_or(Marks(0), |w| w.1)
    }

    /// Whether a word has been begun and not finished.
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// Whether nothing more is kept.
    pub(super) fn is_full(&self) -> bool {
        self.n == MOST || self.len == BUF
    }

    /// How many more bytes are kept.
    pub(super) fn room(&self) -> usize {
        BUF - self.len
    }

    /// Adds bytes to the word under way.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.open = true;
        if let [b] = bytes {
            // PERF: most pieces are a byte.
            if let Some(slot) = self.buf.get_mut(self.len) {
                (*slot, self.len) = (*b, self.len + 1);
            }
            return;
        }
        let free = self.buf.get_mut(self.len..).unwrap_or_default();
        let kept = bytes.len().min(free.len());
        if let (Some(slots), Some(bytes)) = (free.get_mut(..kept), bytes.get(..kept)) {
            slots.copy_from_slice(bytes);
            self.len += kept;
        }
    }

    /// Marks the word under way, beginning one if there is none.
    pub(super) fn mark(&mut self, marks: Marks) {
        self.open = true;
        self.marks = self.marks.or(marks);
    }

    /// Bytes of the word under way.
    pub(super) fn pending(&self) -> usize {
        let start = self.n.checked_sub(1).and_then(|i| self.ends.get(i)).map_or(0, |w| w.0 as usize);
        self.len - start
    }

    /// The word under way, as far as it is read.
    pub(super) fn under_way(&self) -> &[u8] {
        self.buf.get(self.len - self.pending()..self.len).unwrap_or_default()
    }

    /// Forgets the word under way.
    pub(super) fn drop_pending(&mut self) {
        self.len -= self.pending();
        (self.open, self.marks) = (false, Marks(0));
    }

    /// Ends the word under way, if any. A word that expands to nothing is no word, unless it was quoted.
    pub(super) fn finish(&mut self, marks: Marks) {
        let is_word = self.open && (self.pending() > 0 || self.marks.any(Marks::QUOTED));
        if let Some(slot) = self.ends.get_mut(self.n).filter(|_| is_word) {
            *slot = (self.len as u16, self.marks.or(marks));
            self.n += 1;
        }
        (self.open, self.marks) = (false, Marks(0));
    }
}

/// Whether `pattern`, with [`ONE`] and [`MANY`], matches `text`. The patterns are short: at most `BUF` bytes.
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t, mut retry) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(&MANY) => {
                retry = Some((p, t));
                p += 1;
            }
            Some(&b) if Some(&b) == text.get(t) || b == ONE => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((star, from)) => {
                    (p, t) = (star + 1, from + 1);
                    retry = Some((star, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|&b| b == MANY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_file_names_do() {
        assert!(matches(b"/\x01\x01\x01/c\x01t", b"/bin/cat"));
        assert!(matches(b"/e\x02/p\x02d", b"/etc/passwd"));
        assert!(!matches(b"/e\x02/p\x02d", b"/etc/hosts"));
        assert!(matches(b"\x02", b"") && matches(b"", b"") && !matches(b"\x01", b""));
    }

    #[test]
    fn words_are_kept_up_to_the_cap() {
        let mut words = Words::default();
        for _ in 0..40 {
            words.push(b"0123456789abcdefghijklmnopqrstuvwxyz");
            words.finish(Marks::default());
        }
        assert!(words.is_full());
        assert_eq!(words.word(0), b"0123456789abcdefghijklmnopqrstuvwxyz");
        assert_eq!(words.word(99), b"");
    }
}
