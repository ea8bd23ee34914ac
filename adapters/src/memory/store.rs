//! The store, and how its changes become visible.

use super::state::State;
use super::unit_of_work::MemoryUnitOfWork;
use async_trait::async_trait;
use slotflow_application::ports::{Store, StoreError, UnitOfWork};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, OwnedMutexGuard};

/// Every storage port, in memory. Clones are the same store.
///
/// Serializable: changes are made one unit of work at a time, each on its own copy, which takes the place of
/// the store's state at commit. Readers see what was committed last and never wait.
///
/// A second unit of work waits for the first to end, and so does a claim or settlement: whoever waits for
/// one while holding the other waits for ever.
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// Held by whoever is making changes.
    turn: Arc<tokio::sync::Mutex<()>>,
    committed: Mutex<Committed>,
    wake: Notify,
}

#[derive(Default)]
struct Committed {
    state: State,
    version: u64,
}

/// The right to make changes, with the copy they are made on.
pub(super) struct Changes {
    store: MemoryStore,
    pub(super) state: State,
    _turn: OwnedMutexGuard<()>,
}

/// Whether those who wait for deliveries hear of a change.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wake {
    Yes,
    No,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was committed last.
    pub(super) fn state(&self) -> State {
        self.committed().state.clone()
    }

    /// How many changes were committed.
    pub(super) fn version(&self) -> u64 {
        self.committed().version
    }

    /// Begins changes; waits for its turn.
    pub(super) async fn change(&self) -> Changes {
        let turn = Arc::clone(&self.0.turn).lock_owned().await;
        let changes = Changes { store: self.clone(), state: self.state(), _turn: turn };
        // Everybody else gets a chance to come in between, as they do where a store is far away: what does not
        // hold under concurrency shows in a test.
        tokio::task::yield_now().await;
        changes
    }

    /// Returns when there was a wake-up since the last return.
    pub(super) async fn woken(&self) {
        self.0.wake.notified().await;
    }

    /// Wakes everyone who waits for deliveries, or else the next to come.
    pub(super) fn ring(&self) {
        self.0.wake.notify_waiters();
        self.0.wake.notify_one();
    }

    fn committed(&self) -> MutexGuard<'_, Committed> {
        self.0.committed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Changes {
    /// Makes the changes visible, all at once. Without it they never were.
    pub(super) fn commit(self, wake: Wake) {
        let deliveries_changed = {
            let mut committed = self.store.committed();
            let changed = !Arc::ptr_eq(&committed.state.deliveries, &self.state.deliveries);
            committed.state = self.state;
            committed.version += 1;
            changed
        };
        if wake == Wake::Yes && deliveries_changed {
            self.store.ring();
        }
    }
}

/// Prints no content.
impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryStore(version {})", self.version())
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        Ok(Box::new(MemoryUnitOfWork(self.change().await)))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
