//! What runs beside the use cases: deliveries are made, replays go on, the outbox table is read, what is old is removed.

use crate::ports::Clock;
use crate::{Dispatcher, OutboxRelay, Replayer, Retention};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::{CancellationToken, DropGuard};

/// The part that works by itself. Any number of processes may run one on the same store; one that runs none can still
/// publish, and leaves the sending to the others.
pub struct Worker {
    /// Makes deliveries.
    pub dispatcher: Dispatcher,
    /// Makes what replays take.
    pub replayer: Replayer,
    /// Makes events of what others wrote into the outbox table.
    pub relay: OutboxRelay,
    /// Removes what has been kept long enough.
    pub retention: Retention,
    /// How long a worker that was started may take to stop: the request timeout and 5 s, so 15 s unless said.
    pub limit: Duration,
}

/// Why a worker did not stop in order. What it held is sent when its leases end.
#[derive(Debug, thiserror::Error)]
pub enum NotStopped {
    /// Not everything had ended in time: the store is away, or a transaction with a published event is still open.
    #[error("not everything ended in time")]
    Late,
    /// A part of it panicked.
    #[error(transparent)]
    Panicked(#[from] JoinError),
}

impl Worker {
    /// How much longer than one attempt a stop may take: 5 s.
    pub const STOP_MARGIN: Duration = Duration::from_secs(5);

    /// Works until `stop`; then begins nothing more, lets what is on the wire end, records it, and returns. That takes an
    /// attempt and a write, longer if the store is away or the transaction of a published event is still open: whoever
    /// waits for it sets a limit. The parts are tasks of their own; dropped, they are told to stop.
    ///
    /// # Panics
    /// If a part panics, after the others were told to stop.
    pub async fn run(self, stop: CancellationToken) {
        let stop = stop.child_token();
        let _end_of_all = stop.clone().drop_guard();
        let Self { dispatcher, replayer, relay, retention, .. } = self;
        let parts = (
            tokio::spawn(dispatcher.run(stop.clone())),
            tokio::spawn(replayer.run(stop.clone())),
            tokio::spawn(relay.run(stop.clone())),
            tokio::spawn(retention.run(stop)),
        );
        if let Err(error) = tokio::try_join!(parts.0, parts.1, parts.2, parts.3)
            && let Ok(panic) = error.try_into_panic()
        {
            std::panic::resume_unwind(panic);
        }
    }

    /// The same as a task, on the runtime that this is called on.
    pub fn start(self) -> RunningWorker {
        let (stop, clock, limit) = (CancellationToken::new(), Arc::clone(&self.retention.clock), self.limit);
        RunningWorker { task: tokio::spawn(self.run(stop.clone())), stop: stop.drop_guard(), clock, limit }
    }
}

/// A worker that runs. Dropped, it is told to stop and not waited for.
#[must_use = "a worker that nobody holds is told to stop"]
pub struct RunningWorker {
    stop: DropGuard,
    task: JoinHandle<()>,
    clock: Arc<dyn Clock>,
    limit: Duration,
}

impl RunningWorker {
    /// Whether it has ended, which it does by itself only if a part of it panicked: then nothing is sent any more.
    pub fn has_ended(&self) -> bool {
        self.task.is_finished()
    }

    /// Tells it to stop, and waits until it has, for [`Worker::limit`] at the most: 15 s unless said.
    ///
    /// # Errors
    /// It was late, or a part of it panicked.
    pub async fn stop(self) -> Result<(), NotStopped> {
        let Self { stop, mut task, clock, limit } = self;
        drop(stop);
        tokio::select! {
            biased;
            ended = &mut task => Ok(ended?),
            () = clock.sleep_until(clock.now() + limit) => {
                task.abort();
                Err(NotStopped::Late)
            }
        }
    }
}
