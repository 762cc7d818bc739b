//! A request as it is sent, and taken apart as a server takes it apart for the engines that want it so. This is done before
//! anything is measured.

/// Names and values, undone from the encoding of the place.
pub type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

/// What the body was read as.
#[derive(Debug)]
pub enum Body {
    /// No body.
    None,
    /// Fields of a form.
    Form(Pairs),
    /// A JSON document.
    Json(serde_json::Value),
    /// Parts of a multipart form.
    Multipart(Vec<Part>),
    /// Anything else.
    Text(Vec<u8>),
}

/// A part of a multipart form.
#[derive(Debug)]
pub struct Part {
    /// Name of the field.
    pub name: Vec<u8>,
    /// Name of the file, if it is one.
    pub file: Option<Vec<u8>>,
    /// What it holds.
    pub content: Vec<u8>,
}

/// One request.
#[derive(Debug)]
pub struct Message {
    /// The bytes on the wire.
    pub raw: Vec<u8>,
    /// Its method.
    pub method: String,
    /// Its target as sent, without a NUL.
    pub target: String,
    /// Header fields in order.
    pub fields: Pairs,
    /// The path, decoded.
    pub path: Vec<u8>,
    /// Parameters of the query, decoded.
    pub query: Pairs,
    /// Cookies.
    pub cookies: Pairs,
    /// The body's bytes.
    pub body_bytes: Vec<u8>,
    /// The body as read.
    pub body: Body,
}

impl Message {
    /// Takes the bytes of one request with a Content-Length apart.
    pub fn parse(raw: Vec<u8>) -> Result<Message, String> {
        let mut fields = [httparse::EMPTY_HEADER; 64];
        let mut head = httparse::Request::new(&mut fields);
        let head_len = match head.parse(&raw) {
            Ok(httparse::Status::Complete(len)) => len,
            other => return Err(format!("not a request ({other:?}): {}", String::from_utf8_lossy(&raw))),
        };
        let method = head.method.unwrap_or_default().to_owned();
        let target = head.path.unwrap_or_default().to_owned();
        let fields: Pairs =
            head.headers.iter().map(|f| (f.name.as_bytes().to_vec(), f.value.to_vec())).collect();
        let field = |name: &str| {
            fields.iter().find(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes())).map(|(_, v)| v.as_slice())
        };
        let body_bytes = raw[head_len..].to_vec();
        let length = field("content-length").map_or("0".into(), String::from_utf8_lossy);
        if length != body_bytes.len().to_string() {
            return Err(format!("{method} {target}: Content-Length {length} for {} bytes", body_bytes.len()));
        }
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let cookies = split(field("cookie").unwrap_or_default(), b';')
            .map(|pair| name_and_value(pair.trim_ascii()))
            .map(|(name, value)| (name.to_vec(), percent(value, false)))
            .collect();
        let kind = String::from_utf8_lossy(field("content-type").unwrap_or_default()).into_owned();
        Ok(Message {
            path: percent(path.as_bytes(), false),
            query: form(query.as_bytes()),
            cookies,
            body: body(&kind, &body_bytes)?,
            method,
            target: target.clone(),
            fields,
            body_bytes,
            raw,
        })
    }

    /// Every decoded value, for an engine that judges values alone.
    pub fn values(&self) -> Vec<Vec<u8>> {
        let mut values = vec![self.path.clone()];
        let second = |pairs: &Pairs| pairs.iter().map(|(_, value)| value.clone()).collect::<Vec<_>>();
        values.extend(second(&self.query));
        values.extend(second(&self.cookies));
        let cookie = |name: &[u8]| name.eq_ignore_ascii_case(b"cookie");
        values.extend(self.fields.iter().filter(|(name, _)| !cookie(name)).map(|(_, value)| value.clone()));
        match &self.body {
            Body::None => {}
            Body::Form(pairs) => values.extend(second(pairs)),
            Body::Json(value) => json_strings(value, &mut values),
            Body::Multipart(parts) => {
                for part in parts {
                    values.extend(part.file.clone());
                    values.push(part.content.clone());
                }
            }
            Body::Text(text) => values.push(text.clone()),
        }
        values
    }

    /// What a router would hand to the application as a parameter of the path: a last segment that is not a plain word.
    pub fn path_parameter(&self) -> Option<&[u8]> {
        let last = self.path.rsplit(|b| *b == b'/').next()?;
        let plain = |b: &u8| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_');
        (!last.is_empty() && !last.iter().all(plain)).then_some(last)
    }
}

fn body(kind: &str, bytes: &[u8]) -> Result<Body, String> {
    Ok(match kind.split(';').next().unwrap_or_default().trim() {
        _ if bytes.is_empty() => Body::None,
        "application/x-www-form-urlencoded" => Body::Form(form(bytes)),
        "application/json" => Body::Json(serde_json::from_slice(bytes).map_err(|e| format!("JSON: {e}"))?),
        "multipart/form-data" => Body::Multipart(multipart(kind, bytes)?),
        _ => Body::Text(bytes.to_vec()),
    })
}

fn json_strings(value: &serde_json::Value, to: &mut Vec<Vec<u8>>) {
    match value {
        serde_json::Value::String(text) => to.push(text.clone().into_bytes()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| json_strings(item, to)),
        serde_json::Value::Object(map) => map.values().for_each(|item| json_strings(item, to)),
        _ => {}
    }
}

fn split(bytes: &[u8], at: u8) -> impl Iterator<Item = &[u8]> {
    bytes.split(move |b| *b == at).filter(|piece| !piece.is_empty())
}

fn name_and_value(pair: &[u8]) -> (&[u8], &[u8]) {
    match pair.iter().position(|b| *b == b'=') {
        Some(at) => (&pair[..at], &pair[at + 1..]),
        None => (pair, b""),
    }
}

fn form(bytes: &[u8]) -> Pairs {
    split(bytes, b'&')
        .map(name_and_value)
        .map(|(name, value)| (percent(name, true), percent(value, true)))
        .collect()
}

/// Undoes percent-encoding, and `+` where it means a blank.
fn percent(bytes: &[u8], plus: bool) -> Vec<u8> {
    let digit = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16));
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 2;
            }
            (b'+', ..) if plus => out.push(b' '),
            _ => out.push(*byte),
        }
        at += 1;
    }
    out
}

fn multipart(kind: &str, bytes: &[u8]) -> Result<Vec<Part>, String> {
    let boundary = kind.split("boundary=").nth(1).ok_or("multipart without a boundary")?;
    let mark = format!("--{boundary}");
    let mut parts = Vec::new();
    let starts: Vec<usize> = find_all(bytes, mark.as_bytes());
    for pair in starts.windows(2) {
        let part = &bytes[pair[0] + mark.len() + 2..pair[1] - 2]; // between the line ends
        let head_end = *find_all(part, b"\r\n\r\n").first().ok_or("a part without a head")?;
        let head = String::from_utf8_lossy(&part[..head_end]).into_owned();
        let attribute = |name: &str| {
            let from = head.find(&format!(" {name}=\""))? + name.len() + 3;
            head[from..].split('"').next().map(|value| value.as_bytes().to_vec())
        };
        parts.push(Part {
            name: attribute("name").unwrap_or_default(),
            file: attribute("filename"),
            content: part[head_end + 4..].to_vec(),
        });
    }
    Ok(parts)
}

fn find_all(bytes: &[u8], needle: &[u8]) -> Vec<usize> {
    bytes.windows(needle.len()).enumerate().filter(|(_, w)| *w == needle).map(|(at, _)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_taken_apart() {
        let raw = b"POST /a%20b/7?x=1%2b1 HTTP/1.1\r\nHost: h\r\nCookie: s=1; t=a%3Db\r\n\
            Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\nq=a+b%26c";
        let message = Message::parse(raw.to_vec()).unwrap();
        assert_eq!(message.path_parameter(), Some(&b"7"[..]));
        assert_eq!(
            message.values(),
            [
                &b"/a b/7"[..],
                b"1+1",
                b"1",
                b"a=b",
                b"h",
                b"application/x-www-form-urlencoded",
                b"9",
                b"a b&c"
            ]
        );
    }

    #[test]
    fn multipart_and_json_are_taken_apart() {
        let kind = "multipart/form-data; boundary=XY";
        let bytes = b"--XY\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\nhello\r\n--XY--\r\n";
        let Body::Multipart(parts) = body(kind, bytes).unwrap() else { panic!("not multipart") };
        assert_eq!((parts[0].name.as_slice(), parts[0].content.as_slice()), (&b"f"[..], &b"hello"[..]));
        assert_eq!(parts[0].file.as_deref(), Some(&b"a.txt"[..]));
        let mut values = Vec::new();
        json_strings(&serde_json::json!({"a": ["b", {"c": "d"}], "n": 1}), &mut values);
        assert_eq!(values, [b"b", b"d"]);
    }

    #[test]
    fn a_wrong_length_is_refused() {
        assert!(Message::parse(b"GET / HTTP/1.1\r\nContent-Length: 3\r\n\r\n".to_vec()).is_err());
    }
}
