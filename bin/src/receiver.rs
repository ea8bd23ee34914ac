//! A receiver of webhooks on this machine, for `listen` and `demo`.

use crate::http_server;
use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use slotflow_adapters::system::SystemClock;
use slotflow_application::ports::Clock;
use slotflow_domain::signing::{self, SigningSecret};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Largest delivery that is read, in bytes: a booking's payload is far below it.
const MAX_BODY: usize = 1024 * 1024;

/// A request that arrived.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) at: Instant,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) signature: Signature,
    /// What it was answered.
    pub(crate) status: StatusCode,
}

/// What is to be said of a request's signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Signature {
    /// They are right.
    Valid,
    /// They are not, and why.
    Invalid(String),
    /// Nobody told us the secret.
    Unchecked,
}

/// What is answered on a path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Behaviour {
    pub(crate) status: StatusCode,
    pub(crate) delay: Duration,
}

/// A receiver that answers as told, checks signatures, and hands every request on.
#[derive(Clone)]
pub(crate) struct Receiver {
    default: Behaviour,
    by_path: Arc<BTreeMap<String, Behaviour>>,
    secrets: Arc<Mutex<Vec<SigningSecret>>>,
    arrivals: mpsc::Sender<Arrival>,
}

impl Arrival {
    /// A header's value as text; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Receiver {
    /// A receiver that answers `default`, or as `by_path` says, and passes arrivals to `arrivals`.
    pub(crate) fn new(
        default: Behaviour,
        by_path: BTreeMap<String, Behaviour>,
        arrivals: mpsc::Sender<Arrival>,
    ) -> Self {
        Self { default, by_path: Arc::new(by_path), secrets: Arc::default(), arrivals }
    }

    /// Accepts signatures by this secret too.
    pub(crate) fn trust(&self, secret: SigningSecret) {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).push(secret);
    }

    /// Receives on `listener` until `stop`.
    pub(crate) async fn run(self, listener: TcpListener, stop: CancellationToken) {
        let router = Router::new().fallback(receive).with_state(self);
        http_server::run(listener, router, http_server::MAX_CONNECTIONS, stop).await;
    }

    fn check(&self, headers: &HeaderMap, body: &[u8]) -> Signature {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        if secrets.is_empty() {
            return Signature::Unchecked;
        }
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        match signing::verify(header, body, &secrets, SystemClock.now(), signing::DEFAULT_TOLERANCE) {
            Ok(_) => Signature::Valid,
            Err(error) => Signature::Invalid(error.to_string()),
        }
    }
}

async fn receive(State(receiver): State<Receiver>, request: Request) -> Response {
    let at = Instant::now();
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let path = parts.uri.path().to_owned();
    let behaviour = receiver.by_path.get(&path).copied().unwrap_or(receiver.default);
    let signature = receiver.check(&parts.headers, &body);
    let status = match &signature {
        // As every receiver should: what is not signed with our secret is not from our sender.
        Signature::Invalid(_) => StatusCode::UNAUTHORIZED,
        Signature::Valid | Signature::Unchecked => behaviour.status,
    };
    let arrival = Arrival { at, path, headers: parts.headers, body, signature, status };
    let _ = receiver.arrivals.send(arrival).await;
    tokio::time::sleep(behaviour.delay).await;
    status.into_response()
}
