//! What webhooks' attempts came to, hour by hour, and what their health and their disabling need beside it.

use crate::store::dialect::{ColumnTypes, Dialect};
use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

pub(super) struct WebhookHours;

impl MigrationName for WebhookHours {
    fn name(&self) -> &str {
        "m0004_webhook_hours"
    }
}

#[allow(elided_lifetimes_in_paths, reason = "the trait elides the manager's lifetime, and so must we")]
#[async_trait::async_trait]
impl MigrationTrait for WebhookHours {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for statement in statements(&Dialect::of(connection).column_types()) {
            connection.execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}

fn statements(types: &ColumnTypes) -> [String; 4] {
    let ColumnTypes { id, big, narrow_table, .. } = types;
    [
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
