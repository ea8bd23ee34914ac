//! Probes, and bringing a database up to date.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Database};
use serde_json::json;
use slotflow_tests::command_line::run;
use slotflow_tests::database::Fresh;
use slotflow_tests::server::{Server, create_organization};
use tokio::time::sleep;

use crate::api::{Api, PATIENCE, assert_error};

on_both_databases! {
    a_server_that_is_well_says_so_without_a_key,
    migrating_again_changes_nothing,
    a_server_that_may_not_migrate_refuses_an_outdated_database,
    a_database_that_a_newer_version_has_changed_is_refused,
}

async fn a_server_that_is_well_says_so_without_a_key(database: Fresh) {
    let api = Api::start(database).await;
    for path in ["/healthz", "/readyz"] {
        let answer = api.client.get(path, None).await.expect("an answer").expect_status(200).expect("well");
        assert_eq!(answer.json, json!({"status": "ok"}));
    }
}

async fn migrating_again_changes_nothing(database: Fresh) {
    let url = database.url();
    let migrate = async || {
        let ended = run(&["migrate", "--database-url", &url]).await.expect("an end");
        assert_eq!(ended.code, Some(0), "{ended:?}");
    };
    let list = async || run(&["org", "list", "--database-url", &url]).await.expect("an end").stdout;
    migrate().await;
    let organization = create_organization(&url, "starter").await.expect("an organization");
    let before = list().await;
    migrate().await;
    assert_eq!(list().await, before);
    assert!(before[0].contains(&organization.id), "{before:?}");
}

async fn a_server_that_may_not_migrate_refuses_an_outdated_database(database: Fresh) {
    let url = database.url();
    let serve = ["serve", "--migrate=false", "--listen", "127.0.0.1:0", "--database-url", &url];
    let ended = run(&serve).await.expect("an end");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let last = ended.stderr.last().expect("a reason");
    assert_eq!(last, "error: the database is not up to date; run slotflow migrate first");
    run(&["migrate", "--database-url", &url]).await.expect("an end");
    let arguments = ["--migrate=false"];
    Server::start_with(&url, &arguments).await.expect("a server");
}

async fn a_database_that_a_newer_version_has_changed_is_refused(database: Fresh) {
    let url = database.url();
    run(&["migrate", "--database-url", &url]).await.expect("an end");
    let connection = Database::connect(&url).await.expect("a connection");
    let later = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_of_a_newer_version', 0)";
    connection.execute_unprepared(later).await.expect("a later migration");
    connection.close().await.expect("an end");
    let serve = ["serve", "--listen", "127.0.0.1:0", "--database-url", &url];
    let without_migrating = [&serve[..], &["--migrate=false"]].concat();
    for arguments in [&serve[..], &without_migrating, &["migrate", "--database-url", &url]] {
        let ended = run(arguments).await.expect("an end");
        assert_eq!((ended.code, ended.stdout.len()), (Some(1), 0), "{ended:?}");
        let reason = ended.stderr.last().expect("a reason");
        assert!(reason.starts_with("error: ") && reason.contains("m9999_of_a_newer_version"), "{reason}");
    }
}

#[tokio::test]
async fn a_lost_database_is_an_answer_and_not_a_crash() {
    let Some(Fresh::Postgres(database)) = Fresh::postgres().await else { return };
    let mut api = Api::start(Fresh::Postgres(database)).await;
    // Dropped with everyone's connections.
    api.database = Fresh::sqlite().expect("a directory");
    // What the probe says may be a second old.
    sleep(Duration::from_secs(1)).await;
    for path in ["/readyz", "/v1/webhooks"] {
        let answer = api.client.get(path, api.key()).await.expect("an answer");
        assert_error(&answer, 503, "UNAVAILABLE");
        let pause: u32 = answer.headers["retry-after"].to_str().expect("text").parse().expect("seconds");
        assert!(pause > 0);
    }
    api.client.get("/healthz", None).await.expect("an answer").expect_status(200).expect("a living process");

    let ended = api.server.process().terminate(PATIENCE).await.expect("an end without the database");
    assert_eq!(ended.code(), Some(0), "{}", api.server.process().output());
}
