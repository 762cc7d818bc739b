//! The example server with the layer that blocks, over loopback; and the layer that only watches.

mod common;

use common::{Example, exchange};

const BENIGN: &[u8] = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";

#[test]
fn attacks_are_answered_with_403_and_reported() {
    let server = Example::start("server", &["127.0.0.1:0"]);
    let answer = exchange(server.address, &[BENIGN]);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("hello"), "{answer}");
    let in_target = b"GET /?q=1'+union+select+name,password+from+users-- HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer = exchange(server.address, &[in_target]);
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    // An attack in a body, cut where it hurts.
    let head = b"POST /b HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n\
        Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    let answer = exchange(
        server.address,
        &[
            head,
            b"13\r\nq=1'+union+select+n\r\n",
            b"16\r\name,pass+from+users--&\r\n",
            b"3\r\na=b\r\n0\r\n\r\n",
        ],
    );
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    let printed = server.end();
    let events: Vec<&str> = printed.lines().collect();
    assert_eq!(events.len(), 2, "{printed}");
    assert!(events[0].contains("\"point\":\"query.q\"") && events[0].contains("\"status\":403"), "{printed}");
    assert!(
        events[1].contains("\"point\":\"body.form.q\"") && events[1].contains("\"target\":\"/b\""),
        "{printed}"
    );
    assert!(events.iter().all(|event| event.contains("\"ip\":\"127.0.0.1\"")), "{printed}");
}
