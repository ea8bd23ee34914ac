//! From an empty `main` to a delivered event.

use serde_json::json;
use slotflow_adapters::embed;
use slotflow_adapters::store::{SqlStore, StoreOptions};
use slotflow_application::webhooks::RegisterWebhook;
use slotflow_domain::OrganizationId;
use slotflow_domain::event::{EventCatalog, EventDefinition, NewEvent};
use slotflow_domain::organization::{OrganizationName, Plan};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = SqlStore::connect("sqlite://shop.db", StoreOptions::default()).await?;
    store.migrate().await?;
    let catalog = EventCatalog::of([EventDefinition::new("order.paid")?])?;
    let (slotflow, worker) = embed::on(&store)?.catalog(catalog).build();
    let running = worker.start();

    let shop = OrganizationId::new(uuid::uuid!("6e7a5c1e-0000-4000-8000-000000000001"));
    slotflow.organizations.ensure(shop, OrganizationName::parse("Shop")?, Plan::Growth).await?;
    let webhook = RegisterWebhook { url: "https://example.com/".into(), events: vec!["order.paid".into()] };
    slotflow.webhooks.ensure(shop, webhook).await?;

    let transaction = store.begin_transaction().await?;
    // Here go your own rows.
    let event = NewEvent::new("order.paid", &json!({"order_id": 7, "total": "12.50"}))?;
    let published = slotflow.publish(&mut store.enlist(&transaction), shop, event).await?;
    transaction.commit().await?;
    published.committed();

    running.stop().await?;
    Ok(())
}
