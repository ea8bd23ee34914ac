//! What receivers are sent, under `webhooks` (OpenAPI 3.1).

use super::WEBHOOKS;
use super::schemas;
use serde_json::{Value, json};
use slotflow_domain::event::{EventCatalog, EventType};
use slotflow_domain::webhook::DisabledReason;
use std::borrow::Cow;
use utoipa::ToSchema;
use utoipa::openapi::path::{
    OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem, Paths, PathsBuilder,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{ContentBuilder, HttpMethod, OpenApi, Ref, RefOr, Required, ResponseBuilder};
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
    #[schema(value_type = schemas::Metadata)]
    metadata: String,
}

/// What is sent when a delivery was given up.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the domain writes it; here it is described")]
struct DeliveryFailedPayload {
    /// `delivery.failed`
    event: String,
    #[schema(value_type = schemas::Time)]
    created_at: String,
    data: FailedDeliveryData,
}

/// The delivery that failed.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the domain writes it; here it is described")]
struct FailedDeliveryData {
    delivery_id: Uuid,
    webhook_id: Uuid,
    url: String,
    event_id: Uuid,
    /// The type of the event that did not arrive.
    event: String,
    #[schema(required)]
    booking_id: Option<Uuid>,
    attempt_count: u16,
    #[schema(required)]
    last_response_status: Option<u16>,
    #[schema(required)]
    last_error: Option<String>,
}

/// What is sent when a webhook was disabled, and nobody asked for it.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the domain writes it; here it is described")]
struct WebhookDisabledPayload {
    /// `webhook.disabled`
    event: String,
    #[schema(value_type = schemas::Time)]
    created_at: String,
    data: DisabledWebhookData,
}

/// The webhook that was disabled.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the domain writes it; here it is described")]
struct DisabledWebhookData {
    webhook_id: Uuid,
    url: String,
    /// In words.
    reason: String,
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

/// What is sent for events of one type.
struct Outgoing {
    summary: &'static str,
    schema: Cow<'static, str>,
    data: Value,
}

impl Outgoing {
    fn of(event_type: &EventType) -> Self {
        let of_booking =
            |summary, status| Self { summary, schema: BookingPayload::name(), data: booking(status) };
        match event_type.as_str() {
            "booking.cancelled" => of_booking("A booking was cancelled", "cancelled"),
            "webhook.test" => {
                of_booking("Somebody tries this webhook out; no webhook subscribes to it", "confirmed")
            }
            "delivery.failed" => Self {
                summary: "A delivery was given up",
                schema: DeliveryFailedPayload::name(),
                data: json!({
                    "delivery_id": "01a2095e-2ca1-74bb-b8b8-b217113651cb",
                    "webhook_id": "01a2095e-2cac-7307-9814-eb6f0b833082",
                    "url": "https://your-agent.com/webhooks/slotflow",
                    "event_id": "01a2095e-2cb6-7138-b7e0-00d565755eed",
                    "event": "booking.confirmed",
                    "booking_id": "b9e4f2a1-3c5d-4e6f-8a9b-0c1d2e3f4a5b",
                    "attempt_count": 3,
                    "last_response_status": 503,
                    "last_error": "the receiver answered 503 Service Unavailable",
                }),
            },
            "webhook.disabled" => Self {
                summary: "A webhook was disabled, and nobody asked for it",
                schema: WebhookDisabledPayload::name(),
                data: json!({
                    "webhook_id": "01a2095e-2cac-7307-9814-eb6f0b833082",
                    "url": "https://your-agent.com/webhooks/slotflow",
                    "reason": DisabledReason::Gone.to_string(),
                }),
            },
            _ => of_booking("A booking was made", "confirmed"),
        }
    }
}

/// Adds one webhook for each event type that can be subscribed to, and the one that cannot.
pub(super) fn add_to(api: &mut OpenApi) {
    let components = api.components.get_or_insert_default();
    let mut schemas = Vec::new();
    collect::<BookingPayload>(&mut schemas);
    collect::<DeliveryFailedPayload>(&mut schemas);
    collect::<WebhookDisabledPayload>(&mut schemas);
    components.schemas.extend(schemas);

    let catalog = EventCatalog::standard();
    let types = catalog.iter().chain([&EventType::WEBHOOK_TEST]);
    let webhooks = types
        .fold(PathsBuilder::new(), |paths, event_type| paths.path(event_type.as_str(), item(event_type)));
    api.webhooks = Some(Paths::from(webhooks));
}

fn collect<T: ToSchema>(into: &mut Vec<(String, RefOr<Schema>)>) {
    T::schemas(into);
    into.push((T::name().into_owned(), T::schema()));
}

fn item(event_type: &EventType) -> PathItem {
    let Outgoing { summary, schema, data } = Outgoing::of(event_type);
    let example =
        json!({"event": event_type.as_str(), "created_at": "2026-03-10T14:05:00.000Z", "data": data});
    let content =
        ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).example(Some(example)).build();
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
fn booking(status: &str) -> Value {
    json!({
        "id": "b9e4f2a1-3c5d-4e6f-8a9b-0c1d2e3f4a5b",
        "human_id": "f47ac10b-58cc-4372-a567-0e02b2c3d479",
        "starts_at": "2026-03-10T14:00:00.000Z",
        "ends_at": "2026-03-10T14:30:00.000Z",
        "duration_minutes": 30,
        "attendee_name": "Alex Rivera",
        "attendee_email": "alex@startup.io",
        "status": status,
        "metadata": {"lead_id": "lead_8294", "conversation_id": "conv_1847", "source": "ai_sdr"},
    })
}
