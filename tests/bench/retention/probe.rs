//! What others wait while something else is going on.

use crate::samples::Samples;
use slotflow_adapters::store::SqlStore;
use slotflow_adapters::system::{SystemClock, SystemEntropy};
use slotflow_application::ports::{ClaimTerms, Clock, DeliveryQueue, Entropy, Room, SettleTerms, Settled};
use slotflow_application::{Announcer, Bookings, FirstAttempts};
use slotflow_domain::booking::{AttendeeName, BookingRequest, DurationMinutes, Metadata, TimeSlot};
use slotflow_domain::delivery::{
    Attempt, AttemptOutcome, AttemptReport, AttemptResponse, ClaimToken, Draw, Exchange, LeaseDuration,
    RetryPolicy, Settlement,
};
use slotflow_domain::{HumanId, OrganizationId};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// From one probe to the next.
const EVERY: Duration = Duration::from_millis(20);

/// How many deliveries a probe takes at the most: about those of its own booking.
const ROOM: usize = 64;

/// How long a booking with its event took, and a claim with the settlement of what it brought.
#[derive(Default)]
pub(crate) struct Waits {
    pub(crate) publish: Samples,
    pub(crate) claim_and_settle: Samples,
}

/// Books, claims and settles at a steady pace until told to stop.
pub(crate) async fn run(
    store: SqlStore,
    organization_id: OrganizationId,
    stop: CancellationToken,
) -> anyhow::Result<Waits> {
    let entropy = Arc::new(SystemEntropy::new()?);
    let bookings = Bookings {
        store: Arc::new(store.clone()),
        directory: Arc::new(store.clone()),
        clock: Arc::new(SystemClock),
        entropy: Arc::<SystemEntropy>::clone(&entropy),
        first_attempts: FirstAttempts::none(),
    };
    let mut waits = Waits::default();
    let mut pace = tokio::time::interval(EVERY);
    while !stop.is_cancelled() {
        pace.tick().await;
        let began = Instant::now();
        bookings.confirm(organization_id, request(&entropy)?).await?;
        waits.publish.push(began.elapsed());
        let began = Instant::now();
        claim_and_settle(&store, &entropy).await?;
        waits.claim_and_settle.push(began.elapsed());
    }
    Ok(waits)
}

/// Half an hour of a human of its own.
fn request(entropy: &SystemEntropy) -> anyhow::Result<BookingRequest> {
    Ok(BookingRequest {
        human_id: HumanId::new(entropy.token()),
        slot: TimeSlot::new(SystemClock.now(), DurationMinutes::new(30)?)?,
        attendee_name: AttendeeName::parse("Alex Rivera")?,
        attendee_email: None,
        metadata: Metadata::empty(),
    })
}

async fn claim_and_settle(store: &SqlStore, entropy: &Arc<SystemEntropy>) -> anyhow::Result<()> {
    let now = SystemClock.now();
    let policy = RetryPolicy::default();
    let lease =
        LeaseDuration::for_timeout(Duration::from_secs(10)).begin(ClaimToken::new(entropy.token()), now);
    let room = Room { total: ROOM, per_webhook: ROOM, in_flight: BTreeMap::new() };
    let announcer = Announcer::new(Arc::<SystemEntropy>::clone(entropy));
    let terms = ClaimTerms { now, lease, room, policy: policy.clone(), announcer: announcer.clone() };
    let claimed = store.claim_due(terms).await?.deliveries;
    let report = AttemptReport {
        exchange: Exchange::default(),
        outcome: AttemptOutcome::Success,
        response: Some(AttemptResponse { status: 200, ..AttemptResponse::default() }),
        error: None,
        duration: Duration::from_millis(30),
    };
    let settled = claimed.into_iter().map(|claimed| Settled {
        delivery_id: claimed.id,
        webhook_id: claimed.webhook_id,
        event_type: claimed.event_type,
        token: claimed.lease.token,
        settlement: Settlement::of(claimed.attempt, report.verdict(), now, &policy, Draw::LOWEST),
        attempt: Attempt { number: claimed.attempt, started_at: now, report: report.clone() },
    });
    store.settle(settled.collect(), SettleTerms { auto_disable: None, announcer }).await?;
    Ok(())
}
