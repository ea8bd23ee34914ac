//! How the dashboard learns who is looking.

use super::session::SessionKey;
use crate::api::Authenticator;
use axum::http::Uri;
use std::sync::Arc;

/// How the dashboard learns who is looking.
#[derive(Clone)]
pub enum Access {
    /// By a session of its own, which whoever has an API key opens on its sign-in page.
    ApiKeys(SessionKey),
    /// From whoever knows the users of the service that it is a part of: there is no way to sign in or out, and no cookie.
    Theirs {
        /// Says for whom a page is.
        authenticator: Arc<dyn Authenticator>,
        /// Where whoever is nobody is led to, such as `/login`; without it they are answered 401.
        sign_in: Option<Uri>,
    },
}

impl Access {
    /// For whom `authenticator` says; whoever is nobody is answered 401.
    pub fn by(authenticator: Arc<dyn Authenticator>) -> Self {
        Self::Theirs { authenticator, sign_in: None }
    }

    /// The same, and whoever is nobody is led to `sign_in`.
    pub fn by_or_sign_in(authenticator: Arc<dyn Authenticator>, sign_in: Uri) -> Self {
        Self::Theirs { authenticator, sign_in: Some(sign_in) }
    }

    /// Whether the dashboard has a sign-in page of its own.
    pub(super) const fn has_sessions(&self) -> bool {
        matches!(self, Self::ApiKeys(_))
    }
}
