//! An event as a line of a table.

use crate::dashboard::words::{StatusWord, When, amount};
use slotflow_application::ports::{DeliveryCounts, EventRecord};
use slotflow_domain::Timestamp;
use slotflow_domain::delivery::DeliveryStatus;

/// A line.
pub(in crate::dashboard) struct EventRow {
    pub(in crate::dashboard) id: String,
    pub(in crate::dashboard) event: String,
    pub(in crate::dashboard) booking_id: Option<String>,
    pub(in crate::dashboard) sequence: u32,
    pub(in crate::dashboard) created: When,
    /// How many of its deliveries are where; none if no webhook wanted it.
    pub(in crate::dashboard) counts: Vec<StatusCount>,
}

/// How many deliveries have a status.
pub(in crate::dashboard) struct StatusCount {
    pub(in crate::dashboard) status: StatusWord,
    pub(in crate::dashboard) count: String,
}

impl EventRow {
    pub(in crate::dashboard) fn new(record: EventRecord, now: Timestamp) -> Self {
        Self {
            id: record.id.to_string(),
            event: record.event_type.to_string(),
            booking_id: record.booking_id.map(|id| id.to_string()),
            sequence: record.sequence.0,
            created: When::new(record.created_at, now),
            counts: counts(&record.delivery_counts),
        }
    }
}

/// Only what there is any of.
fn counts(counts: &DeliveryCounts) -> Vec<StatusCount> {
    let of = |status| (status, counts.of(status));
    let told = DeliveryStatus::ALL.into_iter().map(of).filter(|(_, count)| *count > 0);
    told.map(|(status, count)| StatusCount { status: status.into(), count: amount::number(count) }).collect()
}
