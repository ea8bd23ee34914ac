//! A delivery that a handler can believe.

use super::{WebhookRejection, WebhookVerifier};
use axum_core::extract::{FromRef, FromRequest, Request};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use slotflow_domain::{EventId, Timestamp};
use std::fmt;

/// A genuine and recent delivery, as a handler's last argument; all others are answered before it runs.
///
/// The router's state holds a [`WebhookVerifier`]. `T` is what the handler wants of the body, whose JSON is
/// `{"event": …, "created_at": …, "data": …}`. It should take any `event`, since what is answered by an error is sent
/// again; and open-ended data as `Box<RawValue>`, since `serde_json::Value` cannot hold every number that JSON may.
///
/// ```
/// use axum::{Router, http::StatusCode, routing::post};
/// use serde::Deserialize;
/// use slotflow_adapters::verify::{VerifiedWebhook, WebhookVerifier};
/// use slotflow_domain::signing::SigningSecret;
///
/// #[derive(Deserialize)]
/// struct Event {
///     event: String,
/// }
///
/// async fn receive(webhook: VerifiedWebhook<Event>) -> StatusCode {
///     println!("{}: {}", webhook.event_id, webhook.event.event);
///     StatusCode::NO_CONTENT
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let secret = SigningSecret::parse("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")?;
/// let app: Router = Router::new().route("/", post(receive)).with_state(WebhookVerifier::new([secret]));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct VerifiedWebhook<T> {
    /// `webhook-id`, which the signature covers: the same on every attempt and retry of an event. What came already
    /// needs nothing but its 2xx.
    pub event_id: EventId,
    /// When this attempt was made, to the second.
    pub sent_at: Timestamp,
    /// The body, byte for byte what was signed.
    pub body: Bytes,
    /// The body, read.
    pub event: T,
}

impl<S, T> FromRequest<S> for VerifiedWebhook<T>
where
    S: Send + Sync,
    WebhookVerifier: FromRef<S>,
    T: DeserializeOwned,
{
    type Rejection = WebhookRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebhookRejection> {
        let verifier = WebhookVerifier::from_ref(state);
        let (parts, body) = request.into_parts();
        let body = verifier.read(body).await?;
        let (event_id, sent_at) = verifier.check(&parts.headers, &body)?;
        let event = serde_json::from_slice(&body).map_err(WebhookRejection::UnexpectedJson)?;
        Ok(Self { event_id, sent_at, body, event })
    }
}

/// Prints nothing of the body, which may tell of people.
impl<T> fmt::Debug for VerifiedWebhook<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedWebhook")
            .field("event_id", &self.event_id)
            .field("sent_at", &self.sent_at)
            .finish_non_exhaustive()
    }
}
