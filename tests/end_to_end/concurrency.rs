//! Limits, duplicates and slots, when many ask at once.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::{Value, json};
use slotflow_tests::database::Fresh;
use slotflow_tests::http::Answer;

use crate::api::{Api, BOTH, OFFLINE, text};

on_both_databases! {
    the_free_plans_limit_holds_under_ten_parallel_registrations,
    the_starter_plans_limit_holds_under_ten_parallel_registrations,
    one_url_in_ten_spellings_is_registered_once,
    fifty_parallel_bookings_of_one_slot_are_one_booking,
    a_cancelled_slot_can_be_booked_again,
}

/// How often each status was answered, and each error's code.
fn tally(answers: &[Answer]) -> BTreeMap<(u16, &str), usize> {
    let mut tally = BTreeMap::new();
    for answer in answers {
        *tally.entry((answer.status.as_u16(), answer.error_code().unwrap_or("-"))).or_default() += 1;
    }
    tally
}

async fn fill_up(api: &Api, already: usize, room: usize) {
    for number in 0..already {
        let url = format!("https://hooks.acme.dev/{number}");
        api.try_to_register(&url, BOTH).await.expect_status(201).expect("below the limit");
    }
    let urls: Vec<_> = (0..10).map(|number| format!("https://hooks.acme.dev/parallel/{number}")).collect();
    let answers = join_all(urls.iter().map(|url| api.try_to_register(url, BOTH))).await;

    let expected = BTreeMap::from([((201, "-"), room), ((402, "LIMIT_REACHED"), 10 - room)]);
    assert_eq!(tally(&answers), expected);
    assert_eq!(api.get("/v1/webhooks").await["total"], already + room);
}

async fn the_free_plans_limit_holds_under_ten_parallel_registrations(database: Fresh) {
    let api = Api::start_with(database, OFFLINE, "free").await;
    fill_up(&api, 0, 2).await;

    // The limit is on what exists: a disabled one counts, a deleted one does not.
    let listed = api.get("/v1/webhooks").await;
    let (first, second) = (text(&listed, "/webhooks/0/id"), text(&listed, "/webhooks/1/id"));
    let path = format!("/v1/webhooks/{first}");
    let disabled = api.client.patch(&path, api.key(), &json!({"active": false})).await.expect("an answer");
    disabled.expect_status(200).expect("a disabled webhook");
    let refused = api.try_to_register("https://hooks.acme.dev/more", BOTH).await;
    assert_eq!(refused.error_code(), Some("LIMIT_REACHED"));
    api.delete(&format!("/v1/webhooks/{second}")).await.expect_status(200).expect("a deleted webhook");
    api.try_to_register("https://hooks.acme.dev/more", BOTH).await.expect_status(201).expect("room again");
}

async fn the_starter_plans_limit_holds_under_ten_parallel_registrations(database: Fresh) {
    let api = Api::start_with(database, OFFLINE, "starter").await;
    fill_up(&api, 7, 3).await;
}

async fn one_url_in_ten_spellings_is_registered_once(database: Fresh) {
    let api = Api::start_with(database, OFFLINE, "growth").await;
    let spellings = [
        "https://hooks.acme.dev/b",
        "HTTPS://hooks.acme.dev/b",
        "https://HOOKS.Acme.Dev/b",
        "https://hooks.acme.dev:443/b",
        "https://hooks.acme.dev/./b",
        "https://hooks.acme.dev/a/../b",
        "https://hooks.acme.dev/a/%2e%2E/b",
        "https://hooks.acme.dev./b",
        "https://ｈｏｏｋｓ.acme.dev/b",
        "https://hooks。acme.dev/b",
    ];
    let answers = join_all(spellings.iter().map(|url| api.try_to_register(url, BOTH))).await;

    let expected = BTreeMap::from([((201, "-"), 1), ((409, "DUPLICATE_WEBHOOK"), 9)]);
    assert_eq!(tally(&answers), expected);
    let registered = answers.iter().position(|answer| answer.status == 201).expect("one");
    assert_eq!(text(&answers[registered].json, "/url"), spellings[registered], "returned as it was sent in");
    let listed = api.get("/v1/webhooks").await;
    assert_eq!(listed, json!({"webhooks": [answers[registered].json], "total": 1}));
    for other in ["https://hooks.acme.dev/B", "https://hooks.acme.dev/b/", "https://hooks.acme.dev/b?"] {
        api.try_to_register(other, BOTH).await.expect_status(201).expect("another URL");
    }
}

fn slot(minute: u32) -> Value {
    json!({
        "human_id": "f47ac10b-58cc-4372-a567-0e02b2c3d479",
        "starts_at": format!("2031-03-10T14:{minute:02}:00Z"),
        "duration": 30,
        "attendee_name": "Alex Rivera",
    })
}

async fn fifty_parallel_bookings_of_one_slot_are_one_booking(database: Fresh) {
    let api = Api::start(database).await;
    let webhook = api.register("/", BOTH).await;
    // Not all for the same minute: the slots overlap, which is what counts.
    let slots: Vec<_> = (0..50).map(|number| slot(number % 30)).collect();
    let bookings = slots.iter().map(|slot| api.client.post("/v1/bookings", api.key(), slot));
    let answers: Vec<_> =
        join_all(bookings).await.into_iter().map(|answer| answer.expect("an answer")).collect();

    let expected = BTreeMap::from([((201, "-"), 1), ((409, "SLOT_UNAVAILABLE"), 49)]);
    assert_eq!(tally(&answers), expected);
    assert_eq!(api.get("/v1/bookings").await["total"], 1);
    api.wait_for_deliveries(&webhook, &["delivered"]).await;
    assert_eq!(api.receiver.arrivals("/").len(), 1, "a refused booking made an event");
}

async fn a_cancelled_slot_can_be_booked_again(database: Fresh) {
    let api = Api::start(database).await;
    let book =
        async |slot: Value| api.client.post("/v1/bookings", api.key(), &slot).await.expect("an answer");
    let first = book(slot(0)).await.expect_status(201).expect("a booking");
    assert_eq!(book(slot(15)).await.error_code(), Some("SLOT_UNAVAILABLE"));
    book(slot(30)).await.expect_status(201).expect("the slot that begins where it ends");
    api.cancel(&text(&first.json, "/id")).await;
    book(slot(0)).await.expect_status(201).expect("the slot is free again");
    let confirmed = api.get("/v1/bookings?status=confirmed").await;
    assert_eq!((&confirmed["total"], &api.get("/v1/bookings").await["total"]), (&json!(2), &json!(3)));
}
