//! The table into which others write events in plain SQL.

use crate::store::dialect::Dialect;
use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

pub(super) struct Outbox;

impl MigrationName for Outbox {
    fn name(&self) -> &str {
        "m0017_outbox"
    }
}

#[allow(elided_lifetimes_in_paths, reason = "the trait elides the manager's lifetime, and so must we")]
#[async_trait::async_trait]
impl MigrationTrait for Outbox {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let dialect = Dialect::of(connection);
        let (types, counted, now) = (dialect.column_types(), dialect.counted_key(), dialect.now_in_ms());
        let (big, table) = (types.big, types.table);
        // Whoever writes here has no rules to go by, and an error would end a transaction that is somebody else's: what a row
        // says is judged later.
        let sql = format!(
            "CREATE TABLE outbox (
                position {counted},
                organization_id text NOT NULL,
                event_type text NOT NULL,
                data text NOT NULL,
                created_at {big} NOT NULL DEFAULT {now},
                reason text,
                refused_at {big},
                CHECK ((reason IS NULL) = (refused_at IS NULL))
            ) {table}"
        );
        connection.execute_unprepared(&sql).await?;
        // Those that wait: mostly none.
        let sql = "CREATE INDEX outbox_waiting ON outbox (position) WHERE refused_at IS NULL";
        connection.execute_unprepared(sql).await.map(drop)
    }
}
