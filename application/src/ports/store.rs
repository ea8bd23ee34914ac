//! Where changes become durable.

use super::{
    BookingCalendar, IdempotencyLedger, OrganizationRegistry, Outbox, OutboxTable, ReplayRegistry,
    WebhookRegistry,
};
use async_trait::async_trait;
use std::error::Error;

/// Begins units of work.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Store: Send + Sync {
    /// Begins a unit of work.
    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, StoreError>;

    /// Begins a unit of work on behalf of several callers who have nothing to do with each other. What it needs and
    /// others keep locked for more than a moment (100 ms) it does without: it fails with
    /// [`StoreError::Contended`]. Where units of work take turns it is like any other.
    async fn begin_shared(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        self.begin().await
    }

    /// Whether the store can be reached and written to, and, as far as it knows, this process has all keys that reading
    /// it needs.
    async fn ping(&self) -> Result<(), StoreError>;
}

/// Changes that take effect together: all at [`commit`](UnitOfWork::commit), or none if it is dropped before.
///
/// Locks that its methods take are held until then. They are always taken in one order (organization,
/// human, replay, webhook, delivery, idempotency key), so that two units of work never wait for each other. Rows of the outbox
/// table are never waited for.
#[async_trait]
pub trait UnitOfWork:
    OrganizationRegistry
    + WebhookRegistry
    + BookingCalendar
    + Outbox
    + OutboxTable
    + ReplayRegistry
    + IdempotencyLedger
    + Send
{
    /// Makes the changes durable and wakes whoever waits for deliveries. On an error it may or may not have
    /// happened if the store was lost on the way; otherwise nothing has.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// What went wrong with the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached, or is too busy: later it may work.
    #[error("the store is unavailable: {0}")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// It gave way to others that hold what it needs. Nothing was changed, and later it may work.
    #[error("the store is busy with the same: {0}")]
    Contended(#[source] Box<dyn Error + Send + Sync>),
    /// A constraint refused the change: the last line of defence behind the rules.
    #[error("the store refused the change: {0}")]
    Refused(#[source] Box<dyn Error + Send + Sync>),
    /// What it holds makes no sense, or it answers what it should not.
    #[error("the store is broken: {0}")]
    Broken(#[source] Box<dyn Error + Send + Sync>),
}

impl StoreError {
    /// A [`StoreError::Broken`] for stored data that breaks an invariant.
    pub fn corrupt(what: impl Into<String>) -> Self {
        Self::Broken(what.into().into())
    }

    /// The same for another of those whom it concerns.
    #[must_use]
    pub fn for_another(&self) -> Self {
        match self {
            Self::Unavailable(source) => Self::Unavailable(source.to_string().into()),
            Self::Contended(source) => Self::Contended(source.to_string().into()),
            Self::Refused(source) => Self::Refused(source.to_string().into()),
            Self::Broken(source) => Self::Broken(source.to_string().into()),
        }
    }

    /// Whether the same request may succeed later.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Contended(_))
    }
}
