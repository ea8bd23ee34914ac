//! What others wrote is text, wherever it is shown.

use crate::made_up_log::{self, ITS_PATH};
use crate::support::{Answer, Site};
use slotflow_domain::delivery::{AttemptOutcome, AttemptReport, AttemptResponse, Exchange};
use slotflow_domain::organization::Plan;
use std::time::Duration;

/// What would be a script, an attribute, the other direction of writing, or an order to a terminal.
const TEXT: &str = "<script>alert(1)</script>\"><img src=x onerror=alert(2)>'{{ 7 }}\u{202e}gpj.exe\u{1b}[2J\u{1b}]0;t\u{7}\0\u{9b}31m</pre>";

#[track_caller]
fn shows_text_only(page: &Answer) {
    page.hides(&["<script>alert", "<img src=x", "'{{ 7 }}", "\u{202e}", "\u{1b}", "\u{7}", "\0", "\u{9b}"]);
    for script in page.body.split("<script").skip(1) {
        assert!(script.starts_with(" src=\"/dashboard/assets/"), "{script}");
    }
    // Every `<pre>` is closed by us, and nothing else closes one.
    assert_eq!(page.body.matches("<pre").count(), page.body.matches("</pre>").count());
}

fn hostile_report() -> AttemptReport {
    AttemptReport {
        outcome: AttemptOutcome::Protocol,
        response: Some(AttemptResponse {
            status: 500,
            headers: vec![(TEXT.to_owned(), TEXT.as_bytes().to_vec())],
            body: TEXT.as_bytes().to_vec(),
            truncated: false,
        }),
        error: Some(TEXT.to_owned()),
        duration: Duration::from_millis(1),
        exchange: Exchange::default(),
    }
}

#[tokio::test]
async fn what_a_receiver_sent_and_what_a_store_holds_is_text() {
    let url = format!("https://a.dev/{TEXT}");
    for payload in [TEXT.as_bytes(), b"\xff\xfe<script>alert(1)</script>"] {
        let deliveries = made_up_log::of_one(&url, payload, hostile_report());
        let site = Site::with(|services| services.deliveries = deliveries);
        let member = site.member(Plan::Growth).await;
        let list = member.get("/deliveries").await;
        shows_text_only(&list);
        list.shows(&["&#60;img src=x onerror=alert(2)&#62;"]);
        let page = member.get(ITS_PATH).await;
        shows_text_only(&page);
        page.shows(&["&#60;script&#62;alert(1)&#60;/script&#62;", "Some of its characters cannot be shown"]);
    }
}

#[tokio::test]
async fn what_tenants_and_attendees_wrote_is_text() {
    let site = Site::new();
    let member = site.member(Plan::Growth).await;
    let name = "<script>alert(1)</script>\"><img src=x onerror=alert(2)>'{{ 7 }}\u{202e}gpj.exe";
    let webhook = member.webhook("https://a.dev/?q=\"><script>alert(1)</script>\u{202e}<img src=x>").await;
    let metadata = "{\"</pre><script>alert(1)</script>\":\"<img src=x>\u{202e}\u{7f}\"}";
    member.book_as(1, name, metadata).await;
    site.kit.settle_down().await;
    let list = member.get("/deliveries").await;
    shows_text_only(&list);
    list.shows(&[&format!("<option value=\"{}\">https://a.dev/?q=&#34;&#62;&#60;script", webhook.id)]);
    let delivery = member.get(&list.link("booking.confirmed")).await;
    shows_text_only(&delivery);
    delivery.shows(&["\\u202e\\u007f", "printf %s "]);
    let events = member.get("/events").await;
    shows_text_only(&events);
    shows_text_only(&member.get(&events.link("booking.confirmed")).await);
}

#[tokio::test]
async fn what_stands_in_a_link_is_text() {
    let site = Site::new();
    let member = site.member(Plan::Growth).await;
    let typed = "%3Cscript%3Ealert(1)%3C/script%3E%22%3E%3Cimg%20src=x%20onerror=alert(2)%3E%E2%80%AE%1B%00";
    for field in ["status", "webhook_id", "event", "booking_id", "from", "until", "cursor", "done", "count"] {
        for path in ["deliveries", "events"] {
            let page = member.get(&format!("/{path}?{field}={typed}")).await;
            shows_text_only(&page);
        }
    }
    let answer = member.post("/deliveries/retry", &[("status", TEXT), ("id", TEXT)]).await;
    assert!(answer.leads_to().starts_with("/deliveries?status=%3Cscript%3E"), "{}", answer.leads_to());
}
