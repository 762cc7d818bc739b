//! Commands of a Unix shell inside a value.
//!
//! What fires: a place where a shell begins a new command (`;`, `|`, `&`, a line end, a backtick, `$(`, `<(`), or the
//! start of the value, followed by the name of a program with operands that fit it: `8.8.8.8; cat /etc/passwd`,
//! `$(nslookup x.example)`, `` `id` ``, `a|c'a't${IFS}/etc/issue`. What must not: prose and lists with the same marks
//! ("bread; cut it", `red|sort|id`), query strings (`a=1&id=2`), code (`; sort(x)`), names of tools (`curl/8.1`).
//! Words are read as the shell would after quoting and expansion ([`crate::detect::lex::shell`]), so hidden names count
//! more, not less. Source: IEEE Std 1003.1 "Shell Command Language"; CWE-78, CWE-88.

use super::candidates::{Candidate, Opener, candidates, is_quoted};
use super::fits::{Takes, fit};
use super::fruitless::Walks;
use super::programs::{KEYWORDS, are_named, lookup, lookup_path, plain_program};
use super::setting::{Setting, ends_reference, is_binary};
use super::shapes::{is_assignment, is_attribute, is_count, is_deep, names_known_file, shapes};
use super::spelt::{is_program_folder, is_spelt, may_run, plus_is_blank};
use super::start::can_start;
use super::windows;
use crate::bytes::Wake;
use crate::detect::lex::barren::Barren;
use crate::detect::lex::find::find;
use crate::detect::lex::shell;
use crate::detect::lex::words::{Marks, Words};
use crate::detect::{Class, Hit, Hits, Value};

/// The best command so far.
#[derive(Debug)]
struct Best {
    score: i8,
    technique: &'static str,
    opener: Opener,
    span: std::ops::Range<usize>,
    program: &'static str,
    why: &'static str,
}

/// Steps of reading allowed for each byte of the window; once they are spent, only candidates that are the name of a
/// program as they stand are read. Values that people send need less than three.
const STEPS: usize = 24;
/// Candidates that are read whatever has been read before.
const FEW: u32 = 8;

/// Whether a value that is one word can be a command by its name alone, as English words cannot, or is more than a word.
fn is_told_by_name(bytes: &[u8]) -> bool {
    bytes.iter().any(|b| matches!(b, b'?' | b'^' | b'~'))
        || lookup(bytes).is_some_and(|p| p.2 > 0)
        || windows::lookup(bytes).is_some_and(|p| p.0.2 > 0)
}

/// Judges one value.
pub(super) fn judge(value: &Value<'_>, hits: &mut Hits) {
    let word = Wake::ALPHA.or(Wake::DIGIT).or(Wake::DASH).or(Wake::UNDERSCORE);
    let told = if are_named(value) {
        !word.all(value.wake) || is_told_by_name(value.bytes)
    } else {
        is_spelt(value)
    };
    if !told {
        return;
    }
    let Some(best) = scan(value, &mut None, FEW) else { return };
    let Some(confidence) = confidence(best.score) else { return };
    hits.push(Hit {
        class: Class::Rce,
        technique: best.technique,
        confidence,
        span: best.span,
        reason: format!("{}: {} ({})", best.opener.words(), best.program, best.why).into(),
    });
}

/// Reads every candidate of the value and keeps the best command.
///
/// PERF: most values hold no word that a command can begin with; words, setting and all that are made for the first one
/// that does, and what readings came to nothing have passed is kept from the `few`-th on.
fn scan(value: &Value<'_>, words: &mut Option<Words>, few: u32) -> Option<Best> {
    let (bytes, wake) = (value.bytes, value.wake);
    let plus = wake.any(Wake::PLUS) && (!wake.any(Wake::BLANK) || plus_is_blank(bytes));
    let mut setting = None;
    let mut best: Option<Best> = None;
    let (mut several, mut parts, mut objects) = (0u8, 0u8, false);
    let mut started = false;
    let (mut readings, mut barren, mut walks) = (0u32, None, None);
    // As they are, or escaped in `$'..'`.
    let slashes = wake.any(Wake::SLASH) || wake.all(Wake::DOLLAR.or(Wake::SINGLE).or(Wake::BACKSLASH));
    candidates(value, |candidate| {
        let markup = candidate.opener == Opener::Start && matches!(bytes.first(), Some(b'<' | b'>'));
        if markup || !can_start(bytes, candidate.from, plus) {
            return false;
        }
        let spent = words.as_ref().is_some_and(|read| read.steps > STEPS * bytes.len() + 4096);
        if spent && !plain_program(bytes, candidate.from) {
            return false;
        }
        let setting = *setting.get_or_insert_with(|| Setting::of(value, plus));
        let walks = walks.get_or_insert_with(|| Walks::new(plus, slashes));
        let unix = if !setting.matched && walks.come_to_nothing(bytes, candidate.from) {
            None
        } else {
            // PERF: few candidates are read anew each; in a flood of marks one reading would go over what the last one did.
            readings += 1;
            let mut barren = (readings > few).then(|| barren.get_or_insert_with(Barren::default));
            let read = words.get_or_insert_with(Words::default);
            let unix = weigh(bytes, candidate, setting, slashes, read, barren.as_deref_mut());
            if let Some(barren) = barren.filter(|_| unix.is_some() || candidate.opener == Opener::Start) {
                barren.forget();
            }
            unix
        };
        let windows = if windows::can_start(bytes, candidate, setting.plain) {
            windows::weigh(bytes, candidate, setting, words.get_or_insert_with(Words::default))
        } else {
            None
        };
        // From a line end behind it the same words would be read again.
        let before = candidate.mark.checked_sub(1).and_then(|i| bytes.get(i));
        let line = candidate.opener == Opener::Line && !matches!(before, Some(b'^' | b'`'));
        // PERF: so it is with most.
        if unix.is_none() && windows.is_none() {
            return !line;
        }
        // In a document so it is with most of what is found.
        let mut little = true;
        for found in [unix, windows].into_iter().flatten() {
            if setting.is_too_little(candidate.opener, &found) {
                continue;
            }
            little = false;
            started |= candidate.opener == Opener::Start;
            let score = found.score + adjust(bytes, candidate, Setting { started, ..setting }, &found);
            several = several.saturating_add(u8::from(score >= 2));
            let separated = matches!(candidate.opener, Opener::Start | Opener::Semicolon | Opener::List);
            parts = parts.saturating_add(u8::from(separated && found.score >= 0));
            objects |= found.path && candidate.opener == Opener::Start;
            if best.as_ref().is_none_or(|b| b.score < score) {
                best = Some(Best {
                    score,
                    technique: found.technique.unwrap_or(candidate.opener.technique()),
                    opener: candidate.opener,
                    span: candidate.mark..found.stop.min(bytes.len()).max(candidate.mark),
                    program: found.program,
                    why: found.why,
                });
            }
        }
        !(line && little)
    });
    // Names of two letters and every mark occur among random bytes; a command there has more to it.
    if best.as_ref().is_some_and(|b| b.score < 6) && is_binary(value) {
        return None;
    }
    // Three commands in a row are a script, weaker ones if one of them works on a path.
    let document = || setting.is_none_or(|s: Setting| s.document);
    let script = i8::from(several >= 3 && !document());
    let chain = if parts >= 3 && objects && started && !document() { 3 } else { i8::MIN };
    best.map(|b| Best { score: (b.score + script).max(chain), ..b })
}

/// Confidence of a sum of evidence: separator, program, operands, surroundings.
fn confidence(score: i8) -> Option<u8> {
    Some(match score {
        ..=1 => return None,
        2 => 40,
        3 => 58,
        4 => 76,
        5 => 88,
        6 => 93,
        _ => 96,
    })
}

/// What one reading of a candidate found.
#[derive(Debug)]
pub(super) struct Found {
    pub score: i8,
    pub program: &'static str,
    pub rarity: u8,
    pub why: &'static str,
    pub technique: Option<&'static str>,
    /// No operands at all.
    pub bare: bool,
    /// A path of the system, an address or a hidden name is among the words.
    pub reaches: bool,
    /// An operand is a path.
    pub path: bool,
    /// The operands are such as the program takes.
    pub fits: bool,
    pub stop: usize,
}

/// Reads the candidate as a Unix shell would, and sums what speaks for a command. `slashes`: whether words may have them.
pub(super) fn weigh(
    bytes: &[u8],
    candidate: Candidate,
    setting: Setting,
    slashes: bool,
    read: &mut Words,
    barren: Option<&mut Barren>,
) -> Option<Found> {
    let variable = bytes.get(candidate.from..).unwrap_or_default().trim_ascii_start().first() == Some(&b'$');
    let named = !(slashes || variable || setting.matched);
    // What a variable holds is looked for before it.
    let barren = barren.filter(|_| !variable);
    let wanted = shell::read_if(bytes, candidate.from, setting.plus, read, named, barren, |read| {
        setting.matched || variable || may_run(read)
    });
    // What is not wanted may yet be a pattern for a path, or the path of a program in no table.
    if !wanted && read.word(0).first() != Some(&b'/') {
        return None;
    }
    if let Some(found) = variable_command(bytes, candidate, read) {
        return Some(found);
    }
    let mut at = 0;
    let mut wrapped = 0i8;
    let (mut keyword, mut attribute) = (0, false);
    // Assignments, keywords and programs that run what follows stand before the program itself.
    loop {
        let word = read.word(at);
        if word.is_empty() {
            return None;
        }
        let name = std::str::from_utf8(word).unwrap_or("");
        if at < 8 && is_assignment(word) {
            attribute |= is_attribute(word);
            at += 1;
        } else if at < 8 && KEYWORDS.contains(&name) && !read.marks(at).any(Marks::BROKEN.or(Marks::QUOTED)) {
            // What is quoted is no reserved word (POSIX, Shell Command Language 2.4).
            (keyword, at) = (1, at + 1);
        } else if let Some((_, Takes::Wrapper, rarity)) =
            lookup(word).filter(|_| at < 8 && read.count() > at + 1)
        {
            at += 1;
            wrapped = wrapped.max(1).max(*rarity as i8);
            // `nice -n 5 x`, `timeout 10s x`
            while matches!(read.word(at), [b'-', ..]) || is_count(read.word(at)) {
                at += 1;
            }
        } else {
            break;
        }
    }
    let word = read.word(at);
    let marks = read.marks(at);
    let (program, by_path) = match lookup(word) {
        Some(program) => (program, 0),
        None => match lookup_path(word) {
            Some(found) => found,
            None => {
                return pattern_only(read, at, candidate).or_else(|| path_only(read, at, candidate, setting));
            }
        },
    };
    let &(name, takes, rarity) = program;
    let s = shapes(read, at);
    let (mut fit, mut why) = fit(program, s, read, candidate.opener);
    if s.all == 0 && !read.redirected && (wrapped > 0 && rarity == 2 || by_path > 0 && at == 0) {
        // `sudo bsdtar`, `/usr/bin/chef`: whatever it takes, it is run.
        (fit, why) = (fit.max(0), if fit < 0 { "run without operands" } else { why });
    }
    let fits = fit > 0 && s.talk() == 0 || fit > 4;
    // A name that a brace list puts together can be nothing else.
    let spelt = marks.any(Marks::SPLIT) && marks.any(Marks::BROKEN);
    let hidden = 2 * i8::from(marks.any(Marks::BROKEN.or(Marks::SPLIT)))
        + i8::from(s.broken > 0 && fit > 0)
        + 2 * i8::from(spelt);
    let fit = if spelt { fit.max(0) } else { fit };
    let known = if by_path > 0 { 2 } else { rarity };
    let mut score = candidate.opener.weight() + known as i8 + by_path + fit + hidden;
    let reverse = matches!(name, "nc" | "ncat" | "netcat" | "socat") && s.system > 0
        || takes == Takes::Shell && read.redirected && s.flags > 0;
    if candidate.opener == Opener::Start {
        // Without a separator the operands have to tell: a name alone is a word like any other.
        let reached = s.host > 0 && (rarity > 0 || s.flags > 0 && takes == Takes::Net);
        let fits = s.talk() == 0 && (s.system > 0 || reached);
        score += i8::from(s.system > 0 && s.talk() == 0);
        let defines = name == "alias" && s.assign + s.quoted > 0;
        score -= i8::from(hidden == 0 && by_path == 0 && rarity < 2 && !fits && !defines);
        // `cat /srv/a.log`: an absolute path and nothing else.
        let deep = s.path > 0 && s.talk() == 0 && (at + 1..read.count()).any(|i| is_deep(read.word(i)));
        let tells = s.system > 0 || hidden > 0 || by_path > 0 || s.expanded > 0 || reverse || fits;
        score += i8::from(s.flags >= 2 && s.system > 0 && s.talk() > 0);
        if rarity == 0 && !tells {
            score = score.min(2);
        }
        // `npm install react` is what people look for.
        let sought = matches!(
            name,
            "npm" | "npx" | "yarn" | "pip" | "pip3" | "gem" | "brew" | "cargo" | "git" | "docker"
        );
        if sought && s.talk() == s.all && hidden + by_path + wrapped == 0 && !setting.header && !setting.named
        {
            score = score.min(2);
        }
        if deep && matches!(name, "cat" | "head" | "tail" | "less") {
            score = score.max(3);
        }
    }
    score += wrapped.max(keyword);
    let technique = if reverse {
        Some("reverse-shell")
    } else if hidden >= 2 || by_path > 2 || marks.any(Marks::GLOB) {
        Some("hidden-command")
    } else {
        None
    };
    score += 2 * i8::from(reverse);
    let bare = s.all == 0 && !read.redirected && hidden == 0 && by_path == 0 && keyword == 0;
    let reaches = s.system > 0 || s.host > 0 || hidden > 0 || by_path > 0;
    let path = s.path + s.system > 0;
    score -= 2 * i8::from(attribute && !reaches);
    Some(Found { score, program: name, rarity, why, technique, bare, reaches, path, fits, stop: read.stop })
}

/// `a=cat;$a x`: a variable that the value itself has set is the command.
fn variable_command(bytes: &[u8], candidate: Candidate, read: &Words) -> Option<Found> {
    let rest = bytes.get(candidate.from..)?.trim_ascii_start();
    let rest = rest.strip_prefix(b"$")?;
    let rest = rest.strip_prefix(b"{").unwrap_or(rest);
    let n = rest.iter().take(24).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let name = rest.get(..n).filter(|n| !n.is_empty())?;
    let before = bytes.get(candidate.mark.saturating_sub(160)..candidate.mark)?;
    let set = memchr::memmem::find_iter(before, name).any(|at| {
        let fresh = at
            .checked_sub(1)
            .and_then(|i| before.get(i))
            .is_none_or(|b| !b.is_ascii_alphanumeric() && !matches!(b, b'$' | b'{'));
        fresh
            && before.get(at + n) == Some(&b'=')
            && before.get(at + n + 1).is_some_and(|b| !matches!(b, b'=' | b' '))
    });
    let ended = matches!(
        rest.get(n),
        None | Some(b' ' | b'$' | b'+' | b'}' | b';' | b'\n' | b'|' | b'&' | b'"' | b'\'')
    );
    (set && ended && candidate.opener != Opener::Start).then_some(Found {
        score: 2 + candidate.opener.weight(),
        program: "a variable",
        rarity: 2,
        why: "set in the same value, then run as a command",
        technique: Some("hidden-command"),
        bare: false,
        reaches: true,
        path: false,
        fits: true,
        stop: read.stop,
    })
}

/// `/e?c/p*d` as a command or operand of none: only the pattern tells.
fn pattern_only(read: &Words, at: usize, candidate: Candidate) -> Option<Found> {
    let any = (at..read.count()).any(|i| read.marks(i).any(Marks::GLOB) && names_known_file(read.word(i)));
    any.then_some(Found {
        score: 3 + candidate.opener.weight(),
        program: "a pattern",
        rarity: 2,
        why: "wildcards that match a file every Unix system has",
        technique: Some("hidden-command"),
        bare: false,
        reaches: true,
        path: false,
        fits: true,
        stop: read.stop,
    })
}

/// `;/tmp/x`, `|/usr/local/bin/x -a`: a program that is in no table, where programs of the system and of attackers are;
/// without a separator only as the whole of a parameter for commands.
fn path_only(read: &Words, at: usize, candidate: Candidate, setting: Setting) -> Option<Found> {
    let word = read.word(at);
    let folder = is_program_folder(word);
    let alone = candidate.opener == Opener::Start;
    (folder && (!alone || setting.named)).then_some(Found {
        score: if alone { 2 } else { 2 + candidate.opener.weight() },
        program: "a program by its path",
        rarity: 2,
        why: "in a folder of programs or of temporary files",
        technique: None,
        bare: false,
        reaches: true,
        path: true,
        fits: true,
        stop: read.stop,
    })
}

/// What stands around the command: nothing and short data speak for it, prose, lists and documents against it.
pub(super) fn adjust(bytes: &[u8], candidate: Candidate, setting: Setting, found: &Found) -> i8 {
    let Candidate { opener, mark, from } = candidate;
    let mut sum = i8::from(setting.named);
    let before = bytes.get(mark.saturating_sub(64)..mark).unwrap_or_default();
    let cut = mark > 64;
    let blanks = before.iter().filter(|b| matches!(**b, b' ' | b'\t' | b'\n')).count();
    let words = before
        .split(|b| !b.is_ascii_alphabetic() && *b != b'\'')
        .filter(|w| w.len() > 1 && w.iter().all(|b| b.is_ascii_lowercase() || *b == b'\''))
        .count();
    // What begins with a command and ends in a pipe to an interpreter is no sentence.
    let piped = setting.started
        && opener == Opener::Pipe
        && matches!(lookup(found.program.as_bytes()), Some((_, Takes::Shell | Takes::Interp, _)));
    let prose = blanks >= 3 && (words >= 4 || cut) && !piped;
    if setting.document {
        sum -= 1 + i8::from(opener == Opener::Line);
    }
    if opener == Opener::Start {
        let rest = bytes.get(from..).unwrap_or_default();
        // Nobody searches or chats in a User-Agent or Referer.
        if setting.header && mark == 0 && found.fits {
            sum += 1 + i8::from(find(rest, b" -").is_some());
        }
        // Nothing but the command in a field for text is no text that quotes one.
        // Instructions quote what prints into a file of the system, too.
        let whole = found.fits && found.reaches && found.program != "echo" && !rest.contains(&b'\n');
        let quoted = setting.written && !whole;
        return sum - i8::from(rest.len() > 200) - i8::from(setting.document) - 2 * i8::from(quoted);
    }
    if opener == Opener::Semicolon && !found.reaches && ends_reference(before) {
        sum -= 2;
    }
    if let Some(floor) = environment(bytes, candidate, found) {
        return floor - found.score;
    }
    if prose {
        sum -= 1 + 2 * i8::from(!found.reaches);
    } else if blanks == 0 && !cut {
        sum += 1;
    }
    if setting.header && opener == Opener::Semicolon && mark > 0 && !found.reaches && found.rarity < 2 {
        sum -= 2;
    }
    if setting.written && matches!(opener, Opener::Line | Opener::Backtick) {
        sum -= 1;
    }
    if opener == Opener::Backtick {
        // No text has two of them side by side, or one in quotes alone.
        let beside = before.ends_with(b"`") && before.len() > 3;
        sum += 2 * i8::from(beside || !setting.written && is_quoted(bytes, mark));
    }
    // No field of a header begins with a separator.
    sum += 2 * i8::from(setting.header && mark == 0 && opener == Opener::Semicolon);
    // Text quotes commands on lines of their own and between backticks.
    let last = before.iter().rev().find(|b| !matches!(**b, b'\n' | b'\r'));
    match opener {
        Opener::Line if blanks >= 2 || last.is_some_and(|b| matches!(b, b':' | b'.' | b'`')) => sum -= 3,
        Opener::Backtick
            if before.ends_with(b" ")
                && last.is_some()
                && before.trim_ascii().last().is_some_and(u8::is_ascii_alphanumeric) =>
        {
            sum -= 3
        }
        Opener::Backtick if prose => sum -= 2,
        _ => {}
    }
    if found.bare {
        let tight = bytes.get(from).is_some_and(|b| !b.is_ascii_whitespace());
        let neighbour = before.iter().rev().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        let common = found.rarity < 2;
        let query = before.contains(&b'=') || before.contains(&b'?');
        let edge = before.len().checked_sub(neighbour + 1).and_then(|i| before.get(i));
        let listed = edge.is_none_or(|b| matches!(b, b';' | b'|' | b',' | b'&' | b' ' | b'\n'));
        sum -= 3 * i8::from(tight && common && neighbour > 1 && listed && opener != Opener::Substitution);
        sum -= 3 * i8::from(query && common && opener == Opener::Ampersand);
        // `$(id).top`: the name of a function and its argument, not of a shell.
        let member = bytes.get(found.stop) == Some(&b')') && bytes.get(found.stop + 1) == Some(&b'.');
        sum -= 5 * i8::from(member && opener == Opener::Substitution);
        let column = opener == Opener::Backtick && common && blanks > 0;
        sum -= 2 * i8::from(column || prose);
    }
    sum
}

/// `x|env`, `x;env;`: behind a single word a separator and what prints the environment, and nothing else but a separator
/// at the end. The name is a word of lists too, so that it is never more than likely.
fn environment(bytes: &[u8], candidate: Candidate, found: &Found) -> Option<i8> {
    if !found.bare || !matches!(found.program, "env" | "printenv") {
        return None;
    }
    let before = bytes.get(..candidate.mark)?;
    let rest = bytes.get(candidate.from..)?.trim_ascii();
    let rest = rest.get(found.program.len()..)?;
    let alone = before.len() <= 40 && before.iter().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(b));
    let closed = matches!(rest, b";" | b"|" | b"&");
    let open = rest.is_empty() && matches!(candidate.opener, Opener::Pipe | Opener::List);
    (alone && (open || closed)).then_some(3)
}

/// Whether `text` begins with the name of a program and operands that fit it, so that a call that is given it runs it.
pub(super) fn begins_with_program(text: &[u8], words: &mut Words) -> bool {
    let setting = Setting { matched: true, ..Setting::default() };
    let start = Candidate { opener: Opener::Substitution, mark: 0, from: 0 };
    let fits = |found: Option<Found>| found.is_some_and(|f| f.score >= 3);
    fits(weigh(text, start, setting, true, words, None)) || {
        let start = Candidate { opener: Opener::Semicolon, ..start };
        windows::can_start(text, start, false) && fits(windows::weigh(text, start, setting, words))
    }
}

#[cfg(test)]
mod tests {
    use super::super::programs::{LONGEST, PROGRAMS};
    use super::*;
    use crate::bytes::wake;
    use crate::decode::Trust;
    use crate::detect::words::words;
    use crate::points::Place;

    fn value(bytes: &[u8]) -> Value<'_> {
        let (place, name, trust) = (Place::QueryValue, &b"q"[..], Trust::Plain);
        Value { bytes, place, name, wake: wake(bytes), words: words(bytes), trust, first: true, last: true }
    }

    #[test]
    fn names_are_of_letters_and_few_signs() {
        let of_name = |b: u8| b.is_ascii_alphanumeric() || b"._-+![{".contains(&b);
        let names = PROGRAMS.iter().map(|p| p.0).chain(KEYWORDS.iter().copied());
        names.for_each(|name| assert!(name.bytes().all(of_name), "{name}"));
        let programs = PROGRAMS.iter().map(|p| p.0).chain(windows::PROGRAMS.iter().map(|p| p.0));
        programs.for_each(|name| assert!(are_named(&value(name.as_bytes())), "{name}"));
        assert!(!are_named(&value(b"c or z")) && are_named(&value(b"c 99")));
    }

    #[test]
    fn the_table_is_sorted() {
        assert!(PROGRAMS.is_sorted_by(|a, b| a.0 < b.0) && PROGRAMS.iter().all(|p| p.0.len() <= LONGEST));
    }

    #[test]
    fn work_is_linear_in_the_value() {
        let parts = [
            "$(",
            "`",
            ";",
            ";\\",
            "|cat ",
            ";ca't",
            "&\"",
            "${",
            "$(${",
            ";$x",
            "<(",
            ";{a,",
            ";a=b ",
            "\n!",
            "%a",
            "&^",
            ";'\"",
            "$'",
            "$((",
            ";[",
            "; nohup ",
            "&& find /etc ",
            "|/???/??",
            "$($x",
            "; for %",
        ];
        for part in parts {
            let text = part.repeat((1 << 20) / part.len());
            let mut read = None;
            scan(&value(text.as_bytes()), &mut read, FEW);
            let read = read.unwrap_or_default();
            assert!(
                read.steps <= (STEPS + 8) * text.len(),
                "{part:?}: {} steps a byte",
                read.steps / text.len()
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn readings_that_are_cut_short_would_have_come_to_nothing(
            parts in proptest::collection::vec(proptest::sample::select(&[
                ";", "|", "&", "`", "$(", "(", ")", "\n", ">", "<", "a", "x=1", " ", "#", "\"", "'", "{", "}", ",", "\\", "$x", "id", "cat",
                "/etc/passwd", "/???/x", "sudo", "$IFS", "!", "[a]", "2>&1", "+",
            ][..]), 0..24),
        ) {
            let text = parts.concat();
            let all = scan(&value(text.as_bytes()), &mut None, u32::MAX);
            let some = scan(&value(text.as_bytes()), &mut None, 0);
            proptest::prop_assert_eq!(format!("{all:?}"), format!("{some:?}"), "{}", text);
        }
    }

    #[test]
    fn padding_with_marks_does_not_hide_a_command() {
        for part in [";a", "$(x", "`'", ";;", "|\\", "&\"", "${a", "(("] {
            let mut text = part.repeat(3000 / part.len());
            text.push_str("\";u'n'ame -a");
            let best = scan(&value(text.as_bytes()), &mut None, FEW);
            assert!(best.is_some_and(|b| b.score >= 3), "{part:?}");
        }
    }
}
