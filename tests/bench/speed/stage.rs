//! Servers on a database with organizations and webhooks, and a receiver that takes what they send.

use super::databases::{Databases, connect};
use super::load::{Calls, Load};
use super::requests::{booking, post};
use super::sink::{MOST_PATHS, Sink};
use crate::Engine;
use crate::samples::Samples;
use crate::usage;
use anyhow::{Context, ensure};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use serde_json::json;
use slotflow_adapters::store::{SqlStore, StoreOptions};
use slotflow_adapters::system::{SystemClock, SystemEntropy};
use slotflow_application::Organizations;
use slotflow_domain::organization::{OrganizationName, Plan};
use slotflow_tests::database::Fresh;
use slotflow_tests::server::Server;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How long the last delivery is waited for: longer than a lease and two looks at what is due.
const PATIENCE: Duration = Duration::from_secs(180);
/// How often a waiting measurement looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// All settings are the defaults, but for receivers on this machine.
pub(crate) const ARGUMENTS: [&str; 2] = ["--allow-http", "--allow-private-networks"];

/// What is set up.
#[derive(Clone, Copy)]
pub(crate) struct Scene {
    pub(crate) organizations: usize,
    /// The webhooks of each that want bookings.
    pub(crate) listening: usize,
    /// The webhooks of each that want something else.
    pub(crate) silent: usize,
    /// Servers on the database.
    pub(crate) servers: usize,
}

impl Scene {
    pub(crate) const ONE_WEBHOOK: Self = Self { organizations: 1, listening: 1, silent: 0, servers: 1 };
}

pub(crate) struct Stage {
    pub(crate) engine: Engine,
    pub(crate) scene: Scene,
    pub(crate) sink: Sink,
    servers: Vec<Server>,
    /// Beside the servers, to see what they have written.
    connection: DatabaseConnection,
    /// A key of each organization.
    keys: Vec<String>,
    bookings: usize,
    // Behind all that uses it: fields are dropped in order.
    database: Fresh,
}

/// What was seen of some bookings.
pub(crate) struct Round {
    pub(crate) events: usize,
    /// From the first request to the last arrival.
    pub(crate) took: Duration,
    /// From each request to its last arrival.
    pub(crate) latencies: Samples,
}

impl Round {
    pub(crate) fn per_second(&self) -> f64 {
        self.events as f64 / self.took.as_secs_f64()
    }
}

/// Processor time in seconds.
#[derive(Clone, Copy)]
pub(crate) struct Cpu {
    pub(crate) servers: f64,
    /// Of all processes of PostgreSQL; nothing if there are none on this machine.
    pub(crate) database: Option<f64>,
}

impl Stage {
    pub(crate) async fn set(databases: &Databases, engine: Engine, scene: Scene) -> anyhow::Result<Self> {
        ensure!(scene.listening <= MOST_PATHS, "the sink tells no more than {MOST_PATHS} webhooks apart");
        let database = databases.fresh(engine).await?;
        let url = database.url();
        let servers = start(&url, scene.servers).await?;
        let connection = connect(&url).await?;
        let keys = organizations(&url, scene.organizations).await?;
        let sink = Sink::start().await?;
        let stage = Self { engine, scene, sink, servers, connection, keys, bookings: 0, database };
        stage.register_webhooks().await?;
        Ok(stage)
    }

    /// Makes bookings, as fast as they are answered or at a steady rate, and waits until each has arrived at
    /// each of its webhooks, once, and is recorded as that.
    pub(crate) async fn run(&mut self, count: usize, every: Option<Duration>) -> anyhow::Result<Round> {
        let (numbers, load) = self.prepare(count, every);
        let calls = load.send(&self.addresses()?, Arc::default()).await?.all_answered(201)?;
        let last = self.wait_for_arrivals(numbers.clone()).await?;
        self.wait_until_recorded().await?;
        ensure!(self.sink.repeated() == 0, "{} deliveries arrived twice", self.sink.repeated());
        let Calls { began, calls, .. } = calls;
        let mut latencies = Samples::default();
        for call in calls {
            let arrived_at = self.sink.arrived_at(numbers.start + call.number)?;
            latencies.push(arrived_at.saturating_duration_since(call.sent_at));
        }
        Ok(Round { events: count, took: last.saturating_duration_since(began), latencies })
    }

    /// New bookings of all organizations in turns: their numbers, and the requests.
    pub(crate) fn prepare(&mut self, count: usize, every: Option<Duration>) -> (Range<usize>, Load) {
        let numbers = self.bookings..self.bookings + count;
        self.bookings = numbers.end;
        let keys = self.keys.iter().cycle();
        let request = |(number, key): (usize, &String)| post("/v1/bookings", key, &booking(number));
        let requests = Arc::new(numbers.clone().zip(keys).map(request).collect());
        (numbers, Load { requests, count, every })
    }

    /// Waits until these bookings have arrived at all their webhooks; when the last did.
    pub(crate) async fn wait_for_arrivals(&self, numbers: Range<usize>) -> anyhow::Result<Instant> {
        self.sink.wait_for(numbers, self.scene.listening, PATIENCE).await
    }

    /// Waits until no attempt is under way any more.
    pub(crate) async fn wait_until_recorded(&self) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let question =
            "SELECT id FROM deliveries WHERE wake_at IS NOT NULL AND status = 'delivering' LIMIT 1";
        loop {
            let question = Statement::from_string(self.connection.get_database_backend(), question);
            if self.connection.query_one_raw(question).await?.is_none() {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "deliveries were not recorded within {PATIENCE:?}");
            sleep(LOOK_AGAIN).await;
        }
    }

    pub(crate) fn addresses(&self) -> anyhow::Result<Vec<SocketAddr>> {
        let address = |server: &Server| server.base_url().strip_prefix("http://")?.parse().ok();
        self.servers.iter().map(address).collect::<Option<_>>().context("a server without an address")
    }

    pub(crate) fn url(&self) -> String {
        self.database.url()
    }

    /// Ends the servers in order.
    pub(crate) async fn stop(&mut self) -> anyhow::Result<()> {
        for mut server in self.servers.drain(..) {
            let status = server.process().terminate(PATIENCE).await?;
            ensure!(status.success(), "a server ended with {status}");
        }
        Ok(())
    }

    /// Kills the servers (SIGKILL).
    pub(crate) async fn kill(&mut self) -> anyhow::Result<()> {
        for mut server in self.servers.drain(..) {
            server.process().kill().await?;
        }
        Ok(())
    }

    /// Starts as many servers as before.
    pub(crate) async fn start(&mut self) -> anyhow::Result<()> {
        self.servers = start(&self.url(), self.scene.servers).await?;
        Ok(())
    }

    pub(crate) async fn cpu(&mut self) -> anyhow::Result<Cpu> {
        let servers = self.process_ids().into_iter().map(usage::cpu_seconds).sum();
        Ok(Cpu { servers, database: self.postmaster().await?.map(usage::family_cpu_seconds) })
    }

    /// What the servers have in memory, in MiB.
    pub(crate) fn resident_mib(&mut self) -> f64 {
        self.process_ids().into_iter().map(usage::resident_kib).sum::<usize>() as f64 / 1_024.0
    }

    pub(crate) fn process_ids(&mut self) -> Vec<u32> {
        self.servers.iter_mut().filter_map(|server| server.process().id()).collect()
    }

    /// PostgreSQL's first process, if it is on this machine.
    pub(crate) async fn postmaster(&self) -> anyhow::Result<Option<u32>> {
        if self.engine != Engine::Postgres {
            return Ok(None);
        }
        let question = Statement::from_string(DbBackend::Postgres, "SELECT pg_backend_pid()");
        let row = self.connection.query_one_raw(question).await?.context("no answer")?;
        let backend = u32::try_from(row.try_get_by_index::<i32>(0)?)?;
        Ok(usage::parent(backend).filter(|id| usage::name(*id) == "postgres"))
    }

    async fn register_webhooks(&self) -> anyhow::Result<()> {
        let mut requests = Vec::new();
        for key in &self.keys {
            for number in 0..self.scene.listening + self.scene.silent {
                let wanted =
                    if number < self.scene.listening { "booking.confirmed" } else { "booking.cancelled" };
                let body = json!({"url": self.sink.url(number), "events": [wanted]});
                requests.push(post("/v1/webhooks", key, &body.to_string()));
            }
        }
        let load = Load { count: requests.len(), requests: Arc::new(requests), every: None };
        load.send(&self.addresses()?, Arc::default()).await?.all_answered(201)?;
        Ok(())
    }
}

async fn start(url: &str, count: usize) -> anyhow::Result<Vec<Server>> {
    let mut servers = Vec::with_capacity(count);
    for _ in 0..count {
        servers.push(Server::start_with(url, &ARGUMENTS).await?);
    }
    Ok(servers)
}

/// Makes organizations without a limit of webhooks, and answers their keys.
async fn organizations(url: &str, count: usize) -> anyhow::Result<Vec<String>> {
    let store = SqlStore::connect(url, StoreOptions::default()).await?;
    let organizations = Organizations {
        store: Arc::new(store.clone()),
        directory: Arc::new(store.clone()),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy::new()?),
    };
    let mut keys = Vec::with_capacity(count);
    for _ in 0..count {
        let (_, key) = organizations.create(OrganizationName::parse("Busy")?, Plan::Growth).await?;
        keys.push(key.expose().to_owned());
    }
    store.close().await?;
    Ok(keys)
}
