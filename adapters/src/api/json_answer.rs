//! A JSON answer.

use super::error::ApiError;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use slotflow_application::idempotency::Rendered;
use slotflow_domain::idempotency::{Answer, AnswerBody};

/// An answer with this status and this value as its JSON body.
pub(super) struct JsonAnswer<T>(pub(super) StatusCode, pub(super) T);

/// A value that may be the answer under an idempotency key.
pub(super) trait Kept: Serialize {
    /// What is kept of it: its bytes. What shows a secret is kept as the name of what it shows instead.
    fn kept(&self, json: &[u8]) -> AnswerBody {
        AnswerBody::Bytes(json.to_vec())
    }
}

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

    fn to_json(&self) -> Result<Vec<u8>, ApiError> {
        // Views hold text, numbers and checked JSON: this does not fail, and an error body, being two texts
        // and a number, cannot come back here for ever.
        serde_json::to_vec(&self.1).map_err(|error| {
            tracing::error!(%error, "an answer could not be written as JSON");
            ApiError::internal()
        })
    }
}

impl<T: Kept> JsonAnswer<T> {
    /// The answer, and what is kept of it.
    pub(super) fn render(self) -> Rendered<Response> {
        match self.to_json() {
            Ok(json) => Rendered {
                answer: Answer { status: self.0.as_u16(), body: self.1.kept(&json) },
                response: json_response(self.0, json),
            },
            Err(error) => error.render(),
        }
    }
}

impl<T: Serialize> IntoResponse for JsonAnswer<T> {
    fn into_response(self) -> Response {
        match self.to_json() {
            Ok(json) => json_response(self.0, json),
            Err(error) => error.into_response(),
        }
    }
}

/// An answer with this status and these bytes, which are JSON.
pub(super) fn json_response(status: StatusCode, json: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(json));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
