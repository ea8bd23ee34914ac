//! The pages about events: what happened, whether any webhook wanted it or not.

mod list;
mod row;
mod show;

pub(super) use row::EventRow;

use super::routes::Routes;

/// The routes.
pub(super) fn routes() -> Routes {
    Routes::new().get("/events", list::show).get("/events/{id}", show::show)
}
