//! What the parsers tell, as it becomes known.

use super::Anomaly;
use std::fmt;
use std::ops::Range;

/// The protocol version of a start line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Version {
    /// A request without a version, or one that says `HTTP/0.9`; a response of bare bytes.
    Http09,
    /// `HTTP/1.0`
    Http10,
    /// `HTTP/1.1`
    #[default]
    Http11,
    /// HTTP/2, from a host that has parsed it.
    Http2,
    /// HTTP/3, from a host that has parsed it.
    Http3,
    /// Anything else; framed as HTTP/1.1.
    Other,
}

impl Version {
    /// The version as it is written on the wire, `?` for [`Version::Other`].
    pub const fn as_str(self) -> &'static str {
        match self {
            Version::Http09 => "HTTP/0.9",
            Version::Http10 => "HTTP/1.0",
            Version::Http11 => "HTTP/1.1",
            Version::Http2 => "HTTP/2",
            Version::Http3 => "HTTP/3",
            Version::Other => "?",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A header field that the receiver knows ([`Messages::request_header_known`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownHeader {
    /// The length of its line, with the line end.
    pub line: usize,
    /// The length of its name, with which the line begins.
    pub name: usize,
    /// Where its value stands in the line.
    pub value: Range<usize>,
    /// Whether nothing about the message depends on it.
    pub plain: bool,
}

/// Receives the parts of one request and its response.
///
/// Of each message the start line comes first, then header fields, the end of the head, body pieces, trailer fields
/// and the end. A body is one value in any number of pieces; only their concatenation means something. Raw text may
/// come at any time before the end, between body pieces too; `more` tells that the next raw piece goes on with the
/// same value. A message that is nothing but raw text has no start line. An interim response comes before the final one.
pub trait Messages {
    /// The start line of the request; the target as it was written.
    fn request_line(&mut self, method: &[u8], target: &[u8], version: Version);
    /// A header field of the request. The name is empty where the line had no colon.
    fn request_header(&mut self, name: &[u8], value: &[u8]);
    /// The next header field of the request, if `head`, the rest of the head as far as it has come, begins with the line of
    /// one that the receiver has taken before as one that asks nothing of it, of those that
    /// [`request_header_is_plain`](Messages::request_header_is_plain) has told of. The line is written `name: value`, and
    /// CRLF ends it. If the message depends on the field, [`request_header_again`](Messages::request_header_again) is called
    /// next; [`request_header`](Messages::request_header) is not, unless it turns out that the next line continues it.
    fn request_header_known(&mut self, _head: &[u8]) -> Option<KnownHeader> {
        None
    }
    /// A header field that is known and on which the message depends.
    fn request_header_again(&mut self, name: &[u8], value: &[u8]) {
        self.request_header(name, value);
    }
    /// The header field just told was written as the grammar has it; `framing` tells whether something about the message
    /// depends on it.
    fn request_header_is_plain(&mut self, _name: &[u8], _value: &[u8], _framing: bool) {}
    /// The header section of the request is over.
    fn request_head_end(&mut self);
    /// A piece of the body: transfer coding removed, content coding still on.
    fn request_body(&mut self, piece: &[u8]);
    /// A trailer field of the request.
    fn request_trailer(&mut self, name: &[u8], value: &[u8]);
    /// Bytes that are not HTTP, past a limit, or a second reading of bytes that have two.
    fn request_raw(&mut self, piece: &[u8], more: bool);
    /// The request is complete, or no more of it will come.
    fn request_end(&mut self);

    /// The status line of the final response; no status where none could be read.
    fn response_line(&mut self, status: Option<u16>, version: Version);
    /// An interim response (1xx). Its fields, if any, follow as one raw value.
    fn response_interim(&mut self, status: u16);
    /// A header field of the response.
    fn response_header(&mut self, name: &[u8], value: &[u8]);
    /// The header section of the response is over.
    fn response_head_end(&mut self);
    /// A piece of the body: transfer coding removed, content coding still on.
    fn response_body(&mut self, piece: &[u8]);
    /// A trailer field of the response.
    fn response_trailer(&mut self, name: &[u8], value: &[u8]);
    /// Bytes that are not HTTP, past a limit, or a second reading of bytes that have two.
    fn response_raw(&mut self, piece: &[u8], more: bool);
    /// The response is complete, or no more of it will come.
    fn response_end(&mut self);

    /// Something odd was met; may be told more than once.
    fn anomaly(&mut self, anomaly: Anomaly);
    /// Something odd was met in the bytes of the request.
    fn request_anomaly(&mut self, anomaly: Anomaly) {
        self.anomaly(anomaly);
    }
}

impl<M: Messages + ?Sized> Messages for Box<M> {
    fn request_line(&mut self, method: &[u8], target: &[u8], version: Version) {
        (**self).request_line(method, target, version);
    }
    fn request_header(&mut self, name: &[u8], value: &[u8]) {
        (**self).request_header(name, value);
    }
    fn request_head_end(&mut self) {
        (**self).request_head_end();
    }
    fn request_header_known(&mut self, head: &[u8]) -> Option<KnownHeader> {
        (**self).request_header_known(head)
    }
    fn request_header_again(&mut self, name: &[u8], value: &[u8]) {
        (**self).request_header_again(name, value);
    }
    fn request_header_is_plain(&mut self, name: &[u8], value: &[u8], framing: bool) {
        (**self).request_header_is_plain(name, value, framing);
    }
    fn request_body(&mut self, piece: &[u8]) {
        (**self).request_body(piece);
    }
    fn request_trailer(&mut self, name: &[u8], value: &[u8]) {
        (**self).request_trailer(name, value);
    }
    fn request_raw(&mut self, piece: &[u8], more: bool) {
        (**self).request_raw(piece, more);
    }
    fn request_end(&mut self) {
        (**self).request_end();
    }
    fn response_line(&mut self, status: Option<u16>, version: Version) {
        (**self).response_line(status, version);
    }
    fn response_interim(&mut self, status: u16) {
        (**self).response_interim(status);
    }
    fn response_header(&mut self, name: &[u8], value: &[u8]) {
        (**self).response_header(name, value);
    }
    fn response_head_end(&mut self) {
        (**self).response_head_end();
    }
    fn response_body(&mut self, piece: &[u8]) {
        (**self).response_body(piece);
    }
    fn response_trailer(&mut self, name: &[u8], value: &[u8]) {
        (**self).response_trailer(name, value);
    }
    fn response_raw(&mut self, piece: &[u8], more: bool) {
        (**self).response_raw(piece, more);
    }
    fn response_end(&mut self) {
        (**self).response_end();
    }
    fn anomaly(&mut self, anomaly: Anomaly) {
        (**self).anomaly(anomaly);
    }
    fn request_anomaly(&mut self, anomaly: Anomaly) {
        (**self).request_anomaly(anomaly);
    }
}
