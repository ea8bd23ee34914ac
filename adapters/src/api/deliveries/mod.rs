//! `/v1/deliveries`: what became of them, and trying again.

mod attempt_view;
mod get;
mod list;
mod request_view;
mod retry;
mod view;

pub(super) use get::get;
pub(super) use list::list;
pub(super) use retry::{Accepted, retry};
pub(super) use view::DeliveryView;
