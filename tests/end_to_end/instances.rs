//! Several servers on one database: they share the work, and the rules hold across them.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use slotflow_tests::database::Fresh;
use slotflow_tests::receiver::Reply;
use slotflow_tests::server::Server;
use tokio::time::sleep;

use crate::api::{Api, BOTH, OFFLINE, QUICK_RETRIES, booking};

on_both_databases! {
    two_servers_send_each_event_once,
    a_plans_limit_holds_across_two_servers,
}

async fn two_servers_send_each_event_once(database: Fresh) {
    const BOOKINGS: usize = 20;
    let mut api = Api::start(database).await;
    let second = Server::start_with(&api.database.url(), QUICK_RETRIES).await.expect("a second server");
    let webhook = api.register("/", BOTH).await;
    // Slow enough that each server sees what the other has on the wire.
    api.receiver.answer("/", [Reply::status(200).after(Duration::from_millis(100))]);

    let first_client = api.client.clone();
    for number in 0..BOOKINGS {
        api.client = if number % 2 == 0 { first_client.clone() } else { second.client() };
        api.post_text("/v1/bookings", &booking("")).await.expect_status(201).expect("a booking");
    }
    api.wait_for_deliveries(&webhook, &["delivered"].repeat(BOOKINGS)).await;
    sleep(Duration::from_millis(1_500)).await;

    let arrivals = api.receiver.arrivals("/");
    let events: BTreeSet<_> = arrivals.iter().map(|arrival| arrival.header("webhook-id")).collect();
    assert_eq!((arrivals.len(), events.len()), (BOOKINGS, BOOKINGS));
}

async fn a_plans_limit_holds_across_two_servers(database: Fresh) {
    let api = Api::start_with(database, OFFLINE, "free").await;
    let second = Server::start_with(&api.database.url(), OFFLINE).await.expect("a second server");
    let clients = [api.client.clone(), second.client()];

    let bodies: Vec<_> =
        (0..10).map(|n| json!({"url": format!("https://hooks.acme.dev/{n}"), "events": BOTH})).collect();
    let registrations = bodies.iter().zip(clients.iter().cycle());
    let answers =
        join_all(registrations.map(|(body, client)| client.post("/v1/webhooks", api.key(), body))).await;

    let statuses = answers.into_iter().map(|answer| answer.expect("an answer").status.as_u16());
    let mut statuses: Vec<_> = statuses.collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [[201; 2].as_slice(), &[402; 8]].concat());
}
