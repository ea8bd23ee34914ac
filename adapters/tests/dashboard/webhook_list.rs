//! `/webhooks`: the list, and creating one.

use crate::support::Site;
use slotflow_adapters::memory::Reply;
use slotflow_application::ports::ResolveError;
use slotflow_domain::event::EventType;
use slotflow_domain::organization::Plan;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(60 * 60);
const CREATE: &str = r#"<a class="button primary" href="/dashboard/webhooks/new">"#;
const CANNOT_CREATE: &str =
    r#"<button type="button" class="primary" disabled aria-describedby="refusal">Create a webhook</button>"#;

#[tokio::test]
async fn an_empty_list_says_how_to_begin() {
    let site = Site::new();
    let member = site.member(Plan::Starter).await;
    let page = member.get("/webhooks").await;
    page.shows(&["No webhook yet", "slotflow listen", CREATE, "0 of 10 webhooks used; 10 left", "data-live"]);
}

#[tokio::test]
async fn each_webhook_is_listed_with_its_state_and_how_it_fares() {
    let site = Site::new();
    let member = site.member(Plan::Growth).await;
    let well = member.webhook("https://well.dev/").await;
    member.webhook("https://paused.dev/").await;
    member.webhook("https://gone.dev/").await;
    member.webhook("https://failing.dev/").await;
    site.kit.sender.reply_to("https://gone.dev/", [Reply::Status(410)]);
    site.kit.sender.reply_to("https://failing.dev/", [Reply::Status(500)]);
    let paused = member.webhooks().await[1].id;
    assert_eq!(member.post(&format!("/webhooks/{paused}/pause"), &[]).await.status, 303);
    for human in 1..=3 {
        member.book(human).await;
    }
    site.kit.advance(2 * HOUR).await;

    let page = member.get("/webhooks").await;
    page.shows(&["4 webhooks used; unlimited", CREATE, "booking.confirmed", "data-live"]);
    let rows: Vec<_> = page.body.split("<tr>").skip(2).collect();
    assert_eq!(rows.len(), 4, "{}", page.body);
    let cells = |row: &str, label: &str| {
        let (_, cell) = row.split_once(&format!(r#"data-label="{label}">"#)).unwrap();
        cell.split_once("</td>").unwrap().0.to_owned()
    };
    for (row, url, state, numbers) in [
        (rows[0], "https://well.dev/", "Active</span></td>", ["100 %", "3", "0"]),
        (rows[1], "https://paused.dev/", "Paused</span></td>", ["–", "0", "0"]),
        (rows[2], "https://gone.dev/", "Disabled: gone</span></td>", ["0.00 %", "0", "3"]),
        (rows[3], "https://failing.dev/", "Active</span> <span class=\"tag bad\"", ["0.00 %", "0", "3"]),
    ] {
        assert!(row.contains(url) && row.contains(state), "{url}: {row}");
        let labels = ["Success, 24 h", "Delivered, 24 h", "Failed, 24 h"];
        assert_eq!(labels.map(|label| cells(row, label)), numbers, "{url}");
    }
    assert!(rows[0].contains(&format!("href=\"/dashboard/webhooks/{}\"", well.id)), "{}", rows[0]);
    assert!(cells(rows[0], "Last success").contains(r#"<time datetime="2026-03-10T14:00:00.000Z""#));
    assert_eq!(cells(rows[0], "Last failure"), "–");
    assert!(cells(rows[3], "Last failure").contains("min ago"), "{}", rows[3]);
    assert!(rows[3].contains("Failing</span>"), "{}", rows[3]);
}

#[tokio::test]
async fn a_page_holds_fifty_and_the_rest_are_behind_it() {
    let site = Site::new();
    let member = site.member(Plan::Growth).await;
    for number in 1..=51 {
        member.webhook(&format!("https://a.dev/{number:02}-")).await;
    }
    let rows = |body: &str| body.matches(r#"<a class="url""#).count();
    let first = member.get("/webhooks").await;
    first.shows(&["Page 1 of 2", "a.dev/01-", "a.dev/50-", "/dashboard/webhooks?page=2"]);
    first.hides(&["a.dev/51-", "page=0", "page=1\""]);
    assert_eq!(rows(&first.body), 50);
    for query in ["?page=2", "?page=3", "?page=99999999"] {
        let second = member.get(&format!("/webhooks{query}")).await;
        second.shows(&["Page 2 of 2", "a.dev/51-", "/dashboard/webhooks?page=1"]);
        assert_eq!(rows(&second.body), 1, "{query}");
    }
    for query in ["?page=0", "?page=", "?page=x", "?page=-1", "?page=99999999999999999999"] {
        member.get(&format!("/webhooks{query}")).await.shows(&["Page 1 of 2"]);
    }
}

#[tokio::test]
async fn a_webhook_is_created_and_its_secret_shown() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    let form = member.get("/webhooks/new").await;
    form.shows(&[
        "0 of 2 webhooks used; 2 left",
        r#"value="booking.confirmed" checked"#,
        r#"value="booking.cancelled" checked"#,
        r#"value="delivery.failed">"#,
        r#"value="webhook.disabled">"#,
        "Somebody booked a slot.",
    ]);
    let fields = [
        ("url", " HTTPS://Hooks.Acme.dev/a?token=1 "),
        ("events", "booking.cancelled"),
        ("events", "delivery.failed"),
    ];
    let page = member.post("/webhooks", &fields).await;
    let webhooks = member.webhooks().await;
    let [webhook] = &webhooks[..] else { panic!("{webhooks:?}") };
    page.shows(&[
        "The webhook was created",
        "HTTPS://Hooks.Acme.dev/a?token=1",
        &format!("/dashboard/webhooks/{}\"", webhook.id),
        r#"data-copy="secret""#,
        "X-Slotflow-Signature",
        r#"href="/docs""#,
    ]);
    assert_eq!(page.secret(), webhook.secrets.current().unwrap().expose());
    assert_eq!(webhook.url.as_sent(), "HTTPS://Hooks.Acme.dev/a?token=1");
    let events: Vec<_> = webhook.events.iter().map(EventType::as_str).collect();
    assert_eq!(events, ["booking.cancelled", "delivery.failed"]);
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_the_field_and_what_was_typed_is_kept() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    member.webhook("https://taken.dev/").await;
    site.kit.resolver.fail("nowhere.dev", ResolveError::NotFound);
    site.kit.resolver.answer("inside.dev", ["10.0.0.1".parse().unwrap()]);
    for (status, url, problem) in [
        (422, "", "Must be an absolute URL"),
        (422, "hooks", "Must be an absolute URL"),
        (422, "http://a.dev/", "Must use https."),
        (422, "https://localhost/", "Host localhost is not a public name"),
        (422, "https://127.0.0.1/", "Host 127.0.0.1 "),
        (422, "https://nowhere.dev/", "Host nowhere.dev cannot be reached"),
        (422, "https://inside.dev/", "Host inside.dev must resolve to public addresses only."),
        (409, "https://TAKEN.dev", "This URL is already registered."),
    ] {
        let fields = [("url", url), ("events", "booking.cancelled")];
        let page = member.post("/webhooks", &fields).await;
        page.is(
            status,
            &[
                &format!(r#"<p class="wrong" id="url-problem">{problem}"#),
                &format!(
                    r#"value="{url}" required aria-invalid="true" aria-describedby="url-problem url-hint""#
                ),
                r#"value="booking.cancelled" checked"#,
                r#"value="booking.confirmed">"#,
            ],
        );
        page.hides(&["events-problem", "10.0.0.1"]);
    }
    for (events, problem) in [
        (&[][..], "Must contain at least one of booking.confirmed, "),
        (&[("events", "booking.moved")], "May only contain booking.confirmed, "),
        (
            &[("events", "booking.confirmed"), ("events", "booking.confirmed")],
            "Must not repeat booking.confirmed.",
        ),
    ] {
        let fields = [&[("url", "https://a.dev/")], events].concat();
        let page = member.post("/webhooks", &fields).await;
        page.is(
            422,
            &[&format!(r#"<p class="wrong" id="events-problem">{problem}"#), r#"value="https://a.dev/""#],
        );
        page.hides(&["url-problem"]);
    }
    assert_eq!(member.webhooks().await.len(), 1);
}

#[tokio::test]
async fn at_the_plans_limit_there_is_a_reason_instead_of_a_button() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    member.webhook("https://a.dev/").await;
    member.get("/webhooks").await.shows(&["1 of 2 webhooks used; 1 left", CREATE]);
    member.webhook("https://b.dev/").await;
    let page = member.get("/webhooks").await;
    page.shows(&["2 of 2 webhooks used; none left", "The free plan allows no more webhooks", CANNOT_CREATE]);
    page.hides(&[CREATE]);
    member.get("/webhooks/new").await.shows(&["The free plan allows no more webhooks", "disabled"]);

    let fields = [("url", "https://c.dev/"), ("events", "booking.confirmed")];
    let page = member.post("/webhooks", &fields).await;
    page.is(402, &["The plan&#39;s limit of 2 webhooks is reached.", r#"value="https://c.dev/""#]);
    assert_eq!(member.webhooks().await.len(), 2);

    site.kit.organizations().set_plan(member.id(), Plan::Growth).await.unwrap();
    member.get("/webhooks").await.shows(&["2 webhooks used; unlimited", CREATE]);
    member.post("/webhooks", &fields).await.shows(&["The webhook was created"]);
}
