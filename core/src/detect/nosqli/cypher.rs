//! Cypher, the query language of Neo4j and other graph databases.

use super::{Found, first_quote};
use crate::bytes::Wake;
use crate::detect::Groups;

/// Words that clauses begin with; they are words of English, too.
pub(super) const CLAUSES: [&str; 6] = ["match", "merge", "create", "set", "starts", "ends"];

/// Words of which the other clauses need one: `detach delete`, `load csv`, `call apoc.`.
pub(super) const TELLING: [&str; 5] = ["detach", "csv", "apoc", "db", "dbms"];

/// Whether a clause may lie in `text`: a word before a parenthesis, a string or an assignment.
fn may_hold_clause(text: &[u8], wake: Wake) -> bool {
    let ends = |before: &[u8], word: &str| {
        let word = word.as_bytes();
        before.len() >= word.len()
            && before.get(before.len() - word.len()..).is_some_and(|w| w.eq_ignore_ascii_case(word))
    };
    let parens = wake.any(Wake::PAREN).then(|| memchr::memchr_iter(b'(', text));
    let quotes = wake.any(Wake::QUOTE).then(|| memchr::memchr2_iter(b'\'', b'"', text));
    wake.any(Wake::EQUALS)
        || parens.into_iter().flatten().any(|open| {
            let before = text.get(..open).unwrap_or(&[]).trim_ascii_end();
            CLAUSES.iter().take(3).any(|word| ends(before, word))
        })
        || quotes
            .into_iter()
            .flatten()
            .any(|quote| text.get(..quote).is_some_and(|before| ends(before, "with ")))
}

/// Looks for clauses of Cypher in a text of these kinds of byte.
pub(super) fn read(text: &[u8], wake: Wake, words: Groups) -> Option<Found> {
    if !words.any(Groups::QUERY) && !may_hold_clause(text, wake) {
        return None;
    }
    let quotes = [first_quote(text, b'\''), first_quote(text, b'"')];
    let broken_out = quotes.into_iter().flatten().min();
    let mut clauses = 0u32;
    let (mut first, mut end) = (text.len(), 0);
    let mut strong = None;
    let (mut typed, mut labelled, mut deletes) = (false, false, false);
    let mut at = 0;
    while at < text.len() {
        let Some(start) = text.get(at..)?.iter().position(u8::is_ascii_alphabetic).map(|i| at + i) else {
            break;
        };
        let len = text.get(start..)?.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        #[cfg(test)]
        crate::detect::lex::work::add(start + len - at);
        let (word, rest) = (text.get(start..start + len)?, text.get(start + len..)?);
        at = start + len;
        let is = |w: &str| word.eq_ignore_ascii_case(w.as_bytes());
        let next = rest.trim_ascii_start();
        #[cfg(test)]
        crate::detect::lex::work::add(rest.len() - next.len());
        let follows = |w: &str| next.get(..w.len()).is_some_and(|n| n.eq_ignore_ascii_case(w.as_bytes()));
        let clause = if is("match") || is("merge") || is("create") {
            let pattern = node(next);
            typed |= pattern && rest.first() == Some(&b' ');
            labelled |= pattern
                && next.get(..32.min(next.len())).is_some_and(|n| n.contains(&b':') || n.contains(&b'{'));
            pattern
        } else if is("detach") && follows("delete ") {
            deletes = true;
            true
        } else if is("set") {
            assigns(next)
        } else if is("starts") || is("ends") {
            follows("with '") || follows("with \"")
        } else if is("load") && (follows("csv from") || follows("csv with headers from")) {
            strong = Some(("cypher-fetch", 88, "LOAD CSV makes the graph database fetch an address"));
            true
        } else if is("call") && (follows("dbms.") || follows("apoc.") || follows("db.")) {
            strong = Some(("cypher-procedure", 82, "CALL runs a procedure of the graph database"));
            true
        } else {
            is("return")
                && next.first().is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'*')
                && clauses > 0
        };
        if clause {
            clauses += 1;
            first = first.min(start);
            end = at;
        }
    }
    if clauses == 0 {
        return None;
    }
    let span = first..end.max(first);
    if let Some((technique, confidence, reason)) = strong {
        return Some(Found { technique, confidence, span, reason });
    }
    let out = broken_out.is_some_and(|q| q < first && first - q < 64);
    // The map and the node around the value are closed before the clause begins.
    let closes =
        broken_out.and_then(|q| text.get(q..first)).is_some_and(|t| t.contains(&b')') || t.contains(&b'}'));
    let confidence = match clauses {
        1.. if out && deletes => 80,
        1 if out && closes && labelled => 76,
        1 if out => 45,
        2.. if out && !(typed || labelled) => 68,
        1 => return None,
        _ if out && (typed || labelled) => 82,
        _ if typed && text.len() < 400 => 58,
        _ => return None,
    };
    Some(Found {
        technique: "cypher-clause",
        confidence,
        span,
        reason: "clauses of Cypher stand in the value",
    })
}

/// `n.admin = true`: a property is set.
fn assigns(text: &[u8]) -> bool {
    let of_name = |b: &&u8| b.is_ascii_alphanumeric() || **b == b'_';
    let name = text.iter().take_while(of_name).count();
    let property = text.get(name + 1..).unwrap_or(&[]);
    let len = property.iter().take_while(of_name).count();
    let rest = property.get(len..).unwrap_or(&[]).trim_ascii_start();
    #[cfg(test)]
    crate::detect::lex::work::add(text.len() - rest.len());
    name > 0
        && text.get(name) == Some(&b'.')
        && len > 0
        && rest.first() == Some(&b'=')
        && rest.get(1) != Some(&b'=')
}

/// `(name:Label {a: 1})`, `()` or `(n)-[`: a pattern of a node, not words in parentheses.
fn node(text: &[u8]) -> bool {
    let Some(inner) = text.strip_prefix(b"(") else {
        return false;
    };
    let inner = inner.get(..inner.len().min(128)).unwrap_or(&[]);
    let of_name = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':' | b'`' | b'|');
    let len = inner.iter().take_while(of_name).count();
    let rest = inner.get(len..).unwrap_or(&[]).trim_ascii_start();
    #[cfg(test)]
    crate::detect::lex::work::add(inner.len() - rest.len());
    matches!(rest.first(), Some(b')')) && len < 40 || rest.first() == Some(&b'{')
}
