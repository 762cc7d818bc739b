//! Which words wake which detectors.
//!
//! What comes in: the bytes of a value. What goes out: the groups of known words in it ([`Groups`]). What always holds:
//! one pass for all detectors; a word of a group is never overlooked, whatever stands around it. To add one: a constant
//! in [`Groups`], its words in [`KNOWN`], and, where a class cannot do without them, a line in [`NEEDS`].
//!
//! The kinds of byte alone ([`Wake`]) wake half of the detectors for any sentence. A detector that reads a language
//! finds nothing without a word of that language, but where the payload spells its words in pieces: a detector names
//! the kinds of byte that such spelling takes, and is woken by them too.

use super::lex::sql;
use super::{Class, Value, mail, prompt, ptrav, rce, scanner, ssrf};
use crate::bytes::{Few, Wake, Words, all_masks_of};

/// Groups of known words: a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Groups(u64);

impl Groups {
    /// No group.
    pub const NONE: Groups = Groups(0);

    /// The prefix of edge-side includes.
    pub const ESI: Groups = Groups(1);
    /// Every word of SQL.
    pub const SQL: Groups = Groups(1 << 1);
    /// Words that a fragment of SQL may begin with, in the middle of other text.
    pub const SQL_OPENING: Groups = Groups(1 << 61);
    /// Words that a bare expression or statement of SQL may be made of, with nothing else that tells.
    pub const SQL_HINT: Groups = Groups(1 << 5);
    /// Words of SQL that join conditions.
    pub const SQL_JOINING: Groups = Groups(1 << 3);
    /// Of [`Groups::SQL_OPENING`], those with the suffix of a number before them.
    pub const SQL_GLUED: Groups = Groups(1 << 4);
    /// Words that a script of a document database needs, where no operator joins it.
    pub const SCRIPT: Groups = Groups(1 << 6);
    /// Words that tell of such a script, or of Cypher, by themselves.
    pub const QUERY: Groups = Groups(1 << 7);
    /// Words that clauses of Cypher begin with.
    pub const CYPHER: Groups = Groups(1 << 8);
    /// Commands of Redis and memcached.
    pub const WIRE: Groups = Groups(1 << 9);
    /// Functions of XPath.
    pub const XPATH: Groups = Groups(1 << 10);
    /// Programs of shells and words of their grammar, and folders of programs.
    pub const COMMANDS: Groups = Groups(1 << 16 | 1 << 60);
    /// Of [`Groups::COMMANDS`], names that are more than letters: digits or signs stand beside these (`c99`, `g++`).
    pub const NUMBERED: Groups = Groups(1 << 60);
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
    /// Of [`Groups::OBJECTS`], the words of expressions that reach into Java.
    pub const JAVA: Groups = Groups(1 << 27);
    /// Of [`Groups::POWERSHELL`], names of .NET.
    pub const DOTNET: Groups = Groups(1 << 28);
    /// Of [`Groups::NODE`], names of objects and of what they hold.
    pub const MEMBERS: Groups = Groups(1 << 29);
    /// Callback services and metadata services.
    pub const HOSTS: Groups = Groups(1 << 26);

    /// Commands of the protocols that mail servers speak.
    pub const MAIL: Groups = Groups(1 << 32);
    /// Words without which code for browsers needs a call.
    pub const BROWSER: Groups = Groups(1 << 33);
    /// The name of the protocol, as in versions and addresses.
    pub const HTTP: Groups = Groups(1 << 34);
    /// Names on the way to an object's prototype.
    pub const PROTOTYPE: Groups = Groups(1 << 35);
    /// Prompt injection: what models are told, and rules.
    pub const TOLD: Groups = Groups(1 << 36);
    /// Prompt injection: what is done with it, or to it.
    pub const ORDER: Groups = Groups(1 << 37);
    /// Prompt injection: text by other names.
    pub const TEXT: Groups = Groups(1 << 38);
    /// Prompt injection: where such text stands, whose it is, and the user.
    pub const WHOSE: Groups = Groups(1 << 39);
    /// Prompt injection: to tell somebody.
    pub const TELL: Groups = Groups(1 << 40);
    /// Prompt injection: without bounds.
    pub const UNBOUND: Groups = Groups(1 << 41);
    /// Prompt injection: models, and what they are used for.
    pub const MODEL: Groups = Groups(1 << 42);
    /// Prompt injection: the word `anything`, which says something behind `do`.
    pub const ANYTHING: Groups = Groups(1 << 43);
    /// Prompt injection: single letters, of which a word may be spelt. Without those that stand about in English.
    pub const LETTER: Groups = Groups(1 << 44);
    /// Prompt injection: relatives, of whom tales are told that have something read out.
    pub const KIN: Groups = Groups(1 << 45);

    /// Prompt injection: words of headings that pretend to be the system's.
    pub const HEADINGS: Groups = Groups(1 << 46);

    /// Both sets together.
    pub const fn or(self, other: Groups) -> Groups {
        Groups(self.0 | other.0)
    }

    /// Every group.
    #[cfg(test)]
    pub(super) const ALL: Groups = Groups(u64::MAX);

    /// What of this set is in the other one, too.
    pub const fn and(self, other: Groups) -> Groups {
        Groups(self.0 & other.0)
    }

    /// What of this set is not in the other one.
    pub const fn without(self, other: Groups) -> Groups {
        Groups(self.0 & !other.0)
    }

    /// Whether the two sets share a group.
    pub const fn any(self, other: Groups) -> bool {
        self.0 & other.0 != 0
    }

    /// The set as bits.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// How many groups there is room for.
    pub const MOST: usize = 64;

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
            (group < u64::BITS).then_some(group as usize)
        })
    }

    /// The groups of the words in `bytes`, whose kinds of byte are `kinds`.
    pub fn of(bytes: &[u8], kinds: Wake) -> Groups {
        if kinds.any(Wake::ALPHA) { Groups(KNOWN.find(bytes)).told() } else { Groups(0) }
    }

    /// Without those that tell nothing but where words stand.
    #[inline]
    const fn told(self) -> Groups {
        self.without(Groups::SAID.or(Groups::SUBJECT))
    }

    /// Words that do or are something in a command to a model, whatever that is: where they stand is noted ([`Places`]).
    const SAID: Groups = Groups(1 << 62);
    /// Of these, words without which nothing near them is such a command.
    const SUBJECT: Groups = Groups(1 << 63);

    /// The groups of the words in `bytes`, of which there are 64 at most, with letters where `letters` has bits.
    #[inline]
    pub(super) fn of_short(bytes: &[u8], letters: u64) -> Groups {
        Groups(KNOWN.find_in(bytes, letters)).told()
    }
}

/// Where words of a value stand that may do or be something in a command to a model, and those that fragments of SQL may begin
/// with: for each block of 64 bytes a bit for each.
///
/// PERF: the pass over all words meets them anyway; the detectors would have to look at every word again.
#[derive(Clone, Copy, Debug)]
pub struct Places<'a> {
    blocks: &'a [Noted],
    /// Where lines end.
    ends: &'a [u64],
}

/// What is noted of a block: where words of [`Groups::SQL_OPENING`] begin; and those of [`Groups::SAID`], each with the next bit if it
/// is of [`Groups::SUBJECT`], too.
pub type Noted = [u64; 2];

const _: () = assert!(Groups::SQL_OPENING.0 == 1 << 61);

impl<'a> Places<'a> {
    /// Bytes of a block.
    const BLOCK: usize = 64;
    /// Shortest value whose words are noted.
    pub const LEAST: usize = 96;
    /// Room for what is noted of a block.
    pub const ROOM: Noted = [0; 2];
    /// Nobody knows where words stand.
    pub const NONE: Places<'static> = Places { blocks: &[], ends: &[] };

    /// The groups of the words in `bytes`, whose kinds of byte are `kinds`, and their places: of as many blocks as `room` is for.
    pub fn of(bytes: &[u8], kinds: Wake, room: &'a mut [Noted]) -> (Groups, Places<'a>) {
        if bytes.len() < Places::LEAST || !kinds.any(Wake::ALPHA) {
            return (Groups::of(bytes, kinds), Places::NONE);
        }
        let groups = Groups(KNOWN.find_noting(bytes, room)).told();
        (groups, Places { blocks: room, ends: &[] })
    }

    /// With the places where the lines of `bytes` end: of as many blocks as `room` is for.
    ///
    /// PERF: three classes look at every line of a text.
    pub fn with_ends(self, bytes: &[u8], room: &'a mut [u64]) -> Places<'a> {
        all_masks_of(bytes, *b"\r\n", room);
        Places { ends: room, ..self }
    }

    /// Where CR and LF stand in the value, which is of so many bytes and has some, in order. `None` if nobody knows.
    #[inline]
    pub(super) fn ends(self, len: usize) -> Option<Ends<'a>> {
        let blocks = self.ends.get(..len.div_ceil(Places::BLOCK)).filter(|blocks| !blocks.is_empty())?;
        Some(Ends { blocks, next: 0, mask: 0, last: false })
    }

    /// Of the words that begin at `starts` in the block at `base` those that may do or be something in a command to a model, and of these
    /// the ones that may be such that without one nothing near them is a command. `None` if nobody knows.
    #[inline]
    pub(super) fn said(&self, base: usize, starts: u64) -> Option<[u64; 2]> {
        let noted = self.blocks.get(base / Places::BLOCK)?[1];
        // What would be noted behind the last bit may be there.
        Some([noted & starts, noted & starts & (noted >> 1 | 1 << 63)])
    }

    /// Of the words in the block at `base` those of [`Groups::SQL_OPENING`]; `None` if nobody knows.
    #[inline]
    pub(super) fn opens_sql(&self, base: usize) -> Option<u64> {
        self.blocks.get(base / Places::BLOCK).map(|noted| noted[0])
    }
}

/// Places of bytes that end lines.
#[derive(Clone, Debug)]
pub(super) struct Ends<'a> {
    blocks: &'a [u64],
    /// The block behind the one that is looked at.
    next: usize,
    /// The bytes of this one that are yet to be told.
    mask: u64,
    /// Whether of those side by side the last alone is told.
    last: bool,
}

impl Ends<'_> {
    /// Of those side by side the last ones alone.
    #[inline]
    pub(super) fn last_of_each(self) -> Self {
        Ends { last: true, ..self }
    }
}

impl Iterator for Ends<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.mask == 0 {
            let mask = *self.blocks.get(self.next)?;
            self.next += 1;
            self.mask = mask;
            if self.last && mask != 0 {
                let behind = self.blocks.get(self.next).copied().unwrap_or(0);
                self.mask &= !(mask >> 1 | behind << 63);
            }
        }
        let at = (self.next - 1) * Places::BLOCK + self.mask.trailing_zeros() as usize;
        self.mask &= self.mask - 1;
        Some(at)
    }
}

/// The groups of the word whose letters `bytes` begins with.
#[inline]
pub(super) fn first_word(bytes: &[u8]) -> Groups {
    Groups(KNOWN.at(bytes, 0)).told()
}

/// Whether the letters that begin at `at` are a word of [`Groups::SQL_OPENING`].
#[inline]
pub(super) fn opens_sql(bytes: &[u8], at: usize) -> bool {
    KNOWN.at(bytes, at) & Groups::SQL_OPENING.0 != 0
}

/// Where the words of [`Groups::SQL_OPENING`] stand in `bytes`, in order.
#[cfg(test)]
pub(super) fn openings(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    static OPENINGS: Few = KNOWN.few(Groups::SQL_OPENING.0);
    KNOWN.places(bytes, &OPENINGS)
}

/// Where the words of [`Groups::FILES`] stand in `bytes`, in order.
pub(super) fn files(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    static FILES: Few = KNOWN.few(Groups::FILES.0);
    KNOWN.places(bytes, &FILES)
}

/// The words that [`Groups::of`] knows.
static KNOWN: Words = {
    let known = Words::NONE.with("esi", Groups::ESI.0);
    let sql = sql::Bits {
        all: Groups::SQL.0,
        opening: Groups::SQL_OPENING.0,
        hinting: Groups::SQL_HINT.0,
        joining: Groups::SQL_JOINING.0,
        glued: Groups::SQL_GLUED.0,
    };
    // The `x` is of a statement in hexadecimal: its first letter begins with a digit.
    let known = sql::add_to(known, sql).with("x", Groups::SQL.0);
    let known = super::xpath::add_to(super::nosqli::add_to(known));
    let known = scanner::words(ssrf::words(ptrav::words(rce::words(known))));
    let known = with_lists(with_lists(known, LISTS), &prompt::WORDS);
    let known = prompt::with_said(known, prompt::RELEVANT, Groups::SAID.0);
    prompt::with_said(known, prompt::SUBJECT, Groups::SUBJECT.0)
};

/// The words of groups that have short lists.
const LISTS: &[(&[&str], Groups)] = &[
    (&["location", "document", "throw"], Groups::BROWSER),
    (&["http", "https"], Groups::HTTP),
    (mail::IMAP, Groups::MAIL),
    (mail::LINES, Groups::MAIL),
    (mail::COUNTED, Groups::MAIL),
    (&["proto", "constructor", "prototype"], Groups::PROTOTYPE),
    (prompt::HEADINGS, Groups::HEADINGS),
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
    &[(Class::Esi, Groups::ESI, Wake::NONE), (Class::Sqli, Groups::SQL, super::sqli::WORDLESS)];

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

#[cfg(test)]
mod tests {
    use super::super::{Classes, Hits, judge};
    use super::*;
    use crate::bytes::wake;
    use crate::decode::Trust;
    use crate::points::Place;
    use proptest::prelude::*;

    fn text() -> impl Strategy<Value = String> {
        const LINES: &[&str] = &[
            "Set-Cookie: a=b",
            "Bcc: all@b.example",
            "RCPT TO:<a@b.example>",
            "rcpt to: a@b",
            "V001 CREATE x",
            "QUIT",
            "HTTP/1.1 200 OK",
            "FLUSHALL",
            "set a 0 0 1",
            "*3",
            "$3",
            "<script>alert(1)</script>",
            "PS: I came",
            "so it goes on",
            "and/or both",
            "Made-Up: x",
            "To : me@a.example",
            "It was a long day in the old town, and nothing went wrong.",
            "%",
            "0a",
            "%0d",
            "",
            " ",
            "\t",
            "Conversations went",
            "Re x",
            "From me",
            "\u{560a}",
        ];
        let ends =
            prop::sample::select(&["\n", "\r\n", "\n\n", "\r", "\n\r", "%\n", " \n ", "\r\n\r\n", " "][..]);
        let lines = prop::collection::vec((prop::sample::select(LINES), ends, 0usize..3), 1..30);
        lines.prop_map(|lines| {
            let line = |(line, end, more): (&str, &str, usize)| {
                format!("{line}{}{end}", " and on it went".repeat(more))
            };
            lines.into_iter().map(line).collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn noted_line_ends_change_no_verdict(text in text(), place in 0usize..7, name in prop::sample::select(&["q", "text", "email"][..])) {
            let (bytes, kinds) = (text.as_bytes(), wake(text.as_bytes()));
            let place = [Place::FormValue, Place::QueryValue, Place::JsonValue, Place::XmlAttr, Place::HeaderValue, Place::Path, Place::CookieValue][place];
            let (mut room, mut lines) = ([Places::ROOM; 64], [0; 64]);
            let (words, places) = Places::of(bytes, kinds, &mut room);
            let value = Value { bytes, place, name: name.as_bytes(), wake: kinds, words, trust: Trust::Plain, first: true, last: true };
            let (mut hits, mut same) = (Hits::new(), Hits::new());
            judge(&value, places, Classes::ALL, &mut hits);
            let places = places.with_ends(bytes, &mut lines);
            let ends = |list: Option<Ends<'_>>| list.map(|ends| ends.collect::<Vec<_>>());
            let expected = |last: bool| {
                let end = |at: &usize| matches!(bytes.get(*at), Some(b'\r' | b'\n'));
                (0..bytes.len()).filter(|at| end(at) && !(last && end(&(at + 1)))).collect::<Vec<_>>()
            };
            if bytes.len() <= 64 * 64 {
                prop_assert_eq!(ends(places.ends(bytes.len())), Some(expected(false)));
                prop_assert_eq!(ends(places.ends(bytes.len()).map(Ends::last_of_each)), Some(expected(true)));
            } else {
                prop_assert!(places.ends(bytes.len()).is_none());
            }
            judge(&value, places, Classes::ALL, &mut same);
            prop_assert_eq!(hits, same, "{}", text.escape_debug());
        }
    }
}
