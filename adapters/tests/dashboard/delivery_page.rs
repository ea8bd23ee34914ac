//! A delivery's own page.

use crate::made_up_log::{self, ITS_PATH};
use crate::support::Site;
use slotflow_adapters::memory::Reply;
use slotflow_application::webhooks::UpdateWebhook;
use slotflow_domain::delivery::{AttemptOutcome, AttemptReport, AttemptResponse, Exchange, Phases};
use slotflow_domain::organization::Plan;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(60 * 60);

#[tokio::test]
async fn a_story_goes_on_until_its_end() {
    let site = Site::new();
    let member = site.member(Plan::Growth).await;
    let webhook = member.webhook("https://a.dev/").await;
    site.kit.sender.reply([Reply::Timeout, Reply::Dns, Reply::OK]);
    member.book(1).await;
    let path = format!("/deliveries/{}", member.deliveries().await[0].id);
    member.get(&path).await.shows(&["Attempt 1 is due"]);
    site.kit.settle_down().await;
    let page = member.get(&path).await;
    page.shows(&[
        "The receiver did not answer in time",
        "Attempt 2 is due <time",
        "data-countdown>in 5 min 0 s<",
    ]);

    let set = |active| UpdateWebhook { active: Some(active), ..UpdateWebhook::default() };
    site.kit.webhooks().update(member.id(), webhook.id, set(false)).await.unwrap();
    member.get(&path).await.shows(&["Attempt 2 is held", "The webhook is paused."]);
    site.kit.webhooks().update(member.id(), webhook.id, set(true)).await.unwrap();
    site.kit.advance(HOUR).await;
    let page = member.get(&path).await;
    page.shows(&[
        "Attempt 1</h3>",
        "Attempt 2</h3>",
        "Attempt 3</h3>",
        "The name of the host could not be resolved",
    ]);
    page.shows(&["The receiver accepted it with 200.", "<h3>Delivered"]);
}

#[tokio::test]
async fn an_attempt_tells_what_its_time_went_into_and_what_came_back() {
    let report = AttemptReport {
        outcome: AttemptOutcome::HttpStatus,
        response: Some(AttemptResponse {
            status: 503,
            headers: vec![("server".to_owned(), b"nginx".to_vec()), ("x-odd".to_owned(), b"a\r\nb".to_vec())],
            body: b"no room\nat the inn".to_vec(),
            truncated: true,
        }),
        error: Some("the receiver answered 503".to_owned()),
        duration: Duration::from_micros(41_900),
        exchange: Exchange {
            address: Some("[2001:db8::7]:443".parse().unwrap()),
            phases: Phases {
                dns: Some(Duration::from_micros(1_250)),
                connect: Some(Duration::from_millis(5)),
                tls: Some(Duration::from_millis(5)),
                first_byte: Some(Duration::from_millis(30)),
                total: Some(Duration::from_micros(41_900)),
            },
        },
    };
    let payload = br#"{"event":"booking.confirmed","data":{"n":12345678901234567890,"name":"O'Neill"}}"#;
    let deliveries = made_up_log::of_one("https://hooks.acme.dev/a?x=1&y=2", payload, report);
    let site = Site::with(|services| services.deliveries = deliveries);
    let page = site.member(Plan::Growth).await.get(ITS_PATH).await;
    page.shows(&[
        "The receiver answered 503.",
        "took 41 ms, to <span class=\"mono\">[2001:db8::7]:443</span>",
    ]);
    for (kind, words) in [
        ("dns", "Looking up the name 1.2 ms"),
        ("connect", "Connecting 5.0 ms"),
        ("tls", "Securing the connection (TLS) 5.0 ms"),
        ("first-byte", "Waiting for the first byte 30 ms"),
        ("rest", "Reading the answer 0.6 ms"),
    ] {
        page.shows(&[words, &format!("<rect class=\"{kind}\" ")]);
    }
    page.shows(&["In all 41 ms", "The answer: 503", "no room\nat the inn", "The first 16 KiB are kept."]);
    page.shows(&["server: nginx\nx-odd: a\u{fffd}\u{fffd}b"]);
    page.shows(&["&#34;n&#34;: 12345678901234567890,", "x-slotflow-attempt: 1\nx-slotflow-sequence: 1"]);
    page.shows(&["POST &#39;https://hooks.acme.dev/a?x=1&#38;y=2&#39;", r"O&#39;\&#39;&#39;Neill"]);
    page.hides(&["x-slotflow-signature: ", "webhook-signature: ", "style="]);
}

#[tokio::test]
async fn what_is_over_stays_in_place_while_the_page_is_updated() {
    let site = Site::new();
    let member = site.member(Plan::Growth).await;
    member.webhook("https://a.dev/").await;
    site.kit.sender.reply([Reply::Status(500)]);
    member.book(1).await;
    site.kit.settle_down().await;
    let path = format!("/deliveries/{}", member.deliveries().await[0].id);
    let attempt = |page: &crate::support::Answer| {
        page.between("<li class=\"bad\" id=\"attempt-1\" hx-preserve>", "</li>\n").to_owned()
    };
    let before = member.get(&path).await;
    assert!(!before.body.contains("id=\"attempt-2\""));
    site.kit.advance(HOUR / 12).await;
    let after = member.get(&path).await;
    after.shows(&["id=\"attempt-2\""]);
    let unaged = |text: String| text.replace("5 min ago", "just now");
    assert_eq!(unaged(attempt(&before)), unaged(attempt(&after)));
}

#[tokio::test]
async fn other_events_of_the_booking_are_named() {
    let site = Site::new();
    let member = site.member(Plan::Growth).await;
    member.webhook("https://a.dev/").await;
    let booking = member.book(1).await;
    site.kit.settle_down().await;
    let page = member.get(&format!("/deliveries/{}", member.deliveries().await[0].id)).await;
    page.shows(&[&format!("href=\"/dashboard/deliveries?booking_id={}\"", booking.id)]);
    page.hides(&["Other events of this booking"]);
    site.kit.bookings().cancel(member.id(), booking.id, None).await.unwrap();
    let page = member.get(&format!("/deliveries/{}", member.deliveries().await[0].id)).await;
    let others = page.between("Other events of this booking", "</table>");
    let cancelled = member.events().await.into_iter().find(|event| event.sequence.0 == 2).unwrap();
    assert!(
        others.contains(&format!("/dashboard/events/{}\">booking.cancelled</a>", cancelled.id)),
        "{others}"
    );
    assert!(others.contains("No webhook wanted it") && !others.contains("booking.confirmed"), "{others}");
}
