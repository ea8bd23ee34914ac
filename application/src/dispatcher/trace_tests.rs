//! Attempts as spans of the trace that caused their event.

use super::tests::{answer, claimed};
use super::*;
use crate::ports::{MockClock, MockDeliveryQueue, MockEntropy, MockWebhookSender, SettleReport};
use slotflow_domain::event::TraceContext;
use std::sync::Mutex;
use uuid::Uuid;

const CAUSE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The `traceparent` of the one attempt that is made of a delivery whose event has this cause.
async fn sent(cause: Option<&str>, send_traceparent: bool) -> Option<String> {
    let cause: Option<TraceContext> = cause.map(|text| text.parse().unwrap());
    let stop = CancellationToken::new();
    let mut queue = MockDeliveryQueue::new();
    queue.expect_claim_due().times(1).returning({
        let stop = stop.clone();
        move |terms| {
            stop.cancel();
            let delivery = claimed(10, 1, terms.lease);
            Ok(vec![ClaimedDelivery { trace_context: cause, ..delivery }].into())
        }
    });
    queue.expect_settle().times(1).returning(|_, _| Ok(SettleReport::default()));
    queue.expect_next_due_after().returning(|_| Ok(None));
    queue.expect_woken().returning(|| ());
    let mut clock = MockClock::new();
    clock.expect_now().returning(tests::now);
    clock.expect_sleep_until().returning(|_| ());
    let mut entropy = MockEntropy::new();
    // One for the claim, and one for the span if there is a trace.
    entropy.expect_token().times(1 + usize::from(cause.is_some())).returning(|| Uuid::from_u128(42));
    let headers = Arc::new(Mutex::new(Vec::new()));
    let mut sender = MockWebhookSender::new();
    sender.expect_send().times(1).returning({
        let headers = Arc::clone(&headers);
        move |request| {
            *headers.lock().unwrap() = request.headers;
            answer(200)
        }
    });
    let settings = DispatcherSettings { send_traceparent, ..DispatcherSettings::default() };
    let dispatcher =
        Dispatcher::new(Arc::new(queue), Arc::new(sender), Arc::new(clock), Arc::new(entropy), settings);
    tokio::time::timeout(Duration::from_secs(10), dispatcher.run(stop)).await.unwrap();
    let headers = headers.lock().unwrap();
    headers.iter().find(|(name, _)| *name == TraceContext::HEADER).map(|(_, value)| value.clone())
}

#[tokio::test]
async fn an_attempt_is_sent_as_a_span_of_its_own_in_the_trace_that_caused_the_event() {
    let told = sent(Some(CAUSE), true).await;
    assert_eq!(told.as_deref(), Some("00-4bf92f3577b34da6a3ce929d0e0e4736-000000000000002a-01"));
}

#[tokio::test]
async fn nothing_is_told_of_traces_by_default_or_where_there_is_none() {
    assert_eq!(sent(Some(CAUSE), false).await, None);
    assert_eq!(sent(None, true).await, None);
}
