use serde_json::json;
use slotflow_tests::database::Fresh;
use slotflow_tests::receiver::Reply;

use super::{lines, objects};
use crate::api::{Api, BOTH, QUICK_RETRIES, SLOW_RETRIES, text};

on_both_databases! {
    deliveries_are_listed_for_people_and_for_programs,
    a_list_goes_on_page_after_page,
    a_delivery_tells_its_story,
    what_others_wrote_does_not_act_on_the_terminal,
}

async fn deliveries_are_listed_for_people_and_for_programs(database: Fresh) {
    let arguments = ["--dev", "--retry-delays", "none"];
    let api = Api::start_with(database, &arguments, "growth").await;
    let (good, broken) = (api.register("/good", BOTH).await, api.register("/broken", BOTH).await);
    api.receiver.answer("/broken", [Reply::status(503)]);
    let bookings = [api.book().await, api.book().await];
    api.cancel(&bookings[0]).await;
    api.wait_for_deliveries(&good, &["delivered"; 3]).await;
    api.wait_for_deliveries(&broken, &["failed"; 3]).await;

    let shown = lines(&api, &["deliveries", "list"]).await;
    assert_eq!(shown.len(), 7, "{shown:#?}");
    let url_column = shown[0].find("URL").expect("a heading");
    for line in &shown[1..] {
        assert!(line[url_column..].starts_with("http://127.0.0.1:"), "not aligned: {shown:#?}");
    }
    let failed = shown.iter().find(|line| line.contains("failed")).expect("a failed delivery");
    assert!(failed.contains("booking.") && failed.ends_with("503 Service Unavailable"), "{failed}");

    let listed = api.get("/v1/deliveries").await;
    assert_eq!(json!(objects(&api, &["deliveries", "list"]).await), listed["deliveries"]);
    for (filter, count) in [
        (&["--status", "failed"][..], 3),
        (&["--status", "delivered", "--webhook", &broken.id], 0),
        (&["--webhook", &good.id, "--event", "booking.cancelled"], 1),
        (&["--booking", &bookings[0], "--since", "2h"], 4),
        (&["--since", "2020-01-01", "--until", "1h"], 0),
        (&["--since", "2020-01-01T00:00:00Z", "--limit", "5"], 5),
    ] {
        let found = objects(&api, &[&["deliveries", "list"], filter].concat()).await;
        assert_eq!(found.len(), count, "{filter:?}");
    }
    let nothing = lines(&api, &["deliveries", "list", "--status", "held"]).await;
    assert_eq!(nothing, ["No deliveries."]);
}

async fn a_list_goes_on_page_after_page(database: Fresh) {
    const BOOKINGS: usize = 103;
    let api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    let webhook = api.register("/", BOTH).await;
    api.patch(&webhook, json!({"active": false})).await;
    for _ in 0..BOOKINGS {
        api.book().await;
    }
    let ids = async |arguments: &[&str]| {
        let objects = objects(&api, &[&["deliveries", "list"], arguments].concat()).await;
        objects.iter().map(|object| text(object, "/id")).collect::<Vec<_>>()
    };

    let all = ids(&["--all"]).await;

    assert_eq!(all.len(), BOOKINGS);
    assert!(all.is_sorted_by(|newer, older| newer > older), "twice, or out of order");
    assert_eq!(ids(&["--limit", "102"]).await, all[..102]);
    let shown = lines(&api, &["deliveries", "list", "--all"]).await;
    assert_eq!(shown.len(), BOOKINGS + 1, "one line of headings, no note");
    let shown = lines(&api, &["deliveries", "list"]).await;
    assert_eq!(shown.len(), 1 + 50 + 1);
    assert!(shown[51].contains("there are more") && shown[51].contains("--all"), "{}", shown[51]);
}

async fn a_delivery_tells_its_story(database: Fresh) {
    let api = Api::start_with(database, QUICK_RETRIES, "growth").await;
    let webhook = api.register("/", BOTH).await;
    api.receiver.answer("/", [Reply::status(500).saying("no room\nat the inn"), Reply::status(204)]);
    let booking = api.book().await;
    let delivery = api.only_delivery(&webhook, "delivered").await;
    let id = text(&delivery, "/id");

    let shown = lines(&api, &["deliveries", "show", &id]).await;

    let place = |part: &str| {
        let found = shown.iter().position(|line| line.contains(part));
        found.unwrap_or_else(|| panic!("no {part}: {shown:#?}"))
    };
    assert!(place(&booking) < place("booking.confirmed happened"), "{shown:#?}");
    let story = [
        "attempt 1: http_status 500 in",
        "| no room",
        "| at the inn",
        "attempt 2: success 204 in",
        "delivered",
    ];
    assert!(story.map(&place)[..4].is_sorted(), "{shown:#?}");
    assert!(place(&booking) < place("attempt 1") && place(&webhook.id) < place("attempt 1"), "{shown:#?}");
    let told = objects(&api, &["deliveries", "show", &id]).await;
    assert_eq!(told, [api.get(&format!("/v1/deliveries/{id}")).await]);
}

async fn what_others_wrote_does_not_act_on_the_terminal(database: Fresh) {
    let api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    let webhook = api.register("/", BOTH).await;
    api.receiver.answer("/", [Reply::status(500).saying("\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}gnp")]);
    api.book().await;
    let id = text(&api.failed_once(&webhook).await, "/id");

    for arguments in [&["deliveries", "show", &id][..], &["deliveries", "show", &id, "--json"]] {
        for line in lines(&api, arguments).await {
            let harmful = |c: char| c.is_control() || c == '\u{202e}';
            assert!(!line.contains(harmful), "{line:?}");
        }
    }
    let told = objects(&api, &["deliveries", "show", &id]).await;
    assert_eq!(
        told,
        [api.get(&format!("/v1/deliveries/{id}")).await],
        "the JSON is the same, value for value"
    );
}
