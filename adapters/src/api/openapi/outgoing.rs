//! What receivers are sent, under `webhooks` (OpenAPI 3.1).

use super::WEBHOOKS;
use super::schemas;
use crate::api::has_bookings;
use serde_json::{Value, json};
use slotflow_domain::event::{EventCatalog, EventData, EventDefinition, EventType};
use slotflow_domain::webhook::DisabledReason;
use utoipa::ToSchema;
use utoipa::openapi::path::{
    OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem, Paths, PathsBuilder,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{Object, ObjectBuilder, Schema, Type};
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

const TEST: &str = "Somebody tries this webhook out; no webhook subscribes to it";

/// What is sent for events of one type.
struct Outgoing {
    summary: &'static str,
    schema: RefOr<Schema>,
    data: Value,
}

impl Outgoing {
    /// Of a type that somebody else defined.
    fn defined(definition: &EventDefinition) -> Self {
        Self {
            summary: "Something happened in the service that this API is a part of",
            schema: payload_of(definition.event_type(), definition.json_schema()).into(),
            data: definition.example_data().map_or_else(|| json!({}), as_value),
        }
    }

    /// Of the test of a webhook where there are no bookings: the example of any of the types.
    fn test(catalog: &EventCatalog) -> Self {
        let example = catalog.definitions().find_map(EventDefinition::example_data);
        Self {
            summary: TEST,
            schema: payload_of(&EventType::WEBHOOK_TEST, None).into(),
            data: example.map_or_else(|| json!({}), as_value),
        }
    }

    fn of(event_type: &EventType) -> Self {
        let reference = |name| Ref::from_schema_name(name).into();
        let of_booking = |summary, status| Self {
            summary,
            schema: reference(BookingPayload::name()),
            data: booking(status),
        };
        match event_type.as_str() {
            "booking.cancelled" => of_booking("A booking was cancelled", "cancelled"),
            "webhook.test" => of_booking(TEST, "confirmed"),
            "delivery.failed" => Self {
                summary: "A delivery was given up",
                schema: reference(DeliveryFailedPayload::name()),
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
                schema: reference(WebhookDisabledPayload::name()),
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

/// The body of an event that is none of ours: what its data is by a JSON Schema, if that can be said here.
fn payload_of(event_type: &EventType, schema: Option<&str>) -> Object {
    let any = || ObjectBuilder::new().schema_type(Type::Object).build().into();
    let data = schema.and_then(as_schema).unwrap_or_else(any);
    let name = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([event_type.as_str()]));
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("event", name)
        .required("event")
        .property("created_at", Ref::from_schema_name(schemas::Time::name()))
        .required("created_at")
        .property("data", data)
        .required("data")
        .build()
}

/// An example, which is JSON; only a number that no type can hold is none here.
fn as_value(example: &EventData) -> Value {
    serde_json::from_str(example.as_str()).unwrap_or_else(|_| json!({}))
}

/// A JSON Schema as a part of the description, unless something in it would be lost on the way.
fn as_schema(text: &str) -> Option<Schema> {
    // It would lead into the description, and not into the schema.
    if text.contains("\"#") {
        return None;
    }
    let schema: Schema = serde_json::from_str(text).ok()?;
    let (before, after) = (serde_json::from_str::<Value>(text).ok()?, serde_json::to_value(&schema).ok()?);
    (before == after).then_some(schema)
}

/// Adds one webhook for each event type that can be subscribed to, and the one that cannot.
pub(super) fn add_to(api: &mut OpenApi, catalog: &EventCatalog) {
    let components = api.components.get_or_insert_default();
    let mut schemas = Vec::new();
    if has_bookings(catalog) {
        collect::<BookingPayload>(&mut schemas);
    }
    collect::<DeliveryFailedPayload>(&mut schemas);
    collect::<WebhookDisabledPayload>(&mut schemas);
    components.schemas.extend(schemas);

    let standard = EventCatalog::standard();
    let items = catalog.definitions().map(|definition| {
        let event_type = definition.event_type();
        let is_ours = standard.contains(event_type);
        let outgoing = if is_ours { Outgoing::of(event_type) } else { Outgoing::defined(definition) };
        (event_type.as_str(), item(event_type, outgoing))
    });
    let test = match has_bookings(catalog) {
        true => Outgoing::of(&EventType::WEBHOOK_TEST),
        false => Outgoing::test(catalog),
    };
    let test = (EventType::WEBHOOK_TEST.as_str(), item(&EventType::WEBHOOK_TEST, test));
    let items = items.chain([test]);
    let webhooks = items.fold(PathsBuilder::new(), |paths, (name, item)| paths.path(name, item));
    api.webhooks = Some(Paths::from(webhooks));
}

fn collect<T: ToSchema>(into: &mut Vec<(String, RefOr<Schema>)>) {
    T::schemas(into);
    into.push((T::name().into_owned(), T::schema()));
}

fn item(event_type: &EventType, Outgoing { summary, schema, data }: Outgoing) -> PathItem {
    let example =
        json!({"event": event_type.as_str(), "created_at": "2026-03-10T14:05:00.000Z", "data": data});
    let content = ContentBuilder::new().schema(Some(schema)).example(Some(example)).build();
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
