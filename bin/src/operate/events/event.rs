//! An event as the API tells of it.

use crate::operate::time::Time;
use crate::terminal::{CleanText, clean};
use serde::Deserialize;
use slotflow_domain::delivery::DeliveryStatus;
use std::collections::BTreeMap;

/// An event, without its payload and its deliveries.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    pub(super) id: CleanText,
    pub(super) event: CleanText,
    pub(super) booking_id: Option<CleanText>,
    pub(super) created_at: Time,
    #[serde(default)]
    delivery_counts: BTreeMap<String, u64>,
}

impl Event {
    /// Where its deliveries are: `2 delivered, 1 failed`.
    pub(super) fn deliveries(&self) -> String {
        let mut counts: Vec<_> = self.delivery_counts.iter().filter(|(_, count)| **count > 0).collect();
        let place = |status: &str| DeliveryStatus::ALL.iter().position(|known| known.as_str() == status);
        counts.sort_by_key(|(status, _)| place(status));
        if counts.is_empty() {
            return "none".to_owned();
        }
        let told = counts.into_iter().map(|(status, count)| format!("{count} {}", clean(status)));
        told.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn event(counts: Value) -> Event {
        serde_json::from_value(json!({
            "id": "e1", "event": "booking.confirmed", "booking_id": null, "sequence": 1,
            "created_at": "2026-03-10T14:05:00.000Z", "delivery_counts": counts,
        }))
        .unwrap()
    }

    #[test]
    fn deliveries_are_counted_in_the_order_of_their_life() {
        let counts = json!({"cancelled": 1, "delivered": 2, "failed": 1, "held": 0, "pending": 3});
        assert_eq!(event(counts).deliveries(), "3 pending, 2 delivered, 1 failed, 1 cancelled");
    }

    #[test]
    fn an_event_that_nobody_wanted_has_none() {
        assert_eq!(event(json!({"pending": 0})).deliveries(), "none");
        assert_eq!(event(json!({})).deliveries(), "none");
    }
}
