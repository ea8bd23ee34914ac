//! Organizations and their API keys.

use crate::ports::{ApiKeyRecord, Clock, Directory, Entropy, Store, StoreError};
use slotflow_domain::organization::{ApiKey, Organization, OrganizationName, PlanName};
use slotflow_domain::{ApiKeyId, OrganizationId};
use std::sync::Arc;

/// The use cases around organizations and their keys.
#[derive(Clone)]
pub struct Organizations {
    /// Where changes go.
    pub store: Arc<dyn Store>,
    /// Where they are read.
    pub directory: Arc<dyn Directory>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

/// There is no such organization or key.
#[derive(Debug, thiserror::Error)]
pub enum OrganizationError {
    /// No organization has this id.
    #[error("there is no such organization")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Organizations {
    /// Creates an organization with its first key. The key's text is in the answer and nowhere else.
    pub async fn create(
        &self,
        name: OrganizationName,
        plan: impl Into<PlanName>,
    ) -> Result<(Organization, ApiKey), StoreError> {
        let now = self.clock.now();
        let id = OrganizationId::new(self.entropy.id(now));
        let organization = Organization { id, name, plan: plan.into(), created_at: now };
        let (key, record) = self.new_key(id);

        let mut work = self.store.begin().await?;
        work.insert_organization(&organization).await?;
        work.insert_api_key(&record).await?;
        work.commit().await?;
        Ok((organization, key))
    }

    /// Sees to it that there is an organization with this id and on this plan: for a service that has organizations of its
    /// own and knows them by such ids. One that is there on another plan is put on this one, and keeps its name: `name` is
    /// for one that is made here, and is otherwise passed over, in the answer too. No key is made. Costs a look if nothing is
    /// to be done; several may do it at once.
    ///
    /// # Errors
    /// The store's.
    pub async fn ensure(
        &self,
        id: OrganizationId,
        name: OrganizationName,
        plan: impl Into<PlanName>,
    ) -> Result<Organization, StoreError> {
        let plan = plan.into();
        match self.directory.organization(id).await? {
            Some(known) if known.plan == plan => return Ok(known),
            _ => {}
        }
        match self.make_or_move(id, name.clone(), plan.clone()).await {
            // Somebody else has just made it: now it is there.
            Err(StoreError::Refused(_)) => self.make_or_move(id, name, plan).await,
            made => made,
        }
    }

    async fn make_or_move(
        &self,
        id: OrganizationId,
        name: OrganizationName,
        plan: PlanName,
    ) -> Result<Organization, StoreError> {
        let mut work = self.store.begin().await?;
        let organization = match work.lock_organization(id).await? {
            Some(known) if known.plan == plan => return Ok(known),
            Some(known) => {
                work.set_plan(id, plan.clone()).await?;
                Organization { plan, ..known }
            }
            None => {
                let organization = Organization { id, name, plan, created_at: self.clock.now() };
                work.insert_organization(&organization).await?;
                organization
            }
        };
        work.commit().await?;
        Ok(organization)
    }

    /// Every organization, oldest first.
    pub async fn list(&self) -> Result<Vec<Organization>, StoreError> {
        self.directory.organizations().await
    }

    /// Puts an organization on another plan. After a downgrade its webhooks stay.
    pub async fn set_plan(
        &self,
        id: OrganizationId,
        plan: impl Into<PlanName>,
    ) -> Result<Organization, OrganizationError> {
        let plan = plan.into();
        let mut work = self.store.begin().await?;
        let organization = work.lock_organization(id).await?.ok_or(OrganizationError::NotFound)?;
        work.set_plan(id, plan.clone()).await?;
        work.commit().await?;
        Ok(Organization { plan, ..organization })
    }

    /// Adds a key to an organization. The key's text is in the answer and nowhere else.
    pub async fn create_key(&self, id: OrganizationId) -> Result<(ApiKeyRecord, ApiKey), OrganizationError> {
        let (key, record) = self.new_key(id);
        let mut work = self.store.begin().await?;
        work.lock_organization(id).await?.ok_or(OrganizationError::NotFound)?;
        work.insert_api_key(&record).await?;
        work.commit().await?;
        Ok((record, key))
    }

    /// An organization's keys, revoked ones included.
    pub async fn keys(&self, id: OrganizationId) -> Result<Vec<ApiKeyRecord>, OrganizationError> {
        self.directory.organization(id).await?.ok_or(OrganizationError::NotFound)?;
        Ok(self.directory.api_keys(id).await?)
    }

    /// Revokes a key; it is refused from the answer on. What was recognized by it before may still be carried out. Nothing if
    /// there is no such key.
    pub async fn revoke_key(&self, id: ApiKeyId) -> Result<Option<ApiKeyRecord>, StoreError> {
        let mut work = self.store.begin().await?;
        let revoked = work.revoke_api_key(id, self.clock.now()).await?;
        work.commit().await?;
        Ok(revoked)
    }

    /// Whose key was presented. One answer for what is malformed, unknown and revoked.
    pub async fn authenticate(&self, presented: &str) -> Result<Option<OrganizationId>, StoreError> {
        match ApiKey::parse(presented) {
            Ok(key) => self.directory.key_holder(key.digest()).await,
            Err(_) => Ok(None),
        }
    }

    fn new_key(&self, organization_id: OrganizationId) -> (ApiKey, ApiKeyRecord) {
        let now = self.clock.now();
        let key = ApiKey::from_random(self.entropy.secret_bytes());
        let record = ApiKeyRecord {
            id: ApiKeyId::new(self.entropy.id(now)),
            organization_id,
            digest: key.digest(),
            visible_prefix: key.visible_prefix().to_owned(),
            created_at: now,
            revoked_at: None,
        };
        (key, record)
    }
}
