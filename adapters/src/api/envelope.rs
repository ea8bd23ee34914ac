//! What every answer has, whichever route it is from: JSON even after a panic, headers that keep it out of
//! caches, the request's identifier, and one line in the log.

use super::error::ApiError;
use super::request_id::{self, RequestId};
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use slotflow_application::ports::Entropy;
use std::any::Any;
use std::sync::Arc;
use std::time::Instant;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;

/// Puts the envelope around all routes, fallbacks included.
pub(super) fn wrap(routes: Router, entropy: Arc<dyn Entropy>) -> Router {
    routes.layer(CatchPanicLayer::custom(answer_panic)).layer(middleware::from_fn_with_state(entropy, seal))
}

/// The panic's words are not repeated here: they may hold what a client sent.
fn answer_panic(_panic: Box<dyn Any + Send>) -> Response {
    tracing::error!("a request handler panicked");
    ApiError::internal().into_response()
}

async fn seal(State(entropy): State<Arc<dyn Entropy>>, request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers(), entropy.as_ref());
    // Every line that is logged on the way to the answer stands in it.
    let span = tracing::info_span!("request", request_id = id.as_str());
    let mut response = answer(request, next).instrument(span).await;
    response.headers_mut().insert(request_id::HEADER, id.into_header());
    response
}

/// The answer, and the line that tells of it: at `info` if it went wrong on our side, else at `debug`.
async fn answer(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    // The route's pattern, not the path: paths hold what clients typed.
    let route = request.extensions().get::<MatchedPath>().cloned();

    let mut response = next.run(request).await;

    let headers = response.headers_mut();
    // Unless a route knows better, such as one that serves what never changes.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let status = response.status().as_u16();
    let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    if response.status().is_server_error() {
        tracing::info!(%method, route, status, ms, "answered");
    } else {
        tracing::debug!(%method, route, status, ms, "answered");
    }
    response
}
