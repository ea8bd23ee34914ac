//! Who is signed in, and for how long.

use crate::support::{BASE, Site, Visit, ask};
use slotflow_adapters::dashboard::SessionKey;
use slotflow_domain::organization::{ApiKey, Plan};
use std::time::Duration;

const WORKING_DAY: Duration = Duration::from_secs(12 * 60 * 60);
const MOMENT: Duration = Duration::from_millis(1);

#[tokio::test]
async fn a_key_signs_in_and_signing_out_ends_the_session_in_the_browser() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    member.get("/").await.shows(&["Overview", "Acme", "free"]);
    assert_eq!(member.get("").await.leads_to(), "/");
    assert_eq!(member.get("/sign-in").await.leads_to(), "/");
    let answer = member.post("/sign-out", &[]).await;
    assert_eq!(answer.leads_to(), "/sign-in");
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("slotflow_session=;") && cookie.contains("Max-Age=0"), "{cookie}");
    assert!(cookie.contains(&format!("Path={BASE}")), "{cookie}: else it is another one");
}

#[tokio::test]
async fn a_session_lasts_for_a_working_day() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    site.kit.clock.advance(WORKING_DAY - MOMENT);
    member.get("/webhooks").await.shows(&[]);
    site.kit.clock.advance(MOMENT);
    assert_eq!(member.get("/webhooks").await.leads_to(), "/sign-in");
}

#[tokio::test]
async fn a_revoked_key_takes_its_sessions_with_it_and_no_others() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    let (record, second) = site.kit.organizations().create_key(member.id()).await.unwrap();
    let cookie = site.sign_in(&second).await;
    let visit = async || site.ask(Visit::get("/webhooks").signed_in(&cookie)).await;
    visit().await.shows(&[]);
    site.kit.organizations().revoke_key(record.id).await.unwrap();
    assert_eq!(visit().await.leads_to(), "/sign-in");
    member.get("/webhooks").await.shows(&[]);
    let again = site.ask(Visit::post("/sign-in", &[("api_key", second.expose())])).await;
    again.is(401, &["not an API key of ours, or it has been revoked"]);
}

#[tokio::test]
async fn what_is_no_session_of_ours_is_refused() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    let other = site.member(Plan::Free).await;
    let token = member.cookie.strip_prefix("slotflow_session=").unwrap();
    let others = other.cookie.strip_prefix("slotflow_session=").unwrap();
    let [id, end, proof] = token.split('.').collect::<Vec<_>>()[..] else { panic!("{token}") };
    let [others_id, _, others_proof] = others.split('.').collect::<Vec<_>>()[..] else { panic!("{others}") };
    let later = end.parse::<i64>().unwrap() + 1;
    for forged in [
        String::new(),
        "x".to_owned(),
        format!("{id}.{later}.{proof}"),
        format!("{others_id}.{end}.{proof}"),
        format!("{id}.{end}.{others_proof}"),
        format!("{id}.{end}."),
        format!("{id}.{end}"),
        format!("{token}.{proof}"),
        format!("{id}.{end}.{}", "A".repeat(proof.len())),
        format!("{id}.{}.{proof}", i64::MAX),
        format!("{}.{end}.{proof}", "0".repeat(32)),
        "A".repeat(7_000),
    ] {
        let visit = Visit::get("/webhooks").signed_in(&format!("slotflow_session={forged}"));
        assert_eq!(site.ask(visit).await.leads_to(), "/sign-in", "{forged}");
    }
}

#[tokio::test]
async fn a_session_of_another_installation_is_refused() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    for key in [SessionKey::new([8; 32]), SessionKey::none()] {
        let elsewhere = site.signing_with(key);
        let visit = Visit::get("/webhooks").signed_in(&member.cookie);
        assert_eq!(ask(&elsewhere, visit).await.leads_to(), "/sign-in");
    }
    let same = site.signing_with(SessionKey::new([7; 32]));
    ask(&same, Visit::get("/webhooks").signed_in(&member.cookie)).await.shows(&[]);
}

#[tokio::test]
async fn what_is_no_key_signs_nobody_in_and_is_not_shown_again() {
    let site = Site::new();
    let unknown = ApiKey::from_random([9; 32]);
    for key in ["", "sk_live_", "<script>alert(1)</script>", unknown.expose()] {
        site.kit.clock.advance(Duration::from_secs(10));
        let answer = site.ask(Visit::post("/sign-in", &[("api_key", key)])).await;
        answer.is(401, &["not an API key of ours, or it has been revoked", r#"role="alert""#]);
        assert!(!answer.headers.contains_key("set-cookie"), "{answer:?}");
        answer.hides(&["<script>alert", &unknown.expose()[8..]]);
    }
}
