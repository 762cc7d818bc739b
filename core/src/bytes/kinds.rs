//! The kinds of byte in a value ([`Wake`](super::Wake)), a vector at a time.
//!
//! Each byte is looked up by its two halves: a kind is told where the entry of the low half and that of the high half
//! share its bit. A kind that is no such rectangle of the code table (blanks: 0x20 and 0x09) is made of several bits, of
//! which those beyond the number of kinds are folded back at the end. The tables are derived from the one list of kinds.

use super::vector::{self, GROUPS, Halves};
use super::wake::TABLE;

/// Bits that are folded back: bit and the kind it belongs to.
const EXTRA: [(u32, u32); 4] = [(32, 26), (33, 28), (34, 28), (35, 30)];
/// The bit for `byte`, [`u32::MAX`] for a byte of no kind.
const fn bit(byte: usize) -> u32 {
    match (byte as u8, TABLE[byte]) {
        (_, 0) => u32::MAX,
        (b'\t', _) => 32,
        (0x10..=0x1f, _) => 33,
        (0x7f, _) => 34,
        // Letters fill two rows of the table from 1 on, and two rows up to A.
        (b'P'..=b'Z' | b'p'..=b'z', _) => 35,
        (_, kinds) => kinds.trailing_zeros(),
    }
}

/// The entries of the low and of the high halves.
const HALVES: (Halves, Halves) = {
    let (mut low, mut high) = ([[0; 16]; GROUPS], [[0; 16]; GROUPS]);
    let mut byte = 0;
    while byte < 256 {
        let bit = bit(byte);
        if bit != u32::MAX {
            let (group, mask) = (bit as usize / 8, 1 << (bit % 8));
            low[group][byte & 15] |= mask;
            high[group][byte >> 4] |= mask;
        }
        byte += 1;
    }
    // A byte is told the bits that its halves share: that must be its own bit and no other.
    byte = 0;
    while byte < 256 {
        let (mut told, mut group) = (0u64, 0);
        while group < GROUPS {
            told |= ((low[group][byte & 15] & high[group][byte >> 4]) as u64) << (8 * group);
            group += 1;
        }
        let bit = bit(byte);
        assert!(told == if bit == u32::MAX { 0 } else { 1 << bit }, "a kind is no rectangle");
        byte += 1;
    }
    (low, high)
};

/// The kinds in `bytes`, a bit for each.
pub(super) fn of(bytes: &[u8]) -> u32 {
    vector::halves(bytes, &HALVES).map_or_else(|| portable(bytes), fold)
}

fn portable(bytes: &[u8]) -> u32 {
    // PERF: four independent ORs keep the loads in flight; one accumulator would wait for each of them.
    let mut acc = [0u32; 4];
    let mut groups = bytes.chunks_exact(4);
    for g in &mut groups {
        acc[0] |= TABLE[g[0] as usize];
        acc[1] |= TABLE[g[1] as usize];
        acc[2] |= TABLE[g[2] as usize];
        acc[3] |= TABLE[g[3] as usize];
    }
    let rest = groups.remainder().iter().fold(0, |m, &b| m | TABLE[b as usize]);
    acc[0] | acc[1] | acc[2] | acc[3] | rest
}

/// The kinds of the bits that [`HALVES`] tell.
fn fold(bits: u64) -> u32 {
    EXTRA.iter().fold(bits as u32, |kinds, (bit, kind)| kinds | ((bits >> bit & 1) as u32) << kind)
}

#[cfg(test)]
mod tests {
    use super::super::vector::levels;
    use super::*;

    #[test]
    fn every_byte_is_told_at_every_place_of_every_length() {
        for byte in 0..=255 {
            for len in [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 100] {
                for at in 0..len {
                    let mut bytes = vec![b'~'; len];
                    bytes[at] = byte;
                    for _ in levels() {
                        assert_eq!(of(&bytes), portable(&bytes), "{byte:#04x} at {at} of {len}");
                    }
                }
            }
        }
    }

    #[test]
    fn kinds_add_up() {
        let text: Vec<u8> = (0..=255).collect();
        for from in 0..256 {
            for to in from..=256 {
                for _ in levels() {
                    assert_eq!(of(&text[from..to]), portable(&text[from..to]), "{from}..{to}");
                }
            }
        }
    }
}
