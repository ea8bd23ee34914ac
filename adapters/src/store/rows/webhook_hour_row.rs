//! `webhook_hours`.

use crate::store::stored_row::{StoredRow, corrupt};
use sea_orm::{QueryResult, Value};
use slotflow_application::ports::StoreError;
use slotflow_domain::health::{Streak, WebhookHour};
use slotflow_domain::{Timestamp, WebhookId};

pub(in crate::store) const COLUMNS: &str = "webhook_id, hour_start, accepted_attempts, failed_attempts, \
     delivered, failed, last_success_at, last_failure_at, streak_since, streak_attempts, streak_deliveries, \
     timed_attempts, attempt_ms, slowest_ms";

/// What follows an `INSERT` of hours to add them to those that are there, as
/// [`WebhookHour::absorb`] does.
pub(in crate::store) const ABSORB: &str = "ON CONFLICT (webhook_id, hour_start) DO UPDATE SET \
     accepted_attempts = webhook_hours.accepted_attempts + excluded.accepted_attempts, \
     failed_attempts = webhook_hours.failed_attempts + excluded.failed_attempts, \
     delivered = webhook_hours.delivered + excluded.delivered, \
     failed = webhook_hours.failed + excluded.failed, \
     last_success_at = CASE WHEN excluded.last_success_at IS NULL \
     OR webhook_hours.last_success_at > excluded.last_success_at \
     THEN webhook_hours.last_success_at ELSE excluded.last_success_at END, \
     last_failure_at = CASE WHEN excluded.last_failure_at IS NULL \
     OR webhook_hours.last_failure_at > excluded.last_failure_at \
     THEN webhook_hours.last_failure_at ELSE excluded.last_failure_at END, \
     streak_since = CASE WHEN excluded.accepted_attempts > 0 THEN excluded.streak_since \
     ELSE COALESCE(webhook_hours.streak_since, excluded.streak_since) END, \
     streak_attempts = excluded.streak_attempts + CASE WHEN excluded.accepted_attempts > 0 THEN 0 \
     ELSE webhook_hours.streak_attempts END, \
     streak_deliveries = excluded.streak_deliveries + CASE WHEN excluded.accepted_attempts > 0 THEN 0 \
     ELSE webhook_hours.streak_deliveries END, \
     timed_attempts = webhook_hours.timed_attempts + excluded.timed_attempts, \
     attempt_ms = webhook_hours.attempt_ms + excluded.attempt_ms, \
     slowest_ms = CASE WHEN webhook_hours.slowest_ms > excluded.slowest_ms \
     THEN webhook_hours.slowest_ms ELSE excluded.slowest_ms END";

/// How many columns there are.
pub(in crate::store) const WIDTH: usize = 14;

pub(in crate::store) fn write(webhook_id: WebhookId, hour: &WebhookHour) -> [Value; WIDTH] {
    let big = |count: u64| Value::from(i64::try_from(count).unwrap_or(i64::MAX));
    let time = |moment: Option<Timestamp>| Value::from(moment.map(Timestamp::as_millis));
    [
        webhook_id.as_uuid().into(),
        hour.start.as_millis().into(),
        big(hour.accepted_attempts),
        big(hour.failed_attempts),
        big(hour.delivered),
        big(hour.failed),
        time(hour.last_success_at),
        time(hour.last_failure_at),
        time(hour.streak.map(|streak| streak.since)),
        big(hour.streak.map_or(0, |streak| streak.attempts)),
        big(hour.streak.map_or(0, |streak| streak.deliveries)),
        big(hour.timed_attempts),
        big(hour.attempt_ms),
        big(hour.slowest_ms),
    ]
}

pub(in crate::store) fn read(row: &QueryResult) -> Result<(WebhookId, WebhookHour), StoreError> {
    let row = StoredRow(row);
    let count = |column| row.number::<i64, u64>(column);
    let streak = match row.maybe_time("streak_since")? {
        None => None,
        Some(since) => {
            let (attempts, deliveries) = (count("streak_attempts")?, count("streak_deliveries")?);
            if attempts == 0 {
                return Err(corrupt("streak_attempts", "none, although there is a streak"));
            }
            Some(Streak { since, attempts, deliveries })
        }
    };
    let hour = WebhookHour {
        start: row.time("hour_start")?,
        accepted_attempts: count("accepted_attempts")?,
        failed_attempts: count("failed_attempts")?,
        delivered: count("delivered")?,
        failed: count("failed")?,
        timed_attempts: count("timed_attempts")?,
        attempt_ms: count("attempt_ms")?,
        slowest_ms: count("slowest_ms")?,
        last_success_at: row.maybe_time("last_success_at")?,
        last_failure_at: row.maybe_time("last_failure_at")?,
        streak,
    };
    Ok((WebhookId::new(row.uuid("webhook_id")?), hour))
}
