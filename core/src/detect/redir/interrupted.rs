//! URLs that browsers put together again: with a tab or line end inside.

use super::{Url, is_target, site};
use crate::bytes::Wake;
use crate::detect::{Class, Hit, Value};
use smallvec::SmallVec;

/// A URL with a tab or line end in its scheme, among its slashes or in its host, which browsers drop (WHATWG URL Standard,
/// "remove all ASCII tab or newline from input") and checks do not.
pub(super) fn judge(value: &Value<'_>) -> Option<Hit> {
    let text = value.bytes.trim_ascii();
    let cuts = |b: &u8| matches!(b, b'\t' | b'\r' | b'\n');
    if !value.wake.any(Wake::BLANK.or(Wake::NEWLINE)) || !is_target(value.name) || text.contains(&b' ') {
        return None;
    }
    let first = memchr::memchr3(b'\t', b'\r', b'\n', text.get(..text.len().min(64))?)?;
    let joined: SmallVec<[u8; 256]> = text.iter().filter(|b| !cuts(b)).copied().collect();
    let url = Url::read(&joined, true)?;
    let web = url.is("http") || url.is("https") || url.scheme.is_empty();
    if !web || first >= joined.len() - url.rest.len() || site(url.host).is_none() {
        return None;
    }
    let host = url.host.escape_ascii();
    let reason =
        format!("browsers drop the tab or line end inside the URL and leave for `{host}`; a check does not");
    let span = 0..value.bytes.len();
    Some(Hit { class: Class::Redir, technique: "odd-host", confidence: 84, span, reason: reason.into() })
}
