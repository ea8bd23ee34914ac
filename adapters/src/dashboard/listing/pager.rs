//! From one page of a list to the next.

use super::FilterForm;

/// Where the links below a list lead. Lists are read by where the page before ended, which knows no way back but the one
/// to the beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dashboard) struct Pager {
    /// To the first page, from any other.
    pub(in crate::dashboard) newest: Option<String>,
    /// To the next page, if there is one.
    pub(in crate::dashboard) older: Option<String>,
}

impl Pager {
    /// For a page of the list at `path`; the next one begins behind `next`.
    pub(in crate::dashboard) fn new(
        path: &str,
        form: &FilterForm,
        is_first: bool,
        next: Option<String>,
    ) -> Self {
        Self {
            newest: (!is_first).then(|| form.address(path, &[])),
            older: next.map(|next| form.address(path, &[("cursor", &next)])),
        }
    }

    /// Whether everything is on this page.
    pub(in crate::dashboard) fn is_needless(&self) -> bool {
        self.newest.is_none() && self.older.is_none()
    }
}
