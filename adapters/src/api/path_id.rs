//! An identifier in a path.

use super::error::ApiError;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use slotflow_domain::{BookingId, DeliveryId, EventId, WebhookId};
use std::str::FromStr;

/// The `{id}` of a route. Text that is no identifier names nothing, and is answered as what names nothing
/// is: 404.
pub(super) struct PathId<T>(pub(super) T);

/// What an identifier in a path stands for.
pub(super) trait Named: FromStr {
    /// What it is called in messages.
    const THING: &'static str;
}

impl Named for WebhookId {
    const THING: &'static str = "webhook";
}

impl Named for BookingId {
    const THING: &'static str = "booking";
}

impl Named for DeliveryId {
    const THING: &'static str = "delivery";
}

impl Named for EventId {
    const THING: &'static str = "event";
}

impl<S: Send + Sync, T: Named + Send> FromRequestParts<S> for PathId<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let id = named_in_path(parts).await.and_then(|text| text.parse().ok());
        id.map(Self).ok_or_else(|| ApiError::no_such(T::THING))
    }
}

/// What the path names: its last parameter, as those before it are of what all of this is nested under. Nothing if its
/// percent-encoding is not UTF-8.
pub(crate) async fn named_in_path(parts: &mut Parts) -> Option<String> {
    let Path(mut named) = Path::<Vec<(String, String)>>::from_request_parts(parts, &()).await.ok()?;
    named.pop().map(|(_, text)| text)
}
