//! A database server that crashes and comes back, under load.

use std::time::{Duration, Instant};

use slotflow_tests::postgres_cluster::PostgresCluster;
use slotflow_tests::requirement::available;
use slotflow_tests::server::Server;
use tokio::time::sleep;

use crate::kills::seed;
use crate::load::{Load, is_a_proper_503};
use crate::verdict;
use crate::world::{ARGUMENTS, PATIENCE, World};

/// Longer than a request waits for a connection, so that it is refused and does not just take its time.
const OUTAGE: Duration = Duration::from_secs(7);
const CRASHES: usize = 2;

pub(crate) async fn a_database_that_crashes_under_load_costs_a_503_and_no_event() {
    let test = "a PostgreSQL that crashes";
    let started = tokio::task::spawn_blocking(PostgresCluster::start).await.expect("a thread");
    let Some(mut cluster) = available("PostgreSQL", started.expect("a cluster")) else { return };
    let url = cluster.superuser().to_string();
    let seed = seed(test);
    let mut server = Server::start_with(&url, ARGUMENTS).await.expect("a server");
    // Each loses the lock that says that it lives, and neither may take the other for dead.
    let other = Server::start_with(&url, ARGUMENTS).await.expect("another server");
    let world = World::make(&url, &server).await;
    let client = server.client();
    let load = Load::start(seed, world.key(), vec![client.clone(), other.client()]);

    let mut recoveries = Vec::new();
    for _ in 0..CRASHES {
        sleep(Duration::from_secs(2)).await;
        cluster = tokio::task::spawn_blocking(move || cluster.crash().map(|()| cluster))
            .await
            .expect("a thread")
            .expect("a crash");
        for path in ["/readyz", "/v1/webhooks"] {
            let answer = client.get(path, world.key()).await.expect("an answer");
            is_a_proper_503(&answer).unwrap_or_else(|why| panic!("{path} while the database is down: {why}"));
        }
        sleep(OUTAGE).await;
        cluster = tokio::task::spawn_blocking(move || cluster.recover().map(|()| cluster))
            .await
            .expect("a thread")
            .expect("a recovery");
        let (back, done) = (Instant::now(), load.done());
        while load.done() == done {
            assert!(
                back.elapsed() < PATIENCE,
                "no booking after the recovery\n{}",
                server.process().output()
            );
            sleep(Duration::from_millis(10)).await;
        }
        recoveries.push(back.elapsed());
    }
    let healed = Instant::now();
    sleep(Duration::from_secs(1)).await;
    let journal = load.stop().await;
    assert!(journal.unavailable > 0, "no 503 in {} requests", journal.asked.len());

    world.wait_until_all_is_final(&client).await;
    // No process died and no lease ended: there is no excuse for a repeated request.
    let figures = verdict::judge(&world, &client, &journal, &[]).await;
    figures.print(test, 0, healed);
    println!(
        "{test}: {CRASHES} crashes, {} answers of 503, slowest answer {:.1?}, first booking after {recoveries:.1?}",
        journal.unavailable, journal.slowest
    );
    assert!(server.process().exit_status().expect("a status").is_none(), "the server ended");
    // The server goes before its database.
    drop(server);
    drop(cluster);
}
