//! Who has made too many requests.

use super::error::ApiError;
use slotflow_application::ports::Clock;
use slotflow_domain::Timestamp;
use slotflow_domain::organization::{ApiKey, ApiKeyDigest};
use slotflow_domain::rate_limit::{Allowance, RateLimit, TooMany};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// So many callers are remembered before it is looked for whom to forget.
const FEW: usize = 1_024;

/// Counts each API key's requests, within this process: several instances admit as much each.
///
/// It knows keys that were good and were used within the last two seconds or not long before that, so its memory is
/// bounded by how many there are of them: less than 100 bytes each.
pub struct RateLimiter {
    limit: RateLimit,
    clock: Arc<dyn Clock>,
    callers: Mutex<Callers>,
}

struct Callers {
    allowances: HashMap<ApiKeyDigest, Allowance>,
    /// How many there may be before the next look for whom to forget: twice those that the last one left, so that
    /// looking costs each new caller the same on average, however many there are.
    look_at: usize,
}

impl RateLimiter {
    /// Holds every key to `limit`.
    pub fn new(limit: RateLimit, clock: Arc<dyn Clock>) -> Self {
        let callers = Callers { allowances: HashMap::new(), look_at: FEW };
        Self { limit, clock, callers: Mutex::new(callers) }
    }

    /// Admits a request with this key, which has been found good, or answers 429.
    pub(super) fn admit(&self, key: &str) -> Result<(), ApiError> {
        let Ok(key) = ApiKey::parse(key) else { return Ok(()) };
        let now = self.clock.now();
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        callers.admit(key.digest(), self.limit, now).map_err(|TooMany(wait)| ApiError::rate_limited(wait))
    }
}

impl Callers {
    fn admit(&mut self, key: ApiKeyDigest, limit: RateLimit, now: Timestamp) -> Result<(), TooMany> {
        if self.allowances.len() >= self.look_at && !self.allowances.contains_key(&key) {
            self.allowances.retain(|_, allowance| !allowance.is_full(limit, now));
            self.look_at = (self.allowances.len() * 2).max(FEW);
        }
        self.allowances.entry(key).or_insert_with(|| Allowance::full(limit, now)).take(limit, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroU32;
    use std::time::Duration;

    fn key(number: u32) -> ApiKeyDigest {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        ApiKeyDigest::from_bytes(bytes)
    }

    #[test]
    fn those_who_were_not_seen_for_long_are_forgotten_and_no_others() {
        let limit = RateLimit::per_second(NonZeroU32::new(1).unwrap());
        let mut callers = Callers { allowances: HashMap::new(), look_at: FEW };
        let mut now = Timestamp::parse_rfc3339("2026-03-10T14:05:00Z").unwrap();
        let busy = key(u32::MAX);
        for number in 0..100_000 {
            if number % 500 == 0 {
                // Two at once, and a third one within each half second: never quite full.
                now = now + Duration::from_millis(500);
                let _ = callers.admit(busy, limit, now);
                assert!(callers.allowances.contains_key(&busy));
            }
            callers.admit(key(number), limit, now).unwrap();
            assert!(callers.allowances.len() <= 4 * FEW, "{} are remembered", callers.allowances.len());
        }
    }
}
