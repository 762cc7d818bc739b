//! The layer by itself: bodies of one piece or many, watched or blocked, read or left.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use sidewatch::Engine;
use sidewatch_examples::layer::{BoxError, Mode, WatchLayer, WatchedBody};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use tower::{Layer, ServiceExt, service_fn};

/// A body of given frames.
struct Frames(Vec<Frame<Bytes>>);

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready((!self.0.is_empty()).then(|| Ok(self.0.remove(0))))
    }
}

fn pieces(text: &[&'static str]) -> Frames {
    Frames(text.iter().map(|piece| Frame::data(Bytes::from_static(piece.as_bytes()))).collect())
}

const ATTACK: [&str; 3] = ["q=1'+union+sel", "ect+name,pass+from+users--", "&a=b"];

/// Runs one request through a service that reads the body or not, and gives status, what the service has read, and the events.
fn run(mode: Mode, target: &str, body: Frames, read: bool) -> (StatusCode, Option<String>, Vec<String>) {
    let events = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::new(Mutex::new(None));
    let report = {
        let events = Arc::clone(&events);
        Arc::new(move |event: &[u8]| events.lock().unwrap().push(String::from_utf8(event.to_vec()).unwrap()))
    };
    let inner = {
        let seen = Arc::clone(&seen);
        service_fn(move |request: Request<WatchedBody<Frames>>| {
            let seen = Arc::clone(&seen);
            async move {
                if read {
                    let body = request.into_body().collect().await?.to_bytes();
                    *seen.lock().unwrap() = Some(String::from_utf8_lossy(&body).into_owned());
                }
                Ok::<_, BoxError>(Response::new(pieces(&["an", "swer"])))
            }
        })
    };
    let request = Request::post(target)
        .header("host", "shop.example")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let status = runtime.block_on(async {
        let layer = WatchLayer::new(Engine::default(), mode, report);
        let response = layer.layer(inner).oneshot(request).await.unwrap();
        let status = response.status();
        let answer = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(&answer[..], if status == StatusCode::OK { &b"answer"[..] } else { b"" });
        status
    });
    let seen = seen.lock().unwrap().take();
    (status, seen, Arc::try_unwrap(events).unwrap().into_inner().unwrap())
}

#[test]
fn an_ordinary_request_passes_unchanged() {
    for mode in [Mode::Watch, Mode::Block] {
        let (status, seen, events) = run(mode, "/a?b=c", pieces(&["q=or", "dinary"]), true);
        assert_eq!((status, seen.as_deref(), events.len()), (StatusCode::OK, Some("q=ordinary"), 0));
    }
}

#[test]
fn watching_changes_nothing_and_reports() {
    let (status, seen, events) = run(Mode::Watch, "/a", pieces(&ATTACK), true);
    assert_eq!((status, seen), (StatusCode::OK, Some(ATTACK.concat())));
    assert_eq!(events.len(), 1);
    assert!(
        events[0].contains("\"status\":200") && events[0].contains("\"classes\":[\"sqli\"]"),
        "{}",
        events[0]
    );
    assert!(events[0].contains("\"response\":{\"status\":200,\"body_bytes\":6}"), "{}", events[0]);
}

#[test]
fn blocking_ends_the_body_before_the_service_has_it() {
    let (status, seen, events) = run(Mode::Block, "/a", pieces(&ATTACK), true);
    assert_eq!((status, seen, events.len()), (StatusCode::FORBIDDEN, None, 1));
}

#[test]
fn blocking_at_the_head_asks_no_service() {
    let (status, seen, events) = run(Mode::Block, "/a?f=../../../etc/passwd", pieces(&["a=b"]), true);
    assert_eq!((status, seen, events.len()), (StatusCode::FORBIDDEN, None, 1));
    assert!(events[0].contains("\"status\":403"), "{}", events[0]);
}

#[test]
fn a_body_that_nobody_reads_holds_nothing_up() {
    let (status, seen, events) = run(Mode::Block, "/a", pieces(&ATTACK), false);
    assert_eq!((status, seen, events.len()), (StatusCode::OK, None, 0));
}

#[test]
fn trailers_are_judged() {
    let mut trailers = http::HeaderMap::new();
    trailers.insert("x-note", "1' union select name, pass from users--".parse().unwrap());
    let body = Frames(vec![Frame::data(Bytes::from_static(b"a=b")), Frame::trailers(trailers)]);
    let (status, _, events) = run(Mode::Watch, "/a", body, true);
    assert_eq!((status, events.len()), (StatusCode::OK, 1));
}
