//! What the operands of a command look like: a flag, a path, an address, or just words.

use crate::detect::lex::find::find;
use crate::detect::lex::words::{self, MANY, Marks, ONE, Words};

/// Top folders of a Unix system (Filesystem Hierarchy Standard 3.0, chapter 3).
static TOP: &[&[u8]] = &[
    b"bin", b"boot", b"dev", b"etc", b"home", b"lib", b"lib64", b"media", b"mnt", b"opt", b"proc", b"root",
    b"run", b"sbin", b"srv", b"sys", b"tmp", b"usr", b"var",
];

/// Files that a pattern with wildcards is likely to mean (FHS 3.0, 3.7 and 3.4).
static KNOWN: &[&[u8]] = &[
    b"/etc/passwd",
    b"/etc/shadow",
    b"/etc/hosts",
    b"/etc/group",
    b"/etc/issue",
    b"/bin/cat",
    b"/bin/sh",
    b"/bin/bash",
    b"/bin/ls",
    b"/bin/nc",
    b"/bin/id",
    b"/usr/bin/id",
    b"/usr/bin/nc",
    b"/usr/bin/curl",
    b"/usr/bin/wget",
    b"/usr/bin/python",
    b"/usr/bin/python3",
    b"/usr/bin/perl",
    b"/bin/tac",
    b"/usr/bin/whoami",
    b"/usr/bin/env",
    b"/bin/netcat",
    b"/bin/ping",
    b"/bin/head",
    b"/bin/tail",
    b"/bin/more",
    b"/bin/less",
    b"/bin/uname",
    b"/usr/bin/bash",
    b"/usr/bin/cat",
    b"/bin/base64",
    b"/usr/bin/base64",
    b"/bin/sleep",
    b"/bin/nl",
];

/// How many operands of each shape a command has.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shapes {
    /// Operands in all.
    pub all: u8,
    /// `-x`, `--long`
    pub flags: u8,
    /// A path below a top folder of the system, or a drive.
    pub system: u8,
    /// Another path.
    pub path: u8,
    /// A name with an extension, a dot file.
    pub file: u8,
    /// URL, address, host with a dot.
    pub host: u8,
    /// Digits, or digits and a unit of time.
    pub number: u8,
    /// `name=value`
    pub assign: u8,
    /// Made by an expansion or a substitution.
    pub expanded: u8,
    /// A pattern for file names.
    pub glob: u8,
    /// In quotes, with blanks or code inside.
    pub quoted: u8,
    /// A word that is only letters.
    pub plain: u8,
    /// A word as sentences have them: capital, ending in punctuation.
    pub prose: u8,
    /// Operands with quotes or empty expansions inside.
    pub broken: u8,
    /// Operand of the command interpreter of Windows: `/x`, `%NAME%`.
    pub switch: u8,
}

impl Shapes {
    /// Words that speak for text rather than for a command.
    pub fn talk(&self) -> u8 {
        self.plain.saturating_add(self.prose).saturating_add(self.prose)
    }
}

/// Counts the shapes of the words behind the one at `command`.
pub(super) fn shapes(words: &Words, command: usize) -> Shapes {
    let mut s = Shapes::default();
    for i in command + 1..words.count() {
        let (word, marks) = (words.word(i), words.marks(i));
        if word.iter().all(|b| b.is_ascii_punctuation() && !matches!(*b, b'/' | b'~' | b'.' | b'$'))
            && !word.is_empty()
        {
            continue;
        }
        s.all += 1;
        s.broken += u8::from(marks.any(Marks::BROKEN));
        match letters(&mut s, word, marks) {
            Some(count) => *count += 1,
            None => *slot(&mut s, word, marks) += 1,
        }
    }
    s
}

/// Where a word of letters counts, with the punctuation of a sentence behind it or not.
///
/// PERF: most words are such; [`slot`] comes to the same at twenty times the cost.
fn letters<'s>(s: &'s mut Shapes, word: &[u8], marks: Marks) -> Option<&'s mut u8> {
    const ODD: Marks = Marks::GLOB.or(Marks::EXPANDED).or(Marks::SUBSTITUTED).or(Marks::QUOTED);
    let letters = word.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let ended = match word.get(letters..)? {
        [] => false,
        [b':'] => letters > 1,
        [b'.' | b',' | b'!' | b'?'] => true,
        _ => return None,
    };
    let whole = letters == word.len();
    if letters == 0 || marks.any(ODD) || ended == whole || word == b"localhost" {
        return None;
    }
    let (first, rest) = word.split_first()?;
    let capital = first.is_ascii_uppercase() && rest.iter().any(u8::is_ascii_lowercase);
    Some(if capital || ended { &mut s.prose } else { &mut s.plain })
}

fn slot<'s>(s: &'s mut Shapes, word: &[u8], marks: Marks) -> &'s mut u8 {
    let rest = word.get(1..).unwrap_or_default();
    let wild = marks.any(Marks::GLOB);
    if word.first() == Some(&b',') {
        return &mut s.plain;
    }
    if is_system_path(word) || wild && names_known_file(word) {
        return &mut s.system;
    }
    match word {
        [b'-', b'-' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'?', ..] if !word.contains(&b' ') => {
            return &mut s.flags;
        }
        [b'+', b'a'..=b'z' | b'A'..=b'Z', ..] if !word.contains(&b' ') => return &mut s.flags,
        [b'/', b'a'..=b'z' | b'A'..=b'Z' | b'?', more @ ..]
            if more.iter().all(|b| b.is_ascii_alphabetic() || *b == b':') =>
        {
            return if more.len() < 6 { &mut s.switch } else { &mut s.path };
        }
        [drive, b':'] if drive.is_ascii_alphabetic() => return &mut s.path,
        [b'/', ..] | [b'~', b'/', ..] | [b'.', b'/', ..] | [b'.', b'.', ..] | b"." | b"~" => {
            return &mut s.path;
        }
        _ => {}
    }
    if is_host(word) {
        return &mut s.host;
    }
    if wild {
        return &mut s.glob;
    }
    if marks.any(Marks::EXPANDED.or(Marks::SUBSTITUTED)) || word.contains(&MANY) {
        return &mut s.expanded;
    }
    let digits = word.iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
    if digits > 0 && matches!(word.get(digits..), Some(b"" | b"s" | b"m" | b"h" | b"d")) {
        return &mut s.number;
    }
    if marks.any(Marks::QUOTED) && word.iter().any(|b| !b.is_ascii_alphanumeric()) {
        return &mut s.quoted;
    }
    if is_assignment(word) {
        let value =
            word.iter().position(|b| *b == b'=').and_then(|at| word.get(at + 1..)).unwrap_or_default();
        return if is_system_path(value) { &mut s.system } else { &mut s.assign };
    }
    if is_file(word) {
        return &mut s.file;
    }
    let capital = word.first().is_some_and(u8::is_ascii_uppercase) && rest.iter().any(u8::is_ascii_lowercase);
    let ended = word.len() > 1 && matches!(word.last(), Some(b'.' | b',' | b'!' | b'?' | b':'));
    if capital || ended || word.iter().any(|b| *b >= 0x80) { &mut s.prose } else { &mut s.plain }
}

/// `/etc/..`, `C:\..`, `\\host\share`: a path of the system itself.
pub(super) fn is_system_path(word: &[u8]) -> bool {
    match word {
        [b'/', rest @ ..] => {
            let rest = match rest.iter().position(|b| *b != b'/' && *b != b'.') {
                Some(start) => rest.get(start..).unwrap_or_default(),
                None => return false,
            };
            let top = rest.split(|b| *b == b'/').next().unwrap_or_default();
            TOP.contains(&top)
                && (rest.len() > top.len() + 1 || top != b"media" && top != b"home" && top != b"run")
        }
        [drive, b':', b'\\' | b'/', ..] => drive.is_ascii_alphabetic(),
        [MANY, b'\\', ..] => true,
        [b'\\', b'\\', name, ..] => name.is_ascii_alphanumeric(),
        _ => false,
    }
}

/// A pattern such as `/e?c/p*d` that matches a file every system has.
pub(super) fn names_known_file(word: &[u8]) -> bool {
    let literal = word.iter().filter(|b| !matches!(**b, b'/' | ONE | MANY)).count();
    word.first() == Some(&b'/') && literal >= 2 && KNOWN.iter().any(|file| words::matches(word, file))
}

fn is_host(word: &[u8]) -> bool {
    let scheme = find(word, b"://");
    if scheme
        .is_some_and(|n| n > 1 && word.get(..n).unwrap_or_default().iter().all(u8::is_ascii_alphanumeric))
    {
        return true;
    }
    if matches!(word, b"localhost" | b"::1") {
        return true;
    }
    let name = word.split(|b| matches!(b, b'/' | b':')).next().unwrap_or_default();
    let labels = name.split(|b| *b == b'.').count();
    let well = name
        .split(|b| *b == b'.')
        .all(|l| !l.is_empty() && l.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-' || *b == b'_'));
    if !well || labels < 2 {
        return false;
    }
    let last = name.rsplit(|b| *b == b'.').next().unwrap_or_default();
    let address = labels == 4 && name.iter().all(|b| b.is_ascii_digit() || *b == b'.');
    address
        || last.len() >= 2
            && last.len() <= 6
            && last.iter().all(u8::is_ascii_lowercase)
            && !is_extension(last)
}

/// `name=..`
pub(super) fn is_assignment(word: &[u8]) -> bool {
    let name = word.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    name > 0 && word.get(name) == Some(&b'=') && !word.first().is_some_and(u8::is_ascii_digit)
}

/// Extensions of files that commands are run on (their formats' own names).
fn is_extension(ext: &[u8]) -> bool {
    matches!(
        ext,
        b"txt"
            | b"php"
            | b"sh"
            | b"py"
            | b"pl"
            | b"rb"
            | b"js"
            | b"log"
            | b"conf"
            | b"cfg"
            | b"ini"
            | b"xml"
            | b"json"
            | b"yml"
            | b"yaml"
            | b"gz"
            | b"zip"
            | b"tar"
            | b"tgz"
            | b"sql"
            | b"db"
            | b"bak"
            | b"exe"
            | b"bat"
            | b"dll"
            | b"ps1"
            | b"html"
            | b"htm"
            | b"jsp"
            | b"asp"
            | b"aspx"
            | b"png"
            | b"jpg"
            | b"gif"
            | b"pdf"
            | b"csv"
            | b"key"
            | b"pem"
            | b"c"
            | b"h"
            | b"o"
            | b"so"
            | b"out"
            | b"tmp"
            | b"xz"
            | b"bz2"
            | b"md"
            | b"war"
            | b"jar"
            | b"class"
    )
}

fn is_file(word: &[u8]) -> bool {
    let dot = word.iter().rposition(|b| *b == b'.');
    let Some(dot) = dot else {
        return word.contains(&b'/') && word.iter().all(|b| b.is_ascii_graphic()) && word.len() > 2;
    };
    is_extension(word.get(dot + 1..).unwrap_or_default()) || dot == 0 && word.len() > 3
}

/// `y=2" target=..`: quotes that are those of markup, another attribute inside of them.
pub(super) fn is_attribute(word: &[u8]) -> bool {
    memchr::memchr(b' ', word).and_then(|at| word.get(at + 1..)).is_some_and(is_assignment)
}

/// A number, or a number and a unit of time.
pub(super) fn is_count(word: &[u8]) -> bool {
    let digits = word.iter().take_while(|b| b.is_ascii_digit()).count();
    digits > 0 && matches!(word.get(digits..), Some(b"" | b"s" | b"m" | b"h" | b"d"))
}

/// An absolute path of two folders or more.
pub(super) fn is_deep(word: &[u8]) -> bool {
    word.first() == Some(&b'/')
        && word.get(1).is_some_and(u8::is_ascii_alphanumeric)
        && memchr::memchr(b'/', word.get(2..).unwrap_or_default()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_of_letters_count_as_all_words_do(word in "[a-zA-Z]{0,6}[.,!?:;]{0,2}", marks in 0usize..7) {
            let marks = [Marks::default(), Marks::QUOTED, Marks::BROKEN, Marks::EXPANDED, Marks::GLOB, Marks::SPLIT, Marks::SUBSTITUTED][marks];
            for word in [word.as_bytes(), b"localhost", b"localhost."] {
                let (mut quick, mut slow) = (Shapes::default(), Shapes::default());
                let told = letters(&mut quick, word, marks).map(|count| *count += 1).is_some();
                *slot(&mut slow, word, marks) += 1;
                prop_assert!(!told || format!("{quick:?}") == format!("{slow:?}"), "{:?} {:?}", word, slow);
            }
        }
    }
}
