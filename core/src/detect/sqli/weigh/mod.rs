//! How much of an instruction a fragment is, and how unlikely it is as data.

mod condition;
mod expression;
mod statement;

use super::evidence::{Act, Entry, Evidence};
use crate::detect::Value;
use crate::detect::lex::sql::Word;
use crate::points::Place;
use condition::{clause, condition};
use expression::{alone, closed, cut_off, expression};
use statement::{act, cut_word, export, stacked, statement, union, wait};

/// The verdict on one fragment.
pub(super) struct Found {
    pub technique: &'static str,
    pub confidence: u8,
    pub what: &'static str,
    /// The word of the value that tells, if one does.
    pub name: (usize, usize),
}

/// What a fragment in the middle of a value is worth at most, if it holds neither a call, a string, a comment nor a word of
/// clauses and statements ([`is_plain`](super::signs::is_plain)).
pub(super) const PLAIN: u8 = 42;

/// Comments longer than this are text of their own, not the cut-off rest of a query.
const LONG_TAIL: usize = 48;

/// Whether a text is long and in words, told once for all of its fragments.
#[derive(Debug, Default)]
pub(super) struct Document(Option<bool>);

impl Document {
    fn is_one(&mut self, text: &[u8]) -> bool {
        *self.0.get_or_insert_with(|| is_document(text))
    }
}

/// The verdict on a fragment, if it says anything.
pub(super) fn weigh(value: &Value<'_>, text: &[u8], document: &mut Document, ev: &Evidence) -> Option<Found> {
    let script = ev.double_equals && ev.pipes + ev.amps > 0 && ev.logics + ev.selects == 0;
    if ev.xpath || script {
        return None;
    }
    let backtick = ev.entry == Entry::FirstQuote(b'`') || ev.entry == Entry::LaterQuote(b'`');
    let candidates = [
        act(text, ev),
        wait(ev),
        union(ev),
        export(ev),
        stacked(text, ev),
        condition(ev),
        clause(ev),
        expression(ev),
        statement(value, text, ev),
        cut_off(ev),
        closed(ev),
        alone(text, ev),
        cut_word(ev),
    ];
    // The candidates are ordered by how much their name tells: one that is sure keeps it.
    let mut best: Option<Found> = None;
    for found in candidates.into_iter().flatten() {
        match &mut best {
            Some(best) if best.confidence >= 85 => best.confidence = best.confidence.max(found.confidence),
            Some(best) if best.confidence >= found.confidence => {}
            _ => best = Some(found),
        }
    }
    let mut best = best?;
    let sure = best.confidence >= 90 || ev.at_start() && ev.starts_number;
    let fitted = matches!(ev.entry, Entry::Start | Entry::FirstQuote(_)) && ev.is_whole() && !ev.before_blank;
    let mut written = || matches!(value.place, Place::FileContent | Place::Text) || document.is_one(text);
    if !sure && !fitted && written() {
        best.confidence = best.confidence.saturating_sub(25);
    }
    if backtick && best.confidence < 90 {
        best.confidence = best.confidence.saturating_sub(40); // code in prose is between backticks too
    }
    (best.confidence >= 30).then_some(best)
}

fn found(technique: &'static str, confidence: u8, what: &'static str) -> Option<Found> {
    Some(Found { technique, confidence, what, name: (0, 0) })
}

fn named(technique: &'static str, confidence: u8, what: &'static str, name: (usize, usize)) -> Option<Found> {
    Some(Found { technique, confidence, what, name })
}

/// Whether the text is long and in words: padding of one piece makes no document.
fn is_document(text: &[u8]) -> bool {
    const WORDS: usize = 60;
    if text.len() <= 600 {
        return false;
    }
    // PERF: where words end is counted in small blocks, so that it becomes vector code, and no further than needed.
    let blank = |b: u8| b.is_ascii_whitespace();
    let mut ends = usize::from(text.last().is_some_and(|b| !blank(*b)));
    let blocks = text.chunks(64).zip(text.get(1..).unwrap_or_default().chunks(64));
    for (here, next) in blocks {
        let end = |(a, b): (&u8, &u8)| u8::from(!blank(*a) & blank(*b));
        ends += usize::from(here.iter().zip(next).map(end).sum::<u8>());
        if ends > WORDS {
            return true;
        }
    }
    false
}

/// Whether the word at `span` begins with one of `heads`.
fn begins(text: &[u8], span: (usize, usize), heads: &[&str]) -> bool {
    let word = text.get(span.0..span.1).unwrap_or(&[]);
    heads.iter().any(|h| word.get(..h.len()).is_some_and(|w| w.eq_ignore_ascii_case(h.as_bytes())))
}

/// Whether the word at `span` is `word`.
fn is(text: &[u8], span: (usize, usize), word: &str) -> bool {
    text.get(span.0..span.1).is_some_and(|w| w.eq_ignore_ascii_case(word.as_bytes()))
}

impl Evidence {
    /// A quote closes the string that the value stands in.
    fn after_first_quote(&self) -> bool {
        matches!(self.entry, Entry::FirstQuote(_))
    }

    fn after_quote(&self) -> bool {
        self.entry.is_operand()
    }

    /// The fragment takes up the value from its first byte.
    fn at_start(&self) -> bool {
        self.entry == Entry::Start
    }

    /// The rest of the query is cut off by a comment that is no text of its own.
    fn cuts_off(&self) -> bool {
        let outside = matches!(self.entry, Entry::LaterQuote(_) | Entry::Middle);
        let text = self.hash_text && self.before_blank || outside && self.tail_blank;
        self.terminator.is_some_and(|(_, tail)| tail <= LONG_TAIL) && !text
    }

    /// The last string is left for the program around the value to close.
    fn balances(&self) -> bool {
        match (self.entry, self.open_string) {
            (Entry::FirstQuote(q) | Entry::LaterQuote(q), Some(open)) => q == open,
            (_, open) => open.is_some(),
        }
    }

    /// The fragment is a query of its own, not an addition to one.
    fn is_statement(&self) -> bool {
        self.selects > self.subselects
            && self.own_query
            && match self.entry {
                Entry::Start => !self.lead,
                Entry::Middle => self.unions == 0 || self.selects > self.unions,
                _ => false,
            }
    }

    /// The value is fitted into a program around it: it closes what it has not opened, and the end is taken care of.
    fn fits(&self) -> bool {
        self.closers > 0 || self.cuts_off() || self.balances()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn documents_have_more_than_sixty_words(
            words in prop::collection::vec(("[a-z]{1,20}", "[ \n\t]{1,3}"), 50..75), lead in " ?", tail in "[a-z]{0,300}",
        ) {
            let text = lead + &words.iter().flat_map(|(a, b)| [a.as_str(), b]).collect::<String>() + &tail;
            let count = text.split_ascii_whitespace().count();
            prop_assert_eq!(is_document(text.as_bytes()), text.len() > 600 && count > 60);
        }
    }
}
