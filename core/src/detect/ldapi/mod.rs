//! LDAP injection (CWE-90).
//!
//! What comes in: a value that may stand as an assertion in a search filter. What goes out: a hit where the value ends
//! the assertion and goes on with filter syntax of its own. What always holds: one pass, no allocation without a hit. To
//! add a form: a rule in [`weigh`].
//!
//! Fires on what RFC 4515 would read as further components: a `)` that closes what the value has not opened, followed by
//! `(`, `&`, `|` or `!` and an attribute with an operator, as in `x)(mail=*`, or a component after a lone `*`, as in
//! `*(|(pager=*))`. Must not fire on balanced parentheses (`f(x)(y=1)`), on smileys, or on prose in parentheses. A whole
//! filter as a value, `(uid=x)`, is what directory search forms send, unless it holds what no user looks for: a component
//! of constants or on a password, as in `(&(cn=k)(!(|(2=3)(userPassword=z))))`.

pub(super) mod techniques;

use super::{Class, Hit, Hits, Value};
use crate::bytes::Wake;
use crate::detect::beside::Beside;
use crate::points::Place;

/// An assertion before the injected part is no longer than this.
const ASSERTION: usize = 128;

/// Judges one value.
pub fn judge(value: &Value<'_>, hits: &mut Hits) {
    let text = value.bytes;
    // A component has an assertion or joins others, or a NUL byte cuts off what follows.
    let signs = Wake::EQUALS.or(Wake::AMPERSAND).or(Wake::PIPE).or(Wake::BANG).or(Wake::CONTROL);
    if matches!(value.place, Place::FileContent) || !value.wake.any(signs) {
        return;
    }
    if !value.wake.any(Wake::CONTROL) && !may_open_component(value) {
        return;
    }
    let Some(start) = leaves_assertion(text) else {
        if let Some(end) = whole_filter(text) {
            hits.push(Hit {
                class: Class::Ldapi,
                technique: "whole-filter",
                confidence: 62,
                span: 0..end,
                reason: "the value is a search filter with a component of constants or on a password".into(),
            });
        }
        return;
    };
    let before = text.get(..start).unwrap_or(&[]);
    // Padding makes no prose of an assertion.
    let word = is_word(before.strip_suffix(b"*").unwrap_or(before));
    if !word && (before.len() > ASSERTION || before.contains(&b'\n')) {
        return;
    }
    if let Some((confidence, end)) = weigh(text, start) {
        let reason = match confidence {
            50.. => "the value closes its assertion in the search filter and adds a component of its own",
            _ => "the value may be read as part of a search filter",
        };
        hits.push(Hit {
            class: Class::Ldapi,
            technique: "filter-component",
            confidence,
            span: start..end.min(text.len()),
            reason: reason.into(),
        });
    }
}

/// Whether a parenthesis may open a component: behind one that closes, behind a star, or in a filter that is the whole value.
fn may_open_component(value: &Value<'_>) -> bool {
    let text = value.bytes;
    matches!(text, [b'(', b'&' | b'|' | b'!', ..])
        || value.may_hold(Beside::COMPONENT)
            && memchr::memchr_iter(b'(', text).any(|open| {
                let between = |b: &u8| matches!(b, b'&' | b'|' | b'!') || b.is_ascii_whitespace();
                let mut before = text.get(..open).unwrap_or(&[]).iter().rev();
                #[cfg(test)]
                crate::detect::lex::work::add(0);
                matches!(before.find(|b| !between(b)), Some(b')' | b'*'))
            })
}

/// Where the value stops being an assertion: at a `)` it has not opened, or at a `(` after a lone `*`.
fn leaves_assertion(text: &[u8]) -> Option<usize> {
    let mut open = 0usize;
    for i in memchr::memchr2_iter(b'(', b')', text) {
        #[cfg(test)]
        crate::detect::lex::work::add(0);
        match text.get(i) {
            Some(b'(') if open == 0 && i > 0 && i <= ASSERTION && follows_star(text.get(..i)?) => {
                return Some(i);
            }
            Some(b'(') => open += 1,
            _ if open == 0 => return Some(i),
            _ => open -= 1,
        }
    }
    None
}

/// Whether `text` is a word, perhaps none, and a star.
fn follows_star(text: &[u8]) -> bool {
    #[cfg(test)]
    crate::detect::lex::work::add(text.len());
    text.trim_ascii_end().strip_suffix(b"*").is_some_and(is_word)
}

fn is_word(text: &[u8]) -> bool {
    text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'@'))
}

/// The end of a filter that is the whole value, if it begins with an operator and one of its components compares constants
/// or a password.
fn whole_filter(text: &[u8]) -> Option<usize> {
    const PASSWORDS: [&[u8]; 3] = [b"userPassword", b"unicodePwd", b"sambaNTPassword"];
    let text = text.get(..text.len().min(1024))?.trim_ascii_end();
    let joined = matches!(text, [b'(', b'&' | b'|' | b'!', b'(', ..]);
    if !joined || text.last() != Some(&b')') {
        return None;
    }
    memchr::memchr_iter(b'(', text).find_map(|open| {
        let component = text.get(open + 1..)?;
        let len = attribute(component)?;
        let name = component.get(..len)?.strip_suffix(b"=")?;
        let end = len + memchr::memchr(b')', component.get(len..len + 64.min(component.len() - len))?)?;
        let value = component.get(len..end)?;
        let number = |t: &[u8]| !t.is_empty() && t.len() < 8 && t.iter().all(u8::is_ascii_digit);
        let telling = number(name) && number(value) || PASSWORDS.iter().any(|p| p.eq_ignore_ascii_case(name));
        telling.then_some(text.len())
    })
}

/// How much of a filter follows at `start`, and where it ends.
fn weigh(text: &[u8], start: usize) -> Option<(u8, usize)> {
    let (mut at, mut closed, mut opened, mut operators, mut blanks) = (start, 0u32, 0u32, 0u32, 0u32);
    while let Some(&b) = text.get(at) {
        #[cfg(test)]
        crate::detect::lex::work::add(0);
        match b {
            b')' if opened == 0 => closed += 1,
            b'(' => opened += 1,
            b'&' | b'|' | b'!' if closed > 0 || opened > 0 => operators += 1,
            b' ' | b'\t' => blanks += 1,
            b'\n' | b'\r' if is_word(text.get(..start.min(ASSERTION)).unwrap_or(&[])) => blanks += 1,
            _ => break,
        }
        at += 1;
    }
    let rest = text.get(at..).unwrap_or(&[]);
    let component = attribute(rest);
    if let Some(len) = component.filter(|_| opened > 0 && (blanks < 4 || operators > 0)) {
        let end = at + len;
        let value = text.get(end..).unwrap_or(&[]);
        let open_end = value.first() == Some(&b'*') || value.is_empty() || operators > 0 || closed > 1;
        return Some((if open_end { 90 } else { 80 }, end + value.len().min(16)));
    }
    let over = rest.is_empty() || rest.first() == Some(&b')') || rest.first() == Some(&0);
    if over && opened > 0 && operators > 0 && closed > 0 {
        return Some((if blanks == 0 { 70 } else { 52 }, at));
    }
    // `*))%00`: the rest of the filter is cut off.
    if rest.first() == Some(&0) && (closed > 1 || closed > 0 && start > 0) {
        return Some((60, at + 1));
    }
    None
}

/// The length of an attribute description with an operator: `cn=`, `2.5.4.3;lang-de>=`, `cn:dn:=`.
fn attribute(rest: &[u8]) -> Option<usize> {
    let of_name = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b';' | b':' | b'_');
    let name = rest.iter().take_while(of_name).count();
    #[cfg(test)]
    crate::detect::lex::work::add(name);
    if name == 0 || name > 64 || !rest.first()?.is_ascii_alphanumeric() {
        return None;
    }
    let blanks = rest.get(name..)?.iter().take_while(|b| **b == b' ').count();
    // Blanks before the sign, as some servers allow, only where the sign stands alone: prose has `a = b` too.
    let spaced = (1..=4).contains(&blanks)
        && rest.get(name + blanks) == Some(&b'=')
        && rest.get(name + blanks + 1..)?.trim_ascii_start().first() == Some(&b'*');
    if spaced {
        return Some(name + blanks + 1);
    }
    let operator = match (rest.get(name), rest.get(name + 1)) {
        (Some(b'='), Some(b'=' | b'>')) => return None,
        (Some(b'='), _) => 1,
        (Some(b'~' | b'>' | b'<'), Some(b'=')) => 2,
        _ => return None,
    };
    Some(name + operator)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn work_is_proportional_to_the_value() {
        for piece in ["*(", "*", ")", "(", "*)(", "(|", "a=", "*  ", ")(a=*", "&", " "] {
            let judged = |text: &[u8]| {
                let end = leaves_assertion(text).map(|at| weigh(text, at));
                assert!(end.is_none_or(|e| e.is_none_or(|(_, end)| end <= text.len() + 16)));
            };
            crate::detect::lex::work::linear(&judged, piece.as_bytes());
        }
    }

    #[test]
    fn attribute_descriptions() {
        for (text, len) in [
            ("cn=*", Some(3)),
            ("2.5.4.3;lang-de>=x", Some(17)),
            ("cn:dn:2.4=x", Some(10)),
            ("a b=c", None),
            ("a==b", None),
            ("=x", None),
        ] {
            assert_eq!(attribute(text.as_bytes()), len, "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(bytes in prop::collection::vec(prop::sample::select(b"()*&|!=a \0<>~".to_vec()), 0..64)) {
            if let Some(start) = leaves_assertion(&bytes)
                && let Some((_, end)) = weigh(&bytes, start) {
                    prop_assert!(end <= bytes.len() + 16);
                }
        }
    }
}
