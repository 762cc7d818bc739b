//! Commands of the Windows command processor inside a value.
//!
//! What fires: at the places [`super::command`] finds, a program of Windows with operands that fit it (`& dir C:\`,
//! `| net user x y /add`, `&&certutil -urlcache ..`), batch `for` and `if`. What must not: words that are also program
//! names ("type", "net", "start") in text. Source: Windows Commands reference (A-Z list); CWE-78.

use super::candidates::{Candidate, Opener};
use super::command::Found;
use super::programs::NAMES;
use super::setting::Setting;
use super::shapes::shapes;
use crate::bytes::{holds, table};
use crate::detect::lex::cmd::{self, SPAN};
use crate::detect::lex::find::find;
use crate::detect::lex::words::{self, Marks, ONE, Words};

/// A program of Windows: name, whether it is complete without operands, how unlikely its name is as a word, and the
/// subcommands by which it is known (or none).
pub(super) type Program = (&'static str, bool, u8, &'static [&'static str]);

/// Sorted by name.
#[rustfmt::skip]
pub(super) static PROGRAMS: &[Program] = &[
    ("arp", false, 1, &[]), ("assoc", false, 1, &[]), ("at", false, 0, &[]), ("attrib", false, 2, &[]),
    ("bcdboot", false, 2, &[]), ("bcdedit", true, 2, &[]), ("bitsadmin", false, 2, &[]), ("cacls", false, 2, &[]),
    ("call", false, 0, &[]), ("cd", false, 0, &[]), ("certreq", false, 2, &[]), ("certutil", false, 2, &[]),
    ("chdir", false, 1, &[]), ("cipher", false, 0, &[]), ("cls", true, 1, &[]), ("cmd", false, 1, &[]),
    ("cmdkey", false, 2, &[]), ("copy", false, 0, &[]), ("cscript", false, 2, &[]), ("curl", false, 1, &[]),
    ("del", false, 0, &[]), ("dir", true, 1, &[]), ("diskpart", false, 2, &[]), ("driverquery", true, 2, &[]),
    ("dsquery", false, 2, &[]), ("echo", false, 0, &[]), ("erase", false, 0, &[]), ("expand", false, 0, &[]),
    ("explorer", false, 0, &[]), ("findstr", false, 2, &[]), ("forfiles", false, 2, &[]), ("format", false, 0, &[]),
    ("fsutil", false, 2, &[]), ("ftp", false, 1, &[]), ("getmac", true, 2, &[]), ("gpresult", false, 2, &[]),
    ("hostname", true, 1, &[]), ("icacls", false, 2, &[]), ("iexplore", false, 2, &[]),
    ("installutil", false, 2, &[]), ("ipconfig", true, 2, &[]), ("label", false, 0, &[]), ("md", false, 0, &[]),
    ("mkdir", false, 1, &[]), ("mklink", false, 2, &[]), ("more", false, 0, &[]), ("move", false, 0, &[]),
    ("msbuild", false, 2, &[]), ("mshta", false, 2, &[]), ("msiexec", false, 2, &[]), ("nbtstat", false, 2, &[]),
    ("net", false, 0, &["accounts", "computer", "config", "continue", "file", "group", "localgroup", "pause", "session", "share", "start", "statistics", "stop", "time", "use", "user", "users", "view"]),
    ("net1", false, 2, &["user", "localgroup", "group", "start", "stop"]),
    ("netsh", false, 2, &["firewall", "advfirewall", "interface", "wlan", "dump", "winhttp", "http"]),
    ("netstat", true, 2, &[]), ("nltest", false, 2, &[]), ("notepad", false, 1, &[]), ("nslookup", false, 2, &[]),
    ("odbcconf", false, 2, &[]), ("pathping", false, 2, &[]), ("ping", false, 0, &[]),
    ("powershell", false, 1, &[]), ("print", false, 0, &[]), ("psexec", false, 2, &[]), ("pwsh", false, 2, &[]),
    ("qwinsta", true, 2, &[]), ("rd", false, 0, &[]),
    ("reg", false, 1, &["add", "compare", "copy", "delete", "export", "import", "load", "query", "restore", "save", "unload"]),
    ("regasm", false, 2, &[]), ("regedit", false, 2, &[]), ("regsvr32", false, 2, &[]), ("ren", false, 1, &[]),
    ("rename", false, 0, &[]), ("rmdir", false, 2, &[]), ("robocopy", false, 2, &[]),
    ("route", false, 0, &["print", "add"]), ("runas", false, 2, &[]), ("rundll32", false, 2, &[]),
    ("sc", false, 0, &["config", "create", "delete", "failure", "qc", "query", "queryex", "start", "stop"]),
    ("schtasks", true, 2, &[]), ("set", false, 0, &[]), ("setx", false, 2, &[]), ("shutdown", false, 0, &[]),
    ("start", false, 0, &[]), ("subst", false, 1, &[]), ("sysinfo", true, 2, &[]), ("systeminfo", true, 2, &[]),
    ("takeown", false, 2, &[]), ("taskkill", false, 2, &[]), ("tasklist", true, 2, &[]), ("tftp", false, 2, &[]),
    ("timeout", false, 0, &[]), ("tracert", false, 2, &[]), ("tree", false, 0, &[]), ("type", false, 0, &[]),
    ("tzutil", false, 2, &[]), ("ver", true, 1, &[]), ("vol", false, 1, &[]), ("vssadmin", false, 2, &[]),
    ("waitfor", false, 1, &[]), ("wevtutil", false, 2, &[]), ("where", false, 0, &[]), ("whoami", true, 2, &[]),
    ("winrm", false, 2, &[]), ("winrs", false, 2, &[]),
    ("wmic", false, 2, &["process", "os", "useraccount", "service", "product", "computersystem", "logicaldisk", "startup", "qfe", "group", "nic", "bios"]),
    ("wscript", false, 2, &[]), ("wusa", false, 2, &[]), ("xcopy", false, 2, &[]),
];

/// Reads the candidate, which [`can_start`], as the Windows command processor would, and sums what speaks for a command.
pub(super) fn weigh(bytes: &[u8], candidate: Candidate, setting: Setting, read: &mut Words) -> Option<Found> {
    let Candidate { opener, from, .. } = candidate;
    let named = std::cell::Cell::new(None);
    cmd::read_if(bytes, from, setting.plus, read, |read| match read.count() {
        1 => {
            let word = read.word(0);
            named.set(Some(lookup(word)));
            named.get().flatten().is_some() || batch_word(word) || word.eq_ignore_ascii_case(b"if/i")
        }
        5 => !read.word(0).eq_ignore_ascii_case(b"if") || may_test(read),
        _ => true,
    });
    if let Some(found) = batch(read, opener) {
        return Some(found);
    }
    let (word, marks) = (read.word(0), read.marks(0));
    let (program, by_path) = named.get().unwrap_or_else(|| lookup(word))?;
    let &(name, complete, rarity, subcommands) = program;
    let s = shapes(read, 0);
    let some = |n: u8| i8::from(n > 0);
    let first = read.word(1);
    let known = subcommands.iter().any(|sub| first.eq_ignore_ascii_case(sub.as_bytes()));
    let talk = s.talk() as i8;
    let objects = 2 * some(s.system)
        + some(s.switch)
        + some(s.expanded)
        + some(s.host)
        + some(s.file).max(some(s.path));
    let fit = if s.all == 0 && !read.redirected {
        if complete { 1 } else { -2 }
    } else if !subcommands.is_empty() {
        if known { 3 + some(s.switch) - (talk - 3).clamp(0, 3) } else { some(s.switch) - 2 }
    } else if matches!(name, "ping" | "timeout" | "waitfor") {
        some(s.flags) + some(s.switch) + 2 * some(s.host) + some(s.number) - 1 - talk.min(3)
    } else {
        let excuse = if objects >= 2 { 2 } else { 0 };
        objects + some(s.flags) + i8::from(read.redirected) - (talk - excuse).clamp(0, 3)
    };
    // `cmd /c ..`: the command processor and what it is to run.
    let runs =
        name == "cmd" && matches!(first, b"/c" | b"/C" | b"/k" | b"/K" | b"/r" | b"/R") && read.count() > 2;
    // `powershell -c ..`: behind a separator its switches are followed by what it is to run.
    let shell = matches!(name, "powershell" | "pwsh") && opener != Opener::Start;
    let told = shell && matches!(first, [b'-', b'a'..=b'z' | b'A'..=b'Z', ..]) && read.count() > 2;
    // `&set&`: prints the environment; nothing but separators around.
    let rest = bytes.get(from..).unwrap_or_default();
    let printed = name == "set" && opener == Opener::Ampersand && rest.get(3..) == Some(b"&");
    let fit = if runs {
        4
    } else if printed {
        0
    } else if told {
        fit.max(3)
    } else {
        fit
    };
    let hidden = 2 * i8::from(marks.any(Marks::BROKEN)) + i8::from(marks.any(Marks::EXPANDED)) * 2;
    let mut score = opener.weight() + rarity as i8 + by_path + fit + hidden;
    if opener == Opener::Start {
        score += i8::from(s.system > 0 && talk <= 1);
        score -= i8::from(hidden == 0 && rarity < 2 && !known && s.system == 0);
        if rarity == 0 && !known && hidden == 0 && s.system + s.path == 0 {
            score = score.min(2);
        }
    }
    Some(Found {
        score,
        program: name,
        rarity,
        why: if known { "with a subcommand it knows" } else { "a command of Windows and its operands" },
        technique: Some(if hidden > 0 { "hidden-command" } else { "windows-command" }),
        bare: s.all == 0 && !read.redirected && hidden == 0,
        reaches: s.system > 0 || s.host > 0 || hidden > 0 || known,
        path: s.system + s.path > 0,
        fits: fit > 0 && talk == 0,
        stop: read.stop,
    })
}

/// Whether `word` is the name of a command or a word of batch files.
pub(in crate::detect) fn is_windows_command(word: &[u8]) -> bool {
    lookup(word).is_some() || batch_word(word)
}

/// Whether the candidate can be a command: a cheap look before words are read. `plain`: no backslash stands anywhere.
pub(super) fn can_start(bytes: &[u8], candidate: Candidate, plain: bool) -> bool {
    let Candidate { opener, from, mark } = candidate;
    if matches!(opener, Opener::Backtick | Opener::Substitution | Opener::Process) {
        return false;
    }
    let rest = bytes.get(from..).unwrap_or_default();
    // PERF: so it is with most marks in a flood of them.
    if rest.first().is_some_and(|b| b"=&|;,<>)".contains(b)) {
        return false; // no word begins there
    }
    let skip = rest
        .iter()
        .take(16)
        .take_while(|b| b.is_ascii_whitespace() || matches!(b, b'+' | b'(' | b'@'))
        .count();
    let text = rest.get(skip..).unwrap_or_default();
    let rest = text.get(..64).unwrap_or(text);
    let len = rest.iter().position(|b| SIGNS[usize::from(*b)] != WORD).unwrap_or(rest.len());
    // Carets and quotes may stand anywhere in a name.
    let special = rest.get(len).is_some_and(|b| SIGNS[usize::from(*b)] == SPECIAL);
    if len == 0 && !special || mark.checked_sub(1).and_then(|i| bytes.get(i)) == Some(&b'^') {
        return false;
    }
    let word = rest.get(..len).unwrap_or_default();
    // What quotes and carets stand in begins as it is written.
    if plain && special && (len == 0 && quotes_blank(text) || !may_begin(word)) {
        return false;
    }
    // PERF: most words are not looked up.
    let named = || NAMES.may_hold(word) || memchr::memchr2(b'.', ONE, word).is_some();
    special || named() && (lookup(word).is_some() || batch_word(word))
}

/// Whether `text` begins with quotes that close, with a blank between them: that is no name of a program, but behind folders.
fn quotes_blank(text: &[u8]) -> bool {
    let Some(text) = text.strip_prefix(b"\"") else { return false };
    let near = text.get(..SPAN).unwrap_or(text);
    memchr::memchr(b'"', near).and_then(|end| near.get(..end)).is_some_and(|text| text.contains(&b' '))
}

/// What a byte means to a word: it is of it, ends it, or is one by which a word is more than it seems.
static SIGNS: [u8; 256] = table!(b => match b {
    _ if b.is_ascii_whitespace() || holds(b"+/=&|;,<>)", b) => ENDS,
    _ if holds(b"\"^%\\!", b) => SPECIAL,
    _ => WORD,
});
const WORD: u8 = 0;
const ENDS: u8 = 1;
const SPECIAL: u8 = 2;

/// Whether a program, or a word of the processor's own, has a name that begins with these letters, in any case. Signs among
/// them may begin anything.
fn may_begin(letters: &[u8]) -> bool {
    let Some(first) = letters.first().filter(|_| letters.iter().all(u8::is_ascii_alphabetic)) else {
        return true;
    };
    let begins =
        |name: &[u8]| name.get(..letters.len()).is_some_and(|name| name.eq_ignore_ascii_case(letters));
    beginning_with(first.to_ascii_lowercase()).iter().any(|p| begins(p.0.as_bytes()))
        || begins(b"for")
        || begins(b"if")
}

fn batch_word(word: &[u8]) -> bool {
    word.eq_ignore_ascii_case(b"for") || word.eq_ignore_ascii_case(b"if")
}

/// Letters of the shortest name.
const SHORTEST: usize = 2;

/// The program a word names, in any case, with or without `.exe` and folders before it.
pub(super) fn lookup(word: &[u8]) -> Option<(&'static Program, i8)> {
    let slash = word.iter().rposition(|b| *b == b'\\');
    let name = slash.and_then(|i| word.get(i + 1..)).unwrap_or(word);
    let name = match name.len().checked_sub(4).and_then(|n| name.split_at_checked(n)) {
        Some((stem, ext)) if ext.eq_ignore_ascii_case(b".exe") || ext.eq_ignore_ascii_case(b".com") => stem,
        _ => name,
    };
    let by_path = i8::from(name.len() != word.len());
    if name.len() < SHORTEST {
        return None;
    }
    let mut lower = [0u8; 16];
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    if lower.contains(&ONE) {
        let literal = lower.iter().filter(|b| **b != ONE).count();
        return PROGRAMS
            .iter()
            .find(|p| literal >= 2 && words::matches(lower, p.0.as_bytes()))
            .map(|p| (p, by_path));
    }
    let known =
        beginning_with(*lower.first()?).iter().find(|p| NAMES.may_hold(lower) && p.0.as_bytes() == lower);
    known.map(|p| (p, by_path))
}

/// The programs whose names begin with that small letter.
pub(super) fn beginning_with(letter: u8) -> &'static [Program] {
    let first = usize::from(letter.wrapping_sub(b'a'));
    let (Some(&from), Some(&to)) = (INITIALS.get(first), INITIALS.get(first + 1)) else { return &[] };
    PROGRAMS.get(from..to).unwrap_or_default()
}

/// For each letter the first row of [`PROGRAMS`] that does not begin before it.
static INITIALS: [usize; 27] = {
    let (mut initials, mut row) = ([0; 27], 0);
    while row < PROGRAMS.len() {
        let mut letter = (PROGRAMS[row].0.as_bytes()[0] - b'a') as usize + 1;
        while letter < 27 {
            initials[letter] = row + 1;
            letter += 1;
        }
        row += 1;
    }
    initials
};

/// `for %x in (..) do ..` and `if [not] exist|defined|a==b|a equ b ..`.
fn batch(read: &Words, opener: Opener) -> Option<Found> {
    let is = |i: usize, text: &[u8]| read.word(i).eq_ignore_ascii_case(text);
    let score = if is(0, b"for") {
        let variable = (1..read.count().min(6)).find(|i| {
            let word = read.word(*i);
            word.first() == Some(&b'%') || word.first().is_some_and(|b| *b == words::MANY) && word.len() > 1
        })?;
        let has_in = is(variable + 1, b"in");
        let list = read.word(variable + 2).first() == Some(&b'(');
        if has_in && list { 4 } else { return None }
    } else if is(0, b"if") || is(0, b"if/i") {
        let mut at = 1;
        while is(at, b"/i") || is(at, b"not") {
            at += 1;
        }
        let test =
            is(at, b"exist") || is(at, b"defined") || is(at, b"errorlevel") || is(at, b"cmdextversion");
        let compare = OPERATORS.iter().any(|op| is(at + 1, op));
        let variable = (at..read.count().min(at + 2))
            .any(|i| read.marks(i).any(Marks::EXPANDED) || starts_argument(read.word(i)));
        let equal = (at..read.count().min(at + 3)).find(|i| find(read.word(*i), b"==").is_some());
        let then = |from: usize| {
            (from..read.count()).any(|i| {
                let word = read.word(i);
                let word = word.strip_prefix(b"(").unwrap_or(word);
                let word = word.strip_suffix(b")").unwrap_or(word);
                let word = word.strip_prefix(b"@").unwrap_or(word);
                lookup(word).is_some()
                    || batch_word(word)
                    || word.eq_ignore_ascii_case(b"goto")
                    || word.eq_ignore_ascii_case(b"exit")
            })
        };
        let open = read.word(read.count().saturating_sub(1)) == b"(";
        let acts = || then(at + 1) || open || then(at + 2);
        // `if /i x==y run`: the switch is the command processor's own.
        let switch = is(0, b"if/i") || is(1, b"/i") || is(1, b"not") && is(2, b"/i");
        let more = read.count() > at + 1;
        let bracketed = read.word(at).first() == Some(&b'(');
        match equal {
            Some(_) if switch && more => 3,
            Some(_) if variable || acts() => 3,
            None if bracketed && compare_within(read, at) && acts() => 3,
            None if test && acts() || compare && (variable || acts()) => 4,
            None if test && at > 1 => 3,
            _ => return None,
        }
    } else {
        return None;
    };
    Some(Found {
        score: score + opener.weight().min(2),
        program: if is(0, b"for") { "for" } else { "if" },
        rarity: 2,
        why: "a loop or test of the Windows command processor",
        technique: Some("windows-batch"),
        bare: false,
        reaches: true,
        path: false,
        fits: true,
        stop: read.stop,
    })
}

/// Whether the first words behind `if` may be a test: most are of a sentence.
fn may_test(read: &Words) -> bool {
    let is = |word: &[u8], names: &[&[u8]]| names.iter().any(|name| word.eq_ignore_ascii_case(name));
    (1..5).any(|i| {
        let word = read.word(i);
        is(word, &[b"/i", b"not", b"exist", b"defined", b"errorlevel", b"cmdextversion"])
            || is(word, OPERATORS)
            || find(word, b"==").is_some()
    })
}

/// Comparisons of `if` with command extensions.
static OPERATORS: &[&[u8]] = &[b"equ", b"neq", b"lss", b"leq", b"gtr", b"geq"];

/// Whether one of the words behind `at` compares.
fn compare_within(read: &Words, at: usize) -> bool {
    (at + 1..read.count().min(at + 4))
        .any(|i| OPERATORS.iter().any(|op| read.word(i).eq_ignore_ascii_case(op)))
}

/// `%1`, `[%1]`, `"%~1"`: an argument of a batch file.
fn starts_argument(word: &[u8]) -> bool {
    let at = word.iter().position(|b| *b == b'%');
    at.is_some_and(|at| at < 3 && matches!(word.get(at + 1), Some(b'0'..=b'9' | b'~')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tables_are_sorted_and_fit_the_buffer() {
        assert!(PROGRAMS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(PROGRAMS.iter().all(|p| (SHORTEST..=16).contains(&p.0.len())));
    }

    #[test]
    fn names_are_told_by_their_beginning() {
        for name in PROGRAMS.iter().map(|p| p.0).chain(["for", "if"]) {
            for len in 0..=name.len() {
                assert!(may_begin(name[..len].to_ascii_uppercase().as_bytes()), "{name}");
            }
        }
        assert!(!["dates", "You", "lettuce"].iter().any(|text| may_begin(text.as_bytes())));
    }

    proptest! {
        #[test]
        fn tests_that_are_read_no_further_are_none(
            words in prop::collection::vec(prop::sample::select(&[
                "/i", "not", "exist", "x", "a==b", "==", "a", "equ", "NEQ", "(a", "(", "%1", "!x!", "goto", "dir", "defined", "the", "bell", "\"a b\"", "",
                "a,b", "c:\\x", ")", "exit", "equ", "geq", "the", "the", "dir", "==", "exist",
            ][..]), 4..9),
            first in prop::sample::select(&["if", "IF", "if/i", "if not", "if /i"][..]),
        ) {
            let text = words.iter().fold(first.to_owned(), |text, word| text + " " + word);
            let candidate = Candidate { opener: Opener::Line, mark: 0, from: 0 };
            let found = weigh(text.as_bytes(), candidate, Setting::default(), &mut Words::default());
            let mut all = Words::default();
            cmd::read(text.as_bytes(), 0, false, &mut all);
            prop_assert_eq!(format!("{found:?}"), format!("{:?}", batch(&all, Opener::Line)), "{}", text);
        }
    }
}
