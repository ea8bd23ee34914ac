//! What a receiver checks deliveries by.

use super::WebhookRejection;
use axum_core::body::Body;
use bytes::Bytes;
use http::HeaderMap;
use http_body::Body as _;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use slotflow_domain::signing::{
    DEFAULT_TOLERANCE, SigningSecret, VerificationError, Verified, WEBHOOK_ID, verify,
};
use slotflow_domain::{EventId, Timestamp};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The secrets of a receiver, and how strict it is: unless said, a timestamp may lie 5 minutes from the system's clock,
/// and a body may have 512 KiB.
///
/// It lies in the router's state, or the state says by `FromRef` where it is. It is asked for at each request and cheap
/// to clone, so that secrets may change while the service runs.
#[derive(Clone)]
pub struct WebhookVerifier {
    secrets: Arc<[SigningSecret]>,
    tolerance: Duration,
    body_limit: usize,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl WebhookVerifier {
    /// How many bytes a delivery may have unless told otherwise: 512 KiB, twice what an event's data may have.
    pub const DEFAULT_BODY_LIMIT: usize = 512 * 1024;

    /// Takes what is signed by one of `secrets`: two while the webhook's secret is being rotated, the order is of no
    /// matter. With none nothing is taken.
    pub fn new(secrets: impl IntoIterator<Item = SigningSecret>) -> Self {
        Self {
            secrets: secrets.into_iter().collect(),
            tolerance: DEFAULT_TOLERANCE,
            body_limit: Self::DEFAULT_BODY_LIMIT,
            clock: Arc::new(|| SystemTime::now().into()),
        }
    }

    /// How far a delivery's timestamp may lie from the clock, either way; 5 minutes ([`DEFAULT_TOLERANCE`]) unless said.
    #[must_use]
    pub fn tolerance(self, tolerance: Duration) -> Self {
        Self { tolerance, ..self }
    }

    /// How many bytes a delivery may have; more are not read. 524,288 ([`Self::DEFAULT_BODY_LIMIT`]) unless said.
    #[must_use]
    pub fn body_limit(self, bytes: usize) -> Self {
        Self { body_limit: bytes, ..self }
    }

    /// Another clock than the system's, which it is unless said; for tests.
    #[must_use]
    pub fn clock(self, now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self { clock: Arc::new(now), ..self }
    }

    /// Checks a delivery that was read already, and says of which event it is, and when the attempt was made.
    ///
    /// # Errors
    /// As [`verify()`], and when the Standard Webhooks headers are missing. Every delivery has them, and no other names
    /// the event under the signature: without them someone could send a recorded one twice.
    pub fn check(&self, headers: &HeaderMap, body: &[u8]) -> Result<(EventId, Timestamp), VerificationError> {
        // What is there but no text must not pass for a header that is missing.
        let header = |name: &str| Some(headers.get(name)?.to_str().unwrap_or_default());
        let Verified { sent_at, event_id } =
            verify(header, body, &self.secrets, (self.clock)(), self.tolerance)?;
        Ok((event_id.ok_or(VerificationError::Missing { header: WEBHOOK_ID })?, sent_at))
    }

    /// The whole body, unless it is larger than is allowed; one that says so of itself is not read at all.
    pub(super) async fn read(&self, body: Body) -> Result<Bytes, WebhookRejection> {
        let limit = self.body_limit;
        let too_large = WebhookRejection::TooLarge { limit };
        if usize::try_from(body.size_hint().lower()).map_or(true, |announced| announced > limit) {
            return Err(too_large);
        }
        match Limited::new(body, limit).collect().await {
            Ok(collected) => Ok(collected.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => Err(too_large),
            Err(error) => Err(WebhookRejection::Unreadable(error)),
        }
    }
}

/// Prints nothing of the secrets but how many they are.
impl fmt::Debug for WebhookVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookVerifier")
            .field("secrets", &self.secrets.len())
            .field("tolerance", &self.tolerance)
            .field("body_limit", &self.body_limit)
            .finish_non_exhaustive()
    }
}
