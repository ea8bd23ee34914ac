//! A restaurant that tells its kitchen of each table that is reserved, and the kitchen, which believes what is signed. Of ours
//! both know what the documents say.

use axum::extract::{FromRef, State};
use axum::routing::post;
use axum::{Router, http::StatusCode};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use slotflow_adapters::embed;
use slotflow_adapters::sender::SenderSettings;
use slotflow_adapters::store::{SqlStore, StoreOptions};
use slotflow_adapters::verify::{VerifiedWebhook, WebhookVerifier};
use slotflow_application::webhooks::RegisterWebhook;
use slotflow_domain::OrganizationId;
use slotflow_domain::event::{EventCatalog, EventDefinition, NewEvent};
use slotflow_domain::organization::{OrganizationName, Plan};
use slotflow_domain::webhook::UrlRules;
use std::{env, error::Error};
use tokio::{net::TcpListener, sync::mpsc};

const HOUSE: OrganizationId = OrganizationId::new(uuid::uuid!("6e7a5c1e-0000-4000-8000-000000000001"));

#[derive(Clone)]
struct Kitchen {
    verifier: WebhookVerifier,
    arrived: mpsc::UnboundedSender<Value>,
}

impl FromRef<Kitchen> for WebhookVerifier {
    fn from_ref(kitchen: &Kitchen) -> Self {
        kitchen.verifier.clone()
    }
}

async fn receive(State(kitchen): State<Kitchen>, webhook: VerifiedWebhook<Value>) -> StatusCode {
    _ = kitchen.arrived.send(webhook.event);
    StatusCode::OK
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let store = SqlStore::connect(&env::var("DATABASE_URL")?, StoreOptions::default()).await?;
    store.migrate().await?;
    let setup = store.begin_transaction().await?;
    setup.execute_unprepared("CREATE TABLE reservations (id INTEGER PRIMARY KEY, guests INTEGER)").await?;
    setup.commit().await?;

    let catalog = EventCatalog::of([EventDefinition::new("table.reserved")?])?;
    let sender = SenderSettings { url_rules: UrlRules::development(), ..Default::default() };
    let (slotflow, worker) = embed::with_sender(&store, sender)?.catalog(catalog).build();
    let running = worker.start();
    slotflow.organizations.ensure(HOUSE, OrganizationName::parse("Chez Nous")?, Plan::Growth).await?;

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/reservations", listener.local_addr()?);
    let webhook = RegisterWebhook { url, events: vec!["table.reserved".into()] };
    let webhook = slotflow.webhooks.ensure(HOUSE, webhook).await?;
    let secret = webhook.secrets.current().ok_or("no secret")?.clone();
    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    let kitchen = Kitchen { verifier: WebhookVerifier::new([secret]), arrived };
    let routes = Router::new().route("/reservations", post(receive)).with_state(kitchen);
    tokio::spawn(async move { axum::serve(listener, routes).await });

    for (id, is_kept) in [(6, false), (7, true)] {
        let transaction = store.begin_transaction().await?;
        let insert = Statement::from_sql_and_values(
            transaction.get_database_backend(),
            "INSERT INTO reservations VALUES ($1, $2)",
            [id.into(), 4.into()],
        );
        transaction.execute_raw(insert).await?;
        let event = NewEvent::new("table.reserved", &json!({"id": id, "guests": 4}))?;
        let published = slotflow.publish(&mut store.enlist(&transaction), HOUSE, event).await?;
        if is_kept {
            transaction.commit().await?;
            published.committed();
        } else {
            transaction.rollback().await?;
        }
    }

    println!("arrived: {}", arrivals.recv().await.ok_or("nothing")?["data"]);
    running.stop().await?;
    Ok(())
}
