//! What removing finished deliveries needs.

use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

pub(super) struct Retention;

impl MigrationName for Retention {
    fn name(&self) -> &str {
        "m0006_retention"
    }
}

#[allow(elided_lifetimes_in_paths, reason = "the trait elides the manager's lifetime, and so must we")]
#[async_trait::async_trait]
impl MigrationTrait for Retention {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Which deliveries repeat this one? Only those made by hand are in it: the others cost nothing. What is
        // old enough needs no index, as identifiers are in the order of their making.
        let sql = "CREATE INDEX deliveries_repeating ON deliveries (retry_of) WHERE retry_of IS NOT NULL";
        manager.get_connection().execute_unprepared(sql).await?;
        Ok(())
    }
}
