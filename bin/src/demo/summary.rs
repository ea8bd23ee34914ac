//! What should have arrived, and what did.

use super::screen::Screen;
use crate::receiver::{Arrival, Signature};
use serde_json::Value;

/// What the receiver saw at one webhook, and what the server says became of its deliveries.
#[derive(Debug, Default)]
struct Side {
    arrived: usize,
    valid: usize,
    delivered: usize,
    failed: usize,
    under_way: usize,
}

/// Both sides of the demo, and what each should come to.
#[derive(Debug)]
pub(super) struct Summary {
    events: usize,
    attempts: usize,
    good: Side,
    broken: Side,
}

impl Summary {
    /// Of `events` events each should arrive once at the good webhook, and fail `attempts` times at the other.
    pub(super) fn expecting(events: usize, attempts: usize) -> Self {
        Self { events, attempts, good: Side::default(), broken: Side::default() }
    }

    /// Counts an arrival.
    pub(super) fn count(&mut self, arrival: &Arrival, good_path: &str) {
        let side = if arrival.path == good_path { &mut self.good } else { &mut self.broken };
        side.arrived += 1;
        if arrival.signature == Signature::Valid {
            side.valid += 1;
        }
    }

    /// Reads a page of the delivery log, which holds every delivery of the demo.
    pub(super) fn read(&mut self, page: &Value, good_path: &str) {
        for side in [&mut self.good, &mut self.broken] {
            (side.delivered, side.failed, side.under_way) = (0, 0, 0);
        }
        for delivery in page.get("deliveries").and_then(Value::as_array).into_iter().flatten() {
            let text = |name| delivery.get(name).and_then(Value::as_str).unwrap_or_default();
            let side = if text("url").ends_with(good_path) { &mut self.good } else { &mut self.broken };
            match text("status") {
                "delivered" => side.delivered += 1,
                "failed" => side.failed += 1,
                _ => side.under_way += 1,
            }
        }
    }

    /// Whether every request that should come has come.
    pub(super) fn has_all_arrivals(&self) -> bool {
        self.good.arrived >= self.events && self.broken.arrived >= self.events * self.attempts
    }

    /// Whether every delivery has come to its end.
    pub(super) fn all_final(&self) -> bool {
        self.good.delivered + self.good.failed >= self.events
            && self.broken.delivered + self.broken.failed >= self.events
            && self.good.under_way + self.broken.under_way == 0
    }

    /// Whether everything that should have arrived did, signed, exactly as often as it should, and is
    /// recorded so.
    pub(super) fn is_complete(&self) -> bool {
        let Self { events, attempts, good, broken } = self;
        good.arrived == *events
            && good.valid == good.arrived
            && good.delivered == *events
            && broken.arrived == events * attempts
            && broken.valid == broken.arrived
            && broken.failed == *events
            && self.all_final()
    }

    /// Shows the table and the verdict.
    pub(super) fn print(&self, screen: &Screen) {
        screen.title("summary");
        screen.plain("webhook   events  requests  signatures valid  delivered  failed");
        for (name, side) in [("good", &self.good), ("broken", &self.broken)] {
            let Side { arrived, valid, delivered, failed, .. } = side;
            screen.plain(&format!(
                "{name:<8}  {:>6}  {arrived:>8}  {valid:>16}  {delivered:>9}  {failed:>6}",
                self.events
            ));
        }
        if self.is_complete() {
            screen.verdict(
                true,
                "Everything arrived: once where it was taken, three times where it was refused, then marked failed.",
            );
        } else {
            screen.verdict(false, "Something is missing: the table does not show what it should.");
        }
    }
}
