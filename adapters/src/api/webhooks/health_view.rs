//! A webhook's health as clients see it.

use crate::api::openapi::schemas;
use serde::Serialize;
use slotflow_domain::Timestamp;
use slotflow_domain::health::{SuccessRate, WebhookHealth};
use utoipa::ToSchema;

/// What `health` holds.
///
/// `delivered_24h` and `failed_24h` count deliveries that came to their end in the current hour (of UTC) and the 24
/// whole hours before it. The other members look back a week, except the last one.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookHealth)]
pub(super) struct HealthView {
    delivered_24h: u64,
    failed_24h: u64,
    /// Of the two above; null while there are none.
    #[schema(required, minimum = 0, maximum = 1)]
    success_rate_24h: Option<f64>,
    #[schema(value_type = Option<schemas::Time>, required)]
    last_success_at: Option<Timestamp>,
    #[schema(value_type = Option<schemas::Time>, required)]
    last_failure_at: Option<Timestamp>,
    /// Attempts that failed since the last one that did not.
    consecutive_failures: u64,
    /// When the oldest of its pending deliveries was made.
    #[schema(value_type = Option<schemas::Time>, required)]
    oldest_pending_at: Option<Timestamp>,
}

impl From<WebhookHealth> for HealthView {
    fn from(health: WebhookHealth) -> Self {
        Self {
            delivered_24h: health.delivered_24h,
            failed_24h: health.failed_24h,
            success_rate_24h: health.success_rate_24h.map(SuccessRate::as_fraction),
            last_success_at: health.last_success_at,
            last_failure_at: health.last_failure_at,
            consecutive_failures: health.consecutive_failures,
            oldest_pending_at: health.oldest_pending_at,
        }
    }
}
