//! `/v1/bookings`: booking, listing and cancelling.

mod cancel;
mod confirm;
mod get;
mod list;
mod view;

use super::Services;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes, each with its description.
pub(super) fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(list::list, confirm::confirm))
        .routes(routes!(get::get, cancel::cancel))
}
