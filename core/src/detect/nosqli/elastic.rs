//! Query documents and query strings of Elasticsearch and its kin: a value that ends the JSON string or the group it stands in.
//!
//! Fires on `x"}},"script_fields":{...` (the string, then the objects around it, are closed, and a member is added), on
//! `a) OR (secret:*` (a parenthesis that was not opened, an operator, another field). Must not fire on JSON that a value holds by itself, on pieces of JSON in prose, or on a query that a user may
//! type: `title:a AND (b OR c)`. Rests on the Elasticsearch reference (Query DSL, Scripting, Query string syntax) and on
//! CouchDB's Mango selectors, whose documents are JSON too.

use super::Found;
use crate::bytes::Wake;
use crate::detect::lex::find::find_no_case;
use crate::detect::{Groups, Value};

/// Values longer than this are documents, not terms.
const TERM: usize = 1024;
/// What lies before the end of the string is no longer than this.
const BEFORE: usize = 64;

/// Members that query documents of Elasticsearch, OpenSearch, Solr's JSON API and CouchDB have, sorted.
const MEMBERS: [&str; 36] = [
    "_source",
    "aggregations",
    "aggs",
    "bool",
    "collapse",
    "constant_score",
    "exists",
    "facet",
    "fields",
    "filter",
    "from",
    "fuzzy",
    "highlight",
    "ids",
    "knn",
    "limit",
    "match",
    "match_all",
    "match_phrase",
    "must",
    "must_not",
    "params",
    "prefix",
    "query",
    "query_string",
    "range",
    "regexp",
    "runtime_mappings",
    "script",
    "script_fields",
    "selector",
    "should",
    "size",
    "term",
    "terms",
    "wildcard",
];

/// Reads a value.
pub(super) fn read(value: &Value<'_>) -> Option<Found> {
    let (text, wake) = (value.bytes, value.wake);
    if text.len() > TERM {
        return None;
    }
    #[cfg(test)]
    crate::detect::lex::work::add(2 * text.len());
    if wake.all(Wake::DOUBLE.or(Wake::COMMA))
        && let Some(found) = breaks_out(text)
    {
        return Some(found);
    }
    let joins = value.words.any(Groups::SQL_JOINING) || wake.any(Wake::PIPE.or(Wake::AMPERSAND));
    if joins && wake.any(Wake::PAREN) { group(text) } else { None }
}

/// `x"}}, "match_all": {`: the string and the objects around the value are closed, and a member follows.
fn breaks_out(text: &[u8]) -> Option<Found> {
    let quote = memchr::memchr(b'"', text)?;
    let before = text.get(..quote)?;
    if quote > BEFORE || before.iter().any(|b| matches!(b, b'\n' | b'{' | b'[' | b':')) {
        return None;
    }
    let byte = |i: usize| text.get(i).copied().unwrap_or(0);
    let (mut at, mut closed, mut comma) = (quote + 1, 0, false);
    loop {
        match byte(at) {
            b' ' => {}
            b'}' | b']' => closed += 1,
            b',' if !comma => comma = true,
            b'{' if comma => {}
            _ => break,
        }
        at += 1;
    }
    if !comma || byte(at) != b'"' {
        return None;
    }
    let name = text.get(at + 1..)?;
    let len = memchr::memchr(b'"', name.get(..40.min(name.len()))?)?;
    let name = name.get(..len)?;
    let colon = at + len + 2 + usize::from(byte(at + len + 2) == b' ');
    let known = MEMBERS.binary_search_by(|m| m.as_bytes().cmp(name)).is_ok();
    if byte(colon) != b':' || closed == 0 && !(known || name.first() == Some(&b'$')) {
        return None;
    }
    let confidence = match (known, closed) {
        (true, 1..) => 85,
        (true, _) => 60,
        (false, 2..) => 60,
        _ => 45,
    };
    Some(Found {
        technique: "query-member",
        confidence,
        span: quote..colon,
        reason: "the value ends its string in a JSON query and adds a member of its own",
    })
}

/// `a) OR (secret:*`: a group that the value has not opened is closed, and another field is asked for.
fn group(text: &[u8]) -> Option<Found> {
    let mut open = 0usize;
    let close = memchr::memchr2_iter(b'(', b')', text).find(|at| match text.get(*at) {
        Some(b'(') => {
            open += 1;
            false
        }
        _ if open > 0 => {
            open -= 1;
            false
        }
        _ => true,
    })?;
    let rest = text.get(close..)?;
    let rest = rest.get(rest.iter().take_while(|b| matches!(b, b')' | b' ')).count()..)?;
    let joined = [&b"OR "[..], b"AND ", b"|| ", b"&& "].into_iter().find(|o| rest.starts_with(o))?;
    let rest = rest.get(joined.len()..)?.trim_ascii_start();
    let rest = rest.strip_prefix(b"NOT ").unwrap_or(rest);
    let group = rest.strip_prefix(b"(");
    let field = group.unwrap_or(rest);
    let name =
        field.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'*')).count();
    let value = field.get(name + 1).is_some_and(|b| !matches!(b, b' ' | b'/' | b':'));
    let asked = name > 0 && field.get(name) == Some(&b':') && value;
    let own = find_no_case(field.get(..name)?, b"_index")
        .or(find_no_case(field.get(..name)?, b"_exists_"))
        .is_some();
    if !asked || close > BEFORE || group.is_none() && !own && rest.len() > 64 {
        return None;
    }
    Some(Found {
        technique: "query-string",
        confidence: if group.is_some() || own { 60 } else { 45 },
        span: close..text.len(),
        reason: "the value closes its group in a query string and asks for a field of its own",
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn members_are_sorted() {
        assert!(super::MEMBERS.is_sorted());
    }
}
