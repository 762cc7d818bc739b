//! Which words wake which detectors.
//!
//! What comes in: the bytes of a value. What goes out: the groups of known words in it ([`Groups`]). What always holds:
//! one pass for all detectors; a word of a group is never overlooked, whatever stands around it. To add one: a constant
//! in [`Groups`], its words in [`KNOWN`], and, where a class cannot do without them, a line in [`NEEDS`].
//!
//! The kinds of byte alone ([`Wake`]) wake half of the detectors for any sentence. A detector that reads a language
//! finds nothing without a word of that language, but where the payload spells its words in pieces: a detector names
//! the kinds of byte that such spelling takes, and is woken by them too.

use super::{Class, Value, mail, prompt};
use crate::bytes::{Wake, Words};

/// Groups of known words: a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Groups(u32);

impl Groups {
    /// No group.
    pub const NONE: Groups = Groups(0);

    /// The prefix of edge-side includes.
    pub const ESI: Groups = Groups(1);

    /// Commands of the protocols that mail servers speak.
    pub const MAIL: Groups = Groups(1 << 16);
    /// Words without which code for browsers needs a call.
    pub const SCRIPT: Groups = Groups(1 << 17);
    /// The name of the protocol, as in versions and addresses.
    pub const HTTP: Groups = Groups(1 << 18);
    /// Names on the way to an object's prototype.
    pub const PROTOTYPE: Groups = Groups(1 << 19);
    /// Prompt injection: what models are told, and rules.
    pub const TOLD: Groups = Groups(1 << 20);
    /// Prompt injection: what is done with it, or to it.
    pub const ORDER: Groups = Groups(1 << 21);
    /// Prompt injection: text by other names.
    pub const TEXT: Groups = Groups(1 << 22);
    /// Prompt injection: where such text stands, whose it is, and the user.
    pub const WHOSE: Groups = Groups(1 << 23);
    /// Prompt injection: to tell somebody.
    pub const TELL: Groups = Groups(1 << 24);
    /// Prompt injection: without bounds.
    pub const UNBOUND: Groups = Groups(1 << 25);
    /// Prompt injection: models, and what they are used for.
    pub const MODEL: Groups = Groups(1 << 26);
    /// Prompt injection: the word `anything`, which says something behind `do`.
    pub const ANYTHING: Groups = Groups(1 << 27);
    /// Prompt injection: single letters, of which a word may be spelt. Without those that stand about in English.
    pub const LETTER: Groups = Groups(1 << 28);

    /// Both sets together.
    pub const fn or(self, other: Groups) -> Groups {
        Groups(self.0 | other.0)
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
static KNOWN: Words = with_lists(with_lists(Words::NONE.with("esi", Groups::ESI.0), LISTS), &prompt::WORDS);

/// The words of most groups.
const LISTS: &[(&[&str], Groups)] = &[
    (&["location", "document", "throw"], Groups::SCRIPT),
    (&["http", "https"], Groups::HTTP),
    (mail::IMAP, Groups::MAIL),
    (mail::LINES, Groups::MAIL),
    (&["proto", "constructor", "prototype"], Groups::PROTOTYPE),
];

/// `known` with lists of words, each with its groups.
const fn with_lists(mut known: Words, lists: &[(&[&str], Groups)]) -> Words {
    let mut i = 0;
    while i < lists.len() {
        known = known.with_all(lists[i].0, lists[i].1.0);
        i += 1;
    }
    known
}

/// Classes that find nothing without a word of a group, but in values that hold a kind of byte of the last column.
pub(super) const NEEDS: &[(Class, Groups, Wake)] =
    &[(Class::Esi, Groups::ESI, Wake::NONE), (Class::Prompt, prompt::GROUPS, prompt::SPELLING)];

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
