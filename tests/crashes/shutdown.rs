//! Ends on request, with receivers that do not answer.

use std::time::{Duration, Instant};

use slotflow_tests::database::Fresh;
use slotflow_tests::receiver::Reply;
use slotflow_tests::server::Server;
use tokio::time::sleep;

use crate::world::{ARGUMENTS, LEASE, PATIENCE, TIMEOUT, World, attempt};

/// By how much the end may come later than the slowest attempt.
const MARGIN: Duration = Duration::from_secs(5);
/// More than a webhook may have on the wire at once, so that some wait in the queue.
const BOOKINGS: usize = 12;
const ON_THE_WIRE: usize = 8;

/// A server with requests on the wire to a receiver that hangs; from the `BOOKINGS`th on it answers.
async fn hanging(database: &Fresh) -> (Server, World) {
    let url = database.url();
    let server = Server::start_with(&url, ARGUMENTS).await.expect("a server");
    let mut world = World::make_empty(&url).await;
    world.register(&server, "/", |_| 0).await;
    world.receiver.answer(
        "/",
        vec![Reply::status(200).after(PATIENCE); ON_THE_WIRE].into_iter().chain([Reply::status(200)]),
    );
    world.book(&server, BOOKINGS).await;
    world.receiver.wait_for("/", ON_THE_WIRE, PATIENCE).await.expect("requests on the wire");
    (server, world)
}

/// Starts again; then every delivery arrives. The attempts of each, in order.
async fn resume(database: &Fresh, world: &World) -> Vec<Vec<u32>> {
    let server = Server::start_with(&database.url(), ARGUMENTS).await.expect("another start");
    world.wait_until_all_is_final(&server.client()).await;
    let deliveries = world.deliveries(&server.client(), &world.webhooks[0]).await;
    assert_eq!(deliveries.len(), BOOKINGS);
    let arrivals = world.receiver.arrivals("/");
    let attempts = deliveries.iter().map(|delivery| {
        assert_eq!(delivery["status"], "delivered", "{delivery:#}");
        let of_it = arrivals.iter().filter(|one| delivery["id"] == one.header("x-slotflow-delivery"));
        of_it.map(attempt).collect()
    });
    let mut attempts: Vec<Vec<u32>> = attempts.collect();
    attempts.sort();
    attempts
}

pub(crate) async fn a_receiver_that_hangs_delays_the_end_by_one_timeout_only() {
    let database = Fresh::sqlite().expect("a directory");
    let (mut server, world) = hanging(&database).await;
    let asked = Instant::now();
    let ended = server.process().terminate(PATIENCE).await.expect("an end");
    let took = asked.elapsed();
    assert_eq!(ended.code(), Some(0), "{}", server.process().output());
    assert!(took <= TIMEOUT + MARGIN, "it took {took:?}");
    assert_eq!(world.receiver.arrivals("/").len(), ON_THE_WIRE, "attempts were begun while ending");

    // The attempts that timed out were recorded, and what waited was never begun: nothing is repeated.
    let mut expected = vec![vec![1]; BOOKINGS - ON_THE_WIRE];
    expected.extend(vec![vec![1, 2]; ON_THE_WIRE]);
    assert_eq!(resume(&database, &world).await, expected);
    println!("a stop with a receiver that hangs: ended after {took:.1?}");
}

pub(crate) async fn a_second_signal_ends_the_server_at_once_and_loses_nothing() {
    let database = Fresh::sqlite().expect("a directory");
    let (mut server, world) = hanging(&database).await;
    server.process().signal("TERM").await.expect("a signal");
    sleep(Duration::from_millis(300)).await;
    assert!(server.process().exit_status().expect("a status").is_none(), "it did not wait for its requests");
    let asked = Instant::now();
    server.process().signal("INT").await.expect("a signal");
    let ended = server.process().finish(PATIENCE).await.expect("an end");
    let took = asked.elapsed();
    assert_eq!(ended.code(), Some(130), "{}", server.process().output());
    assert!(took < Duration::from_secs(1), "it took {took:?}");

    let killed = Instant::now();
    let mut expected = vec![vec![1]; BOOKINGS - ON_THE_WIRE];
    expected.extend(vec![vec![1, 1]; ON_THE_WIRE]);
    expected.sort();
    assert_eq!(resume(&database, &world).await, expected);
    let recovered = killed.elapsed();
    assert!(recovered < LEASE - TIMEOUT - MARGIN, "it waited for the lease: {recovered:?}");
    println!("a second signal: ended after {took:.1?}, all had arrived {recovered:.1?} later");
}
