//! Who has made too many requests.

use super::allowances::Allowances;
use super::authenticator::{CountedBy, Identity};
use super::error::ApiError;
use slotflow_application::ports::Clock;
use slotflow_domain::rate_limit::{RateLimit, TooMany};
use std::sync::Arc;

/// Counts each API key's requests (or each organization's, where somebody else says whose a request is), within this
/// process: several instances admit as much each.
///
/// It counts only for those who were recognized, so its memory is bounded by how many there are of them.
pub struct RateLimiter(Allowances<CountedBy>);

impl RateLimiter {
    /// Holds everyone to `limit`, of which two seconds' worth may come at once.
    pub fn new(limit: RateLimit, clock: Arc<dyn Clock>) -> Self {
        Self(Allowances::new(limit, clock))
    }

    /// Admits a request of this identity, or answers 429.
    pub(super) fn admit(&self, identity: Identity) -> Result<(), ApiError> {
        let counted_by = identity.counted_by;
        let message = match counted_by {
            CountedBy::Key(_) => "this API key has made too many requests; wait as long as Retry-After says",
            CountedBy::Organization(_) => {
                "this organization has made too many requests; wait as long as Retry-After says"
            }
        };
        self.0.take(counted_by).map_err(|TooMany(wait)| ApiError::rate_limited(message, wait))
    }
}
