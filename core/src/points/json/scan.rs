//! Finding the end of numbers, and telling keys apart.

/// Appends `[index]`.
pub(super) fn push_index(index: u32, path: &mut Vec<u8>) {
    // PERF: the formatter of the standard library took a tenth of the time of a list of numbers.
    path.push(b'[');
    let start = path.len();
    let mut left = index;
    while left >= 10 {
        path.push(b'0' + (left % 10) as u8);
        left /= 10;
    }
    path.push(b'0' + left as u8);
    path.get_mut(start..).unwrap_or_default().reverse();
    path.push(b']');
}

/// Tells keys apart, eight bytes at a time.
pub(super) fn hash(key: &[u8]) -> u64 {
    const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |h: u64, w: u64| ((h ^ w).wrapping_mul(PRIME)).rotate_left(29);
    let h = key.len() as u64;
    // PERF: bytes that come twice cost nothing; a loop over the last few takes longer than all else that is done for a key.
    if let Some(last) = key.last_chunk() {
        let words = key[..key.len() - 1].as_chunks::<8>().0;
        let h = words.iter().fold(h, |h, &w| mix(h, u64::from_le_bytes(w)));
        return mix(mix(h, u64::from_le_bytes(*last)), PRIME);
    }
    let word = match (key.first_chunk::<4>(), key.last_chunk::<4>()) {
        (Some(&first), Some(&last)) => {
            u64::from(u32::from_le_bytes(first)) << 32 | u64::from(u32::from_le_bytes(last))
        }
        _ => key.iter().fold(0, |n, &b| n << 8 | u64::from(b)),
    };
    mix(mix(h, word), PRIME)
}

/// The length of the number or literal that `rest` begins with (RFC 8259, sections 3 and 6), and where the point of a number
/// stands, if the sign or blank behind it is there too and is one that ends it.
pub(super) fn bare(rest: &[u8]) -> Option<(usize, Option<usize>)> {
    let digits = |from: usize| {
        let mut end = from;
        while let Some(b'0'..=b'9') = rest.get(end) {
            end += 1;
        }
        end
    };
    let mut dot = None;
    let end = match *rest {
        [b't', b'r', b'u', b'e', ..] | [b'n', b'u', b'l', b'l', ..] => 4,
        [b'f', b'a', b'l', b's', b'e', ..] => 5,
        _ => {
            let start = usize::from(rest.first() == Some(&b'-'));
            let mut end = digits(start);
            if end == start || end > start + 1 && rest.get(start) == Some(&b'0') {
                return None;
            }
            if rest.get(end) == Some(&b'.') {
                let point = end + 1;
                dot = Some(end);
                end = digits(point);
                if end == point {
                    return None;
                }
            }
            end
        }
    };
    let ends = matches!(rest.get(end), Some(b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n'));
    ends.then_some((end, dot))
}

#[cfg(test)]
mod tests {
    use super::super::token::Token;
    use super::*;

    #[test]
    fn keys_are_told_apart() {
        let text = b"abcdefghijklmnopqrstuvwxyz";
        let mut keys: Vec<&[u8]> = vec![b"", b"\0", b"\0\0", b"ba", b"\0\0\0\0"];
        for from in 0..6 {
            keys.extend((from + 1..text.len()).filter_map(|to| text.get(from..to)));
        }
        let mut hashes: Vec<u64> = keys.iter().map(|key| hash(key)).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), keys.len());
    }

    #[test]
    fn numbers_and_literals_are_read_as_by_the_state_machine() {
        let parts = ["", "-", "0", "1", "20", ".", "5", "e", "+", "true", "null", "false", "x"];
        for a in parts {
            for b in parts {
                for c in parts {
                    let text = [a, b, c].concat();
                    for end in [",", "}", "]", " ", "\n", "", "/", "\""] {
                        let mut token = Token::default();
                        text.bytes().for_each(|byte| token.take(byte));
                        let all = [text.as_str(), end].concat();
                        let ends = !matches!(end, "" | "/" | "\"");
                        // Numbers with exponents are left to the state machine.
                        let exponent = text.contains('e') && text.contains(|c: char| c.is_ascii_digit());
                        let expected = ends && token.is_valid() && !exponent;
                        assert_eq!(
                            bare(all.as_bytes()),
                            expected.then_some((text.len(), text.find('.'))),
                            "{all}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn an_index_is_written_in_decimal() {
        for index in [0, 9, 10, 99, 100, 1234, u32::MAX] {
            let mut path = b"a".to_vec();
            push_index(index, &mut path);
            assert_eq!(String::from_utf8_lossy(&path), format!("a[{index}]"));
        }
    }
}
