//! Deleting a webhook, after it was said what that does.

use super::find;
use super::waiting::Waiting;
use crate::dashboard::Dashboard;
use crate::dashboard::failure::PageFailure;
use crate::dashboard::notice::{Done, Notice};
use crate::dashboard::page::{Frame, Page, Section};
use crate::dashboard::path_id::PathId;
use crate::dashboard::viewer::Viewer;
use askama::Template;
use axum::response::Redirect;
use slotflow_application::dispatcher::LAST_BEGINNINGS;
use slotflow_domain::WebhookId;

/// Asks whether it is meant.
#[derive(Template)]
#[template(path = "webhooks/delete.html")]
pub(super) struct DeletePage {
    frame: Frame,
    id: WebhookId,
    url: String,
    /// What happens to what waits.
    consequence: String,
}

/// `GET /webhooks/{id}/delete`
pub(super) async fn confirm(
    dashboard: Dashboard,
    viewer: Viewer,
    PathId(id): PathId<WebhookId>,
) -> Result<Page<DeletePage>, PageFailure> {
    let webhook = find(&dashboard, &viewer, id).await?;
    let waiting = Waiting::count(&dashboard, &viewer, id).await?;
    Ok(Page::ok(DeletePage {
        frame: Frame::new(&dashboard, &viewer, Section::Webhooks, None),
        id,
        url: webhook.url.as_sent().to_owned(),
        consequence: waiting.if_deleted(),
    }))
}

/// `POST /webhooks/{id}/delete`. Once it is answered no attempt begins any more.
pub(super) async fn delete(
    dashboard: Dashboard,
    viewer: Viewer,
    PathId(id): PathId<WebhookId>,
) -> Result<Redirect, PageFailure> {
    if !dashboard.services.webhooks.delete(viewer.organization.id, id).await? {
        return Err(PageFailure::NotFound);
    }
    tokio::time::sleep(LAST_BEGINNINGS).await;
    let done = Notice::new(Done::WebhookDeleted, 1);
    Ok(Redirect::to(&format!("{}/webhooks?{}", dashboard.base, done.query())))
}
