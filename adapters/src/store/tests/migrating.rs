//! Making the tables.

use super::world::{World, answered, at, empty_databases, room, status};
use crate::store::{SqlStore, StoreOptions, migrations};
use sea_orm::ConnectionTrait as _;
use slotflow_application::ports::{
    DeliveryFilter, DeliveryLog as _, DeliveryQueue as _, Directory, Store as _,
};
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::event::EventType;
use slotflow_domain::organization::{Plan, PlanName};
use slotflow_domain::webhook::{DisabledReason, WebhookActivity};
use slotflow_domain::{DeliveryId, OrganizationId, WebhookId};
use uuid::Uuid;

#[tokio::test]
async fn several_processes_that_start_together_migrate_once() {
    for (url, _place) in empty_databases().await {
        let starts = (0..6).map(|_| {
            let url = url.clone();
            tokio::spawn(async move {
                let store = SqlStore::connect(&url, StoreOptions::default()).await.unwrap();
                store.migrate().await.unwrap();
                store.organizations().await.unwrap().len()
            })
        });
        for started in futures_util::future::join_all(starts).await {
            assert_eq!(started.unwrap(), 0);
        }
    }
}

#[tokio::test]
async fn migrating_again_keeps_what_is_there() {
    for world in World::all().await {
        world.store.migrate().await.unwrap();
        assert_eq!(world.store.organizations().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_database_of_the_first_version_is_brought_up_to_date_with_what_is_in_it() {
    for (url, _place) in empty_databases().await {
        let store = SqlStore::connect(&url, StoreOptions::default()).await.unwrap();
        migrations::run_some(&store, Some(1)).await.unwrap();
        let id = |number: u128| match url.starts_with("postgres") {
            true => format!("'{}'", Uuid::from_u128(number)),
            false => format!("x'{}'", Uuid::from_u128(number).simple()),
        };
        let bytes = if url.starts_with("postgres") { "'\\x00'" } else { "x'00'" };
        let secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        let (organization, webhook, created_at) = (id(1), id(2), at(7).as_millis());
        for sql in [
            format!("INSERT INTO organizations VALUES ({organization}, 'Startup', 'starter', {created_at})"),
            format!(
                "INSERT INTO webhooks VALUES ({webhook}, {organization}, 'https://a.io/', {bytes}, \
                 ',booking.confirmed,', '{secret}', NULL, {created_at}, NULL)"
            ),
        ] {
            store.writer().execute_unprepared(&sql).await.unwrap();
        }
        assert!(!store.is_up_to_date().await.unwrap());
        store.migrate().await.unwrap();
        assert!(store.is_up_to_date().await.unwrap());

        let organization_id = OrganizationId::new(Uuid::from_u128(1));
        let read = store.webhook(organization_id, WebhookId::new(Uuid::from_u128(2))).await.unwrap().unwrap();
        assert_eq!((read.activity, read.active_since), (WebhookActivity::Active, at(7)));
        assert_eq!(read.secrets.current().unwrap().expose(), secret);
        assert_eq!(read.secrets.retiring(), None);
        assert_eq!(store.next_due_after(at(0)).await.unwrap(), None);

        // It is on the plan it was on, and can go to one that the first version knew nothing of.
        assert_eq!(store.organization(organization_id).await.unwrap().unwrap().plan, Plan::Starter);
        let team = PlanName::parse("team").unwrap();
        let mut work = store.begin().await.unwrap();
        work.set_plan(organization_id, team.clone()).await.unwrap();
        work.commit().await.unwrap();
        assert_eq!(store.organization(organization_id).await.unwrap().unwrap().plan, team);
    }
}

/// An organization with an event, a webhook and a delivery, as the first version wrote them. Their ids are `id`.
fn rows_of_the_first_version(id: &str, payload: &str) -> [String; 4] {
    [
        format!("INSERT INTO organizations (id, name, plan, created_at) VALUES ({id}, 'Acme', 'free', 1)"),
        format!(
            "INSERT INTO events (id, organization_id, event_type, sequence, payload, created_at) \
             VALUES ({id}, {id}, 'booking.confirmed', 1, {payload}, 1)"
        ),
        format!(
            "INSERT INTO webhooks (id, organization_id, url, url_digest, events, secret, created_at) \
             VALUES ({id}, {id}, 'https://a.dev/', {payload}, ',booking.confirmed,', 'x', 1)"
        ),
        format!(
            "INSERT INTO deliveries (id, organization_id, webhook_id, event_id, status, wake_at, \
             finished_attempts, lost_claims, created_at) VALUES ({id}, {id}, {id}, {id}, 'pending', 1, 0, 0, 1)"
        ),
    ]
}

#[tokio::test]
async fn a_delivery_of_the_first_version_is_found_by_its_events_type_and_its_status() {
    for (url, _place) in empty_databases().await {
        let store = SqlStore::connect(&url, StoreOptions::default()).await.unwrap();
        migrations::run_some(&store, Some(1)).await.unwrap();
        let is_postgres = url.starts_with("postgres");
        let (id, payload) = if is_postgres {
            ("'00000000-0000-0000-0000-000000000001'::uuid", "'\\x7b7d'::bytea")
        } else {
            ("unhex('00000000000000000000000000000001')", "unhex('7b7d')")
        };
        for row in rows_of_the_first_version(id, payload) {
            store.writer().execute_unprepared(&row).await.unwrap();
        }
        store.migrate().await.unwrap();
        let of = |event_type| DeliveryFilter {
            event_type: Some(event_type),
            limit: 10,
            ..DeliveryFilter::default()
        };
        let organization_id = OrganizationId::new(Uuid::from_u128(1));
        let confirmed = store.deliveries(organization_id, of(EventType::BOOKING_CONFIRMED)).await.unwrap();
        assert_eq!(confirmed.deliveries[0].id, DeliveryId::new(Uuid::from_u128(1)));
        let cancelled = store.deliveries(organization_id, of(EventType::BOOKING_CANCELLED)).await.unwrap();
        assert_eq!(cancelled.deliveries, []);
        let pending =
            DeliveryFilter { status: Some(DeliveryStatus::Pending), limit: 10, ..DeliveryFilter::default() };
        assert_eq!(store.deliveries(organization_id, pending).await.unwrap(), confirmed);
    }
}

/// In a rolling upgrade a version that does not know `active_since` may still register webhooks.
#[tokio::test]
async fn a_webhook_that_an_old_version_registers_beside_this_one_is_active_since_then() {
    for world in World::all().await {
        let id = world.webhook().await;
        world.execute("UPDATE webhooks SET active_since = NULL").await;
        let read = async || world.store.webhook(world.organization_id, id).await.unwrap().unwrap();
        assert_eq!((read().await.activity, read().await.active_since), (WebhookActivity::Active, at(0)));
        for day in 0..=5 {
            let now = at(day * 24 * 60 * 60);
            for _ in 0..4 {
                world.publish(now).await;
            }
            let claimed = world.claim(now, room(99, 99)).await;
            let settled = claimed.iter().map(|one| answered(one, now, status(500))).collect();
            world.settle(settled).await.unwrap();
        }
        assert_eq!(read().await.activity, WebhookActivity::Disabled(DisabledReason::Failing));
    }
}

/// In a rolling upgrade a version that does not know durations counts attempts in the same hours.
#[tokio::test]
async fn attempts_that_an_old_version_counts_beside_this_one_are_not_among_the_timed_ones() {
    for world in World::all().await {
        let id = world.webhook().await;
        world.publish(at(1)).await;
        let claimed = world.claim(at(1), room(9, 9)).await;
        world.settle(vec![answered(&claimed[0], at(1), status(200))]).await.unwrap();
        // It adds to what is there, as every version does, and makes hours of its own.
        world.execute("UPDATE webhook_hours SET accepted_attempts = accepted_attempts + 5").await;
        world
            .execute(
                "INSERT INTO webhook_hours (webhook_id, hour_start, accepted_attempts, failed_attempts, delivered, \
                 failed, streak_attempts, streak_deliveries) \
                 SELECT webhook_id, hour_start + 3600000, 7, 0, 7, 0, 0, 0 FROM webhook_hours",
            )
            .await;
        let mut hours =
            world.store.webhook_history(world.organization_id, id, at(-3_600)).await.unwrap().hours;
        hours.sort_by_key(|hour| hour.start);
        let counts: Vec<_> =
            hours.iter().map(|hour| (hour.accepted_attempts, hour.timed_attempts, hour.attempt_ms)).collect();
        assert_eq!(counts, [(6, 1, 12), (7, 0, 0)]);
    }
}
