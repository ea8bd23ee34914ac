//! An identifier in a path.

use super::failure::PageFailure;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use std::str::FromStr;

/// The `{id}` of a route. Text that is no identifier names nothing.
pub(super) struct PathId<T>(pub(super) T);

impl<S: Send + Sync, T: FromStr + Send> FromRequestParts<S> for PathId<T> {
    type Rejection = PageFailure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageFailure> {
        // Refuses percent-encoding that is not UTF-8.
        let path = Path::<String>::from_request_parts(parts, state).await;
        let Path(text) = path.map_err(|_| PageFailure::NotFound)?;
        text.parse().map(Self).map_err(|_| PageFailure::NotFound)
    }
}
