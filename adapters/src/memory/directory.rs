//! Reading organizations, webhooks and bookings.

use super::MemoryStore;
use async_trait::async_trait;
use slotflow_application::ports::{
    ApiKeyRecord, BookingFilter, BookingPage, Directory, StoreError, WebhookHistory,
};
use slotflow_domain::booking::Booking;
use slotflow_domain::health::OrganizationHour;
use slotflow_domain::idempotency::{IdempotencyKey, KeptAnswer};
use slotflow_domain::organization::{ApiKeyDigest, Organization};
use slotflow_domain::webhook::Webhook;
use slotflow_domain::{ApiKeyId, BookingId, OrganizationId, Timestamp, WebhookId};
use std::cmp::Reverse;
use std::collections::BTreeSet;

#[async_trait]
impl Directory for MemoryStore {
    async fn key_holder(&self, digest: ApiKeyDigest) -> Result<Option<OrganizationId>, StoreError> {
        let state = self.state();
        let key = state.api_keys.values().find(|key| key.digest == digest && key.revoked_at.is_none());
        Ok(key.map(|key| key.organization_id))
    }

    async fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKeyRecord>, StoreError> {
        let state = self.state();
        let key = state.api_keys.get(&id).filter(|key| key.revoked_at.is_none());
        Ok(key.map(|key| ApiKeyRecord::clone(key)))
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
        Ok(self.state().history(organization_id, id, from).unwrap_or_default())
    }

    async fn webhook_histories(
        &self,
        organization_id: OrganizationId,
        ids: Vec<WebhookId>,
        from: Timestamp,
    ) -> Result<Vec<(WebhookId, WebhookHistory)>, StoreError> {
        let state = self.state();
        let ids: BTreeSet<_> = ids.into_iter().collect();
        let histories = ids.into_iter().map(|id| (id, state.history(organization_id, id, from)));
        Ok(histories.filter_map(|(id, history)| Some((id, history?))).collect())
    }

    async fn organization_hours(
        &self,
        organization_id: OrganizationId,
        from: Timestamp,
    ) -> Result<Vec<OrganizationHour>, StoreError> {
        Ok(self.state().organization_hours(organization_id, from))
    }

    async fn failing_webhooks(
        &self,
        organization_id: OrganizationId,
        from: Timestamp,
        limit: u32,
    ) -> Result<Vec<WebhookId>, StoreError> {
        let mut failing = self.state().failed_attempts(organization_id, from);
        failing.sort_by_key(|(id, attempts)| (Reverse(*attempts), *id));
        failing.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(failing.into_iter().map(|(id, _)| id).collect())
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
