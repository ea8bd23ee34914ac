//! The API and the dashboard among the routes of a service that knows its users itself: no API key of ours, and no sign-in
//! page.
//!
//! ```text
//! cargo run -p slotflow-adapters --example your_http
//! curl localhost:3000/shop/hooks/v1/webhooks -H 'Authorization: Bearer ann'
//! ```
//! `DATABASE_URL` names the database (`sqlite://shop.db`, or `postgres://…`), `LISTEN` the address.

use axum::extract::Request;
use axum::http::Uri;
use axum::http::request::Parts;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::{Router, routing::get};
use slotflow_adapters::api::{self, ApiServices, Authenticator};
use slotflow_adapters::dashboard::{self, Access, DashboardServices, LiveUpdates};
use slotflow_adapters::embed;
use slotflow_adapters::store::{SqlStore, StoreOptions};
use slotflow_domain::OrganizationId;
use slotflow_domain::event::{EventCatalog, EventDefinition};
use slotflow_domain::organization::{OrganizationName, Plan};
use std::{env, error::Error, sync::Arc};

const SHOP: OrganizationId = OrganizationId::new(uuid::uuid!("6e7a5c1e-0000-4000-8000-000000000001"));

/// What your middleware leaves with the request of somebody it knows.
#[derive(Clone)]
struct Tenant(OrganizationId);

/// Your sessions, tokens or gateway. Here there is one user, of one shop.
async fn sessions(mut request: Request, next: Next) -> Response {
    if request.headers().get("authorization").is_some_and(|token| token == "Bearer ann") {
        request.extensions_mut().insert(Tenant(SHOP));
    }
    next.run(request).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite://shop.db".to_owned());
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let store = SqlStore::connect(&url, StoreOptions::default()).await?;
    store.migrate().await?;

    let (live, catalog) = (LiveUpdates::default(), EventCatalog::of([EventDefinition::new("order.paid")?])?);
    let builder = embed::on(&store)?.catalog(catalog).observer(Arc::new(live.clone()));
    let (slotflow, worker) = builder.build();
    slotflow.organizations.ensure(SHOP, OrganizationName::parse("Shop")?, Plan::Growth).await?;

    let yours: Arc<dyn Authenticator> =
        Arc::new(|request: &Parts| request.extensions.get::<Tenant>().map(|tenant| tenant.0));
    let access = Access::by_or_sign_in(Arc::clone(&yours), Uri::from_static("/login"));
    let pages = dashboard::router(DashboardServices::of(&slotflow, live.clone(), access), "/dashboard");
    let hooks = api::router_with(ApiServices::of(&slotflow, yours), pages);
    let routes = Router::new()
        .route("/login", get(async || "your own sign-in page"))
        .nest("/shop/hooks", hooks)
        .layer(middleware::from_fn(sessions));

    let running = worker.start();
    let listener = tokio::net::TcpListener::bind(&address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let stop = async move {
        _ = tokio::signal::ctrl_c().await;
        live.end();
    };
    axum::serve(listener, routes).with_graceful_shutdown(stop).await?;
    running.stop().await?;
    Ok(())
}
