#![cfg_attr(all(feature = "sender", feature = "sqlite"), doc = include_str!("../README.md"))]
#![cfg_attr(
    not(all(feature = "sender", feature = "sqlite")),
    doc = "What connects the application to the world, each part behind a cargo feature."
)]
//!
//! With a webhook and an event of your transaction: the example `shortest`, which `embed` shows.

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
