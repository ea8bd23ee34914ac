//! A request's body, from bytes to what a use case takes.

use super::error::ApiError;
use super::in_flight::BodyHold;
use super::json_object::JsonObjectText;
use super::{Services, authentication};
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// The largest body that is read (the contract's 256 KiB).
const MAX_BYTES: usize = 256 * 1024;

/// How much of a larger body is read and dropped. A client that writes all before it reads would otherwise
/// find its connection closed instead of the 413.
const MAX_DRAINED_BYTES: usize = 4 * 1024 * 1024;

/// How long a body may take to arrive, so that a slow sender cannot hold a connection for ever.
const ARRIVES_WITHIN: Duration = Duration::from_secs(30);

/// How long a request is taken to be whose it was while its body arrives.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// What a use case takes, read from a JSON object.
pub(super) trait FromJson: Sized {
    /// Reads the members, in the contract's order; the first that breaks a rule is the one named.
    fn from_json(object: JsonObjectText<'_>) -> Result<Self, ApiError>;
}

/// A `T` read from the request's body.
///
/// What is no JSON text in UTF-8, labelled as such, is 400; what is, but does not say what it should, is 422.
pub(super) struct JsonBody<T>(pub(super) T);

impl<T: FromJson> FromRequest<Services> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, services: &Services) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        check_labels(&parts.headers)?;
        let bytes = read_in_time(&parts, body, services).await?;
        if bytes.is_empty() {
            return Err(ApiError::malformed("a JSON body is required"));
        }
        if bytes.starts_with(b"\xEF\xBB\xBF") {
            // RFC 8259, 8.1: JSON on the network has none.
            return Err(ApiError::malformed("the body must not begin with a byte order mark"));
        }
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| ApiError::malformed("the body must be encoded in UTF-8"))?;
        T::from_json(JsonObjectText::new(text)).map(Self)
    }
}

/// A `T` read from the request's body, or from `{}` where there is none: for requests that need say nothing.
pub(super) struct OptionalJsonBody<T>(pub(super) T);

impl<T: FromJson> FromRequest<Services> for OptionalJsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, services: &Services) -> Result<Self, ApiError> {
        // What is sent in chunks tells only at its end that it is empty.
        let (parts, body) = request.into_parts();
        let bytes = read_in_time(&parts, body, services).await?;
        if bytes.is_empty() {
            return T::from_json(JsonObjectText::new("{}")).map(Self);
        }
        let request = Request::from_parts(parts, Body::from(bytes));
        JsonBody::from_request(request, services).await.map(|JsonBody(value)| Self(value))
    }
}

/// Takes `application/json`, with `charset=utf-8` or without, and nothing encoded.
fn check_labels(headers: &HeaderMap) -> Result<(), ApiError> {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let one = match (types.next(), types.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    };
    if !one.is_some_and(is_json) {
        return Err(ApiError::malformed("the Content-Type must be application/json"));
    }
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(ApiError::malformed("the body must be sent without a Content-Encoding"));
    }
    Ok(())
}

fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';');
    let is_json =
        parts.next().is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case("application/json"));
    is_json
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
                value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        })
}

/// The whole body, if it is not too large, does not take too long, and is still of whom it was: a key may have been
/// revoked since the head came.
pub(super) async fn read_in_time(parts: &Parts, body: Body, services: &Services) -> Result<Bytes, ApiError> {
    let began = Instant::now();
    let bytes = timeout(ARRIVES_WITHIN, read(body, BodyHold::of(&parts.extensions)))
        .await
        .map_err(|_elapsed| ApiError::malformed("the body did not arrive in time"))??;
    if began.elapsed() > GOOD_FOR {
        authentication::check_again(parts, services).await?;
    }
    Ok(bytes)
}

/// The whole body, unless it is larger than [`MAX_BYTES`] or there is no room for it.
async fn read(mut body: Body, hold: Option<&BodyHold>) -> Result<Bytes, ApiError> {
    let mut kept = BytesMut::new();
    let mut arrived = 0_usize;
    let mut has_room = true;
    // Announced far beyond what would be drained: say so at once.
    let mut reading = axum::body::HttpBody::size_hint(&body).lower() <= MAX_DRAINED_BYTES as u64;
    while reading && let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| ApiError::malformed("the body ended before it was complete"))?;
        let Ok(data) = frame.into_data() else { continue };
        arrived = arrived.saturating_add(data.len());
        reading = arrived <= MAX_DRAINED_BYTES;
        has_room = has_room && (arrived > MAX_BYTES || hold.is_none_or(|hold| hold.has_room_for(arrived)));
        if has_room && arrived <= MAX_BYTES {
            kept.extend_from_slice(&data);
        } else {
            kept = BytesMut::new();
        }
    }
    if !reading || arrived > MAX_BYTES {
        Err(ApiError::too_large(MAX_BYTES))
    } else if !has_room {
        Err(ApiError::no_room())
    } else {
        Ok(kept.freeze())
    }
}
