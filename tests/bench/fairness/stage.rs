//! A server with three webhooks, one of which can be made to hang, and a way to book at a steady rate.

use crate::samples::Samples;
use crate::usage;
use anyhow::{Context, ensure};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DbBackend};
use serde_json::{Value, json};
use slotflow_tests::http::JsonClient;
use slotflow_tests::receiver::{Receiver, Reply};
use slotflow_tests::server::{Organization, Server, create_organization};
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokio::time::{MissedTickBehavior, interval, sleep};
use uuid::Uuid;

/// Longer than the server waits.
const HANGS: Duration = Duration::from_secs(30);

/// How long after the last booking its event is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// The paths of the webhooks that are well: of the organization whose other webhook hangs, and of another.
const WELL: [&str; 2] = ["/beside", "/elsewhere"];

pub(crate) struct Stage {
    server: Server,
    client: JsonClient,
    receiver: Receiver,
    /// Whose webhook hangs, and another.
    organizations: [Organization; 2],
    hanging: String,
}

/// What happened while bookings were made.
pub(crate) struct Seen {
    /// From the sending of a booking's request to its event's arrival, for each of [`WELL`].
    pub(crate) latencies: [Samples; 2],
    /// How much of a processor the server used; 0 where the system does not tell.
    pub(crate) server_cpu: f64,
}

impl Stage {
    /// Starts the server. The webhook that hangs is disabled.
    pub(crate) async fn set(database_url: &str) -> anyhow::Result<Self> {
        let server = Server::start_with(database_url, &["--dev"]).await?;
        let client = server.client();
        let organizations = [
            create_organization(database_url, "growth").await?,
            create_organization(database_url, "growth").await?,
        ];
        let receiver = Receiver::start().await?;
        receiver.answer("/hangs", [Reply::status(200).after(HANGS)]);
        let [first, _] = &organizations;
        let hanging = register(&client, first, &receiver.url("/hangs")).await?;
        for (organization, path) in organizations.iter().zip(WELL) {
            register(&client, organization, &receiver.url(path)).await?;
        }
        let mut stage = Self { server, client, receiver, organizations, hanging };
        stage.let_it_hang(false).await?;
        Ok(stage)
    }

    /// Adds held deliveries to the webhook that hangs, all of one event.
    pub(crate) async fn hold_backlog(&self, database_url: &str, count: usize) -> anyhow::Result<()> {
        let [first, _] = &self.organizations;
        book(&self.client, first).await?;
        let mut options = ConnectOptions::new(database_url);
        options.max_connections(1).sqlx_logging(false);
        let connection = Database::connect(options).await?;
        let (series, id) = if connection.get_database_backend() == DbBackend::Postgres {
            (format!("generate_series(1, {count}) AS s (g)"), "gen_random_uuid()")
        } else {
            let series = format!(
                "(WITH RECURSIVE series (g) AS (SELECT 1 UNION ALL SELECT g + 1 FROM series WHERE g < {count}) \
                 SELECT g FROM series)"
            );
            (series, "randomblob(16)")
        };
        let added = connection
            .execute_unprepared(&format!(
                "INSERT INTO deliveries (id, organization_id, webhook_id, event_id, status, listed_status, \
                 finished_attempts, lost_claims, created_at) \
                 SELECT {id}, organization_id, webhook_id, event_id, 'held', 'held', 0, 0, created_at \
                 FROM (SELECT * FROM deliveries WHERE status = 'held' LIMIT 1) AS d CROSS JOIN {series}"
            ))
            .await?;
        ensure!(added.rows_affected() == count as u64, "{} of {count} were added", added.rows_affected());
        if connection.get_database_backend() == DbBackend::Postgres {
            // As it runs: SQLite is never told to count its rows.
            connection.execute_unprepared("ANALYZE").await?;
        }
        connection.close().await?;
        Ok(())
    }

    /// Enables the webhook that hangs, which makes its deliveries due, or disables it. Settles down after that.
    pub(crate) async fn let_it_hang(&mut self, on: bool) -> anyhow::Result<()> {
        let [first, _] = &self.organizations;
        let path = format!("/v1/webhooks/{}", self.hanging);
        self.client.patch(&path, first.api_key.as_str(), &json!({"active": on})).await?.expect_status(200)?;
        sleep(Duration::from_secs(1)).await;
        Ok(())
    }

    /// Books at a steady rate, in turns for either organization, and waits until all has arrived.
    pub(crate) async fn book(&mut self, span: Duration, every: Duration) -> anyhow::Result<Seen> {
        let seen_before = WELL.map(|path| self.receiver.arrivals(path).len());
        let (began, cpu_before) = (Instant::now(), self.cpu_seconds());
        let mut ticks = interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut bookings = Vec::new();
        while began.elapsed() < span {
            for organization in self.organizations.clone() {
                ticks.tick().await;
                let client = self.client.clone();
                bookings.push(tokio::spawn(async move { book(&client, &organization).await }));
            }
        }
        let mut sent: [HashMap<String, Instant>; 2] = Default::default();
        for (number, booking) in bookings.into_iter().enumerate() {
            let (id, at) = booking.await??;
            if let Some(sent) = sent.get_mut(number % 2) {
                sent.insert(id, at);
            }
        }
        let server_cpu = (self.cpu_seconds() - cpu_before) / began.elapsed().as_secs_f64();

        let mut latencies: [Samples; 2] = Default::default();
        let places = WELL.iter().zip(seen_before).zip(&sent).zip(&mut latencies);
        for (((path, before), sent), samples) in places {
            let arrivals = self.receiver.wait_for(path, before + sent.len(), PATIENCE).await?;
            for arrival in arrivals.iter().skip(before) {
                let payload: Value = serde_json::from_slice(&arrival.body)?;
                let id =
                    payload.pointer("/data/id").and_then(Value::as_str).context("a payload without id")?;
                let at = sent.get(id).context("an arrival that nobody booked")?;
                samples.push(arrival.at.saturating_duration_since(*at));
            }
        }
        Ok(Seen { latencies, server_cpu })
    }

    fn cpu_seconds(&mut self) -> f64 {
        self.server.process().id().map_or(0.0, usage::cpu_seconds)
    }
}

async fn register(client: &JsonClient, organization: &Organization, url: &str) -> anyhow::Result<String> {
    let body = json!({"url": url, "events": ["booking.confirmed"]});
    let answer =
        client.post("/v1/webhooks", organization.api_key.as_str(), &body).await?.expect_status(201)?;
    Ok(answer.json.get("id").and_then(Value::as_str).context("a webhook without id")?.to_owned())
}

/// Books somebody's time; the booking's id and when its request was sent.
async fn book(client: &JsonClient, organization: &Organization) -> anyhow::Result<(String, Instant)> {
    let body = json!({
        "human_id": Uuid::new_v4().to_string(), "starts_at": "2031-03-10T14:00:00Z", "duration": 30,
        "attendee_name": "Alex Rivera",
    });
    let at = Instant::now();
    let answer =
        client.post("/v1/bookings", organization.api_key.as_str(), &body).await?.expect_status(201)?;
    let id = answer.json.get("id").and_then(Value::as_str).context("a booking without id")?;
    Ok((id.to_owned(), at))
}
