//! A TCP proxy that shows both directions of each connection to an engine. It forwards bytes as they come and changes none.

use sidewatch::{Connection, Engine, Verdict};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

/// What becomes of the event of an attack: one line of JSON.
pub type Report = Arc<dyn Fn(&[u8]) + Send + Sync>;

/// Accepts connections until accepting fails, each in threads of its own, and forwards them to `upstream`.
///
/// # Errors
/// What `listener` tells.
pub fn serve(
    listener: &TcpListener,
    upstream: SocketAddr,
    engine: &Engine,
    report: &Report,
) -> io::Result<()> {
    loop {
        let (client, address) = listener.accept()?;
        let (engine, report) = (engine.clone(), Arc::clone(report));
        thread::spawn(move || {
            // A connection that breaks concerns nobody else.
            _ = forward(client, address, upstream, &engine, &report);
        });
    }
}

/// One connection, to its end.
fn forward(
    client: TcpStream,
    address: SocketAddr,
    upstream: SocketAddr,
    engine: &Engine,
    report: &Report,
) -> io::Result<()> {
    let server = TcpStream::connect(upstream)?;
    let mut tapped = engine.connection();
    tapped.set_addresses(address, upstream);
    // The two directions take turns at the connection; the lock is held for as long as some bytes are judged.
    let tapped = Mutex::new(tapped);
    let (client, server) = (&client, &server);
    thread::scope(|scope| {
        scope.spawn(|| pump(client, server, &tapped, report, Connection::client, Connection::client_close));
        pump(server, client, &tapped, report, Connection::server, Connection::server_close);
    });
    Ok(())
}

/// One direction. Bytes are judged before they are sent on: the answer to a request must not be seen before the request.
fn pump(
    mut from: &TcpStream,
    mut to: &TcpStream,
    tapped: &Mutex<Connection>,
    report: &Report,
    feed: fn(&mut Connection, &[u8]),
    close: fn(&mut Connection),
) {
    let mut buffer = vec![0; 16 << 10];
    while let Ok(n @ 1..) = from.read(&mut buffer) {
        {
            let mut tapped = tapped.lock().unwrap_or_else(PoisonError::into_inner);
            tapped.set_time(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default());
            feed(&mut tapped, &buffer[..n]);
            tell(&mut tapped, report);
        }
        if to.write_all(&buffer[..n]).is_err() {
            break;
        }
    }
    {
        let mut tapped = tapped.lock().unwrap_or_else(PoisonError::into_inner);
        close(&mut tapped);
        tell(&mut tapped, report);
    }
    _ = to.shutdown(Shutdown::Write);
}

/// Reports the attacks among the transactions that have ended.
fn tell(tapped: &mut Connection, report: &Report) {
    while let Some(transaction) = tapped.next_transaction() {
        if transaction.verdict() == Verdict::Attack {
            let mut event = Vec::new();
            transaction.write_json(&mut event);
            report(&event);
        }
        tapped.recycle(transaction);
    }
}
