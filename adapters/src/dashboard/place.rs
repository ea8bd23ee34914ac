//! The dashboard as one request finds it: at the path that the browser sees.

use super::Shared;
use crate::api::{ApiPlace, prefix};
use axum::extract::{FromRequestParts, NestedPath};
use axum::http::request::Parts;
use std::convert::Infallible;
use std::ops::Deref;
use std::sync::Arc;

/// What handlers share, and where it lies for this request: beneath whatever it is nested under.
#[derive(Clone)]
pub(super) struct Dashboard {
    shared: Arc<Shared>,
    /// What every path of the dashboard begins with, such as `/dashboard`; nothing if it lies at the top.
    pub(super) base: String,
    /// The path of the first page.
    pub(super) home: String,
    /// What stands before `/v1`, if the API is served beside the dashboard.
    pub(super) api: Option<String>,
}

impl Deref for Dashboard {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl FromRequestParts<Arc<Shared>> for Dashboard {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Infallible> {
        let prefix = prefix(&parts.extensions, &parts.uri);
        let base = format!("{prefix}{}", shared.path);
        // A router that is nested under `/hooks` has no `/hooks/` for what it calls `/`, one under `/hooks/` only that.
        let nested_under = parts.extensions.get::<NestedPath>().map_or("/", NestedPath::as_str);
        let ends_in_slash = !shared.path.is_empty() || nested_under.ends_with('/');
        let home = if ends_in_slash { format!("{base}/") } else { base.clone() };
        let api = parts.extensions.get::<ApiPlace>().map(|ApiPlace(prefix)| prefix.clone());
        Ok(Self { shared: Arc::clone(shared), base, home, api })
    }
}
