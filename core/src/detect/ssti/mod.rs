//! Server-side template injection (CWE-1336): expressions that a template engine would evaluate.
//!
//! What comes in: a value. What goes out: at most one hit, the surest expression. What always holds: placeholders
//! (`{{name}}`, `${user.name}`, `{{ item.price | currency }}`, `{% if user %}`) are no attack; what counts is arithmetic
//! on literals, a walk to the language below the engine, a filter or function that runs what it is handed; expressions
//! for the browser belong to the class xss, log lookups (`${jndi:...}`) to rce; work is linear, the innermost expressions
//! are read once. To add one: a name in `names.rs`, or delimiters in `delimit.rs`.
//!
//! Fires: `{{7*7}}`, `${7*7}`, `#{7*7}`, `<%= 7*7 %>`, `@(1+2)`, `{{''.__class__.__mro__}}`, `{{config.items()}}`,
//! `{{['id']|filter('system')}}`, `${T(java.lang.Runtime)}`, `<#assign x="freemarker.template.utility.Execute"?new()>`,
//! `#set($x='') $x.getClass()`, `{php}echo 1;{/php}`, `{$smarty.version}`. Sources: the manuals named in `names.rs`.

pub(super) mod techniques;

mod delimit;
mod expression;
mod names;

use super::{Class, Hit, Hits, Value, rce};
use crate::bytes::{Wake, has_pair};
use crate::detect::beside::Beside;
use crate::detect::lex::find::{find, find_by, places};
use crate::points::Place;
use delimit::Kind;
use expression::Meaning;
use memchr::{memchr, memmem};
use std::ops::Range;

/// Longer values are documents or prose, which hold templates on purpose more often.
const LONG: usize = 600;

/// Judges one value.
pub fn judge(value: &Value<'_>, hits: &mut Hits) {
    let bytes = value.bytes;
    let document = matches!(value.place, Place::FileContent | Place::Text | Place::Raw);
    let calm = document || bytes.len() > LONG;
    let mut best: Option<(Meaning, Range<usize>)> = None;
    let mut offer = |meaning: Meaning, span: Range<usize>| {
        if best.as_ref().is_none_or(|b| b.0.confidence < meaning.confidence) {
            best = Some((meaning, span));
        }
    };
    let wake = value.wake;
    let openers = wake.any(Wake::BRACE.or(Wake::BRACKET));
    if openers || wake.all(Wake::LESS.or(Wake::PERCENT)) && value.may_hold(Beside::TEMPLATE) {
        delimit::expressions(bytes, |e| {
            if let Some(meaning) = weigh(bytes, e) {
                offer(meaning, e.span.clone());
            }
        });
    }
    if wake.any(Wake::HASH.or(Wake::AT).or(Wake::DOLLAR))
        || wake.any(Wake::LESS) && wake.any(Wake::PERCENT.or(Wake::DOT))
    {
        directives(value, &mut offer);
    }
    if wake.all(Wake::UNDERSCORE.or(Wake::DOT)) && has_pair(bytes, *b"._") {
        walk(bytes, &mut offer);
    }
    let Some((meaning, span)) = best else { return };
    let confidence = meaning.confidence.saturating_sub(if calm { 25 } else { 0 });
    if confidence >= 30 {
        let reason = format!("a template expression: {}", meaning.what).into();
        hits.push(Hit { class: Class::Ssti, technique: meaning.technique, confidence, span, reason });
    }
}

/// Judges one expression by its delimiters and what they hold.
fn weigh(bytes: &[u8], e: &delimit::Expression) -> Option<Meaning> {
    let inner = bytes.get(e.inner.clone()).unwrap_or_default();
    let whole = e.span.start == 0 && e.span.end == bytes.len();
    let body = inner.trim_ascii();
    match e.kind {
        Kind::Single => return single(inner, e.closed && whole),
        Kind::Square if !e.closed || inner.len() > 256 || memchr(b'\n', inner).is_some() => return None,
        Kind::Percent => {
            if let Some(meaning) = scriptlet(body).filter(|_| expression::read(inner).is_none()) {
                return Some(meaning);
            }
        }
        // Lookups of loggers and defaults of shells: `${jndi:...}`, `${lower:j}`, `${VAR:-x}`.
        Kind::Marked(b'$') if is_lookup(body) => return None,
        // `${phpinfo()}`: PHP's complex string syntax, which the class rce has.
        Kind::Marked(b'$') if rce::calls_php(body) => return None,
        Kind::Statement => {
            if let Some(meaning) = statement(body) {
                return Some(meaning);
            }
        }
        _ => {}
    }
    let mut meaning = expression::read(inner)?;
    match e.kind {
        // Razor blocks, wiki links and array literals share these delimiters.
        // `%{...}` is OGNL's, of which the class rce knows the rest.
        Kind::Marked(b'%') if meaning.technique != "arithmetic-probe" => return None,
        Kind::Marked(b'@' | b'~') | Kind::Square => {
            meaning.confidence = meaning.confidence.saturating_sub(15)
        }
        Kind::Marked(_) | Kind::Percent | Kind::Double | Kind::Statement | Kind::Single => {}
    }
    // The bare object is a placeholder like any other inside of other text.
    if meaning.confidence < 60 && meaning.technique == "engine-object" && !whole {
        meaning.confidence = 35;
    }
    // An engine refuses an expression without an end; names that only attacks hold tell even so.
    if !e.closed {
        meaning.confidence =
            meaning.confidence.saturating_sub(if meaning.confidence >= 88 { 20 } else { 40 });
    }
    // Subscripts in code: `[[1, 2]]`, `a[[1+1]]`.
    if e.kind == Kind::Square
        && meaning.technique == "arithmetic-probe"
        && !(whole
            || e.span.start == 0 && e.span.end + 1 == bytes.len()
            || e.span.start > 1 && bytes.get(e.span.start - 1) == Some(&b'}'))
    {
        meaning.confidence = 30;
    }
    Some(meaning)
}

/// `name:...` as loggers and shells have it.
fn is_lookup(body: &[u8]) -> bool {
    let word = body
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'$' | b'{'))
        .count();
    body.get(word) == Some(&b':') && body.get(word + 1) != Some(&b':')
}

/// Statements that do more than choose and repeat.
fn statement(body: &[u8]) -> Option<Meaning> {
    let body = body.strip_prefix(b"-").unwrap_or(body).trim_ascii();
    let word = body.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let (word, rest) = body.split_at_checked(word)?;
    let rest = rest.trim_ascii();
    let named = |confidence, what| Some(Meaning { confidence, technique: "template-statement", what });
    match word {
        b"debug" if rest.is_empty() || rest == b"-" => named(60, "it asks the engine for its state"),
        b"import" | b"from" if rest.first().is_some_and(u8::is_ascii_alphabetic) => {
            named(80, "it imports a module of the language below the engine")
        }
        b"include" | b"extends" if rest.get(1..3).is_some_and(|r| r == b".." || r.first() == Some(&b'/')) => {
            named(62, "it includes a file outside the templates")
        }
        b"if" | b"elif" if matches!(rest, b"True" | b"true" | b"1" | b"False" | b"false" | b"0") => {
            named(58, "it asks what is always true, to see whether statements run")
        }
        b"for" | b"For" if loops_over_literals(rest) => {
            named(62, "it repeats over literals only, to see whether statements run")
        }
        b"if" | b"print" | b"echo" | b"do" => expression::read(rest),
        // `set x = 6*7`: what is set is a computation of literals.
        b"set" | b"assign" => {
            let value = rest.get(memchr(b'=', rest)? + 1..)?.trim_ascii();
            let value = value.strip_suffix(b"-").unwrap_or(value);
            expression::read(value).filter(|m| m.technique != "engine-object")
        }
        b"load" if rest.starts_with(b"log") => named(60, "it loads the administration's log"),
        b"php" => named(75, "it runs PHP"),
        _ => None,
    }
}

/// `x in [1, 2]`, `i in (1..9)`, `i in 1..9`
fn loops_over_literals(rest: &[u8]) -> bool {
    let Some(at) = find(rest, b" in ") else { return false };
    let list = rest.get(at + 4..).unwrap_or_default().trim_ascii();
    let literal = |b: &u8| {
        b.is_ascii_digit() || matches!(b, b'[' | b']' | b'(' | b')' | b',' | b'.' | b' ' | b'*' | b'+' | b'-')
    };
    list.len() > 2 && list.iter().all(literal) && list.iter().any(u8::is_ascii_digit)
}

/// Code between `<%` and `%>` that shows nothing: only engines that run it have a use for it.
fn scriptlet(body: &[u8]) -> Option<Meaning> {
    let word = body.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let keyword: &[&str] =
        &["if", "for", "while", "unless", "foreach", "import", "begin", "puts", "def", "require"];
    names::one_of(body.get(..word)?, keyword).then_some(Meaning {
        confidence: 52,
        technique: "template-statement",
        what: "a statement of the server's template language",
    })
}

/// Expressions in single braces: Smarty. Everything else in braces (JSON, CSS, code) has no such shape.
fn single(body: &[u8], whole: bool) -> Option<Meaning> {
    let named = |confidence, technique, what| Some(Meaning { confidence, technique, what });
    // A brace before a blank is no tag to Smarty.
    if matches!(body.trim_ascii(), b"php" | b"/php") || body.starts_with(b"include_php ") {
        return named(78, "template-statement", "Smarty's php tag runs PHP");
    }
    if body.starts_with(b"$smarty.") {
        return named(70, "engine-object", "it reads Smarty's own variables");
    }
    if body.starts_with(b"self::") || body.starts_with(b"Smarty_Internal") {
        return named(88, "server-code", "it calls Smarty's internals");
    }
    let condition = body.strip_prefix(b"if ").map(<[u8]>::trim_ascii);
    let code = condition.unwrap_or(body);
    let word = code.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let (name, rest) = code.split_at_checked(word)?;
    if rest.first() == Some(&b'(')
        && (names::one_of(name, names::CALLBACKS)
            || condition.is_some() && names::one_of(name, names::CALLED))
    {
        return named(82, "server-code", "it calls a PHP function that runs or reads what it is handed");
    }
    // `{'x'|system}`: Smarty takes any function of PHP as a modifier.
    if let Some(quote @ (b'\'' | b'"')) = body.first()
        && let Some(end) = body.get(1..).and_then(|text| memchr(*quote, text))
        && let Some(filter) = body.get(end + 2..).and_then(|rest| rest.trim_ascii_start().strip_prefix(b"|"))
    {
        let filter = filter.trim_ascii_start();
        let n = filter.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        let ended = matches!(filter.get(n), None | Some(b' ' | b':' | b'|' | b'\t'));
        if ended && names::one_of(filter.get(..n)?, names::CALLBACKS) {
            return named(85, "dangerous-filter", "it hands a text to a function that runs commands");
        }
    }
    // `{7*7}` alone.
    let body = body.strip_prefix(b"#").or(body.strip_prefix(b"=")).unwrap_or(body);
    let times = memchr(b'*', body).filter(|_| whole)?;
    let (a, b) = (body.get(..times)?, body.get(times + 1..)?);
    let digits = |s: &[u8]| !s.is_empty() && s.iter().all(u8::is_ascii_digit);
    (digits(a.trim_ascii()) && digits(b.trim_ascii())).then_some(Meaning {
        confidence: 62,
        technique: "arithmetic-probe",
        what: "it multiplies two literals, to see whether expressions run",
    })
}

/// Velocity's directives that take an argument.
const DIRECTIVES: [&[u8]; 6] = [b"#set", b"#evaluate", b"#foreach", b"#include", b"#parse", b"#define"];

/// Directives without delimiters of their own: Freemarker's tags, Velocity's directives, Razor, Thymeleaf's
/// preprocessing, and probes that hold every engine's delimiters at once.
fn directives(value: &Value<'_>, offer: &mut impl FnMut(Meaning, Range<usize>)) {
    let (bytes, wake) = (value.bytes, value.wake);
    let found = |word: &[u8]| find(bytes, word);
    let code =
        |from: usize| expression::read(bytes.get(from..(from + 512).min(bytes.len())).unwrap_or_default());
    for (word, first) in [(b"<#", Wake::LESS), (b"[#", Wake::BRACKET)] {
        if let Some(at) = Some(word).filter(|_| wake.all(first.or(Wake::HASH))).and_then(|w| found(w)) {
            let name = bytes.get(at + 2..).unwrap_or_default();
            let name = name
                .get(..name.iter().take(12).take_while(|b| b.is_ascii_alphabetic()).count())
                .unwrap_or_default();
            if matches!(
                name,
                b"assign"
                    | b"global"
                    | b"local"
                    | b"list"
                    | b"include"
                    | b"import"
                    | b"macro"
                    | b"function"
                    | b"if"
                    | b"attempt"
            ) {
                let inside = code(at + 2 + name.len());
                let assigns = matches!(name, b"assign" | b"global" | b"local" | b"include" | b"import");
                let plain = Meaning {
                    confidence: if assigns { 62 } else { 40 },
                    technique: "template-statement",
                    what: "a Freemarker directive",
                };
                offer(inside.filter(|m| m.confidence > plain.confidence).unwrap_or(plain), at..bytes.len());
            }
        }
    }
    let calls = wake.all(Wake::HASH.or(Wake::PAREN));
    // PERF: all words in one pass.
    let mut firsts = [None; DIRECTIVES.len()];
    for at in places(if calls { bytes } else { b"" }, b'#') {
        let rest = bytes.get(at..).unwrap_or_default();
        if matches!(rest.get(1), Some(b's' | b'e' | b'f' | b'i' | b'p' | b'd'))
            && let Some(i) = DIRECTIVES.iter().position(|word| rest.starts_with(word))
            && let Some(place @ None) = firsts.get_mut(i)
        {
            *place = Some(at);
        }
    }
    for (word, at) in DIRECTIVES.iter().zip(firsts) {
        if let Some(at) = at {
            let rest = bytes.get(at + word.len()..).unwrap_or_default().trim_ascii_start();
            if rest.first() == Some(&b'(')
                && rest
                    .get(1..)
                    .is_some_and(|r| matches!(r.trim_ascii_start().first(), Some(b'$' | b'"' | b'\'')))
            {
                let plain =
                    Meaning { confidence: 60, technique: "template-statement", what: "a Velocity directive" };
                offer(code(at + word.len()).filter(|m| m.confidence > 60).unwrap_or(plain), at..bytes.len());
            }
        }
    }
    // PERF: of prose every sentence ends with the byte that the last two begin with.
    // Each of them is one of these two.
    let reflects = wake.any(Wake::DOT)
        && (wake.any(Wake::DOLLAR) && has_pair(bytes, *b"$c")
            || value.may_hold(Beside::FOR_NAME) && find_by(bytes, b".forName", 4).is_some());
    for word in [&b"$class.inspect"[..], b"$class.forName", b".class.forName", b".getClass().forName"] {
        if let Some(at) = Some(word).filter(|_| reflects).and_then(found) {
            let what = "a Velocity reference that reaches Java's classes";
            offer(Meaning { confidence: 82, technique: "java-reflection", what }, at..at + word.len());
        }
    }
    if wake.all(Wake::UNDERSCORE.or(Wake::DOLLAR))
        && let Some(at) = found(b"__${")
    {
        let what = "Thymeleaf evaluates the expression before the template";
        let closed = find(bytes.get(at..).unwrap_or_default(), b"}__").is_some();
        offer(
            Meaning { confidence: if closed { 85 } else { 60 }, technique: "template-statement", what },
            at..bytes.len(),
        );
    }
    if wake.any(Wake::AT) && value.may_hold(Beside::RAZOR) {
        razor(bytes, offer);
    }
    if wake.all(Wake::LESS.or(Wake::PERCENT)) && value.may_hold(Beside::TEMPLATE) {
        polyglot(bytes, offer);
    }
}

/// Razor: `@(1+2)`, `@System.IO.File...`, `@{ ... }` (the last is read as an expression in braces).
fn razor(bytes: &[u8], offer: &mut impl FnMut(Meaning, Range<usize>)) {
    for at in memchr::memchr_iter(b'@', bytes).take(32) {
        let rest = bytes.get(at + 1..(at + 200).min(bytes.len())).unwrap_or_default();
        if rest.first() == Some(&b'(') {
            let end = memchr(b')', rest).unwrap_or(rest.len());
            let inner = rest.get(1..end).unwrap_or_default();
            if let Some(mut meaning) = expression::read(inner) {
                // Decorators and annotations look alike in code; arithmetic does not.
                meaning.confidence = meaning.confidence.saturating_sub(if at == 0 { 10 } else { 25 });
                offer(meaning, at..at + 1 + end);
            }
        } else if rest.starts_with(b"System.")
            && memchr(b'(', rest).is_some()
            && let Some(meaning) = expression::read(rest)
        {
            offer(meaning, at..at + 1 + rest.len());
        }
    }
}

/// Openers of several engines in one run: a probe that makes any of them fail.
fn polyglot(bytes: &[u8], offer: &mut impl FnMut(Meaning, Range<usize>)) {
    const OPENERS: [&[u8]; 6] = [b"${", b"{{", b"<%", b"#{", b"[%", b"{%"];
    let Some(first) = find(bytes, b"<%") else { return };
    let window = first.saturating_sub(12)..(first + 16).min(bytes.len());
    let near = bytes.get(window.clone()).unwrap_or_default();
    let kinds = OPENERS.iter().filter(|o| find(near, o).is_some()).count();
    if kinds >= 3 {
        let what = "delimiters of several engines at once, to see which of them fails";
        offer(Meaning { confidence: 80, technique: "polyglot-probe", what }, window);
    }
}

/// A walk along Python's special attributes without delimiters: put into an expression that is already there.
fn walk(bytes: &[u8], offer: &mut impl FnMut(Meaning, Range<usize>)) {
    let mut first = None;
    for at in memmem::find_iter(bytes, b".__").take(64) {
        let word = bytes.get(at + 1..).unwrap_or_default();
        let word =
            word.get(..word.iter().take(32).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count());
        let Some(word) = word.filter(|w| names::one_of(w, names::PYTHON)) else { continue };
        let end = at + 1 + word.len();
        match first {
            Some(start) if end < start + 80 => {
                let what = "it walks from an object to Python's classes and modules";
                return offer(
                    Meaning { confidence: 66, technique: "python-introspection", what },
                    start..end,
                );
            }
            _ => first = Some(at),
        }
    }
}
