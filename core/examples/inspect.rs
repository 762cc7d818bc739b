//! Inspects one request, or the file named by the argument (a raw HTTP/1.x request), and tells what was found.
//!
//! ```sh
//! cargo run -p sidewatch --example inspect
//! printf "GET /?f=../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n" >request && cargo run -p sidewatch --example inspect request
//! ```

use sidewatch::http::Messages;
use sidewatch::{Engine, Policy};
use std::error::Error;
use std::io::{Write, stdout};

const REQUEST: &[u8] = b"POST /login HTTP/1.1\r\nHost: shop.example\r\n\
    Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 35\r\n\r\n\
    user=admin'+or+1%3D1--&password=abc";

fn main() -> Result<(), Box<dyn Error>> {
    let request = match std::env::args_os().nth(1) {
        Some(path) => std::fs::read(path)?,
        None => REQUEST.to_vec(),
    };
    // An operator's policy; the default one is what most sites want.
    let policy = Policy::from_toml("[detection]\nsensitivity = \"default\"\n")?;
    let engine = Engine::new(policy);

    let mut tx = engine.transaction();
    // Pieces of any size: here as a slow network would bring them.
    for piece in request.chunks(16) {
        tx.request_bytes(piece);
    }
    tx.request_end();

    let mut out = stdout().lock();
    writeln!(out, "verdict: {}", tx.verdict().name())?;
    for finding in tx.findings() {
        writeln!(out, "{} ({}) at {}", finding.class.name(), finding.technique, finding.point)?;
        writeln!(out, "  {}", finding.reason)?;
    }
    for anomaly in tx.anomalies().iter() {
        writeln!(out, "anomaly {}: {}", anomaly.name(), anomaly.doc())?;
    }
    let mut event = Vec::new();
    tx.write_json(&mut event);
    event.push(b'\n');
    out.write_all(&event)?;
    Ok(())
}
