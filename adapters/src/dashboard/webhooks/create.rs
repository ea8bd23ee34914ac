//! Creating a webhook.

use super::plan_use::PlanUse;
use super::secret_page::SecretPage;
use super::webhook_form::{WebhookForm, chosen_events};
use crate::dashboard::Dashboard;
use crate::dashboard::failure::PageFailure;
use crate::dashboard::form::FormFields;
use crate::dashboard::page::{Frame, Page, Section};
use crate::dashboard::viewer::Viewer;
use crate::dashboard::words::rule;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use slotflow_application::webhooks::{RegisterWebhook, RegisterWebhookError};
use slotflow_domain::webhook::Refusal;

/// The form, empty or with what was typed and why it was refused.
#[derive(Template)]
#[template(path = "webhooks/new.html")]
pub(super) struct NewWebhookPage {
    frame: Frame,
    plan_use: PlanUse,
    form: WebhookForm,
    /// What is wrong, but with none of the fields.
    problem: Option<String>,
}

/// `GET /webhooks/new`
pub(super) async fn form(dashboard: Dashboard, viewer: Viewer) -> Result<Page<NewWebhookPage>, PageFailure> {
    let form = WebhookForm::empty(&dashboard.services.webhooks.catalog);
    Ok(Page::ok(NewWebhookPage::load(&dashboard, &viewer, form, None).await?))
}

/// `POST /webhooks`. The answer shows the secret, once.
pub(super) async fn register(
    dashboard: Dashboard,
    viewer: Viewer,
    FormFields(fields): FormFields,
) -> Result<Response, PageFailure> {
    let webhooks = &dashboard.services.webhooks;
    let form = WebhookForm::typed(&fields, &webhooks.catalog);
    let request = RegisterWebhook { url: form.url.clone(), events: chosen_events(&fields) };
    let error = match webhooks.register(viewer.organization.id, request).await {
        Ok(webhook) => {
            let page = SecretPage::of_new(&dashboard, &viewer, &webhook);
            return Ok(Page::ok(page).into_response());
        }
        Err(error) => error,
    };
    let (status, form, problem) = match error {
        RegisterWebhookError::Invalid(rejection) => {
            (StatusCode::UNPROCESSABLE_ENTITY, form.refused(rejection)?, None)
        }
        RegisterWebhookError::Refused(refusal @ Refusal::Duplicate) => {
            (StatusCode::CONFLICT, form.with_url_problem(&refusal.to_string()), None)
        }
        RegisterWebhookError::Refused(
            refusal @ (Refusal::LimitReached { .. } | Refusal::NoSuchPlan { .. }),
        ) => (StatusCode::PAYMENT_REQUIRED, form, Some(rule::sentence(&refusal.to_string()))),
        RegisterWebhookError::NoOrganization => return Err(PageFailure::NotSignedIn),
        RegisterWebhookError::Store(error) => return Err(error.into()),
    };
    let page = NewWebhookPage::load(&dashboard, &viewer, form, problem).await?;
    Ok(Page(status, page).into_response())
}

impl NewWebhookPage {
    async fn load(
        dashboard: &Dashboard,
        viewer: &Viewer,
        form: WebhookForm,
        problem: Option<String>,
    ) -> Result<Self, PageFailure> {
        let webhooks = &dashboard.services.webhooks;
        let registered = webhooks.list(viewer.organization.id).await?.len();
        Ok(Self {
            frame: Frame::new(dashboard, viewer, Section::Webhooks, None),
            plan_use: PlanUse::of(&viewer.organization.plan, &webhooks.limits, registered),
            form,
            problem,
        })
    }
}
