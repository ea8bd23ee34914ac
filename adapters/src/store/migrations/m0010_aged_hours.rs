//! What removing old hours of webhooks needs.

use crate::store::dialect::Dialect;

pub(super) fn statements(_: Dialect) -> Vec<String> {
    // Which hours are the oldest, whosever they are? A row enters it once an hour and is never moved in it.
    vec!["CREATE INDEX webhook_hours_by_age ON webhook_hours (hour_start)".to_owned()]
}
