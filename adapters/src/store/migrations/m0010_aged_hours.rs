//! What removing old hours of webhooks needs.

use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

pub(super) struct AgedHours;

impl MigrationName for AgedHours {
    fn name(&self) -> &str {
        "m0010_aged_hours"
    }
}

#[allow(elided_lifetimes_in_paths, reason = "the trait elides the manager's lifetime, and so must we")]
#[async_trait::async_trait]
impl MigrationTrait for AgedHours {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Which hours are the oldest, whosever they are? A row enters it once an hour and is never moved in it.
        let sql = "CREATE INDEX webhook_hours_by_age ON webhook_hours (hour_start)";
        manager.get_connection().execute_unprepared(sql).await?;
        Ok(())
    }
}
