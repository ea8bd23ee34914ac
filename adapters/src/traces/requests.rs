//! Requests to the API as spans.

use super::{Ended, Traces};
use crate::api::{ServerSpan, trace_parent};
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;
use std::time::{Instant, SystemTime};

/// The methods that routes have. What clients make up is all one.
const METHODS: [&str; 5] = ["GET", "HEAD", "POST", "PATCH", "DELETE"];

/// What stands for every other method (OpenTelemetry's conventions for HTTP).
const OTHER: &str = "_OTHER";

impl Traces {
    /// The same router, whose requests to `/v1/…` are spans, and the cause of what comes of them.
    pub fn watch(&self, router: Router) -> Router {
        router.layer(middleware::from_fn_with_state(self.clone(), record))
    }
}

async fn record(State(traces): State<Traces>, mut request: Request, next: Next) -> Response {
    // The route's pattern, not the path: paths hold what clients typed.
    let route = request.extensions().get::<MatchedPath>().map(|route| route.as_str().to_owned());
    let Some(route) = route.filter(|route| route.starts_with("/v1/")) else {
        // Probes and scrapes would be most of what is recorded.
        return next.run(request).await;
    };
    let (began, started) = (SystemTime::now(), Instant::now());
    let method = METHODS.into_iter().find(|known| *known == request.method().as_str()).unwrap_or(OTHER);
    let cause = trace_parent(request.headers());
    let place = traces.begin(cause);
    request.extensions_mut().insert(ServerSpan(place));

    let response = next.run(request).await;

    let status = response.status();
    traces.end(Ended {
        place,
        cause,
        kind: SpanKind::Server,
        name: format!("{method} {route}"),
        began,
        took: started.elapsed(),
        attributes: vec![
            KeyValue::new("http.request.method", method),
            KeyValue::new("http.route", route),
            KeyValue::new("http.response.status_code", i64::from(status.as_u16())),
        ],
        failed: status.is_server_error(),
    });
    response
}
