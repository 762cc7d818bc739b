//! The cases of `testdata/engine`: whole messages, what is found in them, and where.

#![allow(dead_code)] // each test uses its part

use serde::Deserialize;
use sidewatch::http::Messages;
use sidewatch::{Connection, Engine, Finding, Transaction, Verdict};
use std::io::Write;
use std::path::PathBuf;

/// Confidence from which a finding is an attack at the default sensitivity.
pub const ATTACK: u8 = 50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Topic {
    #[serde(default)]
    request: Vec<Request>,
    #[serde(default)]
    connection: Vec<Stream>,
}

/// One request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The name of the file, without its ending.
    #[serde(skip)]
    pub topic: String,
    pub name: String,
    pub why: String,
    /// The head with its blank line; `{length}` stands for the length of the body as sent.
    head: String,
    #[serde(default)]
    body: String,
    /// `{pad}` in head and body stands for this text, so many times.
    pad: Option<(String, usize)>,
    /// The content coding put on the body.
    coding: Option<Coding>,
    /// The body goes in chunks of so many bytes.
    chunks: Option<usize>,
    pub verdict: String,
    /// `class point` of findings that must be there.
    #[serde(default)]
    pub found: Vec<String>,
    /// Anomalies that must be there.
    #[serde(default)]
    pub anomalies: Vec<String>,
    /// What must not be shown in the event.
    #[serde(default)]
    pub secrets: Vec<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Coding {
    Gzip,
    Deflate,
}

/// Both directions of a connection.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    pub name: String,
    pub why: String,
    /// `> ` before what the client sends, `< ` before what the server sends.
    bytes: Vec<String>,
    /// The transactions that come out.
    pub transaction: Vec<Expected>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    pub target: String,
    pub status: Option<u16>,
    pub verdict: String,
    #[serde(default)]
    pub found: Vec<String>,
    #[serde(default)]
    pub anomalies: Vec<String>,
}

/// Which end sent the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    Client,
    Server,
}

impl Request {
    /// The bytes as sent.
    pub fn bytes(&self) -> Vec<u8> {
        let fill = |text: &str| match &self.pad {
            Some((pad, times)) => text.replace("{pad}", &pad.repeat(*times)),
            None => text.to_owned(),
        };
        let mut body = fill(&self.body).into_bytes();
        body = match self.coding {
            None => body,
            Some(Coding::Gzip) => {
                let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
                out.write_all(&body).expect("to memory");
                out.finish().expect("to memory")
            }
            Some(Coding::Deflate) => {
                let mut out = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
                out.write_all(&body).expect("to memory");
                out.finish().expect("to memory")
            }
        };
        if let Some(size) = self.chunks {
            let mut framed = Vec::new();
            for chunk in body.chunks(size) {
                framed.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                framed.extend_from_slice(chunk);
                framed.extend_from_slice(b"\r\n");
            }
            framed.extend_from_slice(b"0\r\n\r\n");
            body = framed;
        }
        let head = fill(&self.head).replace("{length}", &body.len().to_string());
        [head.as_bytes(), &body].concat()
    }

    /// Whether the case is an attack.
    pub fn is_attack(&self) -> bool {
        self.verdict == Verdict::Attack.name()
    }
}

impl Stream {
    /// What was sent, in order.
    pub fn bytes(&self) -> Vec<(Sender, &[u8])> {
        let one = |line: &String| {
            let (sender, bytes) = line.split_at(2);
            let sender = match sender {
                "> " => Sender::Client,
                "< " => Sender::Server,
                _ => panic!("{}: a line without its sender", self.name),
            };
            let at = line.len() - bytes.len();
            (sender, at)
        };
        self.bytes.iter().map(|line| (one(line).0, &line.as_bytes()[one(line).1..])).collect()
    }
}

fn topics() -> Vec<Topic> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/engine");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("testdata/engine").map(|e| e.expect("entry").path()).collect();
    files.sort();
    let read = |file: &PathBuf| {
        let text = std::fs::read_to_string(file).expect("readable");
        let mut topic: Topic = toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let stem = file.file_stem().expect("a name").to_string_lossy();
        topic.request.iter_mut().for_each(|request| request.topic = stem.to_string());
        topic
    };
    files.iter().map(read).collect()
}

/// The cases that are one request.
pub fn requests() -> Vec<Request> {
    topics().into_iter().flat_map(|t| t.request).collect()
}

/// The cases that are a connection.
pub fn streams() -> Vec<Stream> {
    topics().into_iter().flat_map(|t| t.connection).collect()
}

/// Everything a transaction tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub verdict: Verdict,
    pub findings: Vec<Finding>,
    pub anomalies: Vec<&'static str>,
    pub json: String,
}

impl Outcome {
    pub fn of(transaction: &Transaction) -> Outcome {
        let mut json = Vec::new();
        transaction.write_json(&mut json);
        Outcome {
            verdict: transaction.verdict(),
            findings: transaction.findings().to_vec(),
            anomalies: transaction.anomalies().iter().map(|a| a.name()).collect(),
            json: String::from_utf8(json).expect("events are UTF-8"),
        }
    }

    /// What is not as the case says, for a person.
    pub fn differs(&self, verdict: &str, found: &[String], anomalies: &[String]) -> Option<String> {
        let attacks: Vec<String> =
            self.findings.iter().filter(|f| f.confidence >= ATTACK).map(label).collect();
        let missed: Vec<_> = found.iter().filter(|f| !attacks.contains(f)).collect();
        let unflagged: Vec<_> = anomalies.iter().filter(|a| !self.anomalies.contains(&a.as_str())).collect();
        let right = self.verdict.name() == verdict && missed.is_empty() && unflagged.is_empty();
        (!right).then(|| {
            format!("missed {missed:?}, not flagged {unflagged:?}, {}: {:#?}", self.verdict.name(), self)
        })
    }
}

/// `class point` of a finding.
pub fn label(finding: &Finding) -> String {
    format!("{} {}", finding.class.name(), finding.point)
}

/// One request through a transaction that is used again.
pub fn through_transaction(transaction: &mut Transaction, pieces: &[&[u8]]) -> Outcome {
    transaction.reset();
    pieces.iter().for_each(|piece| transaction.request_bytes(piece));
    transaction.request_end();
    Outcome::of(transaction)
}

/// The bytes of both ends through a connection of their own.
pub fn through_connection<'a>(
    engine: &Engine,
    pieces: impl IntoIterator<Item = (Sender, &'a [u8])>,
) -> Vec<Outcome> {
    let mut connection = engine.connection();
    for (sender, piece) in pieces {
        match sender {
            Sender::Client => connection.client(piece),
            Sender::Server => connection.server(piece),
        }
    }
    connection.client_close();
    connection.server_close();
    outcomes(&mut connection).into_iter().map(|(outcome, ..)| outcome).collect()
}

/// What has come out of a connection, with target and status.
pub fn outcomes(connection: &mut Connection) -> Vec<(Outcome, String, Option<u16>)> {
    let mut out = Vec::new();
    while let Some(transaction) = connection.next_transaction() {
        let target = transaction.target().escape_ascii().to_string();
        out.push((Outcome::of(&transaction), target, transaction.status()));
        connection.recycle(transaction);
    }
    out
}
