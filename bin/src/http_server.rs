//! The accept loop of an HTTP server.

use crate::patient_stream::PatientStream;
use axum::body::{Bytes, HttpBody};
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Request, header};
use axum::response::Response;
use axum::{BoxError, Router};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// How many connections there are at once unless somebody says otherwise.
pub(crate) const MAX_CONNECTIONS: u16 = 4_096;

/// How long a client may take over the head of a request, and between two requests.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// The largest head that is surely read; beyond it the answer is 431, as it is beyond hyper's 100 headers. (What comes in
/// one piece may be almost twice as large, as it is measured between two reads.) Hyper's own bound is 400 KiB, which
/// strangers could fill once per connection.
const MAX_HEAD_BYTES: usize = 32 * 1_024;

/// How long a connection is used for one request after another. Then its client is told that it ends, with an answer, and
/// makes another one.
const CONNECTION_LIFE: Duration = Duration::from_secs(10 * 60);

/// The same while there is no place for another connection.
const CONNECTION_LIFE_IN_NEED: Duration = Duration::from_secs(30);

/// How long requests being answered are waited for at the end.
const GRACE: Duration = Duration::from_secs(5);

/// How long to wait after the system refused a connection, which it does when descriptors run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves `router` on `listener` until `stop`, then lets the requests being answered end.
///
/// At most `max_connections` at once; further ones wait in the kernel's queue. They are not kept waiting for ever: a client
/// has to finish a head within 10 s and a body within 30 s, to go on taking its answer, and while others wait, to give its
/// connection up with the first answer after 30 s. Who may have how many of them is for the proxy to say.
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
        let Some((stream, peer, place)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let service = router.clone().map_request(move |mut request: Request<_>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            request
        });
        let service = mortal(TowerToHyperService::new(service), Arc::clone(&places));
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

/// The service of one connection, which from now on grows old. What is old ends with an answer that says so, rather than
/// while nothing is asked: then a request could be on its way.
fn mortal<B>(
    routes: impl Service<Request<B>, Response = Response, Error = Infallible, Future: Send>,
    places: Arc<Semaphore>,
) -> impl Service<Request<B>, Response = Response, Error = Infallible, Future: Send>
where
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    let began = Instant::now();
    service_fn(move |request: Request<B>| {
        let answered = routes.call(request);
        let places = Arc::clone(&places);
        async move {
            let mut answer = answered.await?;
            let is_in_need = places.available_permits() == 0;
            let life = if is_in_need { CONNECTION_LIFE_IN_NEED } else { CONNECTION_LIFE };
            if began.elapsed() >= life {
                answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok(answer)
        }
    })
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            let _ = stream.set_nodelay(true);
            Some((stream, peer, place))
        }
        Err(error) => {
            tracing::warn!(%error, "accepting a connection failed");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use tokio::time::advance;

    #[tokio::test(start_paused = true)]
    async fn a_connection_ends_with_an_answer_once_it_is_old_and_sooner_while_there_is_no_place() {
        let places = Arc::new(Semaphore::new(1));
        let service = mortal(TowerToHyperService::new(Router::new()), Arc::clone(&places));
        let ends = async || {
            let answer = service.call(Request::new(Body::empty())).await.unwrap();
            answer.headers().get(header::CONNECTION).is_some_and(|value| value == "close")
        };
        let last_place = Arc::clone(&places).try_acquire_owned().unwrap();
        assert!(!ends().await);
        advance(CONNECTION_LIFE_IN_NEED).await;
        assert!(ends().await, "others wait");
        drop(last_place);
        advance(CONNECTION_LIFE - CONNECTION_LIFE_IN_NEED - Duration::from_secs(1)).await;
        assert!(!ends().await, "nobody waits");
        advance(Duration::from_secs(1)).await;
        assert!(ends().await);
    }
}
