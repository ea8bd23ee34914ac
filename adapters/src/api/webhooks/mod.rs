//! `/v1/webhooks`: registering, listing, changing and deleting, renewing secrets.

mod delete;
mod get;
mod health_view;
mod list;
mod register;
mod rotate_secret;
mod update;
mod view;

pub(super) use delete::delete;
pub(super) use get::get;
pub(super) use list::list;
pub(super) use register::register;
pub(super) use rotate_secret::rotate_secret;
pub(super) use update::update;
