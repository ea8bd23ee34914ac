//! How long attempts took, hour by hour.

use crate::store::dialect::Dialect;

pub(super) fn statements(dialect: Dialect) -> Vec<String> {
    let big = dialect.column_types().big;
    // Of attempts from before, and of those that an earlier version counts beside this one, no duration is known,
    // and none of them is among the timed ones. On neither engine is a row rewritten.
    let columns = ["timed_attempts", "attempt_ms", "slowest_ms"];
    columns
        .map(|column| format!("ALTER TABLE webhook_hours ADD COLUMN {column} {big} NOT NULL DEFAULT 0"))
        .into()
}
