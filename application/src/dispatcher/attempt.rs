//! One attempt, from claim to outcome.

use super::DispatcherSettings;
use super::activity::Activity;
use super::unused_claims::UnusedClaims;
use crate::ports::{
    Clock, DeliveryObserver, DeliveryQueue, EndedAttempt, Entropy, Instances, Settled, UnusedClaim,
    WebhookSender,
};
use slotflow_domain::Timestamp;
use slotflow_domain::delivery::{Attempt, ClaimToken, ClaimedDelivery, Draw, Lease, Settlement};
use slotflow_domain::event::{SpanId, TraceContext};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Makes attempts and hands their outcomes on.
#[derive(Clone)]
pub(super) struct AttemptMaker {
    pub(super) queue: Arc<dyn DeliveryQueue>,
    pub(super) activity: Activity,
    pub(super) sender: Arc<dyn WebhookSender>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) settings: DispatcherSettings,
    pub(super) observer: Arc<dyn DeliveryObserver>,
    pub(super) unused_claims: UnusedClaims,
    pub(super) instances: Arc<dyn Instances>,
    pub(super) ended: mpsc::Sender<Settled>,
}

impl AttemptMaker {
    /// What of a lease must be left, beyond the request's timeout, for an attempt to begin: enough to record
    /// its outcome.
    const RECORDING_TIME: Duration = Duration::from_secs(5);

    /// How long an attempt may wait for a slot and still begin.
    pub(super) const LONGEST_WAIT: Duration = Duration::from_millis(500);

    /// A new lease from `now` on, under a token of this instance.
    pub(super) fn lease(&self, entropy: &dyn Entropy, now: Timestamp) -> Lease {
        let token = ClaimToken::of(self.instances.own(), entropy.token());
        self.settings.lease.begin(token, now)
    }

    /// Makes the attempt that was claimed. Answers how long it took, unless there was no time left to make it.
    pub(super) async fn make(&self, claimed: ClaimedDelivery) -> Option<Duration> {
        let started_at = self.clock.now();
        if claimed.lease.until.since(started_at) < self.settings.request_timeout + Self::RECORDING_TIME {
            // The process was stopped, or the clock jumped: the lease could end on the wire.
            self.unused_claims.give_back(self.unused(&claimed)).await;
            return None;
        }
        let span = claimed.trace_context.map(|cause| self.span_of(cause));
        let request = claimed.request(started_at);
        let request = match span {
            Some(span) if self.settings.send_traceparent => request.within(span),
            _ => request,
        };
        let report = self.sender.send(request).await.with_bounded_error();
        let ended_at = self.clock.now().max(started_at);

        let policy = self.settings.retry_policy.for_event(&claimed.event_type);
        let draw = Draw::of(claimed.id, claimed.attempt);
        let settlement = Settlement::of(claimed.attempt, report.verdict(), ended_at, &policy, draw);
        let ended = EndedAttempt {
            organization_id: claimed.organization_id,
            webhook_id: claimed.webhook_id,
            event_id: claimed.event_id,
            delivery_id: claimed.id,
            number: claimed.attempt,
            started_at,
            cause: claimed.trace_context,
            span,
            report: &report,
        };
        log(&ended);
        self.observer.attempt_ended(&ended);
        let attempt = Attempt { number: claimed.attempt, started_at, report };
        let settled = Settled {
            delivery_id: claimed.id,
            webhook_id: claimed.webhook_id,
            event_type: claimed.event_type,
            token: claimed.lease.token,
            attempt,
            settlement,
        };
        if self.ended.send(settled).await.is_err() {
            tracing::error!(delivery_id = %claimed.id, "nobody records outcomes; the attempt will be repeated");
        }
        Some(ended_at.since(started_at))
    }

    /// Whether an attempt that has waited for a slot since `since` may begin: not after long, as it goes to the URL and
    /// under the secrets of the moment of its claim, and only if its webhook was not disabled or deleted meanwhile. Its
    /// claim is given back otherwise, and it comes to what its webhook makes of it.
    pub(super) async fn may_begin(&self, claimed: &ClaimedDelivery, since: Timestamp) -> bool {
        if self.clock.now().since(since) > Self::LONGEST_WAIT {
            return false;
        }
        self.activity.is_active(claimed.webhook_id).await
    }

    /// A span of its own for each attempt, also for one that is made again.
    fn span_of(&self, cause: TraceContext) -> TraceContext {
        cause.child(SpanId::from_random(self.entropy.token()))
    }

    /// The claim on a delivery whose attempt is not made.
    pub(super) fn unused(&self, claimed: &ClaimedDelivery) -> UnusedClaim {
        UnusedClaim {
            delivery_id: claimed.id,
            token: claimed.lease.token,
            taken_at: self.settings.lease.began(claimed.lease),
        }
    }

    /// Gives claims back that were not used.
    pub(super) async fn give_back(&self, claims: Vec<UnusedClaim>) {
        if claims.is_empty() {
            return;
        }
        if let Err(error) = self.queue.release(claims).await {
            tracing::warn!(%error, "giving claims back failed; they end with their leases");
        }
    }
}

/// The one line of every attempt that is over, whoever saw its end.
pub(super) fn log(ended: &EndedAttempt<'_>) {
    let report = ended.report;
    tracing::info!(
        organization_id = %ended.organization_id,
        webhook_id = %ended.webhook_id,
        event_id = %ended.event_id,
        delivery_id = %ended.delivery_id,
        attempt = ended.number.get(),
        trace_id = ended.cause.map(|cause| tracing::field::display(cause.trace_id())),
        outcome = %report.outcome,
        status = report.response.as_ref().map(|response| response.status),
        duration_ms = u64::try_from(report.duration.as_millis()).unwrap_or(u64::MAX),
        address = report.exchange.address.map(tracing::field::display),
        error = report.error.as_deref(),
        "attempt ended"
    );
}
