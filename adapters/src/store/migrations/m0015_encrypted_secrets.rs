//! From here on `secret` and `retiring_secret` of `webhooks` may be encrypted.
//!
//! The tables stay as they are. But a version from before this would take what is encrypted for corrupt, and give the
//! webhook's deliveries up. Having this name among the applied migrations is what makes it refuse the database.

use sea_orm::DbErr;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

pub(super) struct EncryptedSecrets;

impl MigrationName for EncryptedSecrets {
    fn name(&self) -> &str {
        "m0015_encrypted_secrets"
    }
}

#[allow(elided_lifetimes_in_paths, reason = "the trait elides the manager's lifetime, and so must we")]
#[async_trait::async_trait]
impl MigrationTrait for EncryptedSecrets {
    async fn up(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}
