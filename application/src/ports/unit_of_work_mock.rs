//! The mock of a unit of work, which is several traits in one.

use super::{
    ApiKeyRecord, BookingCalendar, IdempotencyLedger, OrganizationRegistry, Outbox, OutboxTable,
    ReplayRegistry, StoreError, UnitOfWork, WantedSlot, WebhookRegistry,
};
use async_trait::async_trait;
use slotflow_domain::booking::{Booking, TimeSlot};
use slotflow_domain::delivery::{Delivery, Replay, ReplayStretch};
use slotflow_domain::event::{Event, EventType, OutboxPosition, OutboxRow};
use slotflow_domain::idempotency::KeptAnswer;
use slotflow_domain::organization::{Organization, PlanName};
use slotflow_domain::webhook::{CanonicalUrl, RegistrationFacts, WaitingDeliveries, Webhook};
use slotflow_domain::{ApiKeyId, BookingId, DeliveryId, OrganizationId, ReplayId, Timestamp, WebhookId};
use std::collections::BTreeSet;

mockall::mock! {
    /// A unit of work that does as it is told.
    pub UnitOfWork {}

    #[async_trait]
    impl OrganizationRegistry for UnitOfWork {
        async fn insert_organization(&mut self, organization: &Organization) -> Result<(), StoreError>;
        async fn lock_organization(&mut self, id: OrganizationId) -> Result<Option<Organization>, StoreError>;
        async fn set_plan(&mut self, id: OrganizationId, plan: PlanName) -> Result<(), StoreError>;
        async fn insert_api_key(&mut self, key: &ApiKeyRecord) -> Result<(), StoreError>;
        async fn revoke_api_key(&mut self, id: ApiKeyId, now: Timestamp) -> Result<Option<ApiKeyRecord>, StoreError>;
    }

    #[async_trait]
    impl WebhookRegistry for UnitOfWork {
        async fn registration_facts(
            &mut self,
            organization_id: OrganizationId,
            url: &CanonicalUrl,
            except: Option<WebhookId>,
        ) -> Result<RegistrationFacts, StoreError>;
        async fn insert_webhook(&mut self, webhook: &Webhook) -> Result<(), StoreError>;
        async fn lock_webhook(
            &mut self,
            organization_id: OrganizationId,
            id: WebhookId,
        ) -> Result<Option<Webhook>, StoreError>;
        async fn update_webhook(&mut self, webhook: &Webhook) -> Result<(), StoreError>;
        async fn delete_webhook(&mut self, id: WebhookId, now: Timestamp) -> Result<(), StoreError>;
        async fn move_waiting(
            &mut self,
            id: WebhookId,
            how: WaitingDeliveries,
            now: Timestamp,
        ) -> Result<u64, StoreError>;
    }

    #[async_trait]
    impl BookingCalendar for UnitOfWork {
        async fn lock_calendars(&mut self, wanted: &[WantedSlot]) -> Result<Vec<Vec<TimeSlot>>, StoreError>;
        async fn insert_bookings(&mut self, bookings: &[Booking]) -> Result<(), StoreError>;
        async fn lock_booking(
            &mut self,
            organization_id: OrganizationId,
            id: BookingId,
        ) -> Result<Option<Booking>, StoreError>;
        async fn update_booking(&mut self, booking: &Booking) -> Result<(), StoreError>;
    }

    #[async_trait]
    impl Outbox for UnitOfWork {
        async fn webhooks_wanting(
            &mut self,
            organizations: &BTreeSet<OrganizationId>,
            event_type: &EventType,
        ) -> Result<Vec<Webhook>, StoreError>;
        async fn insert_events(&mut self, events: &[Event], deliveries: &[Delivery]) -> Result<(), StoreError>;
        async fn delivery_and_event(
            &mut self,
            organization_id: OrganizationId,
            id: DeliveryId,
        ) -> Result<Option<(Delivery, Event)>, StoreError>;
        async fn insert_deliveries(&mut self, deliveries: &[Delivery]) -> Result<(), StoreError>;
    }

    #[async_trait]
    impl OutboxTable for UnitOfWork {
        async fn write_outbox_row(
            &mut self,
            organization_id: &str,
            event_type: &str,
            data: &str,
        ) -> Result<(), StoreError>;
        async fn lock_outbox_rows(
            &mut self,
            after: Option<OutboxPosition>,
            limit: usize,
        ) -> Result<Vec<OutboxRow>, StoreError>;
        async fn remove_outbox_rows(&mut self, rows: &[OutboxPosition]) -> Result<(), StoreError>;
        async fn refuse_outbox_row(
            &mut self,
            row: OutboxPosition,
            reason: &str,
            now: Timestamp,
        ) -> Result<(), StoreError>;
        async fn readmit_outbox_row(&mut self, row: OutboxPosition) -> Result<bool, StoreError>;
    }

    #[async_trait]
    impl ReplayRegistry for UnitOfWork {
        async fn insert_replay(&mut self, replay: &Replay) -> Result<(), StoreError>;
        async fn lock_replay(&mut self, id: ReplayId) -> Result<Option<Replay>, StoreError>;
        async fn count_waiting(&mut self, webhook_id: WebhookId, at_most: usize) -> Result<usize, StoreError>;
        async fn next_selected(
            &mut self,
            replay: &Replay,
            room: usize,
        ) -> Result<ReplayStretch<Delivery>, StoreError>;
        async fn update_replay(&mut self, replay: &Replay) -> Result<(), StoreError>;
    }

    #[async_trait]
    impl IdempotencyLedger for UnitOfWork {
        async fn keep_answer(&mut self, answer: &KeptAnswer) -> Result<Option<KeptAnswer>, StoreError>;
    }

    #[async_trait]
    impl UnitOfWork for UnitOfWork {
        async fn commit(self: Box<Self>) -> Result<(), StoreError>;
    }
}
