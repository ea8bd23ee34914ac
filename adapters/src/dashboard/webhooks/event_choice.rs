//! The events that a webhook may hear of, to choose from.

use slotflow_domain::event::{EventCatalog, EventType};

/// A box to tick.
pub(super) struct EventChoice {
    pub(super) name: String,
    /// When there is such an event, in a line.
    pub(super) about: &'static str,
    pub(super) chosen: bool,
}

impl EventChoice {
    /// Every type of the catalogue.
    pub(super) fn all(catalog: &EventCatalog, chosen: impl Fn(&EventType) -> bool) -> Vec<Self> {
        let choice = |event_type: &EventType| Self {
            name: event_type.as_str().to_owned(),
            about: about(event_type),
            chosen: chosen(event_type),
        };
        catalog.iter().map(choice).collect()
    }
}

/// Embedding services have types of their own, of which only the name is known.
fn about(event_type: &EventType) -> &'static str {
    match event_type.as_str() {
        "booking.confirmed" => "Somebody booked a slot.",
        "booking.cancelled" => "A booking was cancelled, and its slot is free again.",
        "delivery.failed" => "A delivery was given up, to this webhook or to another one of yours.",
        "webhook.disabled" => {
            "Another one of your webhooks was disabled because it failed for days, or is gone."
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_of_the_product_is_explained_once() {
        let choices = EventChoice::all(&EventCatalog::standard(), |_| true);
        let mut lines: Vec<_> = choices.iter().map(|choice| choice.about).collect();
        assert!(lines.iter().all(|line| line.ends_with('.')), "{lines:?}");
        lines.sort_unstable();
        lines.dedup();
        assert_eq!(lines.len(), choices.len());
    }
}
