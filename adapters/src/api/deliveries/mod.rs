//! `/v1/deliveries`: what became of them.

mod attempt_view;
mod get;
mod list;
mod view;

pub(super) use get::get;
pub(super) use list::list;
