//! The table into which others write events in plain SQL.

use crate::store::dialect::Dialect;

pub(super) fn statements(dialect: Dialect) -> Vec<String> {
    let (types, counted, now) = (dialect.column_types(), dialect.counted_key(), dialect.now_in_ms());
    let (big, table) = (types.big, types.table);
    vec![
        // Whoever writes here has no rules to go by, and an error would end a transaction that is somebody else's: what a row
        // says is judged later.
        format!(
            "CREATE TABLE outbox (
                position {counted},
                organization_id text NOT NULL,
                event_type text NOT NULL,
                data text NOT NULL,
                created_at {big} NOT NULL DEFAULT {now},
                reason text,
                refused_at {big},
                CHECK ((reason IS NULL) = (refused_at IS NULL))
            ) {table}"
        ),
        // Those that wait: mostly none.
        "CREATE INDEX outbox_waiting ON outbox (position) WHERE refused_at IS NULL".to_owned(),
    ]
}
