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

use super::attribute::{address, css, dangling, handler};
use super::clobber::Named;
use super::words::{self, Attribute, Element};
use super::{Found, entity, script, style};
use crate::detect::lex::find::find_no_case;
use crate::detect::lex::html::{Html, Kind, Start, may_hold_tags};
use crate::detect::lex::js;
use script::Power;
use std::ops::Range;

/// How deep quotes, comments and raw text are opened.
const LEVELS: usize = 4;

/// The tag being read.
pub struct Tag<'a> {
    pub element: Element,
    start: usize,
    /// Name of the attribute whose value may follow.
    name: &'a [u8],
    /// What the attributes said, for elements that matter as a whole.
    pub source: bool,
    pub remote: bool,
    refresh: bool,
    data_block: bool,
    animates_handler: bool,
    animates_address: bool,
    pub to: bool,
    island: bool,
    style_code: bool,
    rel_loads: bool,
    /// An event of XML Events is bound to a handler in another document or element.
    listens: bool,
    attributes: u32,
    /// `id` or else `name`, and whether there was a `name`.
    pub id: &'a [u8],
    pub named: bool,
}

/// Reads `bytes` as text with tags and offers what runs to `found`. `calm`: the value is a document or long text, where
/// markup by itself says little.
pub fn read(bytes: &[u8], calm: bool, found: &mut Found) {
    if words::names_alone(bytes) {
        return;
    }
    read_tags(bytes, calm, found);
}

/// [`read`], of all that is left.
#[inline(never)]
fn read_tags(bytes: &[u8], calm: bool, found: &mut Found) {
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
    /// The named elements before.
    named: Named<'a>,
}

impl<'a> Level<'a> {
    fn new(bytes: &'a [u8], base: usize, start: Start) -> Level<'a> {
        let tag = (start == Start::Tag).then(|| Tag::new(Element::Other, 0));
        Level {
            bytes,
            base,
            html: Html::new(bytes, start),
            tag,
            text_of: None,
            decoded: false,
            named: Named::default(),
        }
    }

    fn at(&self, range: &Range<usize>) -> Range<usize> {
        self.base + range.start..self.base + range.end
    }

    fn step(&mut self, calm: bool, found: &mut Found) -> Step {
        if self.html.pass_attributes()
            && let Some(tag) = &mut self.tag
        {
            tag.attributes += 1;
        }
        let mut start = self.html.position();
        while self.html.pass_names(|name| words::element(name) == Element::Other) {
            self.finish(start, calm, found);
            self.named.pass();
            start = self.html.position();
        }
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
                // `<x </onload=f()`: the standard takes the second `<` for a part of an attribute's name.
                if !open && self.base == 0 && memchr::memchr(b'=', text).is_some() {
                    let end = self.bytes.len().min(span.end + 64);
                    let near = self.bytes.get(span.start..end).unwrap_or_default();
                    let end = memchr::memchr(b'>', near).map_or(end, |n| span.start + n);
                    return Step::Inside(span.start + 2..end, Start::Tag);
                }
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
                if text.starts_with(b"@[") {
                    // Vue evaluates the name of the event.
                    let code = script::read(text.get(2..).unwrap_or_default(), js::Start::Code, false);
                    if code.power == Power::Strong {
                        found.offer(80, "client-template", self.at(&span), || {
                            format!("the name of a framework's event runs script: {}", code.what).into()
                        });
                    }
                }
                if let Some(tag) = &mut self.tag {
                    tag.name = text;
                    tag.attributes += 1;
                }
            }
            Kind::Value => {
                let inner = self.html.unquote(&span);
                if let Some(tag) = self.tag.as_ref().filter(|_| !calm && span.end == self.bytes.len()) {
                    dangling(tag.name, text, self.base + tag.start..self.base + span.end, found);
                }
                self.attribute(&inner, calm, found);
                let value = self.bytes.get(inner.clone()).unwrap_or_default();
                if may_hold_tags(value) {
                    return Step::Inside(inner, Start::Data);
                }
                // Old browsers took a vertical tab for a blank.
                if let Some(n) = memchr::memchr(0x0b, value).filter(|_| self.base == 0) {
                    return Step::Inside(inner.start + n + 1..inner.end, Start::Tag);
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
                self.markup(text, &span, calm, found);
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
                if let Some(code) = script::strong(value) {
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
                tag.rel_loads |= rel.get().split(|b| *b <= b' ').any(|r| words::LINKS_THAT_LOAD.contains(&r));
            }
            Attribute::Type => {
                let short = value.get(..64.min(value.len())).unwrap_or_default();
                let has = |w: &[u8]| short.windows(w.len()).any(|s| s.eq_ignore_ascii_case(w));
                tag.data_block |= has(b"json")
                    || has(b"template")
                    || has(b"importmap")
                    || has(b"x-handlebars")
                    || has(b"math/");
                tag.style_code |= tag.element == Element::Style && (has(b"script") || has(b"text/less"));
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
            Attribute::Address | Attribute::Other => address(tag, kind, name, raw, value, span, calm, found),
        }
    }

    /// Judges the tag that ends at `end` as a whole.
    fn finish(&mut self, end: usize, calm: bool, found: &mut Found) {
        let Some(tag) = &self.tag else { return };
        // PERF: so it is with most tags of a flood. What was named before is named no more.
        if tag.element == Element::Other && tag.id.is_empty() && !tag.listens {
            if !self.bytes.get(tag.start..).is_some_and(|text| text.starts_with(b"</")) {
                self.named.pass();
            }
            self.tag = None;
            return;
        }
        let Some(tag) = self.tag.take() else { return };
        let span = self.base + tag.start..self.base + end;
        let text = self.bytes.get(tag.start..end).unwrap_or_default();
        self.named.judge(&tag, text, &span, calm, found);
        let (confidence, technique, what) = match tag.element {
            Element::Script if tag.data_block => {
                (20, "script-element", "a block of data in a script element")
            }
            Element::Script if tag.source => {
                let named = !tag.remote && self.sentence(tag.start, end);
                (
                    if named {
                        42
                    } else if calm {
                        70
                    } else {
                        92
                    },
                    "script-source",
                    "a script element that loads its code",
                )
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
            Element::Link if tag.rel_loads && tag.remote => {
                (if calm { 30 } else { 65 }, "style-link", "a link that loads something from another site")
            }
            Element::Link if tag.source && tag.rel_loads => {
                let named = self.sentence(tag.start, end);
                (
                    if calm {
                        20
                    } else if named {
                        40
                    } else {
                        58
                    },
                    "style-link",
                    "a link that loads a style sheet or a module",
                )
            }
            Element::Form if tag.source => {
                let sure = if tag.remote { 55 } else { 45 };
                (if calm { 30 } else { sure }, "form", "a form that sends what users type where it says")
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
            Element::Use if tag.remote => {
                (if calm { 40 } else { 65 }, "svg-use", "a part of another document taken into this one")
            }
            _ if tag.listens => (
                if calm { 40 } else { 62 },
                "xml-event",
                "an event of XML Events bound to a handler elsewhere",
            ),
            Element::Loader if tag.source => {
                (if calm { 40 } else { 65 }, "embedded-object", "an element that loads what it names")
            }
            // Harmless alone, but no text that people write holds them.
            Element::Structure if !calm => (35, "markup", "an element of the page's structure"),
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
                Some(s) => {
                    let loads = s.confidence < style::RUNS;
                    let sure = match s.confidence {
                        c if !loads => c,
                        _ if calm => 25,
                        c => c + 30,
                    };
                    let technique = if loads { "style-load" } else { "style-script" };
                    found.offer(sure, technique, whole, || format!("style element with {}", s.what).into());
                }
                None => found
                    .offer(if calm { 15 } else { 40 }, "style-element", whole, || "a style element".into()),
            }
            return;
        }
        let code = script::read(text, js::Start::Code, false);
        let (confidence, what) = match (code.power, text.trim_ascii().is_empty()) {
            (Power::Strong, _) => (97, code.what),
            (Power::Medium, _) => (if calm { 80 } else { 95 }, code.what),
            (Power::Weak, _) if code.clean => {
                let pasted = calm && text.len() > 200;
                (
                    if pasted {
                        48
                    } else if calm {
                        65
                    } else {
                        92
                    },
                    code.what,
                )
            }
            // `the <script> tag`: words before and behind, and no end.
            (Power::None, false) if span.end == self.bytes.len() && self.sentence(start, span.start) => {
                (42, "the browser runs its text")
            }
            (_, false) => (if calm && !attributes { 42 } else { 85 }, "the browser runs its text"),
            (_, true) => (if calm { 42 } else { 78 }, "the browser runs what follows it"),
        };
        found.offer(confidence, "script-element", whole, || format!("a script element: {what}").into());
    }

    /// Whether the tag from `start` to `end` stands in a sentence: words before it and behind it.
    fn sentence(&self, start: usize, end: usize) -> bool {
        let before = self.bytes.get(..start).unwrap_or_default();
        let behind = self.bytes.get(end..).unwrap_or_default();
        let word = |bytes: &[u8]| bytes.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        matches!(before, [.., b, b' '] if b.is_ascii_alphabetic() || *b == b',')
            && matches!(behind, [b' ', rest @ ..] if word(rest) > 1)
    }

    /// Judges `<?...>` and `<!...>`.
    fn markup(&mut self, text: &[u8], span: &Range<usize>, calm: bool, found: &mut Found) {
        let lower = words::Lower::new(text.get(..32.min(text.len())).unwrap_or_default());
        let has = |word: &[u8]| find_no_case(text, word).is_some();
        if lower.get().starts_with(b"<?xml-stylesheet") && has(b"href") {
            let sheet = has(b"xsl") || has(b"text/xml") || has(b"script:") || has(b"data:");
            found.offer(if calm || !sheet { 40 } else { 65 }, "xml-stylesheet", self.at(span), || {
                "an instruction that has the document transformed by a style sheet of its choice".into()
            });
        }
        if lower.get().starts_with(b"<?xml:namespace") && has(b"microsoft-com:time") {
            found.offer(if calm { 40 } else { 58 }, "embedded-object", self.at(span), || {
                "a namespace whose elements change others in time (HTML+TIME)".into()
            });
        }
        if let Some((name, code)) = default_handler(text) {
            found.offer(if calm { 60 } else { 80 }, "event-handler", self.at(span), || {
                format!(
                    "a document type gives every element an event handler {}: {}",
                    name.escape_ascii(),
                    code
                )
                .into()
            });
        }
        if lower.get().starts_with(b"<?import") {
            found.offer(70, "embedded-object", self.at(span), || {
                "an import instruction, which loads behaviors".into()
            });
        }
    }
}

impl<'a> Tag<'a> {
    /// Takes note of an attribute that says something together with others.
    pub fn note(&mut self, name: &[u8], value: &'a [u8]) {
        match name {
            b"id" | b"name" => {
                self.island |= self.element == Element::Loader && name == b"id";
                self.refresh |= self.element == Element::Meta && value.eq_ignore_ascii_case(b"referrer");
                self.named |= name == b"name";
                if name == b"id" || self.id.is_empty() {
                    self.id = value;
                }
            }
            b"ev:handler" => self.listens = true,
            b"handler" => self.listens |= self.element == Element::Listener,
            _ => {}
        }
    }

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
            listens: false,
            attributes: 0,
            id: b"",
            named: false,
        }
    }
}

/// The event handler that an attribute list declaration (XML 1.0, 3.3.2) gives elements by default, and what it does.
fn default_handler(text: &[u8]) -> Option<(&[u8], &'static str)> {
    find_no_case(text, b"<!attlist")?;
    memchr::memmem::find_iter(text, b"CDATA").take(16).find_map(|n| {
        let before = text.get(..n)?.trim_ascii_end();
        let from = before.iter().rposition(|b| *b <= b' ').map_or(0, |n| n + 1);
        let name = before.get(from..)?;
        let (quote, value) = text.get(n + 5..)?.trim_ascii_start().split_first()?;
        let value = value.get(..memchr::memchr(*quote, value)?)?;
        let handler = matches!(words::attribute(name), Attribute::Handler | Attribute::MaybeHandler);
        let code = script::read(value, js::Start::Code, false);
        (handler && code.power > Power::None).then_some((name, code.what))
    })
}
