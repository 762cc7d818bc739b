//! The filter against a stand-in for Envoy: what it asks for at each hook, and what it tells the engine.

use crate::config::Settings;
use crate::exchange::{End, Exchange, Step};
use crate::host::{Attribute, Body, Counter, Counters, Fields, Host, Section};
use crate::worker::Worker;
use smallvec::SmallVec;
use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::sync::Arc;

const SQLI: &str = "/items?id=1'+union+select+name,password+from+users--";

/// What Envoy would show during the next hook, and what it has been asked.
#[derive(Default)]
struct Stand {
    head: Vec<(&'static str, &'static str)>,
    body: Vec<&'static str>,
    status: Option<u64>,
    limit: u64,
    panics: Cell<bool>,
    counted: RefCell<Vec<Counter>>,
    metadata: RefCell<Vec<(String, String)>>,
}

impl Host for Stand {
    fn fields(&self, section: Section) -> Fields<'_> {
        assert!(!self.panics.get(), "asked to");
        match section {
            Section::RequestHead => self.head.iter().map(|f| (f.0.as_bytes(), f.1.as_bytes())).collect(),
            Section::ResponseHead => [(&b":status"[..], &b"200"[..])].into_iter().collect(),
            Section::ResponseTrailers => [(&b"grpc-status"[..], &b"0"[..])].into_iter().collect(),
            Section::RequestTrailers => Fields::new(),
        }
    }
    fn body(&self, body: Body) -> SmallVec<[&[u8]; 8]> {
        assert!(matches!(body, Body::Request | Body::Response));
        self.body.iter().map(|b| b.as_bytes()).collect()
    }
    fn text(&self, attribute: Attribute) -> Option<&[u8]> {
        Some(match attribute {
            Attribute::Protocol => b"HTTP/2",
            Attribute::Source => b"192.0.2.1:4000",
            _ => b"/run/envoy.sock",
        })
    }
    fn number(&self, _: Attribute) -> Option<u64> {
        self.status
    }
    fn buffer_limit(&self) -> u64 {
        self.limit
    }
    fn count(&self, counter: Counter) {
        self.counted.borrow_mut().push(counter);
    }
    fn set_metadata(&self, key: &str, value: &[u8]) {
        self.metadata.borrow_mut().push((key.to_owned(), String::from_utf8_lossy(value).into_owned()));
    }
    fn log_error(&self, message: &str) {
        panic!("{message}");
    }
}

fn stand(target: &'static str, more: &[(&'static str, &'static str)]) -> Stand {
    let pseudo = [(":method", "POST"), (":path", target), (":authority", "shop.example")];
    Stand { head: pseudo.iter().chain(more).copied().collect(), ..Stand::default() }
}

/// An exchange, and the file its events go to.
fn exchange(name: &str, options: &str) -> (Exchange, PathBuf) {
    let path = std::env::temp_dir().join(format!("sidewatch-envoy-{}-{name}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let json = format!(r#"{{"events": {{"path": "{}", "write": "all"}}, {options}}}"#, path.display());
    let settings = Arc::new(Settings::read(json.as_bytes()).expect("a configuration"));
    (Exchange::new(Worker::of(&settings)), path)
}

fn event(path: &PathBuf) -> serde_json::Value {
    let text = std::fs::read_to_string(path).expect("an event");
    std::fs::remove_file(path).expect("removed");
    serde_json::from_str(&text).expect("one line of JSON")
}

#[test]
fn an_observer_never_stops_a_stream() {
    let (mut x, path) = exchange("observer", r#""position": "observer", "metadata": true"#);
    let host = Stand { body: vec!["a=1&", "b=2"], ..stand(SQLI, &[("user-agent", "Mozilla/5.0")]) };
    assert_eq!(x.request_head(&host, End::No), Step::Go);
    assert_eq!(x.request_body(&host, End::No), Step::Go);
    assert_eq!(x.request_trailers(&host), Step::Go);
    x.response_head(&host, End::No);
    x.response_body(&host, End::No);
    x.response_trailers(&host);
    x.complete(&host);
    x.complete(&host);
    let event = event(&path);
    assert_eq!((&event["request"]["body_bytes"], &event["response"]["body_bytes"]), (&7.into(), &7.into()));
    assert_eq!((&event["request"]["version"], &event["response"]["status"]), (&"HTTP/2".into(), &200.into()));
    assert_eq!((&event["client"]["port"], event.get("server")), (&4000.into(), None));
    assert_eq!(event.get("action"), None, "who only watches does nothing");
    assert_eq!(*host.counted.borrow(), [Counter::Requests, Counter::Attacks, Counter::Events]);
    let metadata = host.metadata.borrow();
    assert_eq!(metadata[0], ("verdict".to_owned(), "attack".to_owned()));
    assert_eq!(metadata[1], ("classes".to_owned(), "sqli".to_owned()));
}

#[test]
fn a_mirror_target_answers_once_at_the_end() {
    let (mut x, path) = exchange("mirror", r#""position": "mirror_target""#);
    let told =
        [("x-sidewatch-client", "2001:db8::1"), ("x-sidewatch-client-port", "77"), ("x-sidewatch-id", "")];
    let host = Stand { body: vec!["a"], ..stand(SQLI, &told) };
    assert_eq!(x.request_head(&host, End::No), Step::Drop);
    assert_eq!(x.request_body(&host, End::No), Step::Drop);
    assert_eq!(x.request_body(&host, End::Yes), Step::Answer(204));
    assert_eq!(x.request_body(&host, End::Yes), Step::Drop);
    x.response_head(&host, End::Yes);
    x.complete(&host);
    let event = event(&path);
    assert_eq!((&event["client"]["ip"], &event["client"]["port"]), (&"2001:db8::1".into(), &77.into()));
    assert!(event.get("response").is_none() && event.get("id").is_none());
}

#[test]
fn in_line_an_attack_is_answered() {
    let (mut x, path) = exchange("inline", r#""position": "inline""#);
    let host = Stand { status: Some(403), ..stand(SQLI, &[]) };
    assert_eq!(x.request_head(&host, End::No), Step::Answer(403));
    assert_eq!(x.request_body(&host, End::Yes), Step::Drop);
    x.complete(&host);
    let event = event(&path);
    assert_eq!((&event["response"]["status"], &event["action"]), (&403.into(), &"block".into()));
    assert_eq!(host.counted.borrow()[0], Counter::Blocked);
}

#[test]
fn the_last_piece_waits_for_the_end() {
    let (mut x, path) = exchange("last", r#""position": "inline""#);
    let host = Stand { body: vec!["12345"], ..stand("/", &[("content-length", "10")]) };
    assert_eq!(x.request_head(&host, End::No), Step::Go);
    assert_eq!(x.request_body(&host, End::No), Step::Go);
    assert_eq!(x.request_body(&host, End::No), Step::Hold);
    assert_eq!(x.request_body(&Stand::default(), End::Yes), Step::Go);
    x.complete(&host);
    assert_eq!(event(&path)["action"], "pass");
}

#[test]
fn a_body_is_held_only_if_it_fits_and_nobody_waits() {
    for (limit, fields, want) in [
        (0, vec![("content-length", "100")], Step::Hold),
        (0, vec![("content-length", "101")], Step::Go),
        (50, vec![("content-length", "51")], Step::Go),
        (0, vec![("content-length", "0")], Step::Go),
        (0, vec![], Step::Go),
        (0, vec![("content-length", "10"), ("expect", "100-continue")], Step::Go),
        (0, vec![("content-length", "10"), ("upgrade", "websocket")], Step::Go),
    ] {
        let (mut x, path) = exchange("hold", r#""position": "inline", "hold_body": 100"#);
        let host = Stand { limit, ..stand("/", &fields) };
        assert_eq!(x.request_head(&host, End::No), want, "{limit} {fields:?}");
        let _ = std::fs::remove_file(path);
    }
}

#[test]
fn a_call_of_grpc_is_answered_in_its_own_words() {
    for (kind, want) in [
        ("application/grpc", Step::AnswerGrpc(7)),
        ("application/grpc+proto", Step::AnswerGrpc(7)),
        ("application/grpc-web", Step::Answer(403)),
        ("text/plain", Step::Answer(403)),
    ] {
        let (mut x, path) = exchange("grpc", r#""position": "inline""#);
        assert_eq!(x.request_head(&stand(SQLI, &[("content-type", kind)]), End::No), want, "{kind}");
        let _ = std::fs::remove_file(path);
    }
    let (mut x, path) = exchange("grpc-begun", r#""position": "inline""#);
    let host = stand("/", &[("content-type", "application/grpc")]);
    assert_eq!(x.request_head(&host, End::No), Step::Go);
    x.response_head(&host, End::No);
    let attack = Stand {
        body: vec!["\0\0\0\0\x2b\n\x291' union select name,password from users--"],
        ..Stand::default()
    };
    assert_eq!(x.request_body(&attack, End::Yes), Step::Answer(403), "what has begun cannot begin again");
    let _ = std::fs::remove_file(path);
}

#[test]
fn a_panic_ends_the_judging_and_nothing_else() {
    for (options, want) in [
        (r#""position": "observer""#, Step::Go),
        (r#""position": "inline""#, Step::Go),
        (r#""position": "inline", "on_error": "block""#, Step::Answer(503)),
        (r#""position": "mirror_target""#, Step::Answer(204)),
    ] {
        let (mut x, path) = exchange("panic", options);
        let host = stand(SQLI, &[]);
        host.panics.set(true);
        assert_eq!(x.request_head(&host, End::Yes), want, "{options}");
        host.panics.set(false);
        x.response_head(&host, End::Yes);
        x.complete(&host);
        assert!(!path.exists() || std::fs::read_to_string(&path).unwrap().is_empty());
        let counted = host.counted.borrow();
        for counter in [Counter::Panics, Counter::Requests, Counter::Errors] {
            assert_eq!(counted.iter().filter(|c| **c == counter).count(), 1, "{options} {counted:?}");
        }
        let _ = std::fs::remove_file(path);
    }
}

#[test]
fn counters_have_their_names() {
    let all: Counters = [None; Counter::NAMES.len()];
    assert_eq!(all.len(), Counter::EventsSuppressed as usize + 1);
    assert_eq!(Counter::NAMES[Counter::Blocked as usize], "sidewatch.blocked");
    assert_eq!(Counter::NAMES[Counter::Panics as usize], "sidewatch.panics");
    assert_eq!(Counter::NAMES[Counter::EventsLost as usize], "sidewatch.events_lost");
}

#[test]
fn a_stream_without_a_request_leaves_nothing() {
    let (mut x, path) = exchange("nothing", r#""position": "observer""#);
    let host = Stand::default();
    x.complete(&host);
    assert!(host.counted.borrow().is_empty());
    let _ = std::fs::remove_file(path);
}

/// The file of hooks is not part of this build (its callbacks are Envoy's): what it promises is read from its text.
#[test]
fn every_hook_runs_inside_the_panic_boundary() {
    let text = include_str!("abi.rs");
    let hooks: Vec<&str> = text.split("(no_mangle)]").skip(1).collect();
    assert!(hooks.len() > 12);
    for hook in hooks {
        let body = hook.split("\n}\n").next().unwrap_or_default();
        let guarded =
            body.contains("boundary(") || body.contains("{ hook(filter, module,") || body.contains("$name");
        assert!(guarded, "{body}");
    }
    assert!(text.contains("boundary(otherwise, || {"), "and `hook` itself is inside");
}
