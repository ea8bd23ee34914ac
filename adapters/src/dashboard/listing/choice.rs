//! What a filter can be set to.

use slotflow_domain::event::{EventCatalog, EventType};

/// One of the values to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dashboard) struct Choice {
    /// What is sent.
    pub(in crate::dashboard) value: String,
    /// What is shown.
    pub(in crate::dashboard) label: String,
    /// Whether it is what was chosen.
    pub(in crate::dashboard) chosen: bool,
}

impl Choice {
    /// A value, shown like this, where `chosen` is what was chosen.
    pub(in crate::dashboard) fn new(value: String, label: String, chosen: &str) -> Self {
        Self { chosen: value == chosen, value, label }
    }

    /// All event types that there can be events of. One that was chosen is among them, known or not.
    pub(in crate::dashboard) fn event_types(catalog: &EventCatalog, chosen: &str) -> Vec<Self> {
        let named = |name: &str| Self::new(name.to_owned(), name.to_owned(), chosen);
        let mut choices: Vec<_> = catalog.iter().map(|event_type| named(event_type.as_str())).collect();
        choices.push(named(EventType::WEBHOOK_TEST.as_str()));
        if !chosen.is_empty() && !choices.iter().any(|choice| choice.chosen) {
            choices.push(named(chosen));
        }
        choices
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_is_among_the_choices() {
        let chosen = |text| {
            let choices = Choice::event_types(&EventCatalog::standard(), text);
            let chosen: Vec<_> = choices.into_iter().filter(|choice| choice.chosen).collect();
            chosen.into_iter().map(|choice| choice.value).collect::<Vec<_>>()
        };
        assert_eq!(chosen("webhook.test"), ["webhook.test"]);
        assert_eq!(chosen("order.paid"), ["order.paid"]);
        assert!(chosen("").is_empty());
    }
}
