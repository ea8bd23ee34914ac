//! The server.

use crate::cli::ServeFlags;
use crate::composition::{self, Application};
use crate::failure::Failure;
use crate::output::say;
use crate::settings::Settings;
use crate::{descriptors, http_server, logging, secret_keys, shutdown};
use anyhow::Context;
use slotflow_adapters::store::{Enrolment, SqlStore, StoreOptions};
use slotflow_adapters::system::SystemClock;
use slotflow_application::Organizations;
use slotflow_application::ports::{Clock as _, Instances, NoInstances};
use slotflow_domain::organization::{OrganizationName, Plan};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What the end may take beyond the longest attempt.
const SHUTDOWN_MARGIN: Duration = Duration::from_secs(5);

/// How long the store's connections may take to close, and the last spans to reach their collector meanwhile. A pool that is just trying to reach a database that is
/// down would keep the process for minutes; nothing is lost by leaving without it.
const CLOSING: Duration = Duration::from_secs(3);

/// How a server has ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It holds nothing any more.
    InOrder,
    /// Its time was up before everything had ended.
    Late,
}

/// `slotflow serve`.
pub(crate) async fn run(database_url: &str, flags: ServeFlags) -> Result<ExitCode, Failure> {
    logging::start(flags.log_format, "info");
    let settings = Settings::from_flags(flags)?;
    let secret_keys = secret_keys::given()?;
    descriptors::raise_limit(settings.max_connections, settings.dispatcher.concurrency);
    let stop = shutdown::on_signal()?;

    let store = SqlStore::connect(database_url, StoreOptions::default()).await?;
    if settings.migrate {
        store.migrate().await?;
    } else if !store.is_up_to_date().await? {
        return Err(Failure::Failed(anyhow::anyhow!(
            "the database is not up to date; run slotflow migrate first"
        )));
    }
    let store = secret_keys::unlock(store, database_url, secret_keys).await?;
    let listener = listen(settings.listen).await?;
    let address = listener.local_addr()?;
    let enrolment = enrol(&store).await;
    let instance: Arc<dyn Instances> = match &enrolment {
        Some(enrolment) => Arc::<Enrolment>::clone(enrolment),
        None => Arc::new(NoInstances),
    };
    let mut application = composition::compose(&store, instance, &settings, &stop)?;
    if let (Some(address), Some(router)) = (settings.metrics_listen, application.metrics_router.take()) {
        let listener = listen(address).await?;
        tokio::spawn(http_server::run(listener, router, settings.max_connections, stop.clone()));
    }
    if settings.dev {
        greet_developer(&application.organizations, address).await?;
    }
    tokio::spawn(store.clone().watch_secret_keys(Arc::new(SystemClock), stop.clone()));
    say!("slotflow {} is ready on http://{address}", env!("CARGO_PKG_VERSION"));

    let limit = settings.dispatcher.request_timeout + SHUTDOWN_MARGIN;
    let traces = application.traces.take();
    let ended = serve(application, listener, stop, limit).await?;
    let last_spans = async {
        if let Some(traces) = traces {
            traces.finish(CLOSING).await;
        }
    };
    let closing = tokio::time::timeout(CLOSING, async {
        // What has not ended is left to the others, who find this instance dead.
        if let Some(enrolment) = enrolment.filter(|_| ended == Ended::InOrder) {
            enrolment.leave().await;
        }
        store.close().await
    });
    let (closed, ()) = tokio::join!(closing, last_spans);
    match closed {
        Ok(closed) => closed?,
        Err(_) => tracing::warn!("the database did not let go in time; leaving without it"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Enrols, so that others know by which claims to tell what this process was delivering if it dies. It is a server without
/// that as well.
async fn enrol(store: &SqlStore) -> Option<Arc<Enrolment>> {
    match store.enrol(SystemClock.now()).await {
        Ok(enrolment) => Some(Arc::new(enrolment)),
        Err(error) => {
            tracing::warn!(%error, "other instances will not see this one die; what it held is sent when its leases end");
            None
        }
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind(address).await;
    Ok(listener.with_context(|| format!("listening on {address} failed"))?)
}

/// Answers requests, makes deliveries and removes what is old until `stop`; then takes no more of it, lets what
/// is under way end, and returns within `limit`.
pub(crate) async fn serve(
    application: Application,
    listener: TcpListener,
    stop: CancellationToken,
    limit: Duration,
) -> Result<Ended, Failure> {
    let Application { worker, router, max_connections, .. } = application;
    let api = tokio::spawn(http_server::run(listener, router, max_connections, stop.clone()));
    let working = tokio::spawn(worker.run(stop.clone()));
    let mut running = std::pin::pin!(async move { tokio::try_join!(api, working) });

    tokio::select! {
        // A server that answers but delivers nothing would look healthy: end it instead.
        ended = &mut running => {
            ended?;
            return Ok(Ended::InOrder);
        }
        () = stop.cancelled() => {}
    }
    tracing::info!("stopping: finishing what is under way");
    match tokio::time::timeout(limit, running).await {
        Ok(ended) => {
            ended?;
            Ok(Ended::InOrder)
        }
        Err(_) => {
            tracing::warn!("not everything ended in time; what is left is taken over by others");
            Ok(Ended::Late)
        }
    }
}

/// Gives a developer on an empty database an organization, and a line to paste.
async fn greet_developer(organizations: &Organizations, address: SocketAddr) -> Result<(), Failure> {
    if !organizations.list().await?.is_empty() {
        return Ok(());
    }
    let name = OrganizationName::parse("Development").map_err(anyhow::Error::from)?;
    let (organization, key) = organizations.create(name, Plan::Growth).await?;
    let (id, key) = (organization.id, key.expose());
    say!(
        "\
Created the organization Development ({id}). Its API key is shown this once:

  {key}

To see a delivery, run `slotflow listen` in another terminal, and then:

  curl -sS http://{address}/v1/webhooks -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' \
-d '{{\"url\":\"http://127.0.0.1:9000/\",\"events\":[\"booking.confirmed\",\"booking.cancelled\"]}}'

  curl -sS http://{address}/v1/bookings -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' \
-d '{{\"human_id\":\"f47ac10b-58cc-4372-a567-0e02b2c3d479\",\"starts_at\":\"2030-01-01T10:00:00Z\",\"duration\":30,\"attendee_name\":\"Alex Rivera\"}}'
"
    );
    Ok(())
}
