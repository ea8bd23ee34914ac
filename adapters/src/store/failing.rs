//! Disabling webhooks whose every attempt has failed for too long.
//!
//! In a transaction of its own, right behind the one that recorded the failures: a webhook's row is locked only when
//! it is going to change, and before its deliveries, as everywhere. If the process dies in between, the next
//! failure finds the same.

use super::bulk::in_list;
use super::news::{self, listeners};
use super::rows::webhook_hour_row;
use super::standings::{self, Purpose};
use super::statement::{all, values};
use super::stored_row::StoredRow;
use super::{SecretKeys, SqlStore, disabling, transaction};
use sea_orm::{ConnectionTrait, Value};
use slotflow_application::ports::{SettleTerms, Settled, StoreError};
use slotflow_domain::delivery::Settlement;
use slotflow_domain::health::{AutoDisable, WebhookHour};
use slotflow_domain::webhook::DisabledReason;
use slotflow_domain::{Timestamp, WebhookId};
use std::collections::{BTreeMap, BTreeSet};

/// Webhooks that failed just now and may have failed for too long.
#[derive(Default)]
pub(super) struct Suspects {
    webhooks: BTreeSet<WebhookId>,
    now: Option<Timestamp>,
}

impl Suspects {
    /// The webhooks of which a batch brought failures and no success, as far as their latest hour does not tell
    /// already that all is well.
    pub(super) fn of(
        recorded: &[&Settled],
        latest: &BTreeMap<WebhookId, WebhookHour>,
        rule: Option<AutoDisable>,
    ) -> Self {
        let (Some(rule), Some(now)) = (rule, recorded.iter().map(|one| one.settlement.ended_at()).max())
        else {
            return Self::default();
        };
        let accepted = |one: &&Settled| matches!(one.settlement, Settlement::Delivered { .. });
        let well: BTreeSet<_> = recorded.iter().copied().filter(accepted).map(|one| one.webhook_id).collect();
        let may_be = |id: &WebhookId| latest.get(id).is_some_and(|hour| rule.may_apply(hour, now));
        let failed = recorded.iter().map(|one| one.webhook_id).filter(|id| !well.contains(id));
        Self { webhooks: failed.filter(may_be).collect(), now: Some(now) }
    }
}

/// Disables those that the rule finds. Answers which, and whether anybody was told.
pub(super) async fn disable(
    store: &SqlStore,
    suspects: &Suspects,
    terms: &SettleTerms,
) -> Result<(Vec<WebhookId>, bool), StoreError> {
    let (Some(rule), Some(now)) = (terms.auto_disable, suspects.now) else {
        return Ok((Vec::new(), false));
    };
    // A look without locks, which nearly always ends it.
    let failing = found(store.reader(), rule, &suspects.webhooks, now).await?;
    if failing.is_empty() {
        return Ok((Vec::new(), false));
    }
    let transaction = store.begin_writing().await?;
    let outcome = disable_in(&transaction, &failing, terms, (rule, now), store.secret_keys()).await;
    transaction::finish(transaction, outcome).await
}

async fn disable_in<C: ConnectionTrait>(
    connection: &C,
    failing: &BTreeSet<WebhookId>,
    terms: &SettleTerms,
    (rule, now): (AutoDisable, Timestamp),
    secret_keys: &SecretKeys,
) -> Result<(Vec<WebhookId>, bool), StoreError> {
    let listeners = listeners(connection, failing).await?;
    let to_lock = failing.union(&listeners).copied().collect();
    standings::lock(connection, &to_lock, Purpose::Change).await?;
    // Again, now that nobody can enable one or give it another URL.
    let failing = found(connection, rule, failing, now).await?;
    let disabled = disabling::disable(connection, &failing, DisabledReason::Failing).await?;
    if listeners.is_empty() {
        return Ok((disabled, false));
    }
    let told = disabled.iter().map(|id| (*id, now)).collect();
    let news = news::of_disabled(connection, &told, DisabledReason::Failing).await?;
    let announced = news::announce(connection, &terms.announcer, &news, secret_keys).await?;
    Ok((disabled, announced))
}

/// Those of the webhooks that are active and have failed for too long.
async fn found<C: ConnectionTrait>(
    connection: &C,
    rule: AutoDisable,
    webhooks: &BTreeSet<WebhookId>,
    now: Timestamp,
) -> Result<BTreeSet<WebhookId>, StoreError> {
    if webhooks.is_empty() {
        return Ok(BTreeSet::new());
    }
    let mut values = values![rule.looks_back_to(now).as_millis(), rule.failing_since(now).as_millis()];
    let list = in_list(webhooks.iter().map(|id| id.as_uuid()), &mut values, Value::Uuid(None));
    let rows = all(connection, hours_sql(&list), values).await?;
    let mut by_webhook: BTreeMap<WebhookId, (Timestamp, Vec<WebhookHour>)> = BTreeMap::new();
    for row in &rows {
        let (webhook_id, hour) = webhook_hour_row::read(row)?;
        let active_since = StoredRow(row).time("active_since")?;
        by_webhook.entry(webhook_id).or_insert((active_since, Vec::new())).1.push(hour);
    }
    let failing =
        |(active_since, hours): &(Timestamp, Vec<WebhookHour>)| rule.judge(hours, *active_since, now);
    Ok(by_webhook.iter().filter(|(_, known)| failing(known)).map(|(id, _)| *id).collect())
}

/// The hours since `$1` of those webhooks that are active, leaving out those that became so after `$2`, or with a
/// success in an hour that began after it: their streaks are too short, whatever came before. Ranges of `webhook_hours`' primary key.
pub(super) fn hours_sql(list: &str) -> String {
    format!(
        "SELECT {}, COALESCE(w.active_since, w.created_at) AS active_since \
         FROM webhooks w JOIN webhook_hours h ON h.webhook_id = w.id WHERE w.id IN ({list}) AND w.disabled_reason IS NULL AND w.deleted_at IS NULL AND h.hour_start >= $1 \
         AND COALESCE(w.active_since, w.created_at) <= $2 AND NOT EXISTS (SELECT 1 FROM webhook_hours s WHERE s.webhook_id = w.id AND s.hour_start > $2 \
         AND s.accepted_attempts > 0)",
        webhook_hour_row::COLUMNS
    )
}
