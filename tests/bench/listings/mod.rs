//! What a page of each list costs over a million deliveries, whatever it is filtered by.

pub(crate) mod history;
mod lists;

use crate::Engine;
use crate::samples::Samples;
use crate::table::{Cell, Table};
use history::History;
use lists::List;
use slotflow_adapters::store::{SqlStore, StoreOptions};
use std::time::Instant;

/// How many deliveries there are.
pub(crate) const SIZE: usize = 1_000_000;
pub(crate) const QUICK_SIZE: usize = 4_000;

/// How often each list is read, after some readings that do not count.
pub(crate) const CALLS: usize = 200;
pub(crate) const QUICK_CALLS: usize = 3;
pub(crate) const WARM_UP: usize = 10;

/// Fills a store of each engine and reads each list from it.
pub(crate) async fn measure(engines: &[Engine], quick: bool) -> anyhow::Result<Table> {
    let mut table = Table::new(&["database", "list", "found", "median", "p99"]);
    let (size, calls) = if quick { (QUICK_SIZE, QUICK_CALLS) } else { (SIZE, CALLS) };
    for engine in engines {
        let database = engine.fresh().await?;
        let store = SqlStore::connect(&database.url(), StoreOptions::default()).await?;
        store.migrate().await?;
        let began = Instant::now();
        let history = History::fill(&store, &database.url(), size).await?;
        eprintln!("{}: {size} deliveries in {:.1} s", engine.name(), began.elapsed().as_secs_f64());
        for list in List::all(&history) {
            let mut samples = Samples::default();
            let mut found = 0;
            let warm_up = if quick { 0 } else { WARM_UP };
            let calls = list.most_calls().map_or(calls, |most| most.min(calls));
            for call in 0..warm_up.min(calls) + calls {
                let began = Instant::now();
                found = list.read(&store, &history).await?;
                if call >= warm_up.min(calls) {
                    samples.push(began.elapsed());
                }
            }
            println!("{}, {}: {:.2} ms", engine.name(), list.name, samples.median());
            for line in list.explain(&store, &history).await? {
                println!("    {line}");
            }
            table.push(vec![
                Cell::Text(engine.name().to_owned()),
                Cell::Text(list.name.to_owned()),
                Cell::Count(found),
                Cell::Millis(samples.median()),
                Cell::Millis(samples.p99()),
            ]);
        }
        store.close().await?;
    }
    Ok(table)
}
