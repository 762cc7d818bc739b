//! Attributes of a tag that run script, load it, or send the page elsewhere.
//!
//! Fires: `onerror=f()`, `href=javascript:f()`, `formaction=//x.example`, `src='//x.example/?` without a closing quote,
//! `href="http://0x7f.1/"`, `xlink:href=//x.example` outside of plain links. Does not fire: `href="https://x.example/"`,
//! `src="a.png"`, `value="alert(x)"` in prose, `on="true"`. Sources: WHATWG HTML (8.1.8 event handlers, 4.10.18.6
//! form submission, 4.2.5.3 `meta`), SVG 2 and XLink (`href`), WHATWG URL (host parsing), CWE-83, and for dangling
//! markup CWE-79's note on partial tags.

use super::markup::Tag;
use super::words::{self, Attribute, Element};
use super::{Found, scheme, script, style};
use crate::detect::lex::js;
use crate::detect::lex::url::{Host, Url};
use script::Power;
use std::ops::Range;

/// Judges the value of an event handler in a tag.
pub fn handler(name: &[u8], value: &[u8], known: bool, span: Range<usize>, calm: bool, found: &mut Found) {
    let code = script::read(value, js::Start::Code, false);
    // JSX binds functions with the same names; in HTML `{f}` and `{() => f()}` run nothing.
    let jsx = value.first() == Some(&b'{')
        && (code.power == Power::None || memchr::memmem::find(value, b"=>").is_some_and(|n| n < 24));
    let confidence = match (code.power, known) {
        _ if jsx => 30,
        (Power::Strong, true) => 97,
        (Power::Medium, true) => 95,
        // A function of its own, in a page that is shown to others: what people paste to ask about.
        (Power::Weak, true) if calm => 45,
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
pub fn css(value: &[u8], span: Range<usize>, found: &mut Found) {
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
#[allow(clippy::too_many_arguments)]
pub fn address<'a>(
    tag: &mut Tag<'a>,
    kind: Attribute,
    name: &[u8],
    raw: &'a [u8],
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
    // Some dialects run attributes of other names (`expr`, `ontimer` behind a prefix), and testers try any.
    if memchr::memchr2(b'(', b'`', value).is_some() {
        let code = script::read(value, js::Start::Code, true);
        if code.power == Power::Strong && code.clean && code.browser {
            found.offer(if calm { 30 } else { 55 }, "event-handler", span.clone(), || {
                format!("the attribute {} holds a script: {}", name.escape_ascii(), code.what).into()
            });
        }
    }
    if kind == Attribute::Other {
        tag.note(lower.get(), raw);
        return;
    }
    if target.is_empty() {
        return;
    }
    let remote = scheme::is_remote(target);
    tag.remote |= remote;
    if remote {
        elsewhere(tag, lower.get(), target, span, calm, found);
    }
    match lower.local() {
        b"to" | b"values" | b"from" | b"by" => tag.to = true,
        b"content" | b"value" | b"cite" | b"longdesc" => {}
        _ => tag.source = true,
    }
}

/// Judges an attribute whose value is an address of another site, where that alone says something.
fn elsewhere(tag: &Tag<'_>, name: &[u8], target: &[u8], span: Range<usize>, calm: bool, found: &mut Found) {
    let mut offer = |sure: u8, technique, what: &'static str| {
        let sure = if calm { sure.saturating_sub(25) } else { sure };
        found.offer(sure, technique, span.clone(), || what.into());
    };
    match name {
        b"formaction" => offer(62, "form", "a button that sends the form it stands in to another site"),
        b"ping" => offer(52, "link-ping", "a link that reports each click to another site"),
        b"manifest" => {
            offer(52, "app-manifest", "a cache manifest of another site, which can replace the page")
        }
        b"xlink:href" if tag.element == Element::Other => {
            offer(54, "foreign-link", "a link inside a drawing or formula that leads to another site");
        }
        _ => {}
    }
    let placed = matches!(name, b"href" | b"action" | b"xlink:href")
        || tag.element != Element::Other && matches!(name, b"src" | b"data");
    if placed {
        let url = Url::read(target, true);
        let escaped = url.as_ref().is_some_and(|url| url.host.contains(&b'%'));
        let host = url.and_then(|url| Host::read(url.host));
        let split = target.iter().take(64).any(|b| *b < b' ');
        if host.is_some_and(|h| h.odd) || escaped || split {
            offer(
                58,
                "obfuscated-address",
                "an address whose host is written so that filters do not recognise it",
            );
        }
    }
}

/// Judges an address of another site whose quote is never closed: the browser sends what follows on the page with it.
pub fn dangling(name: &[u8], value: &[u8], span: Range<usize>, found: &mut Found) {
    let Some((quote @ (b'"' | b'\'' | b'`'), rest)) = value.split_first() else { return };
    if memchr::memchr(*quote, rest).is_some() || words::attribute(name) != Attribute::Address {
        return;
    }
    let target = memchr::memmem::find(rest, b"url=").and_then(|n| rest.get(n + 4..)).unwrap_or(rest);
    if scheme::is_remote(target.trim_ascii_start()) {
        found.offer(60, "dangling-markup", span, || {
            "an address of another site without its closing quote: what follows on the page is sent along"
                .into()
        });
    }
}
