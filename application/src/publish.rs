//! Publishing events.

use crate::dispatcher::{FirstAttempts, Reservation};
use crate::new_deliveries::NewDeliveries;
use crate::ports::{Entropy, Outbox, StoreError};
use slotflow_domain::delivery::{ClaimedDelivery, Delivery};
use slotflow_domain::event::EventType;
use slotflow_domain::{DeliveryId, Event};
use std::collections::BTreeMap;

/// Events that were added to a unit of work by the functions [`publish()`] and [`publish_all`] of this crate, which take all
/// parts as arguments. What [`Slotflow::publish`](crate::Slotflow::publish) answers is a
/// [`PublishedEvent`](crate::slotflow::PublishedEvent) instead: this, the event's id, and a bell for commits that the store
/// does not see.
///
/// Call [`committed`](Self::committed) once that is committed. If it never is, drop this: nothing is sent.
#[must_use = "the first attempts begin when it is told of the commit"]
pub struct Published {
    pub(crate) deliveries: Vec<DeliveryId>,
    pub(crate) first_attempts: Vec<(ClaimedDelivery, Reservation)>,
}

impl Published {
    /// The events' deliveries.
    pub fn deliveries(&self) -> &[DeliveryId] {
        &self.deliveries
    }

    /// Whether there are deliveries that the dispatcher has to find.
    pub(crate) fn leaves_some(&self) -> bool {
        self.first_attempts.len() < self.deliveries.len()
    }

    /// Begins the first attempts for which there were sending slots. The other deliveries are pending, and the
    /// dispatcher finds them. Forgetting this loses nothing: the leases end, and the attempts are made then.
    pub fn committed(self) {
        for (delivery, reservation) in self.first_attempts {
            reservation.begin(delivery);
        }
    }
}

/// Adds `event` to the unit of work, with one delivery for every webhook of its organization that wants it
/// at this moment. Nothing is sent before the unit of work commits, and nothing ever if it does not.
///
/// While sending slots are free, deliveries are claimed as they are made, so that their first attempts need no
/// further look at the store.
pub async fn publish<O>(
    outbox: &mut O,
    entropy: &dyn Entropy,
    first_attempts: &FirstAttempts,
    event: &Event,
) -> Result<Published, StoreError>
where
    O: Outbox + Send + ?Sized,
{
    publish_all(outbox, entropy, first_attempts, std::slice::from_ref(event)).await
}

/// The same for any number of events, at the cost of one.
pub async fn publish_all<O>(
    outbox: &mut O,
    entropy: &dyn Entropy,
    first_attempts: &FirstAttempts,
    events: &[Event],
) -> Result<Published, StoreError>
where
    O: Outbox + Send + ?Sized,
{
    let mut of_type: BTreeMap<&EventType, Vec<&Event>> = BTreeMap::new();
    for event in events {
        of_type.entry(&event.event_type).or_default().push(event);
    }
    let mut new = NewDeliveries::new(entropy, first_attempts);
    for (event_type, events) in of_type {
        let organizations = events.iter().map(|event| event.organization_id).collect();
        let webhooks = outbox.webhooks_wanting(&organizations, event_type).await?;
        for event in events {
            for webhook in webhooks.iter().filter(|it| it.organization_id == event.organization_id) {
                let id = DeliveryId::new(entropy.id(event.created_at));
                let standing = webhook.activity.standing();
                new.add(Delivery::of_event(id, event, webhook.id, standing), event, webhook);
            }
        }
    }
    if !events.is_empty() {
        outbox.insert_events(events, new.deliveries()).await?;
    }
    Ok(new.into_published())
}
