//! An identifier in a path.

use super::failure::PageFailure;
use crate::api::named_in_path;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::str::FromStr;

/// The `{id}` of a route. Text that is no identifier names nothing.
pub(super) struct PathId<T>(pub(super) T);

impl<S: Send + Sync, T: FromStr + Send> FromRequestParts<S> for PathId<T> {
    type Rejection = PageFailure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PageFailure> {
        let id = named_in_path(parts).await.and_then(|text| text.parse().ok());
        id.map(Self).ok_or(PageFailure::NotFound)
    }
}
