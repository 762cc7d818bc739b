//! What a connection speaks, told by its first bytes and never by its ports.

use crate::summary::Reason;
use sidewatch::http::is_registered_method;

/// What an HTTP/2 client says first (RFC 9113 section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n";
/// Longest start line looked at in full.
const LINE: usize = 8 << 10;

/// The two kinds of start line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Request,
    Response,
}

/// What the first bytes of a direction say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    /// A start line of HTTP/1.
    Http(Line),
    /// Certainly something else.
    Other(Reason),
    /// Neither a start line nor a protocol known here.
    Unknown,
    /// Too few bytes to tell.
    More,
}

/// What the first bytes of a direction say.
pub(crate) fn first_bytes(bytes: &[u8]) -> Says {
    match bytes {
        [0x14..=0x17, 3, 0..=4, length, ..] if *length <= 0x48 => return Says::Other(Reason::Tls),
        [0x14..=0x17] | [0x14..=0x17, 3] | [0x14..=0x17, 3, 0..=4] => return Says::More,
        _ => {}
    }
    if bytes.starts_with(PREFACE) {
        return Says::Other(Reason::Http2);
    }
    if PREFACE.starts_with(bytes) {
        return Says::More;
    }
    let start = bytes.iter().position(|b| !b" \t\r\n\0".contains(b)).unwrap_or(bytes.len());
    start_line(bytes.get(start..).unwrap_or_default())
}

/// Whether `bytes` begin with a start line.
fn start_line(bytes: &[u8]) -> Says {
    const VERSION: &[u8] = b"HTTP/";
    if bytes.starts_with(VERSION) {
        return Says::Http(Line::Response);
    }
    if VERSION.starts_with(bytes) {
        return Says::More;
    }
    let method = bytes.iter().position(|b| !is_token(*b)).unwrap_or(bytes.len());
    let (method, rest) = bytes.split_at(method.min(64));
    match rest.first() {
        None => return Says::More,
        Some(b' ' | b'\t' | 0x0b | 0x0c) if is_registered_method(method) => return Says::Http(Line::Request),
        // Only the version tells other methods from the commands of SMTP, FTP and their like.
        Some(b' ' | b'\t' | 0x0b | 0x0c) => {}
        _ => return Says::Unknown,
    }
    let line = rest.get(..LINE).unwrap_or(rest);
    let end = memchr::memchr(b'\n', line);
    let line = line.get(..end.unwrap_or(line.len())).unwrap_or_default();
    match line.windows(VERSION.len()).any(|w| w.eq_ignore_ascii_case(VERSION)) {
        true => Says::Http(Line::Request),
        false if end.is_none() && line.len() < LINE => Says::More,
        false => Says::Unknown,
    }
}

/// Finds the first start line in bytes whose beginning was not captured. A line begins where the bytes do and after
/// each LF. A request has to name a known method and the version: bodies hold all kinds of text.
pub(crate) fn find_start(bytes: &[u8], wanted: Option<Line>) -> Option<(usize, Line)> {
    let mut at = 0;
    loop {
        let rest = bytes.get(at..)?;
        let end = memchr::memchr(b'\n', rest);
        let line = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        let kind = if line.starts_with(b"HTTP/1.") || line.starts_with(b"HTTP/0.9") {
            Some(Line::Response)
        } else {
            let (method, target) = line.split_at(line.iter().position(|b| *b == b' ').unwrap_or(0));
            let is_request =
                is_registered_method(method) && memchr::memmem::find(target, b" HTTP/").is_some();
            is_request.then_some(Line::Request)
        };
        if let Some(kind) = kind.filter(|k| wanted.is_none_or(|w| w == *k)) {
            return Some((at, kind));
        }
        at += end? + 1;
    }
}

/// A byte of a token (RFC 9110 section 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell_the_protocol() {
        let cases: &[(&[u8], Says)] = &[
            (b"GET / HTTP/1.1\r\n", Says::Http(Line::Request)),
            (b"GET /", Says::Http(Line::Request)),
            (b"\r\n\r\nGET /", Says::Http(Line::Request)),
            (b" \tGET\t/ HTTP/1.1", Says::Http(Line::Request)),
            (b"get / http/1.1\r\n", Says::Http(Line::Request)),
            (b"BREW pot HTCPCP/1.0\r\n", Says::Unknown),
            (b"FOO /x HTTP/1.1\r\n", Says::Http(Line::Request)),
            (b"FOO /x", Says::More),
            (b"HTTP/1.1 200 OK\r\n", Says::Http(Line::Response)),
            (b"HTT", Says::More),
            (b"G", Says::More),
            (b"", Says::More),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Says::Other(Reason::Http2)),
            (b"PRI * HTTP/2", Says::More),
            (b"\x16\x03\x01\x02\x00\x01", Says::Other(Reason::Tls)),
            (b"\x17\x03\x03\x00\x20", Says::Other(Reason::Tls)),
            (b"\x16\x03", Says::More),
            (b"SSH-2.0-OpenSSH_9.6\r\n", Says::Unknown),
            (b"EHLO mail.example\r\n", Says::Unknown),
            (b"220 ready\r\n", Says::Unknown),
            (b"\x00\x01\x02\x03binary", Says::Unknown),
        ];
        for (bytes, says) in cases {
            assert_eq!(first_bytes(bytes), *says, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn start_lines_are_found_inside_a_stream() {
        let stream = b"tail of a body\nGET is a word\r\nGET /next HTTP/1.1\r\n";
        assert_eq!(find_start(stream, None), Some((30, Line::Request)));
        assert_eq!(find_start(stream, Some(Line::Response)), None);
        assert_eq!(find_start(b"x\nHTTP/1.1 200 OK\r\n", None), Some((2, Line::Response)));
        assert_eq!(find_start(b"", None), None);
    }
}
