//! One HTTP/1.1 connection.

use super::distrust;
use super::failure::AttemptFailure;
use super::post::Post;
use super::probe::Probe;
use super::status_line::SeenStatus;
use super::watched::{TooMuch, Watched};
use super::wire::Meter;
use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// How much of an answer's head is read; also the least that hyper allows. At most 100 headers, which is
/// hyper's own bound.
const MOST_HEAD_BYTES: usize = 8_192;

/// A connection to a receiver, for one request at a time. Dropping it closes it, whatever is still under way.
pub(super) struct Connection {
    requests: SendRequest<Full<Bytes>>,
    seen: SeenStatus,
    meter: Meter,
    probe: Probe,
    peer: SocketAddr,
    opened: Instant,
    driver: AbortHandle,
}

/// Why a request got no complete head of an answer.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// Not one byte of it was sent; here it is again.
    NeverSent(Box<Post>),
    /// All or part of it was sent. The receiver may have acted on it.
    Lost(AttemptFailure),
}

impl Connection {
    /// Speaks HTTP/1.1 over `stream`, which leads to `peer`, at whose socket `meter` counts and into which `probe` looks.
    pub(super) async fn open<S>(
        stream: S,
        meter: Meter,
        probe: Probe,
        peer: SocketAddr,
    ) -> Result<Self, AttemptFailure>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (seen, opened) = (SeenStatus::default(), Instant::now());
        let (requests, connection) = Builder::new()
            .max_buf_size(MOST_HEAD_BYTES)
            // Some receivers know headers in this spelling only, and some send ones that are none.
            .title_case_headers(true)
            .ignore_invalid_headers_in_responses(true)
            .handshake(TokioIo::new(Watched::new(stream, seen.observer())))
            .await
            .map_err(|error| lost(&error, false))?;
        // Its end reaches whoever waits for an answer; nothing else is to be learned from it.
        let driver = tokio::spawn(async move { drop(connection.await) }).abort_handle();
        Ok(Self { requests, seen, meter, probe, peer, opened, driver })
    }

    /// Sends a request and waits for the head of the answer. Not bounded in time. Interim answers (1xx) are
    /// passed over.
    pub(super) async fn ask(&mut self, post: Post) -> Result<Response<Incoming>, Unanswered> {
        self.seen.forget();
        self.meter.restart();
        self.requests.try_send_request(post).await.map_err(|mut error| match error.take_message() {
            Some(post) => Unanswered::NeverSent(Box::new(post)),
            None => Unanswered::Lost(lost(error.error(), self.first_byte().is_some())),
        })
    }

    /// Whom it leads to.
    pub(super) const fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// How long ago it was opened: its name looked up, its address and certificate judged.
    pub(super) fn age(&self) -> Duration {
        self.opened.elapsed()
    }

    /// How long after the last request was given the first byte of its answer came, if any did.
    pub(super) fn first_byte(&self) -> Option<Duration> {
        self.seen.first_byte()
    }

    /// The status of the answer to the last request, if at least its first line has come in.
    pub(super) fn seen_status(&self) -> Option<u16> {
        self.seen.get()
    }

    /// Whether another request can be sent now: the last exchange is over, and the receiver has not closed.
    pub(super) fn is_ready(&self) -> bool {
        self.requests.is_ready() && self.probe.is_silent()
    }

    /// Whether no other request can ever be sent.
    pub(super) fn is_closed(&self) -> bool {
        self.requests.is_closed()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// What it means that a connection broke before an answer was complete; `answering` if some of it had come.
fn lost(error: &hyper::Error, answering: bool) -> AttemptFailure {
    let mut was_reset = false;
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            // What TLS cannot take: the stream's error wraps the one of TLS, if there is one, and does not name it as
            // its source.
            if error.kind() == io::ErrorKind::InvalidData {
                return distrust::failure(error);
            }
            if let Some(TooMuch(words)) = TooMuch::within(error) {
                return AttemptFailure::Protocol(words);
            }
            was_reset |= matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe);
        }
        cause = error.source();
    }
    AttemptFailure::Protocol(match (error.is_parse(), was_reset, answering) {
        (true, ..) => {
            "the answer is not HTTP/1.1, or its head is larger than 8 KiB or has more than 100 headers"
        }
        (_, true, false) => "the receiver reset the connection before it answered",
        (_, true, true) => "the receiver reset the connection in the middle of its answer",
        (_, false, false) => "the receiver closed the connection before it answered",
        (_, false, true) => "the receiver closed the connection in the middle of its answer",
    })
}
