//! HTML, as a browser's tokenizer reads it (WHATWG HTML, section 13.2.5), beginning in any of its states.
//!
//! An injected value lands in a context nobody knows: in text (13.2.5.1 data state), in a quoted or unquoted attribute
//! value (13.2.5.36 to 38), between attributes (13.2.5.32 before attribute name), in a comment (13.2.5.45), or in the
//! text of `script`, `style`, `textarea` and their kind (13.2.5.2 to 4). [`Start`] names the context to assume.
//!
//! Three things are read more leniently than the section says, because what stands around the value, or an older
//! browser, may do so: a NUL after `<` is skipped; `<` before a letter, `/`, `!` or `?` starts a new tag even where a
//! tag is open (outside of quotes); a tag that is still open at the end counts as a tag.

use super::find::places;
use super::initials::Initials;
use crate::bytes::first_of;
use memchr::{memchr, memmem};
use std::ops::Range;

/// The context in which the bytes begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Character data.
    Data,
    /// Inside a tag, where an attribute name may begin.
    Tag,
    /// Inside an attribute value in double quotes.
    DoubleQuoted,
    /// Inside an attribute value in single quotes.
    SingleQuoted,
    /// Inside an attribute value without quotes.
    Unquoted,
    /// Inside a comment.
    Comment,
    /// Inside the text of an element that ends at the next end tag (`script`, `style`, `textarea`, `title`).
    RawText,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Character data.
    Text,
    /// `<name`.
    Open,
    /// `</name`.
    Close,
    /// Blanks and slashes between attributes.
    Gap,
    /// The name of an attribute.
    Name,
    /// The `=` after an attribute's name, with the blanks around it.
    Equals,
    /// The value of an attribute, quotes included.
    Value,
    /// The `>` that ends a tag.
    End,
    /// `<!-- ... -->`.
    Comment,
    /// `<!...>`, `<?...>` and `</...>` that are no comment and no end tag (bogus comments and document types).
    Markup,
    /// `<![CDATA[ ... ]]>`.
    Cdata,
    /// The text of `script`, `style`, `textarea` and their kind.
    Raw,
}

/// A token and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where it is.
    pub span: Range<usize>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Data,
    /// Before an attribute name.
    Tag,
    /// After an attribute name: `=` would bring a value.
    AfterName,
    /// Before or in an attribute value.
    Value,
    /// In a value, its closing quote to come.
    Quoted(u8),
    Comment,
    /// In the text of the element `raw` names.
    Raw,
}

/// Elements whose text holds no tags (13.2.5.2 to 5; which of them apply depends on the parser's flags).
const RAW: &[&str] = &[
    "iframe",
    "noembed",
    "noframes",
    "noscript",
    "plaintext",
    "script",
    "style",
    "textarea",
    "title",
    "xmp",
];

/// The tokens of an HTML document or a part of one.
#[derive(Clone, Debug)]
pub struct Html<'a> {
    bytes: &'a [u8],
    pos: usize,
    state: State,
    /// Name of the open tag if its text is raw; empty: any end tag ends the text.
    raw: Option<&'a [u8]>,
}

impl<'a> Html<'a> {
    /// The tokens of `bytes`, which begin in the context `start`.
    pub fn new(bytes: &'a [u8], start: Start) -> Html<'a> {
        let state = match start {
            Start::Data => State::Data,
            Start::Tag => State::Tag,
            Start::DoubleQuoted => State::Quoted(b'"'),
            Start::SingleQuoted => State::Quoted(b'\''),
            Start::Unquoted => State::Value,
            Start::Comment => State::Comment,
            Start::RawText => State::Raw,
        };
        Html { bytes, pos: 0, state, raw: None }
    }

    /// Where the next token begins.
    pub fn position(&self) -> usize {
        self.pos
    }

    /// Passes over a tag that opens here and is all names: no attribute of it has a value. `idle` tells of the element's name
    /// whether that says nothing. Whether there was such a tag.
    ///
    /// PERF: in a flood of tags nearly all are such.
    pub fn pass_names(&mut self, idle: impl Fn(&[u8]) -> bool) -> bool {
        let between = matches!(self.state, State::Data | State::Tag | State::AfterName);
        let [b'<', name @ ..] = self.rest() else { return false };
        if !between || !name.first().is_some_and(u8::is_ascii_alphabetic) {
            return false;
        }
        let ends = |b: &u8| is_blank(*b) || matches!(b, b'/' | b'>' | b'<');
        let Some((name, rest)) = name.iter().position(ends).and_then(|n| name.split_at_checked(n)) else {
            return false;
        };
        let Some(end) = first_of(rest, [b'<', b'>', b'=', b'@']) else {
            return false;
        };
        let passed = match rest.get(end..) {
            Some([b'>', ..]) => end + 1,
            Some(next @ [b'<', ..]) if starts_tag(next) => end,
            _ => return false,
        };
        if is_raw(name) || !idle(name) {
            return false;
        }
        (self.state, self.raw) = (State::Data, None);
        #[cfg(test)]
        super::work::add(1 + name.len() + passed);
        self.pos += 1 + name.len() + passed;
        true
    }

    /// Passes over names without values where one may begin in a tag, up to one that may have a value or holds an `@`, or to
    /// what may end the tag. Whether there were any.
    ///
    /// PERF: in a flood of tags that never end all words are such.
    pub fn pass_attributes(&mut self) -> bool {
        let rest = self.rest();
        let in_name = |b: &&u8| !is_blank(**b) && **b != b'/';
        if !matches!(self.state, State::Tag) || matches!(rest.first(), None | Some(b'<' | b'>' | b'=')) {
            return false;
        }
        let stop = first_of(rest, [b'=', b'<', b'>', b'@']).unwrap_or(rest.len());
        let mut passed = rest.get(..stop).unwrap_or_default();
        let mark = rest.get(stop);
        if mark == Some(&b'=') {
            let blanks = passed.iter().rev().take_while(|b| is_blank(**b)).count();
            passed = passed.get(..stop - blanks).unwrap_or_default();
        }
        if matches!(mark, Some(b'=' | b'@')) {
            let name = passed.iter().rev().take_while(in_name).count();
            passed = passed.get(..passed.len() - name).unwrap_or_default();
        }
        #[cfg(test)]
        super::work::add(passed.len());
        self.pos += passed.len();
        passed.iter().any(|b| in_name(&b))
    }

    /// The part of `value` (a [`Kind::Value`]) inside its quotes.
    pub fn unquote(&self, value: &Range<usize>) -> Range<usize> {
        let bytes = self.bytes.get(value.clone()).unwrap_or_default();
        match bytes {
            [q @ (b'"' | b'\''), .., end] if q == end => value.start + 1..value.end - 1,
            [b'"' | b'\'', ..] => value.start + 1..value.end,
            _ => value.clone(),
        }
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.pos..).unwrap_or_default()
    }

    fn take(&mut self, kind: Kind, len: usize) -> Option<Token> {
        let start = self.pos;
        // At least one byte, at most what is there: the lexer always moves on and never leaves the input.
        self.pos = (start + len.max(1)).min(self.bytes.len());
        #[cfg(test)]
        super::work::add(self.pos - start);
        Some(Token { kind, span: start..self.pos })
    }

    fn data(&mut self) -> Option<Token> {
        let rest = self.rest();
        if rest.first() != Some(&b'<') {
            return self.take(Kind::Text, memchr(b'<', rest).unwrap_or(rest.len()));
        }
        let nuls = nuls(rest.get(1..).unwrap_or_default());
        match rest.get(1 + nuls) {
            Some(b'/') => match rest.get(2 + nuls) {
                Some(b) if b.is_ascii_alphabetic() => self.tag(Kind::Close, 2 + nuls),
                Some(_) => self.markup(),
                None => self.take(Kind::Text, rest.len()),
            },
            Some(b'!' | b'?') => self.markup(),
            Some(b) if b.is_ascii_alphabetic() => self.tag(Kind::Open, 1 + nuls),
            _ => {
                let more = memchr(b'<', rest.get(1..).unwrap_or_default());
                self.take(Kind::Text, more.map_or(rest.len(), |n| n + 1))
            }
        }
    }

    fn tag(&mut self, kind: Kind, from: usize) -> Option<Token> {
        let name = self.rest().get(from..).unwrap_or_default();
        let len =
            name.iter().position(|&b| is_blank(b) || matches!(b, b'/' | b'>' | b'<')).unwrap_or(name.len());
        let name = name.get(..len).unwrap_or_default();
        self.raw = None;
        if kind == Kind::Open && is_raw(name) {
            self.raw = Some(name);
        }
        self.state = State::Tag;
        self.take(kind, from + len)
    }

    /// `<!`, `<?` or `</` and what belongs to it.
    fn markup(&mut self) -> Option<Token> {
        let rest = self.rest();
        if rest.starts_with(b"<!--") {
            return self.comment(4);
        }
        if rest.starts_with(b"<![CDATA[") {
            return self.take(Kind::Cdata, memmem::find(rest, b"]]>").map_or(rest.len(), |n| n + 3));
        }
        self.take(Kind::Markup, memchr(b'>', rest).map_or(rest.len(), |n| n + 1))
    }

    /// A comment whose text begins `from` bytes on (13.2.5.43 to 51: also ended by `--!>`, and at once by `>` or `->`).
    fn comment(&mut self, from: usize) -> Option<Token> {
        let text = self.rest().get(from..).unwrap_or_default();
        self.state = State::Data;
        if from > 0 && text.starts_with(b">") {
            return self.take(Kind::Comment, from + 1);
        }
        if from > 0 && text.starts_with(b"->") {
            return self.take(Kind::Comment, from + 2);
        }
        // PERF: of these signs `>` is the rarest where comments open over and over and none is closed.
        let end = places(text, b'>').find(|at| ends_comment(text.get(..*at).unwrap_or_default()));
        self.take(Kind::Comment, from + end.map_or(text.len(), |at| at + 1))
    }

    fn raw(&mut self) -> Option<Token> {
        let (rest, name) = (self.rest(), self.raw.take().unwrap_or_default());
        self.state = State::Data;
        if name.eq_ignore_ascii_case(b"plaintext") {
            return self.take(Kind::Raw, rest.len());
        }
        let end = memmem::find_iter(rest, b"</").find(|&n| {
            let tag = rest.get(n + 2..).unwrap_or_default();
            if name.is_empty() {
                return tag.first().is_some_and(u8::is_ascii_alphabetic);
            }
            let after = tag.get(name.len());
            tag.get(..name.len()).is_some_and(|t| t.eq_ignore_ascii_case(name))
                && after.is_none_or(|&b| !b.is_ascii_alphanumeric())
        });
        match end {
            Some(0) => self.data(),
            end => self.take(Kind::Raw, end.unwrap_or(rest.len())),
        }
    }

    fn in_tag(&mut self) -> Option<Token> {
        let rest = self.rest();
        match rest.first()? {
            b'>' => {
                self.state = if self.raw.is_some() { State::Raw } else { State::Data };
                self.take(Kind::End, 1)
            }
            b'<' if starts_tag(rest) => {
                self.state = State::Data;
                self.data()
            }
            &b if is_blank(b) || b == b'/' => {
                let len = rest.iter().position(|&b| !is_blank(b) && b != b'/').unwrap_or(rest.len());
                self.take(Kind::Gap, len)
            }
            _ => {
                // The first byte belongs to the name whatever it is, even `=`.
                let tail = rest.get(1..).unwrap_or_default();
                let len = tail.iter().position(|&b| is_blank(b) || matches!(b, b'/' | b'>' | b'=' | b'<'));
                self.state = State::AfterName;
                self.take(Kind::Name, len.map_or(rest.len(), |n| n + 1))
            }
        }
    }

    fn after_name(&mut self) -> Option<Token> {
        let rest = self.rest();
        let blanks = rest.iter().position(|&b| !is_blank(b)).unwrap_or(rest.len());
        if rest.get(blanks) != Some(&b'=') {
            self.state = State::Tag;
            return self.in_tag();
        }
        let more = rest.get(blanks + 1..).unwrap_or_default();
        let more = more.iter().position(|&b| !is_blank(b)).unwrap_or(more.len());
        self.state = State::Value;
        self.take(Kind::Equals, blanks + 1 + more)
    }

    fn value(&mut self) -> Option<Token> {
        let rest = self.rest();
        self.state = State::Tag;
        match rest.first()? {
            b'>' => self.in_tag(),
            &q @ (b'"' | b'\'') => {
                let end = memchr(q, rest.get(1..).unwrap_or_default());
                self.take(Kind::Value, end.map_or(rest.len(), |n| n + 2))
            }
            _ => {
                let mut end = 0;
                while let Some(&b) = rest.get(end) {
                    if is_blank(b)
                        || b == b'>'
                        || b == b'<' && end > 0 && starts_tag(rest.get(end..).unwrap_or(b""))
                    {
                        break;
                    }
                    end += 1;
                }
                if end == 0 { self.in_tag() } else { self.take(Kind::Value, end) }
            }
        }
    }
}

impl Iterator for Html<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        if self.pos >= self.bytes.len() {
            return None;
        }
        match self.state {
            State::Data => self.data(),
            State::Tag => self.in_tag(),
            State::AfterName => self.after_name(),
            State::Value => self.value(),
            State::Quoted(q) => {
                self.state = State::Tag;
                let end = memchr(q, self.rest());
                self.take(Kind::Value, end.map_or(self.bytes.len(), |n| n + 1))
            }
            State::Comment => self.comment(0),
            State::Raw => self.raw(),
        }
    }
}

/// Whether a `>` behind `text`, the text of a comment, ends it. An exclamation mark stands behind pairs of dashes, which are told
/// from the first on.
fn ends_comment(text: &[u8]) -> bool {
    match text {
        [.., b'-', b'-'] => true,
        [text @ .., b'!'] => {
            let dashes = text.iter().rev().take_while(|b| **b == b'-').count();
            dashes >= 2 && dashes.is_multiple_of(2)
        }
        _ => false,
    }
}

/// The blanks of the tokenizer; CR counts as LF.
pub fn is_blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\n' | b'\x0C' | b'\r')
}

/// Whether the text of the element of that name is raw.
fn is_raw(name: &[u8]) -> bool {
    static INITIALS: Initials = Initials::of(RAW);
    INITIALS.fit(name) && RAW.iter().any(|raw| raw.as_bytes().eq_ignore_ascii_case(name))
}

/// Whether `bytes`, at a `<`, start a tag or other markup.
fn starts_tag(bytes: &[u8]) -> bool {
    bytes.get(1).is_some_and(|&b| b.is_ascii_alphabetic() || matches!(b, b'/' | b'!' | b'?'))
}

fn nuls(bytes: &[u8]) -> usize {
    // Bounded, so that a run of NULs after each `<` cannot make the pass quadratic.
    bytes.iter().take(4).take_while(|&&b| b == 0).count()
}

/// Whether `bytes` hold anything that markup needs. Cheap: asked of every value.
pub fn may_hold_tags(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(n) = memchr(b'<', rest) {
        rest = rest.get(n + 1..).unwrap_or_default();
        if rest.first().is_some_and(|&b| b.is_ascii_alphabetic() || matches!(b, b'/' | b'!' | b'?' | 0)) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str, start: Start) -> Vec<(Kind, &str)> {
        Html::new(text.as_bytes(), start).map(|t| (t.kind, &text[t.span])).collect()
    }

    #[test]
    fn a_document_is_cut_as_the_standard_says() {
        use Kind::*;
        assert_eq!(
            read("a<b\tc = 'd' e=f/>g</b >", Start::Data),
            [
                (Text, "a"),
                (Open, "<b"),
                (Gap, "\t"),
                (Name, "c"),
                (Equals, " = "),
                (Value, "'d'"),
                (Gap, " "),
                (Name, "e"),
                (Equals, "="),
                (Value, "f/"),
                (End, ">"),
                (Text, "g"),
                (Close, "</b"),
                (Gap, " "),
                (End, ">"),
            ]
        );
        assert_eq!(
            read("<!--a--!>b<?c d>e<![CDATA[<f>]]></ g>", Start::Data),
            [
                (Comment, "<!--a--!>"),
                (Text, "b"),
                (Markup, "<?c d>"),
                (Text, "e"),
                (Cdata, "<![CDATA[<f>]]>"),
                (Markup, "</ g>")
            ]
        );
        assert_eq!(
            read("<ScRiPt/x>1<2</scripty></SCRIPT\n>", Start::Data)[..5],
            [(Open, "<ScRiPt"), (Gap, "/"), (Name, "x"), (End, ">"), (Raw, "1<2</scripty>")]
        );
        assert_eq!(read("1 < 2 <3", Start::Data), [(Text, "1 "), (Text, "< 2 "), (Text, "<3")]);
    }

    #[test]
    fn every_context_can_be_left() {
        use Kind::*;
        assert_eq!(
            read("a\" b=c", Start::DoubleQuoted),
            [(Value, "a\""), (Gap, " "), (Name, "b"), (Equals, "="), (Value, "c")]
        );
        assert_eq!(read("a'b", Start::SingleQuoted), [(Value, "a'"), (Name, "b")]);
        assert_eq!(read("a b", Start::Unquoted), [(Value, "a"), (Gap, " "), (Name, "b")]);
        assert_eq!(
            read("=a=b>c", Start::Tag),
            [(Name, "=a"), (Equals, "="), (Value, "b"), (End, ">"), (Text, "c")]
        );
        assert_eq!(read("a--->b", Start::Comment), [(Comment, "a--->"), (Text, "b")]);
        assert_eq!(read("a</x>", Start::RawText), [(Raw, "a"), (Close, "</x"), (End, ">")]);
    }

    proptest! {
        #[test]
        fn tags_that_are_passed_over_are_all_names(
            parts in prop::collection::vec(prop::sample::select(vec![
                "<a", "<b", "<title", "</a", "<", ">", " ", "=", "/", "x", "'", "\"", "<!--", "-->", "<?", "@", "\0", "<script>", "</script>",
            ]), 0..30),
            start in prop::sample::select(vec![Start::Data, Start::Tag, Start::DoubleQuoted, Start::Unquoted, Start::RawText]),
        ) {
            let text = parts.concat();
            let kept = |t: &Token| !matches!(t.kind, Kind::Open | Kind::Gap | Kind::Name | Kind::End);
            let all: Vec<_> = Html::new(text.as_bytes(), start).filter(kept).collect();
            let (mut html, mut some) = (Html::new(text.as_bytes(), start), Vec::new());
            loop {
                if html.pass_names(|name| name != b"b") {
                    continue;
                }
                let Some(token) = html.next() else { break };
                some.extend(Some(token).filter(kept));
            }
            prop_assert_eq!(some, all);
        }

        #[test]
        fn attributes_that_are_passed_over_have_no_value(
            parts in prop::collection::vec(prop::sample::select(vec![
                "<a", "</a", "<", ">", " ", "\n", "=", "/", "x", "name", "'", "\"", "<!--", "-->", "@", "@[", "\0", "<script>", "</script>",
            ]), 0..30),
            start in prop::sample::select(vec![Start::Data, Start::Tag, Start::DoubleQuoted, Start::Unquoted, Start::RawText]),
        ) {
            let text = parts.concat();
            // Of names those that a value follows or that hold an `@`, of others whether there are any.
            let told = |pass: bool| {
                let (mut html, mut all) = (Html::new(text.as_bytes(), start), Vec::new());
                let (mut name, mut named) = (None, false);
                loop {
                    named |= pass && html.pass_attributes();
                    let Some(token) = html.next() else { return all };
                    named |= token.kind == Kind::Name;
                    match token.kind {
                        Kind::Name if text[token.span.clone()].contains('@') => {
                            name = None;
                            all.push((None, token, true));
                        }
                        Kind::Name => name = Some(token.span),
                        Kind::Gap => {}
                        Kind::Value => all.push((name.take(), token, true)),
                        _ => all.push((None, token, std::mem::take(&mut named))),
                    }
                }
            };
            prop_assert_eq!(told(true), told(false));
        }

        #[test]
        fn a_comment_ends_behind_pairs_of_dashes(text in "(-{0,4}[!a]?>?){0,6}") {
            let text = text.as_bytes();
            let end = memmem::find_iter(text, b"--").find_map(|n| match text.get(n + 2..)? {
                [b'>', ..] => Some(n + 3),
                [b'!', b'>', ..] => Some(n + 4),
                // `--->`: the search goes on behind both dashes, so the odd one is looked at here.
                [b'-', b'>', ..] => Some(n + 4),
                _ => None,
            });
            let ours = places(text, b'>').find(|at| ends_comment(&text[..*at]));
            prop_assert_eq!(ours.map(|at| at + 1), end);
        }

        #[test]
        fn every_byte_is_in_exactly_one_token(
            parts in prop::collection::vec(prop::sample::select(vec![
                "<", ">", "</", "<!--", "-->", "<![CDATA[", "]]>", "script", "a", "=", "\"", "'", " ", "/", "\0", "<?", "é",
            ]), 0..40),
            start in prop::sample::select(vec![
                Start::Data, Start::Tag, Start::DoubleQuoted, Start::SingleQuoted, Start::Unquoted, Start::Comment, Start::RawText,
            ]),
        ) {
            let text = parts.concat();
            let mut at = 0;
            for token in Html::new(text.as_bytes(), start) {
                prop_assert_eq!(token.span.start, at);
                prop_assert!(token.span.end > at);
                at = token.span.end;
            }
            prop_assert_eq!(at, text.len());
        }
    }
}
