//! Numbers and times that are surely no address.
//!
//! What comes in: a short value. What goes out: whether it is written as a number or a time is, and nothing else. What always
//! holds: the detectors of addresses find nothing in it; the tests draw such values and ask them.

/// The first parts of the addresses at which clouds tell about themselves.
const METADATA: [u32; 4] = [100, 168, 169, 192];

/// Whether `bytes`, digits with one to three points among them, are no address that tells anything: `52.5321`, `2.14.0`,
/// `93.184.216.34`.
pub(super) fn is_decimal(bytes: &[u8], digits: u64, dots: u64) -> bool {
    let (len, point) = (bytes.len(), dots.trailing_zeros() as usize);
    let doubled = dots & (dots >> 1) != 0;
    if !(1..=3).contains(&dots.count_ones()) || doubled || point == 0 || point > 9 || dots >> (len - 1) != 0 {
        return false;
    }
    // A zero in front makes it octal.
    if digits | dots != u64::MAX >> (64 - len) || bytes.first() == Some(&b'0') && point > 1 {
        return false;
    }
    let first = bytes.iter().take(point).fold(0u32, |n, b| n * 10 + u32::from(b & 15));
    // Numbers that are too large wrap, each in its place.
    !METADATA.contains(&(first & 0xff))
}

/// Whether `bytes` are a time of day, or a date and one (RFC 3339): `10:21`, `2024-06-12T10:21:51.337+02:00`.
pub(super) fn is_time(bytes: &[u8]) -> bool {
    let rest = match bytes {
        [_, _, _, _, b'-', ..] => match pattern(bytes, b"0000-00-00") {
            Some([b'T' | b' ', rest @ ..]) => rest,
            _ => return false,
        },
        _ => bytes,
    };
    let Some(rest) = pattern(rest, b"00:00") else { return false };
    let rest = pattern(rest, b":00").unwrap_or(rest);
    let rest = match rest {
        [b'.', fraction @ ..] => {
            let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
            if !(1..=9).contains(&digits) {
                return false;
            }
            fraction.get(digits..).unwrap_or_default()
        }
        rest => rest,
    };
    match rest {
        [] | [b'Z'] => true,
        [b'+' | b'-', zone @ ..] => pattern(zone, b"00:00") == Some(&[]),
        _ => false,
    }
}

/// What comes behind `pattern` in `bytes`, where a zero stands for any digit.
pub(super) fn pattern<'a>(bytes: &'a [u8], pattern: &[u8]) -> Option<&'a [u8]> {
    let (head, rest) = bytes.split_at_checked(pattern.len())?;
    let same = |(b, p): (&u8, &u8)| if *p == b'0' { b.is_ascii_digit() } else { b == p };
    head.iter().zip(pattern).all(same).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{is_decoded, judged};
    use super::super::{is_harmless, is_idle};
    use super::*;
    use crate::bytes::Plain;
    use crate::detect::Classes;
    use crate::points::Place;
    use proptest::prelude::*;

    fn decimal(text: &str) -> bool {
        let made = Plain::look(text.as_bytes()).unwrap_or_default();
        is_decimal(text.as_bytes(), made.digits, made.dots)
    }

    #[test]
    fn numbers_and_times_are_told_from_addresses() {
        for text in
            ["52.5321", "13.38492", "0.123456", "1499.90", "8.0", "2.14.0", "126.0.6478.71", "10.0.0.1"]
        {
            assert!(decimal(text), "{text}");
        }
        for text in [
            "169.43518",
            "425.43518",
            "192.192",
            "100.6579400",
            "0251.043518",
            ".5",
            "5.",
            "1..3",
            "1.2.3.",
            "1.2.3.4.5",
            "1-2.3",
            "169.254.169.254",
            "356.100.100.200",
            "a1.2",
        ] {
            assert!(!decimal(text), "{text}");
        }
        for text in [
            "10:21",
            "10:21:51",
            "10:21:51.5Z",
            "2024-06-12T10:21",
            "2024-06-12 10:21:51",
            "2024-06-12T10:21:51.337+02:00",
            "2024-06-12T10:21:51-05:00",
        ] {
            assert!(is_time(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            "1:2",
            "10:2a",
            "2024-06-12",
            "2024-06-12x10:21",
            "10:21:51.",
            "10:21:51.1234567890",
            "10:21z",
            "10:21+0200",
            "10:21:51:00",
            "10:21/../",
        ] {
            assert!(!is_time(text.as_bytes()), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2048))]
        #[test]
        fn no_address_is_found_in_numbers_and_times(
            number in "[0-9]{1,6}\\.[0-9]{1,12}|(169|100|192|168|425|424|356|448)\\.[0-9]{3,9}|[0-9]{1,4}(\\.[0-9]{1,5}){2,3}|(127|10|192|169|168|100|0)(\\.(0|1|10|63|100|129|168|169|192|200|254)){2,3}",
            time in "([0-9]{4}-[0-9]{2}-[0-9]{2}[T ])?[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})?",
        ) {
            let mut told = vec![number.as_bytes()];
            prop_assert!(is_time(time.as_bytes()));
            told.push(time.as_bytes());
            for bytes in told {
                for name in [&b"q"[..], b"at"] {
                    for place in [Place::JsonValue, Place::QueryValue, Place::FormValue] {
                        let idle = is_idle(place, name, bytes, Classes::ALL)
                            || is_harmless(place, name, bytes, Classes::ALL);
                        if idle || is_time(bytes) && place == Place::JsonValue {
                            prop_assert!(judged(place, name, bytes).is_empty(), "{}", bytes.escape_ascii());
                        }
                        prop_assert!(!idle || !is_decoded(name, bytes), "{}", bytes.escape_ascii());
                    }
                }
            }
        }
    }
}
