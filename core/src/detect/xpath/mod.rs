//! XPath injection (CWE-643).
//!
//! What comes in: a value that may stand in a string or number of an XPath expression. What goes out: a hit where the
//! value goes on with steps, axes or functions of the language. What always holds: one pass, no allocation without a
//! hit. To add a function: a line in [`FUNCTIONS`].
//!
//! Fires on conditions with functions that only XPath has (`' and string-length(name(/*[1]))=4 and '1'='1`), on steps
//! joined to the application's path (`x'] | //*`, `1]/ancestor::node()`), and on `doc('http://...')`. Must not fire on
//! paths alone (`//div[2]/a`, which tools for recording clicks send), on URLs, on `self::method()` of PHP or `a::b` of
//! C++ and Rust. What SQL would run as well (a comparison of two constants) belongs to class `sqli`. Words from XPath 1.0 (W3C 1999,
//! sections 2.2 and 4), XPath 3.1 functions, and XSLT 1.0 section 12.

pub(super) mod techniques;

use super::lex::find::places;
use super::lex::initials::Initials;
use super::{Class, Groups, Hit, Hits, Value};
use crate::bytes::{Wake, Words};
use crate::detect::beside::Beside;
use crate::detect::lex::find::find;
use crate::points::Place;

/// Axes of XPath 1.0, sorted.
const AXES: [&str; 13] = [
    "ancestor",
    "ancestor-or-self",
    "attribute",
    "child",
    "descendant",
    "descendant-or-self",
    "following",
    "following-sibling",
    "namespace",
    "parent",
    "preceding",
    "preceding-sibling",
    "self",
];

/// Functions and node tests that no other query language has, sorted.
const FUNCTIONS: [&str; 25] = [
    "collection",
    "comment",
    "current-dateTime",
    "doc",
    "doc-available",
    "document",
    "document-uri",
    "encode-for-uri",
    "generate-id",
    "last",
    "local-name",
    "name",
    "namespace-uri",
    "node",
    "normalize-space",
    "position",
    "processing-instruction",
    "starts-with",
    "string-length",
    "string-to-codepoints",
    "substring-after",
    "substring-before",
    "system-property",
    "text",
    "unparsed-text",
];

/// Functions of other languages, too, that count with a path as their argument, sorted.
const ON_PATHS: [&str; 9] =
    ["boolean", "concat", "contains", "count", "not", "number", "string", "substring", "sum"];

/// Constants that are written as functions.
const CONSTANTS: [&str; 2] = ["false", "true"];

/// `words` with the names of functions.
pub(super) const fn add_to(words: Words) -> Words {
    let bits = Groups::XPATH.bits();
    words.with_all(&FUNCTIONS, bits).with_all(&ON_PATHS, bits).with_all(&CONSTANTS, bits)
}

/// Tokens read of a value.
const TOKENS: usize = 256;

#[derive(Default)]
struct Found {
    /// Functions and node tests that fit XPath: with an argument that is a path or a call, or empty where they take none.
    functions: u32,
    /// `axis::` before a node test.
    axes: u32,
    /// `/name`, `//*`, `/@x` where an operand may stand.
    steps: u32,
    /// Of these the ones that begin a path: `//a` or `../a` where an operand is wanted.
    roots: u32,
    /// `or`, `and`, `|` between operands.
    joins: u32,
    /// A path after `|`.
    unions: u32,
    /// A `]` or `)` that closes what the value has not opened.
    closes: u32,
    /// `doc(` with a string or a call.
    documents: u32,
    compares: u32,
    end: usize,
}

/// Judges one value.
pub fn judge(value: &Value<'_>, hits: &mut Hits) {
    let text = value.bytes;
    if matches!(value.place, Place::FileContent | Place::HeaderValue)
        || !may_tell(value)
        || !looks_like(value)
    {
        return;
    }
    let mut best: Option<Hit> = None;
    for quote in [b'\'', b'"'] {
        if let Some(i) = memchr::memchr(quote, text) {
            consider(text, i, i + 1, true, &mut best);
        }
    }
    consider(text, 0, 0, false, &mut best);
    hits.extend(best);
}

/// Whether the value has what each rule of [`consider`] needs: a function, an axis, another path, or a quote and a condition
/// on a path.
fn may_tell(value: &Value<'_>) -> bool {
    let (wake, words) = (value.wake, value.words);
    wake.any(Wake::PAREN) && words.any(Groups::XPATH)
        || wake.any(Wake::PIPE)
        || wake.any(Wake::SINGLE.or(Wake::DOUBLE))
            && wake.any(Wake::SLASH)
            && wake.any(Wake::EQUALS.or(Wake::LESS).or(Wake::GREATER).or(Wake::BANG))
            && words.any(Groups::SQL_JOINING)
        || wake.any(Wake::COLON) && value.may_hold(Beside::AXIS) && has_axis(value.bytes)
}

/// Without one of these there is no XPath in it.
fn looks_like(value: &Value<'_>) -> bool {
    let (text, wake) = (value.bytes, value.wake);
    // A blank before the parenthesis is only passed over in a condition: prose has it, too.
    let joined = wake.any(Wake::PIPE) || value.words.any(Groups::SQL_JOINING);
    let tight = |paren: usize| paren > 0 && !text.get(paren - 1).is_some_and(u8::is_ascii_whitespace);
    let called = wake.any(Wake::PAREN) && value.words.any(Groups::XPATH);
    wake.any(Wake::COLON) && value.may_hold(Beside::AXIS) && has_axis(text)
        || called
            && (joined || value.may_hold(Beside::TIGHT))
            && memchr::memchr_iter(b'(', text).any(|i| (joined || tight(i)) && function_before(text, i))
        || wake.any(Wake::SLASH)
            && value.may_hold(Beside::STEP)
            && memchr::memchr_iter(b'/', text).any(|i| {
                matches!(text.get(i + 1), Some(b'/' | b'*' | b'@'))
                    || i > 1 && text.get(i - 2..i) == Some(b"..")
            })
}

fn function_before(text: &[u8], paren: usize) -> bool {
    let head = text.get(..paren).unwrap_or(&[]).trim_ascii_end();
    let start = head.iter().rposition(|&b| !is_name(b)).map_or(0, |i| i + 1);
    let name = head.get(start..).unwrap_or(&[]);
    #[cfg(test)]
    crate::detect::lex::work::add(paren - start);
    is_function(name) || name == b"count" || is_constant(name)
}

/// Whether two colons stand side by side.
fn has_axis(text: &[u8]) -> bool {
    places(text, b':').any(|at| text.get(at + 1) == Some(&b':'))
}

fn is_function(name: &[u8]) -> bool {
    static INITIALS: Initials = Initials::of(&FUNCTIONS);
    // PERF: most words are none of them, nor as long as one that begins like them.
    INITIALS.fit(name) && FUNCTIONS.binary_search_by(|f| f.as_bytes().cmp(name)).is_ok()
}

fn is_constant(name: &[u8]) -> bool {
    CONSTANTS.iter().any(|c| c.as_bytes() == name)
}

fn is_axis(name: &[u8]) -> bool {
    AXES.binary_search_by(|a| a.as_bytes().cmp(name)).is_ok()
}

fn is_name(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')
}

fn consider(text: &[u8], span: usize, from: usize, quoted: bool, best: &mut Option<Hit>) {
    let found = read(text, from, quoted);
    let telling = found.functions + found.axes;
    let (technique, confidence, reason) = match () {
        () if found.documents > 0 && (quoted || found.joins > 0) => {
            ("document-fetch", 88, "doc() makes the server fetch a document the value names")
        }
        () if quoted && telling > 0 && found.joins > 0 && (found.compares > 0 || found.steps > 0) => {
            ("condition", 90, "a condition with functions of XPath is joined to the application's own")
        }
        () if quoted
            && (found.functions > 1 || found.functions > 0 && found.joins > 1)
            && found.joins > 0 =>
        {
            ("condition", 85, "functions of XPath are joined to the application's condition")
        }
        () if quoted && found.joins > 0 && found.roots > 0 && found.compares > 0 => {
            ("condition", 82, "a condition on a path is joined to the application's own")
        }
        () if found.closes > 0 && found.unions > 0 => {
            ("path-union", 88, "the value closes the application's predicate and adds a path of its own")
        }
        () if found.closes > 0 && found.steps > 0 && telling > 0 => (
            "path-step",
            82,
            "the value closes the application's predicate and goes on with steps of its own",
        ),
        () if !quoted && telling > 0 && found.joins > 0 && found.compares > 0 => {
            ("condition", 78, "a condition with functions of XPath is joined to the application's own")
        }
        () if quoted && found.unions > 0 && found.steps > 0 => {
            ("path-union", 70, "the value ends the application's string and adds a path of its own")
        }
        () if !quoted && found.functions > 1 && found.steps > 0 => {
            ("expression", 68, "functions of XPath are computed on a path")
        }
        () if !quoted && found.functions > 0 && found.axes > 0 => {
            ("expression", 62, "functions of XPath are computed on an axis")
        }
        () => return,
    };
    let prose = text.get(..from).unwrap_or(&[]).iter().filter(|b| **b == b' ').count() > 3;
    let confidence = if prose { confidence - 30 } else { confidence };
    if best.as_ref().is_none_or(|b| b.confidence < confidence) {
        let span = span..found.end.max(span);
        *best = Some(Hit { class: Class::Xpath, technique, confidence, span, reason: reason.into() });
    }
}

/// Reads operands and operators from `from` on until something does not fit. `quoted`: a string ends right before.
fn read(text: &[u8], from: usize, quoted: bool) -> Found {
    let mut found = Found { end: from, ..Found::default() };
    let (mut at, mut operand, mut open, mut after_union) = (from, quoted, 0u32, false);
    let mut after_parent = false;
    let byte = |i: usize| text.get(i).copied().unwrap_or(0);
    #[cfg(test)]
    let mut counted = from;
    for _ in 0..TOKENS {
        at = skip_blanks(text, at).0;
        #[cfg(test)]
        {
            crate::detect::lex::work::add(at - counted);
            counted = at;
        }
        if at >= text.len() {
            break;
        }
        let b = byte(at);
        let next = byte(at + 1);
        match b {
            b'/' => {
                let double = usize::from(next == b'/');
                let after = skip_blanks(text, at + 1 + double).0;
                let step = byte(after);
                // Blanks before the name are for paths behind `|` or in parentheses: prose has slashes too.
                let tight = after == at + 1 + double || after_union || open > 0;
                if tight && (is_name(step) || matches!(step, b'*' | b'@')) || double == 0 && !operand {
                    found.steps += 1;
                    // `/*` and `*/` are marks of comments in SQL.
                    let name = is_name(step) || step == b'@' || byte(at + 3) == b'[' || byte(at + 3) == b'/';
                    found.roots += u32::from(!operand && double == 1 && name || after_parent);
                    found.unions += u32::from(after_union);
                    after_union = false;
                }
                after_parent = false;
                at += 1 + double;
                let goes_on = |b: u8| is_name(b) || matches!(b, b'*' | b'@');
                operand = !(goes_on(byte(at)) || tight && goes_on(step));
            }
            b'@' if !operand => {
                at += 1;
                continue;
            }
            b'*' if !operand => {
                at += 1;
                operand = true;
            }
            b'(' | b'[' => {
                if b == b'(' && operand || b == b'[' && !operand {
                    break;
                }
                open += 1;
                at += 1;
                operand = false;
            }
            b')' | b']' => {
                if open == 0 {
                    found.closes += 1;
                } else {
                    open -= 1;
                }
                at += 1;
                operand = true;
            }
            b'|' if operand => {
                found.joins += 1;
                after_union = true;
                operand = false;
                at += 1;
            }
            b'=' | b'<' | b'>' | b'!' | b'+' | b'-' | b'*' | b',' if operand => {
                found.compares += u32::from(matches!(b, b'=' | b'<' | b'>' | b'!'));
                at += 1 + usize::from(matches!(b, b'<' | b'>' | b'!') && next == b'=');
                operand = false;
            }
            b'\'' | b'"' if !operand => {
                match memchr::memchr(b, text.get(at + 1..).unwrap_or(&[])) {
                    Some(i) => at += i + 2,
                    None => at = text.len(),
                }
                operand = true;
            }
            b'.' if !operand && !next.is_ascii_digit() => {
                at += 1 + usize::from(next == b'.');
                operand = true;
                after_parent = next == b'.' && byte(at) == b'/';
            }
            _ if is_name(b) => {
                let len = text.get(at..).unwrap_or(&[]).iter().take_while(|b| is_name(**b)).count();
                let name = text.get(at..at + len).unwrap_or(&[]);
                let (end, blank) = skip_blanks(text, at + len);
                if matches!(name, b"or" | b"and" | b"div" | b"mod") && operand {
                    found.joins += u32::from(matches!(name, b"or" | b"and"));
                    operand = false;
                } else if operand {
                    break;
                } else if byte(end) == b':' && byte(end + 1) == b':' && is_axis(name) {
                    let test = byte(end + 2);
                    found.axes += u32::from(test == b'*' || axis_target(text, end + 2));
                    at = end + 2;
                    continue;
                } else if byte(end) == b'(' && (!blank || found.joins > 0) {
                    let argument = skip_blanks(text, end + 1).0;
                    let constant = is_constant(name) && byte(argument) == b')';
                    found.functions +=
                        u32::from(constant || is_function(name) || path_argument(name, text, argument));
                    if matches!(name, b"doc" | b"document" | b"unparsed-text") {
                        let string = matches!(byte(argument), b'\'' | b'"')
                            || text.get(argument..).unwrap_or(&[]).starts_with(b"concat(");
                        found.documents += u32::from(string);
                    }
                    if byte(argument) == b')' {
                        at = argument + 1;
                        operand = true;
                    } else {
                        open += 1;
                        at = end + 1;
                    }
                    found.end = at;
                    continue;
                } else {
                    operand = true;
                }
                at += len;
            }
            _ => break,
        }
        found.end = at.min(text.len());
    }
    found
}

/// The longest comment that is read as a blank.
const COMMENT: usize = 128;

/// Whether a node test follows: `node()`, `text()`, or a name that no `(` follows (else it is a method of some class).
fn axis_target(text: &[u8], at: usize) -> bool {
    let len = text.get(at..).unwrap_or(&[]).iter().take_while(|b| is_name(**b)).count();
    #[cfg(test)]
    crate::detect::lex::work::add(len);
    let name = text.get(at..at + len).unwrap_or(&[]);
    match text.get(at + len) {
        Some(b'(') => matches!(name, b"node" | b"text" | b"comment" | b"processing-instruction"),
        _ => len > 0,
    }
}

/// `count(/*)`, `sum(//x)`, `string(./x)`: other languages have such functions, but no paths.
fn path_argument(name: &[u8], text: &[u8], at: usize) -> bool {
    ON_PATHS.iter().any(|f| f.as_bytes() == name)
        && text.get(at) == Some(&b'/')
        && text.get(at + 1).is_some_and(|&b| is_name(b) || matches!(b, b'/' | b'*' | b'@'))
}

/// The first byte from `at` on that is neither blank nor comment, and whether there was any.
fn skip_blanks(text: &[u8], at: usize) -> (usize, bool) {
    let mut end = at;
    loop {
        let rest = text.get(end..).unwrap_or(&[]);
        end += rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
        let rest = text.get(end..).unwrap_or(&[]);
        // Comments of XPath 2.0: `(: ... :)`.
        let inside = rest.strip_prefix(b"(:").and_then(|r| find(r.get(..r.len().min(COMMENT))?, b":)"));
        match inside {
            Some(len) => end += len + 4,
            None => break,
        }
    }
    #[cfg(test)]
    crate::detect::lex::work::add(end - at);
    (end, end > at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::wake;
    use crate::decode::Trust;
    use crate::detect::words::words;
    use proptest::prelude::*;

    #[test]
    fn work_is_proportional_to_the_value() {
        for piece in [
            "'", "/", "//", "(", ")", "[", "]|", "a::", "count(", "a", " ", "' or ", "../", "name()", "* ",
            "(: :)", "(:", "count (", "// ",
        ] {
            let judged = |text: &[u8]| {
                let (mut best, wake, words) = (None, wake(text), words(text));
                let (place, trust) = (Place::QueryValue, Trust::Plain);
                let value =
                    Value { bytes: text, place, name: b"", wake, words, trust, first: true, last: true };
                if looks_like(&value) {
                    consider(text, 0, 0, false, &mut best);
                    consider(text, 0, 1, true, &mut best);
                }
            };
            crate::detect::lex::work::linear(&judged, piece.as_bytes());
        }
    }

    #[test]
    fn word_lists_are_sorted() {
        assert!(AXES.is_sorted());
        assert!(FUNCTIONS.is_sorted());
    }

    proptest! {
        #[test]
        fn never_panics(pieces in prop::collection::vec(prop::sample::select(vec!["'", "\"", "/", "//", "*", "(", ")", "[", "]", "|", "::", "child", "name", "doc", " or ", "=", "1", "."]), 0..40)) {
            let text = pieces.concat();
            for from in [0, text.len() / 2] {
                prop_assert!(read(text.as_bytes(), from, from > 0).end <= text.len());
            }
        }
    }
}
