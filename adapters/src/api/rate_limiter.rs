//! Who has made too many requests.

use super::allowances::Allowances;
use super::error::ApiError;
use slotflow_application::ports::Clock;
use slotflow_domain::organization::{ApiKey, ApiKeyDigest};
use slotflow_domain::rate_limit::{RateLimit, TooMany};
use std::sync::Arc;

/// Counts each API key's requests, within this process: several instances admit as much each.
///
/// It knows keys that were good, so its memory is bounded by how many there are of them.
pub struct RateLimiter(Allowances<ApiKeyDigest>);

impl RateLimiter {
    /// Holds every key to `limit`.
    pub fn new(limit: RateLimit, clock: Arc<dyn Clock>) -> Self {
        Self(Allowances::new(limit, clock))
    }

    /// Admits a request with this key, which has been found good, or answers 429.
    pub(super) fn admit(&self, key: &str) -> Result<(), ApiError> {
        let Ok(key) = ApiKey::parse(key) else { return Ok(()) };
        self.0.take(key.digest()).map_err(|TooMany(wait)| ApiError::rate_limited(wait))
    }
}
