//! `api_keys`.

use crate::store::stored_row::{StoredRow, corrupt};
use sea_orm::{QueryResult, Value};
use slotflow_application::ports::{ApiKeyRecord, StoreError};
use slotflow_domain::organization::ApiKeyDigest;
use slotflow_domain::{ApiKeyId, OrganizationId};

pub(in crate::store) const COLUMNS: &str =
    "id, organization_id, digest, visible_prefix, created_at, revoked_at";

pub(in crate::store) const INSERT: &str = "INSERT INTO api_keys (id, organization_id, digest, visible_prefix, created_at, revoked_at) \
     VALUES ($1, $2, $3, $4, $5, $6)";

pub(in crate::store) fn write(key: &ApiKeyRecord) -> Vec<Value> {
    vec![
        key.id.as_uuid().into(),
        key.organization_id.as_uuid().into(),
        digest(key.digest),
        key.visible_prefix.as_str().into(),
        key.created_at.as_millis().into(),
        key.revoked_at.map(|moment| moment.as_millis()).into(),
    ]
}

pub(in crate::store) fn digest(digest: ApiKeyDigest) -> Value {
    digest.as_bytes().to_vec().into()
}

pub(in crate::store) fn read_digest(row: &StoredRow<'_>) -> Result<ApiKeyDigest, StoreError> {
    let digest: Vec<u8> = row.get("digest")?;
    let digest = <[u8; 32]>::try_from(digest).map_err(|_| corrupt("digest", "not 32 bytes"))?;
    Ok(ApiKeyDigest::from_bytes(digest))
}

pub(in crate::store) fn read(row: &QueryResult) -> Result<ApiKeyRecord, StoreError> {
    let row = StoredRow(row);
    Ok(ApiKeyRecord {
        id: ApiKeyId::new(row.uuid("id")?),
        organization_id: OrganizationId::new(row.uuid("organization_id")?),
        digest: read_digest(&row)?,
        visible_prefix: row.text("visible_prefix")?,
        created_at: row.time("created_at")?,
        revoked_at: row.maybe_time("revoked_at")?,
    })
}
