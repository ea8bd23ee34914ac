//! How an organization's webhooks fare, at a glance.

use crate::ports::{Clock, DeliveryFilter, DeliveryLog, Directory, StoreError};
use crate::webhooks::healths;
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::health::{Attention, Series, Span, WebhookHealth};
use slotflow_domain::organization::Organization;
use slotflow_domain::webhook::Webhook;
use slotflow_domain::{OrganizationId, Timestamp, WebhookId};
use std::collections::BTreeSet;
use std::sync::Arc;

#[cfg(test)]
mod tests;

/// Looking at an organization as a whole.
#[derive(Clone)]
pub struct Overview {
    /// Where organizations, webhooks and what they came to are read.
    pub directory: Arc<dyn Directory>,
    /// Where deliveries are counted.
    pub log: Arc<dyn DeliveryLog>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// An organization at a glance.
#[derive(Clone, Debug)]
pub struct OrganizationOverview {
    /// Whose it is.
    pub organization: Organization,
    /// What its webhooks' attempts came to, step by step; [`Series::totals`] sums it up.
    pub series: Series,
    /// How many deliveries are pending or being made.
    pub waiting: CappedCount,
    /// How many are held.
    pub held: CappedCount,
    /// How many webhooks there are, disabled ones included.
    pub webhooks: usize,
    /// Those that need their owner's attention, most urgent first, at most [`OrganizationOverview::MOST_IN_NEED`].
    pub attention: Vec<InNeed>,
}

/// A webhook that needs its owner's attention.
#[derive(Clone, Debug)]
pub struct InNeed {
    /// The webhook.
    pub webhook: Webhook,
    /// Why.
    pub reason: Attention,
}

/// A count that goes no further than [`CappedCount::MOST`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CappedCount {
    /// How many there are, or the most that is counted.
    pub count: u64,
    /// Whether there are more.
    pub more: bool,
}

impl CappedCount {
    /// How far is counted, 10,000: beyond it nobody cares for the exact number, and counting would take its time.
    pub const MOST: u64 = 10_000;

    /// One more than that, by which is known that there are more.
    pub const LIMIT: u32 = 10_001;

    /// What was counted, up to [`CappedCount::LIMIT`].
    pub fn of(counted: u64) -> Self {
        Self { count: counted.min(Self::MOST), more: counted > Self::MOST }
    }
}

impl OrganizationOverview {
    /// How many webhooks in need are named: 20.
    pub const MOST_IN_NEED: usize = 20;
}

impl Overview {
    /// How many of the webhooks that failed most are looked at more closely: some of them fail now and then and
    /// need no attention.
    const MOST_FAILING: u32 = 50;

    /// How many of the deliveries that have waited long are looked at for whose they are.
    const MOST_LATE: u32 = 100;

    /// The organization at a glance, over this span; nothing if it is not there.
    ///
    /// What is read is bounded, whatever has come to wait. So not every webhook is judged that is active: those are
    /// whose attempts failed most within a week, and those of the latest deliveries that have waited for too long.
    /// Behind very many of either there may be another one in need that is not named.
    pub async fn get(
        &self,
        organization_id: OrganizationId,
        span: Span,
    ) -> Result<Option<OrganizationOverview>, StoreError> {
        let Some(organization) = self.directory.organization(organization_id).await? else {
            return Ok(None);
        };
        let now = self.clock.now();
        let hours = self.directory.organization_hours(organization_id, span.looks_back_to(now)).await?;
        let pending = self.count(organization_id, DeliveryStatus::Pending).await?;
        let being_made = self.count(organization_id, DeliveryStatus::Delivering).await?;
        let held = self.count(organization_id, DeliveryStatus::Held).await?;
        let webhooks = self.directory.webhooks(organization_id).await?;
        Ok(Some(OrganizationOverview {
            organization,
            series: Series::of(span, &hours, now),
            waiting: CappedCount::of(pending.saturating_add(being_made)),
            held: CappedCount::of(held),
            webhooks: webhooks.len(),
            attention: self.in_need(organization_id, webhooks, now).await?,
        }))
    }

    async fn count(
        &self,
        organization_id: OrganizationId,
        status: DeliveryStatus,
    ) -> Result<u64, StoreError> {
        let filter =
            DeliveryFilter { status: Some(status), limit: CappedCount::LIMIT, ..DeliveryFilter::default() };
        self.log.count(organization_id, filter).await
    }

    /// Those of all the webhooks that need attention.
    async fn in_need(
        &self,
        organization_id: OrganizationId,
        webhooks: Vec<Webhook>,
        now: Timestamp,
    ) -> Result<Vec<InNeed>, StoreError> {
        let suspects = self.suspects(organization_id, now).await?;
        let (mut in_need, mut active) = (Vec::new(), Vec::new());
        for webhook in webhooks {
            match webhook.activity.disabled_reason() {
                Some(reason) => in_need.push(InNeed { webhook, reason: Attention::of_disabled(reason) }),
                None if suspects.contains(&webhook.id) => active.push(webhook),
                None => {}
            }
        }
        let healths = healths(&*self.directory, organization_id, &active, now).await?;
        in_need.extend(active.into_iter().zip(&healths).filter_map(|(webhook, health)| {
            Attention::of(&webhook, health, now).map(|reason| InNeed { webhook, reason })
        }));
        in_need.sort_by_key(|one| (one.reason, one.webhook.created_at, one.webhook.id));
        in_need.truncate(OrganizationOverview::MOST_IN_NEED);
        Ok(in_need)
    }

    /// The webhooks that may be failing, or late.
    async fn suspects(
        &self,
        organization_id: OrganizationId,
        now: Timestamp,
    ) -> Result<BTreeSet<WebhookId>, StoreError> {
        let from = WebhookHealth::looks_back_to(now);
        let failing = self.directory.failing_webhooks(organization_id, from, Self::MOST_FAILING).await?;
        let waiting_for_long = DeliveryFilter {
            status: Some(DeliveryStatus::Pending),
            created_until: Some(now.saturating_sub(Attention::LATE_AFTER)),
            limit: Self::MOST_LATE,
            ..DeliveryFilter::default()
        };
        let late = self.log.deliveries(organization_id, waiting_for_long).await?.deliveries;
        Ok(failing.into_iter().chain(late.iter().map(|delivery| delivery.webhook_id)).collect())
    }
}
