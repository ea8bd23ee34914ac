//! What every claim, settlement and release must be.

use super::{DELAYS, Grant, MOST_ATTEMPTS, reader};
use crate::simulation::counters::{Sometimes, count};
use crate::simulation::ledger::Moment;
use crate::simulation::process::Process;
use crate::simulation::world::State;
use slotflow_adapters::memory::MemoryStore;
use slotflow_application::ports::{ClaimTerms, SettleReport, Settled, UnusedClaim};
use slotflow_domain::delivery::{AttemptOutcome, ClaimedDelivery, DeliveryStatus};
use slotflow_domain::webhook::WebhookActivity;
use slotflow_domain::{DeliveryId, WebhookId};
use std::collections::BTreeMap;

impl State {
    /// The store has just granted `claimed` to `process`, which asked at `asked`.
    pub fn claimed(
        &mut self,
        store: &MemoryStore,
        process: &Process,
        terms: &ClaimTerms,
        asked: Moment,
        claimed: &[ClaimedDelivery],
    ) {
        let now = process.world.now();
        let tick = now / 1_000;
        if let Some((last, other)) = self.oracle.last_claim.replace((tick, process.number))
            && last == tick
            && other != process.number
        {
            count(&mut self.sometimes, Sometimes::ClaimsInTheSameTick);
        }
        if claimed.len() > terms.room.total {
            self.violation(format!("S10: {} claimed for {} slots", claimed.len(), terms.room.total));
        }
        let mut of_webhook: BTreeMap<WebhookId, usize> = BTreeMap::new();
        for delivery in claimed {
            *of_webhook.entry(delivery.webhook_id).or_default() += 1;
        }
        for (id, number) in of_webhook {
            let most = terms.room.for_webhook(id);
            if number > most {
                self.violation(format!("S10: {number} claimed for webhook {id}, which has room for {most}"));
            }
        }
        for delivery in claimed {
            self.check_claim(store, process, asked, delivery);
        }
        self.look_after_lapsed(store, terms);
        for delivery in claimed {
            self.observe(store, delivery.id);
        }
    }

    fn check_claim(
        &mut self,
        store: &MemoryStore,
        process: &Process,
        asked: Moment,
        delivery: &ClaimedDelivery,
    ) {
        let (id, now, attempt) = (delivery.id, process.world.now(), delivery.attempt.get());
        let mut wrong = Vec::new();
        match reader::webhook(store, delivery.organization_id, delivery.webhook_id) {
            None => wrong.push("S5: its webhook is deleted".to_owned()),
            Some(webhook) if webhook.activity != WebhookActivity::Active => {
                wrong.push("S5: its webhook is disabled".to_owned());
            }
            Some(webhook) if webhook.url.as_sent() != delivery.url.as_sent() => {
                wrong.push("S9: it is to go to another URL than its webhook's".to_owned());
            }
            Some(_) => {}
        }
        let Some(known) = self.oracle.deliveries.get_mut(&id) else {
            return self.violation(format!("S1: delivery {id} was claimed and never committed"));
        };
        if known.status.is_final() {
            wrong.push(format!("S5: it is {} already", known.status));
        }
        if attempt != known.attempt_count + 1 || attempt > MOST_ATTEMPTS {
            wrong.push(format!("S4: attempt {attempt} after {} finished ones", known.attempt_count));
        }
        let mut taken_over = false;
        if let Some(held) = known.holder.and_then(|place| known.grants.get(place)) {
            taken_over = true;
            if held.until > asked.wall {
                wrong.push(format!("S6: process {} holds it until {}", held.process, held.until));
            }
        } else if asked.wall < known.due {
            wrong.push(format!("S3: claimed at {} and due at {}", asked.wall, known.due));
        } else if let Some((ended, its_skew, delay)) = known.due_after {
            // In true time: no earlier than the delay, less what the one clock was behind the other.
            let delay = i64::try_from(delay.as_micros()).unwrap_or(i64::MAX);
            let passed = i64::try_from(asked.truth).unwrap_or(0) - i64::try_from(ended).unwrap_or(0);
            if passed + (asked.skew_millis() - its_skew) * 1_000 + 1_000 < delay {
                wrong.push(format!("S3: {} s after the last failure", passed / 1_000_000));
            }
        }
        known.grants.push(Grant {
            process: process.number,
            attempt,
            token: delivery.lease.token,
            until: delivery.lease.until,
            asked,
            granted: now,
            heard: None,
            url: delivery.url.as_sent().to_owned(),
            settled: false,
            refused: false,
            posted: false,
        });
        known.holder = Some(known.grants.len() - 1);
        if taken_over {
            count(&mut self.sometimes, Sometimes::LeaseTakenOver);
        }
        let number = process.number;
        self.trace.say(now, number, |name| format!("claimed {} attempt {attempt}", name(id.as_uuid())));
        for what in wrong {
            self.violation(format!(
                "{what} (claim of delivery {id}, attempt {attempt}, by process {number})"
            ));
        }
    }

    /// A claim also ends what was lost too often, and calls off what must not be made any more.
    fn look_after_lapsed(&mut self, store: &MemoryStore, terms: &ClaimTerms) {
        let lapsed: Vec<DeliveryId> = self
            .oracle
            .deliveries
            .iter()
            .filter(|(_, known)| {
                known
                    .holder
                    .and_then(|place| known.grants.get(place))
                    .is_some_and(|grant| grant.until <= terms.now)
            })
            .map(|(id, _)| *id)
            .collect();
        for id in lapsed {
            self.observe(store, id);
            let Some(known) = self.oracle.deliveries.get_mut(&id) else { continue };
            if known.status != DeliveryStatus::Delivering {
                known.holder = None;
            }
            let last = reader::delivery(store, known.organization_id, id)
                .and_then(|log| log.attempts.last().cloned())
                .filter(|attempt| attempt.report.outcome == AttemptOutcome::Lost);
            if let Some(lost) = last
                && known.holder.is_none()
            {
                let delay = DELAYS.get(usize::from(lost.number.get()) - 1).copied().unwrap_or_default();
                known.due = lost.started_at + delay;
                known.due_after = None;
                count(&mut self.sometimes, Sometimes::LostAttempt);
            }
        }
    }

    /// The store has just taken these outcomes, except those it reports as stale.
    pub fn settled(
        &mut self,
        store: &MemoryStore,
        process: &Process,
        settled: &[Settled],
        report: &SettleReport,
    ) {
        let now = process.world.now();
        let mut stale_ones = report.stale.clone();
        for outcome in settled {
            let id = outcome.delivery_id;
            let held = self.oracle.holding_token(id) == Some(outcome.token);
            let refused = stale_ones.iter().position(|stale| *stale == id).filter(|_| !held);
            let stale = refused.is_some();
            if let Some(place) = refused {
                stale_ones.swap_remove(place);
                count(&mut self.sometimes, Sometimes::StaleResultRefused);
                self.oracle.note_refusal(id, outcome.token);
            } else if !held {
                self.violation(format!(
                    "S6: the outcome of a claim that had passed on was taken (delivery {id})"
                ));
            }
            if !stale {
                self.check_outcome(store, outcome);
            }
            let number = process.number;
            let (what, attempt) = (outcome.attempt.report.outcome, outcome.attempt.number);
            self.trace.say(now, number, |name| {
                let stale = if stale { " (stale)" } else { "" };
                format!("recorded {} attempt {attempt}: {what}{stale}", name(id.as_uuid()))
            });
        }
        for id in stale_ones {
            self.violation(format!("S6: the outcome of a valid claim was refused (delivery {id})"));
        }
        for (id, _) in &report.disabled {
            count(&mut self.sometimes, Sometimes::Gone);
            self.trace.mix(id.as_uuid().as_u64_pair().1);
            self.check_gone(store, *id);
        }
    }

    /// A webhook that answered 410 is disabled, and nothing waits for it any more.
    fn check_gone(&mut self, store: &MemoryStore, webhook_id: WebhookId) {
        let theirs: Vec<_> = self
            .oracle
            .deliveries
            .iter()
            .filter(|(_, known)| known.webhook_id == webhook_id)
            .map(|(id, known)| (*id, known.organization_id))
            .collect();
        for (id, organization_id) in theirs {
            self.observe(store, id);
            let status = self.oracle.deliveries.get(&id).map(|known| known.status);
            let active = reader::webhook(store, organization_id, webhook_id)
                .is_some_and(|webhook| webhook.activity == WebhookActivity::Active);
            if active || status == Some(DeliveryStatus::Pending) {
                self.violation(format!("S5: webhook {webhook_id} is gone, and delivery {id} is {status:?}"));
            }
        }
    }

    /// What an outcome must make of its delivery.
    fn check_outcome(&mut self, store: &MemoryStore, outcome: &Settled) {
        let id = outcome.delivery_id;
        let Some(known) = self.oracle.deliveries.get_mut(&id) else { return };
        known.holder = None;
        let Some(grant) = known.grants.iter_mut().rev().find(|grant| grant.token == outcome.token) else {
            return self
                .violation(format!("S6: an outcome under a token that was never given (delivery {id})"));
        };
        grant.settled = true;
        let attempt = grant.attempt;
        let token = grant.token;
        let post = known
            .posts
            .iter()
            .filter_map(|place| self.ledger.posts.get(*place))
            .find(|post| post.token == Some(token));
        let Some((post, heard, reported)) = post.and_then(|post| Some((post, post.ended?, post.reported?)))
        else {
            return self.violation(format!("S7: an outcome without a POST (delivery {id})"));
        };
        let ended = heard.wall.max(post.asked.wall);
        let delay = DELAYS.get(usize::from(attempt) - 1).copied();
        let Some(log) = reader::delivery(store, known.organization_id, id) else { return };
        let record = &log.delivery;
        let accepted = reported.0 == AttemptOutcome::Success;
        let gone = reported.1 == Some(410);
        let mut wrong = None;
        let fits = match record.status {
            DeliveryStatus::Delivered => accepted,
            DeliveryStatus::Failed => !accepted && (gone || delay.is_none()),
            DeliveryStatus::Pending => {
                let due = delay.map(|delay| ended + delay);
                if record.next_attempt_at != due {
                    wrong = Some(format!("S3: due at {:?}, not at {due:?}", record.next_attempt_at));
                }
                !accepted && !gone && due.is_some()
            }
            DeliveryStatus::Held | DeliveryStatus::Cancelled => !accepted && !gone && delay.is_some(),
            DeliveryStatus::Delivering => false,
        };
        if let Some(delay) = delay {
            known.due = ended + delay;
            known.due_after = Some((heard.truth, heard.skew_millis(), delay));
            known.due_in_truth = heard.truth + u64::try_from(delay.as_micros()).unwrap_or(u64::MAX);
        }
        let status = record.status;
        let answer = reported.1;
        if let Some(what) = wrong {
            self.violation(format!("{what} (delivery {id}, attempt {attempt})"));
        }
        if !fits {
            let what = reported.0;
            self.violation(format!(
                "S7: attempt {attempt} ended with {what} {answer:?}, and delivery {id} is {status}"
            ));
        }
        if accepted && attempt == MOST_ATTEMPTS {
            count(&mut self.sometimes, Sometimes::AcceptedAfterTwoFailures);
        }
        self.observe(store, id);
    }

    /// The store has just taken these claims back, except stale ones.
    pub fn released(&mut self, store: &MemoryStore, claims: &[UnusedClaim]) {
        for claim in claims {
            let id = claim.delivery_id;
            if self.oracle.holding_token(id) != Some(claim.token) {
                continue;
            }
            if let Some(known) = self.oracle.deliveries.get_mut(&id) {
                known.holder = None;
                if claim.taken_at < known.due {
                    let what = format!("S3: delivery {id} given back as due before it was");
                    self.violations.push(what);
                }
            }
            self.observe(store, id);
        }
    }
}
