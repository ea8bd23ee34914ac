//! `GET /deliveries`

use super::DeliveryRow;
use crate::api::{cursor, has_bookings};
use crate::dashboard::Dashboard;
use crate::dashboard::failure::PageFailure;
use crate::dashboard::form::{Fields, QueryFields};
use crate::dashboard::listing::{Choice, FilterForm, Pager, ROWS};
use crate::dashboard::notice::Notice;
use crate::dashboard::own_address::own_address;
use crate::dashboard::page::{Frame, Page, Section};
use crate::dashboard::viewer::Viewer;
use crate::dashboard::words::StatusWord;
use askama::Template;
use axum::http::{HeaderMap, StatusCode};
use slotflow_application::ports::{DeliveryFilter, DeliveryPage};
use slotflow_domain::clean_text::clean;
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::event::EventType;
use slotflow_domain::webhook::Webhook;
use slotflow_domain::{OrganizationId, Timestamp};
use std::time::Duration;

/// The fields of the filter.
pub(super) const FIELDS: [&str; 6] = ["status", "webhook_id", "event", "booking_id", "from", "until"];

/// How many webhooks there are to choose from. Whoever has more follows the link from a webhook's own page.
const MOST_WEBHOOKS: usize = 200;

/// The page.
#[derive(Template)]
#[template(path = "deliveries/list.html")]
pub(super) struct ListPage {
    frame: Frame,
    /// The list's own, with nothing to narrow it.
    path: String,
    form: FilterForm,
    statuses: Vec<Choice>,
    webhooks: Vec<Choice>,
    event_types: Vec<Choice>,
    rows: Vec<DeliveryRow>,
    any_repeatable: bool,
    cursor: Option<String>,
    pager: Pager,
    has_webhooks: bool,
    first: Option<FirstBooking>,
}

/// What makes the first delivery, to be copied by whoever has an API key and bookings.
struct FirstBooking {
    server: String,
    reference: String,
    starts_at: Timestamp,
}

/// The list, or what is wrong with its filter.
pub(super) async fn show(
    dashboard: Dashboard,
    viewer: Viewer,
    headers: HeaderMap,
    QueryFields(query): QueryFields,
) -> Result<Page<ListPage>, PageFailure> {
    let organization_id = viewer.organization.id;
    let mut form = FilterForm::read(&query, &FIELDS);
    let filter = read_filter(organization_id, &mut form, &query);
    let cursor = filter.after.map(|place| cursor::write(organization_id, &place));
    let webhooks = dashboard.services.webhooks.list(organization_id).await?;
    let found = if form.is_wrong() {
        DeliveryPage { deliveries: Vec::new(), more: false }
    } else {
        dashboard.services.deliveries.list(organization_id, filter).await?
    };
    let last = found.deliveries.last().filter(|_| found.more);
    let next = last.map(|delivery| cursor::write(organization_id, &delivery.position()));
    let path = format!("{}/deliveries", dashboard.base);
    let rows = DeliveryRow::all(found.deliveries, &webhooks, viewer.now);
    let status = if form.is_wrong() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(Page(
        status,
        ListPage {
            frame: Frame::new(&dashboard, &viewer, Section::Deliveries, Notice::read(&query.0)),
            statuses: statuses(form.value("status")),
            webhooks: choices(&webhooks, form.value("webhook_id")),
            event_types: Choice::event_types(&dashboard.services.webhooks.catalog, form.value("event")),
            any_repeatable: rows.iter().any(|row| row.refusal.is_none()),
            rows,
            pager: Pager::new(&path, &form, cursor.is_none(), next),
            cursor,
            path,
            has_webhooks: !webhooks.is_empty(),
            first: FirstBooking::of(&dashboard, &viewer, &headers),
            form,
        },
    ))
}

impl FirstBooking {
    fn of(dashboard: &Dashboard, viewer: &Viewer, headers: &HeaderMap) -> Option<Self> {
        let services = &dashboard.services;
        let is_possible = services.access.has_sessions() && has_bookings(&services.webhooks.catalog);
        let api = dashboard.api.as_ref().filter(|_| is_possible)?;
        let server = format!("{}{api}", own_address(headers));
        Some(Self { server, reference: format!("{api}/docs"), starts_at: tomorrow(viewer.now) })
    }
}

fn read_filter(organization_id: OrganizationId, form: &mut FilterForm, query: &Fields) -> DeliveryFilter {
    let (created_from, created_until) = form.span();
    DeliveryFilter {
        status: form.parsed("status", "Status", str::parse),
        webhook_id: form.parsed("webhook_id", "Webhook", str::parse),
        event_type: form.parsed("event", "Event", EventType::parse),
        booking_id: form.parsed("booking_id", "Booking", str::parse),
        created_from,
        created_until,
        // One that leads nowhere leads to the beginning.
        after: query.get("cursor").and_then(|text| cursor::read(organization_id, text).ok()),
        limit: ROWS,
    }
}

fn statuses(chosen: &str) -> Vec<Choice> {
    let choice = |status: DeliveryStatus| {
        Choice::new(status.as_str().to_owned(), StatusWord::from(status).word.to_owned(), chosen)
    };
    DeliveryStatus::ALL.into_iter().map(choice).collect()
}

/// The webhooks to choose from. One that was chosen is among them, whether it is still there or not.
fn choices(webhooks: &[Webhook], chosen: &str) -> Vec<Choice> {
    let choice =
        |webhook: &Webhook| Choice::new(webhook.id.to_string(), clean(webhook.url.as_sent()), chosen);
    let known = webhooks.iter().map(choice).enumerate();
    let shown = known.filter(|(place, choice)| *place < MOST_WEBHOOKS || choice.chosen);
    let mut choices: Vec<_> = shown.map(|(_, choice)| choice).collect();
    if !chosen.is_empty() && !choices.iter().any(|choice| choice.chosen) {
        choices.push(Choice::new(chosen.to_owned(), format!("{} (deleted)", clean(chosen)), chosen));
    }
    choices
}

/// The full minute a day from now.
fn tomorrow(now: Timestamp) -> Timestamp {
    let minute = 60_000;
    let tomorrow = now + Duration::from_secs(24 * 60 * 60);
    Timestamp::from_millis(tomorrow.as_millis().div_euclid(minute) * minute).unwrap_or(tomorrow)
}
