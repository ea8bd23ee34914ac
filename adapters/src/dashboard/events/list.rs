//! `GET /events`

use super::EventRow;
use crate::api::cursor;
use crate::dashboard::Dashboard;
use crate::dashboard::failure::PageFailure;
use crate::dashboard::form::{Fields, QueryFields};
use crate::dashboard::listing::{Choice, FilterForm, Pager, ROWS};
use crate::dashboard::page::{Frame, Page, Section};
use crate::dashboard::viewer::Viewer;
use askama::Template;
use axum::http::StatusCode;
use slotflow_application::ports::{EventFilter, EventPage};
use slotflow_domain::OrganizationId;
use slotflow_domain::event::EventType;

/// The fields of the filter.
const FIELDS: [&str; 4] = ["event", "booking_id", "from", "until"];

/// The page.
#[derive(Template)]
#[template(path = "events/list.html")]
pub(super) struct ListPage {
    frame: Frame,
    /// The list's own, with nothing to narrow it.
    path: String,
    form: FilterForm,
    event_types: Vec<Choice>,
    rows: Vec<EventRow>,
    pager: Pager,
}

/// The list, or what is wrong with its filter.
pub(super) async fn show(
    dashboard: Dashboard,
    viewer: Viewer,
    QueryFields(query): QueryFields,
) -> Result<Page<ListPage>, PageFailure> {
    let organization_id = viewer.organization.id;
    let mut form = FilterForm::read(&query, &FIELDS);
    let filter = read_filter(organization_id, &mut form, &query);
    let is_first = filter.after.is_none();
    let found = if form.is_wrong() {
        EventPage { events: Vec::new(), more: false }
    } else {
        dashboard.services.events.list(organization_id, filter).await?
    };
    let last = found.events.last().filter(|_| found.more);
    let next = last.map(|event| cursor::write(organization_id, &event.position()));
    let path = format!("{}/events", dashboard.base);
    let status = if form.is_wrong() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(Page(
        status,
        ListPage {
            frame: Frame::new(&dashboard, &viewer, Section::Events, None),
            event_types: Choice::event_types(&dashboard.services.webhooks.catalog, form.value("event")),
            rows: found.events.into_iter().map(|event| EventRow::new(event, viewer.now)).collect(),
            pager: Pager::new(&path, &form, is_first, next),
            path,
            form,
        },
    ))
}

fn read_filter(organization_id: OrganizationId, form: &mut FilterForm, query: &Fields) -> EventFilter {
    let (created_from, created_until) = form.span();
    EventFilter {
        event_type: form.parsed("event", "Event", EventType::parse),
        booking_id: form.parsed("booking_id", "Booking", str::parse),
        created_from,
        created_until,
        // One that leads nowhere leads to the beginning.
        after: query.get("cursor").and_then(|text| cursor::read(organization_id, text).ok()),
        limit: ROWS,
    }
}
