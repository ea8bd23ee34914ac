//! What is looked up once per request or attempt: those that come together in one statement.

use super::bulk::in_list;
use super::rows::api_key_row;
use super::statement::all;
use super::stored_row::StoredRow;
use futures_util::future::BoxFuture;
use sea_orm::{DatabaseConnection, Value};
use slotflow_application::Batches;
use slotflow_application::ports::StoreError;
use slotflow_domain::organization::ApiKeyDigest;
use slotflow_domain::{OrganizationId, WebhookId};
use std::collections::HashMap;
use std::hash::Hash;

/// Most keys in one statement, and how many of these run side by side.
const MOST: usize = 64;
const SIDE_BY_SIDE: usize = 2;

/// Finds one thing by its key. Nothing is remembered: each answer is from after the question, so that a key that was
/// revoked, or a webhook that was deleted, by whichever process, is gone for the next who asks.
pub(super) struct Lookup<Key, Found>(Batches<Key, Result<Option<Found>, StoreError>>);

/// Finds those of the keys that there are.
type Find<Key, Found> =
    for<'a> fn(&'a DatabaseConnection, &'a [Key]) -> BoxFuture<'a, Result<HashMap<Key, Found>, StoreError>>;

impl<Key, Found> Lookup<Key, Found>
where
    Key: Eq + Hash + Send + Sync + 'static,
    Found: Copy + Send + 'static,
{
    /// Looks by `find` on this connection.
    pub(super) fn new(reader: DatabaseConnection, find: Find<Key, Found>) -> Self {
        Self(Batches::new(MOST, SIDE_BY_SIDE, move |keys: Vec<Key>| {
            let reader = reader.clone();
            async move {
                match find(&reader, &keys).await {
                    Ok(found) => keys.iter().map(|key| Ok(found.get(key).copied())).collect(),
                    Err(error) => keys.iter().map(|_| Err(error.for_another())).collect(),
                }
            }
        }))
    }

    /// What there is under this key.
    pub(super) async fn find(&self, key: Key) -> Result<Option<Found>, StoreError> {
        let unknown = || Err(StoreError::Broken("looking something up came to no end".into()));
        self.0.submit(key).await.unwrap_or_else(unknown)
    }
}

/// The organizations of keys that are not revoked.
pub(super) fn key_holders<'a>(
    reader: &'a DatabaseConnection,
    digests: &'a [ApiKeyDigest],
) -> BoxFuture<'a, Result<HashMap<ApiKeyDigest, OrganizationId>, StoreError>> {
    Box::pin(async move {
        let mut values = vec![];
        let digests = digests.iter().map(|digest| api_key_row::digest(*digest));
        let list = in_list(digests, &mut values, Value::Bytes(None));
        let sql = format!(
            "SELECT digest, organization_id FROM api_keys WHERE digest IN ({list}) AND revoked_at IS NULL"
        );
        let rows = all(reader, sql, values).await?;
        let read = |row: StoredRow<'_>| {
            Ok((api_key_row::read_digest(&row)?, OrganizationId::new(row.uuid("organization_id")?)))
        };
        rows.iter().map(|row| read(StoredRow(row))).collect()
    })
}

/// Those of the webhooks that are active.
pub(super) fn active_webhooks<'a>(
    reader: &'a DatabaseConnection,
    ids: &'a [WebhookId],
) -> BoxFuture<'a, Result<HashMap<WebhookId, ()>, StoreError>> {
    Box::pin(async move {
        let mut values = vec![];
        let list = in_list(ids.iter().map(|id| id.as_uuid()), &mut values, Value::Uuid(None));
        let sql = format!(
            "SELECT id FROM webhooks WHERE id IN ({list}) AND deleted_at IS NULL AND disabled_reason IS NULL"
        );
        let rows = all(reader, sql, values).await?;
        rows.iter().map(|row| Ok((WebhookId::new(StoredRow(row).uuid("id")?), ()))).collect()
    })
}
