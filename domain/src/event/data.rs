//! What an event says, beside its type and its time.

use crate::json_text::{JsonFlaw, JsonLimits, JsonObject};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

/// The `data` of a payload: any JSON object of up to 256 KiB and 64 levels, delivered as the text that it was given as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventData(JsonObject);

/// A value that cannot be an event's data.
#[derive(Debug, thiserror::Error)]
pub enum BadEventData {
    /// It cannot be written as JSON, or is no JSON text.
    #[error("the data is not JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    /// It is JSON that breaks a rule.
    #[error("the data {0}")]
    Flawed(#[from] JsonFlaw),
}

impl EventData {
    /// How large an event's data may be.
    pub const LIMITS: JsonLimits = JsonLimits { bytes: 256 * 1024, levels: 64 };

    /// Whatever serde can write as a JSON object: a struct, a map, a `serde_json::Value`.
    ///
    /// # Errors
    /// A value that is not an object, is too large or too deep, or holds U+0000.
    pub fn of(value: &(impl Serialize + ?Sized)) -> Result<Self, BadEventData> {
        Self::checked(&to_raw_value(value)?)
    }

    /// A JSON text, which is delivered as it stands.
    ///
    /// # Errors
    /// A text that is no JSON object, is too large or too deep, or holds U+0000 or half a surrogate pair.
    pub fn parse(text: &str) -> Result<Self, BadEventData> {
        Self::checked(serde_json::from_str::<&RawValue>(text)?)
    }

    /// Data that says nothing: `{}`.
    pub fn empty() -> Self {
        Self(JsonObject::empty())
    }

    fn checked(raw: &RawValue) -> Result<Self, BadEventData> {
        Ok(Self(JsonObject::new(raw, Self::LIMITS)?))
    }

    /// The text, as it is delivered.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(super) fn as_raw(&self) -> &RawValue {
        self.0.as_raw()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn only_an_object_is_data() {
        assert_eq!(EventData::of(&json!({"order": 7})).unwrap().as_str(), r#"{"order":7}"#);
        for value in [json!([]), json!(7), json!("{}"), json!(null)] {
            assert_eq!(EventData::of(&value).unwrap_err().to_string(), "the data must be an object");
        }
        assert!(matches!(EventData::parse("{"), Err(BadEventData::NotJson(_))));
        assert!(EventData::parse(r#"{"a":"\u0000"}"#).is_err(), "not every store can keep it");
    }

    #[test]
    fn what_is_larger_than_the_limit_is_refused() {
        let sized = |bytes: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(bytes - 8));
        assert!(EventData::parse(&sized(256 * 1024)).is_ok());
        assert!(EventData::parse(&sized(256 * 1024 + 1)).is_err());
    }

    proptest! {
        #[test]
        fn a_text_is_kept_as_it_stands(space in " {0,3}", number in "[1-9][0-9]{0,30}") {
            let text = format!("{{{space}\"a\":{space}{number}}}");
            let data = EventData::parse(&text).unwrap();
            prop_assert_eq!(data.as_str(), &text);
        }
    }
}
