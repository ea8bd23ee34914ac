//! `GET /docs`: the description, readable in a browser. Its scripts and styles are part of the program.

use crate::api::error::ApiError;
use crate::api::prefix::Prefix;
use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// The routes of the page and of what it loads, none of it from another host.
pub(in crate::api) fn reference<S: Clone + Send + Sync + 'static>() -> Router<S> {
    // From where the page is: whatever all of this is nested under stands before both.
    let config = Config::from("../openapi.json")
        // Otherwise the browser asks a public validator about the description.
        .validator_url("none")
        .use_base_layout()
        .default_models_expand_depth(0)
        .display_request_duration(true);
    let files: Router<S> = SwaggerUi::new("/docs").config(config).into();
    files.route_layer(middleware::from_fn(in_our_shape))
}

/// The library answers what it does not have without a body, a path that is no text with words of its own, and leads to its
/// page as if that were at the top.
async fn in_our_shape(Prefix(prefix): Prefix, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    if status.is_redirection() {
        Redirect::to(&format!("{prefix}/docs/")).into_response()
    } else if status.is_client_error() {
        ApiError::no_such_route().into_response()
    } else if status.is_server_error() {
        ApiError::internal().into_response()
    } else {
        response
    }
}
