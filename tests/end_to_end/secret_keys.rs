//! Signing secrets on disk: encrypted, under keys that can be lost, changed and forgotten.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use slotflow_tests::command_line::{Ended, SECRET_KEY, run_in};
use slotflow_tests::database::Fresh;
use slotflow_tests::server::Server;

use crate::api::{Api, BOTH, PATIENCE, SLOW_RETRIES, Webhook};

on_both_databases! {
    without_the_right_key_the_server_refuses_to_start_in_one_line,
    keys_are_changed_beside_a_running_server,
}

const SETTING: &str = "SLOTFLOW_SECRET_KEY";
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
    assert_eq!((ended.code, ended.stderr.len()), (Some(2), 1), "{ended:?}");

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
    let connection = Database::connect(api.database.url()).await.expect("a connection");
    for webhook in &webhooks {
        let id = webhook.id.replace('-', "");
        let sql = format!("UPDATE webhooks SET secret = '{}' WHERE id = x'{id}'", webhook.secret);
        connection.execute_unprepared(&sql).await.expect("a change");
    }
    connection.close().await.expect("closed");
    assert_ne!(files_with(&folder, "whsec_"), Vec::<PathBuf>::new());

    let ended = api.command(None, &["rekey"]).await;
    assert!(ended.code == Some(0) && ended.stdout[0].contains(" of 2 webhooks "), "{ended:?}");
    for never in ["whsec_", webhooks[0].encoded(), webhooks[1].encoded()] {
        assert_eq!(files_with(&folder, never), Vec::<PathBuf>::new());
    }
    api.restart_under(None).await;
    api.assert_signs(&webhooks[0], "/").await;
}
