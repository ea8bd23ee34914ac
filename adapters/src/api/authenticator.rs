//! Whose request it is, asked of whoever knows.

use super::authentication::bearer_token;
use async_trait::async_trait;
use axum::BoxError;
use axum::http::request::Parts;
use slotflow_application::Organizations;
use slotflow_domain::OrganizationId;
use slotflow_domain::organization::{ApiKey, ApiKeyDigest};

/// Turns a request into the organization on whose behalf it is made. The server's are [`ApiKeys`]; a service that knows
/// its users itself has one of its own, for the API and the dashboard alike.
///
/// A closure is one too, where all has been found out before: by a middleware of the service that left the
/// organization in the request's extensions.
///
/// ```
/// # use axum::http::request::Parts;
/// # use slotflow_adapters::api::Authenticator;
/// # use slotflow_domain::OrganizationId;
/// # use std::sync::Arc;
/// #[derive(Clone)]
/// struct Tenant(OrganizationId);
///
/// let theirs: Arc<dyn Authenticator> =
///     Arc::new(|request: &Parts| request.extensions.get::<Tenant>().map(|tenant| tenant.0));
/// ```
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// Whose request this is; `None` if it is nobody's. It is asked before anything else of the request is looked at, and
    /// once more where the body took long to arrive: the answer has to be the same organization then.
    ///
    /// # Errors
    /// Whatever kept it from finding out. The client is told to try again (503), the log what it was.
    async fn authenticate(&self, request: &Parts) -> Result<Option<Identity>, BoxError>;

    /// Whether what it wants is one of the product's API keys: the API's 401 and its description say so then.
    fn takes_api_keys(&self) -> bool {
        false
    }

    /// Whether browsers send what it looks at by themselves, whatever page makes them, as they do with cookies: the API refuses
    /// changes that other sites' pages ask for then (403), as the dashboard does always. Taken for granted of all but API keys.
    /// One that goes by a header which only a script can set may say no, and so may one behind a protection of its own.
    fn goes_by_cookies(&self) -> bool {
        !self.takes_api_keys()
    }
}

/// Whose request it is, and what it is counted by where the number of requests is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    pub(crate) organization_id: OrganizationId,
    pub(super) counted_by: CountedBy,
}

/// What requests are counted by. There is an end of both: of organizations, and of keys that are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum CountedBy {
    Organization(OrganizationId),
    Key(ApiKeyDigest),
}

impl Identity {
    /// Somebody of this organization, whose requests are counted together.
    pub const fn of(organization_id: OrganizationId) -> Self {
        Self { organization_id, counted_by: CountedBy::Organization(organization_id) }
    }
}

#[async_trait]
impl<F> Authenticator for F
where
    F: Fn(&Parts) -> Option<OrganizationId> + Send + Sync,
{
    async fn authenticate(&self, request: &Parts) -> Result<Option<Identity>, BoxError> {
        Ok(self(request).map(Identity::of))
    }
}

/// The product's own: the API key that comes with the request, as `Authorization: Bearer sk_live_…`. Each key's requests
/// are counted for themselves.
#[derive(Clone)]
pub struct ApiKeys(pub Organizations);

#[async_trait]
impl Authenticator for ApiKeys {
    async fn authenticate(&self, request: &Parts) -> Result<Option<Identity>, BoxError> {
        // Not `Organizations::authenticate`: the key's digest is what its requests are counted by.
        let Some(Ok(key)) = bearer_token(&request.headers).map(ApiKey::parse) else { return Ok(None) };
        let counted_by = CountedBy::Key(key.digest());
        let holder = self.0.directory.key_holder(key.digest()).await?;
        Ok(holder.map(|organization_id| Identity { organization_id, counted_by }))
    }

    fn takes_api_keys(&self) -> bool {
        true
    }
}
