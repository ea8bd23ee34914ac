//! A unit of work that strangers share waits for nobody's locks. Where transactions that write take turns there are
//! none to wait for.

use super::world::{World, at, new_id};
use crate::system::{SystemClock, SystemEntropy};
use slotflow_application::FirstAttempts;
use slotflow_application::bookings::{BookingIntake, Bookings, Confirmation};
use slotflow_application::ports::{Store, StoreError};
use slotflow_domain::booking::{AttendeeName, BookingRequest, DurationMinutes, Metadata, TimeSlot};
use slotflow_domain::event::EventType;
use slotflow_domain::{HumanId, OrganizationId};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

fn asked(organization_id: OrganizationId) -> Confirmation {
    let request = BookingRequest {
        human_id: HumanId::new(new_id()),
        slot: TimeSlot::new(at(0), DurationMinutes::new(30).unwrap()).unwrap(),
        attendee_name: AttendeeName::parse("Alex").unwrap(),
        attendee_email: None,
        metadata: Metadata::empty(),
    };
    Confirmation { organization_id, request, trace_context: None }
}

fn bookings(world: &World) -> Bookings {
    Bookings {
        store: Arc::new(world.store.clone()),
        directory: Arc::new(world.store.clone()),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy::new().unwrap()),
        first_attempts: FirstAttempts::none(),
    }
}

async fn with_locks() -> Vec<World> {
    World::all().await.into_iter().filter(World::is_postgres).collect()
}

#[tokio::test]
async fn it_gives_up_on_a_lock_and_changes_nothing() {
    for world in with_locks().await {
        let webhook_id = world.webhook().await;
        let mut holder = world.store.begin().await.unwrap();
        holder.lock_webhook(world.organization_id, webhook_id).await.unwrap().unwrap();
        let wanting = BTreeSet::from([world.organization_id]);
        let mut shared = world.store.begin_shared().await.unwrap();
        let error = shared.webhooks_wanting(&wanting, &EventType::BOOKING_CONFIRMED).await.unwrap_err();
        assert!(matches!(error, StoreError::Contended(_)), "{error}");
        drop(shared);
        drop(holder);

        // The limit was the transaction's own: whoever has its connection next waits as usual.
        let mut holder = world.store.begin().await.unwrap();
        holder.lock_webhook(world.organization_id, webhook_id).await.unwrap().unwrap();
        let waiting = async {
            let mut work = world.store.begin().await.unwrap();
            work.webhooks_wanting(&wanting, &EventType::BOOKING_CONFIRMED).await.map(|found| found.len())
        };
        let release = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            drop(holder);
        };
        let (found, ()) = futures_util::future::join(waiting, release).await;
        assert_eq!(found.unwrap(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bookings_do_not_wait_for_what_another_organization_has_locked() {
    for world in with_locks().await {
        let webhook_id = world.webhook().await;
        let stranger = world.another_organization().await;
        let intake = BookingIntake::new(bookings(&world), 1);
        let mut holder = world.store.begin().await.unwrap();
        holder.lock_webhook(world.organization_id, webhook_id).await.unwrap().unwrap();

        let book = |organization_id| {
            let intake = intake.clone();
            tokio::spawn(async move { intake.confirm(asked(organization_id)).await.unwrap() })
        };
        // The first is made alone and is stuck; the others share a batch, and so it goes on.
        let stuck: Vec<_> = (0..3).map(|_| book(world.organization_id)).collect();
        for _ in 0..3 {
            let strangers: Vec<_> = (0..3).map(|_| book(stranger)).collect();
            for one in strangers {
                assert_eq!(one.await.unwrap().organization_id, stranger);
            }
        }
        assert!(stuck.iter().all(|one| !one.is_finished()), "the lock is held");
        drop(holder);
        for one in stuck {
            assert_eq!(one.await.unwrap().organization_id, world.organization_id);
        }
    }
}
