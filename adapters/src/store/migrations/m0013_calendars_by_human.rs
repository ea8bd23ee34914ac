//! Calendars found by their humans alone.

use crate::store::dialect::Dialect;

pub(super) fn statements(_: Dialect) -> Vec<String> {
    STATEMENTS.map(str::to_owned).into()
}

/// Does anything of this human's overlap? No two organizations share many humans, so that theirs need not be told apart
/// by the index. Without the organization PostgreSQL cannot take `bookings_listing` for as good, as it did while a table
/// was new: it read all bookings of an organization at that time.
const STATEMENTS: [&str; 2] = [
    "DROP INDEX bookings_confirmed",
    "CREATE INDEX bookings_confirmed ON bookings (human_id, starts_at) WHERE status = 'confirmed'",
];
