//! What caused each event, where that is being traced.

use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

pub(super) struct TraceContext;

impl MigrationName for TraceContext {
    fn name(&self) -> &str {
        "m0009_trace_context"
    }
}

#[allow(elided_lifetimes_in_paths, reason = "the trait elides the manager's lifetime, and so must we")]
#[async_trait::async_trait]
impl MigrationTrait for TraceContext {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection.execute_unprepared("ALTER TABLE events ADD COLUMN trace_context text").await?;
        Ok(())
    }
}
