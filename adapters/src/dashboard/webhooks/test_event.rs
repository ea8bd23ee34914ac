//! Trying a webhook out.

use super::back_to;
use crate::dashboard::Dashboard;
use crate::dashboard::failure::PageFailure;
use crate::dashboard::notice::{Done, Notice};
use crate::dashboard::path_id::PathId;
use crate::dashboard::session::Viewer;
use axum::extract::State;
use axum::response::Redirect;
use slotflow_application::repairs::SendTestError;
use slotflow_domain::WebhookId;

/// `POST /webhooks/{id}/test`. What comes of it is seen on the webhook's page.
pub(super) async fn send(
    State(dashboard): State<Dashboard>,
    viewer: Viewer,
    PathId(id): PathId<WebhookId>,
) -> Result<Redirect, PageFailure> {
    dashboard.services.repairs.send_test(viewer.organization.id, id).await?;
    Ok(back_to(&dashboard, id, Notice::new(Done::TestSent, 1)))
}

impl From<SendTestError> for PageFailure {
    fn from(error: SendTestError) -> Self {
        match error {
            SendTestError::NotFound => Self::NotFound,
            SendTestError::Store(error) => error.into(),
        }
    }
}
