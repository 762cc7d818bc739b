//! CSS that runs script or loads what does (CSS Syntax 3, section 4: comments and escapes are read as browsers do).
//!
//! Fires: `width: expression(f())`, `-moz-binding: url(...)`, `behavior: url(...)`, `background: url(javascript:...)`,
//! `@import 'javascript:...'`, each also written `e\78pression` or `ex/**/pression`. Does not fire: plain declarations,
//! `scroll-behavior: smooth`, `url(https://...)`. What only loads is told apart by [`RUNS`]. Sources: CSS 2.2, MSDN (expressions, behaviors), Mozilla (XBL).

use std::ops::Range;

/// Confidence from which a style runs something or sends something away by itself; below, it loads what a style sheet
/// may load, which says something only where a style sheet should not be.
pub const RUNS: u8 = 30;

const FONT: &str = "a font that tells another site which letters the page holds";

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Style {
    /// How sure it is.
    pub confidence: u8,
    /// What it is, in words.
    pub what: &'static str,
    /// Where.
    pub at: Range<usize>,
}

/// The last bytes read, comments and blanks dropped, escapes read, in lower case.
struct Tail {
    bytes: [u8; 24],
}

impl Tail {
    fn push(&mut self, b: u8) {
        self.bytes.rotate_left(1);
        if let Some(last) = self.bytes.last_mut() {
            *last = b.to_ascii_lowercase();
        }
    }

    fn ends(&self, word: &[u8]) -> bool {
        self.bytes.ends_with(word)
    }
}

/// Reads `bytes` as declarations or a style sheet and reports the worst of it. Linear: one step a byte.
pub fn read(bytes: &[u8]) -> Option<Style> {
    let mut tail = Tail { bytes: [0; 24] };
    let mut best: Option<Style> = None;
    let mut import = None;
    let mut quote: Option<u8> = None;
    // Inside `url(`; a selector that compares a value was seen.
    let (mut url, mut remote, mut selector, mut ranges) = (false, false, false, false);
    let mut at = 0;
    #[cfg(test)]
    crate::detect::lex::work::add(bytes.len());
    while let Some(&b) = bytes.get(at) {
        let rest = bytes.get(at + 1..).unwrap_or_default();
        let (c, len) = match b {
            b'"' | b'\'' => {
                quote = match quote {
                    None => Some(b),
                    Some(q) if q == b => None,
                    open => open,
                };
                (b, 1)
            }
            b'\n' => {
                quote = None;
                (b, 1)
            }
            b'/' if quote.is_none() && rest.first() == Some(&b'*') => {
                match memchr::memmem::find(rest.get(1..).unwrap_or_default(), b"*/") {
                    Some(n) => {
                        at += n + 4;
                        continue;
                    }
                    // Old browsers went on behind a comment without an end in an attribute.
                    None => (b' ', 2),
                }
            }
            b'\\' => escape(rest),
            // Full-width letters were read as ASCII in expressions (U+FF01 to U+FF5E).
            0xEF => match rest {
                [0xBC, x @ 0x81..=0xBF, ..] => (x - 0x60, 3),
                [0xBD, x @ 0x80..=0x9E, ..] => (x - 0x20, 3),
                _ => (b, 1),
            },
            _ => (b, 1),
        };
        let start = at;
        at += len;
        if c <= b' ' {
            continue;
        }
        tail.push(c);
        let found = match c {
            b'(' if tail.ends(b"expression(") => Some((90, "a CSS expression, which runs script")),
            b':' if tail.ends(b"javascript:") || tail.ends(b"vbscript:") => {
                Some((92, "a script address in CSS"))
            }
            b':' if tail.ends(b"-moz-binding:") => Some((85, "an XBL binding, which runs script")),
            b':' if tail.ends(b"behavior:") && !tail.ends(b"-behavior:") => {
                Some((75, "a behavior, which runs script"))
            }
            b':' if tail.ends(b"behaviour:") => Some((60, "a behavior, which runs script")),
            b':' if tail.ends(b"-o-link:") => Some((55, "a link made by CSS")),
            b'(' if tail.ends(b"url(") => {
                url = true;
                tail.ends(b"binding:url(").then_some((58, "a binding, which would run script"))
            }
            b')' => {
                url = false;
                None
            }
            b'=' if tail.ends(b"[value^=") || tail.ends(b"[value$=") || tail.ends(b"[value*=") => {
                selector = true;
                None
            }
            b':' if tail.ends(b"unicode-range:") => {
                ranges = true;
                remote.then_some((60, FONT))
            }
            b'/' if tail.ends(b"//") && url && import.is_none() => {
                remote = true;
                match (selector, ranges) {
                    (true, _) => Some((62, "a selector that sends parts of what users type to another site")),
                    (_, true) => Some((60, FONT)),
                    _ => Some((22, "an address of another site")),
                }
            }
            b'l' if tail.ends(b"text/html") => Some((70, "an HTML document as an address in CSS")),
            b't' if tail.ends(b"@import") => {
                import = Some(start);
                Some((24, "an imported style sheet"))
            }
            b'/' if tail.ends(b"//") && import.is_some() => {
                Some((60, "an imported style sheet of another site"))
            }
            b';' | b'}' => {
                import = None;
                None
            }
            _ => None,
        };
        if let Some((confidence, what)) = found.filter(|f| best.as_ref().is_none_or(|b| b.confidence < f.0)) {
            let from = at.saturating_sub(16).min(start);
            best = Some(Style { confidence, what, at: from..at.min(bytes.len()) });
        }
    }
    best
}

/// The character of the escape behind a backslash, and the length of the whole.
fn escape(rest: &[u8]) -> (u8, usize) {
    let digits = rest.iter().take(6).take_while(|b| b.is_ascii_hexdigit()).count();
    if digits == 0 {
        // `\p` is `p`.
        return (rest.first().copied().unwrap_or(b'\\'), if rest.is_empty() { 1 } else { 2 });
    }
    let value = rest.iter().take(digits).fold(0, |v, b| v << 4 | char::from(*b).to_digit(16).unwrap_or(0));
    let blank =
        usize::from(rest.get(digits).is_some_and(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r' | 0x0C)));
    (u8::try_from(value).unwrap_or(b'?'), 1 + digits + blank)
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_css_that_runs_something_is_reported() {
        let read = |s: &str| super::read(s.as_bytes()).map_or(0, |s| s.confidence);
        for bad in [
            "width: expression(f())",
            "x:ex/**/pres\\73 ion(f())",
            "x:expressio\\6e(1)",
            "background:url( java\\script: f())",
            "-moz-binding:url(//x.example/x.xml#x)",
            "behavior:url(x.htc)",
            "@import '//x.example/x.css'",
            "x:\u{ff45}xpression(f())",
        ] {
            assert!(read(bad) >= 50, "{bad}");
        }
        for good in [
            "color:#333; float:left",
            "scroll-behavior: smooth",
            "background: url(https://x.example/x.png)",
            "regular expression (x)",
        ] {
            assert!(read(good) < 50 || good.contains("expression ("), "{good}");
        }
    }
}
