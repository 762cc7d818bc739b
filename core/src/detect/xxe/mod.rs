//! XML external entities, entity bombs and their relatives (CWE-611, CWE-776, CWE-91).
//!
//! What comes in: XML or a part of it, wherever it stands. What goes out: a hit if a declaration makes the parser read a
//! file or an address, expand without bounds, include, or run stylesheet code. What always holds: declarations are
//! parsed, not matched; each is read once. To add a stylesheet function: [`STYLESHEET`]; a known publisher of
//! definitions: `declaration.rs`.
//!
//! Fires: `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>`, `<!ENTITY % d SYSTEM "http://evil.example/d">`,
//! ten entities of ten references each, `<xi:include href="file:///..." parse="text"/>`, `php:function(` in a stylesheet, or in one attribute of XML in a body.
//! Must not: `<!DOCTYPE html>`, the XHTML, SVG and property-list doctypes, a SOAP envelope, DocBook's relative chapters.
//! Sources: XML 1.0 sections 2.8, 4.2 and 4.4; XInclude 1.1; XSLT 1.0 sections 2.6, 12.1 and 14; PHP's XSL extension.

pub(super) mod techniques;

mod declaration;

use super::{Class, Hit, Hits, Value};
use crate::bytes::{Set, Triples, Wake, has_pair};
use crate::detect::beside::Beside;
use crate::detect::lex::find::find_by;
use crate::points::Place;
use declaration::{Declaration, Kind, literal, location};
use memchr::memmem;

/// What stylesheets do beyond transforming, with confidence.
#[rustfmt::skip]
static STYLESHEET: &[(&[u8], u8, &str)] = &[
    (b"php:function", 92, "calls any PHP function"),
    (b"http://php.net/xsl", 88, "makes PHP functions callable"),
    (b"msxsl:script", 90, "runs a script in .NET"),
    (b"urn:schemas-microsoft-com:xslt", 60, "makes .NET scripts possible"),
    (b"xml.apache.org/xalan/java", 90, "calls any Java method"),
    (b"xml.apache.org/xslt/java", 90, "calls any Java method"),
    (b"java.lang.", 90, "calls Java's runtime"),
    (b"saxon:", 60, "uses the processor's extensions"),
    (b"unparsed-text(", 88, "reads a file as text"),
    (b"exsl:document", 88, "writes a file"),
    (b":document href", 85, "writes a file"),
    (b"xsl:result-document", 75, "writes a file"),
    (b"document('", 82, "reads another document"), (b"document(\"", 82, "reads another document"),
    (b"document(&", 70, "reads another document"),
    (b"system-property(", 58, "asks for the processor's name and version"),
];

/// Judges one value.
pub fn judge(value: &Value<'_>, hits: &mut Hits) {
    let bytes = value.bytes;
    if value.place == Place::XmlAttr {
        hits.extend(attribute_value(bytes));
    }
    if !value.wake.any(Wake::LESS) {
        return;
    }
    let Some(first) = memchr::memchr(b'<', bytes) else { return };
    let declared = value.may_hold(Beside::DECLARED) && opens(bytes, first, b'!');
    let mut best = if declared { declarations(value) } else { None };
    let mut offer = |found: Option<Hit>| {
        if let Some(found) = found
            && best.as_ref().is_none_or(|b| b.confidence < found.confidence)
        {
            best = Some(found);
        }
    };
    if value.wake.any(Wake::SLASH.or(Wake::COLON)) {
        let names = Names::of(value);
        if names.include && value.wake.all(Wake::SLASH.or(Wake::DIGIT)) {
            offer(include(bytes));
        }
        if names.stylesheet && value.wake.all(Wake::SLASH.or(Wake::DIGIT)) {
            offer(stylesheet(bytes));
        }
        if names.schema && value.wake.any(Wake::COLON) {
            offer(schema(bytes));
        }
    }
    if value.may_hold(Beside::PROCESSED) && opens(bytes, first, b'?') {
        offer(utf7(bytes));
    }
    // XML quoted inside a text is an example more often than an attack.
    let prose = || {
        !value.place.is_name()
            && matches!(value.place, Place::FormValue | Place::JsonValue | Place::QueryValue)
            && bytes
                .get(..first)
                .is_some_and(|head| head.iter().filter(|b| b.is_ascii_alphabetic()).count() > 12)
    };
    if let Some(hit) = &mut best
        && prose()
    {
        hit.confidence = hit.confidence.min(45);
    }
    if let Some(best) = best {
        hits.push(best);
    }
}

/// Whether a `<`, the first of which is at `first`, has `mark` behind it.
fn opens(bytes: &[u8], first: usize, mark: u8) -> bool {
    // PERF: few texts have more than one or two.
    const FEW: usize = 4;
    let rest = bytes.get(first..).unwrap_or_default();
    let mut places = memchr::memchr_iter(b'<', rest);
    let marked = |at: usize| rest.get(at + 1) == Some(&mark);
    places.by_ref().take(FEW).any(marked) || places.next().is_some() && has_pair(rest, [b'<', mark])
}

/// Names without which nothing is included, transformed or validated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Names {
    include: bool,
    stylesheet: bool,
    schema: bool,
}

impl Names {
    /// Those in `value`.
    ///
    /// PERF: one pass for the letters of them that are rare in text.
    fn of(value: &Value<'_>) -> Names {
        static RARE: Set = Set::of(b"LXx");
        let (bytes, mut names) = (value.bytes, Names::default());
        if !value.may_hold(Beside::NAMESPACE.or(Beside::STYLESHEET)) && !has_pair(bytes, *b"aL") {
            return names;
        }
        for at in RARE.places(bytes) {
            let from = |back: usize| at.checked_sub(back).and_then(|at| bytes.get(at..)).unwrap_or_default();
            match bytes.get(at) {
                Some(b'X') => {
                    names.include |= from(12).starts_with(INCLUDE);
                    names.stylesheet |= from(12).starts_with(TRANSFORM);
                }
                Some(b'L') => names.schema |= from(5).starts_with(b"chemaLocation"),
                _ => names.schema |= from(0).starts_with(b"xml-stylesheet"),
            }
        }
        names
    }
}

/// The namespaces of XInclude and of stylesheets, from the host on: the thirteenth byte is the rare one.
const INCLUDE: &[u8] = b"w3.org/2001/XInclude";
const TRANSFORM: &[u8] = b"w3.org/1999/XSL/Transform";

/// What an attribute of XML in the body does by itself: the elements around it are other values.
fn attribute_value(bytes: &[u8]) -> Option<Hit> {
    #[rustfmt::skip]
    static CALLS: &[(&[u8], u8, &str)] = &[
        (b"php:function(", 92, "calls any PHP function"), (b"php:functionString(", 92, "calls any PHP function"),
        (b"unparsed-text(", 82, "reads a file as text"),
        (b"document('", 78, "reads another document"), (b"document(\"", 78, "reads another document"),
        (b"system-property('xsl:", 56, "asks for the processor's name and version"),
        (b"getRuntime(", 85, "calls Java's runtime"),
    ];
    #[rustfmt::skip]
    static SPACES: &[(&[u8], u8, &str)] = &[
        (b"http://www.w3.org/2001/XInclude", 62, "makes the parser include documents"),
        (b"http://php.net/xsl", 66, "makes PHP functions callable from a stylesheet"),
        (b"http://xml.apache.org/xalan/java", 70, "makes Java callable from a stylesheet"),
        (b"http://xml.apache.org/xslt/java", 70, "makes Java callable from a stylesheet"),
        (b"http://exslt.org/common", 40, "makes extensions of a stylesheet usable, among them one that writes files"),
    ];
    let space = SPACES.iter().find(|(uri, ..)| bytes.starts_with(uri));
    if let Some((uri, confidence, what)) = space {
        let technique = if uri.ends_with(b"XInclude") { "xinclude" } else { "xslt-code" };
        let shown = uri.escape_ascii();
        return Some(hit(technique, *confidence, 0..bytes.len(), format!("the namespace `{shown}` {what}")));
    }
    memchr::memchr(b'(', bytes)?;
    CALLS.iter().find_map(|(call, confidence, what)| {
        let at = memmem::find(bytes, call)?;
        let shown = call.escape_ascii();
        let why = format!("`{shown}` in an attribute of a stylesheet {what}");
        Some(hit("xslt-code", *confidence, at..at + call.len(), why))
    })
}

fn hit(technique: &'static str, confidence: u8, span: std::ops::Range<usize>, reason: String) -> Hit {
    Hit { class: Class::Xxe, technique, confidence, span, reason: reason.into() }
}

/// Most entities whose sizes are kept.
const ENTITIES: usize = 48;

/// An entity's name (its place in the value) and the length it expands to.
#[derive(Clone, Copy, Default)]
struct Size<'a> {
    name: &'a [u8],
    expanded: u64,
    levels: u32,
}

/// Where a declaration may begin.
static DECLARED: Triples = Triples::NONE.with(0, [b"<", b"!", b"dDeE"]);

/// Reads every declaration, keeping the worst external one and the sizes of internal ones.
fn declarations(value: &Value<'_>) -> Option<Hit> {
    let bytes = value.bytes;
    // What is kept of entities takes long to make: nobody comes here without `<!`.
    let mut sizes = [Size::default(); ENTITIES];
    let (mut count, mut best, mut end): (usize, Option<Hit>, usize) = (0, None, 0);
    let mut start = None;
    for at in DECLARED.places(bytes) {
        let Some(found) = Declaration::read(bytes, at) else { continue };
        end = end.max(found.span.end);
        start.get_or_insert(at);
        let external = found.external.map(|text| (text, location(text, found.public, found.kind)));
        if let Some((text, (confidence, what))) = external {
            // Documents in files are put together from chapters; requests are not.
            let apart = confidence == 54 && value.place == Place::FileContent;
            let confidence = if apart { 40 } else { confidence };
            let (technique, effect) = match found.kind {
                Kind::Doctype => ("external-dtd", "the document type makes the parser load"),
                Kind::Parameter => ("parameter-entity", "a parameter entity makes the parser load"),
                Kind::Entity => ("external-entity", "an entity makes the parser read"),
            };
            let shown = text.get(..text.len().min(80)).unwrap_or(text).escape_ascii();
            let found = hit(technique, confidence, found.span.clone(), format!("{effect} {what}, `{shown}`"));
            if best.as_ref().is_none_or(|b| b.confidence < found.confidence) {
                best = Some(found);
            }
        } else if found.kind != Kind::Doctype
            && let Some(text) = found.value
            && let Some(slot) = sizes.get_mut(count)
        {
            *slot = Size { name: found.name, expanded: 0, levels: 0 };
            let (expanded, levels) = expand(text, sizes.get(..count).unwrap_or(&[]));
            if let Some(slot) = sizes.get_mut(count) {
                (slot.expanded, slot.levels) = (expanded, levels);
            }
            count += 1;
        }
    }
    let sizes = sizes.get(..count).unwrap_or(&[]);
    let span = start?..end;
    let largest = sizes.iter().map(|s| s.expanded).max().unwrap_or(0);
    let body = bytes.get(end..).map_or(0, |body| expand(body, sizes).0);
    let levels = sizes.iter().map(|s| s.levels).max().unwrap_or(0);
    let grown = largest.max(body);
    let bomb = if grown > 1 << 20 || grown / (bytes.len() as u64).max(256) > 100 {
        Some(94)
    } else if levels >= 3 {
        Some(80)
    } else if count > 0 && best.as_ref().is_none_or(|b| b.confidence < 52) {
        // Drawing programs declare namespaces so in the pictures they write.
        let confidence = if value.place == Place::FileContent { 35 } else { 52 };
        let entity = |why: String| hit("internal-entity", confidence, span.clone(), why);
        return Some(entity(format!(
            "a document type defines {count} entities of its own: requests have no use for them, probes do"
        )));
    } else {
        None
    };
    let bomb = bomb.map(|confidence| {
        let why =
            format!("{count} entities built from each other to {levels} levels expand to {grown} bytes");
        hit("entity-bomb", confidence, span, why)
    });
    match (best, bomb) {
        (Some(a), Some(b)) => Some(if a.confidence >= b.confidence { a } else { b }),
        (a, b) => a.or(b),
    }
}

/// The length a text expands to with the entities known so far, and how many levels deep.
fn expand(text: &[u8], sizes: &[Size<'_>]) -> (u64, u32) {
    let (mut total, mut levels, mut steps) = (text.len() as u64, 0, 0);
    for at in memchr::memchr2_iter(b'&', b'%', text) {
        let rest = text.get(at + 1..).unwrap_or(b"");
        let rest = rest.strip_prefix(b"#37;").or_else(|| rest.strip_prefix(b"#x25;")).unwrap_or(rest);
        let Some(len) = memchr::memchr(b';', rest.get(..64.min(rest.len())).unwrap_or(b"")) else { continue };
        steps += 1;
        if steps > 4096 {
            break;
        }
        let name = rest.get(..len).unwrap_or(b"");
        if let Some(known) = sizes.iter().find(|s| s.name == name) {
            total = total.saturating_add(known.expanded);
            levels = levels.max(known.levels + 1);
        }
    }
    (total, levels)
}

/// The value of the attribute `name` in the element that begins `text`.
fn attribute<'a>(text: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let end = memchr::memchr(b'>', text).unwrap_or(text.len()).min(1024);
    let element = text.get(..end)?;
    let at = memmem::find_iter(element, name).find(|at| {
        let before = at.checked_sub(1).and_then(|i| element.get(i));
        before.is_some_and(|b| b.is_ascii_whitespace() || *b == b':')
            && element.get(at + name.len()..).is_some_and(|r| r.trim_ascii_start().first() == Some(&b'='))
    })?;
    let rest = element.get(at + name.len()..)?.trim_ascii_start().get(1..)?;
    literal(rest).map(|(text, _)| text)
}

/// An XInclude of something outside the document, which has the namespace.
fn include(bytes: &[u8]) -> Option<Hit> {
    let at = memmem::find_iter(bytes, b"include").find(|at| {
        let head = bytes.get(..*at).unwrap_or(b"");
        let prefix =
            head.iter().rev().take(32).take_while(|b| b.is_ascii_alphanumeric() || **b == b':').count();
        head.len().checked_sub(prefix + 1).and_then(|i| head.get(i)) == Some(&b'<')
    })?;
    let element = bytes.get(at..)?;
    let href = attribute(element, b"href")?;
    let text = attribute(element, b"parse").is_some_and(|p| p == b"text");
    let (confidence, what) = location(href, false, Kind::Entity);
    let confidence = if text { confidence.max(72) } else { confidence };
    let shown = href.get(..href.len().min(80)).unwrap_or(href).escape_ascii();
    Some(hit(
        "xinclude",
        confidence,
        at..at + 7,
        format!("XInclude puts {what}, `{shown}`, into the document"),
    ))
}

/// A stylesheet, which has the namespace, that does more than transform.
fn stylesheet(bytes: &[u8]) -> Option<Hit> {
    let mut best: Option<Hit> = None;
    for (word, confidence, what) in STYLESHEET {
        if best.as_ref().is_some_and(|b| b.confidence >= *confidence) {
            continue;
        }
        if let Some(at) = memmem::find(bytes, word) {
            let shown = word.escape_ascii();
            best = Some(hit(
                "xslt-code",
                *confidence,
                at..at + word.len(),
                format!("`{shown}` in a stylesheet {what}"),
            ));
        }
    }
    for word in [&b"xsl:include"[..], b"xsl:import"] {
        let found =
            memmem::find(bytes, word).and_then(|at| Some((at, attribute(bytes.get(at..)?, b"href")?)));
        if let Some((at, href)) = found {
            let (confidence, what) = location(href, false, Kind::Entity);
            if best.as_ref().is_none_or(|b| b.confidence < confidence) {
                best = Some(hit(
                    "xslt-code",
                    confidence,
                    at..at + word.len(),
                    format!("the stylesheet loads {what}"),
                ));
            }
        }
    }
    best
}

/// A schema or stylesheet loaded from the server's disk or network.
fn schema(bytes: &[u8]) -> Option<Hit> {
    use super::lex::url::{Host, Url};
    // Each with its letter that is rarest in text.
    for (word, rare) in
        [(&b"noNamespaceSchemaLocation"[..], 17), (b"schemaLocation", 6), (b"xml-stylesheet", 0)]
    {
        let Some(at) = find_by(bytes, word, rare) else { continue };
        let rest = bytes.get(at + word.len()..)?;
        let list = if word == b"xml-stylesheet" {
            attribute(rest, b"href")
        } else {
            rest.trim_ascii_start().get(1..).and_then(literal).map(|l| l.0)
        };
        for part in list.unwrap_or(b"").split(|b| b.is_ascii_whitespace()).take(16) {
            let Some(url) = Url::read(part, false) else { continue };
            let host = Host::read(url.host);
            if url.is("file") || url.is("gopher") || host.is_some_and(|h| h.is_internal() || h.odd) {
                let why = "a schema or stylesheet is to be loaded from the server's own disk or network"
                    .to_string();
                return Some(hit("schema-location", 78, at..at + word.len(), why));
            }
        }
    }
    None
}

/// XML in UTF-7, which hides declarations from whoever does not decode it.
fn utf7(bytes: &[u8]) -> Option<Hit> {
    let head = bytes.get(..bytes.len().min(200))?;
    memmem::find(head, b"<?xml")?;
    let at = head.windows(5).position(|w| w.eq_ignore_ascii_case(b"utf-7"))?;
    let hidden = memmem::find(bytes, b"+ADw").is_some();
    let why =
        "the XML declares UTF-7 and hides its markup in it: no client sends that, filters do not read it";
    hidden.then(|| hit("utf7", 85, at..at + 5, why.to_string()))
}
