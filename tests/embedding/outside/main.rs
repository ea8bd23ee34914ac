//! A shop that tells its partner of each order that is paid. Of ours it knows what `docs/embedding.md` says.

use sea_orm::ConnectionTrait;
use serde_json::json;
use slotflow_adapters::embed;
use slotflow_adapters::sender::SenderSettings;
use slotflow_adapters::store::{SqlStore, StoreOptions, TableNames};
use slotflow_application::ports::DeliveryFilter;
use slotflow_application::webhooks::RegisterWebhook;
use slotflow_domain::OrganizationId;
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::event::{EventCatalog, EventDefinition, NewEvent};
use slotflow_domain::organization::{OrganizationName, Plan};
use slotflow_domain::webhook::UrlRules;
use std::{env, error::Error, time::Duration};

const TENANT: OrganizationId = OrganizationId::new(uuid::uuid!("6e7a5c1e-0000-4000-8000-000000000001"));

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let table_names = TableNames::with_prefix("slotflow_")?;
    let options = StoreOptions { table_names, ..Default::default() };
    let store = SqlStore::connect(&env::var("DATABASE_URL")?, options).await?;
    store.migrate().await?;
    let catalog = EventCatalog::of([EventDefinition::new("order.paid")?])?;
    let sender = SenderSettings { url_rules: UrlRules::development(), ..Default::default() };
    let (slotflow, worker) = embed::with_sender(&store, sender)?.catalog(catalog).build();
    let running = worker.start();

    slotflow.organizations.ensure(TENANT, OrganizationName::parse("Shop")?, Plan::Growth).await?;
    let webhook = RegisterWebhook { url: env::var("RECEIVER")?, events: vec!["order.paid".to_owned()] };
    slotflow.webhooks.register(TENANT, webhook).await?;

    let transaction = store.begin_transaction().await?;
    // A table called like one of ours.
    transaction.execute_unprepared("CREATE TABLE events (order_id INTEGER PRIMARY KEY)").await?;
    transaction.execute_unprepared("INSERT INTO events VALUES (7)").await?;
    let event = NewEvent::new("order.paid", &json!({"order_id": 7}))?;
    let published = slotflow.publish(&mut store.enlist(&transaction), TENANT, event).await?;
    transaction.commit().await?;
    published.committed();

    let wanted = DeliveryFilter { status: Some(DeliveryStatus::Delivered), limit: 1, ..Default::default() };
    while slotflow.deliveries.list(TENANT, wanted.clone()).await?.deliveries.is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    println!("delivered");
    running.stop().await?;
    Ok(())
}
