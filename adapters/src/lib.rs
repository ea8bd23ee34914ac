//! What connects the application to the world, each part behind a cargo feature.
//!
//! | module | feature | is |
//! |---|---|---|
//! | `store` | `sqlite`, `postgres` | every storage port on SQLite or PostgreSQL, through sea-orm |
//! | `sender` | `sender` | the outbound HTTP client with the address rule in its connector, and DNS |
//! | `api` | `api` | the inbound HTTP API, as an axum router |
//! | `dashboard` | `dashboard` | pages to watch deliveries on and to put them right |
//! | `embed` | `sender` and a store | the application on a database, put together |
//! | `memory` | `memory` | the test kit: in-memory store, virtual clock, scripted sender, seeded entropy |
//! | `metrics` | `metrics` | what happens, counted for Prometheus |
//! | `traces` | `otlp` | what happens, as spans for an OpenTelemetry collector |
//! | `json_schema` | `json-schema` | JSON Schemas for the types of events in a catalogue |
//! | `system` | `system` | the system's clock and randomness |
//! | `verify` | `verify` | for receivers: an axum extractor that lets in genuine deliveries only |
//!
//! Nothing here decides anything: an adapter translates.

#[cfg(feature = "api")]
pub mod api;
#[cfg(feature = "dashboard")]
pub mod dashboard;
#[cfg(all(feature = "sender", feature = "store"))]
pub mod embed;
#[cfg(feature = "json-schema")]
pub mod json_schema;
#[cfg(feature = "memory")]
pub mod memory;
#[cfg(feature = "metrics")]
pub mod metrics;
#[cfg(feature = "sender")]
pub mod sender;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod store;
#[cfg(feature = "system")]
pub mod system;
#[cfg(feature = "otlp")]
pub mod traces;
#[cfg(feature = "verify")]
pub mod verify;
