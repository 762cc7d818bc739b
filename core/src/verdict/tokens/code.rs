//! Programming and query languages: cut into tokens as JavaScript is, which the others resemble enough for a reading.

use super::{Out, knows};
use crate::detect::lex::js::{Js, Kind, Start};

/// Reserved words and well-known names that are shown: ECMA-262 (12.7.2) and the web's global objects, the keywords of
/// PHP, Python, Ruby and Java's expression languages, MongoDB's query operators, XPath's axes and functions.
const WORDS: &str = "await break case catch class const continue debugger default delete do else export extends finally for \
    function if import in instanceof new return super switch this throw try typeof var void while with yield let null \
    undefined true false window document location self top parent globalthis eval alert prompt confirm print fetch \
    settimeout setinterval constructor prototype __proto__ string array object math process require module \
    php echo include include_once require_once array foreach isset unset global use namespace \
    and or not is def lambda from as with assert exec raise pass none __import__ __class__ __mro__ __subclasses__ \
    __globals__ __builtins__ __init__ self config request session end begin unless until puts \
    java lang runtime class processbuilder getclass forname getruntime jndi ldap rmi dns \
    $ne $eq $gt $gte $lt $lte $in $nin $regex $where $exists $or $and $nor $not $expr $function $elemmatch $all $size $type \
    ancestor child descendant parent self following preceding attribute node text comment count string-length \
    substring contains position last name doc document \
    mutation query fragment subscription __schema __type __typename";

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
