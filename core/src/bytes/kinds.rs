//! The kinds of byte in a value ([`Wake`](super::Wake)), a vector at a time.
//!
//! Each byte is looked up by its two halves: a kind is told where the entry of the low half and that of the high half
//! share its bit. A kind that is no such rectangle of the code table (blanks: 0x20 and 0x09) is made of several bits, of
//! which those beyond the number of kinds are folded back at the end. The tables are derived from the one list of kinds.

#![allow(unsafe_code)]

use super::wake::TABLE;

/// Bits that are folded back: bit and the kind it belongs to.
const EXTRA: [(u32, u32); 4] = [(32, 26), (33, 28), (34, 28), (35, 30)];
/// Groups of eight bits.
const GROUPS: usize = 5;

/// For each group of bits the entries of the sixteen halves.
type Halves = [[u8; 16]; GROUPS];

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
    #[cfg(target_arch = "x86_64")]
    {
        if bytes.len() >= 32 && is_x86_feature_detected!("avx2") {
            // SAFETY: AVX2 is there.
            return fold(unsafe { avx2(bytes) });
        }
        if bytes.len() >= 4 && is_x86_feature_detected!("ssse3") {
            // SAFETY: SSSE3 is there.
            return fold(unsafe { ssse3(bytes) });
        }
    }
    portable(bytes)
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
#[cfg(target_arch = "x86_64")]
fn fold(bits: u64) -> u32 {
    EXTRA.iter().fold(bits as u32, |kinds, (bit, kind)| kinds | ((bits >> bit & 1) as u32) << kind)
}

/// All bits of `groups` of sixteen bytes each, put into one number.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "ssse3")]
fn gather(groups: [std::arch::x86_64::__m128i; GROUPS]) -> u64 {
    use std::arch::x86_64::*;
    // Two groups at a time: their halves are folded side by side, down to a byte of each.
    let pair = |a, b| {
        let folded = _mm_or_si128(_mm_unpacklo_epi64(a, b), _mm_unpackhi_epi64(a, b));
        let folded = _mm_or_si128(folded, _mm_srli_epi64::<32>(folded));
        let folded = _mm_or_si128(folded, _mm_srli_epi64::<16>(folded));
        _mm_or_si128(folded, _mm_srli_epi64::<8>(folded))
    };
    let (ab, cd, e) = (pair(groups[0], groups[1]), pair(groups[2], groups[3]), pair(groups[4], groups[4]));
    let byte = |v: __m128i| _mm_cvtsi128_si64(v) as u64 & 0xff;
    let upper = |v: __m128i| byte(_mm_unpackhi_epi64(v, v));
    byte(ab) | upper(ab) << 8 | byte(cd) << 16 | upper(cd) << 24 | byte(e) << 32
}

/// `bytes` are 4 or more.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "ssse3")]
fn ssse3(bytes: &[u8]) -> u64 {
    use std::arch::x86_64::*;
    // SAFETY: the sixteen bytes that are read lie in the array.
    let load = |b: &[u8; 16]| unsafe { _mm_loadu_si128(b.as_ptr().cast()) };
    let (low, high) = (HALVES.0.map(|t| load(&t)), HALVES.1.map(|t| load(&t)));
    let mut groups = [_mm_setzero_si128(); GROUPS];
    let mut take = |v: __m128i| {
        let half = _mm_set1_epi8(15);
        let (l, h) = (_mm_and_si128(v, half), _mm_and_si128(_mm_srli_epi16::<4>(v), half));
        for ((group, low), high) in groups.iter_mut().zip(low).zip(high) {
            let told = _mm_and_si128(_mm_shuffle_epi8(low, l), _mm_shuffle_epi8(high, h));
            *group = _mm_or_si128(*group, told);
        }
    };
    // Bytes that are read twice change nothing: the last vector overlaps the one before it.
    match (bytes.as_chunks::<16>().0, bytes.last_chunk::<16>()) {
        (whole, Some(last)) => {
            whole.iter().for_each(|b| take(load(b)));
            take(load(last));
        }
        _ => match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
            (Some(first), Some(last)) => {
                take(_mm_set_epi64x(i64::from_le_bytes(*first), i64::from_le_bytes(*last)));
            }
            _ => {
                let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) else {
                    return 0;
                };
                let (first, last) = (i32::from_le_bytes(*first), i32::from_le_bytes(*last));
                take(_mm_set_epi32(first, last, first, last));
            }
        },
    }
    gather(groups)
}

/// `bytes` are 32 or more.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2(bytes: &[u8]) -> u64 {
    use std::arch::x86_64::*;
    // SAFETY: the sixteen bytes that are read lie in the array.
    let table = |b: &[u8; 16]| _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(b.as_ptr().cast()) });
    let (low, high) = (HALVES.0.map(|t| table(&t)), HALVES.1.map(|t| table(&t)));
    let mut groups = [_mm256_setzero_si256(); GROUPS];
    let mut take = |b: &[u8; 32]| {
        // SAFETY: the thirty-two bytes that are read lie in the array.
        let v = unsafe { _mm256_loadu_si256(b.as_ptr().cast()) };
        let half = _mm256_set1_epi8(15);
        let (l, h) = (_mm256_and_si256(v, half), _mm256_and_si256(_mm256_srli_epi16::<4>(v), half));
        for ((group, low), high) in groups.iter_mut().zip(low).zip(high) {
            let told = _mm256_and_si256(_mm256_shuffle_epi8(low, l), _mm256_shuffle_epi8(high, h));
            *group = _mm256_or_si256(*group, told);
        }
    };
    bytes.as_chunks::<32>().0.iter().for_each(&mut take);
    bytes.last_chunk::<32>().iter().for_each(|b| take(b));
    gather(groups.map(|g| _mm_or_si128(_mm256_castsi256_si128(g), _mm256_extracti128_si256::<1>(g))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_told_at_every_place_of_every_length() {
        for byte in 0..=255 {
            for len in [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 100] {
                for at in 0..len {
                    let mut bytes = vec![b'~'; len];
                    bytes[at] = byte;
                    assert_eq!(of(&bytes), portable(&bytes), "{byte:#04x} at {at} of {len}");
                }
            }
        }
    }

    #[test]
    fn kinds_add_up() {
        let text: Vec<u8> = (0..=255).collect();
        for from in 0..256 {
            for to in from..=256 {
                assert_eq!(of(&text[from..to]), portable(&text[from..to]), "{from}..{to}");
            }
        }
    }
}
