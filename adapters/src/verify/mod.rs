//! For receivers: an axum extractor that lets in genuine deliveries only.
//!
//! | item | is |
//! |---|---|
//! | [`VerifiedWebhook`] | the extractor: a handler's last argument |
//! | [`WebhookVerifier`] | what it needs from the router's state: the secrets, a tolerance, a size limit |
//! | [`WebhookRejection`] | what it answers otherwise |
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
