//! The dashboard's routes, as a list too: axum's router does not tell what it holds, and who tests all routes must
//! learn of a new one.

use super::Shared;
use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodRouter, get, post};
use std::sync::Arc;

/// Routes with their handlers. Paths are below the dashboard's own.
pub(super) struct Routes(Vec<(Method, &'static str, MethodRouter<Arc<Shared>>)>);

impl Routes {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// A page, or something on one.
    pub(super) fn get<H, T>(mut self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, Arc<Shared>>,
        T: 'static,
    {
        self.0.push((Method::GET, path, get(handler)));
        self
    }

    /// A form.
    pub(super) fn post<H, T>(mut self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, Arc<Shared>>,
        T: 'static,
    {
        self.0.push((Method::POST, path, post(handler)));
        self
    }

    pub(super) fn merge(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// A router of them, below `path`. (A nested router would have no `/dashboard/`, only `/dashboard`.)
    pub(super) fn into_router(self, path: &str) -> Router<Arc<Shared>> {
        self.0.into_iter().fold(Router::new(), |router, (_, below, handler)| {
            router.route(&format!("{path}{below}"), handler)
        })
    }

    pub(super) fn into_list(self) -> Vec<(Method, &'static str)> {
        self.0.into_iter().map(|(method, path, _)| (method, path)).collect()
    }
}
