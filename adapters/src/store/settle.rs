//! Recording what became of attempts.

use super::failing::{self, Suspects};
use super::progress_writer::{self, Ended};
use super::rows::attempt_row::Detail;
use super::standings::{self, Purpose};
use super::{SecretKeys, SqlStore, disabling, news, transaction, webhook_hours};
use sea_orm::ConnectionTrait;
use slotflow_application::Announcer;
use slotflow_application::ports::{SettleReport, SettleTerms, Settled, StoreError};
use slotflow_domain::delivery::{DeliveryState, Lease, Progress, Settlement};
use slotflow_domain::health::EndedAttempt;
use slotflow_domain::webhook::{DisabledReason, WebhookStanding};
use slotflow_domain::{DeliveryId, WebhookId};
use std::collections::BTreeMap;

/// What a batch left behind.
struct Recorded {
    report: SettleReport,
    suspects: Suspects,
    /// Whether somebody was told of something.
    announced: bool,
}

/// Records a batch. If the store refuses it as it is, it is recorded without what the receivers wrote: an
/// outcome that cannot be recorded would mean the same request again, for ever.
pub(super) async fn settle(
    store: &SqlStore,
    settled: &[Settled],
    terms: &SettleTerms,
) -> Result<SettleReport, StoreError> {
    if settled.is_empty() {
        return Ok(SettleReport::default());
    }
    let recorded = match settle_with(store, settled, terms, Detail::Whole).await {
        Err(error) if !error.is_transient() => {
            tracing::error!(%error, "outcomes could not be stored whole; storing them without responses");
            settle_with(store, settled, terms, Detail::WithoutContent).await?
        }
        outcome => outcome?,
    };
    let Recorded { mut report, suspects, mut announced } = recorded;
    match failing::disable(store, &suspects, terms).await {
        Ok((disabled, told)) => {
            report.disabled.extend(disabled.into_iter().map(|id| (id, DisabledReason::Failing)));
            announced |= told;
        }
        // The outcomes are recorded, and that is what must be answered.
        Err(error) => tracing::warn!(%error, "disabling failing webhooks is left to their next failures"),
    }
    if announced {
        store.wake_up().ring();
    }
    Ok(report)
}

async fn settle_with(
    store: &SqlStore,
    settled: &[Settled],
    terms: &SettleTerms,
    detail: Detail,
) -> Result<Recorded, StoreError> {
    let transaction = store.begin_writing().await?;
    let outcome = settle_in(&transaction, settled, terms, detail, store.secret_keys()).await;
    transaction::finish(transaction, outcome).await
}

fn gone(one: &Settled) -> bool {
    matches!(one.settlement, Settlement::Failed { webhook_gone: true, .. })
}

/// Whether somebody may want to hear that the delivery has failed.
fn failure_is_news(one: &Settled) -> bool {
    one.event_type.end_is_news(one.settlement.status())
}

/// Webhooks are locked before deliveries, and only those whose standing matters: a batch of successes locks
/// none. Hours come last, so that others wait for them no longer than for the commit.
async fn settle_in<C: ConnectionTrait>(
    connection: &C,
    settled: &[Settled],
    terms: &SettleTerms,
    detail: Detail,
    secret_keys: &SecretKeys,
) -> Result<Recorded, StoreError> {
    let retry = |one: &Settled| matches!(one.settlement, Settlement::Retry { .. });
    let may_be_news = |one: &&Settled| failure_is_news(one) || gone(one);
    let news = settled.iter().filter(may_be_news).map(|one| one.webhook_id).collect();
    let listeners = news::listeners(connection, &news).await?;
    let mut to_lock = listeners.clone();
    to_lock.extend(settled.iter().filter(|one| gone(one) || retry(one)).map(|one| one.webhook_id));
    let purpose = if settled.iter().any(gone) { Purpose::Change } else { Purpose::Read };
    let standings = standings::lock(connection, &to_lock, purpose).await?;

    // Sorted, so that all who write the same deliveries lock them in the same order. Of two outcomes of one
    // delivery the first counts.
    let mut stale = Vec::new();
    let mut outcomes: BTreeMap<DeliveryId, (&Settled, Progress)> = BTreeMap::new();
    for one in settled {
        match progress_after(one, &standings) {
            Some(progress) if !outcomes.contains_key(&one.delivery_id) => {
                outcomes.insert(one.delivery_id, (one, progress));
            }
            _ => stale.push(one.delivery_id),
        }
    }
    let ended: Vec<_> = outcomes.values().map(|(one, progress)| ended(one, *progress)).collect();
    let written = progress_writer::write_ended(connection, &ended, detail).await?;
    stale.extend(outcomes.keys().filter(|id| !written.contains(id)));
    outcomes.retain(|id, _| written.contains(id));
    let recorded: Vec<&Settled> = outcomes.values().map(|(one, _)| *one).collect();

    let gone_ones = recorded.iter().filter(|one| gone(one)).map(|one| one.webhook_id).collect();
    let disabled = disabling::disable(connection, &gone_ones, DisabledReason::Gone).await?;
    let announced = !listeners.is_empty()
        && announce(connection, &recorded, &disabled, &terms.announcer, secret_keys).await?;
    let attempts: Vec<_> = outcomes.values().map(|(one, progress)| counted(one, progress)).collect();
    let hours = webhook_hours::add(connection, &attempts).await?;
    let suspects = Suspects::of(&recorded, &hours, terms.auto_disable);
    let disabled = disabled.into_iter().map(|id| (id, DisabledReason::Gone)).collect();
    Ok(Recorded { report: SettleReport { stale, disabled }, suspects, announced })
}

/// Tells whoever wants to hear of it what has failed and what was disabled.
async fn announce<C: ConnectionTrait>(
    connection: &C,
    recorded: &[&Settled],
    disabled: &[WebhookId],
    announcer: &Announcer,
    secret_keys: &SecretKeys,
) -> Result<bool, StoreError> {
    let failures = recorded.iter().filter(|one| failure_is_news(one)).map(|one| one.delivery_id).collect();
    let told = |one: &&&Settled| gone(one) && disabled.contains(&one.webhook_id);
    let disabled =
        recorded.iter().filter(told).map(|one| (one.webhook_id, one.settlement.ended_at())).collect();
    let mut news = news::of_failures(connection, &failures).await?;
    news.extend(news::of_disabled(connection, &disabled, DisabledReason::Gone).await?);
    news::announce(connection, announcer, &news, secret_keys).await
}

fn ended(settled: &Settled, progress: Progress) -> Ended<'_> {
    let Settled { delivery_id, token, attempt, .. } = settled;
    Ended { delivery_id: *delivery_id, token: Some(*token), progress, attempt }
}

fn counted(settled: &Settled, progress: &Progress) -> EndedAttempt {
    let Settled { webhook_id, attempt, settlement, .. } = settled;
    EndedAttempt::settled(*webhook_id, attempt, *settlement, progress.state().status())
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
