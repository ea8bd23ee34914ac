//! `GET /openapi.json`

use axum::body::Bytes;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::OpenApi;

/// The description as JSON, written once.
#[derive(Clone)]
pub(in crate::api) struct Document(Bytes);

impl Document {
    pub(in crate::api) fn of(description: &OpenApi) -> Self {
        // Texts, numbers and maps of them: there is nothing here that can fail.
        Self(description.to_pretty_json().unwrap_or_default().into())
    }
}

impl IntoResponse for Document {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "application/json")], self.0).into_response()
    }
}
