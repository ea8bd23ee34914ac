//! Changes that take effect together.

use super::state::{WebhookRow, insert, refused, update};
use super::store::{Changes, Wake};
use async_trait::async_trait;
use slotflow_application::ports::{
    ApiKeyRecord, BookingCalendar, OrganizationRegistry, Outbox, StoreError, UnitOfWork, WantedSlot,
    WebhookRegistry,
};
use slotflow_domain::booking::{Booking, TimeSlot};
use slotflow_domain::delivery::Delivery;
use slotflow_domain::event::{Event, EventType};
use slotflow_domain::organization::{Organization, PlanName};
use slotflow_domain::webhook::{CanonicalUrl, RegistrationFacts, WaitingDeliveries, Webhook};
use slotflow_domain::{ApiKeyId, BookingId, DeliveryId, OrganizationId, Timestamp, WebhookId};
use std::collections::BTreeSet;

/// A unit of work. It is the only one while it lives, so that every lock its methods promise is held.
pub(super) struct MemoryUnitOfWork(pub(super) Changes);

impl MemoryUnitOfWork {
    /// The last line of defence behind the registration rule.
    fn check_url_is_free(&self, webhook: &Webhook) -> Result<(), StoreError> {
        let taken = self
            .0
            .state
            .webhooks_of(webhook.organization_id)
            .any(|other| other.id != webhook.id && other.url.canonical() == webhook.url.canonical());
        if taken { Err(refused("the organization has this URL already")) } else { Ok(()) }
    }

    pub(super) fn check_organization(&self, id: OrganizationId) -> Result<(), StoreError> {
        match self.0.state.organizations.contains_key(&id) {
            true => Ok(()),
            false => Err(refused("there is no such organization")),
        }
    }
}

#[async_trait]
impl OrganizationRegistry for MemoryUnitOfWork {
    async fn insert_organization(&mut self, organization: &Organization) -> Result<(), StoreError> {
        insert(&mut self.0.state.organizations, organization.id, organization.clone())
    }

    async fn lock_organization(&mut self, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
        Ok(self.0.state.organizations.get(&id).map(|organization| Organization::clone(organization)))
    }

    async fn set_plan(&mut self, id: OrganizationId, plan: PlanName) -> Result<(), StoreError> {
        let organization =
            self.lock_organization(id).await?.ok_or_else(|| refused("there is no such organization"))?;
        update(&mut self.0.state.organizations, id, Organization { plan, ..organization });
        Ok(())
    }

    async fn insert_api_key(&mut self, key: &ApiKeyRecord) -> Result<(), StoreError> {
        self.check_organization(key.organization_id)?;
        if self.0.state.api_keys.values().any(|other| other.digest == key.digest) {
            return Err(refused("there is such a key already"));
        }
        insert(&mut self.0.state.api_keys, key.id, key.clone())
    }

    async fn revoke_api_key(
        &mut self,
        id: ApiKeyId,
        now: Timestamp,
    ) -> Result<Option<ApiKeyRecord>, StoreError> {
        let Some(mut key) = self.0.state.api_keys.get(&id).map(|key| ApiKeyRecord::clone(key)) else {
            return Ok(None);
        };
        key.revoked_at.get_or_insert(now);
        update(&mut self.0.state.api_keys, id, key.clone());
        Ok(Some(key))
    }
}

#[async_trait]
impl WebhookRegistry for MemoryUnitOfWork {
    async fn registration_facts(
        &mut self,
        organization_id: OrganizationId,
        url: &CanonicalUrl,
        except: Option<WebhookId>,
    ) -> Result<RegistrationFacts, StoreError> {
        let mut facts = RegistrationFacts { registered: 0, url_taken: false };
        for webhook in self.0.state.webhooks_of(organization_id).filter(|webhook| Some(webhook.id) != except)
        {
            facts.registered += 1;
            facts.url_taken |= webhook.url.canonical() == url;
        }
        Ok(facts)
    }

    async fn insert_webhook(&mut self, webhook: &Webhook) -> Result<(), StoreError> {
        if webhook.secrets.current().is_none() {
            return Err(refused("a webhook without secrets"));
        }
        self.check_organization(webhook.organization_id)?;
        self.check_url_is_free(webhook)?;
        let row = WebhookRow { webhook: webhook.clone(), deleted_at: None };
        insert(&mut self.0.state.webhooks, webhook.id, row)
    }

    async fn lock_webhook(
        &mut self,
        organization_id: OrganizationId,
        id: WebhookId,
    ) -> Result<Option<Webhook>, StoreError> {
        Ok(self.0.state.webhook_of(organization_id, id).cloned())
    }

    async fn update_webhook(&mut self, webhook: &Webhook) -> Result<(), StoreError> {
        self.check_url_is_free(webhook)?;
        let known = self
            .0
            .state
            .webhook_of(webhook.organization_id, webhook.id)
            .ok_or_else(|| refused("there is no such webhook"))?;
        // What the port lets change; the rest stays.
        let Webhook { url, events, mut secrets, activity, active_since, .. } = webhook.clone();
        if secrets.current().is_none() {
            secrets = known.secrets.clone();
        }
        let webhook = Webhook { url, events, secrets, activity, active_since, ..known.clone() };
        update(&mut self.0.state.webhooks, webhook.id, WebhookRow { webhook, deleted_at: None });
        Ok(())
    }

    async fn delete_webhook(&mut self, id: WebhookId, now: Timestamp) -> Result<(), StoreError> {
        let row = self.0.state.webhooks.get(&id).ok_or_else(|| refused("there is no such webhook"))?;
        let mut row = WebhookRow::clone(row);
        row.deleted_at.get_or_insert(now);
        update(&mut self.0.state.webhooks, id, row);
        Ok(())
    }

    async fn move_waiting(
        &mut self,
        id: WebhookId,
        how: WaitingDeliveries,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        Ok(self.0.state.move_waiting(id, how, now))
    }
}

#[async_trait]
impl BookingCalendar for MemoryUnitOfWork {
    async fn lock_calendars(&mut self, wanted: &[WantedSlot]) -> Result<Vec<Vec<TimeSlot>>, StoreError> {
        Ok(wanted.iter().map(|wanted| self.0.state.overlaps(wanted)).collect())
    }

    async fn insert_bookings(&mut self, bookings: &[Booking]) -> Result<(), StoreError> {
        for booking in bookings {
            self.check_organization(booking.organization_id)?;
            insert(&mut self.0.state.bookings, booking.id, booking.clone())?;
        }
        Ok(())
    }

    async fn lock_booking(
        &mut self,
        organization_id: OrganizationId,
        id: BookingId,
    ) -> Result<Option<Booking>, StoreError> {
        let booking = self.0.state.bookings.get(&id);
        Ok(booking.filter(|booking| booking.organization_id == organization_id).map(|it| Booking::clone(it)))
    }

    async fn update_booking(&mut self, booking: &Booking) -> Result<(), StoreError> {
        let known = self
            .lock_booking(booking.organization_id, booking.id)
            .await?
            .ok_or_else(|| refused("there is no such booking"))?;
        update(&mut self.0.state.bookings, booking.id, Booking { status: booking.status, ..known });
        Ok(())
    }
}

#[async_trait]
impl Outbox for MemoryUnitOfWork {
    async fn webhooks_wanting(
        &mut self,
        organizations: &BTreeSet<OrganizationId>,
        event_type: &EventType,
    ) -> Result<Vec<Webhook>, StoreError> {
        let webhooks = organizations.iter().flat_map(|id| self.0.state.webhooks_of(*id));
        let wanting = webhooks.filter(|webhook| webhook.events.contains(event_type));
        let mut wanting: Vec<_> = wanting.cloned().collect();
        wanting.sort_unstable_by_key(|webhook| webhook.id);
        Ok(wanting)
    }

    async fn insert_events(&mut self, events: &[Event], deliveries: &[Delivery]) -> Result<(), StoreError> {
        for event in events {
            self.check_organization(event.organization_id)?;
            insert(&mut self.0.state.events, event.id, event.clone())?;
        }
        self.insert_deliveries(deliveries).await
    }

    async fn delivery_and_event(
        &mut self,
        organization_id: OrganizationId,
        id: DeliveryId,
    ) -> Result<Option<(Delivery, Event)>, StoreError> {
        let state = &self.0.state;
        let delivery = state.deliveries.get(&id).filter(|it| it.organization_id == organization_id);
        delivery
            .map(|delivery| {
                let event = state.events.get(&delivery.event_id);
                let event = event.ok_or_else(|| StoreError::corrupt("a delivery without its event"))?;
                Ok((Delivery::clone(delivery), Event::clone(event)))
            })
            .transpose()
    }

    async fn insert_deliveries(&mut self, deliveries: &[Delivery]) -> Result<(), StoreError> {
        for delivery in deliveries {
            let state = &mut self.0.state;
            if !state.events.contains_key(&delivery.event_id)
                || !state.webhooks.contains_key(&delivery.webhook_id)
            {
                return Err(refused("a delivery needs its event and its webhook"));
            }
            state.insert_delivery(delivery.clone())?;
        }
        Ok(())
    }
}

#[async_trait]
impl UnitOfWork for MemoryUnitOfWork {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.0.commit(Wake::Yes);
        Ok(())
    }
}
