//! How soon the dashboard's pages are there, of an organization with a million deliveries.
//!
//! The real server, its store filled as for `listings`, and with an hour's tally of each webhook for every hour that the
//! dashboard shows. As many deliveries and calls as there. Nothing is sent meanwhile. A page is timed from its request to its last byte.

mod hours;

use crate::Engine;
use crate::listings::history::History;
use crate::listings::{CALLS, QUICK_CALLS, QUICK_SIZE, SIZE, WARM_UP};
use crate::samples::Samples;
use crate::table::{Cell, Table};
use anyhow::Context;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::Value;
use slotflow_adapters::store::{SqlStore, StoreOptions};
use slotflow_tests::http::JsonClient;
use slotflow_tests::server::Server;
use std::time::Instant;

/// Fills a store of each engine and opens each page.
pub(crate) async fn measure(engines: &[Engine], quick: bool) -> anyhow::Result<Table> {
    let mut table = Table::new(&["database", "page", "KiB", "median", "p99"]);
    let (size, calls) = if quick { (QUICK_SIZE, QUICK_CALLS) } else { (SIZE, CALLS) };
    for engine in engines {
        let database = engine.fresh().await?;
        let url = database.url();
        let store = SqlStore::connect(&url, StoreOptions::default()).await?;
        store.migrate().await?;
        let began = Instant::now();
        let history = History::fill(&store, &url, size).await?;
        store.close().await?;
        hours::add_and_let_the_rest_wait(&url).await?;
        eprintln!("{}: {size} deliveries in {:.1} s", engine.name(), began.elapsed().as_secs_f64());

        let server = Server::start_with(&url, &[]).await?;
        let visitor = Visitor::sign_in(server.client(), &history.api_key).await?;
        for (name, path) in pages(&server.client(), &history.api_key).await? {
            let mut samples = Samples::default();
            let mut size = 0;
            for call in 0..WARM_UP + calls {
                let began = Instant::now();
                size = visitor.open(&path).await?;
                if call >= WARM_UP {
                    samples.push(began.elapsed());
                }
            }
            table.push(vec![
                Cell::Text(engine.name().to_owned()),
                Cell::Text(name.to_owned()),
                Cell::Number(size as f64 / 1_024.0),
                Cell::Millis(samples.median()),
                Cell::Millis(samples.p99()),
            ]);
        }
    }
    Ok(table)
}

/// Every kind of page, by its path below the dashboard's.
async fn pages(client: &JsonClient, api_key: &str) -> anyhow::Result<Vec<(&'static str, String)>> {
    let answer = client.get("/v1/deliveries?status=failed&limit=1", api_key).await?.expect_status(200)?;
    let failed = answer.json.pointer("/deliveries/0").context("a failed delivery")?;
    let of_it = |name: &str| {
        failed.get(name).and_then(Value::as_str).with_context(|| format!("{name} of a delivery"))
    };
    let (id, webhook, event) = (of_it("id")?, of_it("webhook_id")?, of_it("event_id")?);
    let event = client.get(&format!("/v1/events/{event}"), api_key).await?.expect_status(200)?;
    let event_id = event.json.get("id").and_then(Value::as_str).context("an event's id")?;
    let booking = event.json.get("booking_id").and_then(Value::as_str).context("a booking's id")?;
    Ok(vec![
        ("overview, a day", "/".to_owned()),
        ("overview, a week", "/?span=week".to_owned()),
        ("webhooks", "/webhooks".to_owned()),
        ("a webhook", format!("/webhooks/{webhook}")),
        ("deliveries", "/deliveries".to_owned()),
        ("deliveries, failed", "/deliveries?status=failed".to_owned()),
        ("deliveries, failed, of a webhook", format!("/deliveries?status=failed&webhook_id={webhook}")),
        ("deliveries, of a booking", format!("/deliveries?booking_id={booking}")),
        ("a delivery", format!("/deliveries/{id}")),
        ("events", "/events".to_owned()),
        ("an event", format!("/events/{event_id}")),
    ])
}

/// Somebody who is signed in.
struct Visitor {
    client: JsonClient,
    headers: HeaderMap,
}

impl Visitor {
    async fn sign_in(client: JsonClient, api_key: &str) -> anyhow::Result<Self> {
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, form)]);
        let body = Bytes::from(format!("api_key={api_key}"));
        let answer =
            client.send(Method::POST, "/dashboard/sign-in", headers, body).await?.expect_status(303)?;
        let cookie = answer.headers.get(header::SET_COOKIE).context("a session")?.to_str()?;
        let cookie = cookie.split(';').next().unwrap_or_default().parse()?;
        Ok(Self { client, headers: HeaderMap::from_iter([(header::COOKIE, cookie)]) })
    }

    /// Opens a page and answers its size in bytes.
    async fn open(&self, path: &str) -> anyhow::Result<usize> {
        let path = format!("/dashboard{path}");
        let answer = self.client.send(Method::GET, &path, self.headers.clone(), Bytes::new()).await?;
        Ok(answer.expect_status(200)?.bytes.len())
    }
}
