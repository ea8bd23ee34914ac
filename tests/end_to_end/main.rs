//! The server as its users meet it: the real process, over real connections, on both databases.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

/// Makes each of these functions two tests, which give it an empty database of either kind.
macro_rules! on_both_databases {
    ($($case:ident),+ $(,)?) => {$(
        mod $case {
            use slotflow_tests::database::Fresh;

            #[tokio::test]
            async fn on_sqlite() {
                let Some(database) = Fresh::sqlite() else { return };
                super::$case(database).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                let Some(database) = Fresh::postgres().await else { return };
                super::$case(database).await;
            }
        }
    )+};
}

mod administration;
mod api;
mod backups;
mod benchmarks;
mod bodies;
mod concurrency;
mod crashes;
mod documents;
mod errors;
mod failing;
mod first_steps;
mod health;
#[cfg(target_os = "linux")]
mod hostile;
mod hostile_clients;
mod idempotency;
mod instances;
mod lost_attempts;
mod monitoring;
mod operators;
#[cfg(feature = "otlp")]
mod otlp;
mod output;
mod pausing;
mod payload;
mod reachability;
mod repairs;
mod retention;
mod retries;
mod rotation;
mod secret_keys;
mod settings;
mod signatures;
mod stopping;
mod tenants;
mod traces;
