//! The classes that read paths, URLs, XML declarations and header fields: whatever the bytes, they say something sane.

use proptest::prelude::*;
use sidewatch::bytes::wake;
use sidewatch::decode::Trust;
use sidewatch::detect::{self, Class, Classes, Groups, Hits, Value};
use sidewatch::limits::WINDOW;
use sidewatch::points::Place;

const CLASSES: [Class; 8] = [
    Class::Ptrav,
    Class::Rfi,
    Class::Ssrf,
    Class::Xxe,
    Class::Crlf,
    Class::Mail,
    Class::Redir,
    Class::Scanner,
];

const PLACES: [Place; 12] = [
    Place::Path,
    Place::QueryName,
    Place::QueryValue,
    Place::FormValue,
    Place::JsonValue,
    Place::CookieValue,
    Place::HeaderName,
    Place::HeaderValue,
    Place::FileName,
    Place::FileContent,
    Place::XmlDoctype,
    Place::Text,
];

fn hits(bytes: &[u8], place: Place, name: &[u8]) -> Hits {
    let mut on = Classes::NONE;
    CLASSES.iter().for_each(|c| on.set(*c, true));
    let (wake, trust) = (wake(bytes), Trust::Plain);
    let words = Groups::of(bytes, wake);
    let value = Value { bytes, place, name, wake, words, trust, first: true, last: true };
    let mut hits = Hits::new();
    detect::judge(&value, detect::Places::NONE, on, &mut hits);
    hits
}

fn check(bytes: &[u8], place: Place, name: &[u8]) {
    let hits = hits(bytes, place, name);
    for class in CLASSES {
        assert!(hits.iter().filter(|h| h.class == class).count() <= 2, "{class:?} repeats itself");
    }
    for hit in &hits {
        assert!(hit.span.start <= hit.span.end && hit.span.end <= bytes.len(), "{hit:?} of {}", bytes.len());
        assert!((1..=100).contains(&hit.confidence) && !hit.reason.is_empty(), "{hit:?}");
    }
}

/// Pieces that are nearly something, glued together at random.
const PIECES: &[&str] = &[
    "..",
    "/",
    "\\",
    "%2e",
    "%c0%af",
    "%",
    "\0",
    "etc/passwd",
    "c:",
    "boot.ini",
    "php://filter",
    "http://",
    "https:/",
    "//",
    "127.0.0.1",
    "[::1]",
    "0x7f",
    "@",
    ":80",
    "?",
    "#",
    "evil.example",
    ".txt?",
    "\r\n",
    "Set-Cookie:",
    "Bcc: a@b",
    "A1 FETCH",
    "<!DOCTYPE a ",
    "<!ENTITY % b ",
    "SYSTEM ",
    "\"",
    "'",
    ">",
    "&b;",
    "%b;",
    "xmlns:xi=\"http://www.w3.org/2001/XInclude\"",
    "<xi:include href=",
    "javascript:",
    ".git/",
    ".bak",
    "~",
    ".oast.pro",
    "url=",
    "&",
    " ",
    "嘊",
    "①",
    "GLOBALS[",
    "noNamespaceSchemaLocation=",
    "a",
];

const NAMES: &[&[u8]] = &[b"url", b"file", b"user-agent", b"email", b""];

proptest! {
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300), place in prop::sample::select(&PLACES[..])) {
        check(&bytes, place, b"url");
    }

    #[test]
    fn near_misses(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..24),
        place in prop::sample::select(&PLACES[..]),
        name in prop::sample::select(NAMES),
    ) {
        check(pieces.concat().as_bytes(), place, name);
    }
}

#[test]
fn a_whole_window_of_each_near_miss() {
    for piece in PIECES {
        let text = piece.repeat(WINDOW / piece.len());
        for place in PLACES {
            check(text.as_bytes(), place, b"url");
        }
    }
}
