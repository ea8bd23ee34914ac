//! Which event types there are, and which of them a webhook wants.

use super::EventType;
use crate::Rejection;

/// The event types that webhooks may subscribe to.
#[derive(Clone, Debug)]
pub struct EventCatalog(Vec<EventType>);

impl EventCatalog {
    /// The two events of bookings, the mission's catalogue.
    pub fn bookings() -> Self {
        Self(vec![EventType::BOOKING_CONFIRMED, EventType::BOOKING_CANCELLED])
    }

    /// Those, and what an organization may hear of its own webhooks.
    pub fn standard() -> Self {
        let Self(mut types) = Self::bookings();
        types.extend([EventType::DELIVERY_FAILED, EventType::WEBHOOK_DISABLED]);
        Self(types)
    }

    /// Whether `event_type` can be subscribed to.
    pub fn contains(&self, event_type: &EventType) -> bool {
        self.0.contains(event_type)
    }

    /// The types.
    pub fn iter(&self) -> impl Iterator<Item = &EventType> {
        self.0.iter()
    }

    fn names(&self) -> String {
        self.0.iter().map(EventType::as_str).collect::<Vec<_>>().join(", ")
    }
}

/// The event types that one webhook wants: never empty, none twice, in the order they were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventSet(Vec<EventType>);

impl EventSet {
    /// Takes the names of a subscription: at least one, each in the catalogue, none repeated.
    pub fn parse<S: AsRef<str>>(names: &[S], catalog: &EventCatalog) -> Result<Self, Rejection> {
        let mut types = Vec::with_capacity(names.len().min(catalog.0.len()));
        for name in names {
            let known =
                EventType::parse(name.as_ref()).ok().filter(|event_type| catalog.contains(event_type));
            let Some(event_type) = known else {
                return Err(Rejection::new("events", format!("may only contain {}", catalog.names())));
            };
            if types.contains(&event_type) {
                return Err(Rejection::new("events", format!("must not repeat {event_type}")));
            }
            types.push(event_type);
        }
        if types.is_empty() {
            return Err(Rejection::new(
                "events",
                format!("must contain at least one of {}", catalog.names()),
            ));
        }
        Ok(Self(types))
    }

    /// A subscription as a store kept it; nothing if there is no type in it.
    pub fn from_stored(types: Vec<EventType>) -> Option<Self> {
        if types.is_empty() { None } else { Some(Self(types)) }
    }

    /// Whether events of this type are wanted.
    pub fn contains(&self, event_type: &EventType) -> bool {
        self.0.contains(event_type)
    }

    /// The types, in the order they were asked for.
    pub fn iter(&self) -> impl Iterator<Item = &EventType> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(names: &[&str]) -> Result<EventSet, Rejection> {
        EventSet::parse(names, &EventCatalog::bookings())
    }

    #[test]
    fn one_or_both_may_be_wanted_in_any_order() {
        assert!(parse(&["booking.confirmed"]).is_ok());
        let both = parse(&["booking.cancelled", "booking.confirmed"]).unwrap();
        assert_eq!(
            both.iter().map(EventType::as_str).collect::<Vec<_>>(),
            ["booking.cancelled", "booking.confirmed"]
        );
    }

    #[test]
    fn none_unknown_and_repeated_are_refused_by_name() {
        for (names, part) in [
            (vec![], "at least one"),
            (vec!["booking.moved"], "may only contain booking.confirmed, booking.cancelled"),
            (vec!["Booking.Confirmed"], "may only contain"),
            (vec!["webhook.test"], "may only contain"),
            (vec!["booking.confirmed", "booking.confirmed"], "must not repeat booking.confirmed"),
        ] {
            let rejection = parse(&names).unwrap_err();
            assert_eq!(rejection.field, "events");
            assert!(rejection.rule.contains(part), "{rejection}");
        }
    }

    #[test]
    fn the_standard_catalogue_adds_what_happens_to_webhooks() {
        let all = ["booking.confirmed", "booking.cancelled", "delivery.failed", "webhook.disabled"];
        assert!(EventSet::parse(&all, &EventCatalog::standard()).is_ok());
        assert!(
            EventSet::parse(&["webhook.test"], &EventCatalog::standard()).is_err(),
            "sent on request only"
        );
        assert!(parse(&["delivery.failed"]).is_err());
    }

    proptest! {
        #[test]
        fn a_set_wants_exactly_what_was_asked_for(confirmed: bool, cancelled: bool) {
            let mut names = vec![];
            if confirmed { names.push("booking.confirmed") }
            if cancelled { names.push("booking.cancelled") }
            match parse(&names) {
                Ok(set) => {
                    prop_assert_eq!(set.contains(&EventType::BOOKING_CONFIRMED), confirmed);
                    prop_assert_eq!(set.contains(&EventType::BOOKING_CANCELLED), cancelled);
                }
                Err(_) => prop_assert!(!confirmed && !cancelled),
            }
        }
    }
}
