//! Recording what became of attempts.

use super::bulk::in_list;
use super::progress_writer::{self, Ended};
use super::rows::attempt_row::Detail;
use super::standings::{self, Purpose};
use super::statement::{all, values};
use super::stored_row::StoredRow;
use super::{SqlStore, transaction, waiting};
use sea_orm::{ConnectionTrait, Value};
use slotflow_application::ports::{SettleReport, Settled, StoreError};
use slotflow_domain::delivery::{DeliveryState, Lease, Progress, Settlement};
use slotflow_domain::webhook::{DisabledReason, WebhookStanding};
use slotflow_domain::{DeliveryId, WebhookId};
use std::collections::{BTreeMap, BTreeSet};

/// Records a batch. If the store refuses it as it is, it is recorded without what the receivers wrote: an
/// outcome that cannot be recorded would mean the same request again, for ever.
pub(super) async fn settle(store: &SqlStore, settled: &[Settled]) -> Result<SettleReport, StoreError> {
    if settled.is_empty() {
        return Ok(SettleReport::default());
    }
    match settle_with(store, settled, Detail::Whole).await {
        Err(error) if !error.is_transient() => {
            tracing::error!(%error, "outcomes could not be stored whole; storing them without responses");
            settle_with(store, settled, Detail::WithoutContent).await
        }
        outcome => outcome,
    }
}

async fn settle_with(
    store: &SqlStore,
    settled: &[Settled],
    detail: Detail,
) -> Result<SettleReport, StoreError> {
    let transaction = store.begin_writing().await?;
    let outcome = settle_in(&transaction, settled, detail).await;
    transaction::finish(transaction, outcome).await
}

/// Webhooks are locked before deliveries, and only those whose standing matters: a batch of successes locks
/// none.
async fn settle_in<C: ConnectionTrait>(
    connection: &C,
    settled: &[Settled],
    detail: Detail,
) -> Result<SettleReport, StoreError> {
    let gone = |one: &Settled| matches!(one.settlement, Settlement::Failed { webhook_gone: true, .. });
    let retry = |one: &Settled| matches!(one.settlement, Settlement::Retry { .. });
    let to_lock = settled.iter().filter(|one| gone(one) || retry(one)).map(|one| one.webhook_id).collect();
    let purpose = if settled.iter().any(gone) { Purpose::Change } else { Purpose::Read };
    let standings = standings::lock(connection, &to_lock, purpose).await?;

    // Sorted, so that all who write the same deliveries lock them in the same order. Of two outcomes of one
    // delivery the first counts.
    let mut stale = Vec::new();
    let mut ended: BTreeMap<DeliveryId, Ended<'_>> = BTreeMap::new();
    for one in settled {
        match progress_after(one, &standings) {
            Some(progress) if !ended.contains_key(&one.delivery_id) => {
                let (delivery_id, token) = (one.delivery_id, Some(one.token));
                ended.insert(delivery_id, Ended { delivery_id, token, progress, attempt: &one.attempt });
            }
            _ => stale.push(one.delivery_id),
        }
    }
    let ended: Vec<_> = ended.into_values().collect();
    let written = progress_writer::write_ended(connection, &ended, detail).await?;
    stale.extend(ended.iter().map(|one| one.delivery_id).filter(|id| !written.contains(id)));

    let gone: BTreeSet<WebhookId> = settled
        .iter()
        .filter(|one| gone(one) && written.contains(&one.delivery_id))
        .map(|one| one.webhook_id)
        .collect();
    let disabled = disable(connection, &gone).await?;
    Ok(SettleReport { stale, disabled })
}

/// What the rule makes of the delivery, if the claim is still its claim: the store compares the tokens.
fn progress_after(settled: &Settled, standings: &BTreeMap<WebhookId, WebhookStanding>) -> Option<Progress> {
    // Whoever is not asked about is neither retried nor gone, and its standing changes nothing.
    let standing = standings.get(&settled.webhook_id).copied().unwrap_or(WebhookStanding::Active);
    let lease = Lease { token: settled.token, until: settled.attempt.started_at };
    let finished_before = settled.attempt.number.get() - 1;
    Progress::from_stored(DeliveryState::Delivering { lease }, finished_before, 0)
        .settle(settled.token, settled.settlement, standing)
        .ok()
}

/// Disables the webhooks whose receivers are gone and holds what waits for them. One that is disabled already
/// keeps its reason; a deleted one is none any more.
async fn disable<C: ConnectionTrait>(
    connection: &C,
    gone: &BTreeSet<WebhookId>,
) -> Result<Vec<WebhookId>, StoreError> {
    if gone.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = values![DisabledReason::Gone.as_str()];
    let list = in_list(gone.iter().map(|id| id.as_uuid()), &mut values, Value::Uuid(None));
    let sql = format!(
        "UPDATE webhooks SET disabled_reason = $1 \
         WHERE id IN ({list}) AND disabled_reason IS NULL AND deleted_at IS NULL RETURNING id"
    );
    let rows = all(connection, sql, values).await?;
    let disabled: BTreeSet<_> =
        rows.iter().map(|row| StoredRow(row).uuid("id").map(WebhookId::new)).collect::<Result<_, _>>()?;
    for id in &disabled {
        waiting::hold_pending(connection, *id).await?;
    }
    Ok(disabled.into_iter().collect())
}
