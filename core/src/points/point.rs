//! Where a value stands: `query.q|base64|json.cmd`.

use std::fmt;

/// The part of the message a point begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// `method`
    Method,
    /// `target`
    Target,
    /// `path`
    Path,
    /// `query`
    Query,
    /// `header`
    Header,
    /// `cookie`
    Cookie,
    /// `body`
    Body,
    /// `raw`: bytes that are not HTTP, or past a limit
    Raw,
}

/// One step of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Segment<'a> {
    /// The part of the message; always first, never later.
    Part(Part),
    /// A name: parameter, field, key, element. Shown as `.name`.
    Name(&'a [u8]),
    /// A place in a list, from 0. Shown as `[2]`.
    Index(u32),
    /// Several names and places at once, as they are shown: `user.list[2].name`. For formats whose nesting is only
    /// known while reading.
    Path {
        /// The names and places.
        text: &'a [u8],
        /// The innermost name; empty if there are only places.
        last: &'a [u8],
    },
    /// The name itself is the value, not what it names. Shown as `#name`.
    NameItself,
    /// A body format read straight from the message. Shown as `.json`.
    Format(&'static str),
    /// A decoder passed, or a format found inside a value. Shown as `|base64`.
    Via(&'static str),
}

/// A named part of a message: a list of segments that lies on the stack and is written out only for a finding.
#[derive(Clone, Copy, Debug)]
pub struct Point<'a> {
    parent: Option<&'a Point<'a>>,
    segment: Segment<'a>,
}

impl<'a> Point<'a> {
    /// A point that is a whole part of the message.
    pub const fn part(part: Part) -> Point<'static> {
        Point { parent: None, segment: Segment::Part(part) }
    }

    /// A point below this one.
    #[inline]
    pub const fn then(&'a self, segment: Segment<'a>) -> Point<'a> {
        Point { parent: Some(self), segment }
    }

    /// The last segment.
    pub const fn segment(&self) -> Segment<'a> {
        self.segment
    }

    /// The point above this one.
    pub const fn parent(&self) -> Option<&'a Point<'a>> {
        self.parent
    }

    /// The innermost name on the way here (the parameter, field or key), empty if there is none.
    pub fn name(&self) -> &'a [u8] {
        let mut point = Some(self);
        while let Some(p) = point {
            match p.segment {
                Segment::Name(name) => return name,
                Segment::Path { last, .. } if !last.is_empty() => return last,
                _ => {}
            }
            point = p.parent;
        }
        b""
    }

    /// Whether the value was read from that body format, straight from the message.
    pub fn is_below(&self, format: &str) -> bool {
        let mut point = Some(self);
        while let Some(p) = point {
            if matches!(p.segment, Segment::Format(f) if f == format) {
                return true;
            }
            point = p.parent;
        }
        false
    }

    /// Whether that decoder, or format found inside a value, was passed on the way.
    pub fn has_passed(&self, step: &str) -> bool {
        let mut point = Some(self);
        while let Some(p) = point {
            if matches!(p.segment, Segment::Via(s) if s == step) {
                return true;
            }
            point = p.parent;
        }
        false
    }

    /// The part of the message this point lies in.
    pub fn root(&self) -> Part {
        let mut point = self;
        loop {
            match (point.segment, point.parent) {
                (Segment::Part(part), _) => return part,
                (_, Some(parent)) => point = parent,
                (_, None) => return Part::Raw,
            }
        }
    }
}

impl fmt::Display for Point<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.segment {
            Segment::Part(part) => f.write_str(match part {
                Part::Method => "method",
                Part::Target => "target",
                Part::Path => "path",
                Part::Query => "query",
                Part::Header => "header",
                Part::Cookie => "cookie",
                Part::Body => "body",
                Part::Raw => "raw",
            }),
            Segment::Name(name) => {
                f.write_str(".")?;
                escaped(name, f)
            }
            Segment::Index(i) => write!(f, "[{i}]"),
            Segment::Path { text, .. } => {
                let dot = if text.first() == Some(&b'[') { "" } else { "." };
                f.write_str(dot)?;
                escaped(text, f)
            }
            Segment::NameItself => f.write_str("#name"),
            Segment::Format(format) => f.write_str(".").and_then(|()| f.write_str(format)),
            Segment::Via(step) => f.write_str("|").and_then(|()| f.write_str(step)),
        }
    }
}

/// Writes a name with what is not printable in it escaped.
fn escaped(name: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    // PERF: most need no escapes.
    let plain =
        name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'[' | b']'));
    match std::str::from_utf8(name) {
        Ok(text) if plain => f.write_str(text),
        _ => write!(f, "{}", name.escape_ascii()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_reads_as_the_way_to_it() {
        let query = Point::part(Part::Query);
        let q = query.then(Segment::Name(b"q"));
        let b = q.then(Segment::Via("base64"));
        let j = b.then(Segment::Via("json"));
        let user = j.then(Segment::Name(b"user"));
        let list = user.then(Segment::Index(2));
        assert_eq!(list.to_string(), "query.q|base64|json.user[2]");
        assert_eq!((list.name(), list.root()), (&b"user"[..], Part::Query));
        assert_eq!(q.then(Segment::NameItself).to_string(), "query.q#name");
        let path = j.then(Segment::Path { text: b"user.list[2]", last: b"list" });
        assert_eq!(
            (path.to_string().as_str(), path.name()),
            ("query.q|base64|json.user.list[2]", &b"list"[..])
        );
        let list = q.then(Segment::Path { text: b"[0]", last: b"" });
        assert_eq!((list.to_string().as_str(), list.name()), ("query.q[0]", &b"q"[..]));
        assert_eq!(query.then(Segment::Name(b"a b\xff\n")).to_string(), r"query.a b\xff\n");
    }
}
