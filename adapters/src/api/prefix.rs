//! Where in a larger router something lies.
//!
//! A router that is nested sees paths without what it is nested under; what it tells clients to ask for next has to have
//! that again.

use axum::extract::{FromRequestParts, OriginalUri, Request};
use axum::http::request::Parts;
use axum::http::{Extensions, Uri};
use axum::middleware::Next;
use axum::response::Response;
use std::convert::Infallible;
use std::fmt::Write as _;

/// What stands before the path as it is seen here: `/shop/hooks` where a router was nested under that, nothing at the top.
/// It is a part of the path that was asked for; where the prefix has a parameter, a client has chosen that. So what of it
/// could mean something in a cookie, in JSON or to a shell is percent-encoded, which leads to the same place.
pub(crate) fn prefix(extensions: &Extensions, seen: &Uri) -> String {
    let asked = extensions.get::<OriginalUri>().map_or("", |OriginalUri(uri)| uri.path());
    // What is nested sees `/` where the prefix alone was asked for.
    let prefix = asked.strip_suffix(seen.path()).or_else(|| (seen.path() == "/").then_some(asked));
    let mut encoded = String::new();
    for byte in prefix.unwrap_or_default().bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/%:@+".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The same, for handlers.
pub(super) struct Prefix(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Prefix {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(prefix(&parts.extensions, &parts.uri)))
    }
}

/// Where the API lies beside which a route is served, among the extensions of its requests: the path above `/v1`.
#[derive(Clone)]
#[cfg_attr(not(feature = "dashboard"), allow(dead_code, reason = "the dashboard is who reads it"))]
pub(crate) struct ApiPlace(pub(crate) String);

/// Tells routes beside the API where it is.
pub(super) async fn tell(Prefix(prefix): Prefix, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(ApiPlace(prefix));
    next.run(request).await
}
