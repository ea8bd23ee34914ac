//! Whose request it is.

use super::Services;
use super::error::ApiError;
use super::in_flight::BodyHold;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use slotflow_domain::OrganizationId;

/// The organization whose API key came with the request.
///
/// The first argument of every handler that needs one: extractors run in order, so nothing else of the
/// request is looked at before.
pub(super) struct Caller(pub(super) OrganizationId);

impl FromRequestParts<Services> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, services: &Services) -> Result<Self, ApiError> {
        let (key, organization_id) = authenticate(&parts.headers, services).await?;
        // Only now: what is counted must be bounded, and there is no end of keys that are none.
        services.rate_limiter.as_ref().map_or(Ok(()), |limiter| limiter.admit(key))?;
        if let Some(body) = BodyHold::of(&parts.extensions) {
            body.belongs_to(organization_id);
        }
        Ok(Self(organization_id))
    }
}

/// Refuses a request whose key is not good any more. It is not counted a second time.
pub(super) async fn check_again(headers: &HeaderMap, services: &Services) -> Result<(), ApiError> {
    authenticate(headers, services).await.map(|_| ())
}

async fn authenticate<'a>(
    headers: &'a HeaderMap,
    services: &Services,
) -> Result<(&'a str, OrganizationId), ApiError> {
    let key = bearer_token(headers).ok_or_else(ApiError::unauthorized)?;
    let organization_id = services.organizations.authenticate(key).await?;
    organization_id.map(|id| (key, id)).ok_or_else(ApiError::unauthorized)
}

/// The token of `Authorization: Bearer …` (RFC 6750, 2.1), the scheme in any case (RFC 9110, 11.1). Two such
/// headers are none: which one counts would be anybody's guess.
fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_matches(' '))
}
