//! Which adapter goes where.

use crate::failure::Failure;
use crate::output::say;
use crate::settings::Settings;
use crate::traces::Traces;
use slotflow_adapters::api::{self, ApiServices, RateLimiter};
use slotflow_adapters::dashboard::{self, Access, DashboardServices, LiveUpdates, SessionKey};
use slotflow_adapters::metrics::Metrics;
use slotflow_adapters::sender::{HttpSender, SenderSettings, SystemResolver};
use slotflow_adapters::store::{SqlStore, StoreOptions};
use slotflow_adapters::system::{SystemClock, SystemEntropy};
use slotflow_application::ports::{DeliveryObserver, HostResolver, Instances};
use slotflow_application::slotflow::Worker;
use slotflow_application::{Organizations, Slotflow, Webhooks};
use slotflow_domain::event::EventCatalog;
use slotflow_domain::organization::WebhookLimits;
use slotflow_domain::webhook::UrlRules;
use std::process::ExitCode;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Where the dashboard lies (the contract's path).
const DASHBOARD: &str = "/dashboard";

/// The application, put together.
pub(crate) struct Application {
    pub(crate) organizations: Organizations,
    pub(crate) worker: Worker,
    pub(crate) router: axum::Router,
    pub(crate) max_connections: u16,
    /// What is served on the metrics' own address, if they have one.
    pub(crate) metrics_router: Option<axum::Router>,
    /// Where spans go, if there is a collector.
    pub(crate) traces: Option<Traces>,
}

/// Opens the store, its tables up to date.
pub(crate) async fn open(database_url: &str) -> Result<SqlStore, Failure> {
    let store = SqlStore::connect(database_url, StoreOptions::default()).await?;
    store.migrate().await?;
    Ok(store)
}

/// The store as it is, for whoever only looks: it is neither made nor migrated.
pub(crate) async fn open_as_it_is(database_url: &str) -> Result<SqlStore, Failure> {
    let options = StoreOptions { create_missing: false, ..StoreOptions::default() };
    let store = SqlStore::connect(database_url, options).await?;
    if store.is_up_to_date().await? {
        return Ok(store);
    }
    Err(Failure::Failed(anyhow::anyhow!("the database is not up to date: run `slotflow migrate` first")))
}

/// `slotflow migrate`.
pub(crate) async fn migrate(database_url: &str) -> Result<ExitCode, Failure> {
    open(database_url).await?.close().await?;
    say!("The database is up to date.");
    Ok(ExitCode::SUCCESS)
}

/// The use cases around organizations, which need nothing but a store.
pub(crate) fn organizations(store: &SqlStore) -> Result<Organizations, Failure> {
    Ok(Organizations {
        store: Arc::new(store.clone()),
        directory: Arc::new(store.clone()),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy::new().map_err(anyhow::Error::from)?),
    })
}

/// The use cases around webhooks, for whoever registers none and sends nothing.
pub(crate) fn webhooks(store: &SqlStore) -> Result<Webhooks, Failure> {
    let Organizations { store, directory, clock, entropy } = organizations(store)?;
    let (url_rules, catalog) = (UrlRules::strict(), EventCatalog::standard());
    let limits = WebhookLimits::default();
    Ok(Webhooks { store, directory, resolver: None, clock, entropy, url_rules, catalog, limits })
}

/// Puts the server's application together.
pub(crate) fn compose(
    store: &SqlStore,
    instance: Arc<dyn Instances>,
    settings: &Settings,
    stop: &CancellationToken,
) -> Result<Application, Failure> {
    let Organizations { clock, entropy, .. } = organizations(store)?;
    let resolver: Arc<dyn HostResolver> = Arc::new(SystemResolver::new().map_err(anyhow::Error::from)?);
    let sender_settings = SenderSettings {
        request_timeout: settings.dispatcher.request_timeout,
        url_rules: settings.url_rules.clone(),
        extra_ca_file: settings.extra_ca_file.clone(),
        egress_proxy: settings.egress_proxy.clone(),
    };
    let sender = HttpSender::new(sender_settings, Arc::clone(&resolver))
        .map_err(|error| Failure::Usage(format!("--extra-ca-file: {error}")))?;

    let metrics = Metrics::new(Arc::new(store.clone()), Arc::clone(&clock), env!("CARGO_PKG_VERSION"));
    let traces = match &settings.collector {
        Some(collector) => Some(
            Traces::to(collector, env!("CARGO_PKG_VERSION"), Arc::clone(&entropy))
                .map_err(anyhow::Error::from)?,
        ),
        None => None,
    };
    let mut observers: Vec<Arc<dyn DeliveryObserver>> = vec![Arc::new(metrics.clone())];
    let live = LiveUpdates::new(stop.clone());
    if settings.dashboard {
        observers.push(Arc::new(live.clone()));
    }
    if let Some(traces) = &traces {
        observers.push(Arc::new(traces.clone()));
    }
    let mut builder = Slotflow::builder(Arc::new(store.clone()), Arc::new(sender), clock, entropy)
        .catalog(settings.catalog.clone())
        .queue(metrics.timed(Arc::new(store.clone())))
        .dispatcher(settings.dispatcher.clone())
        .url_rules(settings.url_rules.clone())
        .instances(instance)
        .retention(settings.retention);
    for observer in observers {
        builder = builder.observer(observer);
    }
    if settings.resolve_on_registration {
        builder = builder.resolver(resolver);
    }
    let (slotflow, worker) = builder.build();
    let organizations = slotflow.organizations.clone();
    let services = ApiServices {
        rate_limiter: settings
            .rate_limit
            .map(|limit| Arc::new(RateLimiter::new(limit, Arc::clone(&organizations.clock)))),
        ..ApiServices::with_api_keys(&slotflow)
    };
    let pages = if settings.dashboard {
        let secret = store.secret_keys().derive("dashboard sessions");
        let access = Access::ApiKeys(secret.map_or_else(SessionKey::none, SessionKey::new));
        dashboard::router(DashboardServices::of(&slotflow, live, access), DASHBOARD)
    } else {
        axum::Router::new()
    };
    let (router, metrics_router) = match settings.metrics_listen {
        None => (api::router_with(services, pages.merge(metrics.routes())), None),
        Some(_) => {
            let alone = api::enveloped(metrics.routes(), Arc::clone(&organizations.entropy));
            (api::router_with(services, pages), Some(alone))
        }
    };
    let router = metrics.watch(router);
    let router = match &traces {
        Some(traces) => traces.watch(router),
        None => router,
    };
    Ok(Application {
        organizations,
        worker,
        router,
        max_connections: settings.max_connections,
        metrics_router,
        traces,
    })
}
