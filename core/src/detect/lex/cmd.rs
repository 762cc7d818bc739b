//! The Windows command processor: the words of a simple command after caret, quote and variable handling.
//!
//! Rules: "cmd" in the Windows Commands reference: `^` quotes the next character, `"` groups, `%NAME%` and
//! `%NAME:~start,length%` are replaced (here by an unknown of that length), `!NAME!` likewise with delayed expansion,
//! and `,` separates words as a blank does. `;`, a blank too for cmd.exe, ends the command here: what follows it was
//! meant for another shell.

use super::words::{End, MANY, Marks, ONE, Words};
use crate::bytes::{holds, table};

/// Longest variable reference read as one, and longest quotes that close.
pub const SPAN: usize = 64;

/// Bytes that are more than part of a word.
static SPECIAL: [bool; 256] = table!(b => holds(b"\" \t+,&\n\r|;<>(@)^%!", b));

/// Reads the simple command that begins at `from` into `words`.
pub fn read(bytes: &[u8], from: usize, plus: bool, words: &mut Words) {
    read_if(bytes, from, plus, words, |_| true);
}

/// As [`read`], but `wanted` is asked whenever a word was read, and ends the reading.
pub fn read_if(bytes: &[u8], from: usize, plus: bool, words: &mut Words, wanted: impl Fn(&Words) -> bool) {
    words.clear();
    words.stop = bytes.len();
    let (mut at, mut in_quotes, mut depth) = (from, false, 0usize);
    let mut asked = 0;
    while let Some(&b) = bytes.get(at) {
        if words.count() > asked {
            asked = words.count();
            if !wanted(words) {
                words.end = End::Cap;
                return;
            }
        }
        words.steps += 1;
        words.stop = at;
        let next = bytes.get(at + 1).copied().unwrap_or(0);
        let nothing_yet = words.count() == 0 && !words.is_open();
        at += 1;
        match b {
            b'"' => {
                in_quotes = !in_quotes && memchr::memchr(b'"', window(bytes, at)).is_some();
                words.mark(if words.pending() > 0 && in_quotes { Marks::BROKEN } else { Marks::default() });
            }
            b' ' | b'\t' if !in_quotes => words.finish(Marks::default()),
            b'+' if plus && !in_quotes => words.finish(Marks::default()),
            b',' if !in_quotes && words.count() == 0 => words.finish(Marks::SPLIT),
            b'&' | b'\n' | b'\r' | b'|' | b';' if !in_quotes && nothing_yet => {}
            b'|' if !in_quotes && next != b'|' => return stop(words, End::Pipe),
            b'&' | b'|' | b'\n' | b'\r' | b';' if !in_quotes => return stop(words, End::Separator),
            b'<' | b'>' if !in_quotes => {
                words.redirected = true;
                words.finish(Marks::default());
            }
            b'(' | b'@' if nothing_yet => {}
            b'(' if !in_quotes => {
                depth += 1;
                words.push(b"(");
            }
            b')' if !in_quotes && depth > 0 => {
                depth -= 1;
                words.push(b")");
            }
            b')' if !in_quotes => return stop(words, End::Close),
            b'^' if !in_quotes => {
                if next != 0 {
                    words.push(&[next]);
                    at += 1;
                }
                words.mark(Marks::BROKEN);
            }
            b'%' | b'!' => match variable(b, window(bytes, at)) {
                // The variable that names the command processor itself.
                Some((len, _)) if window(bytes, at).get(..len).is_some_and(is_comspec) => {
                    words.push(b"cmd");
                    at += len;
                }
                Some((len, one)) => {
                    words.push(&[if one { ONE } else { MANY }]);
                    words.mark(Marks::EXPANDED);
                    at += len;
                }
                None => words.push(&[b]),
            },
            _ => {
                // PERF: a word goes in one piece, as far as there is room.
                let rest = bytes.get(at..).unwrap_or_default();
                let rest = rest.get(..words.room().saturating_sub(1)).unwrap_or(rest);
                let more = rest.iter().take_while(|b| !SPECIAL[usize::from(**b)]).count();
                words.push(bytes.get(at - 1..at + more).unwrap_or_default());
                words.steps += more;
                at += more;
                words.stop = at - 1;
            }
        }
        if words.is_full() {
            words.end = End::Cap;
            return;
        }
    }
    words.finish(Marks::default());
    words.stop = bytes.len();
}

fn stop(words: &mut Words, end: End) {
    words.finish(Marks::default());
    words.end = end;
}

fn window(bytes: &[u8], from: usize) -> &[u8] {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.get(..SPAN).unwrap_or(rest)
}

fn is_comspec(name: &[u8]) -> bool {
    name.len() == 8 && name.get(..7).is_some_and(|n| n.eq_ignore_ascii_case(b"comspec"))
}

/// Length of a variable reference behind its `%` or `!`, and whether it stands for a single character.
fn variable(mark: u8, rest: &[u8]) -> Option<(usize, bool)> {
    let name =
        rest.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(**b, b'_' | b'(' | b')')).count();
    if name == 0 {
        return None;
    }
    match rest.get(name)? {
        b if *b == mark => Some((name + 1, false)),
        b':' => {
            let close = rest.iter().position(|b| *b == mark)?;
            let slice = rest.get(name + 1..close)?;
            slice.starts_with(b"~").then_some((close + 1, slice.ends_with(b",1")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<String> {
        let mut words = Words::default();
        read(text.as_bytes(), 0, false, &mut words);
        (0..words.count()).map(|i| String::from_utf8_lossy(words.word(i)).into_owned()).collect()
    }

    #[test]
    fn words_are_what_the_processor_would_run() {
        assert_eq!(words("d^i^r C:\\ & x"), ["dir", "C:\\"]);
        assert_eq!(words("ty\"p\"e a.txt"), ["type", "a.txt"]);
        assert_eq!(words("%COMSPEC:~-7,1%md /c ver"), ["\x01md", "/c", "ver"]);
        assert_eq!(words("%ComSpec% /c ver"), ["cmd", "/c", "ver"]);
        assert_eq!(words("if (a)==(b) ver) x"), ["if", "(a)==(b)", "ver"]);
        assert_eq!(words("@echo %PATH%|more"), ["echo", "\x02"]);
        assert_eq!(words("reg query \"HKLM\\a b\""), ["reg", "query", "HKLM\\a b"]);
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_read(bytes in prop::collection::vec(
            prop_oneof![any::<u8>(), prop::sample::select(&b"%!^\"&|<>()@,=+ aA:~1"[..])], 0..300)) {
            let mut words = Words::default();
            read(&bytes, 0, true, &mut words);
            prop_assert!(words.steps <= bytes.len());
        }
    }
}
