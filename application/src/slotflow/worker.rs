//! What runs beside the use cases: deliveries are made, replays go on, what is old is removed.

use crate::{Dispatcher, Replayer, Retention};
use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::{CancellationToken, DropGuard};

/// The part that works by itself. Any number of processes may run one on the same store; one that runs none can still
/// publish, and leaves the sending to the others.
pub struct Worker {
    /// Makes deliveries.
    pub dispatcher: Dispatcher,
    /// Makes what replays take.
    pub replayer: Replayer,
    /// Removes what has been kept long enough.
    pub retention: Retention,
}

impl Worker {
    /// Works until `stop`; then begins nothing more, lets what is on the wire end, records it, and returns: within
    /// the request timeout and a write.
    pub async fn run(self, stop: CancellationToken) {
        let Self { dispatcher, replayer, retention } = self;
        tokio::join!(dispatcher.run(stop.clone()), replayer.run(stop.clone()), retention.run(stop));
    }

    /// The same as a task of its own, on the runtime that this is called on.
    pub fn start(self) -> Running {
        let stop = CancellationToken::new();
        Running { task: tokio::spawn(self.run(stop.clone())), stop: stop.drop_guard() }
    }
}

/// A worker that runs. Dropped, it is told to stop and not waited for.
#[must_use = "a worker that nobody holds is told to stop"]
pub struct Running {
    stop: DropGuard,
    task: JoinHandle<()>,
}

impl Running {
    /// Tells it to stop, and waits until it has.
    ///
    /// # Errors
    /// It panicked. What it held is sent when its leases end.
    pub async fn stop(self) -> Result<(), JoinError> {
        drop(self.stop);
        self.task.await
    }
}
