//! Which webhooks there are, and how they fare.

use super::health_view::HealthView;
use super::plan_use::PlanUse;
use crate::dashboard::Dashboard;
use crate::dashboard::failure::PageFailure;
use crate::dashboard::form::QueryFields;
use crate::dashboard::notice::Notice;
use crate::dashboard::page::{Frame, Page, Section};
use crate::dashboard::viewer::Viewer;
use askama::Template;
use slotflow_domain::event::EventType;
use slotflow_domain::health::WebhookHealth;
use slotflow_domain::webhook::Webhook;
use slotflow_domain::{Timestamp, WebhookId};

/// How many webhooks a page holds: their health is read for each.
const PER_PAGE: usize = 50;

/// The list.
#[derive(Template)]
#[template(path = "webhooks/list.html")]
pub(super) struct WebhooksPage {
    frame: Frame,
    plan_use: PlanUse,
    rows: Vec<Row>,
    /// Which part of the list this is, and of how many.
    page: usize,
    pages: usize,
}

struct Row {
    id: WebhookId,
    url: String,
    events: String,
    health: HealthView,
}

/// `GET /webhooks`, with `?page=2` for those behind the first.
pub(super) async fn show(
    dashboard: Dashboard,
    viewer: Viewer,
    QueryFields(query): QueryFields,
) -> Result<Page<WebhooksPage>, PageFailure> {
    let webhooks = &dashboard.services.webhooks;
    let all = webhooks.list(viewer.organization.id).await?;
    let plan_use = PlanUse::of(&viewer.organization.plan, &webhooks.limits, all.len());
    let pages = all.len().div_ceil(PER_PAGE).max(1);
    let wanted = query.get("page").and_then(|page| page.parse::<usize>().ok());
    let page = wanted.unwrap_or(1).clamp(1, pages);
    let shown: Vec<_> = all.into_iter().skip((page - 1) * PER_PAGE).take(PER_PAGE).collect();
    let healths = webhooks.healths(viewer.organization.id, &shown).await?;
    let rows = shown.iter().zip(&healths).map(|(webhook, health)| Row::new(webhook, health, viewer.now));
    Ok(Page::ok(WebhooksPage {
        frame: Frame::new(&dashboard, &viewer, Section::Webhooks, Notice::read(&query.0)),
        plan_use,
        rows: rows.collect(),
        page,
        pages,
    }))
}

impl Row {
    fn new(webhook: &Webhook, health: &WebhookHealth, now: Timestamp) -> Self {
        Self {
            id: webhook.id,
            url: webhook.url.as_sent().to_owned(),
            events: webhook.events.iter().map(EventType::as_str).collect::<Vec<_>>().join(", "),
            health: HealthView::new(webhook, health, now),
        }
    }
}
