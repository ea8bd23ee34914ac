//! What every page has: the frame around it, and the way from a template to an answer.

use super::failure::PageFailure;
use super::notice::Notice;
use super::viewer::Viewer;
use super::{Dashboard, assets};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use slotflow_domain::organization::PlanName;

/// Which part of the dashboard a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Overview,
    Webhooks,
    Deliveries,
    Events,
}

impl Section {
    /// Every section, in the order of the menu.
    const ALL: [Self; 4] = [Self::Overview, Self::Webhooks, Self::Deliveries, Self::Events];

    fn name(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Webhooks => "Webhooks",
            Self::Deliveries => "Deliveries",
            Self::Events => "Events",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Overview => "/",
            Self::Webhooks => "/webhooks",
            Self::Deliveries => "/deliveries",
            Self::Events => "/events",
        }
    }
}

/// What stands around a page of somebody who is signed in. Templates that extend `layout.html` have it as `frame`.
pub(super) struct Frame {
    /// The path that the dashboard lies under.
    pub(super) base: String,
    /// The path of the first page.
    pub(super) home: String,
    /// The path of the API's reference, if the API is served beside the dashboard.
    pub(super) reference: Option<String>,
    /// Whether who is looking can sign out here.
    pub(super) signs_out: bool,
    /// Whose deliveries these are.
    pub(super) organization: String,
    /// Their plan.
    pub(super) plan: PlanName,
    /// Said at the top: what has just been done.
    pub(super) notice: Option<String>,
    section: Section,
}

/// A line of the menu.
pub(super) struct MenuItem {
    pub(super) name: &'static str,
    pub(super) path: String,
    pub(super) current: bool,
}

impl Frame {
    pub(super) fn new(
        dashboard: &Dashboard,
        viewer: &Viewer,
        section: Section,
        notice: Option<Notice>,
    ) -> Self {
        Self {
            base: dashboard.base.clone(),
            home: dashboard.home.clone(),
            reference: dashboard.api.as_ref().map(|api| format!("{api}/docs")),
            signs_out: dashboard.services.access.has_sessions(),
            organization: viewer.organization.name.as_str().to_owned(),
            plan: viewer.organization.plan.clone(),
            notice: notice.map(|notice| notice.to_string()),
            section,
        }
    }

    pub(super) fn menu(&self) -> impl Iterator<Item = MenuItem> {
        Section::ALL.into_iter().map(|section| MenuItem {
            name: section.name(),
            path: match section {
                Section::Overview => self.home.clone(),
                _ => format!("{}{}", self.base, section.path()),
            },
            current: section == self.section,
        })
    }

    /// What the links to assets end with.
    pub(super) fn version(&self) -> &'static str {
        assets::VERSION
    }
}

/// A page, made from its template.
pub(super) struct Page<T>(pub(super) StatusCode, pub(super) T);

impl<T> Page<T> {
    pub(super) const fn ok(template: T) -> Self {
        Self(StatusCode::OK, template)
    }
}

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.1.render() {
            Ok(html) => (self.0, Html(html)).into_response(),
            Err(error) => {
                tracing::error!(%error, "a page could not be rendered");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// The dashboard's path itself: the first page lies at its end.
pub(super) async fn first(dashboard: Dashboard) -> Redirect {
    Redirect::to(&dashboard.home)
}

/// Any path below the dashboard that leads nowhere.
pub(super) async fn not_found() -> PageFailure {
    PageFailure::NotFound
}

/// A form's address that is asked for a page, or the other way round.
pub(super) async fn wrong_method() -> PageFailure {
    PageFailure::WrongMethod
}
