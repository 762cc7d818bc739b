//! XML: document types and their declarations (XML 1.0, sections 2.8 and 4.2).

use super::{Out, knows};

/// The words of a document type declaration.
#[rustfmt::skip]
pub(super) const WORDS: &[&str] = &[
    "#pcdata", "<!attlist", "<!doctype", "<!element", "<!entity", "<!notation", "<?xml", "any", "cdata", "empty",
    "ndata", "public", "system"
];

/// Reads a document or a part of one.
pub(super) fn read(text: &[u8], out: &mut Out) {
    words(text, out);
}

/// Reads `<!...>` or `<?...>` inside other markup.
pub(super) fn inside(text: &[u8], out: &mut Out) {
    let declares = text.starts_with(b"<!") && text.get(2).is_some_and(u8::is_ascii_alphabetic);
    if declares { words(text, out) } else { out.put("<!markup") }
}

fn words(text: &[u8], out: &mut Out) {
    let mut at = 0;
    while let Some(&b) = text.get(at) {
        if out.full {
            return;
        }
        let rest = text.get(at..).unwrap_or_default();
        at += match b {
            b if b.is_ascii_whitespace() => 1,
            b'"' | b'\'' => {
                let inner = rest.get(1..).unwrap_or_default();
                let end = inner.iter().position(|&c| c == b).unwrap_or(inner.len());
                out.put(literal(inner.get(..end).unwrap_or_default()));
                end + 2
            }
            b'>' | b'[' | b']' | b'(' | b')' | b'|' | b',' | b'*' | b'+' => {
                out.sign(&[b]);
                1
            }
            b'%' | b'&' => {
                let end =
                    rest.iter().position(|&c| c == b';' || c.is_ascii_whitespace()).unwrap_or(rest.len());
                let reference = rest.get(end) == Some(&b';') && end > 1;
                out.put(if reference { "reference" } else { "%" });
                if reference { end + 1 } else { 1 }
            }
            _ => {
                let stop = |c: &u8| c.is_ascii_whitespace() || b">[]()|,*+%&\"'".contains(c);
                let end = rest.iter().position(stop).unwrap_or(rest.len()).max(1);
                let word = rest.get(..end).unwrap_or_default();
                match word {
                    _ if knows(WORDS, word) => out.word("", word),
                    [b'<', ..] => out.put("<element"),
                    _ => out.put("name"),
                }
                end
            }
        };
    }
}

/// What a literal holds: where an entity leads says the attack, its address does not.
fn literal(text: &[u8]) -> &'static str {
    let has = |scheme: &[u8]| text.get(..scheme.len()).is_some_and(|t| t.eq_ignore_ascii_case(scheme));
    match text {
        _ if has(b"file:") => "file-url",
        _ if has(b"php:") || has(b"expect:") || has(b"jar:") || has(b"netdoc:") => "stream-url",
        _ if text.windows(3).any(|w| w == b"://") => "url",
        _ if text.contains(&b'<') || text.contains(&b'&') || text.contains(&b'%') => "markup",
        _ => "string",
    }
}
