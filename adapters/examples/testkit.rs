//! What your own tests may assert: that the third attempt comes 65 minutes after the first, in a millisecond.
//!
//! ```text
//! cargo run -p slotflow-adapters --example testkit
//! ```

use serde_json::json;
use slotflow_adapters::memory::{Reply, TestKit};
use slotflow_application::ports::Store;
use slotflow_application::webhooks::RegisterWebhook;
use slotflow_domain::OrganizationId;
use slotflow_domain::event::{EventCatalog, EventDefinition, NewEvent};
use slotflow_domain::organization::{OrganizationName, Plan};
use std::time::Duration;

const SHOP: OrganizationId = OrganizationId::new(uuid::Uuid::from_u128(1));

/// In your service this is a `#[tokio::test]`.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut kit = TestKit::new();
    kit.catalog = EventCatalog::of([EventDefinition::new("order.paid")?])?;
    let slotflow = kit.slotflow();
    slotflow.organizations.ensure(SHOP, OrganizationName::parse("Shop")?, Plan::Free).await?;
    let webhook = RegisterWebhook { url: "https://shop.dev/".into(), events: vec!["order.paid".into()] };
    slotflow.webhooks.register(SHOP, webhook).await?;

    // The receiver fails, then takes too long, and then accepts.
    kit.sender.reply_to("https://shop.dev/", [Reply::Status(500), Reply::Timeout, Reply::OK]);

    // In your service this happens somewhere inside what is being tested.
    let mut work = kit.store.begin().await?;
    let event = NewEvent::new("order.paid", &json!({"id": 7}))?;
    let published = slotflow.publish(work.as_mut(), SHOP, event).await?;
    work.commit().await?;
    published.committed();

    kit.advance(Duration::from_secs(2 * 60 * 60)).await;
    let sent = kit.sender.requests();
    let [first, second, third] = sent.as_slice() else { return Err("three attempts were expected".into()) };
    let minutes = [first, second, third].map(|request| request.at.since(first.at).as_secs() / 60);
    assert_eq!(minutes, [0, 5, 65]);
    assert_eq!(third.header("x-slotflow-attempt"), Some("3"));
    assert_eq!(third.body(), first.body());
    println!("three attempts, after {minutes:?} minutes");
    Ok(())
}
