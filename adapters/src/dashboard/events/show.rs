//! `GET /events/{id}`

use super::EventRow;
use crate::dashboard::Dashboard;
use crate::dashboard::deliveries::DeliveryRow;
use crate::dashboard::failure::PageFailure;
use crate::dashboard::page::{Frame, Page, Section};
use crate::dashboard::path_id::PathId;
use crate::dashboard::payload::PayloadText;
use crate::dashboard::viewer::Viewer;
use askama::Template;
use slotflow_application::ports::EventDetail;
use slotflow_domain::EventId;

/// The page.
#[derive(Template)]
#[template(path = "events/show.html")]
pub(super) struct ShowPage {
    frame: Frame,
    event: EventRow,
    payload: PayloadText,
    rows: Vec<DeliveryRow>,
    /// Whether there are more deliveries than are shown.
    more: bool,
}

/// An event, what it says, and where that went.
pub(super) async fn show(
    dashboard: Dashboard,
    viewer: Viewer,
    PathId(id): PathId<EventId>,
) -> Result<Page<ShowPage>, PageFailure> {
    let organization_id = viewer.organization.id;
    let found = dashboard.services.events.get(organization_id, id).await?;
    let EventDetail { event, payload, deliveries } = found.ok_or(PageFailure::NotFound)?;
    let webhooks = dashboard.services.webhooks.list(organization_id).await?;
    let shown = u64::try_from(deliveries.len()).unwrap_or(u64::MAX);
    Ok(Page::ok(ShowPage {
        frame: Frame::new(&dashboard, &viewer, Section::Events, None),
        rows: DeliveryRow::all(deliveries, &webhooks, viewer.now),
        more: event.delivery_counts.total() > shown,
        payload: PayloadText::of(&payload),
        event: EventRow::new(event, viewer.now),
    }))
}
