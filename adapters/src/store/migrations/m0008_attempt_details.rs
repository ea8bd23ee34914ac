//! How each attempt went on the network, and indexes from which the backlog can be counted.

use crate::store::dialect::{ColumnTypes, Dialect};
use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

pub(super) struct AttemptDetails;

impl MigrationName for AttemptDetails {
    fn name(&self) -> &str {
        "m0008_attempt_details"
    }
}

#[allow(elided_lifetimes_in_paths, reason = "the trait elides the manager's lifetime, and so must we")]
#[async_trait::async_trait]
impl MigrationTrait for AttemptDetails {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let ColumnTypes { big, .. } = Dialect::of(connection).column_types();
        connection.execute_unprepared("ALTER TABLE attempts ADD COLUMN address text").await?;
        for column in ["dns_us", "connect_us", "tls_us", "first_byte_us", "total_us"] {
            let add = format!("ALTER TABLE attempts ADD COLUMN {column} {big}");
            connection.execute_unprepared(&add).await?;
        }
        for statement in COUNTABLE {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

/// The indexes of what is due and of what is held, with the status beside: how many deliveries wait is then counted in
/// the indexes alone. It costs no further write: an entry comes and goes with its delivery's status, or with its moment,
/// which changes with the status.
const COUNTABLE: [&str; 4] = [
    "DROP INDEX deliveries_due",
    "CREATE INDEX deliveries_due ON deliveries (wake_at, id, webhook_id, status) WHERE wake_at IS NOT NULL",
    "DROP INDEX deliveries_held",
    "CREATE INDEX deliveries_held ON deliveries (webhook_id, status) WHERE status = 'held'",
];
