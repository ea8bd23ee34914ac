//! A delivery as a line of a table.

use crate::dashboard::words::{Countdown, StatusWord, When, outcome};
use slotflow_application::ports::DeliveryRecord;
use slotflow_domain::Timestamp;
use slotflow_domain::clean_text::clean;
use slotflow_domain::delivery::NotRepeatable;
use slotflow_domain::webhook::{Webhook, WebhookStanding};
use std::collections::BTreeMap;

/// A line.
pub(in crate::dashboard) struct DeliveryRow {
    pub(in crate::dashboard) id: String,
    pub(in crate::dashboard) status: StatusWord,
    pub(in crate::dashboard) event: String,
    pub(in crate::dashboard) webhook_id: String,
    pub(in crate::dashboard) url: String,
    /// Whether its webhook is there no more.
    pub(in crate::dashboard) is_orphan: bool,
    /// How many attempts are over.
    pub(in crate::dashboard) attempts: u16,
    /// When the next one is made, if one is.
    pub(in crate::dashboard) next: Option<Countdown>,
    /// What came of the last one.
    pub(in crate::dashboard) last: String,
    pub(in crate::dashboard) created: When,
    /// Why it cannot be sent again, if it cannot.
    pub(in crate::dashboard) refusal: Option<String>,
}

impl DeliveryRow {
    /// The lines for deliveries, of an organization that has these webhooks.
    pub(in crate::dashboard) fn all(
        records: Vec<DeliveryRecord>,
        webhooks: &[Webhook],
        now: Timestamp,
    ) -> Vec<Self> {
        let standings = webhooks.iter().map(|webhook| (webhook.id, webhook.activity.standing()));
        let standings: BTreeMap<_, _> = standings.collect();
        let line = |record: DeliveryRecord| {
            let standing = standings.get(&record.webhook_id).copied().unwrap_or(WebhookStanding::Deleted);
            Self::new(record, standing, now)
        };
        records.into_iter().map(line).collect()
    }

    fn new(record: DeliveryRecord, standing: WebhookStanding, now: Timestamp) -> Self {
        let refusal = NotRepeatable::check(record.status, standing).err();
        Self {
            last: last(&record),
            id: record.id.to_string(),
            status: record.status.into(),
            event: record.event_type.to_string(),
            webhook_id: record.webhook_id.to_string(),
            url: clean(&record.url),
            is_orphan: standing == WebhookStanding::Deleted,
            attempts: record.attempt_count,
            next: record.next_attempt_at.map(|due| Countdown::new(due, now)),
            created: When::new(record.created_at, now),
            refusal: refusal.map(|refusal| refusal.to_string()),
        }
    }
}

fn last(record: &DeliveryRecord) -> String {
    let sentence =
        |outcome| outcome::sentence(outcome, record.last_response_status, record.last_error.as_deref());
    record.last_outcome.map_or_else(String::new, |outcome| clean(&sentence(outcome)))
}
