//! What is shown instead of a page.

use super::page::Page;
use super::{Dashboard, assets};
use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use slotflow_application::ports::StoreError;
use slotflow_domain::Rejection;

/// Why there is no page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PageFailure {
    /// There is no session, or it has ended: the sign-in page is shown.
    NotSignedIn,
    /// There is no such thing, or it is another organization's.
    NotFound,
    /// There is something, which cannot be asked for in this way.
    WrongMethod,
    /// A page of another site asks for a change.
    CrossSite,
    /// What was asked for breaks a rule, in words.
    Invalid(String),
    /// The store cannot be reached for now.
    Unavailable,
    /// Our fault. What happened is in the log only.
    Internal,
}

impl From<StoreError> for PageFailure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::Contended(_) => {
                tracing::warn!(%error, "a page failed for want of the store");
                Self::Unavailable
            }
            StoreError::Refused(_) | StoreError::Broken(_) => {
                tracing::error!(%error, "a page failed in the store");
                Self::Internal
            }
        }
    }
}

impl From<Rejection> for PageFailure {
    fn from(rejection: Rejection) -> Self {
        Self::Invalid(rejection.to_string())
    }
}

/// The page that says so.
#[derive(Template)]
#[template(path = "failure.html")]
pub(super) struct FailurePage {
    base: String,
    version: &'static str,
    title: &'static str,
    words: String,
}

impl PageFailure {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotSignedIn => StatusCode::SEE_OTHER,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::CrossSite => StatusCode::FORBIDDEN,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn words(&self) -> (&'static str, String) {
        match self {
            Self::NotSignedIn => ("Signed out", "Sign in to go on.".to_owned()),
            Self::NotFound => ("Not found", "There is no such page, or it is not yours to see.".to_owned()),
            Self::WrongMethod => (
                "Nothing to see",
                "This is where a form is sent to. The page that it is on is another one.".to_owned(),
            ),
            Self::CrossSite => {
                ("Refused", "Another site's page asked for this change, so nothing was changed.".to_owned())
            }
            Self::Invalid(rule) => ("That did not work", format!("{rule}.")),
            Self::Unavailable => (
                "Not available",
                "The database cannot be reached right now. Try again in a moment.".to_owned(),
            ),
            Self::Internal => {
                ("Something went wrong", "This is our fault, and it has been logged.".to_owned())
            }
        }
    }

    pub(super) fn page(&self, base: &str) -> Page<FailurePage> {
        let (title, words) = self.words();
        Page(self.status(), FailurePage { base: base.to_owned(), version: assets::VERSION, title, words })
    }
}

/// Only what went wrong; [`show`] makes a page of it, as that takes to know where the dashboard lies.
impl IntoResponse for PageFailure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Makes pages of failures. Whoever is not signed in is led to where that is done: a browser by a redirect, htmx, which
/// would put the sign-in page into a corner of this one, by its own header.
pub(super) async fn show(State(dashboard): State<Dashboard>, request: Request, next: Next) -> Response {
    let by_htmx = request.headers().contains_key("hx-request");
    let mut response = next.run(request).await;
    let Some(failure) = response.extensions_mut().remove::<PageFailure>() else { return response };
    if failure != PageFailure::NotSignedIn {
        return failure.page(&dashboard.base).into_response();
    }
    let Ok(place) = HeaderValue::from_str(&format!("{}/sign-in", dashboard.base)) else {
        return PageFailure::Internal.page(&dashboard.base).into_response();
    };
    if by_htmx {
        (StatusCode::OK, [(HeaderName::from_static("hx-redirect"), place)]).into_response()
    } else {
        (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response()
    }
}
