//! XML from which Java would build objects that run code.
//!
//! What fires: `<java class="java.beans.XMLDecoder">`, XStream's `<dynamic-proxy>`, `<java.lang.ProcessBuilder>`. What must
//! not: XML that names classes of Java otherwise. Source: java.beans, XMLDecoder; XStream, "Security Aspects"; CWE-502.

use super::serial::hit;
use crate::bytes::{Triples, Wake};
use crate::detect::lex::find::{find, find_by_pair};
use crate::detect::{Groups, Hit, Value};

/// What XML holds from which Java would build objects that run code. Each but those of [`is_sign`] names a package.
static SIGNS: &[&[u8]] = &[
    b"java.beans.XMLDecoder",
    b"class=\"java.lang.ProcessBuilder\"",
    b"class=\"java.lang.Runtime\"",
    b"<java.util.PriorityQueue",
    b"java.beans.EventHandler",
    b"<dynamic-proxy>",
    b"<jdk.nashorn",
    b"<javax.imageio",
    b"<java.lang.ProcessBuilder>",
    b"<void method=\"exec\"",
];

/// Where such a sign may begin.
static ELEMENTS: Triples =
    Triples::NONE.with(0, [b"<", b"d", b"y"]).with(1, [b"<", b"v", b"o"]).with(2, [b"<", b"j", b"da"]);

/// Whether one of the [`SIGNS`] that do not hold `java.` stands at `at`, where an element opens.
fn is_sign(bytes: &[u8], at: usize) -> bool {
    let sign: &[u8] = match bytes.get(at + 1) {
        Some(b'd') => b"<dynamic-proxy>",
        Some(b'v') => b"<void method=\"exec\"",
        Some(b'j') if bytes.get(at + 2) == Some(&b'd') => b"<jdk.nashorn",
        Some(b'j') => b"<javax.imageio",
        _ => return false,
    };
    bytes.get(at..).is_some_and(|text| text.starts_with(sign))
}

/// `<java class="java.beans.XMLDecoder">`, XStream's dynamic proxies, and objects of ProcessBuilder in XML.
pub(super) fn judge(value: &Value<'_>) -> Option<Hit> {
    let bytes = value.bytes;
    if !value.wake.all(Wake::LESS.or(Wake::DOT)) || !value.words.any(Groups::OBJECTS) {
        return None;
    }
    if find(bytes, b"java").is_none()
        && find(bytes, b"<dynamic-proxy>").is_none()
        && find(bytes, b"<jdk.").is_none()
    {
        return None;
    }
    // PERF: a name alone is no sign; what each has more is looked for before each is.
    if find_by_pair(bytes, b"java.", *b"a.").is_none() && !ELEMENTS.places(bytes).any(|at| is_sign(bytes, at))
    {
        return None;
    }
    for (i, sign) in SIGNS.iter().enumerate() {
        let Some(at) = find(bytes, sign) else { continue };
        let others = SIGNS.iter().enumerate().filter(|(j, s)| *j != i && find(bytes, s).is_some()).count();
        let confidence = if others > 0 { 95 } else { 78 };
        return hit(
            "xml-object",
            confidence,
            at..at + sign.len(),
            "XML from which Java would build objects that run code",
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_is_looked_for() {
        for sign in SIGNS {
            assert!(
                find(sign, b"java.").is_some() || ELEMENTS.mask(sign) & 1 != 0 && is_sign(sign, 0),
                "{}",
                sign.escape_ascii()
            );
        }
    }
}
