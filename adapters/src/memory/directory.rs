//! Reading organizations, webhooks and bookings.

use super::MemoryStore;
use async_trait::async_trait;
use slotflow_application::ports::{
    ApiKeyRecord, BookingFilter, BookingPage, Directory, StoreError, WebhookHistory,
};
use slotflow_domain::booking::Booking;
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::idempotency::{IdempotencyKey, KeptAnswer};
use slotflow_domain::organization::{ApiKeyDigest, Organization};
use slotflow_domain::webhook::Webhook;
use slotflow_domain::{BookingId, OrganizationId, Timestamp, WebhookId};
use std::cmp::Reverse;

#[async_trait]
impl Directory for MemoryStore {
    async fn key_holder(&self, digest: ApiKeyDigest) -> Result<Option<OrganizationId>, StoreError> {
        let state = self.state();
        let key = state.api_keys.values().find(|key| key.digest == digest && key.revoked_at.is_none());
        Ok(key.map(|key| key.organization_id))
    }

    async fn organizations(&self) -> Result<Vec<Organization>, StoreError> {
        let state = self.state();
        let mut all: Vec<_> = state.organizations.values().map(|it| Organization::clone(it)).collect();
        all.sort_by_key(|organization| (organization.created_at, organization.id));
        Ok(all)
    }

    async fn organization(&self, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
        Ok(self.state().organizations.get(&id).map(|it| Organization::clone(it)))
    }

    async fn api_keys(&self, organization_id: OrganizationId) -> Result<Vec<ApiKeyRecord>, StoreError> {
        let state = self.state();
        let keys = state.api_keys.values().filter(|key| key.organization_id == organization_id);
        let mut keys: Vec<_> = keys.map(|key| ApiKeyRecord::clone(key)).collect();
        keys.sort_by_key(|key| (key.created_at, key.id));
        Ok(keys)
    }

    async fn webhooks(&self, organization_id: OrganizationId) -> Result<Vec<Webhook>, StoreError> {
        let mut webhooks: Vec<_> = self.state().webhooks_of(organization_id).cloned().collect();
        webhooks.sort_by_key(|webhook| (webhook.created_at, webhook.id));
        Ok(webhooks)
    }

    async fn webhook(
        &self,
        organization_id: OrganizationId,
        id: WebhookId,
    ) -> Result<Option<Webhook>, StoreError> {
        Ok(self.state().webhook_of(organization_id, id).cloned())
    }

    async fn webhook_history(
        &self,
        organization_id: OrganizationId,
        id: WebhookId,
        from: Timestamp,
    ) -> Result<WebhookHistory, StoreError> {
        let state = self.state();
        if state.webhook_of(organization_id, id).is_none() {
            return Ok(WebhookHistory::default());
        }
        let theirs = state.deliveries.values().filter(|delivery| delivery.webhook_id == id);
        let pending = theirs.filter(|it| it.progress.state().status() == DeliveryStatus::Pending);
        let oldest_pending_at = pending.map(|delivery| delivery.created_at).min();
        Ok(WebhookHistory { hours: state.hours_since(id, from), oldest_pending_at })
    }

    async fn bookings(
        &self,
        organization_id: OrganizationId,
        filter: BookingFilter,
    ) -> Result<BookingPage, StoreError> {
        let state = self.state();
        let passes = |booking: &&Booking| {
            booking.organization_id == organization_id
                && filter.human_id.is_none_or(|human| booking.human_id == human)
                && filter.status.is_none_or(|status| booking.status == status)
                && filter.starts_from.is_none_or(|from| booking.slot.starts_at() >= from)
                && filter.starts_until.is_none_or(|until| booking.slot.starts_at() <= until)
        };
        let mut bookings: Vec<_> = state.bookings.values().map(|it| &**it).filter(passes).collect();
        bookings.sort_by_key(|booking| Reverse((booking.slot.starts_at(), booking.id)));
        let total = u64::try_from(bookings.len()).unwrap_or(u64::MAX);
        let (offset, limit) = (usize::try_from(filter.offset), usize::try_from(filter.limit));
        let page = bookings.into_iter().skip(offset.unwrap_or(usize::MAX)).take(limit.unwrap_or(usize::MAX));
        Ok(BookingPage { bookings: page.cloned().collect(), total })
    }

    async fn booking(
        &self,
        organization_id: OrganizationId,
        id: BookingId,
    ) -> Result<Option<Booking>, StoreError> {
        let state = self.state();
        let booking = state.bookings.get(&id).filter(|booking| booking.organization_id == organization_id);
        Ok(booking.map(|it| Booking::clone(it)))
    }

    async fn kept_answer(
        &self,
        organization_id: OrganizationId,
        key: IdempotencyKey,
    ) -> Result<Option<KeptAnswer>, StoreError> {
        Ok(self.state().answers.get(&(organization_id, key)).map(|kept| KeptAnswer::clone(kept)))
    }
}
