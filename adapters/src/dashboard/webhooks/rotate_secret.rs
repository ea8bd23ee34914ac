//! Giving a webhook a new secret.

use super::secret_mark::secret_mark;
use super::secret_page::SecretPage;
use super::{back_to, find};
use crate::dashboard::Dashboard;
use crate::dashboard::failure::PageFailure;
use crate::dashboard::form::FormFields;
use crate::dashboard::notice::{Done, Notice};
use crate::dashboard::page::Page;
use crate::dashboard::path_id::PathId;
use crate::dashboard::viewer::Viewer;
use axum::response::{IntoResponse, Response};
use slotflow_application::webhooks::{RotateSecret, RotateSecretError};
use slotflow_domain::{Rejection, WebhookId};

/// `POST /webhooks/{id}/rotate`: `overlap` is for how many seconds the old secret signs on, and `current` the mark of that
/// secret. The answer shows the new one, once.
pub(super) async fn rotate(
    dashboard: Dashboard,
    viewer: Viewer,
    PathId(id): PathId<WebhookId>,
    FormFields(fields): FormFields,
) -> Result<Response, PageFailure> {
    let webhook = find(&dashboard, &viewer, id).await?;
    // Whoever loads the answer again sends the form again: it is about a secret that has been replaced already.
    if fields.get("current").is_some_and(|mark| mark != secret_mark(&webhook)) {
        return Ok(back_to(&dashboard, id, Notice::new(Done::SecretRotated, 1)).into_response());
    }
    let overlap_seconds = fields.get("overlap").map(read_seconds).transpose()?;
    let request = RotateSecret { overlap_seconds };
    let webhook = dashboard.services.webhooks.rotate_secret(viewer.organization.id, id, request).await?;
    Ok(Page::ok(SecretPage::of_rotated(&dashboard, &viewer, &webhook)).into_response())
}

fn read_seconds(text: &str) -> Result<i64, Rejection> {
    text.parse().map_err(|_| Rejection::new("overlap", "must be a number of seconds"))
}

impl From<RotateSecretError> for PageFailure {
    fn from(error: RotateSecretError) -> Self {
        match error {
            RotateSecretError::Invalid(rejection) => rejection.into(),
            RotateSecretError::NotFound => Self::NotFound,
            RotateSecretError::Store(error) => error.into(),
        }
    }
}
