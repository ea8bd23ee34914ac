//! Lists that are exact by any filters, from fewer indexes, which a claim does not write to.

use crate::store::dialect::Dialect;

/// All that changes, in the order in which it is done: what goes is dropped first, so that rewriting each delivery
/// does not write to it once more.
pub(super) fn statements(_: Dialect) -> Vec<String> {
    DROPPED.into_iter().chain(COLUMN).chain(INDEXES).map(str::to_owned).collect()
}

/// The indexes that others replace.
const DROPPED: [&str; 8] = [
    "DROP INDEX deliveries_newest",
    "DROP INDEX deliveries_newest_of_webhook",
    "DROP INDEX deliveries_newest_of_type",
    "DROP INDEX deliveries_of_status",
    "DROP INDEX deliveries_of_webhook_and_status",
    "DROP INDEX deliveries_pending",
    "DROP INDEX deliveries_of_webhook_and_type",
    "DROP INDEX deliveries_of_status_and_type",
];

/// The status under which lists find a delivery: its own, except while it is being made. A first attempt that began
/// with the delivery's commit has none yet, as it is over in a moment: most deliveries are written to the lists once.
/// One that waited keeps `pending`, so that a claim, which may take from a backlog of millions, leaves the lists alone.
const COLUMN: [&str; 2] = [
    "ALTER TABLE deliveries ADD COLUMN listed_status text",
    "UPDATE deliveries SET listed_status = status WHERE status <> 'delivering'",
];

/// Each index and the question it answers: an organization's or a webhook's deliveries of one status, and of one
/// type too. Those of any status are found status by status. What is being made is in `deliveries_being_made`.
const INDEXES: [&str; 4] = [
    "CREATE INDEX deliveries_listed ON deliveries (organization_id, listed_status, created_at, id) \
     WHERE listed_status IS NOT NULL",
    "CREATE INDEX deliveries_listed_of_webhook ON deliveries (webhook_id, listed_status, created_at, id) \
     WHERE listed_status IS NOT NULL",
    "CREATE INDEX deliveries_listed_of_type ON deliveries \
     (organization_id, listed_status, event_type, created_at, id) WHERE listed_status IS NOT NULL",
    "CREATE INDEX deliveries_listed_of_webhook_and_type ON deliveries \
     (webhook_id, listed_status, event_type, created_at, id) WHERE listed_status IS NOT NULL",
];
