//! `POST /v1/webhooks/{id}/rotate-secret`

use crate::support::{Answer, ID, ORGANIZATION, Ports, SECRET, STRANGER, key, send, webhook};
use axum::body::Body;
use axum::http::{Method, Request, header};
use slotflow_domain::signing::SigningSecret;
use slotflow_domain::webhook::{Webhook, WebhookActivity};

/// Ports on which the webhook can be rotated, if the overlap is as `lasts` says.
fn ports(lasts: Option<u64>) -> Ports {
    Ports::new().working(move |work| {
        work.expect_lock_webhook()
            .withf(|organization, id| *organization == ORGANIZATION && id.as_uuid() == ID)
            .returning(|_, _| {
                let secrets = SigningSecret::from_random([1; 32]).into();
                Ok(Some(Webhook { secrets, ..webhook("https://acme.dev/", WebhookActivity::Active) }))
            });
        work.expect_update_webhook()
            .withf(move |webhook| {
                let until = webhook.secrets.retiring().map(|retiring| retiring.until);
                until.map(|until| until.since(crate::support::now()).as_secs()) == lasts
            })
            .returning(|_| Ok(()));
        work.expect_commit().returning(|| Ok(()));
    })
}

async fn rotate(lasts: Option<u64>, body: &str) -> Answer {
    ports(lasts).call(Method::POST, &format!("/v1/webhooks/{ID}/rotate-secret"), body.to_owned()).await
}

#[tokio::test]
async fn a_rotation_is_answered_with_the_webhook_and_its_new_secret() {
    let answer = rotate(Some(86_400), "{}").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.body.contains(&format!(r#""signing_secret":"{SECRET}""#)), "{answer:?}");
}

#[tokio::test]
async fn the_overlap_is_a_day_unless_said() {
    for (body, lasts) in [
        (r#"{"overlap_seconds":60,"unknown":1}"#, Some(60)),
        (r#"{"overlap_seconds":604800}"#, Some(604_800)),
        (r#"{"overlap_seconds":0}"#, None),
        (r#"{"overlap_seconds":null}"#, Some(86_400)),
        ("", Some(86_400)),
    ] {
        assert_eq!(rotate(lasts, body).await.status, 200, "{body}");
    }
}

#[tokio::test]
async fn nothing_need_be_said_of_a_body_that_is_not_there() {
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("/v1/webhooks/{ID}/rotate-secret"))
        .header(header::AUTHORIZATION, format!("Bearer {}", key().expose()));
    let answer = send(&ports(Some(86_400)).router(), request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[tokio::test]
async fn a_body_that_is_there_must_be_right() {
    for body in [r#"{"overlap_seconds":-1}"#, r#"{"overlap_seconds":604801}"#, r#"{"overlap_seconds":1e99}"#]
    {
        let answer = rotate(None, body).await;
        assert_eq!(answer.status, 422, "{body}: {answer:?}");
        assert!(answer.body.contains("overlap_seconds: must be an integer"), "{answer:?}");
    }
    rotate(None, r#"{"overlap_seconds":"60"}"#).await.is_invalid("overlap_seconds: must be an integer");
    rotate(None, r#"{"overlap_seconds":1,"overlap_seconds":1}"#)
        .await
        .is_invalid("overlap_seconds: must not be given twice");
    for body in ["[]", "null"] {
        rotate(None, body).await.is_invalid("body: must be a JSON object");
    }
    assert_eq!(rotate(None, "{").await.status, 400);
}

#[tokio::test]
async fn what_another_organization_owns_cannot_be_rotated() {
    let ports = Ports::new().working(|work| {
        work.expect_lock_webhook().returning(|_, _| Ok(None));
    });
    let path = format!("/v1/webhooks/{STRANGER}/rotate-secret");
    ports.call(Method::POST, &path, "{}").await.is_missing("webhook");
}
