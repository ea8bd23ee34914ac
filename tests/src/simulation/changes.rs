//! What a unit of work set out to change, noted on its way to the store.

use slotflow_domain::OrganizationId;
use slotflow_domain::booking::Booking;
use slotflow_domain::delivery::Delivery;
use slotflow_domain::event::Event;
use slotflow_domain::idempotency::KeptAnswer;
use slotflow_domain::webhook::Webhook;

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
