//! Which event types there are, and which of them a webhook wants.

use super::{EventData, EventDefinition, EventType, Payload};
use crate::Rejection;
use std::sync::Arc;

/// The event types that webhooks may subscribe to: none twice, in the order they are shown in.
#[derive(Clone, Debug)]
pub struct EventCatalog(Arc<[EventDefinition]>);

/// Definitions that make no catalogue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCatalog {
    /// There is nothing to subscribe to.
    #[error("a catalogue has at least one type of event")]
    Empty,
    /// One name, two definitions.
    #[error("{0} is defined twice")]
    Twice(EventType),
    /// The product makes events of this type itself.
    #[error("{0} is made by the product and cannot be defined")]
    Reserved(EventType),
    /// The example is not what the schema asks for.
    #[error("the example of {0} breaks its schema: {1}")]
    Example(EventType, String),
}

/// Why an event was not published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventRefused {
    /// The catalogue has no such type.
    #[error("there is no event type {0} in the catalogue")]
    UnknownType(EventType),
    /// Events of this type are made by the product, and by nobody else.
    #[error("events of type {0} are made by the product")]
    Reserved(EventType),
    /// The data is not what the type's schema asks for.
    #[error("the data of {0} breaks its schema: {1}")]
    Schema(EventType, String),
}

impl EventCatalog {
    /// The two events of bookings, `booking.confirmed` and `booking.cancelled`: the mission's catalogue.
    pub fn bookings() -> Self {
        let types = [EventType::BOOKING_CONFIRMED, EventType::BOOKING_CANCELLED];
        Self(types.map(EventDefinition::of_booking).into())
    }

    /// Those, and what an organization may hear of its own webhooks: `delivery.failed` and `webhook.disabled`. It is what an
    /// application has unless it is given another.
    pub fn standard() -> Self {
        Self::with_operational(Self::bookings().0.to_vec())
    }

    /// These types, and what an organization may hear of its own webhooks: `delivery.failed` and `webhook.disabled`.
    ///
    /// # Errors
    /// No type at all; one that is defined twice, or that the product makes events of itself (`delivery.failed`,
    /// `webhook.disabled`, `webhook.test`); an example that breaks its schema.
    pub fn of(definitions: impl IntoIterator<Item = EventDefinition>) -> Result<Self, BadCatalog> {
        let mut known: Vec<EventDefinition> = Vec::new();
        for definition in definitions {
            let event_type = definition.event_type();
            if event_type.is_reserved() {
                return Err(BadCatalog::Reserved(event_type.clone()));
            }
            if known.iter().any(|other| other.event_type() == event_type) {
                return Err(BadCatalog::Twice(event_type.clone()));
            }
            if let Some(Err(flaw)) = definition.example_data().map(|example| definition.check(example)) {
                return Err(BadCatalog::Example(event_type.clone(), flaw));
            }
            known.push(definition);
        }
        if known.is_empty() { Err(BadCatalog::Empty) } else { Ok(Self::with_operational(known)) }
    }

    fn with_operational(mut definitions: Vec<EventDefinition>) -> Self {
        let types = [EventType::DELIVERY_FAILED, EventType::WEBHOOK_DISABLED];
        definitions.extend(types.map(EventDefinition::of));
        Self(definitions.into())
    }

    /// Whether `event_type` can be subscribed to.
    pub fn contains(&self, event_type: &EventType) -> bool {
        self.definition(event_type).is_some()
    }

    /// What is known of a type.
    pub fn definition(&self, event_type: &EventType) -> Option<&EventDefinition> {
        self.0.iter().find(|definition| definition.event_type() == event_type)
    }

    /// The definitions.
    pub fn definitions(&self) -> impl Iterator<Item = &EventDefinition> {
        self.0.iter()
    }

    /// The types.
    pub fn iter(&self) -> impl Iterator<Item = &EventType> {
        self.0.iter().map(EventDefinition::event_type)
    }

    /// Whether an event of this type may say this.
    ///
    /// # Errors
    /// A type that is not in the catalogue, or that the product makes events of itself; data that breaks its schema.
    pub fn check(&self, event_type: &EventType, data: &EventData) -> Result<(), EventRefused> {
        if event_type.is_reserved() {
            return Err(EventRefused::Reserved(event_type.clone()));
        }
        let unknown = || EventRefused::UnknownType(event_type.clone());
        let definition = self.definition(event_type).ok_or_else(unknown)?;
        definition.check(data).map_err(|flaw| EventRefused::Schema(event_type.clone(), flaw))
    }

    /// What a webhook with this subscription is sent to try it out: the example of the first of its types that has one,
    /// or else the first example there is.
    pub fn example_for(&self, wanted: &EventSet) -> EventData {
        let theirs = wanted.iter().filter_map(|event_type| self.definition(event_type));
        theirs
            .chain(self.0.iter())
            .find_map(|definition| definition.example_data().cloned())
            .unwrap_or_else(EventData::empty)
    }

    fn names(&self) -> String {
        self.iter().map(EventType::as_str).collect::<Vec<_>>().join(", ")
    }
}

impl EventDefinition {
    /// One of the mission's two, with the mission's example.
    fn of_booking(event_type: EventType) -> Self {
        let example = Payload::example_booking(&event_type);
        Self::of(event_type).example_of(example)
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
    use crate::event::DataSchema;
    use proptest::prelude::*;
    use serde_json::json;

    /// Data must name an order.
    #[derive(Debug)]
    struct NamesAnOrder;

    impl DataSchema for NamesAnOrder {
        fn check(&self, data: &EventData) -> Result<(), String> {
            if data.as_str().contains("\"order\"") { Ok(()) } else { Err("order is missing".to_owned()) }
        }
    }

    fn paid() -> EventDefinition {
        EventDefinition::new("order.paid").unwrap().schema(NamesAnOrder)
    }

    #[test]
    fn ones_own_types_stand_beside_what_happens_to_webhooks() {
        let shipped = EventDefinition::new("order.shipped").unwrap();
        let catalog = EventCatalog::of([paid(), shipped]).unwrap();
        let names: Vec<_> = catalog.iter().map(EventType::as_str).collect();
        assert_eq!(names, ["order.paid", "order.shipped", "delivery.failed", "webhook.disabled"]);
        assert!(EventSet::parse(&["order.paid"], &catalog).is_ok());
        assert!(EventSet::parse(&["booking.confirmed"], &catalog).is_err());
    }

    #[test]
    fn what_makes_no_catalogue_is_refused_by_name() {
        let refused =
            |definitions: Vec<EventDefinition>| EventCatalog::of(definitions).unwrap_err().to_string();
        assert!(refused(vec![]).contains("at least one"));
        assert_eq!(refused(vec![paid(), paid()]), "order.paid is defined twice");
        for ours in ["delivery.failed", "webhook.disabled", "webhook.test"] {
            let definition = EventDefinition::new(ours).unwrap();
            assert!(refused(vec![definition]).starts_with(ours));
        }
        let wrong = paid().example(&json!({"invoice": 1})).unwrap();
        assert_eq!(refused(vec![wrong]), "the example of order.paid breaks its schema: order is missing");
    }

    #[test]
    fn an_event_is_of_a_known_type_and_says_what_its_schema_asks_for() {
        let catalog = EventCatalog::of([paid()]).unwrap();
        let (paid, good) =
            (EventType::parse("order.paid").unwrap(), EventData::of(&json!({"order": 7})).unwrap());
        assert_eq!(catalog.check(&paid, &good), Ok(()));
        let flaw = catalog.check(&paid, &EventData::empty()).unwrap_err();
        assert_eq!(flaw.to_string(), "the data of order.paid breaks its schema: order is missing");
        let unknown = catalog.check(&EventType::BOOKING_CONFIRMED, &good).unwrap_err();
        assert_eq!(unknown, EventRefused::UnknownType(EventType::BOOKING_CONFIRMED));
        for ours in [EventType::DELIVERY_FAILED, EventType::WEBHOOK_DISABLED, EventType::WEBHOOK_TEST] {
            assert_eq!(catalog.check(&ours, &good), Err(EventRefused::Reserved(ours)));
        }
    }

    #[test]
    fn a_test_shows_the_example_of_what_is_wanted_or_any_or_nothing() {
        let plain = EventDefinition::new("order.lost").unwrap();
        let example = json!({"order": 7});
        let catalog = EventCatalog::of([plain.clone(), paid().example(&example).unwrap()]).unwrap();
        for wanted in [["order.paid"], ["order.lost"], ["delivery.failed"]] {
            let wanted = EventSet::parse(&wanted, &catalog).unwrap();
            assert_eq!(catalog.example_for(&wanted).as_str(), r#"{"order":7}"#);
        }
        let bare = EventCatalog::of([plain]).unwrap();
        let wanted = EventSet::parse(&["order.lost"], &bare).unwrap();
        assert_eq!(bare.example_for(&wanted).as_str(), "{}");

        let standard = EventCatalog::standard();
        let cancelled = EventSet::parse(&["booking.cancelled"], &standard).unwrap();
        assert!(standard.example_for(&cancelled).as_str().contains(r#""status":"cancelled""#));
    }

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
