//! Changing a registered webhook, and what that does to the deliveries waiting for it.

use super::{DisabledReason, Webhook, WebhookActivity, WebhookUrl};
use crate::event::EventSet;
use crate::{Rejection, Timestamp};

/// What is asked to change; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct WebhookChange {
    /// Where events go.
    pub url: Option<WebhookUrl>,
    /// Which events go there.
    pub events: Option<EventSet>,
    /// Whether they go there.
    pub active: Option<bool>,
    /// What becomes of held deliveries; only with `active: true`, and unless said they are due at once.
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

    /// Carries the change out on `webhook` at `now`, and says what it does to the deliveries waiting for it.
    ///
    /// Enabling what is active and disabling what is disabled changes nothing; a webhook disabled for
    /// a reason keeps that reason.
    pub fn apply(self, webhook: &mut Webhook, now: Timestamp) -> Option<WaitingDeliveries> {
        if let Some(url) = self.url {
            if webhook.url.canonical() != url.canonical() {
                webhook.active_since = now;
            }
            webhook.url = url;
        }
        if let Some(events) = self.events {
            webhook.events = events;
        }
        match (webhook.activity, self.active) {
            (_, Some(false)) => webhook.disable(DisabledReason::Requested),
            (WebhookActivity::Disabled(_), Some(true)) => {
                webhook.activity = WebhookActivity::Active;
                webhook.active_since = now;
                Some(match self.held {
                    Some(HeldDeliveries::Discard) => WaitingDeliveries::Discard,
                    Some(HeldDeliveries::Deliver) | None => WaitingDeliveries::Resume,
                })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EventCatalog, EventSet};
    use crate::signing::SigningSecret;
    use crate::webhook::UrlRules;
    use crate::{OrganizationId, WebhookId};
    use uuid::Uuid;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_773_151_500_000 + seconds * 1_000).unwrap()
    }

    fn url(text: &str) -> WebhookUrl {
        WebhookUrl::parse(text, &UrlRules::strict()).unwrap()
    }

    /// Since when a webhook is active that was made at second 0 and changed so at second 10.
    fn active_since(activity: WebhookActivity, change: WebhookChange) -> Timestamp {
        let mut webhook = Webhook {
            id: WebhookId::new(Uuid::from_u128(1)),
            organization_id: OrganizationId::new(Uuid::from_u128(2)),
            url: url("https://receiver.dev/a"),
            events: EventSet::parse(&["booking.confirmed"], &EventCatalog::bookings()).unwrap(),
            secrets: SigningSecret::from_random([7; 32]).into(),
            activity,
            active_since: at(0),
            created_at: at(0),
        };
        change.apply(&mut webhook, at(10));
        webhook.active_since
    }

    #[test]
    fn enabling_and_another_url_make_a_fresh_start() {
        let disabled = WebhookActivity::Disabled(DisabledReason::Failing);
        let set = |active| WebhookChange { active: Some(active), ..WebhookChange::default() };
        let to = |text| WebhookChange { url: Some(url(text)), ..WebhookChange::default() };
        for (activity, change, since) in [
            (disabled, set(true), at(10)),
            (WebhookActivity::Active, to("https://receiver.dev/b"), at(10)),
            (WebhookActivity::Active, set(true), at(0)),
            (WebhookActivity::Active, set(false), at(0)),
            (WebhookActivity::Active, to("HTTPS://Receiver.dev:443/a"), at(0)),
            (WebhookActivity::Active, WebhookChange::default(), at(0)),
        ] {
            assert_eq!(active_since(activity, change.clone()), since, "{change:?}");
        }
    }
}
