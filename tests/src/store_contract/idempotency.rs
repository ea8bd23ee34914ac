//! Answers kept under keys: one for each, together with what it answers for.

use super::{StoreUnderTest, World};
use futures_util::future::join_all;
use slotflow_application::bookings::ConfirmBookingError;
use slotflow_application::bookings::Confirmation;
use slotflow_application::idempotency::{Idempotency, KeyedRequest, Once, Rendered};
use slotflow_application::ports::{BookingFilter, StoreError};
use slotflow_domain::booking::{Booking, BookingRequest};
use slotflow_domain::idempotency::{Answer, AnswerBody, IdempotencyKey, KEPT_FOR, KeptAnswer, RequestDigest};
use slotflow_domain::{OrganizationId, WebhookId};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::parse(text.as_bytes()).unwrap()
}

fn digest(body: &str) -> RequestDigest {
    RequestDigest::of("POST", "/v1/bookings", None, body.as_bytes())
}

fn text(status: u16, body: &str) -> Answer {
    Answer { status, body: AnswerBody::Bytes(body.as_bytes().to_vec()) }
}

fn kept(world: &World, organization_id: OrganizationId, text_of_key: &str, answer: Answer) -> KeptAnswer {
    KeptAnswer {
        organization_id,
        key: key(text_of_key),
        request: digest("1"),
        answer,
        answered_at: world.now(),
    }
}

async fn read(world: &World, organization_id: OrganizationId, text: &str) -> Option<KeptAnswer> {
    world.store.directory.kept_answer(organization_id, key(text)).await.unwrap()
}

async fn keep(world: &World, answer: &KeptAnswer) {
    let mut work = world.begin().await;
    assert_eq!(work.keep_answer(answer).await.unwrap(), None, "it is the first");
    work.commit().await.unwrap();
}

fn idempotency(world: &World) -> Idempotency {
    Idempotency {
        store: Arc::clone(&world.store.store),
        directory: Arc::clone(&world.store.directory),
        clock: Arc::new(world.clock.clone()),
    }
}

/// Books under a key, as a client that sends `body`. The answer is the booking's id or the refusal.
async fn book(
    world: &World,
    organization_id: OrganizationId,
    body: &str,
    request: BookingRequest,
) -> Result<Once<Answer>, StoreError> {
    let keyed = KeyedRequest { organization_id, key: key("k"), digest: digest(body) };
    let bookings = world.bookings();
    let change = bookings.prepare_booking(Confirmation { organization_id, request, trace_context: None });
    idempotency(world).run(&keyed, change, render).await
}

fn render(outcome: Result<Booking, ConfirmBookingError>) -> Rendered<Answer> {
    let answer = match outcome {
        Ok(booking) => text(201, &booking.id.to_string()),
        Err(ConfirmBookingError::SlotUnavailable(_)) => text(409, "taken"),
        Err(ConfirmBookingError::Store(error)) => text(503, &error.to_string()),
    };
    Rendered { response: answer.clone(), answer }
}

async fn bookings_and_events(world: &World, organization_id: OrganizationId) -> (u64, usize) {
    let filter = BookingFilter { limit: 100, ..BookingFilter::default() };
    let page = world.store.directory.bookings(organization_id, filter).await.unwrap();
    (page.total, world.deliveries(organization_id).await.len())
}

pub async fn an_answer_is_kept_as_it_was_given(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let longest = "~".repeat(255);
    for (text_of_key, answer) in [
        ("a", text(201, "{\"name\":\"é\"}")),
        (longest.as_str(), text(402, "")),
        ("A", Answer { status: 200, body: AnswerBody::Webhook(WebhookId::new(Uuid::from_u128(7))) }),
        ("!", Answer { status: 422, body: AnswerBody::Bytes(vec![0, 255, 13, 10]) }),
    ] {
        let answer = kept(&world, organization_id, text_of_key, answer);
        keep(&world, &answer).await;
        assert_eq!(read(&world, organization_id, text_of_key).await, Some(answer));
    }
    assert_eq!(read(&world, organization_id, "b").await, None);
}

pub async fn an_answer_is_there_for_others_when_it_is_committed(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let answer = kept(&world, organization_id, "k", text(201, "{}"));
    let mut work = world.begin().await;
    work.keep_answer(&answer).await.unwrap();
    assert_eq!(read(&world, organization_id, "k").await, None, "not before");
    work.commit().await.unwrap();
    assert_eq!(read(&world, organization_id, "k").await, Some(answer));
}

pub async fn a_dropped_unit_of_work_keeps_no_answer_and_no_change(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let request = world.request(world.human(), 60);
    let prepared = world
        .bookings()
        .prepare_booking(Confirmation { organization_id, request: request.clone(), trace_context: None })
        .await
        .unwrap();
    drop(prepared);
    let mut work = world.begin().await;
    work.keep_answer(&kept(&world, organization_id, "k", text(201, "{}"))).await.unwrap();
    drop(work);
    assert_eq!(read(&world, organization_id, "k").await, None);
    assert_eq!(bookings_and_events(&world, organization_id).await, (0, 0));

    let again = book(&world, organization_id, "1", request).await.unwrap();
    assert!(matches!(again, Once::Now(Answer { status: 201, .. })), "{again:?}");
}

pub async fn a_second_answer_under_a_key_is_refused_with_the_first(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let first = kept(&world, organization_id, "k", text(201, "first"));
    keep(&world, &first).await;
    let second = KeptAnswer { request: digest("2"), answer: text(201, "second"), ..first.clone() };
    let mut work = world.begin().await;
    assert_eq!(work.keep_answer(&second).await.unwrap(), Some(first.clone()));
    drop(work);
    assert_eq!(read(&world, organization_id, "k").await, Some(first));
}

pub async fn keys_of_two_organizations_have_nothing_in_common(store: StoreUnderTest) {
    let world = World::new(store);
    let organizations = [world.organization().await.id, world.organization().await.id];
    for (organization_id, body) in organizations.into_iter().zip(["ours", "theirs"]) {
        assert_eq!(read(&world, organization_id, "k").await, None);
        keep(&world, &kept(&world, organization_id, "k", text(201, body))).await;
    }
    let ours = read(&world, organizations[0], "k").await.unwrap();
    assert_eq!(ours.answer, text(201, "ours"));
}

pub async fn an_expired_answer_is_replaced(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let first = kept(&world, organization_id, "k", text(201, "first"));
    keep(&world, &first).await;
    world.clock.advance(KEPT_FOR - Duration::from_millis(1));
    let webhook = AnswerBody::Webhook(WebhookId::new(Uuid::from_u128(7)));
    let answer = Answer { status: 200, body: webhook };
    let early = KeptAnswer { request: digest("2"), ..kept(&world, organization_id, "k", answer.clone()) };
    let mut work = world.begin().await;
    assert_eq!(work.keep_answer(&early).await.unwrap(), Some(first));
    drop(work);
    world.clock.advance(Duration::from_millis(1));
    let second = KeptAnswer { request: digest("2"), ..kept(&world, organization_id, "k", answer) };
    keep(&world, &second).await;
    assert_eq!(read(&world, organization_id, "k").await, Some(second));
}

pub async fn the_same_request_again_gets_the_first_answer(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://receiver.io/").await;
    let request = world.request(world.human(), 60);
    let Once::Now(first) = book(&world, organization_id, "1", request.clone()).await.unwrap() else {
        panic!("the first is carried out");
    };
    assert_eq!(first.status, 201);
    for hours in [0, 12, 11] {
        world.clock.advance(Duration::from_secs(hours * 60 * 60));
        let again = book(&world, organization_id, "1", request.clone()).await.unwrap();
        assert_eq!(again, Once::Before(first.clone()));
    }
    assert_eq!(bookings_and_events(&world, organization_id).await, (1, 1));
}

pub async fn another_request_under_the_key_is_a_conflict(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let request = world.request(world.human(), 60);
    book(&world, organization_id, "1", request.clone()).await.unwrap();
    let other = world.request(world.human(), 60);
    assert_eq!(book(&world, organization_id, "2", other.clone()).await.unwrap(), Once::Conflict);
    assert_eq!(bookings_and_events(&world, organization_id).await.0, 1);
    world.clock.advance(KEPT_FOR);
    let later = book(&world, organization_id, "2", other).await.unwrap();
    assert!(matches!(later, Once::Now(Answer { status: 201, .. })), "the key is free again: {later:?}");
}

pub async fn a_refusal_is_repeated_although_it_would_work_now(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let human = world.human();
    let taken = world.request(human, 60);
    let booking = world.bookings().confirm(organization_id, taken.clone()).await.unwrap();
    let refused = book(&world, organization_id, "1", taken.clone()).await.unwrap();
    assert_eq!(refused, Once::Now(text(409, "taken")));
    world.bookings().cancel(organization_id, booking.id, None).await.unwrap();
    let again = book(&world, organization_id, "1", taken).await.unwrap();
    assert_eq!(again, Once::Before(text(409, "taken")));
}

pub async fn of_ten_parallel_equal_requests_one_is_carried_out_and_all_get_its_answer(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://receiver.io/").await;
    for round in 0..5 {
        world.clock.advance(KEPT_FOR);
        let request = world.request(world.human(), 60);
        let tasks = (0..10).map(|_| {
            let (world, request) = (world.clone(), request.clone());
            tokio::spawn(async move { book(&world, organization_id, "1", request).await.unwrap() })
        });
        let answers: Vec<_> = join_all(tasks).await.into_iter().map(Result::unwrap).collect();
        let firsts: Vec<_> = answers.iter().filter(|once| matches!(once, Once::Now(_))).collect();
        let [Once::Now(first)] = firsts.as_slice() else { panic!("{answers:?}") };
        assert_eq!(first.status, 201);
        let repeated = answers.iter().filter(|once| **once == Once::Before(first.clone())).count();
        assert_eq!(repeated, 9, "{answers:?}");
        assert_eq!(bookings_and_events(&world, organization_id).await, (round + 1, round as usize + 1));
    }
}

pub async fn of_ten_parallel_different_requests_under_one_key_one_is_carried_out(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://receiver.io/").await;
    // Of humans of their own, so that nothing but the key is in the way.
    let tasks = (0..10).map(|number: u32| {
        let (world, request) = (world.clone(), world.request(world.human(), 60));
        tokio::spawn(
            async move { book(&world, organization_id, &number.to_string(), request).await.unwrap() },
        )
    });
    let answers: Vec<_> = join_all(tasks).await.into_iter().map(Result::unwrap).collect();
    let carried_out = answers.iter().filter(|once| matches!(once, Once::Now(_))).count();
    let conflicts = answers.iter().filter(|once| **once == Once::Conflict).count();
    assert_eq!((carried_out, conflicts), (1, 9), "{answers:?}");
    assert_eq!(bookings_and_events(&world, organization_id).await, (1, 1));
}
