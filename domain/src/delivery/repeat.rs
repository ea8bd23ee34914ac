//! Delivering an event once more.

use super::{Delivery, DeliveryStatus, Progress};
use crate::webhook::WebhookStanding;
use crate::{DeliveryId, Timestamp};

/// Why a delivery cannot be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRepeatable {
    /// It has not come to its end: whatever is left of it happens by itself, or when its webhook is enabled.
    #[error("the delivery is still {0}; only one that is delivered, failed or cancelled can be retried")]
    NotFinal(DeliveryStatus),
    /// There is nowhere to send it any more.
    #[error("the delivery's webhook was deleted; there is nowhere to send it")]
    WebhookDeleted,
}

impl NotRepeatable {
    /// Whether a delivery with this status, to a webhook that stands so, may be repeated.
    ///
    /// Only what has come to its end is, so that no webhook has one event under way twice for one wish; and only to a
    /// webhook that is still there.
    pub fn check(status: DeliveryStatus, standing: WebhookStanding) -> Result<(), Self> {
        match standing {
            _ if !status.is_final() => Err(Self::NotFinal(status)),
            WebhookStanding::Deleted => Err(Self::WebhookDeleted),
            WebhookStanding::Active | WebhookStanding::Disabled => Ok(()),
        }
    }
}

impl Delivery {
    /// Whether it has come to its end, so that it may be repeated if its webhook is still there. What is true
    /// once stays true.
    pub fn check_over(&self) -> Result<(), NotRepeatable> {
        NotRepeatable::check(self.progress.state().status(), WebhookStanding::Active)
    }

    /// A new delivery of the same event to the same webhook: due at once, or held where that is disabled.
    pub fn repeat(
        &self,
        id: DeliveryId,
        standing: WebhookStanding,
        now: Timestamp,
    ) -> Result<Self, NotRepeatable> {
        NotRepeatable::check(self.progress.state().status(), standing)?;
        let progress = Progress::first(standing, now);
        Ok(Self { id, progress, retry_of: Some(self.id), created_at: now, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ClaimToken, DeliveryState, Lease};
    use super::*;
    use crate::{EventId, OrganizationId, WebhookId};
    use proptest::prelude::*;
    use uuid::Uuid;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_770_000_000_000 + seconds * 1_000).unwrap()
    }

    fn states() -> impl Strategy<Value = DeliveryState> {
        (0_i64..1_000, 0_usize..6).prop_map(|(seconds, which)| {
            let moment = at(seconds);
            let lease = Lease { token: ClaimToken::new(Uuid::from_u128(9)), until: moment };
            match which {
                0 => DeliveryState::Pending { due: moment },
                1 => DeliveryState::Delivering { lease },
                2 => DeliveryState::Held,
                3 => DeliveryState::Delivered { at: moment },
                4 => DeliveryState::Failed { at: moment },
                _ => DeliveryState::Cancelled { at: moment },
            }
        })
    }

    fn standings() -> impl Strategy<Value = WebhookStanding> {
        prop_oneof![
            Just(WebhookStanding::Active),
            Just(WebhookStanding::Disabled),
            Just(WebhookStanding::Deleted)
        ]
    }

    proptest! {
        #[test]
        fn exactly_what_is_final_and_has_a_webhook_is_repeated_as_a_fresh_delivery(
            state in states(), standing in standings(), finished in 0_u16..4, now in 0_i64..2_000,
        ) {
            let old = Delivery {
                id: DeliveryId::new(Uuid::from_u128(1)),
                organization_id: OrganizationId::new(Uuid::from_u128(2)),
                webhook_id: WebhookId::new(Uuid::from_u128(3)),
                event_id: EventId::new(Uuid::from_u128(4)),
                progress: Progress::from_stored(state, finished, 0),
                retry_of: None,
                created_at: at(0),
            };
            let repeated = old.repeat(DeliveryId::new(Uuid::from_u128(7)), standing, at(now));
            let may = state.status().is_final() && standing != WebhookStanding::Deleted;
            prop_assert_eq!(repeated.is_ok(), may);
            prop_assert_eq!(NotRepeatable::check(state.status(), standing).is_ok(), may);
            match repeated {
                Ok(new) => {
                    prop_assert_eq!(new.retry_of, Some(old.id));
                    prop_assert_eq!((new.event_id, new.webhook_id), (old.event_id, old.webhook_id));
                    prop_assert_eq!(new.organization_id, old.organization_id);
                    prop_assert_eq!(new.created_at, at(now));
                    prop_assert_eq!(new.progress, Progress::first(standing, at(now)));
                    prop_assert_eq!(new.progress.finished_attempts(), 0);
                }
                Err(NotRepeatable::NotFinal(status)) => prop_assert_eq!(status, state.status()),
                Err(NotRepeatable::WebhookDeleted) => prop_assert_eq!(standing, WebhookStanding::Deleted),
            }
        }
    }
}
