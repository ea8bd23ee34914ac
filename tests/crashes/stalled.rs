//! Slow, not dead: a server that is stopped for longer than its leases, and goes on.

use std::time::Duration;

use serde_json::json;
use slotflow_tests::database::Fresh;
use slotflow_tests::receiver::Reply;
use slotflow_tests::server::Server;
use tokio::time::{Instant, sleep};

use crate::world::{ARGUMENTS, LEASE, PATIENCE, World, attempt, text};

/// As many as a webhook may have on the wire at once.
const BOOKINGS: usize = 8;

pub(crate) async fn what_a_stalled_server_settles_too_late_changes_nothing() {
    let Some(database) = Fresh::postgres().await else { return };
    let url = database.url();
    let mut stalled = Server::start_with(&url, ARGUMENTS).await.expect("a server");
    let mut world = World::make_empty(&url).await;
    world.register(&stalled, "/", |_| 0).await;
    // Time to stop the first server in; its answer is a failure, the other server's a success.
    let refuse = vec![Reply::status(500).after(Duration::from_millis(2_500)); BOOKINGS];
    world.receiver.answer("/", refuse.into_iter().chain([Reply::status(200)]));

    world.book(&stalled, BOOKINGS).await;
    world.receiver.wait_for("/", BOOKINGS, PATIENCE).await.expect("the first server's requests");
    stalled.process().signal("STOP").await.expect("a stop");
    let stopped = Instant::now();
    let other = Server::start_with(&url, ARGUMENTS).await.expect("another server");

    let arrivals = world.receiver.wait_for("/", 2 * BOOKINGS, LEASE + PATIENCE).await.expect("a takeover");
    let taken_over = stopped.elapsed();
    assert!(taken_over > LEASE - Duration::from_secs(5), "the lease was not waited for: {taken_over:?}");
    world.wait_until_all_is_final(&other.client()).await;
    let before = world.deliveries(&other.client(), &world.webhooks[0]).await;
    stalled.process().signal("CONT").await.expect("going on");

    let dropped = |lines: &[String]| {
        lines.iter().filter(|line| line.contains("came after its lease was taken over")).count() == BOOKINGS
    };
    let deadline = Instant::now() + PATIENCE;
    while !dropped(&[stalled.process().stdout(), stalled.process().stderr()].concat()) {
        assert!(Instant::now() < deadline, "not every late outcome came\n{}", stalled.process().output());
        sleep(Duration::from_millis(50)).await;
    }
    // Longer than both retries would take, had one of the late failures counted.
    sleep(Duration::from_secs(4)).await;
    assert_eq!(world.deliveries(&other.client(), &world.webhooks[0]).await, before);
    assert_eq!(world.receiver.arrivals("/").len(), 2 * BOOKINGS, "sent again");
    for delivery in &before {
        assert_eq!((&delivery["status"], &delivery["attempt_count"]), (&json!("delivered"), &json!(1)));
        let id = text(delivery, "/id");
        let of_it = arrivals.iter().filter(|arrival| arrival.header("x-slotflow-delivery") == id);
        assert_eq!(of_it.map(attempt).collect::<Vec<_>>(), [1, 1], "{delivery:#}");
    }
    println!(
        "a stalled server: {BOOKINGS} deliveries taken over after {taken_over:.1?}, {BOOKINGS} late outcomes dropped"
    );
}
