//! What the use cases need from outside, as small traits in their own words.
//!
//! | port | is |
//! |---|---|
//! | [`Store`], [`UnitOfWork`] | the place where changes become durable, all or none |
//! | [`OrganizationRegistry`], [`WebhookRegistry`], [`BookingCalendar`], [`Outbox`] | what can be done within one unit of work |
//! | [`Directory`] | reading what is there |
//! | [`DeliveryQueue`] | the waiting deliveries, as a queue that survives its readers |
//! | [`DeliveryLog`] | what became of them |
//! | [`WebhookSender`], [`HostResolver`] | the network |
//! | [`Clock`], [`Entropy`] | time and randomness |
//!
//! Every trait is object-safe. With the feature `mocks` each has a mock (`MockClock`, `MockUnitOfWork`, …).

mod booking_calendar;
mod clock;
mod delivery_log;
mod delivery_queue;
mod directory;
mod entropy;
mod host_resolver;
mod organization_registry;
mod outbox;
mod store;
#[cfg(any(test, feature = "mocks"))]
mod unit_of_work_mock;
mod webhook_registry;
mod webhook_sender;

pub use booking_calendar::BookingCalendar;
pub use clock::Clock;
pub use delivery_log::{AttemptLog, DeliveryFilter, DeliveryLog, DeliveryPage, DeliveryRecord};
pub use delivery_queue::{ClaimTerms, DeliveryQueue, Room, SettleReport, SettleTerms, Settled, UnusedClaim};
pub use directory::{BookingFilter, BookingPage, Directory, WebhookHistory};
pub use entropy::Entropy;
pub use host_resolver::{HostResolver, ResolveError};
pub use organization_registry::{ApiKeyRecord, OrganizationRegistry};
pub use outbox::Outbox;
pub use store::{Store, StoreError, UnitOfWork};
pub use webhook_registry::WebhookRegistry;
pub use webhook_sender::WebhookSender;

#[cfg(any(test, feature = "mocks"))]
pub use self::{
    clock::MockClock, delivery_log::MockDeliveryLog, delivery_queue::MockDeliveryQueue,
    directory::MockDirectory, entropy::MockEntropy, host_resolver::MockHostResolver, store::MockStore,
    unit_of_work_mock::MockUnitOfWork, webhook_sender::MockWebhookSender,
};
