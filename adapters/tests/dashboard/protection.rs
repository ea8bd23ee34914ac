//! What browsers are told to refuse: with every answer, whatever it is.

use crate::support::{Answer, Site, Visit};
use axum::http::Method;
use slotflow_domain::organization::Plan;

#[track_caller]
fn assert_protected(answer: &Answer) {
    let header = |name: &str| {
        let mut values = answer.headers.get_all(name).iter();
        let value = values.next().map(|value| value.to_str().unwrap()).unwrap_or_default();
        assert_eq!(values.next(), None, "{name} is there twice: {answer:?}");
        value
    };
    let policy = header("content-security-policy");
    for directive in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.split("; ").any(|given| given == directive), "{directive} is not in {answer:?}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    assert_eq!(header("x-frame-options"), "DENY", "{answer:?}");
    assert_eq!(header("referrer-policy"), "same-origin", "{answer:?}");
    assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{answer:?}");
    assert_eq!(header("x-content-type-options"), "nosniff", "{answer:?}");
}

#[tokio::test]
async fn every_answer_is_protected_and_none_but_assets_is_kept() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    let id = member.webhook("https://a.dev/").await.id;
    let own = |visit: Visit| visit.signed_in(&member.cookie);
    let visits = [
        (200, Visit::get("/sign-in")),
        (200, own(Visit::get("/"))),
        (200, own(Visit::get("/webhooks"))),
        (200, own(Visit::new(Method::HEAD, "/webhooks"))),
        (200, own(Visit::post("/webhooks", &[("url", "https://b.dev/"), ("events", "booking.confirmed")]))),
        (200, own(Visit::post(&format!("/webhooks/{id}/rotate"), &[]))),
        (303, Visit::get("/webhooks")),
        (200, Visit::get("/webhooks").with("hx-request", "true")),
        (303, own(Visit::post(&format!("/webhooks/{id}/test"), &[]))),
        (402, own(Visit::post("/webhooks", &[("url", "https://c.dev/"), ("events", "booking.confirmed")]))),
        (403, own(Visit::post("/webhooks", &[])).with("sec-fetch-site", "cross-site")),
        (404, own(Visit::get("/nowhere"))),
        (404, own(Visit::get("/webhooks/x"))),
        (404, Visit::get("/nowhere")),
        (404, Visit::get("/assets/nothing")),
        (405, own(Visit::new(Method::DELETE, "/webhooks"))),
        (422, own(Visit::post("/webhooks", &[]))),
        (422, own(Visit::post("/webhooks", &[("url", &"x".repeat(100_000))]))),
        (422, own(Visit::post("/webhooks", &[]).with("content-type", "application/json"))),
        (401, Visit::post("/sign-in", &[("api_key", "x")])),
        (401, Visit::post("/sign-in", &[("api_key", "x")])),
        (429, Visit::post("/sign-in", &[("api_key", "x")])),
    ];
    for (status, visit) in visits {
        let answer = site.ask(visit).await;
        assert_eq!(answer.status.as_u16(), status, "{answer:?}");
        assert_protected(&answer);
        assert_eq!(answer.headers["cache-control"], "no-store", "{answer:?}");
    }
    let updates = site.ask(own(Visit::get("/live"))).await;
    assert_eq!(
        (updates.status.as_u16(), updates.headers["cache-control"].to_str().unwrap()),
        (200, "no-cache"),
        "{updates:?}"
    );
    assert_protected(&updates);
    for asset in ["dashboard.css", "dashboard.js", "htmx-2.0.11.min.js", "icon.svg"] {
        let answer = site.ask(Visit::get(&format!("/assets/{asset}"))).await;
        assert_eq!(answer.headers["cache-control"], "public, max-age=31536000, immutable", "{asset}");
        assert_protected(&answer);
    }
}

#[tokio::test]
async fn no_page_needs_what_the_policy_forbids() {
    let site = Site::new();
    let member = site.member(Plan::Growth).await;
    let id = member.webhook("https://a.dev/").await.id;
    for path in [
        "/".to_owned(),
        "/webhooks".to_owned(),
        "/webhooks/new".to_owned(),
        format!("/webhooks/{id}"),
        format!("/webhooks/{id}/delete"),
        format!("/webhooks/{id}/replay"),
    ] {
        let answer = member.get(&path).await;
        answer.shows(&[r#"<html lang="en">"#, "</html>"]);
        answer.hides(&[" style=", "<style", " onclick=", " onsubmit=", "javascript:", "hx-on", "<script>"]);
    }
}
