//! What every commit must leave behind.

use super::reader;
use super::{Grant, Known, fingerprint};
use crate::simulation::changes::Changes;
use crate::simulation::counters::{Sometimes, count};
use crate::simulation::process::Process;
use crate::simulation::world::State;
use slotflow_adapters::memory::MemoryStore;
use slotflow_application::ports::DeliveryFilter;
use slotflow_domain::booking::{Booking, BookingStatus};
use slotflow_domain::delivery::{Delivery, DeliveryState, DeliveryStatus};
use slotflow_domain::event::Event;
use slotflow_domain::organization::{WebhookLimit, WebhookLimits};
use slotflow_domain::webhook::{Webhook, WebhookActivity};
use slotflow_domain::{DeliveryId, OrganizationId, WebhookId};
use std::collections::{BTreeMap, BTreeSet};

impl State {
    /// A unit of work of `process` has just been committed, with these changes asked for.
    pub fn committed(&mut self, store: &MemoryStore, process: &Process, changes: &Changes) {
        let organizations: BTreeSet<_> = changes.organizations.iter().copied().collect();
        for id in organizations {
            self.check_registrations(store, id);
        }
        for booking in &changes.bookings {
            self.check_booking(store, booking, changes);
        }
        for (event, deliveries) in &changes.events {
            self.check_event(store, process, event, deliveries);
        }
        for webhook in &changes.webhooks {
            self.check_webhook(store, process, webhook);
        }
        for webhook in &changes.deleted {
            self.check_deletion(store, webhook);
        }
    }

    /// The plan's limit, and unique URLs (S9).
    fn check_registrations(&mut self, store: &MemoryStore, id: OrganizationId) {
        let webhooks = reader::webhooks(store, id);
        let before = self.oracle.webhooks_of.insert(id, webhooks.len()).unwrap_or(0);
        let Some(organization) = reader::organization(store, id) else {
            return self.violation(format!("S1: organization {id} is gone"));
        };
        if let Some(WebhookLimit::AtMost(limit)) = WebhookLimits::default().limit_of(&organization.plan)
            && webhooks.len() > before
            && webhooks.len() as u64 > u64::from(limit.get())
        {
            let (plan, number) = (organization.plan, webhooks.len());
            self.violation(format!("S9: organization {id} on {plan} has {number} webhooks"));
        }
        let urls: BTreeSet<_> =
            webhooks.iter().map(|webhook| webhook.url.canonical().as_str().to_owned()).collect();
        if urls.len() != webhooks.len() {
            self.violation(format!("S9: organization {id} has a URL twice"));
        }
    }

    /// Booking and event, or neither (S2); confirmed bookings of a human never overlap.
    fn check_booking(&mut self, store: &MemoryStore, asked: &Booking, changes: &Changes) {
        let (id, organization_id) = (asked.id, asked.organization_id);
        let events = changes.events.iter().filter(|(event, _)| event.booking_id == Some(id)).count();
        if events != 1 {
            self.violation(format!("S2: booking {id} was committed with {events} events"));
        }
        let Some(booking) = reader::booking(store, organization_id, id) else {
            return self.violation(format!("S2: an event was committed without its booking {id}"));
        };
        if booking.status != asked.status {
            self.violation(format!("S2: booking {id} was not committed as asked"));
        }
        if booking.status == BookingStatus::Confirmed {
            let clash = reader::bookings(store, organization_id).into_iter().find(|other| {
                other.id != id
                    && other.human_id == booking.human_id
                    && other.status == BookingStatus::Confirmed
                    && other.slot.overlaps(&booking.slot)
            });
            if let Some(other) = clash {
                self.violation(format!("S2: bookings {id} and {} overlap", other.id));
            }
        }
    }

    /// One delivery for every webhook subscribed at commit (S1, S2), of the event's organization only (S9).
    fn check_event(&mut self, store: &MemoryStore, process: &Process, event: &Event, asked: &[Delivery]) {
        let sequence = event.sequence.0;
        if let Some(booking_id) = event.booking_id {
            let booking = reader::booking(store, event.organization_id, booking_id);
            if booking.is_none() {
                self.violation(format!("S2: event {} is about no booking", event.id));
            }
            if let Some(first) = self.oracle.events.insert((booking_id, sequence), event.id) {
                self.violation(format!("S2: events {first} and {} say the same of a booking", event.id));
            }
        }
        self.oracle.bodies.insert(event.id, fingerprint(event.payload.as_bytes()));

        let filter = DeliveryFilter {
            booking_id: event.booking_id,
            event_type: Some(event.event_type.clone()),
            ..DeliveryFilter::default()
        };
        let stored = reader::deliveries(store, event.organization_id, filter);
        let subscribed: BTreeMap<WebhookId, Webhook> = reader::webhooks(store, event.organization_id)
            .into_iter()
            .filter(|webhook| webhook.events.contains(&event.event_type))
            .map(|webhook| (webhook.id, webhook))
            .collect();
        let served: Vec<WebhookId> =
            stored.iter().filter(|it| it.event_id == event.id).map(|it| it.webhook_id).collect();
        let served_once: BTreeSet<_> = served.iter().copied().collect();
        if served.len() != served_once.len() || !served_once.iter().eq(subscribed.keys()) {
            let (have, want) = (served.len(), subscribed.len());
            self.violation(format!("S1: event {} has {have} deliveries for {want} webhooks", event.id));
        }
        for record in stored.iter().filter(|it| it.event_id == event.id) {
            let Some(webhook) = subscribed.get(&record.webhook_id) else { continue };
            let delivery = asked.iter().find(|delivery| delivery.id == record.id);
            let held = record.status == DeliveryStatus::Held;
            if held != (webhook.activity != WebhookActivity::Active) {
                self.violation(format!("S1: delivery {} was born {}", record.id, record.status));
            }
            self.remember(process, event, webhook, record.id, delivery, record.status);
        }
    }

    fn remember(
        &mut self,
        process: &Process,
        event: &Event,
        webhook: &Webhook,
        id: DeliveryId,
        asked: Option<&Delivery>,
        status: DeliveryStatus,
    ) {
        let now = process.world.now();
        let mut grants = Vec::new();
        if let Some(DeliveryState::Delivering { lease }) = asked.map(|delivery| delivery.progress.state()) {
            count(&mut self.sometimes, Sometimes::ClaimedAtBirth);
            grants.push(Grant {
                process: process.number,
                attempt: 1,
                token: lease.token,
                until: lease.until,
                asked: process.moment(),
                granted: now,
                heard: None,
                url: webhook.url.as_sent().to_owned(),
                settled: false,
                refused: false,
                posted: false,
            });
        } else if status == DeliveryStatus::Pending {
            count(&mut self.sometimes, Sometimes::PendingAtBirth);
        }
        let known = Known {
            organization_id: event.organization_id,
            webhook_id: webhook.id,
            event_id: event.id,
            sequence: event.sequence.0,
            status,
            attempt_count: 0,
            due: event.created_at,
            due_after: None,
            due_in_truth: now,
            holder: (!grants.is_empty()).then_some(0),
            grants,
            posts: Vec::new(),
        };
        self.oracle.deliveries.insert(id, known);
    }

    /// A webhook is as it was written, and its waiting deliveries follow it.
    fn check_webhook(&mut self, store: &MemoryStore, process: &Process, asked: &Webhook) {
        let (id, organization_id) = (asked.id, asked.organization_id);
        if let Some(secret) = asked.secrets.current() {
            self.oracle.secrets.insert(id, secret.clone());
        }
        let Some(webhook) = reader::webhook(store, organization_id, id) else {
            return self.violation(format!("S1: webhook {id} was written and is not there"));
        };
        if webhook.activity != asked.activity || webhook.url.as_sent() != asked.url.as_sent() {
            self.violation(format!("S1: webhook {id} was not stored as written"));
        }
        let (wrong, resumed) = match webhook.activity {
            WebhookActivity::Active => (DeliveryStatus::Held, true),
            WebhookActivity::Disabled(_) => (DeliveryStatus::Pending, false),
        };
        let now = process.world.now();
        for record in self.of_webhook(store, organization_id, id) {
            if record.status == wrong {
                let state = if resumed { "enabled" } else { "disabled" };
                self.violation(format!("S5: webhook {id} is {state}, and delivery {} is {wrong}", record.id));
            }
            if let Some(known) = self.oracle.deliveries.get_mut(&record.id)
                && known.status == DeliveryStatus::Held
                && let Some(due) = record.next_attempt_at
            {
                known.due = due;
                known.due_after = None;
                known.due_in_truth = now;
                count(&mut self.sometimes, Sometimes::ResumedHeld);
            }
            self.observe(store, record.id);
        }
        if !resumed && self.on_the_wire(id) {
            count(&mut self.sometimes, Sometimes::DisabledDuringPost);
        }
    }

    /// A deleted webhook is gone, and nothing waits for it.
    fn check_deletion(&mut self, store: &MemoryStore, asked: &Webhook) {
        let (id, organization_id) = (asked.id, asked.organization_id);
        self.oracle.webhooks_of.insert(organization_id, reader::webhooks(store, organization_id).len());
        if reader::webhook(store, organization_id, id).is_some() {
            self.violation(format!("S5: webhook {id} was deleted and is still there"));
        }
        for record in self.of_webhook(store, organization_id, id) {
            if matches!(record.status, DeliveryStatus::Pending | DeliveryStatus::Held) {
                self.violation(format!("S5: delivery {} waits for a deleted webhook", record.id));
            }
            self.observe(store, record.id);
        }
        if self.on_the_wire(id) {
            count(&mut self.sometimes, Sometimes::DeletedDuringPost);
        }
    }

    fn on_the_wire(&self, id: WebhookId) -> bool {
        self.oracle.on_the_wire.iter().any(|((_, webhook), number)| *webhook == id && *number > 0)
    }

    fn of_webhook(
        &self,
        store: &MemoryStore,
        organization_id: OrganizationId,
        id: WebhookId,
    ) -> Vec<slotflow_application::ports::DeliveryRecord> {
        reader::deliveries(
            store,
            organization_id,
            DeliveryFilter { webhook_id: Some(id), ..DeliveryFilter::default() },
        )
    }
}
