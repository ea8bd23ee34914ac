//! Pausing a webhook, and resuming it.

use super::back_to;
use crate::dashboard::Dashboard;
use crate::dashboard::failure::PageFailure;
use crate::dashboard::form::FormFields;
use crate::dashboard::notice::{Done, Notice};
use crate::dashboard::path_id::PathId;
use crate::dashboard::viewer::Viewer;
use axum::response::Redirect;
use slotflow_application::dispatcher::LAST_BEGINNINGS;
use slotflow_application::webhooks::UpdateWebhook;
use slotflow_domain::webhook::HeldDeliveries;
use slotflow_domain::{Rejection, WebhookId};

/// `POST /webhooks/{id}/pause`. Once it is answered no attempt begins any more.
pub(super) async fn pause(
    dashboard: Dashboard,
    viewer: Viewer,
    PathId(id): PathId<WebhookId>,
) -> Result<Redirect, PageFailure> {
    let change = UpdateWebhook { active: Some(false), ..UpdateWebhook::default() };
    dashboard.services.webhooks.update(viewer.organization.id, id, change).await?;
    tokio::time::sleep(LAST_BEGINNINGS).await;
    Ok(back_to(&dashboard, id, Notice::new(Done::WebhookPaused, 1)))
}

/// `POST /webhooks/{id}/resume`: `held` says what becomes of held deliveries.
pub(super) async fn resume(
    dashboard: Dashboard,
    viewer: Viewer,
    PathId(id): PathId<WebhookId>,
    FormFields(fields): FormFields,
) -> Result<Redirect, PageFailure> {
    let held = fields.get("held").map(read_held).transpose()?;
    let change = UpdateWebhook { active: Some(true), held, ..UpdateWebhook::default() };
    dashboard.services.webhooks.update(viewer.organization.id, id, change).await?;
    Ok(back_to(&dashboard, id, Notice::new(Done::WebhookResumed, 1)))
}

fn read_held(text: &str) -> Result<HeldDeliveries, Rejection> {
    match text {
        "deliver" => Ok(HeldDeliveries::Deliver),
        "discard" => Ok(HeldDeliveries::Discard),
        _ => Err(Rejection::new("held", "must be one of deliver, discard")),
    }
}
