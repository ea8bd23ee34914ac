//! Logs of deliveries with what no script of the test kit brings about.

use slotflow_application::Deliveries;
use slotflow_application::ports::{
    AttemptLog, DeliveryFilter, DeliveryPage, DeliveryRecord, ListPosition, MockDeliveryLog,
};
use slotflow_domain::delivery::{Attempt, AttemptNumber, AttemptReport, DeliveryStatus};
use slotflow_domain::event::{EventType, Payload, Sequence};
use slotflow_domain::{DeliveryId, EventId, Timestamp, WebhookId};
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// The path of [`of_one`]'s delivery.
pub(crate) const ITS_PATH: &str = "/deliveries/00000000-0000-0000-0000-000000000001";

/// Its place in the list.
pub(crate) fn its_place() -> ListPosition<DeliveryId> {
    ListPosition { created_at: moment(), id: DeliveryId::new(Uuid::from_u128(1)) }
}

fn moment() -> Timestamp {
    Timestamp::parse_rfc3339("2026-03-10T14:05:00Z").unwrap()
}

/// A log of one delivery, and more behind it, whose only attempt came to this.
pub(crate) fn of_one(url: &str, payload: &[u8], report: AttemptReport) -> Deliveries {
    let ListPosition { id, created_at } = its_place();
    let delivery = DeliveryRecord {
        id,
        webhook_id: WebhookId::new(Uuid::from_u128(2)),
        url: url.to_owned(),
        event_id: EventId::new(Uuid::from_u128(3)),
        event_type: EventType::BOOKING_CONFIRMED,
        booking_id: None,
        status: DeliveryStatus::Failed,
        attempt_count: 1,
        next_attempt_at: None,
        last_outcome: Some(report.outcome),
        last_response_status: report.response.as_ref().map(|response| response.status),
        last_error: report.error.clone(),
        retry_of: None,
        created_at,
        completed_at: None,
    };
    let found = AttemptLog {
        delivery: delivery.clone(),
        attempts: vec![Attempt { number: AttemptNumber::FIRST, started_at: created_at, report }],
        sequence: Sequence(1),
        payload: Payload::from_stored(payload.to_vec()),
    };
    let mut log = MockDeliveryLog::new();
    log.expect_delivery().returning(move |_, _| Ok(Some(found.clone())));
    log.expect_deliveries()
        .returning(move |_, _| Ok(DeliveryPage { deliveries: vec![delivery.clone()], more: true }));
    Deliveries { log: Arc::new(log) }
}

/// A log that has nothing, and the filters that it is asked with.
pub(crate) fn of_none() -> (Deliveries, Arc<Mutex<Vec<DeliveryFilter>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let mut log = MockDeliveryLog::new();
    let filters = Arc::clone(&asked);
    log.expect_deliveries().returning(move |_, filter| {
        filters.lock().unwrap().push(filter);
        Ok(DeliveryPage { deliveries: Vec::new(), more: false })
    });
    (Deliveries { log: Arc::new(log) }, asked)
}
