//! Moving all that waits for a webhook, in one statement per state it waits in.
//!
//! The same as [`Progress`](slotflow_domain::delivery::Progress)'s `hold`, `resume`, `discard` and `cancel` on
//! each delivery, which a test compares. The webhook is locked, so that none is claimed or added meanwhile.

use super::statement::{execute, values};
use sea_orm::ConnectionTrait;
use slotflow_application::ports::StoreError;
use slotflow_domain::webhook::WaitingDeliveries;
use slotflow_domain::{Timestamp, WebhookId};

/// By `deliveries_due_of_webhook`, whose condition is that `wake_at` is not null.
const HOLD_PENDING: &str = "UPDATE deliveries SET status = 'held', listed_status = 'held', wake_at = NULL \
     WHERE webhook_id = $1 AND wake_at IS NOT NULL AND status = 'pending'";
const CANCEL_PENDING: &str = "UPDATE deliveries SET status = 'cancelled', listed_status = 'cancelled', wake_at = NULL, \
     completed_at = $2 \
     WHERE webhook_id = $1 AND wake_at IS NOT NULL AND status = 'pending'";

/// By `deliveries_held`.
const RESUME_HELD: &str = "UPDATE deliveries SET status = 'pending', listed_status = 'pending', wake_at = $2 \
     WHERE webhook_id = $1 AND status = 'held'";
const CANCEL_HELD: &str = "UPDATE deliveries SET status = 'cancelled', listed_status = 'cancelled', completed_at = $2 \
     WHERE webhook_id = $1 AND status = 'held'";

/// Moves the webhook's waiting deliveries and answers how many.
pub(super) async fn move_waiting<C: ConnectionTrait>(
    connection: &C,
    id: WebhookId,
    how: WaitingDeliveries,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let webhook = || id.as_uuid();
    let with_time = || values![webhook(), now.as_millis()];
    match how {
        WaitingDeliveries::Hold => hold_pending(connection, id).await,
        WaitingDeliveries::Resume => execute(connection, RESUME_HELD, with_time()).await,
        WaitingDeliveries::Discard => execute(connection, CANCEL_HELD, with_time()).await,
        WaitingDeliveries::Cancel => {
            let pending = execute(connection, CANCEL_PENDING, with_time()).await?;
            Ok(pending + execute(connection, CANCEL_HELD, with_time()).await?)
        }
    }
}

/// Holds what is pending, for a webhook that is locked and was disabled.
pub(super) async fn hold_pending<C: ConnectionTrait>(
    connection: &C,
    id: WebhookId,
) -> Result<u64, StoreError> {
    execute(connection, HOLD_PENDING, values![id.as_uuid()]).await
}
