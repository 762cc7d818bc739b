//! Character references in attribute values (WHATWG HTML, 13.2.5.72 to 80): the parser itself reads them before an
//! address or a handler is looked at, so `javascript&colon;` is one scheme.
//!
//! Only ASCII characters matter here: numeric references of any spelling, and the names of ASCII punctuation.

use smallvec::SmallVec;

/// The names of ASCII characters that matter to addresses, scripts and tags (WHATWG HTML, 13.5), sorted.
const NAMES: &[(&[u8], u8)] = &[
    (b"AMP", b'&'),
    (b"DiacriticalGrave", b'`'),
    (b"GT", b'>'),
    (b"Hat", b'^'),
    (b"LT", b'<'),
    (b"NewLine", b'\n'),
    (b"QUOT", b'"'),
    (b"Tab", b'\t'),
    (b"VerticalLine", b'|'),
    (b"amp", b'&'),
    (b"apos", b'\''),
    (b"ast", b'*'),
    (b"bsol", b'\\'),
    (b"colon", b':'),
    (b"comma", b','),
    (b"commat", b'@'),
    (b"dollar", b'$'),
    (b"equals", b'='),
    (b"excl", b'!'),
    (b"grave", b'`'),
    (b"gt", b'>'),
    (b"lbrace", b'{'),
    (b"lbrack", b'['),
    (b"lcub", b'{'),
    (b"lowbar", b'_'),
    (b"lpar", b'('),
    (b"lsqb", b'['),
    (b"lt", b'<'),
    (b"midast", b'*'),
    (b"num", b'#'),
    (b"percnt", b'%'),
    (b"period", b'.'),
    (b"plus", b'+'),
    (b"quest", b'?'),
    (b"quot", b'"'),
    (b"rbrace", b'}'),
    (b"rbrack", b']'),
    (b"rcub", b'}'),
    (b"rpar", b')'),
    (b"rsqb", b']'),
    (b"semi", b';'),
    (b"sol", b'/'),
    (b"verbar", b'|'),
    (b"vert", b'|'),
];

/// A value with its references read.
pub type Decoded = SmallVec<[u8; 256]>;

/// `bytes` with references read, or `None` if there are none.
pub fn decode(bytes: &[u8]) -> Option<Decoded> {
    // PERF: where there is none nothing is copied.
    let first = memchr::memchr_iter(b'&', bytes)
        .find(|at| reference(bytes.get(at + 1..).unwrap_or_default()).is_some())?;
    let mut out = Decoded::from_slice(bytes.get(..first)?);
    let mut at = first;
    while let Some(&b) = bytes.get(at) {
        let read = if b == b'&' { reference(bytes.get(at + 1..).unwrap_or_default()) } else { None };
        match read {
            Some((c, len)) => {
                out.push(c);
                at += 1 + len;
            }
            None => {
                out.push(b);
                at += 1;
            }
        }
    }
    Some(out)
}

/// The character of the reference `bytes` (behind the `&`) begin with, and its length.
fn reference(bytes: &[u8]) -> Option<(u8, usize)> {
    if let [b'#', rest @ ..] = bytes {
        let (digits, radix, from) = match rest {
            [b'x' | b'X', digits @ ..] => (digits, 16, 2),
            digits => (digits, 10, 1),
        };
        // Leading zeros are no limit in browsers; 64 digits are one here, so that the work stays linear.
        let len = digits.iter().take(64).take_while(|b| char::from(**b).is_digit(radix)).count();
        let digits = digits.get(..len)?;
        let value = digits.iter().fold(0u32, |v, b| {
            v.saturating_mul(radix).saturating_add(char::from(*b).to_digit(radix).unwrap_or(0))
        });
        let semicolon = usize::from(rest.get(from - 1 + len) == Some(&b';'));
        let c = u8::try_from(value).ok().filter(|c| c.is_ascii() && len > 0)?;
        return Some((c, from + len + semicolon));
    }
    let len = bytes.iter().take(20).take_while(|b| b.is_ascii_alphabetic()).count();
    let name = bytes.get(..len)?;
    let found = NAMES.binary_search_by(|n| n.0.cmp(name)).ok()?;
    let semicolon = bytes.get(len) == Some(&b';');
    // Without the semicolon only the oldest names count; the parser takes them there, too.
    let old = matches!(name, b"amp" | b"lt" | b"gt" | b"quot" | b"AMP" | b"LT" | b"GT" | b"QUOT");
    (semicolon || old).then_some((NAMES.get(found)?.1, len + usize::from(semicolon)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_of_every_spelling_are_read() {
        assert!(NAMES.is_sorted_by(|a, b| a.0 < b.0));
        let read = |s: &str| decode(s.as_bytes()).map(|d| String::from_utf8_lossy(&d).into_owned());
        assert_eq!(read("j&#97v&#x0061;script&colon;a&lpar;1&rpar;").as_deref(), Some("javascript:a(1)"));
        assert_eq!(read("&lt;b&gt c&Tab;&NewLine;").as_deref(), Some("<b> c\t\n"));
        assert_eq!(read("a&b=c&colon&#;&#x;&#999999999999;"), None);
        assert_eq!(read("plain"), None);
    }
}
