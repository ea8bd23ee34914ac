//! Retries and plans of your own: three quick retries that do not come back all at once, and plans by your own names.
//!
//! ```text
//! cargo run -p slotflow-adapters --example custom_policy
//! ```

use serde_json::json;
use slotflow_adapters::memory::{Reply, TestKit};
use slotflow_application::ports::Store;
use slotflow_application::webhooks::RegisterWebhook;
use slotflow_domain::OrganizationId;
use slotflow_domain::delivery::{Jitter, RetryPolicy};
use slotflow_domain::event::{EventCatalog, EventDefinition, NewEvent};
use slotflow_domain::organization::{OrganizationName, PlanName, WebhookLimit, WebhookLimits};
use std::time::Duration;

const TENANT: OrganizationId = OrganizationId::new(uuid::Uuid::from_u128(1));

/// Seconds before each retry, without its jitter.
const DELAYS: [u64; 3] = [10, 60, 600];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Up to half of a delay is added to it, nothing is taken away.
    let policy =
        RetryPolicy::new(DELAYS.map(Duration::from_secs).to_vec())?.with_jitter(Jitter::percent(50)?);
    let plans =
        WebhookLimits::of([("team", WebhookLimit::at_most(25)), ("enterprise", WebhookLimit::Unlimited)])?;

    // On a store of yours: embed::on(&store)?.retry_policy(policy).plans(plans).build()
    let mut kit = TestKit::new();
    kit.catalog = EventCatalog::of([EventDefinition::new("order.paid")?])?;
    kit.settings.retry_policy = policy;
    kit.plans = plans;
    let slotflow = kit.slotflow();

    let team = PlanName::parse("team")?;
    slotflow.organizations.ensure(TENANT, OrganizationName::parse("Tenant")?, team).await?;
    let webhook =
        |n| RegisterWebhook { url: format!("https://tenant.dev/{n}"), events: vec!["order.paid".into()] };
    for n in 1..=25 {
        slotflow.webhooks.register(TENANT, webhook(n)).await?;
        kit.sender.reply_to(&format!("https://tenant.dev/{n}"), vec![Reply::Status(500); 4]);
    }
    let Err(refused) = slotflow.webhooks.register(TENANT, webhook(26)).await else {
        return Err("a team has 25 webhooks".into());
    };
    println!("the 26th webhook: {refused}");

    let mut work = kit.store.begin().await?;
    let event = NewEvent::new("order.paid", &json!({"id": 7}))?;
    let published = slotflow.publish(work.as_mut(), TENANT, event).await?;
    work.commit().await?;
    published.committed();
    kit.advance(Duration::from_secs(60 * 60)).await;

    // All 25 failed at one moment. Their first retries come at many, none before its time.
    let sent = kit.sender.requests();
    let first = sent.first().ok_or("nothing was sent")?.at;
    let mut retried: Vec<_> = sent
        .iter()
        .filter(|request| request.header("x-slotflow-attempt") == Some("2"))
        .map(|request| request.at.since(first))
        .collect();
    assert_eq!(retried.len(), 25);
    assert!(retried.iter().all(|after| (10_000..=15_000).contains(&after.as_millis())), "{retried:?}");
    retried.dedup();
    assert!(retried.len() > 20, "{retried:?}");
    println!("25 deliveries that failed at once: {} attempts, none early", sent.len());
    Ok(())
}
