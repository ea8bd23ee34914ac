//! Rows of plain SQL, while who makes events of them is killed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fastrand::Rng;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use serde_json::Value;
use slotflow_tests::database::Fresh;
use slotflow_tests::receiver::Arrival;
use slotflow_tests::server::Server;
use tokio::time::{Instant, sleep};

use crate::kills::{kill, seed};
use crate::world::{ARGUMENTS, LEASE, PATIENCE, World};

/// How often all servers are killed, and how many rows they find when they are started again. They look at once, so that most
/// of these times they die in the midst of them.
const KILLS: usize = 5;
const ROWS: usize = 200;
/// Milliseconds that a server works before it is killed.
const LIFE: std::ops::Range<u64> = 0..100;

pub(crate) async fn each_outbox_row_is_one_event_when_a_server_on_sqlite_is_killed_again_and_again() {
    kill_the_relay_again_and_again("outbox rows on SQLite", &Fresh::sqlite().expect("a directory"), 1).await;
}

pub(crate) async fn each_outbox_row_is_one_event_when_two_servers_on_postgres_are_killed_again_and_again() {
    let Some(database) = Fresh::postgres().await else { return };
    kill_the_relay_again_and_again("outbox rows on PostgreSQL", &database, 2).await;
}

async fn kill_the_relay_again_and_again(test: &str, database: &Fresh, instances: usize) {
    let mut random = Rng::with_seed(seed(test));
    let url = database.url();
    let mut servers = Vec::new();
    for _ in 0..instances {
        servers.push(Server::start_with(&url, ARGUMENTS).await.expect("a server"));
    }
    let mut world = World::make_empty(&url).await;
    world.register(&servers[0], "/rows", |_| 0).await;
    let theirs = Database::connect(&url).await.expect("a connection");

    kill_all(&mut servers).await;
    let mut in_the_midst = 0;
    for round in 0..KILLS {
        let before = waiting(&theirs).await;
        insert(&theirs, &world.organization.id, round * ROWS..(round + 1) * ROWS).await;
        start_again(&mut servers, &url).await;
        sleep(Duration::from_millis(random.u64(LIFE))).await;
        kill_all(&mut servers).await;
        let left = waiting(&theirs).await;
        in_the_midst += usize::from(left > 0 && left < before + ROWS);
    }
    start_again(&mut servers, &url).await;

    let deadline = Instant::now() + LEASE + PATIENCE;
    while waiting(&theirs).await > 0 {
        assert!(Instant::now() < deadline, "{} rows are left", waiting(&theirs).await);
        sleep(Duration::from_millis(200)).await;
    }
    let client = servers[0].client();
    world.wait_until_all_is_final(&client).await;
    let deliveries = world.deliveries(&client, &world.webhooks[0]).await.len();
    let events = events_by_row(&world.receiver.arrivals("/rows"));
    println!("{test}: {} rows, {KILLS} times killed, {in_the_midst} of them in the midst", KILLS * ROWS);
    assert_eq!(deliveries, KILLS * ROWS, "one delivery for each row");
    assert_eq!(events.keys().copied().collect::<Vec<_>>(), (0..KILLS * ROWS).collect::<Vec<_>>());
    let twice: Vec<_> = events.iter().filter(|(_, events)| events.len() > 1).collect();
    assert_eq!(twice, [], "rows that became several events");
}

async fn kill_all(servers: &mut [Server]) {
    for server in servers {
        kill(server).await;
    }
}

async fn start_again(servers: &mut [Server], url: &str) {
    for server in servers {
        *server = Server::start_with(url, ARGUMENTS).await.expect("another start");
    }
}

/// One row in each transaction, as services write them.
async fn insert(theirs: &DatabaseConnection, organization: &str, rows: std::ops::Range<usize>) {
    for row in rows {
        let sql = format!(
            "INSERT INTO outbox (organization_id, event_type, data) \
             VALUES ('{organization}', 'booking.confirmed', '{{\"row\": {row}}}')"
        );
        theirs.execute_unprepared(&sql).await.expect("a row");
    }
}

/// How many rows are no events yet.
async fn waiting(theirs: &DatabaseConnection) -> usize {
    let sql = "SELECT count(*) AS rows FROM outbox";
    let statement = sea_orm::Statement::from_string(theirs.get_database_backend(), sql);
    let row = theirs.query_one_raw(statement).await.expect("an answer").expect("a row");
    row.try_get::<i64>("", "rows").expect("a count").try_into().expect("a count")
}

/// The events that each row became, as the receiver saw them.
fn events_by_row(arrivals: &[Arrival]) -> BTreeMap<usize, BTreeSet<String>> {
    let mut events: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for arrival in arrivals {
        let body: Value = serde_json::from_slice(&arrival.body).expect("JSON");
        let row = body["data"]["row"].as_u64().and_then(|row| row.try_into().ok()).expect("a row's number");
        events.entry(row).or_default().insert(arrival.header("webhook-id").to_owned());
    }
    events
}
