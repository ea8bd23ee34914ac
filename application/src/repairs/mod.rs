//! Repairing what did not arrive: trying a webhook out, retrying a delivery, replaying a span of time.
//!
//! A retry and a test are one delivery each, sent at once. A replay may be very many: accepting it stores it, and
//! the [`Replayer`] makes its deliveries a batch at a time.

mod replay;
mod replayer;
mod retry;
mod test_event;

#[cfg(test)]
mod tests;

pub use replay::{ReplayError, ReplayRequest};
pub use replayer::{ReplayBell, ReplayRound, Replayer};
pub use retry::RetryError;
pub use test_event::SendTestError;

use crate::dispatcher::FirstAttempts;
use crate::ports::{Clock, Directory, Entropy, ReplayQueue, Store};
use slotflow_domain::event::EventCatalog;
use std::sync::Arc;

/// Retrying, replaying and trying out.
#[derive(Clone)]
pub struct Repairs {
    /// Where changes go.
    pub store: Arc<dyn Store>,
    /// Where webhooks are read.
    pub directory: Arc<dyn Directory>,
    /// Where the size of a replay is read.
    pub replays: Arc<dyn ReplayQueue>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Where first attempts begin.
    pub first_attempts: FirstAttempts,
    /// The event types, whose examples tests send.
    pub catalog: EventCatalog,
    /// Tells the replayer of this process that there is something to do.
    pub bell: ReplayBell,
}
