//! Events that others wrote into the outbox table in plain SQL.

use super::{StoreUnderTest, World};
use slotflow_application::outbox::OutboxRows;
use slotflow_application::ports::{EventFilter, RefusedOutboxRow};
use slotflow_domain::OrganizationId;
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::organization::{OrganizationName, Plan};
use std::sync::Arc;
use uuid::Uuid;

/// Rows in one unit of work, whose organizations, types and data are these.
async fn write(world: &World, rows: &[(&str, &str, &str)]) {
    let mut work = world.begin().await;
    for (organization_id, event_type, data) in rows {
        work.write_outbox_row(organization_id, event_type, data).await.unwrap();
    }
    work.commit().await.unwrap();
}

async fn refused(world: &World) -> Vec<RefusedOutboxRow> {
    rows(world).refused(None, 100).await.unwrap()
}

fn rows(world: &World) -> OutboxRows {
    OutboxRows { store: Arc::clone(&world.store.store), reader: Arc::clone(&world.store.outbox) }
}

/// How many events the organization has.
async fn events(world: &World, organization_id: OrganizationId) -> usize {
    let filter = EventFilter { limit: 1_000, ..EventFilter::default() };
    world.store.events.events(organization_id, filter).await.unwrap().events.len()
}

pub async fn a_row_becomes_the_event_that_it_asks_for_once(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let webhook_id = world.webhook(organization_id, "https://receiver.io/").await.id;
    let id = organization_id.as_uuid().to_string();
    assert!(!world.store.outbox.has_outbox_rows().await.unwrap());
    write(&world, &[(&id, "booking.confirmed", r#"{"order": 12.50}"#)]).await;
    assert!(world.store.outbox.has_outbox_rows().await.unwrap());

    assert_eq!(world.outbox_relay().pass().await.unwrap(), 1);
    assert!(!world.store.outbox.has_outbox_rows().await.unwrap());
    assert_eq!(world.outbox_relay().pass().await.unwrap(), 0, "once");
    let deliveries = world.deliveries(organization_id).await;
    assert_eq!(deliveries.len(), 1);
    assert_eq!((deliveries[0].webhook_id, deliveries[0].status), (webhook_id, DeliveryStatus::Pending));
    let event = world.store.events.event(organization_id, deliveries[0].event_id).await.unwrap().unwrap();
    let payload = String::from_utf8_lossy(event.payload.as_bytes()).into_owned();
    assert!(payload.starts_with(r#"{"event":"booking.confirmed","created_at":""#), "{payload}");
    assert!(payload.ends_with(r#","data":{"order": 12.50}}"#), "as it was written: {payload}");
}

pub async fn a_row_that_was_never_committed_is_none(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let mut work = world.begin().await;
    let id = organization_id.as_uuid().to_string();
    work.write_outbox_row(&id, "booking.confirmed", "{}").await.unwrap();
    drop(work);
    assert_eq!(world.outbox_relay().pass().await.unwrap(), 0);
    assert_eq!(events(&world, organization_id).await, 0);
}

pub async fn a_row_that_is_no_event_is_set_aside_with_its_reason_and_in_nobodys_way(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let id = organization_id.as_uuid().to_string();
    let stranger = Uuid::from_u128(7).to_string();
    let long = format!(r#"{{"a": "{}"}}"#, "é".repeat(140_000));
    let bad = [
        ("you", "booking.confirmed", "{}", "organization_id must be a UUID"),
        (stranger.as_str(), "booking.confirmed", "{}", "there is no organization"),
        (id.as_str(), "confirmed", "{}", "event_type must be a dotted name"),
        (id.as_str(), "booking.moved", "{}", "there is no event type booking.moved"),
        (id.as_str(), "webhook.disabled", "{}", "made by the product"),
        (id.as_str(), "booking.confirmed", "{", "the data is not JSON"),
        (id.as_str(), "booking.confirmed", "7", "the data must be an object"),
        (id.as_str(), "booking.confirmed", long.as_str(), "the data must not be larger"),
    ];
    let rows: Vec<_> =
        bad.iter().map(|(organization_id, name, data, _)| (*organization_id, *name, *data)).collect();
    write(&world, &rows).await;
    write(&world, &[(&id, "booking.cancelled", "{}")]).await;

    assert_eq!(world.outbox_relay().pass().await.unwrap(), bad.len() + 1);
    assert_eq!(events(&world, organization_id).await, 1);
    assert!(!world.store.outbox.has_outbox_rows().await.unwrap(), "they do not wait any more");
    let refused = refused(&world).await;
    assert_eq!(refused.len(), bad.len());
    assert!(refused.windows(2).all(|pair| pair[0].position < pair[1].position));
    for (row, (organization_id, event_type, _, reason)) in refused.iter().zip(bad) {
        assert_eq!((row.organization_id.as_str(), row.event_type.as_str()), (organization_id, event_type));
        assert!(row.reason.contains(reason), "{}", row.reason);
        assert_eq!(row.refused_at, world.now());
    }
}

pub async fn refused_rows_are_listed_page_by_page(store: StoreUnderTest) {
    let world = World::new(store);
    write(&world, &[("a", "b", "c"); 5]).await;
    world.outbox_relay().pass().await.unwrap();
    let (mut after, mut seen) = (None, vec![]);
    loop {
        let page = rows(&world).refused(after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.position);
        seen.extend(page.iter().map(|row| row.position));
    }
    assert_eq!(seen, refused(&world).await.iter().map(|row| row.position).collect::<Vec<_>>());
    assert_eq!(seen.len(), 5);
}

pub async fn a_row_that_was_set_aside_can_be_tried_again(store: StoreUnderTest) {
    let world = World::new(store);
    let late = OrganizationId::new(Uuid::from_u128(0x0195_0000_0000_7000_8000_0000_0000_0007));
    write(&world, &[(&late.as_uuid().to_string(), "booking.confirmed", "{}")]).await;
    world.outbox_relay().pass().await.unwrap();
    let position = refused(&world).await[0].position;

    world.organizations().ensure(late, OrganizationName::parse("Late").unwrap(), Plan::Free).await.unwrap();
    assert_eq!(world.outbox_relay().pass().await.unwrap(), 0, "not by itself");
    assert!(rows(&world).try_again(position).await.unwrap());
    assert!(!rows(&world).try_again(position).await.unwrap(), "it waits already");
    assert_eq!(world.outbox_relay().pass().await.unwrap(), 1);
    assert_eq!((events(&world, late).await, refused(&world).await), (1, vec![]));
}

pub async fn more_rows_than_a_batch_become_events_in_one_pass(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let id = organization_id.as_uuid().to_string();
    write(&world, &vec![(id.as_str(), "booking.confirmed", "{}"); 150]).await;
    assert_eq!(world.outbox_relay().pass().await.unwrap(), 150);
    assert_eq!(events(&world, organization_id).await, 150);
}

pub async fn relays_side_by_side_make_one_event_of_each_row(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let id = organization_id.as_uuid().to_string();
    write(&world, &vec![(id.as_str(), "booking.confirmed", "{}"); 300]).await;
    let relays = (0..4).map(|_| {
        let relay = world.outbox_relay();
        tokio::spawn(async move { relay.pass().await.unwrap() })
    });
    let mut dealt_with = 0;
    for relay in relays.collect::<Vec<_>>() {
        dealt_with += relay.await.unwrap();
    }
    dealt_with += world.outbox_relay().pass().await.unwrap();
    assert_eq!((dealt_with, events(&world, organization_id).await), (300, 300));
}
