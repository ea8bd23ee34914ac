//! A process's view of time and chance.

use super::process::Process;
use async_trait::async_trait;
use slotflow_application::ports::Clock;
use slotflow_domain::Timestamp;

#[async_trait]
impl Clock for Process {
    fn now(&self) -> Timestamp {
        self.wall()
    }

    /// As the system's clock does it: by a timer, with another look at the wall clock whenever that was set.
    async fn sleep_until(&self, moment: Timestamp) {
        loop {
            self.gate().await;
            let left = moment.since(self.wall());
            if left.is_zero() {
                return;
            }
            let micros = u64::try_from(left.as_micros()).unwrap_or(u64::MAX);
            tokio::select! {
                biased;
                () = self.clock_was_set() => {}
                () = self.world.timeline().sleep(micros) => {}
            }
        }
    }
}
