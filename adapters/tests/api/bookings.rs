//! `/v1/bookings`

use crate::support::{Answer, HUMAN, ID, ORGANIZATION, Ports, STRANGER, booking, booking_with, time};
use axum::body::Body;
use axum::http::Method;
use slotflow_application::ports::BookingPage;
use slotflow_domain::booking::{BookingStatus, DurationMinutes, TimeSlot};

/// The booking of [`request`] as clients see it, with this metadata and status.
fn shown(metadata: &str, status: &str) -> String {
    format!(
        concat!(
            r#"{{"id":"01957f3c-8a10-7000-8000-000000000001","human_id":"b7d9c2f4-6a51-4f0e-9a55-0d2f7c1e8a33","#,
            r#""starts_at":"2026-03-12T09:00:00.000Z","ends_at":"2026-03-12T09:30:00.000Z","duration_minutes":30,"#,
            r#""attendee_name":"Alex Rivera","attendee_email":"alex@startup.io","status":"{}","metadata":{},"#,
            r#""created_at":"2026-03-10T14:05:00.000Z"}}"#
        ),
        status, metadata
    )
}

/// A good request, with one member written as `replacement`; an empty one leaves it out.
fn request(member: &str, replacement: &str) -> String {
    let mut members = vec![
        ("human_id", format!(r#""human_id":"{HUMAN}""#)),
        ("starts_at", r#""starts_at":"2026-03-12T10:00:00.0009+01:00""#.to_owned()),
        ("duration", r#""duration":30"#.to_owned()),
        ("attendee_name", r#""attendee_name":"Alex Rivera""#.to_owned()),
        ("attendee_email", r#""attendee_email":"alex@startup.io""#.to_owned()),
        ("metadata", r#""metadata":{"lead_id":"lead_8294"}"#.to_owned()),
    ];
    for (name, text) in &mut members {
        if *name == member {
            replacement.clone_into(text);
        }
    }
    let texts: Vec<_> = members.into_iter().map(|(_, text)| text).filter(|text| !text.is_empty()).collect();
    format!("{{{}}}", texts.join(","))
}

async fn confirm(body: String) -> Answer {
    Ports::new().working(booking_with(Vec::new())).call(Method::POST, "/v1/bookings", body).await
}

#[tokio::test]
async fn a_booking_is_answered_as_it_was_made() {
    confirm(request("", "")).await.is(201, &shown(r#"{"lead_id":"lead_8294"}"#, "confirmed"));
}

#[tokio::test]
async fn what_may_be_left_out_may_be_null() {
    for metadata in ["", r#""metadata":null"#, r#""metadata":{}"#] {
        confirm(request("metadata", metadata)).await.is(201, &shown("{}", "confirmed"));
    }
    for email in ["", r#""attendee_email":null"#] {
        let expected =
            shown(r#"{"lead_id":"lead_8294"}"#, "confirmed").replace(r#""alex@startup.io""#, "null");
        confirm(request("attendee_email", email)).await.is(201, &expected);
    }
}

#[tokio::test]
async fn metadata_comes_back_as_the_text_it_was_sent_as() {
    let nested = format!("{}{{}}{}", r#"{"a":"#.repeat(63), "}".repeat(63));
    for metadata in [
        r#"{"b":1,"a":2,"b":3}"#,
        r#"{"n":12345678901234567890,"one":1.0,"huge":1e400,"e":1E+2}"#,
        r#"{ "spaced" : [ 1 , 2 ] }"#,
        r#"{"escaped":"\u00e9\/\ud83d\ude00","plain":"é/😀"}"#,
        &nested,
    ] {
        let answer = confirm(request("metadata", &format!(r#""metadata":{metadata}"#))).await;
        answer.is(201, &shown(metadata, "confirmed"));
    }
}

#[tokio::test]
async fn every_member_is_held_to_its_rule() {
    let uuid = "human_id: must be a UUID";
    let moment =
        "starts_at: must be an RFC 3339 time within the years 0000 to 9999, such as 2026-03-10T14:05:00.000Z";
    let integer = "duration: must be an integer";
    let minutes = "duration: must be 1 to 1440 minutes";
    let name = "attendee_name: must have 1 to 200 characters";
    let email = "attendee_email: must be an e-mail address";
    let long_name = format!(r#""{}""#, "é".repeat(201));
    let deep = |levels: usize| format!("{}{{}}{}", r#"{"a":"#.repeat(levels - 1), "}".repeat(levels - 1));
    let (deep_65, deep_100, deep_9000) = (deep(65), deep(100), deep(9_000));
    let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(64 * 1024));
    for (member, value, message) in [
        ("human_id", "null", "human_id: must be given"),
        ("human_id", "1", "human_id: must be a string"),
        ("human_id", "\"\"", uuid),
        ("human_id", "\"b7d9c2f46a514f0e9a550d2f7c1e8a33\"", uuid),
        ("human_id", "\"\\u0000\"", "human_id: must not contain the NUL character"),
        ("human_id", "\"\\ud800\"", "human_id: must not contain a lone surrogate"),
        ("starts_at", "null", "starts_at: must be given"),
        ("starts_at", "1773309600", "starts_at: must be a string"),
        ("starts_at", "\"2026-03-12\"", moment),
        ("starts_at", "\"2026-03-12T09:00:00\"", moment),
        ("starts_at", "\"2026-02-30T09:00:00Z\"", moment),
        ("starts_at", "\"tomorrow\"", moment),
        (
            "starts_at",
            "\"9999-12-31T23:45:00Z\"",
            "starts_at: must lie so that the booking ends within the year 9999",
        ),
        ("duration", "null", "duration: must be given"),
        ("duration", "\"30\"", integer),
        ("duration", "1441.0", minutes),
        ("duration", "1e400", minutes),
        ("duration", "-1e400", minutes),
        ("duration", "30.5", integer),
        ("duration", "true", integer),
        ("duration", "[30]", integer),
        ("duration", "0", minutes),
        ("duration", "-0", minutes),
        ("duration", "-1", minutes),
        ("duration", "1441", minutes),
        ("duration", "9223372036854775808", minutes),
        ("duration", "-99999999999999999999999", minutes),
        ("attendee_name", "null", "attendee_name: must be given"),
        ("attendee_name", "7", "attendee_name: must be a string"),
        ("attendee_name", "\"\"", name),
        ("attendee_name", &long_name, name),
        ("attendee_name", "\"a\\nb\"", "attendee_name: must not contain control characters"),
        ("attendee_name", "\"a\\u0000b\"", "attendee_name: must not contain the NUL character"),
        ("attendee_name", "\"a\\udfffb\"", "attendee_name: must not contain a lone surrogate"),
        ("attendee_email", "7", "attendee_email: must be a string"),
        ("attendee_email", "\"\"", "attendee_email: must have 3 to 254 characters"),
        ("attendee_email", "\"nobody\"", email),
        ("attendee_email", "\"a@b\\ud800\"", "attendee_email: must not contain a lone surrogate"),
        ("metadata", "[]", "metadata: must be an object"),
        ("metadata", "\"{}\"", "metadata: must be an object"),
        ("metadata", "1", "metadata: must be an object"),
        ("metadata", "{\"a\":\"\\u0000\"}", "metadata: must not contain the NUL character"),
        ("metadata", "{\"\\u0000\":1}", "metadata: must not contain the NUL character"),
        ("metadata", "{\"a\":[\"\\ud800\"]}", "metadata: must not contain a lone surrogate"),
        ("metadata", "{\"\\udc00\":1}", "metadata: must not contain a lone surrogate"),
        ("metadata", &deep_65, "metadata: must not be nested deeper than 64 levels"),
        ("metadata", &deep_100, "metadata: must not be nested deeper than 64 levels"),
        ("metadata", &deep_9000, "metadata: must not be nested deeper than 64 levels"),
        ("metadata", &large, "metadata: must not be larger than 65536 bytes"),
    ] {
        confirm(request(member, &format!(r#""{member}":{value}"#))).await.is_invalid(message);
    }
}

#[tokio::test]
async fn no_member_may_be_missing_or_given_twice() {
    for member in ["human_id", "starts_at", "duration", "attendee_name"] {
        confirm(request(member, "")).await.is_invalid(&format!("{member}: must be given"));
    }
    for member in ["human_id", "starts_at", "duration", "attendee_name", "attendee_email", "metadata"] {
        let twice = format!(r#"{{"{member}":null,{}"#, &request("", "")[1..]);
        confirm(twice).await.is_invalid(&format!("{member}: must not be given twice"));
    }
}

#[tokio::test]
async fn of_several_faults_the_first_in_the_contracts_order_is_named() {
    let order = ["human_id", "starts_at", "duration", "attendee_name", "attendee_email", "metadata"];
    for (at, first) in order.iter().enumerate() {
        // Written last to first, each wrong from `first` on.
        let good = request("", "");
        let members: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&good).unwrap();
        let texts: Vec<_> = (order.iter().enumerate().rev())
            .map(|(place, name)| {
                if place < at {
                    format!(r#""{name}":{}"#, members[*name])
                } else {
                    format!(r#""{name}":false"#)
                }
            })
            .collect();
        let answer = confirm(format!("{{{}}}", texts.join(","))).await;
        assert!(answer.body.contains(&format!(r#""message":"{first}: must "#)), "{first}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_taken_slot_is_a_conflict() {
    let taken = TimeSlot::new(time("2026-03-12T08:45:00Z"), DurationMinutes::new(16).unwrap()).unwrap();
    let ports = Ports::new().working(booking_with(vec![taken]));
    let answer = ports.call(Method::POST, "/v1/bookings", request("", "")).await;
    answer.is_error(
        409,
        "SLOT_UNAVAILABLE",
        "the human already has a confirmed booking that overlaps this time",
    );
}

#[tokio::test]
async fn a_page_says_what_it_was_asked_for() {
    let mut ports = Ports::new();
    ports
        .directory
        .expect_bookings()
        .withf(|organization, filter| {
            *organization == ORGANIZATION
                && filter.human_id == Some(HUMAN.parse().unwrap())
                && filter.status == Some(BookingStatus::Confirmed)
                && filter.starts_from == Some(time("2026-03-01T00:00:00Z"))
                && filter.starts_until == Some(time("2026-03-31T23:59:59.999Z"))
        })
        .returning(|_, _| Ok(BookingPage { bookings: vec![booking("{}")], total: 12 }));
    let path = format!(
        "/v1/bookings?human_id={HUMAN}&status=confirmed&date_from=2026-03-01&date_to=2026-03-31&limit=1&offset=3"
    );
    let page = format!(r#"{{"bookings":[{}],"total":12,"limit":1,"offset":3}}"#, shown("{}", "confirmed"));
    ports.get(&path).await.is(200, &page);
}

#[tokio::test]
async fn one_booking_is_shown_to_its_owner() {
    let mut ports = Ports::new();
    ports
        .directory
        .expect_booking()
        .withf(|organization, id| *organization == ORGANIZATION && id.as_uuid() == ID)
        .returning(|_, _| Ok(Some(booking(r#"{"z":1.0}"#))));
    ports.get(&format!("/v1/bookings/{ID}")).await.is(200, &shown(r#"{"z":1.0}"#, "confirmed"));
}

#[tokio::test]
async fn what_another_organization_owns_is_not_there() {
    for method in [Method::GET, Method::DELETE] {
        let mut ports = Ports::new().working(|work| {
            work.expect_lock_booking().returning(|_, _| Ok(None));
        });
        ports.directory.expect_booking().returning(|_, _| Ok(None));
        ports.call(method, &format!("/v1/bookings/{STRANGER}"), Body::empty()).await.is_missing("booking");
    }
}

#[tokio::test]
async fn cancelling_twice_is_answered_as_cancelling_once() {
    for status in [BookingStatus::Confirmed, BookingStatus::Cancelled] {
        let ports = Ports::new().working(move |work| {
            work.expect_lock_booking().returning(move |_, _| {
                Ok(Some(slotflow_domain::booking::Booking { status, ..booking("{}") }))
            });
            if status == BookingStatus::Confirmed {
                work.expect_update_booking().returning(|_| Ok(()));
                work.expect_webhooks_wanting().returning(|_, _| Ok(Vec::new()));
                work.expect_insert_events().returning(|_, _| Ok(()));
                work.expect_commit().returning(|| Ok(()));
            }
        });
        let answer = ports.call(Method::DELETE, &format!("/v1/bookings/{ID}"), Body::empty()).await;
        answer.is(200, r#"{"id":"01957f3c-8a10-7000-8000-000000000001","status":"cancelled"}"#);
    }
}
