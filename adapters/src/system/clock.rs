//! The system's wall clock.

use async_trait::async_trait;
use slotflow_application::ports::Clock;
use slotflow_domain::Timestamp;
use std::time::{Duration, SystemTime};

/// Tells the time that the operating system believes in.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// How long a wait goes on without looking at the wall clock, which may be set meanwhile: the most by which
/// a wait is late after the clock was put forward.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(1);

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        wall_clock()
    }

    async fn sleep_until(&self, moment: Timestamp) {
        wait_for(moment, wall_clock).await;
    }
}

fn wall_clock() -> Timestamp {
    SystemTime::now().into()
}

/// Timers count on a clock that is never set. Only the wall clock decides when it is time.
async fn wait_for(moment: Timestamp, now: impl Fn() -> Timestamp) {
    loop {
        let left = moment.since(now());
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(LOOK_AGAIN_AFTER)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI64, Ordering};
    use std::time::UNIX_EPOCH;
    use tokio::time::Instant;

    /// A wall clock that can be set, on top of tokio's paused time.
    struct Wall {
        start: Instant,
        set_by: AtomicI64,
    }

    impl Wall {
        fn new() -> Self {
            Self { start: Instant::now(), set_by: AtomicI64::new(0) }
        }

        fn now(&self) -> Timestamp {
            let passed = i64::try_from(self.start.elapsed().as_millis()).unwrap();
            Timestamp::from_millis(1_000_000 + passed + self.set_by.load(Ordering::Relaxed)).unwrap()
        }

        async fn wait(&self, span: Duration) -> Duration {
            let moment = self.now() + span;
            wait_for(moment, || self.now()).await;
            assert!(self.now() >= moment, "woke before its time");
            self.start.elapsed()
        }

        async fn set_after(&self, span: Duration, by: i64) {
            tokio::time::sleep(span).await;
            self.set_by.store(by, Ordering::Relaxed);
        }
    }

    #[test]
    fn now_is_the_wall_clock() {
        let shown = SystemClock.now().as_millis();
        let truth = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        assert!(i64::try_from(truth).unwrap() - shown < 1_000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_ends_when_its_moment_comes() {
        let wall = Wall::new();
        assert_eq!(wall.wait(Duration::from_millis(2_500)).await.as_millis(), 2_500);
    }

    #[tokio::test(start_paused = true)]
    async fn a_moment_that_has_passed_is_not_waited_for() {
        let wall = Wall::new();
        assert_eq!(wall.wait(Duration::ZERO).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_is_put_forward_ends_the_wait_within_a_second() {
        let wall = Wall::new();
        let hour = Duration::from_secs(3_600);
        let (waited, ()) = tokio::join!(wall.wait(hour), wall.set_after(hour / 2, 3_600_000));
        assert!(waited <= hour / 2 + LOOK_AGAIN_AFTER, "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_is_put_back_does_not_end_the_wait_early() {
        let wall = Wall::new();
        let minute = Duration::from_secs(60);
        let (waited, ()) = tokio::join!(wall.wait(minute), wall.set_after(minute / 2, -60_000));
        assert_eq!(waited, 2 * minute);
    }
}
