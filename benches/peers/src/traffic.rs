//! What is sent: ordinary requests (`traffic/`, written for this purpose), attacks (the project's own cases, each put where its
//! case says), and one attack in a hundred.
//!
//! A file of `traffic/` is the request with its lines ended by LF; on the wire each ends in CRLF. `{length}` stands for the length
//! of the body, and the newline at the end of the file belongs to no body.

use crate::message::{Body, Message, Pairs};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The folders of `traffic/`.
const FOLDERS: [&str; 4] = ["get", "json", "form", "upload"];
/// The request whose browser sends the attacks.
const BROWSER: &str = "get/firefox-linux-product-77-watering-can.http";
/// One attack in so many requests of the mixed work.
const ONE_IN: usize = 100;
/// Classes of the attacks in the mixed work, with 99 ordinary requests each: the first case of each, which is the plainest.
const MIXED: [&str; 4] = ["sqli", "xss", "rce", "ptrav"];

/// Classes that the OWASP CRS or the rules of libddwaf have rules for. Others would only be noise in the counts of what each
/// found.
pub const COMMON: &[&str] = &[
    "sqli",
    "nosqli",
    "xss",
    "rce",
    "ptrav",
    "rfi",
    "ssrf",
    "xxe",
    "ldapi",
    "crlf",
    "proto_pollution",
    "upload",
    "scanner",
];

/// One kind of traffic: numbers into the pool.
pub struct Work {
    /// Its name in the table.
    pub name: &'static str,
    /// What it is, for a person.
    pub about: &'static str,
    /// The requests, in order.
    pub requests: Vec<usize>,
}

/// All of it.
pub struct Traffic {
    /// Every distinct request.
    pub pool: Vec<Message>,
    /// The class of attack of each request of the pool, if it is one.
    pub classes: Vec<Option<String>>,
    /// The kinds of traffic.
    pub works: Vec<Work>,
}

/// A file of `core/testdata/detect`; of a case only what is needed here.
#[derive(Deserialize)]
struct Topic {
    class: String,
    #[serde(default)]
    attack: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    value: Option<String>,
    value_hex: Option<String>,
    #[serde(default)]
    place: String,
    #[serde(default)]
    at: String,
    class: Option<String>,
}

impl Traffic {
    /// Reads and makes all of it.
    pub fn load() -> Result<Traffic, String> {
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut traffic = Traffic { pool: Vec::new(), classes: Vec::new(), works: Vec::new() };
        for folder in FOLDERS {
            for file in files(&own.join("traffic").join(folder))? {
                traffic.add(ordinary(&file)?, None);
            }
        }
        let ordinary_len = traffic.pool.len();
        let browser = ordinary(&own.join("traffic").join(BROWSER))?.fields;
        for (class, raw) in attacks(&own.join("../../core/testdata/detect"), &browser)? {
            // What httparse refuses (raw controls in a field) is no request that every peer could be given.
            if let Ok(message) = Message::parse(raw) {
                traffic.add(message, Some(class));
            }
        }
        traffic.works = works(&traffic.pool, &traffic.classes, ordinary_len);
        Ok(traffic)
    }

    fn add(&mut self, message: Message, class: Option<String>) {
        self.pool.push(message);
        self.classes.push(class);
    }
}

fn works(pool: &[Message], classes: &[Option<String>], ordinary_len: usize) -> Vec<Work> {
    let ordinary: Vec<usize> = (0..ordinary_len).collect();
    let attacks: Vec<usize> = (ordinary_len..pool.len()).collect();
    let of = |kind: fn(&Body) -> bool| ordinary.iter().copied().filter(|n| kind(&pool[*n].body)).collect();
    let mut mixed = Vec::new();
    for (block, class) in MIXED.iter().enumerate() {
        let from = block * (ONE_IN - 1);
        mixed.extend((from..from + ONE_IN - 1).map(|n| ordinary[n % ordinary_len]));
        mixed.extend(classes.iter().position(|c| c.as_deref() == Some(*class)));
    }
    vec![
        Work {
            name: "get",
            about: "GETs of browsers, scripts, apps",
            requests: of(|b| matches!(b, Body::None)),
        },
        Work { name: "json", about: "JSON to an API", requests: of(|b| matches!(b, Body::Json(_))) },
        Work { name: "form", about: "forms, some with prose", requests: of(|b| matches!(b, Body::Form(_))) },
        Work { name: "ordinary", about: "all of these and an upload", requests: ordinary.clone() },
        Work { name: "attacks", about: "one attack each", requests: attacks.clone() },
        Work { name: "mixed", about: "ordinary, one attack in a hundred", requests: mixed },
    ]
}

/// The files of a folder, in order.
fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let listing = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut files: Vec<_> = listing.filter_map(|entry| entry.ok().map(|e| e.path())).collect();
    files.sort();
    Ok(files)
}

/// A file of `traffic/` as the bytes on the wire, taken apart.
fn ordinary(file: &Path) -> Result<Message, String> {
    let told = |reason: &str| format!("{}: {reason}", file.display());
    let text = std::fs::read_to_string(file).map_err(|e| told(&e.to_string()))?;
    let (head, body) = text.split_once("\n\n").ok_or_else(|| told("no blank line ends the head"))?;
    let body = body.strip_suffix('\n').unwrap_or(body).replace('\n', "\r\n");
    let head = head.replace('\n', "\r\n").replace("{length}", &body.len().to_string());
    Message::parse(format!("{head}\r\n\r\n{body}").into_bytes()).map_err(|e| told(&e))
}

/// A request with the fields of `sender`, but for those of its own.
fn write(method: &str, target: &str, sender: &Pairs, own: &[(&str, &[u8])], body: &[u8]) -> Vec<u8> {
    let mut raw = format!("{method} {target} HTTP/1.1\r\n").into_bytes();
    let others =
        sender.iter().filter(|(name, _)| !own.iter().any(|(n, _)| name.eq_ignore_ascii_case(n.as_bytes())));
    let fields = others.map(|(name, value)| (name.as_slice(), value.as_slice()));
    for (name, value) in fields.chain(own.iter().map(|(name, value)| (name.as_bytes(), *value))) {
        raw.extend_from_slice(&[name, b": ", value, b"\r\n"].concat());
    }
    raw.extend_from_slice(b"\r\n");
    raw.extend_from_slice(body);
    raw
}

/// The attacks of the classes in [`COMMON`], each with its class and its bytes.
fn attacks(cases: &Path, browser: &Pairs) -> Result<Vec<(String, Vec<u8>)>, String> {
    let mut attacks = Vec::new();
    for file in files(cases)? {
        let text = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        let topic: Topic = toml::from_str(&text).map_err(|e| format!("{}: {e}", file.display()))?;
        for case in topic.attack {
            let class = case.class.as_deref().unwrap_or(&topic.class);
            if COMMON.contains(&class)
                && let Some(raw) = place(&case, browser)
            {
                attacks.push((class.to_owned(), raw));
            }
        }
    }
    Ok(attacks)
}

/// The request that carries a case, if one can.
fn place(case: &Case, browser: &Pairs) -> Option<Vec<u8>> {
    let value = match (&case.value, &case.value_hex) {
        (Some(text), _) => text.clone().into_bytes(),
        (None, Some(hex)) => (0..hex.len() / 2)
            .map(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).ok())
            .collect::<Option<_>>()?,
        (None, None) => return None,
    };
    let text = String::from_utf8(value.clone());
    let at = if case.at.is_empty() { "q" } else { &case.at };
    let name = encode(at.as_bytes(), b"[].");
    let get = |target: &str| Some(write("GET", target, browser, &[], b""));
    let post = |kind: &str, body: &[u8]| Some(post("/api/items", browser, kind, body));
    let field = |name: &str, value: &str| {
        Some(write("GET", "/items?page=2", browser, &[(name, value.as_bytes())], b""))
    };
    const FORM: &str = "application/x-www-form-urlencoded";
    match case.place.as_str() {
        "" | "query" => get(&format!("/items?{name}={}", encode(&value, b""))),
        "query_name" => get(&format!("/items?{}=1", encode(&value, b"[]."))),
        "path" => {
            let path = encode(&value, b"/.:;=@!$&'()*,+");
            get(&if path.starts_with('/') { path } else { format!("/files/{path}") })
        }
        "form" => post(FORM, format!("{name}={}", encode(&value, b"")).as_bytes()),
        "form_name" => post(FORM, format!("{}=1", encode(&value, b"[].")).as_bytes()),
        "json" => post("application/json", serde_json::json!({at: text.ok()?}).to_string().as_bytes()),
        "json_key" => {
            let key = serde_json::json!({text.ok()?: 1});
            let below = if case.at.is_empty() { key } else { serde_json::json!({at: key}) };
            post("application/json", below.to_string().as_bytes())
        }
        "cookie" => {
            let plain = !value.iter().any(|b| *b == b';' || b.is_ascii_control());
            let value = if plain { text.ok()? } else { encode(&value, b"") };
            field("Cookie", &format!("sid=0c8ad5e2f7714b3d96aa; {at}={value}"))
        }
        "header" => {
            let value = text.ok().filter(|v| !v.contains(['\r', '\n', '\0']))?;
            field(if case.at.is_empty() { "X-Search" } else { at }, &value)
        }
        "file_name" => {
            let name = text.ok().filter(|v| !v.contains(['\r', '\n', '"']))?;
            upload(browser, &name, b"a picture of a chair")
        }
        "file" => upload(browser, "document.txt", &value),
        "text" if value.starts_with(b"<") => post("application/xml", &value),
        "text" => post("text/plain", &value),
        // A fragment of a document is no request by itself.
        _ => None,
    }
}

fn post(target: &str, browser: &Pairs, kind: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len().to_string();
    let fields = [("Content-Type", kind.as_bytes()), ("Content-Length", length.as_bytes())];
    write("POST", target, browser, &fields, body)
}

fn upload(browser: &Pairs, name: &str, content: &[u8]) -> Option<Vec<u8>> {
    let mut body = format!(
        "--x7MA4YWxk\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(content);
    body.extend_from_slice(b"\r\n--x7MA4YWxk--\r\n");
    Some(post("/upload", browser, "multipart/form-data; boundary=x7MA4YWxk", &body))
}

/// Percent-encodes all but letters, digits, `-_~` and `keep`.
fn encode(bytes: &[u8], keep: &[u8]) -> String {
    let mut out = String::new();
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-_~".contains(byte) || keep.contains(byte) {
            out.push(char::from(*byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_traffic_is_whole() {
        let traffic = Traffic::load().unwrap();
        let work = |name: &str| traffic.works.iter().find(|w| w.name == name).unwrap();
        for name in ["get", "json", "form"] {
            assert!(work(name).requests.len() >= 6, "{name}");
        }
        let of = |class: &str| traffic.classes.iter().filter(|c| c.as_deref() == Some(class)).count();
        for class in COMMON {
            assert!(of(class) >= 20, "{class}: {}", of(class));
        }
        let mixed = work("mixed");
        assert_eq!(mixed.requests.len(), ONE_IN * MIXED.len());
        let attacks = mixed.requests.iter().filter(|n| traffic.classes[**n].is_some()).count();
        assert_eq!(attacks, MIXED.len());
        assert!(traffic.pool.iter().all(|message| !message.fields.is_empty()));
        assert!(work("ordinary").requests.iter().all(|n| traffic.classes[*n].is_none()));
    }
}
