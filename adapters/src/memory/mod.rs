//! The test kit: the whole application in memory, on a clock that a test moves.
//!
//! For the tests of whoever embeds the application, and for ours. Nothing in it sleeps, and nothing in it is
//! random: a day of retries takes a millisecond, the same way each time. The store passes the same contract
//! suite as the SQL stores.
//!
//! | item | stands in for |
//! |---|---|
//! | [`TestKit`] | an installation: all of the below, the use cases, and a dispatcher |
//! | [`MemoryStore`] | the database, for every storage port |
//! | [`MemoryInstances`], [`MemoryInstance`] | the processes on it, which a test may kill |
//! | [`VirtualClock`] | time |
//! | [`ScriptedSender`], [`Reply`], [`SentRequest`] | the receivers |
//! | [`ScriptedResolver`] | the name service |
//! | [`SeededEntropy`] | randomness |
//!
//! Two failures, and a success sixty-five minutes after the first:
//!
//! ```
//! use slotflow_adapters::memory::TestKit;
//! use slotflow_application::webhooks::RegisterWebhook;
//! use slotflow_domain::booking::{AttendeeName, BookingRequest, DurationMinutes, Metadata, TimeSlot};
//! use slotflow_domain::organization::{OrganizationName, Plan};
//! use slotflow_domain::{HumanId, Timestamp};
//! use std::time::Duration;
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let kit = TestKit::new();
//!     kit.sender.fail_times(2);
//!
//!     let name = OrganizationName::parse("Startup")?;
//!     let (organization, _key) = kit.organizations().create(name, Plan::Free).await?;
//!     let webhook = RegisterWebhook {
//!         url: "https://hooks.startup.io/slotflow".to_owned(),
//!         events: vec!["booking.confirmed".to_owned()],
//!     };
//!     kit.webhooks().register(organization.id, webhook).await?;
//!
//!     let booking = BookingRequest {
//!         human_id: HumanId::new(uuid::Uuid::from_u128(1)),
//!         slot: TimeSlot::new(Timestamp::parse_rfc3339("2026-03-12T09:00:00Z")?, DurationMinutes::new(30)?)?,
//!         attendee_name: AttendeeName::parse("Alex Rivera")?,
//!         attendee_email: None,
//!         metadata: Metadata::empty(),
//!     };
//!     kit.bookings().confirm(organization.id, booking).await?;
//!     kit.advance(Duration::from_secs(2 * 60 * 60)).await;
//!
//!     let sent = kit.sender.requests();
//!     assert_eq!(sent.len(), 3);
//!     assert_eq!(sent[1].at.since(sent[0].at), Duration::from_secs(5 * 60));
//!     assert_eq!(sent[2].at.since(sent[0].at), Duration::from_secs(65 * 60));
//!     assert_eq!(sent[2].header("x-slotflow-attempt"), Some("3"));
//!     assert_eq!(sent[2].body(), sent[0].body());
//!     Ok(())
//! }
//! ```

mod backlog_reader;
mod clock;
mod directory;
mod entropy;
mod event_log;
mod hours;
mod idempotency;
mod instances;
mod kit;
mod log;
mod news;
mod outbox_table;
mod queue;
mod replays;
mod reply;
mod resolver;
mod retention;
mod sender;
mod state;
mod store;
mod unit_of_work;

#[cfg(test)]
mod own_events_tests;
#[cfg(test)]
mod tests;

pub use clock::VirtualClock;
pub use entropy::SeededEntropy;
pub use instances::{MemoryInstance, MemoryInstances};
pub use kit::TestKit;
pub use reply::Reply;
pub use resolver::ScriptedResolver;
pub use sender::{ScriptedSender, SentRequest};
pub use store::MemoryStore;
