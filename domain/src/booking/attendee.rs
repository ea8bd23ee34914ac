//! Who books: a name, and perhaps an e-mail address.

use crate::{Rejection, plain_text};
use std::fmt;

/// An attendee's name: 1 to 200 characters on one line.
#[derive(Clone, PartialEq, Eq)]
pub struct AttendeeName(String);

impl AttendeeName {
    /// Takes a name, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Rejection> {
        plain_text::check("attendee_name", text, 1..=200)?;
        Ok(Self(text.to_owned()))
    }

    /// The name as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An attendee's e-mail address, 3 to 254 characters (RFC 5321, 4.5.3.1.3).
///
/// Only its outline is checked, an `@` with something on either side and no spaces: whether it works is
/// for whoever writes to it to find out.
#[derive(Clone, PartialEq, Eq)]
pub struct AttendeeEmail(String);

impl AttendeeEmail {
    /// Takes an address, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Rejection> {
        plain_text::check("attendee_email", text, 3..=254)?;
        let in_outline = text.rsplit_once('@').is_some_and(|(local, host)| {
            !local.is_empty() && !host.is_empty() && !text.contains(char::is_whitespace)
        });
        if !in_outline {
            return Err(Rejection::new("attendee_email", "must be an e-mail address"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The address as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Prints nothing of it: attendees are people.
impl fmt::Debug for AttendeeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AttendeeName(…)")
    }
}

/// Prints nothing of it: attendees are people.
impl fmt::Debug for AttendeeEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AttendeeEmail(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_to_two_hundred_characters_without_controls() {
        assert!(AttendeeName::parse("Zoë 🦀").is_ok());
        assert!(AttendeeName::parse(&"é".repeat(200)).is_ok());
        for bad in [
            String::new(),
            "x".repeat(201),
            "a\nb".into(),
            "a\u{0}b".into(),
            "a\u{85}b".into(),
            "\u{7f}".into(),
        ] {
            assert_eq!(AttendeeName::parse(&bad).unwrap_err().field, "attendee_name", "{bad:?}");
        }
    }

    #[test]
    fn an_address_has_the_outline_of_one() {
        assert!(AttendeeEmail::parse("alex@startup.io").is_ok());
        assert!(AttendeeEmail::parse("\"a@b\"@example.com").is_ok());
        for bad in ["", "a@", "@b", "alex", "a b@c.d", "a@b\u{0}.c", &format!("{}@b.c", "x".repeat(260))] {
            assert_eq!(AttendeeEmail::parse(bad).unwrap_err().field, "attendee_email", "{bad:?}");
        }
    }

    #[test]
    fn debug_output_names_nobody() {
        let shown = format!(
            "{:?} {:?}",
            AttendeeName::parse("Alex").unwrap(),
            AttendeeEmail::parse("a@b.c").unwrap()
        );
        assert!(!shown.contains("Alex") && !shown.contains("a@b.c"), "{shown}");
    }
}
