#![cfg_attr(feature = "mocks", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "mocks"),
    doc = "What can be done with webhooks: the use cases, the ports they need, and the dispatcher."
)]
//!
//! # Modules
//!
//! | module | holds |
//! |---|---|
//! | [`slotflow`] | the front door: all of it put together, for whoever embeds it |
//! | [`organizations`] | creating organizations and API keys, changing plans, recognizing a key |
//! | [`webhooks`] | registering, listing, changing and deleting webhooks |
//! | [`bookings`] | booking and cancelling, each with its event |
//! | [`publish`](mod@publish) | an event and its deliveries, within any unit of work |
//! | [`outbox`] | events that others wrote into the table `outbox` in plain SQL |
//! | [`announcer`] | telling organizations of their own webhooks |
//! | [`batches`] | what many callers ask for at the same time, carried out together |
//! | [`prepared`] | a change that is ready to be committed |
//! | [`idempotency`] | carrying out a request once, however often it is sent |
//! | [`retention`] | removing what has been kept long enough |
//! | [`deliveries`], [`events`] | what became of them, and what happened |
//! | [`overview`] | how an organization's webhooks fare, at a glance |
//! | [`repairs`] | retrying, replaying and trying out |
//! | [`dispatcher`] | making the attempts that are due |
//! | [`ports`] | what all of this needs from outside |

pub mod announcer;
pub mod batches;
pub mod bookings;
pub mod deliveries;
pub mod dispatcher;
pub mod events;
pub mod idempotency;
mod new_deliveries;
pub mod organizations;
pub mod outbox;
pub mod overview;
pub mod ports;
pub mod prepared;
pub mod publish;
pub mod repairs;
pub mod retention;
pub mod slotflow;
pub mod webhooks;

pub use announcer::Announcer;
pub use batches::Batches;
pub use bookings::{BookingIntake, Bookings};
pub use deliveries::Deliveries;
pub use dispatcher::{Dispatcher, DispatcherSettings, FirstAttempts};
pub use events::Events;
pub use idempotency::Idempotency;
pub use organizations::Organizations;
pub use outbox::{OutboxRelay, OutboxRows};
pub use overview::Overview;
pub use prepared::Prepared;
pub use publish::{Published, publish, publish_all};
pub use repairs::{Repairs, Replayer};
pub use retention::Retention;
pub use slotflow::Slotflow;
pub use webhooks::Webhooks;
