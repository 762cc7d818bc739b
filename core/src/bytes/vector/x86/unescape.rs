//! Percent-encoding undone for a block of 64 bytes at once (AVX-512 with VBMI and VBMI2).
//!
//! The digits of all bytes are told, and those of an escape put together, whether or not one stands there; then what
//! belongs to no escape and what escapes stand for is moved together by one instruction.

use super::super::{BLOCK, Unescaped};
use super::wide::{all, load, within};
use std::arch::x86_64::*;

/// For each byte the place of the one before it.
const BEFORE: [u8; BLOCK] = {
    let (mut before, mut at) = ([0; BLOCK], 1);
    while at < BLOCK {
        before[at] = at as u8 - 1;
        at += 1;
    }
    before
};

#[target_feature(enable = "avx512bw,avx512vbmi,avx512vbmi2,bmi1,bmi2,popcnt")]
pub fn unescape(bytes: &[u8], out: &mut [u8], blank: [u8; 2]) -> Unescaped {
    let mut told = Unescaped::default();
    while let Some(rest) = bytes.get(told.taken..).filter(|rest| !rest.is_empty())
        && let Some(room) = out.get_mut(told.given..).and_then(|o| o.first_chunk_mut())
    {
        let taken = told.taken;
        block(rest, room, blank, &mut told);
        // An escape that the block cuts is whole in the next one.
        if told.taken - taken + 2 < rest.len().min(BLOCK) || told.taken == taken {
            break;
        }
    }
    told
}

#[inline]
#[target_feature(enable = "avx512bw,avx512vbmi,avx512vbmi2,bmi1,bmi2,popcnt")]
fn block(bytes: &[u8], out: &mut [u8; BLOCK], [from, to]: [u8; 2], told: &mut Unescaped) {
    let (len, v) = (bytes.len().min(BLOCK), load(bytes));
    let signs = _mm512_cmpeq_epi8_mask(v, all(b'%'));
    let blanks = _mm512_cmpeq_epi8_mask(v, all(from)) & within(len);
    let plain = _mm512_mask_blend_epi8(blanks, v, all(to));
    // SAFETY: the sixty-four bytes that are written are all of `out`.
    let store =
        |v: __m512i, out: &mut [u8; BLOCK]| unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), v) };
    if signs == 0 {
        told.blank |= blanks != 0;
        store(plain, out);
        (told.taken, told.given) = (told.taken + len, told.given + len);
        return;
    }
    let small = _mm512_or_si512(v, all(0x20));
    let digits = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(v, all(b'0')), all(10))
        | _mm512_cmplt_epu8_mask(_mm512_sub_epi8(small, all(b'a')), all(6));
    let escapes = signs & digits >> 1 & digits >> 2;
    // Others are left to the caller where they begin an escape of another kind, or may.
    let others = signs & !escapes;
    let ends = others & (_mm512_cmpeq_epi8_mask(small, all(b'u')) >> 1 | !within(len - len.min(2)));
    let end = if ends == 0 { len } else { ends.trailing_zeros() as usize };
    let ours = within(end);
    let (escapes, last) = (escapes & ours, escapes << 2 & ours);
    // Letters have the bit of 0x40, and are ten and more.
    let letters = _mm512_test_epi8_mask(v, all(0x40));
    let values = _mm512_and_si512(v, all(15));
    let values = _mm512_mask_add_epi8(values, letters, values, all(9));
    // SAFETY: the sixty-four bytes that are read are the array.
    let before = unsafe { _mm512_loadu_si512(BEFORE.as_ptr().cast()) };
    // Shifted by a half, nothing gets into the byte beside it.
    let high = _mm512_slli_epi16::<4>(_mm512_permutexvar_epi8(before, values));
    let undone = _mm512_mask_blend_epi8(last, plain, _mm512_or_si512(high, values));
    let kept = ours & !(escapes | escapes << 1);
    store(_mm512_maskz_compress_epi8(kept, undone), out);
    told.escape |= escapes != 0;
    told.zero |= _mm512_mask_testn_epi8_mask(last, undone, undone) != 0;
    told.blank |= blanks & ours != 0;
    told.stray |= others & ours != 0;
    let beyond = _mm512_mask_cmpge_epu8_mask(last, undone, all(0xc0));
    if beyond != 0 {
        told.lead |= leads(undone) & beyond != 0;
    }
    (told.taken, told.given) = (told.taken + end, told.given + kept.count_ones() as usize);
}

/// Where bytes stand that begin a sequence of UTF-8 of a kind that can be overlong.
#[inline]
#[target_feature(enable = "avx512bw")]
fn leads(v: __m512i) -> u64 {
    let is = |byte: u8| _mm512_cmpeq_epi8_mask(v, all(byte));
    is(0xc0) | is(0xc1) | is(0xe0) | is(0xf0) | is(0xf8) | is(0xfc)
}
