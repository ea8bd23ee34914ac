//! Signing secrets: each is shown once, on the page of the change that made it.

use crate::support::Site;
use slotflow_domain::organization::Plan;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(60 * 60);

#[tokio::test]
async fn a_secret_is_on_the_page_that_answers_its_making_and_on_no_other() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    let created =
        member.post("/webhooks", &[("url", "https://a.dev/"), ("events", "booking.confirmed")]).await;
    let first = created.secret().to_owned();
    let id = member.webhooks().await[0].id;
    let rotated = member.post(&format!("/webhooks/{id}/rotate"), &[("overlap", "3600")]).await;
    let second = rotated.secret().to_owned();
    assert!(first.starts_with("whsec_") && second.starts_with("whsec_") && first != second);
    assert_eq!(second, member.webhooks().await[0].secrets.current().unwrap().expose());
    for (page, secret) in [(&created, &first), (&rotated, &second)] {
        assert_eq!(page.body.matches(secret.as_str()).count(), 1);
        assert_eq!(page.headers["cache-control"], "no-store");
        assert!(!page.headers.contains_key("location"), "{page:?}");
    }
    rotated.hides(&[&first]);
    for path in [
        "/".to_owned(),
        "/webhooks".to_owned(),
        "/webhooks/new".to_owned(),
        format!("/webhooks/{id}"),
        format!("/webhooks/{id}/delete"),
        format!("/webhooks/{id}/replay"),
    ] {
        member.get(&path).await.hides(&[&first[6..], &second[6..]]);
    }
    let refused = member.post(&format!("/webhooks/{id}/change"), &[("url", "x")]).await;
    refused.is(422, &[]);
    refused.hides(&[&first[6..], &second[6..]]);
    let again = member.get(&format!("/webhooks/{id}/rotate")).await;
    assert_eq!(again.leads_to(), format!("/webhooks/{id}"), "whoever loads that address again");
}

#[tokio::test]
async fn a_form_that_is_sent_again_makes_no_other_secret() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    let id = member.webhook("https://a.dev/").await.id;
    let shown = member.get(&format!("/webhooks/{id}")).await;
    let mark = shown.between(r#"name="current" value=""#, "\"").to_owned();
    let form = [("current", mark.as_str()), ("overlap", "3600")];
    let secret = member.post(&format!("/webhooks/{id}/rotate"), &form).await.secret().to_owned();
    assert!(!secret.contains(&mark));
    let before = member.everything().await;

    let again = member.post_and_follow(&format!("/webhooks/{id}/rotate"), &form).await;

    again.is(200, &["The secret was rotated before, and nothing was changed now."]);
    again.hides(&[&secret[6..]]);
    assert_eq!(member.everything().await, before);
}

#[tokio::test]
async fn while_the_overlap_lasts_both_secrets_sign_and_it_is_said_until_when() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    let id = member.webhook("https://a.dev/").await.id;
    let page = member.post(&format!("/webhooks/{id}/rotate"), &[("overlap", "3600")]).await;
    page.shows(&["The old secret signs too, until", "2026-03-10 15:00:00.000 UTC", r#"data-copy="secret""#]);
    let two = "the one before the current one signs until";
    member.get(&format!("/webhooks/{id}")).await.shows(&[two]);
    let signatures = async || {
        member.post(&format!("/webhooks/{id}/test"), &[]).await;
        site.kit.settle_down().await;
        let sent = site.kit.sender.requests();
        sent.last().unwrap().header("x-slotflow-signature").unwrap().matches("v1=").count()
    };
    assert_eq!(signatures().await, 2);
    site.kit.clock.advance(HOUR);
    assert_eq!(signatures().await, 1);
    member.get(&format!("/webhooks/{id}")).await.hides(&[two]);
}

#[tokio::test]
async fn the_overlap_is_a_day_unless_said_and_may_be_none() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    let id = member.webhook("https://a.dev/").await.id;
    let path = format!("/webhooks/{id}/rotate");
    member.post(&path, &[]).await.shows(&["2026-03-11 14:00:00.000 UTC"]);
    member.post(&path, &[("overlap", "604800")]).await.shows(&["2026-03-17 14:00:00.000 UTC"]);
    let page = member.post(&path, &[("overlap", "0")]).await;
    page.shows(&["The old secret is not used any more."]);
    page.hides(&["The old secret signs too"]);
    let before = member.everything().await;
    for overlap in ["604801", "-1", "1h", "99999999999999999999"] {
        let answer = member.post(&path, &[("overlap", overlap)]).await;
        answer.is(422, &["That did not work"]);
        answer.hides(&["whsec_"]);
    }
    assert_eq!(member.everything().await, before);
}
