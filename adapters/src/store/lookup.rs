//! What is looked up once per request or attempt: those that come together in one statement.
//!
//! Nothing is remembered. Each answer is from after the question, so that a key that was revoked, or a webhook that was
//! deleted, by whichever process, is gone for the next who asks.

use super::bulk::in_list;
use super::rows::api_key_row;
use super::statement::all;
use super::stored_row::StoredRow;
use super::table_names::Named;
use crate::system::SystemClock;
use async_trait::async_trait;
use sea_orm::{DatabaseConnection, Value};
use slotflow_application::batches::{Batched, Batches};
use slotflow_application::ports::StoreError;
use slotflow_domain::organization::ApiKeyDigest;
use slotflow_domain::{OrganizationId, WebhookId};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Most keys in one statement, and how many of these run side by side.
const MOST: usize = 64;
const SIDE_BY_SIDE: usize = 2;

pub(super) fn batches<B: Batched>(work: B) -> Batches<B> {
    Batches::new(work, Arc::new(SystemClock), MOST, SIDE_BY_SIDE)
}

/// Finds the organizations of API keys that are not revoked.
pub(super) struct KeyHolders(pub(super) Named<DatabaseConnection>);

#[async_trait]
impl Batched for KeyHolders {
    type Asked = ApiKeyDigest;
    type Done = Option<OrganizationId>;

    async fn together(&self, asked: Vec<ApiKeyDigest>) -> Result<Vec<Self::Done>, StoreError> {
        let mut values = vec![];
        let digests = asked.iter().map(|digest| api_key_row::digest(*digest));
        let list = in_list(digests, &mut values, Value::Bytes(None));
        let sql = format!(
            "SELECT digest, organization_id FROM api_keys WHERE digest IN ({list}) AND revoked_at IS NULL"
        );
        let mut found = HashMap::new();
        for row in all(&self.0, sql, values).await? {
            let row = StoredRow(&row);
            found.insert(api_key_row::read_digest(&row)?, OrganizationId::new(row.uuid("organization_id")?));
        }
        Ok(asked.iter().map(|digest| found.get(digest).copied()).collect())
    }

    async fn alone(&self, asked: ApiKeyDigest) -> Result<Self::Done, StoreError> {
        Ok(self.together(vec![asked]).await?.pop().flatten())
    }
}

/// Tells which webhooks are active.
pub(super) struct ActiveWebhooks(pub(super) Named<DatabaseConnection>);

#[async_trait]
impl Batched for ActiveWebhooks {
    type Asked = WebhookId;
    type Done = bool;

    async fn together(&self, asked: Vec<WebhookId>) -> Result<Vec<bool>, StoreError> {
        let mut values = vec![];
        // Many attempts of one webhook wait at the same time: each is looked for once.
        let ids: BTreeSet<_> = asked.iter().map(|id| id.as_uuid()).collect();
        let list = in_list(ids, &mut values, Value::Uuid(None));
        let sql = format!(
            "SELECT id FROM webhooks WHERE id IN ({list}) AND deleted_at IS NULL AND disabled_reason IS NULL"
        );
        let rows = all(&self.0, sql, values).await?;
        let active: Result<BTreeSet<_>, _> = rows.iter().map(|row| StoredRow(row).uuid("id")).collect();
        let active = active?;
        Ok(asked.iter().map(|id| active.contains(&id.as_uuid())).collect())
    }

    async fn alone(&self, asked: WebhookId) -> Result<bool, StoreError> {
        Ok(self.together(vec![asked]).await?.pop().unwrap_or(false))
    }
}
