//! Words in the masks of a block: how long they are, and which are of more than one kind of byte.

/// Where the bytes of a block are that may be in words: letters, digits, apostrophes and bytes beyond ASCII; and signs, the one that
/// begins a tag among them, if there is one.
pub(super) type Masks = [u64; 4];

/// How many bytes of words stand from `bit` on, 64 at most: they stand at `word`, and at `behind` of the next block.
#[inline(always)]
pub(super) fn length(word: u64, behind: u64, bit: u32) -> usize {
    // Shifting twice leaves nothing of the next block where the bit is the first.
    (!(word >> bit | behind << 1 << (63 - bit))).trailing_zeros() as usize
}

/// Of the words that begin at `starts` those that are neither letters nor digits alone: the bytes of words stand at `word`, and at `behind`
/// of the next block, and of which kinds they are `now` and `next` tell.
#[inline(always)]
pub(super) fn odd_starts(now: &Masks, next: &Masks, starts: u64, word: u64, behind: u64) -> u64 {
    let [letters, digits, ..] = *now;
    // Where a word goes on behind the bytes of one kind that it begins with: a sum carries a bit there.
    let changes = |kind: u64| kind.wrapping_add(starts & kind) & word & !kind;
    let mut changed = changes(letters) | changes(digits) | starts & !(letters | digits);
    let mut found = 0;
    while changed != 0 {
        let bit = changed.trailing_zeros();
        changed &= changed - 1;
        found |= (starts & u64::MAX >> (63 - bit)).checked_ilog2().map_or(0, |start| 1 << start);
    }
    if goes_on_otherwise(now, next, word, behind) != 0
        && let Some(last) = starts.checked_ilog2()
    {
        found |= 1 << last;
    }
    found
}

/// Not 0 if the last word of a block goes on in the next one with bytes of another kind than its last one, or as far as that goes: a word
/// as long as a block is none of those that are known.
///
/// PERF: nearly all words that go on in the next block go on as they began.
#[inline(always)]
pub(super) fn goes_on_otherwise(now: &Masks, next: &Masks, word: u64, behind: u64) -> u64 {
    let all = |bit: u64| (bit >> 63).wrapping_neg();
    let same = next[0] & all(now[0]) | next[1] & all(now[1]);
    let rest = behind & !behind.wrapping_add(1);
    (rest & !same | u64::from(behind == u64::MAX)) & all(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_of_more_than_one_kind_are_told(
            bytes in prop::collection::vec((prop::sample::select(&b"aaaaaaaa00' "[..]), prop_oneof![4 => 1usize..5, 1 => 1usize..90]), 1..60),
            before in 0u64..2,
        ) {
            let mut text: Vec<u8> = bytes.iter().flat_map(|(b, n)| std::iter::repeat_n(*b, *n)).collect();
            text.resize(text.len().max(128), b' ');
            let masks = |block: &[u8]| {
                [b'a', b'0', b'\'', b'<'].map(|kind| block.iter().rev().fold(0, |m, b| m << 1 | u64::from(*b == kind)))
            };
            let (now, next) = (masks(&text[..64]), masks(&text[64..128]));
            let any = |masks: &Masks| masks[0] | masks[1] | masks[2];
            let (word, behind) = (any(&now), any(&next));
            let starts = word & !(word << 1 | before);
            let odd = odd_starts(&now, &next, starts, word, behind);
            prop_assert_eq!(odd & !starts, 0);
            for bit in (0..64).filter(|bit| starts >> bit & 1 == 1) {
                let run = text[bit as usize..128].split(|b| *b == b' ').next().unwrap_or_default();
                prop_assert_eq!(length(word, behind, bit), run.len().min(64));
                let alone = |kind: u8| run.iter().all(|b| *b == kind);
                // What fills the next block may be told as odd.
                if bit as usize + run.len() < 128 {
                    prop_assert_eq!(odd >> bit & 1 == 0, alone(b'a') || alone(b'0'), "{} at {}", text.escape_ascii(), bit);
                } else {
                    prop_assert!(odd >> bit & 1 == 1);
                }
            }
        }
    }
}
