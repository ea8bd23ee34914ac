//! `GET /deliveries/{id}`

use super::curl;
use super::story::Story;
use crate::dashboard::Dashboard;
use crate::dashboard::events::EventRow;
use crate::dashboard::failure::PageFailure;
use crate::dashboard::form::QueryFields;
use crate::dashboard::notice::Notice;
use crate::dashboard::page::{Frame, Page, Section};
use crate::dashboard::path_id::PathId;
use crate::dashboard::payload::PayloadText;
use crate::dashboard::viewer::Viewer;
use crate::dashboard::words::{StatusWord, When};
use askama::Template;
use slotflow_application::ports::{
    AttemptLog, DeliveryFilter, DeliveryRecord, EventFilter, EventRecord, StoreError,
};
use slotflow_domain::clean_text::clean;
use slotflow_domain::delivery::NotRepeatable;
use slotflow_domain::webhook::{Webhook, WebhookStanding, WebhookUrl};
use slotflow_domain::{DeliveryId, OrganizationId, Timestamp};

/// How many deliveries are looked through for those that repeat this one.
const SIBLINGS: u32 = 50;

/// How many of the booking's other events are shown. A booking has two.
const RELATED_EVENTS: u32 = 20;

/// The page.
#[derive(Template)]
#[template(path = "deliveries/show.html")]
pub(super) struct ShowPage {
    frame: Frame,
    id: String,
    event: String,
    event_id: String,
    status: StatusWord,
    /// Why it cannot be sent again, if it cannot.
    refusal: Option<String>,
    story: Story,
    facts: Facts,
    payload: PayloadText,
    headers: String,
    curl: String,
    related: Vec<EventRow>,
}

/// What the delivery is.
struct Facts {
    webhook_id: String,
    url: String,
    is_orphan: bool,
    booking_id: Option<String>,
    sequence: u32,
    retry_of: Option<String>,
    created: When,
    completed: Option<When>,
}

/// A delivery, from its event to its end.
pub(super) async fn show(
    dashboard: Dashboard,
    viewer: Viewer,
    PathId(id): PathId<DeliveryId>,
    QueryFields(query): QueryFields,
) -> Result<Page<ShowPage>, PageFailure> {
    let organization_id = viewer.organization.id;
    let log = dashboard.services.deliveries.get(organization_id, id).await?.ok_or(PageFailure::NotFound)?;
    let webhook = dashboard.services.webhooks.get(organization_id, log.delivery.webhook_id).await?;
    let siblings = siblings(&dashboard, organization_id, &log.delivery).await?;
    let related = related_events(&dashboard, organization_id, &log.delivery).await?;
    let frame = Frame::new(&dashboard, &viewer, Section::Deliveries, Notice::read(&query.0));
    Ok(Page::ok(ShowPage::new(frame, &log, webhook.as_ref(), &siblings, related, viewer.now)))
}

/// Other deliveries of the same event to the same webhook, newest first, as far as they are found among the last of
/// their kind.
async fn siblings(
    dashboard: &Dashboard,
    organization_id: OrganizationId,
    delivery: &DeliveryRecord,
) -> Result<Vec<DeliveryRecord>, StoreError> {
    let filter = DeliveryFilter {
        webhook_id: Some(delivery.webhook_id),
        event_type: Some(delivery.event_type.clone()),
        booking_id: delivery.booking_id,
        created_from: Some(delivery.created_at),
        limit: SIBLINGS,
        ..DeliveryFilter::default()
    };
    let mut found = dashboard.services.deliveries.list(organization_id, filter).await?.deliveries;
    found.retain(|sibling| sibling.event_id == delivery.event_id && sibling.id != delivery.id);
    Ok(found)
}

/// The other events of its booking, newest first.
async fn related_events(
    dashboard: &Dashboard,
    organization_id: OrganizationId,
    delivery: &DeliveryRecord,
) -> Result<Vec<EventRecord>, StoreError> {
    if delivery.booking_id.is_none() {
        return Ok(Vec::new());
    }
    let filter =
        EventFilter { booking_id: delivery.booking_id, limit: RELATED_EVENTS, ..EventFilter::default() };
    let mut found = dashboard.services.events.list(organization_id, filter).await?.events;
    found.retain(|event| event.id != delivery.event_id);
    Ok(found)
}

impl ShowPage {
    fn new(
        frame: Frame,
        log: &AttemptLog,
        webhook: Option<&Webhook>,
        siblings: &[DeliveryRecord],
        related: Vec<EventRecord>,
        now: Timestamp,
    ) -> Self {
        let delivery = &log.delivery;
        let standing = webhook.map_or(WebhookStanding::Deleted, |webhook| webhook.activity.standing());
        let refusal = NotRepeatable::check(delivery.status, standing).err();
        let headers = log.last_subject().lasting_headers();
        // What is requested, which is ASCII.
        let url = WebhookUrl::from_stored(&delivery.url)
            .map_or_else(|_| clean(&delivery.url), |url| url.canonical().as_str().to_owned());
        Self {
            frame,
            id: delivery.id.to_string(),
            event: delivery.event_type.to_string(),
            event_id: delivery.event_id.to_string(),
            status: delivery.status.into(),
            refusal: refusal.map(|refusal| refusal.to_string()),
            story: Story::of(log, webhook, siblings, now),
            facts: Facts {
                webhook_id: delivery.webhook_id.to_string(),
                url: clean(&delivery.url),
                is_orphan: webhook.is_none(),
                booking_id: delivery.booking_id.map(|id| id.to_string()),
                sequence: log.sequence.0,
                retry_of: delivery.retry_of.map(|id| id.to_string()),
                created: When::new(delivery.created_at, now),
                completed: When::maybe(delivery.completed_at, now),
            },
            payload: PayloadText::of(&log.payload),
            curl: curl::command(&url, &headers, log.payload.as_bytes()),
            headers: headers
                .iter()
                .map(|(name, value)| format!("{name}: {value}"))
                .collect::<Vec<_>>()
                .join("\n"),
            related: related.into_iter().map(|event| EventRow::new(event, now)).collect(),
        }
    }
}
