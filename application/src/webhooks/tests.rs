use super::*;
use crate::ports::WebhookHistory;
use crate::ports::{
    MockClock, MockDirectory, MockEntropy, MockHostResolver, MockStore, MockUnitOfWork, ResolveError,
};
use slotflow_domain::health::{WebhookHealth, WebhookHour, hour_of};
use slotflow_domain::organization::{Organization, OrganizationName, Plan, WebhookLimit, WebhookLimits};
use slotflow_domain::signing::{SigningSecret, WebhookSecrets};
use slotflow_domain::webhook::{
    DisabledReason, HeldDeliveries, Refusal, RegistrationFacts, WaitingDeliveries, Webhook, WebhookActivity,
    WebhookUrl,
};
use slotflow_domain::{OrganizationId, Timestamp, WebhookId};
use std::net::IpAddr;
use uuid::Uuid;

const ORGANIZATION: OrganizationId = OrganizationId::new(Uuid::from_u128(1));
const PAUSED: WebhookActivity = WebhookActivity::Disabled(DisabledReason::Requested);
const WEBHOOK: WebhookId = WebhookId::new(Uuid::from_u128(2));

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-03-10T14:00:00Z").unwrap()
}

fn organization(plan: Plan) -> Organization {
    let name = OrganizationName::parse("Acme").unwrap();
    Organization { id: ORGANIZATION, name, plan: plan.into(), created_at: now() }
}

fn webhook(activity: WebhookActivity) -> Webhook {
    Webhook {
        id: WEBHOOK,
        organization_id: ORGANIZATION,
        url: WebhookUrl::parse("https://receiver.dev/a", &UrlRules::strict()).unwrap(),
        events: slotflow_domain::event::EventSet::parse(&["booking.confirmed"], &EventCatalog::bookings())
            .unwrap(),
        secrets: SigningSecret::from_random([7; 32]).into(),
        activity,
        active_since: now(),
        created_at: now(),
    }
}

/// Use cases whose one unit of work does as `work` says, and whose resolver finds `addresses`.
fn webhooks(work: Option<MockUnitOfWork>, addresses: Result<Vec<IpAddr>, ResolveError>) -> Webhooks {
    let mut store = MockStore::new();
    match work {
        Some(work) => {
            store.expect_begin().times(1).return_once(|| Ok(Box::new(work)));
        }
        None => {
            store.expect_begin().never();
        }
    }
    let mut clock = MockClock::new();
    clock.expect_now().returning(now);
    let mut entropy = MockEntropy::new();
    entropy.expect_id().returning(|_| Uuid::from_u128(2));
    entropy.expect_secret_bytes().returning(|| [7; 32]);
    let mut resolver = MockHostResolver::new();
    resolver.expect_resolve().returning(move |_| addresses.clone());
    let mut directory = MockDirectory::new();
    directory.expect_webhooks().returning(|_| Ok(vec![webhook(WebhookActivity::Active)]));
    directory.expect_webhook().returning(|_, _| Ok(Some(webhook(WebhookActivity::Active))));
    Webhooks {
        store: Arc::new(store),
        directory: Arc::new(directory),
        resolver: Some(Arc::new(resolver)),
        clock: Arc::new(clock),
        entropy: Arc::new(entropy),
        url_rules: UrlRules::strict(),
        catalog: EventCatalog::bookings(),
        limits: WebhookLimits::default(),
    }
}

fn public() -> Result<Vec<IpAddr>, ResolveError> {
    Ok(vec!["93.184.216.34".parse().unwrap()])
}

fn request(url: &str, events: &[&str]) -> RegisterWebhook {
    RegisterWebhook { url: url.to_owned(), events: events.iter().map(|name| (*name).to_owned()).collect() }
}

/// A unit of work in which the organization has these facts.
fn work_with(plan: Plan, facts: RegistrationFacts) -> MockUnitOfWork {
    let mut work = MockUnitOfWork::new();
    work.expect_lock_organization().times(1).return_once(move |_| Ok(Some(organization(plan))));
    work.expect_registration_facts().times(1).return_once(move |_, _, _| Ok(facts));
    work
}

#[tokio::test]
async fn a_good_registration_is_stored_and_committed() {
    let mut work = work_with(Plan::Free, RegistrationFacts { registered: 1, url_taken: false });
    work.expect_insert_webhook().times(1).withf(|webhook| webhook.id == WEBHOOK).returning(|_| Ok(()));
    work.expect_commit().times(1).return_once(|| Ok(()));
    let registered = webhooks(Some(work), public())
        .register(ORGANIZATION, request("https://Receiver.dev", &["booking.cancelled"]))
        .await
        .unwrap();
    assert_eq!(registered.url.as_sent(), "https://Receiver.dev");
    assert_eq!(registered.activity, WebhookActivity::Active);
}

#[tokio::test]
async fn a_refused_registration_writes_nothing() {
    for (facts, refusal) in [
        (RegistrationFacts { registered: 2, url_taken: true }, Refusal::Duplicate),
        (RegistrationFacts { registered: 2, url_taken: false }, Refusal::LimitReached { limit: 2 }),
    ] {
        let mut work = work_with(Plan::Free, facts);
        work.expect_insert_webhook().never();
        work.expect_commit().never();
        let error = webhooks(Some(work), public())
            .register(ORGANIZATION, request("https://receiver.dev/", &["booking.confirmed"]))
            .await
            .unwrap_err();
        assert!(matches!(&error, RegisterWebhookError::Refused(why) if *why == refusal), "{error}");
    }
}

#[tokio::test]
async fn an_organization_on_a_plan_that_is_not_there_gets_no_more_and_is_told_why() {
    let mut work = work_with(Plan::Growth, RegistrationFacts { registered: 1, url_taken: false });
    work.expect_insert_webhook().never();
    work.expect_commit().never();
    let limits = WebhookLimits::of([("team", WebhookLimit::Unlimited)]).unwrap();
    let webhooks = Webhooks { limits, ..webhooks(Some(work), public()) };
    let request = request("https://receiver.dev/", &["booking.confirmed"]);
    let error = webhooks.register(ORGANIZATION, request).await.unwrap_err();
    assert_eq!(error.to_string(), "the plan growth is not known here, so it allows no more webhooks");
}

#[tokio::test]
async fn what_breaks_a_rule_never_reaches_the_store() {
    let private: IpAddr = "10.0.0.1".parse().unwrap();
    let mixed = public().map(|mut addresses| {
        addresses.push(private);
        addresses
    });
    for (url, events, addresses, field) in [
        ("https://receiver.dev/", vec![], public(), "events"),
        ("http://receiver.dev/", vec!["booking.confirmed"], public(), "url"),
        ("https://receiver.dev/", vec!["booking.confirmed"], mixed, "url"),
        ("https://receiver.dev/", vec!["booking.confirmed"], Err(ResolveError::NotFound), "url"),
    ] {
        let error =
            webhooks(None, addresses).register(ORGANIZATION, request(url, &events)).await.unwrap_err();
        let RegisterWebhookError::Invalid(rejection) = error else { panic!("{error}") };
        assert_eq!(rejection.field, field);
        assert!(
            !rejection.to_string().contains("10.0.0.1"),
            "a refusal tells nothing of our network: {rejection}"
        );
    }
}

#[tokio::test]
async fn operators_open_and_close_networks_for_names_and_addresses() {
    for (address, open) in
        [("10.1.0.1", true), ("10.1.2.3", false), ("10.2.0.1", false), ("8.8.8.8", false), ("8.8.4.4", true)]
    {
        for url in ["https://receiver.dev/".to_owned(), format!("https://{address}/")] {
            let work = open.then(|| {
                let mut work = work_with(Plan::Free, RegistrationFacts { registered: 0, url_taken: false });
                work.expect_insert_webhook().times(1).returning(|_| Ok(()));
                work.expect_commit().times(1).return_once(|| Ok(()));
                work
            });
            let mut webhooks = webhooks(work, Ok(vec![address.parse().unwrap()]));
            webhooks.url_rules.allowed = vec!["10.1.0.0/16".parse().unwrap()];
            webhooks.url_rules.denied = vec!["10.1.2.0/24".parse().unwrap(), "8.8.8.8".parse().unwrap()];
            let registered = webhooks.register(ORGANIZATION, request(&url, &["booking.confirmed"])).await;
            assert_eq!(registered.is_ok(), open, "{url} at {address}");
        }
    }
}

#[tokio::test]
async fn a_literal_address_is_not_looked_up() {
    let mut work = work_with(Plan::Free, RegistrationFacts { registered: 0, url_taken: false });
    work.expect_insert_webhook().times(1).returning(|_| Ok(()));
    work.expect_commit().times(1).return_once(|| Ok(()));
    webhooks(Some(work), Err(ResolveError::Unavailable))
        .register(ORGANIZATION, request("https://93.184.216.34/", &["booking.confirmed"]))
        .await
        .unwrap();
}

/// Runs an update on a webhook with this activity, and answers what was stored and moved.
async fn updated(
    activity: WebhookActivity,
    change: UpdateWebhook,
) -> (Result<Webhook, UpdateWebhookError>, Option<WaitingDeliveries>) {
    let moved = Arc::new(std::sync::Mutex::new(None));
    let mut work = MockUnitOfWork::new();
    work.expect_lock_webhook().return_once(move |_, _| Ok(Some(webhook(activity))));
    work.expect_update_webhook().times(1).returning(|_| Ok(()));
    work.expect_move_waiting().times(..=1).returning({
        let moved = Arc::clone(&moved);
        move |_, how, _| {
            *moved.lock().unwrap() = Some(how);
            Ok(1)
        }
    });
    work.expect_commit().times(1).return_once(|| Ok(()));
    let result = webhooks(Some(work), public()).update(ORGANIZATION, WEBHOOK, change).await;
    let how = *moved.lock().unwrap();
    (result, how)
}

#[tokio::test]
async fn disabling_holds_and_enabling_resumes_or_discards() {
    let disabled = WebhookActivity::Disabled(DisabledReason::Gone);
    let set = |active, held| UpdateWebhook { active: Some(active), held, ..UpdateWebhook::default() };

    let (webhook, moved) = updated(WebhookActivity::Active, set(false, None)).await;
    assert_eq!(webhook.unwrap().activity, WebhookActivity::Disabled(DisabledReason::Requested));
    assert_eq!(moved, Some(WaitingDeliveries::Hold));

    let (webhook, moved) = updated(disabled, set(true, None)).await;
    assert_eq!(webhook.unwrap().activity, WebhookActivity::Active);
    assert_eq!(moved, Some(WaitingDeliveries::Resume));

    let (_, moved) = updated(disabled, set(true, Some(HeldDeliveries::Discard))).await;
    assert_eq!(moved, Some(WaitingDeliveries::Discard));

    let (webhook, moved) = updated(disabled, set(false, None)).await;
    assert_eq!(webhook.unwrap().activity, disabled, "it keeps the reason it has");
    assert_eq!(moved, None);
}

#[tokio::test]
async fn a_url_of_another_webhook_cannot_be_taken_over() {
    let mut work = work_with(Plan::Free, RegistrationFacts { registered: 2, url_taken: true });
    work.expect_update_webhook().never();
    work.expect_commit().never();
    let change = UpdateWebhook { url: Some("https://receiver.dev/b".to_owned()), ..UpdateWebhook::default() };
    let error = webhooks(Some(work), public()).update(ORGANIZATION, WEBHOOK, change).await.unwrap_err();
    assert!(matches!(error, UpdateWebhookError::Duplicate), "{error}");
}

#[tokio::test]
async fn what_to_do_with_held_deliveries_needs_an_enabling() {
    let change = UpdateWebhook { held: Some(HeldDeliveries::Discard), ..UpdateWebhook::default() };
    let error = webhooks(None, public()).update(ORGANIZATION, WEBHOOK, change).await.unwrap_err();
    assert!(matches!(error, UpdateWebhookError::Invalid(rejection) if rejection.field == "held"));
}

#[tokio::test]
async fn deleting_cancels_what_waits_and_an_unknown_webhook_is_none() {
    let mut work = MockUnitOfWork::new();
    work.expect_lock_webhook().return_once(|_, _| Ok(Some(webhook(WebhookActivity::Active))));
    work.expect_delete_webhook().times(1).returning(|_, _| Ok(()));
    work.expect_move_waiting()
        .times(1)
        .withf(|_, how, _| *how == WaitingDeliveries::Cancel)
        .returning(|_, _, _| Ok(3));
    work.expect_commit().times(1).return_once(|| Ok(()));
    assert!(webhooks(Some(work), public()).delete(ORGANIZATION, WEBHOOK).await.unwrap());

    let mut work = MockUnitOfWork::new();
    work.expect_lock_webhook().return_once(|_, _| Ok(None));
    work.expect_commit().never();
    assert!(!webhooks(Some(work), public()).delete(ORGANIZATION, WEBHOOK).await.unwrap());
}

#[tokio::test]
async fn a_rotation_puts_a_new_secret_in_front_of_the_old_one() {
    let old = SigningSecret::from_random([1; 32]);
    let mut work = MockUnitOfWork::new();
    let before = Webhook { secrets: old.clone().into(), ..webhook(WebhookActivity::Active) };
    work.expect_lock_webhook().return_once(|_, _| Ok(Some(before)));
    work.expect_update_webhook().times(1).returning(|_| Ok(()));
    work.expect_commit().times(1).return_once(|| Ok(()));
    let rotated =
        webhooks(Some(work), public()).rotate_secret(ORGANIZATION, WEBHOOK, RotateSecret::default()).await;
    let new = SigningSecret::from_random([7; 32]);
    let day = std::time::Duration::from_secs(24 * 60 * 60);
    let secrets = rotated.unwrap().secrets;
    assert_eq!(secrets.signing_at(now()).unwrap(), [new.clone(), old]);
    assert_eq!(secrets.signing_at(now() + day).unwrap(), [new]);
}

/// A unit of work on a webhook with these secrets, which is changed and committed so many times.
fn work_on(secrets: WebhookSecrets, times: usize) -> MockUnitOfWork {
    let mut work = MockUnitOfWork::new();
    let before = Webhook { secrets, ..webhook(WebhookActivity::Active) };
    work.expect_lock_webhook().return_once(|_, _| Ok(Some(before)));
    let renewed = |webhook: &Webhook| webhook.secrets == SigningSecret::from_random([7; 32]).into();
    work.expect_update_webhook().times(times).withf(renewed).returning(|_| Ok(()));
    work.expect_commit().times(times).returning(|| Ok(()));
    work
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_is_rotated_without_an_overlap() {
    let work = work_on(WebhookSecrets::UNREADABLE, 1);
    let rotated =
        webhooks(Some(work), public()).rotate_secret(ORGANIZATION, WEBHOOK, RotateSecret::default()).await;
    assert_eq!(rotated.unwrap().secrets.retiring(), None);
}

#[tokio::test]
async fn only_a_secret_that_cannot_be_read_is_renewed() {
    let work = work_on(WebhookSecrets::UNREADABLE, 1);
    assert!(webhooks(Some(work), public()).renew_unreadable(ORGANIZATION, WEBHOOK).await.unwrap());
    // Somebody may have been quicker.
    let work = work_on(SigningSecret::from_random([1; 32]).into(), 0);
    assert!(!webhooks(Some(work), public()).renew_unreadable(ORGANIZATION, WEBHOOK).await.unwrap());
    let mut deleted = MockUnitOfWork::new();
    deleted.expect_lock_webhook().return_once(|_, _| Ok(None));
    assert!(!webhooks(Some(deleted), public()).renew_unreadable(ORGANIZATION, WEBHOOK).await.unwrap());
}

#[tokio::test]
async fn an_overlap_beyond_the_rule_never_reaches_the_store() {
    for overlap_seconds in [-1, 604_801] {
        let request = RotateSecret { overlap_seconds: Some(overlap_seconds) };
        let error = webhooks(None, public()).rotate_secret(ORGANIZATION, WEBHOOK, request).await.unwrap_err();
        assert!(matches!(error, RotateSecretError::Invalid(it) if it.field == "overlap_seconds"));
    }
}

#[tokio::test]
async fn a_webhooks_health_is_judged_by_its_hours_of_the_last_week() {
    let mut directory = MockDirectory::new();
    directory.expect_webhooks().returning(|_| Ok(vec![webhook(WebhookActivity::Active)]));
    directory.expect_webhook().returning(|_, _| Ok(Some(webhook(WebhookActivity::Active))));
    directory
        .expect_webhook_history()
        .withf(|organization_id, id, from| {
            (*organization_id, *id, *from) == (ORGANIZATION, WEBHOOK, WebhookHealth::looks_back_to(now()))
        })
        .returning(|_, _, _| {
            let hour = WebhookHour { delivered: 3, failed: 1, ..WebhookHour::empty(hour_of(now())) };
            Ok(WebhookHistory { hours: vec![hour], oldest_pending_at: Some(now()) })
        });
    let webhooks = Webhooks { directory: Arc::new(directory), ..webhooks(None, public()) };
    let (_, health) = webhooks.get_with_health(ORGANIZATION, WEBHOOK).await.unwrap().unwrap();
    assert_eq!((health.delivered_24h, health.failed_24h), (3, 1));
    assert_eq!(health.success_rate_24h.map(|rate| rate.as_fraction()), Some(0.75));
    assert_eq!(health.oldest_pending_at, Some(now()));
}

#[tokio::test]
async fn the_healths_of_several_webhooks_come_in_their_order() {
    let ids = [9, 5, 7].map(|number| WebhookId::new(Uuid::from_u128(number)));
    let mut directory = MockDirectory::new();
    directory
        .expect_webhook_histories()
        .times(1)
        .withf(move |organization_id, asked, from| {
            (*organization_id, asked.as_slice(), *from)
                == (ORGANIZATION, &ids[..], WebhookHealth::looks_back_to(now()))
        })
        .returning(move |_, _, _| {
            // In the order of identifiers, and of one that was deleted meanwhile nothing.
            Ok([(ids[1], 5), (ids[0], 9)]
                .map(|(id, delivered)| {
                    let hour = WebhookHour { delivered, ..WebhookHour::empty(hour_of(now())) };
                    (id, WebhookHistory { hours: vec![hour], oldest_pending_at: None })
                })
                .to_vec())
        });
    let webhooks = Webhooks { directory: Arc::new(directory), ..webhooks(None, public()) };
    let several = ids.map(|id| Webhook { id, ..webhook(WebhookActivity::Active) });
    let healths = webhooks.healths(ORGANIZATION, &several).await.unwrap();
    let delivered: Vec<_> = healths.iter().map(|health| health.delivered_24h).collect();
    assert_eq!(delivered, [9, 5, 0]);
    assert!(webhooks.healths(ORGANIZATION, &[]).await.unwrap().is_empty(), "nothing to ask for");
}

#[tokio::test]
async fn a_webhook_that_is_there_is_left_alone() {
    let ensured = webhooks(None, public())
        .ensure(ORGANIZATION, request("https://RECEIVER.dev/a", &["booking.confirmed"]))
        .await
        .unwrap();
    assert_eq!((ensured.id, ensured.url.as_sent()), (WEBHOOK, "https://receiver.dev/a"));
}

#[tokio::test]
async fn a_webhook_that_is_there_comes_to_want_what_is_asked_for_and_nothing_else_of_it_changes() {
    let mut work = MockUnitOfWork::new();
    work.expect_lock_webhook().times(1).return_once(|_, _| Ok(Some(webhook(PAUSED))));
    work.expect_update_webhook()
        .times(1)
        .withf(|changed| changed.events.iter().count() == 2 && changed.activity == PAUSED)
        .returning(|_| Ok(()));
    work.expect_commit().times(1).return_once(|| Ok(()));
    let both = ["booking.cancelled", "booking.confirmed"];
    let ensured = webhooks(Some(work), public())
        .ensure(ORGANIZATION, request("https://receiver.dev/a", &both))
        .await
        .unwrap();
    assert_eq!(ensured.secrets.current(), webhook(WebhookActivity::Active).secrets.current());
}

#[tokio::test]
async fn a_webhook_that_is_not_there_is_registered() {
    let mut work = work_with(Plan::Free, RegistrationFacts { registered: 1, url_taken: false });
    work.expect_insert_webhook().times(1).returning(|_| Ok(()));
    work.expect_commit().times(1).return_once(|| Ok(()));
    let ensured = webhooks(Some(work), public())
        .ensure(ORGANIZATION, request("https://receiver.dev/b", &["booking.confirmed"]))
        .await
        .unwrap();
    assert_eq!(ensured.url.as_sent(), "https://receiver.dev/b");
}

/// Between the look and the registration somebody else registers it; the second look finds it.
#[tokio::test]
async fn a_webhook_that_somebody_else_registers_meanwhile_is_found() {
    let mut work = work_with(Plan::Free, RegistrationFacts { registered: 1, url_taken: true });
    work.expect_commit().never();
    let mut looks = [vec![], vec![webhook(WebhookActivity::Active)]].into_iter();
    let mut directory = MockDirectory::new();
    directory.expect_webhooks().times(2).returning(move |_| Ok(looks.next().unwrap()));
    let ensured = Webhooks { directory: Arc::new(directory), ..webhooks(Some(work), public()) }
        .ensure(ORGANIZATION, request("https://receiver.dev/a", &["booking.confirmed"]))
        .await
        .unwrap();
    assert_eq!(ensured.id, WEBHOOK);
}
