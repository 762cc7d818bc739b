//! The header fields of a part.

use super::super::charset::Named;
use super::super::content_type::{ContentType, Kind};
use super::super::name::{self, Short};
use super::super::params::{self, Param};
use super::super::{Place, Point, Segment, Sink};
use super::boundary::Boundaries;
use super::transfer::Encoding;
use crate::http::Anomaly;
use crate::limits::NAME;
use smallvec::SmallVec;

/// What the header fields of a part say.
#[derive(Debug)]
pub(super) struct Part {
    /// Where its content stands.
    pub place: Place,
    /// How its content is encoded.
    pub encoding: Encoding,
    /// Whether its content is a multipart body whose boundaries have been added.
    pub nested: bool,
}

/// One field: name and value as sent (folds kept); no name if there is no colon.
struct Field<'a> {
    name: Option<&'a [u8]>,
    value: &'a [u8],
    folded: bool,
}

/// The fields of a header block; a line that begins with a blank belongs to the line before it.
fn fields(head: &[u8]) -> impl Iterator<Item = Field<'_>> {
    let mut rest = head;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (mut end, mut folded) = (0, false);
        while let Some(i) = memchr::memchr(b'\n', &rest[end..]) {
            end += i + 1;
            match rest.get(end) {
                Some(b' ' | b'\t') => folded = true,
                _ => break,
            }
        }
        if end == 0 || (end < rest.len() && matches!(rest[end], b' ' | b'\t')) {
            end = rest.len();
        }
        let (line, after) = rest.split_at(end);
        rest = after;
        let colon = memchr::memchr(b':', line);
        let name = colon.map(|i| line[..i].trim_ascii());
        let value = colon.map_or(line, |i| &line[i + 1..]).trim_ascii();
        Some(Field { name, value, folded })
    })
}

fn is(field: &Field<'_>, name: &[u8]) -> bool {
    field.name.is_some_and(|n| n.eq_ignore_ascii_case(name))
}

fn unquoted(value: &[u8]) -> &[u8] {
    value.strip_prefix(b"'").and_then(|v| v.strip_suffix(b"'")).unwrap_or(value)
}

/// The name of the part in the header block `head`, cut for its point. Where there are several it is the first.
pub(super) fn name(head: &[u8]) -> Option<Short> {
    let dispositions = fields(head).filter(|f| is(f, b"content-disposition"));
    let mut params = dispositions.flat_map(|f| params::split(f.value).1);
    let name = params.find_map(|p| {
        if p.is(b"name") { Some(unquoted(p.value)) } else { p.extension(b"name").map(|_| p.extended()) }
    })?;
    Some(Short::from_slice(name.get(..NAME).unwrap_or(name)))
}

/// Emits the values of the header block `head` of a part that stands at `point`, and adds the boundaries of a part
/// that is itself a multipart body at `level`. `named` is its [`name`]; `form` tells that the body is a form, whose parts must
/// have names.
pub(super) fn read(
    head: &[u8],
    named: Option<&[u8]>,
    form: bool,
    level: Option<u8>,
    point: &Point<'_>,
    boundaries: &mut Boundaries,
    sink: &mut impl Sink,
) -> Part {
    let mut part = Part { place: Place::Text, encoding: Encoding::None, nested: false };
    let (mut dispositions, mut types, mut charset) = (0, 0, None);
    for field in fields(head) {
        if field.folded {
            sink.anomaly(Anomaly::Folding);
        }
        if is(&field, b"content-disposition") {
            dispositions += 1;
            let odd = disposition(&mut part, field.value, point, sink);
            if !odd && dispositions == 1 && !field.folded {
                continue; // all of it has been emitted by its parts
            }
            sink.anomaly(Anomaly::MultipartHeader);
        } else if is(&field, b"content-type") {
            types += 1;
            let content_type = ContentType::parse(field.value);
            charset = charset.or(content_type.charset);
            if matches!(content_type.kind, Kind::FormData | Kind::Multipart) {
                match level {
                    Some(level) => {
                        let (found, clear) = boundaries.add_from(level, &content_type);
                        part.nested |= found;
                        if !clear {
                            sink.anomaly(Anomaly::MultipartBoundary);
                        }
                    }
                    None => sink.anomaly(Anomaly::NestingTooDeep),
                }
            }
        } else if is(&field, b"content-transfer-encoding") {
            match Encoding::of(field.value) {
                Some(encoding) => {
                    part.encoding = encoding;
                    continue;
                }
                None => sink.anomaly(Anomaly::MultipartHeader),
            }
        }
        header(&field, point, sink);
    }
    if types > 1 || dispositions > 1 || (form && (dispositions == 0 || named.is_none())) {
        sink.anomaly(Anomaly::MultipartHeader);
    }
    if charset.is_some_and(|c| c != Named::Utf8) || named == Some(b"_charset_") {
        sink.anomaly(Anomaly::Charset);
    }
    if part.encoding == Encoding::None {
        part.encoding = charset.map_or(Encoding::None, Encoding::of_charset);
    }
    if part.place == Place::Text && named.is_some() {
        part.place = Place::FormValue;
    }
    part
}

/// Emits names and file names of a Content-Disposition; tells whether anything else is in it, or anything that two
/// servers may read differently. The content is a file's only if every reader sees a file name.
fn disposition(part: &mut Part, value: &[u8], point: &Point<'_>, sink: &mut impl Sink) -> bool {
    let (essence, params) = params::split(value);
    let known: [&[u8]; 3] = [b"form-data", b"file", b"attachment"];
    let mut odd = !known.iter().any(|k| essence.eq_ignore_ascii_case(k));
    let (mut names, mut file_names) = (0, 0);
    let mut joined = SmallVec::<[Param<'_>; 4]>::new();
    let file = point.then(Segment::Name(b"filename"));
    for param in params {
        odd |= param.odd;
        if param.is(b"name") {
            names += 1;
            sink.piece(&point.then(Segment::NameItself), Place::FormName, param.value, false);
        } else if param.is(b"filename") {
            file_names += 1;
            sink.piece(&file, Place::FileName, param.value, false);
            if !param.odd {
                part.place = Place::FileContent;
            }
        } else if let Some(extension) = param.extension(b"filename") {
            odd = true;
            sink.piece(&file, Place::FileName, param.extended(), false);
            if extension.len() > 1 && joined.len() < joined.inline_size() {
                joined.push(param);
            }
        } else {
            odd = true;
        }
    }
    if let [pieces @ .., last] = &joined[..]
        && !pieces.is_empty()
    {
        pieces.iter().for_each(|p| sink.piece(&file, Place::FileName, p.extended(), true));
        sink.piece(&file, Place::FileName, last.extended(), false);
    }
    odd || names > 1 || file_names > 1
}

/// Emits a field as a value below the part; one without a colon is raw.
fn header(field: &Field<'_>, point: &Point<'_>, sink: &mut impl Sink) {
    let Some(name) = field.name else {
        sink.anomaly(Anomaly::MultipartHeader);
        return sink.piece(point, Place::Raw, field.value, false);
    };
    let mut lower = Short::from_slice(name.get(..NAME).unwrap_or(name));
    lower.make_ascii_lowercase();
    let at = point.then(Segment::Name(&lower));
    if !name::is_word(name) || name.is_empty() || name.len() > NAME {
        sink.anomaly(Anomaly::MultipartHeader);
        sink.piece(&at.then(Segment::NameItself), Place::HeaderName, name, false);
    }
    sink.piece(&at, Place::HeaderValue, field.value, false);
}
