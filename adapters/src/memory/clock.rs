//! Time that moves when a test says so.

use async_trait::async_trait;
use slotflow_application::ports::Clock;
use slotflow_domain::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// A clock that stands still until it is moved. Clones show the same time.
///
/// It has nothing to do with tokio's own paused time: sleepers wait for the clock's owner, not for a timer.
#[derive(Clone, Debug)]
pub struct VirtualClock(Arc<watch::Sender<Timestamp>>);

impl VirtualClock {
    /// Where a clock stands by default: `2026-03-10T14:00:00.000Z`.
    pub const START_MILLIS: i64 = 1_773_151_200_000;

    /// A clock that stands at `moment`.
    pub fn starting_at(moment: Timestamp) -> Self {
        Self(Arc::new(watch::Sender::new(moment)))
    }

    /// Moves forward by `span`, and wakes who slept until then.
    pub fn advance(&self, span: Duration) {
        self.0.send_modify(|now| *now = *now + span);
    }

    /// Moves forward to `moment`; stays where it is if that has passed.
    pub fn advance_to(&self, moment: Timestamp) {
        self.0.send_modify(|now| *now = moment.max(*now));
    }

    /// Jumps to `moment`, which may lie in the past: clocks of real machines do that.
    pub fn set(&self, moment: Timestamp) {
        self.0.send_replace(moment);
    }
}

/// A clock at [`VirtualClock::START_MILLIS`].
impl Default for VirtualClock {
    fn default() -> Self {
        Self::starting_at(Timestamp::from_millis(Self::START_MILLIS).unwrap_or(Timestamp::MIN))
    }
}

#[async_trait]
impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    async fn sleep_until(&self, moment: Timestamp) {
        // Never an error: the clock outlives the sleep.
        let _ = self.0.subscribe().wait_for(|now| *now >= moment).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[test]
    fn it_starts_in_the_afternoon_of_the_tenth_of_march() {
        assert_eq!(VirtualClock::default().now().to_string(), "2026-03-10T14:00:00.000Z");
    }

    #[test]
    fn a_sleeper_wakes_at_the_moment_and_not_before() {
        let clock = VirtualClock::default();
        let moment = clock.now() + Duration::from_secs(300);
        let mut sleep = clock.sleep_until(moment);
        assert!(sleep.as_mut().now_or_never().is_none());
        clock.advance(Duration::from_millis(299_999));
        assert!(sleep.as_mut().now_or_never().is_none());
        clock.advance(Duration::from_millis(1));
        assert!(sleep.as_mut().now_or_never().is_some());
    }

    #[test]
    fn a_moment_that_has_passed_is_not_slept_for() {
        let clock = VirtualClock::default();
        assert!(clock.sleep_until(clock.now()).now_or_never().is_some());
        assert!(clock.sleep_until(Timestamp::MIN).now_or_never().is_some());
    }

    #[test]
    fn it_may_be_set_back_but_advances_only_forward() {
        let clock = VirtualClock::default();
        let start = clock.now();
        let earlier = start.saturating_sub(Duration::from_secs(60));
        clock.advance_to(earlier);
        assert_eq!(clock.now(), start);
        clock.set(earlier);
        assert_eq!(clock.now(), earlier);
    }
}
