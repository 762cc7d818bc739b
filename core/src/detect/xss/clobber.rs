//! Elements whose names hide members that page scripts rely on (DOM clobbering).
//!
//! Fires: `<form name=body>`, `<img name=currentScript>`, `<form id=x><input id=attributes>`, two anchors of one id of
//! which the second has a name and an address, a named form without action whose field holds an address. Does not fire:
//! `<textarea name="body">`, `<input name="children">`, `<a id="top">`, `<form id="search"><input name="q">`. Sources:
//! WHATWG HTML (3.1.6 and 7.2.2.3: named access on documents and windows; 4.10.3: on forms), DOM (`HTMLCollection`).

use super::Found;
use super::markup::Tag;
use super::words::{self, Element};
use std::ops::Range;

/// Elements that a document knows by name.
const OWNERS: &[&[u8]] = &[b"form", b"img", b"object", b"embed", b"iframe"];
/// Elements that a form knows by name.
const FIELDS: &[&[u8]] = &[b"input", b"output", b"button", b"textarea", b"select"];

/// The named elements before.
#[derive(Default)]
pub struct Named<'a> {
    /// The `id` of the last anchor, if nothing but text stands behind it.
    anchor: &'a [u8],
    /// Whether a form with a name but no action is open.
    form: bool,
}

impl<'a> Named<'a> {
    /// Passes a tag of no name and no element that matters.
    pub fn pass(&mut self) {
        self.anchor = b"";
    }

    /// Judges `tag`, whose text begins with `text` and which stands at `span`.
    pub fn judge(&mut self, tag: &Tag<'a>, text: &[u8], span: &Range<usize>, calm: bool, found: &mut Found) {
        let mut offer = |sure: u8, what: &'static str| {
            found.offer(if calm { 30 } else { sure }, "dom-clobbering", span.clone(), || what.into());
        };
        let name = text.strip_prefix(b"<").unwrap_or_default();
        if name.first() == Some(&b'/') {
            return;
        }
        let is = |names: &[&[u8]]| names.iter().any(|n| starts(name, n));
        let anchor = std::mem::take(&mut self.anchor);
        if tag.element == Element::Form {
            self.form = !tag.source && !tag.id.is_empty();
        }
        if tag.id.is_empty() {
            return;
        }
        if starts(name, b"a") {
            self.anchor = tag.id;
            if tag.named && tag.source && tag.id == anchor {
                offer(60, "two anchors of one id, which page scripts read as an object with members");
            }
        }
        let field = is(FIELDS);
        if field && self.form && tag.named && tag.remote {
            offer(
                56,
                "a field with an address in a named form without action, which page scripts read as an object",
            );
        }
        if field && words::is_clobbered(tag.id, false) || is(OWNERS) && words::is_clobbered(tag.id, true) {
            offer(56, "an element whose name hides a member of the page's that scripts rely on");
        }
    }
}

/// Whether `text` starts with the element name `name`, in any case.
fn starts(text: &[u8], name: &[u8]) -> bool {
    text.get(..name.len()).is_some_and(|t| t.eq_ignore_ascii_case(name))
        && text.get(name.len()).is_none_or(|b| !b.is_ascii_alphanumeric() && *b != b'-')
}
