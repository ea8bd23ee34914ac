//! `/v1/webhooks`: registering, listing, changing, deleting, renewing secrets, trying out and replaying.

mod delete;
mod get;
mod health_view;
mod list;
mod register;
mod replay;
mod rotate_secret;
mod test_event;
mod update;
mod view;

pub(super) use view::Shown;

use super::Services;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes, each with its description.
pub(super) fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(list::list, register::register))
        .routes(routes!(get::get, update::update, delete::delete))
        .routes(routes!(rotate_secret::rotate_secret))
        .routes(routes!(test_event::test))
        .routes(routes!(replay::replay))
}
