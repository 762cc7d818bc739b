//! Where a document type declaration ends (XML 1.0, section 2.8): behind its internal subset, in which quotes, comments
//! and instructions may hold any `>` and `]`.

/// Where in the declaration the reader is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Plain,
    /// So many bytes of `<!--` have come.
    Opening(u8),
    Quoted(u8),
    /// In a comment; so many bytes of `-->` have come.
    Comment(u8),
    /// In an instruction; whether `?` was last.
    Instruction(bool),
}

/// Finds the end of a declaration in chunks of any size.
#[derive(Clone, Debug, Default)]
pub(super) struct Doctype {
    state: State,
    /// Inside `[...]`.
    subset: bool,
}

impl Doctype {
    /// The length of the part of `bytes` that belongs to the declaration, if it ends in them.
    pub fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        for (i, &byte) in bytes.iter().enumerate() {
            self.state = match (self.state, byte) {
                (State::Plain | State::Opening(_), b'<') => State::Opening(1),
                (State::Opening(1), b'!') => State::Opening(2),
                (State::Opening(1), b'?') => State::Instruction(false),
                (State::Opening(2), b'-') => State::Opening(3),
                (State::Opening(3), b'-') => State::Comment(0),
                (State::Plain | State::Opening(_), b'"' | b'\'') => State::Quoted(byte),
                (State::Plain | State::Opening(_), b'>') if !self.subset => return Some(i + 1),
                (State::Plain | State::Opening(_), _) => {
                    match byte {
                        b'[' => self.subset = true,
                        b']' => self.subset = false,
                        _ => {}
                    }
                    State::Plain
                }
                (State::Quoted(quote), _) if byte == quote => State::Plain,
                (State::Comment(2), b'>') | (State::Instruction(true), b'>') => State::Plain,
                (State::Comment(n), b'-') => State::Comment((n + 1).min(2)),
                (State::Comment(_), _) => State::Comment(0),
                (State::Instruction(_), _) => State::Instruction(byte == b'?'),
                (same, _) => same,
            };
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_comments_and_instructions_hide_the_end() {
        for text in [
            "<!DOCTYPE html>",
            "<!DOCTYPE a SYSTEM 'b>c'>",
            "<!DOCTYPE a [<!ENTITY b \"]>\">]>",
            "<!DOCTYPE a [<!-- ]> ' --><?x ]> \" ?><!ELEMENT a (b)>] >",
            "<!DOCTYPE a [<!ENTITY % p SYSTEM \"u\"> %p; ]>",
        ] {
            let both = format!("{text}<a/>");
            assert_eq!(Doctype::default().end(both.as_bytes()), Some(text.len()), "{text}");
            let mut bytewise = Doctype::default();
            let ended = both.bytes().position(|b| bytewise.end(&[b]).is_some());
            assert_eq!(ended, Some(text.len() - 1), "{text}");
        }
    }
}
