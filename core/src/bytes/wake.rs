//! Which kinds of byte a value holds, found in one pass.
//!
//! A detector or decoder says which kinds it cannot do without; a value that lacks them is never shown to it. Most
//! benign values (`42`, `en-GB`, `main.css`) wake nobody, and cost this pass alone.

use super::vector::matches;

/// A set of kinds of byte. That of a value may tell more of it: what is known not to stand in it ([`Wake::lacking`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wake(u32, u64);

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $bit:expr, $bytes:expr;)*) => {
        impl Wake {
            $($(#[$doc])* pub const $name: Wake = Wake(1 << $bit, 0);)*
        }
        /// The kind of each byte.
        pub(super) const TABLE: [u32; 256] = {
            let mut table = [0u32; 256];
            $({
                let set: &[u8] = $bytes;
                let mut i = 0;
                while i < set.len() {
                    table[set[i] as usize] |= 1 << $bit;
                    i += 1;
                }
            })*
            let mut b = 0;
            while b < 256 {
                let c = b as u8;
                if c.is_ascii_alphabetic() { table[b] |= Wake::ALPHA.0 }
                if c.is_ascii_digit() { table[b] |= Wake::DIGIT.0 }
                if c >= 0x80 { table[b] |= Wake::HIGH.0 }
                if c < 0x20 && !matches!(c, b'\t' | b'\r' | b'\n') || c == 0x7f { table[b] |= Wake::CONTROL.0 }
                b += 1;
            }
            table
        };
    };
}

kinds! {
    /// `'`
    SINGLE = 0, b"'";
    /// `"`
    DOUBLE = 1, b"\"";
    /// `` ` ``
    BACKTICK = 2, b"`";
    /// `<`
    LESS = 3, b"<";
    /// `>`
    GREATER = 4, b">";
    /// `(` and `)`
    PAREN = 5, b"()";
    /// `{` and `}`
    BRACE = 6, b"{}";
    /// `[` and `]`
    BRACKET = 7, b"[]";
    /// `;`
    SEMICOLON = 8, b";";
    /// `|`
    PIPE = 9, b"|";
    /// `&`
    AMPERSAND = 10, b"&";
    /// `$`
    DOLLAR = 11, b"$";
    /// `/`
    SLASH = 12, b"/";
    /// `\`
    BACKSLASH = 13, b"\\";
    /// `.`
    DOT = 14, b".";
    /// `=`
    EQUALS = 15, b"=";
    /// `:`
    COLON = 16, b":";
    /// `%`
    PERCENT = 17, b"%";
    /// `+`
    PLUS = 18, b"+";
    /// `#`
    HASH = 19, b"#";
    /// `@`
    AT = 20, b"@";
    /// `!`
    BANG = 21, b"!";
    /// `*`
    STAR = 22, b"*";
    /// `,`
    COMMA = 23, b",";
    /// `-`
    DASH = 24, b"-";
    /// `_`
    UNDERSCORE = 25, b"_";
    /// Space and tab
    BLANK = 26, b" \t";
    /// CR and LF
    NEWLINE = 27, b"\r\n";
    /// Other control bytes, NUL and DEL among them
    CONTROL = 28, b"";
    /// Bytes above 0x7F
    HIGH = 29, b"";
    /// ASCII letters
    ALPHA = 30, b"";
    /// ASCII digits
    DIGIT = 31, b"";
}

impl Wake {
    /// The empty set.
    pub const NONE: Wake = Wake(0, 0);
    /// Any of the three quotes.
    pub const QUOTE: Wake = Wake::SINGLE.or(Wake::DOUBLE).or(Wake::BACKTICK);

    /// Both sets together; what either lacks may stand where they meet.
    pub const fn or(self, other: Wake) -> Wake {
        Wake(self.0 | other.0, 0)
    }

    /// The same kinds, of a value in which what the bits of `lacking` mean does not stand. What they mean is up to who asks.
    pub const fn lacking(self, lacking: u64) -> Wake {
        Wake(self.0, lacking)
    }

    /// Whether any of what these bits mean may stand in the value.
    #[inline]
    pub const fn may_hold(self, bits: u64) -> bool {
        !self.1 & bits != 0
    }

    /// Whether the two sets share a kind.
    pub const fn any(self, other: Wake) -> bool {
        self.0 & other.0 != 0
    }

    /// How many of the kinds of `other` are in this set.
    pub const fn number_of(self, other: Wake) -> u32 {
        (self.0 & other.0).count_ones()
    }

    /// How many kinds there are room for.
    pub const KINDS: usize = 32;

    /// The kind with number `n`, below [`Wake::KINDS`].
    pub const fn kind(n: usize) -> Wake {
        Wake(1 << n, 0)
    }

    /// The numbers of the kinds in this set.
    pub fn kinds(self) -> impl Iterator<Item = usize> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let kind = rest.trailing_zeros();
            rest &= rest.wrapping_sub(1);
            (kind < u32::BITS).then_some(kind as usize)
        })
    }

    /// The kinds with the numbers `8 * part` to `8 * part + 7`, as the bits of `kinds` tell.
    pub const fn of_byte(part: usize, kinds: u8) -> Wake {
        Wake((kinds as u32) << (8 * part), 0)
    }

    /// The set as bits, kinds 0 to 7 first.
    pub const fn to_bytes(self) -> [u8; 4] {
        self.0.to_le_bytes()
    }

    /// Whether the set holds no kind beyond those of `other`.
    pub const fn is_within(self, other: Wake) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether every kind of `other` is in this set.
    pub const fn all(self, other: Wake) -> bool {
        self.0 & other.0 == other.0
    }
}

/// The kinds of byte in `bytes`.
pub fn wake(bytes: &[u8]) -> Wake {
    Wake(super::kinds::of(bytes), 0)
}

/// Whether the two bytes stand in `bytes`, one behind the other.
///
/// PERF: a search that stops at each of the first costs five times as much where that byte is common.
pub fn has_pair(bytes: &[u8], pair: [u8; 2]) -> bool {
    has_any(bytes, [pair])
}

/// The same of either of two pairs.
pub fn has_either(bytes: &[u8], one: [u8; 2], other: [u8; 2]) -> bool {
    has_any(bytes, [one, other])
}

#[inline(always)]
fn has_any<const N: usize>(bytes: &[u8], pairs: [[u8; 2]; N]) -> bool {
    const ONES: u64 = u64::MAX / 255;
    if let (Some(head), Some(tail), ..16) = (bytes.first_chunk(), bytes.last_chunk(), bytes.len()) {
        // PERF: of a short one the words at both ends, which overlap. A byte is zero where the pair begins.
        let holds = |eight: &[u8; 8], [first, second]: [u8; 2]| {
            let word = u64::from_le_bytes(*eight);
            let pairs = (word ^ (ONES * u64::from(first))) | ((word >> 8) ^ (ONES * u64::from(second)));
            // The last byte begins none.
            let pairs = pairs | (0xff << 56);
            pairs.wrapping_sub(ONES) & !pairs & (ONES << 7)
        };
        return pairs.iter().fold(0, |any, &pair| any | holds(head, pair) | holds(tail, pair)) != 0;
    }
    if let (Some(head), Some(tail), 16..32) = (bytes.first_chunk(), bytes.last_chunk(), bytes.len()) {
        // PERF: of a longer one the blocks at both ends, which overlap by at least a byte.
        let holds = |block, [first, second]: [u8; 2]| matches(block, [first]) & matches(block, [second]) >> 1;
        return pairs.iter().fold(0, |any, &pair| any | holds(head, pair) | holds(tail, pair)) != 0;
    }
    pairs.iter().any(|&pair| super::vector::has_pair(bytes, pair))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_but_a_few_has_exactly_one_kind() {
        for b in 0..=255u8 {
            let n = wake(&[b]).0.count_ones();
            assert_eq!(n, u32::from(!matches!(b, b'?' | b'^' | b'~')), "byte {b:#04x}");
        }
    }

    #[test]
    fn pairs_are_found_wherever_they_stand() {
        assert!(!has_pair(b"", *b"..") && !has_pair(b".", *b"..") && !has_pair(b".-.", *b".."));
        for len in 2..40 {
            for at in 0..len {
                let mut bytes = vec![b'-'; len];
                bytes[at] = b'a';
                assert!(!has_pair(&bytes, *b"ab") && !has_pair(&bytes, *b"aa") && !has_pair(&bytes, *b"a\0"));
                assert_eq!(has_pair(&bytes, *b"a-"), at + 1 < len, "{at} of {len}");
                assert_eq!(has_pair(&bytes, *b"-a"), at > 0, "{at} of {len}");
                assert_eq!(has_either(&bytes, *b"xx", *b"-a"), at > 0, "{at} of {len}");
                assert_eq!(has_either(&bytes, *b"a-", *b"ab"), at + 1 < len, "{at} of {len}");
            }
        }
        for at in 0..70 {
            let mut bytes = [b'.', b'-'].repeat(40);
            bytes[at] = b'a';
            bytes[at + 1] = b'b';
            assert!(has_pair(&bytes, *b"ab") && !has_pair(&bytes, *b"ba"), "{at}");
            assert!(has_pair(&bytes[at..at + 2], *b"ab"));
            for len in at + 2..80 {
                assert!(has_pair(&bytes[..len], *b"ab"), "{at} of {len}");
                assert!(!has_pair(&bytes[..at + 1], *b"ab") && !has_pair(&bytes[at + 1..len], *b"ab"));
            }
        }
    }

    #[test]
    fn a_set_is_the_union_of_its_bytes() {
        let w = wake(b"q=1' or");
        assert!(w.all(Wake::SINGLE.or(Wake::BLANK).or(Wake::EQUALS).or(Wake::DIGIT).or(Wake::ALPHA)));
        assert!(!w.any(Wake::LESS.or(Wake::HIGH).or(Wake::CONTROL)));
        assert_eq!(wake(b""), Wake::NONE);
        assert!(w.kinds().map(Wake::kind).eq([0, 15, 26, 30, 31].map(Wake::kind)));
        assert_eq!(w.kinds().map(Wake::kind).fold(Wake::NONE, Wake::or), w);
    }
}
