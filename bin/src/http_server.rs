//! The accept loop of an HTTP server.

use crate::patient_stream::PatientStream;
use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// How many connections there are at once unless somebody says otherwise.
pub(crate) const MAX_CONNECTIONS: u16 = 4_096;

/// How long a client may take over the head of a request, and between two requests.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// The largest head that is surely read; beyond it the answer is 431, as it is beyond hyper's 100 headers. (What comes in
/// one piece may be almost twice as large, as it is measured between two reads.) Hyper's own bound is 400 KiB, which
/// strangers could fill once per connection.
const MAX_HEAD_BYTES: usize = 32 * 1_024;

/// How long requests being answered are waited for at the end.
const GRACE: Duration = Duration::from_secs(5);

/// How long to wait after the system refused a connection, which it does when descriptors run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves `router` on `listener` until `stop`, then lets the requests being answered end.
///
/// At most `max_connections` at once; further ones wait in the kernel's queue. As a client has to finish a head within
/// 10 s and a body within 30 s, and to take something of its answer every 30 s, they do not wait for ever.
///
/// Not `axum::serve`: that reads heads without a time limit and takes connections without a bound.
pub(crate) async fn run(
    listener: TcpListener,
    router: Router,
    max_connections: u16,
    stop: CancellationToken,
) {
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).max_buf_size(MAX_HEAD_BYTES);
    let places = Arc::new(Semaphore::new(max_connections.into()));
    let graceful = GracefulShutdown::new();

    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, place)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let service = TowerToHyperService::new(router.clone());
        let connection =
            graceful.watch(http.serve_connection(TokioIo::new(PatientStream::new(stream)), service));
        tokio::spawn(async move {
            // What goes wrong on one connection is its client's affair.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(tokio::net::TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => {
            let _ = stream.set_nodelay(true);
            Some((stream, place))
        }
        Err(error) => {
            tracing::warn!(%error, "accepting a connection failed");
            None
        }
    }
}
