//! The metrics over HTTP, and the API's requests as metrics.

use super::{CONTENT_TYPE, Metrics};
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::time::Instant;

impl Metrics {
    /// `GET /metrics`. It wants no key: what it tells is for whoever can reach it.
    pub fn routes(&self) -> Router {
        Router::new().route("/metrics", get(render)).with_state(self.clone())
    }

    /// The same router, each of whose answers is counted.
    pub fn watch(&self, router: Router) -> Router {
        router.layer(middleware::from_fn_with_state(self.clone(), count))
    }
}

async fn render(State(metrics): State<Metrics>) -> Response {
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], metrics.render().await).into_response()
}

async fn count(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    // The route's pattern, not the path: paths hold what clients typed.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = route.as_ref().map(MatchedPath::as_str);
    metrics.request_answered(method.as_str(), route, response.status().as_u16(), began.elapsed());
    response
}
