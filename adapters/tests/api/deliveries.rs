//! `/v1/deliveries`

use crate::support::{Answer, ID, ORGANIZATION, Ports, STRANGER, now, time};
use slotflow_application::ports::{AttemptLog, DeliveryFilter, DeliveryPage, DeliveryRecord, ListPosition};
use slotflow_domain::delivery::{
    Attempt, AttemptNumber, AttemptOutcome, AttemptReport, AttemptResponse, DeliveryStatus, Exchange, Phases,
};
use slotflow_domain::event::{EventType, Payload, Sequence};
use slotflow_domain::{BookingId, DeliveryId, EventId, WebhookId};
use std::time::Duration;
use uuid::Uuid;

const DELIVERY: &str = concat!(
    r#"{"id":"01957f3c-8a10-7000-8000-000000000001","webhook_id":"00000000-0000-0000-0000-000000000002","#,
    r#""url":"https://hooks.acme.dev/a","event_id":"00000000-0000-0000-0000-000000000003","#,
    r#""event":"booking.confirmed","booking_id":"00000000-0000-0000-0000-000000000004","status":"pending","#,
    r#""attempt_count":1,"next_attempt_at":"2026-03-10T14:10:00.000Z","last_response_status":503,"#,
    r#""last_error":"answered 503","retry_of":null,"created_at":"2026-03-10T14:05:00.000Z","completed_at":null"#,
);

/// All that lasts of its request, in the order of its sending: no signature.
const REQUEST: &str = concat!(
    r#","request":{"method":"POST","url":"https://hooks.acme.dev/a","headers":{"#,
    r#""content-type":"application/json","user-agent":"Slotflow-Webhooks/"#,
    env!("CARGO_PKG_VERSION"),
    r#"","webhook-id":"00000000-0000-0000-0000-000000000003","x-slotflow-event":"booking.confirmed","#,
    r#""x-slotflow-delivery":"01957f3c-8a10-7000-8000-000000000001","x-slotflow-attempt":"1","#,
    r#""x-slotflow-sequence":"1"},"body":"{\"event\":\"booking.confirmed\"}"}"#,
);

fn record(id: Uuid) -> DeliveryRecord {
    DeliveryRecord {
        id: DeliveryId::new(id),
        webhook_id: WebhookId::new(Uuid::from_u128(2)),
        url: "https://hooks.acme.dev/a".to_owned(),
        event_id: EventId::new(Uuid::from_u128(3)),
        event_type: EventType::BOOKING_CONFIRMED,
        booking_id: Some(BookingId::new(Uuid::from_u128(4))),
        status: DeliveryStatus::Pending,
        attempt_count: 1,
        next_attempt_at: Some(time("2026-03-10T14:10:00Z")),
        last_outcome: Some(AttemptOutcome::HttpStatus),
        last_response_status: Some(503),
        last_error: Some("answered 503".to_owned()),
        retry_of: None,
        created_at: now(),
        completed_at: None,
    }
}

/// Lists over a log that expects `filter` and has one delivery on the page.
async fn list(path: &str, filter: DeliveryFilter, more: bool) -> Answer {
    let mut ports = Ports::new();
    ports
        .log
        .expect_deliveries()
        .withf(move |organization, given| *organization == ORGANIZATION && *given == filter)
        .returning(move |_, _| Ok(DeliveryPage { deliveries: vec![record(ID)], more }));
    ports.get(path).await
}

#[tokio::test]
async fn the_last_page_has_no_cursor() {
    let answer = list("/v1/deliveries", DeliveryFilter { limit: 50, ..Default::default() }, false).await;
    answer.is(200, &format!(r#"{{"deliveries":[{DELIVERY}}}],"next_cursor":null}}"#));
}

#[tokio::test]
async fn an_empty_page_has_no_cursor_either() {
    let mut ports = Ports::new();
    ports.log.expect_deliveries().returning(|_, _| Ok(DeliveryPage { deliveries: Vec::new(), more: false }));
    ports.get("/v1/deliveries").await.is(200, r#"{"deliveries":[],"next_cursor":null}"#);
}

#[tokio::test]
async fn a_cursor_leads_behind_the_last_delivery_of_its_page() {
    let first = list("/v1/deliveries?limit=1", DeliveryFilter { limit: 1, ..Default::default() }, true).await;
    let json: serde_json::Value = serde_json::from_str(&first.body).unwrap();
    let cursor = json["next_cursor"].as_str().unwrap();
    assert!(cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));

    let place = ListPosition { created_at: now(), id: DeliveryId::new(ID) };
    let behind = DeliveryFilter { limit: 1, after: Some(place), ..Default::default() };
    let second = list(&format!("/v1/deliveries?limit=1&cursor={cursor}"), behind, false).await;
    assert_eq!(second.status, 200, "{}", second.body);

    let mut tampered = cursor.to_owned();
    tampered.replace_range(5..6, if &cursor[5..6] == "A" { "B" } else { "A" });
    let answer = Ports::new().get(&format!("/v1/deliveries?cursor={tampered}")).await;
    answer.is_invalid("cursor: must be the next_cursor of an earlier page");
}

#[tokio::test]
async fn every_filter_reaches_the_log() {
    let path = format!(
        "/v1/deliveries?webhook_id={STRANGER}&status=held&event=booking.cancelled&booking_id={ID}\
         &created_after=2026-03-01T00:00:00%2B01:00&created_before=2026-04-01T00:00:00+01:00&limit=100"
    );
    let filter = DeliveryFilter {
        webhook_id: Some(STRANGER.parse().unwrap()),
        status: Some(DeliveryStatus::Held),
        event_type: Some(EventType::BOOKING_CANCELLED),
        booking_id: Some(BookingId::new(ID)),
        created_from: Some(time("2026-02-28T23:00:00Z")),
        created_until: Some(time("2026-03-31T23:00:00Z")),
        after: None,
        limit: 100,
    };
    assert_eq!(list(&path, filter, false).await.status, 200);
}

#[tokio::test]
async fn a_delivery_is_shown_with_each_attempt() {
    let answered = Attempt {
        number: AttemptNumber::FIRST,
        started_at: now(),
        report: AttemptReport {
            outcome: AttemptOutcome::HttpStatus,
            response: Some(AttemptResponse {
                status: 503,
                headers: vec![
                    ("server".to_owned(), b"nginx".to_vec()),
                    ("set-cookie".to_owned(), b"a=1".to_vec()),
                    ("x-odd".to_owned(), b"\xFF".to_vec()),
                    ("Set-Cookie".to_owned(), b"b=2".to_vec()),
                ],
                body: b"<b>\"down\"\0\xFF".to_vec(),
                truncated: true,
            }),
            error: Some("answered 503".to_owned()),
            duration: Duration::from_micros(41_900),
            exchange: Exchange {
                address: Some("[2001:db8::7]:443".parse().unwrap()),
                phases: Phases {
                    dns: Some(Duration::from_nanos(1_234_567)),
                    first_byte: Some(Duration::from_millis(30)),
                    total: Some(Duration::from_micros(41_900)),
                    ..Phases::default()
                },
            },
        },
    };
    let unanswered = Attempt {
        number: AttemptNumber::FIRST.next(),
        started_at: now(),
        report: AttemptReport {
            outcome: AttemptOutcome::Timeout,
            response: None,
            error: Some("no answer in 10 s".to_owned()),
            duration: Duration::from_secs(10),
            exchange: Exchange::default(),
        },
    };
    let attempts = vec![answered, unanswered];
    let mut ports = Ports::new();
    ports
        .log
        .expect_delivery()
        .withf(|organization, id| *organization == ORGANIZATION && id.as_uuid() == ID)
        .returning(move |_, _| {
            Ok(Some(AttemptLog {
                delivery: record(ID),
                attempts: attempts.clone(),
                sequence: Sequence(1),
                payload: Payload::from_stored(br#"{"event":"booking.confirmed"}"#.to_vec()),
            }))
        });
    let expected = concat!(
        r#","attempts":[{"number":1,"started_at":"2026-03-10T14:05:00.000Z","duration_ms":41,"#,
        r#""phases":{"dns_ms":1.234,"connect_ms":null,"tls_ms":null,"first_byte_ms":30.0,"total_ms":41.9},"#,
        r#""address":"[2001:db8::7]:443","#,
        r#""outcome":"http_status","response_status":503,"#,
        "\"response_headers\":{\"server\":\"nginx\",\"set-cookie\":\"a=1, b=2\",\"x-odd\":\"\u{fffd}\"},",
        "\"response_body\":\"<b>\\\"down\\\"\\u0000\u{fffd}\",",
        r#""response_truncated":true,"error":"answered 503"},"#,
        r#"{"number":2,"started_at":"2026-03-10T14:05:00.000Z","duration_ms":10000,"#,
        r#""phases":{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":null},"#,
        r#""address":null,"outcome":"timeout","#,
        r#""response_status":null,"response_headers":null,"response_body":null,"response_truncated":false,"#,
        r#""error":"no answer in 10 s"}]}"#,
    );
    ports.get(&format!("/v1/deliveries/{ID}")).await.is(200, &format!("{DELIVERY}{REQUEST}{expected}"));
}

#[tokio::test]
async fn what_another_organization_owns_is_not_there() {
    let mut ports = Ports::new();
    ports.log.expect_delivery().returning(|_, _| Ok(None));
    ports.get(&format!("/v1/deliveries/{STRANGER}")).await.is_missing("delivery");
}
