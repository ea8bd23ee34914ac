//! One store for everything.

use crate::ports::{
    BacklogReader, DeliveryLog, DeliveryQueue, Directory, EventLog, OutboxReader, ReplayQueue,
    RetentionStore, Store,
};

/// A place that keeps all there is: every storage port at once. Implemented for whatever has them all, as
/// `SqlStore` and `MemoryStore` of `slotflow-adapters` do.
pub trait Storage:
    Store
    + Directory
    + DeliveryQueue
    + DeliveryLog
    + EventLog
    + ReplayQueue
    + OutboxReader
    + RetentionStore
    + BacklogReader
{
}

impl<T> Storage for T where
    T: Store
        + Directory
        + DeliveryQueue
        + DeliveryLog
        + EventLog
        + ReplayQueue
        + OutboxReader
        + RetentionStore
        + BacklogReader
{
}
