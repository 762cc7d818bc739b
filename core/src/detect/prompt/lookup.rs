//! What a word does in a command to a model: its parts, and what it is by itself.
//!
//! PERF: a text is looked up word by word; comparing with the words of the lists one after the other costs fifty times as
//! much as this table, in which nearly all words meet an empty place.

use super::words::{ROLES, Role};
use crate::detect::Groups;

/// A few words that matter by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Is {
    #[default]
    Other,
    You,
    To,
    Can,
    Want,
    If,
    Me,
    Be,
    Act,
    Anything,
    The,
    Let,
    Mode,
    Do,
    Past,
    Become,
    Answer,
    As,
    Enter,
    Address,
}

impl Is {
    /// The set that holds this one.
    pub const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// Words, in lower case, and what they are.
#[rustfmt::skip]
pub const SENSES: &[(&[&str], Is)] = &[
    (&["you", "u"], Is::You),
    (&["to"], Is::To),
    (&["can", "could", "will", "would"], Is::Can),
    (&["want", "need", "have", "like", "instructed", "told", "required", "asked", "allowed", "free"], Is::Want),
    (&["if", "when", "while", "unless", "why", "how", "does", "did", "whether"], Is::If),
    (&["me", "us"], Is::Me),
    (&["are", "is"], Is::Be),
    (&["were", "was"], Is::Past),
    (&["be", "become"], Is::Become),
    (&["respond", "answer", "reply", "speak"], Is::Answer),
    (&["as"], Is::As),
    (&["enter", "activate", "switch", "enable"], Is::Enter),
    (&["http", "https"], Is::Address),
    (&["act", "pretend", "roleplay", "simulate", "behave", "imagine", "play", "acting"], Is::Act),
    (&["anything"], Is::Anything),
    (&["the", "this", "these", "those", "that"], Is::The),
    (&["let", "make"], Is::Let),
    (&["mode"], Is::Mode),
    (&["do"], Is::Do),
];

/// Places of the table, four to a word.
const PLACES: usize = 1 << 11;

#[derive(Clone, Copy)]
struct Entry {
    /// Nothing where the place is empty.
    word: &'static str,
    role: Role,
    is: Is,
}

/// What a word does and is, or all words of a sentence: a bit for each role, and above them one for each sense.
pub type Parts = u64;

/// What a word that plays `role` and is `is` does and is.
pub const fn parts_of(role: Role, is: Is) -> Parts {
    role as u64 | (is.bit() as u64) << 32
}

struct Table {
    keys: [u64; PLACES],
    entries: [Entry; PLACES],
}

const fn place(key: u64, len: usize) -> usize {
    ((key ^ len as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 53) as usize % PLACES
}

/// The first bytes of the word of `len` bytes that begins `text`, letters of ASCII in lower case.
const fn key(text: &[u8], len: usize) -> u64 {
    let bytes = match text.first_chunk() {
        Some(first) => u64::from_le_bytes(*first),
        None => {
            let (mut bytes, mut i) = (0, 0);
            while i < text.len() && i < len {
                bytes |= (text[i] as u64) << (8 * i);
                i += 1;
            }
            bytes
        }
    };
    let kept = if len < 8 { len as u32 } else { 8 };
    (bytes | 0x2020_2020_2020_2020) & u64::MAX >> (64 - 8 * kept)
}

impl Table {
    /// With `word`, which plays `role` or is `is`, in addition to what is known of it.
    const fn with(&mut self, word: &'static str, role: Role, is: Is) {
        let key = key(word.as_bytes(), word.len());
        let mut at = place(key, word.len());
        while !self.entries[at].word.is_empty() && !same(self.entries[at].word.as_bytes(), word.as_bytes()) {
            at = (at + 1) % PLACES;
        }
        let Entry { role: known, is: sense, .. } = self.entries[at];
        let is = if matches!(sense, Is::Other) { is } else { sense };
        self.keys[at] = key;
        self.entries[at] = Entry { word, role: known | role, is };
    }
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len() && i == b.len()
}

static TABLE: Table = {
    let mut table =
        Table { keys: [0; PLACES], entries: [Entry { word: "", role: 0, is: Is::Other }; PLACES] };
    let mut i = 0;
    while i < ROLES.len() {
        let (words, role) = ROLES[i];
        let mut j = 0;
        while j < words.len() {
            table.with(words[j], role, Is::Other);
            j += 1;
        }
        i += 1;
    }
    i = 0;
    while i < SENSES.len() {
        let (words, is) = SENSES[i];
        let mut j = 0;
        while j < words.len() {
            table.with(words[j], 0, is);
            j += 1;
        }
        i += 1;
    }
    table
};

/// The entry of the word of `len` bytes at the start of `text`: its letters of ASCII in any case, all others in lower.
#[inline]
fn entry(text: &[u8], len: usize) -> Option<&'static Entry> {
    if len == 0 {
        return None;
    }
    let key = key(text, len);
    let mut at = place(key, len);
    while let (Some(known), Some(entry)) = (TABLE.keys.get(at), TABLE.entries.get(at)) {
        if *known == 0 {
            break;
        }
        // Eight letters of ASCII are the whole of the key.
        let whole = len <= 8 && key & 0x8080_8080_8080_8080 == 0;
        let same = || text.get(..len).is_some_and(|w| w.eq_ignore_ascii_case(entry.word.as_bytes()));
        if *known == key && entry.word.len() == len && (whole || same()) {
            return Some(entry);
        }
        at = (at + 1) % PLACES;
    }
    None
}

/// What the word of `len` bytes at the start of `text` does and is: its letters of ASCII in any case, all others in lower.
pub fn word(text: &[u8], len: usize) -> (Role, Is) {
    entry(text, len).map_or((0, Is::Other), |entry| (entry.role, entry.is))
}

/// What a word of the lists, in lower case, does and is.
pub const fn parts_of_known(word: &[u8]) -> Parts {
    let (mut parts, mut i) = (0, 0);
    while i < ROLES.len() + SENSES.len() {
        let (words, found) = match i.checked_sub(ROLES.len()) {
            None => (ROLES[i].0, parts_of(ROLES[i].1, Is::Other)),
            Some(i) => (SENSES[i].0, parts_of(0, SENSES[i].1)),
        };
        let mut j = 0;
        while j < words.len() {
            if same(words[j].as_bytes(), word) {
                parts |= found;
            }
            j += 1;
        }
        i += 1;
    }
    parts
}

/// The lists, and the groups that tell whether a text can hold a command.
pub const WORDS: [(&[&str], Groups); ROLES.len() + SENSES.len() + 1] = {
    let letters: &[&str] = &[
        "b", "c", "d", "e", "f", "g", "h", "j", "k", "l", "n", "o", "p", "q", "r", "u", "v", "w", "x", "y",
        "z",
    ];
    let mut out = [(letters, Groups::LETTER); ROLES.len() + SENSES.len() + 1];
    let mut i = 0;
    while i < ROLES.len() {
        out[i] = (ROLES[i].0, super::gate::groups(ROLES[i].1, Is::Other));
        i += 1;
    }
    while i < ROLES.len() + SENSES.len() {
        let (words, is) = SENSES[i - ROLES.len()];
        out[i] = (words, super::gate::groups(0, is));
        i += 1;
    }
    out
};

#[cfg(test)]
mod tests {
    use super::super::words::*;
    use super::*;

    fn of(text: &str) -> (Role, Is) {
        word(text.as_bytes(), text.len())
    }

    #[test]
    fn every_word_is_found_and_others_are_not() {
        for (list, role) in ROLES {
            for w in *list {
                assert_eq!(of(w).0, *role, "{w}: twice in the lists, or with a letter in upper case");
                assert_eq!(word(format!("{w} and more behind").as_bytes(), w.len()).0, *role);
                assert_eq!(of(&format!("{w}x")).0 & *role, 0, "{w}x");
            }
        }
        for (list, is) in SENSES {
            assert!(list.iter().all(|w| of(w).1 == *is), "{list:?}");
        }
        assert_eq!(
            (of("IgNore"), of("told"), of("free")),
            ((LEAVE, Is::Other), (GIVEN, Is::Want), (UNTIED, Is::Want))
        );
        assert_eq!((of(""), of("chairs"), of("é"), of("PRÉCÉDENTS")), Default::default());
    }

    #[test]
    fn every_word_that_can_be_spelt_has_a_letter_that_tells() {
        let (letters, _) = WORDS.last().expect("letters");
        for w in ROLES.iter().flat_map(|r| r.0).filter(|w| w.len() >= 4 && w.is_ascii()) {
            assert!(w.split("").any(|l| letters.contains(&l)), "{w}");
        }
    }
}
