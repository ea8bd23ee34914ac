//! What the browser is told to refuse, and what is refused to browsers.

use super::failure::PageFailure;
use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use tower_http::csrf::{CsrfLayer, ProtectionError};

/// No script, style, picture, connection or form but of our own origin, none of it inline, and nobody's frame around us.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Headers of every page. (`same-origin`, as with `no-referrer` browsers send `Origin: null` with our own forms, which
/// could not be told from a stranger's.)
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
];

/// Refuses changes that another site's page asks for. (The cookie of our own sessions is `SameSite=Strict` as well, so that
/// such a request would have no session either; those of others may be less strict.)
pub(super) fn refusing_strangers<S: Clone + Send + Sync + 'static>(pages: Router<S>) -> Router<S> {
    let refuse = |_: ProtectionError| PageFailure::CrossSite.into_response();
    pages.layer(CsrfLayer::new().with_rejection_response(refuse))
}

/// Puts the headers on every answer.
pub(super) fn around(pages: Router) -> Router {
    pages.layer(middleware::map_response(|mut response: Response| async {
        response.headers_mut().extend(HEADERS);
        response
    }))
}
