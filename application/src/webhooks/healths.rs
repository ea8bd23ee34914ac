//! How several webhooks fare, read at once.

use super::Webhooks;
use crate::ports::{Directory, StoreError, WebhookHistory};
use slotflow_domain::health::WebhookHealth;
use slotflow_domain::webhook::Webhook;
use slotflow_domain::{OrganizationId, Timestamp};
use std::collections::BTreeMap;

impl Webhooks {
    /// How these of the organization's webhooks fare, in their order.
    pub async fn healths(
        &self,
        organization_id: OrganizationId,
        webhooks: &[Webhook],
    ) -> Result<Vec<WebhookHealth>, StoreError> {
        healths(&*self.directory, organization_id, webhooks, self.clock.now()).await
    }
}

/// How these webhooks fare at `now`, in their order. Of one that was deleted meanwhile nothing is known.
pub(crate) async fn healths(
    directory: &dyn Directory,
    organization_id: OrganizationId,
    webhooks: &[Webhook],
    now: Timestamp,
) -> Result<Vec<WebhookHealth>, StoreError> {
    if webhooks.is_empty() {
        return Ok(Vec::new());
    }
    let ids = webhooks.iter().map(|webhook| webhook.id).collect();
    let from = WebhookHealth::looks_back_to(now);
    let histories = directory.webhook_histories(organization_id, ids, from).await?;
    let histories: BTreeMap<_, _> = histories.into_iter().collect();
    let health = |webhook: &Webhook| match histories.get(&webhook.id) {
        Some(WebhookHistory { hours, oldest_pending_at }) => {
            WebhookHealth::of(hours, now, *oldest_pending_at)
        }
        None => WebhookHealth::of(&[], now, None),
    };
    Ok(webhooks.iter().map(health).collect())
}
