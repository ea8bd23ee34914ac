//! Telling the dispatcher of new work without asking the database.

use tokio::sync::Notify;

/// Rings when deliveries of this process may have become due. One ring is kept while nobody listens, and each
/// reaches one listener: speed, not truth, since a dispatcher also looks by itself.
#[derive(Default)]
pub(super) struct WakeUp(Notify);

impl WakeUp {
    pub(super) fn ring(&self) {
        self.0.notify_one();
    }

    pub(super) async fn rung(&self) {
        self.0.notified().await;
    }
}
