//! Serialised objects that run code when they are read back.
//!
//! What fires: Java streams (`AC ED 00 05`, `rO0AB`), PHP objects (`O:4:"Name":1:{`), Python pickles that call (`cos\nsystem`),
//! .NET formatters and `$type`, YAML and JSON that name classes (`!!python/object/apply`, `@type`), XML decoders and XStream,
//! Ruby gadgets. What must not: PHP arrays (`a:1:{s:1:"a";i:1;}`), YAML tags of plain types (`!!str`), Rails sessions,
//! base64 images. Source: Java Object Serialization Specification 6.4.2; PHP manual, serialize(); Python library, pickle
//! and pickletools; [MS-NRBF] 2.6.1; YAML 1.2 chapter 6.8.2; Json.NET TypeNameHandling; CWE-502.

use super::{java, setting, xml};
use crate::bytes::{Wake, Words};
use crate::detect::beside::Beside;
use crate::detect::lex::find::{find, find_by, find_by_pair, find_each, find_no_case};
use crate::detect::{Class, Groups, Hit, Hits, Value};
use crate::points::Place;

/// Judges what every value and its name may be, whatever bytes they hold: base64 of a stream of Java objects, or a class
/// by its name. A look at a few bytes for nearly all of them.
#[inline]
pub(super) fn bare(value: &Value<'_>, hits: &mut Hits) {
    let (bytes, name) = (value.bytes, value.name);
    let begins = |text: &[u8]| {
        matches!(
            text.first(),
            Some(b'r' | b'K' | b'C' | b'a' | b'A' | b'\t' | b'\n' | b'\x0c' | b'\r' | b' ')
        )
    };
    // The alphabet of base64, up to where it is padded.
    let plain = Wake::ALPHA.or(Wake::DIGIT).all(value.wake) || value.wake.any(Wake::EQUALS);
    if begins(bytes)
        || plain && bytes.len() >= 12
        || begins(name)
        || name.len() >= 12
        || name.len() > 7 && name.contains(&b'.')
        || matches!(value.place, Place::Text | Place::Raw)
    {
        read_bare(value, plain, hits);
    }
}

#[inline(never)]
fn read_bare(value: &Value<'_>, plain: bool, hits: &mut Hits) {
    let span = 0..value.bytes.len();
    // Elements and attributes are named by the format.
    let chosen = matches!(
        value.place,
        Place::CookieValue | Place::JsonValue | Place::FormValue | Place::QueryValue | Place::JsonKey
    );
    // A form that a browser sends as text is one value: `name=..`.
    let bytes = match value.place {
        Place::Text | Place::Raw => {
            let equals = memchr::memchr(b'=', value.bytes.get(..64).unwrap_or(value.bytes));
            equals.and_then(|at| value.bytes.get(at + 1..)).unwrap_or(value.bytes)
        }
        Place::XmlName => return,
        _ => value.bytes,
    };
    if value.first && cut_stream(bytes) {
        let quiet = find_no_case(value.name, b"viewstate").is_some();
        let reason = "base64 of a stream of Java objects";
        hits.extend(hit("java-serialized", if quiet { 45 } else { 78 }, span, reason));
        return;
    }
    if value.first && hex_stream(bytes) {
        let quiet = find_no_case(value.name, b"viewstate").is_some();
        let reason = "a stream of Java objects in hexadecimal";
        hits.extend(hit("java-serialized", if quiet { 45 } else { 80 }, span, reason));
        return;
    }
    if chosen && cut_stream(value.name) {
        hits.extend(hit("java-serialized", 66, span, "named by base64 of a stream of Java objects"));
        return;
    }
    let whole = plain && value.first && value.last && hides_class(bytes);
    if whole || chosen && hides_class(value.name) {
        let reason = "base64 of the name of a class that chains of deserialisation are built from";
        hits.extend(hit("gadget-class", 70, span, reason));
        return;
    }
    // Dotted names of forms and queries are values of their own.
    if matches!(value.place, Place::CookieValue | Place::JsonValue)
        && value.name.len() > 7
        && value.name.contains(&b'.')
        && value.name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'$'))
        && let Some((technique, confidence, reason)) = java::class_named(value.name)
    {
        hits.extend(hit(technique, confidence, span, reason));
    }
}

/// Whether `text` begins as base64 of the magic 0xACED and version 5, at any of the three places in a group of three bytes
/// (RFC 4648, section 4): a stream may stand behind one or two other bytes.
fn cut_stream(text: &[u8]) -> bool {
    if !matches!(text.first(), Some(b'r' | b'K' | b'C' | b'\t' | b'\n' | b'\x0c' | b'\r' | b' ')) {
        return false;
    }
    let text = text.trim_ascii();
    let begins = match text.first() {
        Some(b'r') => text.starts_with(b"rO0AB"),
        Some(b'K') => text.starts_with(b"KztAAU"),
        Some(b'C') => text.starts_with(b"Cs7QAF"),
        _ => false,
    };
    begins && text.iter().take(200).all(in_base64)
}

/// `aced0005` and a type code.
fn hex_stream(text: &[u8]) -> bool {
    if !matches!(text.first(), Some(b'a' | b'A' | b'\t' | b'\n' | b'\x0c' | b'\r' | b' ')) {
        return false;
    }
    let text = text.trim_ascii();
    text.first().is_some_and(|b| b.eq_ignore_ascii_case(&b'a'))
        && text.get(..9).is_some_and(|t| t.eq_ignore_ascii_case(b"aced00057"))
        && text.iter().take(64).all(u8::is_ascii_hexdigit)
}

fn in_base64(b: &u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_')
}

/// Whether `text` is base64, cut out anywhere, of the name of a gadget class.
///
/// PERF: a word or random token is dropped at the first byte that is no letter, which is one of the first two.
pub(in crate::detect) fn hides_class(text: &[u8]) -> bool {
    if !(12..=96).contains(&text.len()) {
        return false;
    }
    let bits = |b: &u8| match b {
        b'A'..=b'Z' => Some(b - b'A'),
        b'a'..=b'z' => Some(b - b'a' + 26),
        b'0'..=b'9' => Some(b - b'0' + 52),
        _ => None,
    };
    // PERF: the first four signs tell of nearly every text that its first two bytes are in no name.
    let Some(head) = text.iter().take(4).try_fold(0u32, |all, b| Some(all << 6 | u32::from(bits(b)?))) else {
        return false;
    };
    let named = |byte: u8| byte.is_ascii_alphabetic() || byte == b'.';
    // What is left in the first sign of the byte before: nothing, two bits or four.
    [0, 2, 4].into_iter().any(|skip| {
        if !named((head >> (16 - skip)) as u8) || !named((head >> (8 - skip)) as u8) {
            return false;
        }
        let (mut all, mut held, mut name, mut len) = (0u32, 0u32, [0u8; 72], 0);
        for (n, b) in text.iter().enumerate() {
            let sign = match bits(b) {
                Some(sign) => sign,
                None if *b == b'=' => break,
                None => return false,
            };
            (all, held) = (all << 6 | u32::from(sign), held + 6);
            if n == 0 {
                held -= skip;
            }
            if held < 8 {
                continue;
            }
            held -= 8;
            let byte = (all >> held) as u8;
            let Some(slot) = name.get_mut(len).filter(|_| named(byte)) else {
                return false;
            };
            (*slot, len) = (byte, len + 1);
        }
        let name = name.get(..len).unwrap_or_default().rsplit(|b| *b == b'.').next().unwrap_or_default();
        java::is_gadget(name) || name.eq_ignore_ascii_case(b"ProcessBuilder")
    })
}

/// Judges one value.
pub(super) fn judge(value: &Value<'_>, hits: &mut Hits) {
    let found = java_stream(value)
        .or_else(|| php_object(value))
        .or_else(|| pickle(value))
        .or_else(|| dot_net(value))
        .or_else(|| tagged(value))
        .or_else(|| xml::judge(value));
    if let Some(hit) = found {
        hits.push(hit);
    }
}

pub(super) fn hit(
    technique: &'static str,
    confidence: u8,
    span: std::ops::Range<usize>,
    reason: impl Into<std::borrow::Cow<'static, str>>,
) -> Option<Hit> {
    Some(Hit { class: Class::Rce, technique, confidence, span, reason: reason.into() })
}

/// A stream of Java objects: magic 0xACED and version 5, raw, in hexadecimal, or in base64.
fn java_stream(value: &Value<'_>) -> Option<Hit> {
    let bytes = value.bytes;
    const MAGIC: &[u8] = &[0xAC, 0xED, 0x00, 0x05];
    if value.wake.all(Wake::HIGH.or(Wake::CONTROL))
        && let Some(at) = find(bytes, MAGIC)
    {
        // Behind the header every content begins with a type code of 0x70 to 0x7E.
        let typed = bytes.get(at + 4).is_none_or(|b| (0x70..=0x7E).contains(b));
        if let Some((_, name)) = java::gadget(bytes) {
            let reason = format!("a stream of Java objects with the class {name}");
            return hit("java-serialized", 97, at..bytes.len(), reason);
        }
        if typed && (at == 0 || value.first) {
            return hit(
                "java-serialized",
                82,
                at..bytes.len(),
                "a stream of Java objects, which runs code of the classes it names",
            );
        }
    }
    None
}

/// `O:4:"Name":1:{`, `C:..`: an object of PHP. The length tells the name's, so that chance matches are told apart.
fn php_object(value: &Value<'_>) -> Option<Hit> {
    let bytes = value.bytes;
    if !value.wake.all(Wake::COLON.or(Wake::BRACE).or(Wake::DOUBLE).or(Wake::DIGIT)) {
        return None;
    }
    for colon in find_each(bytes, b":\"") {
        let digits = bytes.get(colon.saturating_sub(6)..colon)?;
        let n = digits.iter().rev().take_while(|b| b.is_ascii_digit() || **b == b'+').count();
        let kind = colon.checked_sub(n + 2).and_then(|i| bytes.get(i..i + 2));
        if n == 0 || !matches!(kind, Some(b"O:" | b"C:" | b"o:")) {
            continue;
        }
        let number = bytes
            .get(colon - n..colon)?
            .iter()
            .filter(|b| b.is_ascii_digit())
            .fold(0usize, |v, d| v.saturating_mul(10).saturating_add((d - b'0') as usize));
        let name = bytes.get(colon + 2..)?;
        let len = memchr::memchr(b'"', name.get(..128).unwrap_or(name))?;
        let behind = name.get(len + 1..)?;
        let count = behind.strip_prefix(b":").map(|b| b.iter().take_while(|d| d.is_ascii_digit()).count());
        let Some(count) = count.filter(|c| *c > 0) else { continue };
        if behind.get(1 + count..1 + count + 2) != Some(b":{") {
            continue;
        }
        let named = name
            .get(..len)?
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'\\' | b'.') || *b >= 0x80);
        let confidence = match (len == number, named) {
            (true, true) => 90,
            (false, true) => 72,
            _ => continue,
        };
        let span = colon - n - 2..(colon + 2 + len + 4).min(bytes.len());
        let reason = format!("a serialised PHP object of class {}", name.get(..len)?.escape_ascii());
        return hit("php-object", confidence, span, reason);
    }
    None
}

/// Modules and functions that a pickle has no harmless use for.
static MODULES: &[&str] = &[
    "os",
    "posix",
    "nt",
    "subprocess",
    "builtins",
    "__builtin__",
    "commands",
    "sys",
    "pty",
    "socket",
    "importli",
    "runpy",
];
static FUNCTIONS: &[&str] = &[
    "system",
    "popen",
    "Popen",
    "eval",
    "exec",
    "call",
    "check_output",
    "run",
    "getoutput",
    "spawn",
    "__import__",
    "execfile",
    "compile",
    "getattr",
    "apply",
    "import_module",
    "execve",
    "modules",
];

/// `known` with [`MODULES`] and [`FUNCTIONS`], and of [`NET_TYPES`] and the notations below the words that other letters
/// cannot go before or behind.
pub(super) const fn words(known: Words) -> Words {
    let pickle = Groups::PICKLE.bits();
    known.with_all(MODULES, pickle).with_all(FUNCTIONS, pickle).with_all(
        &[
            "Forms",
            "ObjectDataProvider",
            "Diagnostics",
            "AssemblyInstaller",
            "WorkflowDesigner",
            "PSObject",
            "WindowsIdentity",
            "ClaimsIdentity",
            "XamlReader",
            "ComponentModel",
            "ExpandedWrapper",
            "FileInfo",
            "RolePrincipal",
            "TextFormattingRunProperties",
            "python",
            "function",
            "ruby",
            "beans",
            "dynamic",
            "jdk",
            "void",
        ],
        Groups::OBJECTS.bits(),
    )
}

/// Whether a value of that name may name the class that the reader of a format is to make.
pub(in crate::detect) fn names_format(name: &[u8]) -> bool {
    matches!(
        name,
        b"@type" | b"@class" | b"$type" | b"class" | b"_class" | b"javaClass" | b"^o" | b"^u" | b"^c"
    )
}

/// A pickle that loads a function by name (GLOBAL, or STACK_GLOBAL behind two short strings) and calls it (REDUCE).
fn pickle(value: &Value<'_>) -> Option<Hit> {
    let bytes = value.bytes;
    if !value.wake.any(Wake::PAREN.or(Wake::CONTROL)) || !value.words.any(Groups::PICKLE) {
        return None;
    }
    let reason = |module: &[u8], name: &[u8]| {
        format!("a Python pickle that calls {}.{}", module.escape_ascii(), name.escape_ascii())
    };
    let cut = if value.may_hold(Beside::LINE) { bytes } else { b"" };
    for at in memchr::memchr_iter(b'\n', cut) {
        // c<module>\n<name>\n
        let line = bytes.get(at.saturating_sub(16)..at)?;
        // PERF: lines of text end in a full stop or carriage return.
        if !line.last().is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_') {
            continue;
        }
        let Some(module) = MODULES.iter().find(|m| line.ends_with(m.as_bytes())) else { continue };
        let before = line.len().checked_sub(module.len() + 1).and_then(|i| line.get(i));
        let opens = before == Some(&b'c') || before == Some(&b'i');
        let name = bytes.get(at + 1..)?;
        let name = name.get(..name.iter().take(24).position(|b| *b == b'\n').unwrap_or(0))?;
        if opens && is_one_of(FUNCTIONS, name) {
            let from = at - module.len() - 1;
            return hit("python-pickle", 96, from..at + 1 + name.len(), reason(module.as_bytes(), name));
        }
    }
    // \x8c<len>module[\x94]\x8c<len>name: each length is a control byte, or LF.
    let short = if value.wake.any(Wake::CONTROL) { bytes } else { cut };
    for at in memchr::memchr_iter(0x8C, short) {
        let Some((module, rest)) = short_string(bytes.get(at..)?) else { continue };
        let rest = rest.strip_prefix(b"\x94").unwrap_or(rest);
        let Some((name, _)) = short_string(rest) else { continue };
        if is_one_of(MODULES, module) && is_one_of(FUNCTIONS, name) {
            return hit("python-pickle", 97, at..at + module.len() + name.len() + 4, reason(module, name));
        }
    }
    None
}

fn is_one_of(names: &[&str], name: &[u8]) -> bool {
    names.iter().any(|n| n.as_bytes() == name)
}

fn short_string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let [0x8C, len, rest @ ..] = bytes else { return None };
    rest.split_at_checked(*len as usize)
}

/// Types that chains for .NET formatters end in (their own reference pages on Microsoft Learn).
static NET_TYPES: &[&[u8]] = &[
    b"System.Windows.Data.ObjectDataProvider",
    b"System.Diagnostics.Process",
    b"System.Configuration.Install.AssemblyInstaller",
    b"System.Activities.Presentation.WorkflowDesigner",
    b"System.Management.Automation.PSObject",
    b"System.Security.Principal.WindowsIdentity",
    b"System.Security.Claims.ClaimsIdentity",
    b"System.Windows.Markup.XamlReader",
    b"System.Workflow.ComponentModel",
    b"System.Data.Services.Internal.ExpandedWrapper",
    b"System.IO.FileInfo",
    b"System.Windows.Forms.AxHost",
    b"System.Web.Security.RolePrincipal",
    b"Microsoft.VisualStudio.Text.Formatting.TextFormattingRunProperties",
];

fn dot_net(value: &Value<'_>) -> Option<Hit> {
    let bytes = value.bytes;
    let text = bytes.trim_ascii();
    if text.starts_with(b"AAEAAAD/////") {
        return hit("dotnet-serialized", 82, 0..text.len(), "base64 of objects of .NET's BinaryFormatter");
    }
    // LosFormatter, as ViewState has it, with objects of BinaryFormatter inside, at each alignment of base64.
    if text.starts_with(b"/wE") {
        let head = text.get(..96).unwrap_or(text);
        let inner =
            [&b"AAEAAAD/////"[..], b"AAQAAAP////8B", b"ABAAAA/////w"].iter().any(|m| find(head, m).is_some());
        if inner {
            let quiet = find_no_case(value.name, b"viewstate").is_some();
            let reason = "objects of .NET's BinaryFormatter inside those of LosFormatter";
            return hit("dotnet-serialized", if quiet { 45 } else { 80 }, 0..text.len(), reason);
        }
    }
    if value.first && bytes.starts_with(&[0, 1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0]) {
        return hit("dotnet-serialized", 85, 0..bytes.len(), "objects of .NET's BinaryFormatter");
    }
    if value.wake.any(Wake::DOT)
        && value.words.any(Groups::OBJECTS)
        && (value.wake.any(Wake::COMMA.or(Wake::DOLLAR)) || value.name == b"$type")
        && let Some(at) = find_by_pair(bytes, b"System.", *b"Sy")
            .or_else(|| find_by_pair(bytes, b"Microsoft.Visual", *b"Mi"))
    {
        let rest = bytes.get(at..)?;
        let rest = rest.get(..2048).unwrap_or(rest);
        if let Some(name) = NET_TYPES.iter().find(|t| find(rest, t).is_some()) {
            let typed = value.name.starts_with(b"$type")
                || find(bytes, b"$type").is_some()
                || find(bytes, b"ObjectDataProvider").is_some();
            let alone = rest.len() == bytes.len()
                && rest.iter().take(name.len() + 2).all(|b| !b.is_ascii_whitespace());
            let confidence = if typed {
                94
            } else if alone && !setting::is_document(value) {
                60
            } else {
                return None;
            };
            let reason =
                format!("names the .NET type {}, which runs code when it is read back", name.escape_ascii());
            return hit("dotnet-serialized", confidence, at..at + name.len(), reason);
        }
    }
    None
}

/// Tags of YAML and keys of JSON that name a class, and what follows them.
fn tagged(value: &Value<'_>) -> Option<Hit> {
    let bytes = value.bytes;
    if value.wake.any(Wake::BANG) && value.may_hold(Beside::TAG) {
        #[rustfmt::skip]
        let tags: &[(&[u8], u8, &str)] = &[
            (b"!!python/object", 94, "Python"), (b"!!python/module", 88, "Python"), (b"!!python/name", 80, "Python"),
            (b"!ruby/object", 86, "Ruby"), (b"!ruby/hash:", 80, "Ruby"), (b"!ruby/struct", 78, "Ruby"),
            (b"!!javax.", 94, "Java"), (b"!!java.net.", 90, "Java"), (b"!!java.lang.", 80, "Java"), (b"!!com.sun.", 94, "Java"),
            (b"!!com.mchange", 94, "Java"), (b"!!org.", 82, "Java"), (b"!!ch.qos", 92, "Java"), (b"!!js/function", 86, "JavaScript"),
        ];
        let lower = if setting::is_document(value) { 15 } else { 0 };
        for bang in memchr::memchr_iter(b'!', bytes) {
            let rest = bytes.get(bang..)?;
            let Some((tag, confidence, language)) = tags.iter().find(|t| rest.starts_with(t.0)) else {
                continue;
            };
            let reason = format!("a YAML tag that makes an object of {language}");
            return hit("yaml-object", confidence - lower, bang..bang + tag.len(), reason);
        }
    }
    if value.wake.all(Wake::COLON.or(Wake::COMMA)) && value.words.any(Groups::OBJECTS) {
        #[rustfmt::skip]
        let long: &[&[u8]] = &[
            b"python/object", b"python/module", b"js/function", b"javax.", b"java.net.", b"com.sun.", b"ruby/object",
        ];
        if let Some(at) = find_by_pair(bytes, b"yaml.org,2002:", *b".o")
            && long.iter().any(|t| bytes.get(at + 14..).is_some_and(|b| b.starts_with(t)))
        {
            return hit(
                "yaml-object",
                92,
                at..at + 14,
                "a YAML tag, written out, that makes an object of the server's language",
            );
        }
    }
    if matches!(value.name, b"@type" | b"@class" | b"$type" | b"class" | b"_class" | b"javaClass")
        && value.wake.any(Wake::DOT)
    {
        let java = [
            &b"com.sun."[..],
            b"org.apache.",
            b"javax.",
            b"java.lang.Runtime",
            b"java.lang.Process",
            b"java.net.",
            b"ch.qos.",
            b"com.mchange",
            b"java.lang.AutoCloseable",
            b"org.springframework.",
            b"java.util.ServiceLoader",
        ]
        .iter()
        .any(|p| bytes.starts_with(p));
        if java {
            return hit(
                "json-type",
                80,
                0..bytes.len(),
                "names the Java class that the reader of this JSON is to make",
            );
        }
    }
    if value.wake.any(Wake::DOLLAR.or(Wake::AT))
        && value.wake.any(Wake::BRACE)
        && let Some(at) = find_by(bytes, b"\"@type\"", 1)
    {
        let rest = bytes.get(at..)?;
        let rest = rest.get(..200).unwrap_or(rest);
        if [&b"\"com.sun."[..], b"\"java.", b"\"org.apache.", b"\"javax.", b"\"ch.qos."]
            .iter()
            .any(|p| find(rest, p).is_some())
        {
            return hit(
                "json-type",
                86,
                at..at + 7,
                "names the Java class that the reader of this JSON is to make",
            );
        }
    }
    // Oj reads `{"^o":"Class"}` as an object of that class.
    if matches!(value.name, b"^o" | b"^u" | b"^c")
        && bytes.first().is_some_and(u8::is_ascii_uppercase)
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'_'))
    {
        return hit(
            "json-type",
            76,
            0..bytes.len(),
            "names the Ruby class that the reader of this JSON is to make",
        );
    }
    if value.wake.any(Wake::CONTROL) && bytes.starts_with(b"\x04\x08") {
        let chain = [&b"Gem::"[..], b"ERB", b"ActiveSupport::Deprecation", b"@src", b"Kernel"]
            .iter()
            .any(|g| find(bytes, g).is_some());
        if chain {
            return hit(
                "ruby-marshal",
                92,
                0..bytes.len(),
                "objects of Ruby's Marshal with a class that runs code",
            );
        }
    }
    None
}
