//! The API's description, generated from the routes themselves (OpenAPI 3.1).
//!
//! Each handler carries what is particular to it (`#[utoipa::path]`), and the router that serves it collects
//! that, so that no route can be served undescribed. What all routes share is added here once.
//!
//! | module | holds |
//! |---|---|
//! | `schemas` | texts of the wire that several routes use, with the domain's own lists of names |
//! | `shared` | what every operation has: authentication, errors, headers |
//! | `outgoing` | what receivers are sent, under `webhooks` |
//! | `document` | `GET /openapi.json` |
//! | `reference` | `GET /docs` |

mod document;
mod outgoing;
mod parameters;
mod reference;
pub(super) mod schemas;
mod shared;

pub(super) use document::Document;
pub(super) use parameters::{CreatedAfter, CreatedBefore, Cursor, Id, Limit, TraceParent};
pub(super) use reference::reference;

use super::authentication::Authentication;
use slotflow_domain::event::EventCatalog;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, ContactBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder,
};

/// The name of the one way to authenticate.
const API_KEY: &str = "api_key";

/// The description without its routes.
pub(super) fn frame() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Slotflow Webhooks")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(include_str!("introduction.md")))
        .license(Some(LicenseBuilder::new().name("MIT OR Apache-2.0").build()))
        .contact(Some(ContactBuilder::new().name(Some("Slotflow Webhooks")).build()))
        .build();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("sk_live_…")
        .description(Some("An API key of the organization, made with `slotflow key create`."))
        .build();
    let components = ComponentsBuilder::new().security_scheme(API_KEY, SecurityScheme::Http(bearer)).build();
    let tag = |name, text| TagBuilder::new().name(name).description(Some(text)).build();
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .tags(Some([
            tag(WEBHOOKS, "URLs that hear of events"),
            tag(BOOKINGS, "Where events come from"),
            tag(DELIVERIES, "What became of each event on its way to each webhook"),
            tag(EVENTS, "What happened, wanted by a webhook or not"),
            tag(SERVER, "Around it"),
        ]))
        .build()
}

/// The names of the groups of routes.
pub(super) const WEBHOOKS: &str = "webhooks";
pub(super) const BOOKINGS: &str = "bookings";
pub(super) const DELIVERIES: &str = "deliveries";
pub(super) const EVENTS: &str = "events";
pub(super) const SERVER: &str = "server";

/// The whole description, of the routes that were collected and the events of this catalogue. Of another way to authenticate
/// than API keys it says nothing: whoever has one describes it.
pub(super) fn complete(
    mut collected: OpenApi,
    catalog: &EventCatalog,
    authentication: Authentication,
) -> OpenApi {
    if !authentication.by_api_key
        && let Some(components) = &mut collected.components
    {
        components.security_schemes.clear();
    }
    shared::add_to(&mut collected, authentication);
    outgoing::add_to(&mut collected, catalog);
    collected.components.get_or_insert_default().schemas.extend([schemas::of_catalog(catalog)]);
    collected
}
