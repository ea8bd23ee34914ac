//! The waiting deliveries. What becomes of each is for [`Progress`](slotflow_domain::delivery::Progress).

use super::MemoryStore;
use super::state::{LAST_ID, State};
use super::store::Wake;
use async_trait::async_trait;
use slotflow_application::ports::{
    Abandoned, ClaimTerms, Claimed, DeliveryQueue, LostAttempt, SettleReport, SettleTerms, Settled,
    StoreError, UnusedClaim,
};
use slotflow_domain::delivery::{Attempt, Claim, ClaimedDelivery, Delivery, Draw, Progress, Settlement};
use slotflow_domain::health::EndedAttempt;
use slotflow_domain::instance::InstanceNumber;
use slotflow_domain::webhook::{DisabledReason, WebhookStanding};
use slotflow_domain::{DeliveryId, Timestamp, WebhookId};
use std::collections::BTreeMap;
use uuid::Uuid;

#[async_trait]
impl DeliveryQueue for MemoryStore {
    async fn claim_due(&self, terms: ClaimTerms) -> Result<Claimed, StoreError> {
        let mut changes = self.change().await;
        let state = &mut changes.state;
        let mut claimed = Claimed::default();
        let mut taken: BTreeMap<WebhookId, usize> = BTreeMap::new();

        let due: Vec<_> = state.waiting.range(..=(terms.now, LAST_ID)).copied().collect();
        for (_, id) in due {
            if claimed.deliveries.len() >= terms.room.total {
                break;
            }
            let Some(delivery) = state.deliveries.get(&id).cloned() else {
                return Err(StoreError::corrupt("a waiting delivery that is not there"));
            };
            let taken = taken.entry(delivery.webhook_id).or_default();
            if *taken >= terms.room.for_webhook(delivery.webhook_id) {
                continue;
            }
            let standing = state.standing(delivery.webhook_id)?;
            let event = state.events.get(&delivery.event_id).cloned();
            let event = event.ok_or_else(|| StoreError::corrupt("a delivery without its event"))?;
            let policy = terms.policy.for_event(&event.event_type);
            let draw = Draw::of(id, delivery.progress.next_attempt());
            match delivery.progress.claim(terms.now, terms.lease, standing, &policy, draw) {
                Claim::NotDue => {}
                Claim::Granted(progress) => {
                    // What cannot be signed waits for whoever can read its webhook's secrets.
                    let Some(granted) = with_all_it_needs(state, &delivery, &terms)? else { continue };
                    state.put_progress(&delivery, progress);
                    claimed.deliveries.push(granted);
                    *taken += 1;
                }
                Claim::Withdrawn(progress) => state.put_progress(&delivery, progress),
                Claim::Lost(progress, attempt) => {
                    state.put_progress(&delivery, progress);
                    state.insert_attempt(id, Attempt::clone(&attempt))?;
                    claimed.lost.push(LostAttempt {
                        organization_id: delivery.organization_id,
                        webhook_id: delivery.webhook_id,
                        event_id: delivery.event_id,
                        delivery_id: id,
                        cause: event.trace_context,
                        attempt: *attempt,
                        status: progress.state().status(),
                    });
                }
            }
        }
        let mut wake = Wake::No;
        for one in &claimed.lost {
            if let Some(news) = state.news_of_failure(one.delivery_id)?
                && state.announce(&terms.announcer, &news)?
            {
                wake = Wake::Yes;
            }
        }
        let attempts = claimed
            .lost
            .iter()
            .map(|one| EndedAttempt::lost(one.webhook_id, one.attempt.number, terms.now, one.status));
        let attempts: Vec<_> = attempts.collect();
        state.add_to_hours(&attempts);
        changes.commit(wake);
        Ok(claimed)
    }

    async fn settle(&self, settled: Vec<Settled>, terms: SettleTerms) -> Result<SettleReport, StoreError> {
        let mut changes = self.change().await;
        let state = &mut changes.state;
        let mut report = SettleReport::default();
        let (mut recorded, mut attempts) = (Vec::new(), Vec::new());
        let (mut disabled, mut news) = (Vec::new(), Vec::new());
        for one in settled {
            let Settled { delivery_id, token, settlement, .. } = one;
            let Some(delivery) = state.deliveries.get(&delivery_id).cloned() else {
                report.stale.push(delivery_id);
                continue;
            };
            let webhook_id = delivery.webhook_id;
            let Ok(progress) = delivery.progress.settle(token, settlement, state.standing(webhook_id)?)
            else {
                report.stale.push(delivery_id);
                continue;
            };
            state.put_progress(&delivery, progress);
            state.insert_attempt(delivery_id, one.attempt.clone())?;
            let status = progress.state().status();
            attempts.push(EndedAttempt::settled(webhook_id, &one.attempt, settlement, status));
            recorded.push(one);
        }
        for one in &recorded {
            let Settlement::Failed { at, webhook_gone } = one.settlement else { continue };
            news.extend(state.news_of_failure(one.delivery_id)?);
            if webhook_gone && state.disable(one.webhook_id, DisabledReason::Gone, at) {
                disabled.push((one.webhook_id, DisabledReason::Gone, at));
            }
        }
        state.add_to_hours(&attempts);
        if let Some((now, failing)) = state.failing(&recorded, &terms) {
            for id in failing {
                state.disable(id, DisabledReason::Failing, now);
                disabled.push((id, DisabledReason::Failing, now));
            }
        }
        for (id, reason, at) in disabled {
            news.extend(state.news_of_disabling(id, reason, at));
            report.disabled.push((id, reason));
        }
        for one in &news {
            state.announce(&terms.announcer, one)?;
        }
        changes.commit(Wake::Yes);
        Ok(report)
    }

    async fn release(&self, claims: Vec<UnusedClaim>) -> Result<(), StoreError> {
        let mut changes = self.change().await;
        let state = &mut changes.state;
        for UnusedClaim { delivery_id, token, taken_at } in claims {
            let Some(delivery) = state.deliveries.get(&delivery_id).cloned() else {
                continue;
            };
            let standing = state.standing(delivery.webhook_id)?;
            if let Ok(progress) = delivery.progress.release(token, taken_at, standing) {
                state.put_progress(&delivery, progress);
            }
        }
        changes.commit(Wake::Yes);
        Ok(())
    }

    async fn end_leases(&self, abandoned: Abandoned) -> Result<u64, StoreError> {
        let Abandoned { by, now, longest } = abandoned;
        let mut changes = self.change().await;
        let state = &mut changes.state;
        let held: Vec<_> =
            state.waiting.range((now, DeliveryId::new(Uuid::nil()))..).map(|(_, id)| *id).collect();
        let mut ended = 0;
        for id in held {
            let Some(delivery) = state.deliveries.get(&id).cloned() else {
                return Err(StoreError::corrupt("a waiting delivery that is not there"));
            };
            let left = |progress: Progress, dead: &InstanceNumber| progress.abandoned_by(*dead, now, longest);
            let progress = by.iter().fold(delivery.progress, left);
            if progress != delivery.progress {
                state.put_progress(&delivery, progress);
                ended += 1;
            }
        }
        changes.commit(Wake::No);
        Ok(ended)
    }

    async fn is_active(&self, webhook_id: WebhookId) -> Result<bool, StoreError> {
        let state = self.state();
        let row = state.webhooks.get(&webhook_id).filter(|row| !row.is_deleted());
        Ok(row.is_some_and(|row| row.webhook.activity.standing() == WebhookStanding::Active))
    }

    async fn next_due_after(&self, moment: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.state().first_wake_after(moment))
    }

    async fn woken(&self) {
        MemoryStore::woken(self).await;
    }

    fn ring(&self) {
        Self::ring(self);
    }
}

/// A claimed delivery with its webhook and its event; nothing if it cannot be signed.
fn with_all_it_needs(
    state: &State,
    delivery: &Delivery,
    terms: &ClaimTerms,
) -> Result<Option<ClaimedDelivery>, StoreError> {
    let webhook = state.webhooks.get(&delivery.webhook_id).map(|row| &row.webhook);
    let event = state.events.get(&delivery.event_id);
    let (Some(webhook), Some(event)) = (webhook, event) else {
        return Err(StoreError::corrupt("a delivery without its webhook or event"));
    };
    Ok(delivery.claimed(event, webhook, terms.lease, terms.now))
}
