//! The one shape of every error, and which error is which.

use super::json_answer::{JsonAnswer, Kept};
use axum::BoxError;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use slotflow_application::bookings::ConfirmBookingError;
use slotflow_application::idempotency::Rendered;
use slotflow_application::ports::StoreError;
use slotflow_application::repairs::{ReplayError, RetryError, SendTestError};
use slotflow_application::webhooks::{RegisterWebhookError, RotateSecretError, UpdateWebhookError};
use slotflow_domain::Rejection;
use slotflow_domain::webhook;
use std::borrow::Cow;
use std::convert::Infallible;
use std::time::Duration;
use utoipa::ToSchema;

/// After how long a request may be tried again when the store was out of reach, or there was no room for it. Databases
/// fail over within a few seconds; a longer pause would only lengthen an outage.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// The contract's error codes, and one for where browsers authenticate themselves (`FORBIDDEN`), which is not the server's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    MalformedRequest,
    Unauthorized,
    LimitReached,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    SlotUnavailable,
    DuplicateWebhook,
    IdempotencyConflict,
    PayloadTooLarge,
    ValidationError,
    RateLimited,
    Internal,
    Unavailable,
}

impl Code {
    /// The contract's table: status and name.
    const fn on_the_wire(self) -> (StatusCode, &'static str) {
        match self {
            Self::MalformedRequest => (StatusCode::BAD_REQUEST, "MALFORMED_REQUEST"),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "UNAUTHORIZED"),
            Self::LimitReached => (StatusCode::PAYMENT_REQUIRED, "LIMIT_REACHED"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "FORBIDDEN"),
            Self::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED"),
            Self::SlotUnavailable => (StatusCode::CONFLICT, "SLOT_UNAVAILABLE"),
            Self::DuplicateWebhook => (StatusCode::CONFLICT, "DUPLICATE_WEBHOOK"),
            Self::IdempotencyConflict => (StatusCode::CONFLICT, "IDEMPOTENCY_CONFLICT"),
            Self::PayloadTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE"),
            Self::ValidationError => (StatusCode::UNPROCESSABLE_ENTITY, "VALIDATION_ERROR"),
            Self::RateLimited => (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"),
        }
    }

    /// The header that HTTP wants beside the status. (`Allow` is the router's, which knows the methods.)
    const fn header(self) -> Option<(HeaderName, HeaderValue)> {
        match self {
            Self::Unauthorized => Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
            _ => None,
        }
    }
}

/// What a refusal that many routes share is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The caller or the moment, whatever is asked.
    Anything,
    /// Where a change comes from.
    Change,
    /// The body, as bytes.
    Body,
    /// What the body, the query or a header says.
    Input,
    /// What the path names.
    Named,
    /// That it may have been asked before.
    Post,
}

/// A refusal as the API's description tells of it.
pub(super) struct Refusal {
    pub(super) of: Refused,
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) when: &'static str,
}

/// The refusals that routes share; what is particular to one stands there.
pub(super) const REFUSALS: &[Refusal] = &[
    refusal(Refused::Body, Code::MalformedRequest, "the body is not JSON, or not labelled as such"),
    refusal(Refused::Anything, Code::Unauthorized, "the API key is missing, malformed, unknown or revoked"),
    refusal(Refused::Change, Code::Forbidden, "another site's page asked for it"),
    refusal(Refused::Named, Code::NotFound, "the organization has no such thing"),
    refusal(Refused::Post, Code::IdempotencyConflict, "the same `Idempotency-Key` came with another request"),
    refusal(Refused::Body, Code::PayloadTooLarge, "the body is larger than 256 KiB"),
    refusal(
        Refused::Input,
        Code::ValidationError,
        "something is missing or wrong; the message names it and the rule",
    ),
    refusal(Refused::Anything, Code::RateLimited, "this key has made too many requests; see `Retry-After`"),
    refusal(Refused::Anything, Code::Internal, "something went wrong on our side"),
    refusal(
        Refused::Anything,
        Code::Unavailable,
        "the store cannot be reached, or too much is sent and asked for at once; see `Retry-After`",
    ),
];

const fn refusal(of: Refused, code: Code, when: &'static str) -> Refusal {
    let (status, code) = code.on_the_wire();
    Refusal { of, status: status.as_u16(), code, when }
}

/// A request that was not fulfilled, and what the client is told of it.
#[derive(Debug)]
pub(super) struct ApiError {
    code: Code,
    message: Cow<'static, str>,
    /// After how long it is worth trying again, where that is known.
    retry_after: Option<Duration>,
}

impl ApiError {
    fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), retry_after: None }
    }

    /// 400: the body cannot be read at all.
    pub(super) fn malformed(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::MalformedRequest, message)
    }

    /// 401: the same words whatever is wrong with the key, so that keys cannot be probed for.
    pub(super) fn unauthorized(by_api_key: bool) -> Self {
        let message = if by_api_key {
            "a valid API key is required: Authorization: Bearer sk_live_…"
        } else {
            "authentication is required"
        };
        Self::new(Code::Unauthorized, message)
    }

    /// 401 for an organization that is not there: whoever says whose a request is named one that was never made.
    pub(super) fn no_organization() -> Self {
        tracing::warn!("a request was made for an organization that is not there; was it ensured?");
        Self::new(Code::Unauthorized, "there is no such organization")
    }

    /// 403 for a change that comes from elsewhere.
    pub(super) fn cross_site() -> Self {
        Self::new(Code::Forbidden, "another site's page asked for this change, so nothing was changed")
    }

    /// 404 for a path that leads nowhere.
    pub(super) fn no_such_route() -> Self {
        Self::new(Code::NotFound, "there is no such route")
    }

    /// 404 for a thing (`"webhook"`, …) that this organization does not have.
    pub(super) fn no_such(thing: &'static str) -> Self {
        Self::new(Code::NotFound, format!("there is no such {thing}"))
    }

    /// 405.
    pub(super) fn method_not_allowed() -> Self {
        Self::new(Code::MethodNotAllowed, "this route does not support the method; see the Allow header")
    }

    /// 409: the key has been used for something else.
    pub(super) fn idempotency_conflict() -> Self {
        Self::new(
            Code::IdempotencyConflict,
            "this Idempotency-Key was used for another request within the last 24 hours",
        )
    }

    /// 413.
    pub(super) fn too_large(limit: usize) -> Self {
        Self::new(Code::PayloadTooLarge, format!("the body must not be larger than {limit} bytes"))
    }

    /// 429, and when it is worth trying again.
    pub(super) fn rate_limited(message: &'static str, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..Self::new(Code::RateLimited, message) }
    }

    /// 500: our fault. What happened is in the log only.
    pub(super) fn internal() -> Self {
        Self::new(Code::Internal, "something went wrong on our side; it has been logged")
    }

    /// 503: the store cannot be reached for now.
    pub(super) fn unavailable() -> Self {
        Self::for_now("the service is temporarily unavailable; please try again")
    }

    /// 503, unless it was the store that failed: whose request it is could not be found out.
    pub(super) fn unrecognizable(error: BoxError) -> Self {
        match error.downcast::<StoreError>() {
            Ok(error) => (*error).into(),
            Err(error) => {
                tracing::warn!(%error, "it could not be found out whose a request is");
                Self::unavailable()
            }
        }
    }

    /// 503: what is sent or asked for would be too much at once.
    pub(super) fn no_room() -> Self {
        Self::for_now("too much is sent and asked for at once; please try again")
    }

    fn for_now(message: &'static str) -> Self {
        Self { retry_after: Some(RETRY_AFTER), ..Self::new(Code::Unavailable, message) }
    }
}

/// Every error, whatever went wrong.
#[derive(Serialize, ToSchema)]
#[schema(as = Error, example = json!({"error": {"code": "NOT_FOUND", "message": "there is no such webhook", "status": 404}}))]
pub(super) struct ErrorBody<'a> {
    error: ErrorDetail<'a>,
}

/// What went wrong.
#[derive(Serialize, ToSchema)]
struct ErrorDetail<'a> {
    /// For programs.
    code: &'static str,
    /// For people.
    message: &'a str,
    /// The HTTP status.
    status: u16,
}

impl Kept for ErrorBody<'_> {}

impl ApiError {
    /// The answer, and what is kept of it.
    pub(super) fn render(self) -> Rendered<Response> {
        let (status, code) = self.code.on_the_wire();
        let error = ErrorDetail { code, message: &self.message, status: status.as_u16() };
        let mut rendered = JsonAnswer(status, ErrorBody { error }).render();
        if let Some((name, value)) = self.code.header() {
            rendered.response.headers_mut().insert(name, value);
        }
        if let Some(wait) = self.retry_after {
            // In whole seconds (RFC 9110, 10.2.3), rounded up: a client that keeps to it is not refused again.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            rendered.response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        rendered
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.render().response
    }
}

impl From<Infallible> for ApiError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl From<Rejection> for ApiError {
    fn from(rejection: Rejection) -> Self {
        Self::new(Code::ValidationError, rejection.to_string())
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::Contended(_) => {
                tracing::warn!(%error, "a request failed for want of the store");
                Self::unavailable()
            }
            StoreError::Refused(_) | StoreError::Broken(_) => {
                tracing::error!(%error, "a request failed in the store");
                Self::internal()
            }
        }
    }
}

impl From<RegisterWebhookError> for ApiError {
    fn from(error: RegisterWebhookError) -> Self {
        match error {
            RegisterWebhookError::Invalid(rejection) => rejection.into(),
            RegisterWebhookError::Refused(refusal @ webhook::Refusal::Duplicate) => {
                Self::new(Code::DuplicateWebhook, refusal.to_string())
            }
            RegisterWebhookError::Refused(
                refusal @ (webhook::Refusal::LimitReached { .. } | webhook::Refusal::NoSuchPlan { .. }),
            ) => Self::new(Code::LimitReached, refusal.to_string()),
            RegisterWebhookError::NoOrganization => Self::no_organization(),
            RegisterWebhookError::Store(error) => error.into(),
        }
    }
}

impl From<UpdateWebhookError> for ApiError {
    fn from(error: UpdateWebhookError) -> Self {
        match error {
            UpdateWebhookError::Invalid(rejection) => rejection.into(),
            UpdateWebhookError::Duplicate => Self::new(Code::DuplicateWebhook, error.to_string()),
            UpdateWebhookError::NotFound => Self::no_such("webhook"),
            UpdateWebhookError::Store(error) => error.into(),
        }
    }
}

impl From<SendTestError> for ApiError {
    fn from(error: SendTestError) -> Self {
        match error {
            SendTestError::NotFound => Self::no_such("webhook"),
            SendTestError::Store(error) => error.into(),
        }
    }
}

impl From<RotateSecretError> for ApiError {
    fn from(error: RotateSecretError) -> Self {
        match error {
            RotateSecretError::Invalid(rejection) => rejection.into(),
            RotateSecretError::NotFound => Self::no_such("webhook"),
            RotateSecretError::Store(error) => error.into(),
        }
    }
}

impl From<ConfirmBookingError> for ApiError {
    fn from(error: ConfirmBookingError) -> Self {
        match error {
            ConfirmBookingError::SlotUnavailable(taken) => {
                Self::new(Code::SlotUnavailable, taken.to_string())
            }
            ConfirmBookingError::Store(error) => error.into(),
        }
    }
}

impl From<RetryError> for ApiError {
    fn from(error: RetryError) -> Self {
        match error {
            RetryError::NotRepeatable(why) => Self::new(Code::ValidationError, why.to_string()),
            RetryError::NotFound => Self::no_such("delivery"),
            RetryError::Store(error) => error.into(),
        }
    }
}

impl From<ReplayError> for ApiError {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Invalid(rejection) => rejection.into(),
            ReplayError::NotFound => Self::no_such("webhook"),
            ReplayError::Store(error) => error.into(),
        }
    }
}
