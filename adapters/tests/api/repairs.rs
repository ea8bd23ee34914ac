//! Retrying, trying out and replaying.

use crate::support::{ID, ORGANIZATION, Ports, STRANGER, now, time, webhook};
use axum::http::Method;
use slotflow_application::ports::MockUnitOfWork;
use slotflow_domain::delivery::{Delivery, DeliveryState, FinalStatus, Progress};
use slotflow_domain::event::EventData;
use slotflow_domain::webhook::WebhookActivity;
use slotflow_domain::{DeliveryId, Event, EventId, WebhookId};
use std::time::Duration;

fn retrying(state: DeliveryState, active: bool) -> impl Fn(&mut MockUnitOfWork) + Send + Sync {
    move |work| {
        let delivery = Delivery {
            id: DeliveryId::new(ID),
            organization_id: ORGANIZATION,
            webhook_id: WebhookId::new(ID),
            event_id: EventId::new(ID),
            progress: Progress::from_stored(state, 1, 0),
            retry_of: None,
            created_at: now(),
        };
        let event = Event::of_test(EventId::new(ID), ORGANIZATION, EventData::empty(), now());
        work.expect_delivery_and_event().returning(move |_, _| Ok(Some((delivery.clone(), event.clone()))));
        let registered = active.then(|| webhook("https://a.dev/", WebhookActivity::Active));
        work.expect_lock_webhook().returning(move |_, _| Ok(registered.clone()));
        work.expect_insert_deliveries().returning(|_| Ok(()));
        work.expect_commit().returning(|| Ok(()));
    }
}

async fn post(ports: Ports, path: &str, body: &str) -> crate::support::Answer {
    ports.call(Method::POST, path, body.to_owned()).await
}

#[tokio::test]
async fn a_retry_is_accepted_and_names_the_new_delivery() {
    let ports = Ports::new().working(retrying(DeliveryState::Failed { at: now() }, true));
    let answer = post(ports, &format!("/v1/deliveries/{ID}/retry"), "").await;
    answer.is(202, &format!(r#"{{"delivery_id":"{ID}"}}"#));
}

#[tokio::test]
async fn what_cannot_be_retried_is_refused_with_the_reason() {
    let path = format!("/v1/deliveries/{ID}/retry");
    let pending = Ports::new().working(retrying(DeliveryState::Pending { due: now() }, true));
    post(pending, &path, "").await.is_invalid(
        "the delivery is still pending; only one that is delivered, failed or cancelled can be retried",
    );
    let deleted = Ports::new().working(retrying(DeliveryState::Cancelled { at: now() }, false));
    let expected = "the delivery's webhook was deleted; there is nowhere to send it";
    post(deleted, &path, "").await.is_invalid(expected);
    let unknown = Ports::new().working(|work| {
        work.expect_delivery_and_event().returning(|_, _| Ok(None));
    });
    post(unknown, &path, "").await.is_missing("delivery");
}

#[tokio::test]
async fn a_test_is_accepted_and_names_its_delivery() {
    let ports = Ports::new().working(|work| {
        work.expect_lock_webhook()
            .returning(|_, _| Ok(Some(webhook("https://a.dev/", WebhookActivity::Active))));
        work.expect_insert_events().returning(|_, _| Ok(()));
        work.expect_commit().returning(|| Ok(()));
    });
    let answer = post(ports, &format!("/v1/webhooks/{ID}/test"), "").await;
    answer.is(202, &format!(r#"{{"delivery_id":"{ID}"}}"#));
    let unknown = Ports::new().working(|work| {
        work.expect_lock_webhook().returning(|_, _| Ok(None));
    });
    post(unknown, &format!("/v1/webhooks/{STRANGER}/test"), "").await.is_missing("webhook");
}

#[tokio::test]
async fn a_replay_is_accepted_with_how_many_are_queued() {
    let mut ports = Ports::new();
    ports
        .directory
        .expect_webhook()
        .returning(|_, _| Ok(Some(webhook("https://a.dev/", WebhookActivity::Active))));
    ports
        .replays
        .expect_selection_size()
        .withf(|selection| {
            selection.span.since() == time("2026-03-01T00:00:00Z")
                && selection.span.until() == now().saturating_sub(Duration::from_secs(60))
                && selection.status == Some(FinalStatus::Failed)
        })
        .returning(|_| Ok(42));
    let ports = ports.working(|work| {
        work.expect_lock_webhook()
            .returning(|_, _| Ok(Some(webhook("https://a.dev/", WebhookActivity::Active))));
        work.expect_insert_replay().returning(|_| Ok(()));
        work.expect_commit().returning(|| Ok(()));
    });
    let body =
        r#"{"since":"2026-03-01T01:00:00+01:00","until":"2026-03-10T14:04:00Z","status":"failed","more":1}"#;
    post(ports, &format!("/v1/webhooks/{ID}/replay"), body).await.is(202, r#"{"queued":42}"#);
}

#[tokio::test]
async fn a_dry_run_answers_the_number_and_begins_nothing() {
    let mut ports = Ports::new();
    ports
        .directory
        .expect_webhook()
        .returning(|_, _| Ok(Some(webhook("https://a.dev/", WebhookActivity::Active))));
    ports.replays.expect_selection_size().returning(|_| Ok(42));
    let path = format!("/v1/webhooks/{ID}/replay?dry_run=true");
    post(ports, &path, r#"{"since":"2026-03-01T00:00:00Z","until":null}"#).await.is(200, r#"{"queued":42}"#);
}

#[tokio::test]
async fn a_replay_of_what_is_no_span_is_refused_by_name() {
    for (body, message) in [
        ("{}", "since: must be given"),
        (r#"{"since":7}"#, "since: must be a string"),
        (r#"{"since":"2026-03-10T14:05:00Z"}"#, "since: must be in the past"),
        (r#"{"since":"2026-03-02T00:00:00Z","until":"2026-03-02T00:00:00Z"}"#, "since: must be before until"),
        (
            r#"{"since":"2026-03-01T00:00:00Z","status":"pending"}"#,
            "status: must be one of failed, cancelled, delivered",
        ),
    ] {
        let path = format!("/v1/webhooks/{ID}/replay");
        post(Ports::new(), &path, body).await.is_invalid(message);
    }
    let path = format!("/v1/webhooks/{ID}/replay?dry_run=yes");
    post(Ports::new(), &path, r#"{"since":"2026-03-01T00:00:00Z"}"#)
        .await
        .is_invalid("dry_run: must be true or false");
}
