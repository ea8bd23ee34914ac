//! Calendars found by their humans alone.

use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

pub(super) struct CalendarsByHuman;

impl MigrationName for CalendarsByHuman {
    fn name(&self) -> &str {
        "m0013_calendars_by_human"
    }
}

#[allow(elided_lifetimes_in_paths, reason = "the trait elides the manager's lifetime, and so must we")]
#[async_trait::async_trait]
impl MigrationTrait for CalendarsByHuman {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in STATEMENTS {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

/// Does anything of this human's overlap? No two organizations share many humans, so that theirs need not be told apart
/// by the index. Without the organization PostgreSQL cannot take `bookings_listing` for as good, as it did while a table
/// was new: it read all bookings of an organization at that time.
const STATEMENTS: [&str; 2] = [
    "DROP INDEX bookings_confirmed",
    "CREATE INDEX bookings_confirmed ON bookings (human_id, starts_at) WHERE status = 'confirmed'",
];
