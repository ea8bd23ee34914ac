//! `/v1/webhooks`: registering, listing, changing and deleting.

mod delete;
mod get;
mod list;
mod register;
mod update;
mod view;

use super::Services;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes, each with its description.
pub(super) fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list::list, register::register)).routes(routes!(
        get::get,
        update::update,
        delete::delete
    ))
}
