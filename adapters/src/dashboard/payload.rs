//! The bytes of an event, to look at.

use serde_json::value::RawValue;
use slotflow_domain::clean_text::clean_lines;
use slotflow_domain::event::Payload;
use slotflow_domain::json_layout::indented;

/// The most that is shown of a payload with a line for each member. What is nested deeply grows very long so, and can be
/// read as it was sent.
const MAX_INDENTED_BYTES: usize = 256 * 1_024;

/// A payload as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PayloadText {
    /// A line for each member and item, every value to the letter; nothing if it is no JSON.
    pub(super) indented: Option<String>,
    /// As it is sent.
    pub(super) raw: String,
    /// How many bytes that is.
    pub(super) bytes: usize,
    /// Whether `raw` is what is sent to the letter: browsers make one line break of every kind, and not all that is bytes
    /// is text.
    pub(super) is_exact: bool,
}

impl PayloadText {
    pub(super) fn of(payload: &Payload) -> Self {
        let bytes = payload.as_bytes();
        let text = std::str::from_utf8(bytes).ok();
        let json = text.filter(|text| serde_json::from_str::<&RawValue>(text).is_ok());
        let raw = String::from_utf8_lossy(bytes).into_owned();
        let shown = clean_lines(&raw);
        Self {
            indented: json.map(indented).filter(|text| text.len() <= MAX_INDENTED_BYTES),
            is_exact: text == Some(&shown),
            raw: shown,
            bytes: bytes.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> PayloadText {
        PayloadText::of(&Payload::from_stored(bytes.to_vec()))
    }

    #[test]
    fn every_value_stays_as_it_is() {
        let json = r#"{"b":12345678901234567890,"a":[1.0,1e400,"\u00e9\"}"],"b":{}}"#;
        let shown = text(json.as_bytes());
        let expected = "{\n  \"b\": 12345678901234567890,\n  \"a\": [\n    1.0,\n    1e400,\n    \"\\u00e9\\\"}\"\n  ],\n  \"b\": {}\n}";
        assert_eq!(shown.indented.as_deref(), Some(expected));
        assert_eq!((shown.raw.as_str(), shown.is_exact, shown.bytes), (json, true, json.len()));
    }

    #[test]
    fn what_is_no_json_is_shown_as_it_is() {
        for broken in [&b"{\"a\":1"[..], b"", b"hello", b"{} {}", b"\xff{}"] {
            assert_eq!(text(broken).indented, None, "{broken:?}");
        }
        assert!(text(b"hello\n").is_exact && !text(b"\xff{}").is_exact && !text(b"{\r\n}").is_exact);
    }

    #[test]
    fn nothing_in_it_is_acted_on() {
        let json = "{\"a\":\"\u{202e}\u{7f}\"}";
        let shown = text(json.as_bytes());
        assert_eq!(shown.indented.as_deref(), Some("{\n  \"a\": \"\\u202e\\u007f\"\n}"));
        assert!(!shown.raw.contains('\u{202e}') && !shown.is_exact);
    }

    #[test]
    fn deep_nesting_does_not_make_a_page_of_megabytes() {
        let deep = format!("{}{}{}", "[".repeat(60), vec!["0"; 30_000].join(","), "]".repeat(60));
        assert_eq!(text(deep.as_bytes()).indented, None);
    }
}
