//! Changing a registered webhook, and what that does to the deliveries waiting for it.

use super::{DisabledReason, Webhook, WebhookActivity, WebhookUrl};
use crate::Rejection;
use crate::event::EventSet;

/// What is asked to change; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct WebhookChange {
    /// Where events go.
    pub url: Option<WebhookUrl>,
    /// Which events go there.
    pub events: Option<EventSet>,
    /// Whether they go there.
    pub active: Option<bool>,
    /// What becomes of held deliveries; only with `active: true`.
    pub held: Option<HeldDeliveries>,
}

/// What becomes of held deliveries when their webhook is enabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldDeliveries {
    /// They are due at once, unless told otherwise.
    Deliver,
    /// They are cancelled.
    Discard,
}

/// What a change of a webhook does to its waiting deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitingDeliveries {
    /// Pending ones are held ([`Progress::hold`](crate::delivery::Progress::hold)).
    Hold,
    /// Held ones are due ([`Progress::resume`](crate::delivery::Progress::resume)).
    Resume,
    /// Held ones are cancelled ([`Progress::discard`](crate::delivery::Progress::discard)).
    Discard,
    /// Pending and held ones are cancelled ([`Progress::cancel`](crate::delivery::Progress::cancel)).
    Cancel,
}

impl WebhookChange {
    /// Refuses what contradicts itself.
    pub fn check(&self) -> Result<(), Rejection> {
        match (self.held, self.active) {
            (Some(_), None | Some(false)) => {
                Err(Rejection::new("held", "may only be given with active: true"))
            }
            _ => Ok(()),
        }
    }

    /// Carries the change out on `webhook`, and says what it does to the deliveries waiting for it.
    ///
    /// Enabling what is active and disabling what is disabled changes nothing; a webhook disabled for
    /// a reason keeps that reason.
    pub fn apply(self, webhook: &mut Webhook) -> Option<WaitingDeliveries> {
        if let Some(url) = self.url {
            webhook.url = url;
        }
        if let Some(events) = self.events {
            webhook.events = events;
        }
        match (webhook.activity, self.active) {
            (_, Some(false)) => webhook.disable(DisabledReason::Requested),
            (WebhookActivity::Disabled(_), Some(true)) => {
                webhook.activity = WebhookActivity::Active;
                Some(match self.held {
                    Some(HeldDeliveries::Discard) => WaitingDeliveries::Discard,
                    Some(HeldDeliveries::Deliver) | None => WaitingDeliveries::Resume,
                })
            }
            _ => None,
        }
    }
}
