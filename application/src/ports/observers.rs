//! Several observers at once.

use super::{DeliveryObserver, EndedAttempt, LostAttempt, QueueOperation, SettlementMade, StoreError};
use slotflow_domain::WebhookId;
use slotflow_domain::webhook::DisabledReason;
use std::sync::Arc;

/// Tells each of them everything, in this order.
impl DeliveryObserver for Vec<Arc<dyn DeliveryObserver>> {
    fn attempt_ended<'a>(&self, attempt: &EndedAttempt<'a>) {
        self.iter().for_each(|observer| observer.attempt_ended(attempt));
    }

    fn attempt_lost(&self, attempt: &LostAttempt) {
        self.iter().for_each(|observer| observer.attempt_lost(attempt));
    }

    fn claimed(&self, deliveries: usize) {
        self.iter().for_each(|observer| observer.claimed(deliveries));
    }

    fn settled(&self, settlement: SettlementMade) {
        self.iter().for_each(|observer| observer.settled(settlement));
    }

    fn given_back(&self, claims: usize) {
        self.iter().for_each(|observer| observer.given_back(claims));
    }

    fn webhook_disabled(&self, id: WebhookId, reason: DisabledReason) {
        self.iter().for_each(|observer| observer.webhook_disabled(id, reason));
    }

    fn store_failed(&self, operation: QueueOperation, error: &StoreError) {
        self.iter().for_each(|observer| observer.store_failed(operation, error));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::MockDeliveryObserver;
    use slotflow_domain::delivery::{Attempt, AttemptNumber, DeliveryStatus};
    use slotflow_domain::{DeliveryId, EventId, OrganizationId, Timestamp};
    use uuid::Uuid;

    #[test]
    fn each_observer_is_told_everything() {
        let observer = || -> Arc<dyn DeliveryObserver> {
            let mut observer = MockDeliveryObserver::new();
            observer.expect_attempt_ended().times(1).return_const(());
            observer.expect_attempt_lost().times(1).return_const(());
            observer.expect_claimed().times(1).return_const(());
            observer.expect_settled().times(1).return_const(());
            observer.expect_given_back().times(1).return_const(());
            observer.expect_webhook_disabled().times(1).return_const(());
            observer.expect_store_failed().times(1).return_const(());
            Arc::new(observer)
        };
        let both = vec![observer(), observer()];
        let lost = LostAttempt {
            organization_id: OrganizationId::new(Uuid::nil()),
            webhook_id: WebhookId::new(Uuid::nil()),
            event_id: EventId::new(Uuid::nil()),
            delivery_id: DeliveryId::new(Uuid::nil()),
            cause: None,
            attempt: Attempt::lost(AttemptNumber::FIRST, Timestamp::MIN),
            status: DeliveryStatus::Pending,
        };
        both.attempt_ended(&lost.ended());
        both.attempt_lost(&lost);
        both.claimed(1);
        both.settled(SettlementMade::default());
        both.given_back(1);
        both.webhook_disabled(WebhookId::new(Uuid::nil()), DisabledReason::Gone);
        both.store_failed(QueueOperation::Claim, &StoreError::corrupt("x"));
    }
}
