//! The hot statements find their rows by the indexes that were made for them.

use super::world::{World, at, new_id};
use crate::store::backlog_reader::BACKLOG_SQL;
use crate::store::bulk::{MAX_ROWS, Rows, in_list};
use crate::store::candidates::{Candidate, WINDOW, window_sql};
use crate::store::claim::lock_due_statement;
use crate::store::dialect::Dialect;
use crate::store::end_leases::held_by;
use crate::store::failing::hours_sql;
use crate::store::news::listeners_sql;
use crate::store::retention::{LOOK_AT_DELIVERIES, LOOK_AT_EVENTS, lock_deliveries_statement, look_values};
use crate::store::statement::all;
use crate::store::webhook_hours::{OF_WEBHOOK, OLDEST_PENDING};
use crate::store::{
    SqlStore, StoreOptions, delivery_listing, event_log, organization_hours, replays, webhook_histories,
};
use sea_orm::{ConnectionTrait as _, Value};
use slotflow_application::ports::{Abandoned, DeliveryFilter, EventFilter, ListPosition};
use slotflow_domain::delivery::{DeliveryStatus, LeaseDuration, ReplaySelection, ReplaySpan};
use slotflow_domain::event::EventType;
use slotflow_domain::instance::InstanceNumber;
use slotflow_domain::{BookingId, DeliveryId, EventId, ReplayId, WebhookId};
use std::time::Duration;

/// SQLite's plan of a statement, a line per step.
async fn plan(world: &World, sql: &str, values: Vec<Value>) -> String {
    let rows = all(world.store.writer(), format!("EXPLAIN QUERY PLAN {sql}"), values).await.unwrap();
    rows.iter().map(|row| row.try_get_by::<String, _>("detail").unwrap() + "\n").collect()
}

/// PostgreSQL's plan of a statement if it may not read a table as a whole, which it likes to do with small ones.
async fn postgres_plan(world: &World, sql: &str, values: Vec<Value>) -> String {
    let transaction = world.store.begin_writing().await.unwrap();
    transaction.execute_unprepared("SET LOCAL enable_seqscan = off").await.unwrap();
    let rows = all(&transaction, format!("EXPLAIN {sql}"), values).await.unwrap();
    let plan = rows.iter().map(|row| row.try_get_by::<String, _>("QUERY PLAN").unwrap() + "\n").collect();
    transaction.rollback().await.unwrap();
    plan
}

/// However many they are: beyond some number SQLite would like to read the whole table instead.
#[tokio::test]
async fn sqlite_updates_deliveries_by_their_primary_key() {
    let world = World::all().await.remove(0);
    for count in [1, 4, 32, 256, MAX_ROWS] {
        let mut rows = Rows::of(3, count);
        for _ in 0..count {
            rows.push([new_id().into(), new_id().into(), "held".into()]);
        }
        let (list, values) = rows.into_sql(Dialect::Sqlite);
        for fence in
            ["", "AND deliveries.status = 'delivering' AND deliveries.claim_token = changed.shown_token"]
        {
            let sql = format!(
                "WITH changed (delivery_id, shown_token, status) AS ({list}) \
                 UPDATE deliveries SET status = changed.status, claim_token = changed.shown_token \
                 FROM changed WHERE deliveries.id = changed.delivery_id {fence} RETURNING id"
            );
            let plan = plan(&world, &sql, values.clone()).await;
            assert!(plan.contains("SEARCH deliveries USING PRIMARY KEY (id=?)"), "{count}: {plan}");
            assert!(!plan.contains("SCAN deliveries"), "{count}: {plan}");
        }
    }
}

/// Even if somebody had SQLite count its rows while nothing was due, by which what is due is next to nothing.
#[tokio::test]
async fn sqlite_locks_what_it_claims_by_its_primary_key() {
    let world = World::all().await.remove(0);
    let counted = "ANALYZE; INSERT INTO sqlite_stat1 VALUES ('deliveries', 'deliveries', '50000 1'), \
                   ('deliveries', 'deliveries_due', '0 0 0 0 0'); ANALYZE sqlite_schema";
    for statistics in ["SELECT 1", counted] {
        world.store.writer().execute_unprepared(statistics).await.unwrap();
        for count in [1, 8, WINDOW] {
            let candidates: Vec<_> = (0..count).map(|_| Candidate::seen(new_id(), at(1))).collect();
            let (sql, values) = lock_due_statement(Dialect::Sqlite, at(1), &candidates);
            let plan = plan(&world, &sql, values).await;
            assert!(plan.contains("SEARCH d USING PRIMARY KEY (id=?)"), "{count}: {plan}");
        }
    }
}

#[tokio::test]
async fn what_sqlite_counted_is_forgotten_when_the_store_is_opened() {
    let world = World::all().await.remove(0);
    let is_counted = "SELECT name FROM sqlite_schema WHERE name LIKE 'sqlite_stat%'";
    world.store.writer().execute_unprepared("ANALYZE").await.unwrap();
    assert!(!all(world.store.reader(), is_counted, vec![]).await.unwrap().is_empty());
    let again = SqlStore::connect(&world.url, StoreOptions::default()).await.unwrap();
    for reader in [again.reader(), world.store.reader()] {
        assert!(all(reader, is_counted, vec![]).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn sqlite_finds_due_deliveries_in_the_index_alone() {
    let world = World::all().await.remove(0);
    let values = vec![at(1).as_millis().into(), 0_i64.into(), new_id().into()];
    let window = plan(&world, &window_sql(64), values).await;
    assert!(window.contains("USING COVERING INDEX deliveries_due"), "{window}");
    assert!(!window.contains("TEMP B-TREE"), "{window}");

    let next = "SELECT MIN(wake_at) AS next FROM deliveries WHERE wake_at > $1";
    let next = plan(&world, next, vec![at(1).as_millis().into()]).await;
    assert!(next.contains("USING COVERING INDEX deliveries_due"), "{next}");
}

#[tokio::test]
async fn what_a_dead_instance_holds_is_a_range_of_what_is_due_on_either_engine() {
    let longest = LeaseDuration::for_timeout(Duration::from_secs(10));
    let dead = InstanceNumber::new(7).unwrap();
    let abandoned = Abandoned { by: vec![dead], now: at(1), longest };
    for world in World::all().await {
        let (sql, values) = held_by(Dialect::of(world.store.writer()), dead, &abandoned);
        if world.is_postgres() {
            let rows = all(world.store.writer(), format!("EXPLAIN {sql}"), values).await.unwrap();
            let plan: String =
                rows.iter().map(|row| row.try_get_by::<String, _>("QUERY PLAN").unwrap() + "\n").collect();
            assert!(plan.contains("Index Scan using deliveries_due"), "{plan}");
            assert!(plan.contains("Index Cond: ((wake_at > ") && plan.contains("(wake_at <= "), "{plan}");
        } else {
            let plan = plan(&world, &sql, values).await;
            assert!(plan.contains("USING INDEX deliveries_due (wake_at>? AND wake_at<?)"), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}

#[tokio::test]
async fn sqlite_steps_from_webhook_to_webhook() {
    let world = World::all().await.remove(0);
    let mut values: Vec<Value> = vec![at(1).as_millis().into(), 8_i64.into(), 100_i64.into()];
    let full = in_list([new_id()], &mut values, Value::Uuid(None));
    let sql =
        crate::store::candidates::first_of_each_webhook_sql(crate::store::dialect::Dialect::Sqlite, &full);
    let plan = plan(&world, &sql, values).await;
    assert!(plan.contains("deliveries_due_of_webhook (webhook_id=? AND wake_at<?)"), "{plan}");
    assert!(!plan.contains("SCAN d\n"), "{plan}");
}

#[tokio::test]
async fn sqlite_finds_what_is_old_by_primary_keys_and_who_repeats_by_its_small_index() {
    let world = World::all().await.remove(0);
    let look = || look_values(Some(new_id()), at(1), 200);
    let deliveries = plan(&world, LOOK_AT_DELIVERIES, look()).await;
    assert!(deliveries.contains("SEARCH deliveries USING PRIMARY KEY (id>? AND id<?)"), "{deliveries}");
    let events = plan(&world, LOOK_AT_EVENTS, look()).await;
    assert!(events.contains("SEARCH d USING COVERING INDEX deliveries_of_event (event_id=?)"), "{events}");
    let (sql, values) = lock_deliveries_statement(Dialect::Sqlite, &[new_id(), new_id()], at(1));
    let lock = plan(&world, &sql, values).await;
    assert!(lock.contains("SEARCH deliveries USING PRIMARY KEY (id=?)"), "{lock}");
    assert!(lock.contains("SEARCH r USING INDEX deliveries_repeating (retry_of=?)"), "{lock}");
    for plan in [deliveries, events, lock] {
        assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}

/// Every way to list deliveries, and how often which index is read with as much of it as is bounded.
fn listings() -> Vec<(DeliveryFilter, Vec<(&'static str, usize)>)> {
    let filter = |webhook, status, event_type| DeliveryFilter {
        webhook_id: webhook,
        status,
        event_type,
        limit: 50,
        ..DeliveryFilter::default()
    };
    let webhook = Some(WebhookId::new(new_id()));
    let event_type = || Some(EventType::WEBHOOK_TEST);
    let listed = "deliveries_listed (organization_id=? AND listed_status=?";
    let of_webhook = "deliveries_listed_of_webhook (webhook_id=? AND listed_status=?";
    let of_type = "deliveries_listed_of_type \
                   (organization_id=? AND listed_status=? AND (event_type,created_at,id)>(?,?,?) AND";
    let of_both = "deliveries_listed_of_webhook_and_type \
                   (webhook_id=? AND listed_status=? AND (event_type,created_at,id)>(?,?,?) AND";
    let being_made = "deliveries_being_made (organization_id=?";
    let of_event = "deliveries_of_event (event_id=?";
    let mut listings = vec![];
    for (webhook, event_type, index) in [
        (None, None, listed),
        (webhook, None, of_webhook),
        (None, event_type(), of_type),
        (webhook, event_type(), of_both),
    ] {
        let any = filter(webhook, None, event_type.clone());
        listings.push((any.clone(), vec![(index, 5), (being_made, 1)]));
        for status in DeliveryStatus::ALL {
            let read = if status == DeliveryStatus::Delivering { being_made } else { index };
            listings.push((filter(webhook, Some(status), event_type.clone()), vec![(read, 1)]));
        }
        let booking_id = Some(BookingId::new(new_id()));
        listings.push((DeliveryFilter { booking_id, ..any }, vec![(of_event, 1)]));
    }
    listings
}

#[tokio::test]
async fn sqlite_reads_each_list_as_ranges_in_its_order() {
    let world = World::all().await.remove(0);
    for (filter, ranges) in listings() {
        let after = Some(ListPosition { created_at: at(2), id: DeliveryId::new(new_id()) });
        let bounded = DeliveryFilter { created_from: Some(at(1)), after, ..filter.clone() };
        for filter in [filter, bounded] {
            let (sql, values) = delivery_listing::statement(Dialect::Sqlite, world.organization_id, &filter);
            let plan = plan(&world, &sql, values).await;
            let searches = plan
                .lines()
                .filter(|line| line.starts_with("SEARCH d USING") && !line.contains("PRIMARY KEY"));
            assert_eq!(
                searches.count(),
                ranges.iter().map(|(_, times)| times).sum::<usize>(),
                "{filter:?}\n{plan}"
            );
            for (range, times) in &ranges {
                assert_eq!(plan.matches(range).count(), *times, "{range}: {filter:?}\n{plan}");
            }
            // What is sorted is what was found: a booking's few, or the first rows of each range.
            let lines: Vec<_> = plan.lines().collect();
            let sorted =
                lines.windows(2).any(|two| two[0].contains(ranges[0].0) && two[1].contains("TEMP B-TREE"));
            assert!(!sorted || filter.booking_id.is_some(), "{filter:?}\n{plan}");
        }
    }
}

#[tokio::test]
async fn a_count_reads_the_ranges_of_its_list_on_either_engine() {
    for world in World::all().await {
        for (filter, ranges) in listings() {
            let after = Some(ListPosition { created_at: at(2), id: DeliveryId::new(new_id()) });
            let bounded = DeliveryFilter { created_from: Some(at(1)), after, ..filter.clone() };
            for filter in [filter, bounded] {
                let (sql, values) = delivery_listing::counting(world.organization_id, &filter);
                if world.is_postgres() {
                    let plan = postgres_plan(&world, &sql, values).await;
                    assert!(!plan.contains("Seq Scan"), "{filter:?}\n{plan}");
                    for (range, times) in &ranges {
                        let index = range.split(' ').next().unwrap();
                        let read = plan.matches(&format!("{index} ")).count();
                        assert!(read >= *times, "{index}: {filter:?}\n{plan}");
                    }
                    continue;
                }
                let plan = plan(&world, &sql, values).await;
                let read = plan.lines().filter(|line| line.starts_with("SEARCH d USING")).count();
                assert_eq!(read, ranges.iter().map(|(_, times)| times).sum::<usize>(), "{filter:?}\n{plan}");
                for (range, times) in &ranges {
                    assert_eq!(plan.matches(range).count(), *times, "{range}: {filter:?}\n{plan}");
                }
                assert!(!plan.contains("TEMP B-TREE") && !plan.contains("SCAN d"), "{filter:?}\n{plan}");
            }
        }
    }
}

#[tokio::test]
async fn sqlite_counts_the_backlog_in_indexes_alone() {
    let world = World::all().await.remove(0);
    let plan = plan(&world, BACKLOG_SQL, vec![at(1).as_millis().into()]).await;
    for step in [
        "USING COVERING INDEX deliveries_due (wake_at>?)",
        "USING COVERING INDEX deliveries_due (wake_at<?)",
        "USING COVERING INDEX deliveries_held",
    ] {
        assert!(plan.contains(step), "{step} in\n{plan}");
    }
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
}

#[tokio::test]
async fn sqlite_reads_each_list_of_events_as_a_range_in_its_order() {
    let world = World::all().await.remove(0);
    let all = || EventFilter { limit: 50, ..EventFilter::default() };
    for (filter, index) in [
        (all(), "events_newest (organization_id=?"),
        (
            EventFilter { event_type: Some(EventType::WEBHOOK_TEST), ..all() },
            "events_newest_of_type (organization_id=? AND (event_type,created_at,id)>(?,?,?) AND",
        ),
        (
            EventFilter { booking_id: Some(BookingId::new(new_id())), ..all() },
            "events_of_booking (booking_id=?",
        ),
    ] {
        let after = Some(ListPosition { created_at: at(2), id: EventId::new(new_id()) });
        let bounded = EventFilter { created_from: Some(at(1)), after, ..filter.clone() };
        for filter in [filter, bounded] {
            let (sql, values) = event_log::listing(world.organization_id, &filter);
            let plan = plan(&world, &sql, values).await;
            assert!(plan.contains(index) && !plan.contains("SCAN e"), "{filter:?}\n{plan}");
            // What is cut off from a page of one type may be sorted once more.
            let few = filter.booking_id.is_some() || plan.contains("SCAN page");
            assert!(few || !plan.contains("TEMP B-TREE"), "{filter:?}\n{plan}");
        }
    }
}

#[tokio::test]
async fn sqlite_finds_what_a_replay_takes_event_by_event() {
    let world = World::all().await.remove(0);
    let selection = ReplaySelection {
        organization_id: world.organization_id,
        webhook_id: WebhookId::new(new_id()),
        span: ReplaySpan::from_stored(at(0), at(1)),
        status: None,
        accepted_at: at(1),
    };
    let (sql, values) = replays::counting(&selection, Dialect::Sqlite);
    let plan = plan(&world, &sql, values).await;
    assert!(plan.contains("SEARCH e USING INDEX events_newest (organization_id=?"), "{plan}");
    assert!(
        plan.contains("SEARCH d USING INDEX deliveries_of_event (event_id=? AND webhook_id=?)"),
        "{plan}"
    );
    assert!(plan.contains("deliveries_of_event (event_id=? AND webhook_id=?)\n"), "{plan}");
    assert!(!plan.contains("deliveries_listed"), "{plan}");
}

#[tokio::test]
async fn sqlite_finds_the_replays_behind_another_as_a_range() {
    let world = World::all().await.remove(0);
    let after = Some(ListPosition { created_at: at(1), id: ReplayId::new(new_id()) });
    let plan = plan(&world, replays::UNFINISHED, replays::unfinished_values(after, 100)).await;
    assert!(plan.contains("USING INDEX replays_unfinished ((created_at,id)>(?,?))"), "{plan}");
    assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{plan}");
}

#[tokio::test]
async fn sqlite_finds_what_a_webhooks_health_needs_by_index() {
    let world = World::all().await.remove(0);
    let oldest = plan(&world, OLDEST_PENDING, vec![new_id().into()]).await;
    assert!(
        oldest.contains("USING INDEX deliveries_listed_of_webhook (webhook_id=? AND listed_status=?)"),
        "{oldest}"
    );
    assert!(!oldest.contains("TEMP B-TREE"), "{oldest}");

    let hours = format!("SELECT delivered {OF_WEBHOOK}");
    let hours = plan(&world, &hours, vec![new_id().into(), 0_i64.into()]).await;
    assert!(hours.contains("USING PRIMARY KEY (webhook_id=? AND hour_start>?)"), "{hours}");

    let mut values = vec![0_i64.into(), 1_i64.into()];
    let list = in_list((0..4).map(|_| new_id()), &mut values, Value::Uuid(None));
    let failing = plan(&world, &hours_sql(&list), values).await;
    assert!(failing.contains("SEARCH h USING PRIMARY KEY (webhook_id=? AND hour_start>?)"), "{failing}");
    assert!(failing.contains("SEARCH s USING PRIMARY KEY (webhook_id=? AND hour_start>?)"), "{failing}");
    assert!(!failing.contains("SCAN"), "{failing}");
}

#[tokio::test]
async fn how_an_organizations_webhooks_fare_is_found_by_index_on_either_engine() {
    for world in World::all().await {
        let dialect = Dialect::of(world.store.writer());
        let since = || vec![world.organization_id.as_uuid().into(), 0_i64.into()];
        let of_some = |mut values: Vec<Value>| {
            let list = in_list((0..4).map(|_| new_id()), &mut values, Value::Uuid(None));
            (list, values)
        };
        let (some, of_organization) = of_some(vec![world.organization_id.as_uuid().into()]);
        let (some_since, values_since) = of_some(since());
        let limited = [since(), vec![20_i64.into()]].concat();
        for (sql, values, index, range) in [
            (
                organization_hours::hours_sql(dialect),
                since(),
                "webhook_hours",
                "webhook_id=? AND hour_start>?",
            ),
            (
                organization_hours::failing_sql(dialect),
                limited,
                "webhook_hours",
                "webhook_id=? AND hour_start>?",
            ),
            (
                webhook_histories::oldest_pending_sql(&some),
                of_organization,
                "deliveries_listed_of_webhook",
                "webhook_id=? AND listed_status=?",
            ),
            (
                webhook_histories::hours_sql(&some_since),
                values_since,
                "webhook_hours",
                "webhook_id=? AND hour_start>?",
            ),
        ] {
            if world.is_postgres() {
                let plan = postgres_plan(&world, &sql, values).await;
                assert!(plan.contains(index) && !plan.contains("Seq Scan"), "{sql}\n{plan}");
            } else {
                let plan = plan(&world, &sql, values).await;
                assert!(plan.contains(range) && !plan.contains("SCAN"), "{sql}\n{plan}");
                assert!(!plan.contains("webhook_hours_by_age"), "{sql}\n{plan}");
            }
        }
    }
}

#[tokio::test]
async fn whether_anybody_wants_news_is_found_by_index_on_either_engine() {
    for world in World::all().await {
        let mut values = vec![];
        let list = in_list((0..4).map(|_| new_id()), &mut values, Value::Uuid(None));
        let sql = listeners_sql(Dialect::of(world.store.writer()), &list);
        if world.is_postgres() {
            let plan = postgres_plan(&world, &sql, values).await;
            assert!(plan.contains("webhooks_operational"), "{plan}");
        } else {
            let plan = plan(&world, &sql, values).await;
            assert!(plan.contains("USING INDEX webhooks_operational (organization_id=?)"), "{plan}");
        }
    }
}
