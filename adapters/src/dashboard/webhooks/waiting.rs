//! What waits for a webhook, and what becomes of it.

use crate::dashboard::Dashboard;
use crate::dashboard::overview::capped;
use crate::dashboard::viewer::Viewer;
use slotflow_application::overview::CappedCount;
use slotflow_application::ports::{DeliveryFilter, StoreError};
use slotflow_domain::WebhookId;
use slotflow_domain::delivery::DeliveryStatus;

/// How many deliveries wait, as far as is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) pending: u64,
    pub(super) held: u64,
}

impl Waiting {
    /// Counts them.
    pub(super) async fn count(
        dashboard: &Dashboard,
        viewer: &Viewer,
        webhook_id: WebhookId,
    ) -> Result<Self, StoreError> {
        let count = async |status| {
            let filter = DeliveryFilter {
                webhook_id: Some(webhook_id),
                status: Some(status),
                limit: CappedCount::LIMIT,
                ..DeliveryFilter::default()
            };
            dashboard.services.deliveries.count(viewer.organization.id, filter).await
        };
        Ok(Self { pending: count(DeliveryStatus::Pending).await?, held: count(DeliveryStatus::Held).await? })
    }

    /// How many wait for an attempt: `10,000+`.
    pub(super) fn pending_words(self) -> String {
        capped(CappedCount::of(self.pending))
    }

    /// How many are held.
    pub(super) fn held_words(self) -> String {
        capped(CappedCount::of(self.held))
    }

    /// What pausing does to them.
    pub(super) fn if_paused(self) -> String {
        match self.pending {
            0 => {
                "Nothing waits right now. What comes is held until you resume it; nothing is lost.".to_owned()
            }
            pending => format!(
                "{} held, and so is what comes, until you resume it; nothing is lost.",
                deliveries(pending, "delivery that waits is", "deliveries that wait are")
            ),
        }
    }

    /// What there is to decide about when it is resumed.
    pub(super) fn if_resumed(self) -> String {
        match self.held {
            0 => "Nothing is held. What comes is sent again.".to_owned(),
            held => format!(
                "{} held. Resume and have them sent at once, or discard them: those end as cancelled, and a replay can still send them.",
                deliveries(held, "delivery is", "deliveries are")
            ),
        }
    }

    /// What deleting does to them.
    pub(super) fn if_deleted(self) -> String {
        match self.pending.saturating_add(self.held) {
            0 => "Nothing waits for it.".to_owned(),
            waiting => format!(
                "{} for it, and will be cancelled.",
                deliveries(waiting, "delivery waits", "deliveries wait")
            ),
        }
    }
}

/// `1 delivery is`, `10,000+ deliveries are`.
fn deliveries(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", capped(CappedCount::of(count)), if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_how_many_wait_and_what_becomes_of_them() {
        let waiting = |pending, held| Waiting { pending, held };
        assert!(waiting(1, 0).if_paused().starts_with("1 delivery that waits is held, and"));
        assert!(waiting(1_234, 0).if_paused().starts_with("1,234 deliveries that wait are held, and"));
        assert!(waiting(0, 10_001).if_resumed().starts_with("10,000+ deliveries are held."));
        assert!(waiting(0, 0).if_resumed().starts_with("Nothing is held."));
        assert_eq!(waiting(1, 1).if_deleted(), "2 deliveries wait for it, and will be cancelled.");
        assert_eq!(waiting(0, 1).if_deleted(), "1 delivery waits for it, and will be cancelled.");
    }
}
