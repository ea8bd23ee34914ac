//! The description of the API: what is served, what is kept in the repository, and whether it is whole.

use crate::support::{Ports, send};
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use slotflow_adapters::api::{description, router};
use slotflow_domain::event::{DataSchema, EventCatalog, EventData, EventDefinition};
use std::collections::BTreeSet;
use std::path::Path;

/// Set this to write the file anew after a change that is meant.
const WRITE: &str = "SLOTFLOW_WRITE_OPENAPI";

fn parsed() -> Value {
    serde_json::from_str(&description()).unwrap()
}

#[test]
fn the_file_in_the_repository_is_what_is_served() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let now = description() + "\n";
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == now,
        "docs/openapi.json is not up to date; if the change is meant, run this with {WRITE}=1"
    );
}

#[tokio::test]
async fn it_is_served_without_a_key() {
    Ports::new().get("/openapi.json").await.is(200, &description());
}

#[test]
fn it_is_openapi_3_1_with_every_event_as_a_webhook() {
    let description = parsed();
    assert_eq!(description["openapi"], "3.1.0");
    let webhooks: Vec<_> = description["webhooks"].as_object().unwrap().keys().cloned().collect();
    let all =
        ["booking.cancelled", "booking.confirmed", "delivery.failed", "webhook.disabled", "webhook.test"];
    assert_eq!(webhooks, all);
}

/// Data must keep to this JSON Schema, or so it says.
#[derive(Debug)]
struct Schema(&'static str);

impl DataSchema for Schema {
    fn check(&self, _: &EventData) -> Result<(), String> {
        Ok(())
    }

    fn json_schema(&self) -> Option<&str> {
        Some(self.0)
    }
}

/// What a service is served whose catalogue has these.
async fn of_catalog(definitions: impl IntoIterator<Item = EventDefinition>) -> Value {
    let mut services = Ports::new().services();
    services.webhooks.catalog = EventCatalog::of(definitions).unwrap();
    let request = Request::get("/openapi.json").body(Body::empty()).unwrap();
    serde_json::from_str(&send(&router(services), request).await.body).unwrap()
}

#[tokio::test]
async fn events_of_ones_own_are_described_by_their_schemas_and_examples() {
    let simple =
        r#"{"type": "object", "required": ["order_id"], "properties": {"order_id": {"type": "integer"}}}"#;
    let foreign = r#"{"type": "object", "dependentRequired": {"a": ["b"]}}"#;
    let example = json!({"order_id": 7});
    let paid = EventDefinition::new("order.paid").unwrap().schema(Schema(simple)).example(&example).unwrap();
    let lost = EventDefinition::new("order.lost").unwrap().schema(Schema(foreign));
    let within =
        r##"{"type": "object", "properties": {"a": {"$ref": "#/properties/b"}, "b": {"type": "string"}}}"##;
    let sent = EventDefinition::new("order.sent").unwrap().schema(Schema(within));
    let description = of_catalog([paid, lost, sent]).await;

    let webhooks: Vec<_> = description["webhooks"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        webhooks,
        ["delivery.failed", "order.lost", "order.paid", "order.sent", "webhook.disabled", "webhook.test"]
    );
    let types = &description["components"]["schemas"]["EventType"]["enum"];
    assert_eq!(
        *types,
        json!(["order.paid", "order.lost", "order.sent", "delivery.failed", "webhook.disabled"])
    );
    let body =
        |name: &str| &description["webhooks"][name]["post"]["requestBody"]["content"]["application/json"];
    let paid = &body("order.paid")["schema"]["properties"];
    assert_eq!(paid["data"], serde_json::from_str::<Value>(simple).unwrap());
    assert_eq!(paid["event"]["enum"], json!(["order.paid"]));
    assert_eq!(body("order.paid")["example"]["data"], example);
    assert_eq!(body("webhook.test")["example"]["data"], example);
    for name in ["order.lost", "order.sent"] {
        let data = &body(name)["schema"]["properties"]["data"];
        assert_eq!(*data, json!({"type": "object"}), "what cannot be said is not said wrongly");
    }
    assert!(description["components"]["schemas"].get("BookingPayload").is_none());
    lead_somewhere(&description);
}

#[test]
fn every_reference_leads_somewhere() {
    lead_somewhere(&parsed());
}

fn lead_somewhere(description: &Value) {
    let mut references = BTreeSet::new();
    collect_references(description, &mut references);
    assert!(references.len() > 5, "the search itself works");
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(description.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[test]
fn a_body_is_never_described_as_null() {
    let description = parsed();
    let mut bodies = 0;
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if let Some(schema) = operation.pointer("/requestBody/content/application~1json/schema") {
                bodies += 1;
                assert!(schema["$ref"].is_string(), "{method} {path}: {schema}");
            }
        }
    }
    assert_eq!(bodies, 5);
}

fn collect_references(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                into.insert(reference.clone());
            }
            members.values().for_each(|member| collect_references(member, into));
        }
        Value::Array(elements) => elements.iter().for_each(|element| collect_references(element, into)),
        _ => {}
    }
}

#[test]
fn every_operation_has_a_summary_and_the_errors_that_any_route_may_give() {
    let description = parsed();
    let mut operations = 0;
    let mut names = BTreeSet::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations += 1;
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            assert!(
                names.insert(operation["operationId"].to_string()),
                "{method} {path} shares its operationId"
            );
            if path.starts_with("/v1/") {
                for status in ["401", "500", "503"] {
                    let schema =
                        &operation["responses"][status]["content"]["application/json"]["schema"]["$ref"];
                    assert_eq!(schema, "#/components/schemas/Error", "{method} {path} {status}");
                }
                assert_eq!(operation["security"][0]["api_key"], Value::Array(vec![]), "{method} {path}");
            }
        }
    }
    assert!(operations > 10, "{operations}");
}
