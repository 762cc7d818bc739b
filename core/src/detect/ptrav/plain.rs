//! Values in which no path could be scored, told by a few vector searches, and the places in others where one could.
//!
//! What comes in: one value. What goes out: whether reading it as a path could find nothing, or where it could find
//! something. What always holds: never less than the reader of paths ([`crate::detect::lex::path`]) would find.

use super::{Groups, NAMED, Value};
use crate::bytes::{ByteClasses, Triples, Wake, has_pair, table};
use crate::detect::beside::Beside;
use crate::detect::lex::find::{beside, either};
use crate::detect::lex::path::{Run, Runs, bare_signs, is_hex, plain_around, resume, short_around};
use crate::detect::words::first_word;

/// Where in a value a path could be scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Nowhere: it names nothing of the server, and there are neither two dots nor what may stand for them.
    Plain,
    /// Only in runs with a step or what may be one, at a place where [`is_step`] holds.
    Steps,
    /// Only in runs with a step or the signs of a name, at a place where [`is_step`] or [`is_named`] holds.
    Names,
    /// Anywhere.
    Any,
}

/// Where a percent sign may begin an escape.
///
/// PERF: a percent sign behind a number does not, nor does one that was left over.
static ESCAPES: Triples = Triples::NONE
    .with(0, [b"%", b"%", b""])
    .with(1, [b"%", b"uU", b""])
    .with(2, [b"%", DIGITS, DIGITS])
    .with(3, [b"%", DIGITS, LETTERS])
    .with(4, [b"%", DIGITS, b"%"])
    .with(5, [b"%", LETTERS, DIGITS])
    .with(6, [b"%", LETTERS, LETTERS])
    .with(7, [b"%", LETTERS, b"%"]);
const DIGITS: &[u8] = b"0123456789";
const LETTERS: &[u8] = b"abcdefABCDEF";

/// Tells where in the value a path could be scored, and whether bytes beyond ASCII may be more than letters: an overlong form, but
/// for one that begins with two bytes of 0x80, or a full-width sign of another code page.
///
/// PERF: most values stop here, after a vector search or two.
pub(super) fn look(value: &Value<'_>) -> (Look, bool) {
    let (bytes, wake) = (value.bytes, value.wake);
    // Escapes hide words, and so do those of C.
    let escaped = |at: usize| at.checked_sub(1).is_some_and(|zero| is_hex(bytes, zero));
    let percent = wake.any(Wake::PERCENT);
    // A digit alone is no escape, whatever stands for the other: `%0 `.
    let escape = |at: usize| match bytes.get(at + 1) {
        Some(b'%' | b'u' | b'U') => true,
        Some(b) if b.is_ascii_hexdigit() => {
            bytes.get(at + 2).is_some_and(|b| b.is_ascii_hexdigit() || *b == b'%')
        }
        _ => false,
    };
    let escapes = percent && beside(bytes, b'%', &ESCAPES, 0).any(escape);
    let escaped_as = if escapes { Escapes::of(bytes) } else { Escapes::Letters };
    if wake.any(Wake::CONTROL)
        || escapes && (wake.any(Wake::HIGH) || escaped_as == Escapes::Any)
        || value.words.any(Groups::X) && either(bytes, b'x', b'X').any(escaped)
    {
        return (Look::Any, true);
    }
    let separated = wake.any(Wake::SLASH.or(Wake::BACKSLASH));
    let folder = |at: usize| {
        at.checked_sub(1).and_then(|i| bytes.get(i)).is_some_and(|b| matches!(b | 0x20, b'w' | b's'))
    };
    let high = if wake.any(Wake::HIGH) { High::of(bytes) } else { High::default() };
    let overlong = escapes || high.overlong;
    if percent && !escapes
        || value.words.any(Groups::FILES)
        || separated
            && value.words.any(Groups::ROOTS)
            && (wake.any(Wake::BACKSLASH) || value.may_hold(Beside::FOLDER))
            && either(bytes, b'/', b'\\').any(folder)
    {
        return (if overlong { Look::Any } else { Look::Names }, high.odd);
    }
    let slashes = escaped_as == Escapes::Slashes;
    let dotted = if separated || slashes {
        steps(bytes, slashes)
    } else if wake.any(Wake::DOT) {
        // Without a separator only what the value begins with is read as a path.
        let end = match bytes.first() {
            Some(b) if b.is_ascii_alphanumeric() => memchr::memchr2(b' ', b',', bytes),
            _ => None,
        };
        steps(bytes.get(..end.unwrap_or(bytes.len())).unwrap_or(bytes), false)
            || end.is_some() && has_pair(bytes, *b"..")
    } else {
        bytes.starts_with(b"??")
    };
    let look = match dotted || high.alike {
        false => Look::Plain,
        true if overlong => Look::Any,
        true => Look::Steps,
    };
    (look, high.odd)
}

/// Bytes above 0x7F that may begin more than letters, a class for each row of the code table.
static LEADS: ByteClasses = ByteClasses::new(table!(b => match b {
    0xc0 | 0xc1 => 1,
    0xe0 | 0xe2 | 0xee | 0xef => 2,
    0xf0 | 0xf8.. => 4,
    _ => 0,
}));

/// What bytes above 0x7F are.
#[derive(Clone, Copy, Default)]
struct High {
    /// One may begin an overlong form, which may take in the byte behind it.
    overlong: bool,
    /// One begins a character that looks like a dot or a separator.
    alike: bool,
    /// What [`strange`](super::strange) looks for may be there, but for two bytes of 0x80.
    odd: bool,
}

impl High {
    fn of(bytes: &[u8]) -> High {
        let mut high = High::default();
        LEADS.scan(bytes, [u8::MAX], |base, [mut leads]| {
            while leads != 0 && !high.overlong {
                let rest = bytes.get(base + leads.trailing_zeros() as usize..).unwrap_or_default();
                leads &= leads - 1;
                match rest {
                    [lead @ (0xe2 | 0xee | 0xef), ..] => {
                        let step = is_step(rest);
                        high.alike |= step;
                        high.odd |= step && *lead != 0xe2;
                    }
                    // The second byte of a well-formed character.
                    [0xe0, 0xa0..=0xbf, ..] | [0xf0, 0x90..=0xbf, ..] => {}
                    _ => high = High { overlong: true, alike: true, odd: true },
                }
            }
        });
        high
    }
}

/// The bytes that a step begins with, a class for each row of the code table, and other signs in names of files.
static SIGNS: ByteClasses = ByteClasses::new(table!(b => match b {
    b'.' => 1,
    b'?' => 2,
    b'^' => 4 | LETTER,
    0xe2 | 0xee | 0xef => 8,
    b'/' | b'%' => 16,
    b':' => 32,
    b'\\' | b'_' => 64 | LETTER,
    // Letters, and a few others.
    0x40..0x80 => LETTER,
    _ => 0,
}));

/// Dots and what may stand for them; characters that look like signs of paths; signs of names; colons; letters.
const DOT: u8 = 1 | 2 | 4;
const LEAD: u8 = 8;
const NAME: u8 = 4 | 16 | 64;
const COLON: u8 = 32;
const LETTER: u8 = 128;

/// Blocks that are looked at together.
const BATCH: usize = 16;

/// The runs of a value for which [`look`] told steps or, if `named`, names, in order: all of those that have one, and
/// maybe others.
pub(super) fn stepping(bytes: &[u8], named: bool, mut each: impl FnMut(&Run)) {
    let (mut done, mut nameless) = (0, 0);
    let mut seen = Seen::default();
    // PERF: a dot that ends a sentence is passed over with the block. The first block of the next batch is looked at with this one.
    let (mut masks, mut base) = ([[0; 3]; BATCH + 1], 0);
    // What begins a step or a name by itself; dots, and what has to stand behind these. Letters count behind dots and colons
    // of names.
    let sets = match named {
        true => [LEAD | NAME, DOT | COLON, DOT | NAME | LETTER],
        false => [LEAD, DOT, DOT | NAME],
    };
    let blocks = std::iter::from_fn(|| {
        let at = base / ByteClasses::BLOCK % BATCH;
        let rest = bytes.get(base..).filter(|rest| !rest.is_empty())?;
        if at == 0 {
            SIGNS.fill(rest, sets, &mut masks);
        }
        let [signs, dots, behind] = *masks.get(at)?;
        let [_, _, next] = *masks.get(at + 1)?;
        base += ByteClasses::BLOCK;
        Some((base - ByteClasses::BLOCK, signs | dots & (behind >> 1 | next << 63)))
    });
    for (base, mut places) in blocks {
        while places != 0 {
            let at = base + places.trailing_zeros() as usize;
            places &= places - 1;
            let rest = bytes.get(at..).unwrap_or_default();
            if at < done {
                continue;
            }
            if is_step(rest) {
                // PERF: `..`, `....//`: in a flood of them each is read once.
                if let Some(signs) = bare_signs(bytes, at).filter(|_| at >= Seen::FROM)
                    && seen.holds(bytes.get(at - 1).copied(), signs)
                {
                    done = at + signs.len();
                    places &= u64::MAX << (done - base).min(63);
                    continue;
                }
            } else {
                if !named || at < nameless || !is_named(rest) {
                    continue;
                }
                // PERF: `and/or`, `2.5 m/s`, `name@host.example`: what holds no such word is not read.
                // The name behind the colon of a drive may begin a run.
                if let Some(end) = names_nothing(bytes, at + usize::from(rest.first() == Some(&b':'))) {
                    nameless = end;
                    continue;
                }
            }
            let at = at + usize::from(rest.first() == Some(&b':'));
            // From where the run may begin on, as all runs would be read one after the other.
            let mut runs = Runs::from(bytes, resume(bytes, at, done));
            while done <= at
                && let Some(run) = runs.next().filter(|run| run.span.start <= at)
            {
                done = run.span.end;
                each(&run);
            }
            done = done.max(at + 1);
        }
    }
}

/// Steps without names that were read, and the byte before each. What is scored of such a run depends on these alone, where it does
/// not stand near the beginning and not behind a colon, which may be that of a drive.
#[derive(Default)]
struct Seen {
    steps: [u64; 4],
    next: usize,
}

impl Seen {
    /// Before it a value may be blank so far.
    const FROM: usize = 64;

    /// Whether `signs`, at most seven, were read behind the same byte. If not, they are now.
    fn holds(&mut self, before: Option<u8>, signs: &[u8]) -> bool {
        let Some(before) = before.filter(|b| *b != b':') else { return false };
        let steps = signs.iter().fold(u64::from(before), |steps, b| steps << 8 | u64::from(*b));
        let seen = self.steps.contains(&steps);
        if let Some(slot) = self.steps.get_mut(self.next % 4).filter(|_| !seen) {
            (*slot, self.next) = (steps, self.next + 1);
        }
        seen
    }
}

/// Where what stands around `at` between blanks and breaks ends, if it names nothing of the server: of a value whose escapes
/// hide no words.
fn names_nothing(bytes: &[u8], at: usize) -> Option<usize> {
    // What is shorter, but for a separator before it, leads nowhere; a dot beside what is odd may be a step.
    if let Some(around) = short_around(bytes, at, NAMED + 1)
        && let Some(text) = bytes.get(around.clone())
        && text.len() < NAMED + usize::from(matches!(text.first(), Some(b'/' | b'\\')))
        && text.is_ascii()
        && !(text.contains(&b'.') && text.iter().any(|b| matches!(b, b'%' | b'^')))
    {
        return Some(around.end);
    }
    let around = plain_around(bytes, at)?;
    let text = bytes.get(around.clone())?;
    // What is left of `%2f` and `%5c` parts words.
    let bare = |pair: &[u8]| matches!(pair, [b'2', b'f' | b'F'] | [b'5', b'c' | b'C']);
    let words = Groups::of(text, Wake::ALPHA);
    (!words.any(Groups::FILES.or(Groups::ROOTS)) && !text.windows(2).any(bare)).then_some(around.end)
}

/// Whether `bytes` begins with a dot, or what can stand for one, and another or a separator; or with a character that
/// looks like one of them.
fn is_step(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [b'.' | b'?' | b'^', b'.' | b'?' | b'^' | b'/' | b'\\', ..]
            | [0xe2, 0x80, 0xa4 | 0xa6, ..]
            | [0xe2, 0x81, 0x84, ..]
            | [0xe2, 0x88, 0x95 | 0x96, ..]
            | [0xe2, 0xa7, 0xb5 | 0xb8 | 0xb9, ..]
            | [0xee, 0xbf, 0x88, ..]
            | [0xef, 0xbc, 0x8e | 0x8f | 0xbc, ..]
            | [0xef, 0x80, 0xa5, ..]
    )
}

/// What the percent signs of a value begin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    /// Escapes of bytes that are of no path, or of well-formed text beyond ASCII, that hide no word of a file.
    Letters,
    /// These, and escapes of slashes.
    Slashes,
    /// Others, or what no server takes for an escape.
    Any,
}

impl Escapes {
    fn of(bytes: &[u8]) -> Escapes {
        // What has two marks in front may be a path with letters for separators.
        if bytes.iter().take(2).all(|b| !b.is_ascii_alphanumeric()) {
            return Escapes::Any;
        }
        let (mut escapes, mut folders) = (Escapes::Letters, false);
        for at in memchr::memchr_iter(b'%', bytes) {
            let digit = |i: usize| bytes.get(at + i).and_then(|b| char::from(*b).to_digit(16));
            let (Some(high), Some(low)) = (digit(1), digit(2)) else { return Escapes::Any };
            let before = at.checked_sub(1).and_then(|at| bytes.get(at));
            let other = match (high << 4 | low) as u8 {
                // The end of a folder's name that stands in every host name, too.
                b'/' if !before.is_some_and(|b| matches!(b | 0x20, b'w' | b's')) => {
                    escapes = Escapes::Slashes;
                    true
                }
                b'.' | b'/' | b'\\' | b'?' | b';' | b'%' | b'^' => false,
                b @ 0x20..=0x7e => !b.is_ascii_alphanumeric(),
                0xc0 | 0xc1 | 0xe0 | 0xf0 | 0xf8 | 0xfc => false,
                b => b >= 0x80,
            };
            let behind = bytes.get(at + 3..).unwrap_or_default();
            // The word behind `%3A` begins with the letter of the escape, as words are told.
            let glued = low >= 10 && behind.first().is_some_and(u8::is_ascii_alphabetic);
            let words = match glued {
                true => first_word(behind),
                false => Groups::NONE,
            };
            if !other || words.any(Groups::FILES) {
                return Escapes::Any;
            }
            folders |= words.any(Groups::ROOTS) && names_folder(behind);
        }
        // What no path is written with is meant as a separator behind a name.
        let hidden = || folders || memchr::memchr(b'^', bytes).is_some();
        if escapes == Escapes::Slashes && hidden() { Escapes::Any } else { escapes }
    }
}

/// Whether a separator stands behind the word that `bytes` begins with.
fn names_folder(bytes: &[u8]) -> bool {
    let end = bytes.iter().position(|b| !b.is_ascii_alphabetic());
    end.is_some_and(|end| matches!(bytes.get(end), Some(b'/' | b'\\' | b'%')))
}

/// Whether a dot or what can stand for one is followed by another or by a separator, which may be `escaped`.
fn steps(bytes: &[u8], escaped: bool) -> bool {
    let separates = |b: Option<&u8>| matches!(b, Some(b'/' | b'\\')) || escaped && b == Some(&b'%');
    if bytes.len() < 64 {
        // PERF: the rest of a vector pass costs more than so few bytes.
        let (mut dot, mut at) = (false, 0);
        while let Some(b) = bytes.get(at) {
            let step = matches!(b, b'.' | b'?' | b'^');
            if dot && (step || separates(Some(b))) {
                return true;
            }
            (dot, at) = (step, at + 1);
        }
        return false;
    }
    let (mut found, mut last) = (false, false);
    SIGNS.scan(bytes, [DOT, DOT | NAME], |base, [dots, signs]| {
        // The last dot of the block before stands right before this block.
        let mut places = signs & (dots << 1 | u64::from(last));
        last = dots >> (ByteClasses::BLOCK - 1) != 0;
        while places != 0 {
            let at = base + places.trailing_zeros() as usize;
            places &= places - 1;
            let sign = bytes.get(at);
            found |= matches!(sign, Some(b'.' | b'?' | b'^')) || separates(sign);
        }
    });
    found
}

/// Whether `bytes` begins with a sign without which no name of a file or folder is told: each has a separator, a dot before
/// a letter or an underscore, but `unattend`, which counts behind the colon of a drive and what may stand for a dot; or with an
/// odd one.
fn is_named(bytes: &[u8]) -> bool {
    match bytes {
        [b'/' | b'\\' | b'_' | b'^' | b'%', ..] | [b':' | b'?', b'u' | b'U', ..] => true,
        [b'.', next, ..] => next.is_ascii_alphabetic(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{idle, leads_nowhere, replaced, score, setting, targets};
    use super::*;
    use crate::bytes::wake;
    use crate::decode::Trust;
    use crate::detect::Hit;
    use crate::detect::words::words;
    use crate::points::Place;
    use proptest::prelude::*;

    #[test]
    fn a_name_behind_the_colon_of_a_drive_is_read() {
        let mut read = Vec::new();
        stepping(b"C:unattend. ", true, |run| read.push((run.span.start, run.span.end)));
        assert_eq!(read, [(2, 11)]);
        read.clear();
        stepping(b"C:?unattend. ", true, |run| read.push((run.span.start, run.span.end)));
        assert_eq!(read, [(2, 12)]);
    }

    #[test]
    fn folders_that_every_host_names_are_told_by_their_last_letter() {
        for folder in
            ["www/a", "WWW/a", "windows/a", "Windows/", "www\\a", "WINDOWS\\a", "www a", "windows. a/b"]
        {
            let text = "it was a long day in the old town and nothing went wrong; ".repeat(2) + folder;
            let (bytes, words) = (text.as_bytes(), words(text.as_bytes()));
            let (place, trust, kinds) = (Place::FormValue, Trust::Plain, wake(bytes));
            let value =
                Value { bytes, place, name: b"q", wake: kinds, words, trust, first: true, last: true };
            let told = Value { wake: crate::detect::beside(bytes, kinds), ..value };
            assert_eq!(look(&told), look(&value), "{folder}");
            assert_eq!(
                look(&value).0 == Look::Names,
                words.any(Groups::ROOTS) && !folder.contains(' '),
                "{folder}"
            );
        }
    }

    #[test]
    fn steps_are_read_once_behind_each_byte() {
        let text = "x".repeat(64) + " ../..,=../.., ../..,=../..,C:../..,C:../.., ../../x, and more";
        let mut read = Vec::new();
        stepping(text.as_bytes(), true, |run| read.push(run.span.start));
        assert_eq!(read, [65, 72, 94, 102, 109]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        /// Of a value with escaped slashes in which no path could be scored none is.
        #[test]
        fn nothing_is_scored_in_a_plain_value(
            parts in prop::collection::vec(prop::sample::select(
                &["..", "/", ".", "%2F", "%2f", "%2F", "%2f", "%2E", "%5c", "%3A", "%3a", "%20", "%C3%A9", "%e2%80%a6", "%3B", "%3f", "%25", "?", "^", ";", "=", "&", ":", "-", "2f",
                    "%2Fwindows", "windows^", "windows", "www%2F", "panther", "%2fetc", "%2Fetc%2f", ".%2f.%2f.%2f", ".%2F", "windows/", "windows%2f", "/passwd", "%2Fpasswd", "%3Aetc/", "etc", "passwd", "windows", "www", "system", "win.ini", "boot.ini", ".env", ".git", "config", "var", "usr", "log", "web", "C", "file", "word", "a", "7", "0x", "\\", "_", "+"][..],
            ), 0..12),
            (place, name) in prop::sample::select(&[(Place::QueryValue, "q"), (Place::Path, ""), (Place::HeaderValue, "referer"), (Place::FormValue, "file"), (Place::CookieValue, "sid")][..]),
        ) {
            let text = parts.concat();
            let bytes = text.as_bytes();
            let (wake, words, trust) = (wake(bytes), words(bytes), Trust::Layered);
            let value = Value { bytes, place, name: name.as_bytes(), wake, words, trust, first: true, last: true };
            let slashes = bytes.windows(3).any(|w| w.eq_ignore_ascii_case(b"%2f"));
            let told = slashes && look(&value).0 == Look::Plain;
            if told {
                let setting = setting(&value);
                for run in Runs::new(bytes).filter(|run| !idle(run) && !leads_nowhere(run)) {
                    prop_assert!(score(&value, setting, &run, true).is_none(), "{} {:?}: {:?}", text, place, run);
                }
                prop_assert!(replaced(&value).is_none(), "{}", text);
            }
        }
    }

    proptest! {
        /// Of a value whose runs are read only where there are steps or names, the others tell nothing.
        #[test]
        fn runs_without_a_step_or_a_name_tell_nothing(
            parts in prop::collection::vec(prop::sample::select(
                &["..", "/", "..", "\\", "word", " ", ". ", " and ", "Program", " files", " (x86)", "?", "^", ";", "\"", "caf\u{e9}", "\u{2026}",
                    "\u{ff0f}", "\u{201c}", "=", ":", "\u{3042}\u{3044}", "etc", "passwd", "boot.ini", "access_log", "log", "% ", "%zz", "%", "%0", "%5", "0x", "0x2", "2", "e", "C:", "unattend", ".env", "env", "ni", "var"][..],
            ), 0..30),
        ) {
            let text = parts.concat();
            let bytes = text.as_bytes();
            let value = Value {
                bytes,
                place: Place::FormValue,
                name: b"text",
                wake: wake(bytes),
                words: words(bytes),
                trust: Trust::Plain,
                first: true,
                last: true,
            };
            let offered = |run: &Run| {
                let before = bytes.get(..run.span.start).unwrap_or_default();
                let known = [false, true].map(|rooted| targets::anywhere(run.tail()).is_some()
                    || (rooted || run.odd > 0) && (targets::rooted(run.tail()).is_some()
                        || targets::system_file(run.tail()) || targets::system_folder(run.tail())));
                let rooted = run.rooted || before.ends_with(b":");
                !leads_nowhere(run) && (!idle(run) && known[usize::from(rooted)] || run.ups > 0 || run.dots >= 16 || run.stays >= 5)
            };
            // Of steps that come again behind the same byte the first.
            let distinct = |runs: Vec<Run>| {
                let mut seen = Vec::new();
                let anew = |run: &Run| {
                    let (start, end) = (run.span.start, run.span.end);
                    let bare = start >= Seen::FROM && bare_signs(bytes, start).is_some_and(|s| s.len() == end - start);
                    let steps = bare.then(|| bytes[start - 1..end].to_vec());
                    let again = bare && seen.contains(&steps);
                    seen.push(steps);
                    !again
                };
                runs.into_iter().filter(anew).map(|run| format!("{run:?}")).collect::<Vec<_>>()
            };
            let all = distinct(Runs::new(bytes).filter(offered).collect());
            let (look, _) = look(&value);
            let mut some = Vec::new();
            if matches!(look, Look::Steps | Look::Names) {
                let mut runs = Vec::new();
                stepping(bytes, look == Look::Names, |run| runs.push(run.span.clone()));
                for span in runs {
                    some.extend(Runs::from(bytes, span.start).next().filter(|run| run.span == span).filter(offered));
                }
                prop_assert_eq!(all, distinct(some), "{:?} {}", look, text);
            }
        }

        /// Runs that are left out because they came before behind the same byte would not have been scored higher.
        #[test]
        fn steps_that_come_again_tell_nothing_more(
            parts in prop::collection::vec(prop::sample::select(
                &["..", "../..", "....//", "..", "../..", " ", " ", "=", "\"", "'", ":", ")", "(x86)", " (", "word", "etc/passwd", "\n"][..],
            ), 0..60),
            lead in prop::sample::select(&["", " ", "name = ", "C:"][..]),
            (place, name) in prop::sample::select(&[(Place::QueryValue, "q"), (Place::Path, ""), (Place::FileContent, ""), (Place::FormValue, "file")][..]),
        ) {
            let text = lead.to_owned() + &"x".repeat(64 * (parts.len() % 2)) + &parts.concat();
            let bytes = text.as_bytes();
            let (wake, words, trust) = (wake(bytes), words(bytes), Trust::Layered);
            let value = Value { bytes, place, name: name.as_bytes(), wake, words, trust, first: true, last: true };
            let mut best = [None::<Hit>, None];
            let setting = setting(&value);
            let score = |run: &Run, best: &mut Option<Hit>| {
                if !idle(run) && !leads_nowhere(run) && let Some(hit) = score(&value, setting, run, true)
                    && best.as_ref().is_none_or(|b| b.confidence < hit.confidence) {
                    *best = Some(hit);
                }
            };
            let (look, _) = look(&value);
            if matches!(look, Look::Steps | Look::Names) {
                stepping(bytes, look == Look::Names, |run| score(run, &mut best[0]));
                Runs::new(bytes).for_each(|run| score(&run, &mut best[1]));
                prop_assert_eq!(&best[0], &best[1], "{:?} {}", look, text);
            }
        }
    }
}
