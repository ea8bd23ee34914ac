//! Publishing an event.

use crate::ports::{Entropy, Outbox, StoreError};
use slotflow_domain::delivery::Delivery;
use slotflow_domain::{DeliveryId, Event};

/// Adds `event` to the unit of work, with one delivery for every webhook of its organization that wants it
/// at this moment. Nothing is sent before the unit of work commits, and nothing ever if it does not.
///
/// Answers the deliveries' identifiers.
pub async fn publish<O>(
    outbox: &mut O,
    entropy: &dyn Entropy,
    event: &Event,
) -> Result<Vec<DeliveryId>, StoreError>
where
    O: Outbox + Send + ?Sized,
{
    let subscriptions = outbox.subscriptions(event.organization_id, &event.event_type).await?;
    let deliveries: Vec<_> = subscriptions
        .into_iter()
        .map(|subscription| {
            let id = DeliveryId::new(entropy.id(event.created_at));
            Delivery::of_event(id, event, subscription.webhook_id, subscription.standing)
        })
        .collect();
    outbox.insert_event(event, &deliveries).await?;
    Ok(deliveries.into_iter().map(|delivery| delivery.id).collect())
}
