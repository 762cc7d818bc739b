//! What a piece of JavaScript would do: which parts of it call, assign or reach what an attacker needs.
//!
//! The tokens of ECMA-262 are read once, with a few tokens of memory; nothing is executed or parsed into a tree. What
//! counts is in three steps ([`Power`]): anything that runs at all; what reaches the page, the network or timers; and
//! what no data would hold: dialogs that testers use, evaluation of strings, `Function` by way of `constructor`,
//! members of the global object by computed name, cookies. Sources: HTML (Window, Document, Location interfaces), DOM,
//! ECMA-262 (global object, `Function`, tagged templates).

use super::dom::{
    ASSIGNED, BROWSER, DIALOGS, DOCUMENT, EVALUATORS, GLOBALS, KEYWORDS, NAVIGATION, REACHING, SERVER,
};
use crate::bytes::Set;
use crate::detect::lex::find::find_by;
use crate::detect::lex::initials::Initials;
use crate::detect::lex::js::{Js, Kind, Start, Token, word_is};
use std::ops::Range;

/// What a script can do, as far as it was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Power {
    /// Nothing that runs was seen.
    None,
    /// It calls or assigns something.
    Weak,
    /// It reaches the page, the network, storage or timers.
    Medium,
    /// It evaluates text, shows a dialog, reads cookies or hides what it calls.
    Strong,
}

/// What was read.
#[derive(Clone, Debug)]
pub struct Script {
    /// The most that was understood.
    pub power: Power,
    /// What that was, in words.
    pub what: &'static str,
    /// Where.
    pub at: Range<usize>,
    /// Where reading ended: at the end, or where the text stops being code.
    pub end: usize,
    /// Whether everything read could be code: no two words or literals side by side, no byte foreign to the language.
    pub clean: bool,
    /// Whether words of server-side languages were seen, so that the code is meant for the server.
    pub server: bool,
    /// Whether something was named that only browsers have.
    pub browser: bool,
}

fn one_of(word: &[u8], names: &[&[u8]]) -> bool {
    // Most words differ in length or in the first letter; escapes begin with a backslash. No name is a single letter.
    word.len() > 1
        && names.iter().any(|n| {
            (word.first() == Some(&b'\\')
                || word.first().map(u8::to_ascii_lowercase) == n.first().map(u8::to_ascii_lowercase))
                && word_is(word, n)
        })
}

/// Whether `word` may be one of the lists that every word is compared with.
///
/// PERF: nearly none is, which its first letter and length tell; with escapes in it, it may be any.
fn may_be_known(word: &[u8]) -> bool {
    static KNOWN: Initials =
        Initials::of(&[]).and_bytes(SERVER).and_bytes(BROWSER).and_bytes(DIALOGS).and_bytes(EVALUATORS);
    KNOWN.fit(word) || is_escaped(word)
}

/// Whether a letter of `word` is written as an escape.
///
/// PERF: a call of a search costs more than the look at a word, of which most have but a few letters.
#[inline]
fn is_escaped(word: &[u8]) -> bool {
    word.iter().fold(false, |escaped, b| escaped | (*b == b'\\'))
}

/// The same of those that reach the page.
fn may_reach(word: &[u8]) -> bool {
    static KNOWN: Initials = Initials::of(&[]).and_bytes(REACHING);
    KNOWN.fit(word) || is_escaped(word)
}

/// Whether the text of a string holds what only code for a server does.
fn for_server(text: &[u8]) -> bool {
    let words: [(&[u8], usize); 4] =
        [(b"child_process", 5), (b"mainModule", 4), (b"process.", 7), (b"java.lang", 4)];
    words.iter().any(|(word, rare)| find_by(text, word, *rare).is_some())
}

/// Whether the text of a string is itself a script that shows a dialog or reads a cookie.
fn scripted(text: &[u8]) -> bool {
    static ENDS: Set = Set::of(b"()`\\");
    let ended = |at: usize| {
        let before = text.get(..at).unwrap_or_default();
        DIALOGS.iter().any(|dialog| before.ends_with(dialog))
    };
    ENDS.places(text).any(ended) || find_by(text, b"document.cookie", 8).is_some()
}

/// Whether a template that holds values is the argument of `call`, `apply` or `bind`: a way to call without parentheses.
fn text_tag(callee: &[u8], template: &[u8]) -> bool {
    one_of(callee, &[b"call", b"apply", b"bind"])
        && template.first() == Some(&b'`')
        && template.ends_with(b"${")
}

fn is_keyword(word: &[u8]) -> bool {
    // PERF: most words differ from all of them in the first letter or in length.
    let lengths = word.first().map_or(0, |first| KEYWORD_LENGTHS[usize::from(*first)]);
    word.len() <= 10 && lengths >> word.len() & 1 != 0 && KEYWORDS.contains(&word)
}

/// For each first letter a bit for each length of a keyword.
static KEYWORD_LENGTHS: [u16; 256] = {
    let (mut lengths, mut i) = ([0; 256], 0);
    while i < KEYWORDS.len() {
        lengths[KEYWORDS[i][0] as usize] |= 1 << KEYWORDS[i].len();
        i += 1;
    }
    lengths
};

/// What stands before an open `[`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Base {
    /// The global object.
    Global,
    /// `this`, which is the global object only outside of functions that are called on another.
    This,
    /// Nothing: an array literal.
    Literal,
    /// Some other object.
    Other,
}

/// How many open brackets are followed.
const BRACKETS: usize = 16;

struct Reader<'a> {
    bytes: &'a [u8],
    script: Script,
    /// The last significant tokens, latest first.
    last: [Option<Token>; 4],
    open: [(Base, bool); BRACKETS],
    depth: usize,
    /// What the last `]` closed, and whether a string or more than a number stood inside.
    closed: (Base, bool),
    /// A dialog or evaluator was named without being called.
    named: Option<(&'static str, Range<usize>)>,
    /// Whether anything is called or thrown.
    calls: bool,
    /// `constructor` was named by a string in brackets or as a member.
    constructor: bool,
    /// Tokens that are words with letters or digits, numbers or strings; other tokens; `!`, `+` or `~` before a bracket.
    readable: usize,
    punctuation: usize,
    tricks: usize,
    /// Words without an ASCII letter, in parentheses, used as objects and targets: `(ﾟoﾟ)[x]`.
    faces: usize,
    /// Whether a member of something in brackets is taken: `(![]+[])[0]`.
    indexed: bool,
}

/// Reads `bytes`, beginning in the context `start`. With `strict`, stops where the text stops being code.
pub fn read(bytes: &[u8], start: Start, strict: bool) -> Script {
    read_on(bytes, start, strict, true)
}

/// What `bytes` are for a browser, if that is [`Power::Strong`].
///
/// PERF: a word of a server ends the reading.
pub fn strong(bytes: &[u8]) -> Option<Script> {
    let code = read_on(bytes, Start::Code, false, false);
    (code.power == Power::Strong && !code.server).then_some(code)
}

/// [`read`], up to a word of a server-side language if that is not to be read on behind.
fn read_on(bytes: &[u8], start: Start, strict: bool, server: bool) -> Script {
    let script = Script {
        power: Power::None,
        what: "",
        at: 0..0,
        end: bytes.len(),
        clean: true,
        server: false,
        browser: false,
    };
    let mut reader = Reader {
        bytes,
        script,
        last: [const { None }; 4],
        open: [(Base::Other, false); BRACKETS],
        depth: 0,
        closed: (Base::Other, false),
        named: None,
        calls: false,
        constructor: false,
        readable: 0,
        punctuation: 0,
        tricks: 0,
        faces: 0,
        indexed: false,
    };
    let mut newline = false;
    let mut tokens = Js::new(bytes, start);
    if start != Start::Code {
        tokens.next();
    }
    for token in tokens {
        match token.kind {
            Kind::Blank | Kind::Comment => continue,
            Kind::Newline => {
                newline = true;
                continue;
            }
            _ => {}
        }
        if !reader.fits(&token, newline) {
            reader.script.clean = false;
            if strict {
                reader.script.end = token.span.start;
                break;
            }
        }
        reader.token(&token);
        if reader.script.server && !server {
            break;
        }
        newline = false;
        let [a, b, c, _] = &mut reader.last;
        reader.last = [Some(token), a.take(), b.take(), c.take()];
    }
    reader.end()
}

impl<'a> Reader<'a> {
    fn text(&self, span: &Range<usize>) -> &'a [u8] {
        self.bytes.get(span.clone()).unwrap_or_default()
    }

    /// The token `back` significant tokens ago, as kind and text.
    fn before(&self, back: usize) -> (Option<Kind>, &'a [u8]) {
        match self.last.get(back) {
            Some(Some(t)) => (Some(t.kind), self.text(&t.span)),
            _ => (None, b""),
        }
    }

    fn raise(&mut self, power: Power, what: &'static str, span: &Range<usize>) {
        if power > self.script.power {
            self.script.power = power;
            self.script.what = what;
            self.script.at = span.clone();
        }
    }

    /// Whether `token` can stand behind the last one in a program.
    fn fits(&self, token: &Token, newline: bool) -> bool {
        if token.kind == Kind::Other {
            return false;
        }
        if newline {
            return true;
        }
        let (kind, text) = self.before(0);
        let operand = match kind {
            Some(Kind::Word) => !is_keyword(text),
            Some(Kind::Number | Kind::String | Kind::Regex) => true,
            Some(Kind::Template) => text.last() == Some(&b'`'),
            _ => false,
        };
        let next = match token.kind {
            Kind::Word => !is_keyword(self.text(&token.span)),
            Kind::Number | Kind::String => true,
            _ => false,
        };
        !(operand && next)
    }

    fn token(&mut self, token: &Token) {
        let text = self.text(&token.span);
        match token.kind {
            Kind::Word => self.word(text, token),
            Kind::Number => self.readable += 1,
            Kind::String => {
                self.readable += 1;
                self.string(text, token);
            }
            Kind::Template => {
                if text.first() == Some(&b'`') && self.after_operand() {
                    self.call(token);
                }
                if let Some(open) = self.bracket() {
                    open.1 = true;
                }
            }
            Kind::Punct => self.punct(text, token),
            _ => {}
        }
    }

    /// The innermost open bracket.
    fn bracket(&mut self) -> Option<&mut (Base, bool)> {
        self.depth.checked_sub(1).and_then(|d| self.open.get_mut(d))
    }

    /// Whether the last token ends an operand that can be called.
    fn after_operand(&self) -> bool {
        match self.before(0) {
            (Some(Kind::Word), word) => !is_keyword(word) || word == b"import",
            (Some(Kind::Punct), p) => matches!(p, b")" | b"]" | b"?."),
            (Some(Kind::Template), t) => t.last() == Some(&b'`'),
            _ => false,
        }
    }

    fn word(&mut self, text: &'a [u8], token: &Token) {
        if text.iter().any(u8::is_ascii_alphanumeric) {
            self.readable += 1;
        } else {
            self.punctuation += 1;
        }
        if let Some(open) = self.bracket() {
            open.1 = true;
        }
        let known = may_be_known(text);
        if text.starts_with(b"$_") && text.get(2).is_some_and(u8::is_ascii_uppercase)
            || known && one_of(text, SERVER)
        {
            self.script.server = true;
        }
        self.script.browser |= known && (one_of(text, BROWSER) || one_of(text, DIALOGS));
        self.script.browser |= text == b"Function" && self.before(0).1 == b"new";
        if text == b"throw" {
            self.calls = true;
        }
        // `eval(name)`: the window's name, which another site can have set.
        self.script.browser |=
            text == b"name" && self.before(0).1 == b"(" && word_is(self.before(1).1, b"eval");
        let (kind, before) = self.before(0);
        let member = kind == Some(Kind::Punct) && matches!(before, b"." | b"?.");
        if member {
            let (_, object) = self.before(1);
            if word_is(object, b"document") {
                let strong = one_of(text, DOCUMENT);
                self.raise(
                    if strong { Power::Strong } else { Power::Medium },
                    "it reaches into the document",
                    &token.span,
                );
            }
            if word_is(text, b"constructor") {
                self.constructor = true;
            }
            if one_of(object, &[b"localStorage", b"sessionStorage", b"navigator", b"location"]) {
                self.raise(Power::Medium, "it reaches browser state", &token.span);
            }
        }
        if !known {
            return;
        }
        let (global, object) = (!member || one_of(self.before(1).1, GLOBALS), before);
        if global && object != b"function" && (one_of(text, DIALOGS) || one_of(text, EVALUATORS)) {
            let what = if one_of(text, DIALOGS) { "it opens a dialog" } else { "it evaluates text as code" };
            // Named as an operand: what follows decides whether it is called here or passed on.
            let operand = match kind {
                None => true,
                Some(Kind::Punct) => before != b"." || member,
                Some(Kind::Word) => is_keyword(before),
                Some(Kind::Template) => before.last() == Some(&b'{'),
                _ => false,
            };
            if operand && self.named.is_none() {
                self.named = Some((what, token.span.clone()));
            }
        }
    }

    fn string(&mut self, text: &'a [u8], token: &Token) {
        let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
        if let Some(open) = self.bracket() {
            open.1 = true;
            if open.0 == Base::This {
                open.0 = Base::Global;
            }
        }
        if self.before(0).1 == b"+" && self.before(1).0 == Some(Kind::String) && self.named.is_some() {
            // Text put together from pieces to be evaluated.
            self.script.browser = true;
        }
        if inner.eq_ignore_ascii_case(b"constructor") {
            self.constructor = true;
        }
        // PERF: nothing that these look for is shorter than six letters.
        let long = inner.len() >= 6;
        self.script.server |= long && for_server(inner);
        if long && scripted(inner) {
            self.script.browser = true;
            if self.named.is_none() {
                self.named = Some(("it holds a script in a string", token.span.clone()));
            }
        }
        if self.before(0).1 == b"=" && inner.len() > 10 {
            let scheme = inner.get(..11).unwrap_or_default();
            if scheme.eq_ignore_ascii_case(b"javascript:") {
                self.raise(Power::Strong, "it navigates to a script address", &token.span);
            }
        }
        if self.before(0).1 == b"(" && one_of(self.before(1).1, &[b"setTimeout", b"setInterval", b"import"]) {
            self.raise(Power::Strong, "it runs text as code", &token.span);
            // A module of an address, not of a package.
            self.script.browser |=
                memchr::memmem::find(inner, b"//").is_some() || inner.starts_with(b"data:");
        }
        if word_is(self.before(0).1, b"msgbox") {
            self.raise(Power::Strong, "it opens a dialog", &token.span);
        }
    }

    fn punct(&mut self, text: &'a [u8], token: &Token) {
        self.punctuation += 1;
        if matches!(text, b"[" | b"=" | b"." | b"+" | b"-") && self.before(0).1 == b")" {
            let face = self.before(1).1;
            self.faces += usize::from(face.first().is_some_and(|b| *b >= 0x80) && self.before(2).1 == b"(");
        }
        match text {
            b"(" if self.after_operand() => self.call(token),
            b"[" => {
                let (kind, before) = self.before(0);
                let base = match kind {
                    Some(Kind::Word) if before == b"this" => Base::This,
                    Some(Kind::Word) if one_of(before, GLOBALS) || word_is(before, b"document") => {
                        Base::Global
                    }
                    Some(Kind::Word) if !is_keyword(before) => Base::Other,
                    Some(Kind::String | Kind::Template) => Base::Other,
                    Some(Kind::Punct) if before == b"?." && one_of(self.before(1).1, GLOBALS) => Base::Global,
                    Some(Kind::Punct) if matches!(before, b")" | b"]" | b"?.") => Base::Other,
                    _ => Base::Literal,
                };
                self.indexed |= matches!(before, b")" | b"]");
                if matches!(before, b"!" | b"+" | b"~") {
                    self.tricks += 1;
                }
                if let Some(open) = self.bracket() {
                    open.1 = true;
                }
                if let Some(open) = self.open.get_mut(self.depth) {
                    *open = (base, false);
                }
                self.depth = (self.depth + 1).min(BRACKETS);
            }
            b"]" => {
                if let Some(open) = self.bracket() {
                    self.closed = *open;
                    self.depth -= 1;
                }
            }
            b"=" | b"+=" => {
                let (kind, name) = self.before(0);
                if kind == Some(Kind::Word) {
                    if one_of(name, ASSIGNED) {
                        self.raise(Power::Medium, "it navigates or rewrites the page", &token.span);
                    } else {
                        self.raise(Power::Weak, "it assigns", &token.span);
                    }
                } else if name == b"]" {
                    self.raise(
                        if self.closed.0 == Base::Global && self.closed.1 {
                            Power::Strong
                        } else {
                            Power::Weak
                        },
                        "it sets a member named by an expression",
                        &token.span,
                    );
                }
            }
            _ => {}
        }
    }

    /// The last tokens are called, by `(` or a template.
    fn call(&mut self, token: &Token) {
        let (kind, callee) = self.before(0);
        let (kind, callee, back) = if callee == b"?." {
            let (k, c) = self.before(1);
            (k, c, 1)
        } else {
            (kind, callee, 0)
        };
        let span = match self.last.get(back) {
            Some(Some(t)) => t.span.start..token.span.end,
            _ => token.span.clone(),
        };
        let (_, dot) = self.before(back + 1);
        let (_, object) = self.before(back + 2);
        if dot == b"function" {
            return;
        }
        if kind == Some(Kind::Word) {
            let member = matches!(dot, b"." | b"?.");
            let known = may_be_known(callee);
            if known && (!member || one_of(object, GLOBALS)) && one_of(callee, DIALOGS) {
                self.raise(Power::Strong, "it opens a dialog", &span);
            } else if (!member || one_of(object, GLOBALS))
                && (known && one_of(callee, EVALUATORS) || callee == b"import")
            {
                // `import` alone is a common word of other languages; its argument decides.
                if callee != b"import" {
                    self.raise(Power::Strong, "it evaluates text as code", &span);
                }
            } else if self.constructor && (word_is(callee, b"constructor") || member) {
                self.raise(Power::Strong, "it reaches Function by way of constructor", &span);
            } else if word_is(object, b"Reflect") || text_tag(callee, self.text(&token.span)) {
                self.script.browser = true;
                self.raise(Power::Strong, "it calls what it was handed, without naming it", &span);
            } else if is_escaped(callee) {
                self.raise(Power::Strong, "it calls a function whose name is written in escapes", &span);
            } else if callee == b"print"
                && (!member || one_of(object, GLOBALS))
                && self.bytes.get(token.span.end) == Some(&b')')
            {
                self.script.browser = true;
                self.raise(Power::Medium, "it opens the print dialog", &span);
            } else if may_reach(callee) && one_of(callee, REACHING) {
                self.raise(Power::Medium, "it reaches the page, the network or timers", &span);
            } else if !(member && (word_is(object, b"history") || one_of(callee, NAVIGATION))) {
                self.raise(Power::Weak, "it calls a function", &span);
            } else {
                return;
            }
        } else if callee == b"]" {
            match self.closed {
                (Base::Global, true) => {
                    self.script.browser = true;
                    self.raise(Power::Strong, "it calls a global function by a computed name", &span);
                }
                (_, true) if self.constructor => {
                    self.raise(Power::Strong, "it reaches Function by way of constructor", &span);
                }
                (_, true) => self.raise(Power::Weak, "it calls a member by a computed name", &span),
                _ => self.raise(Power::Weak, "it calls an element", &span),
            }
        } else if self.constructor {
            self.raise(Power::Strong, "it reaches Function by way of constructor", &span);
        } else {
            self.raise(Power::Weak, "it calls an expression", &span);
        }
        self.calls = true;
    }

    fn end(mut self) -> Script {
        if let Some((what, span)) = self.named.take() {
            let assigned = self.script.power == Power::Weak;
            if self.calls {
                self.raise(Power::Strong, what, &span);
            } else if assigned {
                self.raise(Power::Medium, what, &span);
            }
        }
        let long = self.readable * 8 < self.punctuation && self.punctuation >= 30;
        let pure = self.readable == 0 && self.punctuation >= 12 && self.indexed;
        if (long || pure) && self.tricks >= 2 || self.faces >= 3 {
            self.script.browser = true;
            let all = 0..self.bytes.len();
            self.raise(Power::Strong, "it is written in punctuation only", &all);
        }
        self.script
    }
}

#[cfg(test)]
mod tests;
