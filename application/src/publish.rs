//! Publishing an event.

use crate::dispatcher::{FirstAttempts, Reservation};
use crate::new_deliveries::NewDeliveries;
use crate::ports::{Entropy, Outbox, StoreError};
use slotflow_domain::delivery::{ClaimedDelivery, Delivery};
use slotflow_domain::{DeliveryId, Event};

/// An event that was added to a unit of work.
///
/// Call [`committed`](Self::committed) once that is committed. If it never is, drop this: nothing is sent.
#[must_use = "the first attempts begin when it is told of the commit"]
pub struct Published {
    pub(crate) deliveries: Vec<DeliveryId>,
    pub(crate) first_attempts: Vec<(ClaimedDelivery, Reservation)>,
}

impl Published {
    /// The event's deliveries.
    pub fn deliveries(&self) -> &[DeliveryId] {
        &self.deliveries
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
    let webhooks = outbox.webhooks_wanting(event.organization_id, &event.event_type).await?;
    let mut new = NewDeliveries::new(entropy, first_attempts);
    for webhook in &webhooks {
        let id = DeliveryId::new(entropy.id(event.created_at));
        let standing = webhook.activity.standing();
        new.add(Delivery::of_event(id, event, webhook.id, standing), event, webhook);
    }
    outbox.insert_event(event, new.deliveries()).await?;
    Ok(new.into_published())
}
