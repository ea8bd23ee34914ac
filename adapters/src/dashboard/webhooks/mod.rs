//! The pages about webhooks: which there are and how they fare, and what can be done with one.

mod activity;
mod change;
mod create;
mod delete;
mod event_choice;
mod health_view;
mod list;
mod plan_use;
mod replay;
mod rotate_secret;
mod secret_mark;
mod secret_page;
mod show;
mod test_event;
mod waiting;
mod webhook_form;

use super::Dashboard;
use super::failure::PageFailure;
use super::notice::Notice;
use super::routes::Routes;
use super::viewer::Viewer;
use axum::response::Redirect;
use slotflow_domain::WebhookId;
use slotflow_domain::webhook::Webhook;

/// The routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/webhooks", list::show)
        .post("/webhooks", create::register)
        .get("/webhooks/new", create::form)
        .get("/webhooks/{id}", show::show)
        .get("/webhooks/{id}/change", show::lead_back)
        .post("/webhooks/{id}/change", change::change)
        .post("/webhooks/{id}/pause", activity::pause)
        .post("/webhooks/{id}/resume", activity::resume)
        .get("/webhooks/{id}/rotate", show::lead_back)
        .post("/webhooks/{id}/rotate", rotate_secret::rotate)
        .post("/webhooks/{id}/test", test_event::send)
        .get("/webhooks/{id}/delete", delete::confirm)
        .post("/webhooks/{id}/delete", delete::delete)
        .get("/webhooks/{id}/replay", replay::form)
        .post("/webhooks/{id}/replay", replay::replay)
}

/// The viewer's webhook with this identifier.
async fn find(dashboard: &Dashboard, viewer: &Viewer, id: WebhookId) -> Result<Webhook, PageFailure> {
    let webhook = dashboard.services.webhooks.get(viewer.organization.id, id).await?;
    webhook.ok_or(PageFailure::NotFound)
}

/// To a webhook's page, which says what has just been done.
fn back_to(dashboard: &Dashboard, id: WebhookId, done: Notice) -> Redirect {
    Redirect::to(&format!("{}/webhooks/{id}?{}", dashboard.base, done.query()))
}
