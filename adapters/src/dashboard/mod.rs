//! The dashboard: pages on which an organization watches its deliveries and puts right what went wrong.
//!
//! Server-rendered (askama), signed in to with an API key, and whole without JavaScript; htmx and server-sent events
//! only keep what is shown up to date. It decides nothing: each page asks the use cases that the API asks.
//!
//! | module | is |
//! |---|---|
//! | `sign_in`, `session`, `sign_in_limit` | who is looking, and how they prove it |
//! | `overview`, `webhooks`, `deliveries`, `events` | the pages, one file each |
//! | `listing`, `payload` | lists with their filters and pages; the bytes of an event, to look at |
//! | `live` | tells open pages that something has happened |
//! | `page`, `failure`, `notice`, `form`, `path_id`, `own_address` | what pages share: frame, errors, what was just done, what was typed, what the path names, where we are |
//! | `words` | how moments, statuses, outcomes and amounts are said |
//! | `routes` | which paths there are |
//! | `assets`, `protection` | style sheet and scripts; what the browser is told to refuse |
//!
//! Everything that a tenant, an attendee or a receiver wrote is text: askama escapes it, and the
//! `Content-Security-Policy` allows no script, style or address but our own.

mod assets;
mod deliveries;
mod events;
mod failure;
mod form;
mod listing;
mod live;
mod notice;
mod overview;
mod own_address;
mod page;
mod path_id;
mod payload;
mod protection;
mod routes;
mod session;
mod sign_in;
mod sign_in_limit;
mod webhooks;
mod words;

pub use live::LiveUpdates;
pub use session::SessionKey;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::middleware;
use axum::routing::{any, get};
use routes::Routes;
use session::Sessions;
use sign_in_limit::SignInLimit;
use slotflow_application::{Deliveries, Events, Organizations, Overview, Repairs, Webhooks};
use std::sync::Arc;

/// The most that a form may hold, in bytes.
const MAX_FORM_BYTES: usize = 64 * 1_024;

/// What the dashboard offers, ready to be called.
#[derive(Clone)]
pub struct DashboardServices {
    /// Recognizes API keys.
    pub organizations: Organizations,
    /// Behind the first page.
    pub overview: Overview,
    /// Behind the pages about webhooks.
    pub webhooks: Webhooks,
    /// Behind the pages about deliveries.
    pub deliveries: Deliveries,
    /// Behind the pages about events.
    pub events: Events,
    /// Behind retries, replays and tests.
    pub repairs: Repairs,
    /// Told of deliveries by the dispatcher, tells open pages.
    pub live: LiveUpdates,
    /// What sessions are signed with, beside the API key that opened them.
    pub session_key: SessionKey,
}

/// What handlers share.
struct Shared {
    services: DashboardServices,
    /// The path that the dashboard lies under, such as `/dashboard`.
    base: String,
    sessions: Sessions,
    sign_in_limit: SignInLimit,
}

type Dashboard = Arc<Shared>;

/// The dashboard's routes, all of them at or below `base`, such as `/dashboard`.
pub fn router(services: DashboardServices, base: &str) -> Router {
    let base = format!("/{}", base.trim_matches('/'));
    let shared = Arc::new(Shared {
        sessions: Sessions::new(&services),
        sign_in_limit: SignInLimit::new(Arc::clone(&services.organizations.clock)),
        base: base.clone(),
        services,
    });
    let pages = all_routes()
        .into_router(&base)
        .route(&base, get(page::first))
        .route(&format!("{base}/{{*unknown}}"), any(page::not_found))
        .method_not_allowed_fallback(page::wrong_method)
        .layer(DefaultBodyLimit::max(MAX_FORM_BYTES))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), failure::show))
        .with_state(Arc::clone(&shared));
    protection::around(pages, shared)
}

/// Every route: its method and its path below the dashboard's own, such as `/webhooks/{id}`.
pub fn routes() -> Vec<(Method, &'static str)> {
    all_routes().into_list()
}

fn all_routes() -> Routes {
    Routes::new()
        .get("/", overview::show)
        .get("/sign-in", sign_in::show)
        .post("/sign-in", sign_in::sign_in)
        .post("/sign-out", sign_in::sign_out)
        .get("/live", live::stream)
        .get("/assets/{name}", assets::serve)
        .merge(webhooks::routes())
        .merge(deliveries::routes())
        .merge(events::routes())
}
