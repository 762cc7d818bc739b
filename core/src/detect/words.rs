//! Which words wake which detectors.
//!
//! What comes in: the bytes of a value. What goes out: the groups of known words in it ([`Groups`]). What always holds:
//! one pass for all detectors; a word of a group is never overlooked, whatever stands around it. To add one: a constant
//! in [`Groups`], its words in [`KNOWN`], and, where a class cannot do without them, a line in [`NEEDS`].
//!
//! The kinds of byte alone ([`Wake`]) wake half of the detectors for any sentence. A detector that reads a language
//! finds nothing without a word of that language, but where the payload spells its words in pieces: a detector names
//! the kinds of byte that such spelling takes, and is woken by them too.

use super::{Class, Value, ptrav, rce, scanner, ssrf};
use crate::bytes::{Wake, Words};

/// Groups of known words: a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Groups(u32);

impl Groups {
    /// The prefix of edge-side includes.
    pub const ESI: Groups = Groups(1);
    /// Programs of shells and words of their grammar, and folders of programs.
    pub const COMMANDS: Groups = Groups(1 << 16);
    /// Functions that run, decode or read something; settings of PHP; commands of database clients.
    pub const CODE: Groups = Groups(1 << 17);
    /// `x` and `qx` on their own: `%x(..)`, `qx/../`, `0x2f`.
    pub const X: Groups = Groups(1 << 18);
    /// Names of Java, of .NET and of notations that make objects.
    pub const OBJECTS: Groups = Groups(1 << 19);
    /// Names by which code in Node reaches the system.
    pub const NODE: Groups = Groups(1 << 20);
    /// Commands and methods of PowerShell.
    pub const POWERSHELL: Groups = Groups(1 << 21);
    /// Functions and modules that pickles of Python load.
    pub const PICKLE: Groups = Groups(1 << 22);
    /// Names of files and folders of a server that attackers read.
    pub const FILES: Groups = Groups(1 << 23);
    /// Folders that every host name or browser names too: they count in front of a separator only.
    pub const ROOTS: Groups = Groups(1 << 24);
    /// Stream wrappers.
    pub const WRAPPERS: Groups = Groups(1 << 25);
    /// Callback services and metadata services.
    pub const HOSTS: Groups = Groups(1 << 26);

    /// Both sets together.
    pub const fn or(self, other: Groups) -> Groups {
        Groups(self.0 | other.0)
    }

    /// The set as [`Words`] takes it.
    pub(super) const fn bits(self) -> u32 {
        self.0
    }

    /// Whether the two sets share a group.
    pub const fn any(self, other: Groups) -> bool {
        self.0 & other.0 != 0
    }

    /// How many groups there is room for.
    pub const MOST: usize = 32;

    /// The group with number `n`, below [`Groups::MOST`].
    pub const fn group(n: usize) -> Groups {
        Groups(1 << n)
    }

    /// The numbers of the groups in this set.
    pub fn groups(self) -> impl Iterator<Item = usize> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let group = rest.trailing_zeros();
            rest &= rest.wrapping_sub(1);
            (group < u32::BITS).then_some(group as usize)
        })
    }

    /// The groups of the words in `bytes`, whose kinds of byte are `kinds`.
    pub fn of(bytes: &[u8], kinds: Wake) -> Groups {
        if kinds.any(Wake::ALPHA) { Groups(KNOWN.find(bytes)) } else { Groups(0) }
    }
}

/// The words that [`Groups::of`] knows.
static KNOWN: Words = {
    let known = Words::NONE.with("esi", Groups::ESI.0);
    scanner::words(ssrf::words(ptrav::words(rce::words(known))))
};

/// Classes that find nothing without a word of a group, but in values that hold a kind of byte of the last column.
pub(super) const NEEDS: &[(Class, Groups, Wake)] = &[(Class::Esi, Groups::ESI, Wake::NONE)];

/// What [`NEEDS`] says of a class; most need no word.
pub(super) const fn needed(class: Class) -> Option<(Groups, Wake)> {
    let mut i = 0;
    while i < NEEDS.len() {
        let (of, groups, kinds) = NEEDS[i];
        if of as u8 == class as u8 {
            return Some((groups, kinds));
        }
        i += 1;
    }
    None
}

/// Whether `value` holds a word that `class` cannot do without, or what excuses from it.
pub fn is_worded(class: Class, value: &Value<'_>) -> bool {
    needed(class).is_none_or(|(groups, kinds)| value.words.any(groups) || value.wake.any(kinds))
}

/// For tests: the groups of the words in `bytes`.
#[cfg(test)]
pub(super) fn words(bytes: &[u8]) -> Groups {
    Groups::of(bytes, crate::bytes::wake(bytes))
}
