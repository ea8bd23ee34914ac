//! `GET /docs`: the description, readable in a browser. Its scripts and styles are part of the program.

use crate::api::error::ApiError;
use crate::api::path_id::named_in_path;
use crate::api::prefix::Prefix;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use std::borrow::Cow;
use std::sync::Arc;
use utoipa_swagger_ui::Config;

/// The routes of the page and of what it loads, none of it from another host. (Not the library's own: they take themselves
/// to be at the top of the host.)
pub(in crate::api) fn reference<S: Clone + Send + Sync + 'static>() -> Router<S> {
    // From where the page is.
    let config = Config::from("../openapi.json")
        // Otherwise the browser asks a public validator about the description.
        .validator_url("none")
        .use_base_layout()
        .default_models_expand_depth(0)
        .display_request_duration(true);
    let config = Arc::new(config);
    let of_the_page = Arc::clone(&config);
    Router::new()
        .route("/docs", get(async |Prefix(prefix): Prefix| Redirect::to(&format!("{prefix}/docs/"))))
        .route("/docs/", get(async move || serve("", &of_the_page)))
        .route(
            "/docs/{*file}",
            get(async move |request: Request| {
                let (mut parts, _) = request.into_parts();
                let file = named_in_path(&mut parts).await.ok_or_else(ApiError::no_such_route)?;
                serve(&file, &config)
            }),
        )
}

/// One of the library's files.
fn serve(file: &str, config: &Arc<Config<'static>>) -> Result<Response, ApiError> {
    let found = utoipa_swagger_ui::serve(file, Arc::clone(config)).map_err(|error| {
        tracing::error!(%error, "a file of the reference cannot be made");
        ApiError::internal()
    })?;
    let file = found.ok_or_else(ApiError::no_such_route)?;
    let body = match file.bytes {
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    };
    let mut response = ([(header::CONTENT_TYPE, file.content_type)], body).into_response();
    if file.gzpipped {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}
