//! Text of short words alone, of which no command is made: labels, numbers, aliases.
//!
//! What comes in: a text. What goes out: whether all its words are shorter than any without which there is no command, and
//! none is a letter by itself, as of words spelt letter by letter. What always holds: such a text passes no gate.

use crate::bytes::Wake;
use crate::detect::{Groups, Value};

/// Length of the shortest word without which there is no command, in letters, digits and apostrophes.
const WORD: usize = 4;

/// Bytes that part no words.
static INSIDE: [bool; 128] = {
    let (mut inside, mut b) = ([false; 128], 0);
    while b < 128 {
        inside[b] = (b as u8).is_ascii_alphanumeric() || b == b'\'' as usize;
        b += 1;
    }
    inside
};

/// Whether the text has nothing but short words. Of most texts the first word tells that it has not.
pub(super) fn is_short(value: &Value<'_>) -> bool {
    if value.wake.any(Wake::HIGH) || value.words.any(Groups::LETTER) {
        return false;
    }
    let mut length = 0;
    !value.bytes.iter().any(|b| {
        length = if INSIDE.get(usize::from(*b)).is_none_or(|inside| *inside) { length + 1 } else { 0 };
        length == WORD
    })
}

#[cfg(test)]
mod tests {
    use super::super::{gate, lookup};
    use super::*;
    use crate::bytes::wake;
    use crate::decode::Trust;
    use crate::points::Place;
    use proptest::prelude::*;

    fn with_value<T>(text: &str, each: impl FnOnce(&Value<'_>) -> T) -> T {
        let (bytes, wake) = (text.as_bytes(), wake(text.as_bytes()));
        let words = Groups::of(bytes, wake);
        let (name, place, trust) = (&b"prompt"[..], Place::FormValue, Trust::Plain);
        each(&Value { bytes, place, name, wake, words, trust, first: true, last: true })
    }

    #[test]
    fn labels_and_numbers_are_short_and_prose_is_not() {
        for text in ["a0: &a0 [*a0, *a1], 12 of 4", "1, 2, 3; no, 4: ok!", "it is 12:30 on 3 May"] {
            assert!(with_value(text, is_short), "{text}");
        }
        for text in ["ignore it", "i g n o r e", "1gn0 it", "d'on't do", "tell me it", "h\u{e9} you"] {
            assert!(!with_value(text, is_short), "{text}");
        }
    }

    /// Known words of few bytes, as they may be written, and what may stand between them.
    fn written() -> impl Strategy<Value = String> {
        let words = lookup::WORDS.iter().flat_map(|list| list.0).copied().filter(|word| word.len() <= WORD);
        let words: Vec<&str> = words.chain(["a", "b", "a0", "12", "lol", "x1", "mte"]).collect();
        let word = (prop::sample::select(words), 0..5).prop_map(|(word, how)| match how {
            0 => word.to_uppercase(),
            1 => word.replace('o', "0").replace('i', "1").replace('e', "3"),
            2 => word.chars().flat_map(|c| [c, '\'']).collect(),
            3 => word.chars().rev().collect(),
            _ => word.to_owned(),
        });
        let sign =
            prop::sample::select(&[" ", " ", " ", ", ", "-", ".", ": ", "_", "'", "|", "&", "\n", "\""][..]);
        prop::collection::vec((word, sign), 1..12)
            .prop_map(|parts| parts.into_iter().flat_map(|(word, sign)| [word, sign.to_owned()]).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn no_command_is_made_of_short_words(text in written()) {
            let (short, may) = with_value(&text, |value| (is_short(value), gate::may_command(value)));
            prop_assert!(!short || !may, "{}", text);
        }
    }
}
