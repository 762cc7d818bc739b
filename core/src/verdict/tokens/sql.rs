//! SQL of every dialect, as `detect::lex::sql` reads it.

use super::Out;
use crate::detect::lex::sql::{Kind, Lexer, Token, Word};

/// Reads `text` from `start` on; what stands before tells whether a quote opens a string or ends the query's own.
pub(super) fn read(text: &[u8], start: usize, out: &mut Out) {
    let mut lexer = Lexer::new(text);
    let mut ended = ends_string(text, start, out);
    lexer.seek(if ended { quote(text, start) + 1 } else { start });
    loop {
        let token = lexer.next_token();
        if token.kind == Kind::Eof || out.full {
            return;
        }
        let bytes = text.get(token.start..token.end).unwrap_or_default();
        // `kim' or 1=1`: the first string that is no operand is the end of the query's own. A letter before its quote,
        // which a dialect takes for a prefix of the string, is then the end of what stands in it.
        let prefix = bytes.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let string = matches!(token.kind, Kind::Str | Kind::StrOpen);
        if !ended && string && closes(text, token.start + prefix) {
            if prefix > 0 {
                out.put("name");
            }
            out.put("string-end");
            ended = true;
            lexer.seek(token.start + prefix + 1);
            continue;
        }
        show(token, bytes, out);
    }
}

/// Says `string-end` where the span begins with a quote that cannot open a string, or stands behind one.
fn ends_string(text: &[u8], start: usize, out: &mut Out) -> bool {
    let at = quote(text, start);
    let ends = text.get(at).is_some_and(|b| matches!(b, b'\'' | b'"' | b'`')) && closes(text, at);
    if ends {
        out.put("string-end");
    }
    ends
}

/// The first byte from `start` on that is no blank.
fn quote(text: &[u8], start: usize) -> usize {
    start + text.get(start..).unwrap_or_default().iter().take_while(|b| b.is_ascii_whitespace()).count()
}

/// Whether the quote at `at` is followed by what may follow an operand, but not begin a string.
fn closes(text: &[u8], at: usize) -> bool {
    let mut lexer = Lexer::new(text);
    lexer.seek(at + 1);
    let mut next = lexer.next_token();
    while next.is_trivia() {
        next = lexer.next_token();
    }
    match next.kind {
        Kind::Word(word) => !matches!(
            word,
            Word::Name
                | Word::Function
                | Word::Literal
                | Word::Session
                | Word::Type
                | Word::Catalog
                | Word::Info
                | Word::Sleep
                | Word::Leak
                | Word::Reach
                | Word::Prefix
                | Word::Object
        ),
        Kind::Terminator | Kind::Close | Kind::Semi | Kind::Comma | Kind::Pipes | Kind::Amps | Kind::Cmp => {
            true
        }
        Kind::Arith | Kind::Json | Kind::Cast | Kind::Eof => true,
        _ => false,
    }
}

fn show(token: Token, bytes: &[u8], out: &mut Out) {
    match token.kind {
        Kind::Blank | Kind::Eof => {}
        Kind::Comment if bytes.starts_with(b"/*!") => out.put("conditional-comment"),
        Kind::Comment | Kind::Line | Kind::Terminator => out.put("comment"),
        Kind::Word(Word::Name) | Kind::Quoted => out.put("name"),
        Kind::Word(_) => out.word("", bytes),
        Kind::Number => out.put("number"),
        Kind::Str => out.put("string"),
        Kind::StrOpen => out.put("open-string"),
        Kind::Variable => out.put("variable"),
        Kind::SysVar => out.put("server-variable"),
        Kind::Param => out.put("parameter"),
        Kind::Other => out.put("other"),
        _ => out.sign(bytes),
    }
}
