//! Command lines, as `detect::lex::shell` reads them: signs as they are, words by the part they play.

use super::Out;
use crate::detect::lex::shell::{Kind, Lexer};

/// A word as it is put together.
#[derive(Default)]
struct Word {
    begun: bool,
    first: u8,
    slash: bool,
    colon: bool,
    digits: bool,
    note: &'static str,
}

/// Reads `text`.
pub(super) fn read(text: &[u8], out: &mut Out) {
    let mut word = Word::default();
    // Whether the next word names what is run.
    let mut command = true;
    let mut lexer = Lexer::new(text, 0, false);
    for token in &mut lexer {
        if out.full {
            return;
        }
        let part = !matches!(
            token.kind,
            Kind::Blank
                | Kind::Separator
                | Kind::Pipe
                | Kind::Redirect
                | Kind::Substitution
                | Kind::Backtick
                | Kind::Open
                | Kind::Close
                | Kind::Comment
        );
        if part {
            word.add(token.kind, token.bytes);
            continue;
        }
        command = word.end(command, out);
        match token.kind {
            Kind::Blank => {}
            Kind::Comment => out.put("comment"),
            Kind::Separator if token.bytes.iter().any(|b| matches!(b, b'\r' | b'\n')) => out.put("line-end"),
            _ => out.sign(token.bytes),
        }
        command |= matches!(
            token.kind,
            Kind::Separator | Kind::Pipe | Kind::Substitution | Kind::Backtick | Kind::Open
        );
    }
    word.end(command, out);
}

impl Word {
    fn add(&mut self, kind: Kind, bytes: &[u8]) {
        if !self.begun {
            *self = Word {
                begun: true,
                first: bytes.first().copied().unwrap_or(0),
                digits: true,
                ..Word::default()
            };
        }
        let note = match kind {
            Kind::Single | Kind::Double | Kind::AnsiC | Kind::StrayQuote | Kind::Escape => "[quoted]",
            Kind::Variable | Kind::Parameter | Kind::Arithmetic => "[expanded]",
            Kind::Glob | Kind::BraceOpen | Kind::BraceClose | Kind::Comma => "[pattern]",
            _ => "",
        };
        if self.note.is_empty() {
            self.note = note;
        }
        self.slash |= bytes.iter().any(|b| matches!(b, b'/' | b'\\')) && kind != Kind::Escape;
        self.colon |= bytes.windows(3).any(|w| w == b"://");
        self.digits &= bytes.iter().all(u8::is_ascii_digit);
    }

    /// Ends the word. Tells whether the next one still names what is run.
    fn end(&mut self, command: bool, out: &mut Out) -> bool {
        if !self.begun {
            return command;
        }
        let what = match self {
            _ if self.colon => "url",
            _ if command => "command",
            Word { first: b'-', .. } => "option",
            _ if self.slash => "path",
            _ if self.digits => "number",
            _ => "word",
        };
        out.put(&format!("{what}{}", self.note));
        self.begun = false;
        false
    }
}
