//! A small shop that keeps its orders in a table of its own, and tells the webhooks of each of its shops when one is paid.
//! The row and the event are committed together, or neither is.
//!
//! ```text
//! cargo run -p slotflow-adapters --example embed_in_axum
//! curl localhost:3000/webhooks --json '{"url": "https://example.com/hook"}'      # answers the signing secret
//! curl localhost:3000/orders --json '{"id": 7, "total": 1250}'
//! ```
//! `DATABASE_URL` names the database (`sqlite://shop.db`, or `postgres://…`), `LISTEN` the address.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use sea_orm::{ConnectionTrait, Statement};
use serde::Deserialize;
use serde_json::{Value, json};
use slotflow_adapters::embed;
use slotflow_adapters::sender::SenderSettings;
use slotflow_adapters::store::{SqlStore, StoreOptions};
use slotflow_application::Slotflow;
use slotflow_application::webhooks::RegisterWebhook;
use slotflow_domain::OrganizationId;
use slotflow_domain::event::{EventCatalog, EventDefinition, NewEvent};
use slotflow_domain::organization::{OrganizationName, Plan};
use slotflow_domain::webhook::UrlRules;
use std::{env, error::Error};

/// The one shop, as the rest of the service knows it. Yours comes from whoever is signed in.
const SHOP: OrganizationId = OrganizationId::new(uuid::uuid!("6e7a5c1e-0000-4000-8000-000000000001"));

const ORDERS: &str = "CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, total INTEGER NOT NULL)";

#[derive(Clone)]
struct Shop {
    store: SqlStore,
    slotflow: Slotflow,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite://shop.db".to_owned());
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());

    // Our tables, and beside them yours.
    let store = SqlStore::connect(&url, StoreOptions::default()).await?;
    store.migrate().await?;
    let setup = store.begin_transaction().await?;
    setup.execute_unprepared(ORDERS).await?;
    setup.commit().await?;

    // Your events, and receivers on your own machine. In production leave the rules as they are.
    let paid = EventDefinition::new("order.paid")?.example(&json!({"id": 1, "total": 1250}))?;
    let sender = SenderSettings { url_rules: UrlRules::development(), ..Default::default() };
    let (slotflow, worker) = embed::with_sender(&store, sender)?.catalog(EventCatalog::of([paid])?).build();
    slotflow.organizations.ensure(SHOP, OrganizationName::parse("Shop")?, Plan::Growth).await?;

    let running = worker.start();
    let routes = Router::new().route("/orders", post(pay)).route("/webhooks", post(register));
    let listener = tokio::net::TcpListener::bind(&address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, routes.with_state(Shop { store, slotflow }))
        .with_graceful_shutdown(async { _ = tokio::signal::ctrl_c().await })
        .await?;
    running.stop().await?;
    Ok(())
}

#[derive(Deserialize)]
struct Order {
    id: i32,
    total: i32,
}

async fn pay(
    State(shop): State<Shop>,
    Json(Order { id, total }): Json<Order>,
) -> Result<Json<Value>, Failure> {
    let order = json!({"id": id, "total": total});
    let transaction = shop.store.begin_transaction().await?;
    let (insert, values) = ("INSERT INTO orders VALUES ($1, $2)", [id.into(), total.into()]);
    let insert = Statement::from_sql_and_values(transaction.get_database_backend(), insert, values);
    transaction.execute_raw(insert).await?;
    let event = NewEvent::new("order.paid", &order)?;
    let published = shop.slotflow.publish(&mut shop.store.enlist(&transaction), SHOP, event).await?;
    transaction.commit().await?;
    published.committed();
    Ok(Json(order))
}

#[derive(Deserialize)]
struct Registration {
    url: String,
}

async fn register(
    State(shop): State<Shop>,
    Json(wanted): Json<Registration>,
) -> Result<Json<Value>, Failure> {
    let webhook = RegisterWebhook { url: wanted.url, events: vec!["order.paid".to_owned()] };
    let webhook = shop.slotflow.webhooks.register(SHOP, webhook).await?;
    let secret = webhook.secrets.current().map(|secret| secret.expose().to_owned());
    Ok(Json(json!({"id": webhook.id.to_string(), "signing_secret": secret})))
}

/// Whatever went wrong, in words.
struct Failure(String);

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into().to_string())
    }
}

impl axum::response::IntoResponse for Failure {
    fn into_response(self) -> axum::response::Response {
        (StatusCode::UNPROCESSABLE_ENTITY, self.0).into_response()
    }
}
