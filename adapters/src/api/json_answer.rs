//! A JSON answer.

use super::error::ApiError;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// An answer with this status and this value as its JSON body.
pub(super) struct JsonAnswer<T>(pub(super) StatusCode, pub(super) T);

impl<T: Serialize> JsonAnswer<T> {
    /// 200.
    pub(super) fn ok(value: T) -> Self {
        Self(StatusCode::OK, value)
    }

    /// 201.
    pub(super) fn created(value: T) -> Self {
        Self(StatusCode::CREATED, value)
    }

    /// 202.
    pub(super) fn accepted(value: T) -> Self {
        Self(StatusCode::ACCEPTED, value)
    }
}

impl<T: Serialize> IntoResponse for JsonAnswer<T> {
    fn into_response(self) -> Response {
        let Self(status, value) = self;
        match serde_json::to_vec(&value) {
            Ok(json) => {
                let mut response = Response::new(Body::from(json));
                *response.status_mut() = status;
                response
                    .headers_mut()
                    .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                response
            }
            // Views hold text, numbers and checked JSON: this does not happen, and an error body, being
            // two texts and a number, cannot come back here for ever.
            Err(error) => {
                tracing::error!(%error, "an answer could not be written as JSON");
                ApiError::internal().into_response()
            }
        }
    }
}
