//! Whether the process, and the store behind it, can be used.

use super::Services;
use super::error::{ApiError, ErrorBody};
use super::json_answer::JsonAnswer;
use super::openapi;
use axum::extract::State;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// How long the store may take to answer. Probes seldom wait longer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

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
/// 200 if the store can be reached, else 503.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = openapi::SERVER,
    responses(
        (status = 200, description = "They can", body = HealthView),
        (status = 503, description = "`UNAVAILABLE`: the store cannot be reached", body = ErrorBody<'static>),
    )
)]
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
