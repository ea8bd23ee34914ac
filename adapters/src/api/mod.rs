//! The inbound HTTP API, as an axum router over the use cases.
//!
//! It translates the wire contract to and from the use cases and decides nothing. A route is a file; what
//! routes share is in the files around them:
//!
//! | module | is |
//! |---|---|
//! | `webhooks`, `bookings`, `deliveries`, `health` | the routes |
//! | `authentication` | whose request it is |
//! | `request_body`, `json_object`, `member` | a body, from bytes to typed members |
//! | `query`, `path_id`, `cursor` | what stands in the URL |
//! | `openapi` | what all of this is for those who call it, generated from the routes |
//! | `error` | the one shape of every error, and which error is which |
//! | `json_answer`, `envelope` | what every answer has |
//!
//! What can go wrong is looked for in one order: route, method, authentication, identifier or query, body.

mod authentication;
mod bookings;
mod cursor;
mod deliveries;
mod envelope;
mod error;
mod health;
mod json_answer;
mod json_object;
mod member;
mod openapi;
mod path_id;
mod query;
mod request_body;
mod webhooks;

use axum::Router;
use axum::routing::get;
use error::ApiError;
use slotflow_application::ports::Store;
use slotflow_application::{Bookings, Deliveries, Organizations, Webhooks};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What the API offers, ready to be called.
#[derive(Clone)]
pub struct ApiServices {
    /// Recognizes API keys.
    pub organizations: Organizations,
    /// Behind `/v1/webhooks`.
    pub webhooks: Webhooks,
    /// Behind `/v1/bookings`.
    pub bookings: Bookings,
    /// Behind `/v1/deliveries`.
    pub deliveries: Deliveries,
    /// Asked by `/readyz` whether it can be reached.
    pub store: Arc<dyn Store>,
}

/// The services as handlers see them: one count to raise per request.
type Services = Arc<ApiServices>;

/// The routes, each with its description.
fn described_routes() -> OpenApiRouter<Services> {
    OpenApiRouter::with_openapi(openapi::frame())
        .merge(webhooks::routes())
        .merge(bookings::routes())
        .merge(deliveries::routes())
        .routes(routes!(health::process))
        .routes(routes!(health::store))
}

/// The API's description: OpenAPI 3.1 as JSON, which `GET /openapi.json` serves too.
pub fn description() -> String {
    openapi::complete(described_routes().into_openapi()).to_pretty_json().unwrap_or_default()
}

/// The API's routes.
///
/// Whatever the path and the method, an error is the contract's JSON. Only what is no HTTP request at all
/// never arrives here: the server answers that itself.
pub fn router(services: ApiServices) -> Router {
    let (routes, description) = described_routes().split_for_parts();
    let document = openapi::Document::of(&openapi::complete(description));
    let routes = routes
        .route("/openapi.json", get(|| async { document }))
        .merge(openapi::reference())
        .fallback(|| async { ApiError::no_such_route() })
        .method_not_allowed_fallback(|| async { ApiError::method_not_allowed() })
        .with_state(Arc::new(services));
    envelope::wrap(routes)
}
