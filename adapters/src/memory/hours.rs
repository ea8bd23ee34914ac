//! What webhooks' attempts came to, hour by hour, and which have failed for too long.

use super::state::{State, WebhookRow, update};
use slotflow_application::ports::{SettleTerms, Settled, WebhookHistory};
use slotflow_domain::delivery::{DeliveryStatus, Settlement};
use slotflow_domain::health::{AutoDisable, EndedAttempt, OrganizationHour, Totals, WebhookHour, tally};
use slotflow_domain::webhook::WebhookStanding;
use slotflow_domain::{OrganizationId, Timestamp, WebhookId};
use std::collections::{BTreeMap, BTreeSet};

impl State {
    /// Adds these attempts to the hours in which they ended.
    pub(super) fn add_to_hours(&mut self, attempts: &[EndedAttempt]) {
        for (key, hour) in tally(attempts) {
            let mut sum =
                self.hours.get(&key).map_or_else(|| WebhookHour::empty(hour.start), |known| **known);
            sum.absorb(&hour);
            update(&mut self.hours, key, sum);
        }
    }

    /// The webhook's hours since the one that begins at `from`.
    pub(super) fn hours_since(&self, id: WebhookId, from: Timestamp) -> Vec<WebhookHour> {
        self.hours.range((id, from)..=(id, Timestamp::MAX)).map(|(_, hour)| **hour).collect()
    }

    /// How the organization's webhook has fared since then, if it is there.
    pub(super) fn history(
        &self,
        organization_id: OrganizationId,
        id: WebhookId,
        from: Timestamp,
    ) -> Option<WebhookHistory> {
        self.webhook_of(organization_id, id)?;
        let theirs = self.deliveries.values().filter(|delivery| delivery.webhook_id == id);
        let pending = theirs.filter(|it| it.progress.state().status() == DeliveryStatus::Pending);
        let oldest_pending_at = pending.map(|delivery| delivery.created_at).min();
        Some(WebhookHistory { hours: self.hours_since(id, from), oldest_pending_at })
    }

    /// What all of its webhooks came to since then, hour by hour.
    pub(super) fn organization_hours(
        &self,
        organization_id: OrganizationId,
        from: Timestamp,
    ) -> Vec<OrganizationHour> {
        let mut hours: BTreeMap<Timestamp, Totals> = BTreeMap::new();
        for webhook in self.webhooks_of(organization_id) {
            for hour in self.hours_since(webhook.id, from) {
                hours.entry(hour.start).or_default().add(&Totals::from(&hour));
            }
        }
        hours.into_iter().map(|(start, totals)| OrganizationHour { start, totals }).collect()
    }

    /// Its webhooks with failed attempts since then, and how many.
    pub(super) fn failed_attempts(
        &self,
        organization_id: OrganizationId,
        from: Timestamp,
    ) -> Vec<(WebhookId, u64)> {
        let failed = |id| self.hours_since(id, from).iter().map(|hour| hour.failed_attempts).sum();
        let webhooks = self.webhooks_of(organization_id).map(|webhook| (webhook.id, failed(webhook.id)));
        webhooks.filter(|(_, attempts)| *attempts > 0).collect()
    }

    /// Of the webhooks that failed in these outcomes and had no success in them, those that have failed for too
    /// long, and when that was noticed.
    pub(super) fn failing(
        &self,
        recorded: &[Settled],
        terms: &SettleTerms,
    ) -> Option<(Timestamp, BTreeSet<WebhookId>)> {
        let rule = terms.auto_disable?;
        let now = recorded.iter().map(|one| one.settlement.ended_at()).max()?;
        let accepted = |one: &&Settled| matches!(one.settlement, Settlement::Delivered { .. });
        let well: BTreeSet<_> = recorded.iter().filter(accepted).map(|one| one.webhook_id).collect();
        let failed = recorded.iter().map(|one| one.webhook_id).filter(|id| !well.contains(id));
        Some((now, failed.filter(|id| self.has_failed_for_too_long(*id, rule, now)).collect()))
    }

    fn has_failed_for_too_long(&self, id: WebhookId, rule: AutoDisable, now: Timestamp) -> bool {
        let hours = self.hours_since(id, rule.looks_back_to(now));
        let judged = |row: &WebhookRow| {
            row.standing() == WebhookStanding::Active && rule.judge(&hours, row.webhook.active_since, now)
        };
        self.webhooks.get(&id).is_some_and(|row| judged(row))
    }
}
