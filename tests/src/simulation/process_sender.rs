//! A process's view of the network.

use super::defect::Defect;
use super::fault::FaultKind;
use super::ledger::FaultRecord;
use super::process::Process;
use super::receivers::Receivers;
use super::timeline::SECOND;
use async_trait::async_trait;
use slotflow_application::ports::WebhookSender;
use slotflow_domain::delivery::{AttemptReport, AttemptRequest};
use std::time::Duration;

/// Takes requests to the simulated receivers, in true time.
pub(super) struct ProcessSender {
    /// Whose view it is.
    pub(super) process: Process,
}

#[async_trait]
impl WebhookSender for ProcessSender {
    async fn send(&self, request: AttemptRequest) -> AttemptReport {
        let world = &self.process.world;
        let asked = self.process.moment();
        world.step(self.process.number, "send");
        self.process.strike();
        self.process.gate().await;

        let began = self.process.moment();
        let place = {
            let mut state = world.state();
            state.post_begins(world, &self.process, &request, asked, began)
        };
        let attempt = place.and_then(|place| world.state().ledger.posts.get(place).map(|post| post.attempt));
        let treatment = world.state().receivers.treat(request.url.canonical().as_str(), attempt.unwrap_or(1));
        if self.is_poison(&request) {
            world.state().fault(FaultRecord {
                at: began.truth,
                until: began.truth,
                kind: FaultKind::Poison,
                process: Some(self.process.number),
            });
            self.process.kill();
        }
        if world.strikes(FaultKind::StoreDown, self.process.number) {
            let span = world.state().dice.within(SECOND..90 * SECOND);
            world.take_store_down(span);
        }
        let takes = treatment.takes.min(Receivers::REQUEST_TIMEOUT);
        world.timeline().sleep(takes).await;
        if let Some(place) = place {
            world.state().post_ended(&self.process, place, &treatment);
        }
        self.process.strike();
        self.process.gate().await;

        if let Some(place) = place {
            let heard = self.process.moment();
            world.state().post_heard(place, heard, &treatment.report);
        }
        let duration = Duration::from_micros(takes);
        let mut report = AttemptReport { duration, ..treatment.report };
        if world.has(Defect::BadAnswerTaken) && report.outcome.as_str() == "http_status" {
            report.outcome = slotflow_domain::delivery::AttemptOutcome::Success;
        }
        report
    }
}

impl ProcessSender {
    /// Whether this request is one of those that kill whoever makes them.
    fn is_poison(&self, request: &AttemptRequest) -> bool {
        let world = &self.process.world;
        if world.plan().rate(FaultKind::Poison) == 0 || world.state().healed {
            return false;
        }
        let delivery = request.headers.iter().find(|(name, _)| *name == "x-slotflow-delivery");
        delivery.is_some_and(|(_, id)| id.ends_with('0'))
    }
}
