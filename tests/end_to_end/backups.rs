//! Copies of a database in use, and what comes of going back to one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use serde_json::Value;
use slotflow_tests::command_line::{Ended, run};
use slotflow_tests::database::Fresh;
use slotflow_tests::http::JsonClient;
use slotflow_tests::receiver::Reply;
use slotflow_tests::server::Server;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::api::{Api, BOTH, PATIENCE, QUICK_RETRIES, booking, text};

const CLIENTS: usize = 4;
/// Bookings before the first backup, and between the two.
const BOOKINGS: usize = 60;

#[tokio::test]
async fn a_backup_under_load_holds_all_that_was_answered_before_it_and_disturbs_nobody() {
    let api = Api::start(Fresh::sqlite().expect("a directory")).await;
    let webhook = api.register("/", BOTH).await;
    let folder = tempfile::tempdir().expect("a directory");
    let load = Load::start(&api.client, api.key());
    let mut backups = Vec::new();
    for (number, name) in ["first.db", "second.db"].into_iter().enumerate() {
        load.wait_for(BOOKINGS * (number + 1)).await;
        let answered = load.answered();
        let file = folder.path().join(name);
        let ended = backup(&api.database.url(), &file).await;
        let size = fs::metadata(&file).expect("a backup").len();
        let said = format!("Backed up to {}: {size} bytes.", file.display());
        assert_eq!((ended.code, &ended.stdout), (Some(0), &vec![said]), "{ended:?}");
        backups.push((file, answered));
    }
    let after = load.answered().len();
    load.wait_for(after + BOOKINGS).await;
    assert_eq!(load.stop().await, Vec::<u16>::new(), "answers other than 201 while backups were made");

    assert_eq!(names_in(folder.path()), ["first.db", "second.db"], "something is left beside the backups");
    for (file, answered) in backups {
        assert_is_private(&file);
        assert_eq!(integrity(&file).await, "ok");
        let url = format!("sqlite://{}", file.display());
        let copy = Server::start_with(&url, QUICK_RETRIES).await.expect("a server on the copy");
        let deliveries = deliveries_by_booking(&copy.client(), api.key(), &webhook.id).await;
        for id in &answered {
            let path = format!("/v1/bookings/{id}");
            copy.client()
                .get(&path, api.key())
                .await
                .expect("an answer")
                .expect_status(200)
                .expect("a booking");
            let delivery = deliveries.get(id).unwrap_or_else(|| panic!("booking {id} has no delivery"));
            assert_eq!(delivery["event"], "booking.confirmed");
            let path = format!("/v1/deliveries/{}", text(delivery, "/id"));
            let shown = copy.client().get(&path, api.key()).await.expect("an answer");
            let shown = shown.expect_status(200).expect("a delivery").json;
            assert_eq!(shown["event_id"], delivery["event_id"], "{shown:#}");
        }
        assert!(answered.len() >= BOOKINGS);
    }
}

#[tokio::test]
async fn going_back_to_a_backup_makes_later_attempts_again_under_the_same_ids() {
    let mut api = Api::start(Fresh::sqlite().expect("a directory")).await;
    let webhook = api.register("/", BOTH).await;
    api.receiver.answer("/", [Reply::status(500), Reply::status(200)]);
    let kept = api.book().await;
    api.failed_once(&webhook).await;
    let folder = tempfile::tempdir().expect("a directory");
    let copy = folder.path().join("backup.db");
    assert_eq!(backup(&api.database.url(), &copy).await.code, Some(0));
    api.only_delivery(&webhook, "delivered").await;
    let lost = api.book().await;
    api.arrivals("/", 3).await;

    // The steps of docs/operations/backup-and-restore.md.
    assert!(api.server.process().terminate(PATIENCE).await.expect("an end").success());
    let live = file_of(&api.database);
    for suffix in ["", "-wal", "-shm"] {
        let file = PathBuf::from(format!("{}{suffix}", live.display()));
        match fs::remove_file(&file) {
            Err(error) if suffix.is_empty() => panic!("{error}"),
            _ => {}
        }
    }
    fs::copy(&copy, &live).expect("the backup in its place");
    api.start_again(QUICK_RETRIES).await;

    let arrivals = api.arrivals("/", 4).await;
    for header in ["webhook-id", "x-slotflow-delivery", "x-slotflow-attempt"] {
        assert_eq!(arrivals[3].header(header), arrivals[1].header(header), "{header}");
    }
    assert_eq!(arrivals[3].header("x-slotflow-attempt"), "2");
    assert_eq!(api.only_delivery(&webhook, "delivered").await["booking_id"], kept);
    let gone = api.client.get(&format!("/v1/bookings/{lost}"), api.key()).await.expect("an answer");
    gone.expect_status(404).expect("what came after the backup is not in it");
}

#[tokio::test]
async fn a_backup_overwrites_nothing_and_a_failed_one_leaves_nothing() {
    let database = Fresh::sqlite().expect("a directory");
    run(&["migrate", "--database-url", &database.url()]).await.expect("an end");
    let folder = tempfile::tempdir().expect("a directory");
    let taken = folder.path().join("taken.db");
    fs::write(&taken, "somebody's").expect("a file");
    let nowhere = folder.path().join("no-such-folder/copy.db");
    let missing = format!("sqlite://{}", folder.path().join("missing.db").display());
    for (url, target, code, reason) in [
        (database.url(), &taken, 2, "exists already"),
        (database.url(), &nowhere, 1, "No such file or directory"),
        (missing, &folder.path().join("copy.db"), 1, "No such file or directory"),
    ] {
        let ended = backup(&url, target).await;
        assert_eq!((ended.code, ended.stdout.len(), ended.stderr.len()), (Some(code), 0, 1), "{ended:?}");
        assert_eq!(ended.stderr[0].matches(reason).count(), 1, "the reason, once: {ended:?}");
    }
    assert_eq!(fs::read(&taken).expect("the file"), b"somebody's");
    assert_eq!(names_in(folder.path()), ["taken.db"]);
}

#[tokio::test]
async fn a_backup_that_finds_no_room_leaves_nothing() {
    let database = Fresh::sqlite().expect("a directory");
    run(&["migrate", "--database-url", &database.url()]).await.expect("an end");
    let folder = tempfile::tempdir().expect("a directory");
    let target = folder.path().join("copy.db");
    // `ulimit` counts in blocks of 512 bytes: room for SQLite's shared memory (32 KiB), none for the database.
    let slotflow = slotflow_tests::command_line::slotflow().await.expect("an executable");
    let script = format!(
        "trap '' XFSZ; ulimit -f 128; exec '{}' backup --to '{}' --database-url '{}'",
        slotflow.as_std().get_program().to_string_lossy(),
        target.display(),
        database.url()
    );
    let output = tokio::process::Command::new("sh").arg("-c").arg(script).output().await.expect("a shell");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{output:?}");
    assert!(names_in(folder.path()).is_empty(), "{:?}", names_in(folder.path()));
}

#[tokio::test]
async fn on_postgres_a_backup_is_refused_and_pg_dump_is_named() {
    let Some(database) = Fresh::postgres().await else { return };
    let folder = tempfile::tempdir().expect("a directory");
    let ended = backup(&database.url(), &folder.path().join("copy.db")).await;
    assert_eq!((ended.code, ended.stdout.len(), ended.stderr.len()), (Some(2), 0, 1), "{ended:?}");
    assert!(ended.stderr[0].contains("pg_dump"), "{ended:?}");
    assert!(names_in(folder.path()).is_empty());
}

async fn backup(url: &str, target: &Path) -> Ended {
    let target = target.to_str().expect("a path in UTF-8");
    run(&["backup", "--to", target, "--database-url", url]).await.expect("an end")
}

fn file_of(database: &Fresh) -> PathBuf {
    let Fresh::Sqlite(directory) = database else { panic!("not on SQLite") };
    directory.path().join("slotflow.db")
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[cfg(unix)]
fn assert_is_private(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(file).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{}", file.display());
}

#[cfg(not(unix))]
fn assert_is_private(_: &Path) {}

async fn integrity(file: &Path) -> String {
    let connection = Database::connect(format!("sqlite://{}", file.display())).await.expect("a database");
    let question = Statement::from_string(DbBackend::Sqlite, "PRAGMA integrity_check");
    let row = connection.query_one_raw(question).await.expect("an answer").expect("a row");
    connection.close().await.expect("an end");
    row.try_get_by_index(0).expect("text")
}

async fn deliveries_by_booking(client: &JsonClient, key: &str, webhook: &str) -> BTreeMap<String, Value> {
    let first = format!("/v1/deliveries?webhook_id={webhook}&limit=100");
    let (mut path, mut found) = (first.clone(), BTreeMap::new());
    loop {
        let page = client.get(&path, key).await.expect("an answer").expect_status(200).expect("a page").json;
        for delivery in page["deliveries"].as_array().expect("a list") {
            found.insert(text(delivery, "/booking_id"), delivery.clone());
        }
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("{first}&cursor={cursor}"),
            None => return found,
        }
    }
}

/// Clients that book without a pause.
struct Load {
    journal: Arc<Mutex<Journal>>,
    stop: CancellationToken,
    clients: JoinSet<()>,
}

#[derive(Default)]
struct Journal {
    /// The ids of bookings, as soon as their clients have read the answer.
    answered: Vec<String>,
    /// Statuses other than 201.
    wrong: Vec<u16>,
}

impl Load {
    fn start(client: &JsonClient, key: &str) -> Load {
        let (journal, stop, mut clients) =
            (Arc::<Mutex<Journal>>::default(), CancellationToken::new(), JoinSet::new());
        for _ in 0..CLIENTS {
            let (client, key) = (client.clone(), key.to_owned());
            let (journal, stop) = (Arc::clone(&journal), stop.clone());
            clients.spawn(async move {
                while !stop.is_cancelled() {
                    let body = serde_json::from_str(&booking("")).expect("JSON");
                    let answer = client.post("/v1/bookings", key.as_str(), &body).await.expect("an answer");
                    let mut journal = journal.lock().unwrap_or_else(PoisonError::into_inner);
                    match answer.status.as_u16() {
                        201 => journal.answered.push(text(&answer.json, "/id")),
                        status => journal.wrong.push(status),
                    }
                }
            });
        }
        Load { journal, stop, clients }
    }

    fn answered(&self) -> Vec<String> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner).answered.clone()
    }

    async fn wait_for(&self, bookings: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.answered().len() < bookings {
            assert!(Instant::now() < deadline, "{} of {bookings} bookings", self.answered().len());
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Lets every client end its request; the answers that there should not have been.
    async fn stop(mut self) -> Vec<u16> {
        self.stop.cancel();
        while let Some(ended) = self.clients.join_next().await {
            ended.expect("a client that ends well");
        }
        std::mem::take(&mut self.journal.lock().unwrap_or_else(PoisonError::into_inner).wrong)
    }
}
