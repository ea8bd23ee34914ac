//! JSON Schemas as the schemas of event types.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, Validator};
use serde_json::Value;
use slotflow_domain::event::{DataSchema, EventData};
use std::fmt;

/// How much is told of the place of what is wrong, in characters.
const LONGEST_PLACE: usize = 200;

/// A JSON Schema (draft 2020-12, unless its `$schema` names another) that the data of a type's events must keep to.
///
/// It is compiled once. References within it are followed, references to elsewhere are not: nothing is ever fetched.
///
/// ```
/// use serde_json::json;
/// use slotflow_adapters::json_schema::JsonSchema;
/// use slotflow_domain::event::{EventCatalog, EventDefinition, NewEvent};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let schema = JsonSchema::new(&json!({
///     "type": "object",
///     "required": ["order_id"],
///     "properties": {"order_id": {"type": "integer"}}
/// }))?;
/// let catalog = EventCatalog::of([EventDefinition::new("order.paid")?.schema(schema)])?;
///
/// let event = NewEvent::new("order.paid", &json!({"order_id": "seven"}))?;
/// let refused = catalog.check(event.event_type(), event.data()).unwrap_err();
/// assert_eq!(refused.to_string(), "the data of order.paid breaks its schema: /order_id: value is not of type \"integer\"");
/// # Ok(())
/// # }
/// ```
pub struct JsonSchema {
    validator: Validator,
    text: String,
}

/// Why a value is no JSON Schema.
#[derive(Debug, thiserror::Error)]
#[error("not a JSON Schema: {0}")]
pub struct NotAJsonSchema(String);

impl JsonSchema {
    /// Compiles a schema.
    ///
    /// # Errors
    /// What its draft does not allow, or a reference that leads out of it.
    pub fn new(schema: &Value) -> Result<Self, NotAJsonSchema> {
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .build(schema)
            .map_err(|error| NotAJsonSchema(error.to_string()))?;
        Ok(Self { validator, text: schema.to_string() })
    }
}

impl DataSchema for JsonSchema {
    /// The first thing that is wrong, and where. The value itself is not told: it may be logged by whoever publishes.
    fn check(&self, data: &EventData) -> Result<(), String> {
        let value: Value = serde_json::from_str(data.as_str())
            .map_err(|_| "it holds a number that no schema can be held to".to_owned())?;
        self.validator.validate(&value).map_err(|error| {
            let place: String = error.instance_path().to_string().chars().take(LONGEST_PLACE).collect();
            let place = if place.is_empty() { "/" } else { &place };
            match error.kind() {
                // Whose names are as much somebody else's words as values are.
                ValidationErrorKind::AdditionalProperties { .. }
                | ValidationErrorKind::UnevaluatedProperties { .. } => {
                    format!("{place}: it has members that the schema does not have")
                }
                _ => format!("{place}: {}", error.masked()),
            }
        })
    }

    fn json_schema(&self) -> Option<&str> {
        Some(&self.text)
    }
}

impl fmt::Debug for JsonSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JsonSchema").field(&self.text).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn schema() -> JsonSchema {
        JsonSchema::new(&json!({
            "$defs": {"money": {"type": "string", "pattern": "^[0-9]+[.][0-9]{2}$"}},
            "type": "object",
            "required": ["order_id"],
            "properties": {
                "order_id": {"type": "integer", "minimum": 1},
                "total": {"$ref": "#/$defs/money"},
                "paid_at": {"type": "string", "format": "date-time"}
            }
        }))
        .unwrap()
    }

    fn check(text: &str) -> Result<(), String> {
        schema().check(&EventData::parse(text).unwrap())
    }

    #[test]
    fn data_that_keeps_to_it_is_taken() {
        assert_eq!(
            check(r#"{"order_id": 7, "total": "12.50", "paid_at": "2026-03-10T14:05:00Z", "more": []}"#),
            Ok(())
        );
    }

    #[test]
    fn what_breaks_it_is_told_with_its_place_and_without_its_value() {
        for (text, place) in [
            ("{}", "/: "),
            (r#"{"order_id": "anna@example.com"}"#, "/order_id: "),
            (r#"{"order_id": 0}"#, "/order_id: "),
            (r#"{"order_id": 7, "total": "anna@example.com"}"#, "/total: "),
            (r#"{"order_id": 7, "paid_at": "anna@example.com"}"#, "/paid_at: "),
        ] {
            let flaw = check(text).unwrap_err();
            assert!(flaw.starts_with(place) && !flaw.contains("anna"), "{flaw}");
        }
        let strict = JsonSchema::new(&json!({"properties": {}, "additionalProperties": false})).unwrap();
        let flaw = strict.check(&EventData::parse(r#"{"anna@example.com": 1}"#).unwrap()).unwrap_err();
        assert_eq!(flaw, "/: it has members that the schema does not have");
        assert!(check(r#"{"order_id": 1e999}"#).unwrap_err().contains("number"));
    }

    #[test]
    fn what_is_no_schema_or_leads_elsewhere_is_refused() {
        for schema in [json!({"type": "number of orders"}), json!({"$ref": "https://example.com/order.json"})]
        {
            assert!(JsonSchema::new(&schema).is_err(), "{schema}");
        }
    }
}
