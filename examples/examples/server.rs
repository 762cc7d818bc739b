//! A hyper server that echoes what it is sent, under the layer: attacks are answered with 403, and an event is printed for each.
//!
//! ```sh
//! cargo run -p sidewatch-examples --example server -- 127.0.0.1:8080
//! curl -d "q=1' union select name, password from users--" http://127.0.0.1:8080/
//! ```

use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use sidewatch::Engine;
use sidewatch_examples::layer::{BoxError, Mode, WatchLayer, WatchedBody};
use std::io::{Write, stderr, stdout};
use std::sync::Arc;
use tokio::net::TcpListener;
use tower::{ServiceBuilder, service_fn};

/// The service: any that takes requests with a [`WatchedBody`]; here one that sends the body back.
async fn echo(request: Request<WatchedBody<Incoming>>) -> Result<Response<Full<bytes::Bytes>>, BoxError> {
    let body = request.into_body().collect().await?.to_bytes();
    Ok(Response::new(Full::new(body)))
}

async fn serve(address: &str) -> Result<(), BoxError> {
    let report = Arc::new(|event: &[u8]| {
        let mut line = event.to_vec();
        line.push(b'\n');
        _ = stdout().write_all(&line);
    });
    let layer = WatchLayer::new(Engine::default(), Mode::Block, report);
    let listener = TcpListener::bind(address).await?;
    writeln!(stderr(), "listening on {}", listener.local_addr()?)?;
    loop {
        let (stream, client) = listener.accept().await?;
        let service = ServiceBuilder::new()
            .map_request(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(client);
                request
            })
            .layer(layer.clone())
            .service(service_fn(echo));
        tokio::spawn(async move {
            let connection = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
            // A connection that breaks concerns nobody else.
            _ = connection.await;
        });
    }
}

fn main() -> Result<(), BoxError> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(serve(&address))
}
