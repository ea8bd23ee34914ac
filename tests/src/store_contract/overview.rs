//! How an organization's webhooks fare together.

use super::{StoreUnderTest, World, answered};
use slotflow_application::ports::WebhookHistory;
use slotflow_domain::delivery::AttemptReport;
use slotflow_domain::health::{OrganizationHour, Totals, hour_of};
use slotflow_domain::{OrganizationId, Timestamp, WebhookId};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// An organization with some webhooks.
async fn organization_with(world: &World, webhooks: usize) -> (OrganizationId, Vec<WebhookId>) {
    let organization_id = world.organization().await.id;
    let mut ids = Vec::new();
    for number in 0..webhooks {
        ids.push(world.webhook(organization_id, &format!("https://host{number}.io/")).await.id);
    }
    (organization_id, ids)
}

/// Makes every attempt that is due, in one batch: each webhook answers with its status, after so many milliseconds.
async fn attempt_all(world: &World, answers: &[(WebhookId, u16, u64)]) {
    let claimed = world.claim(1_000).await;
    let settled = claimed.iter().map(|claimed| {
        let (_, status, millis) = answers.iter().find(|(id, ..)| *id == claimed.webhook_id).unwrap();
        let report = AttemptReport { duration: Duration::from_millis(*millis), ..answered(*status) };
        world.settled(claimed, report)
    });
    world.settle_under(settled.collect(), None).await;
}

async fn hours(world: &World, id: OrganizationId, from: Timestamp) -> Vec<OrganizationHour> {
    world.store.directory.organization_hours(id, from).await.unwrap()
}

async fn failing(world: &World, id: OrganizationId, from: Timestamp, limit: u32) -> Vec<WebhookId> {
    world.store.directory.failing_webhooks(id, from, limit).await.unwrap()
}

pub async fn an_organizations_hours_are_the_sums_of_its_webhooks(store: StoreUnderTest) {
    let world = World::new(store);
    let (organization_id, ids) = organization_with(&world, 3).await;
    let first = hour_of(world.now());
    world.book(organization_id).await;
    attempt_all(&world, &[(ids[0], 200, 40), (ids[1], 500, 900), (ids[2], 410, 7)]).await;
    world.clock.advance(HOUR);
    world.book(organization_id).await;
    // The second webhook's retry is due too; the third is disabled.
    attempt_all(&world, &[(ids[0], 200, 10), (ids[1], 200, 20)]).await;

    let in_the_first = Totals {
        accepted_attempts: 1,
        failed_attempts: 2,
        delivered: 1,
        failed: 1,
        timed_attempts: 3,
        attempt_ms: 947,
        slowest_ms: 900,
    };
    let in_the_second = Totals {
        accepted_attempts: 3,
        delivered: 3,
        timed_attempts: 3,
        attempt_ms: 50,
        slowest_ms: 20,
        ..Totals::default()
    };
    let expected = [
        OrganizationHour { start: first, totals: in_the_first },
        OrganizationHour { start: first + HOUR, totals: in_the_second },
    ];
    assert_eq!(hours(&world, organization_id, first).await, expected);
    assert_eq!(hours(&world, organization_id, Timestamp::MIN).await, expected);
    assert_eq!(hours(&world, organization_id, first + HOUR).await, expected[1..]);
    assert_eq!(hours(&world, organization_id, first + 2 * HOUR).await, []);
}

pub async fn what_deleted_webhooks_did_is_not_in_an_organizations_hours(store: StoreUnderTest) {
    let world = World::new(store);
    let (organization_id, ids) = organization_with(&world, 2).await;
    world.book(organization_id).await;
    attempt_all(&world, &[(ids[0], 200, 40), (ids[1], 500, 900)]).await;
    world.webhooks().delete(organization_id, ids[1]).await.unwrap();
    let left = hours(&world, organization_id, Timestamp::MIN).await;
    assert_eq!(left.len(), 1);
    assert_eq!((left[0].totals.accepted_attempts, left[0].totals.failed_attempts), (1, 0));
    assert_eq!(failing(&world, organization_id, Timestamp::MIN, 9).await, []);
    world.webhooks().delete(organization_id, ids[0]).await.unwrap();
    assert_eq!(hours(&world, organization_id, Timestamp::MIN).await, []);
}

pub async fn the_webhooks_that_failed_most_come_first(store: StoreUnderTest) {
    let world = World::new(store);
    let (organization_id, ids) = organization_with(&world, 5).await;
    let began = hour_of(world.now());
    let all = |statuses: [u16; 5]| -> Vec<_> {
        ids.iter().zip(statuses).map(|(id, status)| (*id, status, 1)).collect()
    };
    world.book(organization_id).await;
    attempt_all(&world, &all([500, 200, 500, 500, 410])).await;
    world.clock.advance(HOUR);
    // The retries come with it: two failures more for each that fails.
    world.book(organization_id).await;
    attempt_all(&world, &all([200, 200, 500, 500, 200])).await;

    let (most, least) = ([ids[2], ids[3]], [ids[0], ids[4]]);
    assert_eq!(
        failing(&world, organization_id, began, 9).await,
        [most, least].concat(),
        "ties by identifier"
    );
    assert_eq!(failing(&world, organization_id, began + HOUR, 9).await, most);
    assert_eq!(failing(&world, organization_id, began, 3).await, [ids[2], ids[3], ids[0]]);
    assert_eq!(failing(&world, organization_id, began + 2 * HOUR, 9).await, []);
}

pub async fn several_histories_are_as_each_alone(store: StoreUnderTest) {
    let world = World::new(store);
    let (organization_id, ids) = organization_with(&world, 5).await;
    world.book(organization_id).await;
    world.clock.advance(Duration::from_secs(1));
    attempt_all(
        &world,
        &ids.iter().zip([200, 500, 503, 410, 500]).map(|(id, it)| (*id, it, 5)).collect::<Vec<_>>(),
    )
    .await;
    world.clock.advance(HOUR);
    let second = hour_of(world.now());
    world.book(organization_id).await;
    attempt_all(&world, &ids.iter().map(|id| (*id, 500, 5)).collect::<Vec<_>>()).await;
    // One of the webhooks is as it was, each other one has something that waits, is made, or is held.
    world.book(organization_id).await;
    world.claim(2).await;
    world.set_active(organization_id, ids[2], false).await;
    world.webhooks().delete(organization_id, ids[4]).await.unwrap();

    let directory = &world.store.directory;
    let unknown = WebhookId::new(uuid::Uuid::from_u128(7));
    for from in [Timestamp::MIN, second, second + HOUR] {
        let mut expected = Vec::new();
        for id in &ids[..4] {
            let mut alone = directory.webhook_history(organization_id, *id, from).await.unwrap();
            alone.hours.sort_by_key(|hour| hour.start);
            expected.push((*id, alone));
        }
        let asked = vec![ids[3], unknown, ids[1], ids[4], ids[0], ids[2], ids[1]];
        let mut several = directory.webhook_histories(organization_id, asked, from).await.unwrap();
        several.iter_mut().for_each(|(_, history)| history.hours.sort_by_key(|hour| hour.start));
        assert_eq!(several, expected, "from {from}");
        let waits = several.iter().filter(|(_, history)| history.oldest_pending_at.is_some()).count();
        assert!((1..4).contains(&waits), "{waits}");
    }
    let none = directory.webhook_histories(organization_id, vec![], Timestamp::MIN).await.unwrap();
    assert_eq!(none, []);
}

pub async fn very_many_histories_are_read_too(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    world.settle(&world.claim_one().await, answered(500)).await;
    let mut asked: Vec<_> = (1..=2_000).map(|id| WebhookId::new(uuid::Uuid::from_u128(id))).collect();
    asked.push(one.webhook_id);
    let found = world.store.directory.webhook_histories(one.organization_id, asked, Timestamp::MIN).await;
    let found: Vec<(WebhookId, WebhookHistory)> = found.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].0, found[0].1.hours.len()), (one.webhook_id, 1));
}
