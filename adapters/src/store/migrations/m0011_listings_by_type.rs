//! Lists by type together with a webhook or a status.

use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

pub(super) struct ListingsByType;

impl MigrationName for ListingsByType {
    fn name(&self) -> &str {
        "m0011_listings_by_type"
    }
}

#[allow(elided_lifetimes_in_paths, reason = "the trait elides the manager's lifetime, and so must we")]
#[async_trait::async_trait]
impl MigrationTrait for ListingsByType {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for index in INDEXES {
            manager.get_connection().execute_unprepared(index).await?;
        }
        Ok(())
    }
}

/// Each index and the question it answers.
const INDEXES: [&str; 2] = [
    // A webhook's deliveries of one type, which may be none among very many.
    "CREATE INDEX deliveries_of_webhook_and_type ON deliveries (webhook_id, event_type, created_at, id)",
    // An organization's of one type that are held or did not arrive. What goes well is never written here, and what
    // is pending is a backlog and not a history. Written with `<>`, as SQLite would take `IN` for a way to find rows.
    "CREATE INDEX deliveries_of_status_and_type ON deliveries \
     (organization_id, status, event_type, created_at, id) \
     WHERE status <> 'delivering' AND status <> 'delivered' AND status <> 'pending'",
];
