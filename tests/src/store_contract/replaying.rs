//! A span of time, once more.

use super::{StoreUnderTest, World, answered};
use futures_util::future::join_all;
use slotflow_application::ports::DeliveryRecord;
use slotflow_application::repairs::{ReplayError, ReplayRequest, ReplayRound};
use slotflow_domain::delivery::{Delivery, DeliveryState, DeliveryStatus, FinalStatus, Progress, Replay};
use slotflow_domain::event::{Event, EventType, Payload, Sequence};
use slotflow_domain::{DeliveryId, EventId, OrganizationId, Timestamp, WebhookId};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// An organization with one webhook whose events have been failing.
struct Failing {
    world: World,
    organization_id: OrganizationId,
    webhook_id: WebhookId,
    since: Timestamp,
}

impl Failing {
    /// So many events, a second apart, all of whose deliveries failed.
    async fn of(store: StoreUnderTest, events: usize) -> Self {
        Self::within(World::new(store), events).await
    }

    /// The same, beside what is there.
    async fn within(world: World, events: usize) -> Self {
        let organization_id = world.organization().await.id;
        let webhook_id = world.webhook(organization_id, "https://a.io/").await.id;
        let since = world.now();
        let failing = Self { world, organization_id, webhook_id, since };
        failing.happen(events, Some(FinalStatus::Failed)).await;
        failing
    }

    /// Makes so many more events, each with a delivery that ended like this, or with none.
    async fn happen(&self, events: usize, ended: Option<FinalStatus>) {
        let world = &self.world;
        let mut work = world.begin().await;
        for _ in 0..events {
            let created_at = world.now();
            let event = Event {
                id: EventId::new(Uuid::from_u128(world.entropy_id())),
                organization_id: self.organization_id,
                event_type: EventType::BOOKING_CONFIRMED,
                booking_id: None,
                sequence: Sequence(1),
                payload: Payload::from_stored(b"{}".to_vec()),
                created_at,
                trace_context: None,
            };
            let state = ended.map(|ended| match ended {
                FinalStatus::Delivered => DeliveryState::Delivered { at: created_at },
                FinalStatus::Failed => DeliveryState::Failed { at: created_at },
                FinalStatus::Cancelled => DeliveryState::Cancelled { at: created_at },
            });
            let delivery = state.map(|state| Delivery {
                id: DeliveryId::new(Uuid::from_u128(world.entropy_id())),
                organization_id: self.organization_id,
                webhook_id: self.webhook_id,
                event_id: event.id,
                progress: Progress::from_stored(state, 0, 0),
                retry_of: None,
                created_at,
            });
            work.insert_events(std::slice::from_ref(&event), delivery.as_slice()).await.unwrap();
            world.clock.advance(Duration::from_secs(1));
        }
        work.commit().await.unwrap();
    }

    fn request(&self, status: Option<FinalStatus>) -> ReplayRequest {
        ReplayRequest { since: self.since, until: None, status }
    }

    async fn replay(&self, request: ReplayRequest) -> u64 {
        self.world.repairs().replay(self.organization_id, self.webhook_id, request).await.unwrap()
    }

    async fn size(&self, request: ReplayRequest) -> u64 {
        self.world.repairs().replay_size(self.organization_id, self.webhook_id, request).await.unwrap()
    }

    /// The deliveries that replays have made.
    async fn made(&self) -> Vec<DeliveryRecord> {
        let mut all = self.world.deliveries(self.organization_id).await;
        all.retain(|delivery| delivery.retry_of.is_some());
        all
    }

    /// Lets a replayer work until nothing moves any more.
    async fn carry_out(&self) {
        while self.world.replayer().round().await.unwrap() == ReplayRound::Advanced {}
    }

    /// Lets what is due succeed.
    async fn deliver(&self) {
        loop {
            let claimed = self.world.claim(1_000).await;
            if claimed.is_empty() {
                return;
            }
            let settled = claimed.iter().map(|it| self.world.settled(it, answered(200)));
            self.world.store.queue.settle(settled.collect(), self.world.settle_terms()).await.unwrap();
        }
    }

    async fn unfinished(&self) -> usize {
        self.world.store.replays.unfinished_replays(None, 1_000).await.unwrap().len()
    }
}

pub async fn a_replay_takes_what_its_latest_delivery_says(store: StoreUnderTest) {
    let failing = Failing::of(store, 3).await;
    let world = &failing.world;
    failing.happen(2, Some(FinalStatus::Delivered)).await;
    failing.happen(4, Some(FinalStatus::Cancelled)).await;
    // One of the failed ones is retried with success, another is just being retried.
    let failed = world.deliveries(failing.organization_id).await;
    let failed: Vec<_> = failed.iter().filter(|it| it.status == DeliveryStatus::Failed).collect();
    world.repairs().retry(failing.organization_id, failed[0].id).await.unwrap();
    failing.deliver().await;
    world.repairs().retry(failing.organization_id, failed[1].id).await.unwrap();
    world.clock.advance(Duration::from_secs(1));
    for (status, expected) in [
        (Some(FinalStatus::Failed), 1),
        (Some(FinalStatus::Delivered), 3),
        (Some(FinalStatus::Cancelled), 4),
        (None, 8),
    ] {
        assert_eq!(failing.size(failing.request(status)).await, expected, "{status:?}");
    }
    assert_eq!(failing.replay(failing.request(Some(FinalStatus::Failed))).await, 1);
    failing.carry_out().await;
    let made = failing.made().await;
    assert_eq!((made.len(), made[0].retry_of), (3, Some(failed[2].id)));
}

pub async fn a_replay_takes_its_span_and_nothing_beside_it(store: StoreUnderTest) {
    let failing = Failing::of(store, 10).await;
    let at = |seconds| failing.since + Duration::from_secs(seconds);
    for (since, until, expected) in [
        (0, None, 10),
        (0, Some(10), 10),
        (0, Some(1), 1),
        (2, Some(5), 3),
        (9, Some(10), 1),
        (5, Some(999_999), 5),
    ] {
        let request = ReplayRequest { since: at(since), until: until.map(at), status: None };
        assert_eq!(failing.size(request).await, expected, "{since} until {until:?}");
    }
    let request = ReplayRequest { since: at(2), until: Some(at(5)), status: None };
    assert_eq!(failing.replay(request).await, 3);
    failing.carry_out().await;
    assert_eq!(failing.made().await.len(), 3);
    assert_eq!(failing.unfinished().await, 0);
    let request = ReplayRequest { since: at(5), until: Some(at(5)), status: None };
    let refused = failing.world.repairs().replay(failing.organization_id, failing.webhook_id, request).await;
    assert!(matches!(refused, Err(ReplayError::Invalid(rejection)) if rejection.field == "since"));
}

pub async fn tests_and_other_webhooks_are_not_replayed(store: StoreUnderTest) {
    let failing = Failing::of(store, 1).await;
    let world = &failing.world;
    let other = world.webhook(failing.organization_id, "https://b.io/").await.id;
    world.repairs().send_test(failing.organization_id, failing.webhook_id).await.unwrap();
    world.repairs().send_test(failing.organization_id, other).await.unwrap();
    failing.deliver().await;
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(failing.replay(failing.request(None)).await, 1);
    let others = world.repairs().replay(failing.organization_id, other, failing.request(None)).await;
    assert_eq!(others.unwrap(), 0);
    assert_eq!(failing.unfinished().await, 1, "what takes nothing is finished at once");
    failing.carry_out().await;
    let made = failing.made().await;
    assert_eq!((made.len(), made[0].webhook_id), (1, failing.webhook_id));
}

pub async fn a_replayed_delivery_names_the_one_that_it_repeats(store: StoreUnderTest) {
    let failing = Failing::of(store, 2).await;
    let before = failing.world.deliveries(failing.organization_id).await;
    failing.replay(failing.request(None)).await;
    failing.carry_out().await;
    let made = failing.made().await;
    assert_eq!(made.len(), 2);
    for delivery in &made {
        let old = before.iter().find(|it| Some(it.id) == delivery.retry_of).expect("the one it repeats");
        assert_eq!((delivery.event_id, delivery.status), (old.event_id, DeliveryStatus::Pending));
        assert_eq!((delivery.attempt_count, delivery.created_at), (0, failing.world.now()));
        assert_eq!(delivery.next_attempt_at, Some(failing.world.now()));
    }
    failing.deliver().await;
    assert!(failing.made().await.iter().all(|it| it.status == DeliveryStatus::Delivered));
}

pub async fn what_ends_after_a_replay_was_accepted_is_not_part_of_it(store: StoreUnderTest) {
    let failing = Failing::of(store, 1).await;
    failing.world.book(failing.organization_id).await;
    failing.world.clock.advance(Duration::from_secs(1));
    assert_eq!(failing.replay(failing.request(None)).await, 1);
    failing.world.clock.advance(Duration::from_secs(1));
    failing.deliver().await;
    failing.carry_out().await;
    assert_eq!(failing.made().await.len(), 1);
}

pub async fn a_dry_run_counts_the_same_and_keeps_nothing(store: StoreUnderTest) {
    let failing = Failing::of(store, 5).await;
    let request = failing.request(Some(FinalStatus::Failed));
    assert_eq!(failing.size(request).await, 5);
    assert_eq!((failing.unfinished().await, failing.made().await.len()), (0, 0));
    assert_eq!(failing.replay(request).await, 5);
}

pub async fn a_long_replay_is_made_in_batches_and_goes_on_after_a_restart(store: StoreUnderTest) {
    let failing = Failing::of(store, 2 * Replay::BATCH + 50).await;
    assert_eq!(failing.replay(failing.request(None)).await, 250);
    let mut counts = Vec::new();
    for _ in 0..3 {
        // Each time another one: what it needs to go on is in the store.
        assert_eq!(failing.world.replayer().round().await.unwrap(), ReplayRound::Advanced);
        counts.push(failing.made().await.len());
    }
    assert_eq!(counts, [100, 200, 250]);
    assert_eq!(failing.world.replayer().round().await.unwrap(), ReplayRound::Idle);
    let repeated: BTreeSet<_> = failing.made().await.iter().map(|it| it.retry_of).collect();
    assert_eq!(repeated.len(), 250, "each once");
}

pub async fn no_batch_is_made_while_many_deliveries_wait(store: StoreUnderTest) {
    let failing = Failing::of(store, 500).await;
    assert_eq!(failing.replay(failing.request(None)).await, 500);
    let mut steps = Vec::new();
    for _ in 0..4 {
        failing.carry_out().await;
        steps.push(failing.made().await.len());
        failing.deliver().await;
    }
    let most = Replay::MOST_WAITING + Replay::BATCH;
    assert_eq!(steps, [most, 500, 500, 500]);
    assert_eq!(failing.unfinished().await, 0);
}

pub async fn a_long_way_without_anything_to_send_is_gone_in_stretches(store: StoreUnderTest) {
    let failing = Failing::of(store, 1).await;
    failing.happen(5_500, None).await;
    failing.happen(1, Some(FinalStatus::Failed)).await;
    assert_eq!(failing.replay(failing.request(None)).await, 2);
    failing.carry_out().await;
    assert_eq!((failing.made().await.len(), failing.unfinished().await), (2, 0));
}

pub async fn several_replayers_make_each_delivery_once(store: StoreUnderTest) {
    let failing = Failing::of(store, 250).await;
    failing.replay(failing.request(None)).await;
    while failing.unfinished().await > 0 {
        let rounds = (0..4).map(|_| {
            let replayer = failing.world.replayer();
            tokio::spawn(async move { replayer.round().await })
        });
        for round in join_all(rounds).await {
            // Who waits for the store too long would be told so; that is no reason to make anything twice.
            round.unwrap().unwrap();
        }
    }
    let made = failing.made().await;
    let repeated: BTreeSet<_> = made.iter().map(|it| it.retry_of).collect();
    assert_eq!((made.len(), repeated.len()), (250, 250));
}

pub async fn deleting_the_webhook_ends_its_replays(store: StoreUnderTest) {
    let failing = Failing::of(store, 150).await;
    failing.replay(failing.request(None)).await;
    failing.world.replayer().round().await.unwrap();
    failing.world.webhooks().delete(failing.organization_id, failing.webhook_id).await.unwrap();
    failing.carry_out().await;
    let made = failing.made().await;
    assert_eq!((made.len(), failing.unfinished().await), (100, 0));
    assert!(made.iter().all(|it| it.status == DeliveryStatus::Cancelled));
}

pub async fn a_replay_for_a_disabled_webhook_is_held(store: StoreUnderTest) {
    let failing = Failing::of(store, 3).await;
    failing.world.set_active(failing.organization_id, failing.webhook_id, false).await;
    failing.replay(failing.request(None)).await;
    failing.carry_out().await;
    let made = failing.made().await;
    assert!(made.iter().all(|it| it.status == DeliveryStatus::Held), "{made:?}");
    assert_eq!((made.len(), failing.unfinished().await), (3, 0));
}

pub async fn two_replays_go_on_side_by_side(store: StoreUnderTest) {
    let failing = Failing::of(store, 120).await;
    let world = &failing.world;
    let b = world.webhook(failing.organization_id, "https://b.io/").await.id;
    let (organization_id, since) = (failing.organization_id, failing.since);
    let of_b = Failing { world: world.clone(), webhook_id: b, organization_id, since };
    of_b.happen(120, Some(FinalStatus::Failed)).await;
    assert_eq!(failing.replay(failing.request(None)).await, 120);
    assert_eq!(of_b.replay(of_b.request(None)).await, 120);
    world.replayer().round().await.unwrap();
    let made = failing.made().await;
    let to = |id| made.iter().filter(|it| it.webhook_id == id).count();
    assert_eq!((to(failing.webhook_id), to(b)), (100, 100));
    failing.carry_out().await;
    assert_eq!(failing.made().await.len(), 240);
}

pub async fn replays_that_cannot_go_on_do_not_hold_up_another_organizations(store: StoreUnderTest) {
    let stuck = Failing::of(store, Replay::MOST_WAITING + 1).await;
    let world = &stuck.world;
    world.set_active(stuck.organization_id, stuck.webhook_id, false).await;
    stuck.replay(stuck.request(None)).await;
    stuck.carry_out().await;
    assert_eq!((stuck.made().await.len(), stuck.unfinished().await), (Replay::MOST_WAITING + 1, 0));
    // All of that is held. What is asked for now has no room, however often it is asked for.
    stuck.happen(1, Some(FinalStatus::Failed)).await;
    for _ in 0..120 {
        assert_eq!(stuck.replay(stuck.request(None)).await, 1);
    }
    let waiting = world.store.replays.waiting_deliveries(stuck.webhook_id, 1_000).await.unwrap();
    assert_eq!(waiting, Replay::MOST_WAITING + 1);
    let few = world.store.replays.waiting_deliveries(stuck.webhook_id, 5).await.unwrap();
    assert_eq!(few, 5);

    let other = Failing::within(world.clone(), 3).await;
    assert_eq!(other.replay(other.request(None)).await, 3);
    assert_eq!(world.replayer().round().await.unwrap(), ReplayRound::Advanced);
    assert_eq!((other.made().await.len(), other.unfinished().await), (3, 120));
    assert_eq!(world.replayer().round().await.unwrap(), ReplayRound::Waiting);
}

pub async fn a_page_of_unfinished_replays_begins_behind_the_last_one(store: StoreUnderTest) {
    let failing = Failing::of(store, 1).await;
    for place in 0..5 {
        failing.replay(failing.request(None)).await;
        // Several of one moment, too.
        failing.world.clock.advance(Duration::from_secs(place % 2));
    }
    let replays = &failing.world.store.replays;
    let all = replays.unfinished_replays(None, 10).await.unwrap();
    assert!(all.is_sorted_by(|a, b| a.place < b.place) && all.len() == 5, "{all:?}");
    assert!(all.iter().all(|replay| replay.webhook_id == failing.webhook_id));
    let mut paged = replays.unfinished_replays(None, 2).await.unwrap();
    while let Some(last) = paged.last() {
        let next = replays.unfinished_replays(Some(last.place), 2).await.unwrap();
        if next.is_empty() {
            break;
        }
        paged.extend(next);
    }
    assert_eq!(paged, all);
}

pub async fn a_foreign_or_unknown_webhook_is_not_replayed(store: StoreUnderTest) {
    let failing = Failing::of(store, 1).await;
    let stranger = failing.world.organization().await.id;
    let unknown = WebhookId::new(Uuid::from_u128(7));
    let repairs = failing.world.repairs();
    for (organization_id, id) in [(stranger, failing.webhook_id), (failing.organization_id, unknown)] {
        let request = failing.request(None);
        for refused in [
            repairs.replay(organization_id, id, request).await,
            repairs.replay_size(organization_id, id, request).await,
        ] {
            assert!(matches!(refused, Err(ReplayError::NotFound)), "{refused:?}");
        }
    }
}

pub async fn a_dropped_batch_never_happened(store: StoreUnderTest) {
    let failing = Failing::of(store, 3).await;
    failing.replay(failing.request(None)).await;
    let id = failing.world.store.replays.unfinished_replays(None, 1).await.unwrap()[0].place.id;
    let mut work = failing.world.begin().await;
    let mut replay = work.lock_replay(id).await.unwrap().unwrap();
    replay.end(failing.world.now());
    work.update_replay(&replay).await.unwrap();
    drop(work);
    // On PostgreSQL the lock goes a moment later, and until then others pass over the replay.
    let patience = Instant::now() + Duration::from_secs(10);
    while failing.made().await.is_empty() && Instant::now() < patience {
        failing.carry_out().await;
    }
    assert_eq!(failing.made().await.len(), 3);
}
