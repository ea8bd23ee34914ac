//! `GET /docs`: the description, readable in a browser. Its scripts and styles are part of the program.

use axum::Router;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// The routes of the page and of what it loads, none of it from another host.
pub(in crate::api) fn reference<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let config = Config::from("/openapi.json")
        // Otherwise the browser asks a public validator about the description.
        .validator_url("none")
        .use_base_layout()
        .default_models_expand_depth(0)
        .display_request_duration(true);
    SwaggerUi::new("/docs").config(config).into()
}
