//! A booking's metadata: the client's own data, on its way to the client's own receivers.

use crate::Rejection;
use crate::json_text::{JsonLimits, JsonObject};
use serde_json::value::RawValue;

/// Any JSON object of up to 64 KiB and 64 levels, kept and delivered as the text it was sent as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata(JsonObject);

impl Metadata {
    /// How large metadata may be.
    pub const LIMITS: JsonLimits = JsonLimits { bytes: 64 * 1024, levels: 64 };

    /// What a booking without metadata has: `{}`.
    pub fn empty() -> Self {
        Self(JsonObject::empty())
    }

    /// Takes a member of a request; absent and `null` are the empty object.
    pub fn parse(raw: Option<&RawValue>) -> Result<Self, Rejection> {
        match raw {
            None => Ok(Self::empty()),
            Some(raw) if raw.get() == "null" => Ok(Self::empty()),
            Some(raw) => JsonObject::new(raw, Self::LIMITS)
                .map(Self)
                .map_err(|flaw| Rejection::new("metadata", flaw.to_string())),
        }
    }

    /// Metadata as a store kept it; nothing if that is not an object any more.
    pub fn from_stored(text: String) -> Option<Self> {
        Self::parse(Some(&*RawValue::from_string(text).ok()?)).ok()
    }

    /// The text, exactly as it was sent.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The same text, to be written into a larger JSON text unchanged.
    pub fn as_raw(&self) -> &RawValue {
        self.0.as_raw()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Metadata, Rejection> {
        Metadata::parse(Some(&*RawValue::from_string(text.to_owned()).unwrap()))
    }

    #[test]
    fn absent_and_null_read_back_as_the_empty_object() {
        assert_eq!(Metadata::parse(None).unwrap().as_str(), "{}");
        assert_eq!(parse("null").unwrap().as_str(), "{}");
    }

    #[test]
    fn sixty_four_levels_and_sixty_four_kibibytes_are_the_limit() {
        let nested =
            |levels: usize| format!("{{\"a\":{}1{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
        assert!(parse(&nested(64)).is_ok());
        assert!(parse(&nested(65)).is_err());
        let sized = |bytes: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(bytes - 8));
        assert!(parse(&sized(65_536)).is_ok());
        assert!(parse(&sized(65_537)).is_err());
    }

    #[test]
    fn whatever_is_not_an_object_is_refused_by_name() {
        for text in ["[]", "1", "\"{}\"", "true"] {
            assert_eq!(parse(text).unwrap_err().to_string(), "metadata: must be an object");
        }
    }
}
