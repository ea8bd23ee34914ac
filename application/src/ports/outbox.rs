//! Publishing events.

use super::StoreError;
use async_trait::async_trait;
use slotflow_domain::delivery::Delivery;
use slotflow_domain::event::{Event, EventType};
use slotflow_domain::webhook::Webhook;
use slotflow_domain::{DeliveryId, OrganizationId};
use std::collections::BTreeSet;

/// Events and their deliveries, within a unit of work: what publishing from Rust writes through. The table `outbox`, into
/// which others write events in plain SQL, is another port's: [`OutboxTable`](super::OutboxTable).
#[async_trait]
pub trait Outbox {
    /// The webhooks of these organizations that want events of this type, disabled ones and those whose secrets are
    /// unreadable included, deleted ones not, in ascending order. None of them is disabled, enabled or deleted until the unit of work ends.
    async fn webhooks_wanting(
        &mut self,
        organizations: &BTreeSet<OrganizationId>,
        event_type: &EventType,
    ) -> Result<Vec<Webhook>, StoreError>;

    /// Adds events together with their deliveries.
    async fn insert_events(&mut self, events: &[Event], deliveries: &[Delivery]) -> Result<(), StoreError>;

    /// The organization's delivery and the event that it brings. The event is not removed until the unit of work
    /// ends. The delivery is not locked: that it is final stays true, anything else may change meanwhile.
    async fn delivery_and_event(
        &mut self,
        organization_id: OrganizationId,
        id: DeliveryId,
    ) -> Result<Option<(Delivery, Event)>, StoreError>;

    /// Adds further deliveries of events that are there already, to webhooks that are locked.
    async fn insert_deliveries(&mut self, deliveries: &[Delivery]) -> Result<(), StoreError>;
}
