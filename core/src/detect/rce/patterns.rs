//! Whether a word of a value may be a pattern that a shell would match with a known file: `/e?c/p*d`, `/b[i]n/l?`.
//!
//! What comes in: a value with wildcards and slashes. What goes out: true for every value in which a reading by
//! [the shell](crate::detect::lex::shell), wherever it begins, comes to a word with a wildcard in it that
//! [names a known file](names_known_file), and for few others. What always holds: each byte is gone over once or twice, few of a
//! flood.
//!
//! Such a word begins with a slash, or with what may come to one, and has none but letters, digits, slashes and wildcards in it:
//! other bytes are no letters of those files. From each wildcard it is gone back to where its word begins; what may hide blanks or
//! hold nothing (expansions, braces, brackets) is taken for a pattern.
//!
//! PERF: manuals and code have `[OPTION]...`, `what?` and paths. With a pattern in it a value is read anew behind each mark.

use super::shapes::names_known_file;
use crate::bytes::{Set, table};
use crate::detect::lex::find::find_by;
use crate::detect::lex::words::{MANY, ONE};

/// Wildcards that are looked at in any value, and bytes for each other one.
const FEW: usize = 16;
const SPARSE: usize = 16;

/// Longest word that is told; a longer one is taken for a pattern.
const LONGEST: usize = 64;

/// Longest expansion that a shell's reading takes for one, and a few bytes.
const SPAN: usize = crate::detect::lex::shell::SPAN + 8;

/// Longest `[..]` that is a wildcard.
const BRACKETS: usize = 15;

/// Longest list in braces inside of a word.
const LIST: usize = 32;

/// What a byte is to a word of patterns.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// It may be of a pattern, or of the name of a variable in one.
    Of,
    /// Joins what stands beside it: quotes and backslashes.
    Joins,
    /// A word ends before it, and another may begin behind it.
    Ends,
    /// It stands for itself, and so for no letter of a known file, unless a dollar sign stands before it.
    Other,
    /// More than one byte tells what it is.
    Close,
    Brace,
    Bracket,
    Backtick,
    /// It may come to anything.
    Dollar,
}

static SIGNS: [Sign; 256] = table!(b => match b {
    b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'/' | b'?' | b'*' | b'[' | ONE | MANY => {
        Sign::Of
    }
    b'\'' | b'"' | b'\\' => Sign::Joins,
    b' ' | b'\t' | b'\n' | b'\r' | b';' | b'|' | b'&' | b'<' | b'>' | b'(' | b'{' | b',' | b'+' => {
        Sign::Ends
    }
    b')' => Sign::Close,
    b'}' => Sign::Brace,
    b']' => Sign::Bracket,
    b'`' => Sign::Backtick,
    b'$' => Sign::Dollar,
    _ => Sign::Other,
});

/// The bytes that wildcards begin with.
static WILD: Set = Set::of(b"?*[");

/// Whether a word of `bytes` may be a pattern for a known file.
pub(super) fn may_stand_in(bytes: &[u8]) -> bool {
    // The word of a wildcard that is none is none at the next one of it, either.
    let mut told = 0;
    // Of a flood of them nothing is said.
    let most = FEW + bytes.len() / SPARSE;
    WILD.places(bytes).enumerate().any(|(n, at)| {
        let may = n >= most || is_of_pattern(bytes, at, told);
        told = at + 1;
        may
    })
}

/// Whether the word of the wildcard at `at` may be a pattern for a known file; a word that reaches back before `told` is none.
fn is_of_pattern(bytes: &[u8], at: usize, told: usize) -> bool {
    let mut start = at;
    while let Some(i) = start.checked_sub(1) {
        let before = i.checked_sub(1).and_then(|i| bytes.get(i));
        match bytes.get(i).map_or(Sign::Ends, |b| SIGNS[usize::from(*b)]) {
            Sign::Ends => break,
            Sign::Other | Sign::Close | Sign::Bracket if before == Some(&b'$') => return true,
            Sign::Other => return false,
            Sign::Close if is_expansion(bytes, i) => return true,
            // It ends the command.
            Sign::Close => break,
            Sign::Bracket => match opened(bytes, i) {
                Opened::Never => return false,
                Opened::Somewhere => return true,
                Opened::At(open) => start = open,
            },
            Sign::Brace if is_list(bytes, i) || spans(bytes, i, b"${") => return true,
            // It ends a list that began with a word of its own, or stands for itself.
            Sign::Brace => start = i,
            Sign::Backtick if before == Some(&b'`') => return true,
            Sign::Backtick => break,
            Sign::Dollar => return true,
            Sign::Of | Sign::Joins => start = i,
        }
        if start < told {
            return false;
        }
        if at - start > LONGEST {
            return true;
        }
    }
    let word = bytes.get(start..).unwrap_or_default();
    // A brace that ends a list leaves nothing in the word that goes on behind it.
    let is_letter = |b: &&u8| !matches!(SIGNS[usize::from(**b)], Sign::Joins | Sign::Brace);
    let Some(first) = word.iter().find(is_letter) else { return false };
    *first == b'/' && may_match(word)
}

/// Whether `opening` stands as near before `close` as an expansion is long.
fn spans(bytes: &[u8], close: usize, opening: &[u8]) -> bool {
    let span = bytes.get(close.saturating_sub(SPAN)..close).unwrap_or_default();
    find_by(span, opening, 0).is_some()
}

/// Whether the parenthesis at `close` may end what comes to nothing or to a number: `$()`, `<()`, `$((1 + 1))`.
fn is_expansion(bytes: &[u8], close: usize) -> bool {
    match bytes.get(close.saturating_sub(2)..close) {
        Some([b'$' | b'<' | b'>', b'(']) => true,
        Some([.., b')']) => spans(bytes, close, b"$(("),
        _ => false,
    }
}

/// Whether the brace at `close` may end a list inside of a word: `/b{in,oot}/l?`.
fn is_list(bytes: &[u8], close: usize) -> bool {
    let of_list = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b',' | b'/' | b'.' | b'-' | b'_');
    let text = bytes.get(..close).unwrap_or_default();
    let len = text.iter().rev().take(LIST).take_while(|b| of_list(b)).count();
    let (before, list) = text.split_at(text.len() - len);
    before.last() == Some(&b'{') && list.contains(&b',')
}

/// Where the bracket that the one at `close` closes was opened.
enum Opened {
    Never,
    At(usize),
    Somewhere,
}

fn opened(bytes: &[u8], close: usize) -> Opened {
    if spans(bytes, close, b"$[") {
        return Opened::Somewhere;
    }
    let near = close.saturating_sub(BRACKETS);
    let text = bytes.get(near..close).unwrap_or_default();
    match memchr::memrchr(b'[', text) {
        None => Opened::Never,
        Some(at) if text.get(..at).is_some_and(|text| text.contains(&b'[')) => Opened::Somewhere,
        Some(at) if text.get(at..).is_some_and(|text| text.iter().any(|b| *b <= b' ')) => Opened::Somewhere,
        Some(at) => Opened::At(near + at),
    }
}

/// Whether `word`, which has more behind it, may match a known file. It begins with a slash, or one that is quoted.
fn may_match(text: &[u8]) -> bool {
    let (mut word, mut len) = ([0; LONGEST], 0);
    for (at, b) in text.iter().enumerate() {
        let b = match SIGNS[usize::from(*b)] {
            // `<()` comes to nothing, and a plus sign and the signs of lists may stand for a blank.
            Sign::Ends if matches!(b, b'{' | b',' | b'+') || text.get(at + 1) == Some(&b'(') => return true,
            Sign::Ends => break,
            Sign::Close => break,
            Sign::Other => return false,
            Sign::Of => match b {
                b'?' => ONE,
                b'*' => MANY,
                b'[' => return true,
                b => *b,
            },
            _ => return true,
        };
        let Some(slot) = word.get_mut(len) else { return true };
        (*slot, len) = (b, len + 1);
    }
    names_known_file(word.get(..len).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::candidates::{Candidate, Opener};
    use super::super::command::weigh;
    use super::super::fruitless::Walks;
    use super::super::setting::Setting;
    use super::*;
    use crate::detect::lex::words::Words;
    use proptest::prelude::*;

    #[test]
    fn patterns_of_known_files_are_told() {
        for text in [
            "/e?c/p*d",
            "x;/???/c[a]t",
            "cat '/'et?/passwd",
            "\"/\"bi[a-z]/ls",
            "$HOME?tc/passwd x",
            "${x}e?c",
            "a</b$((1 + 1))?n/id",
            "/b[i j]n/c*t",
            "a /e<()t?/passwd",
            "/e?c/pa<()sswd",
            "`/bin/l?`",
            "{/bin/l?,x}",
            "/b{in,oot}/l?",
            "{ /e}?c/passwd",
            "{}/e?c/p*d",
            "{x,}/e?c/p*d",
        ] {
            assert!(may_stand_in(text.as_bytes()), "{text}");
        }
        let long = format!("/{}tc/passwd", "*".repeat(LONGEST));
        assert!(may_stand_in(long.as_bytes()));
        assert!(may_stand_in(&[b'?'; 20]));
        for text in [
            "What is it?",
            "/* of C */",
            "[OPTION]... [FILE]",
            "/etc/*.conf",
            "/usr/lib/*/x",
            "src/**/*.js",
            "http://x/y?z=1",
            "(and so on)? /x",
            "a/b?c",
            "open(x)?; read(&y())?; a(/x)?",
            "/usr/{x}?",
        ] {
            assert!(!may_stand_in(text.as_bytes()), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn without_a_pattern_no_word_is_asked_for_one(
            parts in prop::collection::vec(
                prop_oneof![
                    prop::sample::select(&[
                        "/", "/", "e", "?c/", "/e?c/p*d", "/bin/", "l?", "*", "?", "[i]", "[a-z]", "[", "]", "[i j]", "$[1 2]", "$", "{", "}", ",",
                    ][..]),
                    prop::sample::select(&[
                        " ", ";", "|", "&", "\n", "`", "``", "$(", "(", ")", "<()", "<", ">", "\\", "'", "\"", "$'", "\\x2f", "${x:-/}", "${PATH:0:1}",
                        "$((1 + 1))", "()", "))", "{in,x}", "$x", "$-", "+", "=", "#", "!", "a=1", "x", "id", "sudo", "if", "etc", "passwd", "bin", "\u{e9}", "\u{1}", "\u{2}", "\\\n",
                    ][..]),
                ],
                0..14,
            ),
            plus in any::<bool>(),
        ) {
            let text = format!("/{}", parts.concat());
            for text in [&text.as_bytes()[1..], text.as_bytes()] {
                if may_stand_in(text) {
                    continue;
                }
                for from in 0..text.len() {
                    let begins = from.checked_sub(1).is_none_or(|i| b" ;|&`(\n".contains(&text[i]));
                    for opener in [Opener::Semicolon, Opener::Start].into_iter().take(2 * usize::from(begins)) {
                        let candidate = Candidate { opener, mark: 0, from };
                        let found = |matched| {
                            let setting = Setting { plus, matched, ..Setting::default() };
                            format!("{:?}", weigh(text, candidate, setting, true, &mut Words::default(), None))
                        };
                        prop_assert_eq!(found(false), found(true), "{} from {}", text.escape_ascii(), from);
                        let vain = Walks::new(plus, true).come_to_nothing(text, from);
                        prop_assert!(!vain || found(true) == "None", "{} from {}", text.escape_ascii(), from);
                    }
                }
            }
        }
    }
}
