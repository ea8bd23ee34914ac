//! What webhooks' attempts came to, hour by hour, and what their health and their disabling need beside it.

use crate::store::dialect::{ColumnTypes, Dialect};

pub(super) fn statements(dialect: Dialect) -> Vec<String> {
    let ColumnTypes { id, big, narrow_table, .. } = dialect.column_types();
    vec![
        // The primary key is all the index there is a need for: one hour of one webhook to add to, a webhook's
        // latest hours to read. No reference to `webhooks`: on PostgreSQL it would lock the webhook's row,
        // which an outcome that changes nothing in it must not.
        format!(
            "CREATE TABLE webhook_hours (
                webhook_id {id} NOT NULL,
                hour_start {big} NOT NULL,
                accepted_attempts {big} NOT NULL,
                failed_attempts {big} NOT NULL,
                delivered {big} NOT NULL,
                failed {big} NOT NULL,
                last_success_at {big},
                last_failure_at {big},
                streak_since {big},
                streak_attempts {big} NOT NULL,
                streak_deliveries {big} NOT NULL,
                PRIMARY KEY (webhook_id, hour_start)
            ) {narrow_table}"
        ),
        // What was registered before there was this column is active since it was registered.
        format!("ALTER TABLE webhooks ADD COLUMN active_since {big}"),
        "UPDATE webhooks SET active_since = created_at".to_owned(),
        // Since when does the oldest of a webhook's deliveries wait? Its size is the backlog, not the history.
        "CREATE INDEX deliveries_pending ON deliveries (webhook_id, created_at) WHERE status = 'pending'"
            .to_owned(),
    ]
}
