//! The running processes, and how often each has taken the lock that says that it lives.

use crate::store::dialect::Dialect;
use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

pub(super) struct Instances;

impl MigrationName for Instances {
    fn name(&self) -> &str {
        "m0014_instances"
    }
}

#[allow(elided_lifetimes_in_paths, reason = "the trait elides the manager's lifetime, and so must we")]
#[async_trait::async_trait]
impl MigrationTrait for Instances {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let dialect = Dialect::of(connection);
        let (types, counted) = (dialect.column_types(), dialect.counted_key());
        let (big, table) = (types.big, types.table);
        let sql = format!(
            "CREATE TABLE instances (
                number {counted},
                started_at {big} NOT NULL,
                taken {big} NOT NULL DEFAULT 1,
                CHECK (number BETWEEN 1 AND 2147483647)
            ) {table}"
        );
        connection.execute_unprepared(&sql).await.map(drop)
    }
}
