//! Whose request it is.

use super::authenticator::{Authenticator, Identity};
use super::error::ApiError;
use super::in_flight::BodyHold;
use super::{Services, cross_site};
use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use slotflow_domain::OrganizationId;

/// How requests are authenticated, as far as that is seen from outside.
#[derive(Clone, Copy)]
pub(super) struct Authentication {
    /// By the product's own keys.
    pub(super) by_api_key: bool,
    /// By what browsers send of themselves, so that changes from other sites' pages are refused.
    pub(super) by_cookies: bool,
}

impl Authentication {
    pub(super) const BY_API_KEYS: Self = Self { by_api_key: true, by_cookies: false };

    pub(super) fn by(authenticator: &dyn Authenticator) -> Self {
        Self { by_api_key: authenticator.takes_api_keys(), by_cookies: authenticator.goes_by_cookies() }
    }

    /// The routes, with what has to be around them for it.
    pub(super) fn around(self, mut routes: Router) -> Router {
        if !self.by_api_key {
            routes = routes.layer(middleware::map_response(without_challenge));
        }
        if self.by_cookies {
            routes = cross_site::refused(routes, || ApiError::cross_site().into_response());
        }
        routes
    }
}

/// The answer without the challenge of a 401, which asks for a key of ours: how somebody else authenticates is theirs to say.
async fn without_challenge(mut response: Response) -> Response {
    response.headers_mut().remove(header::WWW_AUTHENTICATE);
    response
}

/// The organization on whose behalf the request is made.
///
/// The first argument of every handler that needs one: extractors run in order, so nothing else of the
/// request is looked at before.
pub(super) struct Caller(pub(super) OrganizationId);

/// Whose the request was found to be, among its extensions.
#[derive(Clone, Copy)]
struct Found(OrganizationId);

impl FromRequestParts<Services> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, services: &Services) -> Result<Self, ApiError> {
        let identity = authenticate(parts, services).await?;
        // Only now: what is counted must be bounded, and there is no end of keys that are none.
        services.rate_limiter.as_ref().map_or(Ok(()), |limiter| limiter.admit(identity))?;
        let organization_id = identity.organization_id;
        if !parts.method.is_safe() {
            check_that_it_is_there(organization_id, services).await?;
        }
        if let Some(body) = BodyHold::of(&parts.extensions) {
            body.belongs_to(organization_id);
        }
        parts.extensions.insert(Found(organization_id));
        Ok(Self(organization_id))
    }
}

/// Refuses a change for an organization that is not there. Whoever has one of the product's keys is of one that is.
async fn check_that_it_is_there(id: OrganizationId, services: &Services) -> Result<(), ApiError> {
    if services.authenticator.takes_api_keys() {
        return Ok(());
    }
    let found = services.webhooks.directory.organization(id).await?;
    found.map(drop).ok_or_else(ApiError::no_organization)
}

/// Refuses a request that is no longer whose it was. It is not counted a second time.
pub(super) async fn check_again(parts: &Parts, services: &Services) -> Result<(), ApiError> {
    let identity = authenticate(parts, services).await?;
    match parts.extensions.get::<Found>() {
        Some(Found(before)) if *before == identity.organization_id => Ok(()),
        _ => Err(unauthorized(services)),
    }
}

async fn authenticate(parts: &Parts, services: &Services) -> Result<Identity, ApiError> {
    let identity = services.authenticator.authenticate(parts).await.map_err(ApiError::unrecognizable)?;
    identity.ok_or_else(|| unauthorized(services))
}

fn unauthorized(services: &Services) -> ApiError {
    ApiError::unauthorized(services.authenticator.takes_api_keys())
}

/// The token of `Authorization: Bearer …` (RFC 6750, 2.1), the scheme in any case (RFC 9110, 11.1). Two such
/// headers are none: which one counts would be anybody's guess.
pub(super) fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_matches(' '))
}
