//! What the cases stand on: a store under test, a clock that a case moves, and makers of rows with good
//! defaults.

use super::StoreUnderTest;
use slotflow_adapters::memory::{SeededEntropy, VirtualClock};
use slotflow_application::ports::{
    Abandoned, AttemptLog, ClaimTerms, Claimed, Clock as _, DeliveryFilter, DeliveryRecord, Entropy as _,
    Room, SettleReport, SettleTerms, Settled, UnitOfWork, UnusedClaim,
};
use slotflow_application::repairs::ReplayBell;
use slotflow_application::{
    Announcer, Bookings, FirstAttempts, Organizations, OutboxRelay, Repairs, Replayer, Webhooks,
};
use slotflow_domain::booking::{
    AttendeeEmail, AttendeeName, Booking, BookingRequest, DurationMinutes, Metadata, TimeSlot,
};
use slotflow_domain::delivery::{
    Attempt, AttemptOutcome, AttemptReport, AttemptResponse, ClaimToken, ClaimedDelivery, Draw, Exchange,
    Lease, LeaseDuration, RetryPolicy, Settlement,
};
use slotflow_domain::event::{EventCatalog, EventSet};
use slotflow_domain::health::AutoDisable;
use slotflow_domain::instance::InstanceNumber;
use slotflow_domain::organization::{Organization, OrganizationName, Plan, PlanName, WebhookLimits};
use slotflow_domain::signing::SigningSecret;
use slotflow_domain::webhook::{UrlRules, Webhook, WebhookActivity, WebhookUrl};
use slotflow_domain::{DeliveryId, HumanId, OrganizationId, Timestamp, WebhookId};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A store with a clock and randomness of its own. Clones are the same world.
#[derive(Clone)]
pub struct World {
    pub store: StoreUnderTest,
    pub clock: VirtualClock,
    pub entropy: SeededEntropy,
}

/// An organization with one webhook and one delivery that waits for it.
#[derive(Clone, Copy)]
pub struct OneDelivery {
    pub organization_id: OrganizationId,
    pub webhook_id: WebhookId,
    pub id: DeliveryId,
}

impl World {
    /// How long the claims of cases last.
    pub const LEASE: Duration = Duration::from_secs(30);

    pub fn new(store: StoreUnderTest) -> Self {
        Self { store, clock: VirtualClock::default(), entropy: SeededEntropy::default() }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub async fn begin(&self) -> Box<dyn UnitOfWork> {
        self.store.store.begin().await.unwrap()
    }

    pub fn organizations(&self) -> Organizations {
        Organizations {
            store: Arc::clone(&self.store.store),
            directory: Arc::clone(&self.store.directory),
            clock: Arc::new(self.clock.clone()),
            entropy: Arc::new(self.entropy.clone()),
        }
    }

    pub fn webhooks(&self) -> Webhooks {
        Webhooks {
            store: Arc::clone(&self.store.store),
            directory: Arc::clone(&self.store.directory),
            resolver: None,
            clock: Arc::new(self.clock.clone()),
            entropy: Arc::new(self.entropy.clone()),
            url_rules: UrlRules::strict(),
            catalog: EventCatalog::standard(),
            limits: WebhookLimits::default(),
        }
    }

    pub fn bookings(&self) -> Bookings {
        Bookings {
            store: Arc::clone(&self.store.store),
            directory: Arc::clone(&self.store.directory),
            clock: Arc::new(self.clock.clone()),
            entropy: Arc::new(self.entropy.clone()),
            first_attempts: FirstAttempts::none(),
        }
    }

    pub fn repairs(&self) -> Repairs {
        Repairs {
            store: Arc::clone(&self.store.store),
            directory: Arc::clone(&self.store.directory),
            replays: Arc::clone(&self.store.replays),
            clock: Arc::new(self.clock.clone()),
            entropy: Arc::new(self.entropy.clone()),
            first_attempts: FirstAttempts::none(),
            catalog: EventCatalog::standard(),
            bell: ReplayBell::default(),
        }
    }

    /// A replayer of its own, as another process would have one.
    pub fn outbox_relay(&self) -> OutboxRelay {
        OutboxRelay {
            store: Arc::clone(&self.store.store),
            reader: Arc::clone(&self.store.outbox),
            directory: Arc::clone(&self.store.directory),
            clock: Arc::new(self.clock.clone()),
            entropy: Arc::new(self.entropy.clone()),
            first_attempts: FirstAttempts::none(),
            catalog: EventCatalog::standard(),
        }
    }

    pub fn replayer(&self) -> Replayer {
        Replayer {
            store: Arc::clone(&self.store.store),
            replays: Arc::clone(&self.store.replays),
            clock: Arc::new(self.clock.clone()),
            entropy: Arc::new(self.entropy.clone()),
            bell: ReplayBell::default(),
        }
    }

    /// The number of a new identifier, greater than every one before it.
    pub fn entropy_id(&self) -> u128 {
        self.entropy.id(self.now()).as_u128()
    }

    /// A new organization without a limit of webhooks.
    pub async fn organization(&self) -> Organization {
        self.organization_on(Plan::Growth).await
    }

    pub async fn organization_on(&self, plan: impl Into<PlanName>) -> Organization {
        self.organizations().create(OrganizationName::parse("Startup").unwrap(), plan).await.unwrap().0
    }

    /// A webhook that is not stored yet, for both events of bookings.
    pub fn new_webhook(&self, organization_id: OrganizationId, url: &str) -> Webhook {
        let events = ["booking.confirmed", "booking.cancelled"];
        Webhook {
            id: WebhookId::new(self.entropy.id(self.now())),
            organization_id,
            url: WebhookUrl::parse(url, &UrlRules::strict()).unwrap(),
            events: EventSet::parse(&events, &EventCatalog::bookings()).unwrap(),
            secrets: SigningSecret::from_random(self.entropy.secret_bytes()).into(),
            activity: WebhookActivity::Active,
            active_since: self.now(),
            created_at: self.now(),
        }
    }

    pub async fn insert_webhook(&self, webhook: &Webhook) {
        let mut work = self.begin().await;
        work.insert_webhook(webhook).await.unwrap();
        work.commit().await.unwrap();
    }

    /// A stored webhook for both events of bookings.
    pub async fn webhook(&self, organization_id: OrganizationId, url: &str) -> Webhook {
        let webhook = self.new_webhook(organization_id, url);
        self.insert_webhook(&webhook).await;
        webhook
    }

    /// Disables or enables a webhook, as its organization would.
    pub async fn set_active(&self, organization_id: OrganizationId, id: WebhookId, active: bool) {
        let request = slotflow_application::webhooks::UpdateWebhook {
            active: Some(active),
            ..slotflow_application::webhooks::UpdateWebhook::default()
        };
        self.webhooks().update(organization_id, id, request).await.unwrap();
    }

    pub fn human(&self) -> HumanId {
        HumanId::new(self.entropy.token())
    }

    /// Half an hour of this human's time, `minutes` from now.
    pub fn request(&self, human_id: HumanId, minutes: u64) -> BookingRequest {
        let starts_at = self.now() + Duration::from_secs(60 * minutes);
        BookingRequest {
            human_id,
            slot: TimeSlot::new(starts_at, DurationMinutes::new(30).unwrap()).unwrap(),
            attendee_name: AttendeeName::parse("Alex Rivera").unwrap(),
            attendee_email: Some(AttendeeEmail::parse("alex@startup.io").unwrap()),
            metadata: Metadata::empty(),
        }
    }

    /// Books a human of its own, which makes one event.
    pub async fn book(&self, organization_id: OrganizationId) -> Booking {
        let request = self.request(self.human(), 60);
        self.bookings().confirm(organization_id, request).await.unwrap()
    }

    /// One organization, webhook and delivery.
    pub async fn one_delivery(&self) -> OneDelivery {
        let organization_id = self.organization().await.id;
        let webhook_id = self.webhook(organization_id, "https://receiver.io/").await.id;
        self.book(organization_id).await;
        let id = self.deliveries(organization_id).await[0].id;
        OneDelivery { organization_id, webhook_id, id }
    }

    /// Room for this many, of whichever webhooks.
    pub fn room(total: usize) -> Room {
        Room { total, per_webhook: 1_000, in_flight: BTreeMap::new() }
    }

    /// The terms of a claim at this moment.
    pub fn terms(&self, room: Room) -> ClaimTerms {
        let lease = Lease { token: ClaimToken::new(self.entropy.token()), until: self.now() + Self::LEASE };
        ClaimTerms {
            now: self.now(),
            lease,
            room,
            policy: RetryPolicy::default(),
            announcer: self.announcer(),
        }
    }

    /// Claims what is due, at most `total`.
    pub async fn claim(&self, total: usize) -> Vec<ClaimedDelivery> {
        self.claim_into(Self::room(total)).await
    }

    pub async fn claim_into(&self, room: Room) -> Vec<ClaimedDelivery> {
        self.claim_and_lose(room).await.deliveries
    }

    /// Claims what is due, and answers also which attempts ended as lost by that.
    pub async fn claim_and_lose(&self, room: Room) -> Claimed {
        self.store.queue.claim_due(self.terms(room)).await.unwrap()
    }

    /// The one delivery that is due, claimed by this instance.
    pub async fn claim_one_as(&self, instance: Option<InstanceNumber>) -> ClaimedDelivery {
        let mut terms = self.terms(Self::room(10));
        terms.lease.token = ClaimToken::of(instance, self.entropy.token());
        let mut claimed = self.store.queue.claim_due(terms).await.unwrap().deliveries;
        assert_eq!(claimed.len(), 1, "one delivery is due");
        claimed.remove(0)
    }

    /// Ends the leases of these instances, which are dead. Answers how many it was.
    pub async fn end_leases_of(&self, dead: &[InstanceNumber]) -> u64 {
        let longest = LeaseDuration::new(Self::LEASE, Self::LEASE - LeaseDuration::MARGIN).unwrap();
        let abandoned = Abandoned { by: dead.to_vec(), now: self.now(), longest };
        self.store.queue.end_leases(abandoned).await.unwrap()
    }

    /// The one delivery that is due.
    pub async fn claim_one(&self) -> ClaimedDelivery {
        let mut claimed = self.claim(10).await;
        assert_eq!(claimed.len(), 1, "one delivery is due");
        claimed.remove(0)
    }

    /// What the default policy makes of this report, now.
    pub fn settled(&self, claimed: &ClaimedDelivery, report: AttemptReport) -> Settled {
        let policy = RetryPolicy::default();
        Settled {
            delivery_id: claimed.id,
            webhook_id: claimed.webhook_id,
            event_type: claimed.event_type.clone(),
            token: claimed.lease.token,
            settlement: Settlement::of(claimed.attempt, report.verdict(), self.now(), &policy, Draw::LOWEST),
            attempt: Attempt { number: claimed.attempt, started_at: self.now(), report },
        }
    }

    pub async fn settle(&self, claimed: &ClaimedDelivery, report: AttemptReport) -> SettleReport {
        self.settle_batch(vec![self.settled(claimed, report)]).await
    }

    pub async fn settle_batch(&self, batch: Vec<Settled>) -> SettleReport {
        self.settle_under(batch, Some(AutoDisable::default())).await
    }

    /// The same under this rule for webhooks that fail.
    pub async fn settle_under(&self, batch: Vec<Settled>, auto_disable: Option<AutoDisable>) -> SettleReport {
        let terms = SettleTerms { auto_disable, ..self.settle_terms() };
        self.store.queue.settle(batch, terms).await.unwrap()
    }

    /// Terms that disable nothing.
    pub fn settle_terms(&self) -> SettleTerms {
        SettleTerms { auto_disable: None, announcer: self.announcer() }
    }

    fn announcer(&self) -> Announcer {
        Announcer::new(Arc::new(self.entropy.clone()))
    }

    /// Gives back a claim that was made at `taken_at`.
    pub async fn release(&self, claimed: &ClaimedDelivery, taken_at: Timestamp) {
        let claim = UnusedClaim { delivery_id: claimed.id, token: claimed.lease.token, taken_at };
        self.store.queue.release(vec![claim]).await.unwrap();
    }

    /// The organization's deliveries, newest first.
    pub async fn deliveries(&self, organization_id: OrganizationId) -> Vec<DeliveryRecord> {
        self.list(organization_id, DeliveryFilter { limit: 1_000, ..DeliveryFilter::default() }).await
    }

    pub async fn list(&self, organization_id: OrganizationId, filter: DeliveryFilter) -> Vec<DeliveryRecord> {
        self.store.log.deliveries(organization_id, filter).await.unwrap().deliveries
    }

    pub async fn logged(&self, organization_id: OrganizationId, id: DeliveryId) -> AttemptLog {
        self.store.log.delivery(organization_id, id).await.unwrap().expect("the delivery is in the log")
    }
}

/// An answer with this status, after a tenth of a second.
pub fn answered(status: u16) -> AttemptReport {
    let response = AttemptResponse { status, ..AttemptResponse::default() };
    report_of(response)
}

/// A report of this answer.
pub fn report_of(response: AttemptResponse) -> AttemptReport {
    let outcome = AttemptOutcome::of_status(response.status);
    AttemptReport {
        outcome,
        error: (outcome != AttemptOutcome::Success).then(|| format!("answered {}", response.status)),
        response: Some(response),
        duration: Duration::from_millis(100),
        exchange: Exchange::default(),
    }
}
