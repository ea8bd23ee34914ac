//! What lists share: a filter that is a form, and pages that begin where the last one ended.

mod choice;
mod filter_form;
mod pager;
mod typed_moment;

pub(super) use choice::Choice;
pub(super) use filter_form::FilterForm;
pub(super) use pager::Pager;

/// How many rows a page has.
pub(super) const ROWS: u32 = 50;
