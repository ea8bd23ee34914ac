//! What a change of a webhook does to the deliveries that wait for it.

use super::{StoreUnderTest, World, answered};
use slotflow_application::webhooks::UpdateWebhook;
use slotflow_domain::delivery::DeliveryStatus::{self, Cancelled, Delivered, Delivering, Held, Pending};
use slotflow_domain::webhook::{HeldDeliveries, WaitingDeliveries, Webhook};
use slotflow_domain::{OrganizationId, WebhookId};
use std::time::Duration;

/// A webhook with a delivery in each status but held and cancelled: one waits, one is being made, one waits
/// for its second attempt, one has arrived.
async fn busy_webhook(world: &World) -> (OrganizationId, Webhook) {
    let organization_id = world.organization().await.id;
    let webhook = world.webhook(organization_id, "https://a.io/").await;
    for _ in 0..3 {
        world.book(organization_id).await;
    }
    let claimed = world.claim(3).await;
    world.settle(&claimed[0], answered(500)).await;
    world.settle(&claimed[1], answered(200)).await;
    world.book(organization_id).await;
    (organization_id, webhook)
}

/// How many deliveries there are of each status.
async fn counts(world: &World, organization_id: OrganizationId) -> Vec<(DeliveryStatus, usize)> {
    let all = world.deliveries(organization_id).await;
    let count = |status| (status, all.iter().filter(|delivery| delivery.status == status).count());
    DeliveryStatus::ALL.into_iter().map(count).filter(|(_, count)| *count > 0).collect()
}

async fn move_waiting(world: &World, webhook: &Webhook, how: WaitingDeliveries) -> u64 {
    let mut work = world.begin().await;
    work.lock_webhook(webhook.organization_id, webhook.id).await.unwrap().unwrap();
    let moved = work.move_waiting(webhook.id, how, world.now()).await.unwrap();
    work.commit().await.unwrap();
    moved
}

pub async fn holding_moves_what_is_pending_and_nothing_else(store: StoreUnderTest) {
    let world = World::new(store);
    let (organization_id, webhook) = busy_webhook(&world).await;
    assert_eq!(counts(&world, organization_id).await, [(Pending, 2), (Delivering, 1), (Delivered, 1)]);
    assert_eq!(move_waiting(&world, &webhook, WaitingDeliveries::Hold).await, 2);
    assert_eq!(counts(&world, organization_id).await, [(Delivering, 1), (Held, 2), (Delivered, 1)]);
    assert_eq!(move_waiting(&world, &webhook, WaitingDeliveries::Hold).await, 0);
}

pub async fn resuming_makes_what_is_held_due_at_once(store: StoreUnderTest) {
    let world = World::new(store);
    let (organization_id, webhook) = busy_webhook(&world).await;
    move_waiting(&world, &webhook, WaitingDeliveries::Hold).await;
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(move_waiting(&world, &webhook, WaitingDeliveries::Resume).await, 2);
    let pending = world.deliveries(organization_id).await;
    let pending = pending.iter().filter(|delivery| delivery.status == Pending);
    let mut pending: Vec<_> = pending.map(|it| (it.attempt_count, it.next_attempt_at)).collect();
    pending.sort();
    assert_eq!(pending, [(0, Some(world.now())), (1, Some(world.now()))], "attempts still count");
    assert_eq!(world.claim(10).await.len(), 2);
}

pub async fn discarding_cancels_what_is_held_and_not_what_is_pending(store: StoreUnderTest) {
    let world = World::new(store);
    let (organization_id, webhook) = busy_webhook(&world).await;
    assert_eq!(move_waiting(&world, &webhook, WaitingDeliveries::Discard).await, 0);
    move_waiting(&world, &webhook, WaitingDeliveries::Hold).await;
    assert_eq!(move_waiting(&world, &webhook, WaitingDeliveries::Discard).await, 2);
    let expected = [(Delivering, 1), (Delivered, 1), (Cancelled, 2)];
    assert_eq!(counts(&world, organization_id).await, expected);
}

pub async fn cancelling_ends_what_is_pending_or_held(store: StoreUnderTest) {
    let world = World::new(store);
    let (organization_id, webhook) = busy_webhook(&world).await;
    move_waiting(&world, &webhook, WaitingDeliveries::Hold).await;
    // One that is pending beside the held ones, as if the webhook had been enabled meanwhile.
    world.book(organization_id).await;
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(move_waiting(&world, &webhook, WaitingDeliveries::Cancel).await, 3);
    let expected = [(Delivering, 1), (Delivered, 1), (Cancelled, 3)];
    assert_eq!(counts(&world, organization_id).await, expected);
    for delivery in world.deliveries(organization_id).await {
        let cancelled = delivery.status == Cancelled;
        assert_eq!(delivery.completed_at == Some(world.now()), cancelled, "{delivery:?}");
    }
}

pub async fn other_webhooks_are_left_alone(store: StoreUnderTest) {
    let world = World::new(store);
    let (organization_id, _) = busy_webhook(&world).await;
    let other = world.webhook(organization_id, "https://other.io/").await;
    let before = counts(&world, organization_id).await;
    assert_eq!(move_waiting(&world, &other, WaitingDeliveries::Cancel).await, 0);
    assert_eq!(counts(&world, organization_id).await, before);
}

pub async fn disabling_holds_and_enabling_delivers(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    world.set_active(one.organization_id, one.webhook_id, false).await;
    assert!(world.claim(10).await.is_empty());
    world.book(one.organization_id).await;
    assert_eq!(counts(&world, one.organization_id).await, [(Held, 2)]);
    world.set_active(one.organization_id, one.webhook_id, true).await;
    assert_eq!(world.claim(10).await.len(), 2);
}

pub async fn enabling_may_discard_what_was_held(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    world.set_active(one.organization_id, one.webhook_id, false).await;
    let request =
        UpdateWebhook { active: Some(true), held: Some(HeldDeliveries::Discard), ..UpdateWebhook::default() };
    world.webhooks().update(one.organization_id, one.webhook_id, request).await.unwrap();
    assert_eq!(counts(&world, one.organization_id).await, [(Cancelled, 1)]);
}

pub async fn deleting_cancels_what_waits(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    world.webhooks().delete(one.organization_id, one.webhook_id).await.unwrap();
    assert_eq!(counts(&world, one.organization_id).await, [(Cancelled, 1)]);
    assert!(world.claim(10).await.is_empty());
}

pub async fn a_webhook_is_active_until_it_is_disabled_or_deleted(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let other = world.webhook(one.organization_id, "https://other.io/").await.id;
    let is_active = async |id| world.store.queue.is_active(id).await.unwrap();
    assert!(is_active(one.webhook_id).await && is_active(other).await);
    world.set_active(one.organization_id, one.webhook_id, false).await;
    assert!(!is_active(one.webhook_id).await && is_active(other).await);
    world.set_active(one.organization_id, one.webhook_id, true).await;
    assert!(is_active(one.webhook_id).await);
    world.webhooks().delete(one.organization_id, one.webhook_id).await.unwrap();
    assert!(!is_active(one.webhook_id).await);
    assert!(!is_active(WebhookId::new(uuid::Uuid::from_u128(7))).await, "an unknown one is not");
}

pub async fn a_lost_claim_of_a_disabled_or_deleted_webhook_is_withdrawn(store: StoreUnderTest) {
    let world = World::new(store);
    let disabled = world.one_delivery().await;
    let deleted = world.one_delivery().await;
    assert_eq!(world.claim(10).await.len(), 2);
    world.set_active(disabled.organization_id, disabled.webhook_id, false).await;
    world.webhooks().delete(deleted.organization_id, deleted.webhook_id).await.unwrap();
    world.clock.advance(World::LEASE);
    assert!(world.claim(10).await.is_empty());
    assert_eq!(counts(&world, disabled.organization_id).await, [(Held, 1)]);
    assert_eq!(counts(&world, deleted.organization_id).await, [(Cancelled, 1)]);
}

pub async fn a_retry_goes_to_the_url_the_webhook_has_by_then(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    world.settle(&world.claim_one().await, answered(404)).await;
    let request = UpdateWebhook { url: Some("https://new.io/".to_owned()), ..UpdateWebhook::default() };
    world.webhooks().update(one.organization_id, one.webhook_id, request).await.unwrap();
    world.clock.advance(Duration::from_secs(300));
    assert_eq!(world.claim_one().await.url.as_sent(), "https://new.io/");
    let delivery = world.logged(one.organization_id, one.id).await.delivery;
    assert_eq!(delivery.url, "https://new.io/", "and the log shows it");
}
