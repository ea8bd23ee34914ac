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

pub(super) use delete::delete;
pub(super) use get::get;
pub(super) use list::list;
pub(super) use register::register;
pub(super) use replay::replay;
pub(super) use rotate_secret::rotate_secret;
pub(super) use test_event::test;
pub(super) use update::update;
pub(super) use view::Shown;
