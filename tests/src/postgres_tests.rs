use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};

use super::{CLUSTER_URL, PostgresServer, fresh_database};
use crate::requirement;

/// Set in the copy of this test executable that one test starts and kills.
const VICTIM: &str = "SLOTFLOW_TEST_VICTIM";

async fn count_named(url: &str, database: &str) -> i64 {
    let connection = Database::connect(url).await.expect("connect");
    let question = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT count(*) FROM pg_database WHERE datname = $1",
        [database.into()],
    );
    let row = connection.query_one_raw(question).await.expect("query").expect("a row");
    connection.close().await.expect("close");
    row.try_get_by_index(0).expect("a number")
}

#[tokio::test]
async fn a_database_is_there_until_it_is_dropped() {
    let Some(database) = fresh_database().await else {
        return;
    };
    let superuser = database.superuser.to_string();
    let name = database.name().to_owned();
    // Left open on purpose: a forgotten connection must not keep the database alive.
    let connection = Database::connect(database.url()).await.expect("connect");
    let one = Statement::from_string(DbBackend::Postgres, "SELECT 1");
    let row = connection.query_one_raw(one).await.expect("query").expect("a row");
    assert_eq!(row.try_get_by_index::<i32>(0).expect("a number"), 1);
    assert_eq!(count_named(&superuser, &name).await, 1);

    drop(database);

    assert_eq!(count_named(&superuser, &name).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_made_in_parallel_are_different() {
    let (first, second, third) = tokio::join!(fresh_database(), fresh_database(), fresh_database());
    let (Some(first), Some(second), Some(third)) = (first, second, third) else {
        return;
    };
    assert_ne!(first.url(), second.url());
    assert_ne!(second.url(), third.url());
    assert_ne!(first.url(), third.url());
}

#[test]
fn a_killed_test_process_leaves_no_cluster_behind() {
    if std::env::var_os(VICTIM).is_some() {
        if let Some(server) = PostgresServer::find().expect("a cluster or none") {
            println!("\ncluster {}", server.superuser);
            std::thread::sleep(Duration::from_secs(60));
        }
        return;
    }
    let mut victim = Command::new(std::env::current_exe().expect("this executable"))
        .args(["--exact", "--nocapture", "postgres::tests::a_killed_test_process_leaves_no_cluster_behind"])
        .env(VICTIM, "1")
        .env_remove(CLUSTER_URL)
        .stdout(Stdio::piped())
        .spawn()
        .expect("start the victim");
    let url = BufReader::new(victim.stdout.take().expect("its output"))
        .lines()
        .map_while(Result::ok)
        .find_map(|line| Some(url::Url::parse(line.strip_prefix("cluster ")?).expect("a URL")));
    let Some(url) = requirement::available("PostgreSQL", url) else {
        victim.wait().expect("the victim is gone");
        return;
    };
    let address = (url.host_str().expect("a host"), url.port().expect("a port"));
    TcpStream::connect(address).expect("the victim's cluster answers while the victim lives");

    victim.kill().expect("SIGKILL");
    victim.wait().expect("the victim is gone");

    let deadline = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect(address).is_ok() {
        assert!(Instant::now() < deadline, "the cluster outlived its test process");
        std::thread::sleep(Duration::from_millis(50));
    }
}
