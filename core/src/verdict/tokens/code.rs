//! Programming and query languages: cut into tokens as JavaScript is, which the others resemble enough for a reading.

use super::{Out, knows};
use crate::detect::lex::js::{Js, Kind, Start};

/// Reserved words and well-known names that are shown: ECMA-262 (12.7.2) and the web's global objects, the keywords of
/// PHP, Python, Ruby and Java's expression languages, MongoDB's query operators, XPath's axes and functions.
#[rustfmt::skip]
pub(super) const WORDS: &[&str] = &[
    "$all", "$and", "$elemmatch", "$eq", "$exists", "$expr", "$function", "$gt", "$gte", "$in", "$lt", "$lte", "$ne",
    "$nin", "$nor", "$not", "$or", "$regex", "$size", "$type", "$where", "__builtins__", "__class__", "__globals__",
    "__import__", "__init__", "__mro__", "__proto__", "__schema", "__subclasses__", "__type", "__typename", "alert",
    "ancestor", "and", "array", "as", "assert", "attribute", "await", "begin", "break", "case", "catch", "child",
    "class", "comment", "config", "confirm", "const", "constructor", "contains", "continue", "count", "debugger",
    "def", "default", "delete", "descendant", "dns", "do", "doc", "document", "echo", "else", "end", "eval", "exec",
    "export", "extends", "false", "fetch", "finally", "following", "for", "foreach", "forname", "fragment", "from",
    "function", "getclass", "getruntime", "global", "globalthis", "if", "import", "in", "include", "include_once",
    "instanceof", "is", "isset", "java", "jndi", "lambda", "lang", "last", "ldap", "let", "location", "math",
    "module", "mutation", "name", "namespace", "new", "node", "none", "not", "null", "object", "or", "parent", "pass",
    "php", "position", "preceding", "print", "process", "processbuilder", "prompt", "prototype", "puts", "query",
    "raise", "request", "require", "require_once", "return", "rmi", "runtime", "self", "session", "setinterval",
    "settimeout", "string", "string-length", "subscription", "substring", "super", "switch", "text", "this", "throw",
    "top", "true", "try", "typeof", "undefined", "unless", "unset", "until", "use", "var", "void", "while", "window",
    "with", "yield"
];

/// Reads `text`.
pub(super) fn read(text: &[u8], out: &mut Out) {
    let quote = text.iter().position(|b| !b.is_ascii_whitespace());
    let ends = quote.filter(|&at| ends_string(text, at));
    if ends.is_some() {
        out.put("string-end");
    }
    let from = ends.map_or(0, |at| at + 1);
    tokens(text.get(from..).unwrap_or_default(), Start::Code, out);
}

/// Whether the quote at `at` ends a string: what follows it ends or joins an expression.
fn ends_string(text: &[u8], at: usize) -> bool {
    let after = text.get(at + 1..).unwrap_or_default();
    let next = after.iter().find(|b| !b.is_ascii_whitespace());
    matches!(text.get(at), Some(b'\'' | b'"' | b'`'))
        && matches!(
            next,
            Some(b';' | b')' | b'}' | b']' | b'+' | b'-' | b'*' | b'/' | b'|' | b'&' | b'^' | b',' | b'?')
        )
}

/// Tokens of `text`, which begins in the context `start`.
pub(super) fn tokens(text: &[u8], start: Start, out: &mut Out) {
    for token in Js::new(text, start) {
        if out.full {
            return;
        }
        let bytes = text.get(token.span).unwrap_or_default();
        match token.kind {
            Kind::Blank => {}
            Kind::Newline => out.put("line-end"),
            Kind::Comment => out.put("comment"),
            Kind::Word if knows(WORDS, bytes) => out.word("", bytes),
            Kind::Word if bytes == b"$" => out.sign(bytes),
            Kind::Word => out.put("name"),
            Kind::Number => out.put("number"),
            Kind::String => out.put("string"),
            Kind::Template => out.put("template"),
            Kind::Regex => out.put("pattern"),
            Kind::Punct => out.sign(bytes),
            Kind::Other => out.put("other"),
        }
    }
}
