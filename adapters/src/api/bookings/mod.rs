//! `/v1/bookings`: booking, listing and cancelling.

mod cancel;
mod confirm;
mod get;
mod list;
mod view;

pub(super) use cancel::cancel;
pub(super) use confirm::confirm;
pub(super) use get::get;
pub(super) use list::list;
