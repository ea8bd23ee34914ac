//! `slotflow demo`: the whole product at work in one process, on loopback and a temporary file.
//!
//! The same server, store, sender and API as `slotflow serve`; only the retry schedule is shortened.

mod screen;
mod summary;

use crate::cli::{DemoFlags, LogFormat};
use crate::client::{Client, ServerUrl, trusting};
use crate::composition;
use crate::failure::Failure;
use crate::receiver::{Arrival, Behaviour, Receiver};
use crate::settings::Settings;
use crate::{http_server, logging, secret_keys, serve, shutdown};
use anyhow::Context;
use axum::http::StatusCode;
use screen::Screen;
use serde_json::{Value, json};
use slotflow_application::DispatcherSettings;
use slotflow_application::ports::NoInstances;
use slotflow_domain::delivery::RetryPolicy;
use slotflow_domain::event::EventCatalog;
use slotflow_domain::organization::{OrganizationName, Plan};
use slotflow_domain::signing::SigningSecret;
use slotflow_domain::webhook::UrlRules;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use summary::Summary;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

/// The schedule of the demo, in place of 5 and 60 minutes.
const RETRY_DELAYS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];

/// Where the two webhooks go on the receiver, and how many bookings there are.
const GOOD: &str = "/good";
const BROKEN: &str = "/broken";
const BOOKINGS: usize = 3;

/// How long everything may take before the demo says that something is missing.
const PATIENCE: Duration = Duration::from_secs(30);

/// `slotflow demo`
pub(crate) async fn run(flags: DemoFlags) -> Result<ExitCode, Failure> {
    logging::start(LogFormat::Text, "warn");
    let stop = shutdown::on_signal()?;
    let screen = Screen::start();
    screen.title("slotflow demo: bookings on one side, signed webhooks on the other");

    let folder = tempfile::tempdir()?;
    let file = folder.path().join("demo.db");
    let database_url = format!("sqlite://{}", file.display());
    let store = secret_keys::unlock(composition::open(&database_url).await?, &database_url, None).await?;
    let settings = settings()?;
    let application = composition::compose(&store, Arc::new(NoInstances), &settings, &stop)?;
    let api_listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let api = api_listener.local_addr()?;
    let name = OrganizationName::parse("Demo").map_err(anyhow::Error::from)?;
    let (_, key) = application.organizations.create(name, Plan::Starter).await?;
    let limit = settings.dispatcher.request_timeout;
    let server = tokio::spawn(serve::serve(application, api_listener, stop.clone(), limit));
    screen.step(&format!("server on http://{api}, database {}", file.display()));

    let (receiver, target, arrivals) = start_receiver(&stop).await?;
    screen.step(&format!("receiver on http://{target}: {GOOD} answers 200, {BROKEN} answers 500"));
    screen.step("retries after 1 s and 2 s here; in production after 5 and 60 minutes");

    let client = Client::new(ServerUrl::on(api), &key, trusting(None)?)?;
    let story = Story { client: &client, screen: &screen, receiver: &receiver, target };
    let finished = tokio::select! {
        finished = story.tell(arrivals) => Some(finished?),
        () = stop.cancelled() => None,
    };
    let succeeded = finished.is_some_and(|summary| {
        summary.print(&screen);
        summary.is_complete()
    });
    if succeeded && !flags.once {
        screen.step("everything still runs; try it yourself, and end with Ctrl-C:");
        screen.plain(&format!(
            "\n  curl -sS http://{api}/v1/deliveries?status=failed -H 'Authorization: Bearer {}'\n",
            key.expose()
        ));
        stop.cancelled().await;
    }
    stop.cancel();
    server.await??;
    store.close().await?;
    Ok(if succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn settings() -> Result<Settings, Failure> {
    let retry_policy = RetryPolicy::new(RETRY_DELAYS.to_vec()).map_err(anyhow::Error::from)?;
    Ok(Settings {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        metrics_listen: None,
        max_connections: http_server::MAX_CONNECTIONS,
        rate_limit: None,
        collector: None,
        dev: false,
        dashboard: true,
        migrate: true,
        url_rules: UrlRules::development(),
        resolve_on_registration: true,
        extra_ca_file: None,
        egress_proxy: None,
        catalog: EventCatalog::standard(),
        dispatcher: DispatcherSettings { retry_policy, ..DispatcherSettings::default() },
        // It does not run for long.
        retention: None,
    })
}

async fn start_receiver(
    stop: &CancellationToken,
) -> Result<(Receiver, SocketAddr, mpsc::Receiver<Arrival>), Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let target = listener.local_addr()?;
    let answering = |status| Behaviour { status, delay: Duration::ZERO };
    let by_path = BTreeMap::from([
        (GOOD.to_owned(), answering(StatusCode::OK)),
        (BROKEN.to_owned(), answering(StatusCode::INTERNAL_SERVER_ERROR)),
    ]);
    let (sender, arrivals) = mpsc::channel(64);
    let receiver = Receiver::new(answering(StatusCode::NOT_FOUND), by_path, sender);
    tokio::spawn(receiver.clone().run(listener, stop.clone()));
    Ok((receiver, target, arrivals))
}

/// What is played: two webhooks, bookings, a cancellation, and all that follows.
struct Story<'a> {
    client: &'a Client,
    screen: &'a Screen,
    receiver: &'a Receiver,
    target: SocketAddr,
}

impl Story<'_> {
    /// Acts and watches at once, so that what arrives is shown as it arrives.
    async fn tell(&self, arrivals: mpsc::Receiver<Arrival>) -> Result<Summary, Failure> {
        let deadline = Instant::now() + PATIENCE;
        let ((), mut summary) = tokio::try_join!(self.act(), self.watch(arrivals, deadline))?;
        self.read_outcome(&mut summary, deadline).await?;
        Ok(summary)
    }

    async fn act(&self) -> Result<(), Failure> {
        for path in [GOOD, BROKEN] {
            self.register(path).await?;
        }
        let mut bookings = Vec::new();
        for number in 0..BOOKINGS {
            bookings.push(self.book(number).await?);
        }
        if let Some(first) = bookings.first() {
            self.client.delete(&format!("/v1/bookings/{first}")).await?;
            self.screen.step(&format!("booking {first} cancelled"));
        }
        Ok(())
    }

    /// Shows what arrives, until everything has or time is up.
    async fn watch(
        &self,
        mut arrivals: mpsc::Receiver<Arrival>,
        deadline: Instant,
    ) -> Result<Summary, Failure> {
        let mut summary = Summary::expecting(BOOKINGS + 1, RETRY_DELAYS.len() + 1);
        while !summary.has_all_arrivals() {
            let Ok(Some(arrival)) = timeout_at(deadline, arrivals.recv()).await else { break };
            self.screen.arrival(&arrival);
            summary.count(&arrival, GOOD);
        }
        Ok(summary)
    }

    async fn register(&self, path: &str) -> Result<(), Failure> {
        let url = format!("http://{}{path}", self.target);
        let body = json!({"url": url, "events": ["booking.confirmed", "booking.cancelled"]});
        let webhook = self.client.post("/v1/webhooks", Some(&body)).await?.parse::<Value>()?;
        let secret = webhook.get("signing_secret").and_then(Value::as_str).unwrap_or_default();
        self.receiver.trust(SigningSecret::parse(secret).map_err(anyhow::Error::from)?);
        self.screen.step(&format!("webhook registered for {url}"));
        Ok(())
    }

    async fn book(&self, number: usize) -> Result<String, Failure> {
        let body = json!({
            "human_id": "f47ac10b-58cc-4372-a567-0e02b2c3d479",
            "starts_at": format!("2030-01-01T{:02}:00:00Z", 9 + number),
            "duration": 30,
            "attendee_name": "Alex Rivera",
            "metadata": {"lead_id": format!("lead_{number}")},
        });
        let booking = self.client.post("/v1/bookings", Some(&body)).await?.parse::<Value>()?;
        let id = booking.get("id").and_then(Value::as_str).context("the booking has no id")?.to_owned();
        self.screen.step(&format!("booking {id} confirmed"));
        Ok(id)
    }

    /// What the server says became of it all, once nothing is under way any more.
    async fn read_outcome(&self, summary: &mut Summary, deadline: Instant) -> Result<(), Failure> {
        loop {
            let page = self.client.get("/v1/deliveries?limit=100").await?.parse()?;
            summary.read(&page, GOOD);
            if summary.all_final() || Instant::now() >= deadline {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
