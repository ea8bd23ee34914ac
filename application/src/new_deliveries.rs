//! Deliveries on their way into a unit of work.

use crate::dispatcher::{FirstAttempts, Reservation};
use crate::ports::Entropy;
use crate::publish::Published;
use slotflow_domain::Event;
use slotflow_domain::delivery::{ClaimedDelivery, Delivery, DeliveryStatus};
use slotflow_domain::webhook::Webhook;

/// New deliveries, and the first attempts that may begin once they are committed.
pub(crate) struct NewDeliveries<'a> {
    entropy: &'a dyn Entropy,
    first_attempts: &'a FirstAttempts,
    deliveries: Vec<Delivery>,
    claimed: Vec<(ClaimedDelivery, Reservation)>,
}

impl<'a> NewDeliveries<'a> {
    pub(crate) fn new(entropy: &'a dyn Entropy, first_attempts: &'a FirstAttempts) -> Self {
        Self { entropy, first_attempts, deliveries: Vec::new(), claimed: Vec::new() }
    }

    /// Adds a delivery of `event` to `webhook`. If it is due, can be signed and a sending slot is free, it is claimed as
    /// it is made, so that its first attempt needs no further look at the store.
    pub(crate) fn add(&mut self, mut delivery: Delivery, event: &Event, webhook: &Webhook) {
        let is_due = delivery.progress.state().status() == DeliveryStatus::Pending;
        let reserve = || self.first_attempts.reserve(webhook.id, self.entropy, delivery.created_at);
        if let Some(reservation) = is_due.then(reserve).flatten()
            && let Some(first) = delivery.claim_at_birth(event, webhook, reservation.lease())
        {
            self.claimed.push((first, reservation));
        }
        self.deliveries.push(delivery);
    }

    /// What is to be stored.
    pub(crate) fn deliveries(&self) -> &[Delivery] {
        &self.deliveries
    }

    /// What is to be told of the commit.
    pub(crate) fn into_published(self) -> Published {
        let deliveries = self.deliveries.into_iter().map(|delivery| delivery.id).collect();
        Published { deliveries, first_attempts: self.claimed }
    }
}
