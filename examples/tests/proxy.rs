//! The proxy in front of a small server, over loopback: what passes is unchanged, attacks are reported with their responses.

mod common;

use common::{Example, exchange, path};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::thread;

/// A server that answers each connection after its first request, then closes.
fn upstream() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let mut seen = Vec::new();
            let mut buffer = [0; 4096];
            while !seen.windows(4).any(|w| w == b"\r\n\r\n") {
                match stream.read(&mut buffer) {
                    Ok(n @ 1..) => seen.extend_from_slice(&buffer[..n]),
                    _ => break,
                }
            }
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", seen.len());
            _ = stream.write_all(answer.as_bytes());
            _ = stream.write_all(&seen);
        }
    });
    address
}

#[test]
fn what_passes_is_unchanged_and_attacks_are_reported() {
    let upstream = upstream().to_string();
    let proxy = Example::start("proxy", &["127.0.0.1:0", &upstream]);
    let benign = "GET /?id=1 HTTP/1.1\r\nHost: a\r\n\r\n";
    let attack = "GET /?id=1'+union+select+name,password+from+users-- HTTP/1.1\r\nHost: a\r\n\r\n";
    for request in [benign, attack] {
        let (first, second) = request.split_at(request.len() / 2);
        let answer = exchange(proxy.address, &[first.as_bytes(), second.as_bytes()]);
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with(request), "{answer}");
    }
    // Not HTTP: it passes all the same.
    let answer = exchange(proxy.address, &[b"\x16\x03\x01 not http\r\n\r\n"]);
    assert!(answer.ends_with("not http\r\n\r\n"), "{answer}");
    let printed = proxy.end();
    let events: Vec<&str> = printed.lines().collect();
    assert_eq!(events.len(), 1, "{printed}");
    assert!(
        events[0].contains("\"classes\":[\"sqli\"]") && events[0].contains("\"status\":200"),
        "{printed}"
    );
    assert!(events[0].contains(&format!("\"port\":{}", upstream.rsplit(':').next().unwrap())), "{printed}");
}

#[test]
fn a_proxy_without_addresses_says_what_it_wants() {
    let ended = Command::new(path("proxy"))
        .output()
        .expect("the example: without `--test`, cargo builds it; else `cargo build --examples` does");
    assert!(!ended.status.success());
    let text = String::from_utf8_lossy(&ended.stderr);
    assert!(text.contains("usage: proxy LISTEN UPSTREAM"), "{text}");
}
