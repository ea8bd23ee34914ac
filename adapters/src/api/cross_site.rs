//! Changes that another site's page asks for.

use axum::Router;
use axum::response::Response;
use tower_http::csrf::{CsrfLayer, ProtectionError};

/// Refuses them with this answer, before anybody is asked whose they are: known by `Sec-Fetch-Site`, and from a browser that
/// does not send it by an `Origin` that is not the `Host`. What has neither is from no browser, and passes.
pub(crate) fn refused<S: Clone + Send + Sync + 'static>(
    routes: Router<S>,
    refusal: fn() -> Response,
) -> Router<S> {
    routes.layer(CsrfLayer::new().with_rejection_response(move |_: ProtectionError| refusal()))
}
