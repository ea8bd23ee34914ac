//! For receivers: an axum extractor that lets in genuine deliveries only.
//!
//! | module | holds |
//! |---|---|
//! | `verified_webhook` | the extractor: [`VerifiedWebhook`] |
//! | `verifier` | what it needs from the router's state: [`WebhookVerifier`] |
//! | `rejection` | what it answers otherwise: [`WebhookRejection`] |
//!
//! The check itself is [`slotflow_domain::signing::verify()`], for whoever uses another framework.

mod rejection;
mod verified_webhook;
mod verifier;

pub use rejection::WebhookRejection;
pub use verified_webhook::VerifiedWebhook;
pub use verifier::WebhookVerifier;

#[cfg(test)]
mod tests;
