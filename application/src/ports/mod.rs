//! What the use cases need from outside, as small traits in their own words.
//!
//! | port | is |
//! |---|---|
//! | [`Store`], [`UnitOfWork`] | the place where changes become durable, all or none |
//! | [`OrganizationRegistry`], [`WebhookRegistry`], [`BookingCalendar`], [`Outbox`], [`OutboxTable`], [`ReplayRegistry`], [`IdempotencyLedger`] | what can be done within one unit of work |
//! | [`Directory`] | reading what is there |
//! | [`DeliveryQueue`] | the waiting deliveries, as a queue that survives its readers |
//! | [`Instances`] | the processes on one store, and which of them are dead |
//! | [`ReplayQueue`] | what is to be delivered once more |
//! | [`OutboxReader`] | what others wrote into the table `outbox` in plain SQL |
//! | [`DeliveryLog`], [`EventLog`] | what happened, and what became of it |
//! | [`RetentionStore`] | removing what has been kept long enough |
//! | [`DeliveryObserver`], [`BacklogReader`] | watching: what is being done, how much waits |
//! | [`WebhookSender`], [`HostResolver`] | the network |
//! | [`Clock`], [`Entropy`] | time and randomness |
//!
//! Every trait is object-safe. With the feature `mocks` each has a mock (`MockClock`, `MockUnitOfWork`, …).

mod backlog_reader;
mod booking_calendar;
mod clock;
mod delivery_log;
mod delivery_observer;
mod delivery_queue;
mod directory;
mod entropy;
mod event_log;
mod host_resolver;
mod idempotency_ledger;
mod instances;
mod observers;
mod organization_registry;
mod outbox;
mod outbox_table;
mod replay_queue;
mod replay_registry;
mod retention_store;
mod store;
#[cfg(any(test, feature = "mocks"))]
mod unit_of_work_mock;
mod webhook_registry;
mod webhook_sender;

pub use backlog_reader::{Backlog, BacklogReader};
pub use booking_calendar::{BookingCalendar, WantedSlot};
pub use clock::Clock;
pub use delivery_log::{
    AttemptLog, DEFAULT_PAGE, DeliveryFilter, DeliveryLog, DeliveryPage, DeliveryRecord, ListPosition,
};
pub use delivery_observer::{DeliveryObserver, EndedAttempt, NoObserver, QueueOperation, SettlementMade};
pub use delivery_queue::{
    Abandoned, ClaimTerms, Claimed, DeliveryQueue, LostAttempt, Room, SettleReport, SettleTerms, Settled,
    UnusedClaim,
};
pub use directory::{BookingFilter, BookingPage, Directory, WebhookHistory};
pub use entropy::Entropy;
pub use event_log::{DeliveryCounts, EventDetail, EventFilter, EventLog, EventPage, EventRecord};
pub use host_resolver::{HostResolver, ResolveError};
pub use idempotency_ledger::IdempotencyLedger;
pub use instances::{Instances, NoInstances};
pub use organization_registry::{ApiKeyRecord, OrganizationRegistry};
pub use outbox::Outbox;
pub use outbox_table::{OutboxReader, OutboxTable, RefusedOutboxRow};
pub use replay_queue::{ReplayQueue, UnfinishedReplay};
pub use replay_registry::ReplayRegistry;
pub use retention_store::{RetentionBatch, RetentionProgress, RetentionStore};
pub use store::{Store, StoreError, UnitOfWork};
pub use webhook_registry::WebhookRegistry;
pub use webhook_sender::WebhookSender;

#[cfg(any(test, feature = "mocks"))]
pub use self::{
    backlog_reader::MockBacklogReader, clock::MockClock, delivery_log::MockDeliveryLog,
    delivery_observer::MockDeliveryObserver, delivery_queue::MockDeliveryQueue, directory::MockDirectory,
    entropy::MockEntropy, event_log::MockEventLog, host_resolver::MockHostResolver, instances::MockInstances,
    outbox_table::MockOutboxReader, replay_queue::MockReplayQueue, retention_store::MockRetentionStore,
    store::MockStore, unit_of_work_mock::MockUnitOfWork, webhook_sender::MockWebhookSender,
};
