//! Events of one's own catalogue, on the test kit.

use super::{Reply, TestKit};
use slotflow_application::ports::{Directory as _, Store as _};
use slotflow_application::slotflow::{NotStopped, RunningWorker, Worker};
use slotflow_application::webhooks::RegisterWebhook;
use slotflow_application::{DispatcherSettings, Slotflow};
use slotflow_domain::delivery::RetryPolicy;
use slotflow_domain::event::{EventCatalog, EventDefinition, NewEvent};
use slotflow_domain::organization::{OrganizationName, Plan};
use slotflow_domain::{OrganizationId, WebhookId};
use std::sync::Arc;
use std::time::Duration;

const SHOP: OrganizationId = OrganizationId::new(uuid::Uuid::from_u128(7));

/// A kit with orders in place of bookings, an organization of the caller's id, and a webhook for what is paid.
async fn shop(settings: DispatcherSettings) -> (TestKit, WebhookId) {
    let mut kit = TestKit::with(1, settings);
    let paid = EventDefinition::new("order.paid").unwrap().example(&serde_json::json!({"order": 1})).unwrap();
    kit.catalog = EventCatalog::of([paid, EventDefinition::new("order.lost").unwrap()]).unwrap();
    kit.organizations().ensure(SHOP, name(), Plan::Free).await.unwrap();
    let webhook =
        RegisterWebhook { url: "https://shop.dev/".to_owned(), events: vec!["order.paid".to_owned()] };
    let webhook = kit.webhooks().register(SHOP, webhook).await.unwrap();
    (kit, webhook.id)
}

fn name() -> OrganizationName {
    OrganizationName::parse("Shop").unwrap()
}

fn paid(order: u32) -> NewEvent {
    NewEvent::new("order.paid", &serde_json::json!({ "order": order })).unwrap()
}

#[tokio::test]
async fn an_event_arrives_once_it_is_committed_and_never_if_it_is_not() {
    let (kit, _) = shop(DispatcherSettings::default()).await;
    let mut dropped = kit.store.begin().await.unwrap();
    drop(kit.slotflow().publish(dropped.as_mut(), SHOP, paid(1)).await.unwrap());
    drop(dropped);
    let mut work = kit.store.begin().await.unwrap();
    let published = kit.slotflow().publish(work.as_mut(), SHOP, paid(2)).await.unwrap();
    work.commit().await.unwrap();
    let id = published.committed();
    kit.settle_down().await;

    let sent = kit.sender.requests();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].header("webhook-id"), Some(id.to_string().as_str()));
    assert_eq!(sent[0].header("x-slotflow-event"), Some("order.paid"));
    let body = String::from_utf8_lossy(sent[0].body()).into_owned();
    assert!(body.starts_with(r#"{"event":"order.paid","created_at":""#), "{body}");
    assert!(body.ends_with(r#","data":{"order":2}}"#), "{body}");
}

#[tokio::test]
async fn an_event_nobody_wants_is_kept_and_not_sent() {
    let (kit, _) = shop(DispatcherSettings::default()).await;
    let lost = NewEvent::new("order.lost", &serde_json::json!({})).unwrap();
    let id = kit.slotflow().publish_alone(SHOP, lost).await.unwrap();
    kit.settle_down().await;
    assert!(kit.sender.requests().is_empty());
    assert!(kit.events().get(SHOP, id).await.unwrap().is_some());
}

#[tokio::test]
async fn retries_follow_the_callers_policy() {
    let policy = RetryPolicy::new(vec![Duration::from_secs(1), Duration::from_secs(2)]).unwrap();
    let settings = DispatcherSettings { retry_policy: policy, ..DispatcherSettings::default() };
    let (kit, _) = shop(settings).await;
    kit.sender.reply_to("https://shop.dev/", [Reply::Status(500)]);
    kit.slotflow().publish_alone(SHOP, paid(1)).await.unwrap();
    kit.advance(Duration::from_secs(3_600)).await;
    let sent = kit.sender.requests();
    let after: Vec<_> = sent.iter().map(|request| request.at.since(sent[0].at).as_secs()).collect();
    assert_eq!(after, [0, 1, 3]);
}

#[tokio::test]
async fn a_test_sends_the_callers_example() {
    let (kit, webhook) = shop(DispatcherSettings::default()).await;
    kit.repairs().send_test(SHOP, webhook).await.unwrap();
    kit.settle_down().await;
    let sent = kit.sender.requests();
    let body = String::from_utf8_lossy(sent[0].body()).into_owned();
    assert!(body.contains(r#""event":"webhook.test""#) && body.ends_with(r#""data":{"order":1}}"#), "{body}");
}

#[tokio::test]
async fn an_organization_is_made_once_and_follows_its_plan() {
    let (kit, _) = shop(DispatcherSettings::default()).await;
    kit.organizations().ensure(SHOP, name(), Plan::Free).await.unwrap();
    let moved = kit.organizations().ensure(SHOP, name(), Plan::Growth).await.unwrap();
    assert_eq!(moved.plan, Plan::Growth);
    let all = kit.store.organizations().await.unwrap();
    assert_eq!(
        all.into_iter().map(|one| (one.id, one.plan)).collect::<Vec<_>>(),
        [(SHOP, Plan::Growth.into())]
    );
}

/// What is put together on the kit's parts without the kit, running.
async fn started(kit: &TestKit) -> (Slotflow, RunningWorker) {
    let (store, sender) = (Arc::new(kit.store.clone()), Arc::new(kit.sender.clone()));
    let (clock, entropy) = (Arc::new(kit.clock.clone()), Arc::new(kit.entropy.clone()));
    let (slotflow, worker) =
        Slotflow::builder(store, sender, clock, entropy).catalog(kit.catalog.clone()).build();
    let running = worker.start();
    others_turn().await;
    (slotflow, running)
}

async fn others_turn() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_worker_ends_what_it_has_begun_and_stops() {
    let (kit, _) = shop(DispatcherSettings::default()).await;
    let (slotflow, running) = started(&kit).await;
    slotflow.publish_alone(SHOP, paid(1)).await.unwrap();
    running.stop().await.unwrap();
    assert_eq!(kit.sender.requests().len(), 1);
    slotflow.publish_alone(SHOP, paid(2)).await.unwrap();
    others_turn().await;
    assert_eq!(kit.sender.requests().len(), 1, "nobody sends any more");
}

#[tokio::test]
async fn an_open_transaction_does_not_keep_a_worker_for_ever() {
    let (kit, _) = shop(DispatcherSettings::default()).await;
    let (slotflow, running) = started(&kit).await;
    let mut work = kit.store.begin().await.unwrap();
    let published = slotflow.publish(work.as_mut(), SHOP, paid(1)).await.unwrap();
    let stopping = tokio::spawn(running.stop());
    others_turn().await;
    assert!(!stopping.is_finished());
    let limit = DispatcherSettings::DEFAULT_REQUEST_TIMEOUT + Worker::STOP_MARGIN;
    kit.clock.advance(limit);
    assert!(matches!(stopping.await.unwrap(), Err(NotStopped::Late)));
    drop(published);
}

#[tokio::test]
async fn what_is_said_to_be_committed_late_is_not_sent_to_a_webhook_that_is_gone() {
    let (kit, webhook) = shop(DispatcherSettings::default()).await;
    let (slotflow, running) = started(&kit).await;
    let mut work = kit.store.begin().await.unwrap();
    let published = slotflow.publish(work.as_mut(), SHOP, paid(1)).await.unwrap();
    work.commit().await.unwrap();
    slotflow.webhooks.delete(SHOP, webhook).await.unwrap();
    kit.clock.advance(Duration::from_secs(1));
    published.committed();
    others_turn().await;
    assert!(kit.sender.requests().is_empty());
    running.stop().await.unwrap();
}
