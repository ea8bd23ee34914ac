//! Who is looking.

use super::Shared;
use super::access::Access;
use super::failure::PageFailure;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use slotflow_domain::Timestamp;
use slotflow_domain::organization::Organization;
use std::sync::Arc;

/// The organization that is signed in, and the moment the page is made at.
pub(super) struct Viewer {
    pub(super) organization: Organization,
    pub(super) now: Timestamp,
}

impl FromRequestParts<Arc<Shared>> for Viewer {
    type Rejection = PageFailure;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, PageFailure> {
        let organizations = &shared.services.organizations;
        let (id, if_it_is_gone) = match &shared.services.access {
            Access::ApiKeys(_) => {
                let key = shared.sessions.of(&parts.headers).await?.ok_or(PageFailure::NotSignedIn)?;
                (key.organization_id, PageFailure::NotSignedIn)
            }
            Access::Theirs { authenticator, .. } => {
                let identity =
                    authenticator.authenticate(parts).await.map_err(PageFailure::unrecognizable)?;
                (identity.ok_or(PageFailure::NotSignedIn)?.organization_id, PageFailure::NoOrganization)
            }
        };
        let organization = organizations.directory.organization(id).await?.ok_or(if_it_is_gone)?;
        Ok(Self { organization, now: organizations.clock.now() })
    }
}
