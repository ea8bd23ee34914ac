//! A disk that is full, then not any more.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use slotflow_tests::database::Fresh;
use slotflow_tests::requirement::available;
use slotflow_tests::server::Server;
use tokio::process::Command;
use uuid::Uuid;

use crate::kills::kill;
use crate::load::{Asked, Journal, Told, is_a_proper_503};
use crate::verdict;
use crate::world::{ARGUMENTS, PATIENCE, World};

/// Room for some dozen bookings beside the empty database.
const LARGEST_FILE: u64 = 1024 * 1024;
/// Enough for it to be full for sure.
const MOST_BOOKINGS: usize = 300;
/// No request on a full disk may hang.
const PROMPT: Duration = Duration::from_secs(5);

/// A server on a full disk, after some bookings that it took and some that it did not.
struct Full {
    database: Fresh,
    server: Server,
    world: World,
    journal: Journal,
}

impl Full {
    async fn make() -> Full {
        let database = Fresh::sqlite().expect("a directory");
        let url = database.url();
        let mut server = Server::start_with(&url, ARGUMENTS).await.expect("a server");
        let world = World::make(&url, &server).await;
        assert!(server.process().terminate(PATIENCE).await.expect("an end").success());
        let server = Server::start_within(&url, ARGUMENTS, Some(LARGEST_FILE)).await.expect("a server");
        let mut full = Full { database, server, world, journal: Journal::default() };

        let mut refused = 0;
        while refused < 5 {
            assert!(full.journal.asked.len() < MOST_BOOKINGS, "the disk does not get full");
            refused += usize::from(full.book().await == Told::Nothing);
        }
        full
    }

    /// Books for a new guest; the answer is 201 or a proper 503, at once.
    async fn book(&mut self) -> Told {
        let guest = format!("Guest {}", self.journal.asked.len());
        let human_id = Uuid::new_v4();
        let body = json!({"human_id": human_id, "starts_at": "2031-03-10T14:00:00Z", "duration": 30,
            "attendee_name": guest, "metadata": {"notes": "x".repeat(8_000)}});
        let began = Instant::now();
        let client = self.server.client();
        let answer = client.post("/v1/bookings", self.world.key(), &body).await.expect("an answer");
        assert!(began.elapsed() < PROMPT, "an answer after {:?}", began.elapsed());
        let booking = if answer.status == 201 { Told::Done } else { Told::Nothing };
        if booking == Told::Nothing {
            is_a_proper_503(&answer).expect("a proper 503");
        }
        let booking_id = answer.json["id"].as_str().map(str::to_owned);
        self.journal.asked.push(Asked { guest, human_id, booking, booking_id, cancelled: None });
        booking
    }

    fn done(&self) -> usize {
        self.journal.asked.iter().filter(|asked| asked.booking == Told::Done).count()
    }

    /// What can be read, can be read; and the log says what is wrong.
    async fn assert_reads_work(&mut self) {
        let client = self.server.client();
        let listed = self.world.get(&client, "/v1/bookings").await;
        assert_eq!(listed["total"], self.done(), "half a booking");
        let webhooks = self.world.get(&client, "/v1/webhooks").await;
        assert_eq!(webhooks["webhooks"].as_array().map(Vec::len), Some(2));
        self.world.get(&client, "/v1/deliveries").await;
        let log = self.server.process().output();
        let line = log.lines().find(|line| line.contains("WARN") && line.contains("for want of the store"));
        let line = line.unwrap_or_else(|| panic!("nothing in the log\n{log}"));
        assert!(line.contains("disk") || line.contains("full"), "it does not say what is wrong: {line}");
    }
}

pub(crate) async fn a_full_disk_costs_a_503_and_no_event() {
    let Some(prlimit) = available("prlimit", find_prlimit().await) else { return };
    let mut full = Full::make().await;
    full.assert_reads_work().await;
    let (before, refused) = (full.done(), full.journal.asked.len() - full.done());

    let id = full.server.process().id().expect("a process").to_string();
    let lifted = Command::new(prlimit).args(["--pid", &id, "--fsize=unlimited:"]).status().await;
    assert!(lifted.expect("prlimit").success());
    let healed = Instant::now();
    assert_eq!(full.book().await, Told::Done, "no room yet");

    let client = full.server.client();
    full.world.wait_until_all_is_final(&client).await;
    // The process lived, and kept in mind what it could not write down.
    let figures = verdict::judge(&full.world, &client, &full.journal, &[]).await;
    figures.print("a full disk, then room", 0, healed);
    println!("a full disk: {before} bookings taken, then {refused} refused");
}

pub(crate) async fn a_server_that_dies_on_a_full_disk_has_lost_nothing() {
    let mut full = Full::make().await;
    full.assert_reads_work().await;
    let kill = kill(&mut full.server).await;
    full.server = Server::start_with(&full.database.url(), ARGUMENTS).await.expect("a server with room");
    let healed = Instant::now();
    assert_eq!(full.book().await, Told::Done);

    let client = full.server.client();
    full.world.wait_until_all_is_final(&client).await;
    // While the disk was full, outcomes could not be recorded: what explains a repeated request is the death of the
    // process that remembered them, however long after.
    let kills = [crate::accounts::Kill { before: kill.before - PATIENCE, after: kill.after }];
    let figures = verdict::judge(&full.world, &client, &full.journal, &kills).await;
    figures.print("killed on a full disk", 1, healed);
    let _: Value = full.world.get(&client, "/readyz").await;
}

async fn find_prlimit() -> Option<&'static str> {
    let found = Command::new("prlimit").arg("--version").output().await;
    found.is_ok_and(|output| output.status.success()).then_some("prlimit")
}
