//! `kill -9`, at any moment, under load.

use std::time::{Duration, Instant};

use fastrand::Rng;
use slotflow_tests::database::Fresh;
use slotflow_tests::http::JsonClient;
use slotflow_tests::server::Server;
use tokio::time::sleep;

use crate::accounts::Kill;
use crate::load::Load;
use crate::verdict;
use crate::world::{ARGUMENTS, World};

/// Milliseconds that a server works before it is killed.
const LIFE: std::ops::Range<u64> = 50..900;
/// Milliseconds until it is started again.
const DEATH: std::ops::Range<u64> = 0..300;

pub(crate) async fn nothing_is_lost_when_a_server_on_sqlite_is_killed_again_and_again() {
    let database = Fresh::sqlite().expect("a directory");
    let figures = kill_again_and_again("one server on SQLite", &database, 1, 8).await;
    assert!(figures.retries > 0 && figures.failed > 0, "too quiet: {figures}");
}

pub(crate) async fn nothing_is_lost_when_a_server_on_postgres_is_killed_again_and_again() {
    let Some(database) = Fresh::postgres().await else { return };
    let figures = kill_again_and_again("one server on PostgreSQL", &database, 1, 8).await;
    assert!(figures.retries > 0 && figures.failed > 0, "too quiet: {figures}");
}

pub(crate) async fn nothing_is_lost_when_two_servers_on_postgres_are_killed_again_and_again() {
    let Some(database) = Fresh::postgres().await else { return };
    let figures = kill_again_and_again("two servers on PostgreSQL", &database, 2, 8).await;
    assert!(figures.retries > 0 && figures.failed > 0, "too quiet: {figures}");
}

async fn kill_again_and_again(
    test: &str,
    database: &Fresh,
    instances: usize,
    times: usize,
) -> verdict::Figures {
    let seed = seed(test);
    let mut random = Rng::with_seed(seed);
    let url = database.url();
    let mut servers = start(&url, instances).await;
    let world = World::make(&url, &servers[0]).await;
    let load = Load::start(seed, world.key(), clients(&servers));

    let mut kills = Vec::new();
    while kills.len() < times {
        sleep(Duration::from_millis(random.u64(LIFE))).await;
        // One of them, and now and then all at once.
        let one = random.usize(..servers.len());
        let victims = if random.u8(..3) == 0 { 0..servers.len() } else { one..one + 1 };
        for victim in victims.clone() {
            kills.push(kill(&mut servers[victim]).await);
        }
        sleep(Duration::from_millis(random.u64(DEATH))).await;
        for victim in victims {
            servers[victim] = Server::start_with(&url, ARGUMENTS).await.expect("another start");
            load.move_to(clients(&servers));
        }
    }
    let healed = Instant::now();
    sleep(Duration::from_millis(500)).await;

    let journal = load.stop().await;
    let client = servers[0].client();
    world.wait_until_all_is_final(&client).await;
    let figures = verdict::judge(&world, &client, &journal, &kills).await;
    figures.print(test, kills.len(), healed);
    figures
}

pub(crate) async fn two_servers_share_an_sqlite_file_and_one_takes_over_from_the_other() {
    let test = "two servers on one SQLite file";
    let seed = seed(test);
    let mut random = Rng::with_seed(seed);
    let database = Fresh::sqlite().expect("a directory");
    let mut servers = start(&database.url(), 2).await;
    let world = World::make(&database.url(), &servers[0]).await;
    let load = Load::start(seed, world.key(), clients(&servers));

    sleep(Duration::from_millis(2_000 + random.u64(LIFE))).await;
    let kill = kill(&mut servers[0]).await;
    let done = load.done();
    sleep(Duration::from_secs(2)).await;
    assert!(load.done() > done, "nobody books at the other server");
    servers.remove(0);
    load.move_to(clients(&servers));
    let journal = load.stop().await;

    let client = servers[0].client();
    world.wait_until_all_is_final(&client).await;
    let figures = verdict::judge(&world, &client, &journal, &[kill]).await;
    figures.print(test, 1, kill.after);
}

async fn start(url: &str, instances: usize) -> Vec<Server> {
    let mut servers = Vec::new();
    for _ in 0..instances {
        servers.push(Server::start_with(url, ARGUMENTS).await.expect("a server"));
    }
    servers
}

fn clients(servers: &[Server]) -> Vec<JsonClient> {
    servers.iter().map(Server::client).collect()
}

/// SIGKILL.
pub(crate) async fn kill(server: &mut Server) -> Kill {
    let before = Instant::now();
    server.process().kill().await.expect("an end");
    Kill { before, after: Instant::now() }
}

/// The seed that was asked for, or a new one; said at once, as a test that fails needs it most.
pub(crate) fn seed(test: &str) -> u64 {
    let given = std::env::var("SLOTFLOW_TEST_SEED").ok().map(|text| text.parse().expect("a number"));
    let seed = given.unwrap_or_else(|| u64::from(fastrand::u32(..)));
    println!("{test}: SLOTFLOW_TEST_SEED={seed}");
    seed
}
