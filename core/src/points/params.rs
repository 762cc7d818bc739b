//! Parameters of Content-Type and Content-Disposition values (RFC 2045, section 5.1; RFC 6266; RFC 2231), read leniently.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_while};
use nom::combinator::opt;
use nom::sequence::preceded;
use nom::{IResult, Parser};

/// One `name=value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Param<'a> {
    /// As sent, without the blanks around it.
    pub name: &'a [u8],
    /// As sent, without the quotes around it; escapes inside quotes are kept.
    pub value: &'a [u8],
    /// Whether two readers could differ on it: no `=`, escapes, a quote that does not close or closes early.
    pub odd: bool,
}

impl<'a> Param<'a> {
    /// Whether the name is `name`.
    pub fn is(&self, name: &[u8]) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// What follows `name` in the parameter's name: `*` and `*0` mark the extended forms of RFC 2231.
    pub fn extension(&self, name: &[u8]) -> Option<&'a [u8]> {
        let (head, tail) = self.name.split_at_checked(name.len())?;
        (head.eq_ignore_ascii_case(name) && tail.starts_with(b"*")).then_some(tail)
    }

    /// The value of the extended form, without charset and language: `UTF-8'en'a` is `a`.
    pub fn extended(&self) -> &'a [u8] {
        match self.value.splitn(3, |&b| b == b'\'').nth(2) {
            Some(text) => text,
            None => self.value,
        }
    }
}

/// The parameters after the first `;` (or the `,` that some readers take for one) of a value.
#[derive(Clone, Debug)]
pub(super) struct Params<'a>(&'a [u8]);

/// Cuts a value into what stands before its parameters, and them.
pub(super) fn split(value: &[u8]) -> (&[u8], Params<'_>) {
    let end = memchr::memchr2(b';', b',', value).unwrap_or(value.len());
    let (essence, params) = value.split_at(end);
    (essence.trim_ascii(), Params(params))
}

impl<'a> Iterator for Params<'a> {
    type Item = Param<'a>;

    fn next(&mut self) -> Option<Param<'a>> {
        let start = self.0.iter().position(|&b| b != b';' && b != b',' && !b.is_ascii_whitespace())?;
        let (rest, param) = param(&self.0[start..]).ok()?;
        self.0 = rest;
        Some(param)
    }
}

fn param(input: &[u8]) -> IResult<&[u8], Param<'_>> {
    let (input, name) = take_till(|b| b == b'=' || b == b';').parse(input)?;
    let (input, equals) = opt(tag("=")).parse(input)?;
    if equals.is_none() {
        return Ok((input, Param { name: b"", value: name.trim_ascii(), odd: true }));
    }
    let (input, (value, odd)) =
        preceded(take_while(|b: u8| b.is_ascii_whitespace()), alt((quoted, token))).parse(input)?;
    let spaced = name.last().is_some_and(u8::is_ascii_whitespace);
    Ok((input, Param { name: name.trim_ascii(), value, odd: odd || spaced }))
}

fn token(input: &[u8]) -> IResult<&[u8], (&[u8], bool)> {
    let (value, input) = input.split_at(memchr::memchr(b';', input).unwrap_or(input.len()));
    let value = value.trim_ascii();
    let odd = value.is_empty() || value.starts_with(b"'") || !super::name::is_token(value);
    Ok((input, (value, odd)))
}

fn quoted(input: &[u8]) -> IResult<&[u8], (&[u8], bool)> {
    let (input, _) = tag("\"").parse(input)?;
    let mut end = 0;
    let mut escaped = false;
    while let Some(i) = memchr::memchr2(b'"', b'\\', &input[end..]) {
        end += i;
        if input[end] == b'"' {
            // What stands between the quote and the next `;` belongs to the value for readers that look for the last
            // quote, and is nothing for others.
            let (after, junk) = take_till(|b| b == b';').parse(&input[end + 1..])?;
            return Ok((after, (&input[..end], escaped || !junk.trim_ascii().is_empty())));
        }
        // A backslash is an escape only before a quote: file names hold plain ones.
        let escape = input.get(end + 1) == Some(&b'"');
        escaped |= escape;
        end += if escape { 2 } else { 1 };
    }
    Ok((&[], (input, true)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(value: &[u8]) -> Vec<(String, String, bool)> {
        let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
        split(value).1.map(|p| (text(p.name), text(p.value), p.odd)).collect()
    }

    fn one(name: &str, value: &str, odd: bool) -> Vec<(String, String, bool)> {
        vec![(name.into(), value.into(), odd)]
    }

    #[test]
    fn plain_and_quoted_values() {
        assert_eq!(params(b"text/plain; charset=utf-8"), one("charset", "utf-8", false));
        assert_eq!(params(b"a/b;boundary=\"x; y\""), one("boundary", "x; y", false));
        assert_eq!(split(b" form-data ; name=x").0, b"form-data");
    }

    #[test]
    fn what_readers_may_differ_on_is_odd() {
        assert_eq!(params(b"x; name=\"a\\\"b\""), one("name", "a\\\"b", true));
        assert_eq!(params(b"x; name=\"C:\\dir\\f\""), one("name", "C:\\dir\\f", false));
        assert_eq!(params(b"x; name=\"a"), one("name", "a", true));
        assert_eq!(params(b"x; name=\"a\"b"), one("name", "a", true));
        assert_eq!(params(b"x; name ='a'"), one("name", "'a'", true));
        assert_eq!(params(b"x; name"), one("", "name", true));
        assert_eq!(params(b"x; a=1;; =2").last(), one("", "2", false).last());
    }

    #[test]
    fn extended_forms_are_told_apart() {
        let (_, mut params) = split(b"x; filename*=UTF-8'en'a%20b; FileName*1=c");
        let first = params.next().expect("a parameter");
        assert_eq!((first.extension(b"filename"), first.extended()), (Some(&b"*"[..]), &b"a%20b"[..]));
        let second = params.next().expect("another");
        assert_eq!(second.extension(b"filename"), Some(&b"*1"[..]));
        assert!(!second.is(b"filename"));
    }
}
