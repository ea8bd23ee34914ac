//! First answers under idempotency keys.

use crate::store::dialect::{ColumnTypes, Dialect};

pub(super) fn statements(dialect: Dialect) -> Vec<String> {
    let ColumnTypes { id, small, big, bytes, table, .. } = dialect.column_types();
    vec![
        // An answer that shows a webhook is the webhook's id: its secret stands in one place only.
        format!(
            "CREATE TABLE kept_answers (
                organization_id {id} NOT NULL REFERENCES organizations (id),
                idempotency_key text NOT NULL,
                request_digest {bytes} NOT NULL,
                status {small} NOT NULL CHECK (status BETWEEN 200 AND 499),
                body {bytes},
                webhook_id {id},
                answered_at {big} NOT NULL,
                PRIMARY KEY (organization_id, idempotency_key),
                CHECK ((body IS NULL) <> (webhook_id IS NULL))
            ) {table}"
        ),
        // Which have expired?
        "CREATE INDEX kept_answers_by_age ON kept_answers (answered_at)".to_owned(),
    ]
}
