//! What a unit of work set out to change, noted on its way to the store.

use slotflow_domain::booking::Booking;
use slotflow_domain::delivery::{ClaimToken, Delivery, DeliveryState};
use slotflow_domain::event::Event;
use slotflow_domain::idempotency::KeptAnswer;
use slotflow_domain::webhook::Webhook;
use slotflow_domain::{DeliveryId, OrganizationId};

/// The changes of one unit of work, as its use case asked for them.
#[derive(Default)]
pub struct Changes {
    /// Organizations whose plan or webhooks were touched.
    pub organizations: Vec<OrganizationId>,
    /// Bookings inserted or updated.
    pub bookings: Vec<Booking>,
    /// Events, with their deliveries.
    pub events: Vec<(Event, Vec<Delivery>)>,
    /// Webhooks inserted or updated.
    pub webhooks: Vec<Webhook>,
    /// Answers kept under idempotency keys.
    pub answers: Vec<KeptAnswer>,
    /// Webhooks deleted.
    pub deleted: Vec<Webhook>,
    /// The webhook that was locked last, as it was.
    pub locked: Option<Webhook>,
}

impl Changes {
    /// The claims under which deliveries were born.
    pub fn claims(&self) -> impl Iterator<Item = (DeliveryId, ClaimToken)> {
        let deliveries = self.events.iter().flat_map(|(_, deliveries)| deliveries);
        deliveries.filter_map(|delivery| match delivery.progress.state() {
            DeliveryState::Delivering { lease } => Some((delivery.id, lease.token)),
            _ => None,
        })
    }
}
