//! `/v1/deliveries`: what became of them, and retrying one.

mod attempt_view;
mod get;
mod list;
mod request_view;
mod retry;
mod view;

pub(super) use retry::Accepted;
pub(super) use view::DeliveryView;

use super::Services;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes, each with its description.
pub(super) fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list::list)).routes(routes!(get::get)).routes(routes!(retry::retry))
}
