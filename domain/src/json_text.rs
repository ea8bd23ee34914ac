//! JSON that passes through us value for value: checked, never rewritten.
//!
//! A parser's value model loses what receivers may rely on (key order, 20-digit integers, `1.0`), so the
//! text itself is kept. What a parser would have refused on the way must then be looked for here:
//! serde_json applies neither its depth limit nor its check of `\u` escapes to text it does not decode.

use serde_json::value::RawValue;
use std::fmt;
use std::sync::Arc;

/// What is wrong with a JSON text that is otherwise well-formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonFlaw {
    /// A string holds U+0000, which not every store can keep.
    #[error("must not contain the NUL character")]
    Nul,
    /// A `\u` escape is half of a surrogate pair and stands for no character.
    #[error("must not contain a lone surrogate")]
    LoneSurrogate,
    /// Arrays and objects are nested beyond the limit.
    #[error("must not be nested deeper than {limit} levels")]
    TooDeep {
        /// The deepest nesting allowed; a flat object is one level.
        limit: usize,
    },
    /// The text is longer than the limit.
    #[error("must not be larger than {limit} bytes")]
    TooLong {
        /// The greatest length in bytes.
        limit: usize,
    },
    /// The value is JSON, but not an object.
    #[error("must be an object")]
    NotAnObject,
}

/// Bounds on a JSON text.
#[derive(Clone, Copy, Debug)]
pub struct JsonLimits {
    /// Greatest length in bytes.
    pub bytes: usize,
    /// Deepest nesting; a flat object is one level.
    pub levels: usize,
}

/// A JSON object, kept as the text it was sent as.
#[derive(Clone)]
pub struct JsonObject(Arc<RawValue>);

impl JsonObject {
    /// The object without members.
    pub fn empty() -> Self {
        Self(RawValue::from_string("{}".to_owned()).unwrap_or_default().into())
    }

    /// Takes a value that a parser has already found to be well-formed JSON.
    pub fn new(raw: &RawValue, limits: JsonLimits) -> Result<Self, JsonFlaw> {
        let text = raw.get();
        if !text.starts_with('{') {
            return Err(JsonFlaw::NotAnObject);
        }
        if text.len() > limits.bytes {
            return Err(JsonFlaw::TooLong { limit: limits.bytes });
        }
        scan(text, limits.levels)?;
        Ok(Self(raw.to_owned().into()))
    }

    /// The text, exactly as it was sent.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// The same text, to be written into a larger JSON text unchanged.
    pub fn as_raw(&self) -> &RawValue {
        &self.0
    }
}

/// Equal texts: two spellings of one value are two objects.
impl PartialEq for JsonObject {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for JsonObject {}

/// Prints its length only: the content is somebody's data.
impl fmt::Debug for JsonObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JsonObject({} bytes)", self.as_str().len())
    }
}

/// Looks through a well-formed JSON text for what its parser lets pass: nesting beyond `levels`, NUL and
/// lone surrogates. One pass, no allocation; on text that is not JSON the answer means nothing.
pub fn scan(text: &str, levels: usize) -> Result<(), JsonFlaw> {
    let mut bytes = text.bytes();
    let mut depth = 0_usize;
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => scan_string(&mut bytes)?,
            b'{' | b'[' => {
                depth += 1;
                if depth > levels {
                    return Err(JsonFlaw::TooDeep { limit: levels });
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            0 => return Err(JsonFlaw::Nul),
            _ => {}
        }
    }
    Ok(())
}

/// Reads on behind an opening quote, up to and including the closing one.
fn scan_string(bytes: &mut std::str::Bytes<'_>) -> Result<(), JsonFlaw> {
    let mut high_surrogate = false;
    while let Some(byte) = bytes.next() {
        let mut is_high = false;
        if byte == b'\\' {
            if bytes.next() == Some(b'u') {
                match code_unit(bytes) {
                    0 => return Err(JsonFlaw::Nul),
                    0xD800..=0xDBFF => is_high = true,
                    0xDC00..=0xDFFF if high_surrogate => {
                        high_surrogate = false;
                        continue;
                    }
                    0xDC00..=0xDFFF => return Err(JsonFlaw::LoneSurrogate),
                    _ => {}
                }
            }
        } else if byte == 0 {
            return Err(JsonFlaw::Nul);
        }
        if high_surrogate {
            return Err(JsonFlaw::LoneSurrogate);
        }
        if byte == b'"' {
            return Ok(());
        }
        high_surrogate = is_high;
    }
    Ok(())
}

/// The UTF-16 code unit in the next four hexadecimal digits.
fn code_unit(bytes: &mut std::str::Bytes<'_>) -> u16 {
    bytes.take(4).fold(0, |unit, digit| (unit << 4) | char::from(digit).to_digit(16).unwrap_or(0) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: JsonLimits = JsonLimits { bytes: 1_000, levels: 4 };

    fn object(text: &str) -> Result<JsonObject, JsonFlaw> {
        JsonObject::new(&RawValue::from_string(text.to_owned()).unwrap(), LIMITS)
    }

    #[test]
    fn the_text_is_kept_to_the_letter() {
        let text = r#"{"b":1.0,"a":123456789012345678901234567890,"c":1e400,"b" : "\u00e9\ud83d\ude00"}"#;
        assert_eq!(object(text).unwrap().as_str(), text);
    }

    #[test]
    fn only_objects_are_objects() {
        for text in ["[]", "null", "1", r#""{}""#] {
            assert_eq!(object(text), Err(JsonFlaw::NotAnObject), "{text}");
        }
    }

    #[test]
    fn nesting_is_bounded_but_not_brackets_in_strings() {
        assert!(object(r#"{"a":[[[1]],[2]]}"#).is_ok());
        assert_eq!(object(r#"{"a":[[[[1]]]]}"#), Err(JsonFlaw::TooDeep { limit: 4 }));
        assert!(object(r#"{"a":"[[[[[[[[\"[[[["}"#).is_ok());
    }

    #[test]
    fn nul_and_lone_surrogates_are_found_wherever_they_stand() {
        assert_eq!(object(r#"{"\u0000":1}"#), Err(JsonFlaw::Nul));
        assert!(object(r#"{"a":"\\u0000"}"#).is_ok(), "an escaped backslash starts no escape");
        for lone in
            [r#"\ud800"#, r#"\udc00"#, r#"\ud800x"#, r#"\ud800\n"#, r#"\ud800\ud800"#, r#"\uDBFF\u0041"#]
        {
            assert_eq!(object(&format!(r#"{{"a":["{lone}"]}}"#)), Err(JsonFlaw::LoneSurrogate), "{lone}");
        }
        assert!(object(r#"{"a":"\ud83d\ude00\uD83D\uDE00"}"#).is_ok());
    }

    #[test]
    fn length_is_bounded() {
        assert_eq!(
            object(&format!(r#"{{"a":"{}"}}"#, "x".repeat(1_000))),
            Err(JsonFlaw::TooLong { limit: 1_000 })
        );
    }

    proptest! {
        /// serde_json decodes strings strictly, so it is the judge of what our scan lets pass.
        #[test]
        fn the_scan_agrees_with_a_decoding_parser(units in proptest::collection::vec(prop_oneof![0xD7FE_u16..0xE001, 0_u16..3, 0x41_u16..0x43], 0..6)) {
            let text: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            let text = format!("{{\"a\":\"{text}\"}}");
            let decodes = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            match object(&text) {
                Ok(_) => prop_assert!(decodes),
                Err(JsonFlaw::LoneSurrogate) => prop_assert!(!decodes),
                Err(JsonFlaw::Nul) => prop_assert!(units.contains(&0)),
                Err(other) => prop_assert!(false, "{other}"),
            }
        }

        #[test]
        fn the_scan_never_panics(text in any::<String>()) {
            let _ = scan(&text, 3);
        }
    }
}
