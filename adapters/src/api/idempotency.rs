//! `Idempotency-Key`, on every POST: the same request again gets the first answer again.
//!
//! A handler takes its body as [`Keyed`], and lets the [`RequestKey`] carry out what its use case has prepared.

use super::ApiServices;
use super::Services;
use super::error::ApiError;
use super::json_answer::{JsonAnswer, Kept, json_response};
use super::request_body;
use super::webhooks;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use slotflow_application::Prepared;
use slotflow_application::idempotency::{KeyedRequest, Once};
use slotflow_domain::idempotency::{Answer, AnswerBody, IdempotencyKey, RequestDigest};
use slotflow_domain::{OrganizationId, Rejection};

/// On answers that were given before.
pub(super) const REPLAYED: &str = "idempotent-replayed";

/// A body `B` (`JsonBody<…>`, or `Request` where there is none) and the key that came with it. The last argument
/// of a handler.
pub(super) struct Keyed<B>(pub(super) RequestKey, pub(super) B);

/// A request's idempotency key, if it has one, and what the request asks for.
pub(super) struct RequestKey(Option<(IdempotencyKey, RequestDigest)>);

impl<B> FromRequest<Services> for Keyed<B>
where
    B: FromRequest<Services>,
    ApiError: From<B::Rejection>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, services: &Services) -> Result<Self, ApiError> {
        let Some(key) = read_key(request.headers())? else {
            return Ok(Self(RequestKey(None), B::from_request(request, services).await?));
        };
        let (parts, body) = request.into_parts();
        let bytes = request_body::read_in_time(&parts, body, services).await?;
        let digest = RequestDigest::of(parts.method.as_str(), parts.uri.path(), parts.uri.query(), &bytes);
        let request = Request::from_parts(parts, Body::from(bytes));
        Ok(Self(RequestKey(Some((key, digest))), B::from_request(request, services).await?))
    }
}

fn read_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Rejection> {
    let mut values = headers.get_all(IdempotencyKey::HEADER).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => IdempotencyKey::parse(value.as_bytes()).map(Some),
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(Rejection::new(IdempotencyKey::HEADER, "must not be given twice")),
    }
}

impl RequestKey {
    /// Whether the request came without a key.
    pub(super) const fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// Carries out `change` and answers its result, once per key: a repetition gets the first answer, whether it
    /// was a success or a refusal.
    pub(super) async fn run<T, E, V>(
        self,
        services: &ApiServices,
        organization_id: OrganizationId,
        change: impl Future<Output = Result<Prepared<T>, E>>,
        answer: impl FnOnce(T) -> JsonAnswer<V>,
    ) -> Result<Response, ApiError>
    where
        V: Kept,
        ApiError: From<E>,
    {
        let Some((key, digest)) = self.0 else {
            return Ok(answer(change.await?.commit().await?).into_response());
        };
        let request = KeyedRequest { organization_id, key, digest };
        let render = |outcome: Result<T, E>| match outcome {
            Ok(result) => answer(result).render(),
            Err(error) => ApiError::from(error).render(),
        };
        match services.idempotency.run(&request, change, render).await? {
            Once::Now(response) => Ok(response),
            Once::Before(answer) => repeat(services, organization_id, answer).await,
            Once::Conflict => Err(ApiError::idempotency_conflict()),
        }
    }
}

/// An answer that was given before. A webhook is shown as it is now, since its secret is not kept in the answer:
/// the same bytes unless it was changed since, and 404 if it was deleted.
async fn repeat(
    services: &ApiServices,
    organization_id: OrganizationId,
    answer: Answer,
) -> Result<Response, ApiError> {
    let status = StatusCode::from_u16(answer.status).map_err(|_| ApiError::internal())?;
    let mut response = match answer.body {
        AnswerBody::Bytes(json) => json_response(status, json),
        AnswerBody::Webhook(id) => match services.webhooks.get(organization_id, id).await? {
            Some(webhook) => JsonAnswer(status, webhooks::Shown(webhook)).into_response(),
            None => ApiError::no_such("webhook").into_response(),
        },
    };
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}
