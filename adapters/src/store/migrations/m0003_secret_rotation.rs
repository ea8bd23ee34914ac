//! A webhook's second secret, which signs beside the first until an overlap ends.

use crate::store::dialect::Dialect;
use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

pub(super) struct SecretRotation;

impl MigrationName for SecretRotation {
    fn name(&self) -> &str {
        "m0003_secret_rotation"
    }
}

#[allow(elided_lifetimes_in_paths, reason = "the trait elides the manager's lifetime, and so must we")]
#[async_trait::async_trait]
impl MigrationTrait for SecretRotation {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let big = Dialect::of(connection).column_types().big;
        // Whoever was never rotated has neither.
        for column in ["retiring_secret text".to_owned(), format!("retiring_until {big}")] {
            let sql = format!("ALTER TABLE webhooks ADD COLUMN {column}");
            connection.execute_unprepared(&sql).await?;
        }
        Ok(())
    }
}
