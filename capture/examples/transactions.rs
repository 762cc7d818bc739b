//! Prints the transactions of captures as JSON lines: one line per capture, with the decoded bodies.
//!
//! `cargo run --release -p sidewatch-capture --example transactions -- FILE...`

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use sidewatch_capture::limits::Limits;
use sidewatch_capture::{Finished, transactions};
use std::io::Write;
use std::path::Path;

/// Bytes of each body printed.
const BODY: usize = 8 << 20;

fn text(bytes: &[u8]) -> Value {
    if bytes.is_empty() { Value::Null } else { Value::from(String::from_utf8_lossy(bytes)) }
}

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for path in std::env::args_os().skip(1) {
        let mut tx = Vec::new();
        let scan = transactions(&path, BODY, Limits::default(), |finished: &Finished<'_>| {
            let t = finished.transaction;
            if !t.has_request() && !t.has_response() {
                // Bytes that are no message: judged, but no transaction to list.
                return;
            }
            tx.push(json!({
                "method": text(t.method()),
                "target": text(t.target()),
                "host": text(t.host()),
                "status": t.status(),
                "request_body_b64": BASE64_STANDARD.encode(t.request_body_kept()),
                "response_body_b64": BASE64_STANDARD.encode(t.response_body_kept()),
            }));
        });
        let path = Path::new(&path);
        match scan {
            Ok(scan) => {
                if let Some(error) = scan.error {
                    eprintln!("{}: {error}", path.display());
                }
                if std::env::var_os("SUMMARY").is_some() {
                    let drops: Vec<_> =
                        scan.summary.drops().map(|(r, d)| (r.name(), d.packets, d.bytes)).collect();
                    eprintln!("{}: {:?} {drops:?}", path.display(), scan.summary);
                }
            }
            Err(error) => eprintln!("{}: {error}", path.display()),
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        writeln!(out, "{}", json!({ "pcap": name, "tx": tx }))?;
    }
    Ok(())
}
