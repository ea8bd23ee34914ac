//! A process's view of the store: units of work that may fail at every step.

use super::changes::Changes;
use super::counters::Sometimes;
use super::defect::Defect;
use super::process::{Process, unavailable};
use async_trait::async_trait;
use slotflow_application::ports::{
    ApiKeyRecord, BookingCalendar, BookingFilter, BookingPage, Directory, IdempotencyLedger,
    OrganizationRegistry, Outbox, OutboxTable, ReplayRegistry, Store, StoreError, UnitOfWork, WantedSlot,
    WebhookHistory, WebhookRegistry,
};
use slotflow_domain::booking::{Booking, TimeSlot};
use slotflow_domain::delivery::{Delivery, Replay, ReplayStretch};
use slotflow_domain::event::{Event, EventType, OutboxPosition, OutboxRow};
use slotflow_domain::health::OrganizationHour;
use slotflow_domain::idempotency::{IdempotencyKey, KeptAnswer};
use slotflow_domain::organization::{ApiKeyDigest, Organization, PlanName};
use slotflow_domain::webhook::{CanonicalUrl, RegistrationFacts, WaitingDeliveries, Webhook};
use slotflow_domain::{ApiKeyId, BookingId, DeliveryId, OrganizationId, ReplayId, Timestamp, WebhookId};
use std::collections::BTreeSet;

/// The store as one process reaches it.
pub(super) struct ProcessStore {
    /// Whose view it is.
    pub(super) process: Process,
}

/// A unit of work of one process, with a note of what it changed.
struct ProcessWork {
    process: Process,
    /// The store's unit of work, while its process has it: the store ends those of the dead and the silent.
    inner: Option<Box<dyn UnitOfWork>>,
    changes: Changes,
}

#[async_trait]
impl Store for ProcessStore {
    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        self.process.enter("begin").await?;
        let inner = self.process.world.store().begin().await?;
        let inner = Some(inner);
        Ok(Box::new(ProcessWork { process: self.process.clone(), inner, changes: Changes::default() }))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.process.enter("ping").await
    }
}

impl ProcessWork {
    /// Before a call: whoever dies or stands still loses the unit of work.
    async fn enter(&mut self, point: &'static str) -> Result<&mut Box<dyn UnitOfWork>, StoreError> {
        self.process.interlude(point).await;
        if self.process.hindrance().is_some() {
            self.inner = None;
            self.process.gate().await;
        }
        self.process.reach_store()?;
        self.inner.as_mut().ok_or_else(|| unavailable("the unit of work was ended"))
    }

    fn defect(&self) -> Option<Defect> {
        self.process.world.defect()
    }
}

#[async_trait]
impl OrganizationRegistry for ProcessWork {
    async fn insert_organization(&mut self, organization: &Organization) -> Result<(), StoreError> {
        self.enter("insert organization").await?.insert_organization(organization).await
    }

    async fn lock_organization(&mut self, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
        self.enter("lock organization").await?.lock_organization(id).await
    }

    async fn set_plan(&mut self, id: OrganizationId, plan: PlanName) -> Result<(), StoreError> {
        self.changes.organizations.push(id);
        self.enter("set plan").await?.set_plan(id, plan).await
    }

    async fn insert_api_key(&mut self, key: &ApiKeyRecord) -> Result<(), StoreError> {
        self.enter("insert key").await?.insert_api_key(key).await
    }

    async fn revoke_api_key(
        &mut self,
        id: ApiKeyId,
        now: Timestamp,
    ) -> Result<Option<ApiKeyRecord>, StoreError> {
        self.enter("revoke key").await?.revoke_api_key(id, now).await
    }
}

#[async_trait]
impl WebhookRegistry for ProcessWork {
    async fn registration_facts(
        &mut self,
        organization_id: OrganizationId,
        url: &CanonicalUrl,
        except: Option<WebhookId>,
    ) -> Result<RegistrationFacts, StoreError> {
        let facts =
            self.enter("registration facts").await?.registration_facts(organization_id, url, except).await?;
        Ok(self.defect().map_or(facts, |defect| defect.facts(facts)))
    }

    async fn insert_webhook(&mut self, webhook: &Webhook) -> Result<(), StoreError> {
        self.changes.organizations.push(webhook.organization_id);
        self.changes.webhooks.push(webhook.clone());
        self.enter("insert webhook").await?.insert_webhook(webhook).await
    }

    async fn lock_webhook(
        &mut self,
        organization_id: OrganizationId,
        id: WebhookId,
    ) -> Result<Option<Webhook>, StoreError> {
        let found = self.enter("lock webhook").await?.lock_webhook(organization_id, id).await?;
        self.changes.locked = found.clone().or_else(|| self.changes.locked.take());
        Ok(found)
    }

    async fn update_webhook(&mut self, webhook: &Webhook) -> Result<(), StoreError> {
        self.changes.organizations.push(webhook.organization_id);
        self.changes.webhooks.push(webhook.clone());
        let defect = self.defect();
        let inner = self.enter("update webhook").await?;
        match defect {
            Some(Defect::DisablingForgotten) => {
                let activity = slotflow_domain::webhook::WebhookActivity::Active;
                inner.update_webhook(&Webhook { activity, ..webhook.clone() }).await
            }
            _ => inner.update_webhook(webhook).await,
        }
    }

    async fn delete_webhook(&mut self, id: WebhookId, now: Timestamp) -> Result<(), StoreError> {
        if let Some(webhook) = self.changes.locked.clone().filter(|webhook| webhook.id == id) {
            self.changes.deleted.push(webhook);
        }
        self.enter("delete webhook").await?.delete_webhook(id, now).await
    }

    async fn move_waiting(
        &mut self,
        id: WebhookId,
        how: WaitingDeliveries,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let defect = self.defect();
        let inner = self.enter("move waiting").await?;
        match (defect, how) {
            (Some(Defect::DeleteKeepsWaiting), WaitingDeliveries::Cancel)
            | (Some(Defect::DisableKeepsWaiting), WaitingDeliveries::Hold)
            | (Some(Defect::EnableForgetsHeld), WaitingDeliveries::Resume) => Ok(0),
            (_, how) => inner.move_waiting(id, how, now).await,
        }
    }
}

#[async_trait]
impl BookingCalendar for ProcessWork {
    async fn lock_calendars(&mut self, wanted: &[WantedSlot]) -> Result<Vec<Vec<TimeSlot>>, StoreError> {
        let taken = self.enter("lock calendars").await?.lock_calendars(wanted).await?;
        Ok(if self.defect() == Some(Defect::CalendarUnread) { vec![Vec::new(); wanted.len()] } else { taken })
    }

    async fn insert_bookings(&mut self, bookings: &[Booking]) -> Result<(), StoreError> {
        self.changes.bookings.extend_from_slice(bookings);
        if bookings.len() > 1 {
            self.process.world.sometimes(Sometimes::BookedTogether);
        }
        let apart = self.defect() == Some(Defect::EventApartFromBooking);
        let inner = self.enter("insert bookings").await?;
        if apart { Ok(()) } else { inner.insert_bookings(bookings).await }
    }

    async fn lock_booking(
        &mut self,
        organization_id: OrganizationId,
        id: BookingId,
    ) -> Result<Option<Booking>, StoreError> {
        let mut found = self.enter("lock booking").await?.lock_booking(organization_id, id).await?;
        if let (Some(Defect::CancelledTwice), Some(booking)) = (self.defect(), &mut found) {
            booking.status = slotflow_domain::booking::BookingStatus::Confirmed;
        }
        Ok(found)
    }

    async fn update_booking(&mut self, booking: &Booking) -> Result<(), StoreError> {
        self.changes.bookings.push(booking.clone());
        self.enter("update booking").await?.update_booking(booking).await
    }
}

#[async_trait]
impl Outbox for ProcessWork {
    async fn webhooks_wanting(
        &mut self,
        organizations: &BTreeSet<OrganizationId>,
        event_type: &EventType,
    ) -> Result<Vec<Webhook>, StoreError> {
        let inner = self.enter("webhooks wanting").await?;
        let mut wanting = inner.webhooks_wanting(organizations, event_type).await?;
        if let Some(defect) = self.defect() {
            for organization_id in organizations {
                defect.wanting(&self.process.world, *organization_id, &mut wanting).await?;
            }
        }
        Ok(wanting)
    }

    async fn insert_events(&mut self, events: &[Event], deliveries: &[Delivery]) -> Result<(), StoreError> {
        for event in events {
            let theirs = deliveries.iter().filter(|delivery| delivery.event_id == event.id);
            self.changes.events.push((event.clone(), theirs.cloned().collect()));
        }
        let cut_short = self.defect() == Some(Defect::DeliveriesAfterEvent)
            && self.process.world.state().dice.chance(100_000);
        let inner = self.enter("insert events").await?;
        inner.insert_events(events, if cut_short { &[] } else { deliveries }).await
    }

    async fn delivery_and_event(
        &mut self,
        organization_id: OrganizationId,
        id: DeliveryId,
    ) -> Result<Option<(Delivery, Event)>, StoreError> {
        self.enter("delivery and event").await?.delivery_and_event(organization_id, id).await
    }

    async fn insert_deliveries(&mut self, deliveries: &[Delivery]) -> Result<(), StoreError> {
        self.enter("insert deliveries").await?.insert_deliveries(deliveries).await
    }
}

#[async_trait]
impl OutboxTable for ProcessWork {
    async fn write_outbox_row(
        &mut self,
        organization_id: &str,
        event_type: &str,
        data: &str,
    ) -> Result<(), StoreError> {
        self.enter("write outbox row").await?.write_outbox_row(organization_id, event_type, data).await
    }

    async fn lock_outbox_rows(
        &mut self,
        after: Option<OutboxPosition>,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        self.enter("lock outbox rows").await?.lock_outbox_rows(after, limit).await
    }

    async fn remove_outbox_rows(&mut self, rows: &[OutboxPosition]) -> Result<(), StoreError> {
        self.enter("remove outbox rows").await?.remove_outbox_rows(rows).await
    }

    async fn refuse_outbox_row(
        &mut self,
        row: OutboxPosition,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.enter("refuse outbox row").await?.refuse_outbox_row(row, reason, now).await
    }

    async fn readmit_outbox_row(&mut self, row: OutboxPosition) -> Result<bool, StoreError> {
        self.enter("readmit outbox row").await?.readmit_outbox_row(row).await
    }
}

#[async_trait]
impl ReplayRegistry for ProcessWork {
    async fn insert_replay(&mut self, replay: &Replay) -> Result<(), StoreError> {
        self.enter("insert replay").await?.insert_replay(replay).await
    }

    async fn lock_replay(&mut self, id: ReplayId) -> Result<Option<Replay>, StoreError> {
        self.enter("lock replay").await?.lock_replay(id).await
    }

    async fn count_waiting(&mut self, webhook_id: WebhookId, at_most: usize) -> Result<usize, StoreError> {
        self.enter("count waiting").await?.count_waiting(webhook_id, at_most).await
    }

    async fn next_selected(
        &mut self,
        replay: &Replay,
        room: usize,
    ) -> Result<ReplayStretch<Delivery>, StoreError> {
        self.enter("next selected").await?.next_selected(replay, room).await
    }

    async fn update_replay(&mut self, replay: &Replay) -> Result<(), StoreError> {
        self.enter("update replay").await?.update_replay(replay).await
    }
}

#[async_trait]
impl IdempotencyLedger for ProcessWork {
    async fn keep_answer(&mut self, answer: &KeptAnswer) -> Result<Option<KeptAnswer>, StoreError> {
        self.changes.answers.push(answer.clone());
        let apart = self.defect() == Some(Defect::AnswerKeptApart);
        let inner = self.enter("keep answer").await?;
        if apart { Ok(None) } else { inner.keep_answer(answer).await }
    }
}

#[async_trait]
impl UnitOfWork for ProcessWork {
    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        self.enter("commit").await?;
        let Some(inner) = self.inner.take() else { return Err(unavailable("the unit of work was ended")) };
        let world = self.process.world.clone();
        let changes = std::mem::take(&mut self.changes);
        if world.has(Defect::AnsweredBeforeCommit) {
            let process = self.process.clone();
            tokio::spawn(async move {
                process.world.timeline().sleep(super::timeline::SECOND).await;
                if inner.commit().await.is_ok() {
                    process.world.state().committed(process.world.store(), &process, &changes);
                }
            });
            return Ok(());
        }
        inner.commit().await?;
        if world.has(Defect::EventApartFromBooking) {
            Defect::book_apart(&world, &changes).await?;
        }
        world.state().committed(world.store(), &self.process, &changes);
        if world.has(Defect::AnswerKeptApart) {
            Defect::keep_apart(&world, &changes).await?;
        }
        self.process.leave("committed").await.inspect_err(|_| world.sometimes(Sometimes::CommitUnknown))?;
        world.state().oracle.heard_of_claims(&self.process, changes.claims());
        Ok(())
    }
}

#[async_trait]
impl Directory for ProcessStore {
    async fn key_holder(&self, digest: ApiKeyDigest) -> Result<Option<OrganizationId>, StoreError> {
        self.process.enter("key holder").await?;
        self.process.world.store().key_holder(digest).await
    }

    async fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKeyRecord>, StoreError> {
        self.process.enter("key").await?;
        self.process.world.store().api_key(id).await
    }

    async fn organizations(&self) -> Result<Vec<Organization>, StoreError> {
        self.process.enter("organizations").await?;
        self.process.world.store().organizations().await
    }

    async fn organization(&self, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
        self.process.enter("organization").await?;
        self.process.world.store().organization(id).await
    }

    async fn api_keys(&self, organization_id: OrganizationId) -> Result<Vec<ApiKeyRecord>, StoreError> {
        self.process.enter("keys").await?;
        self.process.world.store().api_keys(organization_id).await
    }

    async fn webhooks(&self, organization_id: OrganizationId) -> Result<Vec<Webhook>, StoreError> {
        self.process.enter("webhooks").await?;
        self.process.world.store().webhooks(organization_id).await
    }

    async fn webhook(
        &self,
        organization_id: OrganizationId,
        id: WebhookId,
    ) -> Result<Option<Webhook>, StoreError> {
        self.process.enter("webhook").await?;
        self.process.world.store().webhook(organization_id, id).await
    }

    async fn webhook_history(
        &self,
        organization_id: OrganizationId,
        id: WebhookId,
        from: Timestamp,
    ) -> Result<WebhookHistory, StoreError> {
        self.process.enter("webhook history").await?;
        self.process.world.store().webhook_history(organization_id, id, from).await
    }

    async fn webhook_histories(
        &self,
        organization_id: OrganizationId,
        ids: Vec<WebhookId>,
        from: Timestamp,
    ) -> Result<Vec<(WebhookId, WebhookHistory)>, StoreError> {
        self.process.enter("webhook histories").await?;
        self.process.world.store().webhook_histories(organization_id, ids, from).await
    }

    async fn organization_hours(
        &self,
        organization_id: OrganizationId,
        from: Timestamp,
    ) -> Result<Vec<OrganizationHour>, StoreError> {
        self.process.enter("organization hours").await?;
        self.process.world.store().organization_hours(organization_id, from).await
    }

    async fn failing_webhooks(
        &self,
        organization_id: OrganizationId,
        from: Timestamp,
        limit: u32,
    ) -> Result<Vec<WebhookId>, StoreError> {
        self.process.enter("failing webhooks").await?;
        self.process.world.store().failing_webhooks(organization_id, from, limit).await
    }

    async fn bookings(
        &self,
        organization_id: OrganizationId,
        filter: BookingFilter,
    ) -> Result<BookingPage, StoreError> {
        self.process.enter("bookings").await?;
        self.process.world.store().bookings(organization_id, filter).await
    }

    async fn booking(
        &self,
        organization_id: OrganizationId,
        id: BookingId,
    ) -> Result<Option<Booking>, StoreError> {
        self.process.enter("booking").await?;
        self.process.world.store().booking(organization_id, id).await
    }

    async fn kept_answer(
        &self,
        organization_id: OrganizationId,
        key: IdempotencyKey,
    ) -> Result<Option<KeptAnswer>, StoreError> {
        self.process.enter("kept answer").await?;
        self.process.world.store().kept_answer(organization_id, key).await
    }
}
