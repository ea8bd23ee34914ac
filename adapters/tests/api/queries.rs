//! Query strings: what is refused, and what the bounds become.

use crate::support::{HUMAN, Ports, STRANGER, time};
use slotflow_application::ports::{BookingFilter, BookingPage};

const TIME_OR_DATE: &str =
    "must be an RFC 3339 time, such as 2026-03-10T14:05:00Z, or a date, such as 2026-03-10";
const TIME: &str = "must be an RFC 3339 time within the years 0000 to 9999, such as 2026-03-10T14:05:00.000Z";
const DELIVERY_STATUS: &str = "must be one of pending, delivering, held, delivered, failed, cancelled";

#[tokio::test]
async fn a_bad_parameter_is_named_with_its_rule() {
    let router = Ports::new().router();
    let event =
        "must be a dotted name of lower-case letters, digits and underscores, such as booking.confirmed";
    let offset = "must be 0 to 9223372036854775807";
    let (uuid, limit, cursor) =
        ("must be a UUID", "must be 1 to 100", "must be the next_cursor of an earlier page");
    for (path, parameter, rule) in [
        ("webhooks?active=yes", "active", "must be one of true, false, any"),
        ("bookings?human_id=1", "human_id", uuid),
        ("bookings?human_id=%ff", "human_id", uuid),
        ("bookings?status=held", "status", "must be one of confirmed, cancelled"),
        ("bookings?status=Confirmed", "status", "must be one of confirmed, cancelled"),
        ("bookings?date_from=yesterday", "date_from", TIME_OR_DATE),
        ("bookings?date_from=2026-02-30", "date_from", TIME_OR_DATE),
        ("bookings?date_from=%F0%9F%98%80%F0%9F%98%80ab", "date_from", TIME_OR_DATE),
        ("bookings?date_to=2026-03-10T14:05:00", "date_to", TIME_OR_DATE),
        ("bookings?date_to=10000-01-01T00:00:00Z", "date_to", TIME_OR_DATE),
        ("bookings?limit=0", "limit", limit),
        ("bookings?limit=101", "limit", limit),
        ("bookings?limit=-1", "limit", limit),
        ("bookings?limit=%2B5", "limit", limit),
        ("bookings?limit=1.0", "limit", limit),
        ("bookings?limit=ten", "limit", limit),
        ("bookings?limit=4294967297", "limit", limit),
        ("bookings?limit=99999999999999999999999", "limit", limit),
        ("bookings?offset=-1", "offset", offset),
        ("bookings?offset=9223372036854775808", "offset", offset),
        ("bookings?offset=x", "offset", offset),
        ("deliveries?webhook_id=x", "webhook_id", uuid),
        ("deliveries?booking_id=x", "booking_id", uuid),
        ("deliveries?status=done", "status", DELIVERY_STATUS),
        ("deliveries?event=Booking", "event", event),
        ("deliveries?created_after=2026-03-10", "created_after", TIME),
        ("deliveries?created_before=now", "created_before", TIME),
        ("deliveries?limit=1000", "limit", limit),
        ("deliveries?cursor=%zz", "cursor", cursor),
        ("deliveries?cursor=AQ", "cursor", cursor),
        ("deliveries?cursor=00000000-0000-7000-8000-00000000dead", "cursor", cursor),
    ] {
        let request = crate::support::signed(axum::http::Method::GET, &format!("/v1/{path}"));
        let answer = crate::support::send(&router, request.body(axum::body::Body::empty()).unwrap()).await;
        answer.is_invalid(&format!("{parameter}: {rule}"));
    }
}

#[tokio::test]
async fn a_known_parameter_is_given_once_and_not_empty() {
    for (path, parameters) in [
        ("webhooks", &["active"][..]),
        ("bookings", &["human_id", "status", "date_from", "date_to", "limit", "offset"]),
        (
            "deliveries",
            &[
                "webhook_id",
                "status",
                "event",
                "booking_id",
                "created_after",
                "created_before",
                "limit",
                "cursor",
            ],
        ),
    ] {
        for parameter in parameters {
            for empty in [format!("{parameter}="), (*parameter).to_owned()] {
                let answer = Ports::new().get(&format!("/v1/{path}?{empty}")).await;
                answer.is_invalid(&format!("{parameter}: must not be empty"));
            }
            let answer = Ports::new().get(&format!("/v1/{path}?{parameter}=1&x=2&{parameter}=1")).await;
            answer.is_invalid(&format!("{parameter}: must not be given twice"));
        }
    }
}

#[tokio::test]
async fn bounds_of_bookings_reach_the_directory() {
    let all = BookingFilter { limit: 50, ..Default::default() };
    for (query, expected) in [
        ("", all.clone()),
        ("?", all.clone()),
        ("?unknown=1&unknown=2&%ff=%zz&&=", all.clone()),
        ("?limit=1", BookingFilter { limit: 1, ..all.clone() }),
        ("?limit=100", BookingFilter { limit: 100, ..all.clone() }),
        ("?offset=9223372036854775807", BookingFilter { offset: 9_223_372_036_854_775_807, ..all.clone() }),
        (
            "?date_from=2026-03-01&date_to=2026-03-01",
            BookingFilter {
                starts_from: Some(time("2026-03-01T00:00:00Z")),
                starts_until: Some(time("2026-03-01T23:59:59.999Z")),
                ..all.clone()
            },
        ),
        (
            "?date_from=2026-03-01T10:00:00+02:00&date_to=2026-03-01t10:00:00.5z",
            BookingFilter {
                starts_from: Some(time("2026-03-01T08:00:00Z")),
                starts_until: Some(time("2026-03-01T10:00:00.500Z")),
                ..all.clone()
            },
        ),
        (
            "?human_id=B7D9C2F4-6A51-4F0E-9A55-0D2F7C1E8A33",
            BookingFilter { human_id: Some(HUMAN.parse().unwrap()), ..all.clone() },
        ),
        (
            "?human%5Fid=00000000-0000-7000-8000-00000000dead",
            BookingFilter { human_id: Some(STRANGER.parse().unwrap()), ..all.clone() },
        ),
    ] {
        let mut ports = Ports::new();
        ports
            .directory
            .expect_bookings()
            .withf(move |_, filter| *filter == expected)
            .returning(|_, _| Ok(BookingPage { bookings: Vec::new(), total: 0 }));
        let answer = ports.get(&format!("/v1/bookings{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    }
}
