//! What is shown instead of a page.

use super::access::Access;
use super::page::Page;
use super::{Dashboard, assets};
use askama::Template;
use axum::BoxError;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use slotflow_application::ports::StoreError;
use slotflow_domain::Rejection;

/// Why there is no page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PageFailure {
    /// There is no session, or it has ended, or who is looking is nobody: they are led to where one signs in.
    NotSignedIn,
    /// Who is looking is of an organization that is not there: whoever said so has to make it first.
    NoOrganization,
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
    /// Whoever knows who is looking cannot say so for now.
    Unrecognizable,
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
    /// Where there is a page, for whoever may see one.
    home: Option<String>,
}

impl PageFailure {
    /// Whoever knows who is looking has failed, or the store behind them.
    pub(super) fn unrecognizable(error: BoxError) -> Self {
        match error.downcast::<StoreError>() {
            Ok(error) => (*error).into(),
            Err(error) => {
                tracing::warn!(%error, "it could not be found out for whom a page is");
                Self::Unrecognizable
            }
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::NotSignedIn => StatusCode::UNAUTHORIZED,
            Self::NoOrganization => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::CrossSite => StatusCode::FORBIDDEN,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unavailable | Self::Unrecognizable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn words(&self) -> (&'static str, String) {
        match self {
            Self::NotSignedIn => ("Signed out", "Sign in, and load this page again.".to_owned()),
            Self::NoOrganization => (
                "Not set up yet",
                "Your organization has no webhooks here yet. Whoever runs this service can add it."
                    .to_owned(),
            ),
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
            Self::Unrecognizable => (
                "Not available",
                "It cannot be found out right now who you are. Try again in a moment.".to_owned(),
            ),
            Self::Internal => {
                ("Something went wrong", "This is our fault, and it has been logged.".to_owned())
            }
        }
    }

    fn page(&self, dashboard: &Dashboard) -> Page<FailurePage> {
        let (title, words) = self.words();
        let home = (*self != Self::NotSignedIn).then(|| dashboard.home.clone());
        let page = FailurePage { base: dashboard.base.clone(), version: assets::VERSION, title, words, home };
        Page(self.status(), page)
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
pub(super) async fn show(dashboard: Dashboard, request: Request, next: Next) -> Response {
    let by_htmx = request.headers().contains_key("hx-request");
    let mut response = next.run(request).await;
    let Some(failure) = response.extensions_mut().remove::<PageFailure>() else { return response };
    let sign_in = match (&failure, &dashboard.services.access) {
        (PageFailure::NotSignedIn, Access::ApiKeys(_)) => format!("{}/sign-in", dashboard.base),
        (PageFailure::NotSignedIn, Access::Theirs { sign_in: Some(sign_in), .. }) => sign_in.to_string(),
        _ => return failure.page(&dashboard).into_response(),
    };
    let Ok(place) = HeaderValue::from_str(&sign_in) else {
        return PageFailure::Internal.page(&dashboard).into_response();
    };
    if by_htmx {
        (StatusCode::OK, [(HeaderName::from_static("hx-redirect"), place)]).into_response()
    } else {
        (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response()
    }
}
