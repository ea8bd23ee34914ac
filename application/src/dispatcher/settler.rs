//! Recording what became of attempts, in batches.

use super::backoff::Backoff;
use crate::ports::{Clock, DeliveryQueue, SettleTerms, Settled, StoreError};
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// Most settlements in one write.
const MAX_BATCH: usize = 256;

/// How often what the store refuses is tried: first the batch, then each outcome of it alone, which is left to its
/// lease if it is refused even so. An unavailable store is tried for ever.
const MAX_REFUSALS: u32 = 3;

/// Records outcomes until `all_ended`, and then those still reported. While one batch is written the next one
/// gathers: the busier the store, the larger the batches.
///
/// `behind` says that a write has failed, until everything reported meanwhile is recorded too.
pub(super) async fn run(
    queue: Arc<dyn DeliveryQueue>,
    clock: Arc<dyn Clock>,
    terms: SettleTerms,
    mut ended: mpsc::Receiver<Settled>,
    all_ended: CancellationToken,
    behind: watch::Sender<bool>,
) {
    let mut batch = Vec::with_capacity(MAX_BATCH);
    loop {
        tokio::select! {
            biased;
            count = ended.recv_many(&mut batch, MAX_BATCH) => if count == 0 { return },
            () = all_ended.cancelled(), if !ended.is_closed() => ended.close(),
        }
        if !batch.is_empty() {
            record(queue.as_ref(), clock.as_ref(), &terms, std::mem::take(&mut batch), &behind).await;
            if ended.is_empty() {
                behind.send_replace(false);
            }
        }
    }
}

/// Records one batch. An attempt that was made is never made again for lack of a record while this process
/// lives: the write is repeated until the store takes it.
async fn record(
    queue: &dyn DeliveryQueue,
    clock: &dyn Clock,
    terms: &SettleTerms,
    batch: Vec<Settled>,
    behind: &watch::Sender<bool>,
) {
    let mut backoff = Backoff::new();
    let mut refusals = 0;
    loop {
        match queue.settle(batch.clone(), terms.clone()).await {
            Ok(report) => {
                for delivery_id in report.stale {
                    tracing::warn!(%delivery_id, "an outcome came after its lease was taken over and was dropped");
                }
                for (webhook_id, reason) in report.disabled {
                    tracing::warn!(%webhook_id, "webhook disabled: {reason}");
                }
                return;
            }
            Err(error) => {
                behind.send_replace(true);
                if !error.is_transient() {
                    refusals += 1;
                }
                if refusals >= MAX_REFUSALS {
                    return apart(queue, clock, terms, batch, behind, &error).await;
                }
                tracing::warn!(%error, outcomes = batch.len(), "recording outcomes failed; trying again");
                clock.sleep_until(clock.now() + backoff.next()).await;
            }
        }
    }
}

/// Records the outcomes of a refused batch one by one, so that one that the store cannot take does not cost the
/// others their record.
async fn apart(
    queue: &dyn DeliveryQueue,
    clock: &dyn Clock,
    terms: &SettleTerms,
    batch: Vec<Settled>,
    behind: &watch::Sender<bool>,
    error: &StoreError,
) {
    if let [one] = batch.as_slice() {
        tracing::error!(%error, delivery_id = %one.delivery_id, "recording an outcome was refused; giving up");
        return;
    }
    tracing::warn!(%error, outcomes = batch.len(), "recording outcomes was refused; recording them one by one");
    for one in batch {
        Box::pin(record(queue, clock, terms, vec![one], behind)).await;
    }
}
