//! What the tests of the examples share: a client that speaks plain TCP, and a program that is run.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// An example that runs until the test is over.
pub struct Example {
    child: Child,
    pub address: SocketAddr,
}

impl Example {
    /// Starts an example that says where it listens.
    pub fn start(name: &str, arguments: &[&str]) -> Example {
        let mut child = Command::new(path(name))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the example: without `--test`, cargo builds it; else `cargo build --examples` does");
        let mut line = String::new();
        let errors = child.stderr.take().expect("piped");
        BufReader::new(errors).read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("listening on ").expect("where it listens");
        let address = address.parse().expect("an address");
        Example { child, address }
    }

    /// Ends it, and gives what it has printed.
    pub fn end(mut self) -> String {
        self.child.kill().expect("it runs");
        let mut out = String::new();
        self.child.stdout.take().expect("piped").read_to_string(&mut out).expect("text");
        out
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Where cargo puts the examples that it builds with the tests.
#[allow(dead_code)] // not every test runs a program by itself
pub fn path(name: &str) -> PathBuf {
    let mut folder = std::env::current_exe().expect("a test");
    folder.pop();
    folder.pop();
    folder.join("examples").join(name)
}

/// Sends `pieces` one after the other, and gives what comes back until the server closes.
pub fn exchange(address: SocketAddr, pieces: &[&[u8]]) -> String {
    let mut stream = TcpStream::connect(address).expect("a server");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a socket");
    stream.set_nodelay(true).expect("a socket");
    for piece in pieces {
        // A server that has answered may be gone.
        if stream.write_all(piece).is_err() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut answer = Vec::new();
    _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}
