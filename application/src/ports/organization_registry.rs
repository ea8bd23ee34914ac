//! Changing organizations and their keys.

use super::StoreError;
use async_trait::async_trait;
use slotflow_domain::organization::{ApiKeyDigest, Organization, PlanName};
use slotflow_domain::{ApiKeyId, OrganizationId, Timestamp};

/// What is kept of an API key: never its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyRecord {
    /// Its identifier.
    pub id: ApiKeyId,
    /// Whose key it is.
    pub organization_id: OrganizationId,
    /// How a presented key is recognized.
    pub digest: ApiKeyDigest,
    /// Its first characters, for people to tell keys apart.
    pub visible_prefix: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it is not accepted any more.
    pub revoked_at: Option<Timestamp>,
}

/// Organizations and their keys, within a unit of work.
#[async_trait]
pub trait OrganizationRegistry {
    /// Adds an organization.
    async fn insert_organization(&mut self, organization: &Organization) -> Result<(), StoreError>;

    /// The organization, locked until the unit of work ends: two that lock the same one run one after the
    /// other. That is what keeps plan limits and unique URLs under parallel registrations.
    async fn lock_organization(&mut self, id: OrganizationId) -> Result<Option<Organization>, StoreError>;

    /// Puts the organization on another plan.
    async fn set_plan(&mut self, id: OrganizationId, plan: PlanName) -> Result<(), StoreError>;

    /// Adds a key.
    async fn insert_api_key(&mut self, key: &ApiKeyRecord) -> Result<(), StoreError>;

    /// Revokes a key from `now` on; nothing if there is no such key. A revoked one keeps its first moment.
    async fn revoke_api_key(
        &mut self,
        id: ApiKeyId,
        now: Timestamp,
    ) -> Result<Option<ApiKeyRecord>, StoreError>;
}
