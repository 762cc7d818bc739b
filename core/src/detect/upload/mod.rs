//! Malicious uploads (CWE-434): names and contents that make a server run what was stored.
//!
//! What comes in: the name an upload gives itself, or a window of its content. What goes out: at most one hit. What
//! always holds: a file is judged by what a server would do with it under that name, or what a converter would do with
//! its content; programs that only a user could start are hints at most. To add one: a kind of name in `name.rs`, a
//! format in `content.rs`.

pub(super) mod techniques;

mod content;
mod name;

use super::{Class, Hit, Hits, Value};
use crate::points::Place;
use std::borrow::Cow;
use std::ops::Range;

/// Judges one value.
pub fn judge(value: &Value<'_>, hits: &mut Hits) {
    let found = match value.place {
        Place::FileName => name::judge(value.bytes),
        Place::HeaderValue if is_name_field(value.name) => name::judge(value.bytes),
        Place::FileContent => content::judge(value),
        _ => None,
    };
    if let Some(hit) = found {
        hits.push(hit);
    }
}

/// Fields by which clients name an upload that is not multipart: `X-Filename`, `X-File-Name`, `X_Filename`.
fn is_name_field(field: &[u8]) -> bool {
    let letters = field.iter().filter(|b| b.is_ascii_alphabetic()).map(u8::to_ascii_lowercase);
    letters.eq(b"xfilename".iter().copied())
}

fn hit(
    technique: &'static str,
    confidence: u8,
    span: Range<usize>,
    reason: impl Into<Cow<'static, str>>,
) -> Option<Hit> {
    Some(Hit { class: Class::Upload, technique, confidence, span, reason: reason.into() })
}
