//! The HTTP API as clients meet it: every answer of the contract, through the router in memory, with the
//! ports behind it mocked.

#[cfg(test)]
mod authentication;
#[cfg(test)]
mod bodies;
#[cfg(test)]
mod bookings;
#[cfg(test)]
mod connection;
#[cfg(test)]
mod cross_site;
#[cfg(test)]
mod deliveries;
#[cfg(test)]
mod described_patterns;
#[cfg(test)]
mod described_routes;
#[cfg(test)]
mod description;
#[cfg(test)]
mod events;
#[cfg(test)]
mod health;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod in_flight;
#[cfg(test)]
mod log;
#[cfg(test)]
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(test)]
mod queries;
#[cfg(test)]
mod rate_limits;
#[cfg(test)]
mod repairs;
#[cfg(test)]
mod request_ids;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod routing;
#[cfg(test)]
mod store_failures;
#[cfg(test)]
mod support;
#[cfg(test)]
mod their_authentication;
#[cfg(test)]
mod traces;
#[cfg(test)]
mod webhook_urls;
#[cfg(test)]
mod webhooks;
