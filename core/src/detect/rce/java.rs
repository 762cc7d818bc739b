//! Java from the outside: expression languages (OGNL, SpEL, EL, MVEL), class loaders set by parameter names, and class
//! names where data should be.
//!
//! What fires: `T(java.lang.Runtime).getRuntime().exec(..)`, `%{(#a=@java.lang.Runtime@getRuntime())..}`,
//! `''.getClass().forName('java.lang.Runtime')`, `class.module.classLoader...` as a name, gadget classes such as
//! `InvokerTransformer`, and a value that is nothing but the name of a class through which code runs. What must not:
//! `java.lang.String` in a type field, exceptions in telemetry, imports in pasted code. Source: Apache Commons OGNL
//! language guide; Spring Framework reference, "SpEL"; Jakarta Expression Language 5.0; CVE-2010-1870, CVE-2017-5638,
//! CVE-2022-22965; CWE-917, CWE-470, CWE-502.

use super::parens::Parens;
use super::setting;
use crate::bytes::{Bits, Set, Triples, Wake, Words, has_pair, with_bits};
use crate::detect::beside::Beside;
use crate::detect::lex::find::{find, find_by, find_no_case, places};
use crate::detect::{Class, Groups, Hit, Hits, Value};
use crate::points::Place;

/// Signs of an expression that reaches for the system: needle, weight, what it is.
#[rustfmt::skip]
static SIGNS: [(&[u8], u8, &str); 39] = [
    (b"#_memberAccess", 4, "OGNL's own access rules are changed"),
    (b"#context[", 3, "OGNL's context is used"),
    (b"@ognl.OgnlContext@", 4, "OGNL's own access rules are changed"),
    (b"#parameters.", 2, "OGNL reads the request's parameters"),
    (b"#request[", 2, "OGNL reads the request"),
    (b"com.opensymphony.xwork2", 3, "Struts' own objects are used"),
    (b"xwork.MethodAccessor", 4, "OGNL's own access rules are changed"),
    (b"org.apache.struts2.", 2, "Struts' own objects are used"),
    (b"T(java.", 4, "SpEL names a Java class"),
    (b"T(org.", 3, "SpEL names a Java class"),
    (b"T(javax.", 4, "SpEL names a Java class"),
    (b"@java.lang.", 4, "OGNL calls a Java class"),
    (b"@org.apache.", 3, "OGNL calls a Java class"),
    (b"java.lang.Runtime", 2, "java.lang.Runtime"),
    (b"java.lang.ProcessBuilder", 2, "java.lang.ProcessBuilder"),
    (b"java.lang.ProcessImpl", 3, "java.lang.ProcessImpl"),
    (b"getRuntime()", 2, "the running machine is asked for"),
    (b".exec(", 1, "a command is run"),
    (b"new ProcessBuilder(", 3, "a process is built"),
    (b"javax.script.ScriptEngineManager", 2, "a script engine is made"),
    (b"getEngineByName(", 3, "a script engine is made"),
    (b".forName(", 1, "a class is loaded by name"),
    (b".getClass()", 1, "reflection"),
    (b".class.forName", 3, "a class is loaded by name"),
    (b"getDeclaredMethod", 1, "reflection"),
    (b".getMethod(", 1, "reflection"),
    (b".invoke(", 1, "reflection"),
    (b"getClassLoader()", 1, "a class loader"),
    (b"defineClass(", 2, "bytecode is loaded"),
    (b"URLClassLoader", 2, "classes are loaded from an address"),
    (b"IOUtils@toString", 3, "output is read back"),
    (b"denyMethodExecution", 3, "OGNL's own access rules are changed"),
    (b"allowStaticMethodAccess", 4, "OGNL's own access rules are changed"),
    (b".getInputStream()", 1, "output is read back"),
    (b".execute().text", 3, "Groovy runs a string as a command"),
    (b"\".execute()", 3, "Groovy runs a string as a command"),
    (b"'.execute()", 3, "Groovy runs a string as a command"),
    (b"'].execute()", 3, "Groovy runs a list as a command"),
    (b"\"].execute()", 3, "Groovy runs a list as a command"),
];

/// Classes that known chains of deserialisation and JNDI end in. Names by their own projects' documentation (Commons
/// Collections functors, Xalan, c3p0, Groovy, Spring, Logback, Ehcache, SnakeYAML, Jackson's list of denied types).
#[rustfmt::skip]
static GADGETS: &[&str] = &[
    "AbstractTranslet", "AnnotationInvocationHandler", "BadAttributeValueExpException", "BeanComparator",
    "ChainedTransformer", "CloneTransformer", "ClosureTransformer", "ConstantTransformer",
    "DriverManagerConnectionSource", "ForClosure", "InstantiateFactory", "InstantiateTransformer",
    "InvokerTransformer", "JNDIConfiguration", "JdbcRowSetImpl", "JndiConverter", "JndiRefForwardingDataSource",
    "MethodClosure", "PrototypeCloneFactory", "PrototypeFactory$PrototypeCloneFactory", "PrototypeSerializationFactory",
    "ScriptEngineManager", "TemplatesImpl", "TransformedMap", "WhileClosure", "WrapperConnectionPoolDataSource",
];

/// Packages and classes through which code, files or processes are reached: a value that is one of these, and no more,
/// names a class to be loaded.
#[rustfmt::skip]
static REACH: &[&[u8]] = &[
    b"java.lang.Runtime", b"java.lang.ProcessBuilder", b"java.lang.Process", b"java.lang.ProcessImpl", b"java.lang.System",
    b"java.lang.Class", b"java.lang.ClassLoader", b"java.lang.Thread", b"java.lang.reflect", b"java.lang.Shutdown",
    b"java.io", b"java.net.URLClassLoader", b"java.net.Socket", b"java.net.URL", b"java.nio.file", b"javax.script",
    b"javax.naming", b"javax.el", b"java.beans.XMLDecoder", b"java.rmi", b"sun.misc", b"sun.reflect",
    b"com.sun.org.apache", b"com.sun.rowset", b"com.opensymphony.xwork2", b"org.apache.struts2", b"ognl.",
    b"org.apache.commons.collections", b"org.codehaus.groovy", b"groovy.lang", b"org.springframework.context.support",
    b"bsh.", b"java.processbuilder", b"java.runtime", b"org.omg.CORBA", b"java.util.zip", b"freemarker.template.utility",
];

/// `known` with [`GADGETS`], and of [`REACH`] and [`SIGNS`] the words that other letters cannot go before or behind.
pub(super) const fn words(known: Words) -> Words {
    let objects = Groups::OBJECTS.bits();
    let known = super::with_longer(known, "runtime", Groups::OBJECTS);
    let known = super::with_longer(known, "forname", Groups::OBJECTS);
    let java = Groups::JAVA.bits();
    let known = super::with_longer(known, "runtime", Groups::JAVA);
    let known = super::with_longer(known, "forname", Groups::JAVA);
    let known = known.with_all(GADGETS, objects).with_all(TOLD, objects | java);
    known.with_all(&["sun", "codehaus", "groovy", "springframework", "bsh", "omg", "freemarker"], objects)
}

/// Of each of [`SIGNS`] that tells something alone and is not left to [`has_other_sign`] a word.
#[rustfmt::skip]
static TOLD: &[&str] = &[
    "java", "javax", "opensymphony", "apache", "ognl", "memberAccess", "MethodAccessor", "ProcessBuilder", "ProcessImpl",
    "ScriptEngineManager", "toString", "execute",
];

/// Whether a sign stands in `bytes` that is no word on its own: letters may go before it, or it is known by its marks.
fn has_other_sign(value: &Value<'_>) -> bool {
    let bytes = value.bytes;
    let wake = value.wake;
    let named = |at: usize| {
        let name = bytes.get(at + 1..).unwrap_or_default();
        [&b"context["[..], b"parameters.", b"request["].iter().any(|n| name.starts_with(n))
    };
    if wake.any(Wake::PAREN) && value.may_hold(Beside::TIGHT) && has_pair(bytes, *b"T(")
        || wake.any(Wake::HASH) && places(bytes, b'#').any(named)
    {
        return true;
    }
    // PERF: in text no capital stands behind a small letter; in each of these names one does.
    if !has_hump(bytes) {
        return false;
    }
    let signs: &[(&[u8], usize)] = &[
        (b"getRuntime()", 3),
        (b"getEngineByName(", 3),
        (b"defineClass(", 6),
        (b"URLClassLoader", 3),
        (b"denyMethodExecution", 4),
        (b"allowStaticMethodAccess", 11),
    ];
    signs.iter().any(|(sign, rare)| find_by(bytes, sign, *rare).is_some())
}

/// Whether a capital stands behind a small letter.
fn has_hump(bytes: &[u8]) -> bool {
    with_bits(Humps(bytes))
}

/// PERF: looks at every byte and so becomes vector code.
struct Humps<'a>(&'a [u8]);

impl Bits for Humps<'_> {
    type Told = bool;

    #[inline(always)]
    fn run(self) -> bool {
        let behind = self.0.get(1..).unwrap_or_default();
        let mut any = 0;
        for (small, capital) in self.0.iter().zip(behind) {
            any |= u8::from((small.wrapping_sub(b'a') < 26) & (capital.wrapping_sub(b'A') < 26));
        }
        any != 0
    }
}

/// Judges one value.
pub(super) fn judge(value: &Value<'_>, parens: Parens, hits: &mut Hits) {
    let wake = value.wake;
    let known = value.words.any(Groups::OBJECTS);
    if let Some(hit) =
        class_loader(value).or_else(|| if known && wake.any(Wake::DOT) { names_a_class(value) } else { None })
    {
        return hits.push(hit);
    }
    if !wake.any(Wake::DOT.or(Wake::AT)) || !wake.any(Wake::PAREN.or(Wake::AT).or(Wake::HASH)) {
        return;
    }
    if let Some(hit) = expression(value, parens) {
        hits.push(hit);
    }
}

/// `class.module.classLoader.x`: Spring and Struts set properties by parameter names.
fn class_loader(value: &Value<'_>) -> Option<Hit> {
    let bytes = value.bytes;
    if !matches!(bytes.first(), Some(b'c' | b'C')) {
        return None;
    }
    if !bytes.get(..6)?.eq_ignore_ascii_case(b"class.") && !bytes.get(..6)?.eq_ignore_ascii_case(b"class[") {
        return None;
    }
    let name = bytes.get(..64).unwrap_or(bytes);
    let at = find_no_case(name, b"classloader")?;
    let path = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'[' | b']' | b'\'' | b'"' | b'_');
    let dotted = bytes.get(..at)?.iter().all(path);
    dotted.then(|| Hit {
        class: Class::Rce,
        technique: "class-loader",
        confidence: if value.place.is_name() { 96 } else { 70 },
        span: 0..at + 11,
        reason: "sets a property of the server's class loader, as in CVE-2022-22965".into(),
    })
}

/// A value that is the name of a class and nothing more.
fn names_a_class(value: &Value<'_>) -> Option<Hit> {
    // A form that a browser sends as text is one value: `name=..`.
    let bytes = match (value.place, memchr::memchr(b'=', value.bytes)) {
        (Place::Text | Place::Raw, Some(equals)) if equals < 64 => {
            let (name, given) = value.bytes.split_at(equals);
            let given = given.get(1..)?.trim_ascii();
            if memchr::memchr(b'.', given).is_some() { given } else { name }
        }
        _ => value.bytes,
    };
    let whole = value.first
        && value.last
        && bytes.len() < 128
        && bytes.len() > 6
        && value.wake.any(Wake::ALPHA)
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'$' | b'_'));
    let (technique, confidence, reason) = whole.then(|| class_named(bytes)).flatten()?;
    let span = 0..value.bytes.len();
    Some(Hit { class: Class::Rce, technique, confidence, span, reason: reason.into() })
}

/// What it means that `name` is the name of a class: technique, confidence, reason.
pub(super) fn class_named(name: &[u8]) -> Option<(&'static str, u8, &'static str)> {
    let mut lower = [0u8; 128];
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    let last = lower.rsplit(|b| *b == b'.').next().unwrap_or_default();
    if is_gadget(last) {
        return Some(("gadget-class", 78, "names a class that chains of deserialisation are built from"));
    }
    if last.ends_with(b"exception") || last.ends_with(b"error") {
        return None;
    }
    if lower.starts_with(b"java.") && matches!(last, b"runtime" | b"processbuilder") {
        return Some(("class-name", 72, "names the Java class that runs commands"));
    }
    REACH.iter().any(|r| lower.get(..r.len()).is_some_and(|l| l.eq_ignore_ascii_case(r))).then_some((
        "class-name",
        54,
        "names a Java class through which files, processes or code are reached",
    ))
}

/// Whether `name`, without its package, is a class that chains of deserialisation are built from.
pub(super) fn is_gadget(name: &[u8]) -> bool {
    GADGETS.iter().any(|g| g.as_bytes().eq_ignore_ascii_case(name))
}

/// A cheap look for what every expression of interest holds: the word `java`, OGNL's marks, or a call of reflection.
fn may_reach(value: &Value<'_>, parens: Parens) -> bool {
    let bytes = value.bytes;
    let marked = |at: usize| bytes.get(at + 1).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_');
    value.wake.any(Wake::HASH) && places(bytes, b'#').any(marked)
        || value.wake.any(Wake::AT) && memchr::memchr_iter(b'@', bytes).any(marked)
        || find(bytes, b"java").is_some()
        || parens.reaches
}

/// Whether what stands before a parenthesis makes it a call of reflection, or names a class.
pub(super) fn reaches(before: &[u8]) -> bool {
    // PERF: the last letters tell of nearly all that they are none.
    match before {
        [.., b'T']
        | [.., b's', b's']
        | [.., b'm' | b'k' | b't', b'e']
        | [.., b'e', b'c']
        | [.., b'o', b'd']
        | [.., b'e', b'r'] => [
            &b"T"[..],
            b"getClass",
            b"forName",
            b"getRuntime",
            b"invoke",
            b"execute",
            b".exec",
            b"getMethod",
            b"ProcessBuilder",
            b"getClassLoader",
        ]
        .iter()
        .any(|call| before.ends_with(call)),
        _ => false,
    }
}

/// Marks that nearly every sign has, by the first of which it is found.
static MARKS: [u8; 4] = *b"#@(.";

/// Which of [`MARKS`] a byte is.
static MARK: [u8; 128] = {
    let (mut marks, mut mark) = ([0; 128], 0);
    while mark < MARKS.len() {
        marks[MARKS[mark] as usize] = mark as u8;
        mark += 1;
    }
    marks
};

/// Where the first of [`MARKS`] stands in each of [`SIGNS`], and which it is.
static ANCHORED: [Option<(usize, usize)>; SIGNS.len()] = {
    let (mut anchored, mut sign) = ([None; SIGNS.len()], 0);
    while sign < SIGNS.len() {
        let (needle, mut at) = (SIGNS[sign].0, 0);
        while at < needle.len() && anchored[sign].is_none() {
            let mut mark = 0;
            while mark < MARKS.len() {
                if needle[at] == MARKS[mark] {
                    anchored[sign] = Some((at, mark));
                }
                mark += 1;
            }
            at += 1;
        }
        sign += 1;
    }
    anchored
};

/// For each mark a bit for each sign that is found by it and may have that byte (modulo 128) before it, or behind it.
static BESIDE: [[[u64; 128]; MARKS.len()]; 2] = {
    let (mut beside, mut sign) = ([[[0; 128]; MARKS.len()]; 2], 0);
    while sign < SIGNS.len() {
        if let Some((at, mark)) = ANCHORED[sign] {
            let needle = SIGNS[sign].0;
            let mut byte = 0;
            while byte < 128 {
                if at == 0 || needle[at - 1] as usize == byte {
                    beside[0][mark][byte] |= 1 << sign;
                }
                if at + 1 == needle.len() || needle[at + 1] as usize == byte {
                    beside[1][mark][byte] |= 1 << sign;
                }
                byte += 1;
            }
        }
        sign += 1;
    }
    beside
};

static ANCHOR: Set = Set::of(&MARKS);

/// What stands before, at and behind the mark of each sign; for each mark a group of those that begin with it and one of the
/// others.
static ANCHORS: Triples = {
    let (mut anchors, mut sign) = (Triples::NONE, 0);
    while sign < SIGNS.len() {
        if let Some((at, mark)) = ANCHORED[sign] {
            let needle = SIGNS[sign].0;
            let before: &[u8] = if at > 0 { &[needle[at - 1]] } else { &[] };
            let behind: &[u8] = if at + 1 < needle.len() { &[needle[at + 1]] } else { &[] };
            let group = 2 * mark as u8 + (at > 0) as u8;
            anchors = anchors.with(group, [before, &[needle[at]], behind]);
        }
        sign += 1;
    }
    anchors
};

/// Where each of [`SIGNS`] first stands in `bytes`.
///
/// PERF: looked for at the marks alone; an automaton over all bytes costs twenty times as much in text, and a search for each
/// sign more than that.
fn first_signs(bytes: &[u8]) -> [Option<usize>; SIGNS.len()] {
    let mut places = [None; SIGNS.len()];
    let byte = |at: Option<usize>| at.and_then(|at| bytes.get(at)).copied().unwrap_or(0);
    for at in ANCHOR.beside(bytes, &ANCHORS, 1) {
        let mark = usize::from(MARK[usize::from(byte(Some(at)) & 127)]) % MARKS.len();
        let mut signs = BESIDE[1][mark][usize::from(byte(at.checked_add(1)) & 127)];
        // PERF: of most marks the byte behind tells that they are of no sign.
        if signs == 0 {
            continue;
        }
        signs &= BESIDE[0][mark][usize::from(byte(at.checked_sub(1)) & 127)];
        while signs != 0 {
            let sign = signs.trailing_zeros() as usize;
            signs &= signs - 1;
            let (Some((needle, ..)), Some(Some((offset, _))), Some(place @ None)) =
                (SIGNS.get(sign), ANCHORED.get(sign), places.get_mut(sign))
            else {
                continue;
            };
            let from = at.checked_sub(*offset);
            *place = from.filter(|from| bytes.get(*from..).is_some_and(|b| b.starts_with(needle)));
        }
    }
    // What has no mark is a name of several words: a capital in it is rare in text.
    if has_hump(bytes) {
        for ((place, anchored), (needle, ..)) in places.iter_mut().zip(&ANCHORED).zip(&SIGNS) {
            let hump = needle.iter().rposition(u8::is_ascii_uppercase);
            if anchored.is_none()
                && let Some(hump) = hump
            {
                *place = find_by(bytes, needle, hump);
            }
        }
    }
    places
}

/// Signs of an expression, summed.
fn expression(value: &Value<'_>, parens: Parens) -> Option<Hit> {
    let bytes = value.bytes;
    if !value.words.any(Groups::JAVA) && !has_other_sign(value) || !may_reach(value, parens) {
        return None;
    }
    let (mut sum, mut first, mut last, mut what) = (0u8, usize::MAX, 0, "");
    let mut top = 0;
    let places = first_signs(bytes);
    for ((needle, weight, meaning), at) in SIGNS.iter().zip(places) {
        let Some(at) = at else { continue };
        sum = sum.saturating_add(*weight);
        (first, last) = (first.min(at), last.max(at + needle.len()));
        if *weight > top {
            (top, what) = (*weight, *meaning);
        }
    }
    if top < 2 {
        return None;
    }
    let opened = [&b"%{"[..], b"${", b"#{", b"*{", b"$%7B"].iter().any(|o| find(bytes, o).is_some());
    let short = bytes.len() < 400;
    let sum =
        (sum + u8::from(opened) + u8::from(short)).saturating_sub(3 * u8::from(setting::is_document(value)));
    let confidence = match sum {
        ..=2 => return None,
        3 => 60,
        4 => 78,
        5 => 88,
        _ => 95,
    };
    Some(Hit {
        class: Class::Rce,
        technique: "java-expression",
        confidence,
        span: first..last,
        reason: format!("an expression that reaches into Java: {what}").into(),
    })
}

/// The class in `bytes` that chains of deserialisation are built from, if there is one.
pub(super) fn gadget(bytes: &[u8]) -> Option<(usize, &'static str)> {
    GADGETS.iter().find_map(|g| find(bytes, g.as_bytes()).map(|at| (at, *g)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::wake;
    use crate::decode::Trust;
    use crate::detect::words::words;

    #[test]
    fn a_capital_behind_a_small_letter_is_told_wherever_it_stands() {
        for (pair, is) in [
            ("aA", true),
            ("zZ", true),
            ("Aa", false),
            ("`A", false),
            ("{A", false),
            ("a@", false),
            ("a[", false),
        ] {
            for at in 0..140 {
                let text = "a b.".repeat(at) + " " + pair + &" B c".repeat(at % 40);
                assert_eq!(has_hump(text.as_bytes()), is, "{pair} behind {at}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn every_sign_is_found_where_it_first_stands(
            parts in proptest::collection::vec(
                (0..SIGNS.len(), 0usize..30, proptest::sample::select(&["", "", "x", ".", "(", "#", "java", "\u{e9}"][..])),
                0..12,
            ),
        ) {
            let mut bytes = Vec::new();
            for (sign, len, between) in parts {
                let sign = SIGNS[sign].0;
                bytes.extend_from_slice(sign.get(..len).unwrap_or(sign));
                bytes.extend_from_slice(between.as_bytes());
            }
            let expected: Vec<_> = SIGNS.iter().map(|sign| memchr::memmem::find(&bytes, sign.0)).collect();
            proptest::prop_assert_eq!(&first_signs(&bytes)[..], &expected[..], "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn humps_are_found_at_every_place() {
        for at in 0..140 {
            let mut bytes = vec![b'A'; 150];
            assert!(!has_hump(&bytes));
            bytes[at] = b'z';
            assert!(has_hump(&bytes) && !has_hump(&bytes[..at + 1]), "{at}");
        }
    }

    #[test]
    fn a_sign_that_tells_is_not_passed_over() {
        for (sign, ..) in SIGNS.iter().filter(|sign| sign.1 >= 2) {
            for (before, behind) in [(&b""[..], &b""[..]), (b"x", b"x"), (b" ", b"1"), (b".", b"(")] {
                let bytes = [before, sign, behind].concat();
                let value = Value {
                    bytes: &bytes,
                    place: Place::QueryValue,
                    name: b"",
                    wake: wake(&bytes),
                    words: words(&bytes),
                    trust: Trust::Plain,
                    first: true,
                    last: true,
                };
                let told = value.words.any(Groups::JAVA) || has_other_sign(&value);
                assert!(told, "{}", bytes.escape_ascii());
            }
        }
    }
}
