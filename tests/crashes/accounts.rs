//! What came out in the end: what the receiver saw, and what the API shows.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use serde_json::Value;
use slotflow_tests::http::JsonClient;
use slotflow_tests::receiver::Arrival;

use crate::world::{Webhook, World, attempt, text};

/// When a process was killed: some time between these two.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kill {
    pub(crate) before: Instant,
    pub(crate) after: Instant,
}

/// A booking as the API lists it.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) id: String,
    pub(crate) is_cancelled: bool,
}

/// One delivery: what the API says of it, and the requests that arrived for it.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) id: String,
    pub(crate) booking_id: String,
    pub(crate) event_id: String,
    pub(crate) event: String,
    pub(crate) status: String,
    pub(crate) attempts: u32,
    /// The arrivals of each attempt number, oldest first.
    pub(crate) arrivals: BTreeMap<u32, Vec<Arrival>>,
}

/// The deliveries of one webhook.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) webhook: Webhook,
    pub(crate) deliveries: Vec<Delivery>,
    /// Deliveries that arrived and are not listed.
    pub(crate) unlisted: BTreeSet<String>,
}

/// Everything that is to be judged.
#[derive(Debug)]
pub(crate) struct Accounts {
    /// By guest.
    pub(crate) bookings: BTreeMap<String, Vec<Listed>>,
    pub(crate) webhooks: Vec<Account>,
}

impl Accounts {
    /// Reads the API and the receiver's ledger.
    pub(crate) async fn read(world: &World, client: &JsonClient) -> Accounts {
        let mut bookings: BTreeMap<String, Vec<Listed>> = BTreeMap::new();
        for booking in world.bookings(client).await {
            let listed = Listed { id: text(&booking, "/id"), is_cancelled: booking["status"] == "cancelled" };
            bookings.entry(text(&booking, "/attendee_name")).or_default().push(listed);
        }
        let mut webhooks = Vec::new();
        for webhook in &world.webhooks {
            let listed = world.deliveries(client, webhook).await;
            webhooks.push(Account::of(webhook.clone(), &listed, world.receiver.arrivals(webhook.path)));
        }
        Accounts { bookings, webhooks }
    }

    /// When the first request for this booking's event came to each webhook, the latest of them.
    pub(crate) fn arrived(&self, booking_id: &str, event: &str) -> Option<Instant> {
        let firsts = self.webhooks.iter().filter_map(|account| account.of_booking(booking_id, event).next());
        firsts.filter_map(|delivery| Some(delivery.arrivals.values().next()?.first()?.at)).max()
    }
}

impl Account {
    fn of(webhook: Webhook, listed: &[Value], arrivals: Vec<Arrival>) -> Account {
        let mut by_delivery: BTreeMap<String, BTreeMap<u32, Vec<Arrival>>> = BTreeMap::new();
        for arrival in arrivals {
            let id = arrival.header("x-slotflow-delivery").to_owned();
            by_delivery.entry(id).or_default().entry(attempt(&arrival)).or_default().push(arrival);
        }
        let deliveries = listed.iter().map(|delivery| {
            let id = text(delivery, "/id");
            Delivery {
                booking_id: text(delivery, "/booking_id"),
                event_id: text(delivery, "/event_id"),
                event: text(delivery, "/event"),
                status: text(delivery, "/status"),
                attempts: delivery["attempt_count"]
                    .as_u64()
                    .and_then(|count| count.try_into().ok())
                    .expect("a count"),
                arrivals: by_delivery.remove(&id).unwrap_or_default(),
                id,
            }
        });
        let deliveries = deliveries.collect();
        Account { webhook, deliveries, unlisted: by_delivery.into_keys().collect() }
    }

    /// The deliveries of this event of the booking: one, if all is well.
    pub(crate) fn of_booking<'a>(
        &'a self,
        booking_id: &'a str,
        event: &'a str,
    ) -> impl Iterator<Item = &'a Delivery> {
        self.deliveries.iter().filter(move |one| one.booking_id == booking_id && one.event == event)
    }
}

impl Delivery {
    /// All its requests.
    pub(crate) fn posts(&self) -> impl Iterator<Item = &Arrival> {
        self.arrivals.values().flatten()
    }
}
