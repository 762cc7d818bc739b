//! The chunk-size line (RFC 9112 section 7.1).

use super::chars::{is_ows, trim};
use nom::branch::alt;
use nom::bytes::complete::{tag, tag_no_case, take_while};
use nom::character::complete::hex_digit1;
use nom::combinator::opt;
use nom::sequence::preceded;
use nom::{IResult, Parser};

/// A chunk-size line taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Size<'a> {
    pub size: u64,
    /// Whether it is a plain number as the grammar has it.
    pub plain: bool,
    /// What follows the number.
    pub rest: &'a [u8],
}

/// The number a line begins with, as the laxest of readers take it; `None` if there is none.
pub(super) fn parse(text: &[u8]) -> Option<Size<'_>> {
    let (rest, digits) = grammar(text).ok()?;
    let mut size = Some(0u64);
    for &b in digits {
        let digit = char::from(b).to_digit(16).unwrap_or(0);
        size = size.and_then(|n| n.checked_mul(16)?.checked_add(u64::from(digit)));
    }
    let ext = trim(rest, is_ows);
    let plain = digits.len() <= 16
        && text.starts_with(digits)
        && (rest.is_empty() || ext.starts_with(b";"))
        && digits.len() + rest.len() == text.len();
    Some(Size { size: size.unwrap_or(u64::MAX), plain, rest: ext })
}

fn grammar(i: &[u8]) -> IResult<&[u8], &[u8]> {
    let prefixed = preceded(tag_no_case(&b"0x"[..]), hex_digit1);
    preceded((take_while(is_ows), opt(tag(&b"+"[..]))), alt((prefixed, hex_digit1))).parse(i)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_the_laxest_reader_does() {
        // line, size, plain, rest
        let rows: &[(&str, u64, bool, &str)] = &[
            ("1f", 0x1f, true, ""),
            ("00000000000001F", 0x1f, true, ""),
            ("a;name=\"v;\"", 10, true, ";name=\"v;\""),
            ("a ;x", 10, true, ";x"),
            ("a ", 10, false, ""),
            (" a", 10, false, ""),
            ("+a", 10, false, ""),
            ("0xa", 10, false, ""),
            ("0x", 0, false, "x"),
            ("0_5", 0, false, "_5"),
            ("5g", 5, false, "g"),
            ("ffffffffffffffff", u64::MAX, true, ""),
            ("10000000000000000", u64::MAX, false, ""),
        ];
        for &(line, size, plain, rest) in rows {
            assert_eq!(parse(line.as_bytes()), Some(Size { size, plain, rest: rest.as_bytes() }), "{line:?}");
        }
        for none in ["", "-1", "g", ";x", "+"] {
            assert_eq!(parse(none.as_bytes()), None, "{none:?}");
        }
    }
}
