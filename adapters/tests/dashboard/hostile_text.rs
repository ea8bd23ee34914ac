//! Texts of tenants and receivers are shown as text, whatever is in them.

use crate::support::{Answer, Site, Visit};
use slotflow_adapters::memory::Reply;
use slotflow_domain::organization::{OrganizationName, Plan};

const SCRIPT: &str = "<script>alert(1)</script>";

/// Nothing of what was typed has become markup.
#[track_caller]
fn assert_harmless(answer: &Answer) {
    answer.hides(&[SCRIPT, "<img src=x", "\" onfocus=", "'><"]);
}

#[tokio::test]
async fn a_url_is_text() {
    let site = Site::new();
    let member = site.member(Plan::Growth).await;
    let urls = [
        format!("https://a.dev/\">{SCRIPT}"),
        "https://a.dev/'><img src=x onerror=alert(1)>".to_owned(),
        "https://a.dev/?\" onfocus=alert(1) autofocus x=\"".to_owned(),
        "https://a.dev/{{7*7}}&lt;".to_owned(),
    ];
    for url in &urls {
        let page = member.post("/webhooks", &[("url", url), ("events", "booking.confirmed")]).await;
        page.shows(&["The webhook was created"]);
        assert_harmless(&page);
    }
    let list = member.get("/webhooks").await;
    list.shows(&["https://a.dev/&#34;&#62;&#60;script&#62;alert(1)", "{{7*7}}&#38;lt;"]);
    assert_harmless(&list);
    assert_harmless(&member.get("/").await);
    for webhook in member.webhooks().await {
        assert!(urls.iter().any(|url| url == webhook.url.as_sent()));
        for path in ["", "/delete", "/replay"] {
            let page = member.get(&format!("/webhooks/{}{path}", webhook.id)).await;
            page.shows(&["https://a.dev/"]);
            assert_harmless(&page);
        }
    }
}

#[tokio::test]
async fn what_was_typed_is_text_where_it_is_shown_again() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    let id = member.webhook("https://a.dev/").await.id;
    let hostile = format!("\"'>{SCRIPT}");
    for path in ["/webhooks".to_owned(), format!("/webhooks/{id}/change")] {
        let page = member.post(&path, &[("url", &hostile), ("events", &hostile)]).await;
        page.is(422, &["&#60;script&#62;"]);
        assert_harmless(&page);
    }
    for (since, until) in [(hostile.as_str(), ""), ("2026-03-10T13:00", &hostile)] {
        let fields = [("since", since), ("until", until)];
        let page = member.post(&format!("/webhooks/{id}/replay"), &fields).await;
        page.is(422, &["&#60;script&#62;"]);
        assert_harmless(&page);
    }
    for (path, field) in [("replay", "status"), ("resume", "held"), ("rotate", "overlap")] {
        let fields = [("since", "2026-03-10T13:00"), (field, &hostile)];
        let page = member.post(&format!("/webhooks/{id}/{path}"), &fields).await;
        page.is(422, &[field]);
        assert_harmless(&page);
    }
    for query in
        ["done=%3Cscript%3Ealert(1)%3C/script%3E", "done=replayed&count=%3Cscript%3E", "page=%3Cscript%3E"]
    {
        let page = member.get(&format!("/webhooks?{query}")).await;
        page.shows(&[]);
        assert_harmless(&page);
    }
}

#[tokio::test]
async fn an_organizations_name_is_text() {
    let site = Site::new();
    let name = OrganizationName::parse(&format!("A\"'>{SCRIPT}")).unwrap();
    let (_, key) = site.kit.organizations().create(name, Plan::Free).await.unwrap();
    let cookie = site.sign_in(&key).await;
    let page = site.ask(Visit::get("/webhooks").signed_in(&cookie)).await;
    page.shows(&["A&#34;&#39;&#62;&#60;script&#62;"]);
    assert_harmless(&page);
}

#[tokio::test]
async fn what_went_wrong_at_a_receiver_is_text() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    // The name of a host is in the error, as far as names can hold anything.
    let id = member.webhook("https://xn--nxasmq6b.dev/").await.id;
    for reply in [Reply::Dns, Reply::Tls, Reply::Protocol, Reply::BlockedAddress, Reply::ConnectRefused] {
        site.kit.sender.reply([reply]);
        member.post(&format!("/webhooks/{id}/test"), &[]).await;
        site.kit.settle_down().await;
    }
    let page = member.get(&format!("/webhooks/{id}")).await;
    page.shows(&["could not be resolved", "could not be secured", "was not HTTP"]);
    assert_harmless(&page);
}
