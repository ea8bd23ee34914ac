//! Processes that see each other live and die.

use super::world::{World, at, new_id, room, terms};
use crate::store::instances::Enrolment;
use crate::store::statement::{all, execute};
use crate::store::{EnrolError, SqlStore, StoreOptions};
use slotflow_application::ports::{Abandoned, DeliveryQueue as _, Instances as _};
use slotflow_domain::delivery::{ClaimToken, LeaseDuration};
use slotflow_domain::instance::{InstanceNumber, Watch};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Longer than it takes from a death to its discovery: the grace, two looks, and a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Long enough for a few looks, and for a grace to be over.
const A_WHILE: Duration = Duration::from_millis(4_500);

/// A store of its own, as another process would have one.
async fn another(world: &World) -> SqlStore {
    SqlStore::connect(&world.url, StoreOptions::default()).await.unwrap()
}

async fn until_dead(enrolment: &Enrolment, number: InstanceNumber) -> Duration {
    let began = Instant::now();
    while enrolment.dead() != [number] {
        assert!(began.elapsed() < PATIENCE, "{enrolment:?} has found {:?}", enrolment.dead());
        sleep(Duration::from_millis(20)).await;
    }
    began.elapsed()
}

async fn rows(store: &SqlStore) -> usize {
    all(store.reader(), "SELECT number FROM instances", vec![]).await.unwrap().len()
}

/// The lock files beside the database.
fn lock_files(world: &World) -> usize {
    let Some(path) = world.url.strip_prefix("sqlite://") else { return 0 };
    let folder = std::path::Path::new(path).parent().unwrap();
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().contains("-instance-")).count()
}

#[tokio::test]
async fn who_dies_is_found_dead_and_forgotten_and_who_leaves_is_not() {
    for world in World::all().await {
        let stores = (another(&world).await, another(&world).await);
        let (one, two) = (stores.0.enrol(at(0)).await.unwrap(), stores.1.enrol(at(1)).await.unwrap());
        let observer = world.store.enrol(at(2)).await.unwrap();
        assert!(one.number() < two.number() && two.number() < observer.number());
        sleep(A_WHILE).await;
        for enrolment in [&one, &two, &observer] {
            assert_eq!(enrolment.dead(), [], "all of them live");
        }
        let files = lock_files(&world);
        assert_eq!(files, if world.is_postgres() { 0 } else { 3 });

        let dead = two.number();
        two.leave().await;
        drop(two);
        let number = one.number();
        drop(one);
        let took = until_dead(&observer, number).await;
        if world.is_postgres() {
            assert!(took >= Watch::GRACE, "after {took:?}");
            assert!(took < Watch::GRACE + PATIENCE / 4, "after {took:?}");
        }
        assert_ne!(number, dead);
        assert_eq!(rows(&world.store).await, 2);
        observer.forget(vec![number]).await.unwrap();
        assert_eq!(observer.dead(), []);
        assert_eq!((rows(&world.store).await, lock_files(&world)), (1, files.min(1)));
        // Who comes now has a number of its own.
        let next = world.store.enrol(at(3)).await.unwrap();
        assert!(next.number() > observer.number());
        observer.leave().await;
        next.leave().await;
        assert_eq!((rows(&world.store).await, lock_files(&world)), (0, 0));
    }
}

#[tokio::test]
async fn on_sqlite_the_dead_are_known_as_soon_as_one_enrols() {
    let world = World::all().await.remove(0);
    let store = another(&world).await;
    let killed = store.enrol(at(0)).await.unwrap();
    let number = killed.number();
    drop(killed);
    // Its task ends at its next turn.
    tokio::task::yield_now().await;
    let observer = world.store.enrol(at(1)).await.unwrap();
    assert_eq!(observer.dead(), [number]);
    // Somebody has cleared away.
    std::fs::remove_file(format!("{}-instance-{number}", world.url.strip_prefix("sqlite://").unwrap()))
        .unwrap();
    observer.forget(vec![number]).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn on_sqlite_another_path_to_the_same_file_leads_to_the_same_locks() {
    let world = World::all().await.remove(0);
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("elsewhere.db");
    std::os::unix::fs::symlink(world.url.strip_prefix("sqlite://").unwrap(), &link).unwrap();
    let url = format!("sqlite://{}", link.display());
    let store = SqlStore::connect(&url, StoreOptions::default()).await.unwrap();
    let (one, other) = (world.store.enrol(at(0)).await.unwrap(), store.enrol(at(1)).await.unwrap());
    sleep(A_WHILE).await;
    assert_eq!((one.dead(), other.dead()), (vec![], vec![]));
}

#[tokio::test]
async fn on_sqlite_a_file_that_cannot_be_made_is_an_error_that_leaves_nothing_behind() {
    let world = World::all().await.remove(0);
    // A folder of its name is in the way.
    let path = format!("{}-instance-1", world.url.strip_prefix("sqlite://").unwrap());
    std::fs::create_dir(&path).unwrap();
    let error = world.store.enrol(at(0)).await.unwrap_err();
    assert!(
        matches!(&error, EnrolError::LockFile { path: told, .. } if told.ends_with("store.db-instance-1"))
    );
    assert_eq!(rows(&world.store).await, 0);
}

/// All connections that keep the locks of instances are cut.
async fn cut(world: &World) {
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE application_name = 'slotflow instance' AND datname = current_database()";
    all(world.store.writer(), sql, vec![]).await.unwrap();
}

#[tokio::test]
async fn on_postgres_whoever_loses_its_connection_takes_its_lock_again_and_is_not_dead() {
    let Some(world) = World::all().await.into_iter().find(World::is_postgres) else { return };
    let (one, two) =
        (world.store.enrol(at(0)).await.unwrap(), another(&world).await.enrol(at(1)).await.unwrap());
    for _ in 0..4 {
        cut(&world).await;
        sleep(Duration::from_millis(1_700)).await;
        let sql = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 \
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        assert_eq!(all(world.store.reader(), sql, vec![]).await.unwrap().len(), 2, "both are back");
        assert_eq!((one.dead(), two.dead()), (vec![], vec![]));
    }
}

#[tokio::test]
async fn on_postgres_nothing_is_taken_from_an_instance_that_has_come_back() {
    let Some(world) = World::all().await.into_iter().find(World::is_postgres) else { return };
    let one = world.store.enrol(at(0)).await.unwrap();
    let webhook_id = world.webhook().await;
    world.publish_to(&[webhook_id], at(0)).await;
    let mut terms = terms(at(0), room(1, 1));
    terms.lease.token = ClaimToken::of(Some(one.number()), new_id());
    assert_eq!(world.store.claim_due(terms).await.unwrap().deliveries.len(), 1);
    let longest = LeaseDuration::for_timeout(Duration::from_secs(10));
    let abandoned = Abandoned { by: vec![one.number()], now: at(1), longest };
    assert_eq!(world.store.end_leases(abandoned.clone()).await.unwrap(), 0, "it lives");
    let other = another(&world).await.enrol(at(1)).await.unwrap();
    other.forget(vec![one.number()]).await.unwrap();
    assert_eq!(rows(&world.store).await, 2, "nor is it forgotten");
    drop(one);
    sleep(Duration::from_millis(500)).await;
    assert_eq!(world.store.end_leases(abandoned).await.unwrap(), 1);
}

#[tokio::test]
async fn on_postgres_whoever_was_taken_for_dead_enrols_again_under_its_number() {
    let Some(world) = World::all().await.into_iter().find(World::is_postgres) else { return };
    let one = world.store.enrol(at(0)).await.unwrap();
    let sql = format!("DELETE FROM instances WHERE number = {}", one.number());
    execute(world.store.writer(), sql, vec![]).await.unwrap();
    let began = Instant::now();
    while rows(&world.store).await == 0 {
        assert!(began.elapsed() < PATIENCE);
        sleep(Duration::from_millis(50)).await;
    }
    let other = another(&world).await.enrol(at(1)).await.unwrap();
    assert!(other.number() > one.number());
    sleep(A_WHILE).await;
    assert_eq!(other.dead(), [], "it holds its lock");
    drop(other);
}
