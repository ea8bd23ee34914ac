//! Signing secrets on disk: encrypted, under keys that can be lost, changed and forgotten.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use serde_json::{Value, json};
use slotflow_tests::command_line::{Ended, SECRET_KEY, run_in};
use slotflow_tests::database::Fresh;
use slotflow_tests::server::Server;
use tokio::time::{Instant, sleep};

use crate::api::{Api, BOTH, PATIENCE, SLOW_RETRIES, Webhook, assert_error, text};

on_both_databases! {
    without_the_right_key_the_server_refuses_to_start_in_one_line,
    keys_are_changed_beside_a_running_server,
    one_secret_that_cannot_be_read_stops_nothing_but_its_own_deliveries,
    where_the_key_is_lost_every_webhook_is_given_a_new_secret_on_request,
}

const SETTING: &str = "SLOTFLOW_SECRET_KEY";
/// Keys are looked at each minute.
const LOOKED_AGAIN_WITHIN: Duration = Duration::from_secs(90);
/// Another key, base64 of 32 bytes.
const NEW_KEY: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

impl Webhook {
    /// What of its secret must be nowhere: the base64 behind `whsec_`.
    fn encoded(&self) -> &str {
        self.secret.trim_start_matches("whsec_")
    }
}

impl Api {
    /// Ends the server and starts it under this key, or without the setting.
    async fn restart_under(&mut self, key: Option<&str>) {
        self.server.process().terminate(PATIENCE).await.expect("an end");
        let server = Server::start_in(&self.database.url(), SLOW_RETRIES, &[(SETTING, key)]).await;
        self.server = server.expect("another start");
        self.client = self.server.client();
    }

    /// Runs a command on the database under this key, or without the setting.
    async fn command(&self, key: Option<&str>, words: &[&str]) -> Ended {
        let url = self.database.url();
        let arguments = [words, &["--database-url", &url]].concat();
        run_in(&[(SETTING, key)], &arguments).await.expect("an end")
    }

    /// What `serve` says when it refuses to start.
    async fn refusal(&self, key: Option<&str>) -> String {
        let ended = self.command(key, &["serve", "--listen", "127.0.0.1:0"]).await;
        // The tests' cluster syncs nothing, of which the server warns.
        let told: Vec<_> = ended.stderr.iter().filter(|line| !line.contains("PostgreSQL may lose")).collect();
        assert_eq!((ended.code, ended.stdout.len(), told.len()), (Some(2), 0, 1), "{ended:?}");
        told[0].clone()
    }

    /// The secrets as the database's rows hold them.
    async fn raw_secrets(&self) -> Vec<String> {
        let connection = Database::connect(self.database.url()).await.expect("a connection");
        let backend = match self.database {
            Fresh::Sqlite(_) => DbBackend::Sqlite,
            Fresh::Postgres(_) => DbBackend::Postgres,
        };
        let sql = "SELECT secret FROM webhooks UNION ALL \
                   SELECT retiring_secret FROM webhooks WHERE retiring_secret IS NOT NULL";
        let rows = connection.query_all_raw(Statement::from_string(backend, sql)).await.expect("rows");
        let raw = rows.iter().map(|row| row.try_get_by_index(0).expect("text")).collect();
        connection.close().await.expect("closed");
        raw
    }

    /// Writes what stands for the webhook's secret into its row, as nobody should.
    async fn store_secret(&self, webhook: &Webhook, stored: &str) {
        let connection = Database::connect(self.database.url()).await.expect("a connection");
        let id = match self.database {
            Fresh::Sqlite(_) => format!("x'{}'", webhook.id.replace('-', "")),
            Fresh::Postgres(_) => format!("'{}'", webhook.id),
        };
        let sql = format!("UPDATE webhooks SET secret = '{stored}' WHERE id = {id}");
        connection.execute_unprepared(&sql).await.expect("a change");
        connection.close().await.expect("closed");
    }

    /// Books, and sees the delivery arrive with the webhook's signature.
    async fn assert_signs(&self, webhook: &Webhook, path: &str) {
        let before = self.receiver.arrivals(path).len();
        self.book().await;
        let arrivals = self.arrivals(path, before + 1).await;
        let arrival = arrivals.last().expect("a request");
        let standard = standardwebhooks::Webhook::new(&webhook.secret).expect("a secret");
        standard.verify(&arrival.body, &arrival.headers).expect("its signature");
    }
}

async fn without_the_right_key_the_server_refuses_to_start_in_one_line(database: Fresh) {
    let mut api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    let webhook = api.register("/", BOTH).await;
    api.assert_signs(&webhook, "/").await;
    let raw = api.raw_secrets().await;
    assert!(raw.iter().all(|text| text.starts_with("enc1:") && !text.contains(webhook.encoded())), "{raw:?}");
    let id = raw[0].split(':').nth(1).expect("a key's id");

    api.server.process().terminate(PATIENCE).await.expect("an end");
    for (key, told) in [
        (Some(NEW_KEY), id),
        (None, id),
        (Some(""), "must be base64 of 32 random bytes"),
        (Some("c2hvcnQ="), "must be base64 of 32 random bytes"),
    ] {
        let line = api.refusal(key).await;
        assert!(line.starts_with(&format!("error: {SETTING}")) && line.contains(told), "{line}");
        assert!(!line.contains(NEW_KEY) && !line.contains("c2hvcnQ"), "{line}");
    }
    if let Fresh::Sqlite(folder) = &api.database {
        assert!(!folder.path().join("slotflow.db.key").exists(), "a key that fits nothing is not made");
    }
    api.start_again(SLOW_RETRIES).await;
    api.assert_signs(&webhook, "/").await;
}

async fn keys_are_changed_beside_a_running_server(database: Fresh) {
    let (old_first, new_first) = (format!("{SECRET_KEY},{NEW_KEY}"), format!("{NEW_KEY},{SECRET_KEY}"));
    let mut api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    let webhook = api.register("/", BOTH).await;
    let other = api.register("/other", BOTH).await;
    api.restart_under(Some(&old_first)).await;

    let ended = api.command(Some(&new_first), &["rekey"]).await;
    let told = "Encrypted the signing secrets of 2 webhooks with key ";
    assert!(ended.code == Some(0) && ended.stdout[0].starts_with(told), "{ended:?}");
    api.assert_signs(&webhook, "/").await;
    api.restart_under(Some(NEW_KEY)).await;
    api.assert_signs(&webhook, "/").await;
    api.assert_signs(&other, "/other").await;

    api.server.process().terminate(PATIENCE).await.expect("an end");
    assert!(api.refusal(Some(SECRET_KEY)).await.contains("which is not here"));
    let again = api.command(Some(NEW_KEY), &["rekey"]).await;
    assert!(again.code == Some(0) && again.stdout[0].contains(" of 0 webhooks "), "{again:?}");
}

async fn one_secret_that_cannot_be_read_stops_nothing_but_its_own_deliveries(database: Fresh) {
    let api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    let whole = api.register("/", BOTH).await;
    let locked = api.register("/locked", BOTH).await;
    let damaged = api.register("/damaged", BOTH).await;
    let raw = api.raw_secrets().await;
    let id = raw[0].split(':').nth(1).expect("a key's id").to_owned();
    api.store_secret(&locked, "enc1:00000000:AAAA").await;
    api.store_secret(&damaged, &format!("enc1:{id}:AAAA")).await;

    let listed = api.get("/v1/webhooks").await;
    let secrets: Vec<_> = (0..3).map(|at| listed["webhooks"][at]["signing_secret"].clone()).collect();
    assert_eq!(secrets, [Value::from(whole.secret.as_str()), Value::Null, Value::Null], "{listed}");
    assert_eq!(api.get(&locked.path()).await["signing_secret"], Value::Null);
    api.assert_signs(&whole, "/").await;
    api.wait_for_deliveries(&locked, &["pending"]).await;
    let given_up = api.wait_for_deliveries(&damaged, &["failed"]).await;
    let told = text(&given_up[0], "/last_error");
    assert!(!told.contains("column") && !told.contains(&id), "the store's own matters: {told}");

    assert_eq!(
        api.patch(&locked, json!({"events": ["booking.confirmed"]})).await["signing_secret"],
        Value::Null
    );
    let rotated = api.post_text(&format!("{}/rotate-secret", locked.path()), "{}").await;
    let rotated = text(&rotated.expect_status(200).expect("a webhook").json, "/signing_secret");
    let arrival = &api.arrivals("/locked", 1).await[0];
    let standard = standardwebhooks::Webhook::new(&rotated).expect("a secret");
    standard.verify(&arrival.body, &arrival.headers).expect("what waited is signed with the new secret");
    api.delete(&damaged.path()).await.expect_status(200).expect("a deleted webhook");
}

async fn where_the_key_is_lost_every_webhook_is_given_a_new_secret_on_request(database: Fresh) {
    let mut api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    let webhooks = [api.register("/", BOTH).await, api.register("/other", BOTH).await];
    let raw = api.raw_secrets().await;
    api.server.process().terminate(PATIENCE).await.expect("an end");

    api.refusal(Some(NEW_KEY)).await;
    let refused = api.command(Some(NEW_KEY), &["rekey"]).await;
    assert_eq!((refused.code, refused.stdout.len()), (Some(2), 0), "{refused:?}");
    assert_eq!(api.raw_secrets().await, raw, "nothing is changed unless it is asked for");

    let renew = &["rekey", "--renew-unreadable"];
    let ended = api.command(Some(NEW_KEY), renew).await;
    assert_eq!((ended.code, ended.stdout.len()), (Some(0), 3), "{ended:?}");
    for webhook in &webhooks {
        assert!(ended.stdout.iter().any(|line| line.contains(&webhook.id)), "{ended:?}");
    }
    assert!(ended.stdout[..2].iter().all(|line| line.contains(&api.organization.id)), "{ended:?}");
    api.restart_under(Some(NEW_KEY)).await;
    for (old, path) in webhooks.iter().zip(["/", "/other"]) {
        let secret = text(&api.get(&old.path()).await, "/signing_secret");
        assert_ne!(secret, old.secret);
        assert!(!format!("{ended:?}").contains(secret.trim_start_matches("whsec_")), "it is not printed");
        api.assert_signs(&Webhook { secret, ..old.clone() }, path).await;
    }
    let again = api.command(Some(NEW_KEY), renew).await;
    assert_eq!((again.code, again.stdout.len()), (Some(0), 1), "nothing is left to renew: {again:?}");
}

/// Two instances that agree on nothing, on a database that had no secret when they started.
#[tokio::test]
async fn an_instance_that_lacks_a_key_notices_and_is_not_ready() {
    let Some(database) = Fresh::postgres().await else { return };
    let api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    let other = Server::start_in(&api.database.url(), SLOW_RETRIES, &[(SETTING, Some(NEW_KEY))]).await;
    let mut other = other.expect("a second instance");
    api.register("/", BOTH).await;
    let deadline = Instant::now() + LOOKED_AGAIN_WITHIN;
    loop {
        let answer = other.client().get("/readyz", None).await.expect("an answer");
        if answer.status.as_u16() != 200 {
            assert_error(&answer, 503, "UNAVAILABLE");
            break;
        }
        assert!(Instant::now() < deadline, "it has not noticed: {}", other.process().output());
        sleep(Duration::from_millis(200)).await;
    }
    let id = api.raw_secrets().await[0].split(':').nth(1).expect("a key's id").to_owned();
    let told = |line: &&String| line.contains("ERROR") && line.contains(&id);
    assert!(other.process().stderr().iter().any(|line| told(&line)), "{}", other.process().output());
    api.client.get("/readyz", None).await.expect("an answer").expect_status(200).expect("the right key");
}

/// Whether one of the database's own files holds this text.
fn files_with(folder: &Path, text: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path());
    let holds = |path: &PathBuf| {
        let bytes = fs::read(path).expect("its bytes");
        bytes.windows(text.len()).any(|part| part == text.as_bytes())
    };
    files.filter(|path| path.extension().is_none_or(|it| it != "key")).filter(holds).collect()
}

#[tokio::test]
async fn an_sqlite_database_has_a_key_file_beside_it_and_no_secret_in_it() {
    let Some(database) = Fresh::sqlite() else { return };
    let url = database.url();
    let Fresh::Sqlite(folder) = &database else { return };
    let (folder, key_file) = (folder.path().to_owned(), folder.path().join("slotflow.db.key"));
    let server = Server::start_in(&url, SLOW_RETRIES, &[(SETTING, None)]).await.expect("a server");
    let mode = fs::metadata(&key_file).expect("a key file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    drop(server);
    let made = fs::read_to_string(&key_file).expect("the key");
    let mut api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    api.restart_under(None).await;
    let webhook = api.register("/", BOTH).await;
    api.post_text(&format!("{}/rotate-secret", webhook.path()), "{}")
        .await
        .expect_status(200)
        .expect("a secret");
    api.assert_signs(&webhook, "/").await;
    for never in ["whsec_", webhook.encoded(), made.trim()] {
        assert_eq!(files_with(&folder, never), Vec::<PathBuf>::new(), "while it runs");
    }
    api.restart_under(None).await;
    api.assert_signs(&webhook, "/").await;
    assert_eq!(fs::read_to_string(&key_file).expect("the key"), made);
    // The key moves into the setting as it is.
    api.restart_under(Some(made.trim())).await;
    api.assert_signs(&webhook, "/").await;

    api.server.process().terminate(PATIENCE).await.expect("an end");
    for never in ["whsec_", webhook.encoded()] {
        assert_eq!(files_with(&folder, never), Vec::<PathBuf>::new(), "after its end");
    }
    fs::remove_file(&key_file).expect("a lost key");
    let line = api.refusal(None).await;
    assert!(line.contains("slotflow.db.key"), "{line}");
    assert!(!key_file.exists(), "no other key is made in its place");
    fs::write(&key_file, &made).expect("the key is found again");
    api.restart_under(None).await;
    api.assert_signs(&webhook, "/").await;
}

#[tokio::test]
async fn on_postgres_secrets_are_in_the_clear_until_there_is_a_key_and_that_is_said() {
    let Some(database) = Fresh::postgres().await else { return };
    let mut api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    api.restart_under(None).await;
    let warned = |line: &&String| line.contains("stored in the clear") && line.contains(SETTING);
    assert_eq!(api.server.process().stderr().iter().filter(warned).count(), 1);
    let webhook = api.register("/", BOTH).await;
    assert_eq!(api.raw_secrets().await, std::slice::from_ref(&webhook.secret));
    let ended = api.command(None, &["rekey"]).await;
    assert_eq!((ended.code, ended.stdout.len(), ended.stderr.len()), (Some(2), 0, 1), "{ended:?}");

    api.restart_under(Some(NEW_KEY)).await;
    assert_eq!(api.server.process().stderr().iter().filter(warned).count(), 0);
    api.assert_signs(&webhook, "/").await;
    let ended = api.command(Some(NEW_KEY), &["rekey"]).await;
    assert!(ended.stdout[0].contains(" of 1 webhooks "), "{ended:?}");
    assert!(api.raw_secrets().await[0].starts_with("enc1:"));
    api.assert_signs(&webhook, "/").await;
}

#[tokio::test]
async fn rekeying_an_old_sqlite_database_leaves_no_secret_in_the_file() {
    let mut api = Api::start_with(Fresh::sqlite().expect("a directory"), SLOW_RETRIES, "growth").await;
    let Fresh::Sqlite(folder) = &api.database else { return };
    let folder = folder.path().to_owned();
    let webhooks = [api.register("/", BOTH).await, api.register("/other", BOTH).await];
    api.server.process().terminate(PATIENCE).await.expect("an end");
    // As an earlier version left it.
    for webhook in &webhooks {
        api.store_secret(webhook, &webhook.secret).await;
    }
    assert_ne!(files_with(&folder, "whsec_"), Vec::<PathBuf>::new());

    // The server may run under a key of the setting: then one in a file would shut it out.
    let ended = api.command(None, &["rekey"]).await;
    assert_eq!((ended.code, ended.stdout.len(), ended.stderr.len()), (Some(2), 0, 1), "{ended:?}");
    assert!(ended.stderr[0].contains(SETTING) && ended.stderr[0].contains("slotflow.db.key"), "{ended:?}");
    assert!(!folder.join("slotflow.db.key").exists(), "no key is made");
    // The new version's first start makes one.
    api.restart_under(None).await;
    api.server.process().terminate(PATIENCE).await.expect("an end");
    let ended = api.command(None, &["rekey"]).await;
    assert!(ended.code == Some(0) && ended.stdout[0].contains(" of 2 webhooks "), "{ended:?}");
    for never in ["whsec_", webhooks[0].encoded(), webhooks[1].encoded()] {
        assert_eq!(files_with(&folder, never), Vec::<PathBuf>::new());
    }
    api.restart_under(None).await;
    api.assert_signs(&webhooks[0], "/").await;
}
