//! What kind of thing happened, as a dotted name.

use std::borrow::Cow;
use std::fmt;

/// The kind of an event: a dotted lower-case name such as `booking.confirmed`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventType(Cow<'static, str>);

/// A text that cannot be the name of an event type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a dotted name of lower-case letters, digits and underscores, such as booking.confirmed")]
pub struct NotAnEventType;

impl EventType {
    /// A booking was created.
    pub const BOOKING_CONFIRMED: Self = Self(Cow::Borrowed("booking.confirmed"));
    /// A booking was cancelled.
    pub const BOOKING_CANCELLED: Self = Self(Cow::Borrowed("booking.cancelled"));

    /// A delivery was given up.
    pub const DELIVERY_FAILED: Self = Self(Cow::Borrowed("delivery.failed"));
    /// A webhook was disabled, and nobody asked for it.
    pub const WEBHOOK_DISABLED: Self = Self(Cow::Borrowed("webhook.disabled"));
    /// Nothing happened: somebody tries out a webhook. No webhook can subscribe to it.
    pub const WEBHOOK_TEST: Self = Self(Cow::Borrowed("webhook.test"));

    /// The types that the product makes events of.
    const OURS: [Self; 5] = [
        Self::BOOKING_CONFIRMED,
        Self::BOOKING_CANCELLED,
        Self::DELIVERY_FAILED,
        Self::WEBHOOK_DISABLED,
        Self::WEBHOOK_TEST,
    ];

    /// Longest name, in bytes.
    pub const MAX_LENGTH: usize = 100;

    /// Takes a dotted name: at least two parts, each of `a-z`, `0-9` and `_`.
    pub fn parse(text: &str) -> Result<Self, NotAnEventType> {
        let part_is_good = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        if text.len() > Self::MAX_LENGTH || !text.contains('.') || !text.split('.').all(part_is_good) {
            return Err(NotAnEventType);
        }
        Ok(match Self::OURS.into_iter().find(|known| known.as_str() == text) {
            Some(known) => known,
            None => Self(Cow::Owned(text.to_owned())),
        })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_lower_case_names_are_types() {
        for name in ["booking.confirmed", "webhook.test", "order.paid", "a.b.c_2"] {
            assert_eq!(EventType::parse(name).unwrap().as_str(), name);
        }
        for name in [
            "",
            "booking",
            ".",
            "booking.",
            ".confirmed",
            "Booking.Confirmed",
            "a..b",
            "a.b c",
            "a.b\r\nX-Y: z",
        ] {
            assert_eq!(EventType::parse(name), Err(NotAnEventType), "{name:?}");
        }
    }
}
