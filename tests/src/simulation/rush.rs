//! Many bookings at once, more than a webhook has slots for, and one who calls the webhook off in the midst of it.
//!
//! Without this, first attempts would hardly ever wait for a slot.

use super::client::Client;
use super::fleet::Fleet;
use super::timeline::SECOND;
use slotflow_domain::OrganizationId;

/// How many bookings are a rush.
const BOOKINGS: u64 = 14;

/// In one rush of so many somebody disables a webhook, and enables it again.
const DISABLED_ONE_IN: u64 = 2;

/// In one of so many of the others somebody deletes one.
const DELETED_ONE_IN: u64 = 8;

/// Books for one organization through one process, all at once.
pub(super) fn begin(client: &Client, fleet: &Fleet, organization_id: OrganizationId, number: u64) {
    for place in 0..BOOKINGS {
        client.clone().book_as(organization_id, format!("client {number} of {place}"));
    }
    let disables = client.chance(DISABLED_ONE_IN) == 0;
    if !disables && client.chance(DELETED_ONE_IN) > 0 {
        return;
    }
    let (client, fleet) = (client.clone(), fleet.clone());
    tokio::spawn(async move {
        let timeline = client.world.timeline().clone();
        timeline.sleep(client.chance(SECOND / 4)).await;
        let Some(instance) = fleet.any() else { return };
        let other = Client { instance, ..client.clone() };
        if disables {
            other.clone().update(organization_id, Some(false));
            timeline.sleep(client.chance(4 * SECOND)).await;
            other.update(organization_id, Some(true));
        } else {
            other.delete(organization_id);
        }
    });
}
