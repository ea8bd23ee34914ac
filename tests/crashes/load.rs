//! Clients that book and cancel, and remember what they were told.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};
use slotflow_tests::http::{Answer, JsonClient};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const CLIENTS: usize = 4;
/// Milliseconds between the requests of one client.
const PAUSE: std::ops::Range<u64> = 20..140;
/// No request may take longer, whatever happened to the database.
const CLIENT_PATIENCE: Duration = Duration::from_secs(15);

/// What the client knows of its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// 201 or 200: it has happened and may not be lost.
    Done,
    /// 409: it has not happened.
    Refused,
    /// The connection was lost, or 503: it has happened whole, or not at all.
    Nothing,
    /// There was no connection: it has not happened.
    Unreached,
}

/// One guest's booking, and its cancellation if that was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The attendee's name, of which there is no other.
    pub(crate) guest: String,
    pub(crate) human_id: Uuid,
    pub(crate) booking: Told,
    pub(crate) booking_id: Option<String>,
    pub(crate) cancelled: Option<Told>,
}

/// All that the clients know, in the order in which they learnt it.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    pub(crate) asked: Vec<Asked>,
    /// Answers that there should never have been.
    pub(crate) wrong: Vec<String>,
    /// Answers of 503.
    pub(crate) unavailable: usize,
    /// Bookings acknowledged so far, those included that are not in `asked` yet.
    pub(crate) done: usize,
    /// How long the slowest answer took.
    pub(crate) slowest: Duration,
}

/// Running clients. They stop when this is dropped.
pub(crate) struct Load {
    servers: Arc<Mutex<Vec<JsonClient>>>,
    journal: Arc<Mutex<Journal>>,
    stop: CancellationToken,
    clients: JoinSet<()>,
}

impl Load {
    /// Starts the clients, on these servers at random.
    pub(crate) fn start(seed: u64, key: &str, servers: Vec<JsonClient>) -> Load {
        let servers = Arc::new(Mutex::new(servers));
        let journal = Arc::default();
        let stop = CancellationToken::new();
        let mut clients = JoinSet::new();
        for number in 0..CLIENTS {
            let client = Client {
                number,
                key: key.to_owned(),
                random: Rng::with_seed(seed.wrapping_add(number as u64 + 1)),
                servers: Arc::clone(&servers),
                journal: Arc::clone(&journal),
            };
            clients.spawn(client.run(stop.clone()));
        }
        Load { servers, journal, stop, clients }
    }

    /// Says where the servers are now.
    pub(crate) fn move_to(&self, servers: Vec<JsonClient>) {
        *lock(&self.servers) = servers;
    }

    /// How many bookings were acknowledged so far.
    pub(crate) fn done(&self) -> usize {
        lock(&self.journal).done
    }

    /// Lets every client end its request, and gives what they know.
    pub(crate) async fn stop(mut self) -> Journal {
        self.stop.cancel();
        while let Some(ended) = self.clients.join_next().await {
            ended.expect("a client that ends well");
        }
        std::mem::take(&mut lock(&self.journal))
    }
}

struct Client {
    number: usize,
    key: String,
    random: Rng,
    servers: Arc<Mutex<Vec<JsonClient>>>,
    journal: Arc<Mutex<Journal>>,
}

impl Client {
    async fn run(mut self, stop: CancellationToken) {
        let mut mine: Vec<Asked> = Vec::new();
        for number in 0.. {
            if stop.is_cancelled() {
                break;
            }
            let guest = format!("Guest {} of client {}", number, self.number);
            let standing = mine.iter().position(|one| one.booking == Told::Done && one.cancelled.is_none());
            match (self.random.u8(..10), standing) {
                (0, Some(index)) => {
                    // The same human at the same time.
                    let asked = self.book(guest, mine[index].human_id).await;
                    if asked.booking == Told::Done {
                        self.wrong(format!("booked twice: {asked:?}"));
                    }
                    mine.push(asked);
                }
                (1..=2, Some(index)) => {
                    let id = mine[index].booking_id.clone().expect("the id of a booking");
                    mine[index].cancelled = Some(self.cancel(&id).await);
                }
                _ => mine.push(self.book(guest, Uuid::new_v4()).await),
            }
            sleep(Duration::from_millis(self.random.u64(PAUSE))).await;
        }
        lock(&self.journal).asked.extend(mine);
    }

    async fn book(&mut self, guest: String, human_id: Uuid) -> Asked {
        let body = json!({"human_id": human_id, "starts_at": "2031-03-10T14:00:00Z", "duration": 30,
            "attendee_name": guest, "metadata": {"guest": guest}});
        let server = self.server();
        let answer = self.ask(server.post("/v1/bookings", self.key.as_str(), &body)).await;
        let booking_id =
            answer.as_ref().ok().and_then(|answer| answer.json["id"].as_str()).map(str::to_owned);
        let booking = self.judge(201, answer);
        if booking == Told::Done {
            lock(&self.journal).done += 1;
        }
        Asked { guest, human_id, booking, booking_id, cancelled: None }
    }

    async fn cancel(&mut self, id: &str) -> Told {
        let server = self.server();
        let path = format!("/v1/bookings/{id}");
        let answer = self.ask(server.delete(&path, self.key.as_str())).await;
        self.judge(200, answer)
    }

    /// The answer; or what is known without one.
    async fn ask(&self, call: impl Future<Output = anyhow::Result<Answer>>) -> Result<Answer, Told> {
        let began = Instant::now();
        let outcome = timeout(CLIENT_PATIENCE, call).await;
        let mut journal = lock(&self.journal);
        journal.slowest = journal.slowest.max(began.elapsed());
        match outcome {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                let cause = error.downcast_ref::<hyper_util::client::legacy::Error>();
                Err(if cause.is_some_and(|cause| cause.is_connect()) {
                    Told::Unreached
                } else {
                    Told::Nothing
                })
            }
            Err(_) => {
                journal.wrong.push(format!("no answer within {CLIENT_PATIENCE:?}"));
                Err(Told::Nothing)
            }
        }
    }

    fn judge(&self, good: u16, answer: Result<Answer, Told>) -> Told {
        let answer = match answer {
            Ok(answer) => answer,
            Err(told) => return told,
        };
        match answer.status.as_u16() {
            status if status == good => Told::Done,
            409 if answer.error_code() == Some("SLOT_UNAVAILABLE") => Told::Refused,
            503 => {
                lock(&self.journal).unavailable += 1;
                if let Err(why) = is_a_proper_503(&answer) {
                    self.wrong(why);
                }
                Told::Nothing
            }
            status => {
                self.wrong(format!("{status}: {}", answer.json));
                Told::Nothing
            }
        }
    }

    fn wrong(&self, what: String) {
        lock(&self.journal).wrong.push(what);
    }

    fn server(&mut self) -> JsonClient {
        let servers = lock(&self.servers);
        servers[self.random.usize(..servers.len())].clone()
    }
}

/// The contract's error, and when to come again.
pub(crate) fn is_a_proper_503(answer: &Answer) -> Result<(), String> {
    let shown = format!("{answer:?}");
    let pause = answer.headers.get("retry-after").and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
    let is_json = answer.headers.get("content-type").is_some_and(|value| value == "application/json");
    let status = answer.json.pointer("/error/status").and_then(Value::as_u64);
    let well = answer.status == 503
        && answer.error_code() == Some("UNAVAILABLE")
        && status == Some(503)
        && is_json
        && pause.is_some_and(|seconds| seconds > 0);
    if well { Ok(()) } else { Err(format!("no proper 503: {shown}")) }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
