//! Reading what is there.

use super::{ApiKeyRecord, StoreError};
use async_trait::async_trait;
use slotflow_domain::booking::{Booking, BookingStatus};
use slotflow_domain::health::{OrganizationHour, WebhookHour};
use slotflow_domain::idempotency::{IdempotencyKey, KeptAnswer};
use slotflow_domain::organization::{ApiKeyDigest, Organization};
use slotflow_domain::webhook::Webhook;
use slotflow_domain::{ApiKeyId, BookingId, HumanId, OrganizationId, Timestamp, WebhookId};

/// Which bookings to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BookingFilter {
    /// Only this human's.
    pub human_id: Option<HumanId>,
    /// Only those with this status.
    pub status: Option<BookingStatus>,
    /// Only those that start at this moment or later.
    pub starts_from: Option<Timestamp>,
    /// Only those that start at this moment or earlier.
    pub starts_until: Option<Timestamp>,
    /// How many at the most; 0 by default, so it has to be said.
    pub limit: u32,
    /// How many to pass over.
    pub offset: u64,
}

/// A part of a list of bookings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookingPage {
    /// The bookings, latest start first.
    pub bookings: Vec<Booking>,
    /// How many there are in all that pass the filter.
    pub total: u64,
}

/// How a webhook has fared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebhookHistory {
    /// What its attempts came to, in any order; hours without an attempt are left out.
    pub hours: Vec<WebhookHour>,
    /// When the oldest of its pending deliveries was made.
    pub oldest_pending_at: Option<Timestamp>,
}

/// Reads organizations, webhooks, bookings and kept answers. What belongs to another organization is not there.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Directory: Send + Sync {
    /// Whose key this is, unless it was revoked.
    async fn key_holder(&self, digest: ApiKeyDigest) -> Result<Option<OrganizationId>, StoreError>;

    /// One key, unless it was revoked.
    async fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKeyRecord>, StoreError>;

    /// Every organization, oldest first.
    async fn organizations(&self) -> Result<Vec<Organization>, StoreError>;

    /// One organization.
    async fn organization(&self, id: OrganizationId) -> Result<Option<Organization>, StoreError>;

    /// The organization's keys, revoked ones included, oldest first.
    async fn api_keys(&self, organization_id: OrganizationId) -> Result<Vec<ApiKeyRecord>, StoreError>;

    /// The organization's webhooks, oldest first: disabled ones and those whose secrets are unreadable included, deleted
    /// ones not.
    async fn webhooks(&self, organization_id: OrganizationId) -> Result<Vec<Webhook>, StoreError>;

    /// One of its webhooks.
    async fn webhook(
        &self,
        organization_id: OrganizationId,
        id: WebhookId,
    ) -> Result<Option<Webhook>, StoreError>;

    /// How one of its webhooks has fared since the hour that begins at `from`; nothing of one that is not there.
    async fn webhook_history(
        &self,
        organization_id: OrganizationId,
        id: WebhookId,
        from: Timestamp,
    ) -> Result<WebhookHistory, StoreError>;

    /// The same of several webhooks, in the order of their identifiers; those that are not there are left out.
    async fn webhook_histories(
        &self,
        organization_id: OrganizationId,
        ids: Vec<WebhookId>,
        from: Timestamp,
    ) -> Result<Vec<(WebhookId, WebhookHistory)>, StoreError>;

    /// What the attempts of all its webhooks came to since the hour that begins at `from`, oldest hour first; hours
    /// without an attempt are left out, and so is what deleted webhooks did.
    async fn organization_hours(
        &self,
        organization_id: OrganizationId,
        from: Timestamp,
    ) -> Result<Vec<OrganizationHour>, StoreError>;

    /// Its webhooks with failed attempts since the hour that begins at `from`, at most `limit`: most failed attempts
    /// first, then in the order of their identifiers. Disabled ones included, deleted ones not.
    async fn failing_webhooks(
        &self,
        organization_id: OrganizationId,
        from: Timestamp,
        limit: u32,
    ) -> Result<Vec<WebhookId>, StoreError>;

    /// Its bookings that pass the filter.
    async fn bookings(
        &self,
        organization_id: OrganizationId,
        filter: BookingFilter,
    ) -> Result<BookingPage, StoreError>;

    /// One of its bookings.
    async fn booking(
        &self,
        organization_id: OrganizationId,
        id: BookingId,
    ) -> Result<Option<Booking>, StoreError>;

    /// The answer that is kept under its key, expired or not.
    async fn kept_answer(
        &self,
        organization_id: OrganizationId,
        key: IdempotencyKey,
    ) -> Result<Option<KeptAnswer>, StoreError>;
}
