//! `/v1/events`: what happened, whether any webhook wanted it or not.

mod get;
mod list;
mod view;

pub(super) use get::get;
pub(super) use list::list;
