//! Lists by any filters, whatever has become of deliveries.

use super::{StoreUnderTest, World, answered};
use slotflow_application::ports::{DeliveryFilter, DeliveryRecord};
use slotflow_domain::delivery::{ClaimToken, Delivery, DeliveryState, DeliveryStatus, Lease, Progress};
use slotflow_domain::event::EventType;
use slotflow_domain::{DeliveryId, OrganizationId, WebhookId};
use std::time::Duration;
use uuid::Uuid;

/// An organization with deliveries of two types to two webhooks.
struct Listed {
    world: World,
    organization_id: OrganizationId,
    webhooks: [WebhookId; 2],
}

impl Listed {
    async fn new(store: StoreUnderTest) -> Self {
        let world = World::new(store);
        let organization_id = world.organization().await.id;
        let a = world.webhook(organization_id, "https://a.io/").await.id;
        let b = world.webhook(organization_id, "https://b.io/").await.id;
        for _ in 0..3 {
            let booking = world.book(organization_id).await;
            world.clock.advance(Duration::from_secs(1));
            world.bookings().cancel(organization_id, booking.id, None).await.unwrap();
        }
        Self { world, organization_id, webhooks: [a, b] }
    }

    /// A delivery of an event that is there already, whose first attempt began with it.
    async fn begin_with_an_attempt(&self) -> DeliveryId {
        let known = self.list(&filter(None, None, None)).await.remove(0);
        let lease = Lease {
            token: ClaimToken::new(Uuid::from_u128(self.world.entropy_id())),
            until: self.world.now() + World::LEASE,
        };
        let delivery = Delivery {
            id: DeliveryId::new(Uuid::from_u128(self.world.entropy_id())),
            organization_id: self.organization_id,
            webhook_id: known.webhook_id,
            event_id: known.event_id,
            progress: Progress::from_stored(DeliveryState::Delivering { lease }, 0, 0),
            retry_of: None,
            created_at: self.world.now(),
        };
        let mut work = self.world.begin().await;
        work.insert_deliveries(std::slice::from_ref(&delivery)).await.unwrap();
        work.commit().await.unwrap();
        delivery.id
    }

    async fn list(&self, filter: &DeliveryFilter) -> Vec<DeliveryRecord> {
        self.world.list(self.organization_id, filter.clone()).await
    }

    /// Each list has what a look at every single delivery would put on it.
    async fn check(&self, after: &str) {
        let mut known = self.list(&filter(None, None, None)).await;
        for delivery in &mut known {
            *delivery = self.world.logged(self.organization_id, delivery.id).await.delivery;
        }
        assert!(known.is_sorted_by(|one, next| one.position() > next.position()), "after {after}");
        let [a, b] = self.webhooks;
        for webhook_id in [None, Some(a), Some(b)] {
            for event_type in [None, Some(EventType::BOOKING_CONFIRMED), Some(EventType::BOOKING_CANCELLED)] {
                let of_each = known.iter().filter(|one| {
                    webhook_id.is_none_or(|id| one.webhook_id == id)
                        && event_type.as_ref().is_none_or(|name| one.event_type == *name)
                });
                let of_each: Vec<_> = of_each.cloned().collect();
                let listed = self.list(&filter(webhook_id, None, event_type.clone())).await;
                assert_eq!(listed, of_each, "after {after}");
                let counted = self.counted(&filter(webhook_id, None, event_type.clone())).await;
                assert_eq!(counted, of_each.len(), "after {after}");
                for status in DeliveryStatus::ALL {
                    let expected: Vec<_> =
                        of_each.iter().filter(|one| one.status == status).cloned().collect();
                    let listed = self.list(&filter(webhook_id, Some(status), event_type.clone())).await;
                    assert_eq!(listed, expected, "{status} after {after}");
                    let counted = self.counted(&filter(webhook_id, Some(status), event_type.clone())).await;
                    assert_eq!(counted, expected.len(), "{status} after {after}");
                }
            }
        }
    }

    /// How many the store counts.
    async fn counted(&self, filter: &DeliveryFilter) -> usize {
        let counted = self.world.store.log.count(self.organization_id, filter.clone()).await;
        usize::try_from(counted.unwrap()).unwrap()
    }

    /// How many there are of this status.
    async fn count(&self, status: DeliveryStatus) -> usize {
        self.list(&filter(None, Some(status), None)).await.len()
    }
}

fn filter(
    webhook_id: Option<WebhookId>,
    status: Option<DeliveryStatus>,
    event_type: Option<EventType>,
) -> DeliveryFilter {
    DeliveryFilter { webhook_id, status, event_type, limit: 100, ..DeliveryFilter::default() }
}

pub async fn any_filters_find_what_they_name_at_every_step(store: StoreUnderTest) {
    let listed = Listed::new(store).await;
    let (world, organization_id, [a, b]) = (&listed.world, listed.organization_id, listed.webhooks);
    listed.check("publishing").await;
    assert_eq!(listed.count(DeliveryStatus::Pending).await, 12);

    let taken_at = world.now();
    let claimed = world.claim(5).await;
    listed.check("claiming").await;
    assert_eq!(listed.count(DeliveryStatus::Delivering).await, 5);

    world.settle(&claimed[0], answered(200)).await;
    world.settle(&claimed[1], answered(500)).await;
    world.release(&claimed[2], taken_at).await;
    listed.check("settling two and giving one back").await;
    assert_eq!(listed.count(DeliveryStatus::Delivered).await, 1);

    let born = listed.begin_with_an_attempt().await;
    listed.begin_with_an_attempt().await;
    listed.check("beginning two with an attempt").await;
    assert_eq!(listed.count(DeliveryStatus::Delivering).await, 4);

    // The leases end, and all is claimed again.
    world.clock.advance(World::LEASE + Duration::from_secs(1));
    let claimed = world.claim(100).await;
    assert!(claimed.iter().any(|one| one.id == born));
    listed.check("claiming what was left").await;
    for (number, one) in claimed.iter().enumerate() {
        world.settle(one, answered([200, 500][number % 2])).await;
    }
    listed.check("settling all").await;
    assert_eq!(listed.count(DeliveryStatus::Delivering).await, 0);

    world.set_active(organization_id, a, false).await;
    listed.check("disabling").await;
    assert!(listed.count(DeliveryStatus::Held).await > 0);
    world.set_active(organization_id, a, true).await;
    listed.check("enabling").await;

    for minutes in [5, 60] {
        world.clock.advance(Duration::from_secs(60 * minutes));
        for one in world.claim(100).await {
            world.settle(&one, answered(500)).await;
        }
        listed.check("failing").await;
    }
    assert!(listed.count(DeliveryStatus::Failed).await > 0);

    world.book(organization_id).await;
    world.set_active(organization_id, a, false).await;
    for webhook_id in [a, b] {
        world.webhooks().delete(organization_id, webhook_id).await.unwrap();
    }
    listed.check("deleting").await;
    assert!(listed.count(DeliveryStatus::Cancelled).await > 0);
}

pub async fn pages_join_over_all_that_has_become_of_deliveries(store: StoreUnderTest) {
    let listed = Listed::new(store).await;
    let world = &listed.world;
    for (number, one) in world.claim(8).await.iter().enumerate().filter(|(number, _)| number % 4 != 3) {
        world.settle(one, answered([200, 500, 404][number % 3])).await;
    }
    listed.begin_with_an_attempt().await;
    for status in [None, Some(DeliveryStatus::Pending)] {
        let whole = listed.list(&filter(None, status, None)).await;
        let mut joined: Vec<DeliveryRecord> = Vec::new();
        for _ in 0..whole.len().div_ceil(2) {
            let after = joined.last().map(DeliveryRecord::position);
            let page = DeliveryFilter { after, limit: 2, ..filter(None, status, None) };
            joined.extend(listed.list(&page).await);
        }
        assert_eq!(joined, whole);
        let middle = whole[whole.len() / 2].created_at;
        for event_type in [None, Some(EventType::BOOKING_CONFIRMED)] {
            let of_type = |one: &&DeliveryRecord| {
                event_type.as_ref().is_none_or(|event_type| one.event_type == *event_type)
            };
            let whole: Vec<_> = whole.iter().filter(of_type).cloned().collect();
            let all = filter(None, status, event_type.clone());
            let until = DeliveryFilter { created_until: Some(middle), ..all.clone() };
            let expected: Vec<_> = whole.iter().filter(|one| one.created_at <= middle).cloned().collect();
            assert_eq!(listed.list(&until).await, expected);
            assert_eq!(listed.counted(&until).await, expected.len());
            let from = DeliveryFilter { created_from: Some(middle), ..all.clone() };
            let expected: Vec<_> = whole.iter().filter(|one| one.created_at >= middle).cloned().collect();
            assert_eq!(listed.list(&from).await, expected);
            assert_eq!(listed.counted(&from).await, expected.len());
            let after = DeliveryFilter { after: Some(whole[1].position()), ..all };
            assert_eq!(listed.counted(&after).await, whole.len() - 2);
        }
    }
}
