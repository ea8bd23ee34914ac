//! Every operation of the API, and what it has to do with organizations.
//!
//! A route that is not here fails the tests of this folder.

use std::collections::BTreeSet;

use http::Method;
use serde_json::Value;

/// What belongs to one organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Thing {
    Webhook,
    Booking,
    Delivery,
    Event,
    Human,
}

/// What is given for a query parameter of a list.
#[derive(Debug, Clone, Copy)]
pub(super) enum Filter {
    /// The id of something.
    Names(Thing),
    /// Where an earlier page ended.
    Cursor,
    /// What names nothing of anybody's.
    Says(&'static str),
}

/// What an operation concerns.
#[derive(Debug, Clone, Copy)]
pub(super) enum Concerns {
    /// No organization: whoever asks is answered the same.
    Nobody,
    /// What the caller makes by it, from such a body.
    NewThing(&'static str),
    /// All of the caller's, by these query parameters.
    List(&'static [(&'static str, Filter)]),
    /// The thing that the path names. Each of these is a query and a body that are right: only for want of the
    /// thing is any of them refused.
    One(Thing, &'static [(&'static str, &'static str)]),
}

use Concerns::{List, NewThing, Nobody, One};
use Filter::{Cursor, Names, Says};
use Thing::{Booking, Delivery, Event, Human, Webhook};

const NO_BODY: &[(&str, &str)] = &[("", "")];

pub(super) const OPERATIONS: &[(Method, &str, Concerns)] = &[
    (Method::GET, "/healthz", Nobody),
    (Method::GET, "/readyz", Nobody),
    (
        Method::GET,
        "/v1/bookings",
        List(&[
            ("human_id", Names(Human)),
            ("status", Says("confirmed")),
            ("date_from", Says("2020-01-01T00:00:00Z")),
            ("date_to", Says("2040-01-01T00:00:00Z")),
            ("limit", Says("100")),
            ("offset", Says("1")),
        ]),
    ),
    (Method::POST, "/v1/bookings", NewThing(A_BOOKING)),
    (Method::GET, "/v1/bookings/{id}", One(Booking, NO_BODY)),
    (Method::DELETE, "/v1/bookings/{id}", One(Booking, NO_BODY)),
    (
        Method::GET,
        "/v1/deliveries",
        List(&[
            ("webhook_id", Names(Webhook)),
            ("status", Says("delivered")),
            ("event", Says("booking.confirmed")),
            ("booking_id", Names(Booking)),
            ("created_after", Says("2020-01-01T00:00:00Z")),
            ("created_before", Says("2040-01-01T00:00:00Z")),
            ("limit", Says("100")),
            ("cursor", Cursor),
        ]),
    ),
    (Method::GET, "/v1/deliveries/{id}", One(Delivery, NO_BODY)),
    (Method::POST, "/v1/deliveries/{id}/retry", One(Delivery, NO_BODY)),
    (
        Method::GET,
        "/v1/events",
        List(&[
            ("event", Says("booking.cancelled")),
            ("booking_id", Names(Booking)),
            ("created_after", Says("2020-01-01T00:00:00Z")),
            ("created_before", Says("2040-01-01T00:00:00Z")),
            ("limit", Says("100")),
            ("cursor", Cursor),
        ]),
    ),
    (Method::GET, "/v1/events/{id}", One(Event, NO_BODY)),
    (Method::GET, "/v1/webhooks", List(&[("active", Says("any"))])),
    (Method::POST, "/v1/webhooks", NewThing(A_WEBHOOK)),
    (Method::GET, "/v1/webhooks/{id}", One(Webhook, NO_BODY)),
    (Method::DELETE, "/v1/webhooks/{id}", One(Webhook, NO_BODY)),
    (
        Method::PATCH,
        "/v1/webhooks/{id}",
        One(
            Webhook,
            &[
                ("", "{}"),
                ("", r#"{"active": false}"#),
                ("", r#"{"active": true, "held": "discard"}"#),
                ("", r#"{"events": ["booking.cancelled"]}"#),
                ("", r#"{"url": "http://127.0.0.1:9/taken-over"}"#),
            ],
        ),
    ),
    (
        Method::POST,
        "/v1/webhooks/{id}/replay",
        One(
            Webhook,
            &[
                ("", r#"{"since": "2020-01-01T00:00:00Z"}"#),
                ("?dry_run=true", r#"{"since": "2020-01-01T00:00:00Z", "status": "delivered"}"#),
            ],
        ),
    ),
    (
        Method::POST,
        "/v1/webhooks/{id}/rotate-secret",
        One(Webhook, &[("", "{}"), ("", r#"{"overlap_seconds": 60}"#)]),
    ),
    (Method::POST, "/v1/webhooks/{id}/test", One(Webhook, NO_BODY)),
];

/// Whatever else is booked in the tests is at another time.
const A_BOOKING: &str = r#"{"human_id": "f47ac10b-58cc-4372-a567-0e02b2c3d479", "starts_at": "2032-06-01T09:00:00Z",
    "duration": 30, "attendee_name": "Alex Rivera"}"#;
const A_WEBHOOK: &str = r#"{"url": "http://127.0.0.1:9/shared", "events": ["booking.cancelled"]}"#;

/// Checks that the table has the operations that the server describes, and for each list its query parameters.
#[track_caller]
pub(super) fn assert_complete(description: &Value) {
    let mut described = BTreeSet::new();
    for (path, item) in description["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("methods") {
            described.insert((method.to_uppercase(), path.clone(), parameters(operation)));
        }
    }
    let known = OPERATIONS.iter().map(|(method, path, concerns)| {
        let filters = match concerns {
            List(filters) => filters.iter().map(|(name, _)| (*name).to_owned()).collect(),
            // What else stands in a query there is no id, and described beside it.
            Nobody | NewThing(_) | One(..) => BTreeSet::new(),
        };
        (method.to_string(), (*path).to_owned(), filters)
    });
    assert_eq!(known.collect::<BTreeSet<_>>(), described, "the table and the description differ");
}

/// The query parameters by which an operation lists; none where the path names one thing.
fn parameters(operation: &Value) -> BTreeSet<String> {
    let given = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    if given.iter().any(|parameter| parameter["in"] == "path") {
        return BTreeSet::new();
    }
    let in_query = given.iter().filter(|parameter| parameter["in"] == "query");
    in_query.filter_map(|parameter| parameter["name"].as_str().map(str::to_owned)).collect()
}
