//! The dashboard: pages on which an organization watches its deliveries and puts right what went wrong.
//!
//! Server-rendered (askama), signed in to with an API key or by whom the embedding service says, and whole without JavaScript; htmx and server-sent events
//! only keep what is shown up to date. It decides nothing: each page asks the use cases that the API asks.
//!
//! | item | is |
//! |---|---|
//! | [`router()`] | the pages, as an axum router |
//! | [`DashboardServices`] | what it needs; [`DashboardServices::of`] takes it from an application |
//! | [`Access`] | who says who is looking |
//! | [`SessionKey`] | what sessions are signed with, where whoever has an API key may sign in |
//! | [`LiveUpdates`] | an observer of the dispatcher that tells open pages that something has happened |
//! | [`routes()`] | which paths there are |
//!
//! Everything that a tenant, an attendee or a receiver wrote is text: askama escapes it, and the
//! `Content-Security-Policy` allows no script, style or address but our own.

// | module | is |
// |---|---|
// | `viewer`, `access` | who is looking, and who says so |
// | `sign_in`, `session`, `sign_in_limit` | how they prove it to us |
// | `overview`, `webhooks`, `deliveries`, `events` | the pages, one file each |
// | `listing`, `payload` | lists with their filters and pages; the bytes of an event, to look at |
// | `live` | tells open pages that something has happened |
// | `page`, `failure`, `notice`, `form`, `path_id` | what pages share: frame, errors, what was just done, what was typed, what the path names |
// | `place`, `own_address` | where we are: beneath which path, and on which host |
// | `words` | how moments, statuses, outcomes and amounts are said |
// | `routes` | which paths there are |
// | `assets`, `protection` | style sheet and scripts; what the browser is told to refuse |

mod access;
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
mod place;
mod protection;
mod routes;
mod session;
mod sign_in;
mod sign_in_limit;
mod viewer;
mod webhooks;
mod words;

pub use access::Access;
pub use live::LiveUpdates;
pub use session::SessionKey;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::middleware;
use axum::routing::{any, get};
use place::Dashboard;
use routes::Routes;
use session::Sessions;
use sign_in_limit::SignInLimit;
use slotflow_application::{Deliveries, Events, Organizations, Overview, Repairs, Slotflow, Webhooks};
use std::sync::Arc;

/// The most that a form may hold, in bytes.
const MAX_FORM_BYTES: usize = 64 * 1_024;

/// What the dashboard offers, ready to be called.
#[derive(Clone)]
pub struct DashboardServices {
    /// Knows organizations, and their API keys.
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
    /// Says who is looking.
    pub access: Access,
}

impl DashboardServices {
    /// Those of this application. `live` has to be one of its observers; without that, open pages look again every few
    /// seconds only.
    pub fn of(slotflow: &Slotflow, live: LiveUpdates, access: Access) -> Self {
        Self {
            organizations: slotflow.organizations.clone(),
            overview: slotflow.overview.clone(),
            webhooks: slotflow.webhooks.clone(),
            deliveries: slotflow.deliveries.clone(),
            events: slotflow.events.clone(),
            repairs: slotflow.repairs.clone(),
            live,
            access,
        }
    }
}

/// What handlers share.
struct Shared {
    services: DashboardServices,
    /// The path that the dashboard lies under in its own router, such as `/dashboard`; nothing at the top.
    path: String,
    sessions: Sessions,
    sign_in_limit: SignInLimit,
}

/// The dashboard's routes, all of them at or below `path`, such as `/dashboard`, or `/` for a router of their own. They can
/// be nested in another router, beneath any prefix: links and redirects have it too. (Not one that a proxy takes away before we see the request.)
pub fn router(services: DashboardServices, path: &str) -> Router {
    let path = match path.trim_matches('/') {
        "" => String::new(),
        path => format!("/{path}"),
    };
    let (key, routes) = match &services.access {
        Access::ApiKeys(key) => (key.clone(), all_routes()),
        Access::Theirs { .. } => (SessionKey::none(), pages()),
    };
    let shared = Arc::new(Shared {
        sessions: Sessions::new(&services, key),
        sign_in_limit: SignInLimit::new(Arc::clone(&services.organizations.clock)),
        path: path.clone(),
        services,
    });
    let mut pages = routes.into_router(&path).route(&format!("{path}/{{*unknown}}"), any(page::not_found));
    if !path.is_empty() {
        pages = pages.route(&path, get(page::first));
    }
    let pages =
        pages.method_not_allowed_fallback(page::wrong_method).layer(DefaultBodyLimit::max(MAX_FORM_BYTES));
    let pages = protection::refusing_strangers(pages)
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), failure::show))
        .with_state(shared);
    protection::around(pages)
}

/// Every route: its method and its path below the dashboard's own, such as `/webhooks/{id}`.
pub fn routes() -> Vec<(Method, &'static str)> {
    all_routes().into_list()
}

fn all_routes() -> Routes {
    pages()
        .get("/sign-in", sign_in::show)
        .post("/sign-in", sign_in::sign_in)
        .post("/sign-out", sign_in::sign_out)
}

/// What there is for whoever is looking, whoever says who that is.
fn pages() -> Routes {
    Routes::new()
        .get("/", overview::show)
        .get("/live", live::stream)
        .get("/assets/{name}", assets::serve)
        .merge(webhooks::routes())
        .merge(deliveries::routes())
        .merge(events::routes())
}
