//! Two hundred hostile receivers at once: what they cost the server, and what a good neighbour notices of them.

mod receivers;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use slotflow_tests::database::Fresh;
use slotflow_tests::server::{Organization, create_organization};
use tokio::time::{Instant, sleep, timeout};

use crate::api::{Api, BOTH, PATIENCE, booking, text};
use receivers::{Hostile, flooding, holding};

on_both_databases! {
    two_hundred_hostile_receivers_cost_bounded_memory_and_no_neighbour,
}

/// One attempt each, long enough for all that is looked at meanwhile on a machine that is busy with other tests.
const ARGUMENTS: &[&str] = &["--dev", "--retry-delays", "none", "--request-timeout", "20s"];
/// Of each manner that holds an attempt; there are eight.
const HOLDING_OF_A_MANNER: usize = 25;
/// Of each manner that sends without end; there are eight.
const FLOODING_OF_A_MANNER: usize = 3;
/// How much more memory than before the server may have had resident at any moment. An attempt keeps at most
/// 24 KiB of an answer; the rest is for buffers, tasks, and what the allocator does not give back.
const MOST_MORE_KIB: u64 = 64 * 1_024;
/// How soon a good neighbour has its delivery, and all the hostile ones their attempts: half the time of an attempt.
const SOON: Duration = Duration::from_secs(10);

/// What the system says of the server's memory, in KiB: `VmRSS`, what is resident now, or `VmHWM`, the most that
/// ever was.
fn memory(api: &mut Api, what: &str) -> u64 {
    let id = api.server.process().id().expect("a running server");
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("a status");
    let line = status.lines().find(|line| line.starts_with(what)).expect("a line");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

/// Registers all of them as webhooks of one organization; how many.
async fn register(api: &Api, owner: &Organization, receivers: &[Hostile], of_each: usize) -> usize {
    for receiver in receivers {
        for number in 0..of_each {
            let body = json!({"url": receiver.url(number), "events": BOTH});
            let answer = api.client.post("/v1/webhooks", owner.api_key.as_str(), &body).await;
            answer.expect("an answer").expect_status(201).expect("a webhook");
        }
    }
    receivers.len() * of_each
}

/// All deliveries of an organization.
async fn deliveries(api: &Api, owner: &Organization) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/deliveries?limit=100{cursor}");
        let answer = api.client.get(&path, owner.api_key.as_str()).await.expect("an answer");
        let page = answer.expect_status(200).expect("a list").json;
        all.extend(page["deliveries"].as_array().expect("a list").iter().cloned());
        if page["next_cursor"].is_null() {
            return all;
        }
        cursor = format!("&cursor={}", text(&page, "/next_cursor"));
    }
}

async fn two_hundred_hostile_receivers_cost_bounded_memory_and_no_neighbour(database: Fresh) {
    let mut api = Api::start_with(database, ARGUMENTS, "growth").await;
    api.register("/good", BOTH).await;
    let hostile = create_organization(&api.database.url(), "growth").await.expect("an organization");
    let (held, flooded) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let start = async |manners: Vec<_>, open: &Arc<AtomicUsize>| {
        let mut receivers = Vec::new();
        for manner in manners {
            receivers.push(Hostile::start(manner, open).await);
        }
        receivers
    };
    let holders = start(holding(), &held).await;
    let flooders = start(flooding(), &flooded).await;
    let holding = register(&api, &hostile, &holders, HOLDING_OF_A_MANNER).await;
    let flooding = register(&api, &hostile, &flooders, FLOODING_OF_A_MANNER).await;
    assert_eq!(holding, 200);
    api.book().await;
    api.arrivals("/good", 1).await;
    let before = memory(&mut api, "VmRSS");

    let body: Value = serde_json::from_str(&booking("")).expect("JSON");
    let booked = api.client.post("/v1/bookings", hostile.api_key.as_str(), &body).await.expect("an answer");
    booked.expect_status(201).expect("a booking");
    let all_held = async {
        while held.load(Ordering::SeqCst) < holding {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(SOON, all_held)
        .await
        .unwrap_or_else(|_| panic!("only {} are held at once", held.load(Ordering::SeqCst)));
    let mut slowest = Duration::ZERO;
    for arrived in 2..=11 {
        let booked = Instant::now();
        api.book().await;
        api.receiver.wait_for("/good", arrived, SOON).await.expect("a delivery beside hostile ones");
        slowest = slowest.max(booked.elapsed());
    }
    assert_eq!(held.load(Ordering::SeqCst), holding, "all are held meanwhile");

    let deadline = Instant::now() + PATIENCE;
    loop {
        let all = deliveries(&api, &hostile).await;
        assert_eq!(all.len(), holding + flooding);
        let settled = |it: &&Value| it["status"] == "delivered" || it["status"] == "failed";
        let settled = all.iter().filter(settled).count();
        if settled == all.len() {
            break;
        }
        assert!(Instant::now() < deadline, "only {settled} of {} have come to an end", all.len());
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(held.load(Ordering::SeqCst) + flooded.load(Ordering::SeqCst), 0, "connections that stay open");
    let most = memory(&mut api, "VmHWM");
    let more = most.saturating_sub(before);
    println!(
        "{holding} held at once and {flooding} floods: {before} KiB resident before, {most} KiB at most"
    );
    println!("a good neighbour's slowest delivery took {slowest:?}");
    assert!(more < MOST_MORE_KIB, "{before} KiB resident before, {most} KiB with hostile receivers");
}
