//! Whether the process, and the store behind it, can be used.

use super::Services;
use super::error::{ApiError, ErrorBody};
use super::json_answer::JsonAnswer;
use super::openapi;
use axum::extract::State;
use serde::Serialize;
use slotflow_application::ports::Store;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use tracing::Instrument;
use utoipa::ToSchema;

/// How long the store may take to answer. Probes seldom wait longer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// How long what the store answered is told again. Nobody needs a key to ask, and on SQLite the store answers with the
/// one connection that writes: however often it is asked, it is not kept busy by that.
const FRESH: Duration = Duration::from_secs(1);

/// Whether the store can be used, as it was within the last second; one that has not answered within 2 s cannot. A clone
/// knows the same.
#[derive(Clone)]
pub struct Readiness(Arc<Probe>);

struct Probe {
    store: Arc<dyn Store>,
    /// When the store was asked last, and whether it can be used. Held while asking, so that who asks meanwhile waits
    /// for that answer.
    last: Mutex<Option<(Instant, bool)>>,
}

impl Readiness {
    /// Of this store.
    pub fn of(store: Arc<dyn Store>) -> Self {
        Self(Arc::new(Probe { store, last: Mutex::default() }))
    }

    /// Whether the store can be used.
    async fn is_ready(&self) -> bool {
        let probe = Arc::clone(&self.0);
        // To its end, also if nobody waits for it any more: who asks and goes away would otherwise leave no answer, and
        // the next one would ask again.
        let asked = tokio::spawn(async move { probe.is_ready().await }.in_current_span());
        asked.await.unwrap_or(false)
    }
}

impl Probe {
    async fn is_ready(&self) -> bool {
        let mut last = self.last.lock().await;
        if let Some((_, answer)) = last.filter(|(asked, _)| asked.elapsed() < FRESH) {
            return answer;
        }
        let answer = self.ask().await;
        *last = Some((Instant::now(), answer));
        answer
    }

    async fn ask(&self) -> bool {
        match timeout(ANSWERS_WITHIN, self.store.ping()).await {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => tracing::warn!(%error, "not ready"),
            Err(_elapsed) => tracing::warn!("not ready: the store does not answer"),
        }
        false
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Health)]
pub(super) struct HealthView {
    status: &'static str,
}

/// Is the process alive?
///
/// 200 as long as the process can answer at all.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = openapi::SERVER,
    responses((status = 200, description = "It is", body = HealthView))
)]
pub(super) async fn process() -> JsonAnswer<HealthView> {
    JsonAnswer::ok(HealthView { status: "ok" })
}

/// Can requests be served?
///
/// 200 if the store can be reached and no signing secret in it needs a key that this server was not given, else 503. The
/// answer may be a second old.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = openapi::SERVER,
    responses(
        (status = 200, description = "They can", body = HealthView),
        (status = 503, description = "`UNAVAILABLE`: they cannot; the server's log says why", body = ErrorBody<'static>),
    )
)]
pub(super) async fn store(State(services): State<Services>) -> Result<JsonAnswer<HealthView>, ApiError> {
    if services.readiness.is_ready().await {
        Ok(JsonAnswer::ok(HealthView { status: "ok" }))
    } else {
        Err(ApiError::unavailable())
    }
}
