//! Plays a script of calls on the Rust API and prints the events, one `LABEL<TAB>JSON` a line.
//!
//! `sidewatch-conformance POLICY SCRIPT`. A script is records: a line with a word and the lengths of its arguments, then the
//! arguments one after the other and a line end. `conformance/script.py` writes it; `conformance/c/play.c` reads the same.

use sidewatch::http::{Messages, Version};
use sidewatch::{Connection, Engine, Policy, Transaction};
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

type Failure = Box<dyn std::error::Error>;

/// What is being fed.
enum Fed {
    Nothing,
    Connection(Box<Connection>),
    Transaction(Box<Transaction>),
}

/// One call and its arguments.
struct Record<'a> {
    word: &'a str,
    arguments: Vec<&'a [u8]>,
}

/// Takes the next record off `script`.
fn next<'a>(script: &mut &'a [u8]) -> Result<Option<Record<'a>>, Failure> {
    let Some(end) = script.iter().position(|b| *b == b'\n') else { return Ok(None) };
    let mut words = std::str::from_utf8(&script[..end])?.split(' ');
    let word = words.next().unwrap_or_default();
    *script = &script[end + 1..];
    let mut arguments = Vec::new();
    for length in words {
        let (argument, rest) = script.split_at_checked(length.parse()?).ok_or("an argument is cut off")?;
        arguments.push(argument);
        *script = rest;
    }
    *script = script.strip_prefix(b"\n").ok_or("no line end after the arguments")?;
    Ok(Some(Record { word, arguments }))
}

fn version(number: &[u8]) -> Version {
    match number {
        b"9" => Version::Http09,
        b"10" => Version::Http10,
        b"11" => Version::Http11,
        b"20" => Version::Http2,
        b"30" => Version::Http3,
        _ => Version::Other,
    }
}

fn print(out: &mut impl Write, label: &str, transaction: &Transaction) -> io::Result<()> {
    let mut json = Vec::new();
    transaction.write_json(&mut json);
    write!(out, "{label}\t")?;
    out.write_all(&json)?;
    writeln!(out)
}

fn play(policy: &str, mut script: &[u8], out: &mut impl Write) -> Result<(), Failure> {
    let engine = Engine::new(Policy::from_toml(policy)?);
    let (mut fed, mut label) = (Fed::Nothing, String::new());
    while let Some(Record { word, arguments }) = next(&mut script)? {
        match (word, &arguments[..], &mut fed) {
            ("connection", [name], _) => {
                label = String::from_utf8(name.to_vec())?;
                fed = Fed::Connection(Box::new(engine.connection()));
            }
            ("transaction", [name], _) => {
                label = String::from_utf8(name.to_vec())?;
                fed = Fed::Transaction(Box::new(engine.transaction()));
            }
            ("client", [bytes], Fed::Connection(c)) => c.client(bytes),
            ("server", [bytes], Fed::Connection(c)) => c.server(bytes),
            ("client-gap", [number], Fed::Connection(c)) => {
                c.client_gap(std::str::from_utf8(number)?.parse()?)
            }
            ("end", [], Fed::Connection(c)) => {
                c.client_close();
                c.server_close();
                while let Some(transaction) = c.next_transaction() {
                    print(out, &label, &transaction)?;
                    c.recycle(transaction);
                }
            }
            ("bytes", [bytes], Fed::Transaction(tx)) => tx.request_bytes(bytes),
            ("line", [method, target, v], Fed::Transaction(tx)) => {
                tx.request_line(method, target, version(v))
            }
            ("header", [name, value], Fed::Transaction(tx)) => tx.request_header(name, value),
            ("head-end", [], Fed::Transaction(tx)) => tx.request_head_end(),
            ("body", [bytes], Fed::Transaction(tx)) => tx.request_body(bytes),
            ("trailer", [name, value], Fed::Transaction(tx)) => tx.request_trailer(name, value),
            ("request-end", [], Fed::Transaction(tx)) => tx.request_end(),
            ("status", [status, v], Fed::Transaction(tx)) => {
                tx.response_line(Some(std::str::from_utf8(status)?.parse()?), version(v));
            }
            ("response-header", [name, value], Fed::Transaction(tx)) => tx.response_header(name, value),
            ("response-head-end", [], Fed::Transaction(tx)) => tx.response_head_end(),
            ("response-body", [bytes], Fed::Transaction(tx)) => tx.response_body(bytes),
            ("response-end", [], Fed::Transaction(tx)) => tx.response_end(),
            ("end", [], Fed::Transaction(tx)) => print(out, &label, tx)?,
            _ => return Err(format!("`{word}` with {} arguments does not fit here", arguments.len()).into()),
        }
    }
    Ok(())
}

fn run() -> Result<(), Failure> {
    let paths: Vec<_> = std::env::args_os().skip(1).collect();
    let [policy, script] = &paths[..] else {
        return Err("usage: sidewatch-conformance POLICY SCRIPT".into());
    };
    let mut out = BufWriter::new(io::stdout().lock());
    play(&std::fs::read_to_string(policy)?, &std::fs::read(script)?, &mut out)?;
    Ok(out.flush()?)
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sidewatch-conformance: {error}");
            ExitCode::FAILURE
        }
    }
}
