//! Trying a webhook out.

use super::back_to;
use crate::dashboard::Dashboard;
use crate::dashboard::failure::PageFailure;
use crate::dashboard::notice::{Done, Notice};
use crate::dashboard::path_id::PathId;
use crate::dashboard::viewer::Viewer;
use axum::response::Redirect;
use slotflow_application::repairs::SendTestError;
use slotflow_domain::WebhookId;
use slotflow_domain::webhook::WebhookActivity;

/// `POST /webhooks/{id}/test`. What comes of it is seen on the webhook's page.
pub(super) async fn send(
    dashboard: Dashboard,
    viewer: Viewer,
    PathId(id): PathId<WebhookId>,
) -> Result<Redirect, PageFailure> {
    let services = &dashboard.services;
    services.repairs.send_test(viewer.organization.id, id).await?;
    let webhook = services.webhooks.get(viewer.organization.id, id).await?.ok_or(PageFailure::NotFound)?;
    let done = match webhook.activity {
        WebhookActivity::Active => Done::TestSent,
        WebhookActivity::Disabled(_) => Done::TestHeld,
    };
    Ok(back_to(&dashboard, id, Notice::new(done, 1)))
}

impl From<SendTestError> for PageFailure {
    fn from(error: SendTestError) -> Self {
        match error {
            SendTestError::NotFound => Self::NotFound,
            SendTestError::Store(error) => error.into(),
        }
    }
}
