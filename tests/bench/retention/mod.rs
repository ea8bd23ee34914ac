//! What removing old deliveries costs, and what others notice of it.
//!
//! A store holds delivered deliveries of the last 60 days, each with an event and an attempt. The product's own
//! sweep removes those older than 30 days, while bookings are made, claimed and settled beside it; the same is
//! measured without the sweep first.

mod history;
mod probe;
mod timed_store;

use crate::Engine;
use crate::samples::Samples;
use crate::table::{Cell, Table};
use probe::Waits;
use slotflow_adapters::store::{SqlStore, StoreOptions};
use slotflow_adapters::system::SystemClock;
use slotflow_application::Retention;
use slotflow_application::ports::Clock;
use slotflow_application::retention::{BATCH, Removed};
use slotflow_domain::retention::RetentionPeriod;
use slotflow_domain::{DeliveryId, OrganizationId, ids};
use std::sync::Arc;
use std::time::{Duration, Instant};
use timed_store::TimedStore;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How many deliveries there are; the first is what the other is compared with.
const SIZES: [usize; 2] = [20_000, 1_000_000];
const QUICK_SIZES: [usize; 1] = [2_000];

/// How long the probe runs without a sweep.
const ALONE: Duration = Duration::from_secs(30);
const QUICK_ALONE: Duration = Duration::from_millis(300);

/// Measures every size on every engine and prints the plans on the way.
pub(crate) async fn measure(engines: &[Engine], quick: bool) -> anyhow::Result<Table> {
    let sizes = if quick { QUICK_SIZES.as_slice() } else { SIZES.as_slice() };
    let mut table =
        Table::new(&["database", "deliveries", "measured", "count", "median", "p99", "rows/s", "p99 ratio"]);
    for engine in engines {
        let mut first = None;
        for size in sizes {
            let seen = measure_one(*engine, *size, quick).await?;
            let first = &*first.get_or_insert_with(|| seen.batches.clone());
            let batches = &seen.batches;
            let mut add = |measured: &str, samples: &Samples, per_second: Option<usize>, base: &Samples| {
                table.push(vec![
                    Cell::Text(engine.name().to_owned()),
                    Cell::Count(*size),
                    Cell::Text(measured.to_owned()),
                    Cell::Count(samples.count()),
                    Cell::Millis(samples.median()),
                    Cell::Millis(samples.p99()),
                    per_second.map_or_else(|| Cell::Nothing, Cell::Count),
                    Cell::Ratio(samples.p99() / base.p99()),
                ]);
            };
            let rate = |rows: u64| per_second(rows, seen.took);
            add("batch of deliveries", &batches.deliveries, rate(seen.removed.deliveries), &first.deliveries);
            add("batch of events", &batches.events, rate(seen.removed.events), &first.events);
            let (alone, beside) = (&seen.alone, &seen.beside);
            add("booking, no sweep", &alone.publish, None, &alone.publish);
            add("booking, beside it", &beside.publish, None, &alone.publish);
            add("claim and settle, no sweep", &alone.claim_and_settle, None, &alone.claim_and_settle);
            add("claim and settle, beside it", &beside.claim_and_settle, None, &alone.claim_and_settle);
        }
    }
    Ok(table)
}

/// What was seen of one store.
struct Seen {
    removed: Removed,
    /// By the whole sweep, its rests included.
    took: Duration,
    batches: timed_store::Batches,
    alone: Waits,
    beside: Waits,
}

async fn measure_one(engine: Engine, size: usize, quick: bool) -> anyhow::Result<Seen> {
    let database = engine.fresh().await?;
    let store = SqlStore::connect(&database.url(), StoreOptions::default()).await?;
    store.migrate().await?;
    let organization_id = history::fill(&store, &database.url(), size).await?;
    print_plans(engine, &store, size).await?;

    let alone = probe_while(&store, organization_id, async {
        tokio::time::sleep(if quick { QUICK_ALONE } else { ALONE }).await;
        Ok(())
    });
    let (alone, ()) = alone.await?;
    let timed = Arc::new(TimedStore::new(store.clone()));
    let retention = Retention {
        store: Arc::<TimedStore>::clone(&timed),
        clock: Arc::new(SystemClock),
        period: Some(RetentionPeriod::default()),
    };
    let began = Instant::now();
    let sweep = async { Ok(retention.sweep(&CancellationToken::new()).await?) };
    let (beside, removed) = probe_while(&store, organization_id, sweep).await?;
    let took = began.elapsed();
    eprintln!("{}, {size} deliveries: {removed:?} in {took:?}", engine.name());
    let batches = timed.batches().clone();
    store.close().await?;
    Ok(Seen { removed, took, batches, alone, beside })
}

/// Lets the probe run as long as something takes.
async fn probe_while<T>(
    store: &SqlStore,
    organization_id: OrganizationId,
    something: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<(Waits, T)> {
    let stop = CancellationToken::new();
    let probe = tokio::spawn(probe::run(store.clone(), organization_id, stop.clone()));
    let outcome = something.await;
    stop.cancel();
    let waits = probe.await??;
    Ok((waits, outcome?))
}

/// The plans of a batch in the middle of what goes.
async fn print_plans(engine: Engine, store: &SqlStore, size: usize) -> anyhow::Result<()> {
    let now = SystemClock.now();
    let cutoff = RetentionPeriod::default().cutoff(now);
    let middle = cutoff.saturating_sub(Duration::from_secs(15 * 24 * 60 * 60));
    let first = ids::first_uuid_of(middle).as_u128();
    let some: Vec<_> = (0..u128::from(BATCH)).map(|n| DeliveryId::new(Uuid::from_u128(first + n))).collect();
    for statement in store.explain_retention(cutoff, BATCH, &some).await? {
        println!("{}, {size} deliveries: {}", engine.name(), statement.purpose);
        for line in statement.plan {
            println!("    {line}");
        }
    }
    Ok(())
}

fn per_second(rows: u64, took: Duration) -> Option<usize> {
    usize::try_from(u128::from(rows) * 1_000 / took.as_millis().max(1)).ok()
}
