//! The locks of either engine.

#[cfg(feature = "sqlite")]
use super::file_locks::{self, FileLocks};
#[cfg(feature = "postgres")]
use super::session_lock::SessionLock;
use super::{EnrolError, roll};
use crate::store::{SqlStore, dialect::Dialect};
use slotflow_application::ports::StoreError;
use slotflow_domain::Timestamp;
use slotflow_domain::instance::InstanceNumber;
use std::collections::BTreeMap;
use std::time::Duration;

/// This process's own lock, and a view of the others'.
pub(super) enum Locks {
    #[cfg(feature = "sqlite")]
    Files(FileLocks),
    #[cfg(feature = "postgres")]
    Session(SessionLock),
}

impl Locks {
    /// Adds this process, and takes its lock.
    pub(super) async fn enrol(
        store: &SqlStore,
        now: Timestamp,
    ) -> Result<(Self, InstanceNumber), EnrolError> {
        match Dialect::of(store.writer()) {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => {
                let locks = FileLocks::enrol(store, now).await?;
                let own = locks.own();
                Ok((Self::Files(locks), own))
            }
            #[cfg(feature = "postgres")]
            Dialect::Postgres => {
                let lock = SessionLock::enrol(store, now).await?;
                let own = lock.own();
                Ok((Self::Session(lock), own))
            }
            // The engine was left out of this build, and so there is no store on it.
            #[allow(unreachable_patterns, reason = "they are all reached if one engine is left out")]
            _ => Err(EnrolError::NotHeld),
        }
    }

    /// How long a lock must be seen free.
    pub(super) const fn grace(&self) -> Duration {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Files(_) => FileLocks::GRACE,
            #[cfg(feature = "postgres")]
            Self::Session(_) => SessionLock::GRACE,
        }
    }

    /// How long until the next look, if nothing is odd.
    pub(super) const fn period(&self) -> Duration {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Files(_) => FileLocks::PERIOD,
            #[cfg(feature = "postgres")]
            Self::Session(_) => SessionLock::PERIOD,
        }
    }

    /// The others whose locks are free, and how often each had taken its own; nothing while the own lock is lost, which is
    /// taken again if that can be.
    pub(super) async fn look(&mut self) -> Result<Option<BTreeMap<InstanceNumber, u64>>, StoreError> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Files(locks) => locks.look().await.map(Some),
            #[cfg(feature = "postgres")]
            Self::Session(lock) => lock.look().await,
        }
    }

    /// Leaves in order.
    pub(super) async fn leave(self) -> Result<(), StoreError> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Files(locks) => locks.leave().await,
            #[cfg(feature = "postgres")]
            Self::Session(lock) => lock.leave().await,
        }
    }

    /// Removes what is left of an instance that is dead.
    pub(super) async fn forget(store: &SqlStore, dead: InstanceNumber) -> Result<(), StoreError> {
        match Dialect::of(store.writer()) {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => file_locks::forget(store, dead).await,
            _ => roll::remove_dead(store.writer(), store.table_names(), dead).await,
        }
    }
}
