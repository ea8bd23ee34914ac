//! `/v1/webhooks`: registering, listing, changing and deleting.

mod delete;
mod get;
mod list;
mod register;
mod update;
mod view;

pub(super) use delete::delete;
pub(super) use get::get;
pub(super) use list::list;
pub(super) use register::register;
pub(super) use update::update;
pub(super) use view::Shown;
