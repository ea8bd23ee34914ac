//! Identifiers: UUIDs that the compiler keeps apart.
//!
//! New ones are version 7, so that their order is the order of creation; any version is accepted.

use crate::Timestamp;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// A text that is not a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a UUID")]
pub struct NotAnId;

/// Below every version 7 UUID that was made for `moment` or later, and above those of earlier moments: where a
/// walk in order of identifiers ends that wants nothing younger.
pub fn first_uuid_of(moment: Timestamp) -> Uuid {
    let millis = u128::try_from(moment.as_millis()).unwrap_or(0);
    // RFC 9562, 5.7: 48 bits of milliseconds, then version and the rest.
    Uuid::from_u128(millis << 80)
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The identifier with this UUID.
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// Its UUID.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        /// Takes the hyphenated form only: one spelling, one identifier.
        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                if text.len() != uuid::fmt::Hyphenated::LENGTH {
                    return Err(NotAnId);
                }
                Uuid::try_parse(text).map(Self).map_err(|_| NotAnId)
            }
        }
    };
}

id!(
    /// An organization: the tenant that owns everything else.
    OrganizationId
);
id!(
    /// An API key (its record, not its text).
    ApiKeyId
);
id!(
    /// A registered webhook.
    WebhookId
);
id!(
    /// An event; receivers see it as `webhook-id` and deduplicate by it.
    EventId
);
id!(
    /// One event on its way to one webhook.
    DeliveryId
);
id!(
    /// A replay: many events to be delivered once more.
    ReplayId
);
id!(
    /// A booking.
    BookingId
);
id!(
    /// Whoever is booked. Humans are kept elsewhere; any UUID is one.
    HumanId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_a_moment_begin_where_those_of_earlier_ones_end() {
        let first = |millis| first_uuid_of(Timestamp::from_millis(millis).unwrap());
        let made = Uuid::from_u128(0x0195_7f3c_8a10_7000_8000_0000_0000_0001);
        assert!(first(0x0195_7f3c_8a10) <= made && made < first(0x0195_7f3c_8a11));
        assert_eq!(first(-5), Uuid::nil());
    }

    #[test]
    fn only_the_hyphenated_form_is_an_id() {
        let hyphenated = "b9e4f2a1-3c5d-4e6f-8a9b-0c1d2e3f4a5b";
        assert_eq!(hyphenated.parse::<BookingId>().unwrap().to_string(), hyphenated);
        for other in ["", "b9e4f2a13c5d4e6f8a9b0c1d2e3f4a5b", "{b9e4f2a1-3c5d-4e6f-8a9b-0c1d2e3f4a5b}", "42"]
        {
            assert_eq!(other.parse::<BookingId>(), Err(NotAnId), "{other}");
        }
    }
}
