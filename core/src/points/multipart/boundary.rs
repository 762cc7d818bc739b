//! Boundaries, and what makes a line a delimiter.

use super::super::content_type::ContentType;
use super::super::params::Param;
use smallvec::SmallVec;

/// Longest boundary compared; RFC 2046 allows 70 bytes, servers allow more.
pub(super) const LONGEST: usize = 256;
/// Most boundaries looked for at a time.
const MOST: usize = 12;

#[derive(Debug)]
struct Boundary {
    level: u8,
    text: SmallVec<[u8; 96]>,
}

/// The boundaries that can end the current part: those of its body and of the bodies around it. Where a Content-Type
/// leaves room for several readings of its boundary, all of them count.
#[derive(Debug, Default)]
pub(super) struct Boundaries(SmallVec<[Boundary; 2]>);

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// No delimiter; `near` tells that it begins like one.
    No { near: bool },
    /// More of it is needed to tell.
    Undecided,
    /// A delimiter of the body at `level`, and whether its final one; `used` bytes of the line, the rest is padding.
    /// `exact` is false if upper and lower case differ.
    Delimiter { level: u8, last: bool, used: usize, exact: bool },
}

impl Boundaries {
    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether `text` is one of them, upper and lower case aside.
    pub fn holds(&self, text: &[u8]) -> bool {
        self.0.iter().any(|b| b.text.eq_ignore_ascii_case(text))
    }

    /// Adds a boundary of the body at `level`.
    pub fn add(&mut self, level: u8, text: &[u8]) {
        let text = text.get(..LONGEST).unwrap_or(text);
        let known = self.0.iter().any(|b| b.level == level && b.text.as_slice() == text);
        if !text.is_empty() && !known && self.0.len() < MOST {
            self.0.push(Boundary { level, text: SmallVec::from_slice(text) });
        }
    }

    /// Adds every reading of the boundary of a Content-Type; tells whether there is one at all, and whether just one
    /// that every server reads alike.
    pub fn add_from(&mut self, level: u8, content_type: &ContentType<'_>) -> (bool, bool) {
        let before = self.0.len();
        let mut clear = true;
        let mut number = 0;
        // The text of `boundary*0=`, `boundary*1=`.
        let mut pieces = SmallVec::<[u8; 96]>::new();
        for param in content_type.params.clone() {
            if param.extension(b"boundary").is_some_and(|e| e.len() > 1) {
                pieces.extend_from_slice(param.value.get(..LONGEST).unwrap_or(param.value));
            }
            if param.is(b"boundary") {
                number += 1;
                clear &= self.add_param(level, &param);
            } else if param.extension(b"boundary").is_some()
                || contains_word(param.name)
                || param.name.is_empty()
            {
                // `boundary*=`, `xboundary=`, and parameters that other readers cut elsewhere.
                clear &= !contains_word(param.name) && !contains_word(param.value);
                if contains_word(param.name) {
                    self.add(level, param.extended());
                }
            }
        }
        self.add(level, &pieces);
        (self.0.len() > before, clear && number == 1)
    }

    fn add_param(&mut self, level: u8, param: &Param<'_>) -> bool {
        let value = param.value;
        self.add(level, value);
        // Readers that cut at the first blank or comma, and readers that drop blanks at the end or escapes.
        let cut = value.iter().position(|b| b" \t,".contains(b));
        if let Some(cut) = cut {
            self.add(level, &value[..cut]);
        }
        self.add(level, value.trim_ascii_end());
        if param.odd && memchr::memchr(b'\\', value).is_some() {
            let plain: SmallVec<[u8; 96]> =
                value.iter().copied().filter(|&b| b != b'\\').take(LONGEST).collect();
            self.add(level, &plain);
        }
        !param.odd && cut.is_none() && value.len() <= 70
    }

    /// Forgets the boundaries of bodies inside the one at `level`.
    pub fn close_above(&mut self, level: u8) {
        self.0.retain(|b| b.level <= level);
    }

    /// Tells what a line is from its first bytes; `ended` tells that no more of it follow. The longest boundary wins.
    pub fn read(&self, line: &[u8], ended: bool) -> Line {
        let Some(got) = line.strip_prefix(b"--") else {
            let undecided = line.len() < 2 && b"--".starts_with(line) && !ended;
            return if undecided { Line::Undecided } else { Line::No { near: false } };
        };
        let mut best: Option<((usize, bool), u8, bool)> = None;
        let (mut near, mut waiting) = (false, false);
        for boundary in &self.0 {
            let (text, n) = (&boundary.text[..], got.len().min(boundary.text.len()));
            if !got[..n].eq_ignore_ascii_case(&text[..n]) {
                continue;
            }
            let after = &got[n..];
            let last = match after {
                _ if n < text.len() || (after.is_empty() && !ended) => {
                    waiting |= !ended;
                    continue;
                }
                [b'-'] if !ended => {
                    waiting = true;
                    continue;
                }
                [b'-', b'-', ..] => true,
                [] | [b' ' | b'\t' | b'\r' | b'\n', ..] => false,
                _ => {
                    near = true;
                    continue;
                }
            };
            let rank = (n, got[..n] == *text);
            if best.is_none_or(|(found, ..)| rank > found) {
                best = Some((rank, boundary.level, last));
            }
        }
        match best {
            _ if waiting => Line::Undecided,
            Some(((n, exact), level, last)) => {
                let used = 2 + n + if last { 2 } else { 0 };
                Line::Delimiter { level, last, used, exact }
            }
            None => Line::No { near },
        }
    }
}

/// The boundary that a line of an unknown one would have: where it ends in the line, and whether it is a final one.
/// `None` if it is none; `Some(None)` if more of the line is needed.
pub(super) fn guess(line: &[u8], ended: bool) -> Option<Option<(usize, bool)>> {
    let text = line.strip_prefix(b"--")?;
    // What is behind is not waited for, so it must not count where it is there already.
    let head = text.get(..=LONGEST).unwrap_or(text);
    let end = memchr::memchr(b'\n', head);
    if end.is_none() && !ended && text.len() <= LONGEST {
        return Some(None);
    }
    let text = head[..end.unwrap_or(head.len())].trim_ascii_end();
    let last = text.len() > 2 && text.ends_with(b"--");
    let len = text.len() - if last { 2 } else { 0 };
    let fits = !text.first()?.is_ascii_whitespace() && text.len() <= LONGEST;
    fits.then_some(Some((2 + len, last)))
}

fn contains_word(text: &[u8]) -> bool {
    text.windows(8).any(|w| w.eq_ignore_ascii_case(b"boundary"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(content_type: &str) -> (Boundaries, bool) {
        let mut all = Boundaries::default();
        let (_, clear) = all.add_from(0, &ContentType::parse(content_type.as_bytes()));
        (all, clear)
    }

    fn is_delimiter(all: &Boundaries, line: &[u8]) -> bool {
        matches!(all.read(line, true), Line::Delimiter { .. })
    }

    #[test]
    fn every_reading_of_a_boundary_counts() {
        let tricks: [(&str, &[&str], bool); 11] = [
            ("a/b; boundary=x", &["x"], true),
            ("a/b; boundary=\"x y\"; charset=utf-8", &["x y", "x"], false),
            ("a/b; charset=utf-8; BOUNDARY=\"x\"", &["x"], true),
            ("a/b; boundary=x; boundary=y", &["x", "y"], false),
            ("a/b; boundary=x, text/plain", &["x", "x, text/plain"], false),
            ("a/b; boundary*=us-ascii''x", &["x"], false),
            ("a/b; boundary*0=x; boundary*1=y", &["xy"], false),
            ("a/b; boundary=\"x", &["x"], false),
            ("a/b; boundary=\"x\\\"y\"", &["x\\\"y", "x\"y"], false),
            ("a/b; xboundary=x", &["x"], false),
            ("a/b", &[], false),
        ];
        for (value, boundaries, is_clear) in tricks {
            let (all, clear) = from(value);
            assert_eq!(clear, is_clear, "{value}");
            for boundary in boundaries {
                assert!(is_delimiter(&all, format!("--{boundary}").as_bytes()), "{value}: {boundary}");
            }
            assert!(!is_delimiter(&all, b"--z"), "{value}");
        }
    }

    #[test]
    fn the_longest_boundary_wins_and_is_waited_for() {
        let mut all = Boundaries::default();
        all.add(0, b"ab");
        all.add(1, b"ab--x");
        assert_eq!(all.read(b"--ab", false), Line::Undecided);
        assert_eq!(all.read(b"--ab--", false), Line::Undecided);
        assert_eq!(
            all.read(b"--ab--\n", false),
            Line::Delimiter { level: 0, last: true, used: 6, exact: true }
        );
        assert_eq!(
            all.read(b"--ab--x\r", false),
            Line::Delimiter { level: 1, last: false, used: 7, exact: true }
        );
        assert_eq!(
            all.read(b"--AB\n", false),
            Line::Delimiter { level: 0, last: false, used: 4, exact: false }
        );
        assert_eq!(all.read(b"--abc", false), Line::No { near: true });
        all.close_above(0);
        assert_eq!(
            all.read(b"--ab--", false),
            Line::Delimiter { level: 0, last: true, used: 6, exact: true }
        );
    }

    #[test]
    fn an_unknown_boundary_is_read_off_its_line() {
        assert_eq!(guess(b"--x", false), Some(None));
        assert_eq!(guess(b"--x \r\n", false), Some(Some((3, false))));
        assert_eq!(guess(b"--x--", true), Some(Some((3, true))));
        assert_eq!(guess(b"-- x\n", false), None);
        assert_eq!(guess(b"--\n", false), None);
        assert_eq!(guess(&b"-".repeat(300), false), None);
        // Padded beyond what is waited for.
        let line = [b"--x".as_slice(), &b"\t".repeat(LONGEST), b"x\n"].concat();
        assert_eq!(guess(&line[..2 + LONGEST], false), Some(None));
        for len in 3 + LONGEST..=line.len() {
            assert_eq!(guess(&line[..len], false), Some(Some((3, false))), "{len}");
        }
    }
}
