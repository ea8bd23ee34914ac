//! A webhook: how it fares, what was sent to it lately, and what can be done with it.

use super::find;
use super::health_view::HealthView;
use super::secret_mark::secret_mark;
use super::waiting::Waiting;
use super::webhook_form::WebhookForm;
use crate::dashboard::Dashboard;
use crate::dashboard::failure::PageFailure;
use crate::dashboard::form::QueryFields;
use crate::dashboard::notice::Notice;
use crate::dashboard::page::{Frame, Page, Section};
use crate::dashboard::path_id::PathId;
use crate::dashboard::viewer::Viewer;
use crate::dashboard::words::{StatusWord, When, outcome};
use askama::Template;
use axum::response::Redirect;
use slotflow_application::ports::{DeliveryFilter, DeliveryRecord};
use slotflow_domain::event::EventType;
use slotflow_domain::{DeliveryId, Timestamp, WebhookId};

/// How many of its deliveries are shown: enough to see a test arrive.
const LATEST: u32 = 10;

/// The page.
#[derive(Template)]
#[template(path = "webhooks/show.html")]
pub(super) struct WebhookPage {
    frame: Frame,
    id: WebhookId,
    url: String,
    events: String,
    created_at: When,
    /// Until when the secret before the current one signs too.
    old_secret_until: Option<When>,
    health: HealthView,
    waiting: Waiting,
    deliveries: Vec<DeliveryRow>,
    form: WebhookForm,
    /// Which secret the form for another one is shown beside.
    secret_mark: String,
}

struct DeliveryRow {
    id: DeliveryId,
    status: StatusWord,
    event: String,
    attempts: u16,
    /// What came of the last attempt.
    last: Option<String>,
    next: Option<When>,
    created_at: When,
}

/// `GET /webhooks/{id}`
pub(super) async fn show(
    dashboard: Dashboard,
    viewer: Viewer,
    PathId(id): PathId<WebhookId>,
    QueryFields(query): QueryFields,
) -> Result<Page<WebhookPage>, PageFailure> {
    let done = Notice::read(&query.0);
    Ok(Page::ok(WebhookPage::load(&dashboard, &viewer, id, done, None).await?))
}

/// `GET` where only a form leads, and what it shows is not shown again: for whoever loads that address once more.
pub(super) async fn lead_back(
    dashboard: Dashboard,
    viewer: Viewer,
    PathId(id): PathId<WebhookId>,
) -> Result<Redirect, PageFailure> {
    find(&dashboard, &viewer, id).await?;
    Ok(Redirect::to(&format!("{}/webhooks/{id}", dashboard.base)))
}

impl WebhookPage {
    /// The webhook as it is now; `form` is what was typed, if that could not be done.
    pub(super) async fn load(
        dashboard: &Dashboard,
        viewer: &Viewer,
        id: WebhookId,
        done: Option<Notice>,
        form: Option<WebhookForm>,
    ) -> Result<Self, PageFailure> {
        let (services, organization_id, now) = (&dashboard.services, viewer.organization.id, viewer.now);
        let found = services.webhooks.get_with_health(organization_id, id).await?;
        let (webhook, health) = found.ok_or(PageFailure::NotFound)?;
        let waiting = Waiting::count(dashboard, viewer, id).await?;
        let filter = DeliveryFilter { webhook_id: Some(id), limit: LATEST, ..DeliveryFilter::default() };
        let latest = services.deliveries.list(organization_id, filter).await?.deliveries;
        let retiring = webhook.secrets.retiring().map(|retiring| retiring.until);
        Ok(Self {
            frame: Frame::new(dashboard, viewer, Section::Webhooks, done),
            id,
            url: webhook.url.as_sent().to_owned(),
            events: webhook.events.iter().map(EventType::as_str).collect::<Vec<_>>().join(", "),
            created_at: When::new(webhook.created_at, now),
            old_secret_until: When::maybe(retiring.filter(|until| now < *until), now),
            health: HealthView::new(&webhook, &health, now),
            secret_mark: secret_mark(&webhook),
            waiting,
            deliveries: latest.into_iter().map(|delivery| DeliveryRow::new(delivery, now)).collect(),
            form: form.unwrap_or_else(|| WebhookForm::of(&webhook, &services.webhooks.catalog)),
        })
    }
}

impl DeliveryRow {
    fn new(delivery: DeliveryRecord, now: Timestamp) -> Self {
        let (status, error) = (delivery.last_response_status, delivery.last_error.as_deref());
        Self {
            id: delivery.id,
            status: delivery.status.into(),
            event: delivery.event_type.as_str().to_owned(),
            attempts: delivery.attempt_count,
            last: delivery.last_outcome.map(|it| outcome::sentence(it, status, error)),
            next: When::maybe(delivery.next_attempt_at, now),
            created_at: When::new(delivery.created_at, now),
        }
    }
}
