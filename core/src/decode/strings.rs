//! Strings inside serialised objects: what an application reads out of them and uses.
//!
//! PHP's `serialize` tells the length of each string (`s:3:"abc"`, PHP manual). The binary forms of Java (Object
//! Serialization Specification 6.4), .NET ([MS-NRBF]), ASP.NET view state (`ObjectStateFormatter`), Python (pickle) and Ruby
//! (Marshal) do so each in its own way, but in all of them a string stands as it is between bytes that are no text: there
//! the runs of text are taken. An encrypted view state begins with no mark and is none of these.

use std::ops::Range;

/// The least length of a run of text.
const RUN: usize = 6;
/// Most strings of one value.
const MOST: usize = 64;

/// A form of serialised objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serial {
    /// PHP's `serialize`.
    Php,
    /// Java's object streams.
    Java,
    /// The binary formatter of .NET.
    DotNet,
    /// The view state of ASP.NET.
    ViewState,
    /// Python's pickle, protocols 2 to 5.
    Pickle,
    /// Ruby's Marshal.
    Ruby,
}

impl Serial {
    /// The form that `value` begins like.
    pub fn of(value: &[u8]) -> Option<Serial> {
        Some(match value {
            [b'a' | b'O' | b'C', b':', b'0'..=b'9', ..] => Serial::Php,
            [0xac, 0xed, 0, 5, ..] => Serial::Java,
            [0, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, ..] => Serial::DotNet,
            [0xff, 1, ..] => Serial::ViewState,
            [0x80, 2..=5, ..] => Serial::Pickle,
            [4, 8, ..] => Serial::Ruby,
            _ => return None,
        })
    }

    /// Name of the step in a point.
    pub const fn name(self) -> &'static str {
        match self {
            Serial::Php => "php",
            Serial::Java => "java",
            Serial::DotNet => "dotnet",
            Serial::ViewState => "viewstate",
            Serial::Pickle => "pickle",
            Serial::Ruby => "ruby",
        }
    }
}

/// The strings of a value, in order, as ranges of it.
#[derive(Debug)]
pub struct Strings<'a> {
    value: &'a [u8],
    at: usize,
    php: bool,
    left: usize,
}

impl<'a> Strings<'a> {
    /// The strings of `value`, which begins like `serial`.
    pub fn of(serial: Serial, value: &'a [u8]) -> Strings<'a> {
        Strings { value, at: 0, php: serial == Serial::Php, left: MOST }
    }

    /// The next `s:3:"abc"`. A length that is wrong is passed over.
    fn php(&mut self) -> Option<Range<usize>> {
        loop {
            let rest = self.value.get(self.at..)?;
            let at = self.at + memchr::memchr(b'"', rest)?;
            self.at = at + 1;
            let Some(head) = self.value.get(..at)?.strip_suffix(b":") else { continue };
            let digits = head.iter().rev().take(8).take_while(|b| b.is_ascii_digit()).count();
            let (head, digits) = head.split_at(head.len() - digits);
            let len = digits.iter().fold(0usize, |n, b| n * 10 + usize::from(b - b'0'));
            let end = at + 1 + len;
            if !digits.is_empty() && head.ends_with(b":") && self.value.get(end) == Some(&b'"') {
                self.at = end + 1;
                return Some(at + 1..end);
            }
        }
    }

    /// The next run of text.
    fn run(&mut self) -> Option<Range<usize>> {
        let is_text = |b: &u8| matches!(b, b' '..=b'~' | b'\t' | b'\r' | b'\n' | 0x80..);
        loop {
            let rest = self.value.get(self.at..)?;
            let start = self.at + rest.iter().position(is_text)?;
            let len = self.value.get(start..)?.iter().take_while(|&b| is_text(b)).count();
            self.at = start + len;
            // The byte before a string is the length of it, or the end of one, and may look like text.
            let told = self.value.get(start).map_or(0, |&b| usize::from(b));
            if (RUN..len).contains(&told) {
                self.at = start + 1 + told;
                return Some(start + 1..self.at);
            }
            if len >= RUN {
                return Some(start..start + len);
            }
        }
    }
}

impl Iterator for Strings<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        self.left = self.left.checked_sub(1)?;
        if self.php { self.php() } else { self.run() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(value: &[u8]) -> Option<Vec<String>> {
        let serial = Serial::of(value)?;
        let text = |r: Range<usize>| String::from_utf8_lossy(&value[r]).into_owned();
        Some(Strings::of(serial, value).map(text).collect())
    }

    #[test]
    fn strings_are_found_by_length_or_as_text() {
        let php = b"a:2:{s:2:\"id\";i:7;s:4:\"note\";s:5:\"a\"b\";\";}";
        assert_eq!(strings(php).expect("PHP"), ["id", "note", "a\"b\";"]);
        assert_eq!(strings(b"\xac\xed\0\x05t\0\x07hello 1\0\x03abc").expect("Java"), ["hello 1"]);
        assert_eq!(strings(b"\x04\x08\"\x0ba name\x06").expect("Ruby"), ["a name"]);
        let long = [&b"\xff\x01\x05\x29"[..], b"http://a.example/b?c=d and so on and so on", b"dd"].concat();
        assert_eq!(strings(&long).expect("a view state")[0], "http://a.example/b?c=d and so on and so o");
        assert_eq!(strings(b"a: 1, b: \"x\""), None);
        assert_eq!(strings(b"a:9:{s:99:\"x\";s:1:\"yy\";").expect("PHP"), Vec::<String>::new());
    }
}
