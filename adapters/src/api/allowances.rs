//! What each of many callers has left of an allowance.

use slotflow_application::ports::Clock;
use slotflow_domain::Timestamp;
use slotflow_domain::rate_limit::{Allowance, RateLimit, TooMany};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// So many callers are remembered before it is looked for whom to forget.
const FEW: usize = 1_024;

/// The allowances of callers, within this process, each held to the same limit.
///
/// Remembered are those who have called within the last two seconds or not long before that: less than 100 bytes each.
pub(crate) struct Allowances<Caller> {
    limit: RateLimit,
    clock: Arc<dyn Clock>,
    known: Mutex<Known<Caller>>,
}

struct Known<Caller> {
    allowances: HashMap<Caller, Allowance>,
    /// How many there may be before the next look for whom to forget: twice those that the last one left, so that
    /// looking costs each new caller the same on average, however many there are.
    look_at: usize,
}

impl<Caller: Eq + Hash> Allowances<Caller> {
    /// Holds every caller to `limit`.
    pub(crate) fn new(limit: RateLimit, clock: Arc<dyn Clock>) -> Self {
        Self { limit, clock, known: Mutex::new(Known::none()) }
    }

    /// Admits one more of this caller, or says how long that is too early.
    pub(crate) fn take(&self, caller: Caller) -> Result<(), TooMany> {
        let now = self.clock.now();
        self.known.lock().unwrap_or_else(PoisonError::into_inner).take(caller, self.limit, now)
    }

    /// The same without counting it.
    #[cfg(feature = "dashboard")]
    pub(crate) fn check(&self, caller: &Caller) -> Result<(), TooMany> {
        let now = self.clock.now();
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.allowances.get(caller).map_or(Ok(()), |&(mut allowance)| allowance.take(self.limit, now))
    }
}

impl<Caller: Eq + Hash> Known<Caller> {
    fn none() -> Self {
        Self { allowances: HashMap::new(), look_at: FEW }
    }

    fn take(&mut self, caller: Caller, limit: RateLimit, now: Timestamp) -> Result<(), TooMany> {
        if self.allowances.len() >= self.look_at && !self.allowances.contains_key(&caller) {
            self.allowances.retain(|_, allowance| !allowance.is_full(limit, now));
            self.look_at = (self.allowances.len() * 2).max(FEW);
        }
        self.allowances.entry(caller).or_insert_with(|| Allowance::full(limit, now)).take(limit, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroU32;
    use std::time::Duration;

    #[test]
    fn those_who_were_not_seen_for_long_are_forgotten_and_no_others() {
        let limit = RateLimit::per_second(NonZeroU32::new(1).unwrap());
        let mut callers = Known::none();
        let mut now = Timestamp::parse_rfc3339("2026-03-10T14:05:00Z").unwrap();
        let busy = u32::MAX;
        for number in 0_u32..100_000 {
            if number % 500 == 0 {
                // Two at once, and a third one within each half second: never quite full.
                now = now + Duration::from_millis(500);
                let _ = callers.take(busy, limit, now);
                assert!(callers.allowances.contains_key(&busy));
            }
            callers.take(number, limit, now).unwrap();
            assert!(callers.allowances.len() <= 4 * FEW, "{} are remembered", callers.allowances.len());
        }
    }
}
