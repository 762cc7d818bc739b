//! SQL injection (CWE-89).
//!
//! What comes in: a value that may stand in a query: bare, where a number or name is expected, or inside a string. What
//! goes out: at most one hit, the surest fragment, with the tokens it was read as. What always holds: one cheap pass (`spots`) finds where
//! fragments may begin, and most values end there; the tokens read are bounded by the value's length; the parser keeps
//! counts and a bounded stack, no tree; nothing is allocated below an attack. To add a construct: teach `parse` to read it, count it in `evidence`, and say in `weigh` what it is worth.
//!
//! Fragments are read from the value's start, as if it stood among the tokens of a query; behind each quote, as if that
//! quote closed the string around the value; and at words that clauses and statements begin with. A fragment ends where no dialect would go on, above all at two operands side by side, which
//! is what prose looks like. The verdict weighs what was understood (a constant condition, a second query, a function
//! that waits) against where it stood and what is left over.
//!
//! | fires on | not on |
//! | --- | --- |
//! | `x' or 3=3 -- `, `7 or 3=3`, `x') or ('a'='a` | `8 or 9`, `"a" or "b"`, `a = b and c = d` |
//! | `-1 union select 1,2`, `1/**/union(select(1))` | `a union select panel` |
//! | `1; drop table t`, `x' waitfor delay '0:0:5'--` | `drop table hinge`, `1; exec shall rule` |
//! | `x' and sleep(5)#`, `1 and extractvalue(1,0x7e)` | `sleep (3)` of a manual, `time.sleep(t)` |
//! | `root'-- `, `root')#` | `the cooks' -- idea`, `mom's #1` |
//! | `select @@version`, `select 1,2 from t where` | a developer's `SELECT a, b FROM t WHERE c = 1`: a hint |
//!
//! Rests on the language references named in the word list, and on CWE-89 and CAPEC-66, -7, -108, -109, -110.

pub(super) mod techniques;

mod calm;
mod cursor;
mod evidence;
mod openings;
mod parse;
mod probe;
mod prose;
mod quotes;
mod sentences;
mod signs;
mod spots;
mod statement;
mod walk;
mod weigh;

use super::{Class, Groups, Hit, Hits, Places, Value};
use crate::bytes::Wake;
use crate::decode::Trust;
use calm::Calm;
use cursor::Cursor;
use evidence::{Cover, Entry, Evidence};
use parse::Parser;
use spots::Look;
use std::borrow::Cow;
use walk::{Place, Told, Walk, Way};

/// Segments of a path that are read as values.
const SEGMENTS: usize = 8;
/// Tokens and bytes read for each byte of the value before overlapping fragments are passed over.
const WORK_PER_BYTE: usize = 8;
/// Confidence of what is an attack whatever the sensitivity: beside it no further fragments are read once so many tokens
/// and bytes have been read for each byte of the value.
const SETTLED: (u8, usize) = (85, 1);
/// A number and what little may lie between it and a statement.
const NUMBER_AND_WORDS: usize = 32;

/// Kinds of byte without which a value holds SQL only if it holds a word of it, too.
pub(super) const WORDLESS: Wake = Wake::QUOTE
    .or(Wake::SEMICOLON)
    .or(Wake::PIPE)
    .or(Wake::AMPERSAND)
    .or(Wake::DOLLAR)
    .or(Wake::STAR)
    .or(Wake::HASH)
    .or(Wake::DASH)
    .or(Wake::AT)
    .or(Wake::EQUALS)
    .or(Wake::LESS)
    .or(Wake::GREATER)
    .or(Wake::BANG)
    .or(Wake::CONTROL);

/// Judges one value, whose words stand at `places`.
pub fn judge(value: &Value<'_>, places: Places<'_>, hits: &mut Hits) {
    let mut best: Option<Hit> = None;
    search(value, places, &mut best);
    if best.as_ref().is_none_or(|b| b.confidence < 50) {
        whole(value, &mut best);
    }
    hits.extend(best);
}

/// Looks at the value as a whole, where it is not written as SQL.
fn whole(value: &Value<'_>, best: &mut Option<Hit>) {
    let text = value.bytes.trim_ascii();
    let (technique, confidence, reason) = match () {
        () if text.starts_with(b"0") && probe::hex_statement(text) => (
            "hex-statement",
            70,
            "a hexadecimal literal holds a statement, for a server that turns it into text and runs it",
        ),
        () if value.wake.all(Wake::SINGLE.or(Wake::DOUBLE)) && probe::error_probe(text) => (
            "error-probe",
            52,
            "quotes and parentheses that do not match, to see whether the database reports an error",
        ),
        () => return,
    };
    let span = 0..value.bytes.len();
    *best = Some(Hit { class: Class::Sqli, technique, confidence, span, reason: reason.into() });
}

/// Looks for fragments in the value. Returns the work done, in tokens and bytes read.
fn search(value: &Value<'_>, places: Places<'_>, best: &mut Option<Hit>) -> usize {
    let text = value.bytes;
    // A path or cookie is not a form, yet applications decode both alike; others decode a form twice.
    let least = if value.wake.any(Wake::QUOTE) { 1 } else { 2 };
    let twice = value.wake.any(Wake::PLUS)
        && memchr::memchr(b' ', text).is_none()
        && memchr::memchr_iter(b'+', text).take(least).count() == least;
    if !twice && let Some(mut calm) = Calm::of(value, places) {
        let (look, first) = (calm.look, calm.next());
        if first.is_none() && is_quiet(value, look, false, calm.any()) {
            return 0;
        }
        return scan(value, look, false, 0, &mut Told(first, calm), best);
    }
    let look = Look::of(value);
    let mut walk = Walk::of(text, look, places);
    let first = walk.find(|place| !matches!(place, Place::Slash(_)));
    if first.is_none() && is_quiet(value, look, twice, walk.any) {
        return 0;
    }
    // In a path every slash before is read, too.
    let (first, mut walk) = if look.path { (None, Walk::of(text, look, places)) } else { (first, walk) };
    walk.asked = true;
    let work = scan(value, look, false, 0, &mut Told(first, walk), best);
    if !twice {
        return work;
    }
    // Where what was found settles it, the first quotes are read, and nothing else; where it is as much as fragments in the
    // middle can say, the beginning alone.
    let quotes = value.wake.any(Wake::QUOTE.or(Wake::DOLLAR)) || look.path;
    let settled = !quotes && (settles(value, work, best) || says_no_more(value, look, best));
    let mut walk = if settled { Walk::none() } else { Walk::of(text, look, places) };
    walk.asked = true;
    work + scan(value, look, true, work, &mut walk, best)
}

/// Whether no fragment of a value says anything of which no spot is read, though it has `any`, as far as that is told without
/// reading one: most values end here. If it is to be read `twice`, its first words tell nothing.
fn is_quiet(value: &Value<'_>, look: Look, twice: bool, any: bool) -> bool {
    let sentence = || look.calm && !twice && !look.path && prose::begins(value.bytes);
    if any { sentence() } else { !spots::any(value, look, sentence) }
}

/// Whether no fragment in the middle of `value` says more than what was found: there are only numbers, names and operators.
///
/// PERF: read with its plus signs for blanks, a long expression is as many fragments as it has of them.
fn says_no_more(value: &Value<'_>, look: Look, best: &Option<Hit>) -> bool {
    let much = best.as_ref().is_some_and(|b| b.confidence >= weigh::PLAIN);
    much && !look.path && !look.every && signs::is_plain(value)
}

/// Reads the fragments of one value.
struct Scan<'v, 'a, 'b> {
    value: &'v Value<'a>,
    cur: Cursor<'a>,
    best: &'b mut Option<Hit>,
    /// Where the value begins: behind the last slash in a path.
    base: usize,
    /// What the furthest fragments have read: those behind quotes, and the others.
    covers: [Cover; 2],
    /// The end of the furthest fragment.
    end: usize,
    /// The work done when the value was read before.
    spent: usize,
    document: weigh::Document,
}

/// Reads the fragments of `value` from its beginning and from `places` on, behind `spent` work. Returns the work done.
fn scan(
    value: &Value<'_>,
    look: Look,
    plus_is_blank: bool,
    spent: usize,
    places: &mut dyn Way,
    best: &mut Option<Hit>,
) -> usize {
    let text = value.bytes;
    let mut scan = Scan {
        value,
        cur: Cursor::new(text, plus_is_blank, look.calm),
        best,
        base: 0,
        covers: Default::default(),
        end: 0,
        spent,
        document: weigh::Document::default(),
    };
    let mut foreign = false;
    // Where other fragments are read, too, the strings and segments of the first one count.
    let sentence = look.calm && !look.path && !matches!(text.iter().find(|b| **b > b' '), Some(b'"' | b'\''));
    if !sentence || !prose::begins(text) {
        scan.cur.seek(0);
        foreign = scan.read(Entry::Start, 0);
    }
    let joined = value.words.any(Groups::SQL_JOINING);
    if let Some(at) = probe::inner_value(text).filter(|_| joined && !foreign) {
        scan.base = at;
        scan.cur.seek(at);
        foreign = scan.read(Entry::Start, at);
        scan.base = 0;
    }
    let mut segments = 0;
    while let Some(place) = places.next() {
        if foreign {
            break; // the value is in another language as a whole
        }
        foreign = match place {
            Place::Slash(_) if segments == SEGMENTS => false,
            Place::Slash(at) => {
                segments += 1;
                scan.base = at + 1;
                scan.cur.seek(at + 1);
                scan.read(Entry::Start, at + 1)
            }
            Place::Quote(_, at, first) if !first && scan.tired(at) => false,
            Place::Quote(quote, at, first) => {
                scan.cur.seek(at + 1);
                scan.read(if first { Entry::FirstQuote(quote) } else { Entry::LaterQuote(quote) }, at)
            }
            Place::Dollar(at) => {
                scan.cur.seek_in(at + 2, true);
                let foreign = scan.read(Entry::FirstQuote(b'$'), at);
                scan.cur.seek_in(at + 2, false);
                foreign
            }
            Place::Word(at) if places.lie_in(&scan.covers, at) || scan.tired(at) => false,
            Place::Word(at) if places.is_sentence(at) => false,
            Place::Word(at) => {
                scan.cur.seek(at);
                scan.cur.is_anchor() && scan.read(Entry::Middle, at)
            }
        };
    }
    scan.cur.work()
}

/// Whether what was found of `value` settles it, after so much `work`.
fn settles(value: &Value<'_>, work: usize, best: &Option<Hit>) -> bool {
    work > SETTLED.1 * value.bytes.len() + 2048
        && value.trust != Trust::Guessed
        && best.as_ref().is_some_and(|b| b.confidence >= SETTLED.0)
}

impl Scan<'_, '_, '_> {
    /// Whether `at` lies in a fragment already read, and reading it once more would cost too much; or what was found
    /// settles it.
    fn tired(&self, at: usize) -> bool {
        let (work, len) = (self.cur.work(), self.value.bytes.len());
        at < self.end && work > WORK_PER_BYTE * len + 512 || settles(self.value, work + self.spent, self.best)
    }

    /// Whether the value is a number and a few words up to `at`.
    fn begins_with_number(&self, at: usize) -> bool {
        let before = self.value.bytes.get(self.base..at).unwrap_or(&[]).trim_ascii_start();
        let number = before.iter().find(|b| !matches!(b, b'-' | b'+' | b'(')).is_some_and(u8::is_ascii_digit);
        number && before.len() <= NUMBER_AND_WORDS && !before.contains(&b'\n')
    }

    /// Reads the fragment at the cursor. Whether it turns out to be of another language.
    fn read(&mut self, entry: Entry, at: usize) -> bool {
        let mut evidence = Parser::read(&mut self.cur, entry, at);
        self.end = self.end.max(evidence.end);
        let [quoted, plain] = &mut self.covers;
        let cover = if entry.is_operand() { quoted } else { plain };
        if evidence.cover.end >= cover.end {
            *cover = std::mem::take(&mut evidence.cover);
        }
        if evidence.xpath {
            return true;
        }
        match entry {
            // What lies before a later fragment is prose or program, whatever it is.
            Entry::Start | Entry::FirstQuote(_) => {
                evidence.look_back(self.value.bytes.get(self.base..at).unwrap_or(&[]))
            }
            _ => {
                (evidence.before, evidence.before_blank) = (at, true);
                evidence.before_digits = self.begins_with_number(at);
            }
        }
        keep(self.value, &mut self.document, &evidence, self.best);
        false
    }
}

fn keep(value: &Value<'_>, document: &mut weigh::Document, evidence: &Evidence, best: &mut Option<Hit>) {
    let text = value.bytes;
    // PERF: most fragments end before their first token.
    if evidence.tokens + evidence.cut_words as usize == 0 {
        return;
    }
    let Some(found) = weigh::weigh(value, text, document, evidence) else {
        return;
    };
    if best.as_ref().is_some_and(|b| b.confidence >= found.confidence) {
        return;
    }
    let reason = if found.confidence < 50 {
        Cow::from(found.what) // hints are common in prose, and not worth an allocation
    } else {
        let name = String::from_utf8_lossy(text.get(found.name.0..found.name.1).unwrap_or(&[]));
        let colon = if name.is_empty() { "" } else { ": " };
        format!("{}{colon}{name} (read as: {})", found.what, evidence.summary(text)).into()
    };
    *best = Some(Hit {
        class: Class::Sqli,
        technique: found.technique,
        confidence: found.confidence,
        span: evidence.start..evidence.end.max(evidence.start),
        reason,
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::wake;
    use crate::decode::Trust;
    use crate::detect::words::words;
    use crate::points::Place;
    use proptest::prelude::*;

    fn value(bytes: &[u8]) -> Value<'_> {
        let (place, trust) = (Place::QueryValue, Trust::Plain);
        Value {
            bytes,
            place,
            name: b"",
            wake: wake(bytes),
            words: words(bytes),
            trust,
            first: true,
            last: true,
        }
    }

    fn work(bytes: &[u8]) -> usize {
        search(&value(bytes), Places::NONE, &mut None)
    }

    #[test]
    fn work_is_proportional_to_the_value() {
        // What begins a fragment, opens a comment or closes a string, again and again.
        let near_misses = [
            "' or ",
            "\" and '",
            "/*",
            "--",
            "-- \n",
            "#",
            "/* ",
            "*/",
            "';",
            "select ",
            "union select ",
            "(",
            "')",
            "'a'",
            "a'b\"c`d",
            "\\'",
            "$a$",
            "q'[",
            "[",
            "@",
            "un/**/",
            "un<>",
            "$$",
            "$$ and ",
            "--\nx",
            "1.e)",
            "sel\0",
            "case when ",
            "1.e",
            "'+'",
            "x'--\n",
            ",1",
            "; if(",
        ];
        for piece in near_misses {
            let short = piece.repeat((32 << 10) / piece.len());
            let long = piece.repeat((1 << 20) / piece.len());
            let (few, many) = (work(short.as_bytes()), work(long.as_bytes()));
            assert!(many <= 40 * few + 1000, "{piece:?}: {few} for 32 KiB, {many} for 1 MiB");
            assert!(many <= 24 * long.len(), "{piece:?}: {many} for {} bytes", long.len());
        }
    }

    /// What [`search`] finds when nothing is passed over unread.
    fn plainly(value: &Value<'_>) -> Option<Hit> {
        let mut best = None;
        let (text, every) = (value.bytes, Look::every(value.place == Place::Path));
        if spots::reads(text) {
            let spent = scan(value, every, false, 0, &mut Walk::of(text, every, Places::NONE), &mut best);
            let least = if value.wake.any(Wake::QUOTE) { 1 } else { 2 };
            let pluses = text.iter().filter(|b| **b == b'+').count();
            if !text.contains(&b' ') && pluses >= least {
                scan(value, every, true, spent, &mut Walk::of(text, every, Places::NONE), &mut best);
            }
        }
        best
    }

    /// Words of sentences and of SQL, and the signs of both.
    #[rustfmt::skip]
    const PIECES: &[&str] = &[
        "the", "house", "it", "chair", "all", "some", "date", "name", "text", "left", "in", "is", "as", "on",
        "by", "for", "do", "show", "with", "from", "to", "or", "and", "where", "having", "select", "order",
        "group", "into", "union", "set", "not", "like", "between", "null", "user", "case", "end", "exec",
        "drop table", "sleep(", "'", "'", "\"", "`", ",", ".", ";", ":", "!", "?", "(", ")", "=", "-- ",
        "--", "#", "/*", "*/", "<>", "||", "&&", "@@", "@", "$$", "$", "\\", "+", "/", "\n", "\0", "\u{e9}",
        "\u{a0}", "n'", "q'", "1", "3", "7", "1d", "2for", "0x1f", "1.e", "s", "d'or", "it's", "don't", "=1",
        "_", "xp_", "order by", "waitfor delay '0'", "\"as is\"", "\"x\")", "\"x\" - but", "\"for a rest\"",
        "and 4), where", "or not.", "and \"side\".", "20%", "2.5", "and/or", "(a) and (b)", "- ", "& ", ")",
        "' as x", "as union", "it's", "order by noon and", "group by size where", "where they are, and",
        "$12.50", "$5", "$a$", "$", "q'[", "order by", "desc", "first", "system of", "file",
        "then", "a/b#c", "1/2", "19\"", "6'", "/x", "#x-1", "src/*", "or/*", "and/* */", "/*.rs", "'d/*", "un/**/ion", "/**/",
        "\x0c", "\x1b[", "5dx", "3fset", "2dand", "7fload_file", "\\n", "`x`", "`", "` or", "\\`",
    ];

    proptest! {
        #[test]
        fn what_is_passed_over_says_nothing(
            pieces in prop::collection::vec(
                (prop::sample::select(PIECES), prop::sample::select(&[" ", " ", " ", "", ", ", "+"][..])),
                0..12,
            ),
            path in any::<bool>(),
        ) {
            let text: String = pieces.iter().flat_map(|(a, b)| [*a, *b]).collect();
            let place = if path { Place::Path } else { Place::QueryValue };
            let value = Value { place, ..value(text.as_bytes()) };
            let mut found = None;
            search(&value, Places::NONE, &mut found);
            prop_assert_eq!(found, plainly(&value), "{:?}", text);
            if !super::super::is_worded(Class::Sqli, &value) {
                let mut hits = Hits::new();
                judge(&value, Places::NONE, &mut hits);
                prop_assert_eq!(hits.len(), 0, "{:?}", text);
            }
        }

        #[test]
        fn what_is_passed_over_behind_a_parenthesis_says_nothing(
            start in prop::sample::select(&["x'", "x')", "x',", "x'),", "x') ", "x' ", "x\") ", ""][..]),
            pieces in prop::collection::vec(prop::sample::select(&[
                "'", ")", ")", ",", ", ", " ", " ", " ", " ", "the", "house", "left", "all", "from", "from", "union", "-- ", "'a'", "and",
                "or", "where", "in", "as", "is", "on", "by", "not", "select", "null", "case", "having", "7", "1.5", ".", "(", "\"", "+", ";",
            ][..]), 2..18),
        ) {
            let text = pieces.iter().fold(start.to_owned(), |text, piece| text + piece);
            let value = value(text.as_bytes());
            let mut found = None;
            search(&value, Places::NONE, &mut found);
            // Where the first quote is passed over the next one is read, and a hint may be told of another word.
            let tells = |hit: &Hit| hit.confidence >= 50;
            prop_assert_eq!(found.filter(tells), plainly(&value).filter(tells), "{:?}", text);
        }

        #[test]
        fn fragments_in_the_middle_of_an_expression_say_no_more(
            pieces in prop::collection::vec(prop::sample::select(&[
                "1", "1", "2", "=", "=", "<>", "||", "&&", "||", "+", "+", "+", "-", " ", "<", ">=", "name", "x", "k1", "null", "not", "in", "is", "between",
                "like", "case", "when", "then", "end", "true", "limit", "from", "user", "version", "as", "int", "asc", "all", "div", "isnull", ".", ",",
                "[", "]", "{", "}", "?", ":a", "->", "::", ":=", "!", "%", "/", "1.e", "1e5", "0x1f", "~", "\u{e9}", "\u{a0}", "\n", "count",
            ][..]), 0..40),
            first in prop::sample::select(&["", "1=1||", "x=1||2=2||"][..]),
        ) {
            let text = pieces.iter().fold(first.to_owned(), |text, piece| text + piece);
            let value = value(text.as_bytes());
            let look = Look::of(&value);
            if !look.every && signs::is_plain(&value) {
                for plus in [false, true] {
                    for at in (0..text.len()).filter(|at| ["||", "&&"].iter().any(|sign| text[..].get(*at..).is_some_and(|t| t.starts_with(sign)))) {
                        let mut cur = Cursor::new(value.bytes, plus, look.calm);
                        cur.seek(at);
                        let mut evidence = Parser::read(&mut cur, Entry::Middle, at);
                        (evidence.before, evidence.before_blank) = (at, true);
                        let found = weigh::weigh(&value, value.bytes, &mut weigh::Document::default(), &evidence);
                        prop_assert!(found.is_none_or(|found| found.confidence <= weigh::PLAIN), "{:?} at {}", text, at);
                    }
                }
            }
            let mut found = None;
            search(&value, Places::NONE, &mut found);
            prop_assert_eq!(found, plainly(&value), "{:?}", text);
        }

        #[test]
        fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut hits = Hits::new();
            judge(&value(&bytes), Places::NONE, &mut hits);
            for hit in hits {
                prop_assert!(hit.span.start <= hit.span.end && hit.span.end <= bytes.len());
            }
        }

        #[test]
        fn never_panics_on_odd_sql(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "'", "\"", "`", "(", ")", ",", ";", ".", "*", "=", "<=>", "||", "--", "#", "/*", "*/", "/*!5", "\n", " ", "1", "0x1f",
                "select", "union", "all", "from", "where", "or", "and", "not", "like", "between", "in", "is", "null", "case", "when",
                "then", "end", "sleep(", "xp_cmdshell", "waitfor delay", "exec", "declare", "@a", "@@b", "as", "x", "begin", "if",
                "[", "]", "{", "}", "$$", "--\n", "<>", "::int", ":=", "order by", "limit", "into outfile", "procedure", "for", "update", "set", "drop table",
            ]), 0..80),
            path in any::<bool>(),
        ) {
            let text = pieces.join(if path { "" } else { " " });
            let mut hits = Hits::new();
            let place = if path { Place::Path } else { Place::Text };
            judge(&Value { place, ..value(text.as_bytes()) }, Places::NONE, &mut hits);
            for hit in hits {
                prop_assert!(hit.span.start <= hit.span.end && hit.span.end <= text.len());
                prop_assert!((1..=100).contains(&hit.confidence));
            }
        }
    }
}
