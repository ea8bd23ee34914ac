//! The front door: the whole application, put together on a store, a sender, a clock and randomness.
//!
//! ```text
//! let (slotflow, worker) = Slotflow::builder(store, sender, clock, entropy).catalog(…).build();
//! let running = worker.start();
//!
//! let mut work = …;                                      // a unit of work, or the caller's own transaction
//! let published = slotflow.publish(&mut work, organization, event).await?;
//! work.commit().await?;
//! published.committed();                                 // the first attempts begin
//! ```
//!
//! `slotflow_adapters::embed` has a builder on a database, with the product's own sender.

mod builder;
mod storage;
mod worker;

pub use builder::Builder;
pub use storage::Storage;
pub use worker::{NotStopped, RunningWorker, Worker};

use crate::ports::{Clock, Entropy, Outbox, StoreError, WebhookSender};
use crate::{
    Bookings, Deliveries, Events, FirstAttempts, Idempotency, Organizations, OutboxRows, Overview, Published,
    Repairs, Webhooks, publish,
};
use slotflow_domain::event::{EventCatalog, EventRefused, NewEvent};
use slotflow_domain::{DeliveryId, EventId, OrganizationId};
use std::fmt;
use std::sync::Arc;

/// The use cases, and publishing. Clones are the same.
#[derive(Clone)]
pub struct Slotflow {
    /// Organizations and their keys.
    pub organizations: Organizations,
    /// Webhooks.
    pub webhooks: Webhooks,
    /// Bookings, for whoever has those.
    pub bookings: Bookings,
    /// What became of deliveries.
    pub deliveries: Deliveries,
    /// What happened.
    pub events: Events,
    /// How an organization's webhooks fare.
    pub overview: Overview,
    /// Retrying, replaying and trying out.
    pub repairs: Repairs,
    /// What others wrote into the table `outbox` in plain SQL and is no event. Publishing from Rust does not go through it.
    pub outbox: OutboxRows,
    /// Carrying out requests once.
    pub idempotency: Idempotency,
    storage: Arc<dyn Storage>,
    catalog: EventCatalog,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    first_attempts: FirstAttempts,
}

/// Why an event was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// It is not one of the catalogue's. Nothing was written of it, and the unit of work may go on.
    #[error(transparent)]
    Refused(#[from] EventRefused),
    /// The store failed, or refused an organization that is not there. Part of it may be written: roll the unit of work back.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An event that [`Slotflow::publish`] has added to a unit of work, and that will have happened once that is committed. (What
/// the function [`publish()`] answers is a [`Published`], which knows of no transaction but the store's own.)
///
/// Drop it if that is not to be. Dropped after a commit it loses nothing: the dispatcher finds what is due by itself, within
/// a second or when a lease ends.
#[must_use = "the first attempts begin when it is told of the commit"]
pub struct PublishedEvent {
    id: EventId,
    published: Published,
    storage: Arc<dyn Storage>,
}

impl Slotflow {
    /// A builder on these parts.
    pub fn builder(
        storage: Arc<dyn Storage>,
        sender: Arc<dyn WebhookSender>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Builder {
        Builder::new(storage, sender, clock, entropy)
    }

    /// Adds the event to a unit of work, with one delivery for every webhook of the organization that wants it at this
    /// moment. It commits or vanishes with everything else in there.
    ///
    /// The unit of work is whatever has the port [`Outbox`]: a transaction of yours, enlisted in the store
    /// (`SqlStore::enlist`), or what [`Store::begin`](crate::ports::Store::begin) gives. A function of yours that publishes
    /// is tested with the latter if it takes `&mut (impl Outbox + Send + ?Sized)`.
    ///
    /// # Errors
    /// A type that the catalogue does not have or data that breaks its schema, before anything is written; the store's.
    pub async fn publish<O>(
        &self,
        outbox: &mut O,
        organization_id: OrganizationId,
        event: NewEvent,
    ) -> Result<PublishedEvent, PublishError>
    where
        O: Outbox + Send + ?Sized,
    {
        self.catalog.check(event.event_type(), event.data())?;
        let now = self.clock.now();
        let event = event.happened(EventId::new(self.entropy.id(now)), organization_id, now);
        let published = publish(outbox, self.entropy.as_ref(), &self.first_attempts, &event).await?;
        Ok(PublishedEvent { id: event.id, published, storage: Arc::clone(&self.storage) })
    }

    /// The same in a unit of work of its own, committed. For an event that goes with no other change.
    ///
    /// # Errors
    /// As of [`publish`](Self::publish).
    pub async fn publish_alone(
        &self,
        organization_id: OrganizationId,
        event: NewEvent,
    ) -> Result<EventId, PublishError> {
        let mut work = self.storage.begin().await?;
        let published = self.publish(work.as_mut(), organization_id, event).await?;
        work.commit().await?;
        Ok(published.committed())
    }

    /// The event types there are.
    pub const fn catalog(&self) -> &EventCatalog {
        &self.catalog
    }
}

impl fmt::Debug for PublishedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublishedEvent").field("id", &self.id).finish_non_exhaustive()
    }
}

impl PublishedEvent {
    /// Its identifier, which receivers see as `webhook-id`.
    pub const fn id(&self) -> EventId {
        self.id
    }

    /// Its deliveries: one for each webhook that wants it.
    pub fn deliveries(&self) -> &[DeliveryId] {
        self.published.deliveries()
    }

    /// Begins the first attempts for which there are sending slots, and rings for the others.
    ///
    /// To be called right behind the commit, and never without one: these attempts are made without a look at the store.
    /// In a savepoint that means the commit of the outermost transaction, with the savepoint in it. On PostgreSQL a
    /// transaction in which a statement has failed commits nothing, although its commit succeeds: roll it back.
    pub fn committed(self) -> EventId {
        if self.published.leaves_some() {
            self.storage.ring();
        }
        self.published.committed();
        self.id
    }
}
