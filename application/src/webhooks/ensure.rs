//! Seeing to it that a webhook is there.

use super::{RegisterWebhook, RegisterWebhookError, UpdateWebhook, UpdateWebhookError, Webhooks};
use slotflow_domain::event::EventSet;
use slotflow_domain::webhook::{Refusal, Webhook, WebhookUrl};
use slotflow_domain::{OrganizationId, Rejection};

impl Webhooks {
    /// Sees to it that this URL is registered for exactly these events: for a service that knows its own receivers, at each
    /// start. A webhook that is there keeps its secrets, and whether it is active. Costs a look at the organization's webhooks if
    /// nothing is to be done; several may do it at once.
    ///
    /// # Errors
    /// As of [`register`](Self::register), but never [`Refusal::Duplicate`] where it is still there.
    pub async fn ensure(
        &self,
        organization_id: OrganizationId,
        request: RegisterWebhook,
    ) -> Result<Webhook, RegisterWebhookError> {
        if let Some(webhook) = self.change_registered(organization_id, &request).await? {
            return Ok(webhook);
        }
        match self.register(organization_id, request.clone()).await {
            // Somebody else has just registered it: now it is there.
            Err(RegisterWebhookError::Refused(Refusal::Duplicate)) => self
                .change_registered(organization_id, &request)
                .await?
                .ok_or(RegisterWebhookError::Refused(Refusal::Duplicate)),
            registered => registered,
        }
    }

    /// The webhook at this URL, wanting these events from now on; `None` if there is none.
    async fn change_registered(
        &self,
        organization_id: OrganizationId,
        request: &RegisterWebhook,
    ) -> Result<Option<Webhook>, RegisterWebhookError> {
        let events = EventSet::parse(&request.events, &self.catalog)?;
        let url = WebhookUrl::parse(&request.url, &self.url_rules).map_err(Rejection::from)?;
        let known = self.list(organization_id).await?;
        let Some(known) = known.into_iter().find(|known| known.url.canonical() == url.canonical()) else {
            return Ok(None);
        };
        if known.events == events {
            return Ok(Some(known));
        }
        let change = UpdateWebhook { events: Some(request.events.clone()), ..UpdateWebhook::default() };
        match self.update(organization_id, known.id, change).await {
            Ok(webhook) => Ok(Some(webhook)),
            Err(UpdateWebhookError::NotFound) => Ok(None),
            Err(UpdateWebhookError::Duplicate) => Err(Refusal::Duplicate.into()),
            Err(UpdateWebhookError::Invalid(rejection)) => Err(rejection.into()),
            Err(UpdateWebhookError::Store(error)) => Err(error.into()),
        }
    }
}
