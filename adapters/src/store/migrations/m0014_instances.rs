//! The running processes, and how often each has taken the lock that says that it lives.

use crate::store::dialect::Dialect;

pub(super) fn statements(dialect: Dialect) -> Vec<String> {
    let (types, counted) = (dialect.column_types(), dialect.counted_key());
    let (big, table) = (types.big, types.table);
    vec![format!(
        "CREATE TABLE instances (
            number {counted},
            started_at {big} NOT NULL,
            taken {big} NOT NULL DEFAULT 1,
            CHECK (number BETWEEN 1 AND 2147483647)
        ) {table}"
    )]
}
