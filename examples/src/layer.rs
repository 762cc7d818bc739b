//! A layer for tower: judges the requests and responses of the service inside while they stream.
//!
//! Nothing is collected and nothing waits: each piece of a body is judged as it passes. [`Mode::Watch`] changes nothing;
//! [`Mode::Block`] answers 403 in place of the service once the request is an attack: at its head the service does not see it
//! at all, in its body the service's next read fails.
//!
//! `http` keeps header fields by name, in lower case and without their order between different names: findings are the same,
//! anomalies of the head's syntax are the server's to tell.

use bytes::{Buf, Bytes};
use http::header::HeaderMap;
use http::{Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use sidewatch::http::{Messages, Version};
use sidewatch::{Engine, Transaction, Verdict};
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{SystemTime, UNIX_EPOCH};
use tower_layer::Layer;
use tower_service::Service;

/// Any error of a body.
pub type BoxError = Box<dyn Error + Send + Sync>;
/// What becomes of the event of an attack: one line of JSON.
pub type Report = Arc<dyn Fn(&[u8]) + Send + Sync>;

/// Whether an attack is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is reported.
    Watch,
    /// It is reported, and answered with 403.
    Block,
}

/// Transactions that are kept for reuse.
const SPARE: usize = 64;

/// What all requests of a service share.
struct Shared {
    engine: Engine,
    mode: Mode,
    report: Report,
    spare: Mutex<Vec<Transaction>>,
}

/// The layer. To be cloned freely: clones are one.
#[derive(Clone)]
pub struct WatchLayer(Arc<Shared>);

impl WatchLayer {
    /// A layer that judges by `engine` and reports attacks to `report`.
    pub fn new(engine: Engine, mode: Mode, report: Report) -> WatchLayer {
        WatchLayer(Arc::new(Shared { engine, mode, report, spare: Mutex::new(Vec::new()) }))
    }
}

impl<S> Layer<S> for WatchLayer {
    type Service = Watch<S>;

    fn layer(&self, inner: S) -> Watch<S> {
        Watch { inner, shared: Arc::clone(&self.0) }
    }
}

/// The service inside, watched.
#[derive(Clone)]
pub struct Watch<S> {
    inner: S,
    shared: Arc<Shared>,
}

impl<S, B, R> Service<Request<B>> for Watch<S>
where
    S: Service<Request<WatchedBody<B>>, Response = Response<R>>,
{
    type Response = Response<WatchedBody<R>>;
    type Error = S::Error;
    type Future = WatchedResponse<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let exchange = Arc::new(Exchange::new(&self.shared, &request));
        if exchange.is_blocked() {
            return WatchedResponse { inner: None, exchange };
        }
        let body =
            |body| WatchedBody { inner: Some(body), exchange: Arc::clone(&exchange), side: Side::Request };
        let inner = self.inner.call(request.map(body));
        WatchedResponse { inner: Some(inner), exchange }
    }
}

pin_project! {
    /// The response to come.
    pub struct WatchedResponse<F> {
        #[pin]
        inner: Option<F>,
        exchange: Arc<Exchange>,
    }
}

impl<F, R, E> Future for WatchedResponse<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<WatchedBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let answered = match this.inner.as_pin_mut() {
            Some(inner) => match inner.poll(cx) {
                Poll::Ready(answered) => Some(answered),
                Poll::Pending => return Poll::Pending,
            },
            None => None,
        };
        // Whatever the service made of a body that was cut off: it is an attack's.
        let response = match answered {
            Some(answered) if !this.exchange.is_blocked() => answered?.map(Some),
            _ => {
                let mut refused = Response::new(None);
                *refused.status_mut() = StatusCode::FORBIDDEN;
                refused
            }
        };
        this.exchange.response(&response);
        let exchange = Arc::clone(this.exchange);
        Poll::Ready(Ok(response.map(|inner| WatchedBody { inner, exchange, side: Side::Response })))
    }
}

/// Whose body it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Request,
    Response,
}

pin_project! {
    /// A body whose pieces are judged as they pass.
    pub struct WatchedBody<B> {
        #[pin]
        inner: Option<B>,
        exchange: Arc<Exchange>,
        side: Side,
    }

    impl<B> PinnedDrop for WatchedBody<B> {
        fn drop(this: Pin<&mut Self>) {
            // Read to its end or not: no more will come.
            this.exchange.end(this.side);
        }
    }
}

impl<B> Body for WatchedBody<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.project();
        let Some(inner) = this.inner.as_pin_mut() else { return Poll::Ready(None) };
        let frame = match inner.poll_frame(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(None) => {
                this.exchange.end(*this.side);
                return Poll::Ready(this.exchange.refusal(*this.side).map(Err));
            }
            Poll::Ready(Some(Err(e))) => return Poll::Ready(Some(Err(e.into()))),
            // Bytes are taken over, not copied.
            Poll::Ready(Some(Ok(frame))) => frame.map_data(|mut data| data.copy_to_bytes(data.remaining())),
        };
        this.exchange.frame(*this.side, &frame);
        Poll::Ready(Some(match this.exchange.refusal(*this.side) {
            Some(refusal) => Err(refusal),
            None => Ok(frame),
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

/// The request turned out to be an attack while its body was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocked;

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request was blocked as an attack")
    }
}

impl Error for Blocked {}

/// One request and its response; reported when the last part of both is dropped.
struct Exchange {
    shared: Arc<Shared>,
    state: Mutex<State>,
}

struct State {
    transaction: Transaction,
    request_ended: bool,
    response_ended: bool,
}

impl Exchange {
    fn new<B>(shared: &Arc<Shared>, request: &Request<B>) -> Exchange {
        let spare = lock(&shared.spare).pop();
        let mut transaction = spare.unwrap_or_else(|| shared.engine.transaction());
        transaction.set_time(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default());
        // Whoever accepts the connection puts the peer's address here.
        if let Some(&client) = request.extensions().get::<SocketAddr>() {
            transaction.set_client(client);
        }
        let target = request.uri().to_string();
        let version = version_of(request.version());
        transaction.request_line(request.method().as_str().as_bytes(), target.as_bytes(), version);
        fields(request.headers(), |name, value| transaction.request_header(name, value));
        transaction.request_head_end();
        let state = State { transaction, request_ended: false, response_ended: false };
        Exchange { shared: Arc::clone(shared), state: Mutex::new(state) }
    }

    fn frame(&self, side: Side, frame: &Frame<Bytes>) {
        let mut state = lock(&self.state);
        let tx = &mut state.transaction;
        match (side, frame.data_ref(), frame.trailers_ref()) {
            (Side::Request, Some(piece), _) => tx.request_body(piece),
            (Side::Request, _, Some(all)) => fields(all, |name, value| tx.request_trailer(name, value)),
            (Side::Response, Some(piece), _) => tx.response_body(piece),
            (Side::Response, _, Some(all)) => fields(all, |name, value| tx.response_trailer(name, value)),
            _ => {}
        }
    }

    fn response<B>(&self, response: &Response<B>) {
        let tx = &mut lock(&self.state).transaction;
        tx.response_line(Some(response.status().as_u16()), version_of(response.version()));
        fields(response.headers(), |name, value| tx.response_header(name, value));
        tx.response_head_end();
    }

    fn end(&self, side: Side) {
        let mut state = lock(&self.state);
        let State { transaction, request_ended, response_ended } = &mut *state;
        match side {
            Side::Request if !std::mem::replace(request_ended, true) => transaction.request_end(),
            Side::Response if !std::mem::replace(response_ended, true) => transaction.response_end(),
            _ => {}
        }
    }

    fn is_blocked(&self) -> bool {
        self.shared.mode == Mode::Block && lock(&self.state).transaction.verdict() == Verdict::Attack
    }

    /// What the reader of this body gets in place of more.
    fn refusal(&self, side: Side) -> Option<BoxError> {
        (side == Side::Request && self.is_blocked()).then(|| Blocked.into())
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.end(Side::Request);
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if state.transaction.verdict() == Verdict::Attack {
            let mut event = Vec::new();
            state.transaction.write_json(&mut event);
            (self.shared.report)(&event);
        }
        let mut spare = lock(&self.shared.spare);
        if spare.len() < SPARE {
            let mut transaction = std::mem::replace(&mut state.transaction, self.shared.engine.transaction());
            transaction.reset();
            spare.push(transaction);
        }
    }
}

/// A panic elsewhere does not end the watch.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn fields(all: &HeaderMap, mut each: impl FnMut(&[u8], &[u8])) {
    for (name, value) in all {
        each(name.as_str().as_bytes(), value.as_bytes());
    }
}

fn version_of(version: http::Version) -> Version {
    match version {
        http::Version::HTTP_09 => Version::Http09,
        http::Version::HTTP_10 => Version::Http10,
        http::Version::HTTP_11 => Version::Http11,
        http::Version::HTTP_2 => Version::Http2,
        http::Version::HTTP_3 => Version::Http3,
        _ => Version::Other,
    }
}
