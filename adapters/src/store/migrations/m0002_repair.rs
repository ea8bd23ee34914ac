//! Listings that stay an index range whatever they are filtered by, and replays.

use crate::store::dialect::{ColumnTypes, Dialect};

pub(super) fn statements(dialect: Dialect) -> Vec<String> {
    let replays = [replays(&dialect.column_types())];
    replays.into_iter().chain(order().map(str::to_owned)).collect()
}

/// The replays that were accepted, and how far each has come.
fn replays(types: &ColumnTypes) -> String {
    let ColumnTypes { id, big, table, .. } = types;
    format!(
        "CREATE TABLE replays (
            id {id} NOT NULL PRIMARY KEY,
            organization_id {id} NOT NULL REFERENCES organizations (id),
            webhook_id {id} NOT NULL REFERENCES webhooks (id),
            since_at {big} NOT NULL,
            until_at {big} NOT NULL,
            status text CHECK (status IN ('delivered', 'failed', 'cancelled')),
            position_at {big} NOT NULL,
            position_id {id} NOT NULL,
            queued {big} NOT NULL CHECK (queued >= 0),
            made {big} NOT NULL CHECK (made >= 0),
            created_at {big} NOT NULL,
            finished_at {big},
            CHECK (since_at < until_at)
        ) {table}"
    )
}

/// All that changes, in the order in which it is done. What goes is dropped first, so that rewriting each delivery
/// does not write to it once more.
fn order() -> impl Iterator<Item = &'static str> {
    DROPPED.into_iter().chain(TYPES_OF_DELIVERIES).chain(INDEXES)
}

/// The indexes that others replace.
const DROPPED: [&str; 3] =
    ["DROP INDEX deliveries_listing", "DROP INDEX deliveries_of_webhook", "DROP INDEX deliveries_of_event"];

/// The event's type stands in its deliveries too, written with them and never again, so that a list of one type
/// is a range of an index and not a search through all types.
const TYPES_OF_DELIVERIES: [&str; 2] = [
    "ALTER TABLE deliveries ADD COLUMN event_type text NOT NULL DEFAULT ''",
    "UPDATE deliveries SET event_type = \
     (SELECT e.event_type FROM events e WHERE e.id = deliveries.event_id)",
];

/// Each index and the question it answers.
///
/// Lists are ordered by `(created_at, id)`, which never changes: a filter by time is a range of the same index,
/// exact whatever kind of UUID the ids are and however the clock was set, and a page begins where the last one
/// ended. What stands before these two columns is what a list can be filtered by alone.
const INDEXES: [&str; 10] = [
    // An organization's deliveries; those to one webhook; those of one type.
    "CREATE INDEX deliveries_newest ON deliveries (organization_id, created_at, id)",
    "CREATE INDEX deliveries_newest_of_webhook ON deliveries (webhook_id, created_at, id)",
    "CREATE INDEX deliveries_newest_of_type ON deliveries (organization_id, event_type, created_at, id)",
    // Those with one status, of all webhooks and of one. A first attempt is stored as being made and is not in
    // them before it has ended, so that most deliveries are written here once.
    "CREATE INDEX deliveries_of_status ON deliveries (organization_id, status, created_at, id) \
     WHERE status <> 'delivering'",
    "CREATE INDEX deliveries_of_webhook_and_status ON deliveries (webhook_id, status, created_at, id) \
     WHERE status <> 'delivering'",
    // Those being made: as many as there are sending slots, so that this stays a page or two.
    "CREATE INDEX deliveries_being_made ON deliveries (organization_id, created_at, id) \
     WHERE status = 'delivering'",
    // An event's deliveries, and those of them to one webhook.
    "CREATE INDEX deliveries_of_event ON deliveries (event_id, webhook_id)",
    // An organization's events, and those of one type. Those of one booking are few: `events_of_booking`.
    "CREATE INDEX events_newest ON events (organization_id, created_at, id)",
    "CREATE INDEX events_newest_of_type ON events (organization_id, event_type, created_at, id)",
    // What is to be replayed.
    "CREATE INDEX replays_unfinished ON replays (created_at, id) WHERE finished_at IS NULL",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_index_is_written_to_by_the_rewriting_of_all_deliveries_but_those_that_stay() {
        let order: Vec<_> = order().collect();
        let rewriting = order.iter().position(|it| it.starts_with("UPDATE deliveries")).unwrap();
        let last_drop = order.iter().rposition(|it| it.starts_with("DROP INDEX")).unwrap();
        let first_index = order.iter().position(|it| it.starts_with("CREATE INDEX")).unwrap();
        assert!(last_drop < rewriting && rewriting < first_index, "{order:?}");
        assert_eq!(order.iter().filter(|it| it.starts_with("DROP INDEX")).count(), 3);
    }
}
