//! What receivers are sent, under `webhooks` (OpenAPI 3.1).

use super::WEBHOOKS;
use super::schemas;
use serde_json::json;
use slotflow_domain::event::{EventCatalog, EventType};
use utoipa::ToSchema;
use utoipa::openapi::path::{
    OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem, Paths, PathsBuilder,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, HttpMethod, OpenApi, Ref, Required, ResponseBuilder};
use uuid::Uuid;

/// What is sent for an event of a booking.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the domain writes it; here it is described")]
struct BookingPayload {
    /// The event's type.
    #[schema(value_type = schemas::EventType)]
    event: String,
    #[schema(value_type = schemas::Time)]
    created_at: String,
    data: BookingData,
}

/// The booking as it was when the event happened.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the domain writes it; here it is described")]
struct BookingData {
    id: Uuid,
    human_id: Uuid,
    #[schema(value_type = schemas::Time)]
    starts_at: String,
    #[schema(value_type = schemas::Time)]
    ends_at: String,
    duration_minutes: u32,
    attendee_name: String,
    #[schema(required)]
    attendee_email: Option<String>,
    #[schema(value_type = schemas::BookingStatus)]
    status: String,
    #[schema(value_type = Object)]
    metadata: String,
}

/// The headers of every request to a receiver.
const HEADERS: [(&str, &str); 8] = [
    ("webhook-id", "The event's id, the same on every attempt: deduplicate by it (Standard Webhooks)"),
    ("webhook-timestamp", "Unix seconds of this attempt"),
    (
        "webhook-signature",
        "`v1,` and the base64 HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}`, keyed by the decoded part of the secret behind `whsec_`; two, separated by a space, while a rotated secret overlaps",
    ),
    (
        "X-Slotflow-Signature",
        "`t=` the same seconds, `,v1=` and the hex HMAC-SHA256 of `{t}.{body}`, keyed by the secret's text",
    ),
    ("X-Slotflow-Event", "The event's type"),
    ("X-Slotflow-Delivery", "The delivery's id"),
    ("X-Slotflow-Attempt", "1, 2 or 3"),
    (
        "X-Slotflow-Sequence",
        "The event's place among its booking's events, so that a late retry can be told from news",
    ),
];

/// Adds one webhook for each event type that can be subscribed to.
pub(super) fn add_to(api: &mut OpenApi) {
    let components = api.components.get_or_insert_default();
    let mut schemas = Vec::new();
    BookingPayload::schemas(&mut schemas);
    schemas.push((BookingPayload::name().into_owned(), <BookingPayload as utoipa::PartialSchema>::schema()));
    components.schemas.extend(schemas);

    let catalog = EventCatalog::bookings();
    let webhooks = catalog
        .iter()
        .fold(PathsBuilder::new(), |paths, event_type| paths.path(event_type.as_str(), item(event_type)));
    api.webhooks = Some(Paths::from(webhooks));
}

fn item(event_type: &EventType) -> PathItem {
    let (summary, status) = match event_type.as_str() {
        "booking.cancelled" => ("A booking was cancelled", "cancelled"),
        _ => ("A booking was made", "confirmed"),
    };
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(BookingPayload::name())))
        .example(Some(example(event_type, status)))
        .build();
    let body = RequestBodyBuilder::new().content("application/json", content).required(Some(Required::True));
    let taken = ResponseBuilder::new().description("Any 2xx within 10 s: it has arrived");
    let refused = ResponseBuilder::new()
        .description("Anything else, or no answer: it is sent again 5 minutes and then 60 minutes later; after `410` never");
    let operation = OperationBuilder::new()
        .tag(WEBHOOKS)
        .operation_id(Some(event_type.as_str()))
        .summary(Some(summary))
        .parameters(Some(HEADERS.map(header)))
        .request_body(Some(body.build()))
        .response("2XX", taken)
        .response("default", refused);
    PathItem::new(HttpMethod::Post, operation)
}

fn header((name, description): (&str, &str)) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::True)
        .description(Some(description))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).build()))
        .build()
}

/// The mission's example.
fn example(event_type: &EventType, status: &str) -> serde_json::Value {
    json!({
        "event": event_type.as_str(),
        "created_at": "2026-03-10T14:05:00.000Z",
        "data": {
            "id": "b9e4f2a1-3c5d-4e6f-8a9b-0c1d2e3f4a5b",
            "human_id": "f47ac10b-58cc-4372-a567-0e02b2c3d479",
            "starts_at": "2026-03-10T14:00:00.000Z",
            "ends_at": "2026-03-10T14:30:00.000Z",
            "duration_minutes": 30,
            "attendee_name": "Alex Rivera",
            "attendee_email": "alex@startup.io",
            "status": status,
            "metadata": {"lead_id": "lead_8294", "conversation_id": "conv_1847", "source": "ai_sdr"},
        },
    })
}
