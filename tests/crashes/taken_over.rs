//! What a killed server was sending is sent again soon: whoever is there knows that it is dead, and does not wait for its
//! lease to end.

use std::time::{Duration, Instant};

use slotflow_domain::instance::Watch;
use slotflow_tests::database::Fresh;
use slotflow_tests::receiver::Reply;
use slotflow_tests::server::Server;

use crate::kills::kill;
use crate::world::{PATIENCE, World, attempt};

/// The default timeout, and so a lease of 30 s.
const ARGUMENTS: &[&str] = &["--dev"];
/// Three times what is aimed at, for a machine that is busy, and half of what waiting for the lease would take.
const SOON: Duration = Duration::from_secs(15);
/// As many as a webhook may have on the wire at once.
const ON_THE_WIRE: usize = 8;

pub(crate) async fn what_a_killed_server_on_sqlite_was_sending_is_sent_soon_after_its_restart() {
    let database = Fresh::sqlite().expect("a directory");
    restart("SQLite", &database, Duration::ZERO).await;
}

pub(crate) async fn what_a_killed_server_on_postgres_was_sending_is_sent_soon_after_its_restart() {
    let Some(database) = Fresh::postgres().await else { return };
    restart("PostgreSQL", &database, Watch::GRACE).await;
}

pub(crate) async fn what_one_of_two_servers_on_postgres_was_sending_is_taken_over_by_the_other() {
    let Some(database) = Fresh::postgres().await else { return };
    let url = database.url();
    let survivor = Server::start_with(&url, ARGUMENTS).await.expect("a server");
    let (mut server, world) = hanging(&url).await;
    let died = kill(&mut server).await.before;
    let took = repeated(&world, died, Watch::GRACE).await;
    assert!(took < SOON, "after {took:?}");
    world.wait_until_all_is_final(&survivor.client()).await;
    println!("one of two servers killed in mid-attempt: taken over {took:.1?} later");
}

async fn restart(on: &str, database: &Fresh, grace: Duration) {
    let url = database.url();
    let (mut server, world) = hanging(&url).await;
    let died = kill(&mut server).await.before;
    let server = Server::start_with(&url, ARGUMENTS).await.expect("another start");
    let ready = Instant::now();
    repeated(&world, died, grace).await;
    let took = ready.elapsed();
    assert!(took < SOON, "{took:?} after it was ready");
    world.wait_until_all_is_final(&server.client()).await;
    println!("a server on {on} killed in mid-attempt: repeated {took:.1?} after it was ready again");
}

/// A server whose requests are on the wire. They get no answer; those of the next one do.
async fn hanging(url: &str) -> (Server, World) {
    let server = Server::start_with(url, ARGUMENTS).await.expect("a server");
    let mut world = World::make_empty(url).await;
    world.register(&server, "/", |_| 0).await;
    let hang = vec![Reply::status(200).after(PATIENCE); ON_THE_WIRE];
    world.receiver.answer("/", hang.into_iter().chain([Reply::status(200)]));
    world.book(&server, ON_THE_WIRE).await;
    world.receiver.wait_for("/", ON_THE_WIRE, PATIENCE).await.expect("its requests");
    (server, world)
}

/// Waits until each was sent once more, as the same attempt, and answers how long after the death that was.
async fn repeated(world: &World, died: Instant, grace: Duration) -> Duration {
    let arrivals =
        world.receiver.wait_for("/", 2 * ON_THE_WIRE, PATIENCE).await.expect("the same attempts again");
    let took = died.elapsed();
    let (first, again) = arrivals.split_at(ON_THE_WIRE);
    let deliveries = |arrivals: &[slotflow_tests::receiver::Arrival]| {
        let ids = arrivals.iter().map(|arrival| arrival.header("x-slotflow-delivery").to_owned());
        let mut ids: Vec<_> = ids.collect();
        ids.sort();
        ids
    };
    assert_eq!(deliveries(first), deliveries(again));
    for arrival in again {
        assert_eq!(attempt(arrival), 1);
        assert!(arrival.at >= died + grace, "{:?} after the death", arrival.at - died);
    }
    took
}
