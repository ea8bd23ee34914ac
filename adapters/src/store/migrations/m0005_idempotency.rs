//! First answers under idempotency keys.

use crate::store::dialect::{ColumnTypes, Dialect};
use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

pub(super) struct Idempotency;

impl MigrationName for Idempotency {
    fn name(&self) -> &str {
        "m0005_idempotency"
    }
}

#[allow(elided_lifetimes_in_paths, reason = "the trait elides the manager's lifetime, and so must we")]
#[async_trait::async_trait]
impl MigrationTrait for Idempotency {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let ColumnTypes { id, small, big, bytes, table, .. } = Dialect::of(connection).column_types();
        // An answer that shows a webhook is the webhook's id: its secret stands in one place only.
        let sql = format!(
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
        );
        connection.execute_unprepared(&sql).await?;
        // Which have expired?
        connection
            .execute_unprepared("CREATE INDEX kept_answers_by_age ON kept_answers (answered_at)")
            .await?;
        Ok(())
    }
}
