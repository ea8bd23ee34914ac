//! Whether the process, and the store behind it, can be used.

use super::Services;
use super::error::ApiError;
use super::json_answer::JsonAnswer;
use axum::extract::State;
use serde::Serialize;
use std::time::Duration;

/// How long the store may take to answer. Probes seldom wait longer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

#[derive(Serialize)]
pub(super) struct HealthView {
    status: &'static str,
}

/// `GET /healthz`: 200 as long as the process can answer at all.
pub(super) async fn process() -> JsonAnswer<HealthView> {
    JsonAnswer::ok(HealthView { status: "ok" })
}

/// `GET /readyz`: 200 if the store can be reached, else 503.
pub(super) async fn store(State(services): State<Services>) -> Result<JsonAnswer<HealthView>, ApiError> {
    match tokio::time::timeout(ANSWERS_WITHIN, services.store.ping()).await {
        Ok(Ok(())) => Ok(JsonAnswer::ok(HealthView { status: "ok" })),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            Err(ApiError::unavailable())
        }
        Err(_elapsed) => {
            tracing::warn!("not ready: the store does not answer");
            Err(ApiError::unavailable())
        }
    }
}
