//! Whose key it is, asked once per request.

use super::bulk::in_list;
use super::rows::api_key_row;
use super::statement::all;
use super::stored_row::StoredRow;
use sea_orm::{DatabaseConnection, Value};
use slotflow_application::Batches;
use slotflow_application::ports::StoreError;
use slotflow_domain::OrganizationId;
use slotflow_domain::organization::ApiKeyDigest;
use std::collections::HashMap;

/// Most keys in one statement, and how many of these run side by side.
const MOST: usize = 64;
const SIDE_BY_SIDE: usize = 2;

/// Looks keys up, those of requests that come together in one statement. Nothing is remembered, so that a key that is
/// revoked, by whichever process, is unknown to the next request.
pub(super) struct KeyHolders(Batches<ApiKeyDigest, Result<Option<OrganizationId>, StoreError>>);

impl KeyHolders {
    /// Reads on this connection.
    pub(super) fn read_on(reader: DatabaseConnection) -> Self {
        Self(Batches::new(MOST, SIDE_BY_SIDE, move |digests| {
            let reader = reader.clone();
            async move {
                match holders(&reader, &digests).await {
                    Ok(holders) => digests.iter().map(|digest| Ok(holders.get(digest).copied())).collect(),
                    Err(error) => digests.iter().map(|_| Err(error.for_another())).collect(),
                }
            }
        }))
    }

    /// The organization of a key that is not revoked.
    pub(super) async fn find(&self, digest: ApiKeyDigest) -> Result<Option<OrganizationId>, StoreError> {
        let unknown = || Err(StoreError::Broken("looking a key up came to no end".into()));
        self.0.submit(digest).await.unwrap_or_else(unknown)
    }
}

async fn holders(
    reader: &DatabaseConnection,
    digests: &[ApiKeyDigest],
) -> Result<HashMap<ApiKeyDigest, OrganizationId>, StoreError> {
    let mut values = vec![];
    let list =
        in_list(digests.iter().map(|digest| api_key_row::digest(*digest)), &mut values, Value::Bytes(None));
    let sql = format!(
        "SELECT digest, organization_id FROM api_keys WHERE digest IN ({list}) AND revoked_at IS NULL"
    );
    let rows = all(reader, sql, values).await?;
    let read = |row: &StoredRow<'_>| {
        Ok((api_key_row::read_digest(row)?, OrganizationId::new(row.uuid("organization_id")?)))
    };
    rows.iter().map(|row| read(&StoredRow(row))).collect()
}
