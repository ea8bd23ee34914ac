//! What the log may say of one delivery.

use super::{MOST_ATTEMPTS, reader};
use crate::simulation::world::State;
use slotflow_adapters::memory::MemoryStore;
use slotflow_domain::DeliveryId;
use slotflow_domain::delivery::{AttemptOutcome, DeliveryStatus};

impl State {
    /// Compares a delivery's log with what was seen of it before, and with the ledger (S1, S4, S7).
    pub(super) fn observe(&mut self, store: &MemoryStore, id: DeliveryId) {
        let Some(known) = self.oracle.deliveries.get_mut(&id) else { return };
        let Some(log) = reader::delivery(store, known.organization_id, id) else {
            return self.violation(format!("S1: delivery {id} is gone"));
        };
        let mut wrong = Vec::new();
        let record = &log.delivery;
        if record.event_id != known.event_id || record.webhook_id != known.webhook_id {
            wrong.push("S1: it changed its event or webhook".to_owned());
        }
        if known.status.is_final() && record.status != known.status {
            wrong.push(format!("S7: it was {} and is {}", known.status, record.status));
        }
        if record.attempt_count < known.attempt_count {
            wrong.push(format!("S7: {} attempts, then {}", known.attempt_count, record.attempt_count));
        }
        if record.attempt_count > MOST_ATTEMPTS {
            wrong.push(format!("S4: {} attempts", record.attempt_count));
        }
        let numbers: Vec<u16> = log.attempts.iter().map(|attempt| attempt.number.get()).collect();
        if !numbers.iter().copied().eq(1..=record.attempt_count) {
            wrong.push(format!("S4: attempts {numbers:?} of {}", record.attempt_count));
        }
        let accepted = |outcome| outcome == AttemptOutcome::Success;
        let successes = log.attempts.iter().filter(|it| accepted(it.report.outcome)).count();
        let gone = log.attempts.last().is_some_and(|attempt| {
            attempt.report.response.as_ref().is_some_and(|answer| answer.status == 410)
        });
        match record.status {
            DeliveryStatus::Delivered if successes != 1 => {
                wrong.push("S7: delivered without a success".to_owned());
            }
            DeliveryStatus::Failed if successes > 0 || !(gone || record.attempt_count == MOST_ATTEMPTS) => {
                wrong.push(format!("S7: failed after {} attempts", record.attempt_count));
            }
            DeliveryStatus::Delivered | DeliveryStatus::Failed => {}
            status if successes > 0 => wrong.push(format!("S7: a success, and it is {status}")),
            _ => {}
        }
        if record.status.is_final() != record.completed_at.is_some() {
            wrong.push("S7: completed_at does not say whether it is final".to_owned());
        }
        // What is recorded anew must be what a receiver saw.
        for attempt in log.attempts.iter().skip(usize::from(known.attempt_count)) {
            let outcome = attempt.report.outcome;
            if outcome == AttemptOutcome::Lost {
                continue;
            }
            let seen = known.posts.iter().filter_map(|place| self.ledger.posts.get(*place)).any(|post| {
                post.attempt == attempt.number.get()
                    && post.asked.wall == attempt.started_at
                    && post.reported.is_some_and(|reported| reported.0 == outcome)
                    && (post.accepted || !accepted(outcome))
            });
            if !seen {
                wrong.push(format!("S7: attempt {} with {outcome} is in no ledger", attempt.number));
            }
        }
        known.status = record.status;
        known.attempt_count = record.attempt_count;
        if record.status != DeliveryStatus::Delivering {
            known.holder = None;
        }
        let print =
            record.id.as_uuid().as_u64_pair().1 ^ record.status as u64 ^ u64::from(record.attempt_count);
        self.trace.mix(print);
        for what in wrong {
            self.violation(format!("{what} (delivery {id})"));
        }
    }
}
