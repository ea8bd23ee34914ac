#![cfg_attr(feature = "rules", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "rules"),
    doc = "Signing and verifying webhooks, without the rules of who gets which and when."
)]
//!
//! # Modules
//!
//! | module | holds |
//! |---|---|
//! | [`organization`] | organizations, plans and their webhook limits, API keys |
//! | [`webhook`] | registered URLs: what is acceptable, what counts as the same, what registering needs |
//! | [`event`] | event types, subscriptions, and the exact bytes that are sent |
//! | [`delivery`] | the life of one event on its way to one webhook: attempts, retries, final states |
//! | [`instance`] | the running processes on one store, and which of them count as dead |
//! | [`health`] | how webhooks fare, and when one has failed for so long that it is disabled |
//! | [`signing`] | signing secrets, both signature header families, verification |
//! | [`booking`] | bookings, the source of events, and the rule that they never overlap |
//! | [`idempotency`] | requests that take effect once, however often they are sent |
//! | [`retention`] | how long what is finished is kept |
//! | [`rate_limit`] | how many requests a caller may make |
//! | [`json_text`] | JSON that must pass through value for value, checked but never rewritten |
//! | [`json_layout`] | the same, laid out for people |
//! | [`clean_text`] | text that others wrote, made harmless to look at |
//! | [`rejection`] | what is said of an input that breaks a rule |
//! | [`timestamp`], [`ids`] | moments in milliseconds; identifiers that cannot be confused |

pub mod ids;
pub mod rejection;
#[cfg(feature = "serde")]
mod serde_forms;
pub mod signing;
pub mod timestamp;

#[cfg(feature = "rules")]
pub mod booking;
#[cfg(feature = "rules")]
pub mod clean_text;
#[cfg(feature = "rules")]
pub mod delivery;
#[cfg(feature = "rules")]
pub mod event;
#[cfg(feature = "rules")]
pub mod health;
#[cfg(feature = "rules")]
pub mod idempotency;
#[cfg(feature = "rules")]
pub mod instance;
#[cfg(feature = "rules")]
pub mod json_layout;
#[cfg(feature = "rules")]
pub mod json_text;
#[cfg(feature = "rules")]
pub mod organization;
#[cfg(feature = "rules")]
mod plain_text;
#[cfg(feature = "rules")]
pub mod rate_limit;
#[cfg(feature = "rules")]
pub mod retention;
#[cfg(feature = "rules")]
pub mod webhook;

#[cfg(feature = "rules")]
pub use event::Event;
pub use ids::{ApiKeyId, BookingId, DeliveryId, EventId, HumanId, OrganizationId, ReplayId, WebhookId};
pub use rejection::Rejection;
pub use timestamp::Timestamp;
