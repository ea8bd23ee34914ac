//! What taking due deliveries costs, whatever waits behind them.
//!
//! Each shape of backlog is filled with a thousand, a hundred thousand and a million deliveries, and claimed
//! from as a dispatcher does. What was claimed is given back in between, unmeasured.

pub(crate) mod backlog;
mod shape;

use crate::Engine;
use crate::samples::Samples;
use crate::table::{Cell, Table};
use backlog::Backlog;
use shape::Shape;
use slotflow_adapters::store::{SqlStore, StoreOptions};
use slotflow_adapters::system::{SystemClock, SystemEntropy};
use slotflow_application::Announcer;
use slotflow_application::ports::{ClaimTerms, Clock, DeliveryQueue, Entropy, Room, UnusedClaim};
use slotflow_domain::delivery::{ClaimToken, LeaseDuration, RetryPolicy};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How many deliveries wait; the first is what the others are compared with.
const SIZES: [usize; 3] = [1_000, 100_000, 1_000_000];
const QUICK_SIZES: [usize; 2] = [1_000, 3_000];

/// How many claims are measured, after some that are not.
const CLAIMS: usize = 400;
const WARM_UP: usize = 20;
const QUICK_CLAIMS: usize = 5;

/// Half of the sending slots that a server has by default, and a webhook's default share of them: what the
/// dispatcher offers a claim.
pub(crate) const ROOM: usize = 128;
pub(crate) const SHARE: usize = 8;

/// Measures every shape on every engine and prints the plans on the way.
pub(crate) async fn measure(engines: &[Engine], quick: bool) -> anyhow::Result<Table> {
    let sizes = if quick { QUICK_SIZES.as_slice() } else { SIZES.as_slice() };
    let mut table = Table::new(&[
        "database",
        "shape",
        "waiting",
        "claimed",
        "median",
        "p99",
        "median / first",
        "next due",
    ]);
    for engine in engines {
        for shape in Shape::ALL {
            let mut first = None;
            for size in sizes {
                let explained = Some(size) == sizes.last();
                let costs = measure_one(*engine, shape, *size, quick, explained).await?;
                let median = costs.claim.median();
                table.push(vec![
                    Cell::Text(engine.name().to_owned()),
                    Cell::Text(shape.name().to_owned()),
                    Cell::Count(*size),
                    Cell::Count(costs.claimed),
                    Cell::Millis(median),
                    Cell::Millis(costs.claim.p99()),
                    Cell::Ratio(median / first.unwrap_or(median)),
                    Cell::Millis(costs.next_due.median()),
                ]);
                first = first.or(Some(median));
            }
        }
    }
    Ok(table)
}

struct Costs {
    claim: Samples,
    next_due: Samples,
    /// By the last claim.
    claimed: usize,
}

async fn measure_one(
    engine: Engine,
    shape: Shape,
    size: usize,
    quick: bool,
    explained: bool,
) -> anyhow::Result<Costs> {
    let database = engine.fresh().await?;
    let store = SqlStore::connect(&database.url(), StoreOptions::default()).await?;
    store.migrate().await?;
    let backlog = Backlog::fill(&store, &database.url(), shape, size).await?;
    let room = Room { total: ROOM, per_webhook: SHARE, in_flight: backlog.in_flight() };

    let mut costs = Costs { claim: Samples::default(), next_due: Samples::default(), claimed: 0 };
    for _ in 0..if quick { 1 } else { WARM_UP } {
        claim_once(&store, &room, &mut costs).await?;
    }
    (costs.claim, costs.next_due) = Default::default();
    for _ in 0..if quick { QUICK_CLAIMS } else { CLAIMS } {
        claim_once(&store, &room, &mut costs).await?;
    }
    eprintln!("{}, {}, {size} waiting: {:.2} ms", engine.name(), shape.name(), costs.claim.median());
    if explained {
        for statement in store.explain_claim(SystemClock.now(), &room).await? {
            println!("{}, {}, {size} waiting: {}", engine.name(), shape.name(), statement.purpose);
            for line in statement.plan {
                println!("    {line}");
            }
        }
    }
    store.close().await?;
    Ok(costs)
}

/// Claims as a dispatcher does, and gives back what it got.
async fn claim_once(store: &SqlStore, room: &Room, costs: &mut Costs) -> anyhow::Result<()> {
    let entropy = SystemEntropy::new()?;
    let now = SystemClock.now();
    let lease =
        LeaseDuration::for_timeout(Duration::from_secs(10)).begin(ClaimToken::new(entropy.token()), now);
    let announcer = Announcer::new(Arc::new(entropy));
    let terms = ClaimTerms { now, lease, room: room.clone(), policy: RetryPolicy::default(), announcer };
    let began = Instant::now();
    let claimed = store.claim_due(terms).await?.deliveries;
    costs.claim.push(began.elapsed());
    let began = Instant::now();
    store.next_due_after(now).await?;
    costs.next_due.push(began.elapsed());
    costs.claimed = claimed.len();
    let unused = claimed.iter().map(|delivery| UnusedClaim {
        delivery_id: delivery.id,
        token: delivery.lease.token,
        taken_at: now,
    });
    store.release(unused.collect()).await?;
    Ok(())
}
