//! Changing where a webhook leads and what it hears of.

use super::show::WebhookPage;
use super::webhook_form::{WebhookForm, chosen_events};
use super::{back_to, find};
use crate::dashboard::Dashboard;
use crate::dashboard::failure::PageFailure;
use crate::dashboard::form::FormFields;
use crate::dashboard::notice::{Done, Notice};
use crate::dashboard::page::Page;
use crate::dashboard::path_id::PathId;
use crate::dashboard::viewer::Viewer;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use slotflow_application::webhooks::{UpdateWebhook, UpdateWebhookError};
use slotflow_domain::WebhookId;

/// `POST /webhooks/{id}/change`. What breaks a rule is shown on the webhook's page, beside what was typed.
pub(super) async fn change(
    dashboard: Dashboard,
    viewer: Viewer,
    PathId(id): PathId<WebhookId>,
    FormFields(fields): FormFields,
) -> Result<Response, PageFailure> {
    let services = &dashboard.services;
    let form = WebhookForm::typed(&fields, &services.webhooks.catalog);
    let webhook = find(&dashboard, &viewer, id).await?;
    // A URL that stays is not looked up again: that it cannot be reached now is no reason to keep the events.
    let url = (form.url != webhook.url.as_sent()).then(|| form.url.clone());
    let request = UpdateWebhook { url, events: Some(chosen_events(&fields)), ..UpdateWebhook::default() };
    let (status, form) = match services.webhooks.update(viewer.organization.id, id, request).await {
        Ok(_) => {
            return Ok(back_to(&dashboard, id, Notice::new(Done::WebhookChanged, 1)).into_response());
        }
        Err(UpdateWebhookError::Invalid(rejection)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, form.refused(rejection)?)
        }
        Err(error @ UpdateWebhookError::Duplicate) => {
            (StatusCode::CONFLICT, form.with_url_problem(&error.to_string()))
        }
        Err(error) => return Err(error.into()),
    };
    let page = WebhookPage::load(&dashboard, &viewer, id, None, Some(form)).await?;
    Ok(Page(status, page).into_response())
}

impl From<UpdateWebhookError> for PageFailure {
    fn from(error: UpdateWebhookError) -> Self {
        match error {
            UpdateWebhookError::Invalid(rejection) => rejection.into(),
            UpdateWebhookError::Duplicate => Self::Invalid(error.to_string()),
            UpdateWebhookError::NotFound => Self::NotFound,
            UpdateWebhookError::Store(error) => error.into(),
        }
    }
}
