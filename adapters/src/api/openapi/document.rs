//! `GET /openapi.json`

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use std::convert::Infallible;
use utoipa::openapi::{OpenApi, Server};

/// What stands for the place of the API until that is known.
const PLACE: &str = "{place}";

/// The description as JSON, written once.
#[derive(Clone)]
pub(in crate::api) struct Document {
    /// Of an API at the top of its host, which is where one lies that says nothing of it.
    at_the_top: Bytes,
    /// Of one that lies elsewhere: what comes before its place, and after it.
    around_the_place: (Bytes, Bytes),
}

impl Document {
    pub(in crate::api) fn of(mut description: OpenApi) -> Self {
        // Texts, numbers and maps of them: there is nothing here that can fail.
        let at_the_top = description.to_pretty_json().unwrap_or_default().into();
        description.servers = Some(vec![Server::new(PLACE)]);
        let elsewhere = Bytes::from(description.to_pretty_json().unwrap_or_default());
        let place =
            std::str::from_utf8(&elsewhere).ok().and_then(|text| text.find(PLACE)).unwrap_or_default();
        let around_the_place =
            (elsewhere.slice(..place), elsewhere.slice((place + PLACE.len()).min(elsewhere.len())..));
        Self { at_the_top, around_the_place }
    }

    /// The description of an API beneath this path. However many are asked for at once, there is one text of it.
    pub(in crate::api) fn beneath(&self, prefix: &str) -> Response {
        let body = if prefix.is_empty() {
            Body::from(self.at_the_top.clone())
        } else {
            let (before, after) = self.around_the_place.clone();
            // Whose text needs no escape in JSON.
            let parts = [before, Bytes::from(prefix.to_owned()), after];
            Body::from_stream(stream::iter(parts.map(Ok::<_, Infallible>)))
        };
        ([(header::CONTENT_TYPE, "application/json")], body).into_response()
    }
}
