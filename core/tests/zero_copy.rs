//! Zero copy: a value that lies whole in a chunk and needs no decoding is handed on where it lies, by every reader and
//! by the joining of pieces, and the parsers hand on body bytes where they lie.

use sidewatch::bytes::Joiner;
use sidewatch::http::h1::{self, Stop};
use sidewatch::http::{Messages, Version};
use sidewatch::limits::{Limits, WINDOW};
use sidewatch::points::{Body, Header, Part, Place, Point, Query, Sink, Target};
use sidewatch::{Anomalies, Anomaly};
use std::ops::Range;

/// Tells of each value whether it lies inside the input.
struct Inside {
    input: Range<*const u8>,
    values: Vec<(String, String, bool)>,
}

impl Inside {
    fn new(input: &[u8]) -> Inside {
        Inside { input: input.as_ptr_range(), values: Vec::new() }
    }

    fn lies(&self, piece: &[u8]) -> bool {
        let piece = piece.as_ptr_range();
        self.input.start <= piece.start && piece.end <= self.input.end
    }

    /// Every value must lie inside the input, but those with the points in `copied`.
    fn assert(&self, name: &str, number: usize, copied: &[&str]) {
        assert_eq!(self.values.len(), number, "{name}: {:#?}", self.values);
        for (point, value, inside) in &self.values {
            let may_be_copied = copied.contains(&point.as_str());
            assert_eq!(*inside, !may_be_copied, "{name}: {point} = {value}");
        }
    }
}

impl Sink for Inside {
    fn piece(&mut self, at: &Point<'_>, _: Place, piece: &[u8], more: bool) {
        assert!(!more, "{at} came in pieces");
        self.values.push((at.to_string(), piece.escape_ascii().to_string(), self.lies(piece)));
    }

    fn anomaly(&mut self, _: Anomaly) {}
}

#[test]
fn the_parts_of_a_head_are_judged_where_they_lie() {
    let limits = Limits::default();
    let target = b"/shop/a%20b;v=1/list?q=garden%20tools&page=2&flag";
    let mut sink = Inside::new(target);
    Target::split(target, false).read(&limits, &mut Query::default(), &mut sink);
    assert!(sink.values.len() >= 8, "{:#?}", sink.values);
    sink.assert("target", sink.values.len(), &[]);

    let cookies = b"sid=7f1c9a; lang=de; seen=\"12\"";
    let mut sink = Inside::new(cookies);
    Header::default().read(&limits, b"Cookie", cookies, &mut sink);
    assert!(sink.values.iter().any(|(point, ..)| point == "cookie.sid"));
    sink.assert("cookie", sink.values.len(), &[]);

    let agent = b"Mozilla/5.0 (X11; Linux x86_64)";
    let mut sink = Inside::new(agent);
    Header::default().read(&limits, b"User-Agent", agent, &mut sink);
    sink.assert("header", 1, &[]);
}

#[test]
fn the_values_of_a_body_are_judged_where_they_lie() {
    // Bodies longer than what the choice of the reader looks at, as shorter ones are held until they end.
    let filler = "x".repeat(600);
    let cases: &[(&str, &str, String, &[&str])] = &[
        (
            "form",
            "application/x-www-form-urlencoded",
            format!("f={filler}&name=Sean+O%27Brien&amount=3&"),
            &[],
        ),
        (
            "json",
            "application/json",
            format!(
                r#"{{"f":"{filler}","name":"Sean","tags":["new","old"],"escaped":"a\u0041","n":-4.5,"ok":true}}"#
            ),
            // What the format's own escapes change has to be written somewhere.
            &["body.json.escaped"],
        ),
        (
            "multipart",
            "multipart/form-data; boundary=cUt9",
            format!(
                "--cUt9\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{filler}\r\n--cUt9\r\nContent-Disposition: form-data; name=\"f\"; filename=\"n.txt\"\r\nContent-Type: text/plain\r\n\r\nmilk\r\neggs\r\n--cUt9--\r\n"
            ),
            // The head of a part is held until it is complete: its fields rule how the content is read.
            &["body.multipart.f.filename", "body.multipart.f.content-type"],
        ),
        (
            "xml",
            "application/xml",
            format!("<o><f>{filler}</f><item n=\"2\">nuts</item><!-- a remark --><e>a &amp; b</e></o>"),
            // A reference is replaced, and a comment waits for the text around it, which is one value.
            &["body.xml.o.e", "body.xml.o"],
        ),
    ];
    for (name, content_type, body, copied) in cases {
        let mut found = Whole { inside: Inside::new(body.as_bytes()), open: None };
        let (mut reader, at, limits) = (Body::default(), Point::part(Part::Body), Limits::default());
        reader.start(Some(content_type.as_bytes()), &mut found);
        reader.feed(&limits, &at, body.as_bytes(), &mut found);
        reader.finish(&limits, &at, &mut found);
        assert!(found.inside.values.len() >= 3, "{name}: {:#?}", found.inside.values);
        for (point, value, inside) in &found.inside.values {
            assert!(*inside || copied.contains(&point.as_str()), "{name}: {point} = {value} was copied");
        }
    }
}

/// Takes values in pieces: the choice of a reader splits the first ones.
struct Whole {
    inside: Inside,
    open: Option<bool>,
}

impl Sink for Whole {
    fn piece(&mut self, at: &Point<'_>, place: Place, piece: &[u8], more: bool) {
        let inside = piece.is_empty() || self.inside.lies(piece);
        let all = self.open.unwrap_or(true) && inside;
        self.open = more.then_some(all);
        // Names and markup of the format are kept for the points: only values are held to lie still.
        if !more && !place.is_name() {
            self.inside.values.push((at.to_string(), piece.escape_ascii().to_string(), all));
        }
    }

    fn anomaly(&mut self, _: Anomaly) {}
}

#[test]
fn joining_copies_only_what_straddles() {
    let value = vec![b'v'; WINDOW];
    let mut joiner = Joiner::default();
    let mut seen = Vec::new();
    joiner.piece(&value, false, |w| seen.push(std::ptr::eq(w.bytes, &value[..])));
    joiner.piece(&value[..10], true, |w| seen.push(std::ptr::eq(w.bytes, &value[..])));
    joiner.piece(&value[10..20], false, |w| seen.push(w.bytes.len() == 20));
    joiner.piece(&value[5..50], false, |w| seen.push(std::ptr::eq(w.bytes, &value[5..50])));
    assert_eq!(seen, [true, true, true]);
}

/// What the parser hands on: whether it lies inside the input.
struct Told {
    inside: Inside,
    anomalies: Anomalies,
}

impl Told {
    fn part(&mut self, what: &str, bytes: &[u8]) {
        let value = bytes.escape_ascii().to_string();
        self.inside.values.push((what.into(), value, bytes.is_empty() || self.inside.lies(bytes)));
    }
}

impl Messages for Told {
    fn request_line(&mut self, method: &[u8], target: &[u8], _: Version) {
        self.part("method", method);
        self.part("target", target);
    }
    fn request_header(&mut self, name: &[u8], value: &[u8]) {
        self.part("name", name);
        self.part("value", value);
    }
    fn request_head_end(&mut self) {}
    fn request_body(&mut self, piece: &[u8]) {
        self.part("body", piece);
    }
    fn request_trailer(&mut self, name: &[u8], value: &[u8]) {
        self.part("name", name);
        self.part("value", value);
    }
    fn request_raw(&mut self, piece: &[u8], _: bool) {
        self.part("raw", piece);
    }
    fn request_end(&mut self) {}
    fn response_line(&mut self, _: Option<u16>, _: Version) {}
    fn response_interim(&mut self, _: u16) {}
    fn response_header(&mut self, _: &[u8], _: &[u8]) {}
    fn response_head_end(&mut self) {}
    fn response_body(&mut self, _: &[u8]) {}
    fn response_trailer(&mut self, _: &[u8], _: &[u8]) {}
    fn response_raw(&mut self, _: &[u8], _: bool) {}
    fn response_end(&mut self) {}
    fn anomaly(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }
}

#[test]
fn the_parser_hands_on_what_lies_in_the_chunk() {
    let request = b"POST /a?b=c HTTP/1.1\r\nHost: shop.example\r\nX-A:  two words \r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\nX-T: 1\r\n\r\n";
    let mut told = Told { inside: Inside::new(request), anomalies: Anomalies::default() };
    let mut parser = h1::Request::new(&Limits::default());
    let fed = parser.feed(request, &mut told);
    assert_eq!((fed.used, fed.stop), (request.len(), Stop::End));
    assert!(told.anomalies.is_empty());
    let bodies: Vec<&str> =
        told.inside.values.iter().filter(|v| v.0 == "body").map(|v| v.1.as_str()).collect();
    assert_eq!(bodies.concat(), "hello world");
    told.inside.assert("request", 2 + 6 + bodies.len() + 2, &[]);
}
