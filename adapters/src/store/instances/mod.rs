//! This process as one instance among those on a store.
//!
//! Each instance has a row in `instances`, whose number its claims carry, and a lock that ends with its process: of a file
//! on SQLite, of a session on PostgreSQL. Whoever finds a row whose lock is free may take over what that instance held,
//! once [`Watch`] says so. All of it is speed, not truth: without it there are the leases.
//!
//! | file | holds |
//! |---|---|
//! | `roll` | removing rows |
//! | `file_locks` | SQLite: a file beside the database for each instance |
//! | `session_lock` | PostgreSQL: an advisory lock on a connection of its own |
//! | `locks` | either of them |
//! | `watcher` | the task that looks at the locks of the others, and keeps its own |

mod enrol_error;
#[cfg(feature = "sqlite")]
mod file_locks;
mod locks;
mod roll;
#[cfg(feature = "postgres")]
mod session_lock;
mod watcher;

pub use enrol_error::EnrolError;

use super::SqlStore;
use async_trait::async_trait;
use locks::Locks;
use slotflow_application::ports::{Instances, StoreError};
use slotflow_domain::Timestamp;
use slotflow_domain::instance::InstanceNumber;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use watcher::Watcher;

#[cfg(doc)]
use slotflow_domain::instance::Watch;

/// A running process on a store, from its enrolment on. When it is dropped without [`leave`](Self::leave) its lock is free
/// at once, and the others take it for dead.
pub struct Enrolment {
    store: SqlStore,
    own: InstanceNumber,
    findings: Arc<Findings>,
    leaving: CancellationToken,
    watching: Mutex<Option<JoinHandle<()>>>,
}

/// What the watcher has found.
#[derive(Default)]
pub(super) struct Findings(Mutex<BTreeSet<InstanceNumber>>);

impl SqlStore {
    /// Enrols this process as an instance, which began at `now`. Whom it finds dead at once is known when this returns; from
    /// then on it looks at the others every 3 s on SQLite, where who has no lock is dead, and every 1 s on PostgreSQL, where
    /// who has none for 3 s is.
    ///
    /// # Errors
    /// The store's; a file or a connection that cannot hold the lock.
    pub async fn enrol(&self, now: Timestamp) -> Result<Enrolment, EnrolError> {
        let (locks, own) = Locks::enrol(self, now).await?;
        let (findings, leaving) = (Arc::<Findings>::default(), CancellationToken::new());
        let mut watcher = Watcher::new(self.clone(), locks, Arc::clone(&findings));
        watcher.look().await;
        let watching = Mutex::new(Some(tokio::spawn(watcher.run(leaving.clone()))));
        Ok(Enrolment { store: self.clone(), own, findings, leaving, watching })
    }
}

impl Enrolment {
    /// The number that this process has.
    pub const fn number(&self) -> InstanceNumber {
        self.own
    }

    /// Ends the enrolment of a process that holds nothing any more. What it still held would be taken over when its leases
    /// end.
    pub async fn leave(&self) {
        self.leaving.cancel();
        let watching = self.watching.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(watching) = watching
            && let Err(error) = watching.await
        {
            tracing::warn!(%error, "the instance did not leave in order");
        }
    }
}

impl Drop for Enrolment {
    fn drop(&mut self) {
        let watching = self.watching.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(watching) = watching {
            watching.abort();
        }
    }
}

#[async_trait]
impl Instances for Enrolment {
    fn own(&self) -> Option<InstanceNumber> {
        Some(self.own)
    }

    fn dead(&self) -> Vec<InstanceNumber> {
        self.findings.dead().iter().copied().collect()
    }

    async fn forget(&self, dead: Vec<InstanceNumber>) -> Result<(), StoreError> {
        for number in dead {
            Locks::forget(&self.store, number).await?;
            self.findings.dead().remove(&number);
        }
        Ok(())
    }
}

impl Findings {
    /// Takes what is known now. Answers whether somebody is dead who was not before.
    pub(super) fn replace(&self, dead: &BTreeSet<InstanceNumber>) -> bool {
        let mut known = self.dead();
        let is_news = !dead.is_subset(&known);
        known.clone_from(dead);
        is_news
    }

    fn dead(&self) -> MutexGuard<'_, BTreeSet<InstanceNumber>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Enrolment({})", self.own)
    }
}
