//! Which adapter goes where.

use crate::failure::Failure;
use crate::output::say;
use crate::settings::Settings;
use slotflow_adapters::api::{self, ApiServices};
use slotflow_adapters::sender::{HttpSender, SenderSettings, SystemResolver};
use slotflow_adapters::store::{SqlStore, StoreOptions};
use slotflow_adapters::system::{SystemClock, SystemEntropy};
use slotflow_application::ports::HostResolver;
use slotflow_application::{Bookings, Deliveries, Dispatcher, Organizations, Webhooks};
use slotflow_domain::event::EventCatalog;
use std::process::ExitCode;
use std::sync::Arc;

/// The application, put together.
pub(crate) struct Application {
    pub(crate) organizations: Organizations,
    pub(crate) dispatcher: Dispatcher,
    pub(crate) router: axum::Router,
}

/// Opens the store, its tables up to date.
pub(crate) async fn open(database_url: &str) -> Result<SqlStore, Failure> {
    let store = SqlStore::connect(database_url, StoreOptions::default()).await?;
    store.migrate().await?;
    Ok(store)
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

/// Puts the server's application together.
pub(crate) fn compose(store: &SqlStore, settings: &Settings) -> Result<Application, Failure> {
    let organizations = organizations(store)?;
    let Organizations { store: units_of_work, directory, clock, entropy } = organizations.clone();
    let resolver: Arc<dyn HostResolver> = Arc::new(SystemResolver::new().map_err(anyhow::Error::from)?);
    let sender_settings = SenderSettings {
        request_timeout: settings.dispatcher.request_timeout,
        url_rules: settings.url_rules,
        extra_ca_file: settings.extra_ca_file.clone(),
    };
    let sender = HttpSender::new(sender_settings, Arc::clone(&resolver))
        .map_err(|error| Failure::Usage(format!("--extra-ca-file: {error}")))?;

    let webhooks = Webhooks {
        store: Arc::clone(&units_of_work),
        directory: Arc::clone(&directory),
        resolver: settings.resolve_on_registration.then_some(resolver),
        clock: Arc::clone(&clock),
        entropy: Arc::clone(&entropy),
        url_rules: settings.url_rules,
        catalog: EventCatalog::standard(),
    };
    let dispatcher = Dispatcher::new(
        Arc::new(store.clone()),
        Arc::new(sender),
        Arc::clone(&clock),
        Arc::clone(&entropy),
        settings.dispatcher.clone(),
    );
    let bookings = Bookings {
        store: Arc::clone(&units_of_work),
        directory,
        clock,
        entropy,
        first_attempts: dispatcher.first_attempts(),
    };
    let router = api::router(ApiServices {
        organizations: organizations.clone(),
        webhooks,
        bookings,
        deliveries: Deliveries { log: Arc::new(store.clone()) },
        store: units_of_work,
    });
    Ok(Application { organizations, dispatcher, router })
}
