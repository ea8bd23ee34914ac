//! Changing a webhook.

use super::Webhooks;
use crate::ports::StoreError;
use slotflow_domain::event::EventSet;
use slotflow_domain::webhook::{HeldDeliveries, Webhook, WebhookChange, WebhookUrl};
use slotflow_domain::{OrganizationId, Rejection, WebhookId};

/// What a client asks to change, not judged yet. What is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct UpdateWebhook {
    /// Where events should go.
    pub url: Option<String>,
    /// Which events, by name.
    pub events: Option<Vec<String>>,
    /// Whether they should go there.
    pub active: Option<bool>,
    /// What becomes of held deliveries when the webhook is enabled; unless said they are due at once.
    pub held: Option<HeldDeliveries>,
}

/// Why a webhook was not changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateWebhookError {
    /// A member of the request breaks a rule.
    #[error(transparent)]
    Invalid(#[from] Rejection),
    /// Another webhook of the organization has this URL.
    #[error("this URL is already registered")]
    Duplicate,
    /// The organization has no such webhook.
    #[error("there is no such webhook")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Webhooks {
    /// Changes a webhook, and moves the deliveries that wait for it: disabling holds them, enabling makes
    /// them due at once or cancels them, as asked.
    pub async fn update(
        &self,
        organization_id: OrganizationId,
        id: WebhookId,
        request: UpdateWebhook,
    ) -> Result<Webhook, UpdateWebhookError> {
        let change = self.judge(request)?;
        if self.get(organization_id, id).await?.is_none() {
            return Err(UpdateWebhookError::NotFound);
        }
        if let Some(url) = &change.url {
            self.check_reachable(url).await?;
        }

        let mut work = self.store.begin().await?;
        if let Some(url) = &change.url {
            work.lock_organization(organization_id).await?.ok_or(UpdateWebhookError::NotFound)?;
            if work.registration_facts(organization_id, url.canonical(), Some(id)).await?.url_taken {
                return Err(UpdateWebhookError::Duplicate);
            }
        }
        let mut webhook =
            work.lock_webhook(organization_id, id).await?.ok_or(UpdateWebhookError::NotFound)?;
        let now = self.clock.now();
        let waiting = change.apply(&mut webhook, now);
        work.update_webhook(&webhook).await?;
        if let Some(how) = waiting {
            work.move_waiting(id, how, now).await?;
        }
        work.commit().await?;
        Ok(webhook)
    }

    fn judge(&self, request: UpdateWebhook) -> Result<WebhookChange, Rejection> {
        let change = WebhookChange {
            events: request.events.map(|names| EventSet::parse(&names, &self.catalog)).transpose()?,
            url: request.url.map(|text| WebhookUrl::parse(&text, &self.url_rules)).transpose()?,
            active: request.active,
            held: request.held,
        };
        change.check()?;
        Ok(change)
    }
}
