//! Text that others wrote, made harmless.

use serde::{Deserialize, Deserializer};
use std::fmt;

/// What stands for a character that is not shown.
const HIDDEN: char = '\u{fffd}';

/// Whether a terminal acts on this character instead of showing it: the control characters, and those that
/// turn the direction of the text around, by which one text can look like another.
pub(super) fn is_acted_on(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text with U+FFFD in place of what a terminal would act on, line breaks and tabs included.
pub(crate) fn clean(text: &str) -> String {
    text.chars().map(|character| if is_acted_on(character) { HIDDEN } else { character }).collect()
}

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
    fn what_a_terminal_would_act_on_is_not_shown() {
        assert_eq!(
            clean("a\u{1b}[2Jb\rc\nd\u{9b}e\u{7f}"),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d\u{fffd}e\u{fffd}"
        );
        assert_eq!(clean("moc.live\u{202e}//:sptth"), "moc.live\u{fffd}//:sptth");
        assert_eq!(clean("Zoë 会议 🎉"), "Zoë 会议 🎉");
    }

    #[test]
    fn what_is_read_is_clean() {
        let read: CleanText = serde_json::from_str(r#""a\u001b]0;title\u0007""#).unwrap();
        assert_eq!(read.to_string(), "a\u{fffd}]0;title\u{fffd}");
    }
}
