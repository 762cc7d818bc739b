//! Bodies: chooses the reader and passes the bytes on to it, in UTF-8.

use super::charset::{Charset, Named, Transcoder};
use super::content_type::{ContentType, Kind};
use super::packed::Packed;
use super::sniff::{self, Reader, SNIFF};
use super::{Form, Json, Multipart, Place, Point, Segment, Sink, Text, Xml};
use crate::bytes::same;
use crate::http::Anomaly;
use crate::limits::Limits;

/// Longest Content-Type that is remembered.
const SHORT: usize = 48;
/// Bytes transcoded at a time: what they become stays in the processor's cache.
const PIECE: usize = 2 << 10;
/// Most bytes that are gathered before the reader gets them. A piece that is as large goes on as it is.
const GATHERED: usize = 256;

/// Reads bodies of any format; its buffers are reused.
///
/// Emits below the point it is given, after the name of the format: `body.form.q`, `body.multipart.file.filename`,
/// `body.json.user.name`, `body.xml.a.b`, `body.grpc[0].2.1`; `body.text`, `body.file` and `body.raw` for a body that is one value.
#[derive(Debug, Default)]
pub struct Body {
    /// What the Content-Type says.
    kind: Option<Kind>,
    charset: Option<Named>,
    said: Said,
    boundary: bool,
    /// Bytes that the reader has not got yet: the first, until there are enough to choose; then those of small pieces in
    /// which no value has ended.
    held: Vec<u8>,
    chosen: Option<Reader>,
    /// Of which bytes one ends each value, as far as the reader gets to know of it by a byte; none if it does not go by bytes.
    ends: Option<[u8; 3]>,
    /// Bytes of a byte order mark to leave out.
    mark: usize,
    transcoder: Option<Transcoder>,
    wide: Vec<u8>,
    form: Form,
    json: Json,
    text: Text,
    /// The readers of rarer formats, made when first needed.
    multipart: Option<Box<Multipart>>,
    xml: Option<Box<Xml>>,
    packed: Option<Box<Packed>>,
}

/// What a short Content-Type says.
#[derive(Debug, Default)]
struct Said {
    value: Vec<u8>,
    kind: Option<Kind>,
    charset: Option<Named>,
    doubled: bool,
}

impl Said {
    /// Reads a value; the last one is known again, if it is short.
    fn read(&mut self, value: &[u8]) {
        // PERF: a client sends the same type with each request.
        if !value.is_empty() && same(value, &self.value) {
            return;
        }
        let ContentType { kind, charset, doubled, .. } = ContentType::parse(value);
        (self.kind, self.charset, self.doubled) = (Some(kind), charset, doubled);
        self.value.clear();
        if value.len() <= SHORT {
            self.value.reserve_exact(SHORT);
            self.value.extend_from_slice(value);
        }
    }
}

/// Runs `$call` on the chosen reader, at the point below `$at` named for its format.
macro_rules! with_reader {
    ($body:ident, $reader:expr, $at:ident, |$r:ident, $point:ident| $call:expr) => {{
        let format = match $reader {
            Reader::Form => "form",
            Reader::Multipart => "multipart",
            Reader::Json => "json",
            Reader::Xml => "xml",
            Reader::Packed(packing) => packing.name(),
            Reader::Text => "text",
            Reader::File => "file",
            Reader::Raw => "raw",
        };
        let $point = &$at.then(Segment::Format(format));
        match $reader {
            Reader::Form => {
                let $r = &mut $body.form;
                $call
            }
            Reader::Multipart => {
                let $r = $body.multipart.get_or_insert_default();
                $call
            }
            Reader::Json => {
                let $r = &mut $body.json;
                $call
            }
            Reader::Xml => {
                let $r = $body.xml.get_or_insert_default();
                $call
            }
            Reader::Packed(_) => {
                let $r = $body.packed.get_or_insert_default();
                $call
            }
            Reader::Text | Reader::File | Reader::Raw => {
                let $r = &mut $body.text;
                $call
            }
        }
    }};
}

impl Body {
    /// Makes ready for a body with this Content-Type. Oddities of the field go to `sink`.
    pub fn start(&mut self, content_type: Option<&[u8]>, sink: &mut impl Sink) {
        self.reset();
        let Some(value) = content_type else { return };
        self.said.read(value);
        (self.kind, self.charset) = (self.said.kind, self.said.charset);
        if self.said.doubled {
            sink.anomaly(Anomaly::DuplicateField);
        }
        if matches!(self.kind, Some(Kind::FormData | Kind::Multipart)) {
            self.boundary = self.multipart.get_or_insert_default().start(Some(value), sink);
        }
    }

    /// Makes ready for a body without a Content-Type.
    pub fn reset(&mut self) {
        (self.kind, self.charset, self.boundary) = (None, None, false);
        self.held.clear();
        (self.chosen, self.ends, self.mark, self.transcoder) = (None, None, 0, None);
        self.form.reset();
        self.multipart.iter_mut().for_each(|reader| reader.reset());
        self.json.reset();
        self.xml.iter_mut().for_each(|reader| reader.reset());
        self.packed.iter_mut().for_each(|reader| reader.reset());
        self.text.reset();
    }

    /// Whether the type, or the want of one, lets a server read the body as text or as fields.
    pub fn may_be_text(&self) -> bool {
        !matches!(self.kind, Some(Kind::Binary | Kind::Unknown | Kind::Packed(_)))
    }

    /// Takes a small piece if all that is to be done with it is to hold it: no value can end in it.
    ///
    /// PERF: a body that comes byte by byte mostly goes no further.
    #[inline]
    pub fn holds(&mut self, piece: &[u8]) -> bool {
        let (most, [a, b, c]) = match self.ends {
            Some(ends) => (GATHERED, ends),
            None if self.chosen.is_none() => (SNIFF, [b'\0'; 3]),
            None => return false,
        };
        if self.held.len() + piece.len() >= most {
            return false;
        }
        match piece {
            [byte] if *byte == a || *byte == b || *byte == c => return false,
            [byte] => self.held.push(*byte),
            _ if memchr::memchr3(a, b, c, piece).is_some() => return false,
            _ => self.held.extend_from_slice(piece),
        }
        true
    }

    /// Takes the next bytes of the body. Those of small pieces are held until a value may have ended, so that it lies whole
    /// before the reader.
    pub fn feed(&mut self, limits: &Limits, at: &Point<'_>, chunk: &[u8], sink: &mut impl Sink) {
        let mut rest = chunk;
        while !rest.is_empty() {
            if self.held.is_empty() {
                if self.chosen.is_none() && rest.len() >= SNIFF {
                    self.choose(&rest[..SNIFF], sink);
                }
                if self.chosen.is_some() && (rest.len() >= GATHERED || self.ends.is_none()) {
                    return self.pass(limits, at, rest, sink);
                }
            }
            let most = if self.chosen.is_some() { GATHERED } else { SNIFF };
            let (mut new, room) = (self.held.len(), most - self.held.len());
            let (some, later) = rest.split_at(rest.len().min(room));
            self.held.extend_from_slice(some);
            rest = later;
            if self.chosen.is_none() {
                if self.held.len() < SNIFF {
                    return;
                }
                let held = std::mem::take(&mut self.held);
                self.choose(&held, sink);
                (self.held, new) = (held, 0);
            }
            let end = match self.ends {
                // Large pieces are not worth gathering.
                _ if rest.len() >= GATHERED => self.held.len(),
                Some(ends) => last_end(ends, &self.held, new),
                None => self.held.len(),
            };
            match end {
                0 if self.held.len() < GATHERED => {}
                0 => self.pass_held(limits, at, GATHERED, sink),
                _ => self.pass_held(limits, at, end, sink),
            }
        }
    }

    /// Gives the reader what is held, if it has been chosen: something else of the message comes next.
    pub fn settle(&mut self, limits: &Limits, at: &Point<'_>, sink: &mut impl Sink) {
        if self.chosen.is_some() && !self.held.is_empty() {
            self.pass_held(limits, at, self.held.len(), sink);
        }
    }

    /// Ends the body.
    pub fn finish(&mut self, limits: &Limits, at: &Point<'_>, sink: &mut impl Sink) {
        if self.chosen.is_none() && !self.held.is_empty() {
            let held = std::mem::take(&mut self.held);
            self.choose(&held, sink);
            self.held = held;
        }
        if let Some(reader) = self.chosen {
            if !self.held.is_empty() {
                if reader == Reader::Form && self.transcoder.is_none() {
                    // PERF: the last value need not come in pieces.
                    let rest = &self.held[std::mem::take(&mut self.mark)..];
                    self.form.end(limits, &at.then(Segment::Format("form")), rest, sink);
                    return self.reset();
                }
                self.pass_held(limits, at, self.held.len(), sink);
            }
            if let Some(mut transcoder) = self.transcoder.take() {
                self.wide.clear();
                transcoder.finish(&mut self.wide);
                with_reader!(self, reader, at, |r, point| r.feed(limits, point, &self.wide, sink));
            }
            with_reader!(self, reader, at, |r, point| r.finish(limits, point, sink));
        }
        self.reset();
    }

    /// Passes the first `end` of the bytes held on.
    fn pass_held(&mut self, limits: &Limits, at: &Point<'_>, end: usize, sink: &mut impl Sink) {
        let mut held = std::mem::take(&mut self.held);
        self.pass(limits, at, &held[..end], sink);
        held.copy_within(end.., 0);
        held.truncate(held.len() - end);
        self.held = held;
    }

    /// Chooses charset and reader by the first bytes.
    fn choose(&mut self, head: &[u8], sink: &mut impl Sink) {
        let (charset, mark, lies) = match self.kind {
            Some(Kind::Packed(_)) => (None, 0, false),
            _ => charset_of(self.charset, head),
        };
        if charset.is_some() || self.charset.is_some_and(|c| c != Named::Utf8) {
            sink.anomaly(Anomaly::Charset);
        }
        if lies {
            sink.anomaly(Anomaly::ContentTypeMismatch);
        }
        self.mark = mark;
        self.transcoder = charset.map(Transcoder::new);
        self.wide.clear();
        let text = match charset {
            None => &head[mark..],
            Some(charset) => {
                Transcoder::new(charset).run(&head[mark..], &mut self.wide);
                &self.wide
            }
        };
        let (reader, odd) = sniff::choose(self.kind, self.boundary, text.get(..SNIFF).unwrap_or(text));
        if !odd.is_empty() {
            odd.iter().for_each(|anomaly| sink.anomaly(anomaly));
        }
        match reader {
            Reader::Packed(packing) => self.packed.get_or_insert_default().start(packing),
            Reader::Text => self.text.start(Place::Text),
            Reader::File => self.text.start(Place::FileContent),
            Reader::Raw => self.text.start(Place::Raw),
            _ => {}
        }
        self.chosen = Some(reader);
        self.ends = match reader {
            Reader::Form => Some([b'&'; 3]),
            Reader::Json => Some([b',', b'}', b']']),
            Reader::Xml => Some([b'>'; 3]),
            Reader::Multipart => Some([b'\n'; 3]),
            // One value, which ends with the body.
            Reader::Text | Reader::File | Reader::Raw => Some([b'\0'; 3]),
            Reader::Packed(_) => None,
        };
    }

    fn pass(&mut self, limits: &Limits, at: &Point<'_>, bytes: &[u8], sink: &mut impl Sink) {
        let Some(reader) = self.chosen else { return };
        let bytes = &bytes[std::mem::take(&mut self.mark)..];
        if bytes.is_empty() {
            return;
        }
        let Some(mut transcoder) = self.transcoder.take() else {
            return with_reader!(self, reader, at, |r, point| r.feed(limits, point, bytes, sink));
        };
        for piece in bytes.chunks(PIECE) {
            self.wide.clear();
            transcoder.run(piece, &mut self.wide);
            with_reader!(self, reader, at, |r, point| r.feed(limits, point, &self.wide, sink));
        }
        self.transcoder = Some(transcoder);
    }
}

/// Where in `held`, from its byte `new` on, the last value may have ended: behind one of the bytes `ends`; 0 if nowhere.
fn last_end([a, b, c]: [u8; 3], held: &[u8], new: usize) -> usize {
    let mut end = held.len();
    while let Some(at) = memchr::memrchr3(a, b, c, &held[new..end]) {
        end = new + at;
        // A comma or bracket of JSON stands behind a quote, a number or another bracket. One in a text need not end anything.
        let before = end.checked_sub(1).and_then(|i| held.get(i));
        if a != b',' || before.is_none_or(|b| matches!(b, b'"' | b'}' | b']' | b'0'..=b'9')) {
            return end + 1;
        }
    }
    0
}

/// The charset to turn into UTF-8 if any, the length of the byte order mark, and whether what the Content-Type says
/// is not so. A declared charset is believed only if the bytes are no ASCII or UTF-8 text: a server that does not know
/// the charset reads them as that.
fn charset_of(said: Option<Named>, head: &[u8]) -> (Option<Charset>, usize, bool) {
    if let Some((charset, mark)) = Charset::from_mark(head) {
        return (charset, mark, false);
    }
    if let Some(charset) = Charset::from_nuls(head) {
        return (Some(charset), 0, false);
    }
    let Some(Named::Known(charset)) = said else {
        return (None, 0, false);
    };
    let utf8 = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && error.valid_up_to() > 0,
    };
    // UTF-16 and UTF-32 text of Latin letters holds NULs, which are valid UTF-8.
    if utf8 && !head.contains(&0) { (None, 0, true) } else { (Some(charset), 0, false) }
}
