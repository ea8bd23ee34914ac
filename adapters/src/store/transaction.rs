//! Ending a transaction.

use super::{errors::translate, table_names::Named};
use sea_orm::DatabaseTransaction;
use slotflow_application::ports::StoreError;

/// Commits after a success, rolls back after an error. Said in so many words, and not left to `drop`, so that
/// the connection is free when this returns.
pub(super) async fn finish<T>(
    transaction: Named<DatabaseTransaction>,
    outcome: Result<T, StoreError>,
) -> Result<T, StoreError> {
    match outcome {
        Ok(value) => {
            transaction.commit().await.map_err(translate)?;
            Ok(value)
        }
        Err(error) => {
            if let Err(second) = transaction.rollback().await {
                tracing::debug!(error = %second, "rolling back failed; the connection is given up");
            }
            Err(error)
        }
    }
}
