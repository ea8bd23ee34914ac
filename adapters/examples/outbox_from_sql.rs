//! An event from plain SQL: for services in other languages, on another driver, or with stored procedures. One `INSERT` in
//! their own transaction; the worker, here in another task and as well in another process, makes the event of it and delivers
//! it. A row that is no event is set aside with its reason.
//!
//! ```text
//! slotflow listen                                    # a receiver on this machine, which prints its URL
//! RECEIVER=http://127.0.0.1:9999/ cargo run -p slotflow-adapters --example outbox_from_sql
//! ```
//! `DATABASE_URL` names the database (`sqlite://outbox.db`, or `postgres://…`).

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbErr, Statement, TransactionTrait, Value};
use slotflow_adapters::embed;
use slotflow_adapters::sender::SenderSettings;
use slotflow_adapters::store::{SqlStore, StoreOptions};
use slotflow_application::Slotflow;
use slotflow_application::ports::DeliveryFilter;
use slotflow_application::webhooks::RegisterWebhook;
use slotflow_domain::OrganizationId;
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::event::{EventCatalog, EventDefinition};
use slotflow_domain::organization::{OrganizationName, Plan};
use slotflow_domain::webhook::UrlRules;
use std::{env, error::Error, time::Duration};

const SHOP: OrganizationId = OrganizationId::new(uuid::uuid!("6e7a5c1e-0000-4000-8000-000000000001"));

/// All that the other service has to know.
const OUTBOX: &str = "INSERT INTO outbox (organization_id, event_type, data) VALUES ($1, $2, $3)";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite://outbox.db".to_owned());
    let receiver = env::var("RECEIVER").unwrap_or_else(|_| "http://127.0.0.1:9999/".to_owned());

    // The side that delivers.
    let store = SqlStore::connect(&url, StoreOptions::default()).await?;
    store.migrate().await?;
    let catalog = EventCatalog::of([EventDefinition::new("order.paid")?])?;
    let sender = SenderSettings { url_rules: UrlRules::development(), ..Default::default() };
    let (slotflow, worker) = embed::with_sender(&store, sender)?.catalog(catalog).build();
    slotflow.organizations.ensure(SHOP, OrganizationName::parse("Shop")?, Plan::Growth).await?;
    let webhook = RegisterWebhook { url: receiver, events: vec!["order.paid".to_owned()] };
    slotflow.webhooks.ensure(SHOP, webhook).await?;
    let running = worker.start();

    // The side that has nothing of ours but the statement.
    let theirs = Database::connect(&url).await?;
    theirs.execute_unprepared("CREATE TABLE IF NOT EXISTS orders (id INTEGER NOT NULL)").await?;
    pay(&theirs, 7, r#"{"order_id": 7}"#).await?;
    pay(&theirs, 8, "order 8").await?;
    println!("committed: two orders, each with its row in the outbox");

    println!("{}", delivered(&slotflow).await?);
    println!("{}", refused(&slotflow).await?);
    running.stop().await?;
    Ok(())
}

/// An order and what is to be told of it, both or neither.
async fn pay(theirs: &DatabaseConnection, id: i32, data: &str) -> Result<(), DbErr> {
    let transaction = theirs.begin().await?;
    let run = |sql: &str, values: Vec<Value>| {
        let statement = Statement::from_sql_and_values(theirs.get_database_backend(), sql, values);
        transaction.execute_raw(statement)
    };
    run("INSERT INTO orders VALUES ($1)", vec![id.into()]).await?;
    run(OUTBOX, vec![SHOP.to_string().into(), "order.paid".into(), data.into()]).await?;
    transaction.commit().await
}

async fn delivered(slotflow: &Slotflow) -> Result<String, Box<dyn Error>> {
    let wanted = DeliveryFilter { status: Some(DeliveryStatus::Delivered), limit: 1, ..Default::default() };
    loop {
        let page = slotflow.deliveries.list(SHOP, wanted.clone()).await?;
        if let Some(delivery) = page.deliveries.first() {
            let event = slotflow.events.get(SHOP, delivery.event_id).await?.ok_or("no event")?;
            return Ok(format!("delivered: {}", String::from_utf8_lossy(event.payload.as_bytes())));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// `slotflow outbox list` shows these as well, and `slotflow outbox retry` has one judged again.
async fn refused(slotflow: &Slotflow) -> Result<String, Box<dyn Error>> {
    loop {
        if let Some(row) = slotflow.outbox.refused(None, 1).await?.first() {
            return Ok(format!("set aside: row {}: {}", row.position, row.reason));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
