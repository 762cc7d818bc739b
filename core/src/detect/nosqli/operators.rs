//! Operators of document databases, in names and in text that becomes a query object.

use super::Found;
use crate::detect::lex::find::places;
use crate::detect::lex::initials::Initials;
use crate::points::Place;

/// Query operators of the MongoDB manual (8.0, query and projection operators, aggregation stages) that CouchDB's Mango shares in part,
/// sorted. `true`: it changes or bypasses a condition by itself; `false`: filter APIs let their clients use it.
const OPERATORS: [(&str, bool); 31] = [
    ("accumulator", true),
    ("all", false),
    ("and", false),
    ("comment", false),
    ("elemMatch", true),
    ("eq", false),
    ("exists", true),
    ("expr", true),
    ("function", true),
    ("graphLookup", true),
    ("gt", true),
    ("gte", false),
    ("in", false),
    ("jsonSchema", true),
    ("lookup", true),
    ("lt", true),
    ("lte", false),
    ("merge", true),
    ("mod", false),
    ("ne", true),
    ("nin", true),
    ("nor", true),
    ("not", true),
    ("options", false),
    ("or", false),
    ("out", true),
    ("regex", true),
    ("size", false),
    ("type", false),
    ("unionWith", true),
    ("where", true),
];

/// PERF: names behind a dollar sign differ in their first letter or length from nearly all of them.
static INITIALS: Initials = {
    let (mut initials, mut i) = (Initials::of(&[]), 0);
    while i < OPERATORS.len() {
        initials = initials.and(&[OPERATORS[i].0]);
        i += 1;
    }
    initials
};

/// Reads names and values for operators.
pub(super) fn read(place: Place, text: &[u8]) -> Option<Found> {
    if place.is_name() {
        return name(place, text);
    }
    places(text, b'$').take(64).filter_map(|at| object(text, at)).max_by_key(|f| f.confidence)
}

/// The operator after the `$` at `at`: its end and what is known of it.
fn operator(text: &[u8], at: usize) -> Option<(usize, &'static str, bool)> {
    let rest = text.get(at + 1..)?;
    let len = rest.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    #[cfg(test)]
    crate::detect::lex::work::add(len);
    let word = rest.get(..len)?;
    if !INITIALS.fit(word) {
        return None;
    }
    if rest.get(len).is_some_and(|&b| b.is_ascii_digit() || b == b'_' || b == b'$') {
        return None;
    }
    let i = OPERATORS.binary_search_by(|o| o.0.as_bytes().cmp(word)).ok()?;
    OPERATORS.get(i).map(|o| (at + 1 + len, o.0, o.1))
}

/// `login[$ne]`, `login.$ne`, and `$ne` as a key.
fn name(place: Place, text: &[u8]) -> Option<Found> {
    let at = memchr::memchr(b'$', text)?;
    let (end, word, telling) = operator(text, at)?;
    let bracket = at > 0 && text.get(at - 1) == Some(&b'[') && text.get(end) == Some(&b']');
    let runs = matches!(word, "where" | "function" | "accumulator");
    let confidence = match (bracket, place) {
        _ if runs => 85,
        (true, _) => 80,
        (false, Place::JsonKey) if at == 0 && end == text.len() => {
            if telling {
                60
            } else {
                40
            }
        }
        (false, _) if at > 0 && end == text.len() && text.get(at - 1) == Some(&b'.') => 55,
        // `$or[0][role]=admin`: as `qs` reads it, the first member of a query object.
        _ if at == 0
            && matches!(place, Place::QueryName | Place::FormName)
            && matches!(word, "or" | "nor" | "and" | "expr")
            && text.get(end) == Some(&b'[') =>
        {
            62
        }
        _ => return object(text, at),
    };
    Some(Found {
        technique: "query-operator",
        confidence,
        span: at..end,
        reason: if runs {
            "a name is an operator that makes the database run a script"
        } else {
            "a name is an operator of a document database, which turns the value into a condition"
        },
    })
}

/// An operator in text: `{"$nin": []}`, `z', $where: 'f()'`, `[$nin]=7`.
fn object(text: &[u8], at: usize) -> Option<Found> {
    let (end, word, telling) = operator(text, at)?;
    let byte = |i: usize| text.get(i).copied().unwrap_or(0);
    let bracket = at > 0 && byte(at - 1) == b'[' && byte(end) == b']';
    if bracket && at == 1 {
        return Some(found(65, at..end));
    }
    let mut before = at;
    if before > 0 && matches!(byte(before - 1), b'"' | b'\'') && byte(end) == byte(before - 1) {
        before -= 1;
    }
    let quoted = before < at;
    while before > 0 && byte(before - 1).is_ascii_whitespace() {
        before -= 1;
    }
    #[cfg(test)]
    crate::detect::lex::work::add(at - before);
    let colon = skip(text, end + usize::from(quoted));
    if byte(colon) != b':' || byte(colon + 1) == b':' {
        return None;
    }
    let operand = skip(text, colon + 1);
    let left = if before == 0 { 0 } else { byte(before - 1) };
    let rest = text.get(operand..).unwrap_or(&[]);
    // GraphQL declares variables that way: `($where: UserWhere!, $in: [ID!])`.
    if left == b'('
        || rest.first().is_some_and(u8::is_ascii_uppercase)
        || rest.first() == Some(&b'[') && rest.get(1).is_some_and(u8::is_ascii_uppercase)
    {
        return None;
    }
    let outside = text.get(..before).unwrap_or(&[]);
    #[cfg(test)]
    crate::detect::lex::work::add(outside.len().min(80));
    let whole = matches!(outside.trim_ascii_start().first(), Some(b'{' | b'['));
    let runs = matches!(word, "where" | "function" | "accumulator" | "expr");
    // A constant that every value, or none, satisfies.
    let idle = [
        &b"\"\""[..],
        b"''",
        b"null",
        b"0",
        b"1",
        b"-1",
        b"true",
        b"false",
        b"undefined",
        b"\"^",
        b"\".",
        b"'^",
        b"'.",
        b"/",
        b"{}",
        b"[]",
        b"\"a\"",
        b"'a'",
    ]
    .iter()
    .any(|c| rest.starts_with(c) && !rest.get(c.len()).is_some_and(|b| b.is_ascii_digit() || *b == b'.'));
    // Sass and PHP have names with a dollar sign and a colon too.
    let nested = matches!(rest.first(), Some(b'"' | b'\'' | b'{' | b'['));
    let confidence = match left {
        b'{' | b',' | b'[' if runs => 85,
        0 if runs && nested => 85,
        b'{' if whole && telling && idle => 75,
        b'{' if whole && telling => 55,
        b'{' | b',' if whole => 42,
        // The value ends a string or a member of the object around it.
        b',' | b'{' if outside.len() < 80 && !outside.contains(&b'\n') && (nested || telling) => 82,
        0 if telling && nested => 60,
        _ => return None,
    };
    Some(found(confidence, before..operand.min(text.len())))
}

fn found(confidence: u8, span: std::ops::Range<usize>) -> Found {
    Found {
        technique: "query-operator",
        confidence,
        span,
        reason: "an operator of a document database stands where the application expects a plain value",
    }
}

fn skip(text: &[u8], at: usize) -> usize {
    let blanks = text.get(at..).unwrap_or(&[]).iter().take_while(|b| b.is_ascii_whitespace()).count();
    #[cfg(test)]
    crate::detect::lex::work::add(blanks);
    at + blanks
}

#[cfg(test)]
mod tests {
    #[test]
    fn operators_are_sorted() {
        assert!(super::OPERATORS.is_sorted());
    }
}
