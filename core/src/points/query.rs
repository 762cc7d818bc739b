//! The query of a target: pairs, and the other ways in which servers read them.
//!
//! Beyond the pairs split at `&`: where `;` may be the separator (HTML 4.01, appendix B.2.2, and servers that followed
//! it) the pairs split at `;`; a name given twice also has its values joined, with `,` as ASP.NET and Express stacks
//! do, and with nothing between, as payloads cut over several parameters are put together again; and a query whose
//! names are unlike names is also one value, as CGI programs and applications with routes in the query read it.

use super::name::{self, Short};
use super::pairs::Pairs;
use super::{Place, Point, Segment, Sink};
use crate::limits::Limits;

/// Reads queries; its buffers are reused.
///
/// Emits: `query.q#name` and `query.q` for each pair, `query` for what has no name or may be no pairs at all,
/// `query.q|pollution` and `query.q|concat` for the joined values of a name given twice, and of the
/// elements of a list (`q[]`, `q[0]`).
#[derive(Debug)]
pub struct Query {
    pairs: Pairs,
    /// Made when first needed.
    by_semicolon: Option<Box<Pairs>>,
}

/// A reader of pairs that are parted by `separator`.
fn pairs(separator: u8) -> Pairs {
    Pairs::new(Place::QueryName, Place::QueryValue, separator)
}

impl Default for Query {
    fn default() -> Self {
        Query { pairs: pairs(b'&'), by_semicolon: None }
    }
}

impl Query {
    /// Reads the whole query, without its `?`. Pairs stand below `at`.
    pub fn read(&mut self, limits: &Limits, at: &Point<'_>, query: &[u8], sink: &mut impl Sink) {
        self.pairs.reset();
        self.pairs.run(limits, at, query, true, sink);
        let mut joined = (&self.pairs, b'&');
        if semicolons_may_separate(query) {
            let by_semicolon = self.by_semicolon.get_or_insert_with(|| Box::new(pairs(b';')));
            by_semicolon.reset();
            by_semicolon.run(limits, at, query, true, sink);
            joined = (by_semicolon, b';');
        }
        if self.pairs.odd {
            sink.piece(at, Place::QueryValue, query, false);
        }
        let (pairs, separator) = joined;
        for &hash in &pairs.duplicates {
            join(at, query, separator, hash, sink);
        }
    }
}

/// Whether splitting at `;` gives pairs that splitting at `&` does not.
fn semicolons_may_separate(query: &[u8]) -> bool {
    memchr::memchr(b';', query).is_some()
        && memchr::memchr(b'&', query).is_none()
        && query.split(|&b| b == b';').skip(1).any(|pair| {
            let name = pair.split(|&b| b == b'=').next().unwrap_or_default();
            !name.is_empty()
                && name.len() < pair.len()
                && name::is_plain(name::urlencoded(name, &mut Short::new()))
        })
}

/// Emits the values of the name with `hash`, joined. Values that are all plain words can join to nothing worse.
fn join(at: &Point<'_>, query: &[u8], separator: u8, hash: u64, sink: &mut impl Sink) {
    let values = |each: &mut dyn FnMut(&[u8], &[u8])| {
        let mut start = 0;
        while start <= query.len() {
            let rest = &query[start..];
            let pair = &rest[..memchr::memchr(separator, rest).unwrap_or(rest.len())];
            start += pair.len() + 1;
            let Some(equals) = memchr::memchr(b'=', pair) else { continue };
            let (raw, value) = (&pair[..equals], &pair[equals + 1..]);
            let mut buf = Short::new();
            let name = name::urlencoded(raw, &mut buf);
            let list = name::list(name);
            if name::hash(list) == hash {
                each(list, value);
            }
        }
    };
    let (mut number, mut plain) = (0, true);
    values(&mut |_, value| {
        number += 1;
        plain &= name::is_word(value);
    });
    if number < 2 || plain {
        return;
    }
    for (via, glue) in [("pollution", &b","[..]), ("concat", b"")] {
        let mut left = number;
        values(&mut |name, value| {
            let point = at.then(Segment::Name(name));
            let point = point.then(Segment::Via(via));
            left -= 1;
            sink.piece(&point, Place::QueryValue, value, left > 0);
            if left > 0 && !glue.is_empty() {
                sink.piece(&point, Place::QueryValue, glue, true);
            }
        });
    }
}
