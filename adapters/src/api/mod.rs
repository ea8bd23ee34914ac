//! The inbound HTTP API, as an axum router over the use cases.
//!
//! It translates the wire contract to and from the use cases and decides nothing.
//!
//! | item | is |
//! |---|---|
//! | [`router()`] | the routes |
//! | [`router_with`], [`enveloped`] | the same with further routes; what every route has, around routes of one's own |
//! | [`ApiServices`] | what they need; [`ApiServices::of`] takes it from an application |
//! | [`Authenticator`] | who says whose a request is: [`ApiKeys`], or a closure or type of yours that answers an [`Identity`] |
//! | [`RateLimiter`] | whether they make too many |
//! | [`Readiness`] | whether the store can be used, for `/readyz` |
//! | [`ServerSpan`], [`trace_parent`] | what caused a request, if that is being traced |
//! | [`description`] | what all of this is for those who call it, as OpenAPI 3.1 |
//!
//! What can go wrong is looked for in one order: route, method, other sites' pages, authentication, rate limit, identifier or query,
//! idempotency key, body. Bodies are read up to 256 KiB (the contract's bound), within 30 s.

// A route is a file; what routes share is in the files around them:
//
// | module | is |
// |---|---|
// | `webhooks`, `bookings`, `deliveries`, `events`, `health` | the routes |
// | `authenticator`, `authentication` | whose request it is, and who says so |
// | `cross_site` | whether another site's page asks for it |
// | `rate_limiter`, `allowances` | whether they make too many |
// | `prefix` | where in a larger router all of this lies |
// | `cause` | what caused it, if that is being traced |
// | `idempotency` | the same POST again gets the first answer again |
// | `request_body`, `json_object`, `member` | a body, from bytes to typed members |
// | `query`, `path_id`, `cursor` | what stands in the URL |
// | `openapi` | what all of this is for those who call it, generated from the routes |
// | `error` | the one shape of every error, and which error is which |
// | `json_answer`, `envelope`, `request_id` | what every answer has |
// | `in_flight`, `ledger` | how much of requests and answers is in memory at once |

mod allowances;
mod authentication;
mod authenticator;
mod bookings;
mod cause;
pub(crate) mod cross_site;
pub(crate) mod cursor;
mod deliveries;
mod envelope;
mod error;
mod events;
mod health;
mod idempotency;
mod in_flight;
mod json_answer;
mod json_object;
mod ledger;
mod member;
mod openapi;
mod path_id;
mod prefix;
mod query;
mod rate_limiter;
mod request_body;
mod request_id;
mod webhooks;

#[cfg(feature = "dashboard")]
pub(crate) use allowances::Allowances;
pub use authenticator::{ApiKeys, Authenticator, Identity};
pub use cause::{ServerSpan, trace_parent};
pub use health::Readiness;
#[cfg(feature = "dashboard")]
pub(crate) use path_id::named_in_path;
#[cfg(feature = "dashboard")]
pub(crate) use prefix::{ApiPlace, prefix};
pub use rate_limiter::RateLimiter;

use authentication::Authentication;
use axum::Router;
use axum::middleware;
use axum::routing::get;
use error::ApiError;
use prefix::Prefix;
use slotflow_application::ports::Entropy;
use slotflow_application::{
    BookingIntake, Bookings, Deliveries, Events, Idempotency, Repairs, Slotflow, Webhooks,
};
use slotflow_domain::event::EventCatalog;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What the API offers, ready to be called.
#[derive(Clone)]
pub struct ApiServices {
    /// Says whose a request is.
    pub authenticator: Arc<dyn Authenticator>,
    /// Holds each of them to a number of requests; `None` admits all, and is what [`of`](Self::of) gives.
    pub rate_limiter: Option<Arc<RateLimiter>>,
    /// Behind `/v1/webhooks`.
    pub webhooks: Webhooks,
    /// Behind `/v1/bookings`.
    pub bookings: Bookings,
    /// Makes bookings, those that come together in one unit of work: up to 64 in each, and by default 2 side by side.
    pub intake: BookingIntake,
    /// Behind `/v1/deliveries`.
    pub deliveries: Deliveries,
    /// Carries out every POST once per key.
    pub idempotency: Idempotency,
    /// Behind `/v1/events`.
    pub events: Events,
    /// Behind retries, replays and tests.
    pub repairs: Repairs,
    /// Behind `/readyz`.
    pub readiness: Readiness,
}

/// How many batches of bookings are made at a time. While one is committed the next one is read, and both databases are
/// kept busy by that.
const UNITS_OF_WORK_FOR_BOOKINGS: usize = 2;

impl ApiServices {
    /// Those of this application, for requests of whom `authenticator` says. Nobody is held to a number of them.
    pub fn of(slotflow: &Slotflow, authenticator: Arc<dyn Authenticator>) -> Self {
        Self {
            authenticator,
            rate_limiter: None,
            webhooks: slotflow.webhooks.clone(),
            bookings: slotflow.bookings.clone(),
            intake: BookingIntake::new(slotflow.bookings.clone(), UNITS_OF_WORK_FOR_BOOKINGS),
            deliveries: slotflow.deliveries.clone(),
            idempotency: slotflow.idempotency.clone(),
            events: slotflow.events.clone(),
            repairs: slotflow.repairs.clone(),
            readiness: Readiness::of(Arc::clone(&slotflow.webhooks.store)),
        }
    }

    /// The same for whoever has one of the product's API keys.
    pub fn with_api_keys(slotflow: &Slotflow) -> Self {
        Self::of(slotflow, Arc::new(ApiKeys(slotflow.organizations.clone())))
    }
}

/// The services as handlers see them: one count to raise per request.
type Services = Arc<ApiServices>;

/// Whether there are bookings: where the catalogue has their events. A service whose events are others has its own things
/// instead, and no routes for these.
pub(crate) fn has_bookings(catalog: &EventCatalog) -> bool {
    EventCatalog::bookings().iter().all(|event_type| catalog.contains(event_type))
}

/// The routes, each with its description.
fn described_routes(catalog: &EventCatalog) -> OpenApiRouter<Services> {
    let bookings = if has_bookings(catalog) { bookings::routes() } else { OpenApiRouter::new() };
    OpenApiRouter::with_openapi(openapi::frame())
        .merge(webhooks::routes())
        .merge(bookings)
        .merge(deliveries::routes())
        .merge(events::routes())
        .routes(routes!(health::process))
        .routes(routes!(health::store))
}

/// The API's description: OpenAPI 3.1 as JSON, which `GET /openapi.json` serves too.
pub fn description() -> String {
    let catalog = EventCatalog::standard();
    openapi::complete(described_routes(&catalog).into_openapi(), &catalog, Authentication::BY_API_KEYS)
        .to_pretty_json()
        .unwrap_or_default()
}

/// The API's routes.
///
/// Whatever the path and the method, an error is the contract's JSON. Only what is no HTTP request at all
/// never arrives here: the server answers that itself. They can be nested in another router, beneath
/// any prefix; in one that is nested itself by `nest_service`, as axum forgets what answers unknown paths otherwise.
pub fn router(services: ApiServices) -> Router {
    router_with(services, Router::new())
}

/// The API's routes and `further` ones, which get what every route has: errors in the contract's shape, a request
/// identifier, a log line.
pub fn router_with(services: ApiServices, further: Router) -> Router {
    let entropy = Arc::clone(&services.webhooks.entropy);
    let catalog = &services.webhooks.catalog;
    let authentication = Authentication::by(&*services.authenticator);
    let (routes, description) = described_routes(catalog).split_for_parts();
    let document = openapi::Document::of(openapi::complete(description, catalog, authentication));
    let further = further.layer(middleware::from_fn(prefix::tell));
    let routes = authentication.around(routes.with_state(Arc::new(services)));
    let routes = in_flight::bound(routes.merge(further))
        .route("/openapi.json", get(async move |Prefix(prefix): Prefix| document.beneath(&prefix)))
        .merge(openapi::reference());
    enveloped(routes, entropy)
}

/// These routes alone, with what every route has; for a listener of their own.
pub fn enveloped(routes: Router, entropy: Arc<dyn Entropy>) -> Router {
    let routes = routes
        .fallback(|| async { ApiError::no_such_route() })
        .method_not_allowed_fallback(|| async { ApiError::method_not_allowed() });
    envelope::wrap(routes, entropy)
}
