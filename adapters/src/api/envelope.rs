//! What every answer has, whichever route it is from: JSON even after a panic, headers that keep it out of
//! caches, and one line in the log.

use super::error::ApiError;
use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use std::any::Any;
use std::time::Instant;
use tower_http::catch_panic::CatchPanicLayer;

/// Puts the envelope around all routes, fallbacks included.
pub(super) fn wrap(routes: Router) -> Router {
    routes.layer(CatchPanicLayer::custom(answer_panic)).layer(middleware::from_fn(seal))
}

/// The panic's words are not repeated here: they may hold what a client sent.
fn answer_panic(_panic: Box<dyn Any + Send>) -> Response {
    tracing::error!("a request handler panicked");
    ApiError::internal().into_response()
}

async fn seal(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    // The route's pattern, not the path: paths hold what clients typed.
    let route = request.extensions().get::<MatchedPath>().cloned();

    let mut response = next.run(request).await;

    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    tracing::debug!(
        %method,
        route = route.as_ref().map_or("none", MatchedPath::as_str),
        status = response.status().as_u16(),
        ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        "answered"
    );
    response
}
