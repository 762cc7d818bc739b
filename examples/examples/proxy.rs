//! A TCP proxy that prints an event for each attack it sees pass.
//!
//! ```sh
//! cargo run -p sidewatch-examples --example proxy -- 127.0.0.1:8080 127.0.0.1:80
//! curl "http://127.0.0.1:8080/?q=1'+union+select+name,password+from+users--"
//! ```

use sidewatch::Engine;
use std::error::Error;
use std::io::{Write, stderr, stdout};
use std::net::{TcpListener, ToSocketAddrs};
use std::sync::Arc;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(listen), Some(upstream)) = (arguments.next(), arguments.next()) else {
        return Err("usage: proxy LISTEN UPSTREAM, both as address:port".into());
    };
    let upstream = upstream.to_socket_addrs()?.next().ok_or("the upstream has no address")?;
    let listener = TcpListener::bind(listen)?;
    writeln!(stderr(), "listening on {}", listener.local_addr()?)?;
    let report = Arc::new(|event: &[u8]| {
        let mut line = event.to_vec();
        line.push(b'\n');
        _ = stdout().write_all(&line);
    });
    sidewatch_examples::tap::serve(&listener, upstream, &Engine::default(), &(report as _))?;
    Ok(())
}
