use super::*;
use crate::ports::{DeliveryPage, DeliveryRecord, MockClock, MockDeliveryLog, MockDirectory, WebhookHistory};
use slotflow_domain::event::{EventCatalog, EventSet, EventType};
use slotflow_domain::health::{OrganizationHour, Streak, Totals, WebhookHour, hour_of};
use slotflow_domain::organization::{OrganizationName, Plan};
use slotflow_domain::signing::SigningSecret;
use slotflow_domain::webhook::{DisabledReason, UrlRules, WebhookActivity, WebhookUrl};
use slotflow_domain::{DeliveryId, EventId};
use std::time::Duration;
use uuid::Uuid;

const ORGANIZATION: OrganizationId = OrganizationId::new(Uuid::from_u128(1));
const LATE: Duration = Duration::from_secs(601);

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-03-10T14:30:00Z").unwrap()
}

fn id(number: u128) -> WebhookId {
    WebhookId::new(Uuid::from_u128(number))
}

fn webhook(number: u128, activity: WebhookActivity) -> Webhook {
    let since = now().saturating_sub(Duration::from_secs(999_999));
    Webhook {
        id: id(number),
        organization_id: ORGANIZATION,
        url: WebhookUrl::parse("https://receiver.dev/", &UrlRules::strict()).unwrap(),
        events: EventSet::parse(&["booking.confirmed"], &EventCatalog::bookings()).unwrap(),
        secrets: SigningSecret::from_random([7; 32]).into(),
        activity,
        active_since: since,
        created_at: since,
    }
}

/// A history that ends with so many failures.
fn failed(attempts: u64) -> WebhookHistory {
    let at = now();
    let hour = WebhookHour {
        failed_attempts: attempts,
        last_failure_at: Some(at),
        streak: Some(Streak { since: at, attempts, deliveries: 1 }),
        ..WebhookHour::empty(hour_of(at))
    };
    WebhookHistory { hours: vec![hour], oldest_pending_at: None }
}

/// A pending delivery to this webhook, of whenever.
fn pending(webhook_id: WebhookId) -> DeliveryRecord {
    DeliveryRecord {
        id: DeliveryId::new(Uuid::from_u128(9)),
        webhook_id,
        url: "https://receiver.dev/".to_owned(),
        event_id: EventId::new(Uuid::from_u128(9)),
        event_type: EventType::BOOKING_CONFIRMED,
        booking_id: None,
        status: DeliveryStatus::Pending,
        attempt_count: 0,
        next_attempt_at: Some(now()),
        last_outcome: None,
        last_response_status: None,
        last_error: None,
        retry_of: None,
        created_at: now(),
        completed_at: None,
    }
}

/// What there is of an organization.
#[derive(Clone, Default)]
struct Facts {
    hours: Vec<OrganizationHour>,
    webhooks: Vec<Webhook>,
    /// Those that failed, and what became of those that are looked at.
    failing: Vec<WebhookId>,
    histories: Vec<(WebhookId, WebhookHistory)>,
    /// Whose deliveries have waited for long.
    late: Vec<WebhookId>,
    /// How many deliveries are pending, being made, and held, as far as is counted.
    counts: [u64; 3],
}

impl Facts {
    /// The overview of them. Only histories that the facts have may be asked for.
    async fn overview(self, span: Span) -> OrganizationOverview {
        let Self { hours, webhooks, failing, histories, late, counts } = self;
        let mut directory = MockDirectory::new();
        directory.expect_organization().return_once(|id| {
            let name = OrganizationName::parse("Acme").unwrap();
            Ok(Some(Organization { id, name, plan: Plan::Growth.into(), created_at: now() }))
        });
        directory
            .expect_organization_hours()
            .withf(move |id, from| (*id, *from) == (ORGANIZATION, span.looks_back_to(now())))
            .return_once(|_, _| Ok(hours));
        directory.expect_webhooks().return_once(|_| Ok(webhooks));
        directory
            .expect_failing_webhooks()
            .withf(|id, from, _| (*id, *from) == (ORGANIZATION, WebhookHealth::looks_back_to(now())))
            .return_once(|_, _, _| Ok(failing));
        let known: Vec<_> = histories.iter().map(|(id, _)| *id).collect();
        directory
            .expect_webhook_histories()
            .times(usize::from(!known.is_empty()))
            .withf(move |id, ids, from| {
                (*id, ids, *from) == (ORGANIZATION, &known, WebhookHealth::looks_back_to(now()))
            })
            .return_once(|_, _, _| Ok(histories));
        let mut log = MockDeliveryLog::new();
        log.expect_count().times(3).returning(move |id, filter| {
            assert_eq!(id, ORGANIZATION);
            let statuses = [DeliveryStatus::Pending, DeliveryStatus::Delivering, DeliveryStatus::Held];
            let place = statuses.iter().position(|status| filter.status == Some(*status)).unwrap();
            assert_eq!(filter.limit, 10_001, "one more than is shown");
            Ok(counts[place])
        });
        log.expect_deliveries()
            .withf(|id, filter| {
                *id == ORGANIZATION
                    && filter.status == Some(DeliveryStatus::Pending)
                    && filter.created_until == Some(now().saturating_sub(Attention::LATE_AFTER))
            })
            .return_once(move |_, _| {
                Ok(DeliveryPage { deliveries: late.into_iter().map(pending).collect(), more: false })
            });
        overview(directory, log).get(ORGANIZATION, span).await.unwrap().unwrap()
    }

    /// Who is in need, in which order.
    async fn in_need(self) -> Vec<(WebhookId, Attention)> {
        let attention = self.overview(Span::Day).await.attention;
        attention.iter().map(|one| (one.webhook.id, one.reason)).collect()
    }
}

fn overview(directory: MockDirectory, log: MockDeliveryLog) -> Overview {
    let mut clock = MockClock::new();
    clock.expect_now().returning(now);
    Overview { directory: Arc::new(directory), log: Arc::new(log), clock: Arc::new(clock) }
}

#[tokio::test]
async fn an_overview_sums_up_the_hours_of_its_span() {
    for span in Span::ALL {
        let totals = Totals {
            delivered: 3,
            failed: 1,
            timed_attempts: 4,
            attempt_ms: 480,
            slowest_ms: 300,
            ..Totals::default()
        };
        let hours = [now().saturating_sub(Duration::from_secs(3_600)), now()];
        let hours = hours.map(|moment| OrganizationHour { start: hour_of(moment), totals }).to_vec();
        let overview = Facts { hours, ..Facts::default() }.overview(span).await;
        assert_eq!(overview.organization.name.as_str(), "Acme");
        assert_eq!(overview.series.span(), span);
        let sum = overview.series.totals();
        assert_eq!((sum.delivered, sum.failed, sum.slowest_ms), (6, 2, 300));
        assert_eq!(sum.success_rate().map(|rate| rate.as_fraction()), Some(0.75));
        assert_eq!(sum.mean_ms(), Some(120));
        assert!(overview.attention.is_empty(), "an organization without webhooks");
    }
}

#[tokio::test]
async fn what_waits_is_counted_up_to_a_limit() {
    for (counts, waiting, held) in [
        ([0, 0, 0], (0, false), (0, false)),
        ([7, 2, 3], (9, false), (3, false)),
        ([9_999, 1, 10_000], (10_000, false), (10_000, false)),
        ([9_999, 2, 10_001], (10_000, true), (10_000, true)),
        ([10_001, 10_001, 0], (10_000, true), (0, false)),
    ] {
        let overview = Facts { counts, ..Facts::default() }.overview(Span::Day).await;
        let told = |counted: CappedCount| (counted.count, counted.more);
        assert_eq!((told(overview.waiting), told(overview.held)), (waiting, held), "{counts:?}");
    }
}

#[tokio::test]
async fn the_most_urgent_comes_first_and_who_is_well_is_left_out() {
    let disabled = WebhookActivity::Disabled;
    let waiting =
        WebhookHistory { oldest_pending_at: Some(now().saturating_sub(LATE)), ..WebhookHistory::default() };
    let facts = Facts {
        webhooks: vec![
            webhook(10, disabled(DisabledReason::Requested)),
            webhook(11, WebhookActivity::Active),
            webhook(12, WebhookActivity::Active),
            webhook(13, disabled(DisabledReason::Failing)),
            webhook(14, WebhookActivity::Active),
            webhook(15, disabled(DisabledReason::Gone)),
            webhook(16, WebhookActivity::Active),
            webhook(17, WebhookActivity::Active),
        ],
        // One of them is disabled, and its health is not asked for.
        failing: vec![id(13), id(12), id(14), id(16)],
        late: vec![id(11), id(11)],
        histories: vec![
            (id(11), waiting.clone()),
            (id(12), failed(2)),
            (id(14), failed(3)),
            (id(16), failed(8)),
        ],
        ..Facts::default()
    };
    assert_eq!(facts.clone().overview(Span::Day).await.webhooks, 8);
    let expected = [
        (id(15), Attention::Gone),
        (id(13), Attention::DisabledForFailing),
        (id(16), Attention::Failing { attempts: 8, since: now() }),
        (id(14), Attention::Failing { attempts: 3, since: now() }),
        (id(11), Attention::Late { oldest_pending_at: waiting.oldest_pending_at.unwrap() }),
        (id(10), Attention::Paused),
    ];
    assert_eq!(facts.in_need().await, expected);
}

#[tokio::test]
async fn no_more_than_twenty_are_named_and_the_oldest_of_equals() {
    let paused = |number| webhook(number, WebhookActivity::Disabled(DisabledReason::Requested));
    let facts = Facts { webhooks: (1..=30).rev().map(paused).collect(), ..Facts::default() };
    let named: Vec<_> = facts.in_need().await.into_iter().map(|(id, _)| id).collect();
    assert_eq!(named, (1..=20).map(id).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_organization_that_is_not_there_has_no_overview() {
    let mut directory = MockDirectory::new();
    directory.expect_organization().return_once(|_| Ok(None));
    let overview = overview(directory, MockDeliveryLog::new());
    assert!(overview.get(ORGANIZATION, Span::Week).await.unwrap().is_none());
}
