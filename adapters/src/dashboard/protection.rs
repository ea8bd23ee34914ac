//! What the browser is told to refuse, and what is refused to browsers.

use super::failure::PageFailure;
use crate::api::cross_site;
use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};

/// No script, style, picture, connection or form but of our own origin, none of it inline, and nobody's frame around us.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Headers of every page. (`same-origin`, as with `no-referrer` browsers send `Origin: null` with our own forms, which
/// could not be told from a stranger's.)
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
];

/// Refuses changes that another site's page asks for. (The cookie of our own sessions is `SameSite=Strict` as well, so that
/// such a request would have no session either; those of others may be less strict.)
pub(super) fn refusing_strangers<S: Clone + Send + Sync + 'static>(pages: Router<S>) -> Router<S> {
    cross_site::refused(pages, || PageFailure::CrossSite.into_response())
}

/// Puts the headers on every answer, and keeps what shows secrets and people out of every cache; files that never change say
/// otherwise themselves.
pub(super) fn around(pages: Router) -> Router {
    pages.layer(middleware::map_response(|mut response: Response| async {
        let headers = response.headers_mut();
        headers.extend(HEADERS);
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        response
    }))
}
