//! What receivers may see.

use super::{MOST_ATTEMPTS, MOST_REPEATS, Oracle, fingerprint};
use crate::simulation::counters::{Sometimes, count};
use crate::simulation::fault::{FaultKind, FaultSet};
use crate::simulation::ledger::{Moment, Post};
use crate::simulation::process::Process;
use crate::simulation::receivers::Treatment;
use crate::simulation::timeline::MINUTE;
use crate::simulation::world::{State, World};
use slotflow_domain::delivery::{AttemptOutcome, AttemptReport, AttemptRequest};
use slotflow_domain::signing::verify;
use slotflow_domain::{DeliveryId, EventId};
use std::time::Duration;

/// How late an attempt may begin when nothing goes wrong at all, behind others to the same webhook.
const LATEST: u64 = 20 * MINUTE;

impl State {
    /// A POST begins. Answers its place in the ledger, if it can be told whose it is.
    pub fn post_begins(
        &mut self,
        world: &World,
        process: &Process,
        request: &AttemptRequest,
        asked: Moment,
        began: Moment,
    ) -> Option<usize> {
        let header = |name: &str| {
            request.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
        };
        let id: Option<DeliveryId> = header("x-slotflow-delivery").and_then(|text| text.parse().ok());
        let attempt: Option<u16> = header("x-slotflow-attempt").and_then(|text| text.parse().ok());
        let event_id: Option<EventId> = header("webhook-id").and_then(|text| text.parse().ok());
        let (Some(id), Some(attempt), Some(event_id)) = (id, attempt, event_id) else {
            self.violation("S8: a POST without its headers".to_owned());
            return None;
        };
        let number = process.number;
        self.trace.mix(id.as_uuid().as_u64_pair().1 ^ u64::from(attempt));
        self.trace.say(began.truth, number, |name| {
            format!("POST {} attempt {attempt} to {}", name(id.as_uuid()), request.url.as_sent())
        });
        let place = self.ledger.posts.len();
        let Some(known) = self.oracle.deliveries.get_mut(&id) else {
            self.violation(format!("S1: a POST of delivery {id}, which was never committed"));
            return None;
        };
        let mut wrong = Vec::new();

        if event_id != known.event_id || header("x-slotflow-sequence") != Some(&known.sequence.to_string()) {
            wrong.push("S8: another webhook-id or sequence than its event's".to_owned());
        }
        if attempt == 0 || attempt > MOST_ATTEMPTS {
            wrong.push("S4: no such attempt".to_owned());
        }
        let body = fingerprint(request.body.as_bytes());
        let first = *self.ledger.bodies.entry(event_id).or_insert(body);
        if body != first || self.oracle.bodies.get(&event_id) != Some(&body) {
            wrong.push("S8: other bytes than before".to_owned());
        }
        let secret = self.oracle.secrets.get(&known.webhook_id).cloned();
        let tolerance = Duration::from_secs(1);
        let verified = verify(header, request.body.as_bytes(), secret.as_slice(), asked.wall, tolerance);
        if let Err(error) = verified {
            wrong.push(format!("S8: its signature does not verify: {error}"));
        }

        let own = known
            .grants
            .iter()
            .rposition(|grant| grant.process == number && grant.attempt == attempt && !grant.posted);
        let mut token = None;
        let claimants: Vec<usize> = known.grants.iter().map(|grant| grant.process).collect();
        if let Some((own, grant)) = own.and_then(|own| Some((own, known.grants.get_mut(own)?))) {
            token = Some(grant.token);
            grant.posted = true;
            let looks = self.oracle.looks.get(&(number, known.webhook_id));
            let granted = grant.granted;
            if grant.url != request.url.as_sent() {
                wrong.push("S9: another URL than its webhook's".to_owned());
            }
            if let Some(called_off) = self.oracle.called_off.get(&known.webhook_id)
                && *called_off < Oracle::last_word(looks, grant, asked.truth)
            {
                wrong.push("S5: begun after its webhook was called off".to_owned());
            }
            if known.holder != Some(own) && !self.ledger.fault_between(granted, began.truth, &claimants) {
                wrong.push("S6: made under a claim that has passed on".to_owned());
            }
            if world.plan().faults == FaultSet::NONE
                && self.ledger.faults.is_empty()
                && began.truth > known.due_in_truth + LATEST
            {
                let late = (began.truth - known.due_in_truth) / MINUTE;
                wrong.push(format!("L2: {late} minutes late without any fault"));
            }
        } else {
            wrong.push("S6: made without a claim".to_owned());
        }

        let earlier: Vec<&Post> = known
            .posts
            .iter()
            .filter_map(|place| self.ledger.posts.get(*place))
            .filter(|post| post.attempt == attempt)
            .collect();
        if earlier.len() >= MOST_REPEATS {
            wrong.push(format!("S4: made {} times", earlier.len() + 1));
        }
        if let Some(last) = earlier.last() {
            let claimed = known
                .grants
                .iter()
                .find(|grant| Some(grant.token) == last.token)
                .map_or(last.began.truth, |grant| grant.asked.truth);
            let explained = self.ledger.fault_between(claimed, began.truth, &claimants);
            if !explained {
                wrong.push("S4: made twice without any fault".to_owned());
            }
        }
        // An outcome that waits in memory is recorded before its delivery is taken again, however long the
        // store is away; only a process that stood still, a clock or a slow store may have lost that race.
        let waits = earlier.iter().rev().find(|post| post.process == number && post.reported.is_some());
        if let Some(post) = waits
            && known.grants.iter().any(|it| Some(it.token) == post.token && !it.settled && !it.refused)
            && !self.ledger.faults.iter().any(|fault| {
                matches!(
                    fault.kind,
                    FaultKind::Pause | FaultKind::ClockStep | FaultKind::StoreSlow | FaultKind::LockLost
                ) && fault.may_repeat()
                    && fault.at <= began.truth
                    && fault.until >= post.began.truth
            })
        {
            wrong.push("S4: made again by a process that has its outcome in memory".to_owned());
        }
        known.posts.push(place);
        let webhook_id = known.webhook_id;
        self.ledger.posts.push(Post {
            process: number,
            delivery_id: id,
            webhook_id,
            attempt,
            token,
            asked,
            began,
            ended: None,
            accepted: false,
            reported: None,
        });
        if attempt == MOST_ATTEMPTS {
            count(&mut self.sometimes, Sometimes::ThirdAttempt);
        }

        let to_webhook = self.oracle.on_the_wire.entry((number, webhook_id)).or_default();
        *to_webhook += 1;
        if *to_webhook > world.plan().concurrency_per_webhook {
            wrong.push(format!("S10: {to_webhook} requests at once to one webhook"));
        }
        let of_process: usize = self
            .oracle
            .on_the_wire
            .iter()
            .filter(|((process, _), _)| *process == number)
            .map(|(_, number)| *number)
            .sum();
        if of_process > world.plan().concurrency {
            wrong.push(format!("S10: {of_process} requests at once in one process"));
        }
        for what in wrong {
            self.violation(format!("{what} (POST of delivery {id}, attempt {attempt}, by process {number})"));
        }
        Some(place)
    }

    /// The receiver is done with a POST, whether or not anybody is left to hear of it.
    pub fn post_ended(&mut self, process: &Process, place: usize, treatment: &Treatment) {
        let Some(post) = self.ledger.posts.get_mut(place) else { return };
        post.accepted = treatment.accepted;
        post.ended = Some(process.moment());
        if let Some(number) = self.oracle.on_the_wire.get_mut(&(post.process, post.webhook_id)) {
            *number = number.saturating_sub(1);
        }
        if treatment.accepted && treatment.report.outcome != AttemptOutcome::Success {
            count(&mut self.sometimes, Sometimes::AcceptedUnheard);
        }
    }

    /// The process of a POST has heard what came of it.
    pub fn post_heard(&mut self, place: usize, heard: Moment, report: &AttemptReport) {
        let Some(post) = self.ledger.posts.get_mut(place) else { return };
        post.ended = Some(heard);
        post.reported = Some((report.outcome, report.response.as_ref().map(|answer| answer.status)));
    }
}
