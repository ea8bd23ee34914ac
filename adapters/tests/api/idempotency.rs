//! `Idempotency-Key`

use crate::support::{Answer, HUMAN, Ports, SECRET, key, send};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use slotflow_adapters::api::router;
use slotflow_adapters::memory::TestKit;
use slotflow_application::ports::{BookingFilter, Directory as _};
use slotflow_domain::OrganizationId;
use slotflow_domain::organization::{OrganizationName, Plan};
use std::time::Duration;

/// The whole API on the test kit, and an organization with its key.
struct Api {
    kit: TestKit,
    router: Router,
    organization_id: OrganizationId,
    api_key: String,
}

impl Api {
    async fn new() -> Self {
        let kit = TestKit::new();
        let name = OrganizationName::parse("Acme").unwrap();
        let (organization, api_key) = kit.organizations().create(name, Plan::Free).await.unwrap();
        let api_key = api_key.expose().to_owned();
        Self { router: router(kit.api_services()), kit, organization_id: organization.id, api_key }
    }

    async fn post(&self, path: &str, key: Option<&str>, body: &str) -> Answer {
        post_with(&self.router, &self.api_key, path, &key.into_iter().collect::<Vec<_>>(), body).await
    }

    async fn bookings(&self) -> u64 {
        let filter = BookingFilter { limit: 10, ..BookingFilter::default() };
        self.kit.store.bookings(self.organization_id, filter).await.unwrap().total
    }
}

async fn post_with(router: &Router, api_key: &str, path: &str, keys: &[&str], body: &str) -> Answer {
    let mut request = Request::post(path)
        .header(header::AUTHORIZATION, format!("Bearer {api_key}"))
        .header(header::CONTENT_TYPE, "application/json");
    for key in keys {
        request = request.header("Idempotency-Key", key.as_bytes());
    }
    send(router, request.body(Body::from(body.to_owned())).unwrap()).await
}

fn booking(starts_at: &str) -> String {
    format!(r#"{{"human_id":"{HUMAN}","starts_at":"{starts_at}","duration":30,"attendee_name":"Alex"}}"#)
}

fn webhook(url: &str) -> String {
    format!(r#"{{"url":"{url}","events":["booking.confirmed"]}}"#)
}

fn is_replayed(answer: &Answer) -> bool {
    answer.headers.get("idempotent-replayed").is_some_and(|value| value == "true")
}

/// The second answer is the first again, and says so.
#[track_caller]
fn assert_repeats(first: &Answer, second: &Answer) {
    assert_eq!((first.status, &first.body), (second.status, &second.body));
    assert!(!is_replayed(first), "the first is none");
    assert!(is_replayed(second), "{second:?}");
}

#[tokio::test]
async fn a_booking_sent_again_is_answered_again_and_made_once() {
    let api = Api::new().await;
    let body = booking("2026-03-12T09:00:00Z");
    let first = api.post("/v1/bookings", Some("order-7"), &body).await;
    assert_eq!(first.status, 201, "{}", first.body);
    let second = api.post("/v1/bookings", Some("order-7"), &body).await;
    assert_repeats(&first, &second);
    assert_eq!(api.bookings().await, 1);

    api.kit.clock.advance(Duration::from_secs(24 * 60 * 60));
    let later = api.post("/v1/bookings", Some("order-7"), &body).await;
    assert!(later.status.as_u16() == 409 && later.body.contains("SLOT_UNAVAILABLE"), "{later:?}");
    assert!(!is_replayed(&later), "a day later the key means nothing");
}

#[tokio::test]
async fn a_refusal_is_repeated_too() {
    let api = Api::new().await;
    for path in ["a", "b"] {
        let body = webhook(&format!("https://hooks.acme.dev/{path}"));
        assert_eq!(api.post("/v1/webhooks", None, &body).await.status, 201);
    }
    for (body, status) in [
        (webhook("https://hooks.acme.dev/c"), 402),
        (webhook("https://hooks.acme.dev/a"), 409),
        (webhook("https://localhost/"), 422),
    ] {
        let key = format!("key-{status}");
        let first = api.post("/v1/webhooks", Some(&key), &body).await;
        assert_eq!(first.status, status, "{}", first.body);
        assert_repeats(&first, &api.post("/v1/webhooks", Some(&key), &body).await);
    }
}

#[tokio::test]
async fn any_other_request_under_the_key_is_a_conflict() {
    let api = Api::new().await;
    let body = booking("2026-03-12T09:00:00Z");
    api.post("/v1/bookings", Some("k"), &body).await;
    let other_body = booking("2026-03-12T10:00:00Z");
    let registration = webhook("https://hooks.acme.dev/");
    for (path, body) in [
        ("/v1/bookings", other_body.as_str()),
        ("/v1/bookings?a=1", body.as_str()),
        ("/v1/bookings", &format!("{body} ")),
        ("/v1/webhooks", registration.as_str()),
    ] {
        let conflict = api.post(path, Some("k"), body).await;
        conflict.is_error(
            409,
            "IDEMPOTENCY_CONFLICT",
            "this Idempotency-Key was used for another request within the last 24 hours",
        );
        assert!(!is_replayed(&conflict));
    }
    assert_eq!(api.bookings().await, 1);
    assert_eq!(api.post("/v1/bookings", Some("K"), &other_body).await.status, 201, "case counts");
}

#[tokio::test]
async fn a_key_belongs_to_its_organization() {
    let api = Api::new().await;
    let name = OrganizationName::parse("Other").unwrap();
    let (_, other_key) = api.kit.organizations().create(name, Plan::Free).await.unwrap();
    let first = api.post("/v1/webhooks", Some("k"), &webhook("https://hooks.acme.dev/")).await;
    let body = webhook("https://hooks.other.dev/");
    let theirs = post_with(&api.router, other_key.expose(), "/v1/webhooks", &["k"], &body).await;
    assert_eq!((first.status.as_u16(), theirs.status.as_u16()), (201, 201));
    assert!(!is_replayed(&theirs));
}

#[tokio::test]
async fn a_malformed_key_is_refused_by_name() {
    let rule = "Idempotency-Key: must be 1 to 255 visible ASCII characters";
    let too_long = "k".repeat(256);
    for (keys, message) in [
        (vec![""], rule),
        (vec!["two words"], rule),
        (vec!["clé"], rule),
        (vec![too_long.as_str()], rule),
        (vec!["k", "k"], "Idempotency-Key: must not be given twice"),
        (vec!["k", "l"], "Idempotency-Key: must not be given twice"),
    ] {
        for path in ["/v1/bookings", "/v1/webhooks"] {
            // Nothing else is looked at: neither the body nor the store.
            let answer = post_with(&Ports::new().router(), key().expose(), path, &keys, "not JSON").await;
            answer.is_invalid(message);
        }
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_as_without_a_key_and_leaves_the_key_free() {
    let api = Api::new().await;
    api.post("/v1/bookings", Some("k"), "{")
        .await
        .is_malformed("the body is not well-formed JSON (line 1, column 1)");
    let large = format!("\"{}\"", "x".repeat(256 * 1024));
    let too_large = api.post("/v1/bookings", Some("k"), &large).await;
    too_large.is_error(413, "PAYLOAD_TOO_LARGE", "the body must not be larger than 262144 bytes");
    api.post("/v1/bookings", Some("k"), "{}").await.is_invalid("human_id: must be given");
    let booked = api.post("/v1/bookings", Some("k"), &booking("2026-03-12T09:00:00Z")).await;
    assert_eq!((booked.status.as_u16(), is_replayed(&booked)), (201, false));
}

#[tokio::test]
async fn a_webhook_is_answered_again_without_its_secret_being_kept_twice() {
    let api = Api::new().await;
    let body = webhook("https://hooks.acme.dev/");
    let first = api.post("/v1/webhooks", Some("k"), &body).await;
    assert_eq!(first.status, 201);
    assert!(first.body.contains("whsec_") && !first.body.contains(SECRET));
    assert_repeats(&first, &api.post("/v1/webhooks", Some("k"), &body).await);

    // It is shown as it is by then.
    let shown: serde_json::Value = serde_json::from_str(&first.body).unwrap();
    let id: slotflow_domain::WebhookId = shown["id"].as_str().unwrap().parse().unwrap();
    let change = slotflow_application::webhooks::UpdateWebhook { active: Some(false), ..Default::default() };
    api.kit.webhooks().update(api.organization_id, id, change).await.unwrap();
    let changed = api.post("/v1/webhooks", Some("k"), &body).await;
    assert_eq!((changed.status.as_u16(), is_replayed(&changed)), (201, true));
    let changed: serde_json::Value = serde_json::from_str(&changed.body).unwrap();
    assert_eq!((&changed["active"], &changed["signing_secret"]), (&false.into(), &shown["signing_secret"]));

    api.kit.webhooks().delete(api.organization_id, id).await.unwrap();
    let gone = api.post("/v1/webhooks", Some("k"), &body).await;
    gone.is_missing("webhook");
    assert!(is_replayed(&gone), "it is not registered again");
}
