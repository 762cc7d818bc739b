//! Characters that stand for an ASCII one.
//!
//! Two sources. Compatibility decompositions to one ASCII character (Unicode 14, form NFKC: full-width forms, mathematical
//! and circled letters, superscripts), which applications apply when they normalise. And the best-fit mapping of Windows
//! code page 1252 (Unicode's `bestfit1252.txt`) with the quotation marks, slashes and angle brackets that other single-byte
//! code pages fold likewise, which databases and older servers apply when they leave Unicode.

/// What a character folds to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fold {
    /// The ASCII text, empty if the character is invisible.
    pub(super) to: &'static [u8],
    /// Whether it is so rare in prose that it tells by itself. Dashes, blanks and the punctuation of Chinese and
    /// Japanese text are not.
    pub(super) telling: bool,
}

/// What kind of range an entry is: telling or common, one character for all or counting up.
#[derive(Clone, Copy)]
struct Kind {
    telling: bool,
    rising: bool,
}

const S: Kind = Kind { telling: true, rising: false };
const R: Kind = Kind { telling: true, rising: true };
const W: Kind = Kind { telling: false, rising: false };
const X: Kind = Kind { telling: false, rising: true };

/// First code point, number of them, what the first folds to, kind. In ascending order.
#[rustfmt::skip]
static RANGES: &[(u32, u8, u8, Kind)] = &[
    (0xa0, 1, 0x20, W), (0xaa, 1, 0x61, W), (0xb2, 2, 0x32, X), (0xb4, 1, 0x27, S), (0xb9, 1, 0x31, W),
    (0xba, 1, 0x6f, W), (0x130, 1, 0x49, W), (0x131, 1, 0x69, W), (0x17f, 1, 0x73, S),
    (0x1c0, 1, 0x7c, S), (0x1c3, 1, 0x21, W), (0x2b0, 1, 0x68, S), (0x2b2, 1, 0x6a, S),
    (0x2b3, 1, 0x72, S), (0x2b7, 1, 0x77, S), (0x2b8, 1, 0x79, S), (0x2b9, 1, 0x27, S),
    (0x2ba, 1, 0x22, S), (0x2bb, 3, 0x27, S), (0x2c4, 1, 0x5e, W), (0x2c6, 1, 0x5e, W),
    (0x2c8, 1, 0x27, S), (0x2ca, 1, 0x27, S), (0x2cb, 1, 0x60, S), (0x2cd, 1, 0x5f, W),
    (0x2dd, 1, 0x22, S), (0x2e1, 1, 0x6c, S), (0x2e2, 1, 0x73, S), (0x2e3, 1, 0x78, S),
    (0x2ee, 1, 0x22, S), (0x37e, 1, 0x3b, W), (0x589, 1, 0x3a, W), (0x66a, 1, 0x25, S),
    (0x180e, 1, 0x20, W), (0x1d2c, 1, 0x41, S), (0x1d2e, 1, 0x42, S), (0x1d30, 2, 0x44, R),
    (0x1d33, 8, 0x47, R), (0x1d3c, 1, 0x4f, S), (0x1d3e, 1, 0x50, S), (0x1d3f, 1, 0x52, S),
    (0x1d40, 2, 0x54, R), (0x1d42, 1, 0x57, S), (0x1d43, 1, 0x61, S), (0x1d47, 1, 0x62, S),
    (0x1d48, 2, 0x64, R), (0x1d4d, 1, 0x67, S), (0x1d4f, 1, 0x6b, S), (0x1d50, 1, 0x6d, S),
    (0x1d52, 1, 0x6f, S), (0x1d56, 1, 0x70, S), (0x1d57, 2, 0x74, R), (0x1d5b, 1, 0x76, S),
    (0x1d62, 1, 0x69, S), (0x1d63, 1, 0x72, S), (0x1d64, 2, 0x75, R), (0x1d9c, 1, 0x63, S),
    (0x1da0, 1, 0x66, S), (0x1dbb, 1, 0x7a, S), (0x1fef, 1, 0x60, W), (0x2000, 11, 0x20, W),
    (0x2010, 6, 0x2d, W), (0x2018, 4, 0x27, S), (0x201c, 4, 0x22, S), (0x2024, 1, 0x2e, S),
    (0x202f, 1, 0x20, W), (0x2032, 1, 0x27, S), (0x2033, 1, 0x22, S), (0x2035, 1, 0x60, S),
    (0x2039, 1, 0x3c, S), (0x203a, 1, 0x3e, S), (0x2044, 1, 0x2f, S), (0x204e, 1, 0x2a, S),
    (0x205f, 1, 0x20, W), (0x2070, 1, 0x30, S), (0x2071, 1, 0x69, S), (0x2074, 6, 0x34, R),
    (0x207a, 1, 0x2b, S), (0x207c, 1, 0x3d, S), (0x207d, 2, 0x28, R), (0x207f, 1, 0x6e, S),
    (0x2080, 10, 0x30, R), (0x208a, 1, 0x2b, S), (0x208c, 1, 0x3d, S), (0x208d, 2, 0x28, R),
    (0x2090, 1, 0x61, S), (0x2091, 1, 0x65, S), (0x2092, 1, 0x6f, S), (0x2093, 1, 0x78, S),
    (0x2095, 1, 0x68, S), (0x2096, 4, 0x6b, R), (0x209a, 1, 0x70, S), (0x209b, 2, 0x73, R),
    (0x2102, 1, 0x43, S), (0x210a, 1, 0x67, S), (0x210b, 3, 0x48, S), (0x210e, 1, 0x68, S),
    (0x2110, 2, 0x49, S), (0x2112, 1, 0x4c, S), (0x2113, 1, 0x6c, S), (0x2115, 1, 0x4e, S),
    (0x2119, 3, 0x50, R), (0x211c, 2, 0x52, S), (0x2124, 1, 0x5a, S), (0x2128, 1, 0x5a, S),
    (0x212a, 1, 0x4b, S), (0x212c, 2, 0x42, R), (0x212f, 1, 0x65, S), (0x2130, 2, 0x45, R),
    (0x2133, 1, 0x4d, S), (0x2134, 1, 0x6f, S), (0x2139, 1, 0x69, S), (0x2145, 1, 0x44, S),
    (0x2146, 2, 0x64, R), (0x2148, 2, 0x69, R), (0x2160, 1, 0x49, S), (0x2164, 1, 0x56, S),
    (0x2169, 1, 0x58, S), (0x216c, 1, 0x4c, S), (0x216d, 2, 0x43, R), (0x216f, 1, 0x4d, S),
    (0x2170, 1, 0x69, S), (0x2174, 1, 0x76, S), (0x2179, 1, 0x78, S), (0x217c, 1, 0x6c, S),
    (0x217d, 2, 0x63, R), (0x217f, 1, 0x6d, S), (0x2212, 1, 0x2d, W), (0x2215, 1, 0x2f, S),
    (0x2216, 1, 0x5c, S), (0x2217, 1, 0x2a, S), (0x2223, 1, 0x7c, S), (0x2236, 1, 0x3a, W),
    (0x223c, 1, 0x7e, W), (0x2329, 1, 0x3c, S), (0x232a, 1, 0x3e, S), (0x2460, 9, 0x31, R),
    (0x24b6, 26, 0x41, R), (0x24d0, 26, 0x61, R), (0x24ea, 1, 0x30, S), (0x2758, 1, 0x7c, S),
    (0x276e, 1, 0x3c, S), (0x276f, 1, 0x3e, S), (0x2770, 1, 0x3c, S), (0x2771, 1, 0x3e, S),
    (0x27e8, 1, 0x3c, S), (0x27e9, 1, 0x3e, S), (0x29f5, 1, 0x5c, S), (0x29f8, 1, 0x2f, S),
    (0x29f9, 1, 0x5c, S), (0x2c7c, 1, 0x6a, S), (0x2c7d, 1, 0x56, S), (0x3000, 1, 0x20, W),
    (0x3002, 1, 0x2e, W), (0x3003, 1, 0x22, S), (0x3008, 1, 0x3c, S), (0x3009, 1, 0x3e, S),
    (0x301d, 3, 0x22, S),
    (0xfb29, 1, 0x2b, S), (0xfe10, 1, 0x2c, S), (0xfe13, 2, 0x3a, R),
    (0xfe15, 1, 0x21, S), (0xfe16, 1, 0x3f, S), (0xfe33, 2, 0x5f, S), (0xfe35, 2, 0x28, R),
    (0xfe37, 1, 0x7b, S), (0xfe38, 1, 0x7d, S), (0xfe47, 1, 0x5b, S), (0xfe48, 1, 0x5d, S),
    (0xfe4d, 3, 0x5f, S), (0xfe50, 1, 0x2c, S), (0xfe52, 1, 0x2e, S), (0xfe54, 1, 0x3b, S),
    (0xfe55, 1, 0x3a, S), (0xfe56, 1, 0x3f, S), (0xfe57, 1, 0x21, S), (0xfe59, 2, 0x28, R),
    (0xfe5b, 1, 0x7b, S), (0xfe5c, 1, 0x7d, S), (0xfe5f, 1, 0x23, S), (0xfe60, 1, 0x26, S),
    (0xfe61, 2, 0x2a, R), (0xfe63, 1, 0x2d, S), (0xfe64, 1, 0x3c, S), (0xfe65, 1, 0x3e, S),
    (0xfe66, 1, 0x3d, S), (0xfe68, 1, 0x5c, S), (0xfe69, 2, 0x24, R), (0xfe6b, 1, 0x40, S),
    (0xff01, 1, 0x21, W), (0xff02, 6, 0x22, R), (0xff08, 2, 0x28, X), (0xff0a, 2, 0x2a, R),
    (0xff0c, 1, 0x2c, W), (0xff0d, 13, 0x2d, R), (0xff1a, 2, 0x3a, X), (0xff1c, 3, 0x3c, R),
    (0xff1f, 1, 0x3f, W), (0xff20, 62, 0x40, R), (0xff5e, 1, 0x7e, W), (0xff61, 1, 0x2e, W),
    (0x107a5, 1, 0x71, S), (0x1d400, 26, 0x41, R), (0x1d41a, 26, 0x61, R), (0x1d434, 26, 0x41, R),
    (0x1d44e, 7, 0x61, R), (0x1d456, 18, 0x69, R), (0x1d468, 26, 0x41, R), (0x1d482, 26, 0x61, R),
    (0x1d49c, 1, 0x41, S), (0x1d49e, 2, 0x43, R), (0x1d4a2, 1, 0x47, S), (0x1d4a5, 2, 0x4a, R),
    (0x1d4a9, 4, 0x4e, R), (0x1d4ae, 8, 0x53, R), (0x1d4b6, 4, 0x61, R), (0x1d4bb, 1, 0x66, S),
    (0x1d4bd, 7, 0x68, R), (0x1d4c5, 11, 0x70, R), (0x1d4d0, 26, 0x41, R), (0x1d4ea, 26, 0x61, R),
    (0x1d504, 2, 0x41, R), (0x1d507, 4, 0x44, R), (0x1d50d, 8, 0x4a, R), (0x1d516, 7, 0x53, R),
    (0x1d51e, 26, 0x61, R), (0x1d538, 2, 0x41, R), (0x1d53b, 4, 0x44, R), (0x1d540, 5, 0x49, R),
    (0x1d546, 1, 0x4f, S), (0x1d54a, 7, 0x53, R), (0x1d552, 26, 0x61, R), (0x1d56c, 26, 0x41, R),
    (0x1d586, 26, 0x61, R), (0x1d5a0, 26, 0x41, R), (0x1d5ba, 26, 0x61, R), (0x1d5d4, 26, 0x41, R),
    (0x1d5ee, 26, 0x61, R), (0x1d608, 26, 0x41, R), (0x1d622, 26, 0x61, R), (0x1d63c, 26, 0x41, R),
    (0x1d656, 26, 0x61, R), (0x1d670, 26, 0x41, R), (0x1d68a, 26, 0x61, R), (0x1d7ce, 10, 0x30, R),
    (0x1d7d8, 10, 0x30, R), (0x1d7e2, 10, 0x30, R), (0x1d7ec, 10, 0x30, R), (0x1d7f6, 10, 0x30, R),
    (0x1f12b, 1, 0x43, S), (0x1f12c, 1, 0x52, S), (0x1f130, 26, 0x41, R), (0x1fbf0, 10, 0x30, R),
];

/// Characters that fold to several, or to nothing.
#[rustfmt::skip]
static TEXTS: &[(u32, &str, bool)] = &[
    (0xad, "", false), (0x200b, "", false), (0x200c, "", false), (0x200d, "", false), (0x2025, "..", true),
    (0x2026, "...", false), (0x2060, "", false), (0x2100, "a/c", true), (0x2101, "a/s", true), (0x2105, "c/o", true),
    (0x2106, "c/u", true), (0xfb00, "ff", false), (0xfb01, "fi", false), (0xfb02, "fl", false), (0xfb03, "ffi", false),
    (0xfb04, "ffl", false), (0xfb05, "st", true), (0xfb06, "st", true), (0xfeff, "", false),
];

/// Latin letters without their marks, from U+0100 and from U+1E00; `.` where code page 1252 has the letter itself or
/// nothing fits.
static LATIN: &[u8] = b"\
    AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi..JjKk.LlLlLl.\
    .LlNnNnNn...OoOoOo..RrRrRrSsSsSs..TtTtTtUuUuUuUuUuUuWwYy.ZzZz..s\
    b........D.......Ff....I..l....OOo.........t..TUu.....z.........\
    .............AaIiOoUuUuUuUuUu.AaAa..GgGgKkOoOo..j...Gg..NnAa....\
    AaAaEeEeIiIiOoOoRrRrUuUuSsTt..Hh......AaEeOoOoOoOoYy............";
static LATIN_ADDITIONAL: &[u8] = b"\
    AaBbBbBbCcDdDdDdDdDdEeEeEeEeEeFfGgHhHhHhHhHhIiIiKkKkKkLlLlLlLlMm\
    MmMmNnNnNnNnOoOoOoOoPpPpRrRrRrRrSsSsSsSsSsTtTtTtTtUuUuUuUuUuVvVv\
    WwWwWwWwWwXxXxYyZzZzZzhtwy.s....AaAaAaAaAaAaAaAaAaAaAaAaEeEeEeEe\
    EeEeEeEeIiIiOoOoOoOoOoOoOoOoOoOoOoOoUuUuUuUuUuUuUuYyYyYyYy......";

/// Every ASCII character, to borrow one from.
static ASCII: [u8; 128] = {
    let mut all = [0; 128];
    let mut i = 0;
    while i < all.len() {
        all[i] = i as u8;
        i += 1;
    }
    all
};

/// What `code` folds to if it looks like, or is normalised to, ASCII text. Letters with marks are none of these.
pub(super) fn look(code: u32) -> Option<Fold> {
    // PERF: most characters of Cyrillic, Greek, Arabic, Indic, Chinese, Japanese and Korean text end here.
    let foreign = matches!(code, ..0xa0 | 0xc0..0x130 | 0x132..0x17f | 0x300..0x1d2c | 0x3041..0xfb00);
    if foreign && !matches!(code, 0x37e | 0x589 | 0x66a | 0x180e) {
        return None;
    }
    // PERF: full-width forms come in rows, and all of them are in one order.
    if let 0xff01..=0xff5e = code {
        let to = (code - 0xfee0) as usize;
        let common = matches!(to as u8, b'!' | b'(' | b')' | b',' | b':' | b';' | b'?' | b'~');
        return Some(Fold { to: ASCII.get(to..=to)?, telling: !common });
    }
    search(code)
}

/// [`look`] in the tables.
fn search(code: u32) -> Option<Fold> {
    if let Ok(at) = TEXTS.binary_search_by_key(&code, |t| t.0) {
        let (_, text, telling) = TEXTS.get(at)?;
        return Some(Fold { to: text.as_bytes(), telling: *telling });
    }
    let at = RANGES.partition_point(|r| r.0 <= code).checked_sub(1)?;
    let &(first, count, to, kind) = RANGES.get(at)?;
    let into = code - first;
    if into >= u32::from(count) {
        return None;
    }
    let to = usize::from(to) + if kind.rising { into as usize } else { 0 };
    Some(Fold { to: ASCII.get(to..=to)?, telling: kind.telling })
}

/// The one ASCII character that a server bound to an 8-bit code page makes of `code`, if it is ASCII or fits one.
/// What code page 1252 holds below U+0100 stays what it is.
pub(super) fn best_fit(code: u32) -> Option<u8> {
    let letter = match code {
        0..0x80 => return Some(code as u8),
        0x80..0x100 => return None,
        0x100..0x250 => LATIN.get(code as usize - 0x100),
        0x1e00..0x1f00 => LATIN_ADDITIONAL.get(code as usize - 0x1e00),
        _ => None,
    };
    match (letter, look(code).map(|f| f.to)) {
        (Some(&letter), _) if letter != b'.' => Some(letter),
        (_, Some(&[ascii])) => Some(ascii),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_ascend_without_overlap() {
        assert!(RANGES.windows(2).all(|w| w[0].0 + u32::from(w[0].1) <= w[1].0));
        assert!(TEXTS.windows(2).all(|w| w[0].0 < w[1].0));
        assert_eq!((LATIN.len(), LATIN_ADDITIONAL.len()), (320, 256));
        for r in RANGES {
            assert!(usize::from(r.2) + usize::from(if r.3.rising { r.1 } else { 1 }) <= 128, "{:#x}", r.0);
            assert!(look(r.0).is_some(), "{:#x} is never looked up", r.0);
        }
        for t in TEXTS {
            let len = char::from_u32(t.0).map_or(0, char::len_utf8);
            assert!(look(t.0).is_some() && t.1.len() <= len, "{:#x}", t.0);
        }
    }

    #[test]
    fn what_is_not_searched_is_in_the_tables() {
        assert!((0xff00..0x10000).all(|code| look(code) == search(code)));
    }

    #[test]
    fn characters_fold_to_what_they_stand_for() {
        let to = |c: char| look(c.into()).map(|f| (std::str::from_utf8(f.to).expect("ASCII"), f.telling));
        for (c, want) in [
            ('\u{ff1c}', "<"),
            ('\u{ff5e}', "~"),
            ('\u{ff21}', "A"),
            ('\u{2019}', "'"),
            ('\u{201d}', "\""),
            ('\u{2215}', "/"),
            ('\u{1d4b6}', "a"),
            ('\u{2460}', "1"),
            ('\u{24e9}', "z"),
            ('\u{212a}', "K"),
            ('\u{17f}', "s"),
            ('\u{2025}', ".."),
            ('\u{fe64}', "<"),
            ('\u{2100}', "a/c"),
        ] {
            assert_eq!(to(c).map(|t| t.0), Some(want), "{c:?}");
        }
        for c in ['\u{3000}', '\u{a0}', '\u{2014}', '\u{ff0c}', '\u{3002}', '\u{131}', '\u{ba}', '\u{200d}'] {
            assert!(to(c).is_some_and(|t| !t.1), "{c:?}");
        }
        for c in ['a', '\u{e9}', '\u{107}', '\u{430}', '\u{4e2d}', '\u{ac00}', '\u{1f600}', '\u{3042}'] {
            assert_eq!(to(c), None, "{c:?}");
        }
        let fits =
            [(0x107, Some(b'c')), (0xff0f, Some(b'/')), (0x27, Some(b'\'')), (0xe9, None), (0x4e2d, None)];
        assert!(fits.iter().all(|&(c, want)| best_fit(c) == want));
    }
}
