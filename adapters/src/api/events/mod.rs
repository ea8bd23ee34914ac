//! `/v1/events`: what happened, whether any webhook wanted it or not.

mod get;
mod list;
mod view;

use super::Services;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes, each with its description.
pub(super) fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list::list)).routes(routes!(get::get))
}
