//! The pages about deliveries: all of them, one of them, and sending them again.

mod curl;
mod list;
mod retry;
mod row;
mod show;
mod story;

pub(super) use row::DeliveryRow;

use super::routes::Routes;

/// The routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/deliveries", list::show)
        .post("/deliveries/retry", retry::retry_several)
        .get("/deliveries/{id}", show::show)
        .post("/deliveries/{id}/retry", retry::retry)
}
