//! Values that are told to be harmless at one look: what is found in them is what is found by looking at everything.
//!
//! With a trace every form of every value is judged, so that both ways can be compared.

use proptest::prelude::*;
use sidewatch::Engine;
use sidewatch::http::Messages;

/// What is found in a request with this cookie: by the short way and by the long one.
fn found(engine: &Engine, cookie: &str, traced: bool) -> String {
    let mut transaction = engine.transaction();
    transaction.set_trace(traced);
    let request = format!("GET / HTTP/1.1\r\nHost: www.shop.example\r\nCookie: {cookie}\r\n\r\n");
    transaction.request_bytes(request.as_bytes());
    transaction.request_end();
    let findings = transaction.findings();
    format!("{:?} {:?} {findings:?}", transaction.verdict(), transaction.anomalies())
}

/// Words of pages and of the languages of attacks.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "isGpcEnabled", "groups", "version", "hosts", "time", "delete", "select", "where", "from", "union", "onload", "onerror", "location",
    "name", "alert", "echo", "ping", "nc", "type", "file", "ls", "cat", "etc", "passwd", "Time", "Cat", "if", "role", "admin", "src",
    "href", "style", "eval", "system", "exec", "or", "and", "not", "null", "sleep", "true", "yes", "class", "prototype", "constructor",
    "url", "next", "http", "javascript", "data", "php", "a", "x", "if", "then", "set", "start", "del", "dir", "ipconfig", "whoami", "id",
    "env", "count", "doc", "ignore", "previous", "rules", "system", "prompt", "window", "document", "cookie", "self", "this", "process",
    "AC", "AD", "b64", "atob", "ew0", "eyJ", "Jun", "mail", "bcc", "get", "flushall", "localhost", "metadata", "GLOBALS", "gt", "amp",
    "convert", "cast", "case", "when", "end", "between", "like", "having", "order", "by", "limit", "drop", "table", "insert", "into",
    "shadow", "boot", "ini", "environ", "htaccess", "web", "config", "xml", "proc", "windows", "win", "root", "dir", "net", "sc", "reg", "tasklist",
    "curl", "wget", "bash", "sh", "sudo", "timeout", "sort", "more", "find", "color", "title", "path", "shutdown", "Get", "Process", "iex",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![1 => "[a-zA-Z]{1,12}", 3 => prop::sample::select(WORDS).prop_map(String::from)]
}

/// Values of pairs as what a visitor has consented to is kept, and others near them.
fn pairs() -> impl Strategy<Value = String> {
    let joined = |by: &'static str| prop::collection::vec(word(), 1..5).prop_map(move |words| words.join(by));
    let moment = (
        "(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\\+(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\\+[0-9]{2}\\+[0-9]{4}\\+[0-9]{2}%3A[0-9]{2}%3A[0-9]{2}\\+GMT(%2B|-)0[0-9]00",
        joined("+"),
    );
    let value = prop_oneof![
        3 => moment.prop_map(|(moment, zone)| format!("{moment}+({zone})")),
        3 => "[01]",
        1 => Just(String::new()),
        2 => "[0-9]{1,6}(\\.[0-9]{1,3}){0,3}",
        2 => "[A-Z][0-9]{4}%3A[01](%2C[A-Z][0-9]{4}(%3A|:)[01]){0,2}",
        1 => "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        1 => word(),
        1 => joined("+"),
        1 => joined("-"),
        1 => joined("%2C"),
        1 => joined("%2B"),
        1 => joined("+("),
    ];
    // Most names are plain: a cookie in which one of the names is odd is judged as all others are.
    let more = prop_oneof![2 => Just(String::new()), 1 => "[a-z]{1,2}"];
    let pair = (word(), more, value).prop_map(|(name, more, value)| format!("{name}{more}={value}"));
    prop::collection::vec(pair, 3..9).prop_map(|pairs| pairs.join("&"))
}

proptest! {
    #[test]
    fn nothing_is_lost_in_cookies_of_pairs(
        value in pairs(),
        name in prop::sample::select(&["OptanonConsent", "c", "settings", "next", "cmd", "class"][..]),
    ) {
        let (engine, cookie) = (Engine::default(), format!("{name}={value}"));
        prop_assert_eq!(found(&engine, &cookie, false), found(&engine, &cookie, true), "{}", cookie);
    }
}
