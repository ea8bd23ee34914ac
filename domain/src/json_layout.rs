//! JSON as text, laid out anew for people without touching a value.
//!
//! It never goes through a parser's value model, which would lose key order and long numbers. What comes in
//! is well-formed JSON; of anything else only the layout changes.

use crate::clean_text::is_acted_on;
use std::fmt::Write;

const INDENT: &str = "  ";

/// The same JSON without line breaks.
pub fn on_one_line(json: &str) -> String {
    let mut line = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '\n' | '\r' | '\t' => line.push(' '),
            other => push(&mut line, other),
        }
    }
    line
}

/// The same JSON, a member or item per line.
pub fn indented(json: &str) -> String {
    let mut text = String::with_capacity(json.len() * 2);
    let mut place = Place::Outside;
    let mut depth = 0_usize;
    let mut just_opened = false;
    for character in json.chars() {
        let next = place.behind(character);
        if place != Place::Outside {
            push(&mut text, character);
        } else if !character.is_ascii_whitespace() {
            let closes = matches!(character, '}' | ']');
            depth = if closes { depth.saturating_sub(1) } else { depth };
            // Brackets with nothing in them stay together.
            if just_opened != closes {
                new_line(&mut text, depth);
            }
            push(&mut text, character);
            just_opened = matches!(character, '{' | '[');
            match character {
                '{' | '[' => depth += 1,
                ',' => new_line(&mut text, depth),
                ':' => text.push(' '),
                _ => {}
            }
        }
        place = next;
    }
    text
}

/// Where in a JSON text a character stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    InString,
    BehindBackslash,
}

impl Place {
    fn behind(self, character: char) -> Self {
        match (self, character) {
            (Self::Outside, '"') | (Self::BehindBackslash, _) => Self::InString,
            (Self::InString, '"') => Self::Outside,
            (Self::InString, '\\') => Self::BehindBackslash,
            (same, _) => same,
        }
    }
}

fn new_line(text: &mut String, depth: usize) {
    text.push('\n');
    text.extend(std::iter::repeat_n(INDENT, depth));
}

/// A character that is acted on instead of shown can only stand in a string, where its escape means the same.
fn push(text: &mut String, character: char) {
    if is_acted_on(character) {
        // None of them lies beyond U+FFFF; writing to a string does not fail.
        let _ = write!(text, "\\u{:04x}", u32::from(character));
    } else {
        text.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn members_and_items_get_lines_and_keep_their_text() {
        let json = r#"{"b":1.0,"a":[12345678901234567890,{}, [] ,"x, {y}: \"[z]\" \\"],"c":{"d":1e400}}"#;
        let expected = r#"{
  "b": 1.0,
  "a": [
    12345678901234567890,
    {},
    [],
    "x, {y}: \"[z]\" \\"
  ],
  "c": {
    "d": 1e400
  }
}"#;
        assert_eq!(indented(json), expected);
        assert_eq!(indented(expected), expected);
    }

    #[test]
    fn a_line_is_a_line_and_means_the_same() {
        let json = "{\n\t\"a\": \"\u{9b}31m \u{202e}\u{7f}\",\r\n \"b\": [ ]}";
        let line = on_one_line(json);
        assert!(!line.chars().any(is_acted_on), "{line}");
        let value = |json: &str| serde_json::from_str::<Value>(json).unwrap();
        assert_eq!(value(&line), value(json));
        assert_eq!(value(&indented(json)), value(json));
    }
}
