//! What must be left when everything is healed and enough time has passed.

use super::reader;
use crate::simulation::ledger::{Answer, Done, Wish};
use crate::simulation::world::State;
use slotflow_adapters::memory::MemoryStore;
use slotflow_application::ports::DeliveryFilter;
use slotflow_domain::booking::BookingStatus;
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::webhook::WebhookActivity;
use slotflow_domain::{BookingId, DeliveryId, OrganizationId};
use std::collections::{BTreeMap, BTreeSet};

impl State {
    /// Nothing acknowledged is lost, nothing refused was done, nothing is stuck.
    pub fn check_end(&mut self, store: &MemoryStore) {
        let all: Vec<DeliveryId> = self.oracle.deliveries.keys().copied().collect();
        for id in all {
            self.observe(store, id);
        }
        self.check_liveness(store);
        self.check_nothing_unknown(store);
        self.check_answers(store);
    }

    /// Every delivery has come to an end, or is held for a disabled webhook (L1).
    fn check_liveness(&mut self, store: &MemoryStore) {
        let mut stuck = Vec::new();
        for (id, known) in &self.oracle.deliveries {
            if known.status.is_final() {
                continue;
            }
            let webhook = reader::webhook(store, known.organization_id, known.webhook_id);
            let disabled = webhook.is_some_and(|it| matches!(it.activity, WebhookActivity::Disabled(_)));
            if known.status != DeliveryStatus::Held || !disabled {
                stuck.push((*id, known.status));
            }
        }
        for (id, status) in stuck {
            self.violation(format!("L1: delivery {id} is {status} for ever"));
        }
    }

    /// There is nothing in the store that was never committed.
    fn check_nothing_unknown(&mut self, store: &MemoryStore) {
        let organizations: BTreeSet<OrganizationId> = self.organizations.iter().copied().collect();
        for organization_id in organizations {
            let stored = reader::deliveries(store, organization_id, DeliveryFilter::default());
            for record in &stored {
                self.trace.mix(record.status as u64 ^ record.id.as_uuid().as_u64_pair().1);
                if !self.oracle.deliveries.contains_key(&record.id) {
                    self.violation(format!("S2: delivery {} came from nowhere", record.id));
                }
            }
            for booking in reader::bookings(store, organization_id) {
                let cancelled = booking.status == BookingStatus::Cancelled;
                let events = [1, 2].map(|sequence| self.oracle.events.contains_key(&(booking.id, sequence)));
                if events != [true, cancelled] {
                    let status = booking.status.as_str();
                    self.violation(format!(
                        "S2: booking {} is {status} and has events {events:?}",
                        booking.id
                    ));
                }
            }
        }
    }

    /// What clients were told is true.
    fn check_answers(&mut self, store: &MemoryStore) {
        let mut wrong = Vec::new();
        let mut by_name: BTreeMap<(OrganizationId, String), usize> = BTreeMap::new();
        for organization_id in self.organizations.iter().copied() {
            for booking in reader::bookings(store, organization_id) {
                let name = booking.attendee_name.as_str().to_owned();
                *by_name.entry((organization_id, name)).or_default() += 1;
            }
        }
        let may_be_deleted: BTreeSet<_> = self
            .ledger
            .requests
            .iter()
            .filter_map(|request| match request.wish {
                Wish::Delete { webhook_id, .. } => Some(webhook_id),
                _ => None,
            })
            .collect();
        let mut booked: BTreeMap<(OrganizationId, &str), BookingId> = BTreeMap::new();
        for request in &self.ledger.requests {
            match (&request.wish, request.answer) {
                (Wish::Book { organization_id, name }, answer) => {
                    let number = by_name.get(&(*organization_id, name.clone())).copied().unwrap_or(0);
                    let fits = match answer {
                        Answer::Acknowledged(_) => number == 1,
                        Answer::Refused => number == 0,
                        Answer::Unknown | Answer::None => number <= 1,
                    };
                    if !fits {
                        wrong.push(format!("S1: booking of {name} was {answer:?}, and there are {number}"));
                    }
                    if let Answer::Acknowledged(Done::Booking(id)) = answer
                        && *booked.entry((*organization_id, name.as_str())).or_insert(id) != id
                    {
                        wrong.push(format!("S11: booking of {name} was answered as two"));
                    }
                    if let Answer::Acknowledged(Done::Booking(id)) = answer
                        && !self.oracle.events.contains_key(&(id, 1))
                    {
                        wrong.push(format!("S1: booking {id} was acknowledged and has no event"));
                    }
                }
                (Wish::Cancel { organization_id, booking_id }, Answer::Acknowledged(_)) => {
                    let booking = reader::booking(store, *organization_id, *booking_id);
                    if booking.is_none_or(|booking| booking.status != BookingStatus::Cancelled) {
                        wrong.push(format!("S1: cancelling {booking_id} was acknowledged and undone"));
                    }
                }
                (Wish::Delete { organization_id, webhook_id }, Answer::Acknowledged(_))
                    if reader::webhook(store, *organization_id, *webhook_id).is_some() =>
                {
                    wrong.push(format!("S5: deleting {webhook_id} was acknowledged and undone"));
                }
                (Wish::Register { organization_id, .. }, Answer::Acknowledged(Done::Webhook(id)))
                    if reader::webhook(store, *organization_id, id).is_none()
                        && !may_be_deleted.contains(&id) =>
                {
                    wrong.push(format!("S1: webhook {id} was acknowledged and is gone"));
                }
                _ => {}
            }
        }
        for what in wrong {
            self.violation(what);
        }
    }
}
