//! How long attempts took, hour by hour.

use crate::store::dialect::Dialect;
use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

pub(super) struct AttemptDurations;

impl MigrationName for AttemptDurations {
    fn name(&self) -> &str {
        "m0016_attempt_durations"
    }
}

#[allow(elided_lifetimes_in_paths, reason = "the trait elides the manager's lifetime, and so must we")]
#[async_trait::async_trait]
impl MigrationTrait for AttemptDurations {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let big = Dialect::of(connection).column_types().big;
        // Of attempts from before, and of those that an earlier version counts beside this one, no duration is known,
        // and none of them is among the timed ones. On neither engine is a row rewritten.
        for column in ["timed_attempts", "attempt_ms", "slowest_ms"] {
            let sql = format!("ALTER TABLE webhook_hours ADD COLUMN {column} {big} NOT NULL DEFAULT 0");
            connection.execute_unprepared(&sql).await?;
        }
        Ok(())
    }
}
