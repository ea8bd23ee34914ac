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

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let nothing = || ApiError::no_such(T::THING);
        // Refuses percent-encoding that is not UTF-8.
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| nothing())?;
        text.parse().map(Self).map_err(|_| nothing())
    }
}
