//! `/v1/webhooks`

use crate::support::{
    Answer, ID, ORGANIZATION, Ports, SECRET, STRANGER, organization, registering, send, signed, time, webhook,
};
use axum::body::Body;
use axum::http::{Method, header};
use slotflow_adapters::api::router;
use slotflow_application::ports::WebhookHistory;
use slotflow_domain::WebhookId;
use slotflow_domain::health::{Streak, WebhookHour};
use slotflow_domain::organization::{Organization, PlanName, WebhookLimit, WebhookLimits};
use slotflow_domain::signing::WebhookSecrets;
use slotflow_domain::webhook::{
    DisabledReason, RegistrationFacts, WaitingDeliveries, Webhook, WebhookActivity,
};

const URL: &str = "https://Hooks.Acme.dev:443/a/../b?token=1";
const DISABLED: WebhookActivity = WebhookActivity::Disabled(DisabledReason::Requested);
const GONE: WebhookActivity = WebhookActivity::Disabled(DisabledReason::Gone);

/// The webhook as clients see it.
fn shown(active: bool, reason: &str) -> String {
    format!(
        concat!(
            r#"{{"id":"01957f3c-8a10-7000-8000-000000000001","url":"https://Hooks.Acme.dev:443/a/../b?token=1","#,
            r#""events":["booking.cancelled","booking.confirmed"],"signing_secret":"{}","active":{},"#,
            r#""created_at":"2026-03-10T14:05:00.000Z","disabled_reason":{}}}"#
        ),
        SECRET, active, reason
    )
}

async fn register(registered: u32, url_taken: bool, body: &str) -> Answer {
    let ports = Ports::new().working(registering(registered, url_taken));
    ports.call(Method::POST, "/v1/webhooks", body.to_owned()).await
}

fn registration(url: &str) -> String {
    format!(r#"{{"url":"{url}","events":["booking.cancelled","booking.confirmed"]}}"#)
}

#[tokio::test]
async fn a_registered_webhook_is_answered_with_its_secret_and_its_url_as_sent() {
    register(1, false, &registration(URL)).await.is(201, &shown(true, "null"));
}

#[tokio::test]
async fn a_duplicate_is_a_conflict_even_beyond_the_limit() {
    let answer = register(2, true, &registration(URL)).await;
    answer.is_error(409, "DUPLICATE_WEBHOOK", "this URL is already registered");
}

#[tokio::test]
async fn beyond_the_plan_payment_is_required() {
    let answer = register(2, false, &registration(URL)).await;
    answer.is_error(402, "LIMIT_REACHED", "the plan's limit of 2 webhooks is reached");
}

#[tokio::test]
async fn on_a_plan_that_is_not_among_the_services_own_payment_is_required_and_nothing_is_registered() {
    let ports = Ports::new().working(|work| {
        let plan = PlanName::parse("enterprise-2024").unwrap();
        let on_it = Organization { plan, ..organization() };
        work.expect_lock_organization().returning(move |_| Ok(Some(on_it.clone())));
        let facts = RegistrationFacts { registered: 0, url_taken: false };
        work.expect_registration_facts().returning(move |_, _, _| Ok(facts));
        work.expect_insert_webhook().never();
        work.expect_commit().never();
    });
    let mut services = ports.services();
    services.webhooks.limits = WebhookLimits::of([("team", WebhookLimit::at_most(25))]).unwrap();
    let request = signed(Method::POST, "/v1/webhooks").body(Body::from(registration(URL))).unwrap();
    send(&router(services), request).await.is_error(
        402,
        "LIMIT_REACHED",
        "the plan enterprise-2024 is not known here, so it allows no more webhooks",
    );
}

#[tokio::test]
async fn what_the_rules_refuse_is_invalid_before_the_store_is_asked() {
    for (body, message) in [
        (registration("http://hooks.acme.dev"), "url: must use https"),
        (registration("https://a:b@hooks.acme.dev"), "url: must not contain a user name or password"),
        (registration("https://hooks.acme.dev/#x"), "url: must not contain a fragment"),
        (registration("https://hooks.acme.dev:0"), "url: must not use port 0"),
        (registration("https://hooks.acme.dev/\\n"), "url: must not contain control characters"),
        (
            r#"{"url":"https://hooks.acme.dev","events":[]}"#.to_owned(),
            "events: must contain at least one of booking.confirmed, booking.cancelled, delivery.failed, \
             webhook.disabled",
        ),
        (
            r#"{"url":"https://hooks.acme.dev","events":["booking.moved"]}"#.to_owned(),
            "events: may only contain booking.confirmed, booking.cancelled, delivery.failed, webhook.disabled",
        ),
        (
            r#"{"url":"https://hooks.acme.dev","events":["booking.confirmed","booking.confirmed"]}"#
                .to_owned(),
            "events: must not repeat booking.confirmed",
        ),
    ] {
        Ports::new().call(Method::POST, "/v1/webhooks", body).await.is_invalid(message);
    }
}

#[tokio::test]
async fn the_key_of_a_vanished_organization_is_no_key() {
    let ports = Ports::new().working(|work| {
        work.expect_lock_organization().returning(|_| Ok(None));
    });
    let answer = ports.call(Method::POST, "/v1/webhooks", registration(URL)).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer");
}

async fn list(path: &str) -> Answer {
    let mut ports = Ports::new();
    ports
        .directory
        .expect_webhooks()
        .withf(|organization| *organization == ORGANIZATION)
        .returning(|_| Ok(vec![webhook(URL, GONE), webhook(URL, WebhookActivity::Active)]));
    ports.get(path).await
}

#[tokio::test]
async fn the_active_webhooks_are_listed_unless_others_are_asked_for() {
    let active = shown(true, "null");
    let gone = shown(false, r#""the receiver answered 410 Gone""#);
    let active_only = format!(r#"{{"webhooks":[{active}],"total":1}}"#);
    list("/v1/webhooks").await.is(200, &active_only);
    list("/v1/webhooks?active=true&page=7&%ff=%zz").await.is(200, &active_only);
    list("/v1/webhooks?active=false").await.is(200, &format!(r#"{{"webhooks":[{gone}],"total":1}}"#));
    list("/v1/webhooks?active=any").await.is(200, &format!(r#"{{"webhooks":[{gone},{active}],"total":2}}"#));
}

#[tokio::test]
async fn a_webhook_whose_secret_cannot_be_read_is_listed_with_the_others() {
    let mut ports = Ports::new();
    ports.directory.expect_webhooks().returning(|_| {
        let whole = webhook(URL, WebhookActivity::Active);
        Ok(vec![Webhook { secrets: WebhookSecrets::UNREADABLE, ..whole.clone() }, whole])
    });
    let whole = shown(true, "null");
    let unreadable = whole.replace(&format!("\"{SECRET}\""), "null");
    let both = format!(r#"{{"webhooks":[{unreadable},{whole}],"total":2}}"#);
    ports.get("/v1/webhooks").await.is(200, &both);
}

/// The webhook asked for by itself, with this history.
async fn shown_alone(activity: WebhookActivity, history: WebhookHistory) -> Answer {
    let mut ports = Ports::new();
    ports
        .directory
        .expect_webhook()
        .withf(|organization, id| *organization == ORGANIZATION && id.as_uuid() == ID)
        .returning(move |_, _| Ok(Some(webhook(URL, activity))));
    ports
        .directory
        .expect_webhook_history()
        .withf(|organization, id, _| *organization == ORGANIZATION && id.as_uuid() == ID)
        .returning(move |_, _, _| Ok(history.clone()));
    ports.get(&format!("/v1/webhooks/{ID}")).await
}

/// The webhook as clients see it alone.
fn with_health(webhook: &str, health: &str) -> String {
    format!(r#"{},"health":{{{health}}}}}"#, webhook.strip_suffix('}').unwrap())
}

#[tokio::test]
async fn one_webhook_is_shown_to_its_owner() {
    let webhook = shown(false, r#""disabled on request""#);
    let nothing = concat!(
        r#""delivered_24h":0,"failed_24h":0,"success_rate_24h":null,"last_success_at":null,"#,
        r#""last_failure_at":null,"consecutive_failures":0,"oldest_pending_at":null"#
    );
    shown_alone(DISABLED, WebhookHistory::default()).await.is(200, &with_health(&webhook, nothing));
}

#[tokio::test]
async fn its_health_is_what_its_hours_say() {
    let failing_since = time("2026-03-10T14:01:00Z");
    let hour = WebhookHour {
        delivered: 2,
        failed: 1,
        accepted_attempts: 2,
        failed_attempts: 4,
        last_success_at: Some(time("2026-03-10T14:00:30Z")),
        last_failure_at: Some(time("2026-03-10T14:04:00Z")),
        streak: Some(Streak { since: failing_since, attempts: 3, deliveries: 3 }),
        ..WebhookHour::empty(time("2026-03-10T14:00:00Z"))
    };
    // Ended a day ago: beyond the 24 whole hours, and still the last that is known.
    let before = WebhookHour { delivered: 9, ..WebhookHour::empty(time("2026-03-09T13:00:00Z")) };
    let oldest_pending_at = Some(time("2026-03-10T13:00:00Z"));
    let history = WebhookHistory { hours: vec![before, hour], oldest_pending_at };
    let health = concat!(
        r#""delivered_24h":2,"failed_24h":1,"success_rate_24h":0.6666,"#,
        r#""last_success_at":"2026-03-10T14:00:30.000Z","last_failure_at":"2026-03-10T14:04:00.000Z","#,
        r#""consecutive_failures":3,"oldest_pending_at":"2026-03-10T13:00:00.000Z""#
    );
    let webhook = shown(true, "null");
    shown_alone(WebhookActivity::Active, history).await.is(200, &with_health(&webhook, health));
}

#[tokio::test]
async fn a_webhook_that_failed_for_too_long_says_so() {
    let failing = WebhookActivity::Disabled(DisabledReason::Failing);
    let answer = shown_alone(failing, WebhookHistory::default()).await;
    assert!(answer.body.contains(r#""disabled_reason":"every attempt failed for too long""#), "{answer:?}");
}

#[tokio::test]
async fn all_four_events_can_be_registered_for() {
    let all = r#"["webhook.disabled","delivery.failed","booking.cancelled","booking.confirmed"]"#;
    let answer = register(1, false, &format!(r#"{{"url":"{URL}","events":{all}}}"#)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert!(answer.body.contains(&format!(r#""events":{all}"#)), "{answer:?}");
    let test = format!(r#"{{"url":"{URL}","events":["webhook.test"]}}"#);
    assert_eq!(register(1, false, &test).await.status, 422, "a test is asked for, not subscribed to");
}

#[tokio::test]
async fn what_another_organization_owns_is_not_there() {
    for (method, body) in [(Method::GET, ""), (Method::PATCH, "{}"), (Method::DELETE, "")] {
        let mut ports = Ports::new().working(|work| {
            work.expect_lock_webhook().returning(|_, _| Ok(None));
        });
        ports.directory.expect_webhook().returning(|_, _| Ok(None));
        ports.call(method, &format!("/v1/webhooks/{STRANGER}"), body).await.is_missing("webhook");
    }
}

/// Changes the webhook, which is disabled, and lets `waiting` happen to its deliveries.
async fn change(body: &str, url_taken: bool, waiting: Option<WaitingDeliveries>) -> Answer {
    let mut ports = Ports::new().working(move |work| {
        work.expect_lock_organization().returning(|_| Ok(Some(crate::support::organization())));
        work.expect_registration_facts()
            .withf(|_, _, except| *except == Some(WebhookId::new(ID)))
            .returning(move |_, _, _| Ok(RegistrationFacts { registered: 9, url_taken }));
        work.expect_lock_webhook().returning(|_, _| Ok(Some(webhook(URL, DISABLED))));
        work.expect_update_webhook().returning(|_| Ok(()));
        if let Some(waiting) = waiting {
            work.expect_move_waiting().withf(move |_, how, _| *how == waiting).returning(|_, _, _| Ok(3));
        }
        work.expect_commit().returning(|| Ok(()));
    });
    ports.directory.expect_webhook().returning(|_, _| Ok(Some(webhook(URL, DISABLED))));
    ports.call(Method::PATCH, &format!("/v1/webhooks/{ID}"), body.to_owned()).await
}

#[tokio::test]
async fn a_change_is_answered_with_the_webhook_as_it_is_then() {
    let disabled = shown(false, r#""disabled on request""#);
    change("{}", false, None).await.is(200, &disabled);
    change(r#"{"active":false}"#, false, None).await.is(200, &disabled);

    let enabled = shown(true, "null");
    change(r#"{"active":true}"#, false, Some(WaitingDeliveries::Resume)).await.is(200, &enabled);
    let deliver = r#"{"active":true,"held":"deliver"}"#;
    change(deliver, false, Some(WaitingDeliveries::Resume)).await.is(200, &enabled);
    let discard = r#"{"active":true,"held":"discard"}"#;
    change(discard, false, Some(WaitingDeliveries::Discard)).await.is(200, &enabled);

    let other = change(r#"{"url":"https://other.dev/x","events":["booking.confirmed"]}"#, false, None).await;
    let expected = disabled
        .replace(URL, "https://other.dev/x")
        .replace(r#"["booking.cancelled","booking.confirmed"]"#, r#"["booking.confirmed"]"#);
    other.is(200, &expected);
}

#[tokio::test]
async fn a_change_to_a_url_of_another_webhook_is_a_conflict() {
    let answer = change(r#"{"url":"https://other.dev/x"}"#, true, None).await;
    answer.is_error(409, "DUPLICATE_WEBHOOK", "this URL is already registered");
}

#[tokio::test]
async fn a_deleted_webhook_is_answered_with_its_identifier() {
    let ports = Ports::new().working(|work| {
        work.expect_lock_webhook()
            .withf(|organization, id| *organization == ORGANIZATION && id.as_uuid() == ID)
            .returning(|_, _| Ok(Some(webhook(URL, DISABLED))));
        work.expect_delete_webhook().returning(|_, _| Ok(()));
        work.expect_move_waiting()
            .withf(|_, how, _| *how == WaitingDeliveries::Cancel)
            .returning(|_, _, _| Ok(0));
        work.expect_commit().returning(|| Ok(()));
    });
    let answer = ports.call(Method::DELETE, &format!("/v1/webhooks/{ID}"), Body::empty()).await;
    answer.is(200, r#"{"deleted":true,"id":"01957f3c-8a10-7000-8000-000000000001"}"#);
}
