//! What caused a request, if that is being traced.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use slotflow_domain::event::TraceContext;
use std::convert::Infallible;

/// The span that a request to the API is itself. A layer around the router that records requests puts it among the
/// request's extensions, and it is the cause of what comes of the request.
#[derive(Clone, Copy, Debug)]
pub struct ServerSpan(pub TraceContext);

/// The span that the request itself is, if it is recorded; else the client's place in its trace.
pub(super) struct Cause(pub(super) Option<TraceContext>);

impl<S: Sync> FromRequestParts<S> for Cause {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let recorded = parts.extensions.get().map(|ServerSpan(span)| *span);
        Ok(Self(recorded.or_else(|| trace_parent(&parts.headers))))
    }
}

/// The client's place in its trace, from the `traceparent` that came with the request. One that is no traceparent is
/// as good as none, and so are two of them (W3C Trace Context, 3.2): a request never fails for how it is traced.
pub fn trace_parent(headers: &HeaderMap) -> Option<TraceContext> {
    let mut values = headers.get_all(TraceContext::HEADER).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok()?.parse().ok(),
        _ => None,
    }
}
