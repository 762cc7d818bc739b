//! Tags that run script, in whatever nesting of quotes, comments and raw text they stand.
//!
//! Fires: `<script>`, event handlers in any tag, script addresses in any attribute, CSS that runs script, `srcdoc`,
//! animations that write handlers, plug-ins, frames, `base`, `meta refresh`. Does not fire: `<b>`, `<p class="x">`,
//! `<a href="https://x.example/">`, `<img src="x.png" alt="y">`, `List<String>`, `a < b`, `<mail@x.example>`, XML.
//! Sources: WHATWG HTML (4.12 scripting, 4.2 document metadata, 4.8 embedded content, 8.1.8 event handlers), SVG 2,
//! SMIL Animation 3, CWE-80, CWE-83, CWE-84, CWE-87.
//!
//! What a browser takes for text in one context (a value in quotes, a comment, `<title>`) it takes for tags in another,
//! and sanitizers that read it one way and browsers that read it the other make mutation XSS. So the bytes are read as
//! text first, and everything quoted, commented out or raw is read once more as text of its own, three levels deep.

use super::words::{self, Attribute, Element};
use super::{Found, entity, scheme, script, style};
use crate::detect::lex::html::{Html, Kind, Start, may_hold_tags};
use crate::detect::lex::js;
use script::Power;
use std::ops::Range;

/// How deep quotes, comments and raw text are opened.
const LEVELS: usize = 4;

/// The tag being read.
struct Tag<'a> {
    element: Element,
    start: usize,
    /// Name of the attribute whose value may follow.
    name: &'a [u8],
    /// What the attributes said, for elements that matter as a whole.
    source: bool,
    remote: bool,
    refresh: bool,
    data_block: bool,
    animates_handler: bool,
    animates_address: bool,
    to: bool,
    island: bool,
    style_code: bool,
    rel_loads: bool,
    attributes: u32,
}

/// Reads `bytes` as text with tags and offers what runs to `found`. `calm`: the value is a document or long text, where
/// markup by itself says little.
pub fn read(bytes: &[u8], calm: bool, found: &mut Found) {
    // Each level reads a part of what the level above read: at most LEVELS steps a byte.
    let mut stack: [Option<Level<'_>>; LEVELS] = [const { None }; LEVELS];
    stack[0] = Some(Level::new(bytes, 0, Start::Data));
    let mut depth = 0;
    while let Some(level) = stack.get_mut(depth).and_then(Option::as_mut) {
        match level.step(calm, found) {
            Step::Inside(range, start) if depth + 1 < LEVELS => {
                let base = level.base + range.start;
                let inner = level.bytes.get(range).unwrap_or_default();
                depth += 1;
                if let Some(slot) = stack.get_mut(depth) {
                    *slot = Some(Level::new(inner, base, start));
                }
            }
            Step::Inside(..) | Step::Next => {}
            Step::End => {
                if let Some(slot) = stack.get_mut(depth) {
                    *slot = None;
                }
                match depth.checked_sub(1) {
                    Some(up) => depth = up,
                    None => return,
                }
            }
        }
    }
}

enum Step {
    Next,
    /// Read this part as text of its own.
    Inside(Range<usize>, Start),
    End,
}

struct Level<'a> {
    bytes: &'a [u8],
    /// Where `bytes` begin in the value.
    base: usize,
    html: Html<'a>,
    tag: Option<Tag<'a>>,
    /// An element whose text comes next.
    text_of: Option<(Element, usize, bool)>,
    /// Whether `bytes` are a decoded value: nothing in it is decoded and read again.
    decoded: bool,
}

impl<'a> Level<'a> {
    fn new(bytes: &'a [u8], base: usize, start: Start) -> Level<'a> {
        let tag = (start == Start::Tag).then(|| Tag::new(Element::Other, 0));
        Level { bytes, base, html: Html::new(bytes, start), tag, text_of: None, decoded: false }
    }

    fn at(&self, range: &Range<usize>) -> Range<usize> {
        self.base + range.start..self.base + range.end
    }

    fn step(&mut self, calm: bool, found: &mut Found) -> Step {
        let Some(token) = self.html.next() else {
            self.finish(self.bytes.len(), calm, found);
            self.text(&(self.bytes.len()..self.bytes.len()), calm, found);
            return Step::End;
        };
        let span = token.span;
        let text = self.bytes.get(span.clone()).unwrap_or_default();
        match token.kind {
            Kind::Open | Kind::Close => {
                self.finish(span.start, calm, found);
                let name = text.get(1..).unwrap_or_default();
                let name =
                    name.get(name.iter().take_while(|b| matches!(b, 0 | b'/')).count()..).unwrap_or_default();
                let open = token.kind == Kind::Open;
                let element = words::element(name);
                if !open {
                    self.text(&(span.start..span.start), calm, found);
                    if element == Element::Script {
                        found.offer(if calm { 20 } else { 40 }, "script-element", self.at(&span), || {
                            "the end of a script, which would cut the page's own".into()
                        });
                    }
                }
                self.tag = Some(Tag::new(if open { element } else { Element::Other }, span.start));
            }
            Kind::Name => {
                if let Some(tag) = &mut self.tag {
                    tag.name = text;
                    tag.attributes += 1;
                }
            }
            Kind::Value => {
                let inner = self.html.unquote(&span);
                self.attribute(&inner, calm, found);
                let value = self.bytes.get(inner.clone()).unwrap_or_default();
                if may_hold_tags(value) {
                    return Step::Inside(inner, Start::Data);
                }
                // Old browsers took backticks for quotes, so that attributes follow inside of what is one value here.
                if value.first() == Some(&b'`') && memchr::memchr(b'=', value).is_some() {
                    return Step::Inside(inner.start + 1..inner.end, Start::Tag);
                }
            }
            Kind::End => self.finish(span.end, calm, found),
            Kind::Raw => {
                self.text(&span, calm, found);
                if may_hold_tags(text) {
                    return Step::Inside(span, Start::Data);
                }
            }
            Kind::Text => self.text(&span, calm, found),
            Kind::Comment | Kind::Cdata => {
                let inner = span.start + 4.min(text.len())..span.end;
                if may_hold_tags(self.bytes.get(inner.clone()).unwrap_or_default()) {
                    return Step::Inside(inner, Start::Data);
                }
            }
            Kind::Markup => {
                self.markup(text, &span, found);
                let inner = span.start + 1..span.end;
                let value = self.bytes.get(inner.clone()).unwrap_or_default();
                // `<? x onload=...>` and `<// style=...>` were tags to some browsers.
                if may_hold_tags(value) || memchr::memchr(b'=', value).is_some() {
                    return Step::Inside(inner, Start::Tag);
                }
            }
            Kind::Gap | Kind::Equals => {}
        }
        Step::Next
    }

    /// Judges the value of the attribute named last.
    fn attribute(&mut self, inner: &Range<usize>, calm: bool, found: &mut Found) {
        let at = self.at(inner);
        let Some(tag) = &mut self.tag else { return };
        let raw = self.bytes.get(inner.clone()).unwrap_or_default();
        let name = std::mem::take(&mut tag.name);
        let kind = words::attribute(name);
        let decoded;
        let value = match kind {
            Attribute::Rel | Attribute::Type => raw,
            _ => {
                decoded = entity::decode(raw);
                decoded.as_deref().unwrap_or(raw)
            }
        };
        let span = self.base + tag.start..at.end;
        // Values that become markup again: references hide the tags in them.
        if (kind == Attribute::Srcdoc || tag.animation())
            && !may_hold_tags(raw)
            && may_hold_tags(value)
            && !self.decoded
        {
            let mut inner = Found::default();
            let mut level = Level::new(value, 0, Start::Data);
            level.decoded = true;
            while !matches!(level.step(calm, &mut inner), Step::End) {}
            for hit in inner.take() {
                found.offer(hit.confidence, hit.technique, span.clone(), || hit.reason);
            }
        }
        match kind {
            Attribute::Handler | Attribute::MaybeHandler => {
                let known = kind == Attribute::Handler;
                handler(name, value, known, span, calm, found);
            }
            Attribute::Framework => {
                let code = script::read(value, js::Start::Code, false);
                if code.power == Power::Strong && !code.server {
                    found.offer(80, "client-template", span, || {
                        format!("the framework attribute {} runs script: {}", name.escape_ascii(), code.what)
                            .into()
                    });
                }
            }
            Attribute::Style => css(value, span, found),
            Attribute::Srcdoc => {
                if !value.trim_ascii().is_empty() {
                    let tags = may_hold_tags(value);
                    found.offer(if tags { 78 } else { 45 }, "iframe-srcdoc", span, || {
                        "srcdoc holds a document of its own, which runs with the page's rights".into()
                    });
                }
            }
            Attribute::Animated => {
                let target = words::attribute(value.trim_ascii());
                tag.animates_handler |= matches!(target, Attribute::Handler);
                tag.animates_address |= matches!(target, Attribute::Address);
            }
            Attribute::HttpEquiv => {
                let what = words::Lower::new(value);
                tag.refresh |=
                    matches!(what.get(), b"refresh" | b"set-cookie" | b"link" | b"content-security-policy");
            }
            Attribute::Rel => {
                let rel = words::Lower::new(value);
                tag.rel_loads |=
                    matches!(rel.get(), b"stylesheet" | b"import" | b"modulepreload" | b"manifest");
            }
            Attribute::Type => {
                let short = value.get(..64.min(value.len())).unwrap_or_default();
                let has = |w: &[u8]| short.windows(w.len()).any(|s| s.eq_ignore_ascii_case(w));
                tag.data_block |= has(b"json")
                    || has(b"template")
                    || has(b"importmap")
                    || has(b"x-handlebars")
                    || has(b"math/");
                tag.style_code |= tag.element == Element::Style && has(b"script");
                if tag.element == Element::Plugin && has(b"scriptlet") {
                    found.offer(85, "embedded-object", span, || {
                        "a scriptlet object runs what it loads".into()
                    });
                }
            }
            Attribute::Binding => {
                found.offer(if calm { 45 } else { 62 }, "data-island", span, || {
                    "data binding, which writes text of a data island into the page".into()
                });
            }
            Attribute::Charset => {
                let lower = words::Lower::new(value);
                let risky: &[&[u8]] = &[
                    b"utf-7",
                    b"utf7",
                    b"imap4",
                    b"x-mac-",
                    b"mac-farsi",
                    b"hz-gb",
                    b"iso-2022",
                    b"x-user-defined",
                ];
                if risky.iter().any(|r| memchr::memmem::find(lower.get(), r).is_some()) {
                    found.offer(75, "charset", span, || {
                        format!("the charset {} reads harmless text as tags", value.escape_ascii()).into()
                    });
                }
            }
            Attribute::Address | Attribute::Other => address(tag, kind, name, value, span, calm, found),
        }
    }

    /// Judges the tag that ends at `end` as a whole.
    fn finish(&mut self, end: usize, calm: bool, found: &mut Found) {
        let Some(tag) = self.tag.take() else { return };
        let span = self.base + tag.start..self.base + end;
        let (confidence, technique, what) = match tag.element {
            Element::Script if tag.data_block => {
                (20, "script-element", "a block of data in a script element")
            }
            Element::Script if tag.source => {
                (if calm { 70 } else { 92 }, "script-source", "a script element that loads its code")
            }
            Element::Script | Element::Handler | Element::Style => {
                let element = if tag.style_code { Element::Script } else { tag.element };
                self.text_of = Some((element, tag.start, tag.attributes > 0));
                return;
            }
            Element::Frame if tag.source => {
                (if calm { 42 } else { 70 }, "frame", "a frame that shows another document")
            }
            Element::Frame => (if calm { 20 } else { 45 }, "frame", "a frame"),
            Element::Plugin if tag.source => {
                (if calm { 42 } else { 72 }, "embedded-object", "an object that loads what it names")
            }
            Element::Base if tag.source => (
                if calm { 42 } else { 75 },
                "base-address",
                "a base element, which turns every relative address to its own",
            ),
            Element::Meta if tag.refresh => {
                (if calm { 42 } else { 78 }, "meta-refresh", "a meta element that acts as a response header")
            }
            Element::Link if tag.source && tag.rel_loads => {
                (if calm { 30 } else { 65 }, "style-link", "a link that loads a style sheet or a module")
            }
            Element::Form if tag.source => {
                (if calm { 30 } else { 55 }, "form", "a form that sends what users type where it says")
            }
            Element::Animate if tag.animates_handler && tag.to => {
                (88, "svg-animation", "an animation that writes an event handler")
            }
            Element::Animate if tag.animates_address && tag.to => {
                (if calm { 30 } else { 58 }, "svg-animation", "an animation that writes an address")
            }
            Element::Loader if tag.island => {
                (if calm { 30 } else { 55 }, "data-island", "an XML data island")
            }
            Element::Use if tag.remote => (65, "svg-use", "a part of another document taken into this one"),
            Element::Loader if tag.source => {
                (if calm { 40 } else { 65 }, "embedded-object", "an element that loads what it names")
            }
            _ => return,
        };
        found.offer(confidence, technique, span, || what.into());
    }

    /// Judges the text of the script or style element that was opened last.
    fn text(&mut self, span: &Range<usize>, calm: bool, found: &mut Found) {
        let Some((element, start, attributes)) = self.text_of.take() else { return };
        let text = self.bytes.get(span.clone()).unwrap_or_default();
        let whole = self.base + start..self.base + span.end;
        if element == Element::Style {
            match style::read(text) {
                Some(s) => found.offer(s.confidence, "style-script", whole, || {
                    format!("style element with {}", s.what).into()
                }),
                None => found
                    .offer(if calm { 15 } else { 40 }, "style-element", whole, || "a style element".into()),
            }
            return;
        }
        let code = script::read(text, js::Start::Code, false);
        let (confidence, what) = match (code.power, text.trim_ascii().is_empty()) {
            (Power::Strong, _) => (97, code.what),
            (Power::Medium, _) => (if calm { 80 } else { 95 }, code.what),
            (Power::Weak, _) if code.clean => (if calm { 65 } else { 92 }, code.what),
            (_, false) => (if calm && !attributes { 42 } else { 85 }, "the browser runs its text"),
            (_, true) => (if calm { 42 } else { 78 }, "the browser runs what follows it"),
        };
        found.offer(confidence, "script-element", whole, || format!("a script element: {what}").into());
    }

    /// Judges `<?...>` and `<!...>`.
    fn markup(&mut self, text: &[u8], span: &Range<usize>, found: &mut Found) {
        let lower = words::Lower::new(text.get(..32.min(text.len())).unwrap_or_default());
        if lower.get().starts_with(b"<?import") {
            found.offer(70, "embedded-object", self.at(span), || {
                "an import instruction, which loads behaviors".into()
            });
        }
    }
}

impl<'a> Tag<'a> {
    fn animation(&self) -> bool {
        self.element == Element::Animate
    }

    fn new(element: Element, start: usize) -> Tag<'a> {
        Tag {
            element,
            start,
            name: b"",
            source: false,
            remote: false,
            refresh: false,
            data_block: false,
            animates_handler: false,
            animates_address: false,
            to: false,
            island: false,
            style_code: false,
            rel_loads: false,
            attributes: 0,
        }
    }
}

/// Judges the value of an event handler in a tag.
fn handler(name: &[u8], value: &[u8], known: bool, span: Range<usize>, calm: bool, found: &mut Found) {
    let code = script::read(value, js::Start::Code, false);
    // JSX binds functions with the same names; in HTML `{f}` and `{() => f()}` run nothing.
    let jsx = value.first() == Some(&b'{')
        && (code.power == Power::None || memchr::memmem::find(value, b"=>").is_some_and(|n| n < 24));
    let confidence = match (code.power, known) {
        _ if jsx => 30,
        (Power::Strong, true) => 97,
        (Power::Medium, true) => 95,
        (Power::Weak, true) => 90,
        (Power::None, true) if value.trim_ascii().is_empty() => 45,
        (Power::None, true) if is_flag(value) => 25,
        (Power::None, true) => 75,
        (Power::Strong, false) => 88,
        (Power::Medium, false) => 78,
        (Power::Weak, false) => 60,
        // Only testers bind a number to an event nobody knows.
        (Power::None, false) if !calm && value.trim_ascii() == b"1" => 50,
        (Power::None, false) => 25,
    };
    found.offer(confidence, "event-handler", span, || {
        let what = if code.what.is_empty() { "the browser runs its value" } else { code.what };
        format!("event handler {} in a tag: {what}", name.escape_ascii()).into()
    });
}

/// Whether a value is data of an XML vocabulary rather than code.
fn is_flag(value: &[u8]) -> bool {
    let flags: &[&[u8]] = &[b"true", b"false", b"yes", b"no", b"on", b"off"];
    flags.iter().any(|f| f.eq_ignore_ascii_case(value.trim_ascii()))
}

/// Judges CSS in a style attribute.
fn css(value: &[u8], span: Range<usize>, found: &mut Found) {
    if let Some(style) = style::read(value) {
        found.offer(style.confidence, "style-script", span, || {
            format!("style attribute with {}", style.what).into()
        });
    }
}

/// A script address that begins inside of `target`.
fn inside(target: &[u8]) -> Option<(u8, &'static str)> {
    let mut colons = memchr::memchr_iter(b':', target).take(8);
    let (n, code) = colons.find_map(|n| {
        let before = target.get(..n)?;
        let ends = |s: &[u8]| {
            before.len() >= s.len() && before.get(n - s.len()..).is_some_and(|b| b.eq_ignore_ascii_case(s))
        };
        (ends(b"script") || ends(b"vbs")).then(|| target.get(n + 1..)).flatten().map(|code| (n, code))
    })?;
    let code = script::read(code, js::Start::Code, false);
    match code.power {
        Power::Strong => Some((if n < 32 { 85 } else { 75 }, code.what)),
        Power::Medium => Some((60, code.what)),
        _ => None,
    }
}

/// Judges an attribute that is or may be an address.
fn address(
    tag: &mut Tag<'_>,
    kind: Attribute,
    name: &[u8],
    value: &[u8],
    span: Range<usize>,
    calm: bool,
    found: &mut Found,
) {
    let lower = words::Lower::new(name);
    let trimmed = value.trim_ascii();
    let target = if tag.element == Element::Meta && lower.get() == b"content" {
        // `0; url=address` (WHATWG HTML, 4.2.5.3).
        let url = memchr::memchr(b'=', trimmed).map_or(0, |n| n + 1);
        if memchr::memmem::find(trimmed, b"UTF-7").or(memchr::memmem::find(trimmed, b"utf-7")).is_some() {
            found.offer(75, "charset", span.clone(), || {
                "the page is declared UTF-7, in which tags look like text".into()
            });
        }
        let url = trimmed.get(url..).unwrap_or_default().trim_ascii();
        url.strip_prefix(b"'").or(url.strip_prefix(b"\"")).unwrap_or(url)
    } else {
        trimmed
    };
    if let Some((code, from)) = scheme::script(target) {
        let rest = target.get(from..).unwrap_or_default();
        let sure = scheme::confidence(code.power, rest, kind == Attribute::Address);
        let sure = if kind == Attribute::Address && !scheme::is_idle(rest) { sure.max(75) } else { sure };
        found.offer(sure, "script-url", span.clone(), || {
            let what = if code.what.is_empty() { "the browser runs it" } else { code.what };
            format!("script address in {}: {what}", name.escape_ascii()).into()
        });
    } else if kind == Attribute::Address {
        if let Some((scheme::Scheme::Document, _)) = scheme::scheme(target) {
            // An image shows a data: document without running it.
            let runs =
                matches!(
                    tag.element,
                    Element::Script | Element::Frame | Element::Plugin | Element::Link | Element::Base
                ) || matches!(tag.element, Element::Meta | Element::Animate | Element::Use | Element::Form)
                    || matches!(lower.local(), b"href" | b"formaction" | b"action");
            if runs {
                found.offer(if calm { 75 } else { 88 }, "data-url", span.clone(), || {
                    format!("{} is a document in a data: address, which can run script", name.escape_ascii())
                        .into()
                });
            }
            tag.remote |= runs;
        } else if let Some((code, what)) = inside(target) {
            // Behind bytes some browser may drop, in a list, or in an address that is handed on.
            found.offer(code, "script-url", span.clone(), || {
                format!("script address inside {}: {what}", name.escape_ascii()).into()
            });
        }
    }
    if kind == Attribute::Other {
        tag.island |= tag.element == Element::Loader && lower.get() == b"id";
        // Some dialects run attributes of other names (`expr`, `ontimer` behind a prefix).
        let code = || script::read(value, js::Start::Code, true);
        if memchr::memchr2(b'(', b'`', value).is_some() {
            let code = code();
            if code.power == Power::Strong && code.clean && code.browser {
                found.offer(if calm { 30 } else { 55 }, "event-handler", span, || {
                    format!("the attribute {} holds a script: {}", name.escape_ascii(), code.what).into()
                });
            }
        }
        return;
    }
    if target.is_empty() {
        return;
    }
    match lower.local() {
        b"to" | b"values" | b"from" | b"by" => tag.to = true,
        b"content" | b"value" | b"cite" | b"longdesc" => {}
        _ => tag.source = true,
    }
}
