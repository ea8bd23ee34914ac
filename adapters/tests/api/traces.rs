//! `traceparent` on the requests that cause events.

use crate::support::{HUMAN, ID, Ports, booking, send, signed};
use axum::body::Body;
use axum::http::Method;
use slotflow_adapters::api::ServerSpan;
use slotflow_application::ports::MockUnitOfWork;

const EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Expects one event, caused by this.
fn caused_by(cause: Option<&'static str>) -> impl Fn(&mut MockUnitOfWork) + Send + Sync {
    move |work| {
        let cause = cause.map(|text| text.parse().unwrap());
        work.expect_lock_calendars().returning(|_| Ok(vec![Vec::new()]));
        work.expect_lock_booking().returning(|_, _| Ok(Some(booking("{}"))));
        work.expect_insert_bookings().returning(|_| Ok(()));
        work.expect_update_booking().returning(|_| Ok(()));
        work.expect_webhooks_wanting().returning(|_, _| Ok(Vec::new()));
        work.expect_insert_events()
            .times(1)
            .withf(move |events, _| {
                let event = &events[0];
                let bytes = String::from_utf8_lossy(event.payload.as_bytes());
                event.trace_context == cause && !bytes.contains("4bf92f3577b34da6a3ce929d0e0e4736")
            })
            .returning(|_, _| Ok(()));
        work.expect_commit().returning(|| Ok(()));
    }
}

/// Books and cancels with these headers; each must cause an event that is caused by `cause`.
async fn assert_cause(trace_parents: &[&[u8]], cause: Option<&'static str>) {
    let body = format!(
        r#"{{"human_id":"{HUMAN}","starts_at":"2026-03-12T09:00:00Z","duration":30,"attendee_name":"Alex"}}"#
    );
    for (method, path, body, status) in [
        (Method::POST, "/v1/bookings".to_owned(), Body::from(body), 201),
        (Method::DELETE, format!("/v1/bookings/{ID}"), Body::empty(), 200),
    ] {
        let mut request = signed(method, &path);
        for trace_parent in trace_parents {
            request = request.header("traceparent", *trace_parent);
        }
        let router = Ports::new().working(caused_by(cause)).router();
        let answer = send(&router, request.body(body).unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_traceparent_is_kept_with_the_event_and_not_in_its_payload() {
    assert_cause(&[EXAMPLE.as_bytes()], Some(EXAMPLE)).await;
}

#[tokio::test]
async fn a_request_without_one_causes_an_event_without_one() {
    assert_cause(&[], None).await;
}

#[tokio::test]
async fn what_is_no_traceparent_is_as_good_as_none() {
    let upper_case = EXAMPLE.to_uppercase();
    for wrong in [b"".as_slice(), b"nonsense", b"\xff\xfe", upper_case.as_bytes()] {
        assert_cause(&[wrong], None).await;
    }
    assert_cause(&[EXAMPLE.as_bytes(), EXAMPLE.as_bytes()], None).await;
}

#[tokio::test]
async fn a_request_that_is_a_span_itself_is_the_cause() {
    const SPAN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00000000000000aa-01";
    let request = signed(Method::DELETE, &format!("/v1/bookings/{ID}"))
        .header("traceparent", EXAMPLE)
        .extension(ServerSpan(SPAN.parse().unwrap()));
    let router = Ports::new().working(caused_by(Some(SPAN))).router();
    let answer = send(&router, request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.body);
}
