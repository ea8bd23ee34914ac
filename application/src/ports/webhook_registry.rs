//! Changing webhooks.

use super::StoreError;
use async_trait::async_trait;
use slotflow_domain::webhook::{CanonicalUrl, RegistrationFacts, WaitingDeliveries, Webhook};
use slotflow_domain::{OrganizationId, Timestamp, WebhookId};

/// Webhooks, within a unit of work.
#[async_trait]
pub trait WebhookRegistry {
    /// What the registration rule needs to know, leaving out deleted webhooks and `except`. True until the
    /// unit of work ends if the organization is locked.
    async fn registration_facts(
        &mut self,
        organization_id: OrganizationId,
        url: &CanonicalUrl,
        except: Option<WebhookId>,
    ) -> Result<RegistrationFacts, StoreError>;

    /// Adds a webhook. One whose secrets are unreadable is refused: it would never have had any.
    async fn insert_webhook(&mut self, webhook: &Webhook) -> Result<(), StoreError>;

    /// The organization's webhook, locked until the unit of work ends: meanwhile no event is published to it
    /// and no delivery claimed for it. Nothing if it was deleted, or belongs to someone else. Its secrets may be
    /// unreadable. Where they cannot be read for now, but may be later, it is an error and no webhook
    /// ([`StoreError::Unavailable`]): what is taken for unreadable is replaced, and gone then.
    async fn lock_webhook(
        &mut self,
        organization_id: OrganizationId,
        id: WebhookId,
    ) -> Result<Option<Webhook>, StoreError>;

    /// Writes a locked webhook's URL, events, secrets and activity. Secrets that are unreadable stay as they are kept.
    async fn update_webhook(&mut self, webhook: &Webhook) -> Result<(), StoreError>;

    /// Marks a locked webhook as deleted: it counts no more, and its URL is free again.
    async fn delete_webhook(&mut self, id: WebhookId, now: Timestamp) -> Result<(), StoreError>;

    /// Moves the deliveries that wait for a locked webhook; those being made are left alone. Answers how
    /// many were moved.
    async fn move_waiting(
        &mut self,
        id: WebhookId,
        how: WaitingDeliveries,
        now: Timestamp,
    ) -> Result<u64, StoreError>;
}
