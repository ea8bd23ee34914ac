//! Finding the webhooks that want to hear of webhooks.

use crate::store::dialect::Dialect;
use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

pub(super) struct OperationalEvents;

impl MigrationName for OperationalEvents {
    fn name(&self) -> &str {
        "m0007_operational_events"
    }
}

#[allow(elided_lifetimes_in_paths, reason = "the trait elides the manager's lifetime, and so must we")]
#[async_trait::async_trait]
impl MigrationTrait for OperationalEvents {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let position = Dialect::of(connection).position();
        // Does anybody in this organization want to hear of a failure? Mostly nobody does, and this index is
        // empty: to ask costs next to nothing, however many webhooks there are.
        let sql = format!(
            "CREATE INDEX webhooks_operational ON webhooks (organization_id) WHERE deleted_at IS NULL \
             AND ({position}(events, ',delivery.failed,') > 0 OR {position}(events, ',webhook.disabled,') > 0)"
        );
        connection.execute_unprepared(&sql).await?;
        Ok(())
    }
}
