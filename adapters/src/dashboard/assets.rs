//! The style sheet, the scripts and the icon, which are part of the program: nothing is fetched from elsewhere.

use super::failure::PageFailure;
use super::path_id::PathId;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// Kept for a year: each version of the program links them with its number behind their name.
const CACHED: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// What the links to assets end with.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Name, kind and content. What is of others (htmx, 0BSD) has its version in the name.
const ASSETS: [(&str, &str, &[u8]); 4] = [
    ("dashboard.css", CSS, include_bytes!("../../assets/dashboard/dashboard.css")),
    ("dashboard.js", SCRIPT, include_bytes!("../../assets/dashboard/dashboard.js")),
    ("htmx-2.0.11.min.js", SCRIPT, include_bytes!("../../assets/dashboard/htmx-2.0.11.min.js")),
    ("icon.svg", SVG, include_bytes!("../../assets/dashboard/icon.svg")),
];

/// `GET /assets/{name}`
pub(super) async fn serve(PathId(name): PathId<String>) -> Result<Response, PageFailure> {
    let found = ASSETS.into_iter().find(|(known, ..)| *known == name);
    let (_, kind, content) = found.ok_or(PageFailure::NotFound)?;
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CACHE_CONTROL, CACHED)];
    Ok((headers, content).into_response())
}
