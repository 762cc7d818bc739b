//! Words whose inner letters have changed places ("ignroe"): filters do not know them, and models do.
//!
//! A scrambled word is told by its first letter, its last and how often each letter occurs. Source: OWASP LLM Prompt Injection Prevention Cheat Sheet, "Typoglycemia-based attacks".

use super::calm::SUBJECT;
use super::lookup::{Is, Parts, SENSES, parts_of_known};
use super::tables::{role, sense};
use super::words::{DIGEST, KIN, MODEL, ROLES};

/// English words of `words.rs` and `sentence.rs` that commands to models are made of.
#[rustfmt::skip]
static WORDS: [&str; COUNT] = [
    "ignore", "disregard", "forget", "override", "neglect", "discard", "overlook", "dismiss", "bypass", "nullify", "abandon", "delete", "erase",
    "cancel", "follow", "following", "adhere", "comply", "previous", "prior", "above", "preceding", "earlier", "foregoing", "former", "existing",
    "before", "every", "entire", "whole", "instruction", "instructions", "prompt", "prompts", "directive", "directives", "rules", "guidelines",
    "restrictions", "restriction", "constraints", "limitations", "guardrails", "safeguards", "policies", "programming", "filters", "training",
    "orders", "limits", "censorship", "ethics", "boundaries", "reveal", "print", "output", "display", "repeat", "share", "disclose", "expose",
    "recite", "reproduce", "paste", "spell", "state", "return", "write", "quote", "translate", "summarize", "mention", "inform", "notify", "system",
    "hidden", "initial", "internal", "secret", "developer", "confidential", "original", "everything", "words", "lines", "contents",
    "conversation", "sentences", "verbatim", "message", "messages", "context", "configuration", "never", "without", "cannot", "please",
    "completely", "immediately", "assistant", "unrestricted", "uncensored", "unfiltered", "jailbreak", "unlimited", "pretend", "simulate",
    "behave", "anything", "become", "respond", "answer", "given", "received", "provided",
];
const COUNT: usize = 115;

/// How many times each letter of ASCII, in any case, occurs, two bits a letter, and above them the first letter and the last.
const fn signature(word: &[u8]) -> u64 {
    let (mut sum, mut i) = (0u64, 0);
    while i < word.len() {
        sum = sum.wrapping_add(1 << (2 * ((word[i] | 0x20) - b'a')));
        i += 1;
    }
    sum & ((1 << 52) - 1) | ends(word) << 52
}

/// The first letter and the last.
const fn ends(word: &[u8]) -> u64 {
    (((word[0] | 0x20) - b'a') as u64) << 5 | ((word[word.len() - 1] | 0x20) - b'a') as u64
}

static SIGNATURES: [u64; COUNT] = {
    let (mut out, mut i) = ([0; COUNT], 0);
    while i < COUNT {
        out[i] = signature(WORDS[i].as_bytes());
        i += 1;
    }
    out
};

/// Places of the table of signatures.
const PLACES: usize = 1 << 9;

/// The place of each signature: the number of the word, counted from one.
static BY_SIGNATURE: [u8; PLACES] = {
    let (mut out, mut i) = ([0; PLACES], 0);
    while i < COUNT {
        let mut at = place(SIGNATURES[i]);
        while out[at] != 0 {
            at = (at + 1) % PLACES;
        }
        i += 1;
        out[at] = i as u8;
    }
    out
};

/// Where the search for a signature begins.
const fn place(signature: u64) -> usize {
    (signature.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as usize % PLACES
}

/// What scrambled forms of words begin and end with: for each first and last letter a bit for each length. PERF: nearly all other
/// words differ in them from every one.
pub(super) struct Forms([u32; 1 << 10]);

/// The forms of all words.
pub(super) static FORMS: Forms = Forms::of(Parts::MAX);
/// Those of words that tell something near others, or with words far from them.
pub(super) static FORMS_OF_SUBJECTS: Forms = Forms::of(SUBJECT | role(KIN | MODEL | DIGEST));

/// Those of all words of letters of ASCII that do: scrambled or not, others tell nothing.
pub(super) static KNOWN_SUBJECTS: Forms =
    Forms::of_known(SUBJECT | role(KIN | MODEL | DIGEST) | sense(Is::Address));

impl Forms {
    /// The forms of all words of the lists that do or are something of `parts`.
    const fn of_known(parts: Parts) -> Forms {
        let (mut out, mut i) = ([0u32; 1 << 10], 0);
        while i < ROLES.len() + SENSES.len() {
            let (words, of) = match i.checked_sub(ROLES.len()) {
                None => (ROLES[i].0, role(ROLES[i].1)),
                Some(i) => (SENSES[i].0, sense(SENSES[i].1)),
            };
            let mut j = 0;
            while j < words.len() && of & parts != 0 {
                let word = words[j].as_bytes();
                out[pair(word[0], word[word.len() - 1])] |= 1 << (word.len() & 31);
                j += 1;
            }
            i += 1;
        }
        Forms(out)
    }

    /// The forms of the words that do or are something of `parts`.
    const fn of(parts: Parts) -> Forms {
        let (mut out, mut i) = ([0u32; 1 << 10], 0);
        while i < COUNT {
            let word = WORDS[i].as_bytes();
            assert!(word.len() >= SHORTEST && word.len() <= LONGEST);
            if parts == Parts::MAX || parts_of_known(word) & parts != 0 {
                out[pair(word[0], word[word.len() - 1])] |= 1 << word.len();
            }
            i += 1;
        }
        Forms(out)
    }

    /// Whether so many letters of ASCII, the first and the last of them given, may be a scrambled form.
    #[inline(always)]
    pub fn may_be(&self, first: u8, last: u8, len: usize) -> bool {
        // PERF: without a branch, for half of the words are too short. What is as long as two words is looked at for nothing.
        self.0[pair(first, last)] >> (len & 31) & 1 != 0
    }
}

/// The place of a first and a last letter, in any case.
#[inline(always)]
const fn pair(first: u8, last: u8) -> usize {
    ((first & 31) as usize) << 5 | (last & 31) as usize
}

/// Shortest word.
pub(super) const SHORTEST: usize = 5;
/// Longest word.
pub(super) const LONGEST: usize = 16;

/// Whether the `len` letters of ASCII at the start of `text` may be a scrambled form of a word.
#[inline]
pub(super) fn may_be_scrambled(text: &[u8], len: usize) -> bool {
    match (text.first(), text.get(len.wrapping_sub(1))) {
        (Some(first), Some(last)) => FORMS.may_be(*first, *last, len),
        _ => false,
    }
}

/// Bits of the filter of sums.
const SUMS: usize = 1 << 12;

/// The words by the sum of their letters, which is the same in whatever order they stand, and by the first and the last.
static BY_SUM: [u64; SUMS / 64] = {
    let (mut out, mut i) = ([0; SUMS / 64], 0);
    while i < COUNT {
        let word = WORDS[i].as_bytes();
        let (mut sum, mut j) = (0, 0);
        while j < word.len() {
            sum += (word[j] & 31) as usize;
            j += 1;
        }
        let at = place_of_sum(pair(word[0], word[word.len() - 1]), sum);
        out[at / 64] |= 1 << (at % 64);
        i += 1;
    }
    out
};

const fn place_of_sum(pair: usize, sum: usize) -> usize {
    ((pair << 9 | sum) as u32).wrapping_mul(0x9E37_79B1) as usize >> (u32::BITS - SUMS.trailing_zeros())
}

/// Whether `letters`, which [`may_be_scrambled`] says may be a form of a word, may still be one by the sum of them.
#[inline]
fn may_be_by_sum(letters: &[u8]) -> bool {
    let (Some(first), Some(last)) = (letters.first(), letters.last()) else { return false };
    let eights = letters.chunks(8).map(|eight| match eight.first_chunk() {
        Some(eight) => u64::from_le_bytes(*eight),
        None => eight.iter().fold(0, |word, b| word << 8 | u64::from(*b)),
    });
    // PERF: of 31 eight times there is still room in a byte, so the last one has the sum of all.
    let each = |word: u64| (word & 0x1f1f_1f1f_1f1f_1f1f).wrapping_mul(0x0101_0101_0101_0101) >> 56;
    let at = place_of_sum(pair(*first, *last), eights.map(each).sum::<u64>() as usize);
    BY_SUM[at / 64] >> (at % 64) & 1 != 0
}

/// The word that `letters`, in any case, is a scrambled form of.
pub(super) fn unscrambled(letters: &[u8]) -> Option<&'static [u8]> {
    if !may_be_scrambled(letters, letters.len())
        || !may_be_by_sum(letters)
        || !letters.iter().all(u8::is_ascii_alphabetic)
    {
        return None;
    }
    let wanted = signature(letters);
    let mut at = place(wanted);
    loop {
        let n = usize::from(*BY_SIGNATURE.get(at)?).checked_sub(1)?;
        if SIGNATURES.get(n) == Some(&wanted) {
            return WORDS.get(n).map(|w| w.as_bytes()).filter(|w| w.len() == letters.len());
        }
        at = (at + 1) % PLACES;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_letters_may_change_places() {
        for (scrambled, plain) in
            [("ignroe", "ignore"), ("instrucitons", "instructions"), ("sysetm", "system"), ("rlues", "rules")]
        {
            assert_eq!(unscrambled(scrambled.as_bytes()), Some(plain.as_bytes()));
        }
        for other in ["ingres", "rinse", "systems", "wordy", "rule", "caf\u{e9}s", "", "pritn1"] {
            assert_eq!(unscrambled(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn every_word_plays_a_part() {
        assert!(
            WORDS
                .iter()
                .all(|w| (5..=LONGEST).contains(&w.len()) && w.bytes().all(|b| b.is_ascii_lowercase()))
        );
        for (i, a) in SIGNATURES.iter().enumerate() {
            assert!(SIGNATURES.iter().skip(i + 1).all(|b| a != b), "{}", WORDS[i]);
        }
    }
}
