//! Lists by type together with a webhook or a status.

use crate::store::dialect::Dialect;

pub(super) fn statements(_: Dialect) -> Vec<String> {
    INDEXES.map(str::to_owned).into()
}

/// Each index and the question it answers.
const INDEXES: [&str; 2] = [
    // A webhook's deliveries of one type, which may be none among very many.
    "CREATE INDEX deliveries_of_webhook_and_type ON deliveries (webhook_id, event_type, created_at, id)",
    // An organization's of one type that are held or did not arrive. What goes well is never written here, and what
    // is pending is a backlog and not a history. Written with `<>`, as SQLite would take `IN` for a way to find rows.
    "CREATE INDEX deliveries_of_status_and_type ON deliveries \
     (organization_id, status, event_type, created_at, id) \
     WHERE status <> 'delivering' AND status <> 'delivered' AND status <> 'pending'",
];
