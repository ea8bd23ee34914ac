//! Text out of answers, which others wrote.

use serde::{Deserialize, Deserializer};
use slotflow_domain::clean_text::clean;
use std::fmt;

/// A text out of an answer that is clean since it was read, so that it can be shown without a second thought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CleanText(String);

impl CleanText {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CleanText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for CleanText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(clean(&text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_clean() {
        let read: CleanText = serde_json::from_str(r#""a\u001b]0;title\u0007""#).unwrap();
        assert_eq!(read.to_string(), "a\u{fffd}]0;title\u{fffd}");
    }
}
