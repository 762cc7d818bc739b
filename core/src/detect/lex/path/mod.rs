//! File paths as lenient servers read them.
//!
//! What comes in: bytes of any kind. What goes out: [`Run`]s, the stretches that can be one path, with the steps up
//! counted, odd spellings noted, and what follows the last step up written down in plain form, so that
//! `..%c0%afetc%c0%afpasswd` and `../etc/passwd` end in the same [`Run::tail`]. What always holds: every byte is in one
//! unit, no allocation, linear work. To add a spelling of a dot or a separator: `unit.rs`.
//!
//! Sources: RFC 3629 section 10 (overlong UTF-8), Microsoft's "Naming Files, Paths, and Namespaces" (backslash, drive
//! letters), Unicode's best-fit look-alikes (U+2215, U+2216, U+FF0E, U+FF0F, U+FF3C), RFC 3986 section 3.3 (path
//! parameters: `..;x/`); malformed escapes are what a decoder leaves behind.

mod resume;
mod telling;
mod unit;

pub use resume::{bare_signs, plain_around, resume, short_around};
pub use telling::is_hex;
use unit::spelt;
pub use unit::{Kind, Unit, unit};

use crate::bytes::Places;
use std::ops::Range;

/// Longest plain form of a tail that is kept; longer ones are cut.
const TAIL: usize = 96;

/// One stretch of bytes that can be a path.
#[derive(Debug)]
pub struct Run {
    /// Where it lies.
    pub span: Range<usize>,
    /// Steps up, in any spelling.
    pub ups: u32,
    /// Steps up that have a dot in them.
    pub dotted: u32,
    /// Segments of one dot (`./././`).
    pub stays: u32,
    /// The longest stretch of dots without a name.
    pub dots: u32,
    /// How far above its own start the path leads: `a/../../b` is 1.
    pub escape: u32,
    /// Steps up of exactly two plain dots between plain separators.
    pub plain_ups: u32,
    /// Steps up of three dots or more (`....//` is `../` to a filter that removes `../` once).
    pub stretched: u32,
    /// Steps up with a path parameter (`..;/`).
    pub params: u32,
    /// Dots and separators, before the tail or in it, that are spelt oddly.
    pub odd: u32,
    /// Units before the first name, other than plain names.
    pub glue: u32,
    /// Backslashes used as separators next to dots.
    pub backslashes: u32,
    /// Whether it begins with a separator.
    pub rooted: bool,
    /// Whether a name comes before the first step up (`images/../../x`).
    pub named: bool,
    /// Whether a NUL cuts it.
    pub nul: bool,
    /// Whether the last thing was a step up or a separator, without a name after it.
    pub open: bool,
    tail: [u8; TAIL],
    tail_len: usize,
}

impl Run {
    /// What follows the last step up (or the beginning), lower case, single `/` as separator, without one in front.
    pub fn tail(&self) -> &[u8] {
        self.tail.get(..self.tail_len).unwrap_or(b"")
    }

    /// Bytes of the run.
    pub fn len(&self) -> usize {
        self.span.len()
    }

    /// Never true: a run has at least one byte.
    pub fn is_empty(&self) -> bool {
        self.span.is_empty()
    }
}

/// The segment being read.
#[derive(Default)]
struct Segment {
    dots: u32,
    odd_dots: u32,
    odd: u32,
    wild: u32,
    semi: bool,
    name: bool,
    backslash: bool,
    /// Begun by something unreadable after a name.
    joint: bool,
}

/// The blank in `Program Files`, `Documents and Settings` and their like: its length.
fn blank_in_name(rest: &[u8]) -> Option<usize> {
    static AFTER: &[&[u8]] = &[b" files", b" and ", b" settings", b" group", b" server", b" 5."];
    // PERF: the byte behind the blank tells of most that it is none.
    if !matches!(rest.get(1).map(u8::to_ascii_lowercase), Some(b'f' | b'a' | b's' | b'g' | b'5')) {
        return None;
    }
    AFTER.iter().any(|w| rest.get(..w.len()).is_some_and(|r| r.eq_ignore_ascii_case(w))).then_some(1)
}

/// Reads one run after another.
#[derive(Debug)]
pub struct Runs<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Words and single signs are passed over.
    telling: bool,
    /// What is more than a word, or may be, in text of ASCII.
    marks: Option<Places<'a>>,
}

impl<'a> Runs<'a> {
    /// Runs of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Runs<'a> {
        Runs { bytes, at: 0, telling: false, marks: None }
    }

    /// Runs of `bytes` from `at` on.
    pub fn from(bytes: &'a [u8], at: usize) -> Runs<'a> {
        Runs { bytes, at, telling: false, marks: None }
    }

    /// Runs of `bytes`, of which those may be left out that have no step, no odd spelling, and are of less than four bytes,
    /// but for a separator before them, or have neither a dot nor a separator.
    pub fn telling(bytes: &'a [u8]) -> Runs<'a> {
        Runs { bytes, at: 0, telling: true, marks: telling::marks(bytes) }
    }

    /// The bytes read so far: for tests of linearity.
    pub fn position(&self) -> usize {
        self.at
    }
}

impl Iterator for Runs<'_> {
    type Item = Run;

    fn next(&mut self) -> Option<Run> {
        if self.telling {
            self.pass();
        }
        loop {
            let rest = self.bytes.get(self.at..).filter(|r| !r.is_empty())?;
            let first = unit(rest);
            if first.kind == Kind::Break {
                self.at += first.len;
                continue;
            }
            let mut reader = Reader::new(self.at);
            let (mut next, mut rest) = (first, rest);
            while reader.take(next, rest) {
                self.at += next.len;
                let Some(behind) = self.bytes.get(self.at..).filter(|r| !r.is_empty()) else { break };
                (next, rest) = (unit(behind), behind);
            }
            self.at = self.at.min(self.bytes.len());
            if self.at == reader.run.span.start {
                self.at += 1; // a unit the reader would not even begin with
                continue;
            }
            return Some(reader.finish(self.at));
        }
    }
}

struct Reader {
    run: Run,
    segment: Segment,
    depth: i64,
    /// The tail has ended: NUL or a parameter.
    cut: bool,
    begun: bool,
    /// Separators are written `2f` and `5c`, their percent signs lost.
    bare: bool,
}

impl Reader {
    fn new(start: usize) -> Reader {
        let run = Run {
            span: start..start,
            ups: 0,
            dotted: 0,
            stays: 0,
            dots: 0,
            escape: 0,
            plain_ups: 0,
            stretched: 0,
            params: 0,
            odd: 0,
            glue: 0,
            backslashes: 0,
            rooted: false,
            named: false,
            nul: false,
            open: false,
            tail: [0; TAIL],
            tail_len: 0,
        };
        Reader { run, segment: Segment::default(), depth: 0, cut: false, begun: false, bare: false }
    }

    /// Takes one unit; false if the run ends before it.
    fn take(&mut self, unit: Unit, rest: &[u8]) -> bool {
        let text = rest.get(..unit.len).unwrap_or(rest);
        if !self.segment.name && self.run.tail_len == 0 && unit.kind != Kind::Name {
            self.run.glue += 1;
        }
        match unit.kind {
            Kind::Break if self.segment.name && (self.depth > 0 || self.run.ups > 0 || self.run.rooted) => {
                let Some(blank) = blank_in_name(rest) else { return false };
                self.name(rest.get(..blank).unwrap_or(b""), unit);
                return true;
            }
            Kind::Break => return false,
            Kind::Slash | Kind::Backslash => {
                self.run.odd += u32::from(unit.odd);
                self.segment.backslash = unit.kind == Kind::Backslash;
                self.run.rooted |= !self.begun;
                self.close(unit.odd);
            }
            // Inside the parameter of `..;x=1/`.
            Kind::Dot | Kind::Odd | Kind::Wild | Kind::Nul if self.segment.semi && !self.segment.name => {}
            Kind::Dot => {
                self.close_up_before(Kind::Dot);
                self.segment.dots += 1;
                if !self.segment.name {
                    self.run.dots = self.run.dots.max(self.segment.dots);
                }
                self.segment.odd_dots += u32::from(unit.odd);
                self.run.odd += u32::from(unit.odd);
                if self.segment.name {
                    self.push(b".");
                }
            }
            Kind::Nul if self.segment.name => {
                self.run.nul = true;
                self.cut = true;
            }
            Kind::Nul => {
                self.run.nul = true;
                self.segment.odd += 1;
                self.run.odd += 1;
            }
            Kind::Odd => {
                self.run.odd += 1;
                if self.segment.name {
                    // `etc%c0%qfpasswd`: what stands between two names is meant as a separator.
                    self.close(true);
                    self.segment.joint = true;
                } else if !self.segment.joint || self.segment.dots > 0 {
                    self.segment.odd += 1;
                }
            }
            Kind::Wild if self.segment.name => return false,
            Kind::Wild => {
                self.close_up_before(Kind::Wild);
                self.segment.wild += 1;
            }
            Kind::Semi if self.segment.name => self.cut = true,
            Kind::Semi if self.segment.dots == 0 => return false,
            Kind::Semi => self.segment.semi = true,
            Kind::Name => self.name(text, unit),
        }
        self.begun = true;
        true
    }

    /// `..%c0%qf..`: something unreadable between two steps up is meant as a separator.
    fn close_up_before(&mut self, next: Kind) {
        let s = &self.segment;
        if s.odd >= 1 && if next == Kind::Dot { s.dots >= 2 } else { s.dots + s.wild >= 2 } {
            self.close(true);
        }
    }

    fn name(&mut self, mut text: &[u8], unit: Unit) {
        if self.segment.semi && !self.segment.name {
            return; // inside the parameter of `..;x=1/`
        }
        if !self.segment.name {
            let s = &self.segment;
            if s.dots == 2 && s.odd == 0 && matches!(text.get(..2), Some(b"2f" | b"2F" | b"5c" | b"5C")) {
                self.bare = true;
            }
            if self.bare && s.dots >= 2 {
                self.run.odd += 1;
                text = text.get(2..).unwrap_or(b"");
                self.close(true);
                if text.is_empty() {
                    return;
                }
            } else if s.odd + s.wild + s.odd_dots > 0 && s.dots + s.odd + s.wild >= 2 {
                // `..%c0%qfetc`: dots and something unreadable before a name are a step up.
                self.close(true);
            } else {
                let dots = self.segment.dots;
                for _ in 0..dots.min(3) {
                    self.push(b".");
                }
            }
        }
        self.segment.name = true;
        if self.run.ups == 0 {
            self.run.named = true;
        }
        if self.bare {
            let mut rest = text;
            while let Some(&b) = rest.first() {
                let lost = matches!(rest.get(..2), Some(b"2f" | b"2F" | b"5c" | b"5C"));
                self.push(if lost { b"/" } else { std::slice::from_ref(&b) });
                rest = rest.get(if lost { 2 } else { 1 }..).unwrap_or(b"");
            }
        } else if unit.odd {
            if let Some((code, _)) = spelt(text) {
                self.push(&[code as u8]);
            }
        } else {
            self.push(text);
        }
    }

    /// Ends a segment at a separator.
    fn close(&mut self, odd_separator: bool) {
        let s = std::mem::take(&mut self.segment);
        if s.name {
            self.depth += 1;
            self.push(b"/");
            self.run.open = true;
            return;
        }
        let strange = s.odd + s.wild;
        self.run.stays += u32::from(s.dots == 1 && strange == 0);
        let up = s.dots >= 2 || s.dots >= 1 && strange >= 1 || strange >= 2;
        if up {
            self.run.ups += 1;
            self.run.dotted += u32::from(s.dots > 0);
            self.depth -= 1;
            self.run.escape = self.run.escape.max(self.depth.min(0).unsigned_abs() as u32);
            self.run.plain_ups +=
                u32::from(s.dots == 2 && strange + s.odd_dots == 0 && !s.semi && !odd_separator);
            self.run.stretched += u32::from(s.dots > 2);
            self.run.params += u32::from(s.semi && s.dots >= 2);
            self.run.backslashes += u32::from(s.backslash);
            self.run.tail_len = 0;
            self.cut = false;
        }
        self.run.open = true;
    }

    fn push(&mut self, text: &[u8]) {
        self.run.open = false;
        if self.cut {
            return;
        }
        if !text.contains(&b'/') {
            // PERF: a name at a time; only separators have to be looked at one by one.
            let free = self.run.tail.get_mut(self.run.tail_len..).unwrap_or_default();
            let kept = text.len().min(free.len());
            for (slot, b) in free.iter_mut().zip(text) {
                *slot = b.to_ascii_lowercase();
            }
            self.run.tail_len += kept;
            return;
        }
        for &b in text {
            let last = self.run.tail_len.checked_sub(1).and_then(|i| self.run.tail.get(i));
            if b == b'/' && matches!(last, Some(b'/') | None) {
                continue;
            }
            if let Some(slot) = self.run.tail.get_mut(self.run.tail_len) {
                *slot = b.to_ascii_lowercase();
                self.run.tail_len += 1;
            }
        }
    }

    fn finish(mut self, end: usize) -> Run {
        let s = &self.segment;
        if !s.name && (s.dots >= 2 || s.dots + s.odd + s.wild >= 2) {
            self.close(false);
        }
        self.run.span.end = end;
        self.run
    }
}

#[cfg(test)]
mod tests {
    use super::telling::{PARTS, Part};
    use super::*;
    use proptest::prelude::*;

    fn one(text: &[u8]) -> Run {
        Runs::new(text).next().expect("a run")
    }

    #[test]
    fn odd_spellings_end_in_the_same_tail() {
        let spellings: [&[u8]; 16] = [
            b"../../etc/passwd",
            b"..\\..\\etc\\passwd",
            b"..%c0%af..%c0%afetc%c0%afpasswd",
            b"..\xc0\xaf..\xc0\xafetc\xc0\xafpasswd",
            b"%2e%2e%2f%2e%2e%2fetc%2fpasswd",
            b"%252e%252e%252f%252e%252e%252fetc%252fpasswd",
            b"0x2e0x2e0x2f0x2e0x2e0x2fetc0x2fpasswd",
            b"..2f..2fetc2fpasswd",
            b"%%32%65%%32%65%%32%66%%32%65%%32%65%%32%66%%36%35tc%%32%66passwd",
            b"%%32%%65%%32%%65%%35%%63%2%e%2%e%5%cetc%5%cpasswd",
            b"..%zz%qq..%zz%qqetc%zz%qqpasswd",
            b"%uff0e%uff0e%u2215%uff0e%uff0e%u2215etc%u2215passwd",
            b".\x00./.\x00./etc/passwd",
            b"..\x01/..\x01/etc/passwd",
            b"..;/..;x/etc/passwd",
            b"\xef\xbc\x8e\xef\xbc\x8e\xef\xbc\x8f\xef\xbc\x8e\xef\xbc\x8e\xef\xbc\x8fETC\xef\xbc\x8fpasswd",
        ];
        for text in spellings {
            let run = one(text);
            let shown = text.escape_ascii();
            assert_eq!(run.tail().escape_ascii().to_string(), "etc/passwd", "{shown}");
            assert_eq!(run.escape, 2, "{shown} {run:?}");
        }
    }

    #[test]
    fn a_path_that_comes_back_does_not_escape() {
        assert_eq!(one(b"a/b/../../c").escape, 0);
        assert_eq!(one(b"a/../../c").escape, 1);
        assert_eq!(one(b"/static/./app.js").ups, 0);
        assert_eq!(one(b"version-1..2").ups, 0);
        assert_eq!(one(b"boot.ini\0.jpg").tail(), b"boot.ini");
    }

    #[test]
    fn a_megabyte_of_near_misses_takes_one_step_a_byte() {
        for part in
            ["a0x2e", "..%c0", "%25", "0x0x0x", ".?", "..;", "/./", "%%3", "a/..", "\u{2026}", "..2f", "a. "]
        {
            let text = part.repeat((1 << 20) / part.len());
            let (bytes, mut at, mut units) = (text.as_bytes(), 0, 0);
            while at < bytes.len() {
                at += unit(&bytes[at..]).len;
                units += 1;
            }
            assert!(units <= bytes.len(), "{part}");
            let mut runs = Runs::new(bytes);
            let count = runs.by_ref().count();
            assert!(count <= bytes.len() && runs.position() == bytes.len(), "{part}");
        }
    }

    proptest! {
        #[test]
        fn runs_go_on_where_they_are_resumed(
            parts in prop::collection::vec(prop::sample::select(
                &["..", "/", "a", " ", " files", " and ", " (x86)", "\"", "?", ";", "C:", "\\", ".", "\u{e9}", "(", ")", "\u{2026}", "5.", "=", "%", "%qq"][..],
            ), 0..24),
            at in any::<prop::sample::Index>(),
        ) {
            let text = parts.concat();
            let bytes = text.as_bytes();
            let shown = |run: Run| format!("{run:?}");
            let all: Vec<Run> = Runs::new(bytes).collect();
            if let Some(n) = (!all.is_empty()).then(|| at.index(all.len())) {
                let done = if n % 2 == 0 { 0 } else { all[n - 1].span.end };
                for at in all[n].span.clone().filter(|at| PARTS[usize::from(bytes[*at])] == Part::Sign) {
                    let ours = Runs::from(bytes, resume(bytes, at, done)).find(|run| run.span.end > at);
                    prop_assert_eq!(ours.map(shown), Runs::new(bytes).find(|run| run.span.end > at).map(shown), "{}", text);
                }
            }
        }

        #[test]
        fn every_byte_is_in_one_unit(bytes in prop::collection::vec(prop::sample::select(&b".%/\\02fec5xu;?a\0\x01\xc0\xe0\x80\xae\xff "[..]), 0..60)) {
            let (mut at, mut steps) = (0, 0);
            while at < bytes.len() {
                let u = unit(&bytes[at..]);
                prop_assert!(u.len >= 1 && at + u.len <= bytes.len());
                at += u.len;
                steps += 1;
            }
            prop_assert!(steps <= bytes.len());
            let mut end = 0;
            for run in Runs::new(&bytes) {
                prop_assert!(run.span.start >= end && run.span.end > run.span.start && run.span.end <= bytes.len());
                end = run.span.end;
            }
        }

        /// What makes the work linear: only a name is as long as it likes, everything else is decided by few bytes.
        #[test]
        fn a_unit_looks_ahead_a_little(bytes in prop::collection::vec(prop::sample::select(&b"%%25cC0eE8aA/.\\x5\xc0\xe0\xf0\xfc\x80"[..]), 90..100)) {
            for at in 0..8 {
                let (near, far) = (unit(&bytes[at..at + 80]), unit(&bytes[at..]));
                if near.len < 80 {
                    prop_assert_eq!((near.kind, near.odd, near.len), (far.kind, far.odd, far.len));
                }
            }
        }

        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut runs = Runs::new(&bytes);
            while runs.next().is_some() {}
            prop_assert!(runs.position() <= bytes.len());
        }
    }
}
