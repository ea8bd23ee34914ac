//! Registering a webhook.

use super::Webhooks;
use crate::Prepared;
use crate::ports::StoreError;
use slotflow_domain::event::EventSet;
use slotflow_domain::signing::SigningSecret;
use slotflow_domain::webhook::{Refusal, Webhook, WebhookActivity, WebhookUrl, admit};
use slotflow_domain::{OrganizationId, Rejection, WebhookId};

/// What a client asks to register, not judged yet.
#[derive(Clone, Debug)]
pub struct RegisterWebhook {
    /// Where events should go.
    pub url: String,
    /// Which events, by name.
    pub events: Vec<String>,
}

/// Why a webhook was not registered, in the order of the checks.
#[derive(Debug, thiserror::Error)]
pub enum RegisterWebhookError {
    /// A member of the request breaks a rule.
    #[error(transparent)]
    Invalid(#[from] Rejection),
    /// The URL is registered already, or the plan allows no more.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such organization any more.
    #[error("there is no such organization")]
    NoOrganization,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Webhooks {
    /// Registers a URL for events: body valid, URL acceptable, not a duplicate, below the plan's limit, in
    /// this order. The facts for the last two are read and the webhook is written under one lock.
    pub async fn register(
        &self,
        organization_id: OrganizationId,
        request: RegisterWebhook,
    ) -> Result<Webhook, RegisterWebhookError> {
        Ok(self.prepare_registration(organization_id, request).await?.commit().await?)
    }

    /// The same, ready to be committed.
    pub async fn prepare_registration(
        &self,
        organization_id: OrganizationId,
        request: RegisterWebhook,
    ) -> Result<Prepared<Webhook>, RegisterWebhookError> {
        let events = EventSet::parse(&request.events, &self.catalog)?;
        let url = WebhookUrl::parse(&request.url, &self.url_rules).map_err(Rejection::from)?;
        self.check_reachable(&url).await?;

        let mut work = self.store.begin().await?;
        let organization =
            work.lock_organization(organization_id).await?.ok_or(RegisterWebhookError::NoOrganization)?;
        let facts = work.registration_facts(organization_id, url.canonical(), None).await?;
        admit(facts, &organization.plan, &self.limits)?;

        let now = self.clock.now();
        let webhook = Webhook {
            id: WebhookId::new(self.entropy.id(now)),
            organization_id,
            url,
            events,
            secrets: SigningSecret::from_random(self.entropy.secret_bytes()).into(),
            activity: WebhookActivity::Active,
            active_since: now,
            created_at: now,
        };
        work.insert_webhook(&webhook).await?;
        Ok(Prepared::new(work, webhook))
    }
}
