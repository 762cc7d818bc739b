//! Writes what the parsers tell down as text, pieces joined, so that two ways of feeding can be compared.

use sidewatch::Anomaly;
use sidewatch::http::{Messages, Version};
use std::collections::BTreeSet;

/// One side of a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Side {
    lines: Vec<String>,
    body: Vec<u8>,
    raw: Vec<Vec<u8>>,
    more: bool,
    ended: bool,
}

impl Side {
    fn line(&mut self, line: String) {
        assert!(!self.ended, "{line:?} after the end");
        self.lines.push(line);
    }

    fn raw(&mut self, piece: &[u8], more: bool) {
        assert!(!self.ended, "raw text after the end");
        if !self.more {
            self.raw.push(Vec::new());
        }
        self.more = more;
        self.raw.last_mut().unwrap().extend_from_slice(piece);
    }

    fn end(&mut self) {
        assert!(!self.ended, "ended twice");
        assert!(!self.more, "a raw value was left open: {self:?}");
        self.ended = true;
    }

    fn text(&self, mark: char, to: &mut Vec<String>) {
        to.extend(self.lines.iter().map(|l| format!("{mark} {l}")));
        if !self.body.is_empty() {
            to.push(format!("{mark} body {}", escape(&self.body)));
        }
        to.extend(self.raw.iter().filter(|r| !r.is_empty()).map(|r| format!("{mark} raw {}", escape(r))));
        if self.ended {
            to.push(format!("{mark} end"));
        }
    }
}

/// A transaction as it was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    request: Side,
    response: Side,
    pub anomalies: BTreeSet<&'static str>,
}

impl Record {
    /// All of it, a line per call; raw text after the rest.
    pub fn text(&self) -> Vec<String> {
        let mut to = Vec::new();
        self.request.text('>', &mut to);
        self.response.text('<', &mut to);
        to
    }

    /// Bytes told, for checks that none is lost.
    #[allow(dead_code)] // not every test counts
    pub fn len(&self) -> usize {
        let side = |s: &Side| s.body.len() + s.raw.iter().map(Vec::len).sum::<usize>();
        side(&self.request) + side(&self.response)
    }
}

impl Messages for Record {
    fn request_line(&mut self, method: &[u8], target: &[u8], version: Version) {
        self.request.line(format!("{} {} {version}", escape(method), escape(target)));
    }
    fn request_header(&mut self, name: &[u8], value: &[u8]) {
        self.request.line(format!("{}: {}", escape(name), escape(value)));
    }
    fn request_head_end(&mut self) {
        self.request.line(String::from("head end"));
    }
    fn request_body(&mut self, piece: &[u8]) {
        assert!(!self.request.ended);
        self.request.body.extend_from_slice(piece);
    }
    fn request_trailer(&mut self, name: &[u8], value: &[u8]) {
        self.request.line(format!("trailer {}: {}", escape(name), escape(value)));
    }
    fn request_raw(&mut self, piece: &[u8], more: bool) {
        self.request.raw(piece, more);
    }
    fn request_end(&mut self) {
        self.request.end();
    }
    fn response_line(&mut self, status: Option<u16>, version: Version) {
        self.response.line(format!("{} {version}", status.map_or(String::from("?"), |s| s.to_string())));
    }
    fn response_interim(&mut self, status: u16) {
        self.response.line(format!("interim {status}"));
    }
    fn response_header(&mut self, name: &[u8], value: &[u8]) {
        self.response.line(format!("{}: {}", escape(name), escape(value)));
    }
    fn response_head_end(&mut self) {
        self.response.line(String::from("head end"));
    }
    fn response_body(&mut self, piece: &[u8]) {
        assert!(!self.response.ended);
        self.response.body.extend_from_slice(piece);
    }
    fn response_trailer(&mut self, name: &[u8], value: &[u8]) {
        self.response.line(format!("trailer {}: {}", escape(name), escape(value)));
    }
    fn response_raw(&mut self, piece: &[u8], more: bool) {
        self.response.raw(piece, more);
    }
    fn response_end(&mut self) {
        self.response.end();
    }
    fn anomaly(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly.name());
    }
}

/// Bytes as text: `\r`, `\n`, `\t`, `\\` and `\xNN`; long runs of one byte as `\{a*300}`.
pub fn escape(bytes: &[u8]) -> String {
    let mut out = String::new();
    for run in bytes.chunk_by(|a, b| a == b) {
        let one = match run[0] {
            b'\r' => String::from("\\r"),
            b'\n' => String::from("\\n"),
            b'\t' => String::from("\\t"),
            b'\\' => String::from("\\\\"),
            b @ 0x20..0x7f => char::from(b).to_string(),
            b => format!("\\x{b:02x}"),
        };
        if run.len() > 64 {
            out += &format!("\\{{{one}*{}}}", run.len());
        } else {
            out.extend(std::iter::repeat_n(one.as_str(), run.len()));
        }
    }
    out
}

/// The reverse of [`escape`].
#[allow(dead_code)] // not every test reads cases
pub fn unescape(text: &str) -> Vec<u8> {
    fn one(rest: &mut &str) -> u8 {
        let mut chars = rest.chars();
        let c = chars.next().unwrap();
        assert!(c.is_ascii(), "write {c:?} as bytes");
        *rest = chars.as_str();
        if c != '\\' {
            return c as u8;
        }
        let (escape, tail) = rest.split_at(1);
        *rest = tail;
        match escape {
            "r" => b'\r',
            "n" => b'\n',
            "t" => b'\t',
            "\\" => b'\\',
            "x" => {
                let (hex, tail) = rest.split_at(2);
                *rest = tail;
                u8::from_str_radix(hex, 16).unwrap()
            }
            other => panic!("unknown escape {other:?}"),
        }
    }
    let (mut rest, mut out) = (text, Vec::new());
    while !rest.is_empty() {
        if let Some(run) = rest.strip_prefix("\\{") {
            rest = run;
            let b = one(&mut rest);
            let (n, tail) = rest.strip_prefix('*').and_then(|r| r.split_once('}')).expect("\\{b*n}");
            out.extend(std::iter::repeat_n(b, n.parse().unwrap()));
            rest = tail;
        } else {
            out.push(one(&mut rest));
        }
    }
    out
}
