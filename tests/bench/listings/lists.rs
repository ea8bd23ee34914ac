//! The lists that are read.

use super::history::History;
use slotflow_adapters::store::SqlStore;
use slotflow_application::ports::{
    DeliveryFilter, DeliveryLog, EventFilter, EventLog, ListPosition, ReplayQueue,
};
use slotflow_domain::delivery::{DeliveryStatus, FinalStatus, ReplaySelection, ReplaySpan};
use slotflow_domain::event::EventType;
use slotflow_domain::{DeliveryId, EventId, Timestamp};
use uuid::Uuid;

/// How long a page is, as clients get it by default.
const PAGE: u32 = 50;

/// Something that is read.
pub(crate) struct List {
    pub(crate) name: &'static str,
    what: What,
}

enum What {
    Deliveries(DeliveryFilter),
    Events(EventFilter),
    /// How many events a replay would take.
    Replay(ReplaySelection),
}

impl List {
    /// Every filter alone, the usual pairs, and a page from the middle.
    pub(crate) fn all(history: &History) -> Vec<Self> {
        let mut all = Self::deliveries(history);
        all.extend(Self::events(history));
        let replay = |name, from, until, status| {
            let span = ReplaySpan::from_stored(history.at(from), history.at(until));
            let (organization_id, webhook_id) = (history.organization_id, history.webhook_id);
            let accepted_at = history.at(1_000);
            let what =
                What::Replay(ReplaySelection { organization_id, webhook_id, span, status, accepted_at });
            Self { name, what }
        };
        all.push(replay("replay: failed, 1 % of time", 350, 360, Some(FinalStatus::Failed)));
        all.push(replay("replay: failed, all time", 0, 1_000, Some(FinalStatus::Failed)));
        all.push(replay("replay: all, all time", 0, 1_000, None));
        all
    }

    fn deliveries(history: &History) -> Vec<Self> {
        let middle = ListPosition { created_at: history.at(500), id: DeliveryId::new(Uuid::nil()) };
        let webhook_id = Some(history.webhook_id);
        let base = || DeliveryFilter { limit: PAGE, ..DeliveryFilter::default() };
        let status = |status| DeliveryFilter { status: Some(status), ..base() };
        let of_type = |name: &str| DeliveryFilter { event_type: EventType::parse(name).ok(), ..base() };
        let between = |from, until| (Some(history.at(from)), Some(history.at(until)));
        let in_time = |(created_from, created_until): (Option<Timestamp>, Option<Timestamp>), filter| {
            DeliveryFilter { created_from, created_until, ..filter }
        };
        let filters = [
            ("deliveries: all", base()),
            ("deliveries: all, from the middle", DeliveryFilter { after: Some(middle), ..base() }),
            ("deliveries: one webhook", DeliveryFilter { webhook_id, ..base() }),
            ("deliveries: pending", status(DeliveryStatus::Pending)),
            ("deliveries: delivering", status(DeliveryStatus::Delivering)),
            ("deliveries: held", status(DeliveryStatus::Held)),
            ("deliveries: delivered", status(DeliveryStatus::Delivered)),
            ("deliveries: failed", status(DeliveryStatus::Failed)),
            ("deliveries: cancelled", status(DeliveryStatus::Cancelled)),
            ("deliveries: booking.confirmed", of_type("booking.confirmed")),
            ("deliveries: webhook.test", of_type("webhook.test")),
            ("deliveries: an unknown event type", of_type("booking.moved")),
            ("deliveries: one booking", DeliveryFilter { booking_id: Some(history.booking_id), ..base() }),
            (
                "deliveries: webhook.test, of one booking",
                DeliveryFilter { booking_id: Some(history.booking_id), ..of_type("webhook.test") },
            ),
            ("deliveries: since lately", in_time((Some(history.at(999)), None), base())),
            ("deliveries: until the middle", in_time((None, Some(history.at(500))), base())),
            ("deliveries: 1 % of time", in_time(between(500, 510), base())),
            (
                "deliveries: one webhook, failed",
                DeliveryFilter { webhook_id, ..status(DeliveryStatus::Failed) },
            ),
            (
                "deliveries: one webhook, delivered",
                DeliveryFilter { webhook_id, ..status(DeliveryStatus::Delivered) },
            ),
            ("deliveries: one webhook, held", DeliveryFilter { webhook_id, ..status(DeliveryStatus::Held) }),
            (
                "deliveries: one webhook, delivering",
                DeliveryFilter { webhook_id, ..status(DeliveryStatus::Delivering) },
            ),
            (
                "deliveries: one webhook, booking.confirmed",
                DeliveryFilter { webhook_id, ..of_type("booking.confirmed") },
            ),
            (
                "deliveries: one webhook, an unknown event type",
                DeliveryFilter { webhook_id, ..of_type("booking.moved") },
            ),
            (
                "deliveries: failed, booking.confirmed",
                DeliveryFilter { status: Some(DeliveryStatus::Failed), ..of_type("booking.confirmed") },
            ),
            (
                "deliveries: pending, webhook.test",
                DeliveryFilter { status: Some(DeliveryStatus::Pending), ..of_type("webhook.test") },
            ),
            (
                "deliveries: delivered, webhook.test",
                DeliveryFilter { status: Some(DeliveryStatus::Delivered), ..of_type("webhook.test") },
            ),
            (
                "deliveries: one webhook, failed, webhook.test",
                DeliveryFilter {
                    webhook_id,
                    status: Some(DeliveryStatus::Failed),
                    ..of_type("webhook.test")
                },
            ),
            (
                "deliveries: one webhook, delivered, webhook.test",
                DeliveryFilter {
                    webhook_id,
                    status: Some(DeliveryStatus::Delivered),
                    ..of_type("webhook.test")
                },
            ),
            (
                "deliveries: all three, 1 % of time",
                in_time(
                    between(350, 360),
                    DeliveryFilter {
                        webhook_id,
                        status: Some(DeliveryStatus::Failed),
                        ..of_type("booking.confirmed")
                    },
                ),
            ),
            (
                "deliveries: one webhook, 1 % of time",
                in_time(between(500, 510), DeliveryFilter { webhook_id, ..base() }),
            ),
            ("deliveries: failed, 1 % of time", in_time(between(350, 360), status(DeliveryStatus::Failed))),
            (
                "deliveries: failed, from the middle",
                DeliveryFilter { after: Some(middle), ..status(DeliveryStatus::Failed) },
            ),
        ];
        let list = |(name, filter)| Self { name, what: What::Deliveries(filter) };
        filters.into_iter().map(list).collect()
    }

    fn events(history: &History) -> Vec<Self> {
        let middle = ListPosition { created_at: history.at(500), id: EventId::new(Uuid::nil()) };
        let base = || EventFilter { limit: PAGE, ..EventFilter::default() };
        let of_type = |name: &str| EventFilter { event_type: EventType::parse(name).ok(), ..base() };
        let filters = [
            ("events: all", base()),
            ("events: all, from the middle", EventFilter { after: Some(middle), ..base() }),
            ("events: booking.confirmed", of_type("booking.confirmed")),
            ("events: webhook.test", of_type("webhook.test")),
            ("events: an unknown event type", of_type("booking.moved")),
            ("events: one booking", EventFilter { booking_id: Some(history.booking_id), ..base() }),
            ("events: since lately", EventFilter { created_from: Some(history.at(999)), ..base() }),
            ("events: until the middle", EventFilter { created_until: Some(history.at(500)), ..base() }),
        ];
        let list = |(name, filter)| Self { name, what: What::Events(filter) };
        filters.into_iter().map(list).collect()
    }

    /// How often it is read at the most.
    pub(crate) const fn most_calls(&self) -> Option<usize> {
        match self.what {
            What::Deliveries(_) | What::Events(_) => None,
            What::Replay(_) => Some(10),
        }
    }

    /// Reads it and answers how much was found.
    pub(crate) async fn read(&self, store: &SqlStore, history: &History) -> anyhow::Result<usize> {
        let organization_id = history.organization_id;
        Ok(match &self.what {
            What::Deliveries(filter) => {
                store.deliveries(organization_id, filter.clone()).await?.deliveries.len()
            }
            What::Events(filter) => store.events(organization_id, filter.clone()).await?.events.len(),
            What::Replay(selection) => usize::try_from(store.selection_size(*selection).await?)?,
        })
    }

    /// How the database goes about it.
    pub(crate) async fn explain(&self, store: &SqlStore, history: &History) -> anyhow::Result<Vec<String>> {
        let organization_id = history.organization_id;
        Ok(match &self.what {
            What::Deliveries(filter) => store.explain_deliveries(organization_id, filter).await?.plan,
            What::Events(filter) => store.explain_events(organization_id, filter).await?.plan,
            What::Replay(_) => Vec::new(),
        })
    }
}
